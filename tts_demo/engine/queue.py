"""Who trains next: visitors take turns, and a run and its twin are one turn.

>>> queue = FairQueue(limit=40, own_limit=20)
>>> queue.add(["a1", "a1's twin"], "a")
>>> queue.add(["a2"], "a")
>>> queue.add(["b1"], "b")
>>> list(queue)
['a1', "a1's twin", 'b1', 'a2']
>>> queue.take(), queue.place("b1")
('a1', 2)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tts_demo.engine.base import EngineError

T = TypeVar("T")


@dataclass(eq=False)
class _Turn(Generic[T]):
    visitor: str
    jobs: list[T]
    round: int
    overtaken: int = 0
    begun: bool = False


class FairQueue(Generic[T]):
    """Runs that wait, in the order in which they are handed out.

    Each visitor has one turn in a round, whatever came first: a visitor's second run goes behind the first ones of all
    others. Who comes later begins in the round that is under way, and no turn is overtaken more often than `limit`
    times, so nobody waits for ever.

    What waits is told apart by `==`.

    Parameters
    ----------
    limit : int
        How many turns may wait. When half of that do, only those are taken whose visitor has none that waits.
    own_limit : int
        How many of them may be one visitor's.
    """

    def __init__(self, limit: int, own_limit: int) -> None:
        self._limit, self._own_limit = limit, own_limit
        self._turns: list[_Turn[T]] = []
        self._round = 0  # of the turn that has begun last
        self._begun: dict[str, int] = {}  # the round of each visitor's last turn that has begun, if it is this one

    def __iter__(self) -> Iterator[T]:
        return (job for turn in self._turns for job in turn.jobs)

    def __len__(self) -> int:
        return sum(len(turn.jobs) for turn in self._turns)

    def __contains__(self, job: object) -> bool:
        return any(job == one for one in self)

    def place(self, job: T) -> int:
        """Which it is of those that wait: 1 for the next one, 0 for one that does not wait."""
        return next((number for number, one in enumerate(self, 1) if one == job), 0)

    def add(self, jobs: Sequence[T], visitor: str = "") -> None:
        """Let jobs wait as one turn; "" is a visitor of whom no more is known, and whom no limit but the queue's holds.

        Raises
        ------
        EngineError
            Where there is no room, for anybody or for this visitor.
        """
        waiting, own = len(self._turns), [turn for turn in self._turns if visitor and turn.visitor == visitor]
        if waiting >= self._limit:
            raise EngineError("{count} runs are waiting already. Please try again in some minutes.", count=waiting)
        if len(own) >= self._own_limit or (own and waiting >= self._limit / 2):
            raise EngineError(
                "{own} of your runs are waiting already, and {others} of others. Please wait until one of yours has "
                "begun, or stop it.", own=len(own), others=waiting - len(own),
            )  # fmt: skip
        before = own[-1].round + 1 if own else self._begun.get(visitor, -1) + 1
        turn = _Turn(visitor, list(jobs), max(self._round, before) if visitor else self._round)
        at = len(self._turns)
        while at and self._turns[at - 1].round > turn.round and self._may_be_overtaken(self._turns[at - 1]):
            at -= 1
        for other in self._turns[at:]:
            other.overtaken += 1
        self._turns.insert(at, turn)

    def take(self, attended: Callable[[T], bool] = lambda job: True) -> T | None:
        """The next one, which waits no more; one that nobody attends lets the others pass and keeps its place."""
        turn = next((turn for turn in self._turns if any(map(attended, turn.jobs))), None)
        if turn is None and not self._turns:
            return None
        turn = turn or self._turns[0]
        job = turn.jobs.pop(0)
        if not turn.begun:
            turn.begun = True
            self._round = max(self._round, turn.round)
            self._begun = {name: at for name, at in self._begun.items() if at >= self._round}
            if turn.visitor:
                self._begun[turn.visitor] = turn.round
        self._without_empty_turns()
        return job

    def put_back(self, job: T, visitor: str = "") -> None:
        """Let one that was taken wait again, before all others and whatever the limits are: it has lost its turn."""
        self._turns.insert(0, _Turn(visitor, [job], self._round, begun=True))

    def remove(self, job: T) -> bool:
        """Let a job wait no more; whether it did."""
        waited = job in self
        for turn in self._turns:
            turn.jobs = [one for one in turn.jobs if one != job]
        self._without_empty_turns()
        return waited

    def _may_be_overtaken(self, turn: _Turn[T]) -> bool:
        return not turn.begun and turn.overtaken < self._limit

    def _without_empty_turns(self) -> None:
        self._turns = [turn for turn in self._turns if turn.jobs]


def starts(lasting: Sequence[float], busy: Sequence[float], slots: int) -> list[float]:
    """In how many seconds each of those that wait will begin.

    Parameters
    ----------
    lasting : seconds that each will take, in the order of the queue
    busy : seconds that those that go on still take
    slots : how many can go on at once

    >>> starts([10, 5, 5], busy=[3, 4], slots=2)
    [3, 4, 9]
    """
    free = sorted([*busy, *[0.0] * (slots - len(busy))])
    found = []
    for seconds in lasting:
        begins = free.pop(0)
        found.append(begins)
        free = sorted([*free, begins + seconds])
    return found
