"""The listening player, and both components for everyone, in a real browser."""

import base64
import io
import wave
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser_fixtures import DESKTOP, PHONE, Visit, scrolls_sideways, serious_findings
from tests.components_app import HOSTILE, RATE, add_points, clips, drawing, page, tone, url
from tts_demo.ui.player import wav_data_url

__all__ = ["drawing", "page", "url"]  # fixtures, taken by name
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours


# ---- the player's audio graph, rendered offline


def render(page: Page, script: str, **values: object) -> np.ndarray:
    """Samples that a script returns: it may use `wait(seconds)`, `context` and the graph's functions."""
    found = page.evaluate(f"async (given) => {{ {script} }}", values)
    return np.array(found)


LOOPS = 100
SWITCHES = 50


def test_clips_never_drift_apart(drawing: Page) -> None:
    """50 switches over 100 rounds of four clips of unlike lengths: each clip's mark stays on its sample."""
    script = """
        const clips = [0, 1, 2, 3].map((index) => {
            const samples = new Float32Array(3200 - 400 * index);
            samples[1000] = 0.2 * (index + 1);
            return { samples, rate: 16000 };
        });
        const round = Math.round(roundSeconds(clips) * 16000);
        const total = 1600 + given.loops * round;
        const context = new OfflineAudioContext(1, total, 16000);
        const graph = createPlayerGraph(context, clips);
        graph.start(0, 0, true);
        for (let index = 1; index <= given.switches; index += 1) {
            const when = Math.round((index * (total / (given.switches + 1))) / 128) * 128 / 16000;
            context.suspend(when).then(() => { graph.choose(index % 4); context.resume(); });
        }
        const data = (await context.startRendering()).getChannelData(0);
        const marks = [];
        data.forEach((sample, index) => { if (Math.abs(sample) > 1e-4) marks.push([index, sample]); });
        return [[round, total], ...marks];
    """
    (round_length, _), *marks = render(drawing, script, loops=LOOPS, switches=SWITCHES)
    places = np.array([place for place, _ in marks])
    assert round_length == 0.45 * RATE
    np.testing.assert_array_equal(places, 1600 + 1000 + round_length * np.arange(LOOPS))
    heard = {round(float(level), 4) for _, level in marks}
    assert {0.2, 0.4, 0.6, 0.8} <= heard


def switched_tones(page: Page, ramp: float) -> np.ndarray:
    """Three tones, two of one frequency but unlike in phase, switched every 0.2 s; 16 kHz samples."""
    script = """
        AUDIO.ramp = given.ramp;
        const clips = [[440, 0], [440, 2.1], [620, 1]].map(([frequency, phase]) => {
            const samples = Float32Array.from({ length: 64000 },
                (_, index) => 0.9 * Math.sin((2 * Math.PI * frequency * index) / 16000 + phase));
            return { samples, rate: 16000 };
        });
        const context = new OfflineAudioContext(1, 60000, 16000);
        const graph = createPlayerGraph(context, clips);
        graph.start(0, 0, true);
        for (let index = 1; index <= 16; index += 1) {
            const when = Math.round(index * 0.2 * 16000 / 128) * 128 / 16000;
            context.suspend(when).then(() => { graph.choose(index % 3); context.resume(); });
        }
        return Array.from((await context.startRendering()).getChannelData(0));
    """
    return render(page, script, ramp=ramp)


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


def test_switching_makes_no_splatter(drawing: Page) -> None:
    assert loudest_outside(switched_tones(drawing, 0.015)) < -60
    assert loudest_outside(switched_tones(drawing, 1 / RATE)) > -40  # a switch without a ramp would be heard


def test_levels_are_left_alone(drawing: Page) -> None:
    """A quiet clip and a loud one come out at their own levels, and so does a clip switched to."""
    script = """
        const clips = [0.01, 0.5].map((level) => ({ samples: new Float32Array(16000).fill(level), rate: 16000 }));
        const context = new OfflineAudioContext(1, 12000, 16000);
        const graph = createPlayerGraph(context, clips);
        graph.start(0.25, 0, true);
        context.suspend(0.32).then(() => { graph.choose(1); context.resume(); });
        const data = (await context.startRendering()).getChannelData(0);
        return [data[1500], data[4000], data[9000]];
    """
    np.testing.assert_allclose(render(drawing, script), [0, 0.01, 0.5], rtol=1e-6)


