"""The file of classes: what it keeps, what it refuses, and what is said where it cannot be used."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_demo.ui.lab import class_folder, class_store
from tts_demo.ui.lab.class_file import DAYS, ClassClosed, NoSuchClass, StoreError
from tts_demo.ui.lab.class_store import ALPHABET, ClassStore

SOUNDS = {("one", 0): b"a", ("one", 1): b"b", ("two", 0): b"c" * 9000, ("two", 1): b"d"}
DAY = 24 * 3600.0
ROOT = Path(__file__).parent.parent


class Clock:
    now = 1e9

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    return ClassStore(tmp_path / "kept", now=clock)


def add(store, secret="secret"):
    return store.add_class(secret, 5, "one", "{}", SOUNDS)


def test_a_class_comes_back_as_it_was_given(store, tmp_path):
    code = add(store)
    again = ClassStore(tmp_path / "kept", now=store._now)
    found = again.class_of_code(code)
    assert found == again.class_of_secret("secret") == again.class_of_id(found.id)
    assert (found.trials, found.practice, found.closed, found.made) == (5, "one", False, 1e9)
    assert again.sounds(found.id) == SOUNDS


def test_codes_are_short_unambiguous_and_not_to_be_guessed(store):
    codes = {add(store, f"secret {number}") for number in range(40)}
    assert len(codes) == 40 and all(len(code) >= 8 and set(code) <= set(ALPHABET) for code in codes)
    assert not set(ALPHABET) & set("0O1IL2Z5S8B")
    assert len(ALPHABET) ** class_store.CODE_LENGTH > 1e11


def test_the_file_holds_no_ticket_and_no_secret(store, tmp_path):
    code = add(store, "a secret that nobody reads")
    store.add_listener(store.class_of_code(code).id, "a ticket that nobody reads", 7, "headphones")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "kept").iterdir())
    assert code.encode() in kept and b"nobody reads" not in kept


ANSWERS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from("AB")), max_size=12)


@given(pupils=st.lists(ANSWERS, min_size=1, max_size=4), data=st.data())
@settings(max_examples=25)
def test_whatever_is_answered_in_whatever_order_is_kept_once(pupils, data, tmp_path_factory):
    """Two handles on one file, as before and after a restart; of two answers to a trial the first one counts."""
    folder = tmp_path_factory.mktemp("kept")
    stores = [ClassStore(folder), ClassStore(folder)]
    class_id = stores[0].class_of_code(add(stores[0])).id
    wanted = []
    for number, _answers in enumerate(pupils):
        stores[0].add_listener(class_id, f"ticket {number}", number, "speakers")
        wanted.append({})
    given_ = [(number, answer) for number, answers in enumerate(pupils) for answer in answers]
    for number, (trial, choice) in data.draw(st.permutations(given_)):
        data.draw(st.sampled_from(stores)).add_answers(f"ticket {number}", [(trial, choice)])
        wanted[number].setdefault(trial, choice)
    for one in stores:
        assert [dict(each.answers) for each in one.listeners(class_id)] == wanted
        assert [one.listener(f"ticket {number}").seed for number in range(len(pupils))] == [*range(len(pupils))]


@given(text=st.text(max_size=40))
@settings(max_examples=40)
def test_what_people_send_is_never_part_of_a_command(text, tmp_path_factory):
    store = ClassStore(tmp_path_factory.mktemp("kept"))
    code = add(store)
    for ask in (store.class_of_code, store.class_of_secret, store.listener):
        with contextlib.suppress(NoSuchClass):
            assert ask(text + "' OR 1=1 --") is None
    assert store.class_of_code(code).code == code


def test_a_closed_class_takes_no_more(store):
    code = add(store)
    class_id = store.class_of_code(code).id
    store.add_listener(class_id, "early", 1, "headphones")
    store.add_answers("early", [(0, "A"), (1, "B")])
    store.close("secret")
    with pytest.raises(ClassClosed):
        store.add_answers("early", [(2, "A")])
    with pytest.raises(ClassClosed):
        store.add_listener(class_id, "late", 2, "headphones")
    assert [dict(one.answers) for one in store.listeners(class_id)] == [{0: "A", 1: "B"}]


def test_what_is_deleted_or_too_old_is_gone_with_all_that_belongs_to_it(store, clock, tmp_path):
    old, deleted = add(store, "old"), add(store, "deleted")
    for code in (old, deleted):
        class_id = store.class_of_code(code).id
        store.add_listener(class_id, code, 1, "headphones")
        store.add_answers(code, [(0, "A")])
    store.delete("deleted")
    clock.now += DAYS * DAY + 1
    with pytest.raises(NoSuchClass):  # nobody sees it, though the file has it still
        store.class_of_code(old)
    add(store, "new")
    file = sqlite3.connect(tmp_path / "kept" / "classes.sqlite3")
    counts = [file.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("class", "listener", "answer")]
    file.close()
    assert counts == [1, 0, 0]


def test_there_is_an_end_to_classes_and_to_listeners(store, clock, monkeypatch):
    monkeypatch.setattr(class_store, "MOST_CLASSES", 3)
    monkeypatch.setattr(class_store, "MOST_LISTENERS", 2)
    codes = [add(store, f"secret {number}") for number in range(3)]
    with pytest.raises(StoreError, match="keeps 3 classes already"):
        add(store, "one more")
    class_id = store.class_of_code(codes[0]).id
    for number in range(2):
        store.add_listener(class_id, f"ticket {number}", number, "headphones")
    with pytest.raises(StoreError, match="2 browsers"):
        store.add_listener(class_id, "one more", 3, "headphones")
    clock.now += class_store.UNUSED_SECONDS + 1
    add(store, "one more")  # those that nobody has used make room
    assert store.class_of_code(codes[0]).code == codes[0]
    with pytest.raises(NoSuchClass):
        store.class_of_code(codes[1])


def test_a_full_disk_is_said_in_a_sentence_and_leaves_the_file_whole(tmp_path):
    """SQLite's own limit of pages, which is what a full disk is to it: SQLITE_FULL."""
    small = ClassStore(tmp_path, most_bytes=30 * 4096)
    code = add(small)
    with pytest.raises(StoreError, match="the server's disk is full"):
        small.add_class("large", 5, "one", "{}", {("one", 0): b"x" * 200_000})
    with pytest.raises(NoSuchClass):
        small.class_of_secret("large")
    assert small.sounds(small.class_of_code(code).id) == SOUNDS


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such bits there")
def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(store, tmp_path):
    code = add(store)
    folder = tmp_path / "kept"
    if os.geteuid() == 0:  # whom no bits stop: what stands in the way is a file instead
        blocked = ClassStore(folder / "classes.sqlite3" / "below")
        with pytest.raises(StoreError, match="cannot be written"):
            add(blocked)
        return
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    (folder / "classes.sqlite3").chmod(stat.S_IRUSR)
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            store.add_listener(1, "ticket", 1, "headphones")
    finally:
        folder.chmod(stat.S_IRWXU)
        (folder / "classes.sqlite3").chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert store.class_of_code(code)


