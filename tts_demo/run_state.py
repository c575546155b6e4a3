"""The state of one run, whatever its model: what was measured, what is kept, why it ends."""

import hashlib
import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from tts_demo import batches, corpus
from tts_demo.batches import EVALUATION_FRAMES, Example
from tts_demo.config import RunConfig
from tts_demo.corpus import Utterance
from tts_demo.events import SENTENCES, Event, Finished, Progress, Reason, Snapshot, Started
from tts_demo.gradient_training import GradientTraining
from tts_demo.growth import Growth
from tts_demo.losses import LOSSES, feature_weights
from tts_demo.measures import dead_units, histogram, looks_at, mean_loss, measure_weights
from tts_demo.messages import Message
from tts_demo.models import MODELS, AcousticModel, Network, TreeModel
from tts_demo.regularizers import REGULARIZERS, Evaluation, Regularizer
from tts_demo.resuming import ResumeError, packed, unpacked
from tts_demo.sites import sites, weights

EVALUATED_SECONDS = 60  # of training speech, for the training loss
MOST_STORED = 65504.0  # the largest number in half precision, which snapshots hold
_LOG = logging.getLogger(__name__)
_MOST_REMEMBERED = 1000
_BEFORE_TRAINING: dict[str, tuple[float, float, float | None]] = {}  # losses and dead units, by network and speech


