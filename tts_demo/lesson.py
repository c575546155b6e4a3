"""The default lesson: little speech, a network big enough to learn it by heart, and half a minute."""

from tts_demo.config import RunConfig

# Chosen on validation so that learning by heart is seen within the time: see docs/lesson.md.
LESSON = RunConfig()
