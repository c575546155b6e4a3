"""The clips that the player compares: recording, vocoder copy, and every network of the session."""

import functools
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from tts_demo import acoustics, corpus, labels, recorded_runs, synthesis, text
from tts_demo.corpus import Corpus
from tts_demo.engine import Engine, EngineError
from tts_demo.events import Snapshot
from tts_demo.regularizers import REGULARIZERS
from tts_demo.runs import Run, RunError
from tts_demo.settings import SettingError
from tts_demo.ui.components.inspector import InspectorValue, inspector_value
from tts_demo.ui.components.player import Clip, PlayerValue, Sentence, data_url
from tts_demo.ui.lab.sentences import TITLES, Known, Wanted, chosen, speed_name
from tts_demo.ui.lab.session import Experiment, Session, names_of
from tts_demo.ui.locales.catalog import Language

NOTHING = Known()
SPEAKS = 80  # updates, before which a network hums: such snapshots are for the training slider
_UNMET = "A sentence for a twin, which no network here was trained on yet"
_NOBODY = "There is no recording of it, and no network yet to say it: press Train first."
_TWIN = "Worth hearing: the twin was trained on this sentence, the other network was not. Compare the two."
_NATURAL = "Every network gets the recording's own rhythm, so that you hear nothing but its sound."
_PREDICTED = "The rhythm comes from one duration predictor, the same for every network."


def moments(engine: Engine, session: Session) -> list[int]:
    """Updates at which some run of the session can be heard, ascending."""
    return sorted({step for experiment in session for step in heard_at(engine, experiment.run_id)})


def heard_at(engine: Engine, run_id: str) -> list[int]:
    """Updates at which a run can be heard: those of its snapshots, or the last of a run that was recorded in clips."""
    if found := snapshots(engine, run_id):
        return found
    try:
        run = engine.run(run_id)
    except EngineError:
        return []
    end = run.end() if recorded_runs.clips(run) else None
    return [end.step] if end else []


def snapshots(engine: Engine, run_id: str) -> list[int]:
    """Updates at which a run's weights were kept so far, ascending; of a recorded run perhaps the last ones only."""
    try:
        return engine.run(run_id).snapshots()
    except EngineError:
        return []


def player_value(
    engine: Engine, session: Session, voice: Corpus, wanted: Wanted, language: Language, moment: int | None = None,
    known: Known = NOTHING,
) -> PlayerValue:  # fmt: skip
    """Clips of one sentence of the corpus `voice`, or of a typed one, by everyone who can say it.

    Raises `TextError` for a text that cannot be read out, `SettingError` for a speed at which nobody speaks.
    `moment` is an update: every network is heard as it was then, or before where it kept nothing then.
    """
    prompt = None
    if wanted.kind == "typed":
        text.to_phones(wanted.written)
        speed = synthesis.Reading(wanted.speed).speed
        # in the title, so that the player begins anew: at another speed its playhead would stand in another word
        title = language(TITLES["typed"]) + ("" if speed == 1 else f" · {speed_name(speed)}")
        clips: list[Clip] = []
        note = _PREDICTED if session else _NOBODY
        sentence: Sentence = {
            "title": title, "text": wanted.written.strip(), "note": language(note), "kind": wanted.kind,
        }  # fmt: skip
    else:
        utterance, typical = chosen(engine, session, voice, wanted, known, language)
        prompt = utterance.id
        recording = functools.partial(_recording, voice.name, prompt)
        copy = functools.partial(_vocoder_copy, voice.name, prompt)
        clips = [
            _clip("recording", language("Recording"), "recording", recording, language),
            _clip("vocoder", language("Vocoder copy"), "vocoder", copy, language),
        ]
        met = wanted.kind != "twin" or any(experiment.twin_prompt == prompt for experiment in session)
        sentence = {
            "title": language(TITLES[wanted.kind] if met else _UNMET), "text": utterance.text,
            "note": language(_TWIN if wanted.kind == "twin" and met else _NATURAL), "typical": typical,
            "hidden": wanted.hidden and wanted.kind == "unseen", "kind": wanted.kind,
        }  # fmt: skip
    names, earlier = names_of(engine, session, language), set()
    texts = dict(known.heard)
    for experiment in session:
        kept = heard_at(engine, experiment.run_id)
        heard = [step for step in kept if moment is None or step <= moment]
        if not heard:
            continue
        make = functools.partial(spoken_by, engine, experiment.run_id, heard[-1], prompt, wanted.written, wanted.speed)
        clip = _clip(experiment.run_id, names[experiment.run_id].full, "model", make, language)
        note = language("after {step} updates", step=heard[-1])
        clips.append({**clip, "colour": experiment.colour, "note": note})
        if heard[-1] != kept[-1]:
            earlier.add(experiment.run_id)
        elif experiment.recorded:
            texts |= {(experiment.run_id, one): text for one, text in _heard_in(engine, experiment.run_id).items()}
    for clip in clips:
        # a recogniser has heard the networks in the end only
        if prompt and clip["id"] not in earlier and (clip["id"], prompt) in texts:
            clip["heard"] = texts[clip["id"], prompt]
    value: PlayerValue = {"sentence": sentence, "clips": clips}
    if len(offered := moments(engine, session)) > 1:
        value |= {"moments": offered, "moment": offered[-1] if moment is None else moment}
    return value


