"""Which prompts train, which choose (validation), which report (test), and which are kept for lessons (pinned).

Many prompts are variations of each other. Two are near-duplicates if they say the same, if they share four words in
a row, or if half of the words that occur in either occur in both; near-duplicates of near-duplicates count too. Such
groups stay together.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

SHARED_RUN = 4  # words in a row
SHARED_WORDS = 0.5  # of the words that occur in either
HELD_OUT_WORDS = 4  # at least, of more than one letter, in a prompt of validation and test
HELD_OUT_LONGEST_SECONDS = 12.0
HELD_OUT_GROUP = 3  # prompts at most: a large family of variations would fill the split
HELD_OUT_PROMPTS = 45  # at least, in each
HELD_OUT_SECONDS = 160.0  # at least, in each
PINNED = ("tt-weasels", "tt-monkeysintro", "something-terribly-wrong", "vm-nonumber")
SEED = 2


@dataclass(frozen=True)
class Prompt:
    """What the split looks at."""

    id: str
    words: tuple[str, ...]
    seconds: float


def group(texts: Sequence[Sequence[str]]) -> list[int]:
    """Number the groups of near-duplicates, in the order of their first member.

    Parameters
    ----------
    texts : sequence of (sequence of str)
        The words of each prompt.

    Returns
    -------
    list of int
        Group of each prompt.

    Examples
    --------
    >>> group([["press", "one"], ["please", "hold"], ["press", "one"]])
    [0, 1, 0]
    """
    parents = list(range(len(texts)))

    def root(number: int) -> int:
        while parents[number] != number:
            number = parents[number]
        return number

    for one, other in combinations(range(len(texts)), 2):
        if near_duplicates(texts[one], texts[other]):
            low, high = sorted((root(one), root(other)))
            parents[high] = low
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(member), len(numbers)) for member in range(len(texts))]


def near_duplicates(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether two texts are the same, share four words in a row, or half of their words."""
    if list(one) == list(other):
        return True
    if len(one) < 2 or len(other) < 2:
        return False
    if runs(one, SHARED_RUN) & runs(other, SHARED_RUN):
        return True
    either, both = set(one) | set(other), set(one) & set(other)
    return len(both) >= SHARED_WORDS * len(either)


def runs(words: Sequence[str], length: int) -> set[tuple[str, ...]]:
    """All runs of `length` words in a row."""
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def split(prompts: Sequence[Prompt], groups: Sequence[int], pinned: Sequence[str] = PINNED) -> dict[str, str]:
    """Assign each prompt to train, validation, test or pinned; the same result for the same prompts.

    Groups go to validation and test in random order, each to the one with less speech, until both have enough. A group
    is eligible if all its prompts are.

    Raises
    ------
    ValueError
        If there are too few prompts to fill validation and test, or a pinned one is missing.
    """
    members: dict[int, list[Prompt]] = {}
    for prompt, number in zip(prompts, groups, strict=True):
        members.setdefault(number, []).append(prompt)
    split_of: dict[str, str] = {prompt.id: "train" for prompt in prompts}
    group_of = {prompt.id: number for prompt, number in zip(prompts, groups, strict=True)}
    missing = [prompt for prompt in pinned if prompt not in group_of]
    if missing:
        raise ValueError(f"The prompt to pin is missing: {missing[0]}.")
    pinned_groups = {group_of[prompt] for prompt in pinned}
    for number in pinned_groups:
        split_of |= {prompt.id: "pinned" for prompt in members[number]}

    eligible = [number for number in sorted(members) if number not in pinned_groups and _eligible(members[number])]
    random.Random(SEED).shuffle(eligible)
    held_out: dict[str, list[Prompt]] = {"validation": [], "test": []}
    for number in eligible:
        name = min(held_out, key=lambda name: sum(prompt.seconds for prompt in held_out[name]))
        if _enough(held_out[name]):
            name = "test" if name == "validation" else "validation"
        if _enough(held_out[name]):
            break
        held_out[name] += members[number]
    for name, chosen in held_out.items():
        if not _enough(chosen):
            raise ValueError(f"There are only {len(chosen)} prompts for {name}.")
        split_of |= {prompt.id: name for prompt in chosen}
    return split_of


def _eligible(members: Sequence[Prompt]) -> bool:
    return len(members) <= HELD_OUT_GROUP and all(
        sum(len(word) > 1 for word in prompt.words) >= HELD_OUT_WORDS and prompt.seconds <= HELD_OUT_LONGEST_SECONDS
        for prompt in members
    )


def _enough(chosen: Sequence[Prompt]) -> bool:
    seconds = sum(prompt.seconds for prompt in chosen)
    return len(chosen) >= HELD_OUT_PROMPTS and seconds >= HELD_OUT_SECONDS


def rank(prompts: Sequence[Prompt], groups: Sequence[int]) -> dict[str, int]:
    """Order the training prompts, so that the first ones of any number are a fair sample of all.

    The order is random, but the members of a group are spread over it evenly: m near-duplicates take one place in
    each m-th of the order.
    """
    generator = random.Random(SEED)
    members: dict[int, list[Prompt]] = {}
    for prompt, number in zip(prompts, groups, strict=True):
        members.setdefault(number, []).append(prompt)
    places: list[tuple[float, str]] = []
    for number in sorted(members):
        family = sorted(members[number], key=lambda prompt: prompt.id)
        generator.shuffle(family)
        places += [((place + generator.random()) / len(family), p.id) for place, p in enumerate(family)]
    return {prompt: place for place, (_, prompt) in enumerate(sorted(places))}


def overlap(held_out: Sequence[Sequence[str]], training: Sequence[Sequence[str]], length: int) -> float:
    """Share of the runs of `length` words in held-out texts that occur in training texts too."""
    known = set().union(*(runs(words, length) for words in training))
    found = [run in known for words in held_out for run in sorted(runs(words, length))]
    return sum(found) / len(found) if found else 0.0
