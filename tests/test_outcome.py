"""What is said of a finished run: of one that its strength ruined, which strength would do."""

from dataclasses import replace

import pytest

from tts_demo import __main__ as command_line
from tts_demo import events, outcome, training
from tts_demo.config import RunConfig, choose
from tts_demo.events import Finished, Progress, Started, StrengthChanged
from tts_demo.lesson import LESSON, lesson_for
from tts_demo.messages import Message
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import describe
from tts_demo.strengths import default_strength, usable
from tts_demo.ui.locales.catalog import LANGUAGES

DONE = str(events.SENTENCES["completed"])
CHINESE = LANGUAGES["zh"]


def happened(training_loss, validation_loss, reason="completed", best=None, between=()):
    """Events of a run that began at losses of 1.2."""
    best = validation_loss if best is None else best
    return [
        Started(10, 60.0, 5, 1000, 350),
        Progress(0, None, 0.0, 0.0, 1.2, 1.2),
        *between,
        Progress(350, 1.0, 0.0, 9.0, training_loss, validation_loss),
        Finished(reason, events.SENTENCES[reason], 350, 9.0, training_loss, validation_loss, best, 350),
    ]


def told_of(config, events):
    """What is said of a run, in English."""
    return [str(message) for message in outcome.sentences(config, events)]


def having(*chosen, **changes):
    base = lesson_for("rnn") if "zoneout" in dict(chosen) else LESSON
    config = replace(base, **changes)
    regularizers = [{"name": name} | ({} if strength is None else {"strength": strength}) for name, strength in chosen]
    return RunConfig.from_mapping(config.to_mapping() | {"regularizers": regularizers})


@pytest.mark.parametrize(
    ("name", "strength", "range_"),
    [
        ("dropout", 0.95, "up to about 0.3 are usable, and 0.2 is the default."),
        ("l1_proximal", 1, "up to about 0.25 are usable, and 0.2 is the default."),
        ("weight_noise", 0.5, "up to about 0.05 are usable, and 0.04 is the default."),
        ("spectral_norm", 0.5, "of about 2.5 and more are usable, and 3 is the default."),
    ],
)
def test_a_run_that_its_strength_ruined_says_so_and_what_is_usable(name, strength, range_):
    """Losses as they were measured of proximal L1 1, the least ruined of those that the issue names."""
    messages = outcome.sentences(having((name, strength)), happened(0.864, 0.862))
    told = [str(message) for message in messages]
    assert told == [
        "Validation loss ended only 28 % below that of the untrained network.",
        f"{REGULARIZERS[name].label} {strength:g} is probably too strong.",
        f"With Adam, strengths {range_}",
    ]
    chinese = [CHINESE.sentence(message) for message in messages]
    assert not {*told} & {*chinese}
    assert chinese[0] == "验证损失最后只比未训练的网络低 28 %。"
    assert REGULARIZERS[name].label in told[1] and CHINESE(REGULARIZERS[name].label) in chinese[1]


def test_what_is_usable_depends_on_the_optimizer():
    config, events = having(("weight_decay", 3), optimizer="sgd"), happened(1.1, 1.21)
    told = told_of(config, events)
    chinese = CHINESE.sentence(outcome.sentences(config, events)[2])
    assert chinese == "使用梯度下降时，强度在约 0.006 以内可用，默认值为 0.003。"
    assert told[0] == "Validation loss ended no lower than that of the untrained network."
    assert told[2] == "With Gradient descent, strengths up to about 0.006 are usable, and 0.003 is the default."
    assert told_of(having(("weight_decay", 3)), happened(1.1, 1.21)) == [DONE]


def strong_ends():
    for name, entry in REGULARIZERS.items():
        if entry.too_strong and name != "label_smoothing":  # it needs a loss of which nothing is said
            yield name, getattr(describe(entry.Settings)["strength"][0], entry.too_strong)


@pytest.mark.parametrize(("name", "strength"), strong_ends())
def test_every_strong_end_is_known_to_be_beyond_what_is_usable(name, strength):
    for optimizer in ("adam", "rmsprop", "sgd", "momentum"):
        config = having((name, strength), optimizer=optimizer)
        told = " ".join(told_of(config, happened(1.0, 1.1)))
        assert f"{usable(name, optimizer):g}" in told
        assert f"{default_strength(name, optimizer):g} is the default" in told


@pytest.mark.parametrize("name", [name for name, _ in strong_ends()])
def test_no_default_strength_is_blamed_whatever_the_losses(name):
    loss = "cross_entropy" if name == "label_smoothing" else "mse"
    for optimizer in ("adam", "rmsprop", "sgd", "momentum"):
        assert told_of(having((name, None), loss=loss, optimizer=optimizer), happened(1.1, 1.1)) == [DONE]


@pytest.mark.parametrize(
    ("training_loss", "validation_loss"), [(0.15, 0.95), (0.79, 0.9), (0.9, 0.79), (0.5, 0.7)], ids=str
)
def test_who_learned_either_speech_was_not_ruined(training_loss, validation_loss):
    """Overfitting is no sign of too much strength, however high the validation loss."""
    assert told_of(having(("max_norm", 0.5)), happened(training_loss, validation_loss)) == [DONE]


def test_the_strength_of_the_end_counts():
    raised, lowered = StrengthChanged(100, "dropout", 0.95), StrengthChanged(100, "dropout", 0.3)
    told = told_of(having(("dropout", 0.3)), happened(1.0, 1.0, best=0.7, between=[raised]))
    assert told[1] == "Dropout 0.95 is probably too strong."
    assert DONE in told_of(having(("dropout", 0.95)), happened(1.0, 1.0, between=[raised, lowered]))


