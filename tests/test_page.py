"""The whole page on the real corpus in a real browser: the lesson, then choose, train, watch, stop, listen, prove."""

import base64
import csv
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from tests.browser_fixtures import PHONE, scrolls_sideways, serious_findings, serve_command
from tts_demo import acoustics, corpus
from tts_demo.ui.lab.sentences import SHORT, TITLES

pytestmark = [pytest.mark.browser, pytest.mark.real]
ROOT = Path(__file__).parent.parent
UNSEEN = {prompt.text: prompt.id for prompt in corpus.load("asterisk").split("test")}
LONG = 120_000  # ms; training takes its time on a slow machine, and nothing here measures time


@pytest.fixture(scope="module")
def address():
    with serve_command(["app.py"], ROOT) as address:
        yield address


# Heads and figures of the chart's legend that do not end before the next begins, buttons beyond their card, and
# choices below their arrow.
OVERLAPS = """() => {
    const box = (node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        return range.getBoundingClientRect();
    };
    const found = [];
    for (const row of document.querySelectorAll("#chart .hear-runs tr")) {
        const cells = [...row.children].slice(1).map(box);
        cells.slice(1).forEach((cell, index) => { if (cells[index].right > cell.left) found.push(row.innerText); });
    }
    for (const card of document.querySelectorAll("#runs .hear-table-run")) {
        const edge = card.getBoundingClientRect().right;
        for (const button of card.querySelectorAll("button")) {
            if (button.getBoundingClientRect().right > edge) found.push(button.innerText);
        }
    }
    for (const choice of document.querySelectorAll("#lab-section .wrap-inner")) {
        const arrow = choice.closest(".wrap").querySelector("svg");
        const input = choice.querySelector("input").getBoundingClientRect();
        if (arrow && input.width && input.right > arrow.getBoundingClientRect().left) found.push(choice.outerHTML);
    }
    return found;
}"""


def choose(page: Page, label: str, option: str) -> None:
    """Pick an entry of a drop-down list."""
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def set_updates(page: Page, updates: int) -> None:
    field = page.get_by_label("Updates", exact=True)
    if not field.is_visible():
        page.get_by_role("button", name="More").click()
    field.fill(str(updates))
    field.press("Enter")


def ready(page: Page) -> None:
    """Wait until the page has answered its load event: the player has something to say."""
    expect(page.locator("#player a[download]").first).to_be_visible(timeout=LONG)


