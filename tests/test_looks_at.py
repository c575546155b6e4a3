"""What a network looks at: each neighbour's share of its first layer, measured, kept with the run and read again."""

import json
from contextlib import closing
from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.test_training import TINY
from tts_demo import corpus, runs, training
from tts_demo.config import choose
from tts_demo.engine import LocalEngine
from tts_demo.events import Snapshot, from_json, to_json
from tts_demo.losses import LOSSES
from tts_demo.measures import looks_at
from tts_demo.models import MODELS, Network
from tts_demo.ui.lab import clips
from tts_demo.ui.lab.sentences import Wanted
from tts_demo.ui.lab.session import Experiment
from tts_demo.ui.locales.catalog import LANGUAGES

NETWORKS = [name for name, model in MODELS.items() if issubclass(model, Network)]


def network(name="feed_forward", **settings):
    model = MODELS[name]
    return model(model.Settings(**{"units": 16, **settings}), LOSSES["mse"])


@torch.no_grad()
def hand_made(weight, places):
    """A network whose first layer has these weights [shape=(units, inputs)], its inputs about these neighbours."""
    model = network()
    model.project = nn.Linear(len(places), len(weight))
    model.project.weight.copy_(torch.tensor(weight))
    model.inputs.places = places
    return model


def test_a_share_is_squares_over_all_squares():
    model = hand_made([[1.0, -2.0, 0.0, 3.0], [0.0, 1.0, 1.0, 0.0]], [-1, 0, 1, 0])
    assert looks_at(model) == {-1: 1 / 16, 0: 14 / 16, 1: 1 / 16}
    assert list(looks_at(hand_made([[1.0, 1.0, 1.0]], [1, -1, 0]))) == [-1, 0, 1]
    assert looks_at(hand_made([[1e30, 1e30]], [-1, 0])) == {-1: 0.5, 0: 0.5}  # squares beyond float32


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("neighbours", [0, 3])
def test_shares_of_any_network_sum_to_1(name, neighbours):
    shares = looks_at(network(name, neighbours=neighbours))
    reach = max(1, neighbours)  # the durations of the phones beside it are told in any case
    assert list(shares) == list(range(-reach, reach + 1))
    assert sum(shares.values()) == pytest.approx(1.0)
    assert all(share > 0 for share in shares.values())


@torch.no_grad()
def test_neighbours_that_were_let_go_of_have_no_share():
    model = network(neighbours=4)
    before = looks_at(model)
    model.project.weight[:, [abs(place) > 2 for place in model.inputs.places]] = 0.0
    after = looks_at(model)
    assert [place for place, share in after.items() if share == 0] == [-4, -3, 3, 4]
    assert sum(after.values()) == pytest.approx(1.0)
    near = sum(before[place] for place in range(-2, 3))
    assert after[0] == pytest.approx(before[0] / near) and near < 0.9


@pytest.mark.parametrize("weight", [0.0, float("nan"), float("inf"), -float("inf")])
def test_nothing_is_said_of_weights_without_any_size(weight):
    assert looks_at(hand_made([[weight, 0.0]], [-1, 0])) == {}


@pytest.mark.parametrize("name", [name for name in MODELS if name not in NETWORKS])
def test_trees_have_no_such_layer(name):
    assert looks_at(MODELS[name](MODELS[name].Settings(), LOSSES["mse"])) == {}


def test_a_snapshot_comes_back_from_json():
    snapshot = Snapshot(20, looks_at={-1: 0.25, 0: 0.5, 1: 0.25})
    plain = json.loads(json.dumps(to_json(snapshot)))
    assert plain["looks_at"] == {"-1": 0.25, "0": 0.5, "1": 0.25}
    assert from_json(plain) == from_json(to_json(snapshot)) == snapshot


def test_a_run_written_before_it_was_measured_is_read():
    assert from_json({"event": "snapshot", "step": 20, "histograms": {}}).looks_at == {}


@pytest.mark.parametrize(
    "shares",
    [None, [0.5], "0", {"here": 1.0}, {"0": None}, {"0": "half"}, {"0": float("nan")}, {"0": -0.1}, {"0": 10**400}],
)
def test_what_is_no_share_is_refused(shares):
    with pytest.raises(ValueError, match="not an event"):
        from_json({"event": "snapshot", "step": 20, "looks_at": shares})


def test_every_snapshot_of_a_run_says_it_as_its_weights_do(tmp_path):
    """Also where the snapshot's weights are stripped, and when the run is read again."""
    config = replace(TINY, regularizers=(choose("regularizer", "l1_proximal", strength=0.01),))
    happenings = list(runs.record(config, training.train(config), tmp_path / "run"))
    run = runs.load(tmp_path / "run")
    for events in (happenings, run.events()):
        snapshots = [event for event in events if isinstance(event, Snapshot)]
        assert len(snapshots) > 1
        for snapshot in snapshots:
            assert snapshot.looks_at == pytest.approx(looks_at(run.model(snapshot.step)), abs=1e-3)  # half precision
    assert snapshots[0].looks_at != snapshots[-1].looks_at


def test_the_page_is_told_of_the_last_snapshot(tmp_path):
    with closing(LocalEngine(tmp_path, workers=1)) as engine:
        run_id = engine.submit(TINY)
        last = [event for event in engine.follow(run_id) if isinstance(event, Snapshot)][-1]
        run = Experiment(run_id, "Plain", 0)
        value = clips.inside_of(
            engine, (run,), run, corpus.load(TINY.corpus), Wanted("typed", "tt-weasels", "Hello."), LANGUAGES["en"]
        )
    assert value["step"] == last.step == 45
    assert value["looks_at"] == sorted(last.looks_at.items()) and len(last.looks_at) > 1
