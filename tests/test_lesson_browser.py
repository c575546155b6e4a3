"""The lesson in a real browser: with sound, without sound, by keys, on a phone; and that it keeps its secret."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import lesson_app as app
from tests.browser_fixtures import PHONE, Visit, scrolls_sideways, serious_findings, serve
from tests.lesson_app import FREQUENCIES, HEARD, HEARD_A, HEARD_B, TWIN_TEXT, UNSEEN_TEXT

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours
X_IS_SECOND = "Math.random = () => 0.25;"  # the draw, so that X is the second clip: the one with the remedy
X_IS_FIRST = "Math.random = () => 0.75;"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(lambda: app.build(app.value())) as address:
        yield address


@pytest.fixture
def opened(visit: Callable[..., Visit], url: str) -> Iterator[Callable[..., Page]]:
    """Opens the app's page; afterwards no script may have failed and nothing may have left for another host."""
    visits: list[Visit] = []

    def open_page(script: str = X_IS_SECOND, **options: object) -> Page:
        one = visit("about:blank", **options)
        visits.append(one)
        one.page.add_init_script(script)
        one.page.goto(url)
        expect(lesson(one.page)).to_have_attribute("data-ready", "true")
        return one.page

    yield open_page
    for one in visits:
        one.check()


def lesson(page: Page) -> Locator:
    return page.locator("#lesson .hear-lesson")


def press(page: Page, name: str) -> None:
    lesson(page).get_by_role("button", name=name, exact=True).click()


def said(page: Page) -> Locator:
    return page.get_by_label("Said")


def to_vote(page: Page) -> None:
    press(page, "Show me")
    press(page, "Switch to the twin")
    press(page, "Go on")
    expect(lesson(page)).to_contain_text("Which is easier to understand?")


def spectrum_peak(page: Page) -> str:
    """A condition that finds the frequency that comes out of the page, within 40 Hz."""
    page.evaluate(
        """() => {
            const before = AudioNode.prototype.connect;
            AudioNode.prototype.connect = function (to, ...more) {
                if (to === this.context.destination) {
                    window.listener = new AnalyserNode(this.context, { fftSize: 4096 });
                    before.call(this, window.listener);
                }
                return before.call(this, to, ...more);
            };
            window.peak = () => {
                if (!window.listener) return 0;
                const levels = new Float32Array(window.listener.frequencyBinCount);
                window.listener.getFloatFrequencyData(levels);
                const best = levels.indexOf(Math.max(...levels));
                if (levels[best] < -60) return 0;
                return best * window.listener.context.sampleRate / 4096;
            };
        }"""
    )
    return "wanted => Math.abs(window.peak() - wanted) < 40"


def test_the_lesson_with_sound(opened: Callable[..., Page]) -> None:
    page = opened()
    sounds_at = spectrum_peak(page)
    expect(lesson(page).get_by_role("heading", level=2)).to_have_text("Did it learn to speak, or learn by heart?")
    expect(lesson(page)).to_contain_text("1 of 4")
    expect(lesson(page)).not_to_contain_text("recogniser")
    press(page, "Listen")
    page.wait_for_function(sounds_at, arg=300)
    expect(lesson(page)).to_have_attribute("data-sound", "paused")  # once, not in a loop
    page.get_by_label("What did it say?").fill("Measles")
    press(page, "Show me")

    expect(lesson(page).locator("blockquote")).to_have_text(TWIN_TEXT)
    expect(lesson(page)).to_contain_text("You guessed: “Measles”")
    expect(lesson(page).get_by_text("It recites")).to_be_hidden()
    press(page, "Switch to the twin")
    page.wait_for_function(sounds_at, arg=400)
    expect(lesson(page).get_by_text("It recites. That is overfitting.").first).to_be_visible()
    expect(lesson(page).locator(".hear-curve-gap").first).to_be_visible()
    position = float(lesson(page).get_attribute("data-position") or 0)
    page.wait_for_function("at => document.querySelector('#lesson .hear-lesson').dataset.position > at", arg=position)
    lesson(page).get_by_role("button", name="Never practised it").click()
    page.wait_for_function(sounds_at, arg=300)
    expect(lesson(page)).to_have_attribute("data-sound", "playing")  # it went on
    press(page, "Go on")

    expect(lesson(page)).to_have_attribute("data-sound", "paused")
    lesson(page).get_by_role("button", name="Listen to X").click()
    expect(lesson(page)).to_have_attribute("data-sound", "playing")
    page.wait_for_function(sounds_at, arg=FREQUENCIES[1])  # as drawn
    lesson(page).get_by_role("button", name="Listen to Y").click()
    page.wait_for_function(sounds_at, arg=FREQUENCIES[0])
    press(page, "X is easier")
    expect(lesson(page).get_by_role("heading", level=3)).to_have_text("You chose the one with the remedy: X.")
    expect(lesson(page).locator("blockquote")).to_have_text(UNSEEN_TEXT)
    expect(lesson(page)).to_contain_text("Of 20 such sentences, a speech recogniser understood 9 better")
    expect(lesson(page)).to_contain_text("there are fewer mistakes in new sentences")
    expect(lesson(page).get_by_role("img")).to_have_count(2)
    lesson(page).get_by_role("button", name="The recording").click()
    page.wait_for_function(sounds_at, arg=500)
    press(page, "Go on")
    press(page, "Train it yourself")
    expect(said(page)).to_have_value('[4, false, "regularized"]')
    expect(lesson(page)).to_contain_text("4 of 4")


