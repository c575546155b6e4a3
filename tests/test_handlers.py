"""What the page's controls do, without a browser: streams that overlap, sessions that survive a reload, links."""

import base64
import json
import re
import zipfile
from contextlib import closing
from dataclasses import fields, replace
from urllib.parse import parse_qs

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_engine import raises
from tests.test_training import TINY
from tts_demo import acoustics, corpus, recorded_lesson, runs, training
from tts_demo.acoustics import N_FEATURES
from tts_demo.config import RunConfig, choose
from tts_demo.engine import LocalEngine, pool
from tts_demo.events import Finished, Progress, Started
from tts_demo.lesson import LESSON
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.run_times import RunTimes
from tts_demo.settings import SettingError, describe
from tts_demo.synthesis import Reading
from tts_demo.ui.lab import blind_handlers, clips, kept_runs, run_lines, run_rows, session
from tts_demo.ui.lab import handlers as handlers_module
from tts_demo.ui.lab.changes import Show
from tts_demo.ui.lab.controls import (
    PRESETS,
    Chosen,
    amount_of,
    describe_regularizer,
    speech_seconds,
)
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.sentences import SPEEDS, Known, Wanted
from tts_demo.ui.lab.table_handlers import TableHandlers
from tts_demo.ui.lab.visitor import Begun, Visitor
from tts_demo.ui.locales.catalog import LANGUAGES
from tts_demo.ui.server import CHECKPOINTS

ENGLISH, CHINESE = LANGUAGES["en"], LANGUAGES["zh"]
SMALL = RunConfig(speech_seconds=60.0, model=choose("model", "feed_forward", units=16), updates=2000)
DEFAULT = replace(Chosen.of(SMALL), base={})
HEARD = Wanted("unseen", "tt-weasels", "Hello.")
VOICE = corpus.load(RunConfig().corpus)


@pytest.fixture(scope="module")
def handlers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded") / "out"
    list(runs.record(TINY, training.train(TINY), folder))
    control, stopped = training.Control(), folder.with_name("stopped")
    for event in runs.record(TINY, training.train(TINY, control), stopped):
        if isinstance(event, Progress) and event.step == 33:  # between two evaluations
            control.end()
    recorded = {"recorded-out": runs.load(folder), "recorded-stopped": runs.load(stopped)}
    engine = LocalEngine(tmp_path_factory.mktemp("runs"), recorded=recorded)
    yield Handlers(engine, ENGLISH, VOICE)
    engine.close()


def chosen_of(change):
    """What the controls have after a change of all of them."""
    values = {each.name: change[each.name] for each in fields(Chosen)}
    return Chosen(**{name: value.get("value") if isinstance(value, Show) else value for name, value in values.items()})


def alerts(change):
    """What a change says that is wrong."""
    return [line.said for line in change["status"] if line.kind == "alert"]


def said(change):
    """All that the status lines of a change say, as one text."""
    return " ".join(line.said for line in change["status"])


def ends(handlers, visitor):
    return [list(handlers.engine.follow(experiment.run_id))[-1] for experiment in visitor.session]


def stages_of(handlers, visitor):
    """Of a page that is open: it asks for them, as its status line does, and its runs go on."""
    for one in visitor.session:
        handlers.engine.renew_lease(one.run_id)
    return [session.stage_of(session.events_of(handlers.engine, one)) for one in visitor.session]


def followed(handlers, visitor):
    """What a page shows from now on: curves and states at each stage of its runs, until all are over."""
    while True:
        before = stages_of(handlers, visitor)
        yield (shown := handlers.curves(visitor))
        if not shown["busy"]:
            return
        with handlers.engine._changed:
            assert handlers.engine._changed.wait_for(
                lambda past=before: stages_of(handlers, visitor) != past, timeout=120
            )


def train(handlers, visitor, twin=False, **controls):
    """What a page shows from a click on Train until all its runs are over, or until it is refused."""
    yield (shown := handlers.train(visitor, HEARD, replace(DEFAULT, **controls), twin))
    if shown.get("busy"):
        yield from followed(handlers, visitor)


def chosen_strength(regularizer, strength):
    return replace(DEFAULT, regularizer=regularizer, strength=strength)


def kept_of(handlers, visitor):
    return handlers.follow(visitor, HEARD)["kept"]["runs"]


def arrive(handlers, visitor, kept, query=()):
    """What the page shows after a load, and what follows."""
    shown = handlers.arrive(visitor, {"runs": kept}, HEARD, dict(query))
    assert shown["tab"] in ("lab", "lesson")
    return shown, followed(handlers, visitor)


def test_a_click_on_train_beside_a_reload_is_answered_whichever_comes_first(handlers):
    """Both show both runs, nothing says that the page is idle before both are over, Stop ends both."""
    for click_first in (False, True):
        before, visitor = Visitor(), Visitor()
        next(train(handlers, before))
        kept = kept_of(handlers, before)
        click = train(handlers, visitor)
        if click_first:
            next(click)
        _, reload = arrive(handlers, visitor, kept)
        if not click_first:
            next(reload)
            next(click)
        for shown in (next(reload), next(click)):
            assert len(shown["chart"]["runs"]) == 2 and shown["busy"]
        handlers.stop(visitor)
        assert [event.reason for event in ends(handlers, visitor)] == ["stopped", "stopped"]
        assert [list(stream)[-1]["busy"] for stream in (click, reload)] == [False, False]


