"""The files that the loss chart makes in the browser: PNG, SVG, CSV."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import gradio as gr
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser_fixtures import Visit
from tests.components_app import HOSTILE, drawing, loss_at
from tts_demo.ui.components.loss_chart import LossChart

__all__ = ["drawing"]  # a fixture, taken by name
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours

SURFACE, BLUE, RED = (255, 255, 255), (10, 102, 194), (184, 50, 8)
DARK_SURFACE = "#171c24"
FORMULA = '=HYPERLINK("http://x","a, b")'
SVG = "{http://www.w3.org/2000/svg}"
STEPS = range(0, 401, 20)


def value() -> Any:
    points = [loss_at(step, 0.001) for step in STEPS]
    first = {"id": "-secret-id", "label": FORMULA, "colour": 0, "state": "completed", "points": points}
    first |= {"batch": [(20, 1.9), (40, 1.7)]}
    second = {"id": "other-id", "label": "<b>Dropout</b> & 损失", "colour": 1, "state": "recorded"}
    second |= {"points": [(0, 2.0, None), (20, 1.5, 1.25)], "marks": [(10, f"L2 0.003 {HOSTILE}")]}
    return {"runs": [first, second]}


def build() -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as demo:
        LossChart(value(), elem_id="chart")
        LossChart(elem_id="empty")
        gr.Textbox(label="Written")
    return demo


@pytest.fixture
def files(drawing: Page) -> Page:
    """The page with the functions of the files."""
    return drawing


def saved(page: Page, kind: str) -> Path:
    page.locator("#chart summary").click()
    with page.expect_download() as found:
        page.locator("#chart").get_by_role("button", name=kind).click()
    assert found.value.suggested_filename == f"hear-overfitting-loss.{kind.lower()}"
    return found.value.path()


def hide_first(page: Page) -> None:
    page.locator("#chart tbody button").first.click()
    expect(page.locator("#chart tbody button").first).to_have_attribute("aria-pressed", "false")


def test_png_is_sharp_and_shows_the_curves(page: Page) -> None:
    picture = Image.open(saved(page, "PNG")).convert("RGB")
    assert picture.width == 2 * 960 and picture.height > 2 * 500
    assert picture.getpixel((3, 3)) == picture.getpixel((1915, picture.height - 3)) == SURFACE
    colours = {colour: count for count, colour in picture.getcolors(1 << 24) or []}
    assert colours[BLUE] > 2000 and colours[RED] > 200
    hide_first(page)
    picture = Image.open(saved(page, "PNG")).convert("RGB")
    colours = {colour: count for count, colour in picture.getcolors(1 << 24) or []}
    assert BLUE not in colours and colours[RED] > 200


def test_svg_is_a_drawing_with_text(visit: Callable[..., Visit], url: str) -> None:
    page = visit(url, dark=True).page
    root = ElementTree.parse(saved(page, "SVG")).getroot()
    assert root.tag == f"{SVG}svg" and root.get("width") == "960"
    assert {node.tag.removeprefix(SVG) for node in root.iter()} == {
        "svg", "title", "desc", "path", "text", "g", "clipPath",
    }  # fmt: skip
    paths = list(root.iter(f"{SVG}path"))
    assert paths[0].get("fill") == DARK_SURFACE
    texts = [node.text for node in root.iter(f"{SVG}text")]
    assert {"Training and validation loss", FORMULA, "<b>Dropout</b> & 损失", "updates", "400"} <= set(texts)
    assert f"L2 0.003 {HOSTILE} from update 10" in texts
    assert any("training 0.137, validation 0.537, gap +0.400" in (text or "") for text in texts)
    dashed = [path for path in paths if path.get("stroke-dasharray") == "7 5" and path.get("stroke") == "#5fb0ff"]
    assert [path.get("d", "").count("L") for path in dashed] == [len(STEPS) - 1]
    assert "Loss chart, 2 runs." in (root.findtext(f"{SVG}desc") or "")


def test_losses_in_training_mode_are_drawn_and_saved_for_those_who_ask(page: Page) -> None:
    box = page.locator("#chart").get_by_label("Training loss as Keras plots it, too")
    expect(page.locator("#chart .hear-why")).to_contain_text("measured on different sentences")
    counts, keys = [], []
    for asked in (False, True, False):
        box.set_checked(asked)
        root = ElementTree.parse(saved(page, "SVG")).getroot()
        counts.append(sum(path.get("stroke-dasharray") == "0.1 5.5" for path in root.iter(f"{SVG}path")))
        keys.append("training, in training mode with the penalty" in [node.text for node in root.iter(f"{SVG}text")])
        expect(page.locator("#chart .hear-why")).to_contain_text("Dotted" if asked else "different sentences")
    assert counts == [0, 2, 0]  # of one of the two runs, and the key's sample
    assert keys == [False, True, False]


def test_svg_is_drawn_as_the_canvas_is(files: Page) -> None:
    """One drawing function for both: rasterised, the SVG has the canvas's pixels (letters are placed otherwise)."""
    script = """async (value) => {
        const theme = { surface: "#ffffff", ink: "#102030", muted: "#506070", line: "#dddddd", edge: "#888888",
            runs: ["#0a66c2", "#b83208"], font: "Liberation Sans, sans-serif" };
        const known = new Map();
        const model = { runs: value.runs.map((run) => readRun(known, run)), log: true, cursor: null };
        const height = figureHeight(model, String);
        const canvas = (draw) => {
            const node = Object.assign(document.createElement("canvas"), { width: 960, height });
            const context = node.getContext("2d");
            draw(context);
            return context.getImageData(0, 0, 960, height).data;
        };
        const direct = canvas((context) => {
            context.fillText = () => {};
            drawFigure(context, model, theme, String);
        });
        const image = new Image();
        const svg = figureSvg(model, theme, String, "d").replace(/<text[^>]*>[^<]*<\\/text>/g, "");
        image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
        await image.decode();
        const drawn = canvas((context) => context.drawImage(image, 0, 0));
        let apart = 0;
        let inked = 0;
        for (let at = 0; at < direct.length; at += 4) {
            inked += direct[at] < 200;
            apart += Math.abs(direct[at] - drawn[at]) + Math.abs(direct[at + 2] - drawn[at + 2]) > 120;
        }
        return [inked, apart];
    }"""
    sent = LossChart(render=False).postprocess(value())
    inked, apart = files.evaluate(script, sent)
    assert inked > 3000
    assert apart < 0.01 * inked


