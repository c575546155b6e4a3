"""The course in the real page, by keyboard, in both languages, on a phone too: what was not done does not count."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser_fixtures import PHONE, scrolls_sideways, serious_findings
from tests.test_page import LONG, address
from tts_demo.ui.lab import course
from tts_demo.ui.locales.catalog import LANGUAGES

__all__ = ["address"]
pytestmark = [pytest.mark.browser, pytest.mark.real]
PLAYER = "document.querySelector('#player .hear-player').dataset"
HEARD, STOPPED = f"{PLAYER}.heard === ({PLAYER}.chosen || '?')", f"{PLAYER}.state !== 'playing'"
everywhere = pytest.mark.parametrize(
    ("code", "size"), [("en", {"width": 1280, "height": 900}), ("zh", PHONE)], ids=["en", "zh-phone"]
)


def opened(visit, address, code, size, step):
    route = "" if code == "en" else code
    visitor = visit(f"{address}{route}?course={step}", viewport=size)
    page = visitor.page
    prepared(page, step)
    expect(page.locator("#player .hear-clip").nth(2)).to_be_visible(timeout=LONG)
    return visitor, page


def prepared(page: Page, step: str) -> None:
    """The step has come, and the page is set up for it."""
    expect(page.locator(f'.hear-course[data-step="{step}"][aria-busy="false"]')).to_be_visible(timeout=LONG)


def press(node: Locator, key: str = "Enter") -> None:
    """Do it as somebody without a pointer does."""
    node.focus()
    node.press(key)


def done(page: Page, task: int) -> None:
    mark = page.locator(f'.hear-course-task[data-task="{task}"] .hear-course-mark')
    expect(mark).to_have_attribute("data-done", "true", timeout=LONG)


def left(page: Page, *tasks: int) -> None:
    for task in tasks:
        mark = page.locator(f'.hear-course-task[data-task="{task}"] .hear-course-mark')
        assert mark.get_attribute("data-done") == "false"


def hear(page: Page, run: str) -> None:
    """Let a clip sound until it counts as heard."""
    heard(page, page.locator("#player .hear-clip", has_text=run).first)


def heard(page: Page, clip: Locator) -> None:
    """Let a clip sound until the player says that it was heard; what arrives meanwhile may stop it."""
    button = clip.locator(".hear-choose:not([disabled])")
    expect(button).to_be_visible(timeout=LONG)
    press(button)
    player = page.locator("#player .hear-player")
    while not page.evaluate(HEARD):
        if player.get_attribute("data-state") != "playing":
            press(button)
        page.wait_for_function(f"{HEARD} || {STOPPED}", timeout=LONG)


def unfolded(page: Page) -> None:
    if page.locator(".hear-course").get_attribute("data-folded") == "true":
        press(page.locator(".hear-course-fold"))


@everywhere
def test_a_step_is_done_by_ear_and_by_its_question(visit, address, code, size):
    visitor, page = opened(visit, address, code, size, "heard")
    none = LANGUAGES[code]("No regularizer")
    own = course.files()["heard"]
    left(page, 0, 1, 2)
    hear(page, LANGUAGES[code]("Vocoder copy"))  # somebody else
    left(page, 0, 1, 2)
    hear(page, none)
    done(page, 0)
    left(page, 1, 2)
    unfolded(page)
    press(page.locator(".hear-course-show").nth(1))  # leads to the sentences, and marks them
    expect(page.locator("#sentence.hear-pointed")).to_be_visible()
    expect(page.locator(".hear-course")).to_have_attribute("data-folded", "true")
    page.locator("#sentence input").first.press("Space")
    expect(page.locator("#player")).to_contain_text(
        LANGUAGES[code]("A sentence no network was trained on"), timeout=LONG
    )
    hear(page, none)
    done(page, 1)
    hear(page, LANGUAGES[code]("Recording"))
    done(page, 2)
    unfolded(page)
    answers = page.locator(".hear-course-answer input")
    why = page.locator(".hear-course-why")
    for index, (_, said) in enumerate(own[code]["answers"]):
        if index != own["right"]:
            press(answers.nth(index), "Space")
            expect(why).to_contain_text(said)
            expect(why).to_have_attribute("data-right", "false")
    assert page.locator(".hear-course").get_attribute("data-whole") == "false"
    press(answers.nth(own["right"]), "Space")
    expect(why).to_have_attribute("data-right", "true")
    expect(page.locator(".hear-course")).to_have_attribute("data-whole", "true")
    assert not serious_findings(page, "#course")
    assert not scrolls_sideways(page)
    # what was done survives a reload, and the next step sets the page up
    press(page.locator(".hear-course-next"))
    prepared(page, "gap")
    page.reload()
    expect(page.locator(".hear-course-place")).to_contain_text("2", timeout=LONG)
    press(page.locator(".hear-course-back"))
    expect(page.locator(".hear-course")).to_have_attribute("data-whole", "true", timeout=LONG)
    assert not visitor.errors


@everywhere
def test_a_step_is_done_on_the_curve_and_in_the_chart(visit, address, code, size):
    visitor, page = opened(visit, address, code, size, "strength")
    expect(page.locator("#curve .hear-curve-point:visible")).to_have_count(9, timeout=LONG)
    press(page.locator('#curve [data-run="recorded-l2-strength-0.001"]'))
    expect(page.locator("#chart tbody tr")).to_have_count(3, timeout=LONG)
    left(page, 0, 1, 2, 3)
    press(page.locator('#curve [data-run="recorded-l2-strength-1e-06"]'))
    done(page, 0)
    press(page.locator('#curve [data-run="recorded-l2-strength-0.01"]'))
    done(page, 1)
    expect(page.locator("#player .hear-clip", has_text="L2 0.01")).to_be_visible(timeout=LONG)
    hear(page, "L2 0.001")
    done(page, 2)
    hear(page, "L2 0.01")
    done(page, 3)
    unfolded(page)
    page.locator(".hear-course-steps").select_option("dropout")
    prepared(page, "dropout")
    expect(page.locator("#chart tbody")).to_contain_text("Dropout", timeout=LONG)
    left(page, 0, 1)
    press(page.locator("#chart .hear-mode input"), "Space")
    done(page, 0)
    assert not visitor.errors


@everywhere
def test_moments_of_one_run_are_compared_blindly(visit, address, code, size):
    visitor, page = opened(visit, address, code, size, "moment")
    expect(page.locator("#blind-first input")).to_have_value(re.compile("113"), timeout=LONG)
    expect(page.locator("#blind-second input")).to_have_value(LANGUAGES[code]("No regularizer"))
    root = page.locator("#blind .hear-blind")
    press(root.locator(".hear-blind-offer").first)
    for number in range(1, 6):
        expect(root.locator(".hear-blind-count")).to_contain_text(re.compile(rf"{number}\D+5"), timeout=LONG)
        for tile in root.locator(".hear-blind-tile").all():
            press(tile)
        left(page, 1)
        press(root.locator(".hear-blind-answer[data-place=A]"))
    expect(root).to_have_attribute("data-view", "result", timeout=LONG)
    done(page, 1)
    left(page, 0)
    assert not visitor.errors


@everywhere
def test_a_link_to_no_step_opens_the_course_at_its_first(visit, address, code, size):
    route = "" if code == "en" else code
    visitor = visit(f"{address}{route}?course=nonsense", viewport=size)
    prepared(visitor.page, "heard")
    press(visitor.page.locator(".hear-course-leave"))
    expect(visitor.page.locator("#course")).to_be_hidden()
    press(visitor.page.locator("#enrol"))
    expect(visitor.page.locator("#course")).to_be_visible()
    assert not visitor.errors
