"""Blind tests: plans, exact statistics against closed forms, conclusions, and the store that keeps the key."""

import base64
import csv
import hashlib
import io
import json
import math
import threading
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binomtest

from tts_demo import listening
from tts_demo.listening import ListeningError, draw_plan, figures, needed, outcome, power
from tts_demo.ui.components.blind_test import BlindTest
from tts_demo.ui.lab import blind_tests
from tts_demo.ui.lab.blind_tests import BlindTests

NAMES = ("run-alpha", "run-beta")
SENTENCES = ("s0", "s1", "s2")
KINDS = st.sampled_from(["ab", "abx"])
SEEDS = st.integers(0, listening.MAX_SEED)
unhurried = settings(deadline=None)  # a busy machine is no failure


# ---- plans


@given(KINDS, st.integers(1, 100), SEEDS, st.integers(1, 20))
@unhurried
def test_a_plan_is_fair_and_the_same_again(kind, trials, seed, sentences):
    ids = [f"s{index}" for index in range(sentences)]
    plan = draw_plan(kind, trials, seed, NAMES, ids)
    assert plan == draw_plan(kind, trials, seed, NAMES, ids)
    assert len(plan.trials) == trials
    counts = Counter(trial.sentence for trial in plan.trials)
    assert max(counts.values()) - min(counts.get(name, 0) for name in ids) <= 1
    if sentences > 1:
        assert all(one.sentence != next_.sentence for one, next_ in zip(plan.trials, plan.trials[1:], strict=False))
    for trial in plan.trials:
        assert {trial.system("A"), trial.system("B")} == {0, 1}
        assert (trial.x is None) == (kind == "ab")


def test_a_plan_does_not_change_with_the_years():
    plan = draw_plan("abx", 6, 20261122, NAMES, SENTENCES)
    assert [(trial.sentence, trial.a, trial.x) for trial in plan.trials] == [
        ("s1", 0, 1), ("s2", 1, 1), ("s0", 0, 1), ("s1", 0, 0), ("s2", 0, 0), ("s0", 0, 1),
    ]  # fmt: skip


def test_tosses_are_fair_and_independent():
    trials = [trial for seed in range(200) for trial in draw_plan("abx", 20, seed, NAMES, SENTENCES).trials]
    pairs = Counter((trial.a, trial.x) for trial in trials)
    for pair in ((0, 0), (0, 1), (1, 0), (1, 1)):
        assert abs(pairs[pair] / len(trials) - 0.25) < 4 * math.sqrt(0.25 * 0.75 / len(trials))
    # Not balanced within a test, or the last trials could be worked out from the first.
    right_for_a = Counter(
        sum(t.a == t.x for t in draw_plan("abx", 20, seed, NAMES, SENTENCES).trials) for seed in range(200)
    )
    assert len(right_for_a) > 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "abc"}, "either A/B or ABX"),
        ({"trials": 0}, "1 to 100 trials"),
        ({"trials": 101}, "1 to 100 trials"),
        ({"trials": True}, "1 to 100 trials"),
        ({"trials": 5.0}, "1 to 100 trials"),
        ({"seed": -1}, "seed"),
        ({"seed": "1"}, "seed"),
        ({"systems": ("same", "same")}, "two different voices"),
        ({"systems": ("one",)}, "two different voices"),
        ({"sentences": ()}, "at least one sentence"),
        ({"sentences": ("s", "s")}, "each only once"),
    ],
)
def test_a_plan_refuses(change: dict[str, Any], message):
    default: dict[str, Any] = {"kind": "abx", "trials": 5, "seed": 1, "systems": NAMES, "sentences": SENTENCES}
    with pytest.raises(ListeningError, match=message):
        draw_plan(**{**default, **change})


# ---- statistics


def tail(count: int, trials: int, rate: Fraction = Fraction(1, 2)) -> Fraction:
    """P(K >= count), exactly."""
    return sum(
        (math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(count, trials + 1)), Fraction(0)
    )


