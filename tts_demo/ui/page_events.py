"""Which handler answers which event of the page, what it takes and what it answers: all of it by name."""

import html
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from tts_demo.ui.components.kept_runs import READ
from tts_demo.ui.lab import handlers
from tts_demo.ui.lab.blind_handlers import BlindHandlers
from tts_demo.ui.lab.class_handlers import ClassHandlers
from tts_demo.ui.lab.controls import OWN, TIMED, Chosen
from tts_demo.ui.lab.course_handlers import SECTIONS, CourseHandlers
from tts_demo.ui.lab.curve_handlers import CurveHandlers
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.link_handlers import LinkHandlers
from tts_demo.ui.lab.sentences import Wanted
from tts_demo.ui.lab.table_handlers import TableHandlers
from tts_demo.ui.locales.catalog import Language
from tts_demo.ui.wiring import DATA, QUERY, Record, Wiring

_SCRIPT = Path(__file__).with_name("page.js")
_CONTROLS = [each.name for each in fields(Chosen)]
_SEEN = [name for name in _CONTROLS if name not in ("strength_of", "default_of", "base")]  # the others are states
_RECORDS = {
    "wanted": Record(
        Wanted,
        {"kind": "kind", "twin": "prompt", "written": "written", "pick": "pick", "hidden": "hide", "speed": "speed"},
    ),
    "chosen": Record(Chosen, {name: name for name in _CONTROLS}),
}
# what a stage changes: few, since gradio makes each of them anew at each change
_CURVES = ("status", "chart", "busy", "stage")
# what follows from that
_FOLLOWING = ("kept", "runs", "look", "first", "second", "inside", "player", "said", "kind", "curve")
# what a link, a preset or an earlier run's settings change
_SETTABLE = (*_CONTROLS, "words", "predicted", "preset")
_BY_LINK = ("tested", "swept", "more", "twin", "prompt", "over")  # what a link changes besides
# of everything that makes sound: a few at once, and of a row of wishes the last one
_SPEAKING: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "listen", "trigger_mode": "always_last"}
# of what follows by itself when runs go on: nobody who has asked for a sound waits behind it
_BY_ITSELF = _SPEAKING | {"concurrency_limit": 2, "concurrency_id": "follow"}
# of everything that tells how the runs are: some pages at once, as thirty people press Train in one second and gradio
# looks for work every 20 ms; of one page only what was asked last is answered (`Visitor.stages`)
_TELLING: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "curves"}
# gradio 6.31 starts two events of one kind where they come within a millisecond, and either may be answered first
_NUMBERED = """(number, ...rest) => {
    window.hearQuestions = (window.hearQuestions ?? 0) + 1;
    return [window.hearQuestions, ...rest];
}"""


def answer(
    parts: Mapping[str, Any], title: str, language: Language, runs: Handlers, table: TableHandlers,
    curve: CurveHandlers, blind: BlindHandlers, classes: ClassHandlers, course: CourseHandlers, links: LinkHandlers,
) -> None:  # fmt: skip
    """Let the handlers answer the events of a page's parts, which go by name; `title` is the page's in its language."""
    # At each step of an event, gradio 6.31 copies all properties of the components that show its progress, sounds and
    # scripts with them; without `show_progress_on` these are all outputs of all events. A run that is watched then
    # keeps the browser busy with copying, in pieces of up to 0.9 s.
    quiet = {"show_progress": "hidden", "show_progress_on": parts["status"], "api_visibility": "private"}
    wiring = Wiring(parts, _RECORDS, {"said": _alert}, quiet)
    _arriving(wiring, title, language, runs)
    _training(wiring, runs)
    _listing(wiring, table)
    _choosing(wiring, runs)
    _linking(wiring, links)
    _hearing(wiring, runs)
    _sweeping(wiring, curve)
    _testing(wiring, blind, classes)
    _learning(wiring, course, runs)


