"""Real receivers get what is to be told: once, in order, without a storm, after any trouble."""

import io
import logging
import sqlite3
import threading
import time
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header

import pytest

from pipelines.alerts import delivery, outbox, store
from pipelines.alerts.delivery import Delivery, words
from pipelines.settings import wall_now
from tests.alerts.conftest import feed, minute, rule
from tests.alerts.receivers import free_port, hook, mail_server, until


def states(watch) -> list[tuple[str, str]]:
    with store.desk(watch.lake.settings) as con:
        rows = con.execute("select kind, state from alert_outbox order by message_id")
        return [tuple(row) for row in rows]


@pytest.fixture
def delivering():
    """Start deliveries that end with the test, whatever becomes of it."""
    started = []

    def start(watch) -> Delivery:
        watch.delivery.start()
        started.append(watch.delivery)
        watch.delivery.wake()
        return watch.delivery

    yield start
    for one in started:
        one.stop()


def test_a_webhook_gets_one_message_at_the_begin_and_one_at_the_end(watched, delivering):
    with hook() as box:
        watch = watched(rule(), urls={"shift": (box.url,)})
        feed(watch, minute(0), level=0.612)
        for n in range(1, 9):
            feed(watch, minute(n), level=0.9)
        delivering(watch)
        until(lambda: len(box.got) == 2)
        begin, end = box.got
    assert begin["title"] == "Критично. Уровень ниже цели: Единый номер поддержки"
    assert begin["message"].split("\n") == [
        "В срок 61,2\xa0%, порог 70\xa0%. С 18 ноября 2026, 12:00.",
        "Подробнее: http://127.0.0.1:8501/now",
    ]
    assert end["title"] == "Завершено. Уровень ниже цели: Единый номер поддержки"
    assert "Длилось 6\xa0мин, с 18 ноября 2026, 12:00" in end["message"]


def test_mail_arrives_in_the_language_of_who_is_told(watched, delivering):
    with mail_server() as (box, got):
        watch = watched(rule(receivers=("data",)), urls={"data": (box,)})
        english = replace(watch.lake.reference.receivers[1], language="en")
        known = replace(watch.lake.reference, receivers=(english,))
        watch.texts = watch.delivery.texts = words(watch.lake.settings, known)
        feed(watch, minute(0), level=0.612)
        delivering(watch)
        until(lambda: got)
        (message,) = got
    assert str(make_header(decode_header(message["Subject"]))) == (
        "Critical. Level under its goal: Single support number"
    )
    parts = message.walk() if message.is_multipart() else [message]
    body = "".join(
        part.get_payload(decode=True).decode()  # type: ignore[union-attr]
        for part in parts
        if part.get_content_maintype() == "text"
    )
    assert "In time 61.2%, bound 70%" in body
    assert "http://127.0.0.1:8501/now?lang=en" in body


def test_a_receiver_that_was_down_gets_the_message_once_when_it_is_up(watched, delivering):
    port = free_port()
    watch = watched(rule(), urls={"shift": (f"json://127.0.0.1:{port}/hook",)})
    feed(watch, minute(0), level=0.6)
    delivering(watch)
    until(lambda: store.alerts(watch.lake.settings)["delivery"].to_list() == ["retrying"])
    found = store.alerts(watch.lake.settings).row(0, named=True)
    assert found["delivery_error"] == "no_answer"
    assert abs(found["retry_at"] - wall_now()) < timedelta(minutes=1)
    with hook(port) as box:
        until(lambda: states(watch) == [("begin", "sent")])
        assert len(box.got) == 1
    after = store.alerts(watch.lake.settings).row(0, named=True)
    assert (after["delivery"], after["retry_at"]) == ("sent", None)


def test_what_one_worker_queued_the_next_one_sends(watched, delivering):
    with hook() as box:
        first = watched(rule(), urls={"shift": (box.url,)})
        feed(first, minute(0), level=0.6)
        second = watched(rule(), urls={"shift": (box.url,)})
        feed(second, minute(1), level=0.6)
        delivering(second)
        until(lambda: states(second) == [("begin", "sent")])
        third = watched(rule(), urls={"shift": (box.url,)})
        delivering(third)
        feed(third, minute(2), level=0.65)
        assert len(store.alerts(third.lake.settings)) == 1
        third.delivery.stop()
        assert len(box.got) == 1


def test_a_storm_of_200_begins_is_one_digest(watched, delivering):
    names = [f"line{n:03}" for n in range(200)]
    with hook() as box:
        watch = watched(rule(), urls={"shift": (box.url,)})
        feed(watch, minute(0), **{f"level__{name}": 0.5 for name in names})
        delivering(watch)
        until(lambda: {state for _, state in states(watch)} == {"sent"})
        (digest,) = box.got
    assert digest["title"] == "200: сводка оповещений"
    lines = digest["message"].split("\n")
    assert lines[0] == "Критично. Уровень ниже цели: line000"
    assert lines[-2] == "и ещё 188"
    assert len(states(watch)) == 201


def test_messages_past_the_cap_wait_for_a_digest_and_a_window_is_never_a_storm(
    watched, monkeypatch
):
    """Sends what is due at each step of twenty minutes: a new episode every ten seconds."""
    watch = watched(rule(), urls={"shift": ("json://127.0.0.1:9",)})
    settings, texts = watch.lake.settings, watch.texts["shift"]
    now = minute(0)
    monkeypatch.setattr(outbox, "wall_now", lambda: now)
    sent_at = []
    for second in range(0, 1200, 10):
        now = minute(second / 60)
        feed(watch, now, **{f"level__l{second}": 0.5})
        with store.desk(settings) as con:
            while message := outbox.next_message(con, settings, "shift", 0, texts):
                outbox.sent(con, message)
                sent_at.append(second)
    most = max(sum(a <= at < a + 600 for at in sent_at) for a in sent_at)
    assert most <= settings.alert_cap + outbox.DIGESTS
    assert sent_at[-1] > 1000


