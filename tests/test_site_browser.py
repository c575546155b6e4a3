"""The page as files, on a plain web host and below a folder of it: everything that needs no training."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import PHONE, Visit, scrolls_sideways, serious_findings
from tts_demo.__main__ import main
from tts_demo.ui.server import CHECKPOINTS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHECKPOINTS / "recorded" / "l2" / "sweep.json").exists(), reason="no runs are recorded"),
]
MOST_BYTES = 25_000_000


class _Host(http.server.SimpleHTTPRequestHandler):
    missing: list[str] = []

    def send_error(self, code: int, *given: Any, **named: Any) -> None:
        self.missing.append(f"{code} {self.path}")
        super().send_error(code, *given, **named)

    def log_message(self, *given: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("host")
    assert main(["export-site", str(place / "a" / "b")]) == 0
    return place


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Host, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/a/b/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def opened(visit: Callable[..., Visit], address: str) -> Iterator[Callable[..., Page]]:
    """Opens the site at an address below it; afterwards nothing was missing, and nothing left its folder."""
    visits: list[Visit] = []
    _Host.missing.clear()

    def open_site(place: str = "", **options: Any) -> Page:
        visits.append(visit(address + place, **options))
        page = visits[-1].page
        expect(page.locator("html")).to_have_attribute("data-ready", "true")
        return page

    yield open_site
    for each in visits:
        each.check()
        outside = [url for url in each.requests if not url.startswith((address, "data:", "blob:"))]
        assert outside == []
    assert _Host.missing == []


def plays(page: Page, name: str) -> None:
    """Choose a voice of the player by its name, and hear it."""
    tile = page.locator("#player .hear-choose", has_text=name).first
    tile.click()
    expect(tile).to_have_attribute("aria-pressed", "true")
    section = page.locator("#player section")
    expect(section).to_have_attribute("data-state", "playing")
    page.wait_for_function("Number(document.querySelector('#player section').dataset.level) > -50")


def test_it_is_small_and_holds_its_licence(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    assert {"CREDITS.txt", "LICENSE-CC-BY-SA-3.0.txt", "index.html"} <= {
        path.name for path in (folder / "a/b").iterdir()
    }
    for path in files:
        if path.suffix in (".js", ".html"):
            assert 'src="/' not in path.read_text() and "gradio_config" not in path.read_text()


def test_the_lesson_plays_and_leads_to_the_runs(opened: Callable[..., Page]) -> None:
    page = opened()
    page.locator("#lesson .hear-sound-play").click()
    page.wait_for_function("Number(document.querySelector('#lesson .hear-lesson').dataset.position) > 0.2")
    page.get_by_role("button", name="To the recorded runs").click()
    expect(page.locator("#chart .hear-chart")).to_be_visible()
    assert page.url.endswith("?lab")
    page.go_back()
    expect(page.locator("#lesson .hear-lesson")).to_be_visible()


def test_what_is_chosen_is_drawn_and_heard(opened: Callable[..., Page]) -> None:
    page = opened("?lab")
    expect(page.locator("#chart .hear-chart")).not_to_have_attribute("data-drawn-points", "0")
    expect(page.locator("#sentence input:checked")).to_have_value("unseen")
    page.locator("#choice").select_option("l2")
    page.locator("#value").select_option("0.01")
    expect(page.locator("#chart")).to_contain_text("L2 0.01")
    expect(page.locator("#player")).to_contain_text("L2 0.01")
    plays(page, "L2 0.01")
    plays(page, "Recording")
    page.locator("#value").select_option("0.003")
    expect(page.locator("#chart")).to_contain_text("L2 0.003")
    expect(page.locator("#chart")).not_to_contain_text("L2 0.01")  # it was there as it was chosen
    page.locator("#sentence").get_by_label("Twin only").check()
    expect(page.locator("#player")).to_contain_text("Weasels")
    page.locator("#inside-section summary").first.click()
    expect(page.locator("#inside")).to_contain_text("L2 0.003")
    expect(page.locator("#inside canvas").first).to_be_visible()
    expect(page.locator("#inside")).to_contain_text("so the program")


def test_a_point_of_the_curve_is_drawn_and_heard(opened: Callable[..., Page]) -> None:
    page = opened("?lab")
    page.locator("#choice").select_option("l2")
    page.locator("#curve-section > summary").press("Enter")
    page.locator("#curve [data-run='recorded-l2-strength-0.0001']").press("Enter")
    expect(page.locator("#chart")).to_contain_text("L2 0.0001")
    expect(page.locator("#curve [data-run='recorded-l2-strength-0.0001']")).to_contain_class("hear-curve-shown")
    plays(page, "L2 0.0001")


def test_hard_against_soft_adds_the_run_of_the_same_size(opened: Callable[..., Page], folder: Path) -> None:
    if "weight_norm" not in json.loads((folder / "a/b/data/en.json").read_text())["curves"]["l2"]:
        pytest.skip("max-norm is not recorded")
    page = opened("?lab")
    page.locator("#choice").select_option("l2")
    page.locator("#curve-section > summary").click()
    page.locator("#over").select_option("weight_norm")
    page.locator("#curve button[data-run='recorded-l2-strength-0.001']").press("Enter")
    expect(page.locator("#chart")).to_contain_text("L2 0.001")
    expect(page.locator("#chart")).to_contain_text("Max-norm")


def test_a_step_of_the_course_is_done_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened()
    page.locator("#enrol").press("Enter")
    expect(page.locator(".hear-course")).to_have_attribute("data-step", "heard")
    expect(page.locator("#sentence input:checked")).to_have_value("seen")
    tasks = page.locator(".hear-course-mark")
    play = page.locator("#player .hear-play")
    expect(page.locator("#player .hear-choose")).to_have_count(3)
    play.press("3")
    play.press(" ")
    expect(tasks.nth(0)).to_have_attribute("data-done", "true")
    page.locator("#sentence input:checked").press("ArrowLeft")
    expect(page.locator("#sentence input:checked")).to_have_value("unseen")
    expect(page.locator("#player")).to_contain_text("no network was trained on")
    play.press("3")
    play.press(" ")
    expect(tasks.nth(1)).to_have_attribute("data-done", "true")
    play.press("1")
    expect(tasks.nth(2)).to_have_attribute("data-done", "true")
    page.locator(".hear-course-answer input").nth(0).press(" ")
    expect(page.locator(".hear-course")).to_have_attribute("data-whole", "true")


def test_a_course_leads_into_a_section_that_was_closed(opened: Callable[..., Page]) -> None:
    page = opened("?course=strength")
    section = page.locator("#curve-section")
    expect(section).to_have_attribute("open", "")
    section.locator("> summary").press("Enter")
    expect(page.locator("#curve")).not_to_be_visible()
    page.locator(".hear-course-show").first.press("Enter")
    expect(page.locator("#curve")).to_be_visible()


def test_what_needs_the_program_says_so_and_counts_as_done(opened: Callable[..., Page]) -> None:
    page = opened("?course=own")
    expect(page.locator(".hear-course-task")).to_have_count(3)
    for task in page.locator(".hear-course-task").all():
        expect(task).to_contain_text("needs the program")
        expect(task.locator(".hear-course-mark")).to_have_attribute("data-done", "true")


def test_a_blind_test_comes_to_its_result(opened: Callable[..., Page], folder: Path) -> None:
    page = opened("?challenge")
    for number in range(1, 6):
        expect(page.locator("#blind .hear-blind-count")).to_have_text(f"Trial {number} of 5")
        clips = page.locator("#blind .hear-blind-tile")
        for place in range(3):
            clips.nth(place).click()
            expect(clips.nth(place)).to_contain_text("playing")
        page.locator("#blind .hear-blind-answer").first.click()
    score = page.locator("#blind .hear-blind-score")
    expect(score).to_be_visible()
    count = int(score.inner_text().split()[0])
    figures = json.loads((folder / "a/b/data/en.json").read_text())["blind"]["results"]["abx5"][count]
    conclusion = figures["conclusion"].replace("{first}", "No regularizer").replace("{second}", "L2 0.0003")
    expect(page.locator("#blind .hear-blind-conclusion")).to_have_text(conclusion)
    expect(page.locator("#blind tbody tr")).to_have_count(5)
    page.get_by_role("button", name="Another test").click()
    expect(page.locator("#blind .hear-blind-offer")).to_have_count(4)


def test_two_of_the_other_runs_are_compared_in_few_trials(opened: Callable[..., Page]) -> None:
    page = opened("?lab")
    page.locator("#choice").select_option("l2")
    page.locator("#value").select_option("0.01")
    expect(page.locator("#chart")).to_contain_text("L2 0.01")
    page.locator("#blind-section > summary").click()
    expect(page.locator("#blind .hear-blind-offer")).to_have_count(4)
    page.locator("#blind-second").select_option(label="L2 0.01")
    expect(page.locator("#blind .hear-blind-offer")).to_have_count(1)
    page.locator("#blind-first").select_option(label="L2 0.01")
    page.locator("#blind .hear-blind-offer").click()
    expect(page.locator("#blind")).to_contain_text("Please choose two runs")


@pytest.mark.parametrize(("place", "options"), [("", {}), ("?lab", {}), ("?lab", {"dark": True}), ("zh/?lab", {})])
def test_a_phone_shows_it_whole_and_axe_finds_nothing(
    opened: Callable[..., Page], place: str, options: dict[str, Any]
) -> None:
    page = opened(place, viewport=PHONE, **options)
    for section in page.locator("#lab-section > details").all():
        if "lab" in place:
            section.locator("> summary").click()
    assert not scrolls_sideways(page)
    assert serious_findings(page) == []


def test_the_other_language_is_whole(opened: Callable[..., Page]) -> None:
    page = opened("?lab")
    page.get_by_role("link", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("data-ready", "true")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    assert page.url.endswith("zh/?lab")
    expect(page.locator("#chart")).to_contain_text("无正则化")
    page.locator("#enrol").click()
    expect(page.locator(".hear-course")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


# ---- the command line


def test_only_an_empty_folder_or_an_earlier_export_is_written_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["export-site", str(tmp_path)]) == 2
    assert "already holds something" in capsys.readouterr().err
    (tmp_path / "hear-overfitting-site.json").write_text(json.dumps({"files": ["old/gone.js", "../outside"]}))
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "gone.js").write_text("")
    outside = tmp_path.parent / "outside"
    outside.write_text("")
    assert main(["export-site", str(tmp_path)]) == 0
    assert (tmp_path / "index.html").exists() and (tmp_path / "mine.txt").exists() and outside.exists()
    assert not (tmp_path / "old").exists()


def test_missing_or_damaged_recordings_are_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints = tmp_path / "checkpoints"
    assert main(["export-site", str(tmp_path / "out"), "--checkpoints", str(checkpoints)]) == 2
    assert "There is no recorded lesson in" in capsys.readouterr().err
    checkpoints.mkdir()
    (checkpoints / "lesson.json").write_text("{")
    assert main(["export-site", str(tmp_path / "out"), "--checkpoints", str(checkpoints)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
