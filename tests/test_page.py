"""The whole path on the real corpus in a real browser: choose, train, watch, stop, train to the end, listen."""

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
    field = page.get_by_label("number input for Updates")
    field.fill(str(updates))
    field.blur()


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
    visitor = visit(address)
    page = visitor.page
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
    page = visit(address).page
    set_updates(page, 50)
    page.get_by_label("Train a twin beside it").uncheck()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status")).to_contain_text("All updates are done", timeout=LONG)
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
    page = visit(address).page
    page.get_by_label("Train a twin beside it").uncheck()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status")).to_contain_text(re.compile(r"update [1-9]\d* of 600"), timeout=LONG)
    page.reload()
    expect(page.locator("#status")).to_contain_text(re.compile(r"update [1-9]\d* of 600"), timeout=LONG)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#status")).to_contain_text("stopped", timeout=LONG)


@pytest.mark.parametrize("strength", ["nan", "inf", "much", "-1", "1e9"])
def test_a_strength_that_is_none_gives_a_sentence(visit, address, strength):
    page = visit(address).page
    expect(page.locator("#player a[download]").first).to_be_visible(timeout=LONG)  # the page is ready
    choose(page, "Regularizer", "L2")
    field = page.get_by_label("Strength λ")
    expect(field).to_have_value("0.001")
    field.fill(strength)
    field.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#status .hear-alert")).to_contain_text("Strength")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()


@pytest.mark.parametrize("dark", [False, True])
def test_phone_width_and_accessibility(visit, address, dark):
    page = visit(address, viewport=PHONE, dark=dark).page
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    expect(page.locator("#player a[download]").first).to_be_visible(timeout=LONG)
    assert not scrolls_sideways(page)
    assert not serious_findings(page)
