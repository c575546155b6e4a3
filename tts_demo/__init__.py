"""Hear overfitting: train a small text-to-speech model live on real speech, with or without a regularizer."""

import sys

__version__ = "0.1.0"

if sys.version_info < (3, 11):  # noqa: UP036, in words that older ones understand, before anything that they do not
    sys.exit("Hear Overfitting needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031