def test_of_several_those_are_named_that_are_too_strong():
    config = having(("l2", 1e-2), ("dropout", 0.2), ("weight_range", 0.01))
    told = told_of(config, happened(1.0, 1.0))
    assert [sentence for sentence in told if "too strong" in sentence] == [
        "L2 0.01 is probably too strong.",
        "Weight range 0.01 is probably too strong.",
    ]


@pytest.mark.parametrize("reason", ["stopped", "abandoned", "completed", "early_stopped", "time_limit"])
def test_only_who_had_the_time_to_learn_is_judged(reason):
    told = told_of(having(("dropout", 0.95)), happened(1.0, 1.0, reason))
    assert ("Dropout 0.95 is probably too strong." in told) == (reason not in ("stopped", "abandoned"))
    assert (str(events.SENTENCES[reason]) in told) == (reason != "completed")


def test_what_else_is_said():
    assert told_of(LESSON, happened(0.2, 0.9, best=0.75)) == [
        DONE, "Validation loss ended 20 % above its best.",
    ]  # fmt: skip
    nothing = happened(1.3, 1.3, best=1.2)
    nothing[-1] = replace(nothing[-1], best_step=0)
    assert told_of(LESSON, nothing)[1:] == [
        "It has learned nothing: its validation loss was best before the first update.",
        "The learning rate is probably too high.",
    ]
    assert told_of(having(("l2", None)), nothing)[2].endswith("or the regularizer too strong.")
    failed = [Finished("failed", Message("The run could not be saved ({error}), so it was ended.", error="disk full"))]
    assert outcome.sentences(having(("dropout", 0.95)), failed) == [failed[0].message]


STILL = "It was still improving when it ended: more updates might help."
STILL_IN_CHINESE = "训练结束时验证损失仍在下降：增加更新次数也许会更好。"


def falling(*losses, reason="completed", measured=True):
    """Events of a run with these validation losses, the first before it; `measured`: whether its final weights are."""
    points = [Progress(20 * place, None, 0.0, 0.0, loss, loss) for place, loss in enumerate(losses)]
    last, (best, step) = losses[-1], min((point.validation_loss, point.step) for point in points)
    between = Progress(points[-1].step + 7, 1.0, 0.0, 9.0)
    end = replace(happened(last, last, reason, best)[-1], step=between.step, best_step=step)
    return [*points, between, end if measured else replace(end, training_loss=None, validation_loss=None)]


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ((1.2, 1.0, 0.99, 0.985, 0.98), True),
        ((1.2, 1.0, 0.999, 0.995, 0.99, 0.98), True),  # 2 % in four evaluations
        ((1.2, 1.0, 0.999, 0.995, 0.99, 0.981), False),
        ((1.2, 1.0, 0.7, 0.75, 0.8, 0.8), False),  # lower than before, but not its best
        ((1.2, 1.0, 0.9, 0.8), False),  # too few to tell
    ],
)
def test_a_run_that_was_still_improving_says_so(losses, said):
    for reason in ("completed", "time_limit", "stopped"):
        told = outcome.sentences(LESSON, falling(*losses, reason=reason, measured=False))
        assert (STILL in map(str, told)) == said
        assert (STILL_IN_CHINESE in map(CHINESE.sentence, told)) == said


def test_of_what_went_wrong_and_of_trees_nothing_is_said_of_more_updates(capsys):
    happenings = falling(1.2, 1.0, 0.9, 0.8, 0.7)
    assert told_of(LESSON, happenings) == [DONE, STILL]
    list(command_line._shown(LESSON, iter(happenings), False))
    assert capsys.readouterr().err.splitlines()[-1] == f"completed: {DONE} {STILL}"
    assert told_of(lesson_for("hmm"), happenings) == [DONE]
    for reason in ("failed", "diverged"):
        end = replace(happenings[-1], reason=reason, message=Message("It went wrong."))
        assert told_of(LESSON, [*happenings[:-1], end]) == ["It went wrong."]


def test_the_command_line_says_it_too(capsys):
    config, happenings = having(("dropout", 0.95)), happened(1.0, 1.0)
    assert list(command_line._shown(config, iter(happenings), False)) == happenings
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"completed: {' '.join(told_of(config, happenings))}"
    assert "too strong" in last and "All updates are done" not in last


def test_a_real_run_that_is_too_strong_and_one_that_is_not():
    tiny = replace(LESSON, corpus="tiny", model=choose("model", "rnn", units=32), updates=60, learning_rate=0.01)
    for strength, blamed in ((0.5, True), (0.02, False)):
        config = replace(tiny, regularizers=(choose("regularizer", "weight_noise", strength=strength),))
        told = " ".join(told_of(config, list(training.train(config))))
        assert ("too strong" in told) == blamed, told


def test_no_strength_is_blamed_for_a_low_rate_another_loss_or_a_short_run():
    ruined = happened(0.9, 0.95)
    assert len(told_of(having(("weight_decay", 15)), ruined)) == 3
    assert told_of(having(("weight_decay", 15), learning_rate=1e-5), ruined) == [DONE]
    for loss in ("l1", "cross_entropy"):
        assert told_of(having(("max_norm", 0.3), loss=loss), ruined) == [DONE]
    short = [*ruined[:2], replace(ruined[2], step=49), replace(ruined[3], step=49, best_step=49)]
    assert told_of(having(("weight_decay", 15)), short) == [DONE]
