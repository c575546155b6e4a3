"""Acoustic models: phones with durations -> features, frame by frame. One class each, listed here."""

from tts_demo.models.base import AcousticModel, Network
from tts_demo.models.cnn import CNN
from tts_demo.models.feed_forward import FeedForward
from tts_demo.models.forest import Forest
from tts_demo.models.hmm import HMM
from tts_demo.models.questions import questions
from tts_demo.models.rnn import RNN, RecurrentLayer
from tts_demo.models.transformer import Transformer
from tts_demo.models.tree_model import TreeModel
from tts_demo.models.trees import Growing, Trees

MODELS: dict[str, type[AcousticModel]] = {
    model.name: model for model in (RNN, FeedForward, CNN, Transformer, HMM, Forest)
}

__all__ = ["MODELS", "AcousticModel", "Growing", "Network", "RecurrentLayer", "TreeModel", "Trees", "questions"]
