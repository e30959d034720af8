"""The worker publishes the week when it is due, and delivers it: retried, shown, never twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.alerts.delivery import Delivery, words
from pipelines.editions import editions, schedule, store
from pipelines.errors import SettingsError
from pipelines.settings import load
from tests.alerts.receivers import Hook, until
from tests.editions.conftest import pass_time


@pytest.fixture
def hook():
    found = Hook()
    yield found
    found.close()


def standing(lake, number: int = 1) -> list[tuple[str, str]]:
    one = {edition.number: edition for edition in editions(lake)}[number]
    return [
        (delivered.place, delivered.state)
        for delivered in store.deliveries(lake.settings, one.edition_id)
    ]


def test_the_week_is_published_delivered_retried_and_not_sent_twice(
    weeks, hook, tmp_path, monkeypatch
):
    monkeypatch.setattr(store, "FIRST_RETRY_S", 0.0)
    weeks.settings = replace(
        weeks.settings, report_dir=str(tmp_path / "out"), report_channels="shift"
    )
    addresses = {"shift": (hook.url,)}
    ticks = []

    def tick():  # live logs go on between the parts of the computation
        pass_time(weeks, datetime(2026, 11, 18, 9, len(ticks), tzinfo=UTC))
        ticks.append(weeks.snapshot())

    (tmp_path / "out").write_text("in the way")
    assert schedule.look(weeks, addresses, tick) == "2026-W46"
    assert len(set(ticks)) == len(ticks) > 10
    (first,) = editions(weeks)
    assert first.snapshot_id < ticks[5]  # of one version of the lake, the first part's
    assert standing(weeks) == [("folder", "retrying"), ("shift", "queued")]

    (tmp_path / "out").unlink()
    assert schedule.look(weeks, addresses) is None  # once
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == [f"liniya-2026-W46-1.{form}" for form in ("html", "pdf", "xlsx")]

    hook.status = 500
    delivery = Delivery(weeks.settings, addresses, words(weeks.settings, weeks.reference), 0.1)
    delivery.start()
    until(lambda: ("shift", "retrying") in standing(weeks))
    hook.status = 200
    until(lambda: standing(weeks) == [("folder", "sent"), ("shift", "sent")])
    delivery.stop()
    (message,) = hook.got
    assert message["title"] == "Сводка за неделю: 9–15 ноября 2026 г. (предварительно)"
    assert "Без ответа" in message["message"]
    assert "/week?week=2026-W46" in message["message"]
    assert [one["filename"] for one in message["attachments"]] == ["liniya-2026-W46-1.pdf"]

    pass_time(weeks, datetime(2026, 11, 19, 9, tzinfo=UTC))  # late data have had their days
    assert schedule.look(weeks, addresses) == "2026-W46"
    assert [(e.number, e.kind, e.published_by) for e in editions(weeks)] == [
        (2, "final", "schedule"),
        (1, "preliminary", "schedule"),
    ]
    assert standing(weeks, 2) == [("folder", "sent")]  # nobody is told a second time


def test_a_week_without_contacts_is_left_alone(lake):
    lake.settings = replace(lake.settings, clock="data")
    pass_time(lake, datetime(2026, 11, 18, 9, tzinfo=UTC) - timedelta(days=365))
    assert schedule.look(lake, {}) is None
    assert editions(lake) == []


def test_a_schedule_that_is_none_is_refused_with_how_to_write_it():
    with pytest.raises(SettingsError, match="write a day and a time, as 'mon 08:00'"):
        load({"LINIYA_REPORT_AT": "monday"})
    assert load({"LINIYA_REPORT_AT": ""}).report_at == ""