@pytest.mark.parametrize(("language", "text"), [(ENGLISH, "Stopping …"), (CHINESE, "正在停止……")])
def test_stop_says_at_once_that_it_was_heard(handlers, monkeypatch, language, text):
    page, visitor = Handlers(handlers.engine, language, VOICE), Visitor()
    stream = train(page, visitor, updates=20_000)
    next(stream)
    with monkeypatch.context() as patched:
        patched.setattr(page.engine, "end", lambda run_id: None)  # as if its end took long
        first, *lines = page.stop(visitor)["status"]
    assert (first.kind, first.said) == ("note", text)
    assert [line.run for line in lines] == [one.run_id for one in visitor.session]
    page.stop(visitor)
    assert text not in said(list(stream)[-1])
    assert page.stop(visitor) == {}, "nothing would take the note away"


def test_an_open_page_renews_the_leases_of_its_runs_and_listening_alone_does_not(handlers, monkeypatch):
    visitor, renewed = Visitor((session.Experiment("recorded-out", "Recorded", 0),)), []
    monkeypatch.setattr(handlers.engine, "renew_lease", renewed.append)
    for shown in (
        lambda: handlers.arrive(visitor, {"runs": []}, HEARD, {}),
        lambda: handlers.curves(visitor),
        lambda: handlers.follow(visitor, HEARD),
    ):
        shown()
        assert renewed == ["recorded-out"]
        renewed.clear()
    handlers.listen(visitor, HEARD)
    run_rows.table(handlers.engine, visitor.session, ENGLISH)
    assert not renewed


def test_a_run_that_never_began_is_not_said_to_have_learned(handlers):
    visitor = Visitor()
    streams = [train(handlers, visitor) for _ in range(4)]  # two run, two wait
    for stream in streams:
        next(stream)
    handlers.stop(visitor)
    messages = [str(event.message) for event in ends(handlers, visitor) if isinstance(event, Finished)]
    assert any("before it began" in message for message in messages)


@pytest.mark.parametrize(
    ("control", "value", "said"),
    [("updates", "0", "Updates must be from 1 to 20000"), ("updates", "20001", "Updates"), ("updates", "", "Updates"),
     ("updates", "1.5", "Updates"), ("amount", "5", "Amount of speech"), ("amount", "many", "Amount of speech"),
     ("units", "1", "Units"), ("rate", "11", "Learning rate"), ("strength", "9", "Strength")],
)  # fmt: skip
def test_what_is_typed_beyond_a_range_gives_a_sentence_that_names_the_setting(handlers, control, value, said):
    visitor = Visitor()
    (change,) = train(
        handlers, visitor, **({"regularizer": "l2", "strength": "0.001", "strength_of": "l2"} | {control: value})
    )
    assert said in alerts(change)[0] and visitor.session == ()


@pytest.mark.parametrize("seed", [-1, 1.5, None, "", 1e99, "x", float("nan")])
def test_a_seed_that_is_none_gives_a_sentence_and_starts_nothing(handlers, seed):
    visitor = Visitor()
    (change,) = train(handlers, visitor, twin=True, seed=seed)
    assert "Seed" in alerts(change)[0]
    assert visitor.session == ()


def test_what_the_browser_kept_may_be_anything(handlers):
    for kept in (
        None, 7, "x", [1], [["no-such-run", "label", 0, ""]], [[None] * 4], [["a"] * 9], {"a": 1},
        [["recorded-out", "mine", 0, ""]], [["gone", "mine", 0, "", "updates=0"]], [["gone", "mine", 9, "", ""]],
        [["gone", "mine", 0, "", 7]], [[["gone"], "mine", 0, "", ""]],
    ):  # fmt: skip
        assert session.from_plain(kept, handlers.engine) == ()
        assert kept_runs.lost(kept, handlers.engine) == ()


def test_runs_that_the_server_has_forgotten_are_told_of_and_can_be_run_again(handlers, tmp_path):
    """As after a restart: what the browser kept comes to an engine that has nothing of it."""
    before = Visitor()
    list(train(handlers, before, twin=True, updates=20, regularizer="l2", strength="0.001", strength_of="l2"))
    configs = [handlers.engine.config(one.run_id) for one in before.session]
    kept = kept_of(handlers, before)
    with closing(LocalEngine(tmp_path)) as restarted:
        for language, gone in ((ENGLISH, "2 of your runs are gone"), (CHINESE, "2 次训练已经不在了")):
            after, visitor = Handlers(restarted, language, VOICE), Visitor()
            shown = after.arrive(visitor, {"runs": kept}, HEARD, {})
            assert gone in said(shown) and gone in said(after.curves(visitor))
            assert shown["tab"] == "lab" and visitor.session == ()
        table = after.follow(visitor, HEARD)["runs"]["runs"]
        assert [row["state"] for row in table] == ["lost", "lost"]
        assert all(row["label"] and row["settings"] and row["query"] for row in table)
        for one, config in zip(before.session, configs, strict=True):
            again = TableHandlers(after).act(visitor, {"action": "reuse", "run": one.run_id})
            assert chosen_of(again).config() == config
            assert TableHandlers(after).act(visitor, {"action": "download", "run": one.run_id})["runs"]["alert"]
        train_again = next(train(after, visitor))
        assert "次训练已经不在了" not in said(train_again)
        TableHandlers(after).act(visitor, {"action": "delete", "run": before.session[0].run_id})
        shown = after.follow(visitor, HEARD)
        assert [row["id"] for row in shown["runs"]["runs"]] == [visitor.session[0].run_id, before.session[1].run_id]
        assert shown["kept"]["deleted"] == [before.session[0].run_id]
        assert "一次训练" in said(after.arrive(Visitor(), {"runs": kept[1:]}, HEARD, {}))


def test_the_oldest_runs_make_room():
    now = ()
    for number in range(8):
        now = session.added(now, str(number), "label")
    assert [experiment.run_id for experiment in now] == ["2", "3", "4", "5", "6", "7"]
    assert len({experiment.colour for experiment in now}) == 6
    assert session.together(now[:3], now[2:]) == now


