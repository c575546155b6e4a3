"""How well each voice speaks: distances to natural speech, what a recogniser understands, what listeners would say.

Every voice is trained once and cached (`--cache`), its clips too. `--json` prints one flat object; VOICE is
`recording`, `copy` (through the vocoder), or a model and its amount of speech: `forest_all`, `rnn_3min`, ...

`wer.VOICE`, `cer.VOICE`
    Words and characters that Whisper base misses of 60 held-out prompts (test, then validation), at most all of a
    sentence's; durations predicted, as of typed text. Voices with three minutes and with all speech.
`wer_outside.VOICE`
    Of the 40 sentences of outside.txt, which are not in the corpus; voices with all speech.
`dnsmos.VOICE`
    DNSMOS P.808 of these prompts' clips, 1 to 5, median: what listeners would say of their quality.
`mcd_db.VOICE`, `f0_rmse_hz.VOICE`, `voicing_error.VOICE`
    Test prompts, natural durations, before any post-processing.
`spread.VOICE`
    Median over cepstra 1 to 24 and sentences of how far a trajectory moves, over how far the natural one does: 1 is as
    lively as speech, below it is flatter. Before post-processing.
`seconds.VOICE`
    Of training, one thread, with whatever else went on.

Needs requirements-benchmarks.txt. `--plot FILE` draws distortion and words over the amount of speech.
"""

import argparse
import hashlib
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import project
import recogniser
import torch

from tts_demo import acoustics, corpus, evaluation, metrics, runs, synthesis, training
from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.config import RunConfig, choose
from tts_demo.corpus import Corpus, Utterance
from tts_demo.events import Finished

PROMPTS = 60
CACHE = Path(__file__).resolve().parent.parent / "build" / "voice"
OUTSIDE = (Path(__file__).parent / "outside.txt").read_text().splitlines()
AMOUNTS = {"1min": 60.0, "3min": 180.0, "6min": 360.0, "12min": 720.0, "all": None}
# updates after which an unregularized network is near its best, so that it is not judged by how it overfits
_UPDATES = {"1min": 150, "3min": 350, "6min": 600, "12min": 900, "all": 1200}


def config_of(voice: str) -> RunConfig:
    """What a voice is trained by."""
    model, _, amount = voice.rpartition("_")
    seconds = AMOUNTS[amount]
    if model in ("hmm", "forest"):
        return RunConfig(speech_seconds=seconds, model=choose("model", model))
    dropout = choose("regularizer", "dropout", strength=0.1)
    return RunConfig(speech_seconds=seconds, model=choose("model", model), regularizers=(dropout,),
                     updates=_UPDATES[amount])  # fmt: skip


def voices() -> list[str]:
    """All that are compared."""
    trees = [f"{model}_{amount}" for model in ("forest", "hmm", "rnn") for amount in AMOUNTS]
    return ["recording", "copy", *trees, "feed_forward_3min", "cnn_3min", "transformer_3min"]


def prompts(voice: Corpus) -> list[Utterance]:
    """The held-out ones."""
    return [*voice.split("test"), *voice.split("validation")][:PROMPTS]


def train(voice: str, cache: Path) -> None:
    """Train, measure and speak, unless that is done."""
    folder = cache / hashlib.sha256((voice + config_of(voice).to_json()).encode()).hexdigest()[:16]
    if not folder.exists():
        torch.set_num_threads(training.THREADS)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            end = list(runs.record(config_of(voice), training.train(config_of(voice)), Path(temporary) / "run"))[-1]
            assert isinstance(end, Finished) and end.reason == "completed", end
            run = runs.load(Path(temporary) / "run")
            data = corpus.load(run.config.corpus)
            found = evaluation.evaluate(run, data, data.split("test"))
            pairs = evaluation.spoken(run, data, data.split("test"))
            figures = {name: found[name] for name in ("mcd_db", "f0_rmse_hz", "voicing_error")}
            figures |= {"spread": spread(pairs), "seconds": end.seconds}
            speak(run, data, run.directory)
            (run.directory / "figures.json").write_text(json.dumps(figures))
            run.directory.rename(folder)
    link = cache / voice
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)


