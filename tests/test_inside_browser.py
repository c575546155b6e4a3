"""The view inside the model in a real browser."""

import math
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser_fixtures import PHONE, Visit, scrolls_sideways, serious_findings
from tests.inside_app import HOSTILE, build, drawing, features, value
from tts_demo.inspection import band_levels, f0_hz

__all__ = ["build", "drawing"]  # what the fixtures `url` and `page` serve; a fixture
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours

THEME = """{ ink: "#000000", muted: "#808080", line: "#f0f0f0", edge: "#b0b0b0", surface: "#ffffff", sunken: "#eeeeee",
             font: "sans-serif", runs: ["#ff0000"] }"""


def part(page: Page, panel: str, what: str = "canvas") -> Locator:
    return page.locator(f"#inside .hear-panel-{panel} {what}")


def show(page: Page, button: str, step: int) -> None:
    """Hand over another value as a running network does: the focus stays where it is."""
    page.get_by_role("button", name=button).evaluate("node => node.click()")
    expect(page.locator("#inside .hear-inside")).to_have_attribute("data-step", str(step))


def test_it_says_what_will_be_here(page: Page) -> None:
    inside = page.locator("#inside")
    expect(inside).to_contain_text("will be shown here at its first snapshot", use_inner_text=True)
    expect(part(page, "weights")).to_be_hidden()
    show(page, "first snapshot", 20)
    expect(inside).not_to_contain_text("will be shown here", use_inner_text=True)
    expect(inside).to_contain_text(f"Weight range {HOSTILE}, after 20 updates")
    expect(inside).to_contain_text(f"“Monkeys {HOSTILE}”")
    page.get_by_role("button", name="nothing").click()
    expect(inside).to_contain_text("will be shown here", use_inner_text=True)
    expect(part(page, "f0")).to_be_hidden()


def test_zeros_are_called_out_and_the_chosen_layer_stays(page: Page) -> None:
    show(page, "first snapshot", 20)
    zeros = page.locator("#inside .hear-zeros")
    expect(zeros).to_have_text("40\u00a0% of the weights are exactly zero")
    expect(part(page, "weights", ".hear-inside-read")).to_contain_text("1\u202f000 weights, the largest ±0.5.")
    expect(part(page, "weights", ".hear-inside-read")).to_contain_text("Bound c = 0.5.")
    page.get_by_label("Layer").first.select_option("recurrent")
    expect(zeros).to_have_text("50\u00a0% of this layer's weights are exactly zero")
    show(page, "next snapshot", 40)
    expect(zeros).to_have_text("25\u00a0% of this layer's weights are exactly zero")
    expect(page.get_by_label("Layer").first).to_have_value("recurrent.weight")
    page.get_by_label("Layer").first.select_option("encoder")
    expect(zeros).to_have_text("No weight is exactly zero")
    show(page, "other model", 20)  # which has no such layer
    expect(page.get_by_label("Layer").first).to_have_value("")
    expect(part(page, "weights", ".hear-inside-read")).to_have_text("3 weights, the largest ±1.")


def test_bars_are_read_by_keys(page: Page) -> None:
    show(page, "first snapshot", 20)
    page.get_by_label("Layer").first.select_option("encoder")
    read, spoken = part(page, "weights", ".hear-inside-read"), page.locator("#inside [aria-live=polite]")
    part(page, "weights").focus()
    page.keyboard.press("Home")
    expect(read).to_have_text("−0.5 to −0.3: 20 weights (10\u00a0%)")
    page.keyboard.press("ArrowRight")
    expect(read).to_have_text("−0.3 to −0.1: 30 weights (15\u00a0%)")
    expect(spoken).to_have_text("−0.3 to −0.1: 30 weights (15\u00a0%)")
    show(page, "next snapshot", 40)
    expect(read).to_have_text("−0.3 to −0.1: 30 weights (15\u00a0%)")
    page.keyboard.press("Escape")
    expect(read).to_contain_text("200 weights, the largest ±0.5.")
    page.get_by_label("Layer").first.select_option("recurrent")
    part(page, "weights").focus()
    page.keyboard.press("ArrowRight")
    expect(read).to_have_text("−0.05 to 0.05: 200 weights (25\u00a0%), and 200 exactly zero")


