"""The sheet for a class: one page of paper in each language, whose code leads where it says."""

import io
import re

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from tests import texts_in_source
from tests.browser_fixtures import PHONE, scrolls_sideways, serious_findings, serve_asgi
from tts_demo.ui import qr, sheet
from tts_demo.ui.locales.catalog import LANGUAGES
from tts_demo.ui.page_first import PageFirst

ADDRESSES = {"en": "http://127.0.0.1:{port}/?lab", "zh": "http://127.0.0.1:{port}/zh?lab"}
APP = Starlette(routes=[sheet.route()], middleware=[Middleware(PageFirst, but=(sheet.PATH,))])


def read(pixels):
    """What a phone would read in a picture; "" where there is no code."""
    found = zxingcpp.read_barcodes(pixels)
    return found[0].text if found else ""


@pytest.mark.parametrize(
    "text", ["https://example.org/?lab", "https://example.org/zh?lab", "a", "x" * 500, "听见 ?&<>"]
)
def test_a_code_holds_its_text(text, page_with):
    shown = page_with(f'<div style="width: 600px">{qr.svg_of(text)}</div>')
    assert read(pixels_of(shown, "svg")) == text


def test_what_no_code_can_hold_is_refused():
    for text in ("", "x" * 5000):
        with pytest.raises(ValueError):
            qr.svg_of(text)


@pytest.fixture
def page_with(browser):
    """Shows a piece of HTML in a page."""
    blank = browser.new_page()

    def show(body: str) -> Page:
        blank.set_content(body)
        return blank

    yield show
    blank.close()


def pixels_of(page: Page, selector: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(page.locator(selector).first.screenshot())).convert("L"))


@pytest.fixture(scope="module")
def address():
    with serve_asgi(APP) as address:
        yield address


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_pages_are_counted(page_with):
    page = page_with('<p style="break-after: page">one</p><p>two</p>')
    assert pages_of(page.pdf()) == 2


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_one_page_of_paper(language, paper, visit, address):
    visitor = visit(f"{address}sheet?lang={language}")
    assert visitor.page.locator("html").get_attribute("lang") == language
    assert visitor.page.locator("li").count() == 10
    visitor.page.emulate_media(media="print")
    assert visitor.page.get_by_role("button").count() == 0, "what is for the screen is not printed"
    pdf = visitor.page.pdf(format=paper, prefer_css_page_size=False)
    assert pages_of(pdf) == 1
    visitor.page.set_content(sheet.page(f"https://{'a-very-long-name-' * 5}.example", LANGUAGES[language]))
    assert pages_of(visitor.page.pdf(format=paper)) == 1
    assert pages_of(visitor.page.pdf(format=paper, scale=2)) > 1, "or the count could not fail"
    visitor.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_code_is_read_as_the_address_that_it_prints(language, visit, address):
    visitor = visit(f"{address}sheet?lang={language}")
    visitor.page.emulate_media(media="print")
    expected = ADDRESSES[language].format(port=address.rstrip("/").rsplit(":", 1)[1])
    assert visitor.page.locator(".address").inner_text() == expected
    assert read(pixels_of(visitor.page, ".code svg")) == expected
    assert visitor.requests == [f"{address}sheet?lang={language}"], "it holds all it needs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_and_for_the_keyboard(language, visit, address):
    page = visit(f"{address}sheet?lang={language}", viewport=PHONE).page
    assert not scrolls_sideways(page)
    assert not serious_findings(page)
    page.evaluate("window.print = () => { window.printed = true; }")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("window.printed")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}sheet?lang={'en' if language == 'zh' else 'zh'}")


@pytest.fixture
def client():
    with TestClient(APP, base_url="https://class.example") as client:
        yield client


def test_it_prints_the_address_that_it_was_asked_for_by(client):
    def printed(**headers):
        return re.search(r'class="address">(.*?)<', client.get("/sheet", headers=headers).text)[1]

    assert printed() == "https://class.example/?lab"
    assert (
        printed(**{"x-forwarded-host": "space.example", "x-forwarded-proto": "https"}) == "https://space.example/?lab"
    )
    hostile = client.get("/sheet", headers={"x-forwarded-host": "<b>x</b>"})
    assert "<b>" not in hostile.text
    for host in ("x" * 5000, "a b", "[::"):
        answer = client.get("/sheet", headers={"x-forwarded-host": host})
        assert answer.status_code in (200, 400) and "Traceback" not in answer.text


def test_who_opens_it_on_this_computer_only_is_told_so(client):
    hint = "known to this computer only"
    assert hint not in client.get("/sheet").text
    assert hint in client.get("http://localhost:7860/sheet").text
    assert client.get("/sheet?lang=xx").text == client.get("/sheet?lang=en").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_calls_by_name_is_called_so_on_the_page(language, client):
    tables = texts_in_source.script_tables()
    own = LANGUAGES[language]
    known = {text for table in (own.components or tables).values() for text in table.values()}
    known |= set(own.texts.values()) if own.texts else set(LANGUAGES["zh"].texts)
    named = re.findall("“(.+?)”", client.get(f"/sheet?lang={language}").text)
    assert len(named) == 7 and set(named) <= known
