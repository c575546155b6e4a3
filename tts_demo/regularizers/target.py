"""Regularizers of the target: what the network is told to predict is made softer. Nothing here is drawn at random."""

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from tts_demo.messages import Message
from tts_demo.regularizers.base import Family, Regularizer
from tts_demo.settings import SettingsBase, setting


class LabelSmoothing(Regularizer):
    """For cross-entropy: the target is not one class alone, but has a share ε spread over all of them."""

    name = "label_smoothing"
    label = "Label smoothing"
    family: ClassVar[Family] = "target"
    formula = r"y_k \leftarrow (1 - \varepsilon)\, y_k + \frac{\varepsilon}{K}"
    symbols = "K is the number of classes."
    sentence = "The right class is told as less than certain, so the network need not be certain either."
    reference = "Szegedy et al. 2016"
    caveat = "Seen in the curves, not heard: the gap shrinks, but the distortion of unseen sentences grows."
    too_strong = "maximum"

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        """ε."""

        strength: float = setting(
            0.4, "Smoothing ε", minimum=0, maximum=0.9, help="What is taken from the right class and spread over all."
        )

    def label_smoothing(self) -> float:
        return self.strength

    @classmethod
    def suits(cls, model: type[nn.Module], loss: str) -> Message | None:
        if loss == "cross_entropy":
            return None
        return Message("{label} needs classes to smooth: choose the cross-entropy loss.", label=Message(cls.label))
