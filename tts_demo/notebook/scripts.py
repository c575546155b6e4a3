"""Cells that run from top to bottom, with {places} for the run's numbers; `tests/test_notebook.py` runs them."""

IMPORTS = """\
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence"""

FILES = """\
torch.set_num_threads(1)  # so small a network is no faster with more
for name in {files}:
    if not Path(name).exists():
        raise FileNotFoundError(f"{{name}} must lie beside this notebook: unzip all files, or upload it here, too.")
data = np.load("data.npz")"""

LOOP = """\
UPDATES = {updates}  # the run did {recorded}
SEED = {seed}
CHANGES = {changes}  # what was changed while the run went on: before which update, which strength

torch.manual_seed(SEED)
fresh = {model}(settings, loss)
torch.manual_seed(1009 * SEED + 1)  # noise has numbers of its own
slopes = torch.cat([sentence.slopes for sentence in training])
fresh.slope_std.copy_((slopes.square().mean(dim=0) + 1e-6).sqrt())
context = Context(learning_rate={rate!r}, total_updates={total}, training_frames={frames})
parameters = list(fresh.parameters())
for regularizer in regularizers.values():
    regularizer.in_evaluation(fresh)
    regularizer.prepare(fresh, context)
    parameters += regularizer.extra_parameters()
optimizer = {optimizer}(parameters, context.learning_rate)
batches = endless(training, {batch_frames}, np.random.default_rng(SEED))

curve = []
for step in range(UPDATES + 1):
    for name, strength in CHANGES.get(step, {{}}).items():
        if name in regularizers:
            regularizers[name].strength = strength
    if step > 0:
        context.step = step
        update(fresh, next(batches), loss, feature_weights, optimizer, regularizers, context)
    if step % {every} == 0 or step == UPDATES:
        for regularizer in regularizers.values():
            regularizer.hold(fresh)
        losses = [mean_loss(fresh, part, loss, feature_weights) for part in (training[:{watched}], validation)]
        curve.append((step, *losses))
        print(f"update {{step:5d}}   training {{losses[0]:.4f}}   validation {{losses[1]:.4f}}")
        if any([regularizer.should_stop(fresh, curve) for regularizer in regularizers.values()]):
            break"""

DRAWING = """\
figure, axes = plt.subplots(figsize=(8, 4.5))
for title, points, style in (("recorded", data["recorded"], "-"), ("trained here", np.array(curve), "--")):
    axes.plot(points[:, 0], points[:, 1], style, color="tab:blue", label=f"training, {title}")
    axes.plot(points[:, 0], points[:, 2], style, color="tab:red", label=f"validation, {title}")
axes.set(xlabel="update", ylabel="loss")
axes.legend()
plt.show()"""
