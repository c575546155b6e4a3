"""Licence and credits of the recordings, as Debian's package states them."""

import json
import re
from dataclasses import asdict
from pathlib import Path

from tts_demo.corpus import Credits
from tts_demo.corpus_building.source import COPYRIGHT

CREDITS = Credits(
    speaker="Allison Smith",
    source="Asterisk",
    licence="CC BY-SA 3.0",
    licence_name="Creative Commons Attribution-ShareAlike 3.0",
    licence_address="https://creativecommons.org/licenses/by-sa/3.0/",
)
TEXT = f"""\
# Credits

The recordings in `audio/` are prompts of the Asterisk Core Sounds, English (US), version 1.6.1, from the Debian
packages `asterisk-core-sounds-en-g722` (recordings) and `asterisk-core-sounds-en` (transcripts).

- Copyright 2003-2010, {CREDITS.speaker}
- Recorded by: {CREDITS.speaker} (http://www.theivrvoice.com)
- Financial contributions by: Digium, Inc. (http://www.digium.com)
- Source: http://downloads.asterisk.org/pub/telephony/asterisk/

They are licensed under the {CREDITS.licence_name} licence ({CREDITS.licence},
{CREDITS.licence_address}); its text, as the packages carry it, is in
`{CREDITS.licence_file}`. Everything in this folder, and what is made from it (features, models trained on it, speech
made with them), is under the same licence.

The original work has been modified:

- recordings were decoded from G.722 to 16 kHz linear samples and stored as FLAC;
- silence of more than 0.1 s at their beginning and end was cut off;
- prompts of more than 8 s were cut into parts at pauses (`NAME-part1`, `NAME-part2`, ...);
- silence, beeps and other recordings without speech were left out, and second takes of the same words;
- transcripts were corrected, and numbers and signs written out as words;
- phone alignments (`alignments.tsv`), acoustic features (`features-*.npy`, `statistics.json`) and a division into
  training, validation and test prompts (`utterances.tsv`) were added.
"""


def write_credits(folder: Path) -> None:
    """Write who is to be credited, and the licence, taken word for word from the package's copyright file."""
    (folder / "CREDITS.md").write_text(TEXT, encoding="utf-8")
    (folder / "credits.json").write_text(json.dumps(asdict(CREDITS), indent=1) + "\n", encoding="utf-8")
    (folder / CREDITS.licence_file).write_text(licence(COPYRIGHT.read_text(encoding="utf-8")), encoding="utf-8")


def licence(copyright_file: str) -> str:
    """Text of the paragraph `License: CC-BY-SA-3.0` that stands alone in a Debian copyright file.

    Raises ValueError if there is none.
    """
    found = re.search(r"^License: CC-BY-SA-3\.0\n((?: .*\n?)+)", copyright_file, flags=re.M)
    if not found:
        raise ValueError("The copyright file holds no text of the licence CC BY-SA 3.0.")
    lines = [line[1:] for line in found[1].splitlines()]
    return "\n".join("" if line == "." else line for line in lines) + "\n"
