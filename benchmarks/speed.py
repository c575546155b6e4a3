"""Speed and the quality that it brings, within one run: loops, synthesis, start, memory, growth, Merlin's network.

`--json` prints one flat object. Besides what `loops.py` says:

`say_rtf`, `griffin_lim_rtf`
    Time from typed text to waveform over the sound's duration, the median of ten sentences from outside the corpus
    (`say_rtf_max`: the slowest; what the network has learned makes no difference to it); and of librosa's Griffin-Lim,
    32 rounds, on recordings.
`start_over_imports`
    From the start of the program to its first page over `import torch, gradio` alone, in turns.
`idle_mb`, `run_mb`
    Memory of the program with its workers, shared pages divided among them, when nothing goes on; and what a run with
    all speech adds at most.
`mcd_db_3min_20s`, `mcd_db_all_120s`
    Held-out distortion, dB, of our network after that much speech and time, loading left out, on two threads.
`merlin_mcd_db_3min`, `merlin_mcd_db_all`, `time_over_merlin_3min`
    The best of a feed-forward network in the style of Merlin after 10, 15, 20 and 25 epochs (`merlin.py`); our seconds to its
    distortion, rounded up to the next snapshot, over its own.
`first_audio_s`
    From the click on Train in the default lesson until the first snapshot of which a recogniser understands at least
    half of the words of ten sentences that the network learns from; with the time to speak one, and with what
    `page.py` found from the click to the first point.
`update_ms.*`, `setup_s.*`
    Milliseconds of an update by units, and seconds until a run's first update by amount of speech.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import project  # noqa: F401
import torch

from tts_demo import corpus, runs, synthesis, training
from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.config import RunConfig

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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--repeats", type=int, default=5, help="starts of the program (5)")
    options = parser.parse_args()
    torch.set_num_threads(training.THREADS)
    with tempfile.TemporaryDirectory() as folder:
        figures = speech(Path(folder)) | start(options.repeats)
    figures = {name: round(value, 4) for name, value in figures.items()}
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
