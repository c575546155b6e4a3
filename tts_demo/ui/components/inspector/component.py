"""Inside the model at one snapshot: its weights, what it looks at, and what it predicts beside the recording."""

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NotRequired, TypedDict

import numpy as np

from tts_demo.acoustics import F0_CEILING, F0_FLOOR, HOP_SECONDS, N_FEATURES
from tts_demo.events import Histogram
from tts_demo.inspection import RANGE_DB, band_frequencies, band_levels, f0_hz
from tts_demo.messages import MessageError
from tts_demo.metrics import distances
from tts_demo.ui.components.base import Component

MOST_BEYOND = 0.01  # share of all weights that may lie outside the common bins
_NOT_FINITE = "The network's prediction holds values that are not finite, so it cannot be drawn."


class Layer(TypedDict):
    """Weights of one layer.

    Keys
    ----
    name : the parameter's; all layers together have the name "".
    largest : the largest weight's size.
    edge : the bins lie from -edge to edge.
    counts : weights in each bin, exact zeros left out.
    zeros : weights that are exactly zero.
    beyond : weights outside the bins, larger than the edge.
    """

    name: str
    largest: float
    edge: float
    counts: Sequence[int]
    zeros: int
    beyond: int


class Speech(TypedDict):
    """One picture of the sentence.

    Keys
    ----
    levels : base64 of one byte a band, `BANDS` bytes a frame, lowest band first; 0 is `RANGE_DB` below the loudest
        or less, 255 the loudest or more.
    f0 : Hz of each frame, separated by commas; nothing where the frame is unvoiced.
    """

    levels: str
    f0: str


class SpeechView(TypedDict):
    """Predicted and natural speech on one time axis and one colour scale.

    Keys
    ----
    frames : of the longer one; `hop` : seconds from frame to frame.
    frequencies : Hz of each band, lowest first; `range_db` : what the 256 levels span.
    f0_range : lowest and highest F0 of the vocoder, Hz.
    phones : each phone's name and the frame at which it ends.
    distortion_db, f0_error_hz, voicing_error : as `metrics.distances`, where both are there and equally long.
    """

    frames: int
    hop: float
    frequencies: Sequence[float]
    range_db: float
    f0_range: tuple[float, float]
    predicted: Speech | None
    natural: Speech | None
    phones: Sequence[tuple[str, int]]
    distortion_db: NotRequired[float]
    f0_error_hz: NotRequired[float]
    voicing_error: NotRequired[float]


class InspectorValue(TypedDict):
    """Value of an `Inside`; `inspector_value` makes it.

    Keys
    ----
    label, step, colour : the run's name, the snapshot's update, and its colour on the loss chart (0 to 5).
    sentence : the words that are spoken; left out where they must not be read yet.
    layers : all layers together, then each; empty where there are no weights.
    bound : c, where no weight may be larger than ±c.
    looks_at : each neighbour (-2 is two phones before) and its share of the first layer's weights, as
        `measures.looks_at` says, from the one furthest before to the one furthest after; left out where there is none.
    speech : None where there is nothing to draw.
    note : a sentence on what is missing and why.
    run : the run's id, told to who follows what is looked at.
    """

    label: str
    step: int
    colour: int
    layers: Sequence[Layer]
    speech: SpeechView | None
    sentence: NotRequired[str]
    bound: NotRequired[float]
    looks_at: NotRequired[Sequence[tuple[int, float]]]
    note: NotRequired[str]
    run: NotRequired[str]


def inspector_value(
    histograms: Mapping[str, Histogram],
    predicted: np.ndarray | None,
    natural: np.ndarray | None,
    *,
    label: str,
    step: int,
    sentence: str = "",
    colour: int = 0,
    phones: Sequence[tuple[str, int]] = (),
    bound: float | None = None,
    looks_at: Mapping[int, float] | None = None,
) -> InspectorValue:
    """What an `Inside` shows of one run at one snapshot, for one sentence.

    Parameters
    ----------
    histograms : of the snapshot, by layer; may be empty.
    predicted, natural : np.ndarray [shape=(frames, 43)], optional
        Features as `acoustics` describes them; no recording for a typed sentence, no prediction before the first
        snapshot.
    label, step, sentence, colour : as in `InspectorValue`; an empty sentence is left out.
    phones : each phone's name and its duration in frames, in order.
    bound : c of a constraint |w| <= c; None where there is none.
    looks_at : of the snapshot, by neighbour; may be empty.

    Returns
    -------
    InspectorValue
        A prediction that is not finite is left out, and `note` says so.

    Raises
    ------
    ValueError
        If features have another shape, natural ones are not finite, or the bound is not a positive number.
    """
    value: InspectorValue = {
        "label": label,
        "step": step,
        "colour": colour,
        "layers": layers(histograms),
        "speech": None,
    }
    if sentence:
        value["sentence"] = sentence
    if bound is not None:
        if not (math.isfinite(bound) and bound > 0):
            raise MessageError("The bound of the weights must be a positive number, not {value}.", value=bound)
        value["bound"] = bound
    if looks_at:
        value["looks_at"] = sorted(looks_at.items())
    natural = _checked(natural)
    predicted = _checked(predicted)
    if natural is not None and not np.isfinite(natural).all():
        raise MessageError("The natural features hold values that are not finite.")
    if predicted is not None and not np.isfinite(predicted).all():
        predicted = None
        value["note"] = _NOT_FINITE
    if predicted is not None or natural is not None:
        value["speech"] = _speech_view(predicted, natural, phones)
    return value


