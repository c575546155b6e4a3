"""A class's tests: what a pupil is told and when, what outlives a restart, and what a teacher sees."""

import csv
import io
import json
import re

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.class_app import FIVE, HOSTILE, NAMES, SENTENCES, SYSTEMS, app, clip, made, right, server_on, take
from tts_demo.listening import ListeningError
from tts_demo.ui.lab import class_results
from tts_demo.ui.lab.class_file import ClassClosed, NoSuchClass, StoreError
from tts_demo.ui.lab.class_plans import code_of, plan_of
from tts_demo.ui.lab.class_tests import UnknownTicket
from tts_demo.ui.locales.catalog import LANGUAGES

ENGLISH = LANGUAGES["en"]


@pytest.fixture
def tests(tmp_path):
    return server_on(tmp_path)


def fail(store, monkeypatch, message="The disk is full."):
    """From now on nothing can be written, or read."""

    def refuse(*_, **__):
        raise StoreError(message)

    monkeypatch.setattr(store._file, "open", refuse)


# ---- a pupil


def test_from_the_first_question_to_the_own_result(tests):
    code = made(tests).code
    assert tests.about(code.lower()) == {"view": "ask", "trials": 5}
    ticket = tests.begin(f" {code[:4]}-{code[4:]} ", "speakers")
    shown = tests.view(ticket, "en")
    assert (shown["view"], shown["kept"], shown["trial"]["trials"]) == ("practice", True, 1)
    key = right(tests, ticket, 0)
    shown = tests.answer(ticket, 0, key, "en")
    assert (shown["view"], shown["right"], shown["x"]) == ("practised", True, key)
    for number in range(1, 6):
        assert shown["trial"]["number"] == number and set(shown["trial"]["clips"]) == {"A", "B", "X"}
        shown = tests.answer(ticket, number, right(tests, ticket, number), "en")
        assert shown["view"] == ("trial" if number < 5 else "result")
    assert (shown["result"]["count"], shown["result"]["trials"], shown["kept"]) == (5, 5, True)
    assert shown["result"]["names"] == list(NAMES["en"])
    assert tests.view(ticket, "zh")["result"]["names"] == list(NAMES["zh"])


def test_a_wrong_practice_is_told_and_does_not_count(tests):
    teacher = made(tests)
    ticket = tests.begin(teacher.code, "headphones")
    key = right(tests, ticket, 0)
    wrong = "AB".replace(key, "")
    shown = tests.answer(ticket, 0, wrong, "en")
    assert (shown["right"], shown["x"]) == (False, key)
    for number in range(1, 6):
        shown = tests.answer(ticket, number, right(tests, ticket, number), "en")
    assert shown["result"]["count"] == 5
    tests.close(teacher.secret)
    assert [one["right"] for one in class_results.view(tests, teacher.secret, ENGLISH)["listeners"]] == [5]


def test_nothing_tells_the_key_before_the_last_answer(tests):
    """Whatever a pupil is sent has no name, no run, no sentence and no seed in it, and no two clips are alike."""
    ticket = tests.begin(made(tests).code, "headphones")
    shown = tests.view(ticket, "en")
    for number in range(6):
        told = json.dumps(shown)
        assert not any(part in told for part in (*SYSTEMS, *NAMES["en"], "Words of", "tt-", "seed", "sentence"))
        assert set(shown) <= {"view", "trial", "kept", "right", "x"}
        assert set(shown["trial"]) == {"view", "test", "kind", "number", "trials", "clips"}
        assert ("x" in shown) == ("right" in shown) == (number == 1)  # of the practice, when it is over
        clips = shown["trial"]["clips"]
        assert len({len(sound) for sound in clips.values()}) == 1 and len(set(clips.values())) == 3
        assert shown == {**tests.view(ticket, "en")}
        shown = tests.answer(ticket, number, "A", "en")
    assert SYSTEMS[0] not in json.dumps(shown, default=str)  # who knows a run's id may read the run


