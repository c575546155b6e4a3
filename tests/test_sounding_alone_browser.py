"""Player, lesson and blind test on a page without gradio: one of them sounds at a time, and none leaves anything."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import blind_app, lesson_app, player_app
from tts_demo.ui.components.player import wav_data_url

pytestmark = pytest.mark.browser

# What goes on beyond the elements: frames, timers, observers, listeners, sounding clips, addresses of files.
COUNTING = """
window.going = new Set();
const [frame, cancel] = [requestAnimationFrame, cancelAnimationFrame];
window.requestAnimationFrame = (step) => {
  const name = frame((time) => { going.delete(`frame ${name}`); step(time); });
  going.add(`frame ${name}`);
  return name;
};
window.cancelAnimationFrame = (name) => { going.delete(`frame ${name}`); cancel(name); };
const [later, never] = [setTimeout, clearTimeout];
window.setTimeout = (step, wait) => {
  const name = later(() => { going.delete(`timer ${name}`); step(); }, wait);
  going.add(`timer ${name}`);
  return name;
};
window.clearTimeout = (name) => { going.delete(`timer ${name}`); never(name); };
for (const name of ["ResizeObserver", "MutationObserver"]) {
  window[name] = class extends window[name] {
    observe(...about) { going.add(this); super.observe(...about); }
    disconnect() { going.delete(this); super.disconnect(); }
  };
}
const named = new Map();
const listener = (target, event, answer) => {
  if (!named.has(answer)) named.set(answer, named.size);
  return `${target.constructor.name} ${event} ${named.get(answer)}`;
};
for (const target of [window, document, document.fonts]) {
  const [add, remove] = [target.addEventListener, target.removeEventListener];
  target.addEventListener = (event, answer, ...more) => {
    going.add(listener(target, event, answer));
    add.call(target, event, answer, ...more);
  };
  target.removeEventListener = (event, answer, ...more) => {
    going.delete(listener(target, event, answer));
    remove.call(target, event, answer, ...more);
  };
}
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...moment) {
  going.add(this);
  this.addEventListener("ended", () => going.delete(this));
  start.apply(this, moment);
};
const [create, revoke] = [URL.createObjectURL, URL.revokeObjectURL];
URL.createObjectURL = (file) => { const address = create(file); going.add(address); return address; };
URL.revokeObjectURL = (address) => { going.delete(address); revoke(address); };
"""
# of each component: the button that plays, and what says whether it sounds
PARTS = {
    "player": (".hear-play", "data-state"),
    "lesson": (".hear-sound-play", "data-sound"),
    "blind_test": (".hear-blind-play", "data-state"),
}


def value_of(part: str) -> Any:
    if part == "player":
        return player_app.value_at(40)
    if part == "lesson":
        return lesson_app.value()
    clips = {place: wav_data_url(blind_app.clip(blind_app.SYSTEMS[0], "tt-one"), blind_app.RATE) for place in "ABX"}
    return {"view": "trial", "test": "one", "kind": "abx", "number": 1, "trials": 5, "clips": clips}


def render(page: Page, part: str) -> None:
    """Show a component as any page may; `window.shown` has it by name."""
    page.evaluate(
        """async ({ part, value }) => {
            const { default: component } = await import(`/${part}/index.js`);
            const element = document.createElement("div");
            element.id = part;
            document.body.append(element);
            window.shown = { ...window.shown, [part]: component.render({ element, value }) };
        }""",
        {"part": part, "value": value_of(part)},
    )


def root(page: Page, part: str) -> Locator:
    return page.locator(f"#{part} > section")


def press_play(page: Page, part: str) -> None:
    root(page, part).locator(PARTS[part][0]).click()


def expect_state(page: Page, part: str, state: str) -> None:
    expect(root(page, part)).to_have_attribute(PARTS[part][1], state)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("sounding", [True, False], ids=["sounding", "paused"])
def test_nothing_goes_on_after_its_end(module_page: Page, part: str, sounding: bool) -> None:
    module_page.evaluate(COUNTING)
    render(module_page, part)
    press_play(module_page, part)
    expect_state(module_page, part, "playing")
    module_page.wait_for_timeout(200)
    assert module_page.evaluate("going.size") > 3  # or nothing was counted
    if not sounding:
        press_play(module_page, part)
        expect_state(module_page, part, "paused")
    module_page.evaluate("(part) => { shown[part].destroy(); document.getElementById(part).remove(); }", part)
    module_page.wait_for_timeout(200)  # the sound fades out
    assert module_page.evaluate("[...going].map(String)") == []


def test_one_component_sounds_at_a_time(module_page: Page) -> None:
    for part in PARTS:
        render(module_page, part)
    for part in (*PARTS, "player"):
        press_play(module_page, part)
        for other in PARTS:
            expect_state(module_page, other, "playing" if other == part else "paused")


def test_the_browsers_own_player_takes_its_turn_too(module_page: Page) -> None:
    for part in ("player", "lesson"):
        render(module_page, part)
    press_play(module_page, "player")
    module_page.locator("#player audio").evaluate("(plain) => plain.play()")
    expect_state(module_page, "player", "paused")
    press_play(module_page, "lesson")
    expect_state(module_page, "lesson", "playing")
    assert module_page.locator("#player audio").evaluate("(plain) => plain.paused")
    module_page.locator("#player audio").evaluate("(plain) => plain.play()")
    expect_state(module_page, "lesson", "paused")
