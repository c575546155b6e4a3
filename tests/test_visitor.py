"""Events of one page overlap: whatever they do to their visitor at once, nothing is lost."""

import copy
import functools
import pickle
import threading
from contextlib import contextmanager

import gradio as gr
import pytest

from tts_demo import corpus
from tts_demo.config import RunConfig
from tts_demo.lesson import LESSON
from tts_demo.ui.lab import session
from tts_demo.ui.lab.controls import Chosen
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.kept_runs import LostRun
from tts_demo.ui.lab.sentences import Wanted
from tts_demo.ui.lab.table_handlers import TableHandlers
from tts_demo.ui.lab.visitor import Begun, InOrder, Last, Latest, Visitor
from tts_demo.ui.locales.catalog import LANGUAGES

PATIENCE = 60  # seconds, of a test that fails


class Watched:
    """A lock that tells when somebody has to wait for it."""

    def __init__(self):
        self.lock, self.somebody_waits = threading.RLock(), threading.Event()

    def __enter__(self):
        if not self.lock.acquire(blocking=False):
            self.somebody_waits.set()
            self.lock.acquire()

    def __exit__(self, *_):
        self.lock.release()


@contextmanager
def in_the_middle_of_a_renaming(visitor):
    """What is called in the block comes while another event has read the session and not yet written it.

    That one goes on as soon as the block waits for it, or where it does not wait, when the block is done.
    """
    lock = visitor._lock = Watched()
    has_read = threading.Event()

    def slow(now):
        has_read.set()
        assert lock.somebody_waits.wait(PATIENCE)
        return session.renamed(now, "first", "Renamed")

    other = threading.Thread(target=visitor.update_session, args=(slow,))
    other.start()
    assert has_read.wait(PATIENCE)
    yield
    lock.somebody_waits.set()
    other.join(PATIENCE)
    assert not other.is_alive()


class Trainer:
    """Of an engine, what a click on Train and a button of the table ask for."""

    def submit_together(self, configs, visitor):
        return ["new" for _ in configs]

    def visitor(self, run_id):
        return ""

    def wait_seconds(self, run_id):
        return None

    def renew_lease(self, run_id):
        pass

    def end(self, run_id):
        pass

    def config(self, run_id):
        return RunConfig()

    def events_after(self, run_id, n, timeout):
        return []

    def queue_position(self, run_id):
        return 0

    def promised_seconds(self, run_id):
        return None


def two_runs():
    return Visitor((session.Experiment("first", "First", 0), session.Experiment("second", "Second", 1)))


def names(visitor):
    return [experiment.label for experiment in visitor.session]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (lambda page, visitor: page.train(visitor, Wanted("unseen", "", ""), Chosen.of(RunConfig()), False),
         ["Renamed", "Second", "No regularizer"]),
        (lambda page, visitor: TableHandlers(page).act(visitor, {"action": "delete", "run": "second"}), ["Renamed"]),
        (lambda page, visitor: TableHandlers(page).act(visitor, {"action": "rename", "run": "second", "text": "Other"}),
         ["Renamed", "Other"]),
        (lambda page, visitor: visitor.arrive((session.Experiment("kept", "Kept", 2),), (), ()),
         ["Kept", "Renamed", "Second"]),
        (lambda page, visitor: visitor.began([Begun("a", "A"), Begun("b", "B", "met")]),
         ["Renamed", "Second", "A", "B"]),
    ],
    ids=["train", "delete", "rename", "load", "run and twin"],
)  # fmt: skip
def test_two_events_at_once_lose_nothing(event, expected):
    page, visitor = Handlers(Trainer(), LANGUAGES["en"], corpus.load(LESSON.corpus)), two_runs()
    with in_the_middle_of_a_renaming(visitor):
        event(page, visitor)
    assert names(visitor) == expected


