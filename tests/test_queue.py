"""Whose turn it is: rounds, twins, limits, those that nobody attends; and when each will begin."""

import random

import pytest

from tts_demo.engine import EngineError
from tts_demo.engine.queue import FairQueue, starts


def queue(limit=40, own_limit=20):
    return FairQueue(limit, own_limit)


def taken(waiting, attended=lambda job: True):
    return [waiting.take(attended) for _ in range(len(waiting))]


def test_a_visitors_second_run_goes_behind_the_first_ones_of_others():
    waiting = queue()
    for job, visitor in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b")):
        waiting.add([job], visitor)
    assert [waiting.place(job) for job in ("a1", "a2", "b1", "nobody")] == [1, 4, 2, 0]
    assert taken(waiting) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_second_run_waits_for_the_round_that_is_under_way_though_the_first_one_has_begun():
    waiting = queue()
    waiting.add(["a1"], "a")
    assert waiting.take() == "a1"
    waiting.add(["a2"], "a")
    waiting.add(["b1"], "b")
    assert taken(waiting) == ["b1", "a2"]
    waiting.add(["b2"], "b")
    waiting.add(["c1"], "c")
    waiting.add(["a3"], "a")
    assert taken(waiting) == ["b2", "c1", "a3"], "that round is over: who comes now begins in the second one"


def test_one_that_lost_its_worker_is_the_next_one_whatever_the_limits_say():
    waiting = queue(limit=2, own_limit=1)
    waiting.add(["a1"], "a")
    lost = waiting.take()
    waiting.add(["a2"], "a")
    waiting.add(["b1"], "b")
    waiting.put_back(lost, "a")
    assert waiting.place("a1") == 1
    assert taken(waiting) == ["a1", "b1", "a2"]
    waiting.put_back(lost, "a")
    assert waiting.remove("a1") and taken(waiting) == []


def test_a_twin_is_part_of_its_runs_turn():
    waiting = queue()
    waiting.add(["a1", "a1's twin"], "a")
    waiting.add(["b1"], "b")
    assert waiting.take() == "a1"
    waiting.add(["c1"], "c")
    assert taken(waiting) == ["a1's twin", "b1", "c1"]


def test_what_was_taken_back_does_not_count():
    waiting = queue()
    for number in range(3):
        waiting.add([number], "a")
        assert waiting.remove(number) and not waiting.remove(number)
    waiting.add(["a1"], "a")
    waiting.add(["b1"], "b")
    assert taken(waiting) == ["a1", "b1"]


def test_one_that_nobody_attends_lets_others_pass_and_keeps_its_place():
    waiting = queue()
    for job in "abc":
        waiting.add([job], job)
    assert waiting.take(lambda job: job != "a") == "b"
    assert waiting.place("a") == 1
    assert waiting.take(lambda job: False) == "a", "where nobody is attended, the first one goes on"


def test_nobody_is_overtaken_for_ever():
    waiting = queue(limit=4)
    waiting.add(["a1"], "a")
    waiting.add(["a2"], "a")
    for number in range(4):  # a newcomer each time that somebody begins
        waiting.add([number], str(number))
        assert waiting.take() != "a2"
    waiting.add(["last"], "last")
    assert "a2" in [waiting.take(), waiting.take()] and waiting.take() == "last"


def test_limits_refuse_with_a_sentence():
    waiting = queue(limit=8, own_limit=3)
    for number in range(3):
        waiting.add([number], "a")
    with pytest.raises(EngineError, match=r"^3 of your runs are waiting already, and 0 of others"):
        waiting.add([3], "a")
    waiting.add(["b1"], "b")
    with pytest.raises(EngineError, match=r"^1 of your runs are waiting already, and 3 of others"):
        waiting.add(["b2"], "b")  # half of the room is for those who have nothing yet
    for number in range(4):
        waiting.add([number], f"c{number}")
    with pytest.raises(EngineError, match=r"^8 runs are waiting already"):
        waiting.add(["d1"], "d")
    assert len(waiting) == 8


@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_each_job_is_taken_once(seed):
    chance, waiting, added, gone = random.Random(seed), queue(limit=10), [], []
    for number in range(200):
        deed = chance.choice(["add", "add", "take", "remove"])
        if deed == "add":
            jobs = [f"{number}-{part}" for part in range(chance.choice([1, 2]))]
            try:
                waiting.add(jobs, chance.choice(["", *"abc"]))
            except EngineError:
                continue
            added += jobs
        elif deed == "take":
            gone += [job for job in [waiting.take(lambda job: chance.random() < 0.5)] if job]
        elif len(waiting) and waiting.remove(job := chance.choice(list(waiting))):
            gone.append(job)
        assert [waiting.place(job) for job in waiting] == list(range(1, len(waiting) + 1))
    assert sorted(gone + taken(waiting)) == sorted(added)


def test_when_each_will_begin():
    assert starts([10, 5, 5], [], 2) == [0, 0, 5]
    assert starts([1, 1, 1], [3.0], 1) == [3, 4, 5]
    assert starts([], [3.0], 2) == []
