"""Markdown tables of the lesson's figures, for docs/lesson.md: `lesson.py --json | lesson_tables.py`."""

import json
import sys
from collections.abc import Iterator, Mapping

import project  # noqa: F401

from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS

_NETWORKS = {name: model for name, model in MODELS.items() if model.gradients}


def percent(share: float | None, sign: bool = False) -> str:
    """A share as one reads it; nothing where it was not measured."""
    return "" if share is None else f"{100 * share:{'+' if sign else ''}.0f} %"


def row(*cells: str) -> str:
    """One row."""
    return "| " + " | ".join(cells) + " |"


def head(*cells: str) -> Iterator[str]:
    """The first two rows."""
    yield row(*cells)
    yield "|" + "---|" * len(cells)


def without(figures: Mapping[str, float]) -> Iterator[str]:
    """What happens without a regularizer."""
    yield from head("", "seeds", "with a rise of 15 % or more", "median rise")
    for name, model in _NETWORKS.items():
        seeds, good = figures[f"none_seeds.{name}"], figures[f"none_rise_ok.{name}"]
        yield row(model.label, f"{seeds:.0f}", f"{good:.0f}", f"{100 * figures[f'none_rise.{name}']:.1f} %")


def effects(figures: Mapping[str, float]) -> Iterator[str]:
    """What each regularizer does."""
    yield from head("", "gap cut (95 %, Student's t)", "validation loss", "distortion", "strong end", "time")
    for name, entry in REGULARIZERS.items():
        if f"gap_cut.{name}" not in figures:
            continue
        between = ""  # of one seed there is no interval
        if f"gap_cut_low.{name}" in figures:
            low, high = figures[f"gap_cut_low.{name}"], figures[f"gap_cut_high.{name}"]
            between = f" ({100 * low:.0f} to {100 * high:.0f})"
        yield row(
            f"{entry.label} {entry.Settings().to_mapping()['strength']:g}",
            percent(figures[f"gap_cut.{name}"]) + between,
            percent(figures[f"validation_change.{name}"], sign=True),
            f"{-figures[f'mcd_gain_db.{name}']:+.2f} dB",
            percent(figures.get(f"underfit.{name}"), sign=True),
            percent(figures.get(f"overhead.{name}"), sign=True),
        )


def cells(figures: Mapping[str, float]) -> Iterator[str]:
    """Distortion by model, loss and optimizer."""
    yield from head("", "", *(optimizer.label for optimizer in OPTIMIZERS.values()))
    for name, model in _NETWORKS.items():
        for loss in LOSSES.values():
            found = [figures[f"table.{name}.{loss.name}.{optimizer}"] for optimizer in OPTIMIZERS]
            yield row(model.label, loss.label, *(f"{value:.2f} dB" for value in found))


def ear(figures: Mapping[str, float]) -> Iterator[str]:
    """Words missed, the fewest first."""
    yield from head("", "words missed", "fewer than without (95 %, Student's t)")
    heard = [name for name in REGULARIZERS if f"wer_unseen.{name}" in figures]
    for name in sorted(heard, key=lambda name: figures[f"wer_unseen.{name}"]):
        gain = ""
        if f"wer_gain_low.{name}" in figures:
            low, high = figures[f"wer_gain_low.{name}"], figures[f"wer_gain_high.{name}"]
            gain = f"{100 * figures[f'wer_gain.{name}']:.1f} points ({100 * low:.1f} to {100 * high:.1f})"
        strength = REGULARIZERS[name].Settings().to_mapping().get("strength")
        label = REGULARIZERS[name].label + ("" if strength is None else f" {strength:g}")
        yield row(label, f"{100 * figures[f'wer_unseen.{name}']:.1f} %", gain)


def main() -> None:
    """Print what there are figures for."""
    figures = json.load(sys.stdin)
    for table in (without, effects, ear, cells):
        try:
            print("\n".join(table(figures)), end="\n\n")
        except KeyError as error:
            print(f"not measured yet: {error}\n")


if __name__ == "__main__":
    main()
