"""Speed and the quality that it brings, within one run: loops, synthesis, start, memory, growth, Merlin's network.

`--json` prints one flat object. Besides what `loops.py` says:

`say_rtf`, `say_rtf_max`, `say_3s_ms`, `griffin_lim_rtf`
    Time from typed text to waveform over the sound's duration, the median of ten sentences from outside the corpus,
    and the slowest; what that makes for three seconds of sound. What the network has learned makes no difference to
    it. And of librosa's Griffin-Lim, 32 rounds, on recordings.
`start_over_imports`
    From the start of the program to its first page over `import torch, gradio` alone, in turns.
`idle_mb`, `run_mb`
    Memory of the program with its workers, pages that processes share counted once, when nothing goes on; and what a
    run with all speech adds at most.
`mcd_db_3min_20s`, `mcd_db_all_120s` (`forest_seconds_*`: what it really took)
    Distortion of the test sentences by the forest, the best voice here, after at most so much time on one thread.
`rnn_mcd_db_3min_15s`, `rnn_mcd_db_all_60s`, `rnn_wer_3min_15s`, `rnn_wer_all_60s`
    By the RNN (`DROPOUT`) after that time on one thread: distortion of the test sentences, and the words of 40
    of them that Whisper base misses, natural durations. `cnn_wer_3min_15s`, `transformer_wer_3min_15s`: other networks.
`merlin_mcd_db_3min`, `merlin_mcd_db_all`, `time_over_merlin_3min`
    The best of a feed-forward network in the style of Merlin after 15 and 25 epochs (`merlin.py`, two threads);
    the forest's seconds to a lower distortion, rounded up to the next number of trees, over its own to its best.
`heard_unseen_s`, `lesson_s`
    From handing the live lesson and its twin to warm workers until there are clips of a snapshot of which a recogniser
    understands at least half of the words of 40 test sentences, and until both runs are over. What a page adds is below
    0.2 s (`page.py`, `first_point_ms`).
`update_ms.UNITS`, `setup_s.SECONDS`
    Milliseconds of an update by units; seconds until the first update by amount of speech.
"""

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import loops
import merlin
import page
import project
import psutil
import recogniser
import torch
from playwright.sync_api import sync_playwright

from tests.browser_fixtures import CHROMIUM_ARGUMENTS, chromium_path
from tts_demo import acoustics, batches, corpus, metrics, runs, synthesis, training
from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.config import RunConfig, choose
from tts_demo.corpus import Utterance
from tts_demo.engine import LocalEngine
from tts_demo.evaluation import evaluate
from tts_demo.events import Finished, Progress, Snapshot
from tts_demo.lesson import LESSON
from tts_demo.losses import feature_weights
from tts_demo.models import AcousticModel
from tts_demo.run_state import build
from tts_demo.ui import page as page_parts

SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "Have you ever heard a network that learned everything by heart?",
    "It was the best of times, it was the worst of times.",
    "Yesterday we bought three apples and a loaf of bread.",
    "Doctor Smith lives at 221 Baker Street in London.",
    "My grandmother plays chess with the neighbours every Sunday.",
    "A small bird was singing in the garden before sunrise.",
    "Please bring an umbrella, because it will rain this afternoon.",
    "The temperature rose to 25 degrees in the shade.",
    "Nobody understood why Zyxoria had vanished from the map.",
)
UNSEEN = 40
HUMS = 80  # updates before which a network says no words; a recogniser takes minutes over such clips
DROPOUT = {180.0: 0.1, None: 0.2}  # by seconds of speech; of all of it, chosen on validation sentences
ROOT = Path(__file__).resolve().parent.parent


def speech(folder: Path) -> dict[str, float]:
    """Text to waveform against real time, and the range of words a minute."""
    config = RunConfig(updates=20)
    for _ in runs.record(config, training.train(config), folder / "run"):
        pass
    voice, model = corpus.load(config.corpus), runs.load(folder / "run").model()
    synthesis.speak(synthesis.predict_text(model, voice, "Warm up."), voice)
    ratios, rates = [], []
    for sentence in SENTENCES:
        began = time.perf_counter()
        waveform = synthesis.speak(synthesis.predict_text(model, voice, sentence), voice)
        seconds = len(waveform) / SAMPLE_RATE
        ratios.append((time.perf_counter() - began) / seconds)
        rates.append(60 * len(sentence.split()) / seconds)
    return {
        "say_rtf": statistics.median(ratios),
        "say_rtf_max": max(ratios),
        "say_3s_ms": 3000 * statistics.median(ratios),
        "say_words_per_minute_min": min(rates),
        "say_words_per_minute_max": max(rates),
    }