def test_hasty_switches_keep_the_level(drawing: Page) -> None:
    """Clips of one level, switched three times within one cross-fade and again while it runs: nothing moves."""
    script = """
        const clips = [0, 1, 2].map(() => ({ samples: new Float32Array(16000).fill(0.5), rate: 16000 }));
        const context = new OfflineAudioContext(1, 12000, 16000);
        const graph = createPlayerGraph(context, clips);
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
    np.testing.assert_allclose(render(drawing, script), 0.5, rtol=1e-5)


@pytest.mark.parametrize("address", ["", "https://example.org/a.wav", "data:audio/wav;base64,%%%", "javascript:0"])
def test_only_audio_data_is_read(drawing: Page, address: str) -> None:
    script = "(url) => { try { decodeWav(bytesOfDataUrl(url)); return 'read'; } catch { return 'refused'; } }"
    assert drawing.evaluate(script, address) == "refused"
    assert drawing.evaluate(script, wav_data_url(tone(300, 0.1), RATE)) == "read"


def test_wav_data_url_keeps_samples() -> None:
    samples = np.array([0, 1, -32768, 32767], np.int16)
    encoded = wav_data_url(samples, RATE).removeprefix("data:audio/wav;base64,")
    with wave.open(io.BytesIO(base64.b64decode(encoded))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        np.testing.assert_array_equal(np.frombuffer(file.readframes(4), "<i2"), samples)
    with pytest.raises(ValueError, match="int16"):
        wav_data_url(samples / 32768, RATE)  # type: ignore[arg-type]


# ---- the player on the page


def player(page: Page, name: str = "player") -> Locator:
    return page.locator(f"#{name} .hear-player")


def wait_position(page: Page, condition: str, name: str = "player") -> None:
    page.wait_for_function(
        f"() => {{ const at = Number(document.querySelector('#{name} .hear-player').dataset.position);"
        f" return {condition}; }}"
    )


def test_player_plays_switches_and_pauses(page: Page) -> None:
    root = player(page)
    expect(root).to_have_attribute("data-state", "paused")
    root.get_by_role("button", name="Play", exact=True).click()
    expect(root).to_have_attribute("data-state", "playing")
    wait_position(page, "at > 0.2")
    page.wait_for_function("document.querySelector('#player .hear-player').dataset.level > -30")  # it sounds
    vocoder = root.get_by_role("button", name="Vocoder copy").first
    vocoder.click()
    expect(vocoder).to_have_attribute("aria-pressed", "true")
    expect(root.get_by_role("button", name="Recording").first).to_have_attribute("aria-pressed", "false")
    expect(root).to_have_attribute("data-state", "playing")
    wait_position(page, "at > 0.3")  # it went on, at the same playhead
    root.get_by_role("button", name="Pause", exact=True).click()
    expect(root).to_have_attribute("data-state", "paused")


def test_a_clip_button_starts_the_sound(page: Page) -> None:
    root = player(page)
    root.get_by_role("button", name="Network 2").first.click()
    expect(root).to_have_attribute("data-state", "playing")
    expect(root).to_have_attribute("data-chosen", "clip-2")


def test_player_keys(page: Page) -> None:
    root = player(page)
    slider = root.get_by_role("slider", name="Position")
    slider.focus()
    page.keyboard.press("2")
    expect(root).to_have_attribute("data-chosen", "clip-1")
    expect(root).to_have_attribute("data-state", "paused")
    page.keyboard.press("4")  # damaged
    page.keyboard.press("9")  # there is none
    expect(root).to_have_attribute("data-chosen", "clip-1")
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-state", "playing")
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-state", "paused")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0.0")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "1.0")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "Vocoder copy, 0.8 of 2.6 seconds")


def test_space_on_a_focused_clip_button(page: Page) -> None:
    """On the chosen clip's button space plays and pauses; on another it chooses, as on any button."""
    root = player(page)
    root.get_by_role("button", name="Vocoder copy").first.focus()
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-chosen", "clip-1")
    expect(root).to_have_attribute("data-state", "playing")
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-state", "paused")
    page.keyboard.press("1")  # the focus moves along, so that space stays with the chosen clip
    expect(root.get_by_role("button", name="Recording").first).to_be_focused()
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-state", "playing")
    expect(root).to_have_attribute("data-chosen", "clip-0")


def test_player_keys_leave_fields_alone(page: Page) -> None:
    root = player(page)
    expect(root).to_have_attribute("data-chosen", "clip-0")
    page.get_by_label("Written").press_sequentially("2 3")
    expect(page.get_by_label("Written")).to_have_value("2 3")
    root.evaluate("(node) => node.append(Object.assign(document.createElement('textarea'), { id: 'inside' }))")
    page.locator("#inside").press_sequentially("2 3")
    expect(page.locator("#inside")).to_have_value("2 3")
    expect(root).to_have_attribute("data-chosen", "clip-0")
    expect(root).to_have_attribute("data-state", "paused")


def test_player_seeks_by_pointer(page: Page) -> None:
    root = player(page)
    canvas = root.get_by_role("slider")
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(root.locator(".hear-time")).to_have_text("1.3 / 2.6 s")
    root.get_by_role("button", name="Play", exact=True).click()
    wait_position(page, "at > 1.4")
    canvas.click(position={"x": 3, "y": box["height"] / 2})
    wait_position(page, "at < 1.2")
    expect(root).to_have_attribute("data-state", "playing")