def test_a_twins_own_sentence_is_chosen_once_when_it_is_over(handlers):
    for twin, wanted, chosen in (
        (True, HEARD, "twin"),
        (True, HEARD._replace(kind="typed"), None),
        (False, HEARD, None),
    ):
        visitor = Visitor()
        happened = train(handlers, visitor, twin=twin, updates=20)
        list(happened)
        assert handlers.follow(visitor, wanted).get("kind") == chosen
        assert "kind" not in handlers.follow(visitor, wanted), "who then chooses another one keeps it"


def test_a_blind_test_first_offers_the_newest_run_and_one_that_is_no_twin():
    runs = [session.Experiment(name, name, 0, met) for name, met in (("out", ""), ("in", "x"), ("regularized", ""))]
    assert session.apart(tuple(runs)) == ("out", "regularized")
    assert session.apart(tuple(runs[:2])) == ("out", "in")
    assert session.apart(tuple(runs[1:])) == ("in", "regularized")
    assert session.apart(tuple(runs[:1])) == ("recording", "out")
    assert session.apart(()) == ("recording", "recording")


def test_recorded_runs_make_room_for_the_first_of_ones_own():
    recorded = (session.Experiment("recorded-out", "Recorded", 0, "", True),)
    assert [one.run_id for one in session.added(recorded, "mine", "label")] == ["mine"]


def test_recorded_runs_are_drawn_heard_and_protected(handlers):
    visitor = Visitor((session.Experiment("recorded-out", "Recorded", 0, "", True),))
    shown = handlers.follow(visitor, HEARD)
    for change in followed(handlers, visitor):
        shown |= change
    assert shown["chart"]["runs"][0]["state"] == "recorded" and shown["kept"]["runs"] == [] and not shown["busy"]
    assert [clip["id"] for clip in shown["player"]["clips"]] == ["recording", "vocoder", "recorded-out"]
    assert "recorded" in said(shown)
    refused = TableHandlers(handlers).act(visitor, {"action": "delete", "run": "recorded-out"})
    assert "recorded run" in refused["runs"]["alert"].lower() and visitor.session
    assert TableHandlers(handlers).act(visitor, {"action": "reuse", "run": "recorded-out"})["base"] == TINY.to_mapping()


def test_a_run_can_be_renamed_taken_as_a_file_and_deleted(handlers):
    visitor = Visitor()
    list(train(handlers, visitor, updates=20))
    run_id = visitor.session[0].run_id
    assert handlers.follow(visitor, HEARD)["runs"]["runs"][0]["distortion"] > 2
    renamed = TableHandlers(handlers).act(visitor, {"action": "rename", "run": run_id, "text": "<b>Mine</b>"})
    assert renamed["chart"]["runs"][0]["label"] == "<b>Mine</b>" == kept_of(handlers, visitor)[0][1]
    assert renamed["status"][0].name == "<b>Mine</b>"
    file = TableHandlers(handlers).act(visitor, {"action": "download", "run": run_id})["file"]["value"]
    with zipfile.ZipFile(file) as packed:
        assert RunConfig.from_json(packed.read("config.json").decode()) == replace(SMALL, updates=20)
        assert any(name.endswith(".safetensors") for name in packed.namelist())
    TableHandlers(handlers).act(visitor, {"action": "delete", "run": run_id})
    assert kept_of(handlers, visitor) == []
    for junk in (None, {}, {"action": "delete", "run": "../x"}, {"action": "rm", "run": run_id}, [1], "delete"):
        assert TableHandlers(handlers).act(visitor, junk)["runs"]["alert"]


@pytest.mark.parametrize(("language", "word"), [(ENGLISH, "The network"), (CHINESE, "网络")])
def test_a_run_can_be_taken_as_a_notebook(handlers, language, word):
    page = TableHandlers(Handlers(handlers.engine, language, VOICE))
    visitor = Visitor((session.Experiment("recorded-out", "Recorded", 0, "", True),))
    shown = page.act(visitor, {"action": "notebook", "run": "recorded-out"})["file"]
    with zipfile.ZipFile(shown["value"]) as packed:
        assert {"run.ipynb", "data.npz", "weights.safetensors", "CREDITS.md"} < set(packed.namelist())
        assert f"## {word}" in str(json.loads(packed.read("run.ipynb")))
    assert shown["visible"] and ("笔记本" in shown["label"]) == (language is CHINESE)
    again = page.act(visitor, {"action": "notebook", "run": "recorded-out"})["file"]
    assert again["value"] == shown["value"]
    page.act(visitor, {"action": "download", "run": "recorded-out"})  # takes no notice of the other file
    assert zipfile.is_zipfile(shown["value"])


def test_a_run_without_a_notebook_says_why(handlers):
    visitor, table = Visitor(), TableHandlers(handlers)
    next(train(handlers, visitor, updates=2000))
    going = visitor.session[0].run_id
    refused = table.act(visitor, {"action": "notebook", "run": going})
    assert "file" not in refused and re.search("nothing yet|has not ended", refused["runs"]["alert"])
    handlers.stop(visitor)
    trees = Visitor()
    config = replace(TINY, model=choose("model", "hmm"))
    run_id = handlers.engine.submit(config)
    list(handlers.engine.follow(run_id))
    trees.began([Begun(run_id, "HMM", "")])
    said_of_trees = table.act(trees, {"action": "notebook", "run": run_id})["runs"]["alert"]
    assert "grows trees" in said_of_trees and not table.files.joinpath(f"hear-overfitting-{run_id}.zip").exists()


def test_another_name_reaches_the_player_and_the_drop_downs(handlers):
    visitor = Visitor((session.Experiment("recorded-out", "Before", 0),))
    handlers.follow(visitor, HEARD)
    assert "player" not in handlers.follow(visitor, HEARD)
    visitor.update_session(lambda now: session.renamed(now, "recorded-out", "After"))
    shown = handlers.follow(visitor, HEARD)
    assert shown["player"]["clips"][-1]["label"] == "After"
    assert shown["look"]["choices"] == [("After", "recorded-out")] and shown["first"]["choices"][0][0] == "After"


