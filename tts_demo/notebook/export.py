"""Writes a run's notebook with what lies beside it: weights, some speech, licences and credits.

    run.ipynb   data.npz   weights.safetensors   CREDITS.md   LICENSE-CC-BY-SA-3.0.txt   LICENSE-code.txt

Models that grow trees have no notebook: nothing in them is trained by gradients.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tts_demo import batches, corpus, labels
from tts_demo.batches import EVALUATION_FRAMES
from tts_demo.corpus import Corpus, Utterance
from tts_demo.events import points_of
from tts_demo.losses import LOSSES, feature_weights
from tts_demo.measures import mean_loss
from tts_demo.messages import Message, MessageError
from tts_demo.models import MODELS
from tts_demo.models.base import PhoneInputs
from tts_demo.notebook.cells import DATA, WEIGHTS, Cell, Say, Told, cells
from tts_demo.regularizers import REGULARIZERS
from tts_demo.run_state import EVALUATED_SECONDS
from tts_demo.runs import Run
from tts_demo.settings import Choice

NOTEBOOK = "run.ipynb"
MOST_SECONDS = 180.0  # of training speech that is bundled; all of the validation speech is
_LICENCE_OF_CODE = Path(__file__).parent.parent.parent / "LICENSE"


class NotebookError(MessageError):
    """A run that no notebook can be made of; the message is a sentence."""


def write(run: Run, folder: Path, say: Say = str) -> Path:
    """Write a run's notebook and its files into a folder, which is made; returns the notebook's path.

    Parameters
    ----------
    run : one that has ended
    folder : a new one, or an empty one
    say : tells a message in the language of the notebook's words; English unless told otherwise

    Raises
    ------
    NotebookError
        If the run goes on, its model has no notebook, or the folder holds something or cannot be written.
    RunError, CorpusError
        If the run or its corpus cannot be read, or holds no weights.
    """
    model = MODELS[run.config.model.name]
    if not model.gradients:
        raise NotebookError(
            "There is no notebook of this run: {model} grows trees and has no weights that torch could train.",
            model=Message(model.label),
        )
    if run.end() is None:
        raise NotebookError("This run has not ended: there is a notebook of it when it is over.")
    network = run.model()
    voice = corpus.load(run.config.corpus)
    prompts = voice.training_prompts(run.config.speech_seconds, run.config.keep_in, run.config.leave_out)
    bundled, validation = _first_seconds(prompts, MOST_SECONDS), voice.split("validation")
    counts = feature_weights(torch.from_numpy(voice.std))
    loaded = batches.by_length(batches.examples(voice, validation), EVALUATION_FRAMES)
    points = points_of(run.events())
    told = Told(
        label=labels.label_of(run.config, voice, run.events()), config=run.config, credits=voice.credits,
        regularizers=_in_order(run.config.regularizers), at_the_end=_in_order(run.regularizers(run.snapshots()[-1])),
        changes=_changes(run), inputs=PhoneInputs(run.config.model.settings.neighbours).width,  # type: ignore[attr-defined]
        updates=points[-1][0] if points else 0, frames=sum(prompt.frames for prompt in prompts),
        watched=len(_first_seconds(prompts, EVALUATED_SECONDS)), sentences=len(prompts), bundled=len(bundled),
        validation_loss=mean_loss(network, loaded, LOSSES[run.config.loss], counts),
    )  # fmt: skip
    written = _notebook(cells(told, say))
    data: dict[str, Any] = {"mean": voice.mean, "std": voice.std, "feature_weights": counts.numpy()}
    data["recorded"] = np.array([[np.nan if one is None else one for one in point] for point in points], dtype=float)
    for name, sentences in (("training", bundled), ("validation", validation)):
        data |= {f"{name}_{part}": values for part, values in _speech(run, voice, sentences).items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise NotebookError(
                "{directory} already holds something; choose another place for this notebook.", directory=str(folder)
            )
        np.savez_compressed(folder / DATA, **data)
        shutil.copyfile(run.weights_file(), folder / WEIGHTS)
        for name in ("CREDITS.md", voice.credits.licence_file):
            shutil.copyfile(voice.folder / name, folder / name)
        shutil.copyfile(_LICENCE_OF_CODE, folder / "LICENSE-code.txt")
        (folder / NOTEBOOK).write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise NotebookError(
            "{directory} cannot be written: {error}.", directory=str(folder), error=error.strerror or str(error)
        ) from error
    return folder / NOTEBOOK


def _first_seconds(prompts: Sequence[Utterance], seconds: float) -> list[Utterance]:
    """The first prompts, as many as hold this much speech."""
    chosen, total = [], 0.0
    for prompt in prompts:
        if total >= seconds:
            break
        chosen.append(prompt)
        total += prompt.seconds
    return chosen


def _in_order(regularizers: Sequence[Choice]) -> list[Choice]:
    """As they act: constraints last."""
    return sorted(regularizers, key=lambda choice: REGULARIZERS[choice.name].family == "hard")


def _changes(run: Run) -> dict[int, dict[str, float]]:
    """Strengths that were changed while the run went on: from which update on, by the regularizer's name."""
    found: dict[int, dict[str, float]] = {}
    for change in labels.changes(run.config, run.events()):
        found.setdefault(change.step + 1, {})[change.regularizer] = change.strength
    return found


def _speech(run: Run, voice: Corpus, sentences: Sequence[Utterance]) -> dict[str, np.ndarray]:
    """What a network is told of some sentences, and what it shall say, one after the other."""
    inputs = PhoneInputs(run.config.model.settings.neighbours)  # type: ignore[attr-defined]
    told = [inputs(batches.collate([one]))[0].numpy() for one in batches.examples(voice, sentences)]
    return {
        "inputs": np.concatenate(told),
        "phones": np.array([len(sentence.phones) for sentence in sentences]),
        "durations": np.concatenate([sentence.durations for sentence in sentences]).astype(np.int32),
        "features": np.concatenate([voice.features(sentence) for sentence in sentences]),
    }


def _notebook(made: Sequence[Cell]) -> dict[str, Any]:
    """The notebook as JSON has it, in format 4.5."""
    written = []
    for number, cell in enumerate(made):
        plain: dict[str, Any] = {"cell_type": cell.kind, "id": f"cell-{number}", "metadata": {}, "source": cell.source}
        if cell.kind == "code":
            plain |= {"execution_count": None, "outputs": []}
        written.append(plain)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
