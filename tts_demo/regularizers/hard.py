"""Hard regularizers: a constraint that holds after every update and at the start, whatever the loss wants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tts_demo.regularizers.base import Context, Evaluation, Family, Regularizer
from tts_demo.settings import SettingsBase, setting
from tts_demo.sites import units, weights


class Constraint(Regularizer):
    """A set that the weights never leave: `after_update` brings them back into it, before the first update too.

    Where that would take too long, `hold` does it for all weights that are measured or kept.
    """

    family: ClassVar[Family] = "hard"
    too_strong = "minimum"
    off_at_zero = False
    on_weights = True

    def prepare(self, model: nn.Module, context: Context) -> None:
        with torch.no_grad():
            self.after_update(model, context)
            self.hold(model)


class WeightRange(Constraint):
    """Projection onto the box |θ_i| ≤ c: clip."""

    name = "weight_range"
    usable = 0.05
    label = "Weight range"
    formula = r"|\theta_i| \le c"
    sentence = "No weight may be further from zero than c: what an update takes beyond is brought back to the border."
    reference = "the source article, 2.1; as clipping in Arjovsky, Chintala & Bottou 2017"
    bounds_weights = True

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """c."""

        strength: float = setting(
            0.08, "Bound c", minimum=0.01, maximum=1, scale="log", help="The largest size that a weight may have."
        )

    def after_update(self, model: nn.Module, context: Context) -> None:
        for weight in weights(model).values():
            weight.clamp_(-self.strength, self.strength)

    def active_share(self, model: nn.Module) -> float | None:
        held = [(weight.abs() >= self.strength * (1 - 1e-6)).sum() for weight in weights(model).values()]
        return torch.stack(held).sum().item() / sum(weight.numel() for weight in weights(model).values())


class MaxNorm(Constraint):
    """Projection of each unit's incoming weights onto the ball of radius c: those outside are scaled back to it."""

    name = "max_norm"
    usable = 0.8
    label = "Max-norm"
    formula = r"\lVert \theta_g \rVert_2 \le c"
    symbols = (
        "g is a unit: a row of a matrix, an output channel of a convolution, an embedding's vector; in a recurrent "
        "layer all gates of one hidden unit together."
    )
    sentence = (
        "The weights that lead into one unit may together be no longer than c; a single one may be large if the others "
        "are small."
    )
    reference = "Srebro & Shraibman 2005; Srivastava et al. 2014"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """c."""

        strength: float = setting(
            1.2, "Bound c", minimum=0.25, maximum=4, scale="log", help="The greatest norm of a unit's incoming weights."
        )

    def after_update(self, model: nn.Module, context: Context) -> None:
        for layer in units(model).values():
            # within the ball the factor is exactly 1; a norm of 0 gives infinity, clamped to 1
            layer.scale_((self.strength / layer.norms()).clamp(max=1))

    def active_share(self, model: nn.Module) -> float | None:
        norms = torch.cat([layer.norms() for layer in units(model).values()])
        return (norms >= self.strength * (1 - 1e-5)).float().mean().item()


class SpectralNorm(Constraint):
    """Projection of each matrix onto those whose singular values are at most c: larger ones are set to c.

    A kernel counts as the matrix of its output channels. A projection takes twice an update's time, so there is one
    every fifth update, and before weights are measured or kept: what is drawn, heard and stored is within the bound.
    """

    name = "spectral_norm"
    usable = 2.5
    label = "Spectral norm"
    formula = r"\sigma_{\max}(W) \le c"
    symbols = (
        "A convolution's kernel counts as one matrix, with a row for each output channel: over time, the convolution "
        "may stretch more than that. Projected every fifth update, and whenever the network is measured or heard."
    )
    sentence = "No weight matrix may stretch any vector more than c times, so similar inputs keep similar outputs."
    reference = "Yoshida & Miyato 2017, here as a projection"
    caveat = "Heard here more than seen: the gap hardly shrinks, yet fewer words of unseen sentences are lost."
    conflicts = frozenset({"weight_range", "l0"})  # each of these steps may undo the other's
    EVERY = 5  # updates between two projections

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """c."""

        strength: float = setting(
            3.0, "Bound c", minimum=0.5, maximum=5, scale="log", help="The largest singular value of each matrix."
        )

    def after_update(self, model: nn.Module, context: Context) -> None:
        if context.step % self.EVERY == 0:
            self.hold(model)

    def hold(self, model: nn.Module) -> None:
        for weight in weights(model).values():
            clip_singular_values_(weight.view(len(weight), -1), self.strength)


def clip_singular_values_(matrix: Tensor, bound: float) -> None:
    """Set the singular values of a matrix [shape=(rows, columns)] above `bound` to it, in place.

    By the eigenvectors of the smaller Gram matrix, in double precision: several times as fast as all singular vectors.
    """
    # the Frobenius norm bounds the largest singular value from above: nothing to do for most small matrices
    norm = torch.linalg.matrix_norm(matrix)
    if norm <= bound or not norm.isfinite():  # infinite or undefined weights have no projection: the run has diverged
        return
    wide = matrix.shape[0] < matrix.shape[1]
    exact = matrix.double()
    gram = exact @ exact.T if wide else exact.T @ exact
    most = bound * (1 + 1e-6)  # single precision: what an earlier projection left on the border stays there
    # all singular values are below exactly if this has a Cholesky factor, which takes a tenth of the eigenvectors' time
    if torch.linalg.cholesky_ex(most**2 * torch.eye(len(gram), dtype=gram.dtype) - gram).info == 0:
        return
    squares, vectors = torch.linalg.eigh(gram)
    values = squares.clamp(min=0).sqrt()
    over = values > bound
    directions = vectors[:, over]
    excess = directions * (1 - bound / values[over])
    matrix.copy_(exact - (excess @ (directions.T @ exact) if wide else (exact @ directions) @ excess.T))


