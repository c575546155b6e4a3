"""A feed-forward network in the style of Merlin (Wu et al. 2016) on our corpus, split and features: 4 x 512 tanh.

Every frame is predicted by itself from its phone, two neighbours on either side and its place in the phone;
mini-batches of 256 frames, Adam, 25 epochs, targets of variance one. `--json` prints one flat object.
"""

import argparse
import json
import time

import numpy as np
import project  # noqa: F401
import torch
from torch import nn

from tts_demo import batches, corpus, metrics, text
from tts_demo.acoustics import N_FEATURES, VOICING
from tts_demo.config import RunConfig
from tts_demo.corpus import Corpus, Utterance
from tts_demo.states import N_STATES

_NEIGHBOURS = 2
_WIDTH = 512
_BATCH = 256


def frame_inputs(utterance: Utterance) -> torch.Tensor:
    """One-hot phones in a window of five, stress, word position, place in the phone [shape=(frames, inputs)]."""
    item = batches.example(utterance.phones, utterance.durations)
    padded = np.pad(item.phones[:, 0].numpy(), _NEIGHBOURS)
    window = torch.from_numpy(np.stack([padded[k : k + len(item.phones)] for k in range(2 * _NEIGHBOURS + 1)], axis=1))
    by_phone = torch.cat(
        [
            nn.functional.one_hot(window, text.N_PHONES).flatten(1),
            nn.functional.one_hot(item.phones[:, 1], text.N_STRESSES),
            nn.functional.one_hot(item.phones[:, 2], text.N_POSITIONS),
        ],
        dim=1,
    ).float()
    phone = item.frame_state // N_STATES
    lasting, begins = item.durations[phone], (item.durations.cumsum(0) - item.durations)[phone]
    elapsed = torch.arange(len(phone)) - begins
    logs = torch.stack([elapsed, lasting - 1 - elapsed, lasting], dim=1).log1p() / np.log1p(50)
    return torch.cat([by_phone[phone], ((elapsed + 0.5) / lasting)[:, None], logs], dim=1)


def measure(voice: Corpus, speech_seconds: float | None, epochs: int, seed: int = 0) -> dict[str, float]:
    """Held-out distances after training."""
    torch.manual_seed(seed)
    prompts = voice.training_prompts(speech_seconds)
    inputs = torch.cat([frame_inputs(prompt) for prompt in prompts])
    targets = torch.from_numpy(np.concatenate([voice.normalised(prompt) for prompt in prompts]))
    layers: list[nn.Module] = []
    for width in (inputs.shape[1], _WIDTH, _WIDTH, _WIDTH):
        layers += [nn.Linear(width, _WIDTH), nn.Tanh()]
    model = nn.Sequential(*layers, nn.Linear(_WIDTH, N_FEATURES))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    began = time.perf_counter()
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(_BATCH):
            loss = (model(inputs[rows]) - targets[rows]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    seconds = time.perf_counter() - began
    pairs = []
    with torch.no_grad():
        for prompt in voice.split("test"):
            predicted = model(frame_inputs(prompt)).numpy() * voice.std + voice.mean
            predicted[:, VOICING] = np.clip(predicted[:, VOICING], 0, 1)
            pairs.append((predicted, voice.features(prompt).astype(np.float32)))
    found = metrics.distances(pairs)
    return {
        "mcd_db": found.mcd_db,
        "f0_rmse_hz": found.f0_rmse_hz,
        "voicing_error": found.voicing_error,
        "seconds": seconds,
    }


def main() -> None:
    """Measure with three minutes and with all speech."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--epochs", type=int, default=25)
    options = parser.parse_args()
    torch.set_num_threads(2)
    voice = corpus.load(RunConfig().corpus)
    figures = {}
    for name, seconds in (("3min", 180.0), ("all", None)):
        for figure, value in measure(voice, seconds, options.epochs).items():
            figures[f"merlin_{figure}_{name}"] = round(value, 4)
    if options.json:
        print(json.dumps(figures))
    else:
        for figure, value in figures.items():
            print(f"{figure:28} {value}")


if __name__ == "__main__":
    main()
