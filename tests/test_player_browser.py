"""The player's training slider, looped parts, captions and covered text, in a real browser."""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser_fixtures import DESKTOP, PHONE, Visit, scrolls_sideways, serious_findings
from tests.components_app import HOSTILE
from tests.player_app import MOMENTS, TEXT, Answers, answers, network_url, page, player, served
from tts_demo.ui.components.player import chosen_moment

__all__ = ["answers", "page", "served"]  # fixtures, taken by name
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours


def wait_position(page: Page, condition: str) -> None:
    page.wait_for_function(
        "() => { const at = Number(document.querySelector('#player .hear-player').dataset.position);"
        f" return {condition}; }}"
    )


# ---- the training slider


def training(page: Page) -> Locator:
    return player(page).get_by_role("slider", name="Training so far")


def sent_clip(page: Page) -> str:
    """The network's clip that is on the page now, as the address it came in."""
    link = player(page).get_by_role("link", name="Download No regularizer")
    script = """async (link) => {
        const bytes = new Uint8Array(await (await fetch(link.href)).arrayBuffer());
        return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    }"""
    return "data:audio/wav;base64," + base64.b64encode(link.evaluate(script).encode("latin-1")).decode()


def test_slider_says_where_in_the_training(page: Page) -> None:
    slider = training(page)
    expect(slider).to_have_attribute("aria-valuetext", "after 1280 updates")
    expect(slider).to_have_value(str(len(MOMENTS) - 1))
    expect(player(page).locator(".hear-moment-text")).to_have_text("after 1280 updates")
    ticks = player(page).locator(".hear-tick")
    expect(ticks).to_have_text([str(moment) for moment in MOMENTS])
    page.set_viewport_size(PHONE)
    expect(ticks.nth(1)).to_have_text("")  # no room for every number
    expect(ticks.last).to_have_text("1280")
    page.get_by_role("button", name="one moment").click()
    expect(slider).to_have_count(0)


def test_moving_the_slider_brings_that_moments_clips(page: Page, answers: Answers) -> None:
    """The sound goes on at the same playhead, with the same clip chosen and the same part looped."""
    root = player(page)
    root.get_by_role("button", name="No regularizer").first.click()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    region = root.get_attribute("data-region")
    assert region
    begin, end = map(float, region.split("-"))
    assert sent_clip(page) == network_url(1280)
    root.evaluate("""(root) => {
        window.states = [];
        new MutationObserver(() => window.states.push(root.dataset.state)).observe(root, { attributes: true });
    }""")
    training(page).press("Home")
    expect(root.locator(".hear-clip-note").nth(1)).to_have_text("after 5 updates")
    expect(root).to_have_attribute("data-loading", "false")
    expect(training(page)).to_have_attribute("aria-valuetext", "after 5 updates")
    expect(training(page)).to_be_focused()
    assert sent_clip(page) == network_url(5)
    expect(root).to_have_attribute("data-chosen", "network")
    expect(root).to_have_attribute("data-region", region)
    wait_position(page, f"at >= {begin - 0.001} && at <= {end + 0.001}")
    assert set(page.evaluate("window.states")) == {"playing"}  # it never paused
    assert answers.asked == [5]


def test_one_request_for_a_settled_movement(page: Page, answers: Answers) -> None:
    held = """(slider, steps) => {  // as a held key does, at once
      for (const step of steps) {
        slider.stepUp(step);
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        slider.dispatchEvent(new Event("change", { bubbles: true }));
      }
    }"""
    training(page).evaluate(held, [-1, -1, -1, -1, -1])
    expect(page.get_by_label("Answered")).to_have_value("40;")
    expect(player(page)).to_have_attribute("data-loading", "false")
    training(page).evaluate(held, [-1, 1])  # back where it was: there is nothing to ask for
    training(page).press("End")
    expect(page.get_by_label("Answered")).to_have_value("40;1280;")
    assert answers.asked == [40, 1280]


def test_slider_stays_free_while_it_waits(page: Page, answers: Answers) -> None:
    root, slider = player(page), training(page)
    answers.gate.clear()
    slider.press("Home")
    expect(root).to_have_attribute("data-loading", "true")
    expect(root.locator(".hear-moment-busy")).to_have_text("loading …")
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "after 20 updates")
    expect(root.locator(".hear-clip-note").nth(1)).to_have_text("after 1280 updates")  # what sounds is still the old
    slider.press("Space")  # plays while waiting
    expect(root).to_have_attribute("data-state", "playing")
    answers.gate.set()
    expect(root.locator(".hear-clip-note").nth(1)).to_have_text("after 20 updates")
    expect(root).to_have_attribute("data-loading", "false")
    expect(slider).to_have_attribute("aria-valuetext", "after 20 updates")
    expect(root.locator(".hear-moment-busy")).to_have_text("")
    assert answers.asked in ([5, 20], [5, 10, 20])  # the latter where a machine is slow between two keys


