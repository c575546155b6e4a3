"""How long each phone of a typed text lasts: one small predictor per corpus, bundled, the same for every run.

It is trained once, on the training split only (`python -m tts_demo rebuild-corpus` does it as its last step), so that
what a learner hears of two runs differs in nothing but what the two acoustic models say.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from tts_demo import text
from tts_demo.corpus import Corpus, CorpusError, Utterance
from tts_demo.models import PhoneEncoder, RecurrentLayer
from tts_demo.text import Phone

FILE = "durations.safetensors"
_UNITS = 64
_EPOCHS = 15
_BATCH = 16
_LEARNING_RATE = 2e-3
_DROPOUT = 0.3
_LONGEST_FRAMES = 80


class DurationPredictor(nn.Module):
    """Phone encoder and a bidirectional LSTM; predicts the logarithm of each phone's frames."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = PhoneEncoder()
        self.rnn = RecurrentLayer(self.encoder.second.out_channels, _UNITS)
        self.output = nn.Linear(2 * _UNITS, 1)

    def forward(self, phones: Tensor, mask: Tensor) -> Tensor:
        """Log frames [shape=(batch, phones)] for phones int64 [shape=(batch, phones, 3)]."""
        hidden = self.rnn(self.encoder(phones, mask), mask.sum(dim=1).to(torch.int64))
        if self.training:
            hidden = functional.dropout(hidden, _DROPOUT)
        return self.output(hidden)[..., 0]


def predict(phones: Sequence[Phone], corpus: Corpus, speed: float = 1.0) -> list[int]:
    """Durations in frames of 10 ms, at least one for every phone.

    Parameters
    ----------
    phones : sequence of Phone
    corpus : Corpus
        Whose speaker's rhythm.
    speed : float
        1 is the speaker's own, 2 twice as fast.

    Raises
    ------
    CorpusError
        If the bundled predictor is missing or damaged.
    """
    model = _bundled(corpus.folder)
    encoded = torch.from_numpy(text.encode(phones))[None]
    with torch.no_grad():
        frames = model(encoded, torch.ones(1, len(phones)))[0].exp() / speed
    # rounding the running total instead of each duration keeps the whole as long as predicted
    ends = torch.cumsum(frames.clamp(1, _LONGEST_FRAMES), 0).round().to(torch.int64).tolist()
    return [max(1, end - begin) for begin, end in zip([0, *ends[:-1]], ends, strict=True)]


@functools.cache
def _bundled(folder: Path) -> DurationPredictor:
    model = DurationPredictor()
    try:
        model.load_state_dict({name: tensor.float() for name, tensor in load_file(folder / FILE).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CorpusError(f"The duration predictor of the corpus {folder.name!r} is damaged or missing.") from error
    return model.eval()


def train(corpus: Corpus, progress: Callable[[str], None] = lambda line: None) -> DurationPredictor:
    """Train a predictor on the training split; the validation split chooses the epoch.

    The error is that of log durations, as listeners judge durations by ratio; long pauses between sentences are cut
    to 0.8 s.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = DurationPredictor()
        optimizer = torch.optim.Adam(model.parameters(), lr=_LEARNING_RATE)
        prompts, held_out = corpus.split("train"), corpus.split("validation")
        random = np.random.default_rng(0)
        best, least = {name: tensor.clone() for name, tensor in model.state_dict().items()}, np.inf
        for epoch in range(_EPOCHS):
            model.train()
            for rows in np.array_split(random.permutation(len(prompts)), len(prompts) // _BATCH):
                loss = _loss(model, [prompts[row] for row in rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                validation = _loss(model, held_out).item()
            if validation < least:
                best, least = {name: tensor.clone() for name, tensor in model.state_dict().items()}, validation
            progress(f"durations: epoch {epoch + 1} of {_EPOCHS}, validation error {validation**0.5:.3f} (log frames)")
        model.load_state_dict(best)
    return model.eval()


def save(model: DurationPredictor, folder: Path) -> None:
    """Write a trained predictor into a corpus's folder, float16."""
    state = {name: tensor.to(torch.float16).contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, folder / FILE)


def _loss(model: DurationPredictor, prompts: Sequence[Utterance]) -> Tensor:
    """Mean squared error of log durations over all phones."""
    size = max(len(prompt.phones) for prompt in prompts)
    phones = torch.zeros(len(prompts), size, 3, dtype=torch.int64)
    mask, target = torch.zeros(len(prompts), size), torch.zeros(len(prompts), size)
    for row, prompt in enumerate(prompts):
        count = len(prompt.phones)
        phones[row, :count] = torch.from_numpy(text.encode(prompt.phones))
        mask[row, :count] = 1
        frames = torch.tensor(prompt.durations, dtype=torch.float32).clamp(1, _LONGEST_FRAMES)
        target[row, :count] = frames.log()
    return ((model(phones, mask) - target).square() * mask).sum() / mask.sum()
