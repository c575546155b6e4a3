"""Decision trees, all their nodes in one table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn


class Growing(nn.Module):
    """A module whose buffers are as long as what was stored of them: only growth can tell how long that is."""

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *others: Any) -> None:
        for name, buffer in list(self._buffers.items()):
            if buffer is not None and prefix + name in state_dict:
                setattr(self, name, buffer.new_zeros(state_dict[prefix + name].shape))
        super()._load_from_state_dict(state_dict, prefix, *others)


class Trees(Growing):
    """Binary decision trees: a row of the table is a node or a leaf, of all trees one after the other."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("question", "left", "right", "leaf", "roots"):
            self.register_buffer(name, torch.zeros(0, dtype=torch.int32))
        self.register_buffer("threshold", torch.zeros(0))

    def plant(self, trees: Sequence[Any]) -> None:
        """Take over scikit-learn's grown trees (`tree_`) in place of those that are there."""
        nodes: dict[str, list[np.ndarray]] = {name: [] for name in ("question", "left", "right", "leaf", "threshold")}
        roots = []
        node_count = leaf_count = 0
        for grown in trees:
            is_leaf = grown.children_left < 0
            roots.append(node_count)
            nodes["question"].append(np.maximum(grown.feature, 0))
            nodes["threshold"].append(grown.threshold)
            nodes["left"].append(grown.children_left + node_count)
            nodes["right"].append(grown.children_right + node_count)
            nodes["leaf"].append(np.where(is_leaf, np.cumsum(is_leaf) - 1 + leaf_count, -1))
            node_count += len(is_leaf)
            leaf_count += int(is_leaf.sum())
        for name, parts in nodes.items():
            kind = np.float32 if name == "threshold" else np.int32
            setattr(self, name, torch.from_numpy(np.concatenate(parts).astype(kind)))
        self.roots = torch.tensor(roots, dtype=torch.int32)

    def leaves_of(self, asked: np.ndarray) -> np.ndarray:
        """Leaf that each tree has for each row of answers [shape=(rows, questions)]: numbers [shape=(trees, rows)].

        Leaves of all trees are numbered one after the other, in scikit-learn's order of nodes.
        """
        question, threshold, left, right, leaf, roots = (
            getattr(self, name).numpy() for name in ("question", "threshold", "left", "right", "leaf", "roots")
        )
        node = np.repeat(roots[:, None], len(asked), axis=1)
        row = np.broadcast_to(np.arange(len(asked)), node.shape)
        while (inner := leaf[node] < 0).any():
            below = np.where(asked[row, question[node]] <= threshold[node], left[node], right[node])
            node = np.where(inner, below, node)
        return leaf[node]