def test_pupils_hear_other_trials_than_their_neighbours(tests):
    found = tests.store.class_of_code(made(tests).code)
    plans = [plan_of(found, seed, set(SENTENCES)) for seed in range(40)]
    assert len({tuple(trial.sentence for trial in plan.trials) for plan in plans}) > 30
    assert all(found.practice not in {trial.sentence for trial in plan.trials} for plan in plans)
    tosses = np.array([[(trial.a, trial.x) for trial in plan.trials] for plan in plans])
    assert 0.35 < tosses.mean() < 0.65


def test_answers_are_taken_in_turn_and_once(tests):
    ticket = tests.begin(made(tests).code, "headphones")
    with pytest.raises(ListeningError, match="Trial 0 comes before trial 1"):
        tests.answer(ticket, 1, "A", "en")
    tests.answer(ticket, 0, "A", "en")
    assert tests.answer(ticket, 0, "A", "en")["view"] == "practised"  # sent twice, as over a bad line
    with pytest.raises(ListeningError, match="first answer counts"):
        tests.answer(ticket, 0, "B", "en")
    for junk in (True, "1", 1.0, None, -1, 6, 10**30):
        with pytest.raises(ListeningError):
            tests.answer(ticket, junk, "A", "en")
    for junk in ("C", "", None, 1):
        with pytest.raises(ListeningError, match="either A or B"):
            tests.answer(ticket, 1, junk, "en")
    assert tests.view(ticket, "en")["view"] == "practised"


def test_who_is_nobody_here_is_told_so(tests):
    code = made(tests).code
    for nobody in ("", "AAAA", None, code + "A", "' OR 1=1 --"):
        with pytest.raises(NoSuchClass):
            tests.begin(nobody, "headphones")
        with pytest.raises(UnknownTicket):
            tests.view(nobody, "en")
    with pytest.raises(ListeningError, match="headphones or with speakers"):
        tests.begin(code, "a megaphone")
    assert code_of("7mpq 3rx4\n") == "7MPQ3RX4"


# ---- restarts and failures


def test_a_restart_loses_nothing_at_any_trial(tmp_path):
    """A new server on the same file after every answer: the same trial, the same sounds, the same result."""
    teacher = made(server_on(tmp_path))
    ticket = server_on(tmp_path).begin(teacher.code, "headphones")
    for number in range(6):
        before, after = server_on(tmp_path), server_on(tmp_path)
        assert before.view(ticket, "en") == after.view(ticket, "en")
        before.answer(ticket, number, "A", "en")
    shown = server_on(tmp_path).view(ticket, "en")
    assert shown["view"] == "result" and shown["kept"]
    tests = server_on(tmp_path)
    tests.close(teacher.secret)
    (one,) = class_results.view(server_on(tmp_path), teacher.secret, ENGLISH)["listeners"]
    assert one["right"] == shown["result"]["count"]


def test_without_the_file_a_pupil_goes_on_to_the_own_result_and_it_is_written_later(tests, monkeypatch):
    teacher = made(tests)
    ticket = tests.begin(teacher.code, "headphones")
    tests.answer(ticket, 0, "A", "en")
    with monkeypatch.context() as broken:
        fail(tests.store, broken)
        for number in range(1, 6):
            shown = tests.answer(ticket, number, right(tests, ticket, number), "en")
            assert shown["kept"] is False and str(shown["alert"]) == "The disk is full."
        assert (shown["view"], shown["result"]["count"]) == ("result", 5)
        with pytest.raises(StoreError, match="disk is full"):
            class_results.view(tests, teacher.secret, ENGLISH)
    assert class_results.view(tests, teacher.secret, ENGLISH)["finished"] == 1  # it has been written by now
    assert tests.view(ticket, "en")["kept"] is True


