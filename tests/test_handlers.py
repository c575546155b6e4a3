"""What the page's controls do, without a browser: streams that overlap, sessions that survive a reload."""

import pytest

from tts_demo.config import RunConfig, choose
from tts_demo.engine import LocalEngine
from tts_demo.events import Finished
from tts_demo.models import MODELS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import SettingError, describe
from tts_demo.ui import session
from tts_demo.ui.handlers import Handlers, config_of, describe_regularizer
from tts_demo.ui.session import Visitor

CONTROLS = ("none", None, "none", "1 minute", "rnn", "16", "mse", "adam", 2000, "usual", 0)
HEARD = ("unseen", "tt-weasels", "Hello.")


@pytest.fixture(scope="module")
def handlers(tmp_path_factory):
    engine = LocalEngine(tmp_path_factory.mktemp("runs"))
    yield Handlers(engine)
    engine.close()


def ends(handlers, visitor):
    return [list(handlers.engine.follow(experiment.run_id))[-1] for experiment in visitor.session]


def train(handlers, visitor, twin=False):
    kind, prompt, written = HEARD
    return handlers.train(visitor, twin, prompt, kind, written, *CONTROLS)


def test_a_click_on_train_while_a_reload_still_shows_its_runs(handlers):
    """The click's stream shows both runs, the reload's ends without saying that nothing is busy, Stop ends both."""
    before, visitor = Visitor(), Visitor()
    kept = next(train(handlers, before))["kept"]
    reload = handlers.resume(visitor, kept, *HEARD)
    shown = [next(reload), next(reload)]
    click = train(handlers, visitor)
    assert len(next(click)["chart"]["runs"]) == 2
    shown += list(reload)
    assert all(change.get("busy", True) for change in shown)
    handlers.stop(visitor)
    assert [event.reason for event in ends(handlers, visitor)] == ["stopped", "stopped"]
    assert [change["busy"] for change in click if "busy" in change][-1] is False


def test_a_click_on_train_before_the_reload_is_answered(handlers):
    before, visitor = Visitor(), Visitor()
    kept = next(train(handlers, before))["kept"]
    click = train(handlers, visitor)
    next(click)
    reload = handlers.resume(visitor, kept, *HEARD)
    next(reload)
    assert len(next(reload)["chart"]["runs"]) == 2
    assert not list(click)
    handlers.stop(visitor)
    assert [event.reason for event in ends(handlers, visitor)] == ["stopped", "stopped"]
    list(reload)


def test_a_run_that_never_began_is_not_said_to_have_learned(handlers):
    visitor = Visitor()
    streams = [train(handlers, visitor) for _ in range(4)]  # two run, two wait
    for stream in streams:
        next(stream)
    handlers.stop(visitor)
    messages = [event.message for event in ends(handlers, visitor) if isinstance(event, Finished)]
    assert any("before it began" in message for message in messages)


@pytest.mark.parametrize("seed", [-1, 1.5, None, "", 1e99, "x", float("nan")])
def test_a_seed_that_is_none_gives_a_sentence_and_starts_nothing(handlers, seed):
    visitor = Visitor()
    kind, prompt, written = HEARD
    (change,) = handlers.train(visitor, True, prompt, kind, written, *CONTROLS[:-1], seed)
    assert "Seed" in change["status"] and 'role="alert"' in change["status"]
    assert visitor.session == ()


def test_what_the_browser_kept_may_be_anything(handlers):
    for kept in (None, 7, "x", [1], [["no-such-run", "label", 0, ""]], [[None] * 4], [["a"] * 9], {"a": 1}):
        assert session.from_plain(kept, handlers.engine) == ()


def test_the_oldest_runs_make_room():
    now = ()
    for number in range(8):
        now = session.added(now, str(number), "label")
    assert [experiment.run_id for experiment in now] == ["2", "3", "4", "5", "6", "7"]
    assert len({experiment.colour for experiment in now}) == 6
    assert session.together(now[:3], now[2:]) == now


@pytest.mark.parametrize("name", REGULARIZERS)
def test_every_strength_that_is_offered_can_be_used(name):
    control, of, words = describe_regularizer(name)
    assert of == name and REGULARIZERS[name].sentence in words
    if "strength" not in describe(REGULARIZERS[name].Settings):
        assert control["visible"] is False
        return
    assert control["choices"] and control["visible"]
    for strength in (control["value"], *control["choices"]):
        choose("regularizer", name, strength=float(strength))


@pytest.mark.parametrize("model", MODELS)
def test_controls_become_a_config(model):
    controls = ("none", None, "none", "all", model, "64", "l1", "rmsprop", 50, "0.01", 3)
    size = {"units": 64} if MODELS[model].gradients else {}
    assert config_of(*controls) == RunConfig(
        speech_seconds=None, model=choose("model", model, **size), loss="l1", optimizer="rmsprop", updates=50,
        learning_rate=0.01, seed=3,
    )  # fmt: skip


def test_a_strength_shown_for_another_regularizer_is_not_used():
    stale = config_of("l2", "0.3", "dropout", "1 minute", "rnn", "64", "mse", "adam", 50, "usual", 0)
    assert stale.regularizers == (choose("regularizer", "l2"),)
    with pytest.raises(SettingError, match="empty"):
        config_of("l2", "", "l2", "1 minute", "rnn", "64", "mse", "adam", 50, "usual", 0)
