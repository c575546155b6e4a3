"""Faults, put in for real: what the person is told, what is kept, and the line for whoever keeps the server running."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_engine import ENDLESS, until_step
from tests.test_training import TINY
from tts_demo import corpus, service_log
from tts_demo.engine import LocalEngine
from tts_demo.lesson import LESSON
from tts_demo.ui.lab import clips
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.sentences import Wanted
from tts_demo.ui.lab.session import Experiment
from tts_demo.ui.lab.table_handlers import TableHandlers
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES

ROOT = Path(__file__).parent.parent
ENGLISH = LANGUAGES["en"]
VOICE = corpus.load(LESSON.corpus)
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
TYPED = "My secret sentence."


@pytest.fixture
def told(capsys):
    """The lines of the log so far, as JSON has them."""
    service_log.write_json()
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    service_log.write_json(False)


@pytest.fixture
def engine(tmp_path):
    with closing(LocalEngine(tmp_path / "runs", workers=1, lease_seconds=600)) as engine:
        yield engine


def finished(engine, config=TINY):
    run_id = engine.submit(config)
    assert list(engine.follow(run_id))[-1].reason == "completed"
    return run_id


def said_by(engine, run_id, language=ENGLISH):
    """What a page's player has for a run: its clip, or the sentence that stands in its place."""
    session = (Experiment(run_id, "Run", 0),)
    value = clips.player_value(engine, session, VOICE, Wanted("typed", "", TYPED), language)
    return value["clips"]


def test_a_worker_that_is_killed_is_logged_without_what_it_was_doing(engine, told):
    kept = finished(engine)
    victim = engine.submit(ENDLESS)
    until_step(engine, victim, 1)
    os.kill(engine._jobs[victim].worker.process.pid, signal.SIGKILL)
    assert "ended unexpectedly" in str(list(engine.follow(victim))[-1].message)
    assert engine.run(kept).end().reason == "completed" and said_by(engine, kept)[0]["url"]
    finished(engine)
    by_event = {line["event"]: line for line in told()}
    assert by_event["worker_died"]["exit_code"] == -signal.SIGKILL and by_event["run_failed"]["level"] == "error"
    assert victim not in json.dumps(by_event)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_a_run_for_which_memory_does_not_suffice_says_so(engine, told):
    import resource

    finished(engine)
    (worker,) = engine.worker_processes()
    space = int(re.search(r"VmSize:\s+(\d+) kB", Path(f"/proc/{worker.pid}/status").read_text())[1]) * 1024
    resource.prlimit(worker.pid, resource.RLIMIT_AS, (space + 30_000_000, resource.RLIM_INFINITY))
    big = replace(TINY, updates=50, speech_seconds=None, corpus=LESSON.corpus)
    end = list(engine.follow(engine.submit(big)))[-1]
    assert end.reason == "failed" and "memory" in str(end.message)
    assert "run_failed" in [line["event"] for line in told()]


def test_on_a_read_only_disk_a_run_fails_with_a_sentence_and_what_is_finished_stays(engine, tmp_path, told):
    kept = finished(engine)
    folder = tmp_path / "runs"
    shutil.move(folder, tmp_path / "away")
    folder.write_text("")  # root may write everywhere, but not below a file
    end = list(engine.follow(engine.submit(TINY)))[-1]
    assert end.reason == "failed" and "could not be saved" in str(end.message)
    assert str(tmp_path) not in str(end.message)
    folder.unlink()
    shutil.move(tmp_path / "away", folder)
    assert said_by(engine, kept)[0]["url"]
    finished(engine)
    (line,) = [line for line in told() if line["event"] == "run_failed"]
    assert line["said"] == "The run could not be saved ({error}), so it was ended."


def test_half_a_file_is_offered_to_nobody_when_the_disk_is_full(engine, monkeypatch, told):
    run_id = finished(engine)
    visitor = Visitor((Experiment(run_id, "Run", 0),))
    table = TableHandlers(Handlers(engine, ENGLISH, VOICE))

    def full(base, kind, folder):
        Path(f"{base}.zip").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "make_archive", full)
        assert "disk" in table.act(visitor, {"action": "download", "run": run_id})["runs"]["alert"]
    assert {line["event"]: line for line in told()}["file_not_made"]["errno"] == errno.ENOSPC
    file = Path(table.act(visitor, {"action": "download", "run": run_id})["file"]["value"])
    shutil.unpack_archive(file, table.files / "unpacked")
    assert (table.files / "unpacked" / "config.json").exists()


@pytest.mark.parametrize("content", [b"", b"\0" * 100, POINTER.encode()], ids=["empty", "zeros", "pointer"])
@pytest.mark.parametrize("name", ["snapshots/*", "events.jsonl", "config.json"])
def test_a_damaged_run_has_a_sentence_in_its_clips_place(engine, name, content):
    damaged, whole = finished(engine), finished(engine, replace(TINY, seed=1))
    for file in engine.run(damaged).directory.glob(name):
        file.write_bytes(content)
    clips._spoken.cache_clear()
    for language in LANGUAGES.values():
        for clip in said_by(engine, damaged, language):
            assert clip["url"] or clip["error"]
        (clip,) = said_by(engine, whole, language)
        assert clip["url"]


@pytest.mark.parametrize("name", ["features-1.npy", "utterances.tsv", "statistics.json"])
def test_a_pointer_in_a_corpus_files_place_is_called_one(tmp_path, name):
    shutil.copytree(VOICE.folder, tmp_path / "voice", ignore=shutil.ignore_patterns("audio"))
    corpus.read(tmp_path / "voice", "voice")
    (tmp_path / "voice" / name).write_text(POINTER)
    with pytest.raises(corpus.CorpusError, match="Git LFS has left a pointer"):
        corpus.read(tmp_path / "voice", "voice")


def test_without_its_corpus_the_program_ends_with_a_line(tmp_path):
    shutil.copytree(ROOT / "tts_demo", tmp_path / "tts_demo", ignore=shutil.ignore_patterns("audio", "__pycache__"))
    shutil.copy(ROOT / "app.py", tmp_path)
    (tmp_path / "tts_demo/data/asterisk/features-0.npy").write_text(POINTER)
    command = [sys.executable, "app.py", "--log", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert events[-1]["event"] == "corpus_damaged" and "git lfs pull" in events[-1]["said"]


def test_in_words_the_log_is_for_whoever_sits_before_the_terminal(capsys):
    service_log.tell("server_started", "The page is served.", "info")
    service_log.tell("worker_died", "A worker process has ended unexpectedly.", exit_code=-9, error=None)
    assert capsys.readouterr().err == "A worker process has ended unexpectedly. (exit_code -9)\n"
