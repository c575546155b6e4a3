"""The default lesson: little speech, and a network big enough to learn it by heart.

It is the usual config so far; the search for settings in which remedies are heard best is still to come.
"""

from tts_demo.config import RunConfig

LESSON = RunConfig()
