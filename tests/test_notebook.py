"""A run as a notebook: its cells run by themselves, and compute what the run did."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import matplotlib.pyplot
import nbformat
import numpy as np
import pytest
import torch

from tests.command_line import tts_demo
from tests.test_training import TINY, suiting
from tts_demo import corpus, evaluation, notebook, runs, training
from tts_demo.config import choose
from tts_demo.events import Progress, points_of
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.notebook import plain_regularizers
from tts_demo.notebook.plain_network import Site
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe
from tts_demo.ui.locales.catalog import LANGUAGES

SHORT = replace(TINY, updates=20)
# What they draw at random is drawn in another way than in the program, so the curves only resemble each other.
OTHER_NOISE = {"dropout", "variational_dropout", "weight_noise"}
REPORT = "print('\\n' + __import__('json').dumps([validation_loss, curve, [*__import__('sys').modules]]))"


def recorded(config, folder, control=None):
    list(runs.record(config, training.train(config, control), folder))
    return runs.load(folder)


def code_of(folder):
    cells = json.loads((folder / notebook.NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    return [cell["source"] for cell in cells if cell["cell_type"] == "code"]


def words_of(folder):
    cells = json.loads((folder / notebook.NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    return "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Records a run, writes its notebook and executes that in this process; the run and the cells' names."""

    def make(config, control=None):
        run = recorded(config, tmp_path / "run", control)
        notebook.write(run, tmp_path / "notebook")
        monkeypatch.chdir(tmp_path / "notebook")
        matplotlib.use("template")  # draws nothing, and says nothing about it
        names = {"__name__": "__main__"}
        for cell in code_of(tmp_path / "notebook"):
            exec(compile(cell, "cell", "exec"), names)
        matplotlib.pyplot.close("all")
        return run, names

    return make


def expect_the_runs_own(run, names, curve=1e-4):
    """The loaded weights lose what the run's network does, and the training anew gives the recorded curve."""
    voice = corpus.load(run.config.corpus)
    own = evaluation.evaluate(run, voice, voice.split("validation"))["loss"]
    assert names["validation_loss"] == pytest.approx(own, abs=1e-5)
    points = points_of(run.events())
    assert [point[0] for point in names["curve"]] == [point[0] for point in points]
    np.testing.assert_allclose(np.array(names["curve"]), np.array(points, dtype=float), rtol=curve)


@pytest.mark.parametrize("name", REGULARIZERS)
def test_every_regularizer(name, made):
    chosen = () if name == "none" else (choose("regularizer", name),)
    run, names = made(suiting(name, regularizers=chosen, updates=25))
    assert [*names["regularizers"]] == [choice.name for choice in chosen], "it is written out"
    expect_the_runs_own(run, names, 0.05 if name in OTHER_NOISE else 1e-4)


@pytest.mark.parametrize("name", [name for name in REGULARIZERS if name not in ("none", "early_stopping")])
def test_what_a_regularizer_computes_is_seen_in_the_curve(name, made):
    """At the strong end of its range; or the test above could not fail."""
    entry = REGULARIZERS[name]
    strength = getattr(describe(entry.Settings)["strength"][0], entry.too_strong)
    config = suiting(name, regularizers=(choose("regularizer", name, strength=strength),), updates=20)
    config = replace(config, learning_rate=0.02)
    run, names = made(config)
    expect_the_runs_own(run, names, 0.1 if name in OTHER_NOISE else 1e-3)
    plain = points_of(list(training.train(replace(config, regularizers=()))))
    assert not np.allclose(np.array(names["curve"]), np.array(plain, dtype=float), rtol=0.02)


CELLS_RUN_ALONE = {
    "feed_forward": ("l2", {}),
    "rnn": ("zoneout", {"layers": 2}),
    "cnn": ("max_norm", {}),
    "transformer": ("kl_sparsity", {"layers": 2}),
}