def test_who_begins_while_nothing_can_be_written_takes_part_too(tests, monkeypatch):
    teacher = made(tests)
    take(tests, teacher.code, 5)  # its clips have been read
    with monkeypatch.context() as broken:
        for name in ("add_listener", "add_answers"):
            broken.setattr(tests.store, name, lambda *_: (_ for _ in ()).throw(StoreError("The disk is full.")))
        ticket = take(tests, teacher.code, 3)
        shown = tests.view(ticket, "en")
        assert (shown["kept"], shown["result"]["count"]) == (False, 3)
    tests.close(teacher.secret)
    assert [one["right"] for one in class_results.view(tests, teacher.secret, ENGLISH)["listeners"]] == [5, 3]


def test_an_answer_after_the_end_does_not_count(tests):
    teacher = made(tests)
    slow = take(tests, teacher.code, 2, upto=3)
    done = take(tests, teacher.code, 4)
    tests.close(teacher.secret)
    shown = tests.answer(slow, 4, "A", "en")
    assert (shown["view"], shown["right"], shown["answered"]) == ("closed", 2, 3)
    assert tests.view(slow, "en")["view"] == "closed"
    assert tests.view(done, "en")["view"] == "result"
    assert tests.about(teacher.code)["view"] == "closed"
    with pytest.raises(ClassClosed):
        tests.begin(teacher.code, "headphones")
    shown = class_results.view(tests, teacher.secret, ENGLISH)
    assert (shown["began"], shown["finished"], [one["right"] for one in shown["listeners"]]) == (2, 1, [4])


# ---- a teacher


def test_before_the_end_a_teacher_sees_how_many_and_nothing_else(tests):
    teacher = made(tests)
    tests.begin(teacher.code, "headphones")  # has only opened it
    take(tests, teacher.code, 5)
    take(tests, teacher.code, 0, upto=2)
    shown = class_results.view(tests, teacher.secret, ENGLISH)
    assert (shown["view"], shown["began"], shown["finished"], shown["answers"]) == ("open", 2, 1, 7)
    assert not {"listeners", "bars", "pooled", "conclusion", "csv"} & shown.keys()
    for nobody in (teacher.code, "", None, teacher.secret + "x"):
        with pytest.raises(NoSuchClass):
            class_results.view(tests, nobody, ENGLISH)


def test_results_of_a_class(tests):
    teacher = made(tests)
    hits = [5, 5, 4, 4, 3, 5, 2]
    for number, count in enumerate(hits):
        take(tests, teacher.code, count, output="headphones" if number % 2 else "speakers")
    take(tests, teacher.code, 1, upto=2)
    tests.close(teacher.secret)
    shown = class_results.view(tests, teacher.secret, ENGLISH)
    assert [one["right"] for one in shown["listeners"]] == hits
    assert [bar["listeners"] for bar in shown["bars"]] == [0, 0, 1, 1, 2, 3]
    assert shown["pooled"]["right"] == 28 and shown["pooled"]["answers"] == 35
    assert [each["listeners"] for each in shown["outputs"]] == [3, 4]
    assert "28 of 35 answers right, 80 %" in shown["conclusion"]
    rows = [*csv.DictReader(io.StringIO(shown["csv"]))]
    assert len(rows) == 7 * 5 + 2
    assert sum(row["right"] == "yes" for row in rows if row["finished"] == "yes") == 28
    assert {row["second"] for row in rows} == {"'=No regularizer"}  # no spreadsheet runs it
    for row in rows:
        assert (row["x"] == row[row["answer"].lower()]) == (row["right"] == "yes")
        assert row["text"] == f"Words of {row['sentence']} {HOSTILE}"


def test_a_conclusion_in_chinese_has_no_english_in_it(tests):
    teacher = made(tests)
    for _ in range(6):
        take(tests, teacher.code, 5)
    tests.close(teacher.secret)
    said = class_results.view(tests, teacher.secret, LANGUAGES["zh"])["conclusion"]
    assert "这个班能分辨“随机失活”和“无正则化”" in said and not re.search("[a-z]{3}", said)


