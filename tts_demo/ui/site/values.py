"""What the site says in one language: the components' words, the names of runs, curves, course and blind tests."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tts_demo import labels, listening
from tts_demo.config import RunConfig
from tts_demo.lesson import LESSON
from tts_demo.listening import Plan, Result
from tts_demo.models import MODELS
from tts_demo.recorded_lesson import RUNS
from tts_demo.regularizers import REGULARIZERS
from tts_demo.runs import Run
from tts_demo.settings import SettingError, describe
from tts_demo.strengths import default_strength
from tts_demo.ui.lab import clips, course, hard_and_soft, session, sweeping
from tts_demo.ui.lab.blind_tests import choose_view
from tts_demo.ui.lab.controls import written
from tts_demo.ui.lab.session import RECORDED
from tts_demo.ui.locales.catalog import Language, component_words
from tts_demo.ui.site.recorded import Recorded
from tts_demo.ui.site.shelf import Shelf

COMPONENTS = ("blind_test", "course", "inspector", "lesson", "loss_chart", "player", "strength_curve")
_FEW = 5  # trials of the longest blind test over the three sentences that each run says
_DONE: dict[str, Any] = {"charted": {}}  # a check that holds as soon as the chart shows anything
_NOT_HERE = ("moment", "earlier")  # facts of a run at an earlier moment: no weights, and so no moments, are here


def written_for(all_of_it: Recorded, language: Language) -> dict[str, Any]:
    """Everything that the site's script reads in one language, as plain values."""
    return {
        "words": _words(language), "texts": _texts(language), "names": _names(all_of_it, language),
        "choices": (choices := _choices(all_of_it, language)), **_curves(all_of_it, choices, language),
        "axes": [[over, language(label)] for over, label in sweeping.AXES.items()],
        "sentences": _sentences(all_of_it, language), "begin": [RECORDED + name for name in RUNS],
        "remedy": language(REGULARIZERS[all_of_it.lesson.regularizer.name].label),
        "course": _course(all_of_it, language), "setups": _setups(all_of_it), "blind": _blind(all_of_it, language),
    }  # fmt: skip


def _words(say: Language) -> dict[str, dict[str, str]]:
    words = {name: component_words(say, name) for name in COMPONENTS}
    words["lesson"] |= {
        "endText": say(
            "A program that learns by heart is overfitting; remedies against it are called regularization. Next come "
            "recorded runs with each of them, at many strengths: see and hear what it does. To train a voice of your "
            "own you need the program itself."
        ),
        "train": say("To the recorded runs"),
        "skip": say("To the recorded runs"),
    }
    words["strength_curve"] |= {"empty": say("No such curve was recorded for this choice.")}
    return words


def _texts(say: Language) -> dict[str, str]:
    """What the site's script says itself."""
    return {
        "unreadable": say("This clip could not be fetched, or this browser cannot play Ogg Opus."),
        "failed": say("Part of this page could not be fetched. Please reload it."),
        "after": say("after {step} updates"),
        "inside": say("Spectrogram and F0 need its weights, and so the program."),
        "recording": say("Recording"),
        "different": say("Please choose two runs to compare, or a run and the recording."),
        "mixed": say("These two say only {count} sentences here, so there is a test of five trials."),
    }


def _names(all_of_it: Recorded, language: Language) -> dict[str, str]:
    """What each run is called: what it was trained with, and what else tells it from the lesson with just that."""
    found = {}
    for run_id, run in all_of_it.runs.items():
        try:
            plain = replace(LESSON, regularizers=run.config.regularizers)
        except SettingError:  # it needs another model, or another loss
            plain = run.config
        others = {} if plain == run.config else {"plain": Run(run.directory, plain)}
        now = tuple(replace(all_of_it.experiment(run_id), run_id=one) for one in (*others, run_id))
        label = str(labels.label_of(plain, all_of_it.voice))
        now = tuple(replace(one, label=label) if one.run_id == "plain" else one for one in now)
        found[run_id] = session.names_of(Shelf({run_id: run, **others}), now, language)[run_id].full
    return found


