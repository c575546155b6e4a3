"""What a relay writes and a lane trains, without Ray between them: a run that is cut off anywhere goes on the same."""

import contextlib
import json
import os
import sys
import threading
from dataclasses import replace
from multiprocessing import Pipe

import pytest

from tests.test_ray_engine import Changing
from tests.test_training import TINY, without_seconds
from tts_demo import runs, training
from tts_demo.config import choose
from tts_demo.engine.ray_lane import Start, _train
from tts_demo.engine.ray_relay import _pass_orders_on, _Recordings, _start
from tts_demo.events import Event, Finished, Progress, Snapshot, StrengthChanged

DROPPED = replace(TINY, regularizers=(choose("regularizer", "dropout"), choose("regularizer", "early_stopping")))


class Engine(list):
    """What arrives at the engine."""

    send = list.append

    @property
    def events(self):
        return [message for message in self if isinstance(message, Event)]


def go(config, directory, engine, known=0, until=10_000, changes=()):
    """Train a run with a relay and a lane until so many events have arrived; `changes` are asked for after some."""
    ours, theirs = Pipe()
    recordings = _Recordings(engine, ours.send)
    order = recordings.begin(("run", config.to_json(), str(directory), known))

    def lane():
        with contextlib.suppress(OSError, EOFError):  # as on a node that is lost
            _train(theirs, order)

    thread = threading.Thread(target=lane)
    thread.start()
    waiting = dict(changes)
    while len(engine.events) < until and not (engine and isinstance(engine[-1], Finished)):
        recordings.take(ours.recv())
        for name, strength in waiting.pop(len(engine.events), ()):
            ours.send(("strength", name, strength))
    ours.close()
    thread.join()
    return order[-1]


@pytest.mark.parametrize(("cut", "at"), [(1, 0), (8, 0), (9, 5), (24, 5), (25, 20), (48, 20)])
def test_a_run_that_is_cut_off_anywhere_goes_on_the_same(tmp_path, cut, at):
    engine, whole = Engine(), list(training.train(DROPPED))
    go(DROPPED, tmp_path / "run", engine, until=cut)
    assert len(engine.events) == cut
    start = go(DROPPED, tmp_path / "run", engine, known=cut)
    assert start.step == at and (start.state is None) == (at == 0)
    assert without_seconds(engine.events) == without_seconds(whole)
    run = runs.load(tmp_path / "run")
    assert run.events() == engine.events
    assert run.snapshots() == [event.step for event in whole if isinstance(event, Snapshot)]
    assert {file.name for file in run.directory.iterdir()} == {
        "config.json", "events.jsonl", "snapshots", "distortion.json",
    }  # fmt: skip


def test_changes_of_a_strength_happen_again_where_they_happened_and_new_ones_after_what_is_known(tmp_path):
    engine = Engine()
    go(DROPPED, tmp_path / "run", engine, until=40, changes={10: [("dropout", 0.5)], 30: [("dropout", 0.9)]})
    before = [event for event in engine.events if isinstance(event, StrengthChanged)]
    assert [event.strength for event in before] == [0.5, 0.9]
    known = max(event.step for event in engine.events if isinstance(event, Progress))
    start = go(DROPPED, tmp_path / "run", engine, known=40, changes={40: [("dropout", 0.1)]})
    assert start.step == 20 and [strength for _, _, strength in start.changes] == [0.9]
    changes = [event for event in engine.events if isinstance(event, StrengthChanged)]
    assert [event.strength for event in changes] == [0.5, 0.9, 0.1]
    assert changes[-1].step >= known
    assert without_seconds(engine.events) == without_seconds(training.train(DROPPED, Changing(changes)))


def test_what_was_written_and_not_told_is_taken_away(tmp_path):
    engine = Engine()
    go(TINY, tmp_path / "run", engine, until=30)
    folder = tmp_path / "run.partial"
    with (folder / "events.jsonl").open("a") as file:
        file.write(json.dumps({"event": "progress"}) + "\n" + '{"event": "prog')
    start, told = _start(folder, 28)
    assert told == engine.events[:28] == runs.load(folder).events()
    assert start.step == 20 and start.before == tuple(told[: len(start.before)])
    assert _start(folder, 0) == (Start(), [])


def test_a_full_disk_ends_the_lanes_run_too(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, "save_file", full)
    engine, told = Engine(), []
    recordings = _Recordings(engine, told.append)
    recordings.begin(("run", TINY.to_json(), str(tmp_path / "run"), 0))
    for event in training.train(TINY):
        recordings.take(event)
    assert engine[-1].reason == "failed" and "No space left" in str(engine[-1].message)
    assert [event.event for event in engine].count("finished") == 1 and told == [("end", "stopped")]


def test_an_interrupted_run_that_cannot_be_read_fails_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "_exit", sys.exit)  # which ends the thread
    ours, theirs = Pipe()

    def passing():
        with contextlib.suppress(SystemExit):
            _pass_orders_on(theirs, _Recordings(theirs, print), print)

    relay = threading.Thread(target=passing)
    relay.start()
    for damage in (None, b"no event\n"):
        if damage:
            (tmp_path / "run.partial").mkdir()
            (tmp_path / "run.partial" / "events.jsonl").write_bytes(damage)
        ours.send(("run", TINY.to_json(), str(tmp_path / "run"), 1))
        end, ready = ours.recv(), ours.recv()
        assert end.reason == "failed" and "could not be saved" in str(end.message) and ready == "ready"
    ours.close()
    relay.join()
