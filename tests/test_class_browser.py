"""A class in real browsers: a teacher, pupils on phones, a server that is started anew in the middle."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser_fixtures import PHONE, Visit, scrolls_sideways, serious_findings, serve_asgi, serve_command
from tests.class_app import HOSTILE, app, made, right, server_on, take
from tts_demo.ui.lab.class_file import StoreError

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent
LONG = 120_000  # ms; the program takes its time to start on a slow machine, and nothing here measures time


@pytest.fixture
def tests(tmp_path):
    return server_on(tmp_path)


@pytest.fixture
def address(tests) -> Iterator[str]:
    with serve_asgi(app(tests)) as served:
        yield served


def blind(page: Page) -> Locator:
    return page.locator(".hear-blind")


def answer(page: Page, place: str) -> None:
    for tile in blind(page).locator(".hear-blind-tile").all():
        tile.click()
    blind(page).locator(f".hear-blind-answer[data-place={place}]").click()


def expect_trial(page: Page, number: int) -> None:
    expect(blind(page).locator(".hear-blind-count")).to_have_text(re.compile(rf"\b{number}\b.*\b5\b"), timeout=LONG)


def begin(page: Page, output: str = "Headphones") -> None:
    page.get_by_label(output).check()
    page.get_by_role("button", name="Begin with the practice").click()
    expect(blind(page)).to_have_attribute("data-view", "trial")


def ticket_of(page: Page) -> str:
    return str(page.evaluate("Object.entries(localStorage).find(([key]) => key.includes('-class-'))[1]"))


def opened_for(visit: Callable[..., Visit], address: str, code: str, **options: object) -> Page:
    return visit(f"{address}?class={code}", **{"viewport": PHONE, **options}).page


def test_a_pupil_by_keyboard_alone_on_a_phone(visit, address, tests):
    visitor = visit(f"{address}?class={made(tests).code}", viewport=PHONE)
    page = visitor.page
    expect(page.get_by_role("heading", name="Can you hear the difference?")).to_be_visible()
    page.get_by_role("button", name="Begin with the practice").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Please say first")).to_be_visible()
    expect(page.get_by_label("Headphones")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Speakers")).to_be_checked()
    assert serious_findings(page) == [] and not scrolls_sideways(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Practice: this trial does not count.")).to_be_visible()
    expect(blind(page).locator(".hear-blind-count")).to_have_text("Practice")
    assert serious_findings(page) == [] and not scrolls_sideways(page)

    def by_keys(number: int) -> None:
        blind(page).locator(".hear-blind-tile").first.focus()
        for key in "abx":
            page.keyboard.press(key)
            expect(blind(page)).to_have_attribute("data-chosen", key.upper())
        key = right(tests, ticket_of(page), number)
        blind(page).locator(f".hear-blind-answer[data-place={key}]").press("Enter")

    by_keys(0)
    expect(page.get_by_role("heading", name=re.compile("Right: X was [AB]."))).to_be_focused()
    assert serious_findings(page) == [] and not scrolls_sideways(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for number in range(1, 6):
        expect_trial(page, number)
        by_keys(number)
    expect(page.get_by_role("heading", name="5 of 5 right")).to_be_focused()
    expect(page.get_by_text("Your result has been sent to the class")).to_be_visible()
    expect(page.get_by_role("button", name="Leave this test")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy link")).to_have_count(0)
    assert serious_findings(page) == [] and not scrolls_sideways(page)
    visitor.check()


def test_a_class_with_a_restart_in_the_middle(visit, tmp_path):
    """Three pupils and a teacher; the server goes, and another one takes its place on the same file and port."""
    first = server_on(tmp_path)
    teacher = made(first)
    pages: list[Page] = []
    with serve_asgi(app(first)) as address:
        port = urlsplit(address).port
        for output in ("Headphones", "Speakers", "Headphones"):
            page = opened_for(visit, address, teacher.code)
            begin(page, output)
            answer(page, "A")
            page.get_by_role("button", name="Begin the 5 trials").click()
            expect_trial(page, 1)
            answer(page, right(first, ticket_of(page), 1))
            expect_trial(page, 2)
            pages.append(page)
        results = visit(f"{address}?class={teacher.code}&results#{teacher.secret}")
        expect(results.page.get_by_text("Finished: 0 · under way: 3")).to_be_visible()
        shown = np.asarray(Image.open(io.BytesIO(results.page.get_by_role("img").screenshot())).convert("L"))
        assert zxingcpp.read_barcodes(shown)[0].text == f"{address}?class={teacher.code}"
    # away: whoever answers is told so, and can answer again
    answer(pages[0], "B")
    expect(pages[0].get_by_text("The server cannot be reached.")).to_be_visible(timeout=LONG)
    second = server_on(tmp_path)
    with serve_asgi(app(second), port) as address:
        pages[1].reload()  # goes on where it was
        for page in pages:
            expect_trial(page, 2)
            for number in range(2, 6):
                expect_trial(page, number)
                answer(page, right(second, ticket_of(page), number))
            expect(page.get_by_role("heading", name="5 of 5 right")).to_be_visible()
            expect(page.get_by_text("Your result has been sent to the class")).to_be_visible()
        board = results.page
        expect(board.get_by_text("Finished: 3 · under way: 0")).to_be_visible()
        pages[2].reload()  # and does not count twice
        expect(pages[2].get_by_role("heading", name="5 of 5 right")).to_be_visible()
        for _ in range(4):
            take(second, teacher.code, 4, output="speakers")
        take(second, teacher.code, 1, upto=2)
        expect(board.get_by_text("Finished: 7 · under way: 1")).to_be_visible()
        assert serious_findings(board) == []
        board.get_by_role("button", name="Close the class and show the results").press("Enter")
        expect(board.get_by_role("button", name="Not yet")).to_be_focused()
        board.get_by_role("button", name="Close it now").click()
        expect(board.get_by_role("heading", name="89 % right · pupils: 7")).to_be_focused()
        expect(board.get_by_text("31 of 35 answers right, 89 %")).to_be_visible()
        expect(board.get_by_text("Not finished, so not counted: 1.")).to_be_visible()
        expect(board.get_by_text("Speakers: 84 % right · pupils: 5")).to_be_visible()
        drawn = board.get_by_role("img", name="Pupils by their number of right answers")
        expect(drawn).to_have_attribute("aria-label", re.compile("5 right: 3, and 0.2 if all guessed"))
        board.get_by_text("Each pupil").click()
        expect(board.locator("tbody tr").filter(has_text="4 of 5")).to_have_count(4)
        assert serious_findings(board) == [] and not scrolls_sideways(board)
        with board.expect_download() as found:
            board.get_by_role("link", name="Download as CSV").click()
        assert found.value.suggested_filename == f"class-{teacher.code}.csv"
        with found.value.path().open(newline="", encoding="utf-8-sig") as file:
            rows = [*csv.DictReader(file)]
        assert len(rows) == 37 and sum(row["right"] == "yes" for row in rows if row["finished"] == "yes") == 31
        late = opened_for(visit, address, teacher.code)
        expect(late.get_by_text("This class is closed: no more answers are taken.")).to_be_visible()
        board.get_by_role("button", name="Delete this class").click()
        board.get_by_role("button", name="Delete it now").click()
        expect(board.get_by_role("heading", name="The class has been deleted.")).to_be_visible()
        late.reload()
        expect(late.get_by_role("alert").filter(has_text="There is no such class here")).to_be_visible()


def test_with_a_full_disk_a_pupil_gets_the_own_result_and_is_told(visit, address, tests, monkeypatch):
    teacher = made(tests)
    visitor = visit(f"{address}?class={teacher.code}", viewport=PHONE)
    page = visitor.page
    begin(page)

    def refuse(*_, **__):
        raise StoreError("The results of classes cannot be kept at present: the server's disk is full.")

    monkeypatch.setattr(tests.store._file, "open", refuse)
    answer(page, "A")
    expect(page.get_by_role("alert").filter(has_text="the server's disk is full")).to_be_visible()
    page.get_by_role("button", name="Begin the 5 trials").click()
    for number in range(1, 6):
        expect_trial(page, number)
        answer(page, right(tests, ticket_of(page), number))
    expect(page.get_by_role("heading", name="5 of 5 right")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="you get your own result in any case")).to_be_visible()
    expect(page.get_by_text("has been sent to the class")).to_have_count(0)
    visitor.check()


@pytest.mark.parametrize("dark", [False, True])
def test_in_chinese_on_a_phone(visit, address, tests, dark):
    teacher = made(tests)
    for _ in range(5):
        take(tests, teacher.code, 4)
    page = visit(f"{address}zh?class={teacher.code}", viewport=PHONE, dark=dark).page
    expect(page.get_by_role("heading", name="你听得出区别吗？")).to_be_visible()
    assert serious_findings(page) == [] and not scrolls_sideways(page)
    tests.close(teacher.secret)
    results = visit(f"{address}zh?class={teacher.code}&results#{teacher.secret}", viewport=PHONE, dark=dark)
    board = results.page
    expect(board.get_by_role("heading", name="5 名学生，正确率 80 %")).to_be_visible()
    board.get_by_text("同样内容的表格").click()
    assert serious_findings(board) == [] and not scrolls_sideways(board)
    results.check()


def test_without_a_link_one_types_the_code(visit, address, tests):
    code = made(tests).code
    visitor = visit(f"{address}?class=", viewport=PHONE)
    page = visitor.page
    assert serious_findings(page) == []
    page.get_by_label("Code of your class").fill(f"{code[:4].lower()} {code[4:].lower()}")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Headphones")).to_be_visible()
    visitor.check()
    wrong = visit(f"{address}?class=AAAACCCC", viewport=PHONE)
    expect(wrong.page.get_by_role("alert").filter(has_text="There is no such class here")).to_be_visible()
    wrong.check()


def test_the_results_are_nobodys_without_the_secret(visit, address, tests):
    teacher = made(tests)
    take(tests, teacher.code, 5)
    visitor = visit(f"{address}?class={teacher.code}&results#guess")
    expect(visitor.page.get_by_role("alert").filter(has_text="There is no such class here")).to_be_visible()
    assert HOSTILE not in visitor.page.content()
    visitor.check()


# ---- the whole program


@pytest.mark.real
def test_a_teacher_makes_a_class_of_recorded_runs_and_a_pupil_takes_it_after_a_restart(visit, tmp_path):
    arguments = ["app.py", "--class-results", str(tmp_path / "kept")]
    with serve_command(arguments, ROOT) as address:
        teacher = visit(f"{address}?lab")
        page = teacher.page
        expect(page.locator("#player a[download]").first).to_be_visible(timeout=LONG)
        page.locator("#blind-section > button").click()
        gather = page.locator("#gather")
        gather.get_by_role("button", name="Make a class test").click()
        expect(gather.get_by_text("The class test is ready.")).to_be_visible(timeout=LONG)
        assert serious_findings(page, "#gather") == []
        code = gather.locator("strong").inner_text()
        link, results = gather.locator("input").input_value(), gather.get_by_role("link", name="Results of the class")
        assert link == f"{address}?class={code}"
        shown = np.asarray(Image.open(io.BytesIO(gather.get_by_role("img").screenshot())).convert("L"))
        assert zxingcpp.read_barcodes(shown)[0].text == link
        secret = urlsplit(results.get_attribute("href")).fragment
        teacher.check()
    with serve_command(arguments, ROOT) as address:
        pupil = visit(f"{address}?class={code}", viewport=PHONE)
        begin(pupil.page)
        for number in range(6):
            answer(pupil.page, "A")
            if number == 0:
                pupil.page.get_by_role("button", name="Begin the 5 trials").click()
            if number < 5:
                expect_trial(pupil.page, number + 1)
        expect(pupil.page.get_by_text("Your result has been sent to the class")).to_be_visible()
        board = visit(f"{address}?class={code}&results#{secret}")
        expect(board.page.get_by_text("Finished: 1 · under way: 0")).to_be_visible()
        for one in (pupil, board):
            one.check()
