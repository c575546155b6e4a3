"""The lesson that the page opens with: little speech, and a network big enough to learn it by heart.

How its settings were searched, and what each regularizer does in it: docs/lesson.md.
"""

from dataclasses import replace

from tts_demo.config import RunConfig, choose

# Seven seconds of training: speech is understood best after two, and worse and worse from then on, unless a regularizer
# keeps it. The page opens with a recording of it: `checkpoints/`.
LESSON = RunConfig(speech_seconds=120.0, updates=600)

# The regularizer that people hear first.
REGULARIZER = choose("regularizer", "l2")

# Its counterpart: a bound where that is a price.
CONSTRAINT = choose("regularizer", "max_norm")

# Others take longer for an update, and learn the speech by heart in fewer.
_UPDATES = {"rnn": 300, "cnn": 300, "transformer": 450}


def lesson_for(model: str) -> RunConfig:
    """The lesson with another model."""
    return replace(LESSON, model=choose("model", model), updates=_UPDATES.get(model, LESSON.updates))
