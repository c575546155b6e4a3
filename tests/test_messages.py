"""What is said to people is a record: a template and its values, in English by itself."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_demo.messages import Message, MessageError, filled, joined, message_of

NAMES = st.sampled_from(["label", "value", "self", "template", "text", "error", "1"])
VALUES = st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
TEMPLATES = st.lists(st.text(max_size=5) | NAMES.map("{{{}}}".format), max_size=6).map("".join)


def messages(values):
    return st.builds(lambda template, given: Message(template, **given), TEMPLATES, st.dictionaries(NAMES, values))


NESTED = messages(VALUES | messages(VALUES | messages(VALUES)))


@given(NESTED)
def test_a_message_survives_json_and_pickle(message):
    assert Message.from_plain(json.loads(json.dumps(message.to_plain()))) == message
    assert pickle.loads(pickle.dumps(message)) == message


@given(NESTED)
def test_an_error_is_its_message_in_english_also_across_processes(message):
    for error in (MessageError(message), pickle.loads(pickle.dumps(MessageError(message)))):
        assert str(error) == str(message) and message_of(error) == error.message == message


def test_what_is_no_plain_value_is_kept_as_it_is_shown():
    message = Message("{shape} {size}", shape=(3, 43), size=float("nan"))
    kept = Message.from_plain(json.loads(json.dumps(message.to_plain(), allow_nan=False)))
    assert str(kept) == str(message) == "(3, 43) nan"


def test_names_are_translated_and_values_are_not():
    german = {"{label} is {value}.": "{value} ist {label}.", "Seed": "Keim", "{unit}": "nie"}.get
    message = Message("{label} is {value}.", label=Message("Seed"), value="Seed {label} {unit}")
    assert message.told(german) == "Seed {label} {unit} ist Keim."
    assert str(message) == "Seed is Seed {label} {unit}."
    assert joined([message, Message("Never heard of {it}.", it=Message("Seed"))], " / ").told(german) == (
        "Seed {label} {unit} ist Keim. / Never heard of Keim."
    )
    assert str(joined([])) == ""


def test_a_place_without_a_value_stays():
    assert filled('{a} {b} {"c": {}}', {"a": 1}) == '1 {b} {"c": {}}'


def test_an_error_that_is_not_ours_has_its_own_words():
    assert (
        str(message_of(KeyError("x"))) == "'x'" and message_of(ValueError("Train")).told({"Train": "no"}.get) == "Train"
    )


def within(depth):
    plain = {"template": "x", "values": {}}
    for _ in range(depth):
        plain = {"template": "{a}", "values": {"a": plain}}
    return plain


@pytest.mark.parametrize(
    "plain",
    [None, 3, [], {}, {"template": "x"}, {"template": 3, "values": {}}, {"template": "x", "values": []},
     {"template": "x", "values": {}, "more": 1}, {"template": "x", "values": {"a": {"b": 1}}}, within(20), within(400)],
    ids=str,
)  # fmt: skip
def test_anything_else_is_no_message(plain):
    with pytest.raises(ValueError, match="not a message"):
        Message.from_plain(plain)
    assert str(Message.from_plain(within(5))) == "x"
