"""The course from its first step to its last, by keyboard, in both languages, at a desk and on a phone.

Before each task something else is done that is much like it, and before each right answer all wrong ones are given:
neither counts.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import scrolls_sideways
from tests.test_course_browser import done, everywhere, left, opened, prepared, press, unfolded
from tests.test_course_browser import heard as heard_by_player
from tests.test_page import LONG, address
from tts_demo.labels import with_strength
from tts_demo.regularizers import REGULARIZERS
from tts_demo.ui.lab import course
from tts_demo.ui.lab.sentences import SHORT
from tts_demo.ui.locales.catalog import LANGUAGES, Language, component_words

__all__ = ["address"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.real,
]
NONE = "No regularizer"
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"  # two, drawn
CLIPS = ("recording", "vocoder")  # the player's first two


@dataclass(frozen=True)
class Learner:
    """Somebody without a pointer."""

    page: Page
    language: Language

    def left(self, *tasks: int) -> None:
        left(self.page, *tasks)

    def did(self, task: int) -> None:
        done(self.page, task)

    def name(self, regularizer: str, strength: float) -> str:
        """What a run is called."""
        return self.language.sentence(with_strength(regularizer, strength))

    def turns_to(self, kind: str) -> None:
        """Chooses a kind of sentence, and waits for it."""
        said = self.page.locator("#player .hear-sentence")
        before = said.inner_text()
        press(self.page.locator("#sentence").get_by_label(self.language(SHORT[kind]), exact=True), "Space")
        expect(said).not_to_have_text(before, timeout=LONG)

    def hears(self, clip: str | int) -> None:
        """Lets a clip sound, by its name or place, until the player says that it was heard."""
        tiles = self.page.locator("#player .hear-clip")
        tile = tiles.nth(clip) if isinstance(clip, int) else tiles.filter(has_text=self.language(clip)).first
        heard_by_player(self.page, tile)
        player = self.page.locator("#player .hear-player")
        while player.get_attribute("data-state") == "playing":  # silence until the next one
            press(self.page.locator("#player .hear-play"))
            self.page.evaluate(FRAMES)

    def picks(self, run: str) -> None:
        """Chooses a point of the strength curve, and waits for its clip, the player's last."""
        run = f"recorded-{run}"
        point = self.page.locator(f'#curve [data-run="{run}"]')
        expect(point).to_be_visible(timeout=LONG)
        press(point)
        expect(self.page.locator(f'#curve .hear-curve-shown[data-run="{run}"]')).to_be_visible(timeout=LONG)

    def selects(self, field: str, option: str) -> None:
        """Takes a list's entry, by the arrows."""
        entry = self.page.locator(f"{field} input").first
        entry.focus()
        expect(self.page.get_by_role("option", name=option, exact=True)).to_be_visible(timeout=LONG)
        if entry.input_value() == option:
            return
        wanted = self.page.locator(f'[role=option].active[aria-label="{option}"]')
        presses = 0
        while not wanted.count():
            presses += 1
            assert presses < 200, f"No arrow leads to {option}."
            entry.press("ArrowDown")
            self.page.evaluate(FRAMES)
        entry.press("Enter")
        expect(entry).to_have_value(option)

    def trains(self, regularizer: str, strength: str = "") -> None:
        """A run of the page's other settings, to its end."""
        own = self.language(REGULARIZERS[regularizer].label) if regularizer != "none" else self.language("None")
        self.selects("#regularizer", own)
        if strength:
            self.selects("#strength", strength)
        train, stop = (self.page.locator(f"button#{name}, #{name} button") for name in ("train", "stop"))
        expect(train).to_be_enabled(timeout=LONG)
        press(train)
        expect(stop, self.page.locator("#status").inner_text()).to_be_enabled(timeout=LONG)
        expect(stop).to_be_disabled(timeout=LONG)

    def tests_blindly(self) -> None:
        """Five trials of the two that are proposed."""
        root = self.page.locator("#blind .hear-blind")
        if root.get_attribute("data-view") == "result":
            press(root.locator(".hear-blind-leave"))  # another one
        press(root.locator(".hear-blind-offer").first)
        for number in range(1, 6):
            expect(root.locator(".hear-blind-count")).to_contain_text(re.compile(rf"{number}\D+5"), timeout=LONG)
            for tile in root.locator(".hear-blind-tile").all():
                press(tile)
            press(root.locator(".hear-blind-answer[data-place=A]"))
        expect(root).to_have_attribute("data-view", "result", timeout=LONG)

    def moves_to(self, updates: int) -> None:
        """The player's slider to the last moment of at most so many updates."""
        slider = self.page.locator("#player .hear-moment")
        slider.focus()
        slider.press("Home")
        told = self.page.locator("#player .hear-moment-text")
        number = lambda: int("".join(one for one in told.inner_text() if one.isdigit()) or 0)  # noqa: E731
        while number() < updates:
            slider.press("ArrowRight")
        slider.press("ArrowLeft")
        note = self.page.locator("#player .hear-clip-note", has_text=re.compile(rf"\b{number()}\b"))
        expect(note.first).to_be_visible(timeout=LONG)

    def reads(self, *keys: str) -> None:
        """Moves the chart's cursor."""
        canvas = self.page.locator("#chart canvas").first
        canvas.focus()
        for key in keys:
            canvas.press(key)


