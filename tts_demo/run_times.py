"""How long a run takes on this machine: what its settings cost, times what an update of the lesson takes here.

>>> from dataclasses import replace
>>> from tts_demo.lesson import LESSON
>>> times = RunTimes(lanes=2)
>>> times.expected([LESSON]) is None
True
>>> times.measured(0.03)
>>> alone = times.expected([LESSON])
>>> 1.5 * alone < times.expected([replace(LESSON, updates=2 * LESSON.updates)]) < 2 * alone
True
"""

import statistics
from collections import deque
from collections.abc import Sequence

from tts_demo.config import RunConfig
from tts_demo.gradient_training import EVALUATE_EVERY
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS, Regularizer

# All in updates of the lesson (some 9 ms), measured as processor seconds of one thread, November 2026.
# Of a network of its default size: an update, one measurement of both losses, the share of both that does not grow with
# the units, by which power of these the rest grows, what each layer more than one adds to the share of the first, and
# what each neighbour adds.
_NETWORKS = {
    "feed_forward": (1.0, 2.8, 0.25, 1.1, 0.13, 0.065), "rnn": (2.95, 8.0, 0.17, 1.4, 0.7, 0.017),
    "cnn": (2.7, 6.8, 0.33, 1.6, 0.48, 0.017), "transformer": (3.1, 8.8, 0.15, 1.65, 0.65, 0.017),
}  # fmt: skip
_OF_SETTING = {("cell", "gru"): 1.6, ("cell", "elman"): 0.83, ("directions", "forward"): 0.56}
# What losses and regularizers add to an update, and what for each update of the lesson that the network's own takes.
_ADDED = {
    "cross_entropy": (5.0, 0.6), "l2": (0.05, 0.04), "l1": (0.05, 0.04), "kl_weights": (0.0, 0.6),
    "spectral_norm": (0.0, 0.45), "dropout": (0.04, 0.03), "weight_noise": (0.0, 0.12), "zoneout": (2.5, 1.0),
}  # fmt: skip
_BY_UNITS = ("spectral_norm",)  # which grow with the units once more
_ADDED_TO_MEASUREMENT = {"cross_entropy": (21.0, 1.7), "zoneout": (5.0, 2.0)}
_MORE_MEASUREMENTS = 3.5  # before the first update, of the last weights, and of the distortion of held-out sentences
# Of models that grow trees: as many updates, and as many more for each minute of speech; of a forest, with its trees.
_TREES = {"hmm": (130.0, 27.0), "forest": (205.0, 66.0)}
_DEFAULT_TREES, _WITHOUT_TREES = 16, 0.25  # and the share that does not grow with their number
_ALL_SECONDS = 952.0  # of speech in the bundled corpus

_REMEMBERED = 12


def cost(config: RunConfig) -> float:
    """A run's time in updates of the lesson, all of its own updates done."""
    settings = config.model.settings.to_mapping()
    if not MODELS[config.model.name].gradients:
        seconds = config.speech_seconds or _ALL_SECONDS
        fixed, per_minute = _TREES.get(config.model.name, _TREES["forest"])
        trees = settings.get("trees", _DEFAULT_TREES) / _DEFAULT_TREES
        return (fixed + per_minute * seconds / 60) * (_WITHOUT_TREES + (1 - _WITHOUT_TREES) * trees)
    network = _NETWORKS.get(config.model.name, _NETWORKS["rnn"])
    update, measurement, fixed, power, layer, neighbour = network
    default = MODELS[config.model.name].Settings().to_mapping()
    wide = settings["units"] / default["units"]
    size = fixed + (1 - fixed) * wide**power
    size *= (1 + layer * (settings["layers"] - 1)) / (1 + layer * (default["layers"] - 1))
    size *= 1 + neighbour * (settings["neighbours"] - default["neighbours"])
    for setting in settings.items():
        size *= _OF_SETTING.get(setting, 1.0)
    update, measurement = size * update, size * measurement
    for name in (config.loss, *(choice.name for choice in config.regularizers)):
        more = wide if name in _BY_UNITS else 1.0
        for_all, for_each = _ADDED.get(name, (0.0, 0.0))
        update += for_all + for_each * more * size * network[0]
        for_all, for_each = _ADDED_TO_MEASUREMENT.get(name, (0.0, 0.0))
        measurement += for_all + for_each * size * network[0]
    return config.updates * update + (config.updates / EVALUATE_EVERY + _MORE_MEASUREMENTS) * measurement


