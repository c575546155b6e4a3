"""A run's directory: what was asked for, what happened, and the weights at log-spaced moments.

    config.json   events.jsonl   snapshots/step-000600.safetensors   distortion.json (see `evaluation.held_out`)

It is written as `NAME.partial` and renamed at the end, so a directory without that ending is a whole run. Nothing in it
is a pickle.
"""

import contextlib
import itertools
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tts_demo import corpus, events
from tts_demo.config import RunConfig
from tts_demo.events import Event, Finished, Snapshot
from tts_demo.labels import strengths_at
from tts_demo.losses import LOSSES
from tts_demo.messages import Message, MessageError, message_of
from tts_demo.models import MODELS, AcousticModel
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import Choice

PARTIAL = ".partial"
NOT_SAVED = "The run could not be saved ({error}), so it was ended."
_WEIGHTS = ".safetensors"
_LAST_EVENT_BYTES = 4096  # more than the last line of events.jsonl ever has


class RunError(MessageError):
    """A run that cannot be read or written; the message is a sentence."""


def record(config: RunConfig, happenings: Iterator[Event], directory: Path, goes_on: bool = False) -> Iterator[Event]:
    """Write a run while it happens, and pass its events on without the snapshots' weights.

    A disk that is full or read-only ends the run as `failed`, with what was written kept in `NAME.partial`. A run that
    `goes_on` after an interruption is added to what is there.

    Raises
    ------
    RunError
        Before the first event, if the directory is taken.
    """
    happenings = iter(happenings)
    first = next(happenings)  # a config that cannot be trained on says so here, before anything is written
    happenings = itertools.chain([first], happenings)
    partial = directory.with_name(directory.name + PARTIAL) if goes_on else begin(config, directory)
    licence = corpus.load(config.corpus).credits.of_weights
    try:
        with (partial / "events.jsonl").open("a" if goes_on else "w", encoding="utf-8") as file:
            for event in happenings:
                if isinstance(event, Snapshot):
                    _save_snapshot(partial, event, licence)
                    event = replace(event, weights={})
                file.write(json.dumps(events.to_json(event)) + "\n")
                file.flush()
                if isinstance(event, Finished):
                    partial.rename(directory)
                yield event
    except OSError as error:
        yield Finished("failed", Message(NOT_SAVED, error=error.strerror or str(error)))


