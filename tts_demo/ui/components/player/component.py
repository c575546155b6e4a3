"""The listening player: the same sentence by several voices, on one playhead."""

import base64
import io
import wave
from collections.abc import Collection, Sequence
from typing import Literal, NotRequired, TypedDict

import numpy as np
import numpy.typing as npt

from tts_demo.messages import MessageError
from tts_demo.ui.components.base import Component


class Sentence(TypedDict):
    """What is listened to. Two values with the same title and text are of one sentence.

    Keys
    ----
    title : "A sentence no network was trained on".
    text : the words themselves.
    note : a line below them.
    typical : how typical it is of its kind: "the median of 47 unseen sentences".
    kind : "seen", "unseen", "twin" or "typed"; told to who follows what is heard.
    hidden : cover the text, and what a recogniser heard, until "Show the text" is pressed; for guessing first.
    """

    title: str
    text: NotRequired[str]
    note: NotRequired[str]
    typical: NotRequired[str]
    kind: NotRequired[str]
    hidden: NotRequired[bool]


class Clip(TypedDict):
    """One voice of the sentence.

    Keys
    ----
    id : unique in the player; the chosen clip stays chosen while its id stays.
    label, note : its name, and a line below it.
    kind : "recording", "vocoder" or "model"; gives the colour.
    url : 16-bit WAV as a data address (`wav_data_url`, `data_url`); empty where there is no sound.
    error : sentence shown in the clip's place where `url` is empty.
    colour : 0 to 5, to match a run's colour on the loss chart; models take 0, 1, 2 ... by themselves.
    heard : what a speech recogniser heard in it, shown while the clip is chosen; "" where it heard no words.
    """

    id: str
    label: str
    kind: Literal["recording", "vocoder", "model"]
    url: str
    note: NotRequired[str]
    error: NotRequired[str]
    colour: NotRequired[int]
    heard: NotRequired[str]


class PlayerValue(TypedDict):
    """Value of a `Player`. Clips play at the levels they have: match their loudness before.

    Keys
    ----
    sentence, clips : what is listened to, and by whom. Clips of one sample rate stay in step to the sample.
    moments : updates at which there are snapshots, ascending; from two on, the training slider shows them.
    moment : the one that the clips are of; the last where it is left out.
    """

    sentence: Sentence
    clips: Sequence[Clip]
    moments: NotRequired[Sequence[int]]
    moment: NotRequired[int]


def chosen_moment(data: object, offered: Collection[int]) -> int:
    """The updates to which a person has moved the training slider, for a handler of `Player.moment`.

    Parameters
    ----------
    data : `_data` of the `moment` event, gradio's `gr.EventData`; a browser may have put anything into it.
    offered : the `moments` that the player shows.

    Raises
    ------
    ValueError
        With a sentence for the page, where it is none of the moments offered.

    >>> chosen_moment({"moment": 40}, [5, 40, 320])
    40
    """
    moment = data.get("moment") if isinstance(data, dict) else None
    if type(moment) is not int or moment not in offered:
        raise MessageError("The training slider asked for a moment of the training that was not recorded.")
    return moment


def data_url(wav: bytes) -> str:
    """A WAV file's bytes as an address that needs no server: `data:audio/wav;base64,...`."""
    return "data:audio/wav;base64," + base64.b64encode(wav).decode("ascii")


def wav_data_url(samples: npt.NDArray[np.int16], sample_rate: int) -> str:
    """16-bit samples as a WAV in a data address, unchanged in level.

    Parameters
    ----------
    samples : int16 [shape=(samples,)]
    sample_rate : Hz

    Raises
    ------
    ValueError
        Where the samples are not one row of int16: scaling floats here would be a second, hidden loudness.

    >>> wav_data_url(np.zeros(4, np.int16), 16000)[:30]
    'data:audio/wav;base64,UklGRiwA'
    """
    if samples.dtype != np.int16 or samples.ndim != 1:
        raise MessageError(
            "The player takes one row of int16 samples, not {kind} of shape {shape}; match the loudness and convert "
            "first.",
            kind=samples.dtype, shape=samples.shape,
        )  # fmt: skip
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(sample_rate)
        wav.writeframes(samples.astype("<i2").tobytes())
    return data_url(file.getvalue())


class Player(Component):
    """Plays one sentence's clips in step, switching between them at the same playhead without a click.

    The value is a `PlayerValue`; None shows what will be here. A new value with the same sentence keeps the
    chosen clip, the position, the looped part and the sound going; with another sentence the player stops. Of several
    players on a page one sounds at a time. Keys inside it: 1-9 choose a clip, space plays and pauses, arrows move,
    Shift and the arrows mark a part to loop, Escape lets go of it.

    Where the value has `moments`, moving the training slider triggers the event `moment`, once a movement has settled;
    answer with the value of that moment for the same sentence. The slider asks for one moment at a time, and for
    the next one as soon as a value has answered; `trigger_mode="multiple"` is needed, for with others gradio 6.31 drops
    that, or sends the moment before again:

        def heard_at(event: gr.EventData, *inputs):
            return value_at(chosen_moment(event._data, offered), *inputs)

        player.moment(heard_at, inputs, player, trigger_mode="multiple", show_progress="hidden")

    For measuring, its `section` carries `data-state`, `data-position` (s), `data-level` (dBFS), `data-region`,
    `data-loading`, and `data-switch-ms`: from key or click to the end of the cross-fade (output delay left out).
    """

    triggers = ("moment",)
