"""Hear overfitting: train a small text-to-speech model live on real speech, with or without a regularizer."""

__version__ = "0.1.0"
