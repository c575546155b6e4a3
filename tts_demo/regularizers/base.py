"""The contract of a regularizer: hooks that do nothing by default, called by the training loop.

The loop never mentions a regularizer by name. A new one overrides the hooks it needs, describes its settings, and is
listed in `REGULARIZERS`; sliders, formula, help text and contract tests follow from its record.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from tts_demo.settings import SettingsBase

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

    `times_rate` says that what it does to the weights at an update is multiplied by the learning rate η. Usual rates
    differ a hundredfold between optimizers, so its usual strength depends on the optimizer: the default of its
    `Settings` is that of Adam, and `strengths.usual` knows them all.
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

    def penalty(self, model: nn.Module, activations: "Mapping[str, Watched]", context: Context) -> Tensor | None:
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

    @classmethod
    def suits(cls, model: type[nn.Module], loss: str) -> str | None:
        """None, or the sentence that says why this regularizer can do nothing for such a model or loss."""
        if getattr(model, "gradients", True):
            return None
        return f"{cls.label} acts on training by gradients: this model has none; its own settings hold it back."


ActivationRange = Literal["bounded", "rectified", "unbounded"]


@dataclass(frozen=True)
class Watched:
    """What passed a site in one update."""

    values: Tensor  # [shape=(batch, time, units)]
    mask: Tensor  # [shape=(batch, time)], 0 in the padding
    range: ActivationRange  # |h| <= 1 (tanh and its kin), h >= 0, or neither


class Site(nn.Module):
    """A named place in a network where activations [shape=(batch, time, units)] may be watched or disturbed.

    While training, it hands what passes through to the functions that regularizers installed; in evaluation it is
    the identity, and while `measuring` it keeps each unit's largest activation in `peaks`.
    """

    def __init__(self, activation_range: ActivationRange = "unbounded") -> None:
        super().__init__()
        self.range: ActivationRange = activation_range
        self.transforms: list[Callable[[Tensor], Tensor]] = []
        self.last: Watched | None = None
        self.measuring = False
        self.peaks: Tensor | None = None

    def forward(self, activations: Tensor, mask: Tensor) -> Tensor:
        if not self.training:
            if self.measuring:
                peaks = (activations * mask[..., None]).abs().amax(dim=(0, 1))
                self.peaks = peaks if self.peaks is None else torch.maximum(self.peaks, peaks)
            return activations
        self.last = Watched(activations, mask, self.range)  # before the noise: what the units themselves said
        for transform in self.transforms:
            activations = transform(activations)
        return activations


class StateSite(nn.Module):
    """A place on a recurrent layer's path from one step to the next, for functions of the state before and the new one.

    A layer whose site has `transforms` runs step by step and passes each new hidden state [shape=(batch, units)]
    through them, in evaluation too; without any it takes torch's fast way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.transforms: list[Callable[[Tensor, Tensor, bool], Tensor]] = []

    def forward(self, before: Tensor, now: Tensor) -> Tensor:
        for transform in self.transforms:
            now = transform(before, now, self.training)
        return now


def state_sites(model: nn.Module) -> dict[str, StateSite]:
    """Every state site of a model, by name."""
    return {name: module for name, module in model.named_modules() if isinstance(module, StateSite)}


@dataclass(frozen=True)
class Units:
    """The incoming weights of a layer's units: rows of a matrix, channels of a convolution, an embedding's vectors.

    All gates of one hidden unit of a recurrent layer belong together, with its input and its recurrent weights.
    """

    parts: tuple[Tensor, ...]  # views of the parameters, each [shape=(gates, units, inputs)]

    @property
    def size(self) -> int:
        """Weights a unit has."""
        return sum(part.shape[0] * part.shape[2] for part in self.parts)

    def norms(self) -> Tensor:
        """Euclidean norm of each unit's incoming weights [shape=(units,)]."""
        return torch.stack([part.square().sum(dim=(0, 2)) for part in self.parts]).sum(dim=0).sqrt()

    def scale_(self, factors: Tensor) -> None:
        """Multiply each unit's weights by its factor [shape=(units,)], in place; 1 leaves every bit as it is."""
        for part in self.parts:
            part.mul_(factors[None, :, None])


def units(model: nn.Module) -> dict[str, Units]:
    """The units of every layer, by the layer's name."""
    found: dict[str, Units] = {}
    for name, module in model.named_modules():
        own = {key: parameter for key, parameter in module.named_parameters(recurse=False) if parameter.ndim >= 2}
        if isinstance(module, nn.RNNBase):
            for layer in range(module.num_layers):
                parts = [own[f"weight_{kind}_l{layer}"].data for kind in ("ih", "hh")]
                views = tuple(part.view(-1, module.hidden_size, part.shape[1]) for part in parts)
                found[f"{name}.{layer}"] = Units(views)
        else:
            for key, parameter in own.items():
                found[f"{name}.{key}"] = Units((parameter.data.view(1, len(parameter), -1),))
    return found


def sites(model: nn.Module) -> dict[str, Site]:
    """Every site of a model, by name."""
    return {name: module for name, module in model.named_modules() if isinstance(module, Site)}


def weights(model: nn.Module) -> dict[str, nn.Parameter]:
    """What regularizers act on: matrices, kernels and embeddings. Biases and normalisation parameters are exempt."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.ndim >= 2}
