"""Runs whose page is away: they go on while nobody else waits, and make room where somebody does."""

import time
from contextlib import closing
from dataclasses import replace

from tests.test_engine import ENDLESS, until_step
from tests.test_training import TINY
from tts_demo.engine import LocalEngine

LEASE = 0.5


def engine_of(tmp_path):
    return closing(LocalEngine(tmp_path, workers=1, lease_seconds=LEASE, patient_seconds=600))


def away_for(engine, run_id, leases):
    """Read a run without watching it, until its lease is over so many times."""
    job, n = engine._jobs[run_id], 0
    while time.monotonic() - job.renewed < leases * LEASE and not job.over:
        n += len(engine.events_after(run_id, n, timeout=LEASE))


def watched_to_the_end(engine, run_id, other):
    """A visitor watches the one run; what became of both in the end."""
    last = list(engine.follow(run_id))[-1]
    with engine._changed:
        assert engine._changed.wait_for(lambda: engine._jobs[other].over, timeout=60)
    return last.reason, engine._jobs[other].events[-1].reason


def test_a_run_goes_on_while_nobody_else_waits_and_makes_room_where_somebody_does(tmp_path):
    with engine_of(tmp_path) as engine:
        away = engine.submit(ENDLESS, "away")
        until_step(engine, away, 1)
        away_for(engine, away, leases=4)
        assert not engine._jobs[away].over
        assert watched_to_the_end(engine, engine.submit(TINY, "other"), away) == ("completed", "abandoned")
        end = engine.events_after(away, 0, timeout=0)[-1]
        assert "what it learned so far is kept" in str(end.message)
        assert engine.run(away).snapshots()[-1] == end.step > 0


def test_a_run_that_is_watched_makes_room_for_nobody(tmp_path):
    with engine_of(tmp_path) as engine:
        watched = engine.submit(replace(TINY, updates=3000), "watched")
        other = engine.submit(TINY, "other")
        for event in engine.follow(watched):
            engine.renew_lease(other)
            last = event
        assert last.reason == "completed"


def test_a_run_that_waits_keeps_its_place_while_its_page_is_away_and_lets_others_pass(tmp_path):
    with engine_of(tmp_path) as engine:
        going, away = engine.submit(ENDLESS, "first"), engine.submit(TINY, "away")
        until = time.monotonic() + 3 * LEASE
        for event in engine.follow(going):
            if event.event == "progress" and time.monotonic() > until:
                break
        assert engine.queue_position(away) == 1
        passes = engine.submit(TINY, "passes")
        assert engine.queue_position(passes) == 2
        engine.end(going)
        assert list(engine.follow(passes))[-1].reason == "completed"
        assert engine._jobs[passes].began < engine._jobs[away].began or not engine._jobs[away].began
        assert list(engine.follow(away))[-1].reason == "completed"


def test_a_page_that_says_that_it_is_closed_is_not_waited_for(tmp_path):
    with engine_of(tmp_path) as engine:
        closed, reloaded = engine.submit(ENDLESS, "closed"), engine.submit(TINY, "reloaded")
        until_step(engine, closed, 1)
        for run_id in (reloaded, closed):
            engine.leave(run_id)
            engine.renew_lease(run_id)  # what the page had asked before, overtaken
            assert engine._jobs[run_id].left
        engine._jobs[reloaded].left -= 2  # seconds later the page is there again
        engine.renew_lease(reloaded)
        assert watched_to_the_end(engine, reloaded, closed) == ("completed", "abandoned")


def test_a_run_that_waits_says_in_how_many_seconds_it_will_begin(tmp_path):
    with engine_of(tmp_path) as engine:
        going = engine.submit(ENDLESS, "first")
        until_step(engine, going, 1)  # by then the worker has told what an update takes here
        second, third = engine.submit(TINY, "second"), engine.submit(TINY, "third")
        assert engine.wait_seconds(going) is None
        assert 0 < engine.wait_seconds(second) < engine.wait_seconds(third)
        figures = engine.figures()
        assert (figures.slots, figures.running, figures.waiting, figures.refused) == (1, 1, 2, 0)
        for run_id in (third, second, going):
            engine.end(run_id)
        list(engine.follow(going))
        assert engine.figures().ended == {"stopped": 3}
