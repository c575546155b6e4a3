"""Figures of recorded runs: what is drawn is what the runs' events and weights say."""

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.test_training import TINY
from tts_demo import corpus, figures, runs, synthesis, training
from tts_demo.config import choose
from tts_demo.events import Progress, points_of
from tts_demo.inspection import band_levels, f0_hz
from tts_demo.labels import label_of


def recorded(config, folder):
    list(runs.record(config, training.train(config), folder))
    return runs.load(folder)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder, config = tmp_path_factory.mktemp("figures"), replace(TINY, updates=45)
    l2 = replace(config, regularizers=(choose("regularizer", "l2"),))
    return [recorded(config, folder / "none"), recorded(l2, folder / "l2")]


def drawn(axes):
    """Lines by label, without those that have none."""
    return {line.get_label(): line for line in axes.get_lines() if not line.get_label().startswith("_")}


def test_curves_and_gap_are_what_was_measured(two):
    curves, gap = figures.draw(two, ["gap", "curves"]).axes  # in an order of their own
    assert (curves.get_ylabel(), gap.get_ylabel()) == ("loss", "gap")
    voice = corpus.load(TINY.corpus)
    for run in two:
        name = str(label_of(run.config, voice))
        measured = [
            event for event in run.events() if isinstance(event, Progress) and event.validation_loss is not None
        ]
        assert [event.step for event in measured] == [0, 20, 40, 45]
        training_losses = [event.training_loss for event in measured]
        validation_losses = [event.validation_loss for event in measured]
        solid, dashed, less = drawn(curves)[f"{name}: training"], drawn(curves)[f"{name}: validation"], drawn(gap)[name]
        assert solid.get_xdata().tolist() == dashed.get_xdata().tolist() == less.get_xdata().tolist() == [0, 20, 40, 45]
        assert solid.get_ydata().tolist() == training_losses and dashed.get_ydata().tolist() == validation_losses
        np.testing.assert_allclose(less.get_ydata(), np.subtract(validation_losses, training_losses))
        assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
        assert solid.get_color() == dashed.get_color() == less.get_color()
    best = [line for line in curves.get_lines() if line.get_marker() == "o"]
    ends = [(line.get_xdata()[0], line.get_ydata()[0]) for line in best]
    assert ends == [min(((e.step, e.validation_loss) for e in run.events() if isinstance(e, Progress)
                         and e.validation_loss is not None), key=lambda point: point[1]) for run in two]  # fmt: skip


def test_spectrograms_and_f0_are_what_the_networks_say(two):
    voice = corpus.load(TINY.corpus)
    sentence = voice.split("test")[1]
    *pictures, f0 = figures.draw(two, ["spectrograms", "f0"], sentence.id).axes
    said = [voice.features(sentence), *(synthesis.predict_utterance(run.model(), voice, sentence) for run in two)]
    assert len(pictures) == 3 and sentence.text in pictures[0].get_title(loc="left")
    for axes, line, features in zip(pictures, drawn(f0).values(), said, strict=True):
        np.testing.assert_allclose(axes.collections[0].get_array(), band_levels(features).T, atol=1e-4)
        np.testing.assert_allclose(line.get_ydata(), f0_hz(features), rtol=1e-6)
        np.testing.assert_allclose(line.get_xdata(), np.arange(len(features)) * 0.01)


def test_runs_of_one_name_are_numbered(two):
    (gap,) = figures.draw([two[0], two[1], two[0]], ["gap"]).axes
    assert [*drawn(gap)] == ["RNN: No regularizer (1)", "RNN: L2 0.0003", "RNN: No regularizer (2)"]


def test_a_run_that_ended_between_two_evaluations_is_drawn_to_its_end(tmp_path):
    control, happened = training.Control(), []
    config = replace(TINY, updates=500, time_limit_seconds=60.0)
    for event in runs.record(config, training.train(config, control), tmp_path / "run"):
        happened.append(event)
        if getattr(event, "step", 0) == 33:
            control.end("time_limit")
    (curves,) = figures.draw([runs.load(tmp_path / "run")]).axes
    solid = next(iter(drawn(curves).values()))
    assert [*zip(solid.get_xdata(), solid.get_ydata(), strict=True)] == [point[:2] for point in points_of(happened)]
    assert solid.get_xdata().tolist() == [0, 20, 33]


def test_a_run_has_the_page_s_colour():
    tokens = (Path(figures.__file__).parent / "ui" / "components" / "shared" / "tokens.css").read_text(encoding="utf-8")
    light = re.findall(r"--hear-run-\d: (#\w+)", tokens)[: figures.MOST_RUNS]
    assert (*light,) == figures._COLOURS


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF"), ("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_every_kind_of_file(two, kind, begins):
    file = io.BytesIO()
    figures.draw(two, figures.KINDS).savefig(file, format=kind)
    assert file.getvalue().startswith(begins)


def test_what_cannot_be_drawn_is_said(two, tmp_path):
    with pytest.raises(ValueError, match="1 to 6 runs, not 0"):
        figures.draw([])
    with pytest.raises(ValueError, match="1 to 6 runs, not 7"):
        figures.draw([two[0]] * 7)
    with pytest.raises(ValueError, match="no figure 'loss'; there are curves, gap"):
        figures.draw(two, ["loss"])
    other = runs.Run(two[0].directory, replace(two[0].config, corpus="asterisk"))
    with pytest.raises(ValueError, match="of asterisk and tiny"):
        figures.draw([two[0], other])
    (runs.begin(TINY, tmp_path / "empty") / "events.jsonl").touch()
    with pytest.raises(ValueError, match="Nothing was measured in the run 'empty"):
        figures.draw([runs.load(tmp_path / "empty.partial")])