def begin(config: RunConfig, directory: Path) -> Path:
    """Make `NAME.partial` with its config; raises `RunError` if the directory is taken or cannot be made."""
    if not directory.name:
        raise RunError(
            "A run needs a directory of its own, with a name; {directory} is none.", directory=repr(str(directory))
        )
    partial = directory.with_name(directory.name + PARTIAL)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise RunError(
            "{directory} already holds something; choose another place for this run.", directory=str(directory)
        )
    try:
        shutil.rmtree(partial, ignore_errors=True)  # what an interrupted run of this name left
        (partial / "snapshots").mkdir(parents=True)
        if directory.exists():
            directory.rmdir()
        (partial / "config.json").write_text(config.to_json() + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(
            "{directory} cannot be written: {error}.", directory=str(directory), error=error.strerror or str(error)
        ) from error
    return partial


def _save_snapshot(directory: Path, snapshot: Snapshot, licence: str) -> None:
    path = directory / "snapshots" / f"step-{snapshot.step:06d}{_WEIGHTS}"
    unfinished = path.with_suffix(PARTIAL)
    try:
        save_file(dict(snapshot.weights), unfinished, metadata={"step": str(snapshot.step), "licence": licence})
    except SafetensorError as error:  # how it reports a full disk
        raise OSError(0, str(error)) from error
    unfinished.rename(path)


@dataclass(frozen=True)
class Run:
    """A recorded run, or the part of one that is recorded so far."""

    directory: Path
    config: RunConfig

    def events(self) -> list[Event]:
        """What happened, less a last line that was cut off; raises `RunError` if another one is damaged."""
        path = self.directory / "events.jsonl"
        try:
            content = path.read_bytes()
            written = content.decode(json.detect_encoding(content), errors="replace").splitlines(keepends=True)
            if not written:
                return []
            *lines, last = written
            happened = [events.from_json(json.loads(line)) for line in lines]
            # a last line that is cut off is that of a killed process; an editor may leave out its end only
            with contextlib.nullcontext() if last.endswith("\n") else contextlib.suppress(ValueError):
                happened.append(events.from_json(json.loads(last)))
            return happened
        except (OSError, ValueError) as error:
            raise RunError(
                "{file} of the run {name} cannot be read.", file=path.name, name=repr(self.directory.name)
            ) from error

    def end(self) -> Finished | None:
        """How the run ended; None while it goes on, or where it was cut off without a last word."""
        path = self.directory / "events.jsonl"
        with contextlib.suppress(OSError, ValueError, IndexError):
            with path.open("rb") as file:
                file.seek(max(file.seek(0, os.SEEK_END) - _LAST_EVENT_BYTES, 0))
                last = file.read().splitlines()[-1]
            event = events.from_json(json.loads(last))
            return event if isinstance(event, Finished) else None
        with contextlib.suppress(RunError, IndexError):  # cut off, or saved by an editor in another encoding
            event = self.events()[-1]
            return event if isinstance(event, Finished) else None
        return None

    def snapshots(self) -> list[int]:
        """Steps whose weights can be heard, first one first; the last one is what the run ended with.

        A run that went back to earlier weights (early stopping, divergence) has thrown away what came after them.
        """
        kept, end = self._files(), self.end()
        return [step for step in kept if end is None or step <= end.step]

    def _files(self) -> dict[int, Path]:
        """Every snapshot's file by its step, ascending."""
        files = {path.stem.removeprefix("step-"): path for path in (self.directory / "snapshots").glob("step-*")}
        whole = {int(name): path for name, path in files.items() if name.isdecimal() and path.suffix == _WEIGHTS}
        return dict(sorted(whole.items()))

    def keep_only_final(self) -> None:
        """Delete every snapshot but the one that the run ended with."""
        final = self.snapshots()[-1]
        for step, path in self._files().items():
            if step != final:
                path.unlink()

    def regularizers(self, step: int) -> tuple[Choice, ...]:
        """The run's regularizers with the strengths that led to an update: changes in mid-run count from the next on.

        Raises `RunError` if the events cannot be read.
        """
        if not self.config.regularizers:
            return ()
        strengths = strengths_at(self.config, self.events(), step)
        return tuple(
            Choice(choice.name, replace(choice.settings, strength=strengths[choice.name]))  # type: ignore[call-arg]
            for choice in self.config.regularizers
        )

    def weights_file(self, step: int | None = None) -> Path:
        """The file with the weights of a snapshot, the last one unless told otherwise; raises `RunError` as `model`."""
        return self._files()[self._chosen(step)]

    def _chosen(self, step: int | None) -> int:
        steps = self.snapshots()
        if not steps and self.end() is None:
            raise RunError("The run {name} holds no weights yet.", name=repr(self.directory.name))
        if not steps:
            raise RunError("The run {name} was recorded without its weights.", name=repr(self.directory.name))
        step = steps[-1] if step is None else step
        if step not in steps:
            raise RunError(
                "There is no snapshot at update {step}; there is {steps}.", step=step, steps=", ".join(map(str, steps))
            )
        return step

    def model(self, step: int | None = None) -> AcousticModel:
        """The network as it was at a snapshot, ready to predict: the one that the run ended with unless told otherwise.

        What a regularizer does in evaluation too (zoneout's mixing) is part of it.

        Raises
        ------
        RunError
            If there is no such snapshot, or its file is damaged.
        """
        step = self._chosen(step)
        path = self._files()[step]
        model = MODELS[self.config.model.name](self.config.model.settings, LOSSES[self.config.loss])
        try:
            state = {name: torch.from_numpy(array) for name, array in load_file(path).items()}
            model.load_state_dict(state)  # half precision becomes whole on the way
        except (OSError, SafetensorError, RuntimeError, ValueError, TypeError) as error:
            raise RunError("The snapshot {file} is damaged or belongs to another model.", file=path.name) from error
        if any(REGULARIZERS[choice.name].acts_in_evaluation for choice in self.config.regularizers):
            for choice in self.regularizers(step):
                REGULARIZERS[choice.name](choice.settings).act_in_evaluation(model)
        return model.eval()


def load(directory: Path) -> Run:
    """Open a run's directory; raises `RunError` if it is none."""
    directory = Path(directory)
    try:
        config = RunConfig.from_json((directory / "config.json").read_bytes())
    except OSError as error:
        raise RunError("{directory} is not a run: its config.json cannot be read.", directory=str(directory)) from error
    except ValueError as error:
        raise RunError(
            "{directory} is not a run of this version of the program: {error}",
            directory=str(directory), error=message_of(error),
        ) from error  # fmt: skip
    return Run(directory, config)
