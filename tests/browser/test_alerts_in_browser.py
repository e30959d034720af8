"""An alert appears on the live board in place and is taken in hand with a note."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from pipelines.alerts import store
from pipelines.settings import wall_now
from tests.browser.test_live_board import ROOT, VALUE, WATCH
from tests.dashboard.test_alerts_on_the_page import LEVEL

pytestmark = pytest.mark.browser


def raised(settings, alert_id: str) -> None:
    now = wall_now()
    with store.desk(settings) as con:
        con.execute("delete from alerts")
        store.save(
            con,
            [
                replace(
                    LEVEL, alert_id=alert_id, since_at=now, bad_at=now, seen_at=now, raised_at=now
                )
            ],
        )


def test_an_alert_comes_to_the_open_board_and_is_taken_in_hand(visit, home):
    page = visit("/now")
    expect(page.locator(VALUE)).to_be_visible(timeout=60_000)
    page.evaluate(f"() => {{ {WATCH} }}")
    raised(home, "a1")
    row = page.locator('.alerts li[data-alert="a1"]')
    expect(row).to_contain_text("Уровень ниже цели: Единый номер поддержки", timeout=60_000)
    expect(row.locator(".mark")).to_have_text("‼критично")
    age = row.locator(".age").inner_text()
    expect(row.locator(".age")).not_to_have_text(age, timeout=5_000)  # it gets older by itself
    row.get_by_role("button", name="Взять в работу").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Что делается").fill("звоним на станцию, 8 916 123-45-67")
    dialog.get_by_role("button", name="Взять в работу").click()
    expect(row.locator(".held")).to_have_text(
        "в работе: Старший смены. звоним на станцию, [ТЕЛЕФОН]", timeout=60_000
    )
    expect(row.get_by_role("button", name="Взять в работу")).to_be_hidden()
    assert page.evaluate("window.changes.removed") == 0
    assert page.evaluate(f"() => {{ {ROOT} return window.before.every(n => n.isConnected); }}")


def test_who_may_not_take_it_sees_it_without_a_button(visit, home):
    raised(home, "a2")
    page = visit("/now", person="analyst")
    row = page.locator('.alerts li[data-alert="a2"]')
    expect(row).to_be_visible(timeout=60_000)
    expect(row.locator("button")).to_be_hidden()
