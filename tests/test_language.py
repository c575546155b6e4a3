"""Both languages of the page: nothing is missing, nothing is left over, and no text can break the look-up."""

import dataclasses
import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import texts_in_source
from tests.texts_in_source import PACKAGE, skeleton
from tts_demo import config, corpus, labels, listening
from tts_demo.config import RunConfig, choose
from tts_demo.engine import EngineError
from tts_demo.registries import as_mapping
from tts_demo.settings import SettingError, SettingsBase, describe, setting
from tts_demo.synthesis import Reading
from tts_demo.text import TextError, to_phones
from tts_demo.ui import clips, experiment
from tts_demo.ui.language import LANGUAGES, LONGEST_SENTENCE, Language, component_words

CHINESE = LANGUAGES["zh"]
CATALOGUE = json.loads((PACKAGE / "ui" / "words" / "zh.json").read_text(encoding="utf-8"))
TEXTS = dict(CHINESE.texts)
SKELETONS = {skeleton(text) for text in TEXTS}
TABLES = texts_in_source.script_tables()
PLACES = re.compile(r"\{(\w+)\}")
TREES = {path.relative_to(PACKAGE).as_posix(): texts_in_source.parsed(path) for path in texts_in_source.modules()}

# Written into files or onto the console, not onto the page; licences are given in their own words.
NOT_SHOWN = {
    "Recording by {} for {}, loudness changed. {}.",
    "Synthetic speech made by tts_demo (Hear Overfitting) from recordings of {}. {}.",
    "There is no recorded lesson in checkpoints/: the page opens with the lab.",
    "Hear Overfitting needs Python 3.11 or newer; this is Python %d.%d.",
}
# What a Chinese text may say in Latin letters: names, units, letters of formulas, and terms that the source article
# leaves as they are.
LATIN = {
    "L0", "L1", "L2", "KL", "Dropout", "Zoneout", "RNN", "CNN", "HMM", "LSTM", "GRU", "Elman", "Transformer", "Adam",
    "AdamW", "RMSprop", "ARPAbet", "CMU", "ABX", "A", "B", "X", "Y", "F0", "c", "k", "p", "ms", "Hz", "kHz", "dB",
    "JSON", "config.json", "lesson.json", "CSV", "FLAC", "PNG", "SVG", "iPhone", "Mac", "Shift", "Tab", "Ctrl", "C",
    "g", "h", "i", "j", "n", "t", "K", "N", "T", "W", "UTF",
}  # fmt: skip
UNCHANGED = {'{"name": "..."}', "It was a dark and stormy night."}  # code, and a sentence for the English voice


@pytest.mark.parametrize("module", TREES)
def test_every_error_and_every_sentence_has_an_entry(module):
    tree = TREES[module]
    found = {*texts_in_source.raised(tree), *texts_in_source.sentences(tree)} - NOT_SHOWN
    assert sorted(found - SKELETONS) == [], "add these to tts_demo/ui/words/zh.json"


@pytest.mark.parametrize("module", [name for name in TREES if name.startswith("ui/")])
def test_every_fixed_text_of_the_page_has_an_entry(module):
    assert sorted({*texts_in_source.labels(TREES[module])} - SKELETONS) == []
    assert sorted({*texts_in_source.asked_for(TREES[module])} - set(TEXTS)) == []


def registry_texts():
    """Every text of the registries and of the config's own settings that the page shows."""
    for kind in ("regularizers", "models", "losses", "optimizers"):
        for entry in as_mapping()[kind].values():
            yield from (entry[key] for key in ("label", "family", "sentence", "symbols", "caveat") if key in entry)
            for item in entry.get("settings", {}).values():
                yield from (item["label"], item["help"], item["unit"], *item["choices"])
    for item, _ in (*describe(RunConfig).values(), *describe(Reading).values()):
        yield from (item.label, item.help, item.unit)


def test_every_text_that_can_be_chosen_has_an_entry():
    offered = [offer.label for offer in listening.OFFERS] + [preset.label for preset in experiment.PRESETS]
    offered += [*clips.TITLES.values(), *experiment.AMOUNTS, experiment.USUAL]
    assert sorted(set(offered) - set(TEXTS)) == []


def test_every_text_of_the_registries_has_an_entry():
    assert sorted({text for text in registry_texts() if text} - set(TEXTS)) == []


