"""Messages of alerts: what is to be told, and what became of it.

A message is written in the transaction that changes its episode, one for each address of each of
the rule's channels: none is lost where the worker ends in between. States: queued, sent, failed
(tried as often as is sensible), digested (part of a digest that goes out), no_address.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipelines.alerts.addresses import Addresses
from pipelines.alerts.store import Episode, stamp
from pipelines.alerts.words import Texts
from pipelines.reference import AlertRule
from pipelines.settings import Settings, wall_now

FIRST_RETRY_S = 5.0  # then twice as long each time
LAST_RETRY_S = 600.0
MOST_TRIES = 12  # within 50 minutes
REPORT = "report"  # a published week: never part of a digest
DIGESTS = 5  # at most so many digests in a window, beside its messages


@dataclass(frozen=True)
class Message:
    """One message to one address; `address` is its place among those of the channel."""

    message_id: int
    kind: str
    channel: str
    address: int
    title: str
    body: str
    tries: int


def tell(
    con: sqlite3.Connection,
    episodes: Iterable[Episode],
    rules: Mapping[str, AlertRule],
    acknowledged: set[str],
    addresses: Addresses,
    texts: Mapping[str, Texts],
    at: datetime,
) -> list[Episode]:
    """Queue what is due to be told of the episodes; return them with what they were told.

    One message at the begin, one at the end, reminders where the rule says. In quiet hours nothing
    is told; what began and ended within them never is.

    Args:
        texts: channel -> the words of its language. at: product time.
    """
    told = []
    for episode in episodes:
        rule = rules.get(episode.rule)
        kind = _due(episode, rule, episode.alert_id in acknowledged, at, texts)
        if kind is None:
            told.append(episode)
            continue
        # of an end hears who heard of the begin, whatever the rule says by now
        channels = rule.receivers if rule and kind != "end" else _told(con, episode.alert_id)
        for channel in channels:
            if channel in texts:
                _queue(con, episode, kind, channel, len(addresses.get(channel, ())), texts[channel])
        told.append(_marked(episode, kind, at))
    return told


def _due(
    episode: Episode,
    rule: AlertRule | None,
    is_acknowledged: bool,
    at: datetime,
    texts: Mapping[str, Texts],
) -> str | None:
    if rule is not None and rule.quiet and _is_quiet(rule.quiet, at, next(iter(texts.values()))):
        return None
    if episode.state == "ended":
        return "end" if episode.told_at and not episode.end_told_at else None
    if episode.state != "running" or rule is None:
        return None
    if episode.told_at is None:
        return "begin"
    is_in_hand = is_acknowledged or episode.incident_id is not None
    if rule.remind_s is None or is_in_hand:
        return None
    last = episode.reminded_at or episode.told_at
    return "reminder" if at - last >= timedelta(seconds=rule.remind_s) else None


def _is_quiet(quiet: tuple[int, int], at: datetime, texts: Texts) -> bool:
    local = at.astimezone(texts.settings.tz)
    second = local.hour * 3600 + local.minute * 60 + local.second
    first, last = quiet
    return first <= second < last if first < last else second >= first or second < last


def _marked(episode: Episode, kind: str, at: datetime) -> Episode:
    if kind == "begin":
        return replace(episode, told_at=at)
    if kind == "reminder":
        return replace(episode, reminded_at=at)
    return replace(episode, end_told_at=at)


def _told(con: sqlite3.Connection, alert_id: str) -> list[str]:
    rows = con.execute(
        "select distinct channel from alert_outbox where alert_id = ? and kind = 'begin'",
        (alert_id,),
    )
    return [row[0] for row in rows]


_INSERT = """
insert into alert_outbox
    (alert_id, kind, channel, address, severity, title, body, state, queued_at, due_at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _queue(
    con: sqlite3.Connection, episode: Episode, kind: str, channel: str, n: int, texts: Texts
) -> None:
    title, body = texts.message(kind, episode)
    now = stamp(wall_now())
    state = "queued" if n else "no_address"
    for address in range(max(n, 1)):
        con.execute(
            _INSERT,
            (episode.alert_id, kind, channel, address, episode.severity, title, body, state, now,
             now),
        )  # fmt: skip


def report(con: sqlite3.Connection, channel: str, n: int, title: str, body: str) -> list[int]:
    """Queue a published week for each of the n addresses of a channel; return the messages' ids."""
    now = stamp(wall_now())
    state = "queued" if n else "no_address"
    return [
        con.execute(
            f"{_INSERT} returning message_id",
            (None, REPORT, channel, address, "notice", title, body, state, now, now),
        ).fetchone()[0]
        for address in range(max(n, 1))
    ]


def forget_addresses(con: sqlite3.Connection, addresses: Addresses) -> None:
    """Let go of messages to addresses that are no more: they would wait for ever."""
    rows = con.execute(
        "select distinct channel, address from alert_outbox where state = 'queued'"
    ).fetchall()
    con.executemany(
        "update alert_outbox set state = 'no_address' "
        "where channel = ? and address = ? and state in ('queued', 'digested')",
        [tuple(row) for row in rows if row["address"] >= len(addresses.get(row["channel"], ()))],
    )


def next_message(
    con: sqlite3.Connection, settings: Settings, channel: str, address: int, texts: Texts
) -> Message | None:
    """Return what an address is to get now, in the order it was queued; None: nothing is due.

    Past `alert_cap` messages in `alert_window_s` all that waits becomes one digest, and digests go
    at most five times a window: a storm never is.
    """
    now = wall_now()
    where = (channel, address)
    rows = con.execute(
        "select * from alert_outbox where channel = ? and address = ? and state = 'queued' "
        "order by message_id",
        where,
    ).fetchall()
    if not rows or rows[0]["due_at"] > (stamp(now) or ""):
        return None
    if rows[0]["kind"] in ("digest", REPORT):
        return _message(rows[0])
    rows = [row for row in rows if row["kind"] != REPORT]
    window = timedelta(seconds=settings.alert_window_s)
    sent, last = con.execute(
        "select count(*), max(sent_at) from alert_outbox where channel = ? and address = ? "
        "and state = 'sent' and digest_id is null and sent_at > ?",
        (*where, stamp(now - window)),
    ).fetchone()
    if len(rows) <= settings.alert_cap - sent:
        return _message(rows[0])
    if last and last > (stamp(now - window / DIGESTS) or ""):
        return None
    return _message(rows[0] if len(rows) == 1 else _digest(con, rows, texts, now))


def _digest(
    con: sqlite3.Connection, rows: list[sqlite3.Row], texts: Texts, now: datetime
) -> sqlite3.Row:
    """Put the waiting messages into one, in their place."""
    ranks = {"critical": 0, "warning": 1, "notice": 2}
    ordered = sorted(rows, key=lambda row: (ranks[row["severity"]], row["message_id"]))
    title, body = texts.digest([row["title"] for row in ordered])
    first = ordered[0]
    moment = stamp(now)
    found = con.execute(
        f"{_INSERT} returning *",
        (None, "digest", first["channel"], first["address"], first["severity"], title, body,
         "queued", moment, moment),
    ).fetchone()  # fmt: skip
    con.executemany(
        "update alert_outbox set state = 'digested', digest_id = ? where message_id = ?",
        [(found["message_id"], row["message_id"]) for row in rows],
    )
    row: sqlite3.Row = found
    return row


def sent(con: sqlite3.Connection, message: Message) -> None:
    """Write down that a message arrived, and with it all a digest held."""
    con.execute(
        "update alert_outbox set state = 'sent', sent_at = ?, error = null, tries = tries + 1 "
        "where message_id = ? or digest_id = ?",
        (stamp(wall_now()), message.message_id, message.message_id),
    )


def not_sent(con: sqlite3.Connection, message: Message, error: str, first_retry_s: float) -> bool:
    """Write down why a message did not arrive; return whether it is tried again."""
    tries = message.tries + 1
    wait_s = min(first_retry_s * 2 ** (tries - 1), LAST_RETRY_S)
    is_over = tries >= MOST_TRIES
    con.execute(
        "update alert_outbox set tries = ?, error = ?, due_at = ?, "
        "state = case when ? then 'failed' else state end "
        "where message_id = ? or digest_id = ?",
        (tries, error, stamp(wall_now() + timedelta(seconds=wait_s)), is_over,
         message.message_id, message.message_id),
    )  # fmt: skip
    return not is_over


def _message(row: sqlite3.Row) -> Message:
    return Message(
        row["message_id"], row["kind"], row["channel"], row["address"], row["title"], row["body"],
        row["tries"],
    )  # fmt: skip