def layers(histograms: Mapping[str, Histogram]) -> list[Layer]:
    """All layers together, under the name "", then each one; an empty list where there are none.

    An embedding's few weights may be forty times as large as all others, so the common bins are those of the smallest
    layer that leaves at most `MOST_BEYOND` of all weights outside. Each bin of a layer is spread evenly over the
    common ones that it covers, and running totals are rounded, so no weight is lost.

    >>> both = layers({"a": Histogram(1.0, (1, 2, 1), 5), "b": Histogram(0.5, (4, 0, 4), 0)})[0]
    >>> both["edge"], sum(both["counts"]), both["zeros"], both["beyond"]
    (1.0, 12, 5, 0)
    """
    if not histograms:
        return []
    every = histograms.values()
    total = sum(sum(histogram.counts) + histogram.zeros for histogram in every)
    by_size = sorted(every, key=lambda histogram: histogram.largest)
    widest = by_size[-1]
    chosen = next(
        one for one in by_size if one is widest or (one.largest and _outside(every, one.largest) <= MOST_BEYOND * total)
    )
    edge = chosen.largest
    running = np.rint(_running_total(every, np.linspace(-edge, edge, len(chosen.counts) + 1)))
    counts = np.diff(running).astype(int).tolist()
    zeros = sum(histogram.zeros for histogram in every)
    beyond = total - zeros - sum(counts)
    together: Layer = {
        "name": "", "largest": widest.largest, "edge": edge, "counts": counts, "zeros": zeros, "beyond": beyond,
    }  # fmt: skip
    return [together, *(_layer(name, histogram) for name, histogram in histograms.items())]


def _layer(name: str, histogram: Histogram) -> Layer:
    largest, counts = histogram.largest, list(histogram.counts)
    return {"name": name, "largest": largest, "edge": largest, "counts": counts, "zeros": histogram.zeros, "beyond": 0}


def _running_total(histograms: Iterable[Histogram], at: np.ndarray) -> np.ndarray:
    """How many weights, exact zeros left out, lie below each value [shape as `at`]."""
    total = np.zeros(len(at))
    for histogram in histograms:
        if histogram.largest > 0:
            edges = np.linspace(-histogram.largest, histogram.largest, len(histogram.counts) + 1)
            total += np.interp(at, edges, np.concatenate([[0], np.cumsum(histogram.counts)]))
    return total


def _outside(histograms: Iterable[Histogram], size: float) -> float:
    below, upto, every = _running_total(histograms, np.array([-size, size, np.inf]))
    return float(every - upto + below)


def _checked(features: np.ndarray | None) -> np.ndarray | None:
    if features is None:
        return None
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2 or features.shape[1] != N_FEATURES or not len(features):
        raise MessageError(
            "Features must have the shape (frames, {count}), not {shape}.", count=N_FEATURES, shape=features.shape
        )
    return features


def _speech_view(
    predicted: np.ndarray | None, natural: np.ndarray | None, phones: Sequence[tuple[str, int]]
) -> SpeechView:
    given = [features for features in (natural, predicted) if features is not None]
    # the recording's where there is one, so that a colour means the same at every snapshot
    loudest = float(band_levels(given[0]).max())
    view: SpeechView = {
        "frames": max(map(len, given)),
        "hop": HOP_SECONDS,
        "frequencies": [round(float(frequency), 1) for frequency in band_frequencies()],
        "range_db": RANGE_DB,
        "f0_range": (F0_FLOOR, F0_CEILING),
        "predicted": None if predicted is None else _speech(predicted, loudest),
        "natural": None if natural is None else _speech(natural, loudest),
        "phones": [],
    }
    ends = np.cumsum([frames for _, frames in phones]).tolist()
    view["phones"] = [(name, end) for (name, _), end in zip(phones, ends, strict=True)]
    if predicted is not None and natural is not None and len(predicted) == len(natural):
        apart = distances([(predicted, natural)])
        view["distortion_db"] = round(apart.mcd_db, 3)
        view["voicing_error"] = round(apart.voicing_error, 4)
        if math.isfinite(apart.f0_rmse_hz):
            view["f0_error_hz"] = round(apart.f0_rmse_hz, 2)
    return view


def _speech(features: np.ndarray, loudest: float) -> Speech:
    share = (band_levels(features) - loudest) / RANGE_DB + 1
    levels = np.rint(255 * np.clip(share, 0, 1)).astype(np.uint8)
    hertz = ["" if math.isnan(value) else f"{value:.1f}" for value in f0_hz(features)]
    return {"levels": base64.b64encode(levels.tobytes()).decode("ascii"), "f0": ",".join(hertz)}


class Inspector(Component):
    """Weights, spectrograms, F0 curves and what is looked at, of one run at one snapshot and one sentence.

    The value is an `InspectorValue`; None shows what will be here. A new value keeps the chosen layer, while there is
    one of its name, and the cursors. Use it as an output with `show_progress="hidden"`, or gradio covers it.
    """
