"""From a promise to the contact that broke it, in a real browser."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from pipelines.lake.connect import Lake
from pipelines.settings import wall_now
from tests.browser.conftest import still

pytestmark = pytest.mark.browser
HEADING = re.compile("Обязательства")
BROKEN = "Ожидание ответа не более 5 минут"


@pytest.fixture(scope="module")
def broken(writer: Lake) -> None:
    """Yesterday 30 calls of the main line waited nine minutes each."""
    at = wall_now() - timedelta(days=1)
    day = at.astimezone(writer.settings.tz).date()
    asked = {"at": at, "day": day, "stop": at + timedelta(minutes=9)}
    with writer.transaction():
        writer.con.execute(
            "insert into lake.contacts by name select 'calls:late' || n as contact_id, "
            "'calls' as source, 'phone' as channel, 'main' as line, 'form_error' as category, "
            "'citizen' || n as citizen_key, $at::timestamptz as received_at, "
            "$day::date as received_date, true as is_staffed from range(30) as r(n)",
            {"at": at, "day": day},
        )
        writer.con.execute(
            "insert into lake.clocks by name select 'phone.wait_max' as promise, "
            "1 as promise_version, 'clock' as kind, 'calls:late' || n as contact_id, 1 as number, "
            "$day::date as received_date, $at::timestamptz as started_at, "
            "$at::timestamptz + interval 5 minute as due_at, $stop::timestamptz as stopped_at, "
            "'stopped' as stop_kind from range(30) as r(n)",
            asked,
        )


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query)


def click_row(page: Page, table: int) -> None:
    """Tick the first row: a table is drawn on a canvas, its boxes have no element to click."""
    still(page)
    grid = page.locator('[data-testid="stDataFrame"]').nth(table)
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 18, "y": 50})


def test_a_promise_leads_to_the_contacts_that_broke_it_and_to_the_contact(visit, broken):
    page = visit("/promises?line=main&channel=phone&category=form_error&period=7d")
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Нажмите на строку: паспорт")).to_be_visible(timeout=60_000)
    click_row(page, 0)
    expect(page.get_by_role("heading", name=BROKEN)).to_be_visible(timeout=60_000)
    expect(page.locator('[data-testid="stPlotlyChart"]').nth(1)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("30 контактов · нажмите")).to_be_visible(timeout=60_000)
    assert address(page) == {
        "line": ["main"], "channel": ["phone"], "category": ["form_error"], "period": ["7d"],
        "promise": ["phone.wait_max"],
    }  # fmt: skip
    click_row(page, -1)
    page.wait_for_url(re.compile(r"/contact\?contact=calls"), timeout=60_000)
    expect(page.get_by_text(re.compile("calls:late"))).not_to_have_count(0, timeout=60_000)
    page.get_by_role("link", name="Обещания").click()
    expect(page.get_by_role("heading", name=BROKEN)).to_be_visible(timeout=60_000)
    assert address(page)["category"] == ["form_error"]


def test_the_link_of_a_promise_shows_another_person_the_same(visit, broken):
    link = "/promises?line=main&category=form_error&period=7d&promise=phone.wait_max&passport=1"
    page = visit(link, person="executive")
    expect(page.get_by_role("heading", name=BROKEN)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("SL-5")).not_to_have_count(0, timeout=60_000)
    expect(page.get_by_text("Ошибка при заполнении формы").first).to_be_visible()
    assert address(page) == parse_qs(urlparse(link).query)


def test_a_click_on_an_hour_narrows_the_contacts_and_stands_in_the_link(visit, broken):
    page = visit("/promises?line=main&period=7d&promise=phone.wait_max")
    chart = page.locator('[data-testid="stPlotlyChart"]').nth(1)
    expect(chart).to_be_visible(timeout=60_000)
    chart.scroll_into_view_if_needed()
    point = chart.locator(".scatterlayer .point").first
    box = point.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(r"hour=\d-\d"), timeout=60_000)
    expect(page.get_by_text(re.compile("Контакты ниже — только"))).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Все часы").click()
    expect(page.get_by_text(re.compile("Контакты ниже — только"))).to_have_count(0, timeout=60_000)
    assert "hour" not in address(page)


def test_the_page_to_publish_is_downloaded_and_opens_by_itself(visit, broken):
    page = visit("/promises?view=map&period=7d")
    button = page.get_by_role("button", name="Скачать для публикации")
    expect(button).to_be_visible(timeout=60_000)
    with page.expect_download(timeout=60_000) as got:
        button.click()
    text = got.value.path().read_text("utf-8")
    assert "Публичные обещания и их выполнение" in text
    assert not re.search(r"https?://|<script", text)