def test_many_events_at_once_lose_nothing():
    """Six names given, a run deleted by each of six threads, all begun at once."""
    visitor = Visitor()
    visitor.began([Begun(str(number), "before") for number in range(6)])
    together = threading.Barrier(12)

    def rename(number):
        together.wait(PATIENCE)
        for turn in range(100):
            visitor.update_session(functools.partial(session.renamed, run_id=str(number), label=f"name {turn}"))

    def delete(number):
        together.wait(PATIENCE)
        for turn in range(100):
            visitor.delete(f"gone-{number}-{turn}")

    threads = [threading.Thread(target=each, args=(number,)) for each in (rename, delete) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert names(visitor) == ["name 99"] * 6
    assert len(set(visitor.deleted)) == len(visitor.deleted) == 600


def test_a_page_gets_a_visitor_of_its_own():
    """As gradio copies a state's first value for each page."""
    template = two_runs()
    template.look_into("first")
    lost = LostRun("gone", "Gone", 2, RunConfig())
    template.arrive((), (lost,), ())
    for made in (gr.State(template).value, copy.deepcopy(template), pickle.loads(pickle.dumps(template))):
        assert made.session == template.session and made.lost == (lost,)
        assert made.inside().run_id == "first"
        made.delete("first")
        made.wishes.ask()
        assert made.offered.replace(("first",)) and not made.offered.replace(("first",))
        for mine, others in ((made, template), (made.wishes, template.wishes), (made.offered, template.offered)):
            assert mine is not others and mine._lock is not others._lock
    assert names(template) == ["First", "Second"] and template.deleted == ()
    assert template.wishes.ask() == 1 and template.offered.replace(("first",))


def test_only_the_newest_question_is_answered():
    questions = Latest()
    first, second = questions.ask(), questions.ask()
    assert not questions.is_newest(first) and questions.is_newest(second)
    assert questions.answer(first) and questions.answer(second) and questions.answer(second)
    assert not questions.answer(first)


def test_each_of_many_questions_has_a_number_of_its_own():
    questions, together, numbers = Latest(), threading.Barrier(8), []

    def ask():
        together.wait(PATIENCE)
        numbers.extend([questions.ask() for _ in range(200)])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(numbers) == list(range(1, 1601))


def test_what_was_told_is_not_told_twice():
    told = Last(())
    assert not told.replace(()) and told.replace((1,)) and not told.replace((1,)) and told.replace(())


def test_what_a_part_is_told_has_an_order_and_nothing_is_told_twice():
    curves = InOrder()
    assert curves.last() is None
    first = curves.numbered(lambda: {"points": [1]})
    assert curves.changed(lambda: {"points": [1]}) is None
    second = curves.changed(lambda: {"points": []})
    assert first["points"] == [1] and second["points"] == []
    assert first["order"] < second["order"] == curves.last()["order"]
    assert curves.last() == second


def test_a_greater_order_never_saw_an_older_page():
    curves, page, told = InOrder(), iter(range(2000)), []
    each = functools.partial(curves.numbered, lambda: {"seen": next(page)})
    threads = [threading.Thread(target=lambda: told.extend(each() for _ in range(200))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    seen = [one["seen"] for one in sorted(told, key=lambda one: one["order"])]
    assert seen == sorted(seen) and len(seen) == 1600


def test_a_wish_has_the_moment_that_it_was_made_for():
    visitor = two_runs()
    early = visitor.wish_at(5)
    assert visitor.wish().moment == 5
    late = visitor.wish_at(None)
    assert (early.moment, late.moment) == (5, None) and late.number > early.number
    assert visitor.wishes.is_newest(late.number) and not visitor.wishes.is_newest(early.number)
    assert late.session == visitor.session


def test_each_page_has_a_key_of_its_own_and_a_browser_that_comes_back_has_its_old_one():
    template = Visitor()
    one, other = (copy.deepcopy(template) for _ in range(2))
    assert one.key == one.key != other.key and len(one.key) >= 16
    other.is_known(one.key)
    assert other.key == one.key
    other.is_known("")  # of a run that is nobody's
    assert other.key == one.key