def _choices(all_of_it: Recorded, language: Language) -> list[dict[str, Any]]:
    """What can be chosen: no regularizer, then each recorded curve over a strength, with its runs."""
    none = {"name": "none", "label": language(REGULARIZERS["none"].label), "strengths": [["", all_of_it.ids[LESSON]]]}
    found: list[dict[str, Any]] = [{**none, "strength": "", "of": ""}]
    curves = {name: curve for name, curve in all_of_it.others.curves.items() if curve.sweep.axis.name == "strength"}
    order = [*REGULARIZERS]
    for name, curve in sorted(curves.items(), key=lambda item: order.index(item[1].regularizer)):
        regularizer, model = REGULARIZERS[curve.regularizer], curve.sweep.base.model.name
        label = language(regularizer.label)
        if model != LESSON.model.name:
            label = f"{label} · {language(MODELS[model].label)}"
        values = {written(value): all_of_it.ids[curve.sweep.config(value)] for value in curve.sweep.values}
        default = written(default_strength(regularizer.name, curve.sweep.base.optimizer) or 0)
        first = default if default in values else next(iter(values))
        of = language(describe(regularizer.Settings)["strength"][0].label)
        found.append({"name": name, "label": label, "strengths": [*values.items()], "strength": first, "of": of})
    return found


def _curves(all_of_it: Recorded, choices: list[dict[str, Any]], language: Language) -> dict[str, Any]:
    """`curves`: by choice and by what they go over, the name of a curve; `drawn`: each curve; `nearest`: see below.

    Of a curve of two regularizers, `nearest` says by each run which one of the other is of the same size.
    """
    every = [*all_of_it.others.curves.values()]
    drawn: dict[str, Any] = {}
    nearest: dict[str, dict[str, str]] = {}
    curves: dict[str, dict[str, str]] = {}
    for choice in choices:
        name, config = choice["name"], LESSON
        if name in all_of_it.others.curves:
            config = all_of_it.others.curves[name].sweep.base
        curves[name] = {
            curve.sweep.axis.name: key
            for key, curve in all_of_it.others.curves.items()
            if curve.sweep.is_of(config, curve.sweep.axis.name)
        }
        pair = hard_and_soft.of(config, every)
        if pair:
            key = f"{config.model.name} {pair.soft.regularizer} {pair.hard.regularizer}"
            curves[name][hard_and_soft.OVER] = key
            drawn[key] = sweeping.recorded_value(pair, all_of_it.ids, (), language)
            ids = all_of_it.ids
            nearest[key] = {ids[one]: ids[pair.nearest(one)] for one in pair.configs()}
    for key, curve in all_of_it.others.curves.items():
        drawn[key] = sweeping.recorded_value(curve, all_of_it.ids, (), language)
    return {"curves": curves, "drawn": drawn, "nearest": nearest}


def _sentences(all_of_it: Recorded, language: Language) -> dict[str, Any]:
    """By kind: the prompt, and sentence and first clips as the player shows them; `unmet`: a twin's without a twin."""
    found = {}
    for kind in ("unseen", "seen", "twin", "unmet"):
        wanted = all_of_it.wanted("twin" if kind == "unmet" else kind)
        with_twin = (all_of_it.experiment(RECORDED + "in"),) if kind == "twin" else ()
        value = clips.player_value(
            all_of_it.shelf, with_twin, all_of_it.voice, wanted, language, known=all_of_it.known
        )  # fmt: skip
        keep = ("id", "label", "kind", "note", "heard")
        said = [{key: clip[key] for key in keep if key in clip} for clip in value["clips"][:2]]  # type: ignore[literal-required]
        found[kind] = {"prompt": all_of_it.prompts[wanted.kind], "sentence": value["sentence"], "clips": said}
    return found


# ---- the course