def test_a_challenge_adds_the_recorded_runs_and_compares_them(handlers, monkeypatch):
    recorded = tuple(
        session.Experiment(f"recorded-{name}", name, colour, "", True)
        for colour, name in enumerate(recorded_lesson.RUNS)
    )
    monkeypatch.setattr(handlers, "_recorded", recorded)
    monkeypatch.setattr(session, "from_plain", lambda kept, engine: kept)
    for number in (0, 1, 6):
        own = ()
        for run in range(number):
            own = session.added(own, f"own-{run}", "label")
        visitor = Visitor()
        shown = handlers.arrive(visitor, {"runs": own}, HEARD, {"challenge": [""]})
        assert shown["tab"] == "lab" and shown["tested"] == {"open": True}
        assert [one.run_id for one in visitor.session if not one.recorded] == [one.run_id for one in own]
        if number < 5:
            assert len({one.colour for one in visitor.session}) == len(visitor.session)
        choices = handlers._choices(visitor, ())
        assert (choices["first"]["value"], choices["second"]["value"]) == ("recorded-out", "recorded-regularized")
        visitor.began([Begun("new", "label")])
        assert handlers._choices(visitor, ())["second"]["value"] == "new"
    monkeypatch.setattr(handlers, "_recorded", ())
    visitor = Visitor()
    assert handlers.arrive(visitor, {"runs": ()}, HEARD, {"challenge": [""]})["tested"] and not visitor.session


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(handlers, monkeypatch):
    """While the player's clips are made, something else is wished for: the first answer is dropped."""
    visitor, made, newer = Visitor(), handlers_module.clips.player_value, []

    def slow(engine, now, voice, wanted, *others):
        if wanted.kind == "unseen":
            newer.append(handlers.listen(visitor, Wanted("typed", "tt-weasels", "你好")))
        return made(engine, now, voice, wanted, *others)

    monkeypatch.setattr(handlers_module.clips, "player_value", slow)
    assert handlers.listen(visitor, HEARD) == {}
    assert "English" in newer[0]["said"]
    monkeypatch.undo()
    assert handlers.listen(visitor, HEARD)["said"] == ""


def test_the_sentences_are_those_of_the_corpus_that_is_handed_over(handlers):
    tiny = corpus.load("tiny")
    said = [
        Handlers(handlers.engine, ENGLISH, voice).listen(Visitor(), HEARD)["player"]["sentence"]["text"]
        for voice in (VOICE, tiny)
    ]
    assert said == [corpus.default_sentence(voice.split("test")).text for voice in (VOICE, tiny)]
    assert said[0] != said[1]
    assert set(blind_handlers.sentences(tiny)) == {prompt.id for prompt in tiny.split("test") if prompt.seconds >= 1.2}


def test_a_table_that_comes_late_does_not_replace_a_newer_one(handlers, monkeypatch):
    """While the clips of a first stage are made, the run ends and the page follows that: the table ends as over."""
    visitor, made, newer = Visitor(), handlers_module.clips.player_value, []
    going = train(handlers, visitor)
    next(going)

    def slow(*inputs):
        if not newer:
            newer.append(None)
            list(going)
            newer.append(handlers.follow(visitor, HEARD))
        return made(*inputs)

    monkeypatch.setattr(handlers_module.clips, "player_value", slow)
    older = handlers.follow(visitor, HEARD)
    assert newer[1]["runs"]["runs"][0]["state"] == "completed" and newer[1]["kept"]["runs"]
    assert not {"runs", "kept"} & older.keys()
    assert handlers.follow(visitor, HEARD)["runs"] == newer[1]["runs"]


def test_what_was_seen_before_a_click_on_train_is_not_told_after_it(handlers, monkeypatch):
    """While an idle page's state is gathered, a run begins: the page is told of the run and not that it is idle."""
    visitor, chart, clicks = Visitor(), session.chart, []

    def slow(*inputs):
        if not clicks:
            clicks.append(train(handlers, visitor, updates=20_000))
            assert next(clicks[0])["busy"]
        return chart(*inputs)

    monkeypatch.setattr(session, "chart", slow)
    assert handlers.curves(visitor) == {}
    handlers.stop(visitor)
    assert list(clicks[0])[-1]["busy"] is False


def test_a_page_says_that_no_worker_can_start(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "work", raises)
    with closing(LocalEngine(tmp_path)) as broken:
        for language, why in ((ENGLISH, "This server cannot train at present"), (CHINESE, "这台服务器目前无法训练")):
            visitor = Visitor()
            shown = list(train(Handlers(broken, language, VOICE), visitor))[-1]
            assert why in said(shown) and not shown["busy"]
            assert shown["chart"]["runs"][0]["state"] == "failed"


def test_a_page_follows_stages_and_not_every_evaluation(handlers):
    visitor = Visitor()
    changes = list(train(handlers, visitor, updates=120))
    # the click, and the runs as they are then; started, ended; snapshots after 5, 20, 80, 113, 120
    assert changes[-1]["busy"] is False and len(changes) <= 2 + 2 + 5
    assert [change["stage"] for change in changes] == list(range(1, len(changes) + 1))


def test_what_is_wrong_is_said_beside_the_lines_of_the_runs_that_go_on(handlers):
    """A page asks about the runs that its lines name: without them, these runs would be abandoned."""
    visitor = Visitor()
    stream = train(handlers, visitor, regularizer="l2", strength="0.0001", strength_of="l2", updates=20_000)
    next(stream)
    refused = handlers.train(visitor, HEARD, replace(DEFAULT, seed=-1), False)
    for change in (refused, handlers.change_strength(visitor, chosen_strength("l2", "99"))):
        assert alerts(change) and visitor.session[0].run_id in [line.run for line in change["status"]]
    handlers.stop(visitor)
    list(stream)


