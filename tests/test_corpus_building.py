"""Rebuilding the corpus: its parts on small inputs, and what must hold for the bundle that is shipped."""

import functools
import itertools
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tts_demo import corpus
from tts_demo.acoustics import HOP_SAMPLES, SAMPLE_RATE
from tts_demo.corpus_building import alignment, build, credits, pronunciations, source, splits, tables
from tts_demo.corpus_building.alignment import Segment
from tts_demo.corpus_building.mixtures import Mixtures
from tts_demo.corpus_building.splits import Prompt
from tts_demo.corpus_building.viterbi import best_path

BUNDLE = Path(build.__file__).parents[1] / "data" / "asterisk"


# --- transcripts and recordings ---------------------------------------------------------------------------------


def test_tables_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = [["a", "two words", ""], ["b", 'a "quoted" one', "é"]]
    tables.write_table(tmp_path / "t.tsv", ["id", "text", "why"], rows)
    assert [list(row.values()) for row in tables.read_table(tmp_path / "t.tsv")] == rows


@pytest.mark.parametrize("row", [["a", "b\tc"], ["a", "b\nc"], ["a"]])
def test_tables_refuse_what_would_not_come_back(tmp_path: Path, row: list[str]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        tables.write_table(tmp_path / "t.tsv", ["id", "text"], [row])


@pytest.mark.parametrize(
    ("raw", "tidy"),
    [
        ("...to lock,  or unlock", "To lock, or unlock"),
        ("press 1 or 2", "Press one or two"),
        ("while i try", "While I try"),
        ("Press ...", "Press"),
    ],
)
def test_transcripts_are_tidied(raw: str, tidy: str) -> None:
    assert source.tidy(raw) == tidy


def test_trimming_keeps_a_tenth_of_a_second() -> None:
    rng = np.random.default_rng(0)
    speech = rng.normal(0, 3000, SAMPLE_RATE).astype(np.int16)
    silence = rng.normal(0, 3, SAMPLE_RATE // 2).astype(np.int16)
    trimmed = source.trim(np.concatenate([silence, speech, silence]))
    assert len(trimmed) == len(speech) + 2 * SAMPLE_RATE // 10
    np.testing.assert_array_equal(trimmed[SAMPLE_RATE // 10 : -SAMPLE_RATE // 10], speech)


def test_trimming_leaves_short_silences_alone() -> None:
    speech = np.full(1600, 1000, dtype=np.int16)
    assert len(source.trim(speech)) == 1600


def test_prompts_are_cut_where_the_table_says() -> None:
    samples = np.full(SAMPLE_RATE, 1000, dtype=np.int16)
    first, second = source.cut_and_trim("demo", "One two | three.", samples, [0.25])
    assert (first.id, first.text, len(first.samples)) == ("demo-part1", "One two", SAMPLE_RATE // 4)
    assert (second.id, second.text, len(second.samples)) == ("demo-part2", "three.", SAMPLE_RATE * 3 // 4)
    with pytest.raises(ValueError, match="bars"):
        source.cut_and_trim("demo", "One two three.", samples, [0.25])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(source, "RECORDINGS", tmp_path / "nothing")
    with pytest.raises(source.SourceError, match="install the Debian package asterisk-core-sounds-en-g722"):
        source.read_recordings()


def test_of_two_takes_of_the_same_words_the_first_is_kept():
    said = [("a", "Press one."), ("b", "press One"), ("c", "Press one, please.")]
    recordings = [source.Recording(name, text, np.zeros(1600, np.int16)) for name, text in said]
    assert [recording.id for recording in source.first_takes(recordings)] == ["a", "c"]


def test_missing_ffmpeg_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(source.SourceError, match="install the Debian package ffmpeg"):
        list(source.decode([tmp_path / "a.g722"]))


def test_a_failed_build_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "bundle"
    old.mkdir()
    monkeypatch.setattr(build, "read_recordings", lambda: [source.Recording("a", "1", np.zeros(1600, np.int16))])
    with pytest.raises(ValueError, match="not a word"):
        build.build(old, lambda _: None)
    assert list(tmp_path.iterdir()) == [old]


def test_words_are_taken_from_transcripts() -> None:
    assert pronunciations.words('Is it "don\'t call"? Re-enter.') == ["is", "it", "don't", "call", "re", "enter"]
    with pytest.raises(ValueError, match="not a word"):
        pronunciations.words("press 1")


def test_variants_differ_in_more_than_stress() -> None:
    assert pronunciations.variants("the") == [["DH", "AH0"], ["DH", "IY0"]]
    assert len(pronunciations.variants("record")) >= 2


def test_the_licence_is_taken_from_the_copyright_file() -> None:
    text = "Files: *\nLicense: CC-BY-SA-3.0\n\nLicense: CC-BY-SA-3.0\n THE WORK\n .\n  1. Is\n\nLicense: GPL\n No\n"
    assert credits.licence(text) == "THE WORK\n\n 1. Is\n"


def test_the_bundle_credits_those_whom_the_builder_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copyright_file = tmp_path / "copyright"
    copyright_file.write_text("License: CC-BY-SA-3.0\n Text\n")
    monkeypatch.setattr(credits, "COPYRIGHT", copyright_file)
    credits.write_credits(tmp_path)
    for name in ("CREDITS.md", "credits.json"):
        assert (tmp_path / name).read_bytes() == (BUNDLE / name).read_bytes(), name
    assert corpus.load(corpus.ASTERISK).credits == credits.CREDITS
    assert (tmp_path / credits.CREDITS.licence_file).is_file() and (BUNDLE / credits.CREDITS.licence_file).is_file()


def test_a_corpus_is_named_where_it_is_registered_and_where_it_is_the_default() -> None:
    """Whoever else needs one gets it handed over; and whom to credit stands in the corpus."""
    package = Path(corpus.__file__).parent
    sources = {path.relative_to(package).as_posix(): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert {name for name, text in sources.items() if '"asterisk"' in text} == {"config.py", "corpus.py"}
    assert {name for name, text in sources.items() if "Allison Smith" in text} == {"corpus_building/credits.py"}


# --- alignment --------------------------------------------------------------------------------------------------


def test_viterbi_finds_the_best_of_all_paths() -> None:
    pronunciation = [[["AH0"], ["K", "AH0"]], [["S"]]]
    graph, _, words, _ = alignment.build_graph(pronunciation)
    rng = np.random.default_rng(1)
    for frames in (13, 16, 20):
        scores = rng.normal(0, 3, (frames, alignment.N_STATES))
        path, value = best_path(graph, scores)
        assert value == pytest.approx(_exhaustive(graph, scores))
        assert value == pytest.approx(_value(graph, scores, path))
        assert {words[node] for node in path} == {-1, 0, 1}


def _value(graph: alignment.Graph, scores: np.ndarray, path: np.ndarray) -> float:
    """Score of a path; fails if the graph does not allow it."""
    total = 0.0
    for frame, node in enumerate(path):
        before = path[frame - 1] if frame else -1
        entries = range(graph.first_entry[node], graph.first_entry[node + 1])
        allowed = {int(graph.entered_from[entry]): graph.entry_scores[entry] for entry in entries}
        total += scores[frame, graph.states[node]] + (0.0 if before == node else allowed[int(before)])
    assert path[-1] in graph.ends
    return total


def _exhaustive(graph: alignment.Graph, scores: np.ndarray) -> float:
    """Best value over all paths, found by trying every sequence of nodes and every division of the frames."""
    best = -np.inf
    followers = defaultdict(list)
    for node in range(len(graph.states)):
        for entry in range(graph.first_entry[node], graph.first_entry[node + 1]):
            followers[int(graph.entered_from[entry])].append((node, graph.entry_scores[entry]))
    routes = [([node], score) for node, score in followers[-1]]
    while routes:
        route, score = routes.pop()
        if route[-1] in graph.ends and len(route) <= len(scores):
            columns = scores[:, graph.states[route]].cumsum(axis=0)
            for cuts in itertools.combinations(range(1, len(scores)), len(route) - 1):
                bounds = (0, *cuts, len(scores))
                value = sum(
                    columns[end - 1, place] - (columns[start - 1, place] if start else 0.0)
                    for place, (start, end) in enumerate(itertools.pairwise(bounds))
                )
                best = max(best, value + score)
        routes += [([*route, node], score + more) for node, more in followers[route[-1]] if len(route) < len(scores)]
    return best


def test_viterbi_refuses_too_few_frames() -> None:
    graph, *_ = alignment.build_graph([[["S"]]])
    with pytest.raises(ValueError, match="No path of 7 frames"):
        best_path(graph, np.zeros((7, alignment.N_STATES)))
    assert len(best_path(graph, np.zeros((8, alignment.N_STATES)))[0]) == 8


def test_mixtures_fit_what_they_are_given() -> None:
    rng = np.random.default_rng(0)
    low, high, other = rng.normal(-3, 1, (500, 2)), rng.normal(3, 1, (500, 2)), rng.normal(0, 2, (400, 2))
    features = np.concatenate([low, high, other])
    states = np.repeat([0, 0, 1], [500, 500, 400])
    mixtures = Mixtures(features, 2)
    mixtures.fit(features, states)
    one = mixtures.scores(features)
    expected = -0.5 * (np.log(2 * np.pi * other.var(0)) + (other - other.mean(0)) ** 2 / other.var(0)).sum(1)
    np.testing.assert_allclose(one[1000:, 1], expected)
    for _ in range(10):
        if mixtures.weights.shape[1] < 2:
            mixtures.split(states)
        mixtures.fit(features, states)
    np.testing.assert_allclose(np.sort(mixtures.means[0, :, 0]), [-3, 3], atol=0.15)
    assert mixtures.scores(features)[:1000, 0].mean() > one[:1000, 0].mean() + 0.5


def test_alignment_finds_the_boundaries_of_synthetic_phones() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 4, (alignment.N_STATES, 39))
    vocabulary = [["S", "IY1"], ["M", "AA1"], ["T", "UW1"], ["K", "OW1", "L"]]
    utterances, guesses, truth = [], [], []
    for _ in range(40):
        spoken = [[vocabulary[word]] for word in rng.integers(0, len(vocabulary), 4)]
        graph, symbols, words, copies = alignment.build_graph(spoken)
        chosen = [node for node in range(len(words)) if words[node] >= 0]
        route = [0, 1, *chosen, len(words) - 2, len(words) - 1]
        path = np.repeat(route, rng.integers(2, 6, len(route)))
        path = np.concatenate([np.zeros(14, int), path, np.full(14, len(words) - 1)])
        features = centres[graph.states[path]] + rng.normal(0, 1, (len(path), 39))
        utterance = alignment.Spoken(features, graph, tuple(symbols), tuple(words), tuple(copies))
        utterances.append(utterance)
        guesses.append(alignment.spread_evenly(utterance, spoken))
        truth.append(alignment.segments(utterance, path))
    found, history = alignment.align(utterances, guesses)
    assert history[-1].log_likelihood > history[0].log_likelihood
    errors = []
    for right, got in zip(truth, found, strict=True):
        assert [(s.symbol, s.word) for s in right] == [(s.symbol, s.word) for s in got]
        errors.append(np.abs(np.cumsum([s.frames for s in right]) - np.cumsum([s.frames for s in got])).mean())
    assert np.mean(errors) < 1.0  # frames of 5 ms; with so few words, what belongs to which phone is not quite certain


def test_corpus_frames_are_those_whose_centres_lie_in_the_phone() -> None:
    # Boundaries before frames 2, 7 and 12 of 5 ms: at 7.5, 32.5 and 57.5 ms, so before frames 1, 4 and 6 of 10 ms.
    aligned = [Segment("pau", -1, 2), Segment("S", 0, 5), Segment("IY1", 0, 5), Segment("pau", -1, 5)]
    assert [s.frames for s in alignment.to_corpus_frames(aligned, 9)] == [1, 3, 2, 3]


# --- splits -----------------------------------------------------------------------------------------------------


def test_groups_join_near_duplicates() -> None:
    texts = [
        "please enter your password followed by the pound key",
        "message deleted",
        "then dial it followed by the pound key",
        "message undeleted",
        "message deleted",
        "your password please",
        "one",
        "one",
        "deleted",
    ]
    assert splits.group([text.split() for text in texts]) == [0, 1, 0, 2, 1, 3, 4, 4, 5]


def test_groups_are_transitive() -> None:
    texts = ["a b c d e", "c d e f g h", "x y z", "b c d e f g h"]
    assert splits.group([text.split() for text in texts]) == [0, 0, 1, 0]


@functools.cache
def _prompts() -> tuple[tuple[Prompt, ...], tuple[int, ...]]:
    rng = np.random.default_rng(3)
    prompts, groups = [], []
    for number in range(150):
        for member in range(1 + number % 4):
            text = [f"w{number}"] * (1 + number % 8)
            prompts.append(Prompt(f"{number}.{member}", tuple(text), float(rng.uniform(3, 9))))
            groups.append(number)
    return tuple(prompts), tuple(groups)


def test_splits_keep_groups_together_and_short_prompts_out() -> None:
    prompts, groups = _prompts()
    split_of = splits.split(prompts, groups, pinned=["0.0", "5.0"])
    by_group = defaultdict(set)
    for prompt, number in zip(prompts, groups, strict=True):
        by_group[number].add(split_of[prompt.id])
        if split_of[prompt.id] in ("validation", "test"):
            assert len(prompt.words) >= splits.HELD_OUT_WORDS
    assert all(len(names) == 1 for names in by_group.values())
    assert {prompt for prompt, name in split_of.items() if name == "pinned"} == {"0.0", "5.0", "5.1"}
    for name in ("validation", "test"):
        chosen = [prompt for prompt in prompts if split_of[prompt.id] == name]
        assert len(chosen) >= splits.HELD_OUT_PROMPTS
        assert sum(prompt.seconds for prompt in chosen) >= splits.HELD_OUT_SECONDS
    assert split_of == splits.split(prompts, groups, pinned=["0.0", "5.0"])


def test_splits_refuse_too_few_prompts_and_unknown_pins() -> None:
    prompts, groups = _prompts()
    with pytest.raises(ValueError, match="only"):
        splits.split(prompts[:50], groups[:50], pinned=[])
    with pytest.raises(ValueError, match="missing: nobody"):
        splits.split(prompts, groups, pinned=["nobody"])


def test_rank_spreads_a_group_over_the_order() -> None:
    prompts = [Prompt(str(number), ("x",), 1.0) for number in range(100)]
    groups = [0] * 50 + list(range(1, 51))
    ranks = splits.rank(prompts, groups)
    assert sorted(ranks.values()) == list(range(100))
    for first in range(0, 100, 20):
        family = sum(first <= ranks[str(number)] < first + 20 for number in range(50))
        assert 6 <= family <= 14


def test_overlap_counts_runs_of_words() -> None:
    training = [["a", "b", "c", "d"], ["x", "y"]]
    assert splits.overlap([["b", "c", "d", "e"]], training, 3) == 0.5
    assert splits.overlap([["a", "b", "c", "d"]], training, 4) == 1.0
    assert splits.overlap([["a"]], training, 3) == 0.0


# --- the bundle -------------------------------------------------------------------------------------------------


@functools.cache
def _utterances() -> list[dict[str, str]]:
    return tables.read_table(BUNDLE / "utterances.tsv")


@functools.cache
def _alignments() -> dict[str, list[Segment]]:
    rows = tables.read_table(BUNDLE / "alignments.tsv")
    return {
        row["id"]: [
            Segment(symbol, int(word), int(frames))
            for symbol, frames, word in (triple.split(":") for triple in row["phones"].split())
        ]
        for row in rows
    }


def test_bundle_is_of_the_size_promised() -> None:
    files = [path for path in BUNDLE.rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in files) < 10e6
    assert sum(path.stat().st_size for path in files) < 40e6
    assert sum(float(row["seconds"]) for row in _utterances()) >= 20 * 60
    assert {path.stem for path in (BUNDLE / "audio").iterdir()} == {row["id"] for row in _utterances()}
    assert len({row["id"].lower() for row in _utterances()}) == len(_utterances())  # on any file system


def test_bundle_splits_hold_what_they_should() -> None:
    rows = _utterances()
    groups = defaultdict(set)
    for row in rows:
        groups[row["group"]].add(row["split"])
        assert float(row["seconds"]) <= 12
        if row["split"] in ("validation", "test"):
            assert len(pronunciations.words(row["text"])) >= 4
    assert all(len(names) == 1 for names in groups.values())
    for name in ("validation", "test"):
        assert sum(row["split"] == name for row in rows) >= 40
    pinned = {row["id"] for row in rows if row["split"] == "pinned"}
    assert pinned >= {"tt-weasels", "tt-monkeysintro"}
    ranks = [int(row["rank"]) for row in rows if row["split"] == "train"]
    assert sorted(ranks) == list(range(len(ranks)))
    assert {row["rank"] for row in rows if row["split"] != "train"} == {"-1"}


def test_bundle_groups_are_those_of_the_texts() -> None:
    rows = _utterances()
    assert splits.group([pronunciations.words(row["text"]) for row in rows]) == [int(row["group"]) for row in rows]


def test_held_out_prompts_share_no_four_words_with_training_ones() -> None:
    texts = defaultdict(list)
    for row in _utterances():
        texts[row["split"]].append(pronunciations.words(row["text"]))
    for name in ("validation", "test"):
        assert splits.overlap(texts[name], texts["train"], 4) == 0
        assert splits.overlap(texts[name], texts["train"], 3) < 0.12


def test_bundle_first_three_minutes_are_a_mixture() -> None:
    train = sorted((row for row in _utterances() if row["split"] == "train"), key=lambda row: int(row["rank"]))
    total = np.cumsum([float(row["seconds"]) for row in train])
    first = train[: int(np.searchsorted(total, 180)) + 1]
    assert 65 <= len(first) <= 100
    assert len({row["group"] for row in first}) > 0.75 * len(first)


def test_bundle_frames_agree() -> None:
    shards = [np.load(BUNDLE / f"features-{number}.npy", mmap_mode="r") for number in range(2)]
    ends = np.cumsum([len(shard) for shard in shards])
    assert all(shard.dtype == np.float16 and shard.shape[1] == 43 for shard in shards)
    total = 0
    edges = {0}
    for row in _utterances():
        info = soundfile.info(BUNDLE / "audio" / f"{row['id']}.flac")
        assert (info.samplerate, info.channels, info.subtype) == (SAMPLE_RATE, 1, "PCM_16")
        assert int(row["frames"]) == 1 + info.frames // HOP_SAMPLES
        assert float(row["seconds"]) == pytest.approx(info.frames / SAMPLE_RATE, abs=1e-4)
        assert sum(s.frames for s in _alignments()[row["id"]]) == int(row["frames"])
        total += int(row["frames"])
        edges.add(total)
    assert total == ends[-1]
    assert ends[0] in edges  # no utterance is divided between two shards
    assert all(np.isfinite(np.asarray(shard, dtype=np.float32)).all() for shard in shards)


def test_bundle_alignments_say_the_text() -> None:
    for row in _utterances():
        aligned = _alignments()[row["id"]]
        assert aligned[0].symbol == aligned[-1].symbol == "pau"
        spoken = defaultdict(list)
        for before, segment in itertools.pairwise(aligned):
            assert segment.frames >= 1
            assert not before.symbol == segment.symbol == "pau"
            if segment.symbol == "pau":
                assert segment.word == -1
            else:
                spoken[segment.word].append(segment.symbol)
        words = pronunciations.words(row["text"])
        assert list(spoken) == list(range(len(words)))
        assert all(spoken[place] in pronunciations.variants(word) for place, word in enumerate(words))


def test_bundle_pauses_are_quiet() -> None:
    levels: dict[bool, list[float]] = {True: [], False: []}
    for row in _utterances():
        samples, _ = soundfile.read(BUNDLE / "audio" / f"{row['id']}.flac", dtype="float32")
        energy = [np.mean(samples[max(160 * f - 80, 0) : 160 * f + 80] ** 2) for f in range(int(row["frames"]))]
        level = 10 * np.log10(np.array(energy) + 1e-9)
        start = 0
        for segment in _alignments()[row["id"]]:
            inner = level[start : start + segment.frames]
            levels[segment.symbol == "pau"].append(float(np.mean(inner)) - level.max())
            start += segment.frames
    assert np.median(levels[True]) < -40 < np.median(levels[False])
    assert np.percentile(levels[True], 95) < -25


def test_bundle_statistics_are_those_of_the_training_split() -> None:
    features = np.concatenate([np.load(path) for path in sorted(BUNDLE.glob("features-*.npy"))]).astype(np.float64)
    frames = [int(row["frames"]) for row in _utterances()]
    training = np.repeat([row["split"] == "train" for row in _utterances()], frames)
    statistics = json.loads((BUNDLE / "statistics.json").read_text())
    np.testing.assert_allclose(statistics["mean"][:42], features[training, :42].mean(axis=0), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(statistics["std"][:42], features[training, :42].std(axis=0), rtol=1e-5, atol=1e-5)
    assert (statistics["mean"][42], statistics["std"][42]) == (0, 1)


def test_check_reports_differences(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder, samples in ((before, 100), (after, 101)):
        (folder / "audio").mkdir(parents=True)
        tables.write_table(folder / "utterances.tsv", ["id", "text"], [["a", "one"], ["b", "two"]])
        tables.write_table(folder / "alignments.tsv", ["id", "phones"], [["a", "pau:3:-1"]])
        soundfile.write(folder / "audio" / "a.flac", np.full(400, 100, np.int16), SAMPLE_RATE)
        soundfile.write(folder / "audio" / "b.flac", np.full(400, samples, np.int16), SAMPLE_RATE)
    features = np.random.default_rng(0).normal(0, 1, (50, 43)).astype(np.float16)
    np.save(before / "features-0.npy", features)
    np.save(after / "features-0.npy", features)
    assert build.check(before, before) == []
    assert build.check(before, after) == ["The recording b.flac differs."]
    tables.write_table(after / "utterances.tsv", ["id", "text"], [["a", "one"], ["b", "too"]])
    features[7, 3] += np.float16(0.02)
    np.save(after / "features-0.npy", features)
    text, _recording, feature = build.check(before, after)
    assert text == "utterances.tsv differs in 1 rows, the first that of b."
    assert feature.startswith("Feature 3 differs in 1 frames")
