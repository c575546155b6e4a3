"""The contract of a regularizer: hooks that do nothing by default, called by the training loop.

The loop never mentions a regularizer by name. A new one overrides the hooks it needs, describes its settings, and is
listed in `REGULARIZERS`; sliders, formula, help text and contract tests follow from its record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from tts_demo.settings import SettingsBase

Family = Literal["none", "soft", "hard", "stochastic"]


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


class Regularizer:
    """Base of all regularizers; one object lives for one run and holds its state.

    Class attributes describe it: `name` (as in links and files), `label`, `family`, `formula` (LaTeX, what is
    computed), `sentence` (for a learner), `reference` and `too_strong` (the end of the strength's scale that constrains
    most). `Settings` is a frozen record; its field `strength` is the one that a run may change while it goes on, and
    `off_at_zero` says that a strength of 0 makes the run bitwise the same as one without a regularizer.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    family: ClassVar[Family]
    formula: ClassVar[str]
    sentence: ClassVar[str]
    reference: ClassVar[str]
    too_strong: ClassVar[Literal["maximum", "minimum"] | None] = None
    off_at_zero: ClassVar[bool] = True

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

    def penalty(self, model: nn.Module, activations: Mapping[str, Tensor], context: Context) -> Tensor | None:
        """Term to add to the loss [shape=()], or None.

        `activations` holds what passed each of the model's sites in this update.
        """
        return None

    def after_update(self, model: nn.Module, context: Context) -> None:
        """After the optimizer's step, without gradients: proximal steps, projections, masks."""

    def should_stop(self, history: Sequence[Evaluation]) -> bool:
        """Whether to end the run, asked after every evaluation."""
        return False

    def final_weights(self, model: nn.Module) -> Mapping[str, Tensor] | None:
        """Weights to end with where they are not the last ones, as a state_dict; None to keep the last."""
        return None


class Site(nn.Module):
    """A named place in a network where activations [shape=(batch, time, units)] may be watched or disturbed.

    While training, it hands what passes through to the functions that regularizers installed; in evaluation it is
    the identity.
    """

    def __init__(self) -> None:
        super().__init__()
        self.transforms: list = []
        self.last: Tensor | None = None

    def forward(self, activations: Tensor) -> Tensor:
        if not self.training:
            return activations
        for transform in self.transforms:
            activations = transform(activations)
        self.last = activations
        return activations


def sites(model: nn.Module) -> dict[str, Site]:
    """Every site of a model, by name."""
    return {name: module for name, module in model.named_modules() if isinstance(module, Site)}


def weights(model: nn.Module) -> dict[str, nn.Parameter]:
    """What regularizers act on: matrices, kernels and embeddings. Biases and normalisation parameters are exempt."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.ndim >= 2}
