"""What the controls do before Train is pressed: presets, strengths and words, and how long a run will take."""

import contextlib

from tts_demo.config import RunConfig
from tts_demo.engine import Engine
from tts_demo.lesson import LESSON
from tts_demo.run_times import may_end_sooner
from tts_demo.settings import SettingError
from tts_demo.ui.lab.changes import Change, Show
from tts_demo.ui.lab.controls import AMOUNTS, OWN, PRESETS, Chosen, describe_regularizer, described
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import Language


class Choosing:
    """The handlers of one page's controls.

    Parameters
    ----------
    engine : Engine
        That knows how long runs take.
    language : Language
        That the page speaks.
    """

    def __init__(self, engine: Engine, language: Language) -> None:
        self.engine, self.language = engine, language

    def described(self, visitor: Visitor, chosen: Chosen) -> Change:
        """Strength control and words after somebody has picked a regularizer, a model or an optimizer.

        Nothing new where they are of these already: gradio tells of a pick twice, the second time when the list is
        left, and somebody may have typed a strength before that is answered.
        """
        if not visitor.described.replace((chosen.regularizer, chosen.model, chosen.optimizer)):
            return {}
        return described(self.language, chosen)

    def preset(self, visitor: Visitor, preset: str, twin: bool = True) -> Change:
        """The controls' values for a preset, by its label; nothing new for one's own settings."""
        if preset == OWN:
            return {}
        return self.settings(visitor, next(each for each in PRESETS if each.label == preset).config(), twin)

    def settings(self, visitor: Visitor, config: RunConfig, twin: bool = True) -> Change:
        """What the controls show of a run, how long it will take, and the preset that it is, if it is one.

        What the page's link holds stays as it is. Raises `SettingError` where that does not go together with this run.
        """
        config = visitor.link.holding(config)
        chosen = Chosen.of(config)
        visitor.described.replace((chosen.regularizer, chosen.model, chosen.optimizer))
        strength, words = describe_regularizer(
            chosen.regularizer, self.language, chosen.strength, chosen.model, chosen.optimizer
        )
        preset = next((preset.label for preset in PRESETS if preset.config() == config), OWN)
        change = {**vars(chosen), "strength": strength, "words": words, "preset": preset}
        if chosen.amount not in AMOUNTS:
            default = [(self.language(amount), amount) for amount in AMOUNTS]
            change["amount"] = Show(choices=[*default, (chosen.amount, chosen.amount)], value=chosen.amount)
        return change | self._predicted(config, twin)

    def predicted(self, visitor: Visitor, question: int, chosen: Chosen, twin: bool = True) -> Change:
        """How long this machine will take for such a run, its twin beside it if there is one, in words.

        Whatever is wrong with what the time does not depend on, Train says. `question` counts the page's questions: a
        preset changes many controls, each of them asks, and the questions may arrive in another order than they were
        asked in. Nothing for one that a later one overtook.

        The first visitor comes before the workers are warm: the page is told to ask again.
        """
        if not visitor.times.answer(question):
            return {}
        warm = self.engine.expected_seconds([LESSON]) is not None
        again = {"again_soon": Show(active=not warm)} if visitor.asks_again.replace(not warm) else {}
        for timed in chosen.timed() if warm else ():
            with contextlib.suppress(SettingError):
                return again | self._predicted(timed.config(), twin)
        return again | {"predicted": ""}

    def _predicted(self, config: RunConfig, twin: bool) -> Change:
        """The words, once a worker has measured this machine."""
        expected = self.engine.expected_seconds([config] * (2 if twin else 1))
        if expected is None:
            return {}
        seconds = f"{float(f'{expected:.2g}'):g}"
        if may_end_sooner(config):
            return {"predicted": self.language("at most about {seconds} s on this machine", seconds=seconds)}
        return {"predicted": self.language("about {seconds} s on this machine", seconds=seconds)}
