"""Decision trees, all their nodes in one table, and what they ask of a phone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from tts_demo import text
from tts_demo.pronunciation.phones import PHONES, VOWELS

_NEIGHBOURS = 2
# Questions about kinds of phones; those about single phones and vowels come besides.
_KINDS = (
    "P B T D K G", "P T K", "B D G", "F V TH DH S Z SH ZH HH", "S Z SH ZH CH JH", "M N NG", "L R W Y", "CH JH",
    "B D G V DH Z ZH JH M N NG L R W Y", "IY IH EY EH AE", "UW UH OW AO AA", "IY IH UW UH", "AA AE AO AW AY",
    "AW AY EY OW OY", "P B M F V W", "T D N S Z L TH DH", "K G NG", "ER R",
)  # fmt: skip


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


def questions(phones: np.ndarray) -> np.ndarray:
    """Answers, 0 or 1, to every question about each phone [shape=(phones, questions), dtype=float32].

    Parameters
    ----------
    phones : np.ndarray [shape=(phones, 3)]
        As `text.encode` gives them.
    """
    table = _table()
    padded = np.pad(phones, ((_NEIGHBOURS, _NEIGHBOURS), (0, 0)))
    count = len(phones)
    columns = []
    for offset in range(2 * _NEIGHBOURS + 1):
        near = padded[offset : offset + count]
        columns.append(table[near[:, 0]])
        if abs(offset - _NEIGHBOURS) <= 1:
            columns.append(np.eye(text.N_STRESSES, dtype=np.float32)[near[:, 1]])
            columns.append(np.eye(text.N_POSITIONS, dtype=np.float32)[near[:, 2]])
    return np.concatenate(columns, axis=1)


def _table() -> np.ndarray:
    """For each phone: which one it is, whether a vowel, and which kinds it belongs to [shape=(40, questions)]."""
    kinds = [set(VOWELS), *(set(kind.split()) for kind in _KINDS)]
    member = [[0.0] * len(kinds)] + [[float(phone in kind) for kind in kinds] for phone in PHONES]
    return np.concatenate([np.eye(text.N_PHONES), np.array(member)], axis=1).astype(np.float32)
