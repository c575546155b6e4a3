"""The page where a browser is set otherwise: inside a frame that may keep nothing, and in another language."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser_fixtures import serve_command

pytestmark = [pytest.mark.browser, pytest.mark.real]
ROOT = Path(__file__).parent.parent
LONG = 120_000  # ms; training takes its time on a slow machine, and nothing here measures time
# Every text that was ever on the page, and every label.
KEEP_WORDS = """
window.words = new Set();
const keep = (node) => {
  if (node.nodeType === Node.TEXT_NODE) window.words.add(node.data.trim());
  else if (node.nodeType === Node.ELEMENT_NODE) {
    for (const name of ["aria-label", "title", "placeholder"]) window.words.add(node.getAttribute(name) ?? "");
    node.childNodes.forEach(keep);
  }
};
new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    keep(target);
    addedNodes.forEach(keep);
  }
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve_command(["app.py"], ROOT) as address:
        yield address


@pytest.mark.parametrize("language", ["", "zh"])
def test_a_frame_that_may_keep_nothing_shows_the_lesson_and_trains(visit, address, language):
    def framed(query):
        # a page of this machine, since Chromium lets no other page frame one of this machine's
        visitor = visit(address + "manifest.json")
        sandbox = 'sandbox="allow-scripts" width="1200" height="800"'
        visitor.page.set_content(f'<iframe {sandbox} src="{address}{language}{query}"></iframe>')
        return visitor, visitor.page.frame_locator("iframe")

    visitor, frame = framed("")
    frame.locator("#lesson .hear-mute").click(timeout=LONG)
    expect(frame.locator("#lesson .hear-caption")).not_to_have_text("")
    inside = visitor.page.frames[-1]
    assert inside.evaluate("origin") == "null"
    inside.evaluate("() => { localStorage.setItem('a', 1); localStorage.setItem('b', 2); }")
    inside.evaluate("localStorage.removeItem('b')")
    kept = "[localStorage.getItem('a'), localStorage.getItem('b'), sessionStorage.getItem('a'), document.cookie]"
    assert inside.evaluate(kept) == ["1", None, None, ""]
    frame.locator("#lesson .hear-skip").click()
    expect(frame.locator("#train")).to_be_visible()

    assert visitor.errors == []

    visitor, frame = framed("?updates=50")
    expect(frame.locator("#player a[download]").first).to_be_visible(timeout=LONG)
    frame.locator("#train").click()
    said = "All updates are done" if not language else "所有更新都已完成"
    expect(frame.locator("#status")).to_contain_text(said, timeout=LONG)
    expect(frame.locator("#runs")).to_contain_text("前馈神经网络" if language else "Feed-forward", timeout=LONG)
    assert visitor.errors == []


@pytest.mark.parametrize(
    ("route", "locale", "own", "others"),
    [("", "zh-CN", "Loading", "加载中"), ("zh", "en-US", "加载中", "Loading"), ("zh", "de", "加载中", "Laden")],
)
def test_gradios_own_words_follow_the_page(visit, address, route, locale, own, others):
    visitor = visit("about:blank", locale=locale)
    visitor.page.add_init_script(KEEP_WORDS)
    visitor.page.goto(address + route)
    expect(visitor.page.locator("#lesson .hear-mute")).to_be_visible(timeout=LONG)
    words = visitor.page.evaluate("[...window.words]")
    assert any(own in word for word in words)
    assert [word for word in words if others in word] == []
    assert visitor.page.evaluate("navigator.languages") == [visitor.page.evaluate("navigator.language")]


def test_the_browsers_own_memory_is_left_alone_where_there_is_one(visit, address):
    page = visit(address).page
    expect(page.locator("#lesson .hear-mute")).to_be_visible(timeout=LONG)
    assert page.evaluate("String(localStorage)") == "[object Storage]"
    assert re.fullmatch("http://127.0.0.1:[0-9]+", page.evaluate("origin"))


def test_a_page_at_rest_asks_for_no_frames(visit, address):
    """Gradio's hidden timers of progress would ask for one after the other, for ever."""
    visitor = visit("about:blank")
    visitor.page.add_init_script(
        """(() => {
            const plain = window.requestAnimationFrame.bind(window);
            window.asked = 0;
            window.requestAnimationFrame = (step) => { window.asked += 1; return plain(step); };
            window.nextFrame = () => new Promise(plain);
        })();"""
    )
    visitor.page.goto(address + "?lab")
    expect(visitor.page.locator("#player a[download]").first).to_be_visible(timeout=LONG)
    fewest = """async () => {
        let fewest = Infinity;
        for (let round = 0; round < 20 && fewest > 4; round += 1) { // what still arrives draws some
            const before = window.asked;
            for (let frame = 0; frame < 30; frame += 1) await window.nextFrame();
            fewest = Math.min(fewest, window.asked - before);
        }
        return fewest;
    }"""
    assert visitor.page.evaluate(fewest) < 5
    visitor.check()
