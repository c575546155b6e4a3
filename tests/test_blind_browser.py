"""The blind test in a real browser."""

import base64
import contextlib
import csv
import hashlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from tests.blind_app import HOSTILE, NAMES, SYSTEMS, TEXTS, build, plan
from tests.browser_fixtures import DESKTOP, PHONE, Visit, scrolls_sideways, serious_findings
from tts_demo.listening import is_hit

__all__ = ["build"]  # what the fixtures `url` and `page` serve
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours

FIVE = "Can you hear overfitting? Five trials"
# Playwright cannot read the body of every stream afterwards, so the page keeps what it received.
KEEP_STREAMS = """
window.received = "";
const plain = window.fetch;
const keep = async (body) => { // gradio aborts a stream when it has what it wants; what came before counts
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    window.received += value;
  }
};
window.fetch = async (...request) => {
  const response = await plain(...request);
  if (response.url.includes("/queue/data")) keep(response.clone().body).catch(() => {});
  return response;
};
"""
A_OR_B = "Which is easier to understand? Sixteen trials"


def blind(page: Page) -> Locator:
    return page.locator("#blind .hear-blind")


def begin(page: Page, label: str = FIVE) -> None:
    blind(page).get_by_role("button", name=label).click()
    expect(blind(page)).to_have_attribute("data-view", "trial")


def hear_all(page: Page) -> None:
    for tile in blind(page).locator(".hear-blind-tile").all():
        tile.click()


def answer(page: Page, place: str) -> None:
    hear_all(page)
    blind(page).locator(f".hear-blind-answer[data-place={place}]").click()


def expect_trial(page: Page, number: int, trials: int = 5) -> None:
    expect(blind(page).locator(".hear-blind-count")).to_have_text(f"Trial {number} of {trials}")


def test_abx_by_keyboard_alone(page: Page) -> None:
    """Five trials without a pointer, four of them right, to the result and its CSV."""
    offer = blind(page).get_by_role("button", name=FIVE)
    expect(offer).to_contain_text("It takes 5 right of 5. Someone who is right 75 % of the time gets there in 24 %")
    offer.focus()
    page.keyboard.press("Enter")
    trials = plan("abx", 5).trials
    for number, trial in enumerate(trials, 1):
        expect_trial(page, number)
        expect(blind(page).get_by_role("button", name="Listen to A")).to_be_focused()
        right = "A" if is_hit(trial, "A") else "B"
        said = right if number < 5 else "AB".replace(right, "")
        wanted = blind(page).get_by_role("button", name=f"X is {said}", exact=True)
        expect(wanted).to_be_disabled()
        page.keyboard.press("x" if number % 2 else "3")
        expect(blind(page)).to_have_attribute("data-chosen", "X")
        expect(blind(page)).to_have_attribute("data-state", "playing")
        page.keyboard.press("b" if number % 2 else "2")
        expect(blind(page)).to_have_attribute("data-chosen", "B")
        expect(wanted).to_be_disabled()
        page.keyboard.press("a" if number % 2 else "1")
        expect(wanted).to_be_enabled()
        page.keyboard.press("Space")
        expect(blind(page)).to_have_attribute("data-state", "paused")
        for _ in range(8):
            if wanted.evaluate("(node) => node === document.activeElement"):
                break
            page.keyboard.press("Tab")
        expect(wanted).to_be_focused()
        page.keyboard.press("Space" if number % 2 else "Enter")
    expect(blind(page).get_by_role("heading", name="4 of 5 right")).to_be_focused()
    root = blind(page)
    expect(root).to_contain_text("p = 0.19 · right at least 34 % of the time")
    expect(root).to_contain_text(f"4 of 5 right does not show that you can tell “{NAMES[0]}” from “{NAMES[1]}”")
    root.get_by_text("Every trial").first.click()
    rows = root.locator("tbody tr")
    expect(rows).to_have_count(5)
    for row, trial in zip(rows.all(), trials, strict=True):
        expect(row).to_contain_text(TEXTS[trial.sentence])
        expect(row.locator("td").nth(3)).to_have_text(NAMES[trial.system("X")])
    expect(root.get_by_role("cell", name="right", exact=True)).to_have_count(4)
    expect(root.get_by_role("cell", name="wrong", exact=True)).to_have_count(1)
    with page.expect_download() as found:
        root.get_by_role("link", name="Download as CSV").click()
    assert found.value.suggested_filename == "blind-test.csv"
    with found.value.path().open(newline="", encoding="utf-8") as file:
        assert [row["x"] for row in csv.DictReader(file)] == [NAMES[trial.system("X")] for trial in trials]
    root.get_by_role("button", name="Another test").click()
    expect(root).to_have_attribute("data-view", "choose")


