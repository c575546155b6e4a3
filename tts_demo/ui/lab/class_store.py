"""Classes, who listens in them, and each answered trial, in one SQLite file that outlives the program.

Of a class it keeps the clips too, so that what its pupils hear is what the teacher chose, whatever becomes of the run.
No name, no address and no agent of a browser is kept. A ticket (a pupil's) and a secret (the teacher's) are kept as
digests: whoever reads the file cannot use them.
"""

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tts_demo.listening import Choice
from tts_demo.ui.lab.class_file import DAYS, ClassClosed, ClassFile, Damaged, NoSuchClass, StoreError

MOST_CLASSES = 200
MOST_LISTENERS = 300  # of one class
MOST_BYTES = 700_000_000  # of the file; a class takes some 2 MB
UNUSED_SECONDS = 24 * 3600.0  # after which a class that nobody has answered makes room for another one
ALPHABET = "34679ACDEFGHJKMNPQRTVWXY"  # no two that look alike on a blackboard
CODE_LENGTH = 8
_DAY = 24 * 3600.0
_FOUND = "SELECT id, code, made, closed IS NOT NULL, trials, practice, names FROM class WHERE made > :since AND "
_FIND = {"code": f"{_FOUND}code = :value", "secret": f"{_FOUND}secret = :value", "id": f"{_FOUND}id = :value"}


@dataclass(frozen=True)
class KeptClass:
    """A class as it was made: `names` of the two voices is JSON, by language."""

    id: int
    code: str
    made: float
    closed: bool
    trials: int
    practice: str
    names: str


@dataclass(frozen=True)
class KeptListener:
    """Somebody who listens: the class, the seed of the plan, "headphones" or "speakers", answers by trial.

    Trial 0 is the practice.
    """

    id: int
    class_id: int
    seed: int
    output: str
    answers: Mapping[int, Choice]


