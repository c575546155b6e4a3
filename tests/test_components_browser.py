"""The listening player, and both components for everyone, in a real browser."""

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser_fixtures import DESKTOP, PHONE, Visit, scrolls_sideways, serious_findings
from tests.components_app import HOSTILE, add_points, build, clips

__all__ = ["build"]  # what the fixtures `url` and `page` serve
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours


# ---- the player on the page


def player(page: Page, name: str = "player") -> Locator:
    return page.locator(f"#{name} .hear-player")


def wait_position(page: Page, condition: str, name: str = "player") -> None:
    page.wait_for_function(
        f"() => {{ const at = Number(document.querySelector('#{name} .hear-player').dataset.position);"
        f" return {condition}; }}"
    )


def test_player_plays_switches_and_pauses(page: Page) -> None:
    root = player(page)
    expect(root).to_have_attribute("data-state", "paused")
    root.get_by_role("button", name="Play", exact=True).click()
    expect(root).to_have_attribute("data-state", "playing")
    wait_position(page, "at > 0.2")
    page.wait_for_function("document.querySelector('#player .hear-player').dataset.level > -30")  # it sounds
    vocoder = root.get_by_role("button", name="Vocoder copy").first
    vocoder.click()
    expect(vocoder).to_have_attribute("aria-pressed", "true")
    expect(root.get_by_role("button", name="Recording").first).to_have_attribute("aria-pressed", "false")
    expect(root).to_have_attribute("data-state", "playing")
    wait_position(page, "at > 0.3")  # it went on, at the same playhead
    root.get_by_role("button", name="Pause", exact=True).click()
    expect(root).to_have_attribute("data-state", "paused")


def test_a_clip_button_starts_the_sound(page: Page) -> None:
    root = player(page)
    root.get_by_role("button", name="Network 2").first.click()
    expect(root).to_have_attribute("data-state", "playing")
    expect(root).to_have_attribute("data-chosen", "clip-2")


def test_player_keys(page: Page) -> None:
    root = player(page)
    slider = root.get_by_role("slider", name="Position")
    slider.focus()
    page.keyboard.press("2")
    expect(root).to_have_attribute("data-chosen", "clip-1")
    expect(root).to_have_attribute("data-state", "paused")
    page.keyboard.press("4")  # damaged
    page.keyboard.press("9")  # there is none
    expect(root).to_have_attribute("data-chosen", "clip-1")
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-state", "playing")
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-state", "paused")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0.0")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "1.0")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "Vocoder copy, 0.8 of 2.6 seconds")


def test_space_on_a_focused_clip_button(page: Page) -> None:
    """On the chosen clip's button space plays and pauses; on another it chooses, as on any button."""
    root = player(page)
    root.get_by_role("button", name="Vocoder copy").first.focus()
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-chosen", "clip-1")
    expect(root).to_have_attribute("data-state", "playing")
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-state", "paused")
    page.keyboard.press("1")  # the focus moves along, so that space stays with the chosen clip
    expect(root.get_by_role("button", name="Recording").first).to_be_focused()
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-state", "playing")
    expect(root).to_have_attribute("data-chosen", "clip-0")


def test_player_keys_leave_fields_alone(page: Page) -> None:
    root = player(page)
    expect(root).to_have_attribute("data-chosen", "clip-0")
    page.get_by_label("Written").press_sequentially("2 3")
    expect(page.get_by_label("Written")).to_have_value("2 3")
    root.evaluate("(node) => node.append(Object.assign(document.createElement('textarea'), { id: 'inside' }))")
    page.locator("#inside").press_sequentially("2 3")
    expect(page.locator("#inside")).to_have_value("2 3")
    expect(root).to_have_attribute("data-chosen", "clip-0")
    expect(root).to_have_attribute("data-state", "paused")


def test_player_seeks_by_pointer(page: Page) -> None:
    root = player(page)
    canvas = root.get_by_role("slider")
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(root.locator(".hear-time")).to_have_text("1.3 / 2.6 s")
    root.get_by_role("button", name="Play", exact=True).click()
    wait_position(page, "at > 1.4")
    canvas.click(position={"x": 3, "y": box["height"] / 2})
    wait_position(page, "at < 1.2")
    expect(root).to_have_attribute("data-state", "playing")