@pytest.mark.parametrize("model", CELLS_RUN_ALONE)
def test_the_cells_of_every_network_run_in_a_process_of_their_own(model, tmp_path):
    regularizer, settings = CELLS_RUN_ALONE[model]
    config = replace(
        SHORT, model=choose("model", model, units=16, **settings), regularizers=(choose("regularizer", regularizer),)
    )
    run = recorded(config, tmp_path / "run")
    folder = tmp_path / "notebook"
    notebook.write(run, folder)
    script = tmp_path / "cells.py"
    script.write_text("\n\n".join([*code_of(folder), REPORT]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", script], cwd=folder, env={**os.environ, "MPLBACKEND": "template"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    loss, curve, modules = json.loads(done.stdout.splitlines()[-1])
    expect_the_runs_own(run, {"validation_loss": loss, "curve": curve}, 1e-3)
    assert not [name for name in modules if name.startswith(("tts_demo", "gradio", "pyworld", "librosa"))]


@pytest.mark.parametrize("cell", ["gru", "elman"])
def test_other_recurrent_layers(cell, made):
    model = choose("model", "rnn", units=16, cell=cell, directions="forward", neighbours=0)
    expect_the_runs_own(*made(replace(SHORT, model=model)))


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss, made):
    expect_the_runs_own(*made(replace(SHORT, loss=loss)))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer(optimizer, made):
    run, names = made(replace(SHORT, optimizer=optimizer, seed=3))
    expect_the_runs_own(run, names)
    assert type(names["optimizer"]) is type(OPTIMIZERS[optimizer].make([torch.nn.Parameter(torch.ones(1))], 0.1))


def test_several_regularizers_act_in_the_programs_order(made):
    chosen = [("weight_range", {"strength": 0.02}), ("weight_decay", {}), ("l2", {"strength": 1e-3})]
    config = replace(SHORT, regularizers=tuple(choose("regularizer", name, **given) for name, given in chosen))
    run, names = made(config)
    assert [*names["regularizers"]] == ["weight_decay", "l2", "weight_range"]
    expect_the_runs_own(run, names)


def test_a_strength_changed_in_mid_run_is_changed_again(made):
    control = training.Control()
    asked = []

    class Changing(training.Control):
        def reason_to_end(self):
            asked.append(1)
            if len(asked) == 11:  # before the eleventh update
                control.set_strength("zoneout", 0.9)
            return None

        def strength_changes(self):
            return control.strength_changes()

    run, names = made(replace(SHORT, regularizers=(choose("regularizer", "zoneout", strength=0.1),)), Changing())
    assert names["CHANGES"] == {11: {"zoneout": 0.9}}
    expect_the_runs_own(run, names)


def test_early_stopping_ends_with_the_best_weights(made):
    early = choose("regularizer", "early_stopping", strength=2)
    network = choose("model", "feed_forward", units=64)
    config = replace(TINY, model=network, updates=400, learning_rate=0.03, regularizers=(early,))
    run, names = made(config)
    end = run.end()
    assert end.reason == "early_stopped"
    steps, _, losses = zip(*names["curve"], strict=True)
    measured = [event.step for event in run.events() if isinstance(event, Progress) and event.validation_loss]
    assert [*steps] == measured and steps[losses.index(min(losses))] == end.step
    kept = names["mean_loss"](names["fresh"], names["validation"], names["loss"], names["feature_weights"])
    assert kept == pytest.approx(min(losses), abs=1e-5)


def switched_off(name):
    """What a site of the notebook lets through of ones [shape=(20, 30, 400)], at p = 0.25."""
    site = Site("rectified")
    plain = getattr(plain_regularizers, REGULARIZERS[name].__name__)(strength=0.25)
    plain.prepare(site, plain_regularizers.Context(0.1, 10, 100))
    torch.manual_seed(0)
    passed = site.train()(torch.ones(20, 30, 400), torch.ones(20, 30))
    assert torch.equal(site.eval()(torch.ones(1, 1, 400), torch.ones(1, 1)), torch.ones(1, 1, 400))
    return passed


def test_dropout_switches_its_share_off_and_scales_the_rest():
    for name, numbers in (("dropout", 20 * 30 * 400), ("variational_dropout", 20 * 400)):
        passed = switched_off(name)
        assert passed.unique().tolist() == [0.0, pytest.approx(4 / 3)]
        off = (passed == 0).float()
        assert off.mean().item() == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / numbers) ** 0.5)
        same = (off == off[:, :1]).all().item()
        assert same == (name == "variational_dropout")