def may_end_sooner(config: RunConfig) -> bool:
    """Whether something may end the run before its last update, besides a person."""
    stops = any(
        REGULARIZERS[choice.name].should_stop is not Regularizer.should_stop for choice in config.regularizers
    )  # fmt: skip
    return stops or config.target_validation_loss is not None


class RunTimes:
    """What has been measured on this machine, and what it says of runs to come.

    Parameters
    ----------
    lanes : float
        How many runs can go on at once without one taking another's time: cores, less what of them others take.
    """

    def __init__(self, lanes: float) -> None:
        self._lanes = lanes
        self._first: float | None = None
        self._idle: deque[float] = deque(maxlen=3)
        self._together: deque[float] = deque(maxlen=3)
        self._finished: deque[tuple[RunConfig, float]] = deque(maxlen=_REMEMBERED)  # kind, seconds an update of lesson

    def measured(self, update_seconds: float, first: bool = False, together: bool = False) -> None:
        """A worker has timed an update of the lesson.

        `first` while the program still warmed up; `together` while the other workers did the same.
        """
        if first:
            self._first = min(update_seconds, self._first or update_seconds)
        else:
            (self._together if together else self._idle).append(update_seconds)

    def _slower(self) -> float:
        """How much longer an update takes beside another: two cores may share what they calculate with."""
        if not (self._idle and self._together):
            return 1.0
        return max(1.0, statistics.median(self._together) / statistics.median(self._idle))

    def took(self, config: RunConfig, seconds: float, at_once: float = 1) -> None:
        """A run has done all its updates, beside others: `at_once` on average, with itself."""
        shared = max(1.0, at_once / self._lanes) * (1 + (self._slower() - 1) * min(at_once - 1, 1))
        self._finished.append((_kind(config), seconds / cost(config) / shared))

    def expected(self, configs: Sequence[RunConfig]) -> float | None:
        """From the start of some runs to the end of all of them; None until something has been measured."""
        each = [self._alone(config) for config in configs]
        known = [seconds for seconds in each if seconds is not None]
        if not known or len(known) < len(each):
            return None
        slower = self._slower() if len(known) > 1 else 1.0
        return slower * max(max(known), sum(known) / self._lanes)

    def beside(self, config: RunConfig, at_once: int) -> float | None:
        """What one run takes while so many go on, with itself; None until something has been measured."""
        alone = self._alone(config)
        return alone and alone * (self._slower() if at_once > 1 else 1.0) * max(1.0, at_once / self._lanes)

    def _alone(self, config: RunConfig) -> float | None:
        kind = _kind(config)
        found = [seconds for other, seconds in self._finished if other == kind][-3:]
        if not found:  # what other runs took tells, too, how quick this machine is
            found = [*self._idle, *(seconds for _, seconds in [*self._finished][-3:])]
        if not found and self._first is not None:
            found = [self._first]
        if not found:
            return None
        seconds = cost(config) * statistics.median(found)
        limit = config.time_limit_seconds
        return seconds if limit is None else min(seconds, limit)


def _kind(config: RunConfig) -> RunConfig:
    """What runs have in common whose updates take the same time: all but amounts, rates, strengths and the seed."""
    default = tuple(type(choice)(choice.name, REGULARIZERS[choice.name].Settings()) for choice in config.regularizers)
    return RunConfig(model=config.model, loss=config.loss, regularizers=default)
