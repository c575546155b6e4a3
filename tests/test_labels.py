"""What a run is called: one source, from its config and its events, wherever it is shown, said or written."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from tests import test_training
from tests.command_line import tts_demo
from tts_demo import corpus, labels, runs, training
from tts_demo.config import choose
from tts_demo.engine import LocalEngine
from tts_demo.events import Finished, Progress, Snapshot, StrengthChanged
from tts_demo.messages import Message
from tts_demo.ui.lab import blind_handlers, clips, session
from tts_demo.ui.lab.blind_tests import BlindTests
from tts_demo.ui.lab.controls import Chosen
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.sentences import Wanted
from tts_demo.ui.lab.session import Experiment
from tts_demo.ui.lab.visitor import Begun, Visitor
from tts_demo.ui.locales.catalog import LANGUAGES

ENGLISH, CHINESE = LANGUAGES["en"], LANGUAGES["zh"]
VOICE = corpus.load("asterisk")
HEARD = Wanted("unseen", "tt-weasels", "Hello.")
RUN = "recorded-changed"  # recorded, so that it is the engine's from the start
AGAIN = "recorded-again"  # another run of the same config and events
TINY = replace(test_training.TINY, model=choose("model", "feed_forward", units=16))
SMALL = replace(TINY, corpus="asterisk", speech_seconds=60.0)
CHANGED = replace(SMALL, regularizers=(choose("regularizer", "weight_range", strength=0.5),))
NAMES = {"en": "Weight range 0.5 → 0.05 at update 10", "zh": "权重范围 0.5 → 0.05（第 10 次更新时）"}
OWN = {"en": f"Mine, trained with {NAMES['en']}", "zh": f"Mine，训练时用{NAMES['zh']}"}


def two(first, second="l2"):
    chosen = (choose("regularizer", first, strength=0.1), choose("regularizer", second, strength=0.001))
    return replace(SMALL, regularizers=chosen)


DROPOUT = two("dropout")


@pytest.mark.parametrize(
    ("told", "english", "chinese"),
    [
        ([], "Dropout 0.1 + L2 0.001", "丢弃法（Dropout） 0.1 + L2 0.001"),
        (
            [(150, "dropout", 0.9)],
            "Dropout 0.1 → 0.9 at update 150 + L2 0.001",
            "丢弃法（Dropout） 0.1 → 0.9（第 150 次更新时） + L2 0.001",
        ),
        (
            [(150, "dropout", 0.9), (160, "l2", 0.01), (200, "dropout", 0.3)],
            "Dropout 0.1 → 0.9 at update 150 → 0.3 at update 200 + L2 0.001 → 0.01 at update 160",
            "丢弃法（Dropout） 0.1 → 0.9（第 150 次更新时） → 0.3（第 200 次更新时）"
            " + L2 0.001 → 0.01（第 160 次更新时）",
        ),
        (
            [(step, "dropout", step / 1000) for step in range(300, 800, 100)],
            "Dropout 0.1 → … → 0.7 at update 700 (the last of 5 changes) + L2 0.001",
            "丢弃法（Dropout） 0.1 → … → 0.7（第 700 次更新时；共改变 5 次，这是最后一次） + L2 0.001",
        ),
        # two clicks between two updates, and one that changes nothing
        ([(9, "dropout", 0.7), (9, "dropout", 0.9)], "Dropout 0.1 → 0.9 at update 9 + L2 0.001", None),
        ([(9, "dropout", 0.7), (9, "dropout", 0.1)], "Dropout 0.1 + L2 0.001", None),
        ([(9, "dropout", 0.1), (12, "l2", 0.001)], "Dropout 0.1 + L2 0.001", None),
    ],
)
def test_a_label_tells_every_change_of_strength(told, english, chinese):
    events = [StrengthChanged(*change) for change in told]
    label = labels.label_of(DROPOUT, VOICE, events)
    assert str(label) == ENGLISH.sentence(label) == english
    assert chinese in (None, CHINESE.sentence(label))


def test_model_and_twin_are_told_in_both_languages():
    cnn = replace(DROPOUT, model=choose("model", "cnn"), keep_in=("tt-weasels",))
    events = [StrengthChanged(20, "l2", 0.01)]
    label = labels.label_of(cnn, VOICE, events)
    assert str(label) == ("CNN: Dropout 0.1 + L2 0.001 → 0.01 at update 20, twin trained on “Weasels have …”")
    assert CHINESE.sentence(label) == (
        "CNN（卷积神经网络）：丢弃法（Dropout） 0.1 + L2 0.001 → 0.01（第 20 次更新时），学过“Weasels have …”的双胞胎"
    )
    assert str(labels.label_of(replace(TINY, model=choose("model", "hmm")), VOICE)) == "HMM with decision trees"
    assert CHINESE.sentence(labels.label_of(TINY, VOICE)) == "无正则化"


def test_the_strength_in_force_is_that_of_the_snapshots_update():
    events = [StrengthChanged(10, "weight_range", 0.05), StrengthChanged(30, "weight_range", 0.2)]
    for step, strength in ((0, 0.5), (5, 0.5), (10, 0.5), (11, 0.05), (30, 0.05), (31, 0.2)):
        assert labels.strengths_at(CHANGED, events, step) == {"weight_range": strength}


def recorded(folder, config, step, name, strength):
    """A run whose strength is changed after an update, recorded."""
    control = training.Control()
    for event in runs.record(config, training.train(config, control), folder):
        if isinstance(event, Progress) and event.step == step:
            control.set_strength(name, strength)
    return runs.load(folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("labels") / "run", CHANGED, 10, "weight_range", 0.05)


@pytest.fixture(scope="module")
def engine(run, tmp_path_factory):
    engine = LocalEngine(tmp_path_factory.mktemp("runs"), workers=1, recorded={RUN: run, AGAIN: run})
    yield engine
    engine.close()


def shown(engine, visitor, language):
    """Every name of the newest run that a visitor meets, by where it is."""
    newest = visitor.session[-1].run_id
    handlers = Handlers(engine, language, VOICE)
    change = handlers.curves(visitor)
    chart, status = change["chart"]["runs"][-1], change["status"]
    page = handlers.follow(Visitor(visitor.session, looks=True), HEARD)
    own = BlindTests(blind_handlers.clip_maker(engine, VOICE), blind_handlers.text_of(VOICE))
    blind = blind_handlers.BlindHandlers(engine, own, language, VOICE)
    begun = blind.begin(visitor, {"offer": "abx5"}, None, None)  # quicker than the choices came
    assert begun["kept_test"] and not begun["blind"].get("alert")
    begun = blind.begin(visitor, {"offer": "abx5"}, newest, "recording")
    value, test = begun["blind"], begun["kept_test"]
    for number in range(1, value["trials"] + 1):
        value = blind.answer({"test": test, "trial": number, "choice": "A"})["blind"]
    (system,) = {row[key] for row in value["rows"] for key in "abx"} - {language("Recording")}
    ranked = handlers.listen(visitor, HEARD._replace(pick="best"))["player"]["sentence"]["typical"]
    offered = {
        where: {run_id: name for name, run_id in page[where]["choices"]} for where in ("look", "first", "second")
    }
    return chart, page["runs"]["runs"][-1], {
        "legend, PNG, SVG, CSV": chart["label"],
        "status": status[-1].name,
        "player": page["player"]["clips"][-1]["label"],
        "inside": page["inside"]["label"],
        "look into": offered["look"][newest],
        "compare first": offered["first"][newest],
        "compare second": offered["second"][newest],
        "blind test": value["names"][0],
        "blind test, trials": system,
        "blind test, file": next(csv.DictReader(io.StringIO(value["csv"])))["first"],
        "ranked": re.search("[“](.*)[”]", ranked)[1],
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
def test_all_that_names_a_run_tells_what_happened_in_it(engine, run, language):
    started = Experiment(RUN, str(labels.label_of(CHANGED, VOICE)), 0)
    chart, row, names = shown(engine, Visitor((started,)), language)
    assert {where: name for where, name in names.items() if name != NAMES[language.code]} == {}
    assert row["label"] == NAMES[language.code]
    assert [step for step, _ in chart["marks"]] == [10]
    for name in ("weight_range", "0.5"):
        assert name not in row["settings"]


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
def test_a_name_of_ones_own_stays_and_the_change_is_told_beside_it(engine, language):
    (mine,) = session.renamed((Experiment(RUN, str(labels.label_of(CHANGED, VOICE)), 0),), RUN, "Mine")
    _, row, names = shown(engine, Visitor((mine,)), language)
    assert {where: name for where, name in names.items() if name != OWN[language.code]} == {}
    assert row["label"] == "Mine"
    assert row["settings"].startswith(f"{NAMES[language.code]} · ")


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
def test_runs_of_one_name_are_numbered_wherever_they_are_named(engine, language):
    label = str(labels.label_of(CHANGED, VOICE))
    both = (Experiment(RUN, label, 0), Experiment(AGAIN, label, 1))
    _, row, names = shown(engine, Visitor(both), language)
    assert {where: name for where, name in names.items() if name != f"{NAMES[language.code]} (2)"} == {}
    assert (row["label"], row["suffix"]) == (NAMES[language.code], " (2)")  # the name can be changed, the number not
    found = session.names_of(engine, both, language)
    assert [found[run_id].full for run_id in (RUN, AGAIN)] == [
        f"{NAMES[language.code]} ({number})" for number in (1, 2)
    ]
    mine = session.renamed(session.renamed(both, RUN, "Mine"), AGAIN, "Mine")
    found = session.names_of(engine, mine, language)
    assert found[AGAIN].full == OWN[language.code].replace("Mine", "Mine (2)")
    apart = session.renamed(both, AGAIN, "Mine")
    assert {name.suffix for name in session.names_of(engine, apart, language).values()} == {""}


@pytest.mark.parametrize(
    ("language", "shown_as"),
    [
        (ENGLISH, ["No regularizer, Feed-forward network 16, seed 0", "No regularizer, Feed-forward network 32, seed 0",
                   "No regularizer, Feed-forward network 16, seed 7", "L2 0.0003"]),
        (CHINESE, ["无正则化，前馈神经网络 16，种子 0", "无正则化，前馈神经网络 32，种子 0",
                   "无正则化，前馈神经网络 16，种子 7", "L2 0.0003"]),
    ],
)  # fmt: skip
def test_runs_of_one_name_are_told_apart_by_what_differs(language, shown_as):
    wide = replace(SMALL, model=choose("model", "feed_forward", units=32))
    configs = [SMALL, wide, replace(SMALL, seed=7), replace(SMALL, regularizers=(choose("regularizer", "l2"),))]
    names = [language.sentence(labels.label_of(config, VOICE)) for config in configs]
    assert labels.apart(names, configs, language.sentence) == shown_as
    assert labels.apart(names[:1] * 2, [SMALL, None]) == [f"{names[0]} (1)", f"{names[0]} (2)"]  # one is forgotten


def test_a_reload_does_not_take_a_long_label_for_a_name(engine):
    chosen = tuple(
        choose("regularizer", name) for name in ("variational_dropout", "weight_noise", "l1_proximal", "kl_sparsity")
    )
    long = replace(TINY, model=choose("model", "cnn", units=16), regularizers=chosen)
    label = str(labels.label_of(long, VOICE))
    assert len(label) > 80
    run_id = engine.submit(long)
    (kept,) = session.from_plain(json.loads(json.dumps([[run_id, label, 0, ""]])), engine)
    assert session.names_of(engine, (kept,), CHINESE)[run_id].full == CHINESE.sentence(labels.label_of(long, VOICE))
    engine.end(run_id)


def test_a_change_in_mid_run_reaches_every_label_at_once(engine):
    """Also those of runs that go on: the curves are drawn anew, and the rest of the page follows."""
    handlers, visitor = Handlers(engine, ENGLISH, VOICE), Visitor()
    config = replace(DROPOUT, updates=20_000)
    run_id = engine.submit(config)
    visitor.began([Begun(run_id, str(labels.label_of(config, VOICE)))])
    happenings = engine.follow(run_id)
    next(event for event in happenings if isinstance(event, Progress) and event.validation_loss)
    assert handlers.curves(visitor)["chart"]["runs"][0]["points"]
    handlers.follow(visitor, HEARD)
    chosen = replace(Chosen.of(config), strength="0.9")
    assert "status" not in handlers.change_strength(visitor, chosen)
    next(event for event in happenings if isinstance(event, StrengthChanged))
    label = handlers.curves(visitor)["chart"]["runs"][0]["label"]
    assert re.fullmatch(r"Dropout 0\.1 → 0\.9 at update \d+ \+ L2 0\.001", label)
    assert handlers.follow(visitor, HEARD)["look"]["choices"] == [(label, run_id)]
    handlers.stop(visitor)
    assert isinstance(list(happenings)[-1], Finished)
    assert handlers.curves(visitor)["chart"]["runs"][0]["label"] == label


def test_bounds_are_drawn_where_they_were_at_the_snapshot(engine, monkeypatch):
    wanted, visitor = HEARD, (Experiment(RUN, "Weight range", 0),)
    inside = clips.inside_of(engine, visitor, visitor[0], VOICE, wanted, ENGLISH)
    assert (inside["step"], inside["bound"]) == (45, 0.05)
    assert inside["layers"][0]["largest"] == pytest.approx(0.05, rel=1e-3)  # stored in half precision
    # where the best weights came back, they are of before the change
    snapshot = next(event for event in engine.events_after(RUN, 0, 0) if isinstance(event, Snapshot))
    again = [StrengthChanged(10, "weight_range", 0.05), snapshot, Finished("early_stopped", Message(""), snapshot.step)]
    monkeypatch.setattr(engine, "events_after", lambda *_, **__: again)
    inside = clips.inside_of(engine, visitor, visitor[0], VOICE, wanted, ENGLISH)
    assert (inside["step"], inside["bound"]) == (5, 0.5)


def test_the_command_line_says_it_too(run):
    command = ["evaluate", run.directory, "--split", "validation"]
    assert json.loads(tts_demo(*command, "--json").stdout)["run"] == NAMES["en"]
    assert f"run              {NAMES['en']}\n" in tts_demo(*command).stdout
