"""The pooled analysis of a class, against hand values, statsmodels, the exact test, and what it must never do."""

import importlib
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tts_demo import class_statistics, listening
from tts_demo.class_statistics import FEWEST, Answer, conclusion, design_effect, histogram, pooled

NAMES = ("L2", "No regularizer")
# 14 listeners with 6 of 9 sentences each; cov_cluster_2groups of statsmodels 0.14.5, for the mean, gave these variances
RIGHT = "101100001101111111111111111010110111111011111111011010111111111011011111111111011011"
SENTENCES = "702146048516216407574308274613046318820371047831420675083564472103018647728130412308"
TWO_WAY, BY_LISTENER, BY_SENTENCE = 0.004011517541722552, 0.0028017617303331627, 0.0031546100583090425


def answers_of(table):
    """Answers of a table of listeners and sentences."""
    return [
        Answer(f"p{i}", f"s{j}", bool(hit))
        for i, row in enumerate(table)
        for j, hit in enumerate(row)
        if hit is not None
    ]


tables = st.integers(FEWEST, 12).flatmap(
    lambda width: st.lists(
        st.lists(st.booleans(), min_size=width, max_size=width), min_size=FEWEST, max_size=12
    )
)  # fmt: skip


def test_bars_stand_beside_what_guessing_gives():
    bars = histogram([5, 5, 3, 0], 5)
    assert [bar.listeners for bar in bars] == [1, 0, 0, 1, 0, 2]
    assert [bar.guessing for bar in bars] == pytest.approx(4 * stats.binom.pmf(range(6), 5, 0.5))


def test_the_variance_is_that_of_another_library():
    right = np.array([int(hit) for hit in RIGHT], float)
    what = np.array([int(one) for one in SENTENCES])
    who = np.repeat(np.arange(14), 6)
    rate = right.mean()
    independent = rate * (1 - rate) / 84
    assert design_effect(right, who, what) * independent == pytest.approx(TWO_WAY, rel=1e-12)
    assert class_statistics._variance(right, who) == pytest.approx(BY_LISTENER, rel=1e-12)
    assert class_statistics._variance(right, what) == pytest.approx(BY_SENTENCE, rel=1e-12)


def test_with_answers_that_are_all_alike_it_is_the_exact_test_but_for_the_degrees_of_freedom():
    """Where nobody differs from anybody: everybody right. Then p is that of the binomial with so many trials."""
    found = pooled(answers_of([[True] * 6] * 7))
    assert found.p == pytest.approx(0.5**found.worth)
    assert 0 < found.worth < 42 and found.low < 1 == found.high
    nobody = pooled(answers_of([[False] * 6] * 7))
    assert (nobody.p, nobody.low) == (1.0, 0.0) and nobody.high < 0.2


def test_clusters_cost_answers():
    """Half of the listeners always right, the others never: 240 answers are worth less than 12 listeners."""
    table = [[i % 2 == 0 or i < 4] * 20 for i in range(12)]
    found = pooled(answers_of(table))
    assert found.worth < 12 and not found.significant
    assert listening.figures("abx", found.right, found.answers).p < 0.001  # what n x k would say


def test_too_few_are_no_class():
    assert pooled(answers_of([[True] * 9] * (FEWEST - 1))) is None
    assert pooled(answers_of([[True] * (FEWEST - 1)] * 9)) is None
    assert pooled([]) is None
    assert "at least 5 pupils" in str(conclusion(None, [], 5, NAMES))


@given(tables)
def test_it_is_never_more_certain_than_the_exact_test_of_independent_answers(table):
    found = pooled(answers_of(table))
    exact = listening.figures("abx", found.right, found.answers)
    assert 0 < found.worth <= found.answers
    assert 0 <= found.low <= found.rate <= found.high <= 1
    if found.rate > 0.5:
        assert found.p >= exact.p - 1e-9 and found.low <= exact.low + 1e-9
    assert found.significant == (found.low >= 0.5) or math.isclose(found.p, 0.05, rel_tol=1e-6)


@given(tables, st.randoms(use_true_random=False))
def test_names_and_order_say_nothing(table, random):
    answers = answers_of(table)
    shuffled = [Answer(answer.listener[::-1] + "!", "x" + answer.sentence, answer.right) for answer in answers]
    random.shuffle(shuffled)
    first, second = pooled(answers), pooled(shuffled)
    assert second.worth == pytest.approx(first.worth) and second.p == pytest.approx(first.p)


@given(tables)
@settings(max_examples=30)
def test_listeners_and_sentences_are_treated_alike(table):
    turned = [list(column) for column in zip(*table, strict=True)]
    assert pooled(answers_of(turned)).worth == pytest.approx(pooled(answers_of(table)).worth)


# ---- false alarms and power, as docs/choices.md has them from more classes


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "benchmarks"))
    return importlib.import_module("class_statistics")


@pytest.mark.parametrize("spread", [(0.0, 0.0), (0.0, 0.7), (0.7, 0.7)])
def test_false_alarms_are_as_few_as_it_says(benchmark, spread):
    random = np.random.default_rng(1)
    p = np.array([benchmark.found(*one)[:2] for one in benchmark.classes(random, 600, (30, 10, 10), spread, 0.0)])
    alarms, naive = (p <= 0.05).sum(axis=0)
    assert stats.binomtest(int(alarms), 600, 0.05, "greater").pvalue > 0.01
    if spread[1]:  # and the classes are such that counting all answers as independent goes wrong
        assert stats.binomtest(int(naive), 600, 0.05, "greater").pvalue < 0.001


def test_what_a_class_hears_it_finds(benchmark):
    random = np.random.default_rng(2)
    p = [benchmark.found(*one)[0] for one in benchmark.classes(random, 200, (30, 5, 24), (0.5, 0.5), 1.0)]
    assert np.mean(np.array(p) <= 0.05) > 0.95  # right 72 % of the time


# ---- in words


def test_conclusions_say_what_was_found():
    heard = pooled(answers_of([[j != i % 6 for j in range(6)] for i in range(20)]))
    said = str(conclusion(heard, [5] * 20, 6, NAMES))
    assert "can tell “L2” from “No regularizer”: 100 of 120 answers right, 83 %" in said
    assert f"are worth {heard.worth:.0f} independent ones" in said
    assert "Alone, 0 of 20 pupils got the 6 of 6 right" in said and "0.3 would on average" in said
    guessing = pooled(answers_of([[(i + j) % 2 == 0 for j in range(6)] for i in range(20)]))
    said = str(conclusion(guessing, [3] * 20, 6, NAMES))
    assert "this does not show that the class can tell" in said and "right at most" in said
    assert "at least" not in said.partition("Alone")[0]