def test_player_loops_or_stops_at_the_end(page: Page) -> None:
    root = player(page)
    slider = root.get_by_role("slider")
    loop = root.get_by_role("button", name="Loop", exact=True)
    expect(loop).to_have_attribute("aria-pressed", "true")
    slider.press("End")
    slider.press("ArrowLeft")
    slider.press("Space")
    wait_position(page, "at > 0 && at < 1")  # came round
    expect(root).to_have_attribute("data-state", "playing")
    loop.click()
    expect(loop).to_have_attribute("aria-pressed", "false")
    slider.press("End")
    expect(root).to_have_attribute("data-state", "paused")
    wait_position(page, "at === 0")


def test_damaged_and_missing_clips_say_so(page: Page) -> None:
    root = player(page)
    tiles = root.locator(".hear-clip")
    expect(tiles).to_have_count(5)
    expect(tiles.nth(3)).to_contain_text("This clip could not be read. The others can still be played.")
    expect(tiles.nth(4)).to_contain_text(f"It failed: {HOSTILE}.")
    expect(tiles.nth(3).get_by_role("button")).to_have_count(0)
    expect(tiles.nth(3).get_by_role("link")).to_have_count(0)
    expect(root.locator("blockquote")).to_have_text(f"Monkeys {HOSTILE}")
    root.get_by_role("button", name="Network 2").first.click()
    expect(root).to_have_attribute("data-state", "playing")


def test_only_one_player_sounds(page: Page) -> None:
    first, second = player(page), player(page, "second")
    first.get_by_role("button", name="Play", exact=True).click()
    expect(first).to_have_attribute("data-state", "playing")
    second.get_by_role("slider").focus()
    page.keyboard.press("9")
    expect(second).to_have_attribute("data-chosen", "clip-8")
    expect(first).to_have_attribute("data-chosen", "clip-0")
    expect(first).to_have_attribute("data-state", "playing")
    page.keyboard.press("Space")
    expect(second).to_have_attribute("data-state", "playing")
    expect(first).to_have_attribute("data-state", "paused")


def test_download_is_the_clip_itself(page: Page) -> None:
    with page.expect_download() as found:
        player(page).get_by_role("link", name="Download Vocoder copy").click()
    assert found.value.suggested_filename == "unseen-vocoder-copy.wav"
    sent = base64.b64decode(clips(2)[1]["url"].split(",")[1])
    assert found.value.path().read_bytes() == sent


def test_new_clips_of_one_sentence_go_on_and_another_sentence_stops(page: Page) -> None:
    root = player(page)
    root.get_by_role("button", name="Vocoder copy").first.click()
    wait_position(page, "at > 0.3")
    page.get_by_role("button", name="same sentence").click()
    expect(root.locator(".hear-clip")).to_have_count(4)
    expect(root).to_have_attribute("data-chosen", "clip-1")
    expect(root).to_have_attribute("data-state", "playing")
    page.get_by_role("button", name="other sentence").click()
    expect(root.locator(".hear-clip")).to_have_count(9)
    expect(root.locator("blockquote")).to_have_text("Weasels.")
    expect(root).to_have_attribute("data-state", "paused")
    wait_position(page, "at === 0")
    page.get_by_role("button", name="no sentence").click()
    expect(root).to_contain_text("The sentence will be here to listen to")
    expect(root).to_have_attribute("data-state", "empty")


def test_waveform_is_the_chosen_clips(page: Page) -> None:
    picture = "document.querySelector('#player canvas').toDataURL()"
    player(page).get_by_role("slider").wait_for()
    page.wait_for_function(f"{picture}.length > 2000")
    before = page.evaluate(picture)
    player(page).get_by_role("slider").press("3")
    page.wait_for_function(f"before => {picture} !== before", arg=before)


# ---- both


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everyone(visit: Callable[..., Visit], url: str, viewport: dict[str, int], dark: bool) -> None:
    opened = visit(url, viewport=viewport, dark=dark)
    page = opened.page
    add_points(page, 5)
    page.get_by_role("button", name="Log", exact=True).click()
    page.locator("#player .hear-help summary").click()
    player(page).get_by_role("button", name="Recording").first.click()
    expect(player(page)).to_have_attribute("data-state", "playing")
    assert serious_findings(page, ".gradio-container") == []
    assert not scrolls_sideways(page)
    script = """(nodes) => nodes.filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < LEAST)
        .map((node) => node.outerHTML.slice(0, 80))""".replace("LEAST", "43.5" if viewport is PHONE else "23.5")
    small = page.locator(".hear").locator("button, a, summary").evaluate_all(script)
    assert small == []
    assert opened.errors == []
