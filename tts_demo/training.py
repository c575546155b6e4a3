"""The one training loop: `train(config, control)` yields what happens, as it happens."""

import hashlib
import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from tts_demo import batches, corpus
from tts_demo.batches import EVALUATION_FRAMES, Example
from tts_demo.config import RunConfig
from tts_demo.corpus import Utterance
from tts_demo.events import Event, Finished, Progress, Reason, Snapshot, Started, StrengthChanged
from tts_demo.losses import LOSSES, Loss, feature_weights
from tts_demo.measures import dead_units, histogram, looks_at, mean_loss, measure_weights
from tts_demo.messages import Message
from tts_demo.models import MODELS, AcousticModel, Network, TreeModel
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS, Context, Evaluation, Regularizer
from tts_demo.sites import sites, weights

THREADS = 1  # of a run: two runs share two cores, and a run's numbers do not depend on its company
BATCH_FRAMES = 4000
EVALUATE_EVERY = 20  # updates
EVALUATED_SECONDS = 60  # of training speech, for the training loss
_FIRST_SNAPSHOT, _WORDS_BEGIN = 5, 80  # updates; half of the words are understood at some 110

MOST_STORED = 65504.0  # the largest number in half precision, which snapshots hold
_LOG = logging.getLogger(__name__)
_MOST_REMEMBERED = 1000
_BEFORE_TRAINING: dict[str, tuple[float, float, float | None]] = {}  # losses and dead units, by network and speech

SENTENCES: dict[str, Message] = {
    "completed": Message("All updates are done."),
    "early_stopped": Message("The validation loss got no better, so training stopped early."),
    "target_reached": Message("The validation loss reached its target."),
    "time_limit": Message("The time limit is reached."),
    "stopped": Message("The run was stopped; what it learned so far is kept."),
    "abandoned": Message("Nobody watched this run any more, so it was ended; what it learned so far is kept."),
}


class Control:
    """How others reach into a running loop: end it, or change a regularizer's strength. Safe across threads."""

    def __init__(self) -> None:
        self._end: Reason | None = None
        self._changes: list[tuple[str, float]] = []

    def end(self, reason: Reason = "stopped") -> None:
        """End the run after the update that is under way."""
        self._end = reason

    def set_strength(self, regularizer: str, strength: float) -> None:
        """Change the strength of a regularizer of the run from the next update on."""
        self._changes.append((regularizer, strength))

    def reason_to_end(self) -> Reason | None:
        """Asked by the loop before every update."""
        return self._end

    def strength_changes(self) -> list[tuple[str, float]]:
        """Changes since the last call; asked by the loop before every update."""
        changes, self._changes = self._changes, []
        return changes


def train(config: RunConfig, control: Control | None = None) -> Iterator[Event]:
    """Train an acoustic model and yield its events: Started, then Progress and others, then Finished.

    Parameters
    ----------
    config : RunConfig
    control : Control, optional
        Stops the run or changes strengths while it goes on.

    Yields
    ------
    Event
        The same ones for one config and machine (but for `seconds`), if torch runs on `THREADS` threads.

    Raises
    ------
    CorpusError
        Before the first event, if the config names prompts that cannot be trained on.
    """
    control = control or Control()
    run = _Run(config) if MODELS[config.model.name].gradients else _Growth(config)
    yield run.started()
    reason: Reason | None
    wrong = Message("")
    try:
        before = run.evaluated(None, 0.0)
        reason = "diverged" if before is None else None
    except Exception as error:
        before, reason, wrong = None, "failed", run.named(error)
    if before is not None:
        yield before
    while reason is None:
        reason = control.reason_to_end()
        if reason is not None:
            break
        for name, strength in control.strength_changes():
            if run.change_strength(name, strength):
                yield StrengthChanged(run.step, name, strength)
        try:
            progress = run.advance()
            reason = "diverged" if progress is None else run.reason_to_end()
        except Exception as error:  # whatever a regularizer, a model or an optimizer raised ends this run and no other
            progress, wrong = None, run.named(error)
            reason = "failed" if run.finite() else "diverged"
        if progress is not None:
            yield progress
        if reason is None and run.snapshot_due():
            yield run.snapshot()
    yield from run.finish(reason, wrong)