def test_formulas_stay_as_they_are():
    formulas = [entry["formula"] for kind in as_mapping().values() for entry in kind.values() if "formula" in entry]
    assert len(formulas) > 20
    for formula in formulas:
        assert CHINESE(formula) == CHINESE.sentence(formula) == formula


def test_no_entry_is_left_over():
    """An entry whose English text no source holds any more is dead: the text was changed, or is gone."""
    used = {text for tree in TREES.values() for text in texts_in_source.texts(tree)}
    assert sorted(text for text in TEXTS if skeleton(text) not in used) == []


def test_every_text_stands_in_one_room():
    count = sum(len(room) for room in CATALOGUE["texts"].values())
    assert count == len(TEXTS)


def test_both_languages_have_the_same_places():
    for english, chinese in (TEXTS | CHINESE.compounds).items():
        places = PLACES.findall(english)
        assert set(places) == set(PLACES.findall(chinese)), english
        assert "}{" not in PLACES.sub("{}", english), english  # nobody could tell where one ends


@pytest.mark.parametrize("table", TABLES)
def test_every_word_of_the_components_is_translated(table):
    english, chinese = TABLES[table], component_words(CHINESE, table)
    assert list(english.keys() - chinese.keys()) == [], "add these to the components of zh.json"
    assert list(chinese.keys() - english.keys()) == [], "these are no keys of the script any more"
    for key, text in english.items():
        assert set(PLACES.findall(text)) == set(PLACES.findall(chinese[key])), key


def test_there_are_words_for_exactly_the_components_that_exist():
    assert {"chart", "player"} <= TABLES.keys() == CHINESE.components.keys()
    with pytest.raises(KeyError):
        component_words(CHINESE, "piano")
    assert component_words(LANGUAGES["en"], "player") == {}


def left_over(chinese, allowed):
    for text in UNCHANGED:
        chinese = chinese.replace(text, "")
    words = re.findall(r"[A-Za-z][A-Za-z0-9.]*", PLACES.sub(" ", chinese))
    return [word for word in (word.rstrip(".") for word in words) if word not in allowed]


def test_no_english_is_left_over():
    rooms = CATALOGUE["texts"] | {"compounds": CATALOGUE["compounds"]} | CATALOGUE["components"]
    for room, entries in rooms.items():
        for key, chinese in entries.items():
            allowed = LATIN | set(re.findall(r"\b(?:[A-Z]\w*|et|al)\b", key)) if room == "references" else LATIN
            assert left_over(chinese, allowed) == [], (room, key)


def test_chinese_is_punctuated_in_chinese():
    entries = [text for room in CATALOGUE["texts"].values() for text in room.values()]
    entries += [text for table in CATALOGUE["components"].values() for text in table.values()]
    for text in entries:
        assert not re.search(r"[一-鿿][,.;:?!(]|[,;:?!)][一-鿿]", text), text


# ---- what is looked up


def test_texts_of_the_page():
    assert CHINESE("Train") == "训练"
    assert LANGUAGES["en"]("Train") == "Train"
    assert CHINESE("update {step} of {total}", step=20, total=600) == "第 20 次更新，共 600 次"
    assert LANGUAGES["en"]("update {step} of {total}", step=20, total=600) == "update 20 of 600"
    assert CHINESE("Never heard of {text}.", text="{text}") == "Never heard of {text}."
    assert CHINESE("update {step} of {total}", step=20) == "第 20 次更新，共 {total} 次"
    assert [language.name for language in LANGUAGES.values()] == ["English", "简体中文"]
    assert all(LANGUAGES[code].code == code for code in LANGUAGES)


@dataclasses.dataclass(frozen=True)
class Bounds(SettingsBase):
    least: int = setting(1, "Layers", minimum=1)
    most: int = setting(1, "Layers", maximum=9)
    soonest: int = setting(1, "Time limit", minimum=1, unit="seconds")
    latest: int = setting(1, "Time limit", maximum=9, unit="seconds")
    between: int = setting(1, "Layers", minimum=1, maximum=9)


def regularized(*chosen):
    return tuple(choose("regularizer", name, **given) for name, given in chosen)


