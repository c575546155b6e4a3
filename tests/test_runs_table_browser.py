"""The runs table in a real browser, and the check of what it sends."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser_fixtures import PHONE, Visit, scrolls_sideways, serious_findings
from tests.runs_table_app import HOSTILE, OWN, RECORDED, build, further, names, run_of, value
from tts_demo.ui.components.runs_table import LONGEST_NAME, Action, RunsTable, action_of

__all__ = ["build"]  # what the fixtures `url` and `page` serve
VISIT = {"permissions": ["clipboard-read", "clipboard-write"]}
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # gradio's own warnings are not ours

CHART_ORDER = ["Max-norm 1", f"Dropout {HOSTILE}", "L2 0.001", "No regularizer (2)"]
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


def asked(page: Page) -> Locator:
    return page.get_by_label("Asked")


def expect_asked(page: Page, *action: str) -> None:
    expect(asked(page)).to_have_value(json.dumps(action, ensure_ascii=False))


def button(page: Page, run: str, name: str) -> Locator:
    return run_of(page, run).get_by_role("button", name=name)


def figures(page: Page, run: str) -> Locator:
    return run_of(page, run).locator(".hear-table-figure .hear-number")


def mark(page: Page) -> None:
    """Remember every row's element, so that one put in its place would be noticed."""
    expect(names(page)).to_have_count(4)
    page.evaluate("document.querySelectorAll('#runs .hear-table-run').forEach((row) => { row.marked = true; })")


def marked(page: Page) -> int:
    return page.evaluate("[...document.querySelectorAll('#runs .hear-table-run')].filter((row) => row.marked).length")


# ---- what is shown


def test_rows_show_names_and_figures(page: Page) -> None:
    expect(names(page)).to_have_text(CHART_ORDER)  # markup is text: the fixture looks whether it ran
    expect(figures(page, "Max-norm")).to_have_text(
        ["0.587", "0.590", "+0.201", "0.5\u00a0%", "6.07\u00a0dB", "0.0\u00a0%", "42\u00a0s"]
    )
    expect(figures(page, "Dropout").nth(4)).to_have_text("–")  # NaN
    expect(figures(page, "L2").nth(2)).to_have_text("−0.010")
    expect(figures(page, "No regularizer")).to_have_text(["–"] * 7)
    expect(run_of(page, "L2").locator(".hear-table-state")).to_have_text("training now")
    expect(run_of(page, "L2").locator(".hear-table-swatch")).to_have_css("background-color", "rgb(11, 138, 102)")
    expect(run_of(page, "L2")).to_contain_text("3 minutes of speech, RNN, 600 updates, seed 0")


def test_it_says_what_will_be_here(page: Page) -> None:
    second = page.locator("#second")
    expect(second.locator("h3")).to_have_text("Läufe")
    expect(second).to_contain_text("Noch keine Läufe.")
    expect(second.locator("table")).to_be_hidden()
    page.get_by_role("button", name="nothing").click()
    expect(page.locator("#runs table")).to_be_hidden()
    expect(page.locator("#runs")).to_contain_text("Every network that you train will be listed here")
    further(page)
    expect(names(page)).to_have_text(CHART_ORDER)


def test_recorded_runs_are_protected(page: Page) -> None:
    recorded, own = run_of(page, "Max-norm"), run_of(page, "Dropout")
    expect(own.get_by_role("button")).to_have_count(6)
    expect(recorded.get_by_role("button")).to_have_count(4)
    expect(recorded.get_by_role("button", name=re.compile("Rename|Delete"))).to_have_count(0)
    expect(button(page, "L2", "Copy link")).to_have_count(0)  # it has none
    expect(button(page, "L2", "Download")).to_be_disabled()  # it still trains
    expect(button(page, "Max-norm", "Download")).to_be_enabled()


# ---- what is asked for


