"""Settings, configs and links: round trips, and a sentence for whatever is wrong."""

import codecs
import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_demo.config import LINK_CHARACTERS, RunConfig, choose
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import SettingError, describe


def settings_of(kind, registry):
    """Strategy: any entry of a registry with any settings in their ranges."""

    def of(name):
        values = {}
        for setting, (description, default) in describe(registry[name].Settings).items():
            if description.choices:
                values[setting] = st.sampled_from(description.choices)
            elif isinstance(default, int):
                values[setting] = st.integers(int(description.minimum), int(description.maximum))
            else:
                values[setting] = st.floats(description.minimum, description.maximum)
        if name == "transformer":
            values["units"] = st.integers(1, 32).map(lambda n: 16 * n)  # to be shared by up to eight heads
            values["heads"] = st.sampled_from([1, 2, 4, 8])
        return st.fixed_dictionaries(values).map(lambda chosen: choose(kind, name, **chosen))

    return st.sampled_from(sorted(registry)).flatmap(of)


def config_or_none(**values):
    """A config, or None where its parts do not suit each other."""
    try:
        return RunConfig(**values)
    except SettingError:
        return None


configs = st.builds(
    config_or_none,
    speech_seconds=st.none() | st.floats(10, 7200),
    keep_in=st.lists(st.sampled_from(["tt-weasels", "a b", "ü&=?"]), max_size=3).map(tuple),
    model=settings_of("model", MODELS),
    loss=st.sampled_from(sorted(LOSSES)),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    learning_rate=st.none() | st.floats(1e-6, 1),
    regularizers=st.lists(settings_of("regularizer", REGULARIZERS), max_size=3, unique_by=lambda c: c.name).map(tuple),
    updates=st.integers(1, 20_000),
    target_validation_loss=st.none() | st.floats(0, 10),
    time_limit_seconds=st.none() | st.floats(1, 1000),
    seed=st.integers(0, 2**31 - 1),
).filter(lambda config: config is not None)


@given(configs)
def test_config_round_trips_to_json_and_to_a_link(config):
    assert RunConfig.from_json(config.to_json()) == config
    assert json.loads(config.to_json())["seed"] == config.seed
    try:
        query = config.to_query()
    except SettingError as error:  # several prompts beside numbers of many digits
        assert "too many prompts for a link" in str(error) and config.keep_in
        config = replace(config, keep_in=())
        query = config.to_query()
    assert len(query) < LINK_CHARACTERS
    assert RunConfig.from_query(query) == config
    assert RunConfig.from_query("?" + query) == config


MARKED = {
    "utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
}  # fmt: skip


@pytest.mark.parametrize("encoding", MARKED)
def test_a_config_file_is_read_with_and_without_a_byte_order_mark(encoding):
    config = RunConfig(seed=5, updates=7)
    written = config.to_json().replace("\n", "\r\n").encode(encoding)
    assert RunConfig.from_json(written) == RunConfig.from_json(MARKED[encoding] + written) == config
    assert RunConfig.from_json("\ufeff" + config.to_json()) == config


@pytest.mark.parametrize("written", ['{"seed": 1} é'.encode("cp1252"), b"\x89PNG\r\n", b"\xff\xfe{", b"\x7fELF\xff"])
def test_a_config_in_another_encoding_gives_a_sentence(written):
    with pytest.raises(SettingError, match="no text in UTF-8 or UTF-16"):
        RunConfig.from_json(written)


@pytest.mark.parametrize(
    "written",
    [
        '{"keep_in": null}', '{"keep_in": 5}', '{"leave_out": [1]}', f'{{"seed": 1{"0" * 400}}}',
        f'{{"seed": 1{"0" * 5000}}}', '{"updates": 1e400}', '{"regularizers": [{"name": "l2", "kind": 1}]}',
        '{"model": {"name": "rnn", "kind": 2}}', '{"model": {"name": "rnn", "frames_per_step": 2}}', "[1]", "nonsense",
    ],
)  # fmt: skip
def test_a_wrong_config_file_gives_a_sentence(written):
    with pytest.raises(SettingError) as found:
        RunConfig.from_json(written)
    assert str(found.value).endswith(".") and len(str(found.value)) < 200


def test_a_name_in_a_link_is_not_a_setting():
    with pytest.raises(SettingError):
        RunConfig.from_query("l2.name=dropout")


@given(st.text(max_size=600))
def test_any_link_gives_a_config_or_a_sentence(query):
    try:
        RunConfig.from_query(query)
    except SettingError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("updates=1e99", "Updates must be from 1 to 20000"),
        ("updates=nan", "Updates must be a finite number"),
        ("updates=2.5", "Updates must be a whole number"),
        ("updates=<script>", "Updates must be a number"),
        ("l2.strength=nan", "must be a finite number"),
        ("l2.strength=5", "must be from 0 to 0.01"),
        ("l2.colour=5", "There is no setting named 'colour'"),
        ("l3.strength=5", "There is no regularizer named 'l3'"),
        ("model=hal", "There is no model named 'hal'"),
        ("model.units=8", "Units must be from 16 to 512"),
        ("model.neighbours=9", "Neighbours must be from 0 to 8"),
        ("model.neighbours=-1", "Neighbours must be from 0 to 8"),
        ("model.neighbours=1.5", "Neighbours must be a whole number"),
        ("model=hmm&model.neighbours=2", "There is no setting named 'neighbours'"),
        ("model.frames_per_step=4", "an earlier version, whose networks predicted frames"),
        ("model=cnn&model.units=64&model.frames_per_step=", "an earlier version, whose networks predicted frames"),
        ("__class__=1", "not known here"),
        ("corpus=../../etc/passwd", "Corpus must be one of"),
        ("seed=-1", "Seed must be from 0"),
        ("x" * 500, "too long"),
    ],
)
def test_a_wrong_link_says_what_is_wrong(query, said):
    with pytest.raises(SettingError) as caught:
        RunConfig.from_query(query)
    assert said in str(caught.value)


@pytest.mark.parametrize("strength", [math.nan, math.inf, -1e-9, "much", None, True, [1]])
def test_a_strength_that_is_no_strength_is_refused(strength):
    with pytest.raises(SettingError):
        choose("regularizer", "l2", strength=strength)


@pytest.mark.parametrize(
    "written", ["", "[]", "{", '{"regularizers": 3}', '{"model": 1}', '{"nonsense": 1}', "[" * 10000]
)
def test_a_damaged_config_says_so(written):
    with pytest.raises(SettingError):
        RunConfig.from_json(written)


def test_none_is_the_same_as_no_regularizer():
    assert RunConfig(regularizers=(choose("regularizer", "none"),)) == RunConfig()


def test_one_regularizer_twice_is_refused():
    with pytest.raises(SettingError, match="twice"):
        RunConfig(regularizers=(choose("regularizer", "l2"), choose("regularizer", "l2", strength=1e-3)))


def test_too_many_prompts_for_a_link():
    with pytest.raises(SettingError, match="too many prompts"):
        RunConfig(leave_out=tuple(f"prompt-number-{k}" for k in range(60))).to_query()
