"""What a teacher sees of a class: how many have answered, and, once it is closed, what came of it.

Until then nothing of the answers is told: who stops at a good moment "proves" what is not there.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tts_demo import class_statistics, listening
from tts_demo.class_statistics import Answer
from tts_demo.listening import Choice, Plan, harmless, is_hit
from tts_demo.ui.lab.class_file import DAYS
from tts_demo.ui.lab.class_plans import OUTPUTS, names_of
from tts_demo.ui.lab.class_store import KeptClass, KeptListener
from tts_demo.ui.lab.class_tests import ClassTests
from tts_demo.ui.locales.catalog import Language

COLUMNS = (
    "class", "first", "second", "listener", "output", "finished", "trial", "sentence", "text", "a", "b", "x", "answer",
    "right",
)  # fmt: skip


@dataclass(frozen=True)
class _Taken:
    """A pupil's test: a number instead of a name, the plan, and the answers to trials 1, 2, ..."""

    number: int
    output: str
    plan: Plan
    answers: tuple[Choice, ...]

    @property
    def over(self) -> bool:
        """Whether all trials were answered."""
        return len(self.answers) == len(self.plan.trials)

    @property
    def hits(self) -> list[bool]:
        """Which answers were right."""
        return [is_hit(trial, choice) for trial, choice in zip(self.plan.trials, self.answers, strict=False)]


def view(tests: ClassTests, secret: object, language: Language) -> dict[str, Any]:
    """What the teacher of this secret sees; raises `StoreError`.

    Keys: "view" is "open" or "closed"; "code", "trials", "names", "until" (the day on which it is deleted), "lasting",
    "began", "finished", "answers". Closed besides: "listeners" (those who finished: "number", "output", "right"),
    "bars" (`class_statistics.Bar`), "pooled" (`Pooled`, with "rate"; or None), "conclusion", "outputs" ("output",
    "listeners", "right", "answers") and "csv".
    """
    found, listeners = tests.overview(secret)
    begun = [one for one in listeners if one.answers]  # whoever has only opened the page, has not begun
    finished = [one for one in begun if len(one.answers) > found.trials]
    shown: dict[str, Any] = {
        "view": "closed" if found.closed else "open",
        "code": found.code,
        "trials": found.trials,
        "names": list(names_of(found, language.code)),
        "until": (datetime.fromtimestamp(found.made, UTC) + timedelta(days=DAYS)).date().isoformat(),
        "lasting": tests.store.lasting,
        "began": len(begun),
        "finished": len(finished),
        "answers": sum(len(one.answers) - 1 for one in begun),
    }
    return {**shown, **_results(found, _taken(tests, found, begun), tests.text_of, language)} if found.closed else shown


def _taken(tests: ClassTests, found: KeptClass, listeners: Sequence[KeptListener]) -> list[_Taken]:
    return [
        _Taken(
            number, one.output, tests.plan_of(found, one.seed),
            tuple(one.answers[trial] for trial in range(1, len(one.answers))),
        )
        for number, one in enumerate(listeners, 1)
    ]  # fmt: skip


def _results(
    found: KeptClass, everybody: Sequence[_Taken], text_of: Callable[[str], str], language: Language
) -> dict[str, Any]:  # fmt: skip
    over = [one for one in everybody if one.over]
    counts = [sum(one.hits) for one in over]
    pooled = class_statistics.pooled(
        [
            Answer(str(one.number), trial.sentence, hit)
            for one in over
            for trial, hit in zip(one.plan.trials, one.hits, strict=True)
        ]
    )
    names = names_of(found, language.code)
    said = class_statistics.conclusion(pooled, counts, found.trials, names)
    return {
        "listeners": [
            {"number": one.number, "output": one.output, "right": count}
            for one, count in zip(over, counts, strict=True)
        ],
        "bars": [asdict(bar) for bar in class_statistics.histogram(counts, found.trials)],
        "needed": listening.needed("abx", found.trials),
        "pooled": None if pooled is None else {**asdict(pooled), "rate": pooled.rate},
        "conclusion": language.sentence(said),
        "outputs": [
            {
                "output": output,
                "listeners": sum(one.output == output for one in over),
                "right": sum(count for one, count in zip(over, counts, strict=True) if one.output == output),
                "answers": sum(len(one.answers) for one in over if one.output == output),
            }
            for output in OUTPUTS
        ],
        "csv": to_csv(found, everybody, names, text_of),
    }


def to_csv(
    found: KeptClass, everybody: Sequence[_Taken], names: tuple[str, str], text_of: Callable[[str], str]
) -> str:  # fmt: skip
    """Every answer a line, also of those who did not finish; listeners are numbers, and no time is told."""
    file = io.StringIO()
    table = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    for one in everybody:
        for number, (trial, choice, hit) in enumerate(zip(one.plan.trials, one.answers, one.hits, strict=False), 1):
            cells = {
                "class": found.code, "first": names[0], "second": names[1], "listener": one.number,
                "output": one.output, "finished": "yes" if one.over else "no", "trial": number,
                "sentence": trial.sentence, "text": text_of(trial.sentence), "a": names[trial.system("A")],
                "b": names[trial.system("B")], "x": names[trial.system("X")], "answer": choice,
                "right": "yes" if hit else "no",
            }  # fmt: skip
            table.writerow({name: harmless(cell) for name, cell in cells.items()})
    return file.getvalue()
