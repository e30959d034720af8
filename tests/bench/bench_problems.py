"""Any click on Проблемы: questions of its views and a burst, on as many contacts as asked for.

The lake is as a live one after its upkeep: all days settled but today, which is dirty. CPU time is
told beside the clock's: other work on the machine only adds to the latter. Contacts have no clocks
and no texts, and one event each: by these a reader sees that every core is worth using.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines import metrics
from pipelines.lake.connect import Lake, open_lake
from pipelines.lake.tables import insert_rows
from pipelines.lake.upkeep import maintain
from pipelines.marts.build import build
from pipelines.metrics import Query
from pipelines.settings import Settings
from tests.bench.measure import Measure, ms

PER_DAY = 5_000
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
MOST_S = 0.5
TIMES = 5
BURST, LINE_BURST = "burst", "burst of a line"
BURST_DAYS = {"started": 3, "ended": 2}  # days before the end
BATCH_DAYS = 60  # marts of so many days at once: each building looks back eight days, too
# a citizen in four comes back within days, half of them with the same
_CONTACTS = """
    insert into lake.contacts by name
    select
        'calls:' || i as contact_id, 'calls' as source,
        ['phone', 'chat', 'portal'][1 + (i % 7 // 3)::integer] as channel,
        ['main', 'faults', 'signature', 'privacy', 'business'][1 + (i % 5)::integer] as line,
        $first + to_days((i // $per_day)::integer) + to_seconds(i % $per_day * 17) as received_at,
        cast(received_at as date) as received_date,
        $names[1 + (hash(i // 4, i % 4 // 2) % len($names))::integer] as category,
        'p' || hash(i // $per_day // 4, i * 7919 % $per_day * 4 // 3) as citizen_key,
        'r' || i % 40 as region, 'op' || i % 200 as operator_id, true as is_staffed,
        case when i % 9 = 0 then 1 + i % 5 end as rating, 'served' as outcome,
        case when i % 2 = 0 then 'technical' end as menu_choice
    from range($from_row, $to_row) as t (i)
"""
_LEGS = """
    insert into lake.legs by name
    select
        contact_id, 1 as leg, source, channel, line, received_at, received_date, operator_id,
        received_at as queued_at,
        case when hash(contact_id) % 10 > 0
            then received_at + to_seconds((hash(contact_id) % 400)::integer) end as answered_at,
        received_at + to_seconds(400 + (hash(contact_id) % 600)::integer) as left_at,
        case when answered_at is null then 'abandoned' else 'answered' end as left_as,
        epoch(left_at - answered_at) as talk_s
    from lake.contacts where received_date between $first_day and $last_day
"""
_EVENTS = """
    insert into lake.events by name
    select
        contact_id, 1 as seq, received_at as event_at, 'received' as kind, source, received_at,
        received_date
    from lake.contacts where received_date between $first_day and $last_day
"""


def run(work: Path, rows: int) -> list[Measure]:
    """Measure every question of the page over the last 28 days, warm: the best of several."""
    lake = open_lake(Settings(home=work / "home", zone="UTC", clock="data"))
    days = _fill(lake, rows)
    lake.widen()  # as a page does
    end = FIRST_DAY + timedelta(days=days)
    query = Query(end - timedelta(days=28), end, as_of=end)
    found = [_measured(f"{name}, {rows:,} contacts", ask) for name, ask in _clicks(lake, query)]
    lake.close()
    return found


def _clicks(lake: Lake, query: Query) -> list[tuple[str, Callable[[], object]]]:
    topic = next(iter(lake.reference.categories))
    own = replace(query, where={"category": (topic,)})
    of_line = metrics.burst_detail(lake, query, LINE_BURST)["query"]
    sides = [
        (f"topic by {side}", lambda side=side: metrics.topic_sides(lake, own, side))
        for side in metrics.SIDES
    ]
    return [
        ("topics", lambda: metrics.topics(lake, query)),
        ("topics of a line", lambda: metrics.topics(lake, replace(query, where={"line": "main"}))),
        ("classes", lambda: metrics.topics(lake, replace(query, by=("class",)))),
        ("a topic by day", lambda: metrics.recurring_days(lake, query, topic)),
        ("a topic by week", lambda: metrics.topic_weeks(lake, query, topic)),
        ("a topic by hour of the week", lambda: metrics.topic_hours(lake, own)),
        *sides,
        ("contacts of a topic", lambda: metrics.contacts(lake, own, limit=200)),
        ("first-contact resolution", lambda: metrics.resolution(lake, query)),
        ("reasons to call again", lambda: metrics.called_again(lake, own)),
        ("chains", lambda: metrics.chains(lake, query)),
        ("who came back", lambda: metrics.contacts(lake, own, counted="followed", limit=200)),
        ("failure demand", lambda: metrics.failures(lake, query)),
        ("contacts of failures", lambda: metrics.contacts(lake, own, counted="failures")),
        ("what begins", lambda: metrics.emerging(lake, query)),
        ("what keeps coming", lambda: metrics.persistent(lake, query)),
        ("register of actions", lambda: metrics.actions(lake, query)),
        ("a burst of all contacts", lambda: metrics.burst_detail(lake, query, BURST)),
        ("a burst of a line", lambda: metrics.burst_detail(lake, query, LINE_BURST)),
        ("contacts of a burst of a line", lambda: metrics.contacts(lake, of_line, limit=200)),
    ]


def _measured(what: str, ask: Callable[[], object]) -> Measure:
    ask()
    spent = [_spent(ask) for _ in range(TIMES)]
    clock, cpu = (min(one) for one in zip(*spent, strict=True))
    shown = f"{ms(clock)} (CPU {ms(cpu)})"
    return Measure(what, shown, f"under {ms(MOST_S)}", clock < MOST_S)


def _spent(ask: Callable[[], object]) -> tuple[float, float]:
    clock, cpu = time.perf_counter(), time.process_time()
    ask()
    return time.perf_counter() - clock, time.process_time() - cpu


def _fill(lake: Lake, rows: int) -> int:
    """Write contacts and legs, settle all days but the last; return how many days they cover."""
    days = -(-rows // PER_DAY)
    given = {"first": FIRST_DAY, "per_day": PER_DAY, "names": list(lake.reference.categories)}
    every = [(FIRST_DAY + timedelta(days=n)).date() for n in range(days)]
    with lake.sized(rows * 5):
        for n in range(0, days, BATCH_DAYS):
            some = every[n : n + BATCH_DAYS]
            until = min((n + BATCH_DAYS) * PER_DAY, rows)
            bounds = {"first_day": some[0], "last_day": some[-1]}
            lake.con.execute(_CONTACTS, given | {"from_row": n * PER_DAY, "to_row": until})
            lake.con.execute(_LEGS, bounds)
            lake.con.execute(_EVENTS, bounds)
        for n in range(0, days, BATCH_DAYS):
            build(lake, every[n : n + BATCH_DAYS])
    lake.con.execute("insert into lake.events (event_at) values ($at)",
                     {"at": FIRST_DAY + timedelta(days=days)})  # fmt: skip
    lake.con.execute("insert into lake.dirty_days values ($day, false)", {"day": every[-1]})
    row = {"burst_id": BURST, "kind": "category", "category": "*", "window_h": 3}
    row |= {"contacts": PER_DAY, "excess": PER_DAY / 2, "peak_z": 9.0}
    row |= {f"{name}_at": FIRST_DAY + timedelta(days=days - n) for name, n in BURST_DAYS.items()}
    of_line = {"burst_id": LINE_BURST, "kind": "line", "category": None, "line": "main"}
    insert_rows(lake.con, "bursts", [row, row | of_line | {"menu_choice": None}])
    maintain(lake)
    return days
