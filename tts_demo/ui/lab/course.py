"""The course's steps: one file each, in all languages, in the order of their names.

    tts_demo/ui/course/01-heard.json

```json
{
  "setup": {"settings": "l2.strength=0.01", "runs": ["", "l2.strength=0.01"], "kind": "seen", "open": ["swept"]},
  "tasks": [{"at": "#player", "check": {"heard": {"regularizer": "none", "sentence": "seen"}}}],
  "right": 1,
  "en": {"title": "...", "text": ["..."], "tasks": ["..."], "question": "...", "answers": [["...", "why"], ...]},
  "zh": {...}
}
```

`setup` is optional and so is each part of it: the settings of the lesson that differ, as a link has them; recorded
runs that the chart shall show; the kind of sentence; what the strength curve goes over; sections that shall be open;
whom the blind test proposes: `"compare": [["", 113], ["", null]]` is the run without a regularizer after 113 updates
and in the end.
What a check may be: `ui/components/course/checks.js`.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tts_demo.config import RunConfig
from tts_demo.lesson import LESSON
from tts_demo.ui.components.course import CourseValue, Step
from tts_demo.ui.locales.catalog import Language

FOLDER = Path(__file__).parent.parent / "course"


@dataclass(frozen=True)
class Setup:
    """What a step does with the page before it begins.

    Attributes
    ----------
    config : what the controls show.
    runs : the recorded runs that the chart shows.
    kind : of the sentence that is listened to; "" where that stays.
    over : what the strength curve goes over; "" where that stays.
    open : names of the sections that are opened.
    compare : whom the blind test proposes: recorded runs' settings, each with an update, or None for its end; or ().
    """

    config: RunConfig
    runs: Sequence[RunConfig]
    kind: str
    over: str
    open: Sequence[str]
    compare: Sequence[tuple[RunConfig, int | None]]


@functools.cache
def files() -> Mapping[str, Mapping[str, Any]]:
    """Each step's file by the step's id, which is its name without the number: "heard" of 01-heard.json."""
    return {path.stem.partition("-")[2]: json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))}


def value(language: Language) -> CourseValue:
    """What the course shows in a language."""
    return {"steps": [_step(name, written, language.code) for name, written in files().items()]}


def _step(name: str, written: Mapping[str, Any], code: str) -> Step:
    own = written[code]
    return {
        "id": name, "title": own["title"], "text": own["text"], "question": own["question"],
        "tasks": [
            {"text": text, "at": task["at"], "check": task["check"]}
            for text, task in zip(own["tasks"], written["tasks"], strict=True)
        ],
        "answers": [
            {"text": text, "right": at == written["right"], "why": why} for at, (text, why) in enumerate(own["answers"])
        ],
    }  # fmt: skip


def setup(name: str) -> Setup:
    """What a step sets up; raises KeyError for one that there is not."""
    asked = files()[name].get("setup", {})
    return Setup(
        of_lesson(asked.get("settings", "")), [of_lesson(each) for each in asked.get("runs", [])],
        asked.get("kind", ""), asked.get("over", ""), asked.get("open", []),
        [(of_lesson(query), step) for query, step in asked.get("compare", [])],
    )  # fmt: skip


def of_lesson(query: str) -> RunConfig:
    """The lesson with some settings of a link; raises `SettingError`.

    >>> of_lesson("l2.strength=0.001").to_query()
    'speech_seconds=120&l2.strength=0.001'
    """
    lesson = dict(parse_qsl(LESSON.to_query()))
    return RunConfig.from_query(urlencode(lesson | dict(parse_qsl(query))))
