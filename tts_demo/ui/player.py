"""The listening player: the same sentence by several voices, on one playhead."""

import base64
import io
import wave
from collections.abc import Sequence
from typing import Any, Literal, NotRequired, TypedDict

import gradio as gr
import numpy as np
import numpy.typing as npt

from tts_demo.ui import assets


class Sentence(TypedDict):
    """What is listened to: a title ("A sentence no network has met"), the words themselves, and a note."""

    title: str
    text: NotRequired[str]
    note: NotRequired[str]


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
    """

    id: str
    label: str
    kind: Literal["recording", "vocoder", "model"]
    url: str
    note: NotRequired[str]
    error: NotRequired[str]
    colour: NotRequired[int]


class PlayerValue(TypedDict):
    """Value of a `Player`. Clips play at the levels they have: match their loudness before."""

    sentence: Sentence
    clips: Sequence[Clip]


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
        raise ValueError(
            f"The player takes one row of int16 samples, not {samples.dtype} of shape {samples.shape}; "
            "match the loudness and convert first."
        )
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(sample_rate)
        wav.writeframes(samples.astype("<i2").tobytes())
    return data_url(file.getvalue())


class Player(gr.HTML):
    """Plays one sentence's clips in step, switching between them at the same playhead without a click.

    The value is a `PlayerValue`; None shows what will be here. A new value with the same sentence keeps the
    chosen clip, the position and the sound going; with another sentence the player stops. Of several players
    on a page one sounds at a time. Keys inside it: 1-9 choose a clip, space plays and pauses, arrows move.

    Parameters
    ----------
    value : first value.
    words : texts that replace those of player.js (`PLAYER_WORDS`), by key, for another language.
    options : as for `gr.HTML`: elem_id, visible, scale, ...
    """

    def __init__(self, value: PlayerValue | None = None, *, words: dict[str, str] | None = None, **options: Any):
        super().__init__(
            value=value,
            html_template="<div></div>",
            js_on_load=assets.script(("tokens.css", "player.css"), ("player_graph.js", "player_wave.js", "player.js")),
            apply_default_css=False,
            words=words or {},
            **options,
        )

    def postprocess(self, value: PlayerValue | None) -> PlayerValue | None:  # type: ignore[override]
        """Hand the value over as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """The value's kind, for gradio's description of the page's functions."""
        return {"type": "object"}
