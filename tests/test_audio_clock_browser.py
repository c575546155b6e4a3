"""Sound on a device whose audio clock stands still: player, lesson and blind test go on, or say that they cannot."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import audio_clock, blind_app, lesson_app, player_app
from tests.browser_fixtures import Visit, serve
from tts_demo.ui.components import files

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours

# of each component: its element, what says whether it sounds, how far it is, and the button that plays
PARTS = {
    "player": ("#player .hear-player", "data-state", ".hear-play"),
    "lesson": ("#lesson .hear-lesson", "data-sound", ".hear-sound-play"),
    "blind": ("#blind .hear-blind", "data-state", ".hear-blind-play"),
}


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    with (
        serve(lambda: player_app.build(player_app.Answers())) as player,
        serve(lambda: lesson_app.build(lesson_app.value())) as lesson,
        serve(blind_app.build) as blind,
    ):
        yield {"player": player, "lesson": lesson, "blind": blind}


@pytest.fixture
def opened(visit: Callable[..., Visit], addresses: dict[str, str]) -> Iterator[Callable[..., Page]]:
    """Opens a component's app on a device with such a clock; afterwards no script may have failed."""
    visits: list[Visit] = []

    def open_page(part: str, clock: str) -> Page:
        one = visit("about:blank")
        visits.append(one)
        one.page.add_init_script(clock)
        one.page.goto(addresses[part])
        if part == "lesson":
            one.page.get_by_role("button", name="Show me").click()  # to what loops
        if part == "blind":
            one.page.get_by_role("button", name="Can you hear overfitting? Five trials").click()
        expect(play_button(one.page, part)).to_be_enabled()
        return one.page

    yield open_page
    for one in visits:
        one.check()


def root(page: Page, part: str) -> Locator:
    return page.locator(PARTS[part][0])


def play_button(page: Page, part: str) -> Locator:
    return root(page, part).locator(PARTS[part][2])


def expect_sound(page: Page, part: str, state: str) -> None:
    expect(root(page, part)).to_have_attribute(PARTS[part][1], state)
    named = "Pause" if state == "playing" else "Play"
    expect(root(page, part).get_by_role("button", name=named, exact=True)).to_have_count(1)


