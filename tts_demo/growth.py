"""The growth of models that are not trained by gradients."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from torch import Tensor

from tts_demo.batches import Example
from tts_demo.models import TreeModel
from tts_demo.regularizers import Regularizer


class Growth:
    """How trees learn: see `run_state.Learning`. A step is a leaf of an HMM, or a tree.

    No regularizer acts on it: a model's own settings hold its growth back.

    Parameters
    ----------
    model : TreeModel
        Nothing of which has grown yet.
    examples : sequence of Example
        The training speech.
    feature_weights : Tensor [shape=(43,)]
        See `losses.feature_weights`.
    """

    regularizers: Mapping[str, Regularizer] = MappingProxyType({})

    def __init__(self, model: TreeModel, examples: Sequence[Example], feature_weights: Tensor) -> None:
        self.step = 0
        self.total_steps = model.total_steps
        self._growing = model.grow(examples, feature_weights)

    def evaluation_due(self) -> bool:
        """Always: each step takes as long as many updates of a network."""
        return True

    def snapshot_due(self) -> bool:
        """Always, as for evaluations."""
        return True

    def update(self) -> tuple[None, float]:
        """Grow until the next step; there is neither a batch nor a penalty."""
        self.step = next(self._growing)
        return None, 0.0

    def state(self) -> dict[str, Any]:
        """How far it is: whoever goes on grows the same trees again."""
        return {"step": self.step}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Grow again as far as another one was."""
        while self.step < state["step"]:
            self.update()
