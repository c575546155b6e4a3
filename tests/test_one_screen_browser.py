"""What a first visitor needs is on one screen; on a phone the curve stays in view while one trains."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import DESKTOP, PHONE
from tests.test_page import LONG, address, ready, wait_for_points

__all__ = ["address"]
pytestmark = [pytest.mark.browser, pytest.mark.real]
NEEDED = {
    "Train": "#train", "Stop": "#stop", "strength": "#strength input", "curves": "#chart canvas",
    "play": "#player .hear-play", "waveform": "#player canvas",
    "which sentence": "#sentence label",
}  # fmt: skip
CLIPS = "#player .hear-clip"
OUTSIDE = """(selectors) => {
    const found = [];
    for (const selector of selectors) {
        const nodes = [...document.querySelectorAll(selector)];
        if (!nodes.length) found.push(`${selector}: there is none`);
        for (const node of nodes) {
            const { left, right, top, bottom, width } = node.getBoundingClientRect();
            if (!width || left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) {
                found.push(`${selector}: ${[left, top, right, bottom].map(Math.round)}`);
            }
        }
    }
    return found;
}"""


def outside(page: Page) -> list[str]:
    """What is needed and not wholly on the screen."""
    return page.evaluate(OUTSIDE, [*NEEDED.values(), CLIPS])


@pytest.mark.parametrize("language", ["", "zh"])
def test_the_lab_is_one_screen(visit, address, language):
    page = visit(f"{address}{language}?lab&l2.strength=0.0003&updates=100", viewport=DESKTOP).page
    ready(page)
    expect(page.locator("#strength input")).to_be_visible(timeout=LONG)
    expect(page.locator("#chart canvas")).to_be_visible(timeout=LONG)
    assert outside(page) == []  # the recorded runs: five clips
    page.locator("#train").click()
    wait_for_points(page, 2)
    assert page.evaluate("scrollY") == 0
    assert outside(page) == []
    expect(page.locator("#stop")).to_be_disabled(timeout=LONG)  # over: the twin's too
    expect(page.locator(CLIPS)).to_have_count(4, timeout=LONG)
    assert outside(page) == []


def test_the_curve_stays_in_view_on_a_phone_while_one_trains(visit, address):
    page = visit(f"{address}?lab&updates=5000", viewport=PHONE).page
    ready(page)
    page.locator("#train").click()
    wait_for_points(page, 2)
    expect(page.locator("#stop")).to_be_enabled(timeout=LONG)  # the points come another way, and may be there before
    assert page.evaluate(OUTSIDE, ["#chart canvas"]) == []  # where Train was pressed
    page.locator("#player .hear-play").scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 300
    assert page.evaluate(OUTSIDE, ["#chart canvas", "#player .hear-play"]) == []  # and where one listens
    page.evaluate("window.scrollTo(0, 0)")
    page.locator("#stop").click()
    expect(page.locator("#stop")).to_be_disabled(timeout=LONG)
    page.locator("#player .hear-play").scroll_into_view_if_needed()
    assert page.evaluate(OUTSIDE, ["#chart canvas"]) != []  # a run that is over gives the screen back