def heard(one: Learner) -> None:
    one.hears("Vocoder copy")
    one.left(0, 1, 2)
    one.hears(NONE)
    one.did(0)
    one.turns_to("unseen")
    one.left(1, 2)
    one.hears(NONE)
    one.did(1)
    one.hears("Vocoder copy")
    one.left(2)
    one.hears("Recording")
    one.did(2)


def gap(one: Learner) -> None:
    one.reads("End")
    one.left(0)
    one.hears(NONE)  # as it is in the end
    one.left(0, 1)
    one.reads("Home")
    mark = one.page.locator('.hear-course-task[data-task="0"] .hear-course-mark')
    while mark.get_attribute("data-done") == "false":
        one.reads("ArrowRight")
    one.moves_to(250)
    one.hears(NONE)
    one.did(1)


def speech(one: Learner) -> None:
    one.picks("speech_seconds-speech_seconds-60")
    one.left(0, 1, 2, 3)
    one.picks("speech_seconds-speech_seconds-20")
    one.did(0)
    one.left(1, 2, 3)
    one.picks("speech_seconds-speech_seconds-600")
    one.did(1)
    expect(one.page.locator("#player .hear-clip")).to_have_count(6, timeout=LONG)
    one.hears(3)  # of 60 seconds
    one.left(2, 3)
    one.hears(4)
    one.did(2)
    one.left(3)
    one.hears(5)
    one.did(3)


def strength(one: Learner) -> None:
    one.picks("l2-strength-0.001")
    one.left(0, 1)
    one.picks("l2-strength-1e-06")
    one.did(0)
    one.picks("l2-strength-0.01")
    one.did(1)
    one.hears(one.name("l2", 0.000001))
    one.left(2, 3)
    one.hears(one.name("l2", 0.001))
    one.did(2)
    one.left(3)
    one.hears(one.name("l2", 0.01))
    one.did(3)


def zeros(one: Learner) -> None:
    one.hears(one.name("l2", 0.0003))
    one.left(0, 1, 2)
    shows(one, 0)
    one.did(0)
    one.left(1)
    one.selects("#look", one.name("l2", 0.0003))
    shows(one, 0)
    one.did(1)
    one.hears(one.name("l1_proximal", 0.2))
    one.did(2)


def hard(one: Learner) -> None:
    one.picks("max_norm-strength-0.5")
    one.left(0, 1)
    one.picks("max_norm-strength-1.2")
    one.did(0)
    one.picks("max_norm-strength-0.25")
    one.did(1)
    one.hears(one.name("max_norm", 0.25))
    one.left(2, 3)
    one.hears(one.name("max_norm", 1.2))
    one.did(2)
    one.hears(one.name("l2", 0.0003))
    one.did(3)


