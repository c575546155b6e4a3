"""Letters to sounds for words that no dictionary has: a small recurrent network, run in numpy.

A word is some thirty products of a matrix with a vector; importing torch for them would take a thousand times longer.
The network is trained by `tts_demo.pronunciation.train`, which says how and cites the sources.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tts_demo.pronunciation.phones import SYMBOLS

LETTERS = "abcdefghijklmnopqrstuvwxyz"
CLASSES = ("", *sorted(SYMBOLS))  # class 0 is the blank of CTC
LAYERS = 2
WEIGHTS = Path(__file__).with_name("letters.safetensors")

Array = NDArray[np.float32]


def _sigmoid(x: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * x))  # does not overflow


class LetterToSound:
    """The trained network.

    Parameters
    ----------
    weights
        Named as PyTorch names those of `train.Network`: `embedding.weight` [shape=(26, embedding)],
        `lstm.weight_ih_l0` [shape=(4 * hidden, embedding)] and so on, `output.weight`
        [shape=(2 * 70, 2 * hidden)].
    """

    def __init__(self, weights: Mapping[str, NDArray[np.floating]]) -> None:
        self._weights: dict[str, Array] = {name: array.astype(np.float32) for name, array in weights.items()}

    def _lstm(self, inputs: Array, suffix: str) -> Array:
        """Run one direction of one layer over `inputs` [shape=(letters, features)], first row first."""
        w = self._weights
        gates_of_inputs = inputs @ w[f"lstm.weight_ih_{suffix}"].T
        gates_of_inputs += w[f"lstm.bias_ih_{suffix}"] + w[f"lstm.bias_hh_{suffix}"]
        recurrent = w[f"lstm.weight_hh_{suffix}"]
        size = recurrent.shape[1]
        hidden = cell = np.zeros(size, dtype=np.float32)
        outputs = np.empty((len(inputs), size), dtype=np.float32)
        for step, gates in enumerate(gates_of_inputs):
            gates = gates + recurrent @ hidden
            into, forget, out = (_sigmoid(gates[slot * size : (slot + 1) * size]) for slot in (0, 1, 3))
            cell = forget * cell + into * np.tanh(gates[2 * size : 3 * size])
            outputs[step] = hidden = out * np.tanh(cell)
        return outputs

    def scores(self, word: str) -> Array:
        """Score the classes of every frame of a word of the letters a to z.

        Returns
        -------
        numpy.ndarray of float32 [shape=(2 * letters, 70)]
            Unnormalised log-probabilities; class 0 is the blank, the others are `CLASSES`.
        """
        layer = self._weights["embedding.weight"][[LETTERS.index(letter) for letter in word]]
        for number in range(LAYERS):
            forward = self._lstm(layer, f"l{number}")
            backward = self._lstm(layer[::-1], f"l{number}_reverse")[::-1]
            layer = np.concatenate([forward, backward], axis=1)
        frames = layer @ self._weights["output.weight"].T + self._weights["output.bias"]
        return frames.reshape(2 * len(word), len(CLASSES))

    def __call__(self, word: str) -> list[str]:
        """Decode a word greedily: the best class of each frame, repetitions merged, blanks dropped; may be empty."""
        best = self.scores(word).argmax(axis=1)
        merged = [best[0], *best[1:][best[1:] != best[:-1]]]
        return [CLASSES[number] for number in merged if number]


@cache
def network() -> LetterToSound:
    """Return the bundled network, loaded when first needed."""
    from safetensors.numpy import load_file

    return LetterToSound(load_file(WEIGHTS))
