"""Rebuilds the bundle from Debian's packages, and compares two bundles."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import soundfile

from tts_demo import corpus, durations
from tts_demo.acoustics import HOP_SAMPLES, HOP_SECONDS, N_FEATURES, SAMPLE_RATE, VOICING, analyse
from tts_demo.corpus_building import alignment, splits
from tts_demo.corpus_building.credits import write_credits
from tts_demo.corpus_building.pronunciations import variants, words
from tts_demo.corpus_building.source import Recording, SourceError, first_takes, read_recordings
from tts_demo.corpus_building.tables import read_table, write_table
from tts_demo.metrics import speech_frames

SHARD_FRAMES = 110_000  # 43 float16 numbers a frame: 9.5 MB
TOLERANCE = 1e-3  # of each feature's standard deviation, beyond half a step of float16
UTTERANCE_COLUMNS = ("id", "split", "rank", "group", "seconds", "frames", "text")

__all__ = ["SourceError", "build", "check"]


def build(out: Path, progress: Callable[[str], None]) -> None:
    """Write the whole bundle to a folder, which appears complete or not at all; an old one is replaced.

    Parameters
    ----------
    out : Path
    progress : callable
        Told one line now and then.

    Raises
    ------
    SourceError
        If a Debian package or ffmpeg is missing; the message says which.
    """
    progress("Decoding the recordings.")
    recordings = first_takes(read_recordings())
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        _write(folder, recordings, progress)
        folder.chmod(0o755)
        if out.exists():
            out.rename(folder / "old")
        folder.rename(out)
        shutil.rmtree(out / "old", ignore_errors=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(folder: Path, recordings: Sequence[Recording], progress: Callable[[str], None]) -> None:
    frames = [1 + len(recording.samples) // HOP_SAMPLES for recording in recordings]
    split_of = _write_utterances(folder, recordings, frames)
    write_credits(folder)
    _write_audio(folder / "audio", recordings)
    progress("Analysing the recordings.")
    with ProcessPoolExecutor() as pool:  # seven minutes of work for one core
        features = list(pool.map(_analyse, recordings, chunksize=8))
    _write_features(folder, features)
    train = [own for own, recording in zip(features, recordings, strict=True) if split_of[recording.id] == "train"]
    _write_statistics(folder, train)
    progress("Preparing the alignment.")
    _write_alignments(folder, recordings, frames, progress)
    whole = corpus.read(folder, folder.name)
    predictor = durations.train(whole)
    durations.save(predictor, folder)
    error = durations.error(predictor, whole.split("validation"))
    progress(f"Grew the duration predictor: validation error {error:.3f} (log frames).")


def _analyse(recording: Recording) -> np.ndarray:
    return analyse(recording.samples / 32768).astype(np.float16)


def _write_utterances(folder: Path, recordings: Sequence[Recording], frames: Sequence[int]) -> dict[str, str]:
    prompts = [splits.Prompt(r.id, tuple(words(r.text)), len(r.samples) / SAMPLE_RATE) for r in recordings]
    groups = splits.group([prompt.words for prompt in prompts])
    split_of = splits.split(prompts, groups)
    training = [(p, g) for p, g in zip(prompts, groups, strict=True) if split_of[p.id] == "train"]
    ranks = splits.rank([p for p, _ in training], [g for _, g in training])
    rows = [
        (r.id, split_of[r.id], ranks.get(r.id, -1), number, f"{prompt.seconds:.4f}", count, r.text)
        for r, prompt, number, count in zip(recordings, prompts, groups, frames, strict=True)
    ]
    write_table(folder / "utterances.tsv", UTTERANCE_COLUMNS, rows)
    return split_of


def _write_audio(folder: Path, recordings: Sequence[Recording]) -> None:
    folder.mkdir()
    for recording in recordings:
        path = folder / f"{recording.id}.flac"
        soundfile.write(path, recording.samples, SAMPLE_RATE, subtype="PCM_16", compression_level=1.0)


def _write_features(folder: Path, features: Sequence[np.ndarray]) -> None:
    """Shards of at most 110,000 frames; no utterance is divided between two."""
    shards: list[list[np.ndarray]] = [[]]
    for own in features:
        if sum(map(len, shards[-1])) + len(own) > SHARD_FRAMES:
            shards.append([])
        shards[-1].append(own)
    for number, shard in enumerate(shards):
        np.save(folder / f"features-{number}.npy", np.concatenate(shard))


def _write_statistics(folder: Path, training: Sequence[np.ndarray]) -> None:
    """Mean and standard deviation over the whole training split; voicing stays 0 or 1.

    `speech_std` is the median over its utterances of a second or more of the deviation within their speech.
    """
    features = np.concatenate(training)
    mean, std = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    mean[VOICING], std[VOICING] = 0.0, 1.0
    long = [own.astype(np.float64) for own in training if len(own) * HOP_SECONDS >= 1]
    spread = np.median([own[speech_frames(own)].std(axis=0) for own in long], axis=0)
    figures = {"mean": mean, "std": std, "speech_std": spread}
    statistics = {name: values.round(7).tolist() for name, values in figures.items()}
    (folder / "statistics.json").write_text(json.dumps(statistics, indent=1) + "\n")


def _write_alignments(
    folder: Path, recordings: Sequence[Recording], frames: Sequence[int], progress: Callable[[str], None]
) -> None:
    spoken_as = [[variants(word) for word in words(recording.text)] for recording in recordings]
    prepared = [alignment.prepare(r.samples, spoken) for r, spoken in zip(recordings, spoken_as, strict=True)]
    first = [alignment.spread_evenly(u, spoken) for u, spoken in zip(prepared, spoken_as, strict=True)]
    aligned, history = alignment.align(prepared, first, progress)
    rows = []
    for recording, segments, count in zip(recordings, aligned, frames, strict=True):
        whole = alignment.to_corpus_frames(segments, count)
        rows.append((recording.id, " ".join(f"{s.symbol}:{s.frames}:{s.word}" for s in whole)))
    write_table(folder / "alignments.tsv", ("id", "phones"), rows)
    columns = ("round", "classes", "gaussians", "log_likelihood_per_frame", "boundary_movement_ms", "pauses")
    rounds = [
        (n, "broad" if r.shared else "phones", r.components, f"{r.log_likelihood:.3f}", f"{r.moved_ms:.2f}", r.pauses)
        for n, r in enumerate(history, start=1)
    ]
    write_table(folder / "alignment-history.tsv", columns, rounds)


def check(bundle: Path, rebuilt: Path) -> list[str]:
    """Compare two bundles.

    Samples, texts, splits, groups, ranks and alignments must be the same; features may differ by 1e-3 of their
    standard deviation over the corpus, plus the step of float16 at their size.

    Returns
    -------
    list of str
        What differs, one sentence each; empty if nothing does.
    """
    differences = []
    for name in ("utterances.tsv", "alignments.tsv"):
        before, after = (read_table(folder / name) for folder in (bundle, rebuilt))
        changed = [row["id"] for row in before if row not in after] + [r["id"] for r in after if r not in before]
        if changed:
            differences.append(f"{name} differs in {len(set(changed))} rows, the first that of {changed[0]}.")
    recordings = sorted({path.name for folder in (bundle, rebuilt) for path in (folder / "audio").glob("*.flac")})
    differences += [f"The recording {name} differs." for name in recordings if not _same_audio(bundle, rebuilt, name)]
    return differences + _compare_features(bundle, rebuilt)


def _same_audio(bundle: Path, rebuilt: Path, name: str) -> bool:
    paths = [folder / "audio" / name for folder in (bundle, rebuilt)]
    if not all(path.exists() for path in paths):
        return False
    before, after = (soundfile.read(path, dtype="int16")[0] for path in paths)
    return np.array_equal(before, after)


def _compare_features(bundle: Path, rebuilt: Path) -> list[str]:
    before, after = (_read_features(folder) for folder in (bundle, rebuilt))
    if before.shape != after.shape:
        return [f"The features have the shape {after.shape} instead of {before.shape}."]
    spread = before.std(axis=0)
    allowed = TOLERANCE * spread + np.spacing(np.abs(before).astype(np.float16)).astype(np.float64)
    wrong = np.abs(after - before) > allowed
    return [
        f"Feature {column} differs in {int(wrong[:, column].sum())} frames, by up to "
        f"{np.abs(after - before)[:, column].max() / spread[column]:.2g} standard deviations."
        for column in range(N_FEATURES)
        if wrong[:, column].any()
    ]


def _read_features(folder: Path) -> np.ndarray:
    """All shards as one array [shape=(frames, 43), dtype=float64]."""
    paths = sorted(folder.glob("features-*.npy"), key=lambda path: int(path.stem.split("-")[1]))
    return np.concatenate([np.load(path) for path in paths]).astype(np.float64)