class Learning(Protocol):
    """How a model learns, as a run asks for it: `GradientTraining` and `Growth` do."""

    @property
    def step(self) -> int:
        """Steps done; the one that goes on counts as soon as it has begun to change the model."""

    @property
    def total_steps(self) -> int:
        """How many there will be, if nothing ends the run before."""

    @property
    def regularizers(self) -> Mapping[str, Regularizer]:
        """Those that act on it, by name, in the order in which they act."""

    def update(self) -> tuple[float | None, float]:
        """Do one step; the batch's loss and the penalty before it, where there is a batch."""

    def evaluation_due(self) -> bool:
        """Whether both losses are to be measured after the last step."""

    def snapshot_due(self) -> bool:
        """Whether the weights are to be kept after the last step."""

    def state(self) -> dict[str, Any]:
        """All that the next step depends on but for the model, in tensors and plain values."""

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on where another one stood that learns the same; a network has its weights of then already."""


class RunState:
    """A model that learns, and everything that a run measures, remembers and tells of it.

    Raises `CorpusError` if the config names prompts that cannot be trained on.
    """

    def __init__(self, config: RunConfig) -> None:
        self._began = time.perf_counter()
        self.config = config
        self.history: list[Evaluation] = []
        voice = corpus.load(config.corpus)
        self._prompts = voice.training_prompts(config.speech_seconds, config.keep_in, config.leave_out)
        validation = voice.split("validation")
        examples = batches.examples(voice, self._prompts)
        watched = _first_seconds(self._prompts, EVALUATED_SECONDS)
        self._heard = [*self._prompts[:watched], *validation]
        self._watched = batches.by_length(examples[:watched], EVALUATION_FRAMES)
        self._validation = batches.by_length(batches.examples(voice, validation), EVALUATION_FRAMES)
        self._n_validation = len(validation)
        self._loss = LOSSES[config.loss]
        self._feature_weights = feature_weights(torch.from_numpy(voice.std))
        self.model = build(config)
        self._sites = sites(self.model)
        self.learning = _learning(config, self.model, examples, self._feature_weights)
        self._good = self.learning.step, self._copy_of_weights()

    def started(self) -> Started:
        """The run's first event."""
        learned = self.model.parameters() if self.model.gradients else self.model.state_dict().values()
        parameters = sum(tensor.numel() for tensor in learned)
        seconds = sum(prompt.seconds for prompt in self._prompts)
        return Started(len(self._prompts), round(seconds, 2), self._n_validation, parameters, self.learning.total_steps)

    def seconds(self) -> float:
        """Since the run began."""
        return round(time.perf_counter() - self._began, 3)

    def change_strength(self, name: str, strength: float) -> bool:
        """Whether this run has that regularizer; raises SettingError outside the strength's range."""
        if name not in self.learning.regularizers:
            return False
        self.learning.regularizers[name].change_strength(strength)
        return True

    def advance(self) -> Progress | None:
        """One step, measured where that is due; None if its numbers are not finite."""
        batch_loss, penalty = self.learning.update()
        if not math.isfinite((batch_loss or 0.0) + penalty):
            return None
        if self.learning.evaluation_due() or self.learning.snapshot_due():
            self._hold()
        if self.learning.evaluation_due():
            return self.evaluated(batch_loss, penalty)
        return Progress(self.learning.step, batch_loss, penalty, self.seconds())

    def evaluated(self, batch_loss: float | None, penalty: float) -> Progress | None:
        """Measure both losses and the weights; None if they are not finite."""
        step, regularizers = self.learning.step, self.learning.regularizers.values()
        training_loss, validation_loss, dead = self._measured() if step else self._measured_before_training()
        measured = measure_weights(self.model)
        if not math.isfinite(training_loss + validation_loss) or not self.finite():
            return None
        self._good = step, self._copy_of_weights()
        self.history.append(Evaluation(step, training_loss, validation_loss))
        for regularizer in regularizers:
            regularizer.after_evaluation(self.model, self.history)
        shares = [regularizer.active_share(self.model) for regularizer in regularizers]
        return Progress(
            step, batch_loss, penalty, self.seconds(), training_loss, validation_loss,
            measured.zeros, measured.largest_weight, measured.weight_norm, dead,
            next((share for share in shares if share is not None), None),
        )  # fmt: skip

    def reason_to_end(self) -> Reason | None:
        """Why the run is over after the last step, or None."""
        last = self.history[-1]
        if last.step == self.learning.step:
            if any(regularizer.should_stop(self.history) for regularizer in self.learning.regularizers.values()):
                return "early_stopped"
            target = self.config.target_validation_loss
            if target is not None and last.validation_loss <= target:
                return "target_reached"
            if last.step >= self.learning.total_steps:
                return "completed"
        limit = self.config.time_limit_seconds
        return "time_limit" if limit is not None and self.seconds() >= limit else None

    def snapshot(self) -> Snapshot:
        """The weights as they are after the last step."""
        return self._snapshot_of(self.learning.step)

    def finish(self, reason: Reason, error: Message) -> Iterator[Event]:
        """Last measurement, last snapshot and the end.

        The weights to end with are a regularizer's (early stopping's best ones), or else the last ones, or where those
        are of no use the last that were measured.
        """
        beyond = step = self.learning.step
        finals = [regularizer.final_weights() for regularizer in self.learning.regularizers.values()]
        chosen = next((final for final in finals if final is not None), None)
        if chosen is None and reason in SENTENCES:
            try:
                self._hold()  # a Stop may come between two of the moments at which that is done
            except Exception as problem:
                reason, error = "failed", self.named(problem)
        last = None if chosen else self._last_evaluation(step, reason)
        if chosen is None and reason in SENTENCES and not (self.finite() and (last is None or last.finite())):
            reason = "diverged"  # at its last step
        if chosen is None and reason in ("diverged", "failed"):
            chosen = self._good
        if chosen is not None:
            step = chosen[0]
            self.model.load_state_dict(dict(chosen[1]))
            last = self._last_evaluation(step, reason)
        if reason == "diverged":
            message = self._why_it_diverged(beyond, kept=step)
        elif reason == "failed":
            message = Message(
                "An error ended the run at update {step} ({error}). Update {kept} is kept.",
                step=beyond, error=error, kept=step,
            )  # fmt: skip
        else:
            message = SENTENCES[reason]
        yield self._snapshot_of(step)
        measured = [*self.history, *([last] if last else [])]
        best = min(measured, key=lambda evaluation: evaluation.validation_loss, default=None)
        yield Finished(
            reason, message, step, self.seconds(), last.training_loss if last else None,
            last.validation_loss if last else None, best.validation_loss if best else None, best.step if best else None,
        )  # fmt: skip

    def state(self) -> bytes:
        """Everything that the next step depends on, and what is told at the end: `go_on` takes it."""
        return packed(
            {
                "config": self.config.to_json(),
                "seconds": self.seconds(),
                "history": [(one.step, one.training_loss, one.validation_loss) for one in self.history],
                "model": self.model.state_dict(),
                "good": self._good,
                "learning": self.learning.state(),
            }
        )

    def go_on(self, written: bytes) -> None:
        """Take up another run of this config where `state` was asked of it.

        Raises
        ------
        ResumeError
            For what is no such state.
        """
        state = unpacked(written)
        try:
            same = state["config"] == self.config.to_json()
            if same:
                # a network's, before regularizers look at it; trees grow again
                if self.model.gradients:
                    self.model.load_state_dict(state["model"])
                self.learning.load_state(state["learning"])
                self.history = [Evaluation(*one) for one in state["history"]]
                self._good = state["good"]
                self._began = time.perf_counter() - state["seconds"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ResumeError("The state of the run is damaged; it cannot go on from there.") from error
        if not same:
            raise ResumeError("This state is that of another run.")

    def finite(self) -> bool:
        """Whether all numbers of the network are, also as a snapshot holds them; a tree's whole numbers stay whole."""
        numbers = (tensor for tensor in self.model.state_dict().values() if tensor.is_floating_point())
        return all(bool((tensor.abs() <= MOST_STORED).all()) for tensor in numbers)

    def named(self, error: Exception) -> Message:
        """An error inside the training in a few words; its traceback goes to whoever looks at the log."""
        _LOG.debug("An error in update %d", self.learning.step, exc_info=error)
        if isinstance(error, MemoryError):
            return Message("there is not enough memory")
        return Message("{error}", error=f"{type(error).__name__}: {error}"[:120])

    def _hold(self) -> None:
        """Bring the weights, which are about to be measured or kept, within what does not hold after each update."""
        with torch.no_grad():
            for regularizer in self.learning.regularizers.values():
                regularizer.hold(self.model)

    def _losses(self) -> tuple[float, float]:
        """Training and validation loss in evaluation mode, without the penalty."""
        return tuple(  # type: ignore[return-value]
            mean_loss(self.model, prompts, self._loss, self._feature_weights)
            for prompts in (self._watched, self._validation)
        )

    def _measured(self) -> tuple[float, float, float | None]:
        """Training and validation loss, and the share of dead units."""
        for site in self._sites.values():
            site.measuring, site.peaks = True, None
        losses = self._losses()
        for site in self._sites.values():
            site.measuring = False
        return *losses, dead_units(self._sites.values())

    def _measured_before_training(self) -> tuple[float, float, float | None]:
        """The same, remembered: all runs of a seed begin with one network, and whoever pressed Train waits for it."""
        # beyond the network itself, only what acts in evaluation too can matter (zoneout's mixing)
        acting = [choice for choice in self.config.regularizers if REGULARIZERS[choice.name].acts_in_evaluation]
        told = (self.config.corpus, self.config.model, self.config.loss, acting, [prompt.id for prompt in self._heard])
        digest = hashlib.sha256(repr(told).encode())
        for tensor in self.model.state_dict().values():
            digest.update(tensor.contiguous().numpy())
        key = digest.hexdigest()
        if key not in _BEFORE_TRAINING:
            if len(_BEFORE_TRAINING) >= _MOST_REMEMBERED:
                _BEFORE_TRAINING.clear()
            _BEFORE_TRAINING[key] = self._measured()
        return _BEFORE_TRAINING[key]

    def _last_evaluation(self, step: int, reason: Reason) -> Evaluation | None:
        """Losses of the final weights; None after a Stop between two evaluations, which nobody should wait for."""
        known = next((evaluation for evaluation in self.history if evaluation.step == step), None)
        if known is not None or reason not in SENTENCES or reason in ("stopped", "abandoned"):
            return known
        return Evaluation(step, *self._losses())

    def _why_it_diverged(self, step: int, kept: int) -> Message:
        likely = Message("a learning rate of {rate} is probably too high", rate=f"{self.config.rate:g}")
        if self.config.rate <= self.config.default_rate and self.learning.regularizers:
            likely = Message("the regularizer's strength is probably too high")
        return Message(
            "The loss became infinite or undefined after update {step}: {reason}. Update {kept} is kept.",
            step=step, reason=likely, kept=kept,
        )  # fmt: skip

    def _snapshot_of(self, step: int) -> Snapshot:
        kept = {name: as_stored(tensor) for name, tensor in self.model.state_dict().items()}
        histograms = {name: histogram(weight) for name, weight in weights(self.model).items()}
        return Snapshot(step, kept, histograms, looks_at(self.model))

    def _copy_of_weights(self) -> dict[str, Tensor]:
        return {name: tensor.clone() for name, tensor in self.model.state_dict().items()}


def build(config: RunConfig) -> AcousticModel:
    """The config's model with its first weights, which depend on the seed and on nothing else."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return MODELS[config.model.name](config.model.settings, LOSSES[config.loss])


def as_stored(tensor: Tensor) -> np.ndarray:
    """Half precision as snapshots hold it, numbers beyond its range held at its ends; whole numbers as they are."""
    if not tensor.is_floating_point():
        return tensor.numpy().copy()
    return tensor.detach().clamp(-MOST_STORED, MOST_STORED).to(torch.float16).contiguous().numpy()


def _learning(config: RunConfig, model: AcousticModel, examples: Sequence[Example], weights: Tensor) -> Learning:
    if isinstance(model, Network):
        return GradientTraining(config, model, examples, weights)
    assert isinstance(model, TreeModel)
    return Growth(model, examples, weights)


def _first_seconds(prompts: Sequence[Utterance], seconds: float) -> int:
    """How many of the first prompts hold this much speech."""
    total = 0.0
    for count, prompt in enumerate(prompts, start=1):
        total += prompt.seconds
        if total >= seconds:
            return count
    return len(prompts)
