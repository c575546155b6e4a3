"""The loss chart in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import Visit
from tests.components_app import HOSTILE, add_points, chart_value, drawing, loss_at, page, url
from tts_demo.ui.loss_chart import LossChart, encode_rows

__all__ = ["drawing", "page", "url"]  # fixtures, taken by name
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours

BLUE = (10, 102, 194)  # --hear-run-0 by day
BLUE_AT_NIGHT = (95, 176, 255)
RED = (184, 50, 8)  # --hear-run-1


def pixels(page: Page, colour: tuple[int, int, int]) -> int:
    """How many pixels of the chart's canvas have (nearly) this colour."""
    return page.evaluate(
        """([r, g, b]) => {
            const canvas = document.querySelector("#chart canvas");
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let at = 0; at < data.length; at += 4) {
                const apart = Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b);
                count += apart < 6 && data[at + 3] > 250;
            }
            return count;
        }""",
        list(colour),
    )


def test_chart_says_what_will_appear(page: Page) -> None:
    expect(page.locator("#chart")).to_contain_text("The loss will be drawn here")
    expect(page.locator("#chart canvas")).to_be_hidden()
    expect(page.locator("#chart table")).to_be_hidden()
    add_points(page, 5)
    expect(page.locator("#chart")).not_to_contain_text("will be drawn here", use_inner_text=True)
    page.get_by_role("button", name="blank").click()
    expect(page.locator("#chart canvas")).to_be_hidden()


def test_chart_draws_appended_points(page: Page) -> None:
    add_points(page, 5)
    few = pixels(page, BLUE)
    assert few > 50
    cells = page.locator("#chart tbody tr").nth(1).locator("td")
    expect(cells).to_have_text(["0.999", "1.079", "+0.080", "1.079 at 80"])
    add_points(page, 10)
    assert pixels(page, BLUE) > 1.3 * few
    expect(cells.first).to_have_text("0.431")
    expect(page.locator("#chart tbody th").nth(1)).to_contain_text(f"Dropout {HOSTILE}")


def test_chart_rests_when_nothing_changes(page: Page) -> None:
    add_points(page, 5)
    frames = """async () => {
        const root = document.querySelector("#chart .hear-chart");
        const frame = () => new Promise(requestAnimationFrame);
        await document.fonts.ready;
        for (let count = 0; count < 10; count += 1) await frame();
        const before = root.dataset.redraws;
        for (let count = 0; count < 10; count += 1) await frame();
        return [before, root.dataset.redraws];
    }"""
    before, after = page.evaluate(frames)
    assert before == after


def test_chart_switches_to_a_log_axis_and_stays(page: Page) -> None:
    add_points(page, 5)
    root = page.locator("#chart .hear-chart")
    expect(root).to_have_attribute("data-scale", "linear")
    picture = "document.querySelector('#chart canvas').toDataURL()"
    linear = page.evaluate(picture)
    page.get_by_role("button", name="Log", exact=True).click()
    expect(root).to_have_attribute("data-scale", "log")
    expect(page.get_by_role("button", name="Log", exact=True)).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(picture) != linear
    add_points(page, 10)
    expect(root).to_have_attribute("data-scale", "log")
    page.get_by_role("button", name="Linear", exact=True).click()
    expect(root).to_have_attribute("data-scale", "linear")


def test_chart_is_read_by_arrow_keys(page: Page) -> None:
    add_points(page, 5)
    canvas = page.locator("#chart canvas")
    canvas.focus()
    when = page.locator("#chart .hear-when")
    live = page.locator("#chart [aria-live=polite]")
    expect(when).to_have_text("Latest values")
    page.keyboard.press("ArrowRight")
    expect(when).to_have_text("At update 0")
    page.keyboard.press("ArrowRight")
    expect(when).to_have_text("At update 20")
    _, training, validation = loss_at(20, 0.001)
    expect(live).to_contain_text(f"training {training:.3f}, validation {validation:.3f}")
    page.keyboard.press("End")
    expect(when).to_have_text("At update 400")
    expect(page.locator("#chart tbody tr").nth(1).locator("td").first).to_have_text("–")  # not got that far
    page.keyboard.press("ArrowLeft")
    expect(when).to_have_text("At update 380")
    page.keyboard.press("Escape")
    expect(when).to_have_text("Latest values")
    expect(live).to_have_text("")


