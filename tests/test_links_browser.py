"""Links for teachers in the real page: what they hide and fix, a part in another page's frame, and sharing."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.browser_fixtures import DESKTOP, PHONE, scrolls_sideways, serious_findings, serve_asgi, serve_command
from tts_demo.ui import qr
from tts_demo.ui.lab.controls import PRESETS
from tts_demo.ui.lab.link_handlers import frame_of
from tts_demo.ui.lab.links import CONTROLS, SECTIONS

pytestmark = [pytest.mark.browser, pytest.mark.real]
ROOT = Path(__file__).parent.parent
LONG = 120_000  # ms; nothing here measures time
DROPOUT = next(preset for preset in PRESETS if preset.regularizer == "dropout")
ALL = [f"#{control.element}" for control in CONTROLS.values()] + [f"#{name}-section" for name in SECTIONS]
FRAMED = {  # what is seen of each part, once it is there
    "curve": "#curve .hear-curve-line",
    "chart": "#chart canvas",
    "listen": "#player a[download]",
    "challenge": "#blind .hear-blind button",
}
SANDBOXES = {"": "", "sandboxed": 'sandbox="allow-scripts"'}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve_command(["app.py"], ROOT) as address:
        yield address


@pytest.fixture(scope="module")
def parent() -> Iterator[str]:
    """A page of another origin, which shows in a frame what its own address asks for: /SANDBOX?ADDRESS."""

    async def answer(request):
        frame = frame_of(request.url.query, "Hear Overfitting")
        sandbox = SANDBOXES[request.path_params["sandbox"]]
        told = "<script>addEventListener('message', ({ data }) => { window.told = data; });</script>"
        page = f"<!doctype html><title>.</title><body style='background: #ffd'>{told}{frame}"
        return HTMLResponse(page.replace("<iframe", f"<iframe {sandbox}"))

    async def icon(_):
        return Response(status_code=204)

    routes = [Route("/favicon.ico", icon), Route("/{sandbox:path}", answer)]
    with serve_asgi(Starlette(routes=routes)) as origin:
        yield origin


def arrived(page):
    """Once the page has taken what its link says."""
    page.locator("#player a[download]").first.wait_for(timeout=LONG)
    expect(page.locator("#predicted")).to_contain_text(re.compile(r"\d"), timeout=LONG)
    return page


def seen(page, selectors):
    return [selector for selector in selectors if page.locator(selector).is_visible()]


# ---- hidden and fixed


@pytest.mark.parametrize("language", ["", "zh"])
def test_what_is_hidden_and_fixed_stays_so_when_a_preset_is_chosen(visit, address, language):
    query = "?show=preset,regularizer,strength,runs&fix=model,seed,strength&l2.strength=0.001&seed=3&model.units=64"
    visitor = visit(f"{address}{language}{query}")
    page = arrived(visitor.page)
    wanted = ["#preset", "#regularizer", "#strength", "#model", "#seed", "#runs-section"]

    def check(strength):
        expect(page.locator("#strength input")).to_have_value(strength)
        expect(page.locator("#seed input")).to_have_value("3")
        assert seen(page, ALL) == wanted
        for fixed in ("strength", "model", "seed"):
            expect(page.locator(f"#{fixed} input")).to_be_disabled()
        for free in ("preset", "regularizer"):
            expect(page.locator(f"#{free} input")).to_be_enabled()

    check("0.001")
    page.locator("#preset input").click()
    page.locator("#preset ul li").nth([preset.label for preset in PRESETS].index(DROPOUT.label)).click()
    expect(page.locator("#status")).to_contain_text("链接固定了" if language else "The link holds some settings")
    expect(page.locator("#regularizer input")).to_have_value(re.compile("Dropout"))
    check(f"{DROPOUT.config().regularizers[0].settings.to_mapping()['strength']:g}")
    page.locator("#preset input").click()
    page.locator("#preset ul li").first.click()  # no regularizer, so no strength
    expect(page.locator("#strength input")).to_be_hidden()
    page.locator("#preset input").click()
    page.locator("#preset ul li").nth(1).click()  # L2, whose strength the link holds
    check("0.001")
    visitor.check()


def test_nothing_is_seen_before_it_is_hidden(visit, address):
    visitor = visit("about:blank")
    visitor.page.add_init_script("""
    window.seen = new Set();
    new MutationObserver(() => {
      for (const id of ["seed", "twin", "preset", "runs-section", "lesson"]) {
        if (document.getElementById(id)?.getBoundingClientRect().height) window.seen.add(id);
      }
    }).observe(document, { subtree: true, childList: true, attributes: true });
    """)
    visitor.page.goto(f"{address}?show=preset,regularizer")
    arrived(visitor.page)
    assert visitor.page.evaluate("[...window.seen]") == ["preset"]
    visitor.check()


# ---- in a frame


@pytest.mark.parametrize("sandbox", SANDBOXES)
@pytest.mark.parametrize("part", FRAMED)
def test_a_part_stands_alone_in_a_page_of_another_origin(visit, address, parent, part, sandbox):
    assert urlsplit(parent).port != urlsplit(address).port
    visitor = visit(f"{parent}{sandbox}?{address}?embed={part}")
    page, frame = visitor.page, visitor.page.frame_locator("iframe")
    expect(frame.locator(FRAMED[part]).first).to_be_visible(timeout=LONG)
    inside = page.frames[-1]
    assert inside.evaluate("origin") == ("null" if sandbox else address.rstrip("/"))
    # the frame is as high as what it shows
    height = "innerHeight === Math.ceil(document.querySelector('#lab-section').getBoundingClientRect().bottom) + 2"
    inside.wait_for_function(height, timeout=LONG)
    assert inside.evaluate("document.documentElement.scrollHeight === innerHeight")
    assert page.evaluate("window.told") == {"source": "hear-overfitting", "height": inside.evaluate("innerHeight")}
    # nothing else is seen, and the page around it shows through
    others = ["#title", "#again", "#share", "#train", ".nav-holder", "#chart", "#listening", *ALL]
    mine = {"curve": ["#curve-section"], "chart": ["#chart"], "listen": ["#listening"], "challenge": ["#blind-section"]}
    assert [one for one in others if frame.locator(one).is_visible()] == mine[part]
    for element in ("html", "body", ".gradio-container"):
        background = frame.locator(element).evaluate("(element) => getComputedStyle(element).backgroundColor")
        assert background == "rgba(0, 0, 0, 0)", element
    assert visitor.errors == []
    own = {urlsplit(parent).netloc, urlsplit(address).netloc}
    assert {urlsplit(url).netloc for url in visitor.requests if url.startswith("http")} == own


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_a_frame_trains_with_the_controls_that_its_link_names(visit, address, parent, sandbox):
    visitor = visit(f"{parent}{sandbox}?{address}zh?embed=chart&show=strength&l2.strength=0.001&updates=50&twin=no")
    frame = visitor.page.frame_locator("iframe")
    expect(frame.locator("#strength input")).to_have_value("0.001", timeout=LONG)
    assert [one for one in ALL if frame.locator(one).is_visible()] == ["#strength"]
    frame.locator("#train").click()
    expect(frame.locator("#status")).to_contain_text("所有更新都已完成", timeout=LONG)
    expect(frame.locator("#chart .hear-run")).to_have_count(1)  # no twin
    assert visitor.errors == []


def test_a_point_of_a_framed_curve_is_heard(visit, address, parent):
    visitor = visit(f"{parent}?{address}?embed=curve")
    frame = visitor.page.frame_locator("iframe")
    expect(frame.locator("#listening")).to_be_hidden()
    frame.locator("#curve .hear-curve-point").first.press("Enter", timeout=LONG)
    expect(frame.locator("#player .hear-play")).to_be_visible()
    expect(frame.locator("#player .hear-clip", has_text=re.compile(r"L2 (?!0\.0003)")).first).to_be_visible(
        timeout=LONG
    )
    assert visitor.errors == []


def test_a_frame_says_what_is_wrong_with_its_link(visit, address, parent):
    visitor = visit(f"{parent}?{address}?embed=chart&updates=-1")
    frame = visitor.page.frame_locator("iframe")
    expect(frame.locator("#status .hear-alert")).to_be_visible(timeout=LONG)
    expect(frame.locator("#train")).to_be_hidden()


def test_a_frame_keeps_nothing(visit, address):
    page = visit(f"{address}?embed=chart").page
    expect(page.locator("#chart canvas")).to_be_visible(timeout=LONG)
    page.evaluate("localStorage.setItem('a', 1)")
    page.goto(f"{address}manifest.json")
    assert page.evaluate("localStorage.length") == 0


# ---- sharing


def drawn(page):
    """The QR code that is shown, as SVG."""
    return unquote(page.locator("#share img").get_attribute("src").removeprefix("data:image/svg+xml,"))


@pytest.mark.parametrize(("language", "viewport"), [("", DESKTOP), ("zh", PHONE)])
def test_what_is_shared_is_shown_copied_drawn_and_leads_back(visit, address, language, viewport):
    visitor = visit(f"{address}{language}?lab&seed=3&l2.strength=0.001", viewport=viewport)
    page = arrived(visitor.page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("#share button").first
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    link, code = dialog.locator("input[type=text]"), dialog.locator("textarea")
    expect(link).to_have_value(f"{address}{language}?seed=3&l2.strength=0.001")
    assert serious_findings(page, "#share") == []

    def shared(expected):
        """The link, once it says so, wherever it stands."""
        expect(link).to_have_value(re.compile(expected))
        shown = link.input_value()
        assert drawn(page) == qr.svg_of(shown)
        page.wait_for_function("document.querySelector('#share img').naturalWidth > 0")  # and the browser can show it
        dialog.locator("button", has_text="复制链接" if language else "Copy link").click()
        expect(dialog.get_by_role("status")).not_to_be_empty()
        assert page.evaluate("navigator.clipboard.readText()") == shown
        framed = html.unescape(re.search(r'src="([^"]*)"', code.input_value())[1])
        assert re.sub("&embed=[a-z]*", "", framed) == shown
        return shown

    shared("l2.strength=0.001$")
    hide, fix = dialog.locator("input[type=checkbox]").nth(0), dialog.locator("div > div > label input").last
    hide.focus()
    page.keyboard.press("Space")
    shared("&show=regularizer,strength$")
    fix.focus()
    page.keyboard.press("Space")
    shown = shared("&show=regularizer,strength&fix=regularizer,strength$")
    assert serious_findings(page, "#share") == []
    assert not scrolls_sideways(page)
    assert page.evaluate("() => { const { scrollWidth, clientWidth } = document.querySelector('dialog'); "
                         "return scrollWidth <= clientWidth; }")  # fmt: skip
    dialog.locator("select").select_option("chart")
    expect(code).to_have_value(re.compile("embed=chart"))
    dialog.locator("button", has_text="嵌入" if language else "Embed").click()
    expect(dialog.get_by_role("status")).to_have_text("代码已复制。" if language else "The code has been copied.")
    assert page.evaluate("navigator.clipboard.readText()") == code.input_value()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()

    page.goto(shown)
    arrived(page)
    assert seen(page, ALL) == ["#regularizer", "#strength"]
    expect(page.locator("#strength input")).to_have_value("0.001")
    expect(page.locator("#strength input")).to_be_disabled()
    visitor.check()


def test_the_link_is_of_what_the_controls_say_when_the_dialog_opens(visit, address):
    visitor = visit(f"{address}?lab")
    page = arrived(visitor.page)
    page.locator("#twin input").uncheck()
    page.locator("#regularizer input").click()
    page.get_by_role("option", name="Dropout", exact=True).click()
    expect(page.get_by_label("Probability p")).to_have_value("0.2")
    page.locator("#share button").first.click()
    link = page.get_by_role("dialog").locator("input[type=text]")
    expect(link).to_have_value(f"{address}?speech_seconds=120&dropout.strength=0.2&twin=no")
    page.get_by_role("button", name="Close").click()
    page.get_by_label("Probability p").fill("2")
    page.get_by_label("Probability p").press("Enter")
    page.locator("#share button").first.click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("must be")
    expect(link).to_have_value("")
    expect(page.get_by_role("dialog").locator("img")).to_be_hidden()
    visitor.check()


def test_a_browser_that_copies_nothing_selects_the_text(visit, address):
    visitor = visit("about:blank")
    visitor.page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    visitor.page.goto(f"{address}?lab")
    page = arrived(visitor.page)
    page.locator("#share button").first.click()
    dialog = page.get_by_role("dialog")
    for name, field in (("Copy link", "input[type=text]"), ("Embed", "textarea")):
        expect(dialog.locator(field)).to_have_value(re.compile("http"))
        dialog.get_by_role("button", name=name, exact=True).click()
        expect(dialog.locator(field)).to_be_focused()
        expect(dialog.get_by_role("status")).to_contain_text("Ctrl+C")
        assert page.evaluate("document.activeElement.selectionEnd === document.activeElement.value.length")
    visitor.check()