def test_known_values():
    assert figures("abx", 8, 10).p == 0.0546875
    assert [needed("abx", n) for n in (4, 5, 10, 16)] == [None, 5, 9, 12]
    assert [needed("ab", n) for n in (5, 6, 16)] == [None, 6, 13]
    assert power("abx", 16) == pytest.approx(0.6302, abs=1e-4)
    assert power("abx", 4) == 0
    assert [(offer.kind, offer.trials, offer.needed) for offer in listening.OFFERS] == [
        ("abx", 5, 5), ("abx", 10, 9), ("abx", 16, 12), ("ab", 16, 13),
    ]  # fmt: skip


@pytest.mark.parametrize("trials", [1, 2, 5, 10, 16, 37, 100])
def test_statistics_are_exact(trials):
    for count in range(trials + 1):
        one, two = figures("abx", count, trials), figures("ab", count, trials)
        assert one.p == pytest.approx(float(tail(count, trials)), abs=1e-12)
        assert two.p == pytest.approx(float(min(1, 2 * tail(max(count, trials - count), trials))), abs=1e-12)
        # Clopper-Pearson: at a bound, the tail beyond the count has what is left of the confidence. scipy looks for the
        # bounds until they are known to 2e-12, so that is how well they meet an independent form.
        assert one.high == 1
        for found, share in ((one, Fraction(1, 20)), (two, Fraction(1, 40))):
            assert found.low == pytest.approx(
                beta.ppf(float(share), count, trials - count + 1) if count else 0, abs=1e-10
            )
            if count:
                assert float(tail(count, trials, Fraction(found.low))) == pytest.approx(float(share), abs=1e-10)
        if count < trials:
            assert 1 - float(tail(count + 1, trials, Fraction(two.high))) == pytest.approx(0.025, abs=1e-10)
        else:
            assert two.high == 1
            assert one.low == pytest.approx(0.05 ** (1 / trials), abs=1e-10)
        theirs = binomtest(count, trials, alternative="greater")
        assert one.p == pytest.approx(theirs.pvalue, abs=1e-12)
        assert one.low == pytest.approx(theirs.proportion_ci(0.95).low, abs=1e-12)


@pytest.mark.parametrize(("kind", "most"), [("abx", 4), ("ab", 5)])
def test_nobody_passes_a_test_that_is_too_short(kind, most):
    for trials in range(1, most + 1):
        assert needed(kind, trials) is None and power(kind, trials) == 0
        assert figures(kind, trials, trials).p > 0.05


@given(KINDS, st.integers(6, 60))
@settings(unhurried, max_examples=40)
def test_power_is_the_chance_to_pass(kind, trials):
    least = needed(kind, trials)
    rate = Fraction(3, 4)
    assert least is not None
    assert figures(kind, least, trials).p <= 0.05 < figures(kind, least - 1, trials).p
    expected = tail(least, trials, rate) + (tail(least, trials, 1 - rate) if kind == "ab" else 0)
    assert power(kind, trials) == pytest.approx(float(expected), abs=1e-12)


# ---- result


def answers_with(plan, count):
    """Answers of which the first `count` trials are hits."""
    return ["A" if listening.is_hit(trial, "A") == (index < count) else "B" for index, trial in enumerate(plan.trials)]


@given(KINDS, st.integers(1, 40), SEEDS, st.data())
@unhurried
def test_outcome_counts_hits(kind, trials, seed, data):
    plan = draw_plan(kind, trials, seed, NAMES, SENTENCES)
    count = data.draw(st.integers(0, trials))
    result = outcome(plan, answers_with(plan, count))
    assert result.count == count
    assert result.figures == figures(kind, count, trials)
    chosen = [row["chosen"] for row in listening.rows(result)]
    if kind == "ab":
        assert chosen.count(NAMES[0]) == count
    else:
        assert sum(row["chosen"] == row["x"] for row in listening.rows(result)) == count
    swapped = outcome(plan, ["B" if answer == "A" else "A" for answer in result.answers])
    assert swapped.count == trials - count


def test_no_result_before_the_last_answer():
    plan = draw_plan("abx", 5, 1, NAMES, SENTENCES)
    for answers in ([], ["A"] * 4, ["A"] * 6):
        with pytest.raises(ListeningError, match="after the last of the 5 trials"):
            outcome(plan, answers)
    with pytest.raises(ListeningError, match="either A or B"):
        outcome(plan, ["A", "A", "A", "A", "X"])  # type: ignore[list-item]


