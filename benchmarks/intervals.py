"""95 % intervals of what a few seeds gave, and what they speak of."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

Missed = list[tuple[int, int]]  # words missed and words said, by sentence


def of_mean(values: Sequence[float]) -> tuple[float, float]:
    """Student's t interval of the mean over seeds; raises ValueError for fewer than two, which say nothing of it.

    (A percentile bootstrap of five normal values holds the true mean in 84 % of cases.)
    """
    if len(values) < 2:
        raise ValueError("An interval needs two values or more.")
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return float(np.mean(values) - half), float(np.mean(values) + half)


def of_gain(pairs: Sequence[tuple[Missed, Missed]], draws: int = 4000) -> tuple[float, float]:
    """Bootstrap interval of how many fewer words, as a share, the second of each pair of seeds' runs misses.

    Seeds and sentences are both drawn anew, so it speaks of other sentences, too. Where five seeds and forty sentences
    vary as the lesson's do or several times as much, it holds the true gain in 92 to 98 % of cases; Student's t over
    seeds holds the gain on the very same sentences in 95 %, but that on others in 78 to 93 %.
    """
    random = np.random.default_rng(0)
    tables = np.array(pairs, dtype=float)  # [shape=(seeds, 2, sentences, 2)]
    seeds, _, sentences, _ = tables.shape
    often = random.multinomial(seeds, np.full(seeds, 1 / seeds), draws)
    each = random.multinomial(sentences, np.full(sentences, 1 / sentences), draws)
    missed, said = (np.einsum("ds,skj,dj->kd", often, tables[..., part], each) for part in (0, 1))
    shares = missed / said
    low, high = np.percentile(shares[0] - shares[1], [2.5, 97.5])
    return float(low), float(high)
