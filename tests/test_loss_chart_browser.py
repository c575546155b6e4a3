"""The loss chart in a real browser; its files are tested in test_loss_chart_files.py."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import Visit, scrolls_sideways, serious_findings, serve
from tests.components_app import HOSTILE, add_points, build, chart_value, drawing, loss_at
from tts_demo.ui.components.loss_chart import LossChart, encode_rows

__all__ = ["build", "drawing"]  # what the fixtures `url` and `page` serve; a fixture
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


def test_chart_draws_points_that_come_between_two_values(page: Page) -> None:
    add_points(page, 5)
    root = page.locator("#chart .hear-chart")
    before = int(root.get_attribute("data-drawn-points") or 0)
    send = """([run, points]) => window.dispatchEvent(new CustomEvent("hear-points", { detail: { run, points } }))"""
    page.evaluate(send, ["live", encode_rows([loss_at(20 * step, 0.001) for step in range(7)])])
    expect(root).to_have_attribute("data-drawn-points", str(before + 2))
    page.evaluate(send, ["nobody", "0,1,1;"])  # a run that the chart does not show
    page.evaluate(send, ["live", "0,1,1;"])  # older than what is drawn
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(root).to_have_attribute("data-drawn-points", str(before + 2))
    page.evaluate(send, ["live", encode_rows([loss_at(20 * step, 0.001) for step in range(8)])])
    expect(root).to_have_attribute("data-drawn-points", str(before + 3))


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
    assert drawing.evaluate("tickTexts([0.4, 0.6, 0.8, 1, 1.2], true)") == ["0.4", "0.6", "0.8", "1.0", "1.2"]
    assert drawing.evaluate("tickTexts([0.1, 0.2, 0.5, 1, 10], true)") == ["0.1", "0.2", "0.5", "1", "10"]


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


# ---- marks, recorded runs, single points: charts of their own

LONG = "Max-norm 1.0, twin trained on “Donaudampfschifffahrtsgesellschaftskapitän …”"


def marked_value() -> Any:
    run = {"label": f"L2 {HOSTILE}", "colour": 0, "state": "running", "updates": 400}
    points = [loss_at(step, 0.001) for step in range(0, 201, 20)]
    marks = [(75, f"L2 0.003 {HOSTILE}"), (150, "L2 0.0001")]
    recorded = {"id": "long", "label": LONG, "colour": 1, "state": "recorded", "points": points}
    return {"runs": [{**run, "id": "marked", "points": points, "marks": marks}, recorded]}


@pytest.fixture(scope="module")
def marked_url() -> Iterator[str]:
    def build() -> gr.Blocks:
        with gr.Blocks(analytics_enabled=False) as demo:
            LossChart(marked_value(), elem_id="chart")
            recorded = {**marked_value()["runs"][1], "points": [(0, 2.0, 2.5)]}
            LossChart({"runs": [recorded, {**recorded, "id": "other"}]}, elem_id="recorded")
        return demo

    with serve(build) as address:
        yield address


@pytest.fixture
def marked(visit: Callable[..., Visit], marked_url: str) -> Iterator[Page]:
    opened = visit(marked_url)
    expect(opened.page.locator("#chart tbody tr")).to_have_count(2)
    yield opened.page
    assert opened.errors == []
    assert opened.page.evaluate("window.hacked") is None


def test_marks_are_read_out_at_the_cursor(marked: Page) -> None:
    note = marked.locator("#chart .hear-marks")
    live = marked.locator("#chart [aria-live=polite]")
    expect(note).to_have_text("strength changed")
    marked.locator("#chart canvas").focus()
    for _ in range(4):
        marked.keyboard.press("ArrowRight")
    expect(marked.locator("#chart .hear-when")).to_have_text("At update 60")
    expect(note).to_have_text("strength changed")
    expect(live).not_to_contain_text("Strength changed")
    marked.keyboard.press("ArrowRight")  # 80 is the update nearest to 75
    expect(note).to_have_text(f"L2 {HOSTILE}: L2 0.003 {HOSTILE} from update 75")
    expect(live).to_contain_text(f"Strength changed: L2 0.003 {HOSTILE} from update 75. {LONG}: training")
    marked.get_by_role("button", name="L2").first.click()
    expect(note).to_be_hidden()


def test_marks_are_in_the_summary(marked: Page) -> None:
    summary = f"Strength changed: L2 0.003 {HOSTILE} from update 75; L2 0.0001 from update 150."
    marked.wait_for_function(
        "text => document.querySelector('#chart canvas').getAttribute('aria-label').includes(text)", arg=summary
    )


def test_recorded_runs_say_so(marked: Page) -> None:
    expect(marked.locator("#recorded .hear-when")).to_have_text("Recorded runs, last values")
    expect(marked.locator("#recorded .hear-run-state").first).to_have_text("recorded")
    expect(marked.locator("#chart .hear-when")).to_have_text("Latest values")  # one of them is training


def test_chart_never_scrolls_sideways(visit: Callable[..., Visit], marked_url: str) -> None:
    opened = visit(marked_url, viewport={"width": 360, "height": 740})
    page = opened.page
    chart = page.locator("#chart .hear-chart")
    page.locator("#chart summary").click()
    expect(page.get_by_role("button", name="CSV table")).to_be_visible()
    assert serious_findings(page, "#chart") == []
    small = """(nodes) => nodes.filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 43.5)
        .map((node) => node.outerHTML.slice(0, 80))"""
    assert chart.locator("button, summary").evaluate_all(small) == []
    beyond = """(root) => {
        const edge = root.getBoundingClientRect().right - 8;
        return Array.from(root.querySelectorAll("table, td, thead th, summary, button"))
            .filter((node) => node.checkVisibility() && node.getBoundingClientRect().right > edge)
            .map((node) => node.outerHTML.slice(0, 80));
    }"""
    for width in (320, 360, 420, 560, 600, 700, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        assert chart.evaluate(beyond) == [], width
        assert chart.evaluate("(root) => root.scrollWidth > root.clientWidth") is False, width
        assert not scrolls_sideways(page), width
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator("#chart tbody td.hear-gap").first).to_be_visible()
    cut = "(nodes) => nodes.filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent)"
    assert page.locator("#chart td, #chart thead th").evaluate_all(cut) == []


# A chart of one run on a canvas of its own; `at(x, y)` is the colour there, in `rgb` of the theme.
ONE_RUN = """(given) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 600, height: 300 });
    const theme = { surface: "#ffffff", ink: "#000000", muted: "#000000", line: "#eeeeee", edge: "#888888",
        runs: ["#0a66c2"], font: "sans-serif" };
    const run = { id: "a", label: "A", colour: 0, updates: 100, batchSteps: [], batchLoss: [], best: -1, ...given };
    const context = canvas.getContext("2d");
    const { scales, box } = drawLossChart(context, 600, 300, { runs: [run], log: false, cursor: null }, theme, String);
    const at = (x, y) => Array.from(context.getImageData(Math.round(x), Math.round(y), 1, 1).data);
    return given.look.map(([step, loss, x, y]) => at(scales.x(step) + x, loss === null ? y : scales.y(loss) + y));
}"""


def test_a_point_that_stands_alone_is_a_dot(drawing: Page) -> None:
    run = {"state": "recorded", "steps": [50, 60, 70, 80], "training": [1.0, None, 1.5, 1.5]}
    run |= {"validation": [2.0, None, 1.8, 1.8]}
    look = [[50, 1.0, 2, 0], [50, 1.0, 0, -2], [50, 2.0, 3, 0], [50, 2.0, -4, 0], [50, 2.0, 0, 0]]
    east, north, ring, other_ring, hollow = drawing.evaluate(ONE_RUN, {**run, "look": look})
    for colour in (east, north, ring, other_ring):
        assert colour == pytest.approx([*BLUE, 255], abs=3)
    assert hollow == [255, 255, 255, 255]


def test_flags_stand_at_their_update(drawing: Page) -> None:
    run = {"state": "running", "steps": [0, 100], "training": [1.0, 0.5], "validation": [1.0, 0.6]}
    look = [[40, None, 3, 30], [100, None, -3, 30], [60, None, 3, 30]]
    marks = [{"step": 40, "text": "L2"}, {"step": 99.9, "text": "L2"}]
    with_flag, at_the_edge, without = drawing.evaluate(ONE_RUN, {**run, "marks": marks, "look": look})
    assert with_flag == pytest.approx([*BLUE, 255], abs=3)
    assert at_the_edge[0] > 200  # there is room to the right
    assert without[0] > 200
    assert drawing.evaluate(ONE_RUN, {**run, "look": look})[0][0] > 200


def test_a_phone_has_axes_of_several_ticks(drawing: Page) -> None:
    scales = "chartScales([{ updates: 800, steps: [], batchSteps: [], range: [0.35, 2.35] }], false, box)"
    ticks = drawing.evaluate(f"box => [{scales}.xTicks, {scales}.yTicks]", {"left": 46, "width": 180, "height": 174})
    assert ticks == [[0, 200, 400, 600, 800], pytest.approx([0, 0.5, 1, 1.5, 2, 2.5])]


def test_an_appended_point_costs_the_same_however_many_there_are(drawing: Page) -> None:
    text = encode_rows(loss_at(20 * index, 1e-5) for index in range(2000))
    count = """([text, more]) => {
        const known = new Map();
        const given = { id: "a", label: "A", points: text, marks: [[333, "L2"]] };
        readRun(known, given);
        let looks = 0;
        const counted = (array) => new Proxy(array, {
            get: (target, name) => {
                if (typeof name === "string" && /^\\d+$/.test(name)) looks += 1;
                return Reflect.get(target, name);
            },
        });
        const { points } = known.get("a");
        points.columns = points.columns.map(counted);
        const run = readRun(known, { ...given, points: text + more });
        const values = valuesAt(run, null);
        const range = lossRange([run]);
        const steps = [nearestStep([run], 12345), neighbourStep([run], 400, 1), neighbourStep([run], 400, -1)];
        return { looks, values, range, steps, points: run.steps.length, marks: marksAt([run], 340).length };
    }"""
    found = drawing.evaluate(count, [text, "40000,0.05,9.5;"])
    assert found["points"] == 2001
    assert found["values"]["step"] == 40000 and found["values"]["gap"] == "+9.450"
    assert found["range"] == [0.05, 9.5]
    assert found["steps"] == [12340, 420, 380]
    assert found["marks"] == 1
    assert found["looks"] < 200  # binary searches; 12 000 values were given


def test_rows_that_do_not_go_on_are_read_anew(drawing: Page) -> None:
    read = """(texts) => {
        const known = new Map();
        return texts.map((points) => {
            const { steps, best, range } = readRun(known, { id: "a", label: "A", points });
            return [Array.from(steps), best, range];
        });
    }"""
    found = drawing.evaluate(
        read, ["0,3,4;20,2,1;", "0,3,4;20,2,1;40,1,2;", "0,3,5;10,2,2.5;", "0,3,5;10,2,2.5;nonsense;"]
    )
    assert found[0] == [[0, 20], 1, [1, 4]]
    assert found[1] == [[0, 20, 40], 1, [1, 4]]
    assert found[2] == [[0, 10], 1, [2, 5]]
    assert found[3] == found[2]