def start(repeats: int) -> dict[str, float]:
    """First page against bare imports, medians of runs in turns."""
    pages, imports = [], []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import torch, gradio"], check=True)
        imports.append(time.perf_counter() - began)
        pages.append(_first_page())
    return {
        "imports_s": statistics.median(imports),
        "first_page_s": statistics.median(pages),
        "start_over_imports": statistics.median(pages) / statistics.median(imports),
    }


def _first_page() -> float:
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-u", "app.py"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert server.stdout is not None
        address = next(word for line in server.stdout for word in line.split() if word.startswith("http://"))
        urllib.request.urlopen(address).read()
        return time.perf_counter() - began
    finally:
        server.terminate()
        server.wait()


def griffin_lim(count: int = 5) -> float:
    """Time of librosa's inversion over the sound's duration."""
    voice, ratios = corpus.load(RunConfig().corpus), []
    for prompt in voice.split("test")[:count]:
        mel = acoustics.log_mel(voice.waveform(prompt))
        began = time.perf_counter()
        acoustics.griffin_lim(mel)
        ratios.append((time.perf_counter() - began) / prompt.seconds)
    return statistics.median(ratios)


def memory() -> dict[str, float]:
    """Of the whole program, idle and during a run with all speech."""
    with sync_playwright() as playwright, page.serving() as server:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_ARGUMENTS))
        with page.Visits(browser).open(server.address, "?lab&updates=100") as opened:
            before, idle = 0.0, _proportional_mb(server.process)
            while abs(idle - before) > 2:  # until the workers are warm
                opened.wait_for_timeout(4000)
                before, idle = idle, _proportional_mb(server.process)
        with page.Visits(browser).open(server.address, "?updates=100&speech_seconds=none") as opened:
            opened.locator("#train").click()
            most = idle
            while "All updates are done" not in opened.locator("#status").inner_text():
                most = max(most, _proportional_mb(server.process))
                opened.wait_for_timeout(300)
            most = max(most, _proportional_mb(server.process))
        browser.close()
    return {"idle_mb": idle, "run_mb": most - idle}


def _proportional_mb(process: psutil.Process) -> float:
    return sum(one.memory_full_info().pss for one in (process, *process.children(recursive=True))) / 1e6


def forest(seconds: float | None, limit: float) -> list[tuple[int, float, float]]:
    """Trees, seconds of growing and distortion of the test sentences, while there is time."""
    config = RunConfig(speech_seconds=seconds, model=choose("model", "forest"))
    voice = corpus.load(config.corpus)
    model, test = build(config), voice.split("test")
    natural = [voice.features(prompt).astype("float32") for prompt in test]
    found: list[tuple[int, float, float]] = []
    began = time.perf_counter()
    examples = batches.examples(voice, voice.training_prompts(seconds))
    weights = feature_weights(torch.from_numpy(voice.std))
    measuring = 0.0
    for trees in model.grow(examples, weights):  # type: ignore[operator]
        spent = time.perf_counter() - began - measuring
        if spent > limit:
            break
        paused = time.perf_counter()
        spoken = synthesis.predict_utterances(model, voice, test)
        found.append((trees, spent, metrics.distances(zip(spoken, natural, strict=True)).mcd_db))
        measuring += time.perf_counter() - paused
    return found


def network(model: str, seconds: float | None, limit: float) -> tuple[float, float]:
    """Distortion of the test sentences by a network after so many seconds on one thread, and words missed of 40."""
    torch.set_num_threads(1)
    config = RunConfig(
        speech_seconds=seconds, model=choose("model", model), updates=20_000, time_limit_seconds=limit,
        regularizers=(choose("regularizer", "dropout", strength=DROPOUT[seconds]),),
    )  # fmt: skip
    voice = corpus.load(config.corpus)
    test = voice.split("test")
    with tempfile.TemporaryDirectory() as folder:
        for _ in runs.record(config, training.train(config), Path(folder) / "run"):
            pass
        run = runs.load(Path(folder) / "run")
        return evaluate(run, voice, test)["mcd_db"], _missed(run.model(), test[:UNSEEN], Path(folder))


def _missed(model: AcousticModel, prompts: Sequence[Utterance], folder: Path) -> float:
    """Share of the words that the recogniser misses, as the page plays these prompts."""
    voice = corpus.load(LESSON.corpus)
    clips = [folder / f"{prompt.id}.wav" for prompt in prompts]
    for clip, prompt in zip(clips, prompts, strict=True):
        clip.write_bytes(acoustics.wav_bytes(synthesis.speak(synthesis.predict_utterance(model, voice, prompt), voice)))
    return recogniser.share_missed([prompt.text for prompt in prompts], recogniser.hear(clips))