@pytest.mark.parametrize("damage", [b"no database at all, but some text" * 200, b""])
def test_a_damaged_file_is_said_in_a_sentence_and_put_aside_for_the_next_class(store, tmp_path, damage):
    add(store)
    path = tmp_path / "kept" / "classes.sqlite3"
    for part in path.parent.glob("classes.sqlite3-*"):
        part.unlink()
    path.write_bytes(damage)
    with pytest.raises(StoreError, match="damaged" if damage else "cannot be used"):
        store.class_of_secret("secret")
    code = add(store, "after it")
    assert store.class_of_code(code).code == code
    aside = [one.read_bytes() for one in path.parent.glob("classes.damaged-*")]
    assert aside == ([damage] if damage else [])


def test_pages_overwritten_in_the_middle_are_noticed(store, tmp_path):
    add(store)
    path = tmp_path / "kept" / "classes.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096 : 4096 * 6] = b"\xff" * (4096 * 5)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        store.class_of_secret("secret")
    assert store.class_of_code(add(store, "after it"))


def test_a_file_that_was_taken_away_is_no_class_and_no_empty_file(store, tmp_path):
    code = add(store)
    (tmp_path / "kept" / "classes.sqlite3").unlink()
    with pytest.raises(NoSuchClass):
        store.class_of_code(code)
    assert not (tmp_path / "kept" / "classes.sqlite3").exists()