def test_weight_noise_has_its_size_and_comes_off():
    layer = torch.nn.Linear(400, 300)
    before = layer.weight.detach().clone()
    noise = plain_regularizers.WeightNoise(strength=0.04)
    context = plain_regularizers.Context(0.1, 10, 100)
    with torch.no_grad():
        noise.before_forward(layer, context)
        added = layer.weight - before
        assert added.std().item() == pytest.approx(0.04, rel=0.02) and abs(added.mean().item()) < 1e-3
        noise.after_backward(layer, context)
    assert torch.equal(layer.weight, before)


def test_a_regularizer_that_is_not_written_out_is_said(made, tmp_path, monkeypatch):
    monkeypatch.delattr(plain_regularizers, "MaxNorm")
    chosen = (choose("regularizer", "max_norm"), choose("regularizer", "l2"))
    _, names = made(replace(SHORT, regularizers=chosen))
    assert [*names["regularizers"]] == ["l2"]
    assert "Max-norm is not written out in this notebook" in words_of(tmp_path / "notebook")


def test_more_speech_than_is_bundled_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("tts_demo.notebook.export.MOST_SECONDS", 3.0)
    notebook.write(recorded(SHORT, tmp_path / "run"), tmp_path / "notebook")
    assert "The run learned from 12 sentences, of which the first 3 are here" in words_of(tmp_path / "notebook")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return recorded(replace(SHORT, regularizers=(choose("regularizer", "l2"),)), tmp_path_factory.mktemp("one") / "run")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_a_valid_notebook_in_each_language(language, run, tmp_path):
    path = notebook.write(run, tmp_path / "notebook", LANGUAGES[language].sentence)
    nbformat.validate(nbformat.read(path, as_version=4), relax_add_props=False)
    words = words_of(path.parent)
    assert ("验证句子" in words) == (language == "zh")
    assert r"\lambda \sum_i \theta_i^2" in words and "{" not in words.replace(r"\frac1N \sum_{n}", "").split("$$")[0]


def test_licences_and_credits_lie_beside_it(run, tmp_path):
    folder = notebook.write(run, tmp_path / "notebook").parent
    credits = corpus.load("tiny").credits
    assert "Share" in (folder / credits.licence_file).read_text(encoding="utf-8")
    assert credits.speaker in (folder / "CREDITS.md").read_text(encoding="utf-8")
    assert "Apache License" in (folder / "LICENSE-code.txt").read_text(encoding="utf-8")
    assert credits.speaker in words_of(folder) and credits.licence_address in words_of(folder)
    assert credits.licence.encode() in (folder / "weights.safetensors").read_bytes()[:4096]


@pytest.mark.parametrize("model", [name for name, model in MODELS.items() if not model.gradients])
def test_trees_have_none(model, tmp_path):
    tree = runs.Run(tmp_path, replace(TINY, model=choose("model", model)))
    with pytest.raises(notebook.NotebookError, match="grows trees"):
        notebook.write(tree, tmp_path / "notebook")


def test_a_run_that_goes_on_has_none(run, tmp_path):
    unfinished = recorded(SHORT, tmp_path / "run")
    file = unfinished.directory / "events.jsonl"
    file.write_bytes(file.read_bytes().rsplit(b"\n", 2)[0] + b"\n")
    with pytest.raises(notebook.NotebookError, match="has not ended"):
        notebook.write(unfinished, tmp_path / "notebook")


def test_the_command_line_writes_it_once(run, tmp_path):
    done = tts_demo("notebook", run.directory, "--out", tmp_path / "notebook")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip().endswith(notebook.NOTEBOOK)
    again = tts_demo("notebook", run.directory, "--out", tmp_path / "notebook")
    assert again.returncode == 2 and "already holds something" in again.stderr and "Traceback" not in again.stderr
    (tmp_path / "file").touch()
    taken = tts_demo("notebook", run.directory, "--out", tmp_path / "file" / "notebook")
    assert taken.returncode == 2 and "cannot be written" in taken.stderr