def test_a_strength_changed_during_a_run_is_marked(handlers):
    visitor = Visitor()
    stream = train(handlers, visitor, regularizer="l2", strength="0.0001", strength_of="l2", updates=20_000)
    next(change for change in stream if "chart" in change and change["chart"]["runs"][0]["points"][1:])
    assert handlers.change_strength(visitor, chosen_strength("l2", "0.01")) == {"default_of": ""}
    marks = next(
        change["chart"]["runs"][0]["marks"]
        for change in stream
        if "chart" in change and change["chart"]["runs"][0]["marks"]
    )  # fmt: skip
    assert marks[0][1] == "L2 0.01"
    assert "Strength" in alerts(handlers.change_strength(visitor, chosen_strength("l2", "99")))[0]
    assert handlers.change_strength(visitor, chosen_strength("l2", "much")) == {"default_of": ""}
    handlers.stop(visitor)
    list(stream)


@pytest.mark.parametrize(
    "query",
    [{"updates": ["0"]}, {"model": ["<script>"]}, {"x": ["1"]}, {"l2.strength": ["nan"]}, {"seed": ["1" * 600]},
     {"dropout.strength": ["0.3"], "l2": ["1"]}],
)  # fmt: skip
def test_a_link_that_is_wrong_gives_a_sentence_and_the_default_controls(handlers, query):
    shown, stream = arrive(handlers, Visitor(), [], query)
    assert shown["tab"] == "lab" and "regularizer" not in shown
    for change in (shown, *stream):
        assert alerts(change)


def test_a_link_brings_its_settings_back_even_those_without_a_control(handlers):
    config = RunConfig(
        speech_seconds=45.0, updates=77, seed=3, target_validation_loss=0.5,
        model=choose("model", "rnn", units=32, layers=2), leave_out=("tt-weasels",),
        regularizers=(choose("regularizer", "l0", strength=0.1, schedule="at once"), choose("regularizer", "dropout")),
    )  # fmt: skip
    first, _ = arrive(handlers, Visitor(), [], parse_qs(config.to_query()))
    assert first["tab"] == "lab"
    assert chosen_of(first).config() == config
    json.dumps(first["base"])


def test_a_link_can_open_the_lab_or_the_lesson(handlers):
    for query, place in (
        ({}, "lesson"),
        ({"lab": [""]}, "lab"),
        ({"lesson": [""]}, "lesson"),
    ):
        assert arrive(handlers, Visitor(), [], query)[0]["tab"] == place


def test_the_recorded_session_is_what_the_lesson_recorded():
    lesson, voice = recorded_lesson.load(CHECKPOINTS), VOICE
    assert lesson is not None
    out, met, regularized = session.recorded(lesson, voice)
    assert {out.run_id, regularized.run_id} == {*session.CHALLENGE} and met.run_id == "recorded-in"
    assert (out.twin_prompt, met.twin_prompt, regularized.twin_prompt) == ("", lesson.twin.prompt, "")
    assert out.label == "No regularizer" and met.label.startswith("No regularizer, twin trained on “")
    assert (
        regularized.label == f"{REGULARIZERS[lesson.regularizer.name].label} {lesson.regularizer.settings.strength:g}"
    )
    assert all(one.recorded for one in (out, met, regularized))
    assert len({one.colour for one in (out, met, regularized)}) == 3


def test_there_is_no_recorded_session_without_a_recording():
    assert session.recorded(None, VOICE) == ()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.label)
def test_presets_set_the_controls(handlers, preset):
    change = handlers.choosing.preset(Visitor(), preset.label)
    assert chosen_of(change).config() == preset.config()


def test_what_is_told_twice_of_a_pick_is_answered_once(handlers):
    visitor = Visitor()

    def picked(regularizer, strength_of):
        chosen = replace(Chosen.of(LESSON), regularizer=regularizer, strength_of=strength_of)
        return handlers.choosing.described(visitor, chosen)

    first = picked("l2", "none")
    assert first["strength"]["value"] == "0.0003" and first["strength_of"] == "l2"
    # gradio's second telling may leave before the first is answered: it has the strength of before
    assert picked("l2", "none") == {}
    assert picked("l1", "l2")["strength_of"] == "l1"
    dropout = next(preset for preset in PRESETS if preset.regularizer == "dropout")
    handlers.choosing.preset(visitor, dropout.label)  # which the page then shows
    assert picked("l1", "dropout")["strength_of"] == "l1"


@pytest.mark.parametrize("name", REGULARIZERS)
def test_every_regularizer_is_described(name):
    control, words = describe_regularizer(name, ENGLISH)
    assert REGULARIZERS[name].sentence in words
    assert REGULARIZERS[name].sentence not in describe_regularizer(name, CHINESE)[1]
    assert control["visible"] is (name != "none")


@pytest.mark.parametrize("name", [name for name in REGULARIZERS if name != "none"])
def test_every_strength_that_is_offered_can_be_used(name):
    control, _ = describe_regularizer(name, ENGLISH)
    assert control["choices"]
    for strength in (control["value"], *control["choices"]):
        assert choose("regularizer", name, strength=float(strength)).settings.strength == float(strength)


@pytest.mark.parametrize("model", MODELS)
def test_controls_become_a_config(model):
    size = {"units": 64} if MODELS[model].gradients else {}
    config = RunConfig(
        speech_seconds=None, model=choose("model", model, **size), loss="l1", optimizer="rmsprop", updates=50,
        learning_rate=0.01, seed=3,
    )  # fmt: skip
    assert replace(Chosen.of(config), base={}).config() == config