def test_player_loops_or_stops_at_the_end(page: Page) -> None:
    root = player(page)
    slider = root.get_by_role("slider")
    loop = root.get_by_role("button", name="Loop")
    expect(loop).to_have_attribute("aria-pressed", "true")
    slider.press("End")
    slider.press("ArrowLeft")
    slider.press("Space")
    wait_position(page, "at > 0 && at < 1")  # came round
    expect(root).to_have_attribute("data-state", "playing")
    loop.click()
    expect(loop).to_have_attribute("aria-pressed", "false")
    slider.press("End")
    expect(root).to_have_attribute("data-state", "paused")
    wait_position(page, "at === 0")


def test_damaged_and_missing_clips_say_so(page: Page) -> None:
    root = player(page)
    tiles = root.locator(".hear-clip")
    expect(tiles).to_have_count(5)
    expect(tiles.nth(3)).to_contain_text("This clip could not be read. The others can still be played.")
    expect(tiles.nth(4)).to_contain_text(f"It failed: {HOSTILE}.")
    expect(tiles.nth(3).get_by_role("button")).to_have_count(0)
    expect(tiles.nth(3).get_by_role("link")).to_have_count(0)
    expect(root.locator("blockquote")).to_have_text(f"Monkeys {HOSTILE}")
    root.get_by_role("button", name="Network 2").first.click()
    expect(root).to_have_attribute("data-state", "playing")


def test_only_one_player_sounds(page: Page) -> None:
    first, second = player(page), player(page, "second")
    first.get_by_role("button", name="Play", exact=True).click()
    expect(first).to_have_attribute("data-state", "playing")
    second.get_by_role("slider").focus()
    page.keyboard.press("9")
    expect(second).to_have_attribute("data-chosen", "clip-8")
    expect(first).to_have_attribute("data-chosen", "clip-0")
    expect(first).to_have_attribute("data-state", "playing")
    page.keyboard.press("Space")
    expect(second).to_have_attribute("data-state", "playing")
    expect(first).to_have_attribute("data-state", "paused")


def test_download_is_the_clip_itself(page: Page) -> None:
    with page.expect_download() as found:
        player(page).get_by_role("link", name="Download Vocoder copy").click()
    assert found.value.suggested_filename == "unseen-vocoder-copy.wav"
    sent = base64.b64decode(clips(2)[1]["url"].split(",")[1])
    assert found.value.path().read_bytes() == sent


def test_new_clips_of_one_sentence_go_on_and_another_sentence_stops(page: Page) -> None:
    root = player(page)
    root.get_by_role("button", name="Vocoder copy").first.click()
    wait_position(page, "at > 0.3")
    page.get_by_role("button", name="same sentence").click()
    expect(root.locator(".hear-clip")).to_have_count(4)
    expect(root).to_have_attribute("data-chosen", "clip-1")
    expect(root).to_have_attribute("data-state", "playing")
    page.get_by_role("button", name="other sentence").click()
    expect(root.locator(".hear-clip")).to_have_count(9)
    expect(root.locator("blockquote")).to_have_text("Weasels.")
    expect(root).to_have_attribute("data-state", "paused")
    wait_position(page, "at === 0")
    page.get_by_role("button", name="no sentence").click()
    expect(root).to_contain_text("The sentence will be here to listen to")
    expect(root).to_have_attribute("data-state", "empty")


def test_waveform_is_the_chosen_clips(page: Page) -> None:
    picture = "document.querySelector('#player canvas').toDataURL()"
    player(page).get_by_role("slider").wait_for()
    page.wait_for_function(f"{picture}.length > 2000")
    before = page.evaluate(picture)
    player(page).get_by_role("slider").press("3")
    page.wait_for_function(f"before => {picture} !== before", arg=before)


# ---- both


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everyone(visit: Callable[..., Visit], url: str, viewport: dict[str, int], dark: bool) -> None:
    opened = visit(url, viewport=viewport, dark=dark)
    page = opened.page
    add_points(page, 5)
    page.get_by_role("button", name="Log", exact=True).click()
    page.locator("#player summary").click()
    player(page).get_by_role("button", name="Recording").first.click()
    expect(player(page)).to_have_attribute("data-state", "playing")
    assert serious_findings(page, ".gradio-container") == []
    assert not scrolls_sideways(page)
    script = """(nodes) => nodes.filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 43.5)
        .map((node) => node.outerHTML.slice(0, 80))"""
    small = page.locator(".hear").locator("button, a, summary").evaluate_all(script)
    assert small == []
    assert opened.errors == []
