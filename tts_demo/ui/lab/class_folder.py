"""Where results of classes are kept, unless somebody says where."""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tts_demo.ui.lab.class_store import ClassStore

VARIABLE = "TTS_DEMO_CLASS_RESULTS"
_NAME = "hear-overfitting"
_SPACES_DISK = Path("/data")  # what a Space with storage of its own keeps when it is started anew


def store_in(folder: str | None, runs: Path, environment: Mapping[str, str] = os.environ) -> ClassStore:
    """The store in a folder, or where that is None, in that of `TTS_DEMO_CLASS_RESULTS`, or else in the default one.

    The default is the user's folder for programs' data; on Hugging Face Spaces, the Space's storage. Where that cannot
    be written or is temporary itself (as in our container, whose user's home is /tmp), or a Space has none, it is
    beside the runs, and goes with them: the teacher's page says so. A folder that somebody has named is used in any
    case: what is wrong with it is said on the console, and to the teacher.

    Parameters
    ----------
    folder : what was asked for.
    runs : the program's temporary folder.
    environment : what stands in for `os.environ`.
    """
    named = folder or environment.get(VARIABLE)
    if named:
        if not writable(Path(named)):
            print(f"results of classes cannot be kept: {named} cannot be written")
        return ClassStore(Path(named).expanduser())
    default = _default(environment)
    lasts = default and writable(default) and not default.absolute().is_relative_to(Path(tempfile.gettempdir()))
    return ClassStore(default) if default and lasts else ClassStore(runs / "classes", lasting=False)


def _default(environment: Mapping[str, str]) -> Path | None:
    """The user's folder for programs' data; None where nothing lasts."""
    if "SPACE_ID" in environment:
        return _SPACES_DISK / _NAME if _SPACES_DISK.is_dir() else None
    try:
        home = Path.home()
    except RuntimeError:  # a user without one, as in a container
        return None
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / _NAME
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / _NAME
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / _NAME


def writable(folder: Path) -> bool:
    """Whether a file can be made in a folder, or the folder in the one above that exists."""
    there = folder.expanduser().absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