def test_what_cannot_be_a_class_is_refused(tests):
    for systems, sentences in ((("a", "a"), SENTENCES), (SYSTEMS, ()), (SYSTEMS, SENTENCES[:1])):
        with pytest.raises(ListeningError):
            tests.make(FIVE, systems, NAMES, sentences, clip)

    def broken(system, sentence):
        raise ValueError(system)

    with pytest.raises(ListeningError, match="could not be made") as refused:
        tests.make(FIVE, SYSTEMS, NAMES, SENTENCES, broken)
    assert SYSTEMS[0] not in str(refused.value)


def test_a_deleted_class_is_gone_for_everybody(tests):
    teacher = made(tests)
    ticket = take(tests, teacher.code, 1, upto=1)
    tests.delete(teacher.secret)
    with pytest.raises(NoSuchClass):
        class_results.view(tests, teacher.secret, ENGLISH)
    with pytest.raises(NoSuchClass):
        tests.about(teacher.code)
    with pytest.raises(UnknownTicket):
        tests.answer(ticket, 2, "A", "en")


def test_who_began_before_the_file_was_lost_does_not_end_up_in_another_class(tests, tmp_path):
    old = made(tests)
    ticket = take(tests, old.code, 1, upto=1)
    (tmp_path / "classes.sqlite3").unlink()
    new = made(tests)
    for number in range(2, 6):
        shown = tests.answer(ticket, number, "A", "en")
    assert shown["view"] == "result" and shown["kept"] is False
    assert class_results.view(tests, new.secret, ENGLISH)["began"] == 0


# ---- over the wire


@pytest.fixture
def client(tests):
    return TestClient(app(tests))


def test_the_route_answers_in_the_pages_language(client, tests):
    teacher = made(tests)
    begun = client.post("/class/begin", json={"code": teacher.code, "output": "speakers", "lang": "zh"}).json()
    assert begun["view"] == "practice" and len(begun["ticket"]) >= 32
    said = client.post("/class/view", json={"ticket": "nobody", "lang": "zh"}).json()
    assert said["gone"] is True and said["alert"].startswith("这个浏览器还没有开始")
    assert client.post("/class/about", json={"code": "AAAA"}).json() == {
        "alert": "There is no such class here, or no longer: a class is kept for 30 days."
    }
    assert len(teacher.secret) * 6 >= 128
    assert client.post("/class/results", json={"secret": teacher.secret}).json()["view"] == "open"
    assert client.post("/class/close", json={"secret": teacher.secret}).json()["view"] == "closed"
    assert client.post("/class/delete", json={"secret": teacher.secret}).json() == {"view": "deleted"}
    refused = client.post("/class/code", json={"secret": teacher.secret, "link": "x"}).json()
    assert "alert" in refused


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"[" * 1900, b'{"code": {"a": []}, "ticket": [], "secret": {}}', b"x" * 5000]
)
def test_junk_is_answered_with_a_sentence(client, tests, body):
    made(tests)
    for deed in ("about", "begin", "view", "answer", "results", "close", "delete", "code", "no such deed"):
        answer = client.post(f"/class/{deed}", content=body)
        assert answer.status_code == 200
        told = answer.json()
        assert told == {} or re.fullmatch(r"[A-Z].*\.", told["alert"]), deed
        assert "Traceback" not in answer.text


def test_the_page_stands_where_a_link_asks_for_a_class_and_nowhere_else(client):
    for path, lang in (("/?class=ABC", "en"), ("/zh?class=ABC&results", "zh"), ("/?class", "en")):
        page = client.get(path)
        assert page.status_code == 200 and f'<html lang="{lang}">' in page.text
        assert "ABC" not in page.text  # nothing of the address stands in it
    for path in ("/", "/?challenge", "/other?class=ABC", "/components?class=A"):
        assert client.get(path).status_code == 404
