"""Run directories: whole or not there, readable without pickle, and a sentence for whatever is damaged."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.test_training import TINY, weights_of
from tts_demo import corpus, evaluation, metrics, runs, synthesis, training
from tts_demo.acoustics import VOICING
from tts_demo.events import Finished, Snapshot
from tts_demo.runs import RunError
from tts_demo.settings import SettingError
from tts_demo.text import TextError


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "one"
    happenings = list(runs.record(TINY, training.train(TINY), folder))
    return folder, happenings


def test_a_run_comes_back_as_it_was(recorded):
    folder, happenings = recorded
    run = runs.load(folder)
    assert run.config == TINY
    assert run.events() == happenings
    assert run.snapshots() == [5, 20, 45]
    assert not weights_of(happenings)[0], "recorded events leave the weights behind"
    original = weights_of(training.train(TINY))[-1]
    loaded = run.model().state_dict()
    for name, weight in original.items():
        np.testing.assert_array_equal(loaded[name].numpy(), weight.astype(np.float32))
    assert set(folder.rglob("*.pkl")) == set(folder.rglob("*.pt")) == set()


def test_an_earlier_moment_is_another_network(recorded):
    run = runs.load(recorded[0])
    voice = corpus.load("tiny")
    early, late = (synthesis.predict_utterance(run.model(step), voice, voice.split("test")[0]) for step in (5, 45))
    assert early.shape == late.shape and np.abs(early - late).max() > 0.01
    with pytest.raises(RunError, match="no snapshot at update 6; there is 5, 20, 45"):
        run.model(6)


def test_held_out_distortion_is_measured_once_and_kept(tmp_path):
    folder = tmp_path / "run"
    list(runs.record(TINY, training.train(TINY), folder))
    run, voice = runs.load(folder), corpus.load("tiny")
    measured = evaluation.held_out(run)
    prompts = [*voice.split("validation"), *voice.split("test")]
    assert list(measured) == [prompt.id for prompt in prompts]
    whole = metrics.distances(evaluation.spoken(run, voice, prompts))
    frames = sum(one.speech_frames for one in measured.values())
    assert frames == whole.speech_frames
    assert sum(one.mcd_db * one.speech_frames for one in measured.values()) / frames == pytest.approx(whole.mcd_db)
    kept = folder / "distortion.json"
    for damage in ("{", "[1]", '{"a": 1}'):
        kept.write_text(damage)
        assert evaluation.held_out(run) == measured
    (folder / "snapshots").rename(folder / "gone")
    assert evaluation.held_out(run) == measured, "what is kept needs no weights"


def test_an_unfinished_run_is_kept_apart(tmp_path):
    folder = tmp_path / "run"
    happenings = runs.record(TINY, training.train(TINY), folder)
    for event in happenings:
        if isinstance(event, Snapshot):
            break
    assert not folder.exists()
    partial = folder.with_name("run.partial")
    assert runs.load(partial).snapshots() == [5]
    happenings.close()
    assert list(runs.record(TINY, training.train(TINY), folder))[-1].reason == "completed"
    assert folder.exists() and not partial.exists()


def test_a_directory_that_is_taken_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="already holds something"):
        next(runs.record(TINY, training.train(TINY), tmp_path))
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_full_disk_ends_the_run_with_a_sentence_and_keeps_what_was_written(tmp_path, monkeypatch):
    real = runs.save_file

    def full_at_the_second(weights, path, **more):
        if "000020" in str(path):
            raise OSError(28, "No space left on device")
        real(weights, path, **more)

    monkeypatch.setattr(runs, "save_file", full_at_the_second)
    last = list(runs.record(TINY, training.train(TINY), tmp_path / "run"))[-1]
    assert isinstance(last, Finished) and last.reason == "failed"
    assert "No space left on device" in str(last.message)
    assert runs.load(tmp_path / "run.partial").snapshots() == [5]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b'{"updates": "many"}'),
        ("snapshots/step-000045.safetensors", b"not weights"),
        ("snapshots/step-000045.safetensors", b""),
        ("events.jsonl", b'{"event": "progress"}\n'),
        ("events.jsonl", b"\x00\xff\n"),
    ],
)
def test_a_damaged_run_says_so(recorded, tmp_path, file, content):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(recorded[0], folder)
    (folder / file).write_bytes(content)
    with pytest.raises(RunError, match=r"is not a run|is damaged|cannot be read"):
        run = runs.load(folder)
        run.model()
        run.events()


def test_weights_of_another_model_are_refused(recorded, tmp_path):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(recorded[0], folder)
    wider = replace(TINY, model=replace(TINY.model, settings=replace(TINY.model.settings, units=24)))
    (folder / "config.json").write_text(wider.to_json())
    with pytest.raises(RunError, match="another model"):
        runs.load(folder).model()


def test_a_run_of_networks_that_predicted_frames_says_that_it_is_older(recorded, tmp_path):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(recorded[0], folder)
    written = json.loads((folder / "config.json").read_text())
    del written["model"]["neighbours"]
    written["model"]["frames_per_step"] = 4
    (folder / "config.json").write_text(json.dumps(written))
    with pytest.raises(RunError, match="an earlier version, whose networks predicted frames"):
        runs.load(folder)


def test_no_run_no_stack_trace(tmp_path):
    with pytest.raises(RunError, match="is not a run"):
        runs.load(tmp_path / "nowhere")


def test_text_becomes_speech_of_the_right_length_and_loudness(recorded):
    from tts_demo import acoustics

    run, voice = runs.load(recorded[0]), corpus.load("tiny")
    features = synthesis.predict_text(run.model(), voice, "Please leave a message.")
    assert np.isfinite(features).all()
    assert ((features[:, VOICING] >= 0) & (features[:, VOICING] <= 1)).all()
    waveform = synthesis.speak(features, voice)
    assert len(waveform) == 160 * len(features)
    assert 0.7 < len(waveform) / 16_000 < 4
    assert abs(acoustics.loudness(waveform) + 23) < 0.1
    with pytest.raises(TextError):
        synthesis.predict_text(run.model(), voice, "你好")


@pytest.mark.parametrize("speed", [0.5, 0.75, 1.25, 2.0])
def test_speed_divides_the_length_of_what_is_typed(recorded, speed):
    run, voice = runs.load(recorded[0]), corpus.load("tiny")
    default, other = (
        len(synthesis.speak(synthesis.predict_text(run.model(), voice, "Please leave a message.", *given), voice))
        for given in ((), (speed,))
    )
    assert other * speed == pytest.approx(default, rel=0.03)


@pytest.mark.parametrize("speed", [float("nan"), float("inf"), 0, -1, 0.49, 2.01, 100, "fast", None, True])
def test_a_speed_at_which_nobody_speaks_is_refused(recorded, speed):
    run, voice = runs.load(recorded[0]), corpus.load("tiny")
    with pytest.raises(SettingError, match="Speed must be"):
        synthesis.predict_text(run.model(), voice, "Please leave a message.", speed)


def test_predicting_does_not_leave_gradients_off(recorded):
    run, voice = runs.load(recorded[0]), corpus.load("tiny")
    synthesis.predict_utterance(run.model(), voice, voice.split("test")[0])
    assert torch.is_grad_enabled()
