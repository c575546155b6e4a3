"""What each regularizer, and measuring the weights, adds to the time of a plain update.

Runs of the default lesson in one process, update by update in turns, so that whatever else the machine does meets all
of them alike. `--json` prints one flat object:

`overhead.NAME`
    Time of five updates with the regularizer at its default strength over that of five plain ones (some act every fifth
    time), less 1: median of pairs. Zoneout: of the RNN's lesson.
`measures_share`
    Time of all that is measured of weights and units (norm, zeros, largest, dead units, histograms), spread over the
    updates between two measurements, over a plain update's.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import project  # noqa: F401
import torch

from tts_demo import measures, training
from tts_demo.config import choose
from tts_demo.events import Progress, Started
from tts_demo.gradient_training import EVALUATE_EVERY
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.regularizers import REGULARIZERS
from tts_demo.run_state import build
from tts_demo.sites import weights

PAIRS = 30
_WARM_UP = 5
_AT_ONCE = 5  # updates: what `SpectralNorm` and `L0` do at every fifth of them is in each sum once


def update_seconds(config: Any) -> Iterator[float]:
    """Seconds of one update after the other; those that end with an evaluation are left out."""
    events = training.train(replace(config, updates=10_000))
    while True:
        began = time.perf_counter()
        event = next(events)
        seconds = time.perf_counter() - began
        if isinstance(event, Progress) and event.validation_loss is None:
            yield seconds
        else:
            assert isinstance(event, (Started, Progress)) or event.step, event


def overhead(name: str, pairs: int) -> float:
    """Median over pairs of five updates each; both runs see the same batches."""
    base = lesson_for("rnn") if name == "zoneout" else LESSON
    base = replace(base, loss="cross_entropy" if name == "label_smoothing" else LESSON.loss)
    plain = update_seconds(base)
    patient = {"strength": 20} if name == "early_stopping" else {}  # it is not to end here
    with_it = update_seconds(replace(base, regularizers=(choose("regularizer", name, **patient),)))
    for _ in range(_WARM_UP):
        next(plain), next(with_it)
    ratios = []
    for _ in range(pairs):
        pair = [(next(with_it), next(plain)) for _ in range(_AT_ONCE)]
        ratios.append(sum(own for own, _ in pair) / sum(plain for _, plain in pair))
    return statistics.median(ratios) - 1


def measures_share(pairs: int) -> float:
    """What `RunState.evaluated` does besides measuring losses, per update, over a plain update."""
    plain = update_seconds(LESSON)
    model = build(LESSON)
    seconds = []
    for _ in range(max(5, pairs // 5)):
        began = time.perf_counter()
        measures.measure_weights(model)
        for weight in weights(model).values():
            measures.histogram(weight)
        seconds.append(time.perf_counter() - began)
    next(plain)
    step = statistics.median(next(plain) for _ in range(pairs))
    return statistics.median(seconds) / EVALUATE_EVERY / step


def measure(pairs: int = PAIRS) -> dict[str, float]:
    """The flat object of figures."""
    torch.set_num_threads(training.THREADS)
    figures = {f"overhead.{name}": overhead(name, pairs) for name in REGULARIZERS if name != "none"}
    figures["measures_share"] = measures_share(pairs)
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--quick", action="store_true", help="a sixth of the pairs")
    options = parser.parse_args()
    figures = measure(PAIRS // 6 if options.quick else PAIRS)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:32} {value:+.1%}")


if __name__ == "__main__":
    main()
