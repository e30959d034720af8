"""All promises of a million contacts, and a question as of a moment, against plain Polars.

The rival computes four of the promises as one would by hand: from the same rows in memory, a
promise at a time. Its states are compared with ours before times are; rates are clocks a second.
"""

import time
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.lake.all_cores import do_each, even, n_shares
from pipelines.lake.connect import Lake, open_lake
from pipelines.lake.whole_days import name_files, write_files
from pipelines.marts.build import build
from pipelines.metrics import Query, promises
from pipelines.promises import state_sql
from pipelines.reference import EVENT_KINDS
from pipelines.settings import Settings
from pipelines.settle import CONTACTS_AT_ONCE, judge_days
from tests.bench.measure import Measure, best_s

PER_DAY = 5_000
AT_ONCE = CONTACTS_AT_ONCE // PER_DAY  # days judged together, as settling does
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
MOST_S = 20.0  # a million contacts, two cores
ASKED_S = 1.0  # a question over eight weeks
WEEKS = 8
FIELDS = ("category", "case_number", "menu_choice", "language", "region", "hold_s", "outcome")

_CONTACTS = """
    select
        'calls:' || i as contact_id,
        'calls' as source,
        case when i % 10 < 7 then 'phone' when i % 10 < 9 then 'chat' else 'portal' end as channel,
        case channel when 'phone' then ['main', 'faults', 'signature'][1 + (i % 3)::integer]
            else channel end as line,
        'K-' || i as case_number,
        'k' || i * 7919 % ($rows // 3) as citizen_key,
        ['form_error', 'passport', 'account_locked', 'misuse_report'][1 + (i * 31 % 4)::integer]
            as category,
        case when i % 50 = 0 then 'en' else 'ru' end as language,
        'served' as outcome,
        $first + to_days((i // 5000)::integer) + to_seconds(i % 5000 * 15) as received_at,
        cast(received_at as date) as received_date,
        i % 5 > 0 as is_staffed,
        case when i % 5 = 0 then 'technical' end as menu_choice,
        'op' || i % 200 as operator_id,
        case when channel = 'chat' then 4 end as n_messages
    from range($rows) as t (i)
"""
# what happened to a contact, seconds after it came; h: a number of its own
_STEPS = """
    ('queued', 5, channel = 'phone'),
    ('answered', 5 + h % 400, channel = 'phone' and h % 10 > 0),
    ('abandoned', 60, channel = 'phone' and h % 10 = 0),
    ('message_in', 0, channel = 'chat'),
    ('message_out', h % 60, channel = 'chat'),
    ('first_response', h % 400, channel <> 'portal' and h % 10 > 0),
    ('ended', 700 + h % 300, channel <> 'portal'),
    ('waiting_for_citizen', 710, h % 25 = 0),
    ('citizen_replied', 710 + h % 5000, h % 25 = 0),
    ('registered', 20 + h % 90, channel = 'portal'),
    ('replied', h * 13 % 200000, channel = 'portal'),
    ('resolved', 600 + h % 2500, h % 4 > 0),
    ('reopened', 4000 + h % 9000, h % 40 = 1),
    ('confirmation_sent', 700 + h % 3600, h % 3 > 0)
"""
_EVENTS = f"""
    with contacts as (
        select *, cast(string_split(contact_id, ':')[2] as bigint) * 104729 % 99991 as h
        from lake.contacts
    )
    select
        c.contact_id,
        row_number() over (partition by c.contact_id order by s.after_s, s.kind) as seq,
        c.received_at + to_seconds(s.after_s) as event_at, s.kind, c.operator_id, c.source,
        c.received_at, c.received_date
    from contacts as c
    cross join lateral (values {_STEPS}) as s (kind, after_s, does_happen)
    where s.does_happen
"""
# promise -> its base, kinds it starts and stops at, what cancels it, its target in seconds
_BY_HAND: dict[str, tuple[pl.Expr, str, str, list[str], int]] = {
    "phone.wait_max": (
        pl.col("channel").eq("phone") & pl.col("is_staffed"), "queued", "answered",
        ["abandoned"], 300,
    ),
    "chat.first_response": (
        pl.col("channel") == "chat", "received", "first_response", ["chat_left"], 30,
    ),
    "feedback.registered": (pl.col("channel") == "portal", "received", "registered", [], 60),
    "confirmation.sent": (
        pl.col("channel") != "portal", "resolved", "confirmation_sent", [], 900,
    ),
}  # fmt: skip


def run(work: Path, rows: int) -> list[Measure]:
    """Judge `rows` contacts by every promise, then ask as of moments in the last eight weeks."""
    lake = open_lake(Settings(home=work / "home", zone="UTC"))
    last = _fill(lake, rows)
    lake.widen()  # as settling so many contacts does
    wall_s, cpu_s, n = _judge(lake, last)
    most_s = MOST_S * rows / 1_000_000
    found = [
        Measure(
            f"{n:,} clocks of {rows:,} contacts judged",
            f"{wall_s:.1f} s, {cpu_s:.1f} s of CPU",
            f"under {most_s:.1f} s on two cores",
            wall_s < most_s,
        )
    ]
    as_of = last - timedelta(days=2)
    by_hand = partial(_by_hand, *_frames(lake), as_of)
    theirs = by_hand()
    _same(lake, theirs, as_of)
    theirs_s = best_s(by_hand)
    ours, hand = n / wall_s, len(theirs) / theirs_s
    found.append(Measure("plain Polars, 4 promises from memory", f"{hand:,.0f} clocks/s"))
    found.append(Measure("ours from the lake, times Polars", f"{ours / hand:.2f}"))
    _build_marts(lake, last)
    for weeks in (WEEKS, 1):
        query = Query(last - timedelta(weeks=weeks), last, as_of=as_of)
        ask = partial(promises, lake, query)
        cpu = time.process_time()
        ask()
        cpu = time.process_time() - cpu
        asked_s = best_s(ask)
        found.append(
            Measure(
                f"promises as of a moment, {weeks} weeks",
                f"{asked_s:.2f} s, {cpu:.2f} s of CPU",
                f"under {ASKED_S:.0f} s",
                asked_s < ASKED_S,
            )
        )
    lake.close()
    return found


