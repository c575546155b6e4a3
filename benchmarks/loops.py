"""Our training loop beside two others of the same network, update by update in turns, and the share of the peak.

`frames_per_s`, `frames_per_s_bare`, `frames_per_s_padded`
    Frames of speech, padding left out, that a second of training takes in: our loop as the page runs it; torch's bare
    loop with the same batches; the bare loop with the same number of random utterances in each batch, padded.
`frames_over_bare`, `frames_over_padded`
    Ratios of ours over these, medians over pairs of updates, evaluation left out.
`evaluation_share`
    Share of a run's time that measuring both losses takes.
`peak_gflops`, `share_of_peak`
    Float32 matrix product of 1024 x 1024 on one thread, and how much of it the multiplications of an update reach.
"""

import itertools
import statistics
import time
from collections.abc import Iterator

import numpy as np
import project  # noqa: F401
import torch
from torch import nn

from tts_demo import batches, corpus, training
from tts_demo.batches import Batch
from tts_demo.config import RunConfig
from tts_demo.events import Progress
from tts_demo.lesson import LESSON
from tts_demo.losses import LOSSES, feature_weights
from tts_demo.models.base import Network
from tts_demo.optimizers import OPTIMIZERS

_WARM_UP = 5


def stream_of(config: RunConfig) -> Iterator[Batch]:
    """The batches of a run, in its order."""
    voice = corpus.load(config.corpus)
    examples = batches.examples(voice, voice.training_prompts(config.speech_seconds))
    return batches.endless(examples, training.BATCH_FRAMES, np.random.default_rng(config.seed))


def padded_stream(config: RunConfig) -> Iterator[Batch]:
    """Batches of as many utterances, drawn at random whatever their length."""
    voice = corpus.load(config.corpus)
    examples = batches.examples(voice, voice.training_prompts(config.speech_seconds))
    size = round(statistics.mean(len(batch.lengths) for batch in itertools.islice(stream_of(config), 50)))
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


def bare_updates(config: RunConfig, stream: Iterator[Batch]) -> Iterator[tuple[float, int]]:
    """Seconds and frames of each update of a loop that does nothing else."""
    model, loss = training.build(config), LOSSES[config.loss]
    weights = feature_weights(torch.from_numpy(corpus.load(config.corpus).std))
    optimizer = OPTIMIZERS[config.optimizer].make(model.parameters(), config.rate)
    model.train()
    while True:
        began = time.perf_counter()
        batch = next(stream)
        cost = loss.cost(model(batch), batch.target, batch.mask, weights, 0.0)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        cost.item()
        yield time.perf_counter() - began, int(batch.mask.sum())


def multiplications(model: Network, batch: Batch) -> float:
    """Floating-point operations of the matrix products of one update: two a weight and place, thrice with gradients."""
    steps = batch.mask[:, :: model.frames_per_step].numel()
    found = 0
    for name, module in model.named_modules():
        places = batch.phones.shape[0] * batch.phones.shape[1] if name.startswith("inputs.") else steps
        if not isinstance(module, nn.Embedding):
            found += places * sum(tensor.numel() for tensor in module.parameters(recurse=False) if tensor.ndim > 1)
    return 6.0 * found


def peak_flops() -> float:
    """Operations a second of torch's float32 matrix product, the best of ten."""
    left, right = torch.randn(1024, 1024), torch.randn(1024, 1024)
    took = []
    for _ in range(12):
        began = time.perf_counter()
        left @ right
        took.append(time.perf_counter() - began)
    return 2 * 1024**3 / min(took[2:])


def measure(pairs: int) -> dict[str, float]:
    """All figures of this file, with as many threads as a run has."""
    torch.set_num_threads(training.THREADS)
    config = RunConfig(speech_seconds=LESSON.speech_seconds, updates=10_000)
    frames = (int(batch.mask.sum()) for batch in stream_of(config))
    ours, bare = our_updates(config), bare_updates(config, stream_of(config))
    padded = bare_updates(config, padded_stream(config))
    speeds: dict[str, list[float]] = {"": [], "_bare": [], "_padded": []}
    plain: list[float] = []
    evaluating: list[float] = []
    for number in range(_WARM_UP + pairs):
        (seconds, evaluated), count = next(ours), next(frames)
        bare_seconds, bare_frames = next(bare)
        padded_seconds, padded_frames = next(padded)
        if number < _WARM_UP:
            continue
        (evaluating if evaluated else plain).append(seconds)
        if not evaluated:
            speeds[""].append(count / seconds)
            speeds["_bare"].append(bare_frames / bare_seconds)
            speeds["_padded"].append(padded_frames / padded_seconds)
    evaluation = statistics.median(evaluating) - statistics.median(plain)
    peak = peak_flops()
    model, batch = training.build(config), next(stream_of(config))
    assert isinstance(model, Network)
    share = multiplications(model, batch) / statistics.median(plain) / peak
    ratios = {
        f"frames_over{name}": statistics.median(
            own / other for own, other in zip(speeds[""], speeds[name], strict=True)
        )
        for name in ("_bare", "_padded")
    }
    return {
        **{f"frames_per_s{name}": statistics.median(found) for name, found in speeds.items()},
        **ratios,
        "evaluation_share": evaluation / (training.EVALUATE_EVERY * statistics.median(plain) + evaluation),
        "peak_gflops": peak / 1e9,
        "share_of_peak": share,
    }
