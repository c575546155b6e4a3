"""What a link hides, fixes and embeds, and the link that is shared: without a browser."""

import html
import re
from contextlib import closing
from dataclasses import fields, replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_demo import corpus
from tts_demo.config import RunConfig
from tts_demo.engine import LocalEngine
from tts_demo.lesson import LESSON
from tts_demo.settings import SettingError
from tts_demo.ui import link_first, qr
from tts_demo.ui.lab import links
from tts_demo.ui.lab.changes import Show
from tts_demo.ui.lab.controls import OWN, PRESETS, Chosen
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.link_handlers import LinkHandlers, link_to
from tts_demo.ui.lab.links import CONTROLS, EMBEDS, SECTIONS, Link, View
from tts_demo.ui.lab.sentences import Wanted
from tts_demo.ui.lab.sweeping import AXES
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES

HEARD = Wanted("unseen", "tt-weasels", "Hello.")
DROPOUT = next(preset for preset in PRESETS if preset.regularizer == "dropout")
WISH = {"number": 1, "address": "http://localhost:7860/", "show": None, "fix": [], "embed": "curve"}
VIEWS = st.builds(
    View,
    show=st.none() | st.frozensets(st.sampled_from([*CONTROLS, *SECTIONS])),
    fix=st.frozensets(st.sampled_from([*CONTROLS])),
    embed=st.sampled_from(["", *EMBEDS]),
    over=st.sampled_from(["", *AXES]),
    twin=st.sampled_from([None, True, False]),
)


def asked(query):
    return parse_qs(query, keep_blank_values=True)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with closing(LocalEngine(tmp_path_factory.mktemp("runs"))) as engine:
        yield LinkHandlers(Handlers(engine, LANGUAGES["en"], corpus.load(LESSON.corpus)), qr.svg_of)


def arrived(page, query):
    """A visitor who came by a link, and what the page then shows."""
    visitor = Visitor()
    return visitor, page.runs.arrive(visitor, {"runs": []}, HEARD, asked(query))


def chosen_of(change):
    values = {each.name: change[each.name] for each in fields(Chosen)}
    return Chosen(**{name: value.get("value") if isinstance(value, Show) else value for name, value in values.items()})


# ---- what a link says


@given(VIEWS)
def test_a_view_comes_back_from_its_link(view):
    assert View.of(asked(urlencode(view.to_pairs()))) == view
    assert View.of(asked(urlencode(view.to_pairs(), safe=","))) == view


@given(VIEWS)
def test_what_is_fixed_is_seen_and_what_is_not_seen_is_held(view):
    assert not view.fix & view.hidden
    assert view.held == {name for name in CONTROLS if name in view.hidden or name in view.fix}
    if view.embed:  # one part alone
        own = EMBEDS[view.embed][1]
        assert SECTIONS.keys() - view.hidden == ({own} if own else set())
    elif view.show is None:
        assert not view.hidden


def test_names_are_separated_by_commas():
    view = View.of(asked("show=regularizer,%20strength,&show=curve&fix=model,seed"))
    assert view.show == {"regularizer", "strength", "curve"} and view.fix == {"model", "seed"}
    assert CONTROLS.keys() - view.hidden == {"regularizer", "strength", "model", "seed"}
    assert SECTIONS.keys() - view.hidden == {"curve"}
    assert View.of(asked("show=")).hidden == {*CONTROLS, *SECTIONS}
    assert View.of(asked("fix=all")).fix == CONTROLS.keys()
    assert View.of(asked("updates=50&lab")) == View()


