"""The contract of a regularizer: hooks that do nothing by default, called by the training loop.

The loop never mentions a regularizer by name. A new one overrides the hooks it needs, describes its settings, and is
listed in `REGULARIZERS`; sliders, formula, help text and contract tests follow from its record.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from tts_demo.messages import Message
from tts_demo.settings import SettingsBase
from tts_demo.sites import Watched

Family = Literal["none", "soft", "hard", "stochastic", "target"]


@dataclass
class Context:
    """Where the training stands, as every hook is told."""

    step: int  # updates done so far
    total_updates: int
    learning_rate: float
    training_frames: int
    generator: torch.Generator  # the regularizer's own: what it draws disturbs nobody else's numbers


@dataclass(frozen=True)
class Evaluation:
    """One measurement of both losses in evaluation mode, without the penalty."""

    step: int
    training_loss: float
    validation_loss: float

    def finite(self) -> bool:
        """Whether both are numbers."""
        return math.isfinite(self.training_loss + self.validation_loss)


class Regularizer:
    """Base of all regularizers; one object lives for one run and holds its state.

    Class attributes describe it: `name` (as in links and files), `label`, `family`, `formula` (LaTeX, what is
    computed), `symbols` (what the formula's letters stand for), `sentence` (for a learner), `reference`, `caveat` (what
    it does not do, as docs/lesson.md found) and `too_strong` (the end of the strength's scale that constrains most).
    `Settings` is a frozen record; its field `strength` is the one that a run may change while it goes on, and
    `off_at_zero` says that a strength of 0 makes the run bitwise the same as one without a regularizer.

    `times_rate` says that what it does to the weights at an update is multiplied by the learning rate η. Default rates
    differ a hundredfold between optimizers, so its default strength depends on the optimizer: the default of its
    `Settings` is that of Adam, and `strengths.default_strength` knows them all.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    family: ClassVar[Family]
    formula: ClassVar[str]
    symbols: ClassVar[str] = ""
    sentence: ClassVar[str]
    reference: ClassVar[str]
    caveat: ClassVar[str] = ""
    too_strong: ClassVar[Literal["maximum", "minimum"] | None] = None
    off_at_zero: ClassVar[bool] = True
    times_rate: ClassVar[bool] = False
    on_weights: ClassVar[bool] = False  # whether it acts on `weights`: biases and normalisation parameters are exempt
    bounds_weights: ClassVar[bool] = False  # whether no weight may be larger than the strength
    usable: ClassVar[float | None] = None  # the strongest that docs/lesson.md found to help, under Adam
    acts_in_evaluation: ClassVar[bool] = False  # whether `act_in_evaluation` does anything
    conflicts: ClassVar[frozenset[str]] = frozenset()  # constraints that cannot hold together with this one

    Settings: ClassVar[type[SettingsBase]] = SettingsBase

    def __init__(self, settings: SettingsBase) -> None:
        self.settings = settings

    @property
    def strength(self) -> float:
        """The number on the slider."""
        return self.settings.strength  # type: ignore[attr-defined]

    def change_strength(self, strength: float) -> None:
        """Change the strength of a run that is going on; raises `SettingError` outside its range."""
        self.settings = replace(self.settings, strength=strength)  # type: ignore[call-arg]

    def prepare(self, model: nn.Module, context: Context) -> None:
        """Before the first update: project the first weights, install noise."""

    def act_in_evaluation(self, model: nn.Module) -> None:
        """Make what it does in evaluation too part of a network that was loaded, at the strength of these settings."""

    def extra_parameters(self) -> Sequence[nn.Parameter]:
        """What the optimizer is to train besides the model, asked once after `prepare`."""
        return ()

    def before_forward(self, model: nn.Module, context: Context) -> None:
        """Before the update's prediction, without gradients: noise on weights."""

    def penalty(self, model: nn.Module, activations: Mapping[str, Watched], context: Context) -> Tensor | None:
        """Term to add to the loss [shape=()], or None.

        `activations` holds what passed each of the model's sites in this update.
        """
        return None

    def take_noise_off(self, model: nn.Module, context: Context) -> None:
        """After the gradients, without gradients: undo what `before_forward` did to the weights.

        Asked of all regularizers in the opposite order, before anything else changes the weights.
        """

    def before_update(self, model: nn.Module, context: Context) -> None:
        """Before the optimizer's step, without gradients and free of noise: decay."""

    def after_update(self, model: nn.Module, context: Context) -> None:
        """After the optimizer's step, without gradients: proximal steps, projections, masks."""

    def hold(self, model: nn.Module) -> None:
        """Before weights are measured or kept, without gradients: bring them within what is not enforced each time."""

    def after_evaluation(self, model: nn.Module, history: Sequence[Evaluation]) -> None:
        """After every measurement of the losses, the last of `history`."""

    def should_stop(self, history: Sequence[Evaluation]) -> bool:
        """Whether to end the run, asked after every evaluation."""
        return False

    def final_weights(self) -> tuple[int, Mapping[str, Tensor]] | None:
        """Update and state_dict of the weights to end with, where they are not the last ones."""
        return None

    def label_smoothing(self) -> float:
        """Share of each target distribution that is spread over all classes, in training with cross-entropy."""
        return 0.0

    def active_share(self, model: nn.Module) -> float | None:
        """Share of the constraint that holds something back at the moment (weights at the border, units at theirs)."""
        return None

    def state(self) -> dict[str, Any]:
        """All that a run elsewhere needs to go on from here, in tensors and plain values: for `load_state`."""
        return {"strength": self.strength}

    def load_state(self, state: Mapping[str, Any], model: nn.Module) -> None:
        """Go on where another one stood; asked after `prepare`, when `model` has its weights again."""
        self.change_strength(state["strength"])

    @classmethod
    def suits(cls, model: type[nn.Module], loss: str) -> Message | None:
        """None, or the sentence that says why this regularizer can do nothing for such a model or loss."""
        if getattr(model, "gradients", True):
            return None
        return Message(
            "{label} acts on training by gradients: this model has none; its own settings hold it back.",
            label=Message(cls.label),
        )
