"""What a link says of the page, besides a run's settings: what is seen, what is fixed, which part stands in a frame.

It is for teaching only and keeps nobody from anything: who changes the address, or what a browser sends, has all
controls again. Nothing that has to be safe may rest on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from tts_demo.config import RunConfig
from tts_demo.lesson import LESSON
from tts_demo.settings import SettingError
from tts_demo.ui.lab.changes import Change, Show
from tts_demo.ui.lab.controls import PRESETS, Chosen
from tts_demo.ui.lab.sweeping import AXES

ALL = "all"  # in place of the names of all controls
PARTS = ("show", "fix", "embed", "over", "twin")  # of a link, which are no settings of a run


@dataclass(frozen=True)
class Control:
    """A control of the experiment: the part of the page that it is, its label, and its element's id."""

    part: str
    label: str
    element: str


# By the name that a link has for it, which is a setting's where it is one; in the page's order.
CONTROLS = {
    "preset": Control("preset", "Start from", "preset"),
    "regularizer": Control("regularizer", "Regularizer", "regularizer"),
    "strength": Control("strength", "Strength", "strength"),
    "twin": Control("twin", "Train a twin beside it", "twin"),
    "twin_sentence": Control("prompt", "The twin's sentence", "twin-sentence"),
    "speech_seconds": Control("amount", "Amount of speech", "amount"),
    "updates": Control("updates", "Updates", "updates"),
    "model": Control("model", "Model", "model"),
    "units": Control("units", "Units", "units"),
    "neighbours": Control("neighbours", "Neighbours", "neighbours"),
    "loss": Control("loss", "Loss", "loss"),
    "optimizer": Control("optimizer", "Optimizer", "optimizer"),
    "learning_rate": Control("rate", "Learning rate η", "rate"),
    "seed": Control("seed", "Seed", "seed"),
}
# The sections below the lab, and their labels; the element's id is NAME-section.
SECTIONS = {"curve": "Strength curve", "inside": "Inside the model", "blind": "Blind test", "runs": "Runs"}
# What can stand alone in a frame: its label, and the section that it is, if it is one.
EMBEDS = {
    "curve": ("Strength curve", "curve"),
    "chart": ("Loss", ""),
    "listen": ("Listen to a sentence", ""),
    "challenge": ("Blind test", "blind"),
}
_TWIN = {"yes": True, "no": False}
_MORE = ("speech_seconds", "updates", "model", "units", "neighbours", "loss", "optimizer", "learning_rate", "seed")


@dataclass(frozen=True)
class View:
    """What a link says of the page.

    Attributes
    ----------
    show : controls and sections that are seen, those that are fixed besides; None for all of them.
    fix : controls that are seen and cannot be changed.
    embed : the part that stands alone in a frame, "" for the page.
    over : what the strength curve goes over, "" where the link does not say.
    twin : whether a twin is trained, None where the link does not say.
    """

    show: frozenset[str] | None = None
    fix: frozenset[str] = frozenset()
    embed: str = ""
    over: str = ""
    twin: bool | None = None

    @classmethod
    def of(cls, query: Mapping[str, Sequence[str]]) -> "View":
        """What a page's address says after "?", given as name -> its values.

        Raises
        ------
        SettingError
            For a name that is not known here; the sentence lists those that are.

        >>> sorted(View.of({"show": ["strength"], "fix": ["seed, model"]}).fix)
        ['model', 'seed']
        """
        shown = _names(query, "show", [*CONTROLS, *SECTIONS]) if "show" in query else None
        fixed = _names(query, "fix", [*CONTROLS, ALL])
        return cls(
            show=None if shown is None else frozenset(shown),
            fix=frozenset(CONTROLS if ALL in fixed else fixed),
            embed=_one(query, "embed", EMBEDS),
            over=_one(query, "over", AXES),
            twin=_TWIN.get(_one(query, "twin", _TWIN)),
        )

    def to_pairs(self) -> list[tuple[str, str]]:
        """The parts of a link that say this, in a fixed order; `of` is the inverse.

        >>> View(show=frozenset(["strength", "regularizer"]), twin=False).to_pairs()
        [('show', 'regularizer,strength'), ('twin', 'no')]
        """
        pairs = []
        if self.show is not None:
            pairs.append(("show", ",".join(name for name in (*CONTROLS, *SECTIONS) if name in self.show)))
        if self.fix:
            names = [ALL] if self.fix >= CONTROLS.keys() else [name for name in CONTROLS if name in self.fix]
            pairs.append(("fix", ",".join(names)))
        twin = "" if self.twin is None else next(text for text, value in _TWIN.items() if value is self.twin)
        return pairs + [
            (name, text) for name, text in (("embed", self.embed), ("over", self.over), ("twin", twin)) if text
        ]

    @property
    def has_controls(self) -> bool:
        """Whether controls are seen: in a frame, only where the link names them."""
        return not self.embed or self.show is not None or bool(self.fix)

    @property
    def hidden(self) -> frozenset[str]:
        """Names of the controls and sections that are not seen."""
        if self.show is None and not self.embed:
            return frozenset()
        seen = (self.show or frozenset()) | self.fix
        if self.embed:
            seen = (seen - SECTIONS.keys()) | {EMBEDS[self.embed][1]}
        return frozenset([*CONTROLS, *SECTIONS]) - seen

    @property
    def hides_more(self) -> bool:
        """Whether none of what stands in the panel "More" is seen."""
        return self.hidden.issuperset(_MORE)

    @property
    def held(self) -> frozenset[str]:
        """Names of the controls whose values are the link's, whatever preset is chosen: the hidden and the fixed."""
        return (self.hidden | self.fix) & CONTROLS.keys()