class L0(Constraint):
    """At most a share k of each matrix's weights is not zero: the largest stay, more and more of the others go.

    The share of zeros follows s (1 - (1 - t / T)³), in steps of five updates: without a schedule those would survive
    that were large before anything was learned.
    """

    name = "l0"
    label = "L0"
    formula = r"\forall W:\; \lVert W \rVert_0 \le k_t\,n_W,\qquad 1 - k_t = (1 - k)\left(1 - (1 - t/T)^3\right)"
    symbols = "n_W is the number of weights of a matrix W, t the update, T that of the last one."
    sentence = "In each matrix more and more of the smallest weights are set to zero, until only a share k is left."
    reference = "Blumensath & Davies 2009; schedule: Zhu & Gupta 2017"
    caveat = "It takes away only a quarter of the gap here: the weights that are left may be as large as they like."
    EVERY = 5  # updates between two rankings; a ranking takes a tenth of an update's time

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """k, and when it holds."""

        strength: float = setting(
            0.1,
            "Fraction kept k",
            minimum=0.005,
            maximum=1,
            scale="log",
            help="Of each matrix, its largest weights.",
        )
        schedule: str = setting(
            "gradual",
            "Schedule",
            choices=("gradual", "at once"),
            help="Reached in steps, or at once.",
        )

    def __init__(self, settings: SettingsBase) -> None:
        super().__init__(settings)
        self._kept: dict[str, Tensor] = {}
        self._strength_of_kept: float | None = None

    def share(self, step: int, total_updates: int) -> float:
        """Share of weights that may be other than zero after so many updates."""
        if self.settings.schedule == "at once":  # type: ignore[attr-defined]
            return self.strength
        return 1 - (1 - self.strength) * (1 - (1 - min(step / total_updates, 1)) ** 3)

    def after_update(self, model: nn.Module, context: Context) -> None:
        if context.step % self.EVERY == 0 or self._strength_of_kept != self.strength or not self._kept:
            # the share that holds at the end of the interval holds all through it
            share = self.share(min(context.step + self.EVERY - 1, context.total_updates), context.total_updates)
            self._kept = {name: largest(weight, share) for name, weight in weights(model).items()}
            self._strength_of_kept = self.strength
        for name, weight in weights(model).items():
            weight.mul_(self._kept[name])

    def state(self) -> dict[str, Any]:
        return super().state() | {"kept": self._kept, "strength of kept": self._strength_of_kept}

    def load_state(self, state: Mapping[str, Any], model: nn.Module) -> None:
        super().load_state(state, model)
        self._kept, self._strength_of_kept = state["kept"], state["strength of kept"]


def largest(weight: Tensor, share: float) -> Tensor:
    """1 for the largest weights by size, that share of them rounded down, and 0 for the others [shape of the weight].

    Of weights of the same size at the border, as many stay as there is room for, evenly over the matrix: after a weight
    range most may be of one size, and the first ones would be whole units.
    """
    count = int(share * weight.numel() + 1e-9)
    if count == weight.numel():
        return torch.ones_like(weight)
    sizes = weight.detach().abs().flatten()
    border = sizes.kthvalue(weight.numel() - count).values
    kept = sizes > border
    equal = (sizes == border).nonzero().flatten()
    room = min(count - int(kept.sum()), len(equal))  # nothing equals a border that is not a number
    if room > 0:
        kept[equal[torch.arange(room) * len(equal) // room]] = True
    return kept.view(weight.shape).to(weight.dtype)


class EarlyStopping(Regularizer):
    """End when the validation loss has not become better for some evaluations, with the weights that were best."""

    name = "early_stopping"
    label = "Early stopping"
    formula = r"t^* = \arg\min_t L_{\mathrm{validation}}(t)"
    sentence = "Training ends when speech that the network never meets gets no better, and the best weights return."
    reference = "Prechelt 1998"
    family: ClassVar[Family] = "hard"
    too_strong = None
    off_at_zero = False

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """Patience."""

        strength: int = setting(
            3,
            "Patience",
            minimum=1,
            maximum=20,
            help="Evaluations, 20 updates apart, without a better one.",
        )

    def __init__(self, settings: SettingsBase) -> None:
        super().__init__(settings)
        self._best: tuple[int, Mapping[str, Tensor]] | None = None

    def after_evaluation(self, model: nn.Module, history: Sequence[Evaluation]) -> None:
        # the first of equal ones: patience counts from it, too
        if all(history[-1].validation_loss < earlier.validation_loss for earlier in history[:-1]):
            self._best = history[-1].step, {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def should_stop(self, history: Sequence[Evaluation]) -> bool:
        losses = [evaluation.validation_loss for evaluation in history]
        return len(losses) - 1 - losses.index(min(losses)) >= self.strength

    def final_weights(self) -> tuple[int, Mapping[str, Tensor]] | None:
        return self._best

    def state(self) -> dict[str, Any]:
        return super().state() | {"best": self._best}

    def load_state(self, state: Mapping[str, Any], model: nn.Module) -> None:
        super().load_state(state, model)
        self._best = state["best"]
