"""The SQLite file in which classes are kept: opened, made, and what is said where it cannot be.

Each call opens it anew: a file that was deleted or replaced meanwhile is noticed, and threads share nothing.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from tts_demo.messages import MessageError

DAYS = 30  # after which a class is deleted
_NAME = "classes.sqlite3"
_PAGE = 4096
_PATIENCE = 5.0  # seconds that a call waits for another one's
_SCHEMA = """
CREATE TABLE IF NOT EXISTS class (
  id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, secret BLOB NOT NULL UNIQUE, made REAL NOT NULL, closed REAL,
  trials INTEGER NOT NULL, practice TEXT NOT NULL, names TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS clip (
  class INTEGER NOT NULL REFERENCES class ON DELETE CASCADE, sentence TEXT NOT NULL, system INTEGER NOT NULL,
  sound BLOB NOT NULL, PRIMARY KEY (class, sentence, system));
CREATE TABLE IF NOT EXISTS listener (
  id INTEGER PRIMARY KEY, class INTEGER NOT NULL REFERENCES class ON DELETE CASCADE, ticket BLOB NOT NULL UNIQUE,
  seed INTEGER NOT NULL, output TEXT NOT NULL, began REAL NOT NULL);
CREATE INDEX IF NOT EXISTS listener_of ON listener (class);
CREATE TABLE IF NOT EXISTS answer (
  listener INTEGER NOT NULL REFERENCES listener ON DELETE CASCADE, trial INTEGER NOT NULL, choice TEXT NOT NULL,
  given REAL NOT NULL, PRIMARY KEY (listener, trial)) WITHOUT ROWID;
PRAGMA user_version = 1;
"""
_log = logging.getLogger(__name__)


class StoreError(MessageError):
    """The file cannot be read or written; the message is a sentence for a teacher or a pupil."""


class NoSuchClass(StoreError):
    """There is none of this code or secret, or no longer."""

    def __init__(self) -> None:
        super().__init__("There is no such class here, or no longer: a class is kept for {days} days.", days=DAYS)


class ClassClosed(StoreError):
    """No more answers are taken."""

    def __init__(self) -> None:
        super().__init__("This class is closed: no more answers are taken.")


class Damaged(StoreError):
    """The file is no database, or not a whole one."""

    def __init__(self) -> None:
        super().__init__("The results of classes cannot be read: the server's file is damaged.")


class ClassFile:
    """The file in a folder; both are made when the first class is.

    Parameters
    ----------
    folder : where the file is.
    most_bytes : the file never grows beyond.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._path, self._most_pages = folder, folder / _NAME, most_bytes // _PAGE

    @contextlib.contextmanager
    def open(self, new: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction on the file, which is made where it is missing and `new`; raises `StoreError`."""
        try:
            if new:
                self._folder.mkdir(parents=True, exist_ok=True)
            elif not self._path.exists():
                raise NoSuchClass
            address = f"{self._path.absolute().as_uri()}?mode={'rwc' if new else 'rw'}"
            with contextlib.closing(
                sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)
            ) as file:
                self._prepare(file, new)
                file.execute("BEGIN IMMEDIATE")
                try:
                    yield file
                except BaseException:
                    if file.in_transaction:  # a full disk has ended it already
                        file.execute("ROLLBACK")
                    raise
                file.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise _said(error) from error

    def _prepare(self, file: sqlite3.Connection, new: bool) -> None:
        """Settings of a connection, and the tables of a new file."""
        file.execute("PRAGMA foreign_keys = ON")
        file.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        file.execute("PRAGMA synchronous = FULL")  # an answer that was taken outlives a power cut
        file.execute(f"PRAGMA max_page_count = {self._most_pages}")
        if not new:
            return
        file.execute("PRAGMA journal_mode = WAL")  # stays with the file; where it cannot be, the older journal does
        if file.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise Damaged
        if file.execute("PRAGMA user_version").fetchone() == (0,):
            file.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")

    def put_aside(self) -> None:
        """Rename a damaged file, for whoever may rescue something, and make room for a new one."""
        number = 1
        while (aside := self._path.with_name(f"classes.damaged-{number}.sqlite3")).exists():
            number += 1
        _log.error("The file of classes is damaged: it is now called %s, and a new one is begun", aside.name)
        try:
            for end in ("", "-wal", "-shm"):
                part = self._path.with_name(self._path.name + end)
                if part.exists():
                    part.rename(f"{aside}{end}")
        except OSError as error:
            raise _said(error) from error


def _said(error: sqlite3.Error | OSError) -> StoreError:
    """What went wrong with the file, in a sentence; the details go to the log."""
    name = getattr(error, "sqlite_errorname", "")
    _log.warning("The file of classes: %s (%s)", error, name or type(error).__name__)
    if name.startswith("SQLITE_FULL"):
        return StoreError("The results of classes cannot be kept at present: the server's disk is full.")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError("The results of classes cannot be kept at present: the server is busy. Please try again.")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")) or isinstance(error, OSError):
        return StoreError("The results of classes cannot be kept: the server's folder for them cannot be written.")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return Damaged()
    return StoreError("The results of classes cannot be kept at present: the server's file cannot be used.")