def test_what_a_regularizer_needs_of_the_model_is_said_where_it_is_chosen():
    for language, said in ((ENGLISH, "choose the RNN"), (CHINESE, "请选择 RNN")):
        assert said in describe_regularizer("zoneout", language)[1]
        assert said not in describe_regularizer("zoneout", language, model="rnn")[1]


def test_a_strength_shown_for_another_regularizer_is_not_used():
    chosen = replace(DEFAULT, regularizer="l2", strength="0.3", strength_of="dropout")
    assert chosen.config().regularizers == (choose("regularizer", "l2"),)
    with pytest.raises(SettingError, match="empty"):
        replace(chosen, strength="", strength_of="l2").config()


@given(st.floats(10, 7200))
def test_an_amount_of_speech_survives_its_control(seconds):
    assert speech_seconds(amount_of(seconds)) == seconds


@given(
    st.builds(
        RunConfig,
        speech_seconds=st.none() | st.floats(10, 7200),
        updates=st.integers(1, 20_000),
        seed=st.integers(0, 2**31 - 1),
        learning_rate=st.none() | st.floats(1e-6, 10),
        model=st.builds(lambda units: choose("model", "rnn", units=units), st.integers(16, 512)),
        regularizers=st.builds(lambda strength: (choose("regularizer", "l2", strength=strength),), st.floats(0, 0.01)),
    )
)
def test_whatever_a_link_may_say_is_trained_as_it_is(config):
    """One range for link, control and command line, and no digit lost on the way through a control."""
    assert Chosen.of(config).config() == config


def test_a_time_is_predicted_whatever_is_wrong_with_the_rest(handlers):
    chosen, visitor = replace(Chosen.of(LESSON), base={}), Visitor()
    handlers.engine._times.measured(0.05)  # a worker's own may be long in coming
    told = handlers.choosing.predicted(visitor, 1, chosen)["predicted"]
    assert re.fullmatch(r"about [0-9.]+ s on this machine", told)
    assert handlers.choosing.predicted(visitor, 2, replace(chosen, seed=None, rate="much"))["predicted"] == told
    wrong = LESSON.to_mapping() | {"regularizers": [{"name": "l2"}, {"name": "zoneout"}]}
    other = handlers.choosing.predicted(visitor, 3, replace(chosen, base=wrong, model="cnn"))["predicted"]
    assert other not in ("", told)
    assert handlers.choosing.predicted(visitor, 4, replace(chosen, units="many"))["predicted"] == ""


def test_a_question_about_the_time_that_a_later_one_overtook_is_not_answered(handlers):
    handlers.engine._times.measured(0.05)
    chosen, visitor = Chosen.of(LESSON), Visitor()
    later = handlers.choosing.predicted(visitor, 7, replace(chosen, updates="1000"))
    assert handlers.choosing.predicted(visitor, 6, chosen) == {}
    assert handlers.choosing.predicted(visitor, 8, chosen)["predicted"] not in ("", later["predicted"])


def test_a_page_asks_again_for_the_time_until_the_workers_are_warm(handlers, monkeypatch):
    monkeypatch.setattr(handlers.engine, "_times", RunTimes(lanes=1))
    chosen, visitor = Chosen.of(LESSON), Visitor()
    told = [handlers.choosing.predicted(visitor, number, chosen) for number in (1, 2)]
    handlers.engine._times.measured(0.05)
    told += [handlers.choosing.predicted(visitor, number, chosen) for number in (3, 4)]
    assert [bool(one["predicted"]) for one in told] == [False, False, True, True]
    assert [one.get("again_soon", {}).get("active") for one in told] == [True, None, False, None]


def seconds_in(said):
    return float(re.fullmatch(r"(?:at most )?about ([0-9.]+) s on this machine", said["predicted"])[1])


def predicted(handlers, base=LESSON, twin=True, **controls):
    return handlers.choosing.predicted(Visitor(), 1, replace(Chosen.of(base), **controls), twin)


def test_the_predicted_time_follows_all_that_it_depends_on(handlers, monkeypatch):
    monkeypatch.setattr(handlers.engine, "_times", RunTimes(lanes=1))
    handlers.engine._times.measured(0.05)
    default = seconds_in(predicted(handlers))
    assert seconds_in(predicted(handlers, twin=False)) == pytest.approx(default / 2, rel=0.1)
    for control, value in (("regularizer", "kl_weights"), ("loss", "cross_entropy"), ("units", "512")):
        assert seconds_in(predicted(handlers, **{control: value})) > 1.4 * default, control
    layers = replace(LESSON, model=choose("model", LESSON.model.name, layers=4))
    assert seconds_in(predicted(handlers, layers)) > 1.2 * default  # from a link: there is no control for it
    second = replace(LESSON, regularizers=(choose("regularizer", "l2"), choose("regularizer", "kl_weights")))
    assert seconds_in(predicted(handlers, second)) > 1.4 * default
    assert seconds_in(handlers.choosing.preset(Visitor(), PRESETS[0].label, twin=True)) == default
    assert seconds_in(handlers.choosing.preset(Visitor(), PRESETS[0].label, twin=False)) < 0.6 * default


def test_where_a_run_may_end_sooner_its_time_is_a_most(handlers):
    handlers.engine._times.measured(0.05)
    for language, said in ((ENGLISH, "at most about "), (CHINESE, "在这台机器上最多约需 ")):
        page = Handlers(handlers.engine, language, VOICE)
        assert predicted(page, regularizer="early_stopping")["predicted"].startswith(said)
        assert not predicted(page)["predicted"].startswith(said)