def concluded(kind, trials, count):
    plan = draw_plan(kind, trials, 3, NAMES, SENTENCES)
    return str(listening.conclusion(outcome(plan, answers_with(plan, count)), ("Dropout {0.3}", "None")))


def test_conclusions_say_no_more_than_they_may():
    heard = concluded("abx", 16, 13)
    assert heard.startswith("You can tell “Dropout {0.3}” from “None”: 13 of 16 right.")
    assert "in 1.1 % of such tests" in heard and "at least 58 % of the time" in heard
    unheard = concluded("abx", 16, 11)
    assert "11 of 16 right does not show" in unheard and "in 11 % of such tests" in unheard
    assert "Nor does it show that they sound the same" in unheard and "probability of 63 %" in unheard
    first = concluded("ab", 16, 13)
    assert first.startswith("“Dropout {0.3}” was easier to understand for you than “None”, in 13 of 16")
    assert "in 2.1 % of such tests" in first and "“Dropout {0.3}” 54 % to 96 % of the time" in first
    second = concluded("ab", 16, 3)
    assert second.startswith("“None” was easier to understand for you than “Dropout {0.3}”, in 13 of 16")
    assert "“None” 54 % to 96 % of the time" in second
    tie = concluded("ab", 16, 8)
    assert "does not show that one is easier" in tie and "Nor does it show that they are the same" in tie
    for text in (heard, unheard, first, second, tie):
        assert text.endswith("not about the regularizer in general.")


TYPED = st.tuples(st.sampled_from(["", "=", "+", "-", "@"]), st.text(max_size=20)).map("".join)


