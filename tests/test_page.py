"""The whole page on the real corpus in a real browser: the lesson, then choose, train, watch, stop, listen, prove."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from tests.browser_fixtures import PHONE, scrolls_sideways, serious_findings, serve_command
from tts_demo import acoustics

pytestmark = [pytest.mark.browser, pytest.mark.real]
ROOT = Path(__file__).parent.parent
LONG = 120_000  # ms; training takes its time on a slow machine, and nothing here measures time


@pytest.fixture(scope="module")
def address():
    with serve_command(["app.py"], ROOT) as address:
        yield address


def choose(page: Page, label: str, option: str) -> None:
    """Pick an entry of a drop-down list."""
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def set_updates(page: Page, updates: int) -> None:
    if not page.get_by_label("number input for Updates").is_visible():
        page.get_by_role("button", name="More").click()
    field = page.get_by_label("number input for Updates")
    field.fill(str(updates))
    field.blur()


def ready(page: Page) -> None:
    """Wait until the page has answered its load event: the player has something to say."""
    expect(page.locator("#player a[download]").first).to_be_visible(timeout=LONG)


def train_to_the_end(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status")).to_contain_text("All updates are done", timeout=LONG)


def listen_to(page: Page, title: str) -> None:
    page.get_by_label(title).check()


def drawn_points(page: Page) -> int:
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
    expect(page.get_by_label("Probability p")).to_have_value("0.4")

    # train, see both curves of both twins move, stop
    train.click()
    expect(page.locator("#status")).to_contain_text(re.compile(r"update \d+ of 350"), timeout=LONG)
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
    before = drawn_points(page)
    train.click()
    expect(page.locator("#status")).to_contain_text("All updates are done", timeout=LONG)
    expect(train).to_be_enabled(timeout=LONG)
    wait_for_points(page, before + 2 * 4)  # twins, measured at 0, 20, 40 and 50

    # every clip of every kind of sentence
    for title, count in (
        ("A sentence that no network has met", 6),
        ("A sentence that every network has learned from", 6),
        ("A sentence that only the twin has learned from", 6),
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
    assert not visitor.foreign_requests()
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


def test_a_reload_finds_the_runs_again(visit, address):
    page = visit(address + "?lab").page
    ready(page)
    page.get_by_label("Train a twin beside it").uncheck()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status")).to_contain_text(re.compile(r"update [1-9]\d* of 350"), timeout=LONG)
    page.reload()
    expect(page.locator("#status")).to_contain_text(re.compile(r"update [1-9]\d* of 350"), timeout=LONG)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#status")).to_contain_text("stopped", timeout=LONG)


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
    page.get_by_role("button", name="The lesson again").click()
    expect(screen).to_be_visible()
    assert not visitor.foreign_requests() and not visitor.errors


def test_a_link_brings_its_settings_and_a_wrong_one_a_sentence(visit, address):
    page = visit(
        address + "?speech_seconds=45&updates=50&model.units=32&l0.strength=0.1&l0.schedule=at+once&seed=7"
    ).page
    ready(page)
    expect(page.get_by_label("Regularizer", exact=True)).to_have_value("L0")
    expect(page.get_by_label("Share k that is kept")).to_have_value("0.1")
    page.get_by_label("Train a twin beside it").uncheck()
    train_to_the_end(page)
    row = page.locator("#runs")
    expect(row).to_contain_text("45 s · RNN 32 · 50 updates · Adam · seed 7")
    for query in ("?updates=0", "?model=<img src=x onerror=alert(1)>", "?nonsense=1", "?l2.strength=nan&x"):
        wrong = visit(address + query)
        expect(wrong.page.locator("#status .hear-alert")).to_be_visible(timeout=LONG)
        assert not wrong.errors


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
    table.get_by_role("button", name="Download: Mine").click()
    expect(page.locator("#run-file a[download]").first).to_be_visible(timeout=LONG)
    page.reload()
    expect(page.locator("#chart")).to_contain_text("Mine <b>", timeout=LONG)
    assert not visitor.errors


def test_a_preset_sets_the_controls(visit, address):
    page = visit(address + "?lab").page
    ready(page)
    choose(page, "Start from", "Too much of a remedy")
    expect(page.get_by_label("Regularizer", exact=True)).to_have_value("Dropout")
    expect(page.get_by_label("Probability p")).to_have_value("0.9")


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
    expect(root).to_contain_text("Max-norm 1.2")


def test_the_page_in_chinese(visit, address):
    visitor = visit(address + "zh?lab")
    page = visitor.page
    ready(page)
    expect(page.get_by_role("button", name="训练", exact=True)).to_be_visible()
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
    assert not scrolls_sideways(page)
    assert not serious_findings(page)
