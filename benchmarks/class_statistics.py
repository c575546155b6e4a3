"""How often the pooled analysis of a class calls a difference where there is none, and where there is one.

python benchmarks/class_statistics.py [--classes 2000]

Listeners' and sentences' logits are normal around a mean; of that mean rate 1/2 is no difference. Beside the
program's own analysis: the binomial test of all answers as independent, t-tests over listeners (F1) and over sentences
(F2), both of them together, and min F' (Clark, 1973).
"""

import argparse
from collections.abc import Iterator

import numpy as np
from scipy import stats

from tts_demo.class_statistics import Answer, pooled

SIZES = ((8, 5, 24), (10, 5, 24), (20, 5, 24), (30, 5, 24), (10, 10, 24), (30, 10, 24), (30, 5, 5))
SPREADS = ((0.0, 0.0), (0.7, 0.0), (0.0, 0.7), (0.7, 0.7))  # of listeners' and sentences' logits
EFFECT = 0.5  # mean logit where there is a difference: 62 % right
LEVEL = 0.05
METHODS = ("pooled", "n x k", "F1", "F2", "F1 and F2", "min F'")


def classes(
    random: np.random.Generator, count: int, size: tuple[int, int, int], spread: tuple[float, float], mean: float
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Answers of classes: right or not, listener, sentence [shape=(answers,) each].

    `size`: listeners, trials of each, and sentences, of which each trial of a listener has another one.
    """
    listeners, trials, sentences = size
    who = np.repeat(np.arange(listeners), trials)
    for _ in range(count):
        what = np.concatenate([random.permutation(sentences)[:trials] for _ in range(listeners)])
        logit = mean + random.normal(0, spread[0], listeners)[who] + random.normal(0, spread[1], sentences)[what]
        yield (random.random(len(who)) < 1 / (1 + np.exp(-logit))).astype(float), who, what


def found(right: np.ndarray, who: np.ndarray, what: np.ndarray) -> tuple[float, ...]:
    """One-sided p of each method, in the order of `METHODS`."""
    together = pooled([Answer(str(i), str(j), bool(hit)) for hit, i, j in zip(right, who, what, strict=True)])
    assert together is not None
    means = [np.array([right[groups == one].mean() for one in np.unique(groups)]) for groups in (who, what)]
    t1, t2 = ((each.mean() - 0.5) / max(float(stats.sem(each)), 1e-9) for each in means)
    df1, df2 = (len(each) - 1 for each in means)
    p1, p2 = float(stats.t.sf(t1, df1)), float(stats.t.sf(t2, df2))
    quasi = 1.0
    if t1 > 0 and t2 > 0:
        f1, f2 = t1**2, t2**2
        df = (f1 + f2) ** 2 / (f1**2 / df2 + f2**2 / df1)
        quasi = float(stats.t.sf((f1 * f2 / (f1 + f2)) ** 0.5, df))
    return together.p, float(stats.binom.sf(right.sum() - 1, len(right), 0.5)), p1, p2, max(p1, p2), quasi


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, default=2000, help="of each kind (2000)")
    count = parser.parse_args().classes
    random = np.random.default_rng(0)
    print("listeners x trials of sentences, spread of listeners and sentences: % of classes with p <= 0.05")
    print(" " * 40, *(f"{method:>10}" for method in METHODS))
    for size in SIZES:
        for mean, spreads in ((0.0, SPREADS), (EFFECT, ((0.5, 0.5),))):
            for spread in spreads:
                p = np.array([found(*one) for one in classes(random, count, size, spread, mean)])
                name = f"{size[0]} x {size[1]} of {size[2]}, {spread[0]}, {spread[1]}" + (
                    ", 62 % right" if mean else ""
                )
                print(f"{name:40}", *(f"{100 * share:10.1f}" for share in (p <= LEVEL).mean(axis=0)), flush=True)


if __name__ == "__main__":
    main()