def test_what_is_left_begins_with_the_predicted_time_and_ends_with_the_runs_own_pace():
    start, middle, end = Progress(0, None, 0.0, 2.0), Progress(100, 1.0, 0.0, 42.0), Progress(199, 1.0, 0.0, 81.6)
    assert run_lines.seconds_left([start], 200, None) is None
    assert run_lines.seconds_left([start], 200, 60.0) == pytest.approx(60)
    assert run_lines.seconds_left([start, middle], 200, None) == pytest.approx(40)
    assert 30 < run_lines.seconds_left([start, middle], 200, 60.0) < 40
    assert run_lines.seconds_left([start, middle, end], 200, 60.0) == pytest.approx(0.4, abs=0.02)


def test_a_run_that_waits_for_its_first_update_says_what_was_predicted(handlers, monkeypatch):
    monkeypatch.setattr(handlers.engine, "_times", RunTimes(lanes=2))
    handlers.engine._times.measured(0.05)
    visitor = Visitor()
    next(train(handlers, visitor))
    run_id = visitor.session[0].run_id
    whole = handlers.engine.expected_seconds([handlers.engine.config(run_id)])
    begun = [next(event for event in handlers.engine.follow(run_id) if isinstance(event, Progress))]
    monkeypatch.setattr(handlers.engine, "events_after", lambda *_, **__: [Started(1, 1.0, 1, 1, 2000), *begun])
    assert f"about {whole:.0f} s left" in run_lines.said_of(handlers.engine, run_id, ENGLISH)
    monkeypatch.undo()
    handlers.stop(visitor)


def test_a_run_says_when_it_has_learned_nothing_and_its_unusual_learning_rate(handlers):
    visitor = Visitor()
    list(train(handlers, visitor, updates=40, rate="5"))
    list(train(handlers, visitor, updates=40))
    high, default = (run_lines.said_of(handlers.engine, one.run_id, ENGLISH) for one in visitor.session)
    assert "learned nothing" in high and "too high" in high and "learned nothing" not in default
    settings = [row["settings"] for row in run_rows.table(handlers.engine, visitor.session, ENGLISH)["runs"]]
    assert "learning rate 5" in settings[0] and "learning rate" not in settings[1]


@pytest.mark.parametrize("run_id", ["recorded-out", "recorded-stopped"])
def test_the_table_has_the_losses_that_the_chart_ends_with(handlers, run_id):
    """Also of a run that was stopped between two evaluations, whose end tells no losses."""
    now = (session.Experiment(run_id, "Run", 0),)
    (row,) = run_rows.table(handlers.engine, now, ENGLISH)["runs"]
    points = session.chart(handlers.engine, now, ENGLISH)["runs"][0]["points"]
    _, training_loss, validation_loss = points[-1]
    assert (row["final"], row["gap"]) == (validation_loss, validation_loss - training_loss)
    assert row["best"] == min(point[2] for point in points)
    assert row["rise"] == row["final"] / row["best"] - 1 >= 0
    going_on = handlers.engine.events_after(run_id, 0, timeout=0)[:-1]
    assert run_rows.last_losses(going_on) == (None, None)


def test_what_waited_since_before_another_sentence_was_chosen_says_that_one(handlers):
    visitor = Visitor((session.Experiment("recorded-out", "Recorded", 0, "", True),))
    handlers.listen(visitor, HEARD._replace(kind="seen"))
    stale = handlers.follow(visitor, HEARD._replace(kind="unseen"))
    assert stale["player"]["sentence"] == handlers.listen(visitor, HEARD._replace(kind="seen"))["player"]["sentence"]


def test_a_sentence_can_be_picked_by_how_well_it_is_said_and_hidden(handlers):
    visitor = Visitor((session.Experiment("recorded-out", "Recorded", 0, "", True),))
    said = {
        pick: handlers.listen(visitor, HEARD._replace(pick=pick))["player"]["sentence"]
        for pick in ("default", "best", "median", "worst")
    }
    numbers = {pick: re.findall(r"\d+", sentence["typical"]) for pick, sentence in said.items() if pick != "default"}
    count = int(numbers["best"][1])
    assert numbers["best"][0] == "1" and int(numbers["worst"][0]) == count > 3
    assert int(numbers["median"][0]) == count // 2 + 1
    assert len({sentence["text"] for sentence in said.values()}) >= 3
    hidden = handlers.listen(visitor, HEARD._replace(pick="best", hidden=True))["player"]["sentence"]
    assert hidden["hidden"] and not said["best"]["hidden"]
    assert handlers.listen(visitor, HEARD._replace(kind="seen", pick="best"))["player"]["sentence"]["text"]
    assert not handlers.listen(Visitor(), HEARD._replace(pick="best"))["player"]["sentence"]["typical"]


def at_speed(speed, kind="typed"):
    return Wanted(kind, "tt-monkeysintro", "Hello.", speed=speed)