@given(KINDS, st.integers(1, 20), SEEDS, TYPED, TYPED)
@unhurried
def test_csv_is_read_back(kind, trials, seed, first, second):
    plan = draw_plan(kind, trials, seed, NAMES, SENTENCES)
    result = outcome(plan, answers_with(plan, trials // 2))
    table = list(csv.DictReader(io.StringIO(listening.to_csv(result, (first, second)), newline="")))
    assert len(table) == trials
    for number, (row, trial) in enumerate(zip(table, plan.trials, strict=True), 1):
        assert (row["seed"], row["test"], row["trials"]) == (str(seed), kind, str(trials))
        assert (row["trial"], row["sentence"], row["answer"]) == (
            str(number),
            trial.sentence,
            result.answers[number - 1],
        )
        assert row["a"].removeprefix("'") == (first, second)[trial.a].removeprefix("'")
        assert not row["a"].startswith(("=", "+", "-", "@"))
        assert float(row["p"]) == result.figures.p
        assert row["right"] == {None: "", True: "yes", False: "no"}[listening.rows(result)[number - 1]["hit"]]


def test_no_cell_is_a_formula_and_the_rule_is_that_of_the_loss_charts_files():
    """The same texts as in `test_csv_fields` of the loss chart's files."""
    cells = {
        "plain": "plain", "a,b": '"a,b"', 'a "b"': '"a ""b"""', "a\nb": '"a\nb"', "=1": "'=1", "+1": "'+1", "-1": "'-1",
        "@a": "'@a", "\t=1": "'\t=1", " =1": "' =1", "\r1": "\"'\r1\"", "＝1": "'＝1", "a=1": "a=1", "L2 -1": "L2 -1",
        "\ufeff=1": "'\ufeff=1", "\x00=1": "'\x00=1",
    }  # fmt: skip
    plan = draw_plan("ab", 1, 7, NAMES, SENTENCES)
    result = outcome(plan, answers_with(plan, 0))
    for text, cell in cells.items():
        written = listening.to_csv(result, (text, "other"))
        assert written.endswith("\r\n") and f",{cell},other," in written


# ---- the store on the server


class Voices:
    """Stand-in for synthesis: two systems of unlike length; remembers what it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, system, sentence):
        self.asked.append((system, sentence))
        return np.full(3000 if system == NAMES[0] else 2500, 1000 if system == NAMES[0] else -1000, np.int16)


@pytest.fixture
def voices():
    return Voices()


@pytest.fixture
def tests(voices):
    return BlindTests(voices, str)


def started(tests: BlindTests, kind="abx", trials=5, seed: int | None = 7) -> str:
    return tests.start(kind, trials, seed, NAMES, SENTENCES)


def wav_of(url: str) -> bytes:
    return base64.b64decode(url.split(",")[1])


def samples_of(url: str) -> np.ndarray:
    return np.frombuffer(wav_of(url)[44:], "<i2")


@pytest.mark.parametrize("kind", ["ab", "abx"])
def test_clips_tell_nothing_but_their_sound(tests, voices, kind):
    test = started(tests, kind, 12)
    plan = draw_plan(kind, 12, 7, NAMES, SENTENCES)
    hashes = set()
    for number, trial in enumerate(plan.trials, 1):
        view = tests.trial(test)
        assert set(view) == {"view", "test", "kind", "number", "trials", "clips"}
        assert list(view["clips"]) == (["A", "B", "X"] if kind == "abx" else ["A", "B"])
        assert {len(wav_of(url)) for url in view["clips"].values()} == {44 + 2 * 3000}
        for place, url in view["clips"].items():
            system = trial.system(place)
            clean = np.zeros(3000, int)
            clean[: 3000 if system == 0 else 2500] = 1000 if system == 0 else -1000
            assert set(np.unique(samples_of(url) - clean)) == {-1, 0, 1}
            hashes.add(hashlib.sha256(wav_of(url)).hexdigest())
        assert tests.trial(test) == view  # a reload gives the same bytes, so that nothing averages out
        tests.answer(test, number, "A")
    assert len(hashes) == 12 * (3 if kind == "abx" else 2)
    assert voices.asked == [(name, trial.sentence) for trial in plan.trials for _ in range(2) for name in NAMES]


def test_dither_stays_in_range_and_fills_short_clips():
    tests = BlindTests(lambda system, _: np.full(4, 32767 if system == NAMES[0] else -32768, np.int16), str)
    view = tests.trial(started(tests))
    for url in view["clips"].values():
        samples = samples_of(url)
        assert len(samples) == 1600
        assert len(set(np.sign(samples[:4]))) == 1


def test_a_test_from_start_to_end(tests):
    test = started(tests)
    plan = draw_plan("abx", 5, 7, NAMES, SENTENCES)
    for number, answer in enumerate(answers_with(plan, 4), 1):
        assert tests.view(test)["number"] == number
        with pytest.raises(ListeningError, match="after the last"):
            tests.result(test)
        with pytest.raises(ListeningError, match="after the last"):
            tests.systems(test)
        tests.answer(test, number, answer)
    result = tests.view(test)
    assert (result["view"], result["count"], result["trials"], result["names"]) == ("result", 4, 5, list(NAMES))
    assert result["p"] == 6 / 32 and not result["significant"]
    assert [row["hit"] for row in result["rows"]] == [True] * 4 + [False]
    assert tests.systems(test) == NAMES
    with pytest.raises(ListeningError, match="This test is over"):
        tests.trial(test)


def test_answers_again_out_of_order_and_junk(tests):
    test = started(tests)
    tests.answer(test, 1, "B")
    tests.answer(test, 1, "B")  # sent twice
    assert tests.trial(test)["number"] == 2
    for number, choice, message in (
        (1, "A", "Trial 1 has been answered already"),
        (3, "A", "Trial 2 comes before trial 3"),
        (0, "A", "trials 1 to 5"),
        (6, "A", "trials 1 to 5"),
        ("2", "A", "trials 1 to 5"),
        (True, "A", "trials 1 to 5"),
        (2.0, "A", "trials 1 to 5"),
        (2, "X", "either A or B"),
        (2, None, "either A or B"),
        (2, ["A"], "either A or B"),
    ):
        with pytest.raises(ListeningError, match=message):
            tests.answer(test, number, choice)
    assert tests.trial(test)["number"] == 2
    for foreign in ("", "x", None, 5, ["x"], {}):
        with pytest.raises(ListeningError, match="not kept here any more"):
            tests.answer(foreign, 2, "A")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["test", "trial", "choice", "offer"]), inner)
    ),
    max_leaves=6,
)


@given(JUNK)
@settings(unhurried, max_examples=60)
def test_events_from_a_browser_never_raise(data):
    tests = BlindTests(Voices(), str)
    shown: Any = tests.answered(data)
    assert shown["view"] == "choose" and str(shown["alert"]).endswith(".")
    assert tests.resumed(data)["view"] == "choose"
    with pytest.raises(ListeningError, match="choose one of those offered"):
        blind_tests.offer_of(data)


def test_events_bring_the_page_on(tests):
    test = started(tests)
    assert tests.resumed(None) == blind_tests.choose_view()
    assert tests.resumed(test)["number"] == 1
    for number in range(1, 5):
        assert tests.answered({"test": test, "trial": number, "choice": "A"})["number"] == number + 1
    wrong = tests.answered({"test": test, "trial": 1, "choice": "B"})
    assert wrong["number"] == 5
    assert str(wrong["alert"]) == "Trial 1 has been answered already: the first answer counts."
    assert tests.answered({"test": test, "trial": 5, "choice": "A"})["view"] == "result"
    assert tests.resumed(test)["view"] == "result"
    assert blind_tests.offer_of({"offer": "abx5"}) == listening.OFFERS[0]


def test_a_failing_clip_names_no_system():
    def clip(system, sentence):
        raise ValueError(f"{system} is broken")

    tests = BlindTests(clip, str)
    test = started(tests)
    with pytest.raises(ListeningError, match="could not be made") as caught:
        tests.trial(test)
    assert "run-" not in str(caught.value)
    assert caught.value.__cause__ is None
    floats = BlindTests(lambda *_: np.zeros(99), str)
    assert floats.resumed(started(floats))["view"] == "choose"


def test_the_store_is_bounded_and_forgets_the_oldest_first():
    tests = BlindTests(Voices(), str, capacity=3)
    ids = [started(tests) for _ in range(3)]
    tests.trial(ids[0])
    new = started(tests)
    assert len(tests) == 3
    assert tests.resumed(ids[1])["view"] == "choose"
    for kept in (ids[0], ids[2], new):
        assert tests.resumed(kept)["view"] == "trial"
    assert len({*ids, new}) == 4 and min(map(len, ids)) >= 20


def test_seeds_are_drawn_where_none_is_given(voices):
    tests = BlindTests(voices, text_of=lambda sentence: f"words of {sentence}")
    csvs, called = set(), {NAMES[0]: "One", NAMES[1]: "Two"}
    for _ in range(4):
        test = tests.start("ab", 1, None, NAMES, SENTENCES, called.__getitem__, colours=(4, 2))
        tests.answer(test, 1, "A")
        result = tests.result(test)
        assert result["rows"][0]["sentence"].startswith("words of s")
        assert (result["names"], result["colours"]) == (["One", "Two"], [4, 2])
        row = next(csv.DictReader(io.StringIO(result["csv"])))
        assert row["text"] == f"words of {row['sentence']}" and row["sentence"] in SENTENCES
        csvs.add(row["seed"])
    assert len(csvs) == 4


def test_one_answer_wins_among_many_at_once(tests):
    """Sixteen threads answer each trial at the same moment: each trial takes one answer, and none is skipped."""
    test = started(tests, trials=20)
    barrier = threading.Barrier(16)

    def answer_all():
        for number in range(1, 21):
            barrier.wait()
            tests.answer(test, number, "A")

    threads = [threading.Thread(target=answer_all) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result = tests.result(test)
    assert result["trials"] == 20 and {row["answer"] for row in result["rows"]} == {"A"}


def test_the_component_is_plain_to_gradio():
    """gr.HTML takes every quoted name in a script for an event of its own, so one such as "every" breaks its config."""
    config = BlindTest(blind_tests.choose_view(), render=False).get_config()
    assert config.get("every") is None
    assert json.loads(json.dumps(config))["value"]["offers"][0]["id"] == "abx5"