def _alert(said: str) -> str:
    """HTML of a sentence that stands out, escaped: it may quote what somebody typed; "" for none."""
    return f'<span class="hear-alert" role="alert">{html.escape(said)}</span>' if said else ""


def _dispatched(event: str, detail: str | None = None) -> str:
    """A script that tells page.js of an event of gradio's, with its first input where no other `detail` is given."""
    said = "given" if detail is None else json.dumps(detail)
    return f"(given) => {{ window.dispatchEvent(new CustomEvent({json.dumps(event)}, {{ detail: {said} }})); }}"


def _arriving(wiring: Wiring, title: str, language: Language, runs: Handlers) -> None:
    named = f"{json.dumps(title)}, {json.dumps(language.code)}"
    script = _SCRIPT.read_text(encoding="utf-8").replace("TITLE, LANGUAGE", named)
    wiring.on("page.load", None, js=f"() => {{ {script} }}")
    wiring.on(
        "page.load", runs.arrive, ["kept", "visitor", "wanted", QUERY],
        ["status", "player", "said", *_SETTABLE, *_BY_LINK, "tab"], js=READ,
    )  # fmt: skip
    wiring.on("tab.change", None, ["tab"], js=_dispatched("hear-arrived"))
    wiring.on("tab.change", runs.curves, ["visitor"], _CURVES, **_TELLING)
    wiring.on("lesson.open_lab", None, js=_dispatched("hear-place", "lab"))
    wiring.on("again.click", None, js=_dispatched("hear-place", "lesson"))


def _training(wiring: Wiring, runs: Handlers) -> None:
    wiring.on("train.click", runs.train, ["visitor", "twin", "wanted", "chosen"], _CURVES, **_TELLING)
    wiring.on("status.stage", runs.curves, ["visitor"], _CURVES, trigger_mode="always_last", **_TELLING)
    wiring.on(
        "stage.change", runs.follow, ["visitor", "wanted"],
        _FOLLOWING, **_BY_ITSELF,
    )  # fmt: skip
    # The buttons are no outputs of those events: gradio 6.31 blanks a button that a change leaves as it is.
    wiring.on("busy.change", handlers.buttons, ["busy"], ["train", "stop", "sweep"], queue=False)
    wiring.on("stop.click", runs.stop, ["visitor"], ["status"], queue=False)


def _listing(wiring: Wiring, table: TableHandlers) -> None:
    for event in ("runs.rename", "runs.delete", "runs.reuse", "runs.download", "runs.notebook"):
        wiring.on(
            event, table.act, ["visitor", "twin", DATA], [*_CURVES, "runs", *_SETTABLE, "file"],
            trigger_mode="multiple", **_TELLING,
        )  # fmt: skip


def _choosing(wiring: Wiring, runs: Handlers) -> None:
    choosing = runs.choosing
    wiring.on(
        ["regularizer.input", "model.input", "optimizer.input"], choosing.described, ["visitor", "chosen"],
        ["strength", "strength_of", "words", "default_of"], queue=False, trigger_mode="always_last",
    )  # fmt: skip
    # who changes something by hand has left the preset
    by_hand = [f"{name}.input" for name in _SEEN]
    wiring.on(by_hand, None, gives=["preset"], js=f"() => {json.dumps(OWN)}")
    wiring.on("strength.input", runs.change_strength, ["visitor", "chosen"], ["status", "default_of"], queue=False)
    wiring.on(
        # runs that have ended tell more than was known before them
        ["page.load", "twin.change", "again_soon.tick", "busy.change", *(f"{name}.change" for name in TIMED)],
        choosing.predicted, ["question", "visitor", "chosen", "twin"], ["predicted", "again_soon"],
        js=_NUMBERED, trigger_mode="always_last",
    )  # fmt: skip
    # the lesson's last step says the same
    told = "(said) => { window.hearPredicted = said; window.dispatchEvent(new CustomEvent('hear-predicted')); }"
    wiring.on("predicted.change", None, ["predicted"], js=told)