def test_many_threads_write_at_once(store):
    class_id = store.class_of_code(add(store)).id
    errors = []

    def pupil(number):
        try:
            store.add_listener(class_id, f"ticket {number}", number, "headphones")
            for trial in range(6):
                store.add_answers(f"ticket {number}", [(trial, "AB"[trial % 2])])
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=pupil, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [len(one.answers) for one in store.listeners(class_id)] == [6] * 12


def test_what_was_acknowledged_outlives_a_program_that_is_killed(store, tmp_path):
    """Killed, not asked to end, while it writes; every answer that it has told of is there."""
    class_id = store.class_of_code(add(store)).id
    script = """
import itertools, sys
from pathlib import Path
from tts_demo.ui.lab.class_store import ClassStore
store = ClassStore(Path(sys.argv[1]), now=lambda: 1e9)
store.add_listener(int(sys.argv[2]), "ticket", 1, "headphones")
for trial in itertools.count():
    store.add_answers("ticket", [(trial, "A")])
    print(trial, flush=True)
"""
    command = [sys.executable, "-c", script, str(tmp_path / "kept"), str(class_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        assert program.stdout is not None
        told = [int(program.stdout.readline()) for _ in range(20)]
        program.kill()
        told += [int(line) for line in program.stdout if line.endswith("\n")]
    assert {*told} <= store.listener("ticket").answers.keys()
    store.add_answers("ticket", [(10**6, "B")])  # and the next one goes on writing


# ---- where it is


def test_the_folder_is_the_one_that_was_asked_for(tmp_path):
    named = class_folder.store_in(str(tmp_path / "a"), tmp_path, {class_folder.VARIABLE: str(tmp_path / "b")})
    assert (named.folder, named.lasting) == (tmp_path / "a", True)
    assert class_folder.store_in(None, tmp_path, {class_folder.VARIABLE: str(tmp_path / "b")}).folder == tmp_path / "b"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have folders of their own")
def test_without_one_it_is_the_users_or_goes_with_the_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    kept = class_folder.store_in(None, tmp_path, {"XDG_DATA_HOME": str(tmp_path / "data")})
    assert (kept.folder, kept.lasting) == (tmp_path / "data" / "hear-overfitting", True)
    (tmp_path / "file").write_text("in the way")
    fleeting = class_folder.store_in(None, tmp_path, {"XDG_DATA_HOME": str(tmp_path / "file")})
    assert (fleeting.folder, fleeting.lasting) == (tmp_path / "classes", False)
    assert not class_folder.store_in(None, tmp_path, {"SPACE_ID": "me/it"}).lasting
    home = {"XDG_DATA_HOME": str(tmp_path / "temporary" / "home")}
    assert not class_folder.store_in(None, tmp_path, home).lasting
    assert not (tmp_path / "data").exists()  # nothing is made before the first class


def test_a_named_folder_that_cannot_be_written_is_said_on_the_console(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    store = class_folder.store_in(str(tmp_path / "file" / "below"), tmp_path, {})
    assert "cannot be written" in capsys.readouterr().out
    with pytest.raises(StoreError, match="cannot be written"):
        add(store)