def wait_until_it_moves(page: Page, part: str) -> None:
    """The playhead moves, by what the page shows of it: it jumps once where sound begins on a clock that stands."""
    moves = {
        "player": "root.dataset.position",
        "lesson": "root.dataset.position",
        "blind": "root.querySelector('.hear-blind-head').style.transform.match(/[\\d.]+/)?.[0]",
    }[part]
    handle = root(page, part).element_handle()
    page.evaluate("(root) => { root.hearPlaces = []; }", handle)
    page.wait_for_function(
        f"""(root) => {{
            const at = Number({moves});
            root.hearPlaces = [...root.hearPlaces, at].slice(-4);
            return at > 0.02 && new Set(root.hearPlaces).size === 4;
        }}""",
        arg=handle,
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_dead_clock_is_replaced(opened: Callable[..., Page], part: str) -> None:
    page = opened(part, audio_clock.FIRST)
    play_button(page, part).click()
    wait_until_it_moves(page, part)
    expect_sound(page, part, "playing")
    assert audio_clock.sounded_last_on(page) == 1
    play_button(page, part).click()
    expect_sound(page, part, "paused")
    play_button(page, part).click()
    wait_until_it_moves(page, part)
    assert audio_clock.sounded_last_on(page) == 1
    expect(root(page, part).locator(".hear-help")).not_to_have_attribute("open", "")


@pytest.mark.parametrize("part", PARTS)
def test_where_every_clock_is_dead_the_page_says_so_until_one_runs(opened: Callable[..., Page], part: str) -> None:
    page = opened(part, audio_clock.EVERY)
    play_button(page, part).click()
    expect(root(page, part)).to_contain_text("The sound of this device has stopped.")
    expect_sound(page, part, "paused")
    expect(root(page, part).get_by_text("set the ringer switch")).to_be_visible()
    assert page.evaluate("window.clocks.made.length") == 2
    audio_clock.freeze(page, up_to=2)
    play_button(page, part).click()
    wait_until_it_moves(page, part)
    expect_sound(page, part, "playing")
    assert audio_clock.sounded_last_on(page) == 2
    expect(root(page, part)).not_to_contain_text("has stopped")


@pytest.mark.parametrize("part", PARTS)
def test_a_clock_that_stops_while_something_sounds_is_replaced(opened: Callable[..., Page], part: str) -> None:
    page = opened(part, audio_clock.NONE)
    play_button(page, part).click()
    wait_until_it_moves(page, part)
    audio_clock.freeze(page, up_to=1)
    page.wait_for_function("window.clocks.made.length === 2")
    wait_until_it_moves(page, part)
    expect_sound(page, part, "playing")
    assert audio_clock.sounded_last_on(page) == 1


@pytest.mark.parametrize("part", PARTS)
def test_after_a_call_play_plays(opened: Callable[..., Page], part: str) -> None:
    page = opened(part, audio_clock.NONE)
    play_button(page, part).click()
    wait_until_it_moves(page, part)
    audio_clock.interrupt(page)
    expect_sound(page, part, "paused")
    play_button(page, part).click()
    wait_until_it_moves(page, part)
    expect_sound(page, part, "playing")
    assert audio_clock.sounded_last_on(page) == 1


def test_the_players_part_moment_and_playhead_survive(opened: Callable[..., Page]) -> None:
    page = opened("player", audio_clock.NONE)
    player = root(page, "player")
    player.get_by_role("slider", name="Position").press("ArrowRight")
    for _ in range(8):
        player.press("Shift+ArrowRight")
    region = player.get_attribute("data-region") or ""
    start, end = map(float, region.split("-"))
    assert 0 < start < end < 2
    player.get_by_role("slider", name="Training so far").press("Home")
    expect(player.locator(".hear-moment-text")).to_have_text("after 5 updates")
    expect(player).to_contain_text("after 5 updates")
    play_button(page, "player").click()
    wait_until_it_moves(page, "player")
    audio_clock.freeze(page, up_to=1)
    page.wait_for_function("window.clocks.made.length === 2")
    wait_until_it_moves(page, "player")
    expect(player).to_have_attribute("data-region", region)
    expect(player.locator(".hear-moment-text")).to_have_text("after 5 updates")
    places = page.evaluate(
        """async (root) => {
            const places = [];
            for (let frame = 0; frame < 60; frame += 1) {
                await new Promise(requestAnimationFrame);
                places.push(Number(root.dataset.position));
            }
            return places;
        }""",
        player.element_handle(),
    )
    assert start - 1e-3 <= min(places) < max(places) <= end + 1e-3


def test_a_clip_that_nobody_can_have_heard_does_not_count_as_heard(opened: Callable[..., Page]) -> None:
    page = opened("blind", audio_clock.EVERY)
    for tile in root(page, "blind").locator(".hear-blind-tile").all():
        tile.click()
    expect(root(page, "blind").get_by_text(re.compile("not heard yet"))).to_have_count(3)
    for answer in root(page, "blind").locator(".hear-blind-answer").all():
        expect(answer).to_be_disabled()


def test_one_components_new_clock_serves_the_others(opened: Callable[..., Page]) -> None:
    """Two components share one context: what the one has replaced, the other does not use any more."""
    page = opened("player", audio_clock.NONE)
    play_button(page, "player").click()
    wait_until_it_moves(page, "player")
    play_button(page, "player").click()
    script = "async (module) => { (await import(module)).newAudioContext(16000); }"
    page.evaluate(script, f"{files.root()}/shared/audio_context.js")
    play_button(page, "player").click()
    wait_until_it_moves(page, "player")
    assert audio_clock.sounded_last_on(page) == 1


def test_the_help_for_silence_opens_by_key_in_the_lesson(opened: Callable[..., Page]) -> None:
    page = opened("lesson", audio_clock.NONE)
    summary = root(page, "lesson").get_by_text("No sound?")
    summary.press(" ")
    expect(root(page, "lesson").get_by_text("set the ringer switch")).to_be_visible()
    expect_sound(page, "lesson", "paused")
    summary.press("Enter")
    expect(root(page, "lesson").get_by_text("set the ringer switch")).to_be_hidden()
    expect(root(page, "lesson")).to_have_attribute("data-step", "2")