def _fill(lake: Lake, rows: int) -> datetime:
    given = {"rows": rows, "first": FIRST_DAY}
    lake.con.execute(f"insert into lake.contacts by name {_CONTACTS}", given)
    lake.con.execute(f"insert into lake.events by name {_EVENTS}")
    items = pl.DataFrame({"source": "calls", "item": [*EVENT_KINDS, *FIELDS]})
    lake.con.register("items", items)
    lake.con.execute("insert into lake.source_provides by name select * from items")
    lake.con.unregister("items")
    return FIRST_DAY + timedelta(days=-(-rows // PER_DAY))


def _judge(lake: Lake, last: datetime) -> tuple[float, float, int]:
    """Make clocks of all days and write them; return seconds, seconds of CPU and the clocks."""
    wall, cpu = time.perf_counter(), time.process_time()
    days = [(FIRST_DAY + timedelta(days=n)).date() for n in range((last - FIRST_DAY).days)]
    for some in (days[n : n + AT_ONCE] for n in range(0, len(days), AT_ONCE)):
        files: list[Path] = []
        shares = even([(day, PER_DAY) for day in some], n_shares(lake, len(some) * PER_DAY))
        do_each(lake, partial(_judge_share, files), shares)
        with lake.transaction():
            name_files(lake, "clocks", files)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall, cpu, lake.con.sql("select count(*) from lake.clocks").fetchall()[0][0]


def _judge_share(files: list[Path], lake: Lake, days: list[date]) -> None:
    judge_days(lake, days)
    files += write_files(lake, "clocks", "new_clocks")


def _build_marts(lake: Lake, last: datetime) -> None:
    first = (last - timedelta(weeks=WEEKS)).date()
    days = [first + timedelta(days=n) for n in range(7 * WEEKS)]
    for some in (days[n : n + AT_ONCE] for n in range(0, len(days), AT_ONCE)):
        build(lake, some)


def _frames(lake: Lake) -> tuple[pl.DataFrame, pl.DataFrame]:
    columns = "contact_id, channel, is_staffed, received_at as received"
    contacts = lake.con.sql(f"select {columns} from lake.contacts").pl()
    return contacts, lake.con.sql("select contact_id, kind, event_at from lake.events").pl()


def _by_hand(contacts: pl.DataFrame, events: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Return promise, contact_id, state of the four promises, each from the rows anew."""
    frames = []
    for promise, (base, start, stop, left, target_s) in _BY_HAND.items():
        frame = contacts.filter(base)
        kinds = {start, stop, *left, *(["ended", "answered"] if "chat_left" in left else [])}
        for kind in sorted(kinds - {"received", "chat_left"}):
            first = events.filter(pl.col("kind") == kind).group_by("contact_id")
            first = first.agg(pl.col("event_at").min().alias(kind))
            frame = frame.join(first, on="contact_id", how="left")
        if "chat_left" in left:  # a chat that ended with no word of an operator
            said = events.filter(pl.col("kind") == "message_out").select("contact_id").unique()
            frame = frame.join(said.with_columns(said=True), on="contact_id", how="left")
            silent = pl.col("said").is_null() & pl.col(stop).is_null()
            frame = frame.with_columns(chat_left=pl.when(silent).then("ended"))
        gone = pl.min_horizontal(left) if left else pl.lit(None, pl.Datetime("us", "UTC"))
        frame = frame.filter(pl.col(start).is_not_null()).with_columns(
            due=pl.col(start) + timedelta(seconds=target_s), gone=gone
        )
        stopped = pl.col(stop).is_not_null() & (pl.col(stop) <= pl.lit(as_of))
        away = pl.col("gone").is_not_null() & (pl.col("gone") <= pl.lit(as_of))
        first = pl.col("gone").is_null() | (pl.col(stop) <= pl.col("gone"))
        state = (
            pl.when(pl.col(start) > as_of).then(None)
            .when(stopped & first & (pl.col(stop) <= pl.col("due"))).then(pl.lit("met"))
            .when(stopped & first).then(pl.lit("breached"))
            .when(away & (pl.col("gone") <= pl.col("due"))).then(pl.lit("cancelled"))
            .when(away).then(pl.lit("breached"))
            .when(pl.col("due") < as_of).then(pl.lit("overdue"))
            .otherwise(pl.lit("running"))
        )  # fmt: skip
        frames.append(frame.select(pl.lit(promise).alias("promise"), "contact_id", state=state))
    return pl.concat(frames)


def _same(lake: Lake, theirs: pl.DataFrame, as_of: datetime) -> None:
    """Both must count the same states."""
    frame = lake.frame(
        f"select promise, {state_sql()} as state, count(*) as n from lake.clocks "
        f"where promise in ({', '.join(repr(p) for p in _BY_HAND)}) group by all",
        {"as_of": as_of},
    )
    ours = {(promise, state): n for promise, state, n in frame.iter_rows()}
    hand = dict.fromkeys(ours, 0) | {
        (promise, state): n
        for promise, state, n in theirs.group_by("promise", "state").len().iter_rows()
    }
    assert ours == hand, (ours, hand)