def test_renaming_by_keyboard(page: Page) -> None:
    button(page, "L2", "Rename").focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Name of the run")
    expect(field).to_be_focused()
    expect(field).to_have_value("L2 0.001")
    page.keyboard.type(f"  Mine {HOSTILE} ")  # the old name is selected, so it goes
    page.keyboard.press("Enter")
    expect_asked(page, "rename", "own-2", f"Mine {HOSTILE}")
    expect(names(page).nth(2)).to_have_text(f"Mine {HOSTILE}")
    expect(button(page, "Mine", "Rename")).to_be_focused()
    expect(page.locator("#runs [aria-live=polite]")).to_have_text(f"Renamed: Mine {HOSTILE}")


def test_the_number_of_a_run_is_no_part_of_its_name(page: Page) -> None:
    button(page, "No regularizer (2)", "Rename").click()
    expect(page.get_by_role("textbox", name="Name of the run")).to_have_value("No regularizer")
    page.keyboard.press("Enter")  # unchanged: nothing is asked for
    expect(names(page)).to_have_text(CHART_ORDER)
    expect(asked(page)).to_have_value("")


def test_escape_and_empty_names(page: Page) -> None:
    button(page, "L2", "Rename").click()
    field = page.get_by_role("textbox", name="Name of the run")
    field.fill("   ")
    page.keyboard.press("Enter")
    expect(run_of(page, "L2").locator("[role=alert]")).to_have_text("A name needs at least one character.")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    field.fill("")
    page.keyboard.type("x" * (LONGEST_NAME + 9))
    expect(field).to_have_value("x" * LONGEST_NAME)
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(names(page).nth(2)).to_have_text("L2 0.001")
    expect(button(page, "L2", "Rename")).to_be_focused()
    expect(asked(page)).to_have_value("")


def test_a_refused_name_goes_and_the_reason_comes(page: Page) -> None:
    button(page, "L2", "Rename").click()
    page.keyboard.type("forbidden")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#runs").get_by_role("alert").first).to_have_text(f"This name is taken: {HOSTILE}.")
    expect(names(page)).to_have_text(CHART_ORDER)
    button(page, "Dropout", "Use these settings").click()
    expect(page.locator("#runs .hear-runs-table > [role=alert]")).to_have_text("")


def test_an_update_leaves_an_open_name_field_alone(page: Page) -> None:
    mark(page)
    button(page, "L2", "Rename").click()
    page.keyboard.type("Half a na")
    expect(figures(page, "Dropout").nth(1)).to_have_text("0.658")
    further(page)
    expect(page.locator("#runs .hear-table-final .hear-number").nth(2)).to_have_text("0.500")
    field = page.get_by_role("textbox", name="Name of the run")
    expect(field).to_be_focused()
    page.keyboard.type("me")
    expect(field).to_have_value("Half a name")
    assert marked(page) == 4


def test_an_update_changes_only_what_differs(page: Page) -> None:
    mark(page)
    button(page, "L2", "Use these settings").focus()
    page.evaluate("""() => {
        window.changes = [];
        new MutationObserver((records) => window.changes.push(...records.map((record) => record.target)))
            .observe(document.querySelector("#runs tbody"), { childList: true, subtree: true, characterData: true });
    }""")
    further(page)
    expect(figures(page, "L2").nth(1)).to_have_text("0.500")
    expect(button(page, "L2", "Use these settings")).to_be_focused()
    assert page.evaluate("window.changes.map((node) => node.parentNode.className).sort()") == [
        "hear-table-figure hear-table-final", "hear-table-figure hear-table-rise",
    ]  # fmt: skip
    assert marked(page) == 4


def test_deleting_asks_first(page: Page) -> None:
    button(page, "L2", "Delete").click()
    keep = button(page, "L2", "Keep it")
    expect(keep).to_be_focused()
    page.keyboard.press("Escape")
    expect(keep).to_have_count(0)
    expect(button(page, "L2", "Delete")).to_be_focused()
    expect(asked(page)).to_have_value("")
    page.keyboard.press("Enter")
    button(page, "L2", "Delete").press("Enter")
    expect_asked(page, "delete", "own-2", "")
    expect(names(page)).to_have_text([CHART_ORDER[0], CHART_ORDER[1], CHART_ORDER[3]])


def test_focus_goes_to_the_neighbour_of_a_deleted_run(page: Page) -> None:
    button(page, "L2", "Delete").press("Enter")
    button(page, "L2", "Delete").press("Enter")
    expect(names(page)).to_have_count(3)
    expect(button(page, "No regularizer", "Use these settings")).to_be_focused()
    expect(page.locator("#runs [aria-live=polite]")).to_have_text("Deleted: L2 0.001")


