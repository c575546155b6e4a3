"""Both languages of the page: nothing is missing, nothing is left over, and no text can break the look-up."""

import ast
import dataclasses
import json
import pickle
import re
from contextlib import closing
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import texts_in_source
from tests.test_training import TINY, WILD
from tests.texts_in_source import PACKAGE
from tts_demo import config, corpus, labels, listening, runs, training
from tts_demo.config import RunConfig, choose
from tts_demo.engine import LocalEngine
from tts_demo.events import from_json, to_json
from tts_demo.messages import Message, MessageError
from tts_demo.registries import as_mapping
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import SettingsBase, describe, setting
from tts_demo.synthesis import Reading
from tts_demo.text import to_phones
from tts_demo.ui.lab import blind_handlers, clips, controls
from tts_demo.ui.lab.blind_tests import BlindTests
from tts_demo.ui.lab.controls import Chosen
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.sentences import SHORT, Wanted
from tts_demo.ui.lab.table_handlers import TableHandlers
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES, component_words

CHINESE = LANGUAGES["zh"]
VOICE = corpus.load(RunConfig().corpus)
CATALOGUE = json.loads((PACKAGE / "ui" / "locales" / "zh.json").read_text(encoding="utf-8"))
TEXTS = dict(CHINESE.texts)
TABLES = texts_in_source.script_tables()
PLACES = re.compile(r"\{(\w+)\}")
TREES = {path.relative_to(PACKAGE).as_posix(): texts_in_source.parsed(path) for path in texts_in_source.modules()}

# Written into files or onto the console, not onto the page; licences are given in their own words.
NOT_SHOWN = {
    "Recording by {speaker} for {source}, loudness changed. {licence}.",
    "Synthetic speech made by tts_demo (Hear Overfitting) from recordings of {speaker}. {licence}.",
    "Hear Overfitting needs Python 3.11 or newer; this is Python %d.%d.",
}
# What a Chinese text may say in Latin letters: names, units, letters of formulas, and terms that the source article
# leaves as they are.
LATIN = {
    "Ogg", "Opus", "JavaScript", "Python", "Git", "LFS", "git", "lfs", "pull",
    "L0", "L1", "L2", "KL", "Dropout", "Zoneout", "RNN", "CNN", "HMM", "LSTM", "GRU", "Elman", "Transformer", "Adam",
    "AdamW", "RMSprop", "ARPAbet", "CMU", "ABX", "A", "B", "X", "Y", "F0", "c", "k", "p", "ms", "Hz", "kHz", "dB",
    "JSON", "config.json", "lesson.json", "CSV", "FLAC", "PNG", "SVG", "iPhone", "Mac", "Shift", "Tab", "Ctrl", "C",
    "g", "h", "i", "j", "n", "t", "K", "N", "T", "W", "UTF", "PDF", "Keras", "Apache", "Ray", "v", "w", "y",
}  # fmt: skip
UNCHANGED = {'{"name": "..."}', "It was a dark and stormy night."}  # code, and a sentence for the English voice


@pytest.mark.parametrize("module", TREES)
def test_every_message_and_every_sentence_has_an_entry(module):
    tree = TREES[module]
    found = {*texts_in_source.templates(tree), *texts_in_source.sentences(tree)} - NOT_SHOWN
    assert sorted(found - set(TEXTS)) == [], "add these to tts_demo/ui/locales/zh.json"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise ValueError("Too {size}.")', ["Too {size}."]),
        ('raise SettingError("Too {size}.", size=3)', ["Too {size}."]),
        ('raise SettingError("Low" if low else "High")', ["Low", "High"]),
        ('_DIED = Message("It died.")', ["It died."]),
        ('Message("{one} + {other}", one=1, other=2)', []),
        ("raise SettingError(reason)", []),
        ("raise SettingError(error.message)", []),
    ],
)
def test_the_templates_of_a_source_are_found(source, found):
    assert [*texts_in_source.templates(ast.parse(source))] == found


@pytest.mark.parametrize("source", ['raise E(f"Too {size}.")', 'raise E("Too " + size)', 'Message(f"Too {size}.")'])
def test_a_finished_sentence_is_no_template(source):
    (found,) = texts_in_source.templates(ast.parse(source))
    assert found.endswith("give a text with places, and their values)")