def test_svg_bears_any_text(files: Page) -> None:
    script = """(text) => {
        const context = svgContext(100, 50);
        context.font = "600 12px sans-serif";
        context.fillText(text + "\ud800", 1, 2);
        return context.document(text, text);
    }"""
    root = ElementTree.fromstring(files.evaluate(script, "a\x00\x08\x1b<b>&\ufffe😀").encode())
    assert [node.text for node in root] == ["a<b>&😀"] * 3


def test_csv_is_what_spreadsheets_read(page: Page) -> None:
    hide_first(page)  # hidden, not gone
    data = saved(page, "CSV").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfrun,label,step,") and data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r\n")
    assert b"secret-id" not in data  # whoever has a run's id can stop it
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert list(rows[0]) == ["run", "label", "step", "training_loss", "validation_loss", "gap"]
    assert [row["run"] for row in rows] == ["1"] * len(STEPS) + ["2"] * 2
    assert rows[0]["label"] == "'" + FORMULA
    assert rows[-1]["label"] == "<b>Dropout</b> & 损失"
    for row, step in zip(rows, STEPS, strict=False):
        _, training, validation = loss_at(step, 0.001)
        assert int(row["step"]) == step
        assert float(row["training_loss"]) == pytest.approx(training, rel=1e-6)
        assert float(row["validation_loss"]) == pytest.approx(validation, rel=1e-6)
        assert float(row["gap"]) == pytest.approx(validation - training, abs=1e-6)
    assert list(rows[-2].values())[2:] == ["0", "2", "", ""]
    assert list(rows[-1].values())[2:] == ["20", "1.5", "1.25", "-0.25"]  # a number, not a formula


def test_csv_fields(files: Page) -> None:
    fields = {
        "plain": "plain", "a,b": '"a,b"', 'a "b"': '"a ""b"""', "a\nb": '"a\nb"', "=1": "'=1", "+1": "'+1", "-1": "'-1",
        "@a": "'@a", "\t=1": "'\t=1", " =1": "' =1", "\r1": "\"'\r1\"", "＝1": "'＝1", "a=1": "a=1", "L2 -1": "L2 -1",
    }  # fmt: skip
    assert files.evaluate("(fields) => fields.map(csvText)", list(fields)) == list(fields.values())


def test_saving_by_keyboard(page: Page) -> None:
    expect(page.locator("#empty canvas")).to_be_hidden()
    expect(page.locator("#empty summary")).to_be_hidden()  # nothing to save
    handle = page.locator("#chart summary")
    kinds = page.locator("#chart .hear-save-kinds button")
    handle.focus()
    page.keyboard.press("Enter")
    expect(kinds).to_have_text(["PNG picture", "SVG drawing", "CSV table"])
    expect(kinds.first).to_be_visible()
    page.keyboard.press("Tab")
    expect(kinds.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(kinds.first).to_be_hidden()
    expect(handle).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
    with page.expect_download() as found:
        page.keyboard.press("Enter")
    assert found.value.suggested_filename == "hear-overfitting-loss.csv"
    expect(page.locator("#chart [aria-live=polite]")).to_have_text("Saved: hear-overfitting-loss.csv")
    expect(handle).to_be_focused()
    handle.click()
    expect(kinds.first).to_be_visible()
    page.get_by_label("Written").click()
    expect(kinds.first).to_be_hidden()


def test_a_file_that_cannot_be_made_is_told(page: Page) -> None:
    page.evaluate("() => { HTMLCanvasElement.prototype.toBlob = (give) => give(null); }")
    page.locator("#chart summary").click()
    page.get_by_role("button", name="PNG picture").click()
    expect(page.locator("#chart [role=alert]")).to_have_text(re.compile("could not make this file"))
    saved(page, "CSV")
    expect(page.locator("#chart [role=alert]")).to_have_text("")
