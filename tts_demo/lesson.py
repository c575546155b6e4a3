"""The lesson that the page opens with: little speech, and a network big enough to learn it by heart.

How its settings were searched, and what each regularizer does in it: docs/lesson.md.
"""

from dataclasses import replace

from tts_demo.config import RunConfig, choose

# Half a minute of training: validation loss is at its best after a quarter of it, and a fifth higher at the end.
LESSON = RunConfig(speech_seconds=60.0, updates=350)

# A Transformer learns a minute of speech by heart a little later; in return its updates take less time.
_UPDATES = {"transformer": 400}

# What checkpoints/ holds, and what people hear before they train anything: more speech and a longer training, since in
# half a minute a remedy can be seen but not yet heard.
RECORDED = RunConfig(speech_seconds=120.0, updates=1000)

# Remedies that a recogniser has heard in the recorded lesson: weaker ones than narrow the gap most. The first one is
# the one that people hear.
HEARD = (
    choose("regularizer", "max_norm", strength=1.2),
    choose("regularizer", "l2", strength=1e-4),
    choose("regularizer", "spectral_norm", strength=2.0),
)
REMEDY = HEARD[0]


def lesson_for(model: str) -> RunConfig:
    """The lesson with another model."""
    return replace(LESSON, model=choose("model", model), updates=_UPDATES.get(model, LESSON.updates))