def _course(all_of_it: Recorded, language: Language) -> dict[str, Any]:
    """The course; what needs training, or a moment of it, says so and counts as done."""
    abouts = all_of_it.abouts()
    needs = language("This needs the program, and counts as done here.")
    steps = []
    for step in course.value(language)["steps"]:
        tasks = [
            task if possible(task["check"], abouts) else {**task, "text": f"{task['text']} {needs}", "check": _DONE}
            for task in step["tasks"]
        ]
        steps.append({**step, "tasks": tasks})
    return {"steps": steps}


def possible(check: Mapping[str, Any], abouts: list[dict[str, Any]]) -> bool:
    """Whether a check of the course can hold where nothing but these recorded runs can be seen and heard.

    >>> l2 = {"regularizer": "l2", "strength": 0.001, "recorded": True}
    >>> possible({"heard": {"regularizer": "l2", "strength": {"max": 0.01}, "sentence": "unseen"}}, [l2])
    True
    >>> possible({"heard": {"regularizer": "l2", "moment": {"max": 250}}}, [l2])
    False
    >>> possible({"trained": {}}, [l2])
    False
    """
    if "trained" in check:
        return False
    wishes = [check[kind] for kind in ("charted", "heard", "looked") if kind in check] + [*check.get("tested", [])]
    return all(any(_fits(about, wish) for about in abouts) for wish in wishes)


def _fits(about: Mapping[str, Any], wish: Mapping[str, Any]) -> bool:
    """As `fits` of course/checks.js, for a run whose sentence and voice can be chosen."""
    for name, value in wish.items():
        if name in _NOT_HERE and value is not False:
            return False
        if name in (*_NOT_HERE, "sentence", "voice"):
            continue
        found = about.get(name)
        if isinstance(value, Mapping):
            low, high = value.get("min", float("-inf")), value.get("max", float("inf"))
            if not isinstance(found, int | float) or not low <= found <= high:
                return False
        elif found not in (value if isinstance(value, list) else [value]):
            return False
    return True


def _setups(all_of_it: Recorded) -> dict[str, Any]:
    """What each step sets up: choice and strength, runs, kind of sentence, what the curve goes over, sections."""

    def chosen(config: RunConfig) -> list[str]:
        first = config.regularizers[0] if config.regularizers else None
        return [first.name, written(first.settings.to_mapping()["strength"])] if first else ["none", ""]

    found = {}
    for name in course.files():
        wanted = course.setup(name)
        found[name] = {
            "choice": chosen(wanted.config), "kind": wanted.kind, "over": wanted.over, "open": [*wanted.open],
            "runs": [all_of_it.ids[config] for config in wanted.runs if config in all_of_it.ids],
        }  # fmt: skip
    return found


# ---- blind tests


def _blind(all_of_it: Recorded, language: Language) -> dict[str, Any]:
    """The offers, what comes of each count, and the sentences: `few` are said by every run, `many` by the lesson's."""
    offers = [{**offer, "label": language(offer["label"])} for offer in choose_view()["offers"]]
    few = [*all_of_it.prompts.values()]
    return {
        "offers": offers, "few": few, "many": all_of_it.tested, "most_of_few": _FEW,
        "said": {prompt: all_of_it.voice[prompt].text for prompt in {*few, *all_of_it.tested}},
        "results": {offer.id: [_result(offer, count, language) for count in range(offer.trials + 1)]
                    for offer in listening.OFFERS},
    }  # fmt: skip


def _result(offer: listening.Offer, count: int, language: Language) -> dict[str, Any]:
    """Figures and conclusion of a count, with the places {first} and {second} for the names."""
    names = ("{first}", "{second}")
    found = listening.figures(offer.kind, count, offer.trials)
    some: listening.Choice = "A"  # the conclusion asks how many there are
    result = Result(Plan(offer.kind, 0, names, ()), (some,) * offer.trials, count, found)
    conclusion = language.sentence(listening.conclusion(result, names))
    assert {*re.findall(r"\{\w+\}", conclusion)} == {*names}
    return {
        "p": found.p, "low": found.low, "high": found.high, "significant": result.significant,
        "conclusion": conclusion,
    }  # fmt: skip
