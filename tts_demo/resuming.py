"""A run's state as bytes, from which the run goes on elsewhere as if nothing had happened.

It holds what `state` of `RunState` and its parts collect: weights, the optimizer's averages, what regularizers
remember, generators of random numbers, the place among the batches, losses so far, the best weights, the time taken.
The format is torch's, read in the way that runs no code of whoever wrote it (`weights_only`).
"""

import io
import pickle
from collections.abc import Mapping
from typing import Any

import torch

from tts_demo.messages import MessageError


class ResumeError(MessageError):
    """A state that a run cannot go on from; the message is a sentence."""


def packed(state: Mapping[str, Any]) -> bytes:
    """Tensors and plain values, nested in mappings and sequences, as bytes: they stay when the tensors change."""
    written = io.BytesIO()
    torch.save(dict(state), written)
    return written.getvalue()


def unpacked(written: bytes) -> dict[str, Any]:
    """What `packed` was given; raises `ResumeError` for anything else.

    >>> unpacked(packed({"step": 5, "of": (torch.zeros(2), [1.5, None])}))
    {'step': 5, 'of': (tensor([0., 0.]), [1.5, None])}
    """
    try:
        state = torch.load(io.BytesIO(written), weights_only=True)
    except (RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise ResumeError("The state of the run is damaged; it cannot go on from there.") from error
    if not isinstance(state, dict):
        raise ResumeError("The state of the run is damaged; it cannot go on from there.")
    return state