def test_time_and_frequency_are_read_by_keys_and_stay_at_a_new_snapshot(page: Page) -> None:
    show(page, "first snapshot", 20)
    spectrogram, curve = part(page, "spectrogram", ".hear-inside-read"), part(page, "f0", ".hear-inside-read")
    part(page, "spectrogram").focus()
    page.keyboard.press("ArrowRight")
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    frame, band = 75, 22
    speech = value()["speech"]
    assert speech is not None
    hertz = round(speech["frequencies"][band])
    natural = band_levels(features())
    level = round(float(natural[frame, band] - natural.max()))
    expect(spectrogram).to_have_text(f"0.75 s, AH1, {hertz} Hz: Predicted −{-level} dB, Natural −{-level} dB")
    expect(page.locator("#inside [aria-live=polite]")).to_contain_text(f"{hertz} Hz: Predicted")

    def curves(step: int) -> str:
        predicted, recorded = f0_hz(features(200.0 + step))[frame], f0_hz(features())[frame]
        return f"0.75 s, AH1: Predicted {predicted:.0f} Hz, Natural {recorded:.0f} Hz"

    expect(curve).to_have_text(curves(20))
    show(page, "next snapshot", 40)
    expect(curve).to_have_text(curves(40))
    expect(spectrogram).to_contain_text(f"0.75 s, AH1, {hertz} Hz")
    page.keyboard.press("Home")
    expect(curve).to_have_text("0.00 s, pau: Predicted unvoiced, Natural unvoiced")
    page.keyboard.press("Escape")
    expect(spectrogram).to_contain_text("Mel-cepstral distortion 0.00 dB.")
    expect(curve).to_contain_text("Hz apart")


def test_pointer_reads_without_speaking(page: Page) -> None:
    show(page, "first snapshot", 20)
    part(page, "f0").hover()
    expect(part(page, "f0", ".hear-inside-read")).to_contain_text("AH1: Predicted")
    expect(part(page, "spectrogram", ".hear-inside-read")).to_contain_text(" s, AH1")
    expect(page.locator("#inside [aria-live=polite]")).to_have_text("")
    part(page, "weights").hover()
    expect(part(page, "f0", ".hear-inside-read")).to_contain_text("Hz apart")
    expect(part(page, "weights", ".hear-inside-read")).to_contain_text(" to ")