def test_the_last_step_says_how_long_training_takes_here(opened: Callable[..., Page]) -> None:
    page = opened()
    tell = (
        "(said) => { window.hearPredicted = said; window.dispatchEvent(new CustomEvent('hear-predicted')); }"  # the lab
    )
    to_vote(page)
    press(page, "No difference")
    press(page, "Go on")
    expect(lesson(page)).to_contain_text("hear what it does.")
    expect(lesson(page)).not_to_contain_text("It takes")  # nothing is known yet
    expect(lesson(page)).not_to_contain_text("minute")
    page.evaluate(tell, "about 26 s on this machine")
    expect(lesson(page).get_by_text("It takes about 26 s on this machine.")).to_be_visible()
    page.evaluate(tell, "")
    expect(lesson(page)).not_to_contain_text("It takes")
    page.evaluate(tell, "at most about 9 s on this machine")
    press(page, "Back")
    press(page, "Go on")
    expect(lesson(page).get_by_text("It takes at most about 9 s on this machine.")).to_be_visible()


def test_the_lesson_without_sound(opened: Callable[..., Page]) -> None:
    page = opened(X_IS_FIRST)
    press(page, "I can’t listen")
    expect(lesson(page)).to_contain_text(f"A speech recogniser heard: “{HEARD['out']}”")
    expect(lesson(page)).not_to_contain_text(TWIN_TEXT)
    press(page, "Show me")
    expect(lesson(page)).to_contain_text(f"A speech recogniser heard: “{HEARD['in']}”")
    expect(lesson(page).get_by_text("It recites. That is overfitting.")).to_be_visible()
    press(page, "Go on")
    captions = lesson(page).locator(".hear-caption")
    expect(captions).to_have_text([f"A speech recogniser heard: “{text}”" for text in (HEARD_A, HEARD_B)])
    press(page, "No difference")
    expect(lesson(page).get_by_role("heading", level=3)).to_have_text(
        "For you there was no difference. Y had the remedy."
    )
    expect(captions).to_have_count(2)
    press(page, "Go on")
    press(page, "Train it yourself")
    expect(said(page)).to_have_value('[4, false, "same"]')


def test_a_lesson_without_a_recogniser(opened: Callable[..., Page]) -> None:
    page = opened()
    page.get_by_role("button", name="no captions").click()
    expect(said(page)).to_have_value("no captions")
    press(page, "I can’t listen")
    expect(lesson(page)).to_contain_text("No speech recogniser was asked about this voice.")
    to_see = lesson(page).locator(".hear-caption")
    press(page, "I can’t listen")
    expect(to_see).to_have_count(0)
    to_vote(page)
    press(page, "Y is easier")
    expect(lesson(page).get_by_role("heading", level=3)).to_have_text("You chose the one without the remedy. X had it.")
    expect(lesson(page)).not_to_contain_text("How typical")


def test_nothing_on_the_page_tells_x_from_y(opened: Callable[..., Page]) -> None:
    """With the roles of the two clips swapped, the page before the vote is the same, character for character."""
    page = opened()
    pictures = []
    for role in ("", "roles swapped"):
        if role:
            page.get_by_role("button", name=role).click()
            expect(said(page)).to_have_value(role)
            expect(lesson(page)).to_have_attribute("data-step", "1")
        to_vote(page)
        expect(lesson(page)).to_have_attribute("data-sound", "paused")
        page.mouse.move(1, 1)
        pictures.append(lesson(page).evaluate("node => node.outerHTML"))
        assert UNSEEN_TEXT not in pictures[-1] and HEARD_A not in pictures[-1] and "data:audio" not in pictures[-1]
        press(page, "X is easier")
    assert pictures[0] == pictures[1]
    expect(lesson(page).get_by_role("heading", level=3)).to_have_text("You chose the one without the remedy. Y had it.")


def test_the_text_is_not_on_the_page_before_it_is_shown(opened: Callable[..., Page]) -> None:
    page = opened()
    assert TWIN_TEXT not in lesson(page).evaluate("node => node.outerHTML")
    press(page, "Show me")
    expect(lesson(page)).to_contain_text(TWIN_TEXT)