@dataclass
class _Run:
    """State of one run: the network, its optimizer, its regularizers and what was measured."""

    config: RunConfig
    step: int = 0
    history: list[Evaluation] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = self.config
        self._began = time.perf_counter()
        voice = corpus.load(config.corpus)
        self.prompts = voice.training_prompts(config.speech_seconds, config.keep_in, config.leave_out)
        validation = voice.split("validation")
        training_examples = batches.examples(voice, self.prompts)
        watched = _first_seconds(self.prompts, EVALUATED_SECONDS)
        self._heard = [*self.prompts[:watched], *validation]
        self._watched = batches.by_length(training_examples[:watched], EVALUATION_FRAMES)
        self._validation = batches.by_length(batches.examples(voice, validation), EVALUATION_FRAMES)
        self._n_validation = len(validation)
        self._loss: Loss = LOSSES[config.loss]
        self._feature_weights = feature_weights(torch.from_numpy(voice.std))
        self.model = build(config)
        self._snapshot_steps = snapshot_steps()
        self._next_snapshot = next(self._snapshot_steps)
        self._regularizers: dict[str, tuple[Regularizer, Context]] = {}
        self._sites = sites(self.model)
        self.total_updates = config.updates
        self._prepare(training_examples)
        self._good = self.step, self._copy_of_weights()

    def _prepare(self, training_examples: Sequence[Example]) -> None:
        """What training by gradients needs: batches, regularizers, optimizer."""
        config = self.config
        assert isinstance(self.model, Network)
        self.model.prepare(training_examples)
        self._batches = batches.endless(training_examples, BATCH_FRAMES, np.random.default_rng(config.seed))
        frames = sum(prompt.frames for prompt in self.prompts)
        parameters = list(self.model.parameters())
        # constraints come last: they must hold after every update, whatever the others do
        in_order = sorted(config.regularizers, key=lambda choice: REGULARIZERS[choice.name].family == "hard")
        for number, choice in enumerate(in_order):
            generator = torch.Generator().manual_seed(config.seed * 1009 + number + 1)
            context = Context(0, config.updates, config.rate, frames, generator)
            regularizer = REGULARIZERS[choice.name](choice.settings)
            regularizer.prepare(self.model, context)
            parameters += regularizer.extra_parameters()
            self._regularizers[choice.name] = (regularizer, context)
        self._optimizer = OPTIMIZERS[config.optimizer].make(parameters, config.rate)

    def started(self) -> Started:
        learned = self.model.parameters() if self.model.gradients else self.model.state_dict().values()
        parameters = sum(tensor.numel() for tensor in learned)
        seconds = sum(prompt.seconds for prompt in self.prompts)
        return Started(len(self.prompts), round(seconds, 2), self._n_validation, parameters, self.total_updates)

    def seconds(self) -> float:
        return round(time.perf_counter() - self._began, 3)

    def change_strength(self, name: str, strength: float) -> bool:
        """Whether this run has that regularizer; raises SettingError outside the strength's range."""
        if name not in self._regularizers:
            return False
        self._regularizers[name][0].change_strength(strength)
        return True

    def evaluation_due(self) -> bool:
        """Whether both losses are to be measured after this update."""
        return self.step % EVALUATE_EVERY == 0 or self.step == self.total_updates

    def snapshot_due(self) -> bool:
        """Whether the weights are to be kept after this update."""
        if self.step != self._next_snapshot:
            return False
        self._next_snapshot = next(self._snapshot_steps)
        return True

    def update(self) -> tuple[float | None, float]:
        """One update of the weights; the batch's loss and the penalty before it."""
        self.model.train()
        batch = next(self._batches)
        self.step += 1
        with torch.no_grad():
            for regularizer, context in self._regularizers.values():
                context.step = self.step
                regularizer.before_forward(self.model, context)
        assert isinstance(self.model, Network)
        smoothing = sum(regularizer.label_smoothing() for regularizer, _ in self._regularizers.values())
        predicted = self.model(batch)
        loss = self._loss.cost(
            predicted[..., : self._loss.outputs], batch.target, batch.mask, self._feature_weights, smoothing
        )
        slopes = self.model.slopes_cost(predicted, batch, self._feature_weights)
        penalty = torch.zeros(())
        activations = {name: site.last for name, site in self._sites.items() if site.last is not None}
        for regularizer, context in self._regularizers.values():
            term = regularizer.penalty(self.model, activations, context)
            penalty = penalty if term is None else penalty + term
        self._optimizer.zero_grad()
        (loss + slopes + penalty).backward()
        with torch.no_grad():
            # noise comes off in the opposite order to the one in which it went on, before anything else happens
            for regularizer, context in reversed(self._regularizers.values()):
                regularizer.take_noise_off(self.model, context)
            for regularizer, context in self._regularizers.values():
                regularizer.before_update(self.model, context)
        self._optimizer.step()
        with torch.no_grad():
            for regularizer, context in self._regularizers.values():
                regularizer.after_update(self.model, context)
        return loss.item(), penalty.item()

    def advance(self) -> Progress | None:
        """One update, measured where that is due; None if its numbers are not finite."""
        batch_loss, penalty = self.update()
        if not math.isfinite((batch_loss or 0.0) + penalty):
            return None
        if self.evaluation_due() or self.step == self._next_snapshot:
            self._hold()
        if self.evaluation_due():
            return self.evaluated(batch_loss, penalty)
        return Progress(self.step, batch_loss, penalty, self.seconds())

    def _hold(self) -> None:
        """Bring the weights, which are about to be measured or kept, within what does not hold after each update."""
        with torch.no_grad():
            for regularizer, _ in self._regularizers.values():
                regularizer.hold(self.model)

    def evaluate(self) -> tuple[float, float]:
        """Training and validation loss in evaluation mode, without the penalty."""
        return tuple(  # type: ignore[return-value]
            mean_loss(self.model, prompts, self._loss, self._feature_weights)
            for prompts in (self._watched, self._validation)
        )

    def evaluated(self, batch_loss: float | None, penalty: float) -> Progress | None:
        """Measure both losses and the weights; None if they are not finite."""
        training_loss, validation_loss, dead = self._measured() if self.step else self._measured_before_training()
        measured = measure_weights(self.model)
        if not math.isfinite(training_loss + validation_loss) or not self.finite():
            return None
        self._good = self.step, self._copy_of_weights()
        self.history.append(Evaluation(self.step, training_loss, validation_loss))
        for regularizer, _ in self._regularizers.values():
            regularizer.after_evaluation(self.model, self.history)
        shares = [regularizer.active_share(self.model) for regularizer, _ in self._regularizers.values()]
        return Progress(
            self.step, batch_loss, penalty, self.seconds(), training_loss, validation_loss,
            measured.zeros, measured.largest_weight, measured.weight_norm, dead,
            next((share for share in shares if share is not None), None),
        )  # fmt: skip

    def _measured(self) -> tuple[float, float, float | None]:
        """Training and validation loss, and the share of dead units."""
        for site in self._sites.values():
            site.measuring, site.peaks = True, None
        losses = self.evaluate()
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

    def reason_to_end(self) -> Reason | None:
        """Why the run is over after the last update, or None."""
        if self.history[-1].step == self.step:
            if any(regularizer.should_stop(self.history) for regularizer, _ in self._regularizers.values()):
                return "early_stopped"
            target = self.config.target_validation_loss
            if target is not None and self.history[-1].validation_loss <= target:
                return "target_reached"
            if self.step >= self.total_updates:
                return "completed"
        limit = self.config.time_limit_seconds
        return "time_limit" if limit is not None and self.seconds() >= limit else None

    def snapshot(self) -> Snapshot:
        state = self.model.state_dict()
        kept = {name: as_stored(tensor) for name, tensor in state.items()}
        histograms = {name: histogram(weight) for name, weight in weights(self.model).items()}
        return Snapshot(self.step, kept, histograms, looks_at(self.model))

    def named(self, error: Exception) -> Message:
        """An error inside the training in a few words; its traceback goes to whoever looks at the log."""
        _LOG.debug("An error in update %d", self.step, exc_info=error)
        if isinstance(error, MemoryError):
            return Message("there is not enough memory")
        return Message("{error}", error=f"{type(error).__name__}: {error}"[:120])

    def finish(self, reason: Reason, error: Message) -> Iterator[Event]:
        """Last measurement, last snapshot and the end.

        The weights to end with are a regularizer's (early stopping's best ones), or else the last ones, or where those
        are of no use the last that were measured.
        """
        beyond = self.step
        finals = [regularizer.final_weights() for regularizer, _ in self._regularizers.values()]
        chosen = next((final for final in finals if final is not None), None)
        if chosen is None and reason in SENTENCES:
            try:
                self._hold()  # a Stop may come between two of the moments at which that is done
            except Exception as problem:
                reason, error = "failed", self.named(problem)
        last = None if chosen else self._last_evaluation(reason)
        if chosen is None and reason in SENTENCES and not (self.finite() and (last is None or last.finite())):
            reason = "diverged"  # at its last update
        if chosen is None and reason in ("diverged", "failed"):
            chosen = self._good
        if chosen is not None:
            self.step = chosen[0]
            self.model.load_state_dict(dict(chosen[1]))
            last = self._last_evaluation(reason)
        if reason == "diverged":
            message = self._why_it_diverged(beyond)
        elif reason == "failed":
            message = Message(
                "An error ended the run at update {step} ({error}). Update {kept} is kept.",
                step=beyond, error=error, kept=self.step,
            )  # fmt: skip
        else:
            message = SENTENCES[reason]
        yield self.snapshot()
        measured = [*self.history, *([last] if last else [])]
        best = min(measured, key=lambda evaluation: evaluation.validation_loss, default=None)
        yield Finished(
            reason, message, self.step, self.seconds(), last.training_loss if last else None,
            last.validation_loss if last else None, best.validation_loss if best else None, best.step if best else None,
        )  # fmt: skip

    def finite(self) -> bool:
        """Whether all numbers of the network are, also as a snapshot holds them."""
        return all(bool((tensor.abs() <= MOST_STORED).all()) for tensor in self.model.state_dict().values())

    def _last_evaluation(self, reason: Reason) -> Evaluation | None:
        """Losses of the final weights; None after a Stop between two evaluations, which nobody should wait for."""
        known = next((evaluation for evaluation in self.history if evaluation.step == self.step), None)
        if known is not None or reason not in SENTENCES or reason in ("stopped", "abandoned"):
            return known
        return Evaluation(self.step, *self.evaluate())

    def _why_it_diverged(self, step: int) -> Message:
        likely = Message("a learning rate of {rate} is probably too high", rate=f"{self.config.rate:g}")
        if self.config.rate <= self.config.usual_rate and self._regularizers:
            likely = Message("the regularizer's strength is probably too high")
        return Message(
            "The loss became infinite or undefined after update {step}: {reason}. Update {kept} is kept.",
            step=step, reason=likely, kept=self.step,
        )  # fmt: skip

    def _copy_of_weights(self) -> dict[str, Tensor]:
        return {name: tensor.clone() for name, tensor in self.model.state_dict().items()}


class _Growth(_Run):
    """A run of a model that grows instead of being trained by gradients; a step is a leaf of an HMM, or a tree."""

    model: TreeModel

    def _prepare(self, training_examples: Sequence[Example]) -> None:
        self.total_updates = self.model.total_steps
        self._growing = self.model.grow(training_examples, self._feature_weights)

    def evaluation_due(self) -> bool:
        return True

    def snapshot_due(self) -> bool:
        return True

    def update(self) -> tuple[float | None, float]:
        self.step = next(self._growing)
        return None, 0.0


def snapshot_steps() -> Iterator[int]:
    """Updates after which a network's weights are kept: 5, 20, 80, then 113, 160, 226, 320, ..."""
    step = float(_FIRST_SNAPSHOT)
    while True:
        yield round(step)
        step *= 4 if step < _WORDS_BEGIN else math.sqrt(2)


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


def _first_seconds(prompts: Sequence[Utterance], seconds: float) -> int:
    """How many of the first prompts hold this much speech."""
    total = 0.0
    for count, prompt in enumerate(prompts, start=1):
        total += prompt.seconds
        if total >= seconds:
            return count
    return len(prompts)