def test_clips_that_never_come(page: Page, answers: Answers) -> None:
    page.clock.install()
    page.reload()
    root, slider = player(page), training(page)
    answers.gate.clear()
    slider.press("Home")
    expect(root).to_have_attribute("data-loading", "true")
    page.clock.fast_forward(31_000)
    expect(root.locator(".hear-alarm")).to_have_text(re.compile("have not come. Move the slider to try again"))
    expect(root).to_have_attribute("data-loading", "false")
    expect(slider).to_have_attribute("aria-valuetext", "after 1280 updates")
    answers.gate.set()  # they come after all
    expect(slider).to_have_attribute("aria-valuetext", "after 5 updates")
    expect(root.locator(".hear-alarm")).to_have_text("")


def test_another_sentence_ends_the_waiting(page: Page, answers: Answers) -> None:
    root = player(page)
    answers.gate.clear()
    training(page).press("Home")
    expect(root).to_have_attribute("data-loading", "true")
    page.get_by_role("button", name="other sentence").click()
    expect(root.locator("blockquote")).to_have_text("Another.")
    expect(root).to_have_attribute("data-loading", "false")
    expect(training(page)).to_have_attribute("aria-valuetext", "after 80 updates")


@pytest.mark.parametrize("sent", [None, 5, [], {}, {"moment": "5"}, {"moment": True}, {"moment": 6}, {"moment": [5]}])
def test_only_moments_on_offer_are_answered(sent: Any) -> None:
    with pytest.raises(ValueError, match="was not recorded"):
        chosen_moment(sent, [1, 5])
    assert chosen_moment({"moment": 5}, [1, 5]) == 5


# ---- looping a part


def drag(page: Page, start: float, end: float) -> None:
    """Press on the waveform at a part of its width and let go at another."""
    canvas = player(page).locator("canvas")
    canvas.hover(position={"x": 40, "y": 40})  # waits until it stands still
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + end) / 2 * box["width"], box["y"] + 40)
    page.mouse.move(box["x"] + end * box["width"], box["y"] + 40)
    page.mouse.up()


