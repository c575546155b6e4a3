"""The command `rebuild-corpus`: make the bundle anew, or compare a new one with it."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from tts_demo.corpus import ASTERISK, DATA
from tts_demo.corpus_building.build import build, check

BUNDLE = DATA / ASTERISK


def rebuild(out: Path | None, compare: bool, progress: Callable[[str], None]) -> int:
    """Exit status of the command: 0 done or the same, 1 different.

    Raises
    ------
    SourceError
        If a Debian package or ffmpeg is missing; nothing is replaced then.
    """
    if not compare:
        build(out or BUNDLE, progress)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rebuilt = out or Path(folder) / ASTERISK
        build(rebuilt, progress)
        differences = check(BUNDLE, rebuilt)
    for line in differences:
        progress(line)
    if not differences:
        progress("The rebuilt corpus is the bundled one: same samples and tables, features within 1e-3.")
    return 1 if differences else 0