def moment(one: Learner) -> None:
    one.hears(NONE)
    one.left(0, 1)
    one.moves_to(250)
    one.hears(one.name("early_stopping", 3))
    one.left(0, 1)
    one.hears(NONE)
    one.did(0)
    one.tests_blindly()
    one.did(1)


def dropout(one: Learner) -> None:
    one.hears(NONE)
    one.left(0, 1)
    press(one.page.locator("#chart .hear-mode input"), "Space")
    one.did(0)
    one.hears(one.name("dropout", 0.5))
    one.did(1)


def too_much(one: Learner) -> None:
    one.hears(NONE)
    one.reads("Home")
    one.left(0, 1, 2)
    one.hears(one.name("dropout", 0.9))
    one.did(0)
    one.left(1)
    one.turns_to("unseen")
    one.hears(one.name("dropout", 0.9))
    one.did(1)
    one.reads("End")
    one.did(2)


def printed(one: Learner) -> None:
    one.hears(one.name("l1_proximal", 0.2))
    one.left(0, 2)
    one.selects("#look", one.name("l1_as_printed", 0.005))
    shows(one, 0)
    one.did(0)
    one.selects("#look", one.name("l1_proximal", 0.2))
    shows(one, 0)
    one.did(1)
    one.hears(one.name("l1_as_printed", 0.005))
    one.did(2)


def blind(one: Learner) -> None:
    one.selects("#blind-first", one.language("Recording"))
    one.tests_blindly()
    one.left(0)
    one.selects("#blind-first", one.language(NONE))
    one.tests_blindly()
    one.did(0)


def own(one: Learner) -> None:
    twin = one.page.get_by_label(one.language("Train a twin beside it"))
    if twin.is_checked():
        press(twin, "Space")
    one.hears(NONE)
    one.trains("none")
    one.left(0, 1, 2)
    one.trains("dropout", "0.95")
    one.did(0)
    one.left(1)
    one.trains("l2")
    one.did(1)
    one.hears(one.name("l2", 0.0003))
    one.did(2)


STEPS: Sequence[Callable[[Learner], None]] = (
    heard, gap, speech, strength, zeros, hard, moment, dropout, too_much, printed, blind, own,
)  # fmt: skip


def shows(one: Learner, task: int) -> None:
    """Lets the course lead to where a task is done."""
    unfolded(one.page)
    press(one.page.locator(".hear-course-show").nth(task))


def answers(one: Learner, step: str) -> None:
    """All wrong answers, then the right one."""
    unfolded(one.page)
    written = course.files()[step]
    fields = one.page.locator(".hear-course-answer input")
    whole = one.page.locator(".hear-course")
    why = one.page.locator(".hear-course-why")
    order = [*(at for at in range(fields.count()) if at != written["right"]), written["right"]]
    for at in order:
        expect(whole).to_have_attribute("data-whole", "false")
        press(fields.nth(at), "Space")
        expect(why).to_contain_text(written[one.language.code]["answers"][at][1])
        expect(why).to_have_attribute("data-right", str(at == written["right"]).lower())
    expect(whole).to_have_attribute("data-whole", "true")


@everywhere
def test_the_course_is_done_from_start_to_end(visit, address, code, size):
    visitor, page = opened(visit, address, code, size, "heard")
    one = Learner(page, LANGUAGES[code])
    assert [step.__name__ for step in STEPS] == [*course.files()]
    for number, step in enumerate(STEPS, 1):
        prepared(page, step.__name__)
        wanted = course.setup(step.__name__)
        shown = {*wanted.runs, wanted.config}  # what is chosen is shown, too
        expect(page.locator("#player .hear-clip")).to_have_count(len(CLIPS) + len(shown), timeout=LONG)
        step(one)
        answers(one, step.__name__)
        assert not scrolls_sideways(page), step.__name__
        if number < len(STEPS):
            press(page.locator(".hear-course-next"))
    whole = component_words(one.language, "course").get("whole", "You have done the whole course.")
    expect(page.locator(".hear-course-end")).to_have_text(whole, timeout=LONG)
    assert not visitor.errors
