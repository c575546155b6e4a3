"""Training by gradients: batches, regularizers, the optimizer, and one update of a network's weights."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tts_demo import batches
from tts_demo.batches import Example
from tts_demo.config import RunConfig
from tts_demo.losses import LOSSES
from tts_demo.models import Network
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS, Context, Regularizer
from tts_demo.sites import sites

BATCH_FRAMES = 4000
EVALUATE_EVERY = 20  # updates
_FIRST_SNAPSHOT, _WORDS_BEGIN = 5, 80  # updates; half of the words are understood at some 110


class GradientTraining:
    """How a network learns: see `run_state.Learning`. A step is an update.

    Parameters
    ----------
    config : RunConfig
    model : Network
        With its first weights.
    examples : sequence of Example
        The training speech.
    feature_weights : Tensor [shape=(43,)]
        See `losses.feature_weights`.
    """

    def __init__(self, config: RunConfig, model: Network, examples: Sequence[Example], feature_weights: Tensor) -> None:
        self.step = 0
        self.total_steps = config.updates
        self.regularizers: dict[str, Regularizer] = {}
        self.loss = LOSSES[config.loss]
        self._model, self._feature_weights = model, feature_weights
        self._sites = sites(model)
        self._snapshot_steps = snapshot_steps()
        self._next_snapshot = next(self._snapshot_steps)
        model.prepare(examples)
        self.batches = batches.Endless(examples, BATCH_FRAMES, np.random.default_rng(config.seed))
        frames = sum(len(example.target) for example in examples)
        parameters = list(model.parameters())
        self._contexts: list[Context] = []
        # constraints come last: they must hold after every update, whatever the others do
        in_order = sorted(config.regularizers, key=lambda choice: REGULARIZERS[choice.name].family == "hard")
        for number, choice in enumerate(in_order):
            generator = torch.Generator().manual_seed(config.seed * 1009 + number + 1)
            context = Context(0, config.updates, config.rate, frames, generator)
            regularizer = REGULARIZERS[choice.name](choice.settings)
            regularizer.prepare(model, context)
            parameters += regularizer.extra_parameters()
            self.regularizers[choice.name] = regularizer
            self._contexts.append(context)
        self._optimizer = OPTIMIZERS[config.optimizer].make(parameters, config.rate)

    def evaluation_due(self) -> bool:
        """Every so many updates, and after the last one."""
        return self.step % EVALUATE_EVERY == 0 or self.step == self.total_steps

    def snapshot_due(self) -> bool:
        """At the moments of `snapshot_steps`."""
        return self.step == self._next_snapshot

    def update(self) -> tuple[float, float]:
        """One update of the weights; the batch's loss and the penalty before it."""
        model, acting = self._model, list(zip(self.regularizers.values(), self._contexts, strict=True))
        model.train()
        batch = next(self.batches)
        if self.snapshot_due():
            self._next_snapshot = next(self._snapshot_steps)
        self.step += 1
        with torch.no_grad():
            for regularizer, context in acting:
                context.step = self.step
                regularizer.before_forward(model, context)
        smoothing = sum(regularizer.label_smoothing() for regularizer, _ in acting)
        predicted = model(batch)
        loss = self.loss.cost(
            predicted[..., : self.loss.outputs], batch.target, batch.mask, self._feature_weights, smoothing
        )
        slopes = model.slopes_cost(predicted, batch, self._feature_weights)
        penalty = torch.zeros(())
        activations = {name: site.last for name, site in self._sites.items() if site.last is not None}
        for regularizer, context in acting:
            term = regularizer.penalty(model, activations, context)
            penalty = penalty if term is None else penalty + term
        self._optimizer.zero_grad()
        (loss + slopes + penalty).backward()
        with torch.no_grad():
            # noise comes off in the opposite order to the one in which it went on, before anything else happens
            for regularizer, context in reversed(acting):
                regularizer.take_noise_off(model, context)
            for regularizer, context in acting:
                regularizer.before_update(model, context)
        self._optimizer.step()
        with torch.no_grad():
            for regularizer, context in acting:
                regularizer.after_update(model, context)
        return loss.item(), penalty.item()

    def state(self) -> dict[str, Any]:
        """All that the next update depends on, but for the weights."""
        return {
            "step": self.step,
            "batches": self.batches.state(),
            "optimizer": self._optimizer.state_dict(),
            "regularizers": {name: regularizer.state() for name, regularizer in self.regularizers.items()},
            "generators": [context.generator.get_state() for context in self._contexts],
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on where another one stood; the model has its weights of then."""
        self.step = state["step"]
        self.batches.load_state(state["batches"])
        self._optimizer.load_state_dict(state["optimizer"])
        for name, regularizer in self.regularizers.items():
            regularizer.load_state(state["regularizers"][name], self._model)
        for context, generator in zip(self._contexts, state["generators"], strict=True):
            context.step = self.step
            context.generator.set_state(generator)
        self._snapshot_steps = snapshot_steps()
        self._next_snapshot = next(step for step in self._snapshot_steps if step >= self.step)


def snapshot_steps() -> Iterator[int]:
    """Updates after which a network's weights are kept: 5, 20, 80, then 113, 160, 226, 320, ..."""
    step = float(_FIRST_SNAPSHOT)
    while True:
        yield round(step)
        step *= 4 if step < _WORDS_BEGIN else math.sqrt(2)
