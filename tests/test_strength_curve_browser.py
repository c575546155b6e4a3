"""The strength curve in the real page: trained, heard, found again after a reload, by keyboard and on a phone."""

import math
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser_fixtures import PHONE, scrolls_sideways, serious_findings
from tests.test_page import LONG, address, choose, ready
from tts_demo.strengths import offered

__all__ = ["address"]
pytestmark = [pytest.mark.browser, pytest.mark.real]
POINTS = len(offered("l2", "adam"))
SETTINGS = "&l2.strength=0.0003&speech_seconds=45&updates=25"


def opened(page: Page, name: str) -> Page:
    page.get_by_role("button", name=name).click()
    expect(page.locator("#curve .hear-strength-curve")).to_be_visible(timeout=LONG)
    return page


def points(page: Page) -> list[str]:
    return [one.get_attribute("aria-label") or "" for one in page.locator("#curve .hear-curve-point:visible").all()]


def test_a_curve_is_trained_picked_from_and_found_again(visit, address):
    visitor = visit(f"{address}?lab{SETTINGS}")
    page = opened(visitor.page, "Strength curve")
    ready(page)
    expect(page.locator("#curve")).to_contain_text("Press “Train all points”")
    page.locator("#sweep").click()
    expect(page.locator("#stop")).to_be_enabled(timeout=LONG)
    expect(page.locator("#status")).to_contain_text(f"of {POINTS} points are trained")
    expect(page.locator("#curve .hear-curve-point:visible")).to_have_count(POINTS, timeout=LONG)
    expect(page.locator("#sweep")).to_be_enabled(timeout=LONG)
    said = points(page)
    losses = [float(re.search(r"validation loss ([0-9.]+)", one)[1]) for one in said]
    least = [one for one in said if "the least validation loss" in one]
    assert len(least) == 1 and said.index(least[0]) == losses.index(min(losses))
    # by keyboard: the arrows go along the curve, Enter picks
    page.locator("#curve .hear-curve-point").first.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    value = said[2].split(":")[0]
    expect(page.locator("#chart tbody tr")).to_have_count(1, timeout=LONG)  # the recorded runs make room
    expect(page.locator("#chart tbody")).to_contain_text(f"L2 {value}")
    expect(page.locator("#player .hear-clip", has_text=f"L2 {value}")).to_be_visible(timeout=LONG)
    expect(page.locator("#curve .hear-curve-shown")).to_have_count(1, timeout=LONG)
    page.reload()
    opened(page, "Strength curve")
    expect(page.locator("#curve .hear-curve-point:visible")).to_have_count(POINTS, timeout=LONG)
    assert points(page) == said
    assert not serious_findings(page, "#curve-section")
    assert not visitor.errors


def test_on_a_phone_in_chinese_it_can_be_stopped(visit, address):
    visitor = visit(f"{address}zh?lab{SETTINGS.replace('25', '20000')}", viewport=PHONE)
    page = opened(visitor.page, "强度曲线")
    ready(page)
    page.locator("#sweep").click()
    expect(page.locator("#status")).to_contain_text(f"{POINTS} 个点中已训练 0 个", timeout=LONG)
    page.locator("#stop").click()
    expect(page.locator("#sweep")).to_be_enabled(timeout=LONG)
    assert not scrolls_sideways(page)
    assert not serious_findings(page, "#curve-section")
    assert not visitor.errors


def test_a_recorded_curve_is_there_at_once_and_its_points_are_drawn_and_heard_when_picked(visit, address):
    visitor = visit(f"{address}?lab&l2.strength=0.0003&speech_seconds=120")
    page = opened(visitor.page, "Strength curve")
    expect(page.locator("#curve .hear-curve-point:visible")).to_have_count(POINTS, timeout=LONG)
    expect(page.locator("#curve")).to_contain_text("Recorded with these very settings")
    expect(page.locator("#curve")).to_contain_text("L2: Strength λ")
    choose(page, "Regularizer", "Max-norm")
    expect(page.locator("#curve")).to_contain_text("Max-norm: Bound c")
    choose(page, "What to vary", "Units")
    choose(page, "Regularizer", "None")
    expect(page.locator("#curve")).to_contain_text("Units. From left to right the network gets smaller", timeout=LONG)
    value = points(page)[-1].split(":")[0]
    page.locator("#curve .hear-curve-point:visible").last.click()
    expect(page.locator("#runs")).to_contain_text(f"Feed-forward network {value}", timeout=LONG)
    # it, and the lesson's own run, which has as many units as one of the points
    expect(page.locator("#curve .hear-curve-shown")).to_have_count(2, timeout=LONG)
    assert not visitor.errors


def test_of_points_that_cover_each_other_a_pointer_picks_the_nearest(visit, address):
    visitor = visit(f"{address}?lab&l2.strength=0.0003&speech_seconds=120", viewport=PHONE)
    page = opened(visitor.page, "Strength curve")
    # a list that is opened while the page below it still moves would stay behind
    expect(page.locator("#curve .hear-curve-point:visible")).to_have_count(POINTS, timeout=LONG)
    choose(page, "What to vary", "Hard against soft")
    expect(page.locator('#curve [data-series="1"].hear-curve-point')).to_have_count(9, timeout=LONG)
    page.locator("#curve .hear-curve-plot").scroll_into_view_if_needed()
    boxes = {
        one.get_attribute("data-run"): one.bounding_box() for one in page.locator(".hear-curve-point:visible").all()
    }
    places = {run: (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for run, box in boxes.items()}
    apart = {(one, other): math.dist(places[one], places[other]) for one in places for other in places if one < other}
    first, second = min(apart, key=apart.get)
    assert apart[first, second] < 16  # half a point's size: one covers the other's middle
    for run in (first, second):
        page.mouse.move(*places[run])
        label = page.locator(f'[data-run="{run}"]').get_attribute("aria-label")
        expect(page.locator("#curve .hear-curve-said").nth(1)).to_have_text(label)
        page.mouse.click(*places[run])
        expect(page.locator(f'[data-run="{run}"].hear-curve-shown')).to_be_visible(timeout=LONG)
    assert not visitor.errors