@pytest.mark.parametrize("module", [name for name in TREES if name.startswith("ui/")])
def test_every_fixed_text_of_the_page_has_an_entry(module):
    asked = {*texts_in_source.labels(TREES[module]), *texts_in_source.asked_for(TREES[module])}
    assert sorted(asked - set(TEXTS)) == [], "add these to tts_demo/ui/locales/zh.json"


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
    offered = [offer.label for offer in listening.OFFERS] + [preset.label for preset in controls.PRESETS]
    offered += [*SHORT.values(), controls.OWN]
    offered += [
        *clips.TITLES.values(),
        *controls.AMOUNTS,
        controls.DEFAULT,
        *listening.CONCLUSIONS.values(),
    ]
    assert sorted(set(offered) - set(TEXTS)) == []


def test_every_text_of_the_registries_has_an_entry():
    assert sorted({text for text in registry_texts() if text} - set(TEXTS)) == []


def test_formulas_stay_as_they_are():
    formulas = [entry["formula"] for kind in as_mapping().values() for entry in kind.values() if "formula" in entry]
    assert len(formulas) > 20
    for formula in formulas:
        assert CHINESE(formula) == CHINESE.sentence(Message(formula)) == formula


def test_no_entry_is_left_over():
    """An entry whose English text no source holds any more is dead: the text was changed, or is gone."""
    used = {text for tree in TREES.values() for text in texts_in_source.constants(tree)}
    assert sorted(set(TEXTS) - used) == []


def test_every_text_stands_in_one_room():
    count = sum(len(room) for room in CATALOGUE["texts"].values())
    assert count == len(TEXTS)


def test_both_languages_have_the_same_places():
    for english, chinese in TEXTS.items():
        assert set(PLACES.findall(english)) == set(PLACES.findall(chinese)), english


@pytest.mark.parametrize("table", TABLES)
def test_every_word_of_the_components_is_translated(table):
    english, chinese = TABLES[table], component_words(CHINESE, table)
    assert list(english.keys() - chinese.keys()) == [], "add these to the components of zh.json"
    assert list(chinese.keys() - english.keys()) == [], "these are no keys of the script any more"
    for key, text in english.items():
        assert set(PLACES.findall(text)) == set(PLACES.findall(chinese[key])), key


def test_there_are_words_for_exactly_the_components_that_exist():
    assert {"loss_chart", "player"} <= TABLES.keys() == CHINESE.components.keys()
    with pytest.raises(KeyError):
        component_words(CHINESE, "piano")
    assert component_words(LANGUAGES["en"], "player") == {}


def left_over(chinese, allowed):
    for text in UNCHANGED:
        chinese = chinese.replace(text, "")
    words = re.findall(r"[A-Za-z][A-Za-z0-9.]*", PLACES.sub(" ", chinese))
    return [word for word in (word.rstrip(".") for word in words) if word not in allowed]


def test_no_english_is_left_over():
    rooms = CATALOGUE["texts"] | CATALOGUE["components"]
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
    "split": (
        lambda: corpus.load("asterisk").training_prompts(60.0, ["basic-pbx-ivr-main-part5"]),
        "'basic-pbx-ivr-main-part5' 属于测试语句，任何训练都不得使用。",
    ),
    "speed": (lambda: Reading(100), "“语速”必须在 0.5 到 2 之间，不能是 100。"),
    "foreign": (lambda: to_phones("你好"), "这个声音只会读英语：请用英文字母书写，不要含有 你 好。"),
}  # fmt: skip


@pytest.mark.parametrize("case", RAISED)
def test_errors_from_below_are_told_in_chinese(case):
    act, expected = RAISED[case]
    with pytest.raises(MessageError) as caught:
        act()
    assert CHINESE.sentence(caught.value) == expected
    assert LANGUAGES["en"].sentence(caught.value) == str(caught.value)


def concluded(right, kind="abx"):
    plan = listening.draw_plan(kind, 16, 1, ("L2 0.001", "No regularizer"), ("one",))
    hits = [next(choice for choice in "AB" if listening.is_hit(trial, choice)) for trial in plan.trials]
    answers = [hit if place < right else "AB"[hit == "A"] for place, hit in enumerate(hits)]
    return listening.conclusion(listening.outcome(plan, answers), ("L2 0.001", "无正则化"))


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


def test_an_error_within_an_error_is_translated_too(tmp_path):
    (tmp_path / "config.json").write_text('{"seed": 1.5}', encoding="utf-8")
    with pytest.raises(runs.RunError) as caught:
        runs.load(tmp_path)
    assert str(caught.value).endswith("of this version of the program: Seed must be a whole number, not 1.5.")
    assert CHINESE.sentence(caught.value) == f"{tmp_path} 不是本版本程序的训练记录：“随机种子”必须是整数，不能是 1.5。"