def spread(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """How far predicted trajectories move, over natural ones."""
    ratios = []
    for predicted, natural in pairs:
        speech = metrics.speech_frames(natural)
        ratios += list(predicted[speech][:, metrics.COMPARED].std(0) / natural[speech][:, metrics.COMPARED].std(0))
    return float(np.median(ratios))


def speak(run: runs.Run, data: Corpus, folder: Path) -> None:
    """Clips of the held-out prompts and of the sentences from outside, as the page plays what is typed."""
    model = run.model()

    def typed(written: str) -> np.ndarray:
        return synthesis.speak(synthesis.predict_text(model, data, written), data)

    _write(folder / "prompts", [typed(prompt.text) for prompt in prompts(data)])
    _write(folder / "outside", [typed(written) for written in OUTSIDE])


def natural_voices(cache: Path) -> None:
    """Recordings and vocoder copies: they have their own durations, and nothing to say outside the corpus."""
    data = corpus.load(RunConfig().corpus)
    if not (cache / "recording").exists():
        clips = [acoustics.match_loudness(data.waveform(prompt)) for prompt in prompts(data)]
        _write(cache / "recording" / "prompts", clips)
    if not (cache / "copy").exists():
        clips = [synthesis.vocode(data.features(prompt).astype(np.float32)) for prompt in prompts(data)]
        _write(cache / "copy" / "prompts", clips)


def _write(place: Path, waveforms: Sequence[np.ndarray]) -> None:
    place.mkdir(parents=True)
    for number, waveform in enumerate(waveforms):
        (place / f"{number:02d}.wav").write_bytes(acoustics.wav_bytes(waveform))


def heard(folder: Path, kind: str) -> list[str]:
    """What the recogniser hears in a kind's clips; cached."""
    file = folder / f"{kind}.json"
    if not file.exists():
        file.write_text(json.dumps(recogniser.hear(sorted((folder / kind).glob("*.wav")))))
    return json.loads(file.read_text())


def opinion(folder: Path) -> float:
    """Median DNSMOS P.808 of the held-out prompts' clips; cached."""
    from speechmos import dnsmos

    file = folder / "dnsmos.json"
    if not file.exists():
        scores = []
        for clip in sorted((folder / "prompts").glob("*.wav")):
            samples = acoustics.wav_samples(clip.read_bytes()).astype(np.float32) / 32768
            scores.append(float(dnsmos.run(samples, SAMPLE_RATE)["p808_mos"]))
        file.write_text(json.dumps(scores))
    return statistics.median(json.loads(file.read_text()))


def measure(cache: Path) -> dict[str, float]:
    """The flat object of figures."""
    result: dict[str, float] = {}
    said = [prompt.text for prompt in prompts(corpus.load(RunConfig().corpus))]
    for voice in voices():
        print(voice, file=sys.stderr, flush=True)
        folder = cache / voice
        if not voice.endswith(("_1min", "_6min", "_12min")):
            result[f"wer.{voice}"] = recogniser.share_missed(said, heard(folder, "prompts"))
            result[f"cer.{voice}"] = recogniser.share_missed(said, heard(folder, "prompts"), letters=True)
        result[f"dnsmos.{voice}"] = opinion(folder)
        if voice.endswith("_all"):
            result[f"wer_outside.{voice}"] = recogniser.share_missed(OUTSIDE, heard(folder, "outside"))
        if (folder / "figures.json").exists():
            figures = json.loads((folder / "figures.json").read_text())
            result |= {f"{name}.{voice}": value for name, value in figures.items()}
    return {name: round(value, 4) for name, value in result.items()}


def plot(figures: dict[str, float], file: Path) -> None:
    """Distortion and what listeners would say over the amount of speech, a line a model."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    minutes = [1, 3, 6, 12, 15.9]
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    for axis, name, title in zip(axes, ("mcd_db", "dnsmos"), ("distortion, dB", "DNSMOS P.808"), strict=True):
        for model, label in (("rnn", "RNN"), ("hmm", "HMM"), ("forest", "random forest")):
            axis.plot(minutes, [figures[f"{name}.{model}_{amount}"] for amount in AMOUNTS], "o-", label=label)
        axis.set(xscale="log", xlabel="minutes of speech", title=title, xticks=minutes)
        axis.set_xticklabels(["1", "3", "6", "12", "16"])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[1].axhline(figures["dnsmos.recording"], color="grey", linestyle=":", label="recordings")
    axes[1].legend()
    figure.savefig(file, dpi=110)


def main() -> None:
    """Train what is missing, then measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--plot", type=Path, help="draw a picture into this file")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where voices and clips are kept")
    options = parser.parse_args()
    project.needs(*recogniser.PACKAGES, "speechmos")
    options.cache.mkdir(parents=True, exist_ok=True)
    natural_voices(options.cache)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for job in [pool.submit(train, voice, options.cache) for voice in voices()[2:]]:
            job.result()
    figures = measure(options.cache)
    if options.plot:
        plot(figures, options.plot)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:32} {value}")


if __name__ == "__main__":
    main()