def test_dragging_marks_a_part_and_loops_it(page: Page) -> None:
    """The round is 2.25 s: the clips' two seconds and a pause."""
    root = player(page)
    root.get_by_role("button", name="Loop", exact=True).click()
    drag(page, 0.8, 0.4)
    expect(root).to_have_attribute("data-region", re.compile(r"^0\.(89|90)\d-1\.(79|80)\d$"))
    expect(root.get_by_role("button", name="Loop", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(root.locator(".hear-region-text")).to_have_text(re.compile(r"Part 0\.(89|90) to 1\.(79|80) s"))
    wait_position(page, "at > 0.88 && at < 0.91")
    root.get_by_role("button", name="Play", exact=True).click()
    page.evaluate("""() => {
        const root = document.querySelector('#player .hear-player');
        window.seen = [];
        const look = () => { window.seen.push(Number(root.dataset.position)); requestAnimationFrame(look); };
        look();
    }""")
    page.wait_for_function("window.seen.some((at, index) => index && at < window.seen[index - 1] - 0.5)")  # came round
    low, high = page.evaluate("[Math.min(...window.seen), Math.max(...window.seen)]")
    assert low > 0.88
    assert high < 1.81
    page.keyboard.press("Escape")
    expect(root).to_have_attribute("data-region", "")
    wait_position(page, "at > 1.9")  # on to the end, now


def test_a_click_seeks_and_outside_the_part_lets_go_of_it(page: Page) -> None:
    root = player(page)
    canvas = root.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    drag(page, 0.5, 0.502)  # a hand that shakes
    expect(root).to_have_attribute("data-region", "")
    wait_position(page, "at > 1.1 && at < 1.15")
    drag(page, 0.2, 0.6)
    canvas.click(position={"x": box["width"] / 2, "y": 40})
    expect(root).to_have_attribute("data-region", re.compile(r"^0\.4"))
    wait_position(page, "at > 1.1 && at < 1.15")
    canvas.click(position={"x": 0.9 * box["width"], "y": 40})
    expect(root).to_have_attribute("data-region", "")
    wait_position(page, "at > 2 && at < 2.1")


def test_marking_a_part_by_keys(page: Page) -> None:
    root = player(page)
    root.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")  # 0.5 s
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(root).to_have_attribute("data-region", "0.500-0.800")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowLeft")
    expect(root).to_have_attribute("data-region", "0.300-0.500")
    page.keyboard.press("End")  # the part's
    wait_position(page, "at === 0.49")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    wait_position(page, "at === 0.3")
    page.keyboard.press("Escape")
    expect(root).to_have_attribute("data-region", "")


def test_marking_a_part_by_buttons(page: Page) -> None:
    root = player(page)
    press = root.get_by_role("button", name="Loop from here")
    expect(root.get_by_role("button", name="Loop all")).to_have_count(0)
    slider = root.get_by_role("slider", name="Position")
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    press.press("Space")
    expect(root).to_have_attribute("data-region", "0.500-2.250")
    slider.press("ArrowRight")
    root.get_by_role("button", name="Loop to here").click()
    expect(root).to_have_attribute("data-region", "0.500-0.750")
    wait_position(page, "at === 0.5")
    root.get_by_role("button", name="Loop all").click()
    expect(root).to_have_attribute("data-region", "")
    expect(press).to_be_focused()
    slider.press("Home")
    root.get_by_role("button", name="Loop to here").click()
    expect(root).to_have_attribute("data-region", "0.000-0.060")  # the least
    slider.press("Escape")
    slider.press("End")
    press.click()
    expect(root).to_have_attribute("data-region", "2.190-2.250")


def test_another_sentence_lets_go_of_the_part(page: Page) -> None:
    drag(page, 0.2, 0.6)
    expect(player(page)).to_have_attribute("data-region", re.compile("-"))
    page.get_by_role("button", name="other sentence").click()
    expect(player(page)).to_have_attribute("data-region", "")


# ---- captions, covered text


def test_captions_of_the_chosen_clip(page: Page) -> None:
    root = player(page)
    heard = root.locator(".hear-heard")
    expect(heard).to_have_text("No speech recogniser has listened to this clip.")
    root.locator("canvas").press("2")
    expect(heard).to_have_text(f"A speech recogniser heard: “weasels have 1280 {HOSTILE}”")
    root.locator("canvas").press("3")
    expect(heard).to_have_text("A speech recogniser heard no words.")
    expect(root.locator(".hear-typical summary")).to_have_text("How typical is it?")
    expect(root.locator(".hear-typical p")).to_have_text(f"the median of 47 {HOSTILE}")


def test_covered_text_waits_to_be_guessed(page: Page) -> None:
    root = player(page)
    expect(root.locator("blockquote")).to_have_text(TEXT)
    expect(root.get_by_role("button", name="Show the text")).to_have_count(0)
    page.get_by_role("button", name="other sentence").click()
    expect(root.locator("blockquote")).to_have_text("Another.")
    page.get_by_role("button", name="covered").click()
    show = root.get_by_role("button", name="Show the text")
    expect(show).to_be_visible()
    root.locator("canvas").press("2")
    expect(root.locator(".hear-heard")).to_be_hidden()
    assert "eaten" not in root.inner_html()
    assert "weasels" not in root.inner_html()
    show.press("Space")
    expect(root.locator("blockquote")).to_have_text(TEXT)
    expect(root.locator("blockquote")).to_be_focused()
    expect(root.locator(".hear-heard")).to_contain_text("weasels have 40")
    expect(show).to_have_count(0)
    training(page).press("End")  # its answer is of the same sentence, and covers nothing again
    expect(root.locator(".hear-heard")).to_contain_text("weasels have 1280")
    expect(root.locator("blockquote")).to_have_text(TEXT)


def test_a_switch_tells_how_long_it_takes(page: Page) -> None:
    root = player(page)
    root.get_by_role("button", name="Play", exact=True).click()
    wait_position(page, "at > 0")
    page.keyboard.press("2")
    expect(root).to_have_attribute("data-switch-ms", re.compile(r"^\d+\.\d$"))


# ---- everyone


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everyone(
    visit: Callable[..., Visit], served: tuple[str, Answers], viewport: dict[str, int], dark: bool
) -> None:
    page = visit(served[0], viewport=viewport, dark=dark).page
    root = player(page)
    page.get_by_role("button", name="covered").click()
    expect(root.get_by_role("button", name="Show the text")).to_be_visible()
    assert serious_findings(page, "#player") == []
    root.get_by_role("button", name="Show the text").click()
    root.locator("canvas").press("2")
    drag(page, 0.2, 0.6)
    expect(root.get_by_role("button", name="Loop all")).to_be_visible()
    assert serious_findings(page, "#player") == []
    assert not scrolls_sideways(page)
    script = """(nodes) => nodes.filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < LEAST)
        .map((node) => node.outerHTML.slice(0, 80))""".replace(
        "LEAST", "43.5" if viewport is PHONE else "23.5"
    )  # for a finger, for a mouse
    assert root.locator("button, a, summary, input").evaluate_all(script) == []
    box, rail = root.locator(".hear-tick").last.bounding_box(), training(page).bounding_box()
    assert box is not None
    assert rail is not None
    assert box["x"] + box["width"] <= rail["x"] + rail["width"] + 0.5  # the last number stays inside