def test_what_ended_a_run_is_told_in_chinese_wherever_it_comes_from():
    """From the loop, through a run's folder or a worker's pipe."""
    *_, end = training.train(WILD)
    for told in (end, from_json(json.loads(json.dumps(to_json(end)))), pickle.loads(pickle.dumps(end))):
        assert told == end
        assert re.fullmatch(
            r"第 \d+ 次更新之后，损失变为无穷大或不再是数：学习率 10 很可能太大。保留第 \d+ 次更新的结果。",
            CHINESE.sentence(told.message),
        )


def test_want_of_memory_is_told_in_chinese(monkeypatch):
    def want(self, model, context):
        raise MemoryError

    monkeypatch.setattr(REGULARIZERS["l2"], "after_update", want)
    *_, end = training.train(replace(TINY, updates=20, regularizers=regularized(("l2", {}))))
    assert CHINESE.sentence(end.message) == "训练在第 1 次更新时出错而结束（内存不够）。保留第 0 次更新的结果。"


@pytest.mark.parametrize(
    ("written", "chinese"),
    [("All updates are done.", "所有更新都已完成。"), ("It ended at update 3.", "It ended at update 3.")],
)
def test_a_run_of_before_messages_were_records_says_what_it_said(written, chinese):
    told = from_json({"event": "finished", "reason": "completed", "message": written})
    assert str(told.message) == written
    assert CHINESE.sentence(told.message) == chinese


def test_a_sentence_that_is_not_ours_comes_back_as_it_is():
    """What looks like a template, or like a text that the catalogue has, is none in an error of a library."""
    for text in ("", "Nobody wrote this.", "{label} {error} {value}", "Train", "Seed must be a number, not 'x'."):
        assert CHINESE.sentence(ValueError(text)) == text


WITH_PLACES = sorted(text for text in TEXTS if PLACES.search(text))


@given(st.sampled_from(WITH_PLACES), st.lists(st.text(), min_size=9, max_size=9))
def test_whatever_stands_at_the_places_is_kept(template, parts):
    """Also what looks like a place, or like a text that the catalogue has."""
    values = dict(zip(dict.fromkeys(PLACES.findall(template)), [*parts[:-1], "{label}"], strict=False))
    filled = PLACES.sub(lambda place: values[place[1]], TEXTS[template])
    assert CHINESE.sentence(Message(template, **values)) == filled


# ---- what arrives on the page


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The Chinese page's handlers, of runs and of blind tests."""
    with closing(LocalEngine(tmp_path_factory.mktemp("runs"), workers=0)) as engine:
        tests = BlindTests(blind_handlers.clip_maker(engine, VOICE), blind_handlers.text_of(VOICE))
        yield Handlers(engine, CHINESE, VOICE), blind_handlers.BlindHandlers(engine, tests, CHINESE, VOICE)


HEARD = Wanted("unseen", "tt-weasels", "Hello.")
ANY = replace(Chosen.of(RunConfig()), base={})


def said_in(shown):
    """All status lines of an answer."""
    return " ".join(line.said for line in shown["status"])


LINKS = {
    "seed=1.5": "“随机种子”必须是整数，不能是 1.5。",
    "l2.strength=nan": "“强度 λ”必须是大小合理的有限数，不能是 nan。",
    "dropout.strength=2": "“概率 p”必须在 0 到 0.95 之间，不能是 2。",
    "nonsense=<b>": "链接里有这里不认识的部分：'nonsense'。",
    "x" * 600: "这个链接太长，不可能是本页面的链接。",
    "corpus=latin": "“语料库”必须是 asterisk, tiny 之一，不能是 'latin'。",
    "l2.strength=1&l2.size=3": "这里没有名为 'size' 的设置。",
    "model=transformer&model.units=100": "100 个单元不能平均分给 8 个注意力头，使每个头分到同样的偶数个。",
    "zoneout.strength=0.1": "“Zoneout”需要带记忆的模型：请选择 RNN。",
    "model=<img src=x>": "没有名为 '<img src=x>' 的模型；可用的有：rnn, feed_forward, cnn, transformer, hmm, forest。",
}  # fmt: skip


@pytest.mark.parametrize("query", LINKS)
def test_a_broken_link_is_told_of_in_chinese(pages, query):
    assert LINKS[query] in said_in(
        pages[0].arrive(Visitor(), {"runs": []}, HEARD, parse_qs(query, keep_blank_values=True))
    )


