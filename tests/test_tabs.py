"""Several tabs of one browser over plain http, with the six connections that it has to a host for all of them."""

import re
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import free_port, serve, serve_command
from tests.test_page import LONG, choose, ready, set_updates
from tts_demo.engine import LocalEngine
from tts_demo.ui import page as page_module
from tts_demo.ui.lab import live

pytestmark = [pytest.mark.browser, pytest.mark.real]
ROOT = Path(__file__).parent.parent
LONG_RUN = "?updates=3000&seed="
UPDATE = re.compile(r"update [1-9]\d* of")


@pytest.fixture(scope="module")
def address():
    with serve_command(["app.py"], ROOT) as address:
        yield address


@pytest.fixture
def tabs(browser):
    """Opens tabs of one browser profile."""
    context = browser.new_context()
    yield context.new_page
    context.close()


def train(page: Page) -> None:
    page.get_by_label("Train a twin beside it").uncheck()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status")).to_contain_text(UPDATE, timeout=LONG)


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#status")).to_contain_text("stopped", timeout=LONG)


def update_of(page: Page) -> int:
    found = re.search(r"update (\d+)", page.locator("#status").inner_text())
    assert found
    return int(found[1])


def test_five_tabs_of_which_two_train_leave_room_for_stop_and_for_a_sixth(tabs, address):
    five = [tabs() for _ in range(5)]
    for number, page in enumerate(five):
        page.goto(address + LONG_RUN + str(number))
        ready(page)
    one, other = five[1], five[3]
    train(one)
    train(other)
    stop(one)
    told = update_of(other)
    sixth = tabs()
    sixth.goto(address + "?lab")
    ready(sixth)
    expect(other.locator("#status")).not_to_contain_text(f"update {told} of", timeout=LONG)
    assert update_of(other) > told
    stop(other)


def runs_of(page: Page) -> list[str]:
    return page.locator("#runs .hear-table-name").all_inner_texts()


def reloaded(page: Page, count: int) -> list[str]:
    page.reload()
    ready(page)
    expect(page.locator("#runs .hear-table-run")).to_have_count(count, timeout=LONG)
    return runs_of(page)


def test_two_tabs_keep_each_others_runs_and_what_is_deleted_stays_deleted(tabs, address):
    one, other = tabs(), tabs()
    for page in (one, other):
        page.goto(address + "?lab")
        ready(page)
    for page, regularizer in ((one, "None"), (other, "Dropout"), (one, "L2")):
        choose(page, "Regularizer", regularizer)
        set_updates(page, 5)
        page.get_by_label("Train a twin beside it").uncheck()
        before = page.locator("#runs").get_by_text("completed").count()
        page.get_by_role("button", name="Train", exact=True).click()
        expect(page.locator("#runs").get_by_text("completed")).to_have_count(before + 1, timeout=LONG)
    assert runs_of(one) == ["No regularizer", "L2 0.0003"] and runs_of(other) == ["Dropout 0.2"]
    all_runs = ["No regularizer", "Dropout 0.2", "L2 0.0003"]
    assert reloaded(one, 3) == all_runs
    # one tab gives a run another name and deletes another one; the other tab, which knows the old ones, changes nothing
    table = one.locator("#runs")
    table.get_by_role("button", name="Rename: Dropout").click()
    table.locator(".hear-table-field:visible").fill("Mine")
    table.locator(".hear-table-field:visible").press("Enter")
    expect(one.locator("#chart")).to_contain_text("Mine")
    table.get_by_role("button", name="Delete: No regularizer").click()
    table.locator(".hear-table-danger:visible").click()
    expect(one.locator("#runs .hear-table-run")).to_have_count(2)
    choose(other, "Regularizer", "L1")
    other.get_by_role("button", name="Train", exact=True).click()
    expect(other.locator("#runs").get_by_text("completed")).to_have_count(2, timeout=LONG)
    for page in (one, other):
        assert reloaded(page, 3)[:2] == ["Mine", "L2 0.0003"]
        set_updates(page, 5)
        page.get_by_label("Train a twin beside it").uncheck()
    # of many, the last ones stay
    for number in range(4):
        page = (one, other)[number % 2]
        done = page.locator("#runs").get_by_text("completed").count()
        page.get_by_role("button", name="Train", exact=True).click()
        expect(page.locator("#runs").get_by_text("completed")).to_have_count(min(done + 1, 6), timeout=LONG)
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=LONG)
    assert reloaded(one, 6) == reloaded(other, 6)
    assert "Mine" not in runs_of(one)