def quality() -> dict[str, float]:
    """Held-out distortion for seconds of training, ours and that of Merlin's network."""
    voice, figures = corpus.load(RunConfig().corpus), {}
    for name, seconds, limit in (("3min", 180.0, 20.0), ("all", None, 120.0)):
        torch.set_num_threads(2)
        passed = [merlin.measure(voice, seconds, epochs) for epochs in (15, 25)]
        theirs = min(passed, key=lambda one: one["mcd_db"])
        torch.set_num_threads(1)
        ours = forest(seconds, limit)
        _, figures[f"forest_seconds_{name}"], figures[f"mcd_db_{name}_{limit:.0f}s"] = ours[-1]
        figures |= {f"merlin_mcd_db_{name}": theirs["mcd_db"], f"merlin_seconds_{name}": theirs["seconds"]}
        reached = [spent for _, spent, distortion in ours if distortion < theirs["mcd_db"]]
        figures[f"time_over_merlin_{name}"] = reached[0] / theirs["seconds"] if reached else float("inf")
    for name, seconds, limit in (("3min_15s", 180.0, 15.0), ("all_60s", None, 60.0)):
        figures[f"rnn_mcd_db_{name}"], figures[f"rnn_wer_{name}"] = network("rnn", seconds, limit)
    for other in ("feed_forward", "cnn", "transformer"):
        figures[f"{other}_mcd_db_3min_15s"], figures[f"{other}_wer_3min_15s"] = network(other, 180.0, 15.0)
    return figures


def heard(folder: Path) -> dict[str, float]:
    """Seconds from handing the lesson and its twin over until unseen sentences are half understood, and to the end."""
    voice = corpus.load(LESSON.corpus)
    unseen = voice.split("test")[:UNSEEN]
    engine = LocalEngine(folder / "runs")
    moments: dict[int, float] = {}
    try:
        while engine.expected_seconds([LESSON]) is None:
            time.sleep(0.1)
        time.sleep(3)  # the other worker is warm too
        began = time.perf_counter()
        run_id, twin = engine.submit(LESSON), engine.submit(replace(LESSON, keep_in=(page_parts.TWIN,)))
        for event in engine.follow(run_id):
            if isinstance(event, Snapshot):
                moments.setdefault(event.step, time.perf_counter() - began)
        assert isinstance(event, Finished)
        *_, event = engine.follow(twin)
        assert isinstance(event, Finished)
        figures = {"lesson_s": time.perf_counter() - began, "heard_unseen_s": float("inf")}
        for step, moment in moments.items():
            if step < HUMS:
                continue
            model = engine.run(run_id).model(step)
            began = time.perf_counter()
            synthesis.speak(synthesis.predict_utterance(model, voice, unseen[0]), voice)
            speaking = time.perf_counter() - began
            if _missed(model, unseen, folder) <= 0.5:
                return figures | {"heard_unseen_s": moment + speaking, "heard_unseen_updates": step}
        return figures
    finally:
        engine.close()


def growth(updates: int = 25) -> dict[str, float]:
    """What size and speech cost."""
    torch.set_num_threads(training.THREADS)
    figures = {}
    for units in (64, 128, 256, 512):
        config = replace(LESSON, updates=updates, model=choose("model", LESSON.model.name, units=units))
        figures[f"update_ms.{units}"] = 1000 * statistics.median(_update_seconds(config)[2:])
    for speech in (60.0, 360.0, None):
        config = replace(LESSON, updates=1, speech_seconds=speech)
        first = next(event.seconds for event in training.train(config) if isinstance(event, Progress))
        figures[f"setup_s.{'all' if speech is None else format(speech, '.0f')}"] = first
    return figures


def _update_seconds(config: RunConfig) -> list[float]:
    moments = [
        (event.seconds, event.validation_loss is None)
        for event in training.train(config)
        if isinstance(event, Progress)
    ]
    return [now - before for (before, _), (now, plain) in itertools.pairwise(moments) if plain]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer repeats, and nothing of quality")
    options = parser.parse_args()
    if not options.quick:
        project.needs(*recogniser.PACKAGES)
    torch.set_num_threads(training.THREADS)
    with tempfile.TemporaryDirectory() as folder:
        figures = speech(Path(folder)) | {"griffin_lim_rtf": griffin_lim()}
        figures |= start(2 if options.quick else 5) | growth() | loops.measure(15 if options.quick else 80)
        figures |= memory()
        if not options.quick:
            figures |= heard(Path(folder)) | quality()
    figures = {name: round(value, 4) for name, value in figures.items()}
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
