"""Figures for slides and papers: curves, gap, spectrograms and F0 of recorded runs, by matplotlib."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tts_demo import corpus, labels, synthesis
from tts_demo.acoustics import HOP_SECONDS
from tts_demo.events import points_of
from tts_demo.inspection import RANGE_DB, band_frequencies, band_levels, f0_hz
from tts_demo.messages import MessageError
from tts_demo.runs import Run
from tts_demo.sweeps import Point, Sweep, best_of, less_is_stronger, regions_of

if TYPE_CHECKING:  # a third of a second, which only those who draw should wait for
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("curves", "gap", "spectrograms", "f0")
MOST_RUNS = 6  # as many as there are colours that one can tell apart
_COLOURS = ("#0a66c2", "#b83208", "#0b8a66", "#8f2a80", "#b58300", "#39424e")  # of the page, in its order
_INCHES = {"curves": 3.2, "gap": 2.2, "f0": 2.2}  # heights
_REGIONS = {"overfitting": "#0a66c2", "best": "#0b8a66", "underfitting": "#b83208", None: "#ffffff"}
_WIDTH, _SPECTROGRAM = 7.0, 1.4  # inches


def draw(
    runs: Sequence[Run],
    kinds: Sequence[str] = ("curves",),
    prompt: str | None = None,
    colours: Sequence[int] | None = None,
) -> "Figure":
    """Draw recorded runs, one kind of picture below the other; `savefig` of what is returned writes PDF, SVG or PNG.

    Parameters
    ----------
    runs : sequence of Run
        At most six, of one corpus. Weights are those that each run ended with.
    kinds : sequence of str
        Of `KINDS`. "curves": training loss (solid) and validation loss (dashed) over updates, the least validation loss
        marked; "gap": the one less the other; "spectrograms": envelopes in dB of a sentence with its natural durations,
        the recording's first; "f0": its F0 in Hz.
    prompt : str, optional
        The sentence's id; a test sentence of middling length where it is None.
    colours : sequence of int, optional
        Each run's colour on the page, 0 to 5; 0, 1, 2, ... where it is None.

    Raises
    ------
    ValueError
        For no run or too many, an unknown kind, runs of several corpora, a run in which nothing was measured.
    RunError, CorpusError
        For a damaged run, or a sentence that the corpus does not have.
    """
    from matplotlib.figure import Figure

    if not 1 <= len(runs) <= MOST_RUNS:
        raise MessageError("A figure shows 1 to {most} runs, not {count}.", most=MOST_RUNS, count=len(runs))
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise MessageError(
            "There is no figure {kind}; there are {kinds}.", kind=repr(unknown[0]), kinds=", ".join(KINDS)
        )
    names = {run.config.corpus for run in runs}
    if len(names) > 1:
        raise MessageError(
            "Runs of one corpus can be drawn together, not of {corpora}.", corpora=" and ".join(sorted(names))
        )
    kinds = [kind for kind in KINDS if kind in kinds]
    called = _names(runs)
    painted = [_COLOURS[colour % len(_COLOURS)] for colour in (range(len(runs)) if colours is None else colours)]
    text, voices = _voices(runs, called, prompt) if {"spectrograms", "f0"} & {*kinds} else ("", {})
    heights = []
    for kind in kinds:
        heights += [_SPECTROGRAM] * len(voices) if kind == "spectrograms" else [_INCHES[kind]]
    figure = Figure(figsize=(_WIDTH, sum(heights)), layout="constrained")
    axes = iter(figure.subplots(len(heights), squeeze=False, height_ratios=heights)[:, 0])
    for kind in kinds:
        if kind == "spectrograms":
            _draw_spectrograms([next(axes) for _ in voices], text, voices)
        elif kind == "f0":
            _draw_f0(next(axes), text, voices, painted)
        else:
            _draw_losses(next(axes), kind, runs, called, painted)
    return figure


def draw_sweep(sweep: Sweep, points: Sequence[Point]) -> "Figure":
    """Draw losses against what differs in a sweep, and words missed where a recogniser was asked.

    On the left is what holds the network back least, so that one reads from overfitting to underfitting.

    Raises
    ------
    ValueError
        Where no run has a loss.
    """
    from matplotlib.figure import Figure

    best = best_of(points)
    if best is None:
        raise MessageError("No run of the sweep ended with a loss that could be drawn.")
    figure = Figure(figsize=(_WIDTH, _INCHES["curves"]), layout="constrained")
    axes = figure.subplots()
    measured = [point for point in points if point.validation_loss is not None]
    values, training, validation = np.array(
        [(point.value, point.training_loss, point.validation_loss) for point in measured], dtype=np.float64
    ).T
    axes.plot(values, training, "o-", color=_COLOURS[0], label="training")
    axes.plot(values, validation, "o--", color=_COLOURS[0], label="validation")
    axes.plot(
        best.value, float(validation.min()), "o", color=_COLOURS[1], fillstyle="none", markersize=11, label="best"
    )
    if sweep.axis.scale == "log":
        axes.set_xscale("log")
    if less_is_stronger(sweep):
        axes.invert_xaxis()
    for point, region in zip(measured, regions_of(measured), strict=True):
        if len(measured) > 1:
            span = _around(point.value, values, sweep.axis.scale)
            axes.axvspan(*span, color=_REGIONS[region], alpha=0.12, linewidth=0)
    axes.set_xlabel(str(sweep.axis.label))
    axes.set_ylabel("loss")
    heard = [(point.value, point.missed) for point in measured if point.missed is not None]
    if heard:
        beside = axes.twinx()
        beside.plot(*np.array(heard).T, "s:", color=_COLOURS[2], label="words missed")
        beside.set_ylabel("words missed")
        beside.legend(frameon=False, fontsize="small", loc="upper right")
    axes.set_title("Blue: overfitting; green: about as good as the best; red: underfitting", fontsize="small")
    _tidy(axes)
    axes.legend(frameon=False, fontsize="small")
    return figure


def _around(value: float, values: np.ndarray, scale: str) -> tuple[float, float]:
    """Half way to both neighbours on the axis; `values` ascend [shape=(points,)]."""
    places = np.log(values) if scale == "log" else values
    edges = np.concatenate([places[:1], (places[1:] + places[:-1]) / 2, places[-1:]])
    edges = np.exp(edges) if scale == "log" else edges
    index = int(np.searchsorted(values, value))
    return float(edges[index]), float(edges[index + 1])


def _names(runs: Sequence[Run]) -> list[str]:
    """What the runs are called, so that one tells them apart."""
    voice = corpus.load(runs[0].config.corpus)
    names = [str(labels.label_of(run.config, voice, run.events())) for run in runs]
    return labels.apart(names, [run.config for run in runs])


def _losses(run: Run) -> np.ndarray:
    """Update, training and validation loss of each measurement, and of the last weights [shape=(measurements, 3)]."""
    found = points_of(run.events())
    if not found:
        raise MessageError("Nothing was measured in the run {name}.", name=repr(run.directory.name))
    return np.array(found, dtype=np.float64)


def _draw_losses(axes: "Axes", kind: str, runs: Sequence[Run], called: Sequence[str], painted: Sequence[str]) -> None:
    for run, name, colour in zip(runs, called, painted, strict=True):
        steps, training, validation = _losses(run).T
        if kind == "gap":
            axes.plot(steps, validation - training, color=colour, label=name)
            continue
        axes.plot(steps, training, color=colour, label=f"{name}: training")
        axes.plot(steps, validation, color=colour, linestyle="--", label=f"{name}: validation")
        best = int(validation.argmin())
        axes.plot(steps[best], validation[best], "o", color=colour, fillstyle="none")
    axes.set_xlabel("updates")
    axes.set_ylabel("loss" if kind == "curves" else "gap")
    if kind == "gap":
        axes.axhline(0, color="0.7", linewidth=0.8)
        axes.set_title("Validation loss less training loss", fontsize="small", loc="left")
    _tidy(axes)
    axes.legend(frameon=False, fontsize="small")


def _voices(runs: Sequence[Run], called: Sequence[str], prompt: str | None) -> tuple[str, dict[str, np.ndarray]]:
    """The sentence, and its features [shape=(frames, 43)] by who says it, the recording first."""
    voice = corpus.load(runs[0].config.corpus)
    sentence = voice[prompt] if prompt else corpus.default_sentence(voice.split("test"))
    said = {"Recording": voice.features(sentence).astype(np.float64)}
    for run, name in zip(runs, called, strict=True):
        said[name] = synthesis.predict_utterance(run.model(), voice, sentence)
    return sentence.text, said


def _draw_spectrograms(axes: Sequence["Axes"], text: str, voices: dict[str, np.ndarray]) -> None:
    loudest = float(band_levels(next(iter(voices.values()))).max())
    edges = np.append(band_frequencies(), 2 * band_frequencies()[-1] - band_frequencies()[-2])
    for one, (name, features) in zip(axes, voices.items(), strict=True):
        levels = band_levels(features).T
        times = np.arange(levels.shape[1] + 1) * HOP_SECONDS
        one.pcolormesh(times, edges, levels, vmin=loudest - RANGE_DB, vmax=loudest, cmap="magma", rasterized=True)
        one.set_yscale("function", functions=(_mel, _hertz))
        one.set_yticks([0, 1000, 2000, 4000, 8000])
        one.set_ylim(0, 8000)
        one.set_ylabel("Hz")
        one.set_title(f"{name}: “{text}”" if one is axes[0] else name, fontsize="small", loc="left")
    axes[-1].set_xlabel("seconds")


def _mel(hertz: np.ndarray) -> np.ndarray:
    return 2595 * np.log10(1 + np.maximum(hertz, 0) / 700)


def _hertz(mel: np.ndarray) -> np.ndarray:
    return 700 * (10 ** (np.asarray(mel) / 2595) - 1)


def _draw_f0(axes: "Axes", text: str, voices: dict[str, np.ndarray], painted: Sequence[str]) -> None:
    for (name, features), colour in zip(voices.items(), ("black", *painted), strict=True):
        hertz = f0_hz(features)
        axes.plot(np.arange(len(hertz)) * HOP_SECONDS, hertz, color=colour, label=name)
    axes.set_xlabel("seconds")
    axes.set_ylabel("F0 (Hz)")
    axes.set_title(f"“{text}”", fontsize="small", loc="left")
    _tidy(axes)
    axes.legend(frameon=False, fontsize="small")


def _tidy(axes: "Axes") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