@pytest.mark.parametrize(
    ("query", "known"),
    [
        ("show=strenght", [*CONTROLS, *SECTIONS]),
        ("fix=curve", [*CONTROLS, "all"]),
        ("embed=title", EMBEDS),
        ("over=seed", AXES),
        ("twin=1", ["yes", "no"]),
    ],
)
def test_a_name_that_is_not_known_gets_a_sentence_with_those_that_are(page, query, known):
    with pytest.raises(SettingError) as error:
        View.of(asked(query))
    assert str(error.value).endswith(f"Known are: {', '.join(known)}.")
    assert repr(query.partition("=")[2]) in str(error.value)
    chinese = LANGUAGES["zh"].sentence(error.value)
    assert chinese.endswith(f"可用的有：{', '.join(known)}。")
    # its settings count, and the rest of such a link does not
    visitor, shown = arrived(page, f"{query}&fix=seed&updates=50")
    assert str(error.value) in [line.said for line in shown["status"] if line.kind == "alert"]
    assert visitor.link == Link(View(), visitor.link.config) and shown["updates"] == "50" and shown["tab"] == "lab"
    assert link_first.head(query.encode()) == ""


# ---- what a page makes of it


def test_what_is_hidden_is_hidden_by_a_style_sheet():
    head = link_first.head(b"show=regularizer,curve&fix=model&l2.strength=0.001")
    hidden = set(re.search(r"<style>([^:]*)", head)[1].replace("#lab .form", "").strip(", ").split(", "))
    assert hidden == {
        *(f"#{CONTROLS[name].element}" for name in CONTROLS if name not in ("regularizer", "model")),
        "#inside-section", "#blind-section", "#runs-section",
    }  # fmt: skip
    assert "#more" not in head and "<script>" not in head
    assert "#more" in link_first.head(b"show=strength") and "#regularizer-words" in link_first.head(b"show=seed")
    assert link_first.head(b"updates=50&lab") == link_first.head(b"") == link_first.head(b"\xff&%ff=%fe") == ""


def test_nothing_of_a_link_becomes_markup():
    assert link_first.head(b"embed=%22%3C/script%3E") == link_first.head(b"show=%3C/style%3E") == ""
    assert 'dataset.embed = "chart";' in link_first.head(b"embed=chart")
    assert "dataset.controls" in link_first.head(b"embed=chart&show=")
    assert "dataset.controls" not in link_first.head(b"embed=chart")


def test_a_link_fixes_controls_and_opens_their_panels(page):
    visitor, shown = arrived(page, "fix=strength,seed,twin&seed=3&l2.strength=0.001&twin=no&over=units")
    assert shown["strength"]["value"] == "0.001" and shown["strength"]["interactive"] is False
    assert shown["seed"] == Show(value=3, interactive=False) and shown["twin"] == Show(value=False, interactive=False)
    assert shown["over"] == "units" and shown["more"] == Show(open=True)
    assert shown["regularizer"] == "l2" and chosen_of(shown).config() == visitor.link.config
    assert arrived(page, "embed=challenge")[1]["tested"] == Show(open=True)
    assert arrived(page, "embed=curve")[1]["swept"] == Show(open=True)
    assert arrived(page, "embed=curve")[0].link.config == PRESETS[1].config()  # a curve has to be of something
    assert arrived(page, "embed=curve&over=units")[0].link.config == LESSON
    assert "interactive" not in str(arrived(page, "show=seed&seed=3")[1]["seed"])


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.label)
@pytest.mark.parametrize("query", ["fix=seed,updates&seed=3&updates=50", "show=preset&seed=3&updates=50&dropout.p=0.3"])
def test_a_preset_leaves_what_the_link_holds(page, preset, query):
    query = query.replace("dropout.p", "dropout.strength")
    visitor, shown = arrived(page, query)
    assert not [line for line in shown.get("status", ()) if line.kind == "alert"]
    change = page.preset(visitor, preset.label, False)
    own = Chosen.of(visitor.link.config)
    if change["preset"] == OWN and "seed" not in change:  # all of it is held, and they do not go together
        assert change["status"][0].kind == "alert"
        return
    held = [CONTROLS[name].part for name in visitor.link.view.held]
    for part in held:
        if part in vars(own):
            assert getattr(chosen_of(change), part) == getattr(own, part), part
    config = chosen_of(change).config()
    assert (config.seed, config.updates) == (3, 50)
    assert change["preset"] == OWN and change["status"][0].said.startswith("The link holds some settings")
    if "regularizer" not in held:
        assert config == replace(preset.config(), seed=3, updates=50)


