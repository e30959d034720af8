"""A burst of the board becomes an outage by one click; the board shows it and moves in place."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pipelines.settings import wall_now
from pipelines.shift import incidents
from pipelines.shift.acts import acts
from pipelines.shift.project import project
from tests.browser.test_live_board import WATCH

pytestmark = pytest.mark.browser


@pytest.fixture
def burst(writer):
    """A burst of form errors that goes on since half an hour; what comes of it is withdrawn."""
    since = wall_now() - timedelta(minutes=30)
    writer.con.execute(
        "insert into lake.bursts by name select 'form_error' as category, $since as started_at, "
        "12.0 as excess, 20 as contacts, 5.0 as peak_z, 1 as window_h",
        {"since": since},
    )
    yield since
    writer.con.execute("delete from lake.bursts")
    for incident_id in {act.subject for act in acts(writer.settings)}:
        incidents.withdraw(writer, "test", wall_now(), incident_id, "конец проверки")
    project(writer)


def test_a_burst_becomes_an_outage_by_one_click_and_contacts_join(burst, writer, new_call, visit):
    other = visit("/now", person="analyst")
    row = other.locator(".incidents li").first
    expect(row).to_contain_text("Всплеск", timeout=60_000)
    expect(row.locator("button")).to_be_hidden()

    page = visit("/now")
    page.locator(".incidents button").click(timeout=60_000)
    page.wait_for_url("**/incident?id=*", timeout=60_000)
    (act,) = acts(writer.settings)
    assert (act.kind, act.who, act.args["category"]) == ("opened", "supervisor", "form_error")
    assert act.args["detected_at"] == burst.isoformat()
    project(writer)

    expect(row).to_contain_text("идёт 30:", timeout=60_000)
    expect(row).to_contain_text("сверх срока 0:")
    expect(row).to_contain_text("объявления нет")
    other.evaluate(f"() => {{ {WATCH} }}")
    before = int(re.search(r"(\d+) контакт", row.inner_text())[1])
    new_call()
    expect(row).to_contain_text(f"{before + 1} контакт", timeout=60_000)
    assert other.evaluate("window.changes.removed") == 0

    incidents.announce(writer, "supervisor", wall_now(), act.subject, "Портал недоступен")
    project(writer)
    expect(row).to_contain_text("объявление с ", timeout=60_000)
    incidents.restore(writer, "supervisor", wall_now(), act.subject)
    project(writer)
    expect(row).to_contain_text(f"осталось уведомить {before + 1}", timeout=60_000)
    expect(row).to_contain_text("восстановлен в ")
    row.locator("a").click()
    other.wait_for_url(f"**/incident?id={act.subject}", timeout=60_000)
    expect(other.get_by_text("Кого уведомить")).to_be_visible(timeout=60_000)
    assert other.evaluate("document.querySelectorAll('.st-key-incident_acts').length") == 0