def test_settings_are_asked_for_and_downloads_too(page: Page) -> None:
    button(page, "Max-norm", "Use these settings").click()
    expect_asked(page, "reuse", "recorded-1", "")
    button(page, "Dropout", "Download").press("Enter")
    expect_asked(page, "download", "own-1", "")
    button(page, "Max-norm", "As a notebook").press("Enter")
    expect_asked(page, "notebook", "recorded-1", "")
    expect(button(page, "L2", "As a notebook")).to_be_disabled()


def test_a_link_is_copied(page: Page) -> None:
    copy = button(page, "Dropout", "Copy link")
    copy.click()
    expect(button(page, "Dropout", "Link copied")).to_be_focused()
    expect(page.locator("#runs [aria-live=polite]")).to_contain_text("has been copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url.split("?")[0] + "?updates=100&dropout.strength=0.3"
    expect(asked(page)).to_have_value("")


def test_a_link_that_cannot_be_copied_is_selected(page: Page) -> None:
    page.evaluate(NO_CLIPBOARD)
    button(page, "Dropout", "Copy link").click()
    field = page.get_by_role("textbox", name="Link to these settings")
    expect(field).to_be_focused()
    expect(field).not_to_be_editable()
    selected = (
        "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"
    )
    assert page.evaluate(selected) == page.url.split("?")[0] + "?updates=100&dropout.strength=0.3"
    expect(page.locator("#runs [aria-live=polite]")).to_contain_text("Ctrl+C")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(button(page, "Dropout", "Copy link")).to_be_focused()


# ---- order


def test_sorting_by_a_header(page: Page) -> None:
    mark(page)
    header = page.locator("#runs").get_by_role("columnheader", name="Final loss")
    expect(header).to_have_attribute("aria-sort", "none")
    press = header.get_by_role("button")
    press.press("Enter")
    expect(header).to_have_attribute("aria-sort", "ascending")
    expect(names(page)).to_have_text([CHART_ORDER[index] for index in (0, 1, 2, 3)])
    expect(page.locator("#runs [aria-live=polite]")).to_have_text("Sorted by Final loss, Ascending.")
    press.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(names(page)).to_have_text([CHART_ORDER[index] for index in (2, 1, 0, 3)])  # those without it stay last
    further(page)
    expect(names(page)).to_have_text([CHART_ORDER[index] for index in (1, 0, 2, 3)])
    press.press("Enter")
    expect(header).to_have_attribute("aria-sort", "none")
    expect(names(page)).to_have_text(CHART_ORDER)
    page.locator("#runs").get_by_role("columnheader", name="Run", exact=True).get_by_role("button").click()
    expect(names(page)).to_have_text([CHART_ORDER[index] for index in (1, 2, 0, 3)])
    assert marked(page) == 4


def test_no_row_moves_under_the_focus(page: Page) -> None:
    header = page.locator("#runs").get_by_role("columnheader", name="Final loss").get_by_role("button")
    header.press("Enter")
    focused = button(page, "L2", "Use these settings")
    focused.focus()
    further(page)
    expect(figures(page, "L2").nth(1)).to_have_text("0.500")
    expect(names(page)).to_have_text(CHART_ORDER)
    expect(focused).to_be_focused()
    header.focus()
    expect(names(page)).to_have_text([CHART_ORDER[index] for index in (2, 0, 1, 3)])


# ---- everyone


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_serious_finding(visit: Callable[..., Visit], url: str, dark: bool) -> None:
    page = visit(url, dark=dark).page
    expect(names(page)).to_have_count(4)
    button(page, "L2", "Rename").click()
    button(page, "No regularizer", "Delete").click()
    page.evaluate(NO_CLIPBOARD)
    button(page, "Dropout", "Copy link").click()
    page.locator("#runs summary").click()
    assert serious_findings(page, "#runs") == []


def test_on_a_phone_each_run_is_a_card(visit: Callable[..., Visit], url: str) -> None:
    page = visit(url, viewport=PHONE).page
    expect(names(page)).to_have_count(4)
    label = run_of(page, "Max-norm").locator(".hear-table-distortion .hear-table-of")
    expect(label).to_be_visible()
    expect(label).to_have_text("Distortion")
    expect(page.locator("#runs thead")).to_be_hidden()
    assert page.locator("#runs [role=row]").count() == 5  # a table still, for those who cannot see it
    page.locator("#runs").get_by_label("Sort by", exact=True).select_option("Best loss")
    page.locator("#runs").get_by_role("button", name="Ascending").click()
    expect(names(page)).to_have_text([CHART_ORDER[index] for index in (2, 1, 0, 3)])
    button(page, "L2", "Rename").click()
    page.keyboard.type("W" * LONGEST_NAME)
    page.keyboard.press("Enter")
    expect(names(page).first).to_have_text("W" * LONGEST_NAME)
    button(page, "No regularizer", "Delete").click()
    page.evaluate(NO_CLIPBOARD)
    button(page, "Dropout", "Copy link").click()
    assert not scrolls_sideways(page)
    assert page.evaluate("(() => { const root = document.querySelector('#runs .hear');"
                         " return root.scrollWidth <= root.clientWidth; })()")  # fmt: skip
    small = """() => [...document.querySelectorAll("#runs button, #runs select, #runs input, #runs summary")]
        .filter((node) => node.offsetParent)
        .filter((node) => node.offsetHeight < 43.5 || node.offsetWidth < 43.5).map((node) => node.textContent)"""
    assert page.evaluate(small) == []
    assert serious_findings(page, "#runs") == []


# ---- what the browser sends


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (None, "this page cannot do"),
        ("delete", "this page cannot do"),
        ({}, "this page cannot do"),
        ({"action": "erase", "run": "own-1"}, "this page cannot do"),
        ({"action": ["delete"], "run": "own-1"}, "this page cannot do"),
        ({"action": "delete"}, "not on the page any more"),
        ({"action": "delete", "run": "own-9"}, "not on the page any more"),
        ({"action": "reuse", "run": {"own-1": 1}}, "not on the page any more"),
        ({"action": "download", "run": "../own-1"}, "not on the page any more"),
        ({"action": "delete", "run": "recorded-1"}, "neither renamed nor deleted"),
        ({"action": "rename", "run": "recorded-1", "text": "x"}, "neither renamed nor deleted"),
        ({"action": "rename", "run": "own-1"}, "is a text"),
        ({"action": "rename", "run": "own-1", "text": 5}, "is a text"),
        ({"action": "rename", "run": "own-1", "text": " \n\u200d\u0000 "}, "at least one character"),
        ({"action": "rename", "run": "own-1", "text": "x" * 61}, "at most 60 characters"),
        ({"action": "rename", "run": "own-1", "text": "x" * 10**6}, "at most 60 characters"),
    ],
)
def test_junk_is_refused_in_a_sentence(sent: Any, sentence: str) -> None:
    for own in (OWN, set(OWN)):
        with pytest.raises(ValueError, match=sentence):
            action_of(sent, own, RECORDED)


def test_actions_are_read() -> None:
    for kind in ("delete", "reuse", "download", "notebook"):
        assert action_of({"action": kind, "run": "own-1", "text": "?"}, OWN) == Action(kind, "own-1")
    assert action_of({"action": "download", "run": "recorded-1"}, OWN, RECORDED).run == "recorded-1"

    def name(text: str) -> str:
        return action_of({"action": "rename", "run": "own-1", "text": text}, OWN).text

    assert name(" a\n\tb\u00a0 c ") == "a b c"
    assert name("\ud800a\u202eb\x07") == "ab"  # a lone surrogate could not be sent, the others mislead
    assert name("听见过拟合 👩‍🔬") == "听见过拟合 👩‍🔬"
    assert name("x" * 60) == "x" * 60


def test_figures_that_are_no_numbers_are_sent_as_none() -> None:
    sent = RunsTable(render=False).postprocess(value(final=float("inf")))
    assert sent is not None
    assert [run["final"] for run in sent["runs"]] == [0.59, 0.658, None, None]
    json.dumps(sent, allow_nan=False)