def test_a_preset_that_suits_the_link_is_itself(page):
    visitor, _ = arrived(page, "fix=seed&updates=600&speech_seconds=120")
    change = page.preset(visitor, DROPOUT.label, False)
    assert change["preset"] == DROPOUT.label and "status" not in change


def test_a_strength_belongs_to_its_regularizer():
    own = RunConfig.from_query("speech_seconds=120&l2.strength=0.01")
    of_strength, of_regularizer = View(fix=frozenset(["strength"])), View(fix=frozenset(["regularizer"]))
    l2, dropout = PRESETS[1].config(), DROPOUT.config()
    assert Link(of_strength, own).holding(l2).regularizers == own.regularizers
    assert Link(of_strength, own).holding(dropout).regularizers == dropout.regularizers  # its default
    assert Link(of_regularizer, own).holding(l2) == l2
    assert Link(of_regularizer, own).holding(dropout) == own  # the strength of the other one says nothing here
    assert Link(View(), own).holding(dropout) == dropout


def test_earlier_settings_do_not_undo_what_is_held(page):
    visitor, _ = arrived(page, "fix=model,units&model=cnn&model.units=64")
    change = page.runs.choosing.settings(visitor, RunConfig.from_query("model=rnn&model.units=128&updates=77"))
    assert (change["model"], change["units"], change["updates"]) == ("cnn", "64", "77")


# ---- the link that is shared


def framed_link(frame):
    return html.unescape(re.search(r'src="([^"]*)"', frame)[1])


@pytest.mark.parametrize("query", ["l2.strength=0.001&seed=7", "model=cnn&updates=50&speech_seconds=all", ""])
def test_what_is_shown_is_drawn_and_framed(page, query):
    config = RunConfig.from_query(query)
    wish = WISH | {"show": ["strength", "runs"], "fix": ["seed"]}
    (value,) = page.share(Chosen.of(config), False, "units", wish).values()
    assert value["number"] == 1 and "alert" not in value
    assert value["qr"] == qr.svg_of(value["link"])
    assert framed_link(value["frame"]).replace("&embed=curve", "") == value["link"]
    said = urlsplit(value["link"]).query
    view = View.of(asked(said))
    assert view == View(frozenset(["strength", "runs"]), frozenset(["seed"]), "", "units", False)
    settings = {name: values for name, values in asked(said).items() if name not in links.PARTS}
    assert RunConfig.from_query(urlencode(settings, doseq=True)) == config
    assert View.of(asked(urlsplit(framed_link(value["frame"])).query)) == replace(view, embed="curve")


def test_the_plain_link_says_nothing_but_the_settings(page):
    (value,) = page.share(Chosen.of(LESSON), True, "strength", WISH).values()
    assert value["link"] == f"http://localhost:7860/?{LESSON.to_query()}"
    assert link_to("http://x/zh", "", View()) == "http://x/zh?lab"


def test_settings_that_cannot_be_trained_have_no_link(page):
    (value,) = page.share(replace(Chosen.of(LESSON), seed="x"), True, "strength", WISH).values()
    assert value["link"] == value["qr"] == value["frame"] == "" and "must be a number" in value["alert"]


@pytest.mark.parametrize(
    "wrong",
    [
        None, [], "x", {}, WISH | {"number": "1"}, WISH | {"address": "javascript:alert(1)"}, WISH | {"embed": "all"},
        WISH | {"address": 'http://x/"><script>'}, WISH | {"address": "http://x/" + "y" * 300}, WISH | {"fix": None},
        WISH | {"show": ["junk"]}, WISH | {"show": "seed"}, WISH | {"fix": [["seed"]]}, WISH | {"fix": ["runs"]},
        WISH | {"address": "http://x/?embed=curve"}, WISH | {"embed": ["curve"]},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_wish_has_no_answer(page, wrong):
    assert page.share(Chosen.of(LESSON), True, "strength", wrong) == {}


def test_the_longest_link_has_a_qr_code():
    longest = link_to(
        "http://" + "x" * 290, "y" * 499, View(frozenset([*CONTROLS, *SECTIONS]), frozenset([*CONTROLS][1:]))
    )
    assert qr.svg_of(longest).startswith("<svg ")
