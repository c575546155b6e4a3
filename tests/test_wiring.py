"""Between gradio and the handlers: values by name on the way in, changes by name on the way out."""

from dataclasses import dataclass
from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.datastructures import QueryParams

from tts_demo.ui import page_events
from tts_demo.ui.components.run_status import RunStatus
from tts_demo.ui.lab.changes import Show
from tts_demo.ui.lab.run_lines import StatusLine
from tts_demo.ui.wiring import DATA, QUERY, Record, Wiring


@dataclass(frozen=True)
class Size:
    width: str
    height: str


class Part:
    """A part of a page whose events tell what they were given."""

    def __init__(self, name):
        self.click = self.change = answer
        self.name = name


def answer(*given, **options):
    """What gradio does with an event: it returns something that another one may follow."""
    Part.given.append((*given, options))
    return SimpleNamespace(then=answer)


@pytest.fixture
def parts(monkeypatch):
    def on(triggers, *given, **options):
        assert len(triggers) > 1
        return answer(*given, **options)

    monkeypatch.setattr(gr, "on", on)
    Part.given = []
    return {name: Part(name) for name in ("wide", "high", "name", "said", "go")}


def wired(parts, handler, takes=(), gives=(), events="go.click", **options):
    """The function that gradio calls, the parts whose values it brings, and those that may change."""
    wiring = Wiring(parts, {"size": Record(Size, {"height": "high", "width": "wide"})}, {"said": str.upper}, {"a": 1})
    wiring.on(events, handler, takes, gives, **options)
    ((function, inputs, outputs, told),) = Part.given
    assert told == {"a": 1, **options}
    Part.given.clear()
    return function, [part.name for part in inputs], [part.name for part in outputs]


def test_a_handler_gets_parts_and_records_by_name(parts):
    asked = []
    call, inputs, outputs = wired(parts, lambda **given: asked.append(given) or {}, ["name", "size"], ["said"])
    assert (inputs, outputs) == (["name", "high", "wide"], ["said"])
    assert call("n", "h", "w") == gr.skip()
    assert asked == [{"name": "n", "size": Size(width="w", height="h")}]


def test_another_handler_may_follow_an_answer(parts):
    wiring = Wiring(parts, {}, {"said": str.upper}, {"a": 1})
    wiring.on("go.click", lambda: {}, gives=["name"]).then(lambda name: {"said": name}, ["name"], ["said"], queue=False)
    _, (call, inputs, outputs, options) = Part.given
    assert ([part.name for part in inputs], [part.name for part in outputs]) == (["name"], ["said"])
    assert call("n") == {parts["said"]: "N"} and options == {"a": 1, "queue": False}


def test_a_change_becomes_gradios_updates(parts):
    change = {"name": {"plain": "value"}, "wide": Show(visible=False), "said": "loud"}
    call, _, _ = wired(parts, lambda: change, (), ["name", "wide", "said", "high"])
    shown = {part: dict(update) if isinstance(update, dict) else update for part, update in call().items()}
    assert shown == {parts["name"]: {"plain": "value"}, parts["wide"]: gr.update(visible=False), parts["said"]: "LOUD"}


def test_without_parts_to_change_gradio_gets_nothing(parts):
    call, _, _ = wired(parts, lambda name: {}, ["name"])
    assert call("n") is None


def test_a_handler_gets_what_an_event_sent_and_what_the_address_says(parts):
    call, inputs, _ = wired(parts, lambda **given: {"said": repr(given)}, ["name", DATA], ["said"])
    assert inputs == ["name"]
    assert (
        call(gr.EventData(None, {"moment": 3}), "n")[parts["said"]]
        == repr({"name": "n", "data": {"moment": 3}}).upper()
    )
    call, inputs, _ = wired(parts, lambda **given: {"said": repr(given)}, [QUERY], ["said"])
    request = SimpleNamespace(query_params=QueryParams("a=1&a=2&lab="))
    assert call(request)[parts["said"]] == repr({"query": {"a": ["1", "2"], "lab": [""]}}).upper()


def test_several_events_have_one_answer_and_a_script_needs_no_handler(parts):
    call, _, _ = wired(parts, lambda: {"said": "x"}, (), ["said"], ["go.click", "name.change"])
    assert call() == {parts["said"]: "X"}
    assert wired(parts, None, ["name"], js="() => null") == (None, ["name"], [])


@pytest.mark.parametrize("name", page_events._RECORDS)
def test_every_field_of_a_record_is_filled_from_a_part_of_the_page(name):
    record = page_events._RECORDS[name]
    assert set(record.fields) == set(record.make.__annotations__)


def test_status_lines_reach_the_script_as_plain_data():
    status = RunStatus("/live/en", render=False)
    line = StatusLine("run", "said", "mine", "id", 3)
    plain = {"kind": "run", "said": "said", "name": "mine", "run": "id", "stage": 3, "others": ()}
    assert status.postprocess([line]) == [plain]
    assert status.postprocess([]) == status.postprocess(None) == []