def test_a_preference_is_told_from_the_preferred_side(page: Page) -> None:
    begin(page, A_OR_B)
    expect(blind(page).locator(".hear-blind-tile")).to_have_count(2)
    for number, trial in enumerate(plan("ab", 16).trials, 1):
        expect_trial(page, number, 16)
        answer(page, "A" if trial.system("A") == 1 else "B")  # always the second system
    expect(blind(page).get_by_role("heading", name="“No regularizer” was easier in 16 of 16")).to_be_visible()
    expect(blind(page)).to_contain_text("p < 0.001")
    expect(blind(page)).to_contain_text("“No regularizer” was easier to understand for you than")


def test_a_reload_goes_on_where_it_was(page: Page) -> None:
    begin(page)
    answer(page, "A")
    expect_trial(page, 2)
    page.reload()
    expect_trial(page, 2)
    for number in range(2, 6):
        expect_trial(page, number)
        answer(page, "B")
    expect(blind(page)).to_have_attribute("data-view", "result")
    page.reload()
    expect(blind(page)).to_have_attribute("data-view", "result")
    hits = sum(is_hit(trial, "A" if number == 0 else "B") for number, trial in enumerate(plan("abx", 5).trials))
    expect(blind(page).locator(".hear-blind-score")).to_have_text(f"{hits} of 5 right")
    for _ in range(3):  # right after a reload, gradio 6.31 may lose an event on a busy machine
        with contextlib.suppress(AssertionError, Error):
            blind(page).get_by_role("button", name="Another test").click(timeout=2000)
            expect(blind(page)).to_have_attribute("data-view", "choose", timeout=7000)
            break
    expect(blind(page)).to_have_attribute("data-view", "choose")
    page.reload()
    expect(blind(page)).to_have_attribute("data-view", "choose")


def test_nothing_gives_x_away(visit: Callable[..., Visit], url: str) -> None:
    """Before the end nothing the browser has received, shows or asks for names a system, and no two clips are alike."""
    opened = visit(url)
    page = opened.page
    page.add_init_script(KEEP_STREAMS)
    page.reload()
    begin(page)
    hashes, clips = set(), 0
    for number in range(1, 6):
        expect_trial(page, number)
        value = page.evaluate("document.querySelector('#blind .hear-blind').outerHTML")
        for secret in (*SYSTEMS, "data-system", "data:audio"):
            assert secret not in value
        tiles = (
            blind(page)
            .locator(".hear-blind-tile")
            .evaluate_all(
                "(nodes) => nodes.map((node) => node.outerHTML.replace(/[ABX]\\b/g, '?').replace(/ \\d\"/, '\"'))"
            )
        )
        assert len({re.sub(r'aria-pressed="\w+"', "", tile) for tile in tiles}) == 1
        if number < 5:
            answer(page, "A")
    expect_trial(page, 5)
    texts = page.evaluate("window.received")
    for text in (texts, page.content(), *opened.requests):
        for secret in (*SYSTEMS, "tt-one", "tt-two", "tt-three", '"seed"', '"conclusion"', '"count"'):
            assert secret not in text
    for group in re.findall(r'"clips":\s*(\{.*?\})', texts):
        found = [base64.b64decode(each) for each in re.findall(r"base64,([\w+/=]+)", group)]
        assert len(found) == 3 and len({len(each) for each in found}) == 1
        hashes |= {hashlib.sha256(each).hexdigest() for each in found}
        clips += len(found)
    assert clips == len(hashes) == 15
    assert opened.errors == []