# What raises an error, and the whole sentence in Chinese that a learner then reads.
RAISED = {
    "whole": (lambda: RunConfig(seed=1.5), "“随机种子”必须是整数，不能是 1.5。"),
    "unit": (lambda: RunConfig(speech_seconds=1), "“语音数据量”必须在 10 到 7200 秒之间，不能是 1。"),
    "between": (lambda: Bounds(between=0), "“层数”必须在 1 到 9 之间，不能是 0。"),
    "least": (lambda: Bounds(least=0), "“层数”必须不小于 1，不能是 0。"),
    "most": (lambda: Bounds(most=10), "“层数”必须不大于 9，不能是 10。"),
    "soonest": (lambda: Bounds(soonest=0), "“时间上限”必须不少于 1 秒，不能是 0。"),
    "latest": (lambda: Bounds(latest=10), "“时间上限”必须不超过 9 秒，不能是 10。"),
    "choices": (lambda: RunConfig(loss="x"), "“损失函数”必须是 mse, l1, cross_entropy 之一，不能是 'x'。"),
    "kind": (
        lambda: choose("model", "x"),
        "没有名为 'x' 的模型；可用的有：rnn, feed_forward, cnn, transformer, hmm, forest。",
    ),
    "two": (
        lambda: RunConfig(regularizers=regularized(("spectral_norm", {}), ("l0", {}))),
        "谱范数和L0不能用在同一次训练里：一方的步骤可能抵消另一方的效果。",
    ),
    "suits": (
        lambda: RunConfig(model=choose("model", "cnn"), regularizers=regularized(("zoneout", {}))),
        "“Zoneout”需要带记忆的模型：请选择 RNN。",
    ),
    "link": (lambda: RunConfig.from_query("junk=1"), "链接里有这里不认识的部分：'junk'。"),
    "braces": (
        lambda: config._choice_from_mapping("model", 3), '模型要写成 {"name": "..."} 的形式，各项设置与名称并列。'
    ),
    "prompt": (lambda: corpus.load("tiny")["x"], "语料库 'tiny' 里没有名为 'x' 的语句。"),
    "speed": (lambda: Reading(100), "“语速”必须在 0.5 到 2 之间，不能是 100。"),
    "foreign": (lambda: to_phones("你好"), "这个声音只会读英语：请用英文字母书写，不要含有 你 好。"),
}  # fmt: skip


@pytest.mark.parametrize("case", RAISED)
def test_errors_from_below_are_told_in_chinese(case):
    act, expected = RAISED[case]
    with pytest.raises((SettingError, TextError, corpus.CorpusError, EngineError)) as caught:
        act()
    assert CHINESE.sentence(str(caught.value)) == expected
    assert LANGUAGES["en"].sentence(str(caught.value)) == str(caught.value)


def concluded(right, kind="abx"):
    plan = listening.draw_plan(kind, 16, 1, ("L2 0.001", "No regularizer"), ("one",))
    hits = [next(choice for choice in "AB" if listening.is_hit(trial, choice)) for trial in plan.trials]
    answers = [hit if place < right else "AB"[hit == "A"] for place, hit in enumerate(hits)]
    return listening.conclusion(listening.outcome(plan, answers))


def test_conclusions_of_blind_tests():
    told = CHINESE.sentence(concluded(16))
    assert told.startswith(
        "你能分辨“L2 0.001”和“无正则化”：16 次中答对 16 次。全靠猜的人，在这样的测试中有 不到 0.1 % 能"
    )
    assert "正确率至少为 83 %。" in told
    for right, kind in ((8, "abx"), (15, "ab"), (8, "ab"), (1, "ab")):
        assert not left_over(CHINESE.sentence(concluded(right, kind)), LATIN), (right, kind)


def label(**given):
    return labels.label_of(RunConfig(**given), corpus.load("asterisk"))


NAMES = {
    "none": (lambda: label(), "无正则化"),
    "one": (lambda: label(regularizers=regularized(("kl_weights", {"strength": 0.5}))), "权重的 KL 散度 0.5"),
    "two": (
        lambda: label(regularizers=regularized(("l2", {"strength": 0.001}), ("l1_proximal", {"strength": 1e-05}))),
        "L2 0.001 + L1（近端法） 1e-05",
    ),
    "model": (
        lambda: label(model=choose("model", "cnn"), regularizers=regularized(("max_norm", {"strength": 1}))),
        "CNN（卷积神经网络）：最大范数 1",
    ),
    "twin": (lambda: label(keep_in=("tt-weasels",)), "无正则化，学过“Weasels have …”的双胞胎"),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMES)
def test_names_of_runs(case):
    make, expected = NAMES[case]
    assert CHINESE.sentence(make()) == expected