def _linking(wiring: Wiring, links: LinkHandlers) -> None:
    wiring.on("preset.input", links.preset, ["visitor", "preset", "twin"], ["status", *_SETTABLE], queue=False)
    wiring.on("share.ask", links.share, ["chosen", "twin", "over", DATA], ["share"], trigger_mode="multiple")


def _hearing(wiring: Wiring, runs: Handlers) -> None:
    wiring.on("kind.change", handlers.rows_of, ["kind"], ["typed", "which"], queue=False)
    asked = ["kind.change", "prompt.change", "speak.click", "written.submit", "pick.input", "hide.input", "speed.input"]
    wiring.on(asked, runs.listen_and_look, ["visitor", "wanted"], ["player", "said", "inside"], **_SPEAKING)
    wiring.on(
        "player.moment", runs.listen_at, ["visitor", "wanted", DATA], ["player", "said"],
        **(_SPEAKING | {"trigger_mode": "multiple"}),
    )  # fmt: skip
    wiring.on("view.expand", runs.open_view, ["visitor", "wanted"], ["inside"], **_SPEAKING)
    wiring.on("view.collapse", runs.close_view, ["visitor"], **_SPEAKING)
    wiring.on("look.input", runs.look_into, ["visitor", "look", "wanted"], ["inside"], **_SPEAKING)


def _sweeping(wiring: Wiring, curve: CurveHandlers) -> None:
    wiring.on("sweep.click", curve.begin, ["visitor", "chosen", "over"], _CURVES, **_TELLING)
    wiring.on("curve.pick", curve.pick, ["visitor", DATA], _CURVES, trigger_mode="multiple", **_TELLING)
    wiring.on("tab.change", curve.at_first, ["question", "visitor", "chosen", "over"], ["curve"], js=_NUMBERED)
    # past gradio's queue, which takes longer than all the rest of it: docs/choices.md
    wiring.on(
        ["over.change", *(f"{name}.change" for name in _SEEN)], curve.show_chosen,
        ["question", "visitor", "chosen", "over"], ["chart", "curve"], js=_NUMBERED, queue=False,
        trigger_mode="always_last",
    ).then(curve.runs.follow_preview, ["visitor", "wanted"], _FOLLOWING, **_SPEAKING)  # fmt: skip


def _learning(wiring: Wiring, course: CourseHandlers, runs: Handlers) -> None:
    wiring.on("enrol.click", None, js=_dispatched("hear-place", "lab"))
    wiring.on("enrol.click", None, js=_dispatched("hear-course", "lab"))
    wiring.on(
        "course.set_up", course.set_up, ["visitor", "twin", "over", DATA],
        [*_CURVES, *_SETTABLE, "over", "curve", "kind", *SECTIONS], trigger_mode="always_last", **_TELLING,
    ).then(
        runs.follow, ["visitor", "wanted"], _FOLLOWING, **_SPEAKING,
    ).then(None, js=_dispatched("hear-set-up", ""))  # fmt: skip


def _testing(wiring: Wiring, blind: BlindHandlers, classes: ClassHandlers) -> None:
    known = ["blind", "kept_test"]
    wiring.on("blind.begin", blind.begin, ["visitor", "first", "second", DATA], known, **_SPEAKING)
    wiring.on("blind.answer", blind.answer, [DATA], ["blind"], **_SPEAKING)
    wiring.on("blind.leave", blind.leave, gives=known, **_SPEAKING)
    wiring.on("page.load", blind.resume, ["kept_test"], ["blind"])
    wiring.on("tab.change", blind.challenge, ["visitor", "kept_test"], known)
    # one at a time: each makes some fifty clips
    wiring.on(
        "gather.make", classes.make, ["visitor", "first", "second", DATA], ["gather"], trigger_mode="multiple",
        concurrency_limit=1, concurrency_id="class",
    )  # fmt: skip