class ClassStore:
    """The file in a folder; both are made when the first class is.

    Parameters
    ----------
    folder : where the file is.
    lasting : whether what is there outlives the program and its machine, as far as one knows.
    most_bytes : the file never grows beyond.
    now : seconds since 1970.
    """

    def __init__(
        self, folder: Path, lasting: bool = True, most_bytes: int = MOST_BYTES, now: Callable[[], float] = time.time
    ) -> None:
        self.folder, self.lasting = folder, lasting
        self._file, self._now = ClassFile(folder, most_bytes), now

    # ---- what a teacher does

    def add_class(
        self, secret: str, trials: int, practice: str, names: str, clips: Mapping[tuple[str, int], bytes]
    ) -> str:
        """Keep a class and return its code; `clips` are sounds by sentence and system (0 or 1).

        Raises
        ------
        StoreError
            Where there is no room, or the file cannot be written.
        """
        try:
            return self._added(secret, trials, practice, names, clips)
        except Damaged:
            self._file.put_aside()
            return self._added(secret, trials, practice, names, clips)

    def _added(
        self, secret: str, trials: int, practice: str, names: str, clips: Mapping[tuple[str, int], bytes]
    ) -> str:
        with self._file.open(new=True) as file:
            self._forget(file)
            (count,) = file.execute("SELECT count(*) FROM class").fetchone()
            if count >= MOST_CLASSES:
                raise StoreError("This server keeps {most} classes already: please try again later.", most=MOST_CLASSES)
            code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
            # never used again, not by another file either: who listens may be remembered longer than the class is kept
            number = secrets.randbits(62)
            file.execute(
                "INSERT INTO class (id, code, secret, made, trials, practice, names) "
                "VALUES (:id, :code, :secret, :made, :trials, :practice, :names)",
                {
                    "id": number, "code": code, "secret": _digest(secret), "made": self._now(), "trials": trials,
                    "practice": practice, "names": names,
                },
            )  # fmt: skip
            file.executemany(
                "INSERT INTO clip (class, sentence, system, sound) VALUES (:class, :sentence, :system, :sound)",
                [
                    {"class": number, "sentence": sentence, "system": system, "sound": sound}
                    for (sentence, system), sound in clips.items()
                ],
            )
        return code

    def close(self, secret: str) -> None:
        """Take no more answers."""
        with self._file.open() as file:
            found = self._class(file, "secret", _digest(secret))
            file.execute(
                "UPDATE class SET closed = coalesce(closed, :now) WHERE id = :id", {"now": self._now(), "id": found.id}
            )

    def delete(self, secret: str) -> None:
        """Forget a class and everything that belongs to it."""
        with self._file.open() as file:
            found = self._class(file, "secret", _digest(secret))
            file.execute("DELETE FROM class WHERE id = :id", {"id": found.id})

    def class_of_secret(self, secret: str) -> KeptClass:
        """The class of a teacher's secret."""
        with self._file.open() as file:
            return self._class(file, "secret", _digest(secret))

    def listeners(self, class_id: int) -> list[KeptListener]:
        """Everybody who listens in a class, in the order in which they came."""
        with self._file.open() as file:
            rows = file.execute(
                "SELECT listener.id, seed, output, trial, choice FROM listener LEFT JOIN answer "
                "ON answer.listener = listener.id WHERE class = :class ORDER BY listener.id, trial",
                {"class": class_id},
            ).fetchall()
        found: dict[int, tuple[int, str, dict[int, Choice]]] = {}
        for listener, seed, output, trial, choice in rows:
            answers = found.setdefault(listener, (seed, output, {}))[2]
            if trial is not None:
                answers[trial] = choice
        return [KeptListener(listener, class_id, *rest) for listener, rest in found.items()]

    # ---- what a pupil does

    def class_of_code(self, code: str) -> KeptClass:
        """The class of a code."""
        with self._file.open() as file:
            return self._class(file, "code", code)

    def class_of_id(self, class_id: int) -> KeptClass:
        """The class of a listener."""
        with self._file.open() as file:
            return self._class(file, "id", class_id)

    def sounds(self, class_id: int) -> dict[tuple[str, int], bytes]:
        """Every clip of a class, as it was given to `add_class`."""
        with self._file.open() as file:
            rows = file.execute(
                "SELECT sentence, system, sound FROM clip WHERE class = :id", {"id": class_id}
            ).fetchall()
        return {(sentence, system): sound for sentence, system, sound in rows}

    def add_listener(self, class_id: int, ticket: str, seed: int, output: str) -> None:
        """Keep somebody who begins; the same ticket once more changes nothing."""
        with self._file.open() as file:
            found = self._class(file, "id", class_id)
            if found.closed:
                raise ClassClosed
            (count,) = file.execute("SELECT count(*) FROM listener WHERE class = :id", {"id": class_id}).fetchone()
            if count >= MOST_LISTENERS:
                raise StoreError("{most} browsers have taken part in this class: it is full.", most=MOST_LISTENERS)
            file.execute(
                "INSERT OR IGNORE INTO listener (class, ticket, seed, output, began) "
                "VALUES (:class, :ticket, :seed, :output, :began)",
                {"class": class_id, "ticket": _digest(ticket), "seed": seed, "output": output, "began": self._now()},
            )

    def listener(self, ticket: str) -> KeptListener | None:
        """Who has this ticket; None for nobody."""
        with self._file.open() as file:
            row = file.execute(
                "SELECT id, class, seed, output FROM listener WHERE ticket = :ticket", {"ticket": _digest(ticket)}
            ).fetchone()
            if row is None:
                return None
            answers = file.execute("SELECT trial, choice FROM answer WHERE listener = :id", {"id": row[0]}).fetchall()
        number, class_id, seed, output = row
        return KeptListener(number, class_id, seed, output, dict(answers))

    def add_answers(self, ticket: str, answers: Sequence[tuple[int, Choice]]) -> None:
        """Keep answers to trials; of two to the same trial the first one counts.

        Raises
        ------
        ClassClosed
            If no more are taken.
        StoreError
            Where they cannot be kept.
        """
        with self._file.open() as file:
            row = file.execute(
                "SELECT listener.id, closed FROM listener JOIN class ON class.id = class WHERE ticket = :ticket",
                {"ticket": _digest(ticket)},
            ).fetchone()
            if row is None:
                raise NoSuchClass
            if row[1] is not None:
                raise ClassClosed
            file.executemany(
                "INSERT OR IGNORE INTO answer (listener, trial, choice, given) VALUES (:id, :trial, :choice, :given)",
                [{"id": row[0], "trial": trial, "choice": choice, "given": self._now()} for trial, choice in answers],
            )

    # ---- the file

    def _class(self, file: sqlite3.Connection, by: str, value: str | int | bytes) -> KeptClass:
        """A class by its "code", "secret" (its digest) or "id"; raises `NoSuchClass`."""
        row = file.execute(_FIND[by], {"value": value, "since": self._now() - DAYS * _DAY}).fetchone()
        if row is None:
            raise NoSuchClass
        number, code, made, closed, trials, practice, names = row
        return KeptClass(number, code, made, bool(closed), trials, practice, names)

    def _forget(self, file: sqlite3.Connection) -> None:
        """Delete what is too old, and where there is no room, what nobody has used."""
        file.execute("DELETE FROM class WHERE made <= :until", {"until": self._now() - DAYS * _DAY})
        file.execute(
            "DELETE FROM class WHERE made <= :until AND (SELECT count(*) FROM class) >= :most "
            "AND NOT EXISTS (SELECT 1 FROM listener WHERE listener.class = class.id)",
            {"until": self._now() - UNUSED_SECONDS, "most": MOST_CLASSES},
        )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