@pytest.mark.parametrize(
    ("written", "speed", "why"),
    [
        ("你好", 1.0, "English"), ("x" * 10_000, 1.0, "300"), ("<b>" * 200, 1.0, "300"), ("", 1.0, "."),
        (" \n ", 1.0, "."), ("?!", 1.0, "."), ("Hello.", 100.0, "2"), ("Hello.", float("nan"), "finite"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_a_sentence_that_is_refused_is_not_looked_into(handlers, language, written, speed, why):
    run = session.Experiment("recorded-out", "No regularizer", 0, recorded=True)
    wanted = Wanted("typed", "tt-weasels", written, speed=speed)
    value = clips.inside_of(handlers.engine, (run,), run, VOICE, wanted, language)
    assert "sentence" not in value and value["speech"] is None
    assert value["layers"], "the weights are shown whatever is typed"
    shown = Handlers(handlers.engine, language, VOICE).listen(Visitor((run,)), wanted)
    assert "player" not in shown, "nor does the player show it"
    assert value["note"] == shown["said"], "both give the same reason"
    if language is ENGLISH:
        assert why in value["note"]
    else:
        assert re.search("[\u4e00-\u9fff]{3}", value["note"])


def test_a_typed_sentence_that_can_be_read_is_looked_into(handlers):
    run = session.Experiment("recorded-out", "No regularizer", 0, recorded=True)
    value = clips.inside_of(handlers.engine, (run,), run, VOICE, Wanted("typed", "tt-weasels", " Hello. "), CHINESE)
    assert value["sentence"] == "Hello." and value["speech"] and "note" not in value


def test_what_is_missing_inside_is_said_in_the_pages_language(handlers, monkeypatch):
    wild = np.full((40, N_FEATURES), np.nan)
    monkeypatch.setattr(clips.synthesis, "predict_text", lambda *_: wild)
    run = session.Experiment("recorded-out", "No regularizer", 0, recorded=True)
    value = clips.inside_of(handlers.engine, (run,), run, VOICE, Wanted("typed", "tt-weasels", "Hello."), CHINESE)
    assert re.search("[\u4e00-\u9fff]{3}", value["note"])


def test_a_typed_sentence_has_a_speed(handlers):
    """The clips of the player and the picture inside follow it, however often it changes."""
    visitor = Visitor((session.Experiment("recorded-out", "Recorded", 0, "", True),), looks=True)
    samples, frames, titles = [], [], []
    for speed in (1, 2, 0.5, 1):
        value = handlers.listen(visitor, at_speed(speed))["player"]
        (clip,) = value["clips"]
        samples.append(len(acoustics.wav_samples(base64.b64decode(clip["url"].partition(",")[2]))))
        frames.append(handlers.inside(visitor, at_speed(speed))["inside"]["speech"]["frames"])
        titles.append(value["sentence"]["title"])
    for default, fast, slow, again in (samples, frames):
        assert default == again
        assert fast == pytest.approx(default / 2, rel=0.03) and slow == pytest.approx(2 * default, rel=0.03)
    assert titles == [f"Your own sentence{at}" for at in ("", " · 2 ×", " · 0.5 ×", "")]


def test_a_corpus_sentence_is_made_once_whatever_the_speed(handlers):
    visitor = Visitor((session.Experiment("recorded-out", "Recorded", 0, "", True),))
    clips._spoken.cache_clear()
    said = [handlers.listen(visitor, at_speed(speed, "twin"))["player"] for speed in (1, 2, 0.5)]
    assert said[0]["clips"][-1]["url"] and said[0] == said[1] == said[2]
    assert clips._spoken.cache_info().misses == 1


def test_the_speeds_on_offer_reach_from_the_slowest_to_the_fastest():
    allowed, default = describe(Reading)["speed"]
    assert (SPEEDS[0], SPEEDS[-1]) == (allowed.minimum, allowed.maximum) and default in SPEEDS
    assert list(SPEEDS) == sorted(SPEEDS)


@pytest.mark.parametrize("speed", [float("nan"), 100, None, "fast"])
def test_a_speed_that_no_page_sends_gives_a_sentence(handlers, speed):
    visitor = Visitor((session.Experiment("recorded-out", "Recorded", 0, "", True),), looks=True)
    assert "“语速”必须" in Handlers(handlers.engine, CHINESE, VOICE).listen(visitor, at_speed(speed))["said"]
    assert handlers.inside(visitor, at_speed(speed))["inside"]["speech"] is None


def test_what_a_recogniser_heard_is_shown_for_the_last_weights_only(handlers):
    visitor = Visitor((session.Experiment("recorded-out", "Recorded", 0, "", True),))
    known = Known("", {("recorded-out", "tt-weasels"): "we sells", ("recording", "tt-weasels"): "weasels"})
    for moment, expected in ((None, ["weasels", None, "we sells"]), (5, ["weasels", None, None])):
        wanted = Wanted("twin", "tt-weasels", "")
        value = clips.player_value(handlers.engine, visitor.session, VOICE, wanted, ENGLISH, moment, known)
        assert [clip.get("heard") for clip in value["clips"]] == expected


def test_names_of_runs_are_kept_in_english_and_shown_in_the_pages_language(handlers):
    visitor = Visitor()
    stream = train(Handlers(handlers.engine, CHINESE, VOICE), visitor, updates=20)
    assert next(stream)["chart"]["runs"][0]["label"] == "无正则化"
    assert visitor.session[0].label == "No regularizer"
    list(stream)
    assert run_rows.table(handlers.engine, visitor.session, CHINESE)["runs"][0]["settings"].startswith("60 秒")


def test_tabs_and_reloads_of_a_browser_are_one_visitor(handlers):
    before, other, stranger = Visitor(), Visitor(), Visitor()
    handlers.train(before, HEARD, DEFAULT, False)
    handlers.arrive(other, {"runs": kept_of(handlers, before)}, HEARD, {})
    handlers.arrive(stranger, {"runs": []}, HEARD, {})
    assert other.key == before.key == handlers.engine.visitor(before.session[0].run_id) != stranger.key
    handlers.stop(before)
    ends(handlers, before)


def test_a_run_and_its_twin_are_taken_together_or_not_at_all(handlers, monkeypatch):
    visitor, taken = Visitor(), []
    with monkeypatch.context() as patched:
        patched.setattr(handlers.engine, "submit_together", lambda *given: taken.append(given) or ["a", "b"])
        handlers.train(visitor, HEARD, DEFAULT, True)
    ((configs, key),) = taken
    assert [config.keep_in for config in configs] == [(), ("tt-weasels",)] and key == visitor.key
    refused = Visitor()
    with monkeypatch.context() as patched:
        patched.setattr(handlers.engine._queue, "_limit", 0)
        assert "runs are waiting already" in alerts(handlers.train(refused, HEARD, DEFAULT, True))[0]
    assert refused.session == ()
