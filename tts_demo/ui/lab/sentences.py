"""Which sentence is listened to, and how typical it is of its kind."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tts_demo import corpus, evaluation
from tts_demo.corpus import Corpus, Utterance
from tts_demo.engine import Engine, EngineError
from tts_demo.events import finished
from tts_demo.recorded_lesson import RecordedLesson
from tts_demo.runs import Run, RunError
from tts_demo.ui.lab.session import RECORDED, Experiment, Session, events_of, names_of
from tts_demo.ui.locales.catalog import Language

Kind = Literal["seen", "unseen", "twin", "typed"]
Pick = Literal["default", "median", "best", "worst"]

TITLES: dict[Kind, str] = {
    "seen": "A sentence every network was trained on",
    "unseen": "A sentence no network was trained on",
    "twin": "A sentence only the twin was trained on",
    "typed": "Your own sentence",
}
SHORT: dict[Kind, str] = {  # as the switch between them has it
    "unseen": "Unseen",
    "seen": "Trained on",
    "twin": "Twin only",
    "typed": "Your own",
}
PICKS: dict[Pick, str] = {
    "default": "The default one",
    "median": "A typical one",
    "best": "The best rendition",
    "worst": "The worst rendition",
}
SPEEDS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)  # of a typed sentence, within what `synthesis.Reading` allows
_RANKED = "By distortion, this sentence ranks {rank} of {count} for “{name}” (1 is the best)."


class Wanted(NamedTuple):
    """What the controls ask for."""

    kind: Kind
    twin: str  # prompt that a twin is trained on besides
    written: str
    pick: Pick = "default"  # among the seen or the unseen ones
    hidden: bool = False  # its text, until it is guessed
    speed: float = 1.0  # of a typed sentence; 2 is twice as fast as the speaker's own


@dataclass(frozen=True)
class Known:
    """What is known of sentences from the recorded lesson.

    Attributes
    ----------
    unseen : the prompt that the lesson lets unseen networks say; empty without a lesson.
    heard : what a recogniser heard, by the clip's id and the prompt.
    """

    unseen: str = ""
    heard: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, lesson: RecordedLesson | None) -> "Known":
        """What a recorded lesson tells."""
        if lesson is None:
            return cls()
        heard = {
            (voice if voice == "recording" else RECORDED + voice, spoken.prompt): clip.heard
            for spoken in (lesson.twin, lesson.unseen)
            for voice, clip in spoken.clips.items()
            if clip.heard is not None
        }
        return cls(lesson.unseen.prompt, heard)


def chosen(
    engine: Engine, session: Session, voice: Corpus, wanted: Wanted, known: Known, language: Language
) -> tuple[Utterance, str]:
    """The sentence of a corpus that is wanted, and words on how typical it is: "" where no network has ended yet."""
    if wanted.kind == "twin":
        return voice[wanted.twin], ""
    default = _default(wanted.kind, voice, known)
    newest = _newest_ended(engine, session)
    if newest is None:
        return default, ""
    try:
        run = engine.run(newest.run_id)
        order = _best_first(run, run.snapshots()[-1], wanted.kind)
    except (EngineError, RunError, IndexError, KeyError):
        return default, ""
    if not order:  # too little speech for a sentence of that length
        return default, ""
    places = {"best": 0, "median": len(order) // 2, "worst": len(order) - 1}
    if wanted.pick in places:
        default = voice[order[places[wanted.pick]]]
    if default.id not in order:
        return default, ""
    name = names_of(engine, session, language)[newest.run_id].full
    return default, language(_RANKED, count=len(order), name=name, rank=order.index(default.id) + 1)


def speed_name(speed: float) -> str:
    """A speed as the page writes it, in any language.

    >>> speed_name(0.75), speed_name(2.0)
    ('0.75 ×', '2 ×')
    """
    return f"{speed:g} ×"


def _default(kind: Kind, voice: Corpus, known: Known) -> Utterance:
    """Of a middling length and at least four words, the same every time."""
    if kind == "unseen" and known.unseen:
        return voice[known.unseen]
    prompts = voice.split("train" if kind == "seen" else "test")
    return corpus.default_sentence(prompts)


def _newest_ended(engine: Engine, session: Session) -> Experiment | None:
    """The newest of the session's runs that is over: to measure one that goes on would cost it time."""
    return next((one for one in reversed(session) if finished(events_of(engine, one) or [])), None)


@functools.lru_cache(maxsize=64)
def _best_first(run: Run, step: int, kind: Kind) -> list[str]:
    """Ids of the seen or unseen sentences, in the order of a network's distortion of them."""
    voice = corpus.load(run.config.corpus)
    if kind == "seen":
        prompts = corpus.sentences(voice.training_prompts(run.config.speech_seconds))
        found = evaluation.distortions(run, prompts, step)
    else:
        prompts, found = corpus.sentences(voice.split("test")), evaluation.held_out(run)
    return sorted((prompt.id for prompt in prompts), key=lambda prompt: found[prompt].mcd_db)