@dataclass(frozen=True)
class Link:
    """What a page was opened with: the view, and the settings, the lesson's where the link has none."""

    view: View = View()
    config: RunConfig = field(default=LESSON)

    def shown(self, change: Change) -> Change:
        """What a page that has just been loaded shows, with what this link says of it.

        Fixed controls cannot be changed, and the panels that hold what is asked for are open.
        """
        shown = dict(change)
        if self.view.over:
            shown["over"] = self.view.over
        if self.view.twin is not None:
            shown["twin"] = self.view.twin
        for name in self.view.fix:
            part = CONTROLS[name].part
            before = shown.get(part, Show())
            shown[part] = Show(before if isinstance(before, Show) else {"value": before}, interactive=False)
        if self.view.has_controls and not ((self.view.show or frozenset()) | self.view.fix).isdisjoint(_MORE):
            shown["more"] = Show(open=True)
        if self.view.embed == "curve":
            shown["swept"] = Show(open=True)
        if self.view.embed == "challenge":
            shown["tested"] = Show(open=True)
        return shown

    def holding(self, config: RunConfig) -> RunConfig:
        """That run, but with the link's own values where its controls are hidden or fixed.

        A strength belongs to its regularizer, sizes to their model. So a held strength is the default where another
        regularizer is chosen; with a held regularizer or model, what belongs to another one is left out.

        Raises
        ------
        SettingError
            Where what is held does not go together with that run.
        """
        held = self.view.held
        if not held:
            return config
        own, wanted = Chosen.of(self.config), Chosen.of(config)
        names = {each.name for each in fields(Chosen)}
        parts = {CONTROLS[name].part for name in held} & names
        if "regularizer" in parts and own.regularizer != wanted.regularizer:
            parts.add("strength")
        if "model" in parts and own.model != wanted.model:
            parts |= {"units", "neighbours"}
        base = dict(wanted.base)
        base |= {kind: own.base[kind] for kind in _kinds(parts)}
        if "strength" in parts:
            parts |= {"strength_of", "default_of"}
        return replace(wanted, **{part: getattr(own, part) for part in parts}, base=base).config()

    def at_first(self) -> RunConfig:
        """The settings that a frame begins with, where its link has none: of a strength curve, a regularizer's."""
        over_strength = self.view.over in ("", "strength")
        return PRESETS[1].config() if self.view.embed == "curve" and over_strength else self.config


def _kinds(parts: set[str]) -> Iterable[str]:
    """Of a config's parts, those that have more settings than there are controls, and are held."""
    return [kind for part, kind in (("regularizer", "regularizers"), ("model", "model")) if part in parts]


def _names(query: Mapping[str, Sequence[str]], part: str, known: Iterable[str]) -> list[str]:
    """What a part of a link names, separated by commas; raises `SettingError`."""
    found = [name.strip() for text in query.get(part, ()) for name in text.split(",") if name.strip()]
    for name in found:
        if name not in known:
            raise SettingError(
                "“{part}” in the link names {name}, which is not known here. Known are: {names}.",
                part=part, name=repr(name[:40]), names=", ".join(known),
            )  # fmt: skip
    return found


def _one(query: Mapping[str, Sequence[str]], part: str, known: Mapping[str, Any]) -> str:
    """The last name of such a part, "" where there is none; raises `SettingError`."""
    return next(reversed(_names(query, part, known)), "")