def test_no_compound_is_left_over():
    """Each is needed by one of the sentences above."""
    told = [*(make() for make, _ in NAMES.values()), concluded(16)]
    for act, _ in RAISED.values():
        try:
            act()
        except ValueError as error:
            told.append(str(error))
    for compound in CHINESE.compounds:
        fewer = {english: text for english, text in CHINESE.compounds.items() if english != compound}
        poorer = Language("zh", "", CHINESE.texts, fewer, {})
        assert any(poorer.sentence(text) != CHINESE.sentence(text) for text in told), compound


def test_an_error_within_an_error_is_translated_too():
    message = "/x is not a run of this version of the program: Seed must be a whole number, not 1.5."
    assert CHINESE.sentence(message) == "/x 不是本版本程序的训练记录：“随机种子”必须是整数，不能是 1.5。"
    message = (
        "The loss became infinite or undefined after update 9: a learning rate of 3 is probably too high. "
        "Update 0 is kept."
    )
    expected = "第 9 次更新之后，损失变为无穷大或不再是数：学习率 3 很可能太大。保留第 0 次更新的结果。"
    assert CHINESE.sentence(message) == expected


def test_the_most_particular_entry_counts():
    language = Language("xx", "", {"{a} must be {b}.": "general", "{a} must be a {b}.": "particular"})
    assert language.sentence("It must be a number.") == "particular"
    assert language.sentence("It must be blue.") == "general"


@pytest.mark.parametrize(
    "text", ["", "from here to there", "me and you", "Nobody wrote this.", "{label} {value}", "'L2 and L1'"]
)
def test_unknown_sentences_come_back_as_they_are(text):
    assert CHINESE.sentence(text) == text


WITH_PLACES = sorted(text for text in TEXTS if PLACES.search(text))


@given(st.sampled_from(WITH_PLACES), st.lists(st.text("☃★", min_size=1, max_size=5), min_size=9, max_size=9))
def test_whatever_stands_at_the_places_is_kept(template, parts):
    values = dict(zip(dict.fromkeys(PLACES.findall(template)), parts, strict=False))
    assert CHINESE.sentence(_filled(template, values)) == _filled(TEXTS[template], values)


def _filled(template, values):
    return PLACES.sub(lambda place: values[place[1]], template)


FRAGMENTS = [piece for text in (*WITH_PLACES, *CHINESE.compounds) for piece in PLACES.split(text)[::2] if piece]
HOSTILE = st.lists(
    st.sampled_from([*FRAGMENTS, "L2", "Units", "7", "{label}", "\\", "(a+)+$"]) | st.text(max_size=3), max_size=300
)


@given(HOSTILE.map("".join))
@example("(" * LONGEST_SENTENCE)
@example("L2 and " * 40 + "x")
@example("L2 and " * 10**6)
@example("L2 and L2 + L2: " * 120 + "x")
@settings(deadline=None)
def test_no_text_breaks_the_look_up(text):
    told = CHINESE.sentence(text)
    assert told == text or len(text) <= LONGEST_SENTENCE
    assert CHINESE(text) == TEXTS.get(text, text)
    assert LANGUAGES["en"].sentence(text) == text


@pytest.mark.parametrize(("hostile", "most"), [("x 1" + " + 1 1 and 1 1" * 21, 700), ("1 + " * 490, 2)])
def test_the_work_grows_with_the_text_and_not_with_its_splits(hostile, most, monkeypatch):
    """Such texts may be cut apart at every word: the look-ups stay far below the ways of doing that."""
    tried = 0
    translated = Language._translated

    def counted(self, *given):
        nonlocal tried
        tried += 1
        return translated(self, *given)

    monkeypatch.setattr(Language, "_translated", counted)
    assert CHINESE.sentence(hostile) == hostile
    assert 0 < tried < most


def test_nobody_writes_sentences_this_long():
    message = "There is no setting named {} here."
    assert CHINESE.sentence(message.format("x" * 1900)) != message.format("x" * 1900)
    assert CHINESE.sentence(message.format("x" * 2000)) == message.format("x" * 2000)


def test_a_place_holds_something_and_the_same_each_time():
    language = Language("xx", "", {"{a} is here.": "fits", "{a} and again {a}!": "fits", "{a} then {b}?": "fits"})
    assert language.sentence("Who is here.") == "fits"
    assert language.sentence(" is here.") == " is here."
    assert language.sentence("one and again one!") == "fits"
    assert language.sentence("one and again two!") == "one and again two!"
    assert language.sentence("one then two?") == "fits"
    assert language.sentence(" then two?") == " then two?"
