"""The clips that the player compares: recording, vocoder copy, and every network of the session."""

import functools
from collections.abc import Callable
from typing import Literal

import numpy as np

from tts_demo import acoustics, corpus, synthesis, text
from tts_demo.corpus import Corpus, Utterance
from tts_demo.engine import Engine, EngineError
from tts_demo.events import Snapshot
from tts_demo.runs import Run, RunError
from tts_demo.ui.player import Clip, PlayerValue, data_url
from tts_demo.ui.session import Session

Kind = Literal["seen", "unseen", "twin", "typed"]

TITLES: dict[Kind, str] = {
    "seen": "A sentence that every network has learned from",
    "unseen": "A sentence that no network has met",
    "twin": "A sentence that only the twin has learned from",
    "typed": "Your own sentence",
}
_LISTENED_SECONDS = (1.8, 4.5)
_UNMET = "A sentence for a twin, which no network here has met yet"
_NOBODY = "There is no recording of it, and no network yet to say it: press Train first."
_NATURAL = "Every network gets the recording's own rhythm, so that you hear nothing but its sound."
_PREDICTED = "The rhythm comes from one duration predictor, the same for every network."


def sentence_of(kind: Kind, voice: Corpus, twin: str) -> Utterance:
    """The corpus sentence to listen to: of a middling length and at least four words, the same every time."""
    if kind == "twin":
        return voice[twin]
    prompts = voice.split("train" if kind == "seen" else "test")
    shortest, longest = _LISTENED_SECONDS
    fitting = [prompt for prompt in prompts if shortest <= prompt.seconds <= longest and len(prompt.text.split()) >= 4]
    return (fitting or prompts)[0]


def player_value(engine: Engine, session: Session, kind: Kind, twin: str, written: str) -> PlayerValue:
    """Clips of one sentence, by everyone who can say it; raises `TextError` for a text that cannot be read out."""
    voice = corpus.load("asterisk")
    if kind == "typed":
        text.to_phones(written)
        clips: list[Clip] = []
        note = _PREDICTED if session else _NOBODY
        sentence = {"title": TITLES[kind], "text": written.strip(), "note": note}
    else:
        utterance = sentence_of(kind, voice, twin)
        clips = [
            _clip("recording", "Recording", "recording", lambda: _recording(utterance.id)),
            _clip("vocoder", "Vocoder copy", "vocoder", lambda: _vocoder_copy(utterance.id)),
        ]
        met = kind != "twin" or any(experiment.met == utterance.id for experiment in session)
        sentence = {"title": TITLES[kind] if met else _UNMET, "text": utterance.text, "note": _NATURAL}
    for experiment in session:
        try:
            snapshots = [
                event.step
                for event in engine.events_after(experiment.run_id, 0, timeout=0)
                if isinstance(event, Snapshot)
            ]
        except EngineError:
            continue
        if not snapshots:
            continue
        prompt = None if kind == "typed" else sentence_of(kind, voice, twin).id
        make = functools.partial(_spoken_by, engine, experiment.run_id, snapshots[-1], prompt, written)
        clip = _clip(experiment.run_id, experiment.label, "model", make)
        clips.append({**clip, "colour": experiment.colour, "note": f"after {snapshots[-1]} updates"})
    return {"sentence": sentence, "clips": clips}  # type: ignore[typeddict-item]


def _clip(name: str, label: str, kind: Literal["recording", "vocoder", "model"], make: Callable[[], bytes]) -> Clip:
    """A clip, or the sentence that says why there is none."""
    try:
        return {"id": name, "label": label, "kind": kind, "url": data_url(make())}
    except (ValueError, RunError, EngineError) as error:
        return {"id": name, "label": label, "kind": kind, "url": "", "error": str(error)}


@functools.lru_cache(maxsize=64)
def _recording(prompt: str) -> bytes:
    voice = corpus.load("asterisk")
    waveform = acoustics.match_loudness(voice.waveform(voice[prompt]))
    return acoustics.wav_bytes(waveform, "Recording by Allison Smith for Asterisk, loudness changed. CC BY-SA 3.0.")


@functools.lru_cache(maxsize=64)
def _vocoder_copy(prompt: str) -> bytes:
    voice = corpus.load("asterisk")
    return _wav(synthesis.vocode(voice.features(voice[prompt]).astype(np.float32)))


def _spoken_by(engine: Engine, run_id: str, step: int, prompt: str | None, written: str) -> bytes:
    return _spoken(engine.run(run_id), step, prompt, "" if prompt else written)


@functools.lru_cache(maxsize=256)
def _spoken(run: Run, step: int, prompt: str | None, written: str) -> bytes:
    """A corpus prompt with its natural durations, or else a typed text."""
    voice = corpus.load(run.config.corpus)
    model = run.model(step)
    if prompt is not None:
        features = synthesis.predict_utterance(model, voice, voice[prompt])
    else:
        features = synthesis.predict_text(model, voice, written)
    return _wav(synthesis.speak(features, voice))


def _wav(waveform: np.ndarray) -> bytes:
    return acoustics.wav_bytes(waveform, synthesis.SYNTHETIC)
