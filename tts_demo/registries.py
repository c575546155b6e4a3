"""Every registry as plain values: what `python -m tts_demo list` prints; the page is made from the same records."""

from dataclasses import asdict
from typing import Any

from tts_demo import corpus
from tts_demo.losses import LOSSES
from tts_demo.models import MODELS
from tts_demo.optimizers import OPTIMIZERS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.settings import SettingsBase, describe
from tts_demo.strengths import default_strength


def as_mapping() -> dict[str, dict[str, dict[str, Any]]]:
    """Entries by name, by kind: regularizers, models, losses, optimizers, corpora; ready for JSON."""
    return {
        "regularizers": {
            name: {
                "label": entry.label,
                "family": entry.family,
                "formula": entry.formula,
                "symbols": entry.symbols,
                "on_weights": entry.on_weights,
                "sentence": entry.sentence,
                "reference": entry.reference,
                "caveat": entry.caveat,
                "too_strong": entry.too_strong,
                "default_strength": {optimizer: default_strength(name, optimizer) for optimizer in OPTIMIZERS},
                "conflicts": sorted(entry.conflicts),
                "settings": _settings(entry.Settings),
            }
            for name, entry in REGULARIZERS.items()
        },
        "models": {
            name: {
                "label": entry.label,
                "sentence": entry.sentence,
                "gradients": entry.gradients,
                "settings": _settings(entry.Settings),
            }
            for name, entry in MODELS.items()
        },
        "losses": {
            name: {"label": entry.label, "formula": entry.formula, "sentence": entry.sentence}
            for name, entry in LOSSES.items()
        },
        "optimizers": {
            name: {
                "label": entry.label,
                "formula": entry.formula,
                "learning_rate": entry.learning_rate,
                "reference": entry.reference,
            }
            for name, entry in OPTIMIZERS.items()
        },
        "corpora": {name: _corpus(name) for name in corpus.CORPORA},
    }


def _settings(settings: type[SettingsBase]) -> dict[str, dict[str, Any]]:
    """Each setting's description; `default` is the value recommended where nothing else is known.

    Of a strength it is the one to use with Adam; `default_strength` has those of all optimizers.
    """
    return {
        name: {"default": default, **asdict(description)} for name, (description, default) in describe(settings).items()
    }


def _corpus(name: str) -> dict[str, Any]:
    found = corpus.load(name)
    splits = sorted({utterance.split for utterance in found.utterances.values()})
    return {
        "label": name,
        "splits": {split: len(found.split(split)) for split in splits},
        "training_seconds": round(sum(utterance.seconds for utterance in found.split("train")), 1),
    }