def test_pictures_have_words_beside_them(page: Page) -> None:
    show(page, "first snapshot", 20)
    expect(part(page, "weights")).to_have_attribute(
        "aria-label",
        "Histogram of weights, All layers: 1\u202f000 weights, the largest ±0.5. Bound c = 0.5. "
        "40\u00a0% of the weights are exactly zero. The middle half lies between −0.1 and 0.1.",
    )
    expect(part(page, "spectrogram")).to_have_attribute(
        "aria-label",
        "Spectral envelopes, predicted above natural, 1.5 s, 0 to 8000 Hz, on one scale of 70 dB. "
        "Mel-cepstral distortion 0.00 dB.",
    )
    voiced = sorted(hertz for hertz in f0_hz(features()) if not math.isnan(hertz))
    low, median, high = (round(voiced[at]) for at in (0, len(voiced) // 2, -1))
    label = f"Natural: {low} to {high} Hz, {median} Hz in the median, 40\u00a0% of the frames voiced."
    assert label in (part(page, "f0").get_attribute("aria-label") or "")


def test_what_is_missing_is_said(page: Page) -> None:
    show(page, "typed", 20)
    assert "envelopes, Predicted, 1.5 s" in (part(page, "spectrogram").get_attribute("aria-label") or "")
    expect(part(page, "spectrogram", ".hear-phones")).to_be_hidden()
    show(page, "broken", 60)
    expect(page.locator("#inside [role=status]")).to_contain_text("values that are not finite")
    assert "envelopes, Natural, 1.5 s" in (part(page, "spectrogram").get_attribute("aria-label") or "")
    show(page, "waiting", 0)
    expect(page.locator("#inside [role=status]")).to_have_text("")
    show(page, "no weights", 20)
    expect(part(page, "weights", ".hear-empty")).to_have_text("There are no weights to count.")
    expect(part(page, "weights")).to_be_hidden()


def looks(page: Page, within: str = "#inside") -> Locator:
    return page.locator(f"{within} .hear-panel-looks")


def bar_widths(page: Page) -> list[float]:
    return [bar.bounding_box()["width"] for bar in page.locator("#inside .hear-looks-bar").all()]


def test_it_shows_what_the_network_looks_at(page: Page) -> None:
    show(page, "first snapshot", 20)
    expect(looks(page).get_by_role("heading")).to_have_text("What it looks at")
    expect(looks(page)).to_contain_text("share of the first layer's weights, squared and added up")
    rows = looks(page).get_by_role("list", name="What it looks at").get_by_role("listitem")
    names = ["2 before", "1 before", "this phone", "1 after", "2 after"]
    shares = ["10\u00a0%", "20\u00a0%", "40\u00a0%", "25\u00a0%", "5.0\u00a0%"]
    expect(rows).to_have_text([name + share for name, share in zip(names, shares, strict=True)])
    widths = bar_widths(page)
    assert widths[2] > 100
    assert widths == pytest.approx([widths[2] * share / 0.4 for share in (0.1, 0.2, 0.4, 0.25, 0.05)], abs=0.5)


def test_what_it_looks_at_changes_with_the_snapshots(page: Page) -> None:
    show(page, "first snapshot", 20)
    page.evaluate("document.querySelectorAll('#inside .hear-looks-bars *').forEach((node) => { node.kept = true; })")
    show(page, "next snapshot", 40)
    rows = looks(page).get_by_role("listitem")
    shares = ["0\u00a0%", "13\u00a0%", "75\u00a0%", "12\u00a0%", "<\u00a00.01\u00a0%"]
    expect(rows.locator(".hear-number")).to_have_text(shares)
    widths = bar_widths(page)
    assert widths[0] == 0 and widths[1] == pytest.approx(widths[2] / 6, abs=0.5)
    assert page.evaluate("[...document.querySelectorAll('#inside .hear-looks-bars *')].every((node) => node.kept)")
    show(page, "seeing further", 20)  # another network: other neighbours
    expect(rows).to_have_count(17)
    expect(rows.first).to_contain_text("8 before")
    expect(rows.last).to_contain_text("8 after")


@pytest.mark.parametrize("button", ["other model", "no weights"])
def test_a_model_without_a_first_layer_looks_at_nothing(page: Page, button: str) -> None:
    show(page, button, 20)
    expect(looks(page)).to_be_hidden()
    show(page, "next snapshot", 40)
    expect(looks(page)).to_be_visible()
    show(page, button, 20)
    expect(looks(page)).to_be_hidden()
    expect(looks(page).locator("li")).to_have_count(0)


def test_phones_are_drawn_when_asked_for(page: Page) -> None:
    show(page, "first snapshot", 20)
    bright = """() => { // nearly white pixels on the spectrograms' two boxes: the lines between phones
        const canvas = document.querySelector("#inside .hear-panel-spectrogram canvas");
        const { data } = canvas.getContext("2d").getImageData(60, 30, 260, 60);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) count += data[at] > 170 && data[at + 2] > 170;
        return count;
    }"""
    page.wait_for_function(f"({bright})() === 0")
    button = page.locator("#inside .hear-phones")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(f"({bright})() > 60")
    show(page, "next snapshot", 40)
    expect(button).to_have_attribute("aria-pressed", "true")


def test_a_new_value_keeps_the_page_elements(page: Page) -> None:
    """Nothing is taken off the page and put back, which would flicker and lose the focus."""
    show(page, "first snapshot", 20)
    page.evaluate("document.querySelectorAll('#inside .hear-inside *').forEach((node) => { node.kept = true; })")
    show(page, "next snapshot", 40)
    assert page.evaluate("[...document.querySelectorAll('#inside .hear-inside *')].every((node) => node.kept)")


def test_other_words_replace_the_defaults(page: Page) -> None:
    expect(page.locator("#second h3")).to_have_text("Ins Innere")
    expect(page.locator("#second select option").first).to_have_text("Alle Schichten")


@pytest.mark.parametrize(("viewport", "dark"), [(None, False), (PHONE, True)])
def test_it_is_accessible(visit: Callable[..., Visit], url: str, viewport: dict | None, dark: bool) -> None:
    page = visit(url, dark=dark, **({"viewport": viewport} if viewport else {})).page
    expect(page.locator("#second canvas").first).to_be_visible()
    expect(looks(page, "#second")).to_be_visible()
    assert serious_findings(page, "#second") == []
    assert not scrolls_sideways(page)
    tops = [
        page.locator(f"#second .hear-panel-{name}").bounding_box()["y"] for name in ("weights", "spectrogram", "f0")
    ]
    assert len(set(tops)) == (3 if viewport else 1)  # below one another on a phone, side by side on a desk
    for control in page.locator("#second :is(button, select)").all():
        assert control.bounding_box()["height"] >= 44


def pixel_columns(drawing: Page, bound: str) -> list[int]:
    """Black pixels of each column of a histogram's inner part, drawn 300 x 280."""
    return drawing.evaluate(
        f"""() => {{
            const canvas = make("canvas", {{ width: 300, height: 280 }});
            const context = canvas.getContext("2d");
            const layer = {{ edge: 0.5, largest: 0.5, counts: [0, 0, 9, 0, 0], zeros: 0, beyond: 0 }};
            const model = {{ layer, bound: {bound}, colour: "#ff0000", cursor: null }};
            drawHistogram(context, 300, 280, model, {THEME}, (key) => key);
            const {{ data }} = context.getImageData(0, 50, 300, 180);
            return Array.from({{ length: 300 }}, (_, x) => {{
                let count = 0;
                for (let y = 0; y < 180; y += 1) {{
                    const at = 4 * (300 * y + x);
                    count += data[at] < 128 && data[at + 3] > 100;
                }}
                return count;
            }});
        }}"""
    )


def test_the_bound_is_drawn_where_it_is(drawing: Page) -> None:
    assert max(pixel_columns(drawing, "0")[41:]) == 0
    columns = pixel_columns(drawing, "0.25")
    lines = [x for x, count in enumerate(columns) if x > 40 and count > 60]
    reach, width = 1.04 * 0.5, 300 - 40 - 8
    expected = [40 + width * (reach + side * 0.25) / (2 * reach) for side in (-1, 1)]
    assert lines and all(min(abs(x - at) for at in expected) <= 1.5 for x in lines)
    assert {min((0, 1), key=lambda side: abs(x - expected[side])) for x in lines} == {0, 1}
    assert max(pixel_columns(drawing, "5")[41:]) == 0  # far beyond: it would squeeze the weights into one bar


def test_low_bands_are_drawn_at_the_bottom_and_time_runs_to_the_right(drawing: Page) -> None:
    rows = drawing.evaluate(
        """() => {
            const picture = pictureOf(bytesOf(btoa(String.fromCharCode(0, 255, 0, 0, 60, 255))), 3); // 2 frames
            const { data } = picture.getContext("2d").getImageData(0, 0, 2, 3);
            return [0, 1, 2].map((y) => [0, 1].map((x) => COLOUR_TABLE.findIndex(
                (colour) => colour.every((value, index) => value === data[4 * (2 * y + x) + index]))));
        }"""
    )
    assert rows == [[0, 255], [255, 60], [0, 0]]


def test_colours_grow_lighter_with_the_level(drawing: Page) -> None:
    table = drawing.evaluate("COLOUR_TABLE")

    def lightness(colour: list[int]) -> float:
        red, green, blue = (((c / 255 + 0.055) / 1.055) ** 2.4 if c > 10 else c / 255 / 12.92 for c in colour)
        return 116 * (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** (1 / 3) - 16

    steps = [lightness(after) - lightness(before) for before, after in zip(table[:-8:8], table[8::8], strict=True)]
    assert min(steps) > 1 and max(steps) < 4


def test_curves_break_where_unvoiced(drawing: Page) -> None:
    pieces = drawing.evaluate("voicedPieces([NaN, 100, 200, NaN, 300], (frame) => 10 * frame, (hertz) => hertz)")
    assert pieces == [[[15, 100], [25, 200]], [[45, 300]]]


def test_one_weight_is_seen_and_none_is_not(drawing: Page) -> None:
    none, one, hundred, most = drawing.evaluate("[0, 1, 100, 1e5].map((count) => countHeight(count, 1e5))")
    assert none == 0 < 0.04 < one < hundred < most < 1
    tenfold = [drawing.evaluate(f"countHeight({count}0, 1e5) - countHeight({count}, 1e5)") for count in (1, 100)]
    assert tenfold[0] == pytest.approx(tenfold[1])


def test_ticks_are_sensible(drawing: Page) -> None:
    texts = "evenTicks({}).map((tick) => tick.text)"
    assert drawing.evaluate(texts.format("-0.12, 0.12, 5")) == ["−0.10", "−0.05", "0", "0.05", "0.10"]
    assert drawing.evaluate(texts.format("0, 2.9, 6")) == ["0", "0.5", "1.0", "1.5", "2.0", "2.5"]
    assert drawing.evaluate("bandOf([0, 100, 300], 200)") == 1.5
    assert drawing.evaluate("[bandOf([0, 100], 0), bandOf([0, 100], 900)]") == [0, 1]
