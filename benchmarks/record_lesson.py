"""Record the lesson that the page opens with: `python benchmarks/record_lesson.py` makes checkpoints/ anew.

Three runs, six clips, what Whisper base hears in them, credits; see `tts_demo/recorded_lesson.py`. More lessons are
recorded by `--config FILE --folder FOLDER`; FILE is a config in JSON as `python -m tts_demo train` takes it, and a
regularizer in it is the one that is heard. Needs requirements-benchmarks.txt, unless `--no-hear`.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import project

from tts_demo import lesson
from tts_demo.config import RunConfig
from tts_demo.lesson_recording import record
from tts_demo.settings import Choice

FOLDER = Path(__file__).resolve().parent.parent / "checkpoints"


def asked_for(file: Path | None) -> tuple[RunConfig, Choice]:
    """Config and regularizer: the file's, or the default lesson's; the default regularizer where the file has none."""
    config, regularizer = lesson.LESSON, lesson.REGULARIZER
    if file is not None:
        config = RunConfig.from_json(file.read_bytes())
    if len(config.regularizers) > 1:
        raise ValueError("A lesson shows one regularizer; this config has several regularizers.")
    return replace(config, regularizers=()), (config.regularizers or (regularizer,))[0]


def main() -> int:
    """Record; returns 0, or 2 where it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the lesson goes (checkpoints/)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="record another lesson than the default one")
    parser.add_argument("--no-hear", action="store_true", help="leave out what a recogniser hears")
    parser.add_argument("--every-snapshot", action="store_true", help="keep the weights at every recorded moment")
    options = parser.parse_args()
    hear = None
    if not options.no_hear:
        import recogniser

        project.needs(*recogniser.PACKAGES)
        hear = recogniser.hear
    try:
        config, regularizer = asked_for(options.config)
        made = record(
            config, regularizer, options.folder, hear, every_snapshot=options.every_snapshot,
            tell=lambda line: print(line, file=sys.stderr),
        )  # fmt: skip
    except (ValueError, OSError) as error:
        print(f"record_lesson: {error}", file=sys.stderr)
        return 2
    print(made.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
