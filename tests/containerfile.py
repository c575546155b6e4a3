"""What docs/hosting/Containerfile says, for tests that follow it by hand where no image can be built."""

import json
import re
import shlex
from pathlib import Path

PATH = Path(__file__).parent.parent / "docs" / "hosting" / "Containerfile"


def instructions() -> list[tuple[str, str]]:
    """Each instruction's name and what follows it, continued lines in one."""
    text = re.sub(r"^\s*#.*\n", "", PATH.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line)]


def the_only(name: str) -> str:
    """What follows the one instruction of a name."""
    (rest,) = [rest for found, rest in instructions() if found == name]
    return rest


def copied() -> list[tuple[str, str]]:
    """Pairs of a file or folder of the project and the folder, or the file's folder, that it is copied to."""
    pairs = []
    for name, rest in instructions():
        if name == "COPY":
            *sources, place = rest.split()
            pairs += [(source, place) for source in sources]
    return pairs


def environment() -> dict[str, str]:
    """The variables that the image sets."""
    return dict(pair.split("=", 1) for name, rest in instructions() if name == "ENV" for pair in shlex.split(rest))


def command() -> list[str]:
    """What the image starts."""
    return json.loads(the_only("CMD"))


def health_check() -> list[str]:
    """What tells whether it is well: by its exit status."""
    return json.loads(the_only("HEALTHCHECK").partition(" CMD ")[2])
