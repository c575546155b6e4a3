"""The audio graph of what plays in step, rendered offline in a real browser; and the addresses of clips."""

import base64
import io
import wave

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.components_app import RATE, tone
from tts_demo.ui.components.player import wav_data_url

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours


def render(page: Page, script: str, **values: object) -> np.ndarray:
    """Samples that a script returns: it may use the values as `given`, and what the graph's module exports."""
    found = page.evaluate(
        f"""async (given) => {{
            const {{ AUDIO, createGraph, roundSeconds }} = await import("/shared/audio_graph.js");
            {script}
        }}""",
        values,
    )
    return np.array(found)


LOOPS = 100
SWITCHES = 50


@pytest.mark.parametrize("replacements", [0, 10], ids=["one-moment", "ten-moments"])
@pytest.mark.parametrize("region", [None, (0.05123, 0.10771)], ids=["all", "region"])
def test_clips_never_drift_apart(module_page: Page, region: tuple[float, float] | None, replacements: int) -> None:
    """50 switches over 100 rounds of four clips of unlike lengths, some replaced meanwhile: marks stay on their sample.

    Each clip is marked by one sample of a level of its own, at the same place; other moments have other levels.
    """
    script = """
        const clipsOf = (moment) => [0, 1, 2, 3].map((index) => {
            const samples = new Float32Array(3200 - 400 * index);
            samples[1000] = 0.2 * (index + 1) + 0.01 * moment;
            return { samples, rate: 16000 };
        });
        const region = given.region && { from: given.region[0], to: given.region[1] };
        const whole = Math.round(roundSeconds(clipsOf(0)) * 16000);
        const round = region ? Math.round(region.to * 16000) - Math.round(region.from * 16000) : whole;
        const total = 1600 + given.loops * round;
        const context = new OfflineAudioContext(1, total, 16000);
        const graph = createGraph(context, clipsOf(0));
        graph.start(0, 0, true, region);
        const jobs = new Map();
        const at = (part, job) => {
            const when = Math.round((part * total) / 128) * 128 / 16000;
            jobs.set(when, [...(jobs.get(when) ?? []), job]);
        };
        let chosen = 0;
        for (let index = 1; index <= given.switches; index += 1) {
            at(index / (given.switches + 1), () => graph.choose(chosen = index % 4));
        }
        for (let index = 1; index <= given.replacements; index += 1) {
            at((index - 0.5) / (given.replacements + 1), () => graph.replace(clipsOf(index), chosen, region));
        }
        for (const [when, each] of jobs) {
            context.suspend(when).then(() => { each.forEach((job) => job()); context.resume(); });
        }
        const data = (await context.startRendering()).getChannelData(0);
        const marks = [];
        data.forEach((sample, index) => { if (Math.abs(sample) > 1e-4) marks.push([index, sample]); });
        return [[round, total], ...marks];
    """
    values = {"region": region, "replacements": replacements, "loops": LOOPS, "switches": SWITCHES}
    (round_length, _), *marks = render(module_page, script, **values)
    begin, end = (0, 0.45) if region is None else region
    assert round_length == round(end * RATE) - round(begin * RATE)
    places = np.array([place for place, _ in marks])
    expected = 1600 + 1000 - round(begin * RATE) + round_length * np.arange(LOOPS)
    np.testing.assert_array_equal(places, expected)
    hundredths = [round(100 * level) for _, level in marks]
    assert {1, 2, 3, 4} <= {level // 20 for level in hundredths}  # every clip
    assert replacements in {level % 20 for level in hundredths[-5:]}  # the last moment


def switched_tones(page: Page, ramp: float, way: str = "choose") -> np.ndarray:
    """Tones unlike in phase, switched every 0.2 s, by choosing among three or by replacing one; 16 kHz samples."""
    script = """
        AUDIO.ramp = given.ramp;
        const clips = [[440, 0], [440, 2.1], [620, 1]].map(([frequency, phase]) => {
            const samples = Float32Array.from({ length: 64000 },
                (_, index) => 0.9 * Math.sin((2 * Math.PI * frequency * index) / 16000 + phase));
            return { samples, rate: 16000 };
        });
        const context = new OfflineAudioContext(1, 60000, 16000);
        const graph = createGraph(context, given.way === "choose" ? clips : [clips[0]]);
        graph.start(0, 0, true);
        for (let index = 1; index <= 16; index += 1) {
            const when = Math.round(index * 0.2 * 16000 / 128) * 128 / 16000;
            context.suspend(when).then(() => {
                if (given.way === "choose") graph.choose(index % 3);
                else graph.replace([clips[index % 3]], 0);
                context.resume();
            });
        }
        return Array.from((await context.startRendering()).getChannelData(0));
    """
    return render(page, script, ramp=ramp, way=way)


def loudest_outside(samples: np.ndarray, window: int = 4096, band: float = 200.0) -> float:
    """Greatest spectral level in dBFS farther than `band` Hz from both tones, over windows of a quarter second."""
    shape = np.blackman(window)
    frequencies = np.fft.rfftfreq(window, 1 / RATE)
    outside = np.min(np.abs(frequencies[:, None] - np.array([440.0, 620.0])), axis=1) > band
    levels = []
    for start in range(4000, len(samples) - window - 4000, 512):
        spectrum = np.abs(np.fft.rfft(samples[start : start + window] * shape)) / (shape.sum() / 2)
        levels.append(spectrum[outside].max())
    return 20 * np.log10(max(levels))


@pytest.mark.parametrize("way", ["choose", "replace"])
def test_switching_makes_no_splatter(module_page: Page, way: str) -> None:
    """Neither a switch to another clip nor to another moment's; without their ramps it would be heard."""
    assert loudest_outside(switched_tones(module_page, 0.015, way)) < -60
    assert loudest_outside(switched_tones(module_page, 1 / RATE, way)) > -40


def test_a_moment_replaced_in_haste_keeps_the_level(module_page: Page) -> None:
    """Moments of one level, replaced while the sound begins and before the last one came, and a switch: no dip."""
    script = """
        const clips = () => [0, 1].map(() => ({ samples: new Float32Array(16000).fill(0.5), rate: 16000 }));
        const context = new OfflineAudioContext(1, 12000, 16000);
        const graph = createGraph(context, clips());
        graph.start(0.25, 0, true);
        graph.replace(clips(), 0);
        for (const when of [0.32, 0.328, 0.336]) {
            context.suspend(when).then(() => { graph.replace(clips(), 0); graph.choose(1); context.resume(); });
        }
        return Array.from((await context.startRendering()).getChannelData(0)).slice(2000);
    """
    np.testing.assert_allclose(render(module_page, script), 0.5, rtol=1e-5)


def test_stopping_a_moment_that_has_not_come_yet(module_page: Page) -> None:
    """Stopped right after being replaced, the player falls silent: neither the old clips nor the new go on."""
    script = """
        const clips = () => [{ samples: new Float32Array(16000).fill(0.5), rate: 16000 }];
        const context = new OfflineAudioContext(1, 12000, 16000);
        const graph = createGraph(context, clips());
        graph.start(0.25, 0, true);
        context.suspend(0.32).then(() => { graph.replace(clips(), 0); graph.stop(); context.resume(); });
        return Array.from((await context.startRendering()).getChannelData(0));
    """
    sound = render(module_page, script)
    assert sound[5000] == 0.5
    assert not sound[round((0.32 + 0.05 + 0.015 + 0.01) * RATE) :].any()


def test_position_goes_on_when_clips_are_replaced(module_page: Page) -> None:
    """Inside a looped part, the playhead shown is the sample heard, before and after clips are replaced."""
    script = """
        const clips = () => [{ samples: Float32Array.from({ length: 16000 }, (_, at) => at / 16000), rate: 16000 }];
        const region = { from: 0.2, to: 0.7 };
        const context = new OfflineAudioContext(1, 48000, 16000);
        const graph = createGraph(context, clips());
        graph.start(0.5, 0, true, region);
        const shown = [];
        for (let index = 4; index < 70; index += 1) {
            context.suspend(index * 0.04).then(() => {
                shown.push([Math.round(context.currentTime * 16000), graph.position()]);
                if (index % 6 === 0) graph.replace(clips(), 0, region);
                context.resume();
            });
        }
        const data = (await context.startRendering()).getChannelData(0);
        return shown.map(([at, position]) => [data[at], position]);
    """
    heard, shown = render(module_page, script).T
    far = (shown > 0.206) & (shown < 0.694)  # the part's own ends are faded
    assert far.sum() > 50
    np.testing.assert_allclose(heard[far], shown[far], atol=1e-4)


def test_a_looped_part_has_no_click_at_its_seam(module_page: Page) -> None:
    script = """
        const samples = Float32Array.from({ length: 16000 }, (_, index) => 0.9 * Math.cos(index / 8));
        const context = new OfflineAudioContext(1, 32000, 16000);
        createGraph(context, [{ samples, rate: 16000 }]).start(0.3, 0, true, { from: 0.3, to: 0.7 });
        return Array.from((await context.startRendering()).getChannelData(0));
    """
    sound = render(module_page, script)
    assert np.abs(sound).max() > 0.89
    assert np.abs(np.diff(sound)).max() < 0.9 / 8 * 1.02  # no steeper than the tone itself


def test_a_switch_takes_less_than_50_ms(module_page: Page) -> None:
    script = """
        const clips = [0, 1].map(() => ({ samples: new Float32Array(16000), rate: 16000 }));
        const context = new OfflineAudioContext(1, 12000, 16000);
        const graph = createGraph(context, clips);
        graph.start(0, 0, true);
        const left = [];
        context.suspend(0.4).then(() => {
            left.push(graph.choose(1), graph.choose(1) === null ? 1 : 0);
            context.resume();
        });
        await context.startRendering();
        return left;
    """
    left, again = render(module_page, script)
    assert 15 <= left <= 50
    assert again == 1  # the chosen clip is not switched to


def test_levels_are_left_alone(module_page: Page) -> None:
    """A quiet clip and a loud one come out at their own levels, and so does a clip switched to."""
    script = """
        const clips = [0.01, 0.5].map((level) => ({ samples: new Float32Array(16000).fill(level), rate: 16000 }));
        const context = new OfflineAudioContext(1, 12000, 16000);
        const graph = createGraph(context, clips);
        graph.start(0.25, 0, true);
        context.suspend(0.32).then(() => { graph.choose(1); context.resume(); });
        const data = (await context.startRendering()).getChannelData(0);
        return [data[1500], data[4000], data[9000]];
    """
    np.testing.assert_allclose(render(module_page, script), [0, 0.01, 0.5], rtol=1e-6)


def test_hasty_switches_keep_the_level(module_page: Page) -> None:
    """Clips of one level, switched three times within one cross-fade and again while it runs: nothing moves."""
    script = """
        const clips = [0, 1, 2].map(() => ({ samples: new Float32Array(16000).fill(0.5), rate: 16000 }));
        const context = new OfflineAudioContext(1, 12000, 16000);
        const graph = createGraph(context, clips);
        graph.start(0.25, 0, true);
        for (const [when, index] of [[0.32, 1], [0.32, 2], [0.328, 0], [0.336, 1]]) {
            const block = Math.round(when * 125) / 125;
            if (!context[block]) {
                context[block] = [];
                context.suspend(block).then(() => { context[block].forEach(graph.choose); context.resume(); });
            }
            context[block].push(index);
        }
        return Array.from((await context.startRendering()).getChannelData(0)).slice(2000);
    """
    np.testing.assert_allclose(render(module_page, script), 0.5, rtol=1e-5)


def test_the_page_reads_what_the_server_sends(module_page: Page) -> None:
    script = """async (url) => {
        const { soundOf } = await import("/shared/wav.js");
        const { samples, rate } = soundOf(url);
        return [rate, ...samples];
    }"""
    sent = tone(300, 0.1)
    rate, *samples = module_page.evaluate(script, wav_data_url(sent, RATE))
    assert rate == RATE
    np.testing.assert_array_equal(np.array(samples) * 32768, sent)


def test_wav_data_url_keeps_samples() -> None:
    samples = np.array([0, 1, -32768, 32767], np.int16)
    encoded = wav_data_url(samples, RATE).removeprefix("data:audio/wav;base64,")
    with wave.open(io.BytesIO(base64.b64decode(encoded))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        np.testing.assert_array_equal(np.frombuffer(file.readframes(4), "<i2"), samples)
    with pytest.raises(ValueError, match="int16"):
        wav_data_url(samples / 32768, RATE)  # type: ignore[arg-type]