def test_clips_play_in_step(page: Page) -> None:
    """Switching goes on at the same playhead, and the tone heard is the clip's."""
    begin(page)
    root = blind(page)
    root.get_by_role("button", name="Listen to A").click()
    expect(root).to_have_attribute("data-state", "playing")
    page.wait_for_function(
        "/scaleX\\(0\\.[1-9]/.test(document.querySelector('#blind .hear-blind-head').style.transform)"
    )
    root.get_by_role("button", name="Listen to B").click()
    expect(root).to_have_attribute("data-state", "playing")
    expect(root.get_by_role("button", name="Listen to B")).to_contain_text("playing")
    expect(root.get_by_role("button", name="Listen to A")).to_contain_text("heard")
    expect(root.get_by_role("button", name="Listen to X")).to_contain_text("not heard yet")
    page.keyboard.press("Space")  # on the chosen tile: pause
    expect(root).to_have_attribute("data-state", "paused")
    root.get_by_role("button", name="Listen to X").focus()
    page.keyboard.press("Space")  # on another: listen to it
    expect(root).to_have_attribute("data-chosen", "X")
    expect(root).to_have_attribute("data-state", "playing")
    page.get_by_label("Written").press_sequentially("b 2")
    expect(root).to_have_attribute("data-chosen", "X")


def test_an_alert_leaves_the_sound_alone(page: Page) -> None:
    begin(page)
    hear_all(page)
    expect(blind(page)).to_have_attribute("data-state", "playing")
    page.get_by_role("button", name="same trial").click()
    expect(blind(page).get_by_role("alert")).to_have_text(f"Careful {HOSTILE}.")
    expect(blind(page)).to_have_attribute("data-state", "playing")
    expect(blind(page).get_by_role("button", name="X is A", exact=True)).to_be_enabled()


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        ("(detail) => { detail.trial = 4; }", "Trial 1 comes before trial 4."),
        ("(detail) => { detail.trial = 'x'; }", "This test has the trials 1 to 5 and no other."),
        ("(detail) => { detail.choice = 'C'; }", "An answer is either A or B."),
        ("(detail) => { detail.choice = {}; }", "An answer is either A or B."),
        ("(detail) => { detail.test = 'guess'; }", "This listening test is not kept here any more"),
        ("(detail) => { for (const key of Object.keys(detail)) delete detail[key]; }", "An answer is either A or B."),
        ("(detail) => { detail.test = ['x']; }", "This listening test is not kept here any more"),
    ],
)
def test_junk_answers_give_a_sentence(page: Page, tamper: str, sentence: str) -> None:
    """What the browser sends is changed on its way."""
    page.evaluate(
        """(source) => {
            const tamper = eval(source);
            const send = window.fetch;
            window.fetch = (address, options) => {
                if (String(address).includes("/queue/join") && options?.body) {
                    const body = JSON.parse(options.body);
                    if (body.event_data?.choice) tamper(body.event_data);
                    options = { ...options, body: JSON.stringify(body) };
                }
                return send(address, options);
            };
        }""",
        tamper,
    )
    begin(page)
    answer(page, "A")
    expect(blind(page).get_by_role("alert")).to_contain_text(sentence)
    expect(blind(page)).to_have_attribute("data-view", re.compile("trial|choose"))


def test_giving_up_and_nothing_to_compare(page: Page) -> None:
    begin(page)
    blind(page).get_by_role("button", name="Leave this test").click()
    expect(blind(page)).to_have_attribute("data-view", "choose")
    expect(blind(page)).to_contain_text(f"Between “{NAMES[0]}” and “{NAMES[1]}”.")
    expect(page.locator("#empty")).to_contain_text("With two voices to compare, you can test here")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everyone(visit: Callable[..., Visit], url: str, viewport: dict[str, int], dark: bool) -> None:
    """Offers, trial and result: no serious finding of axe, nothing wider than the page, nothing too small to touch."""
    opened = visit(url, viewport=viewport, dark=dark)
    page = opened.page

    def check() -> None:
        assert serious_findings(page, ".gradio-container") == []
        assert not scrolls_sideways(page)
        script = """(nodes) => nodes
            .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 43.5)
            .map((node) => node.outerHTML.slice(0, 80))"""
        assert blind(page).locator("button, a, summary").evaluate_all(script) == []

    expect(blind(page)).to_have_attribute("data-view", "choose")
    check()
    begin(page)
    check()
    hear_all(page)
    check()
    for number in range(1, 6):
        expect_trial(page, number)
        answer(page, "A")
    blind(page).locator("summary").click()
    check()
    assert opened.errors == []