def test_reminders_go_on_until_somebody_has_it_in_hand(watched):
    watch = watched(rule(remind_s=600), urls={"shift": ("json://127.0.0.1:9",)})
    for n in range(26):
        feed(watch, minute(n), level=0.6)
    assert [kind for kind, _ in states(watch)] == ["begin", "reminder", "reminder"]
    (alert_id,) = store.alerts(watch.lake.settings)["alert_id"]
    store.acknowledge(watch.lake.settings, alert_id, "Смена 2", "")
    for n in range(26, 60):
        feed(watch, minute(n), level=0.6)
    assert [kind for kind, _ in states(watch)] == ["begin", "reminder", "reminder"]


def test_in_quiet_hours_nothing_is_told_and_what_lasts_is_told_after_them(watched):
    quiet = rule(quiet=(11 * 3600, 13 * 3600), ends_after_s=0)
    watch = watched(quiet, urls={"shift": ("json://127.0.0.1:9",)})
    feed(watch, minute(0), level=0.6, level__chat=0.6)
    feed(watch, minute(30), level=0.6, level__chat=0.9)
    assert states(watch) == []
    feed(watch, minute(60), level=0.6, level__chat=0.9)
    assert states(watch) == [("begin", "queued")]
    assert store.alerts(watch.lake.settings)["delivery"].to_list() == ["queued", None]


def test_a_message_nobody_takes_is_given_up_and_shown(watched, delivering, monkeypatch):
    monkeypatch.setattr(outbox, "MOST_TRIES", 2)
    with hook() as box:
        box.status = 500
        watch = watched(rule(ends_after_s=0), urls={"shift": (box.url,)})
        feed(watch, minute(0), level=0.6)
        delivering(watch)
        until(lambda: states(watch) == [("begin", "failed")])
        found = store.alerts(watch.lake.settings).select("delivery", "delivery_error").rows()
        assert found == [("failed", "http 500")]
        box.status = 200
        feed(watch, minute(1), level=0.9)
        watch.delivery.wake()
        until(lambda: states(watch) == [("begin", "failed"), ("end", "sent")])


def test_a_channel_without_an_address_is_told_and_never_waits(watched, delivering):
    with hook() as box:
        watch = watched(rule(receivers=("shift", "data")), urls={"shift": (box.url,)})
        feed(watch, minute(0), level=0.6)
        delivering(watch)
        until(lambda: sorted(states(watch)) == [("begin", "no_address"), ("begin", "sent")])


def test_each_address_of_a_channel_is_tried_on_its_own(watched, delivering):
    with hook() as box, hook() as broken:
        broken.status = 503
        watch = watched(rule(), urls={"shift": (broken.url, box.url)})
        feed(watch, minute(0), level=0.6)
        delivering(watch)
        until(lambda: broken.asked >= 3)
        assert len(box.got) == 1


@pytest.fixture
def everything_logged(monkeypatch):
    """All that reaches the root of the logs, at any level."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.addHandler(handler)
    yield said
    root.removeHandler(handler)


def test_no_secret_is_in_logs_or_on_the_desk(watched, delivering, everything_logged, monkeypatch):
    monkeypatch.setattr(outbox, "MOST_TRIES", 2)
    with hook() as box:
        box.status = 403
        watch = watched(rule(), urls={"shift": (box.url, "json://S3CR3T.invalid:1/T0K3N")})
        feed(watch, minute(0), level=0.6)
        delivering(watch)
        until(lambda: states(watch) == [("begin", "failed")] * 2)
        watch.delivery.stop()
    told = everything_logged.getvalue() + repr(watch.lake.settings)
    assert "given up on a message to shift: http 403" in told
    desk = watch.lake.settings.desk.read_bytes()
    assert "S3CR3T" not in told
    assert "T0K3N" not in told
    assert b"S3CR3T" not in desk
    assert b"T0K3N" not in desk


def test_a_hanging_receiver_holds_up_neither_looks_nor_the_end(watched, delivering):
    with hook() as box:
        box.hangs_s = 60.0
        watch = watched(rule(), urls={"shift": (box.url,)})
        feed(watch, minute(0), level=0.6)
        delivering(watch)
        until(lambda: box.asked)
        began = time.monotonic()
        for n in range(1, 30):
            feed(watch, minute(n), level=0.6)
        assert time.monotonic() - began < 30
        assert states(watch) == [("begin", "queued")]
        watch.delivery.stop()
        assert time.monotonic() - began < 45
        assert "alerts" not in [thread.name for thread in threading.enumerate()]


def test_a_message_that_arrived_and_could_not_be_marked_is_not_sent_again(
    watched, delivering, monkeypatch
):
    marks = []

    def full_once(con, message):
        marks.append(message)
        if len(marks) == 1:
            raise sqlite3.OperationalError("database or disk is full")
        outbox_sent(con, message)

    outbox_sent = outbox.sent
    monkeypatch.setattr(outbox, "sent", full_once)
    monkeypatch.setattr(delivery, "FAULT_S", 0.1)
    with hook() as box:
        watch = watched(rule(), urls={"shift": (box.url,)})
        feed(watch, minute(0), level=0.6)
        delivering(watch)
        until(lambda: states(watch) == [("begin", "sent")])
        assert len(box.got) == 1