def test_after_a_restart_of_the_server_its_runs_can_be_run_again(tabs):
    page = tabs()
    with serve_command(["app.py", "--port", str(port := free_port())], ROOT) as address:
        page.goto(address + "?l2.strength=0.002&speech_seconds=45&updates=3000")
        ready(page)
        train(page)
        expect(page.locator("#runs")).to_contain_text("L2 0.002")
    with serve_command(["app.py", "--port", str(port)], ROOT) as address:
        # the tab that was open finds out by itself, and so does a new one
        expect(page.locator("#status")).to_contain_text("One of your runs is gone", timeout=LONG)
        page.goto(address)
        expect(page.locator("#status")).to_contain_text("One of your runs is gone", timeout=LONG)
        row = page.locator("#runs .hear-table-run").filter(has_text="L2 0.002")
        expect(row).to_contain_text("gone")
        expect(row.get_by_role("button", name="Download")).to_be_disabled()
        row.get_by_role("button", name="Use these settings").click()
        expect(page.get_by_label("Strength λ")).to_have_value("0.002")
        train(page)
        expect(page.locator("#status")).not_to_contain_text("gone")
        expect(page.locator("#runs")).to_contain_text("training now", timeout=LONG)
        expect(row).to_have_count(2)
        expect(row.last).to_contain_text("45 s · Feed-forward network 256 · 3000 updates · Adam · seed 0")
        stop(page)
        page.goto(address + "zh")
        expect(page.locator("#status")).to_contain_text("你有一次训练已经不在了", timeout=LONG)


# A page that can be hidden, and whose timers then take a minute, as a browser's do after some minutes.
HIDING = """
let hidden = false;
Object.defineProperty(document, "hidden", { get: () => hidden });
Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
window.hide = () => { hidden = true; document.dispatchEvent(new Event("visibilitychange")); };
for (const name of ["setTimeout", "setInterval"]) {
  const timer = window[name];
  window[name] = (what, wait, ...others) => timer(what, hidden ? 60000 : wait, ...others);
}
"""


def test_a_hidden_tab_keeps_its_run_and_a_closed_one_does_not(visit, tmp_path):
    with closing(LocalEngine(tmp_path, lease_seconds=3)) as engine:
        routes = {"routes": [live.route(engine)]}
        with serve(lambda: page_module.build(engine), app_kwargs=routes, css=page_module.style()) as address:
            hidden, closed = visit("about:blank").page, visit("about:blank").page
            hidden.add_init_script(HIDING)
            for page in (hidden, closed):
                page.goto(address + LONG_RUN + "1")
                ready(page)
                train(page)
            first, second = engine._jobs  # the table of runs: to follow them would keep them alive
            hidden.evaluate("hide()")
            closed.goto("about:blank")  # tells the page that it is left, as a closed tab does
            with engine._changed:
                assert engine._changed.wait_for(lambda: second.over, timeout=60)
            told = update_of(hidden)
            with engine._changed:
                done = len(first.events) + 100
                assert engine._changed.wait_for(lambda: len(first.events) > done or first.over, timeout=60)
            assert second.events[-1].reason == "abandoned"
            assert not first.over
            expect(hidden.locator("#status")).not_to_contain_text(f"update {told} of", timeout=LONG)
            stop(hidden)


def test_a_network_that_is_cut_is_said_and_the_run_goes_on(tabs, address):
    page = tabs()
    page.goto(address + LONG_RUN + "7")
    ready(page)
    train(page)
    page.context.set_offline(True)
    expect(page.locator("#status")).to_contain_text("The server does not answer", timeout=LONG)
    page.context.set_offline(False)
    expect(page.locator("#status")).not_to_contain_text("The server does not answer", timeout=LONG)
    expect(page.locator("#status")).to_contain_text(UPDATE, timeout=LONG)
    told = update_of(page)
    page.wait_for_function(
        f"Number(document.querySelector('#status').innerText.match(/update (\\d+)/)?.[1]) > {told}", timeout=LONG
    )
    stop(page)


def test_an_idle_tab_holds_no_connection(tabs, address):
    page = tabs()
    for query in ("", "?lab"):
        page.goto(address + query, wait_until="networkidle")
    train(page)
    stop(page)
    page.wait_for_load_state("networkidle")