def test_chart_is_read_by_pointer(page: Page) -> None:
    add_points(page, 5)
    canvas = page.locator("#chart canvas")
    canvas.hover()
    expect(page.locator("#chart .hear-when")).to_have_text("At update 200")
    expect(page.locator("#chart [aria-live=polite]")).to_have_text("")  # a moving pointer is not spoken
    page.get_by_label("Written").hover()
    expect(page.locator("#chart .hear-when")).to_have_text("Latest values")


def test_chart_hides_and_shows_a_run(page: Page) -> None:
    add_points(page, 5)
    assert pixels(page, RED) > 50
    toggle = page.get_by_role("button", name="No regularizer")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#chart .hear-chart")).to_have_attribute("data-drawn-points", "5")
    assert pixels(page, RED) == 0
    toggle.press("Enter")
    expect(page.locator("#chart .hear-chart")).to_have_attribute("data-drawn-points", "26")


def test_chart_summary_tells_the_end(page: Page) -> None:
    add_points(page, 5)
    canvas = page.locator("#chart").get_by_role("img")
    page.get_by_role("button", name="finish").click()
    summary = ", completed: after 80 updates training loss 0.999, validation loss 1.079; best validation loss 1.079"
    page.wait_for_function(
        "text => document.querySelector('#chart canvas').getAttribute('aria-label').includes(text)", arg=summary
    )
    assert canvas.count() == 1


def test_chart_follows_the_dark_theme(visit: Callable[..., Visit], url: str) -> None:
    page = visit(url, dark=True).page
    add_points(page, 5)
    assert pixels(page, BLUE_AT_NIGHT) > 50
    assert pixels(page, BLUE) == 0
    page.evaluate("document.querySelectorAll('.dark').forEach((node) => node.classList.remove('dark'))")
    page.wait_for_function(
        """([r, g, b]) => {
            const canvas = document.querySelector("#chart canvas");
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            for (let at = 0; at < data.length; at += 4) {
                if (data[at] === r && data[at + 1] === g && data[at + 2] === b) return true;
            }
            return false;
        }""",
        arg=list(BLUE),
    )


def test_ticks_are_sensible(drawing: Page) -> None:
    assert drawing.evaluate("linearTicks(0, 600, 7).ticks") == [0, 100, 200, 300, 400, 500, 600]
    assert drawing.evaluate("linearTicks(0.4, 1.1, 4).ticks") == pytest.approx([0.4, 0.6, 0.8, 1.0])
    assert drawing.evaluate("logTicks(0.09, 11, 5)") == pytest.approx([0.1, 0.2, 0.5, 1, 2, 5, 10])
    assert drawing.evaluate("logTicks(1e-6, 1e3, 4)") == pytest.approx([10.0**power for power in range(-6, 4)])
    assert drawing.evaluate("[formatNumber(0.2, 0.2), formatNumber(300, 100), formatNumber(NaN, 1)]") == [
        "0.2", "300", "–",
    ]  # fmt: skip


def test_curves_break_where_a_value_is_missing_and_stay_short(drawing: Page) -> None:
    scales = "{ x: (step) => step, y: (value) => 10 * value }"
    broken = drawing.evaluate(f"curvePieces([0, 10, 20, 30, 40], [1, 2, NaN, 4, 5], {scales})")
    assert broken == [[[0, 10], [10, 20]], [[30, 40], [40, 50]]]
    steps = "Array.from({ length: 9000 }, (_, index) => index / 10)"
    (dense,) = drawing.evaluate(f"curvePieces({steps}, {steps}, {scales})")
    assert len(dense) == 300  # 900 pixels in columns of 3
    assert [x * 10 for x, _ in dense] == pytest.approx([y for _, y in dense])  # means lie on a straight line


def test_rows_are_encoded_so_that_later_rows_append() -> None:
    rows = [(0, 1.25, None), (20, 0.5, float("nan")), (40, 1 / 3, 2.0)]
    text = encode_rows(rows)
    assert text == "0,1.25,;20,0.5,;40,0.3333333,2;"
    assert text.startswith(encode_rows(rows[:2]))
    assert encode_rows([(123456, 1.0)]) == "123456,1;"


def test_chart_value_keeps_what_it_was_given() -> None:
    chart = LossChart(render=False)
    given = chart_value(2)
    sent = chart.postprocess(given)
    assert sent is not None and sent["runs"][1]["points"].count(";") == 2
    assert isinstance(given["runs"][1]["points"], list)  # the caller's own value is left alone
    assert chart.postprocess(None) is None