TYPED = {
    ("seed", "1.5"): "“随机种子”必须是整数，不能是 1.5。",
    ("seed", ""): "“随机种子”是空的：请填一个数字。",
    ("seed", "<b>"): "“随机种子”必须是数字，不能是 '<b>'。",
    ("strength", "nan"): "“强度 λ”必须是大小合理的有限数，不能是 nan。",
    ("amount", "many"): "“语音数据量”必须是数字，不能是 'many'。",
    ("updates", "0"): "“更新次数”必须在 1 到 20000 之间，不能是 0。",
}  # fmt: skip


@pytest.mark.parametrize(("control", "typed"), TYPED)
def test_a_number_that_cannot_be_is_told_of_in_chinese(pages, control, typed):
    chosen = replace(Chosen.of(RunConfig(regularizers=regularized(("l2", {})))), base={}, **{control: typed})
    assert TYPED[control, typed] in said_in(pages[0].train(Visitor(), HEARD, chosen, False))


def test_a_prompt_that_does_not_exist_is_told_of_in_chinese(pages):
    visitor = Visitor()
    shown = pages[0].train(visitor, Wanted("twin", "<b>", ""), ANY, True)
    assert "语料库 'asterisk' 里没有名为 '<b>' 的语句。" in said_in(shown)
    pages[0].stop(visitor)


def test_a_full_queue_is_told_of_in_chinese(pages, monkeypatch):
    monkeypatch.setattr(pages[0].engine._queue, "_limit", 0)
    assert "已经有 0 次训练在排队。请过几分钟再试。" in said_in(pages[0].train(Visitor(), HEARD, ANY, False))


SPOKEN = {
    ("你好", 1.0): "这个声音只会读英语：请用英文字母书写，不要含有 你 好。",
    ("x" * 400, 1.0): "这段文本有 400 个字符，而这个声音最多读 300 个：请缩短。",
    ("?!", 1.0): "这里没有可读的内容：这个声音读英语，请输入一些英文单词。",
    ("a\x00b", 1.0): "文本里有读不出来的控制字符（U+0000）：请删掉它。",
    ("Hello.", 100.0): "“语速”必须在 0.5 到 2 之间，不能是 100。",
}  # fmt: skip


@pytest.mark.parametrize(("written", "speed"), SPOKEN)
def test_a_text_that_cannot_be_spoken_is_told_of_in_chinese(pages, written, speed):
    said = pages[0].listen(Visitor(), Wanted("typed", "tt-weasels", written, speed=speed))["said"]
    assert SPOKEN[written, speed] in said


def test_a_clip_that_cannot_be_made_says_so_in_chinese(pages):
    clip = clips._clip("x", "x", "model", lambda: pages[0].engine.run("x"), CHINESE)
    assert clip["error"] == "没有这次训练；它可能已经结束并被清除。"


ACTIONS = {
    "what": "训练列表请求了本页面做不到的操作。",
    "delete": "这次训练已不在页面上：请从列表中选择。",
}


@pytest.mark.parametrize("action", ACTIONS)
def test_what_the_table_cannot_do_is_told_of_in_chinese(pages, action):
    assert TableHandlers(pages[0]).act(Visitor(), {"action": action, "run": "none"})["runs"]["alert"] == ACTIONS[action]


def test_a_moment_that_was_not_recorded_is_told_of_in_chinese(pages):
    said = pages[0].listen_at(Visitor(), HEARD, {"moment": 7})["said"]
    assert "训练滑块请求的是训练中没有记录的时刻。" in said


def test_a_run_that_never_began_is_told_of_in_chinese(pages):
    visitor = Visitor()
    pages[0].train(visitor, HEARD, ANY, False)
    pages[0].stop(visitor)
    assert "训练还没开始就被结束了；它什么也没学到。" in said_in(pages[0].curves(visitor))


def test_a_blind_test_that_cannot_be_is_told_of_in_chinese(pages):
    shown = [
        pages[1].begin(Visitor(), {"offer": "x"}, "", ""),
        pages[1].begin(Visitor(), {"offer": "abx5"}, "recording", "recording"),
        pages[1].answer({"test": "x", "choice": "A"}),
    ]
    alerts = [change["blind"]["alert"] for change in shown]
    assert alerts == [
        "没有这样的听力测试：请从列出的测试中选择。",
        "盲听测试要比较两个不同的声音。",
        "这个听力测试已不在这里保存：请另开一个。",
    ]