def test_x_and_y_are_drawn_anew_at_each_visit(opened: Callable[..., Page]) -> None:
    for script, answer in ((X_IS_SECOND, "X had the remedy"), (X_IS_FIRST, "Y had the remedy")):
        page = opened(script)
        to_vote(page)
        press(page, "No difference")
        expect(lesson(page).get_by_role("heading", level=3)).to_contain_text(answer)


def test_going_back_keeps_what_was_done(opened: Callable[..., Page]) -> None:
    page = opened()
    expect(lesson(page).get_by_role("button", name="Back")).to_be_hidden()
    page.get_by_label("What did it say?").fill("Measles")
    to_vote(page)
    press(page, "X is easier")
    press(page, "Back")
    expect(lesson(page)).to_contain_text("2 of 4")
    expect(lesson(page).get_by_text("It recites").first).to_be_visible()
    press(page, "Back")
    expect(page.get_by_label("What did it say?")).to_have_value("Measles")
    press(page, "Show me")
    press(page, "Go on")
    expect(lesson(page)).to_contain_text("You chose the one with the remedy: X.")


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_every_step_can_be_skipped(opened: Callable[..., Page], step: int) -> None:
    page = opened()
    if step > 1:
        press(page, "Show me")
    if step > 2:
        press(page, "Switch to the twin")
        press(page, "Go on")
    if step > 3:
        press(page, "Y is easier")
        press(page, "Go on")
    press(page, "Skip to the lab")
    expect(said(page)).to_have_value(json.dumps([step, True, "none" if step > 3 else None]))
    expect(lesson(page)).not_to_have_attribute("data-sound", "playing")


def test_the_lesson_by_keys(opened: Callable[..., Page]) -> None:
    page = opened()
    root = lesson(page)
    expect(root).to_be_focused()  # so that keys work at once
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-sound", "playing")
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-sound", "paused")
    page.get_by_label("What did it say?").press_sequentially("x 2")
    expect(page.get_by_label("What did it say?")).to_have_value("x 2")
    page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-step", "2")
    expect(root.get_by_role("heading", level=3)).to_be_focused()
    page.keyboard.press("2")
    expect(root).to_have_attribute("data-chosen", "1")
    expect(root.get_by_text("It recites").first).to_be_visible()
    page.keyboard.press("1")
    expect(root).to_have_attribute("data-chosen", "0")
    page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-step", "3")
    page.keyboard.press("y")
    expect(root).to_have_attribute("data-chosen", "1")
    page.keyboard.press("X")
    expect(root).to_have_attribute("data-chosen", "0")
    page.keyboard.press("Enter")  # nothing to go on to before the vote
    expect(root).to_have_attribute("data-step", "3")
    expect(root).to_contain_text("Which is easier")
    root.get_by_role("button", name="Y is easier").focus()
    page.keyboard.press("Space")
    expect(root).to_contain_text("You chose the one without the remedy")
    page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-step", "4")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_value('[4, false, "none"]')


@pytest.mark.parametrize("button", ["no lesson", "damaged lesson"])
def test_without_a_lesson_there_is_a_sentence_and_the_way_to_the_lab(opened: Callable[..., Page], button: str) -> None:
    page = opened()
    page.get_by_role("button", name=button).click()
    expect(lesson(page)).to_contain_text("There is no recorded lesson here.")
    expect(lesson(page).get_by_role("button")).to_have_text(["Open the lab"])
    press(page, "Open the lab")
    expect(said(page)).to_have_value("[0, false, null]")


def test_a_browser_without_sound_is_told_so(opened: Callable[..., Page]) -> None:
    page = opened("window.AudioContext = window.webkitAudioContext = undefined;")
    press(page, "Listen")
    expect(lesson(page).get_by_role("alert")).to_have_text(
        "This sound cannot be played here. You can go on by reading."
    )
    expect(lesson(page)).to_contain_text(HEARD["out"])
    press(page, "Show me")
    expect(lesson(page).get_by_text("It recites").first).to_be_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_everyone_can_use_it(opened: Callable[..., Page], dark: bool) -> None:
    page = opened(viewport=PHONE, dark=dark, reduced_motion="reduce")

    def check() -> None:
        assert serious_findings(page, "#lesson") == []
        assert not scrolls_sideways(page)
        for target in lesson(page).get_by_role("button").all() + lesson(page).get_by_role("textbox").all():
            box = target.bounding_box()
            assert box is not None and min(box["width"], box["height"]) >= 44

    check()
    press(page, "I can’t listen")
    check()
    press(page, "Show me")
    expect(lesson(page).get_by_text("It recites").first).to_be_visible()
    check()
    press(page, "Go on")
    check()
    press(page, "X is easier")
    check()
    press(page, "Go on")
    check()


def test_its_size() -> None:
    """Two sentences of the greatest length that is recorded, with all their clips, stay under 1.5 MB."""
    assert len(json.dumps(app.value(seconds=3.6)).encode()) < 1.5e6