def train_to_the_end(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status")).to_contain_text("All updates are done", timeout=LONG)


def listen_to(page: Page, title: str) -> None:
    """Choose a kind of sentence by its title, which the switch has in short."""
    kind = next(kind for kind, known in TITLES.items() if known == title)
    page.locator("#sentence").get_by_label(SHORT[kind], exact=True).check()


def drawn_points(page: Page) -> int:
    """Of what is in the chart now: the table beside it is there a frame earlier."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return int(page.locator("#chart [data-drawn-points]").get_attribute("data-drawn-points") or 0)


def wait_for_points(page: Page, points: int) -> None:
    page.wait_for_function(
        f"Number(document.querySelector('#chart [data-drawn-points]')?.dataset.drawnPoints) >= {points}", timeout=LONG
    )


def clips(page: Page) -> dict[str, tuple[np.ndarray, bytes]]:
    """Samples and file of every clip that the player offers, by the name under which it is downloaded."""
    files = page.evaluate(
        """async () => Promise.all([...document.querySelectorAll('#player a[download]')].map(async (link) => {
             const content = new Uint8Array(await (await fetch(link.href)).arrayBuffer());
             return [link.download, btoa(content.reduce((text, byte) => text + String.fromCharCode(byte), ''))];
           }))"""
    )
    found = {}
    for name, encoded in files:
        content = base64.b64decode(encoded)
        samples, rate = soundfile.read(io.BytesIO(content))
        assert rate == acoustics.SAMPLE_RATE
        found[name] = (samples, content)
    return found


def seconds_of_clips(page: Page) -> list[float]:
    return [len(samples) / acoustics.SAMPLE_RATE for samples, _ in clips(page).values()]


def test_choose_train_stop_train_to_the_end_and_listen(visit, address):
    visitor = visit(address + "?lab")
    page = visitor.page
    ready(page)
    expect(page.get_by_role("heading", name="Hear Overfitting")).to_be_visible()
    train, stop = (
        page.get_by_role("button", name="Train", exact=True),
        page.get_by_role("button", name="Stop", exact=True),
    )
    expect(train).to_be_in_viewport()
    expect(stop).to_be_disabled()

    # choose a regularizer: its formula and its strength appear
    choose(page, "Regularizer", "Dropout")
    expect(page.locator("#regularizer-words")).to_contain_text("switched off")
    expect(page.get_by_label("Probability p")).to_have_value("0.2")

    # train, see both curves of both twins move, stop
    train.click()
    expect(page.locator("#status")).to_contain_text(re.compile(r"update \d+ of 600"), timeout=LONG)
    wait_for_points(page, 6)
    expect(train).to_be_disabled()
    stop.click()
    expect(page.locator("#status")).to_contain_text("stopped", timeout=LONG)
    expect(train).to_be_enabled(timeout=LONG)
    expect(train).to_have_text("Train")

    # a short run to its very end
    choose(page, "Regularizer", "None")
    expect(page.get_by_label("Probability p")).to_be_hidden()
    set_updates(page, 50)
    expect(page.locator("#chart tbody tr")).to_have_count(2, timeout=LONG)  # what was recorded of 600 updates is gone
    before = drawn_points(page)
    train.click()
    expect(page.locator("#status")).to_contain_text("All updates are done", timeout=LONG)
    expect(train).to_be_enabled(timeout=LONG)
    wait_for_points(page, before + 2 * 4)  # twins, measured at 0, 20, 40 and 50

    # every clip of every kind of sentence, as soon as the page has turned to the twin's by itself
    expect(page.locator("#player")).to_contain_text("A sentence only the twin was trained on", timeout=LONG)
    for title, count in (
        ("A sentence no network was trained on", 6),
        ("A sentence every network was trained on", 6),
        ("A sentence only the twin was trained on", 6),
    ):
        listen_to(page, title)
        expect(page.locator("#player")).to_contain_text(title)
        expect(page.locator("#player a[download]")).to_have_count(count, timeout=LONG)
        heard = clips(page)
        assert len(heard) == count
        for name, (samples, content) in heard.items():
            assert np.abs(samples).max() > 0.05, name
            assert np.abs(samples).max() < 0.9, name
            assert abs(acoustics.loudness(samples) - acoustics.LOUDNESS_LUFS) < 0.5, name
            assert b"CC BY-SA 3.0" in content

    # a click downloads what was measured
    with page.expect_download() as download:
        page.locator("#player a[download]").last.click()
    assert Path(download.value.path()).read_bytes() == heard[download.value.suggested_filename][1]

    # and played: the playhead moves, and 1-6 switch
    player = page.locator("#player .hear-player")
    page.get_by_role("button", name=re.compile("^Play")).click()
    page.wait_for_function("Number(document.querySelector('#player .hear-player').dataset.position) > 0.2")
    for key in "123456":
        player.press(key)
        expect(player).to_have_attribute("data-state", "playing")
    assert not visitor.offhost_requests()
    assert not visitor.errors


def test_a_typed_sentence_and_one_that_cannot_be_read(visit, address):
    page = visit(address + "?updates=50").page
    ready(page)
    page.get_by_label("Train a twin beside it").uncheck()
    train_to_the_end(page)
    listen_to(page, "Your own sentence")
    field = page.locator("#written textarea")
    for wrong, said in (
        ("你好", "English"),
        ("x" * 400, "300"),
        ("<img src=x onerror=alert(1)>" * 20, "300"),
        ("  ", "."),
    ):
        field.fill(wrong)
        page.get_by_role("button", name="Speak", exact=True).click()
        expect(page.locator("#said")).to_contain_text(said)
    field.fill("Hello, is it me you are looking for?")
    page.get_by_role("button", name="Speak", exact=True).click()
    expect(page.locator("#player")).to_contain_text("is it me you are looking for")
    expect(page.locator("#said .hear-alert")).to_have_count(0)
    (samples, content), *others = clips(page).values()
    assert not others
    assert 1 < len(samples) / acoustics.SAMPLE_RATE < 5
    assert b"Synthetic" in content


def test_a_typed_sentence_is_spoken_at_another_speed(visit, address):
    visitor = visit(address + "?lab")
    page = visitor.page
    ready(page)
    speed, title = page.get_by_label("Speed", exact=True), page.locator("#player .hear-title")
    expect(speed).to_be_hidden()
    listen_to(page, "Your own sentence")
    expect(title).to_have_text("Your own sentence")
    expect(speed).to_have_value("1 ×")
    default = seconds_of_clips(page)
    choose(page, "Speed", "2 ×")
    expect(title).to_have_text("Your own sentence · 2 ×", timeout=LONG)
    fast = seconds_of_clips(page)
    for key in (*["ArrowUp"] * 5, "Enter"):  # from the last of six to the first
        speed.press(key)
    expect(title).to_have_text("Your own sentence · 0.5 ×", timeout=LONG)
    slow = seconds_of_clips(page)
    assert len(default) == len(fast) == len(slow) == 3
    np.testing.assert_allclose(fast, np.divide(default, 2), rtol=0.03)
    np.testing.assert_allclose(slow, np.multiply(default, 2), rtol=0.03)
    listen_to(page, "A sentence no network was trained on")
    expect(speed).to_be_hidden()
    assert not visitor.errors


def test_a_reload_finds_the_runs_again(visit, address):
    page = visit(address + "?lab").page
    ready(page)
    page.get_by_label("Train a twin beside it").uncheck()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status")).to_contain_text(re.compile(r"update [1-9]\d* of 600"), timeout=LONG)
    page.reload()
    expect(page.locator("#status")).to_contain_text(re.compile(r"update [1-9]\d* of 600"), timeout=LONG)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#status")).to_contain_text("stopped", timeout=LONG)


@pytest.mark.parametrize(("language", "takes"), [("", "It takes {}."), ("zh", "训练一次：{}。")])
def test_lesson_and_lab_say_the_same_time(visit, address, language, takes):
    visitor = visit(address + language)
    page = visitor.page
    predicted = page.locator("#predicted")
    expect(predicted).to_have_text(re.compile(r"\d"), timeout=LONG)
    page.locator(".hear-mute").click()
    for _ in range(2):
        page.locator("#lesson .hear-main:not(.hear-sound-play)").last.click()
    page.locator("#lesson .hear-vote").first.click()
    page.locator("#lesson .hear-main.hear-primary").click()
    expect(page.locator("#lesson .hear-takes")).to_be_visible()

    def both_say_it():
        page.wait_for_function(
            "takes => document.querySelector('#lesson .hear-takes').textContent"
            " === takes.replace('{}', document.querySelector('#predicted').textContent.trim())",
            arg=takes,
        )

    both_say_it()
    before = predicted.text_content()
    page.locator("#lesson .hear-main.hear-primary").click()
    page.locator("#more button").first.click()
    page.locator("#updates input").fill("5000")  # so many that no rounding hides it, however slow the machine is
    page.locator("#updates input").press("Enter")
    expect(predicted).not_to_have_text(before, timeout=LONG)
    both_say_it()
    assert not visitor.errors


def test_a_strength_changed_in_mid_run_is_told_by_every_label(visit, address):
    page = visit(address + "?lab&updates=2000&dropout.strength=0.1").page
    ready(page)
    page.get_by_label("Train a twin beside it").uncheck()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status")).to_contain_text(re.compile(r"update [1-9]\d* of 2000"), timeout=LONG)
    field = page.get_by_label("Probability p")
    field.fill("0.9")
    field.press("Enter")
    told = re.compile(r"Dropout 0\.1 → 0\.9 at update \d+")
    expect(page.locator("#status")).to_contain_text(told, timeout=LONG)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#status")).to_contain_text("stopped", timeout=LONG)
    label = told.search(page.locator("#status").inner_text())[0]
    expect(page.locator("#chart tbody tr")).to_contain_text(label)
    expect(page.locator("#runs .hear-table-name")).to_have_text(label)
    expect(page.locator("#player")).to_contain_text(label, timeout=LONG)
    expect(page.locator("#runs .hear-table-final")).to_contain_text(re.compile(r"\d\.\d{3}"))
    page.locator("#chart summary").click()
    with page.expect_download() as found:
        page.locator("#chart").get_by_role("button", name="CSV").click()
    with found.value.path().open(encoding="utf-8-sig", newline="") as file:
        assert {row["label"] for row in csv.DictReader(file)} == {label}


@pytest.mark.parametrize("strength", ["nan", "inf", "much", "-1", "1e9"])
def test_a_strength_that_is_none_gives_a_sentence(visit, address, strength):
    page = visit(address + "?lab").page
    ready(page)
    choose(page, "Regularizer", "L2")
    field = page.get_by_label("Strength λ")
    expect(field).to_have_value("0.0003")
    field.fill(strength)
    field.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status .hear-alert")).to_contain_text("Strength")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()


def test_the_lesson_comes_first_and_leads_to_the_lab(visit, address):
    visitor = visit(address)
    page = visitor.page
    screen = page.locator("#lesson .hear")
    expect(screen).to_contain_text("Did it learn to speak, or learn by heart?")
    expect(page.locator("#lab")).to_be_hidden()
    page.get_by_role("button", name="I can’t listen").click()
    page.get_by_role("button", name="Show me").click()
    expect(screen).to_have_attribute("data-step", "2")
    expect(screen).to_contain_text("It recites. That is overfitting.")
    expect(screen).to_contain_text("A speech recogniser heard")
    page.get_by_role("button", name="Skip to the lab").click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_in_viewport(timeout=LONG)
    expect(page.locator("#chart")).to_contain_text("recorded")
    wait_for_points(page, 60)  # three recorded runs
    ready(page)
    expect(page.locator("#player a[download]")).to_have_count(5)
    assert page.url == address + "?lab"
    page.go_back()
    expect(screen).to_be_visible()
    expect(page.locator("#lab")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#lab")).to_be_visible()
    page.get_by_role("button", name="The lesson again").click()
    expect(screen).to_be_visible()
    assert page.url == address
    page.get_by_role("button", name="Skip to the lab").click()
    expect(page.locator("#lab")).to_be_visible()
    assert not visitor.errors  # from here on there are some: a page that is left says so of its streams
    page.get_by_role("link", name="简体中文").click()
    expect(page.locator("#train")).to_have_text("训练", timeout=LONG)
    assert page.url == address + "zh?lab"
    assert not visitor.offhost_requests()


def test_who_skips_the_lesson_before_the_page_has_read_its_link_stays_in_the_lab(visit, address):
    """The page's requests are held: until they are answered, and after it, it shows what was asked for."""
    visitor, held = visit("about:blank"), []
    page = visitor.page
    page.route("**/queue/join*", lambda route: route.continue_() if held is None else held.append(route))
    page.goto(address)
    expect(page.locator("#lesson")).to_be_visible(timeout=LONG)
    expect(page.locator("#lab")).to_be_hidden()
    page.get_by_role("button", name="Skip to the lab").click()
    expect(page.locator("#lab")).to_be_visible()
    waiting, held = held, None
    for route in waiting:
        route.continue_()
    ready(page)
    expect(page.locator("#lab")).to_be_visible()
    expect(page.locator("#lesson")).to_be_hidden()
    assert not visitor.errors  # from here on there are some: a page that is left says so of its streams
    page.goto(address + "?lab")
    expect(page.locator("#lesson")).to_be_hidden()


@pytest.mark.parametrize("language", ["", "zh"])
def test_a_laptop_shows_each_step_of_the_lesson_down_to_its_button(visit, address, language):
    page = visit(address + language).page
    main = page.locator("#lesson .hear-main.hear-primary")
    page.locator("#hear-guess").fill("They have been married")
    page.keyboard.press("Enter")
    main.click()
    expect(page.locator("#lesson .hear-verdict")).to_be_visible()
    expect(main).to_be_in_viewport(ratio=1)
    main.click()
    page.locator("#lesson .hear-vote").first.click()
    expect(page.locator("#lesson .hear-verdict")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")  # Playwright scrolls to what it clicks where that still moves
    expect(main).to_be_in_viewport(ratio=1)


def test_a_link_brings_its_settings_and_a_wrong_one_a_sentence(visit, address):
    page = visit(
        address + "?speech_seconds=45&updates=50&model.units=32&l0.strength=0.1&l0.schedule=at+once&seed=7"
    ).page
    ready(page)
    expect(page.get_by_label("Regularizer", exact=True)).to_have_value("L0")
    expect(page.get_by_label("Fraction kept k")).to_have_value("0.1")
    page.get_by_label("Train a twin beside it").uncheck()
    train_to_the_end(page)
    row = page.locator("#runs")
    expect(row).to_contain_text("45 s · Feed-forward network 32 · 50 updates · Adam · seed 7")
    for query in ("?updates=0", "?model=<img src=x onerror=alert(1)>", "?nonsense=1", "?l2.strength=nan&x"):
        wrong = visit(address + query)
        expect(wrong.page.locator("#status .hear-alert")).to_be_visible(timeout=LONG)
        assert not wrong.errors


def test_a_click_on_train_before_the_page_has_read_its_link_trains_what_the_link_says(visit, address):
    """The page's requests are held; a person need not wait for them, and gets what was asked for."""
    visitor, held = visit("about:blank"), []
    page = visitor.page
    page.route("**/queue/join*", lambda route: route.continue_() if held is None else held.append(route))
    page.goto(address + "?l2.strength=0.001&updates=40&model.units=33&speech_seconds=45&seed=7")
    train = page.get_by_role("button", name="Train", exact=True)
    page.get_by_role("button", name="Skip to the lab").click()
    page.get_by_label("Train a twin beside it").uncheck()
    train.click()
    expect(train).to_have_attribute("aria-busy", "true")
    waiting, held = held, None
    for route in waiting:
        route.continue_()
    expect(page.locator("#runs")).to_contain_text("L2 0.001", timeout=LONG)
    expect(page.locator("#runs")).to_contain_text("45 s · Feed-forward network 33 · 40 updates · Adam · seed 7")
    expect(page.locator("#runs .hear-table-run")).to_have_count(1)
    expect(train).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#status")).to_contain_text("All updates are done", timeout=LONG)
    assert not visitor.errors


@pytest.mark.parametrize("updates", [1, 40, 5000, 20_000])
def test_a_link_may_ask_for_as_many_updates_as_the_command_line(visit, address, updates):
    visitor = visit(address + f"?updates={updates}&speech_seconds=45.5&model.units=31&learning_rate=0.00123456789")
    page = visitor.page
    ready(page)
    page.get_by_role("button", name="More").click()
    expect(page.get_by_label("Updates", exact=True)).to_have_value(str(updates))
    expect(page.get_by_label("Learning rate η")).to_have_value("0.00123456789")
    expect(page.get_by_label("Amount of speech")).to_have_value("45.5 s")
    page.get_by_label("Train a twin beside it").uncheck()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status")).to_contain_text(re.compile(rf"update \d+ of {updates}|All updates"), timeout=LONG)
    expect(page.locator("#runs")).to_contain_text(f"45.5 s · Feed-forward network 31 · {updates} updates", timeout=LONG)
    stop = page.get_by_role("button", name="Stop", exact=True)
    if updates > 40:
        stop.click()
    expect(stop).to_be_disabled(timeout=LONG)
    assert not visitor.errors


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [("Updates", "0", "Updates must be from 1 to 20000, not 0."), ("Updates", "20001", "Updates must be"),
     ("Updates", "many", "Updates must be a number"), ("Amount of speech", "7", "Amount of speech must be"),
     ("Amount of speech", "much", "Amount of speech must be a number"), ("Units", "5", "Units must be"),
     ("Seed", "-1", "Seed must be"), ("Learning rate η", "99", "Learning rate η must be")],
)  # fmt: skip
def test_a_number_beyond_its_range_is_refused_in_the_pages_own_words(visit, address, label, typed, said):
    page = visit(address + "?lab").page
    ready(page)
    page.get_by_role("button", name="More").click()
    field = page.get_by_label(label, exact=True)
    field.fill(typed)
    field.blur()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status .hear-alert")).to_contain_text(said)
    expect(page.locator(".toast-body")).to_have_count(0)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()


def test_the_training_slider_the_inside_and_the_table(visit, address):
    visitor = visit(address + "?updates=50")
    page = visitor.page
    ready(page)
    page.get_by_label("Train a twin beside it").uncheck()
    train_to_the_end(page)
    slider = page.get_by_role("slider", name="Training so far")
    expect(slider).to_have_attribute("aria-valuetext", "after 50 updates", timeout=LONG)
    slider.press("Home")
    expect(page.locator("#player")).to_contain_text("after 5 updates", timeout=LONG)
    page.get_by_role("button", name="Inside the model").click()
    expect(page.locator("#inside")).to_contain_text("No weight is exactly zero", timeout=LONG)
    table = page.locator("#runs")
    expect(table).to_contain_text("dB", timeout=LONG)
    table.get_by_role("button", name="Rename").first.click()
    field = table.get_by_label("Name of the run")
    field.fill("Mine <b>")
    field.press("Enter")
    expect(page.locator("#chart")).to_contain_text("Mine <b>")
    expect(page.locator("#player")).to_contain_text("Mine <b>", timeout=LONG)
    expect(page.get_by_label("Which run")).to_have_value("Mine <b>")
    table.get_by_role("button", name="Download: Mine").click()
    expect(page.locator("#run-file a[download]").first).to_be_visible(timeout=LONG)
    page.reload()
    expect(page.locator("#chart")).to_contain_text("Mine <b>", timeout=LONG)
    assert not visitor.errors
    page.get_by_role("link", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    assert page.url.endswith("zh?updates=50")
    expect(page.locator("#chart")).to_contain_text("Mine <b>", timeout=LONG)


def test_a_recorded_run_is_taken_as_a_notebook_with_the_keyboard_on_a_phone(visit, address):
    visitor = visit(address + "zh?lab", viewport=PHONE)
    page = visitor.page
    ready_at = page.locator("#runs").get_by_role("button", name="下载为笔记本").first
    ready_at.focus(timeout=LONG)
    page.keyboard.press("Enter")
    link = page.locator("#run-file a[download]").first
    expect(link).to_be_visible(timeout=LONG)
    expect(page.locator("#run-file")).to_contain_text("这次训练的笔记本")
    assert not page.evaluate(OVERLAPS) and not scrolls_sideways(page)
    with page.expect_download() as found:
        link.click()
    with zipfile.ZipFile(found.value.path()) as packed:
        words = json.loads(packed.read("run.ipynb"))["cells"][0]["source"]
    assert "Allison Smith" in words and "听见过拟合" in words
    assert not visitor.errors


def test_the_sheet_is_served_without_the_pages_scripts(visit, address):
    visitor = visit(address + "sheet")
    expect(visitor.page.locator(".address")).to_have_text(address + "?lab")
    assert visitor.page.locator("script").count() == 0
    assert visitor.requests == [address + "sheet"]
    visitor.check()
    visitor.page.goto(visitor.page.locator(".address").inner_text())
    expect(visitor.page.get_by_role("button", name="Train", exact=True)).to_be_visible(timeout=LONG)


def test_a_preset_sets_the_controls_until_one_is_changed(visit, address):
    page = visit(address + "?lab").page
    ready(page)
    start, predicted = page.get_by_label("Start from", exact=True), page.locator("#predicted")
    expect(predicted).to_contain_text(re.compile(r"about [\d.]+ s"), timeout=LONG)
    default = predicted.inner_text()
    choose(page, "Start from", "Too much of a remedy")
    expect(page.get_by_label("Regularizer", exact=True)).to_have_value("Dropout")
    expect(page.get_by_label("Probability p")).to_have_value("0.9")
    expect(start).to_have_value("Too much of a remedy")
    expect(page.locator("#strength")).to_contain_text("Default: 0.2. More is stronger.")
    choose(page, "Probability p", "0.3")
    expect(start).to_have_value("Your own settings")
    expect(page.locator("#status")).to_contain_text("These runs were recorded")
    choose(page, "Start from", "Before neural networks: HMM")
    expect(predicted).not_to_have_text(default)
    expect(page.locator("#regularizer-words")).not_to_contain_text("Nothing holds the network back")
    page.goto(address + "?lab")
    ready(page)
    page.locator("#runs").get_by_role("button", name="Use these settings: L2").click()
    expect(page.get_by_label("Strength λ")).to_have_value("0.0003")
    expect(start).to_have_value("A good remedy: L2")
    expect(page.locator("#strength")).to_contain_text("More is stronger.")


def test_a_default_strength_follows_the_optimizer_and_a_chosen_one_stays(visit, address):
    page = visit(address + "?lab").page
    ready(page)
    page.get_by_role("button", name="More").click()
    choose(page, "Regularizer", "Weight decay")
    field, told = page.get_by_label("Strength λ", exact=True), page.locator("#strength")
    expect(field).to_have_value("3")
    expect(page.locator("#regularizer-words")).to_contain_text("Biases and normalisation parameters are exempt.")
    for optimizer in ("Gradient descent", "Gradient descent with momentum"):
        choose(page, "Optimizer", optimizer)
        expect(told).not_to_contain_text("Default: 3.")
        default = re.search(r"Default: ([0-9.e-]+)\.", told.inner_text())[1]
        expect(field).to_have_value(default)
        choose(page, "Optimizer", "Adam")
        expect(field).to_have_value("3")
    field.fill("0.7")
    field.press("Enter")
    choose(page, "Optimizer", "Gradient descent")
    expect(told).to_contain_text("Default: 0.0")
    expect(field).to_have_value("0.7")
    choose(page, "Regularizer", "L2")
    expect(field).to_have_value("0.0003")


def test_who_trains_before_the_strength_of_the_new_regularizer_has_come_gets_its_default(visit, address):
    visitor = visit(f"{address}?dropout.strength=0.95&updates=50&twin=no")
    page = visitor.page
    ready(page)
    held = []
    page.route(re.compile("/run/predict"), lambda route: held.append((route, route.fetch())))
    choose(page, "Regularizer", "L2")
    assert page.locator("#strength input").input_value() == "0.95"
    page.locator("#train").click()
    expect(page.locator("#chart tbody")).to_contain_text("L2 0.0003", timeout=LONG)
    expect(page.locator("#status")).to_contain_text("All updates are done", timeout=LONG)
    assert held
    for route, answer in held:
        route.fulfill(response=answer)
    page.unroute_all(behavior="ignoreErrors")
    visitor.check()


def test_a_run_that_its_strength_ruined_says_so(visit, address):
    page = visit(address + "?updates=60&speech_seconds=30&weight_noise.strength=0.5").page
    ready(page)
    page.get_by_label("Train a twin beside it").uncheck()
    page.get_by_role("button", name="Train", exact=True).click()
    status = page.locator("#status")
    expect(status).to_contain_text("Weight noise 0.5 is probably too strong.", timeout=LONG)
    expect(status).to_contain_text("strengths up to about 0.05 are usable")
    expect(status).not_to_contain_text("All updates are done")


@pytest.mark.parametrize(("label", "typed"), [("Strength λ", "1"), ("Strength λ", ""), ("Learning rate η", "1")])
def test_who_types_a_number_gets_it(visit, address, label, typed):
    page = visit(address + "?l2.strength=0.0003").page
    ready(page)
    page.get_by_role("button", name="More").click()
    field = page.get_by_label(label, exact=True)
    field.fill(typed)
    field.press("Enter")
    expect(field).not_to_be_focused()
    expect(field).to_have_value(typed)
    field.fill("0.00")
    field.press("ArrowDown")
    picked = page.get_by_role("option", selected=False).first
    expect(picked).to_be_visible()
    field.press("Enter")
    expect(field).not_to_have_value("0.00")


def test_a_long_formula_is_whole(visit, address):
    page = visit(address + "?kl_weights.strength=0.02").page
    ready(page)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        expect(page.locator("#regularizer-words .katex-display")).to_be_visible()
        assert page.evaluate(
            """() => {
                const right = document.querySelector("#regularizer-words").getBoundingClientRect().right;
                const parts = [...document.querySelectorAll("#regularizer-words .base")];
                return Math.max(...parts.map((part) => part.getBoundingClientRect().right)) <= right;
            }"""
        )


def test_the_save_menu_gives_a_pdf(visit, address):
    page = visit(address + "?lab").page
    ready(page)
    page.locator("#chart summary").click()
    with page.expect_download(timeout=LONG) as found:
        page.locator("#chart").get_by_role("button", name="PDF").click()
    assert found.value.suggested_filename == "hear-overfitting-loss.pdf"
    content = found.value.path().read_bytes()
    assert content.startswith(b"%PDF") and len(content) > 10_000
    expect(page.locator("#chart .hear-problem")).to_have_text("")


def test_the_challenge_compares_recorded_runs_whatever_the_visitor_has(visit, address):
    page = visit(address + "?updates=50", permissions=["clipboard-read", "clipboard-write"]).page
    ready(page)
    page.get_by_label("Train a twin beside it").uncheck()
    train_to_the_end(page)
    expect(page.locator("#runs")).to_contain_text("50 updates")
    for language, first, second in (("", "Compare", "with"), ("zh", "比较这个", "和这个")):
        page.goto(address + language + "?challenge")
        expect(page.locator("#blind .hear-blind")).to_be_in_viewport(timeout=LONG)
        nobody = re.compile("^无正则化，120" if language else "^No regularizer, 120 s")
        expect(page.get_by_label(first, exact=True)).to_have_value(nobody, timeout=LONG)
        expect(page.get_by_label(second, exact=True)).to_have_value("L2 0.0003")
        expect(page.locator("#chart tbody tr")).to_have_count(3)
        ready(page)
        expect(page.locator("#blind .hear-blind")).to_be_in_viewport()
        expect(page.locator("#blind .hear-blind-count")).to_contain_text("5", timeout=LONG)  # its first trial
        expect(page.locator("#blind .hear-blind-tile")).to_have_count(3)
    page.locator("#blind .hear-blind-leave").click()
    page.locator("#blind").get_by_role("button", name="复制链接").click()
    expect(page.locator("#blind .hear-blind-copy")).to_have_text("链接已复制")
    expect(page.locator("#blind .hear-blind")).not_to_contain_text("Five trials")
    assert page.evaluate("navigator.clipboard.readText()") == address + "zh?challenge"
    page.goto(address)
    expect(page.locator("#chart tbody tr")).to_have_count(1, timeout=LONG)


def test_a_blind_test_between_recorded_runs_outlives_a_reload(visit, address):
    page = visit(address + "?lab").page
    ready(page)
    page.get_by_role("button", name="Blind test").click()
    root = page.locator("#blind .hear-blind")
    root.get_by_role("button", name="Can you hear overfitting? Five trials").click()
    for number in range(1, 6):
        expect(root.locator(".hear-blind-count")).to_have_text(f"Trial {number} of 5", timeout=LONG)
        for tile in root.locator(".hear-blind-tile").all():
            tile.click()
        root.locator(".hear-blind-answer[data-place=A]").click()
        if number == 2:
            expect(root.locator(".hear-blind-count")).to_have_text("Trial 3 of 5", timeout=LONG)
            page.reload()
            page.get_by_role("button", name="Blind test").click()
    expect(root).to_contain_text(re.compile(r"p [=<] "), timeout=LONG)
    expect(root).to_contain_text("L2 0.0003")
    root.locator("summary").click()
    said = root.locator(".hear-blind-words").all_inner_texts()
    assert len(said) == 5 and set(said) <= UNSEEN.keys()  # words, not the ids of prompts
    with page.expect_download() as found:
        root.get_by_role("link", name="Download as CSV").click()
    with found.value.path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == said
    assert [row["sentence"] for row in rows] == [UNSEEN[text] for text in said]


def test_the_page_in_chinese(visit, address):
    visitor = visit(address + "zh?lab")
    page = visitor.page
    ready(page)
    expect(page.locator("#train")).to_have_text("训练")
    expect(page).to_have_title("听见过拟合")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    text = page.locator("body").inner_text()
    for english in ("Regularizer", "Train", "Listen to", "Blind test", "Runs", "sentence that"):
        assert english not in text, english
    wrong = visit(address + "zh?updates=0").page
    expect(wrong.locator("#status .hear-alert")).to_contain_text("必须", timeout=LONG)
    assert not visitor.errors


@pytest.mark.parametrize("dark", [False, True])
def test_phone_width_and_accessibility(visit, address, dark):
    page = visit(address, viewport=PHONE, dark=dark).page
    expect(page.get_by_role("button", name="I can’t listen")).to_be_visible()
    assert not scrolls_sideways(page)
    assert not serious_findings(page)
    page.goto(address + "?lab")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    ready(page)
    for part in ("More", "Inside the model", "Blind test"):
        page.get_by_role("button", name=part).click()
    expect(page.get_by_label("Compare", exact=True)).to_be_visible()
    assert page.locator("#chart").bounding_box()["width"] > 340  # of 360
    assert page.locator("#hide").bounding_box()["width"] > 130
    # as a drop-down is until there is something to choose in it
    page.get_by_label("with", exact=True).evaluate("one => one.classList.add('subdued')")
    assert not page.evaluate(OVERLAPS)
    assert not scrolls_sideways(page)
    assert not serious_findings(page)
    listen_to(page, "Your own sentence")
    expect(page.get_by_label("Speed", exact=True)).to_be_visible()
    assert page.locator("#written").bounding_box()["width"] > 300
    assert page.locator("#speed").bounding_box()["width"] > 150
    assert not page.evaluate(OVERLAPS)
    assert not scrolls_sideways(page)
    assert not serious_findings(page)