def _clip(
    name: str, label: str, kind: Literal["recording", "vocoder", "model"], make: Callable[[], bytes], language: Language
) -> Clip:
    """A clip, or the sentence that says why there is none."""
    try:
        return {"id": name, "label": label, "kind": kind, "url": data_url(make())}
    except (ValueError, RunError, EngineError) as error:
        return {"id": name, "label": label, "kind": kind, "url": "", "error": language.sentence(error)}


@functools.lru_cache(maxsize=64)
def _recording(name: str, prompt: str) -> bytes:
    voice = corpus.load(name)
    waveform = acoustics.match_loudness(voice.waveform(voice[prompt]))
    return acoustics.wav_bytes(waveform, voice.credits.of_recording)


@functools.lru_cache(maxsize=64)
def _vocoder_copy(name: str, prompt: str) -> bytes:
    voice = corpus.load(name)
    return _wav(synthesis.vocode(voice.features(voice[prompt]).astype(np.float32)), voice)


def spoken_by(
    engine: Engine, run_id: str, step: int, prompt: str | None, written: str = "", speed: float = 1.0
) -> bytes:
    """WAV of a corpus prompt, or else of a typed text at a speed, by a run at one of its snapshots."""
    run = engine.run(run_id)
    if not run.snapshots() and recorded_runs.clips(run):
        return recorded_runs.wav_of(run, prompt or "")
    if prompt:
        written, speed = "", 1.0  # a prompt's clip is kept once, whatever is typed and at whatever speed
    return _spoken(run, step, prompt, written, speed)


def _heard_in(engine: Engine, run_id: str) -> Mapping[str, str]:
    try:
        return recorded_runs.heard(engine.run(run_id))
    except EngineError:
        return {}


def samples_of(engine: Engine, voice: Corpus, system: str, prompt: str) -> np.ndarray:
    """Samples [shape=(samples,), dtype=int16] of a corpus prompt by "recording" or by a run's last snapshot.

    Another snapshot is named by its update after the run's id: "0123@120".

    Raises
    ------
    EngineError, RunError
        If the run is gone or has learned nothing yet.
    """
    if system == "recording":
        return acoustics.wav_samples(_recording(voice.name, prompt))
    run_id, _, step = system.partition("@")
    at = int(step) if step else (engine.run(run_id).snapshots() or [0])[-1]
    return acoustics.wav_samples(spoken_by(engine, run_id, at, prompt))


@functools.lru_cache(maxsize=64)  # 0.1 MB each: every moment of six runs
def _spoken(run: Run, step: int, prompt: str | None, written: str, speed: float) -> bytes:
    """A corpus prompt with its natural durations, or else a typed text."""
    voice = corpus.load(run.config.corpus)
    model = run.model(step)
    if prompt is not None:
        features = synthesis.predict_utterance(model, voice, voice[prompt])
    else:
        features = synthesis.predict_text(model, voice, written, speed)
    return _wav(synthesis.speak(features, voice), voice)


def _wav(waveform: np.ndarray, voice: Corpus) -> bytes:
    return acoustics.wav_bytes(waveform, voice.credits.of_synthetic)


def inside_of(
    engine: Engine, session: Session, experiment: Experiment, voice: Corpus, wanted: Wanted, language: Language,
    known: Known = NOTHING,
) -> InspectorValue | None:  # fmt: skip
    """What there is to see inside a run as it is now, of a sentence of `voice`; None where it has kept no weights yet.

    What it predicts is made as it is heard: in the features of the corpus that it was trained on.
    """
    try:
        events = engine.events_after(experiment.run_id, 0, timeout=0)
        snapshot = [event for event in events if isinstance(event, Snapshot)][-1]
        run = engine.run(experiment.run_id)
        model = None if experiment.clips_only else run.model(snapshot.step)
        own = corpus.load(run.config.corpus)
    except (EngineError, RunError, IndexError):
        return None
    strengths = labels.strengths_at(run.config, events, snapshot.step)
    bounds = [strength for name, strength in strengths.items() if REGULARIZERS[name].bounds_weights]
    predicted: np.ndarray | None = None
    natural: np.ndarray | None = None
    phones: list[tuple[str, int]] = []
    sentence = refused = ""
    if model is None:
        refused = language("It was recorded without its weights: train it to see what it predicts.")
    elif wanted.kind == "typed":
        sentence = wanted.written.strip()
        try:
            predicted = synthesis.predict_text(model, own, wanted.written, wanted.speed)
        except (text.TextError, SettingError) as error:
            sentence, refused = "", language.sentence(error)  # what was not spoken does not stand there as if it were
    else:
        utterance, _ = chosen(engine, session, voice, wanted, known, language)
        predicted = synthesis.predict_utterance(model, own, utterance)
        natural = voice.features(utterance)
        sentence = utterance.text
        phones = [(phone.symbol, frames) for phone, frames in zip(utterance.phones, utterance.durations, strict=True)]
    value = inspector_value(
        snapshot.histograms, predicted, natural, step=snapshot.step,
        label=names_of(engine, session, language)[experiment.run_id].full, sentence=sentence,
        colour=experiment.colour, phones=phones, bound=min(bounds, default=None), looks_at=snapshot.looks_at,
    )  # fmt: skip
    value["run"] = experiment.run_id
    if "note" in value:
        value["note"] = language(value["note"])
    if refused:
        value["note"] = refused
    return value
