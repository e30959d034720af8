"""The values rules look at are those of the metrics."""

from datetime import timedelta

from pipelines.alerts import store
from pipelines.alerts.readings import read
from pipelines.metrics import board
from pipelines.metrics.board_open import due_within
from tests.alerts.conftest import NOON, rule
from tests.metrics.conftest import msk


def values(lake, *rules):
    cursor = lake.cursor()
    found = {(r.rule.id, r.scope): r.value for r in read(cursor, rules, NOON)}
    cursor.close()
    return found


def test_levels_and_growth_are_the_boards(lake, given):
    for n in range(12):
        given.call(f"a{n}", f"2026-11-18T11:{40 + n}:00", "answered", 5 if n < 3 else 60)
    for n in range(4):
        given.call(f"w{n}", f"2026-11-18T11:5{5 + n}:00", "open", None)
    given.call("c", "2026-11-18T11:45:00", "answered", 5, line="faults")
    level = rule(least=10, lines=("main", "faults"))
    growth = rule(
        id="growth", kind="queue_growth", is_low_bad=False, threshold=0.1, clear=0, least=4,
        lines=None,
    )  # fmt: skip
    found = values(lake, level, growth, rule(id="few", least=99, lines=None))
    figures = board(lake, NOON)
    (main,) = [row for row in figures["lines"] if row["line"] == "main"]
    assert found == {
        ("level", "main"): main["level"]["half_hour"]["share"],
        ("level", "faults"): None,  # one contact says nothing
        ("growth", ""): figures["total"]["growth_per_min"],
        ("few", ""): None,
    }
    assert 0 < found["level", "main"] < 0.3
    assert found["growth", ""] > 0


def test_deadlines_of_the_next_minutes_are_the_boards_by_line(lake, given):
    for n, line in enumerate(["main", "main", "chat"]):
        at = msk(f"2026-11-18T11:5{n}:00")
        given.contact(f"c{n}", f"2026-11-18T11:5{n}:00", line=line)
        given.rows("clocks", {
            "promise": "phone.wait_max", "promise_version": 1, "kind": "clock",
            "contact_id": f"c{n}", "number": 1, "received_date": at.date(), "started_at": at,
            "due_at": NOON + timedelta(minutes=1 + 3 * n), "paused_s": 0.0,
        })  # fmt: skip
    figures = board(lake, NOON)
    assert due_within(lake, NOON, 300)[None] == figures["counts"]["due_5min"] == 2
    soon = rule(id="soon", kind="breach_soon", is_low_bad=False, threshold=1, clear=0,
                within_s=600, lines=("main", "chat", "faults"))  # fmt: skip
    assert values(lake, soon) == {("soon", "main"): 2, ("soon", "chat"): 1, ("soon", "faults"): 0}


def test_failed_critical_checks_are_a_share_of_rows(lake, given):
    common = {"run_id": "r", "run_at": NOON - timedelta(minutes=5), "source": "live", "file": "",
              "dataset": "calls", "description": "", "action": "", "n_rows": 100}  # fmt: skip
    given.rows(
        "checks",
        common | {"expectation": "calls.a", "severity": "critical", "n_failed": 7,
                  "is_success": False},
        common | {"expectation": "calls.b", "severity": "warning", "n_failed": 50,
                  "is_success": False},
        common | {"expectation": "calls.c", "severity": "critical", "n_failed": 0,
                  "is_success": True},
    )  # fmt: skip
    checks = rule(id="checks", kind="failed_check", is_low_bad=False, threshold=0.02, clear=0.01)
    assert values(lake, checks) == {("checks", "calls.a"): 0.07, ("checks", "calls.c"): 0.0}


def test_a_source_that_fell_silent_is_one_episode_and_bursts_have_theirs(lake, given, watched):
    for week in range(1, 7):
        day = NOON - timedelta(weeks=week)
        moments = [day.replace(hour=9) + timedelta(minutes=5 * n) for n in range(100)]
        given.rows("contacts", *({
            "contact_id": f"calls:{at.isoformat()}", "source": "calls", "channel": "phone",
            "line": "main", "received_at": at, "received_date": at.date(),
        } for at in moments))  # fmt: skip
    given.contact("now", "2026-11-18T11:30:00")
    given.event("now", "2026-11-18T11:30:00", "received", "2026-11-18T12:00:00",
                source="chats")  # fmt: skip
    given.rows("bursts", {
        "category": "form_error", "started_at": NOON - timedelta(hours=3), "excess": 31.0,
        "contacts": 50, "peak_z": 5.0, "window_h": 3, "burst_id": "topic",
    }, {
        "kind": "abandoned", "line": "main", "started_at": NOON, "excess": 40.0, "burst_id": "own",
    }, {
        "kind": "abandoned", "line": "chat", "started_at": NOON, "excess": 40.0, "burst_id": "part",
        "part_of": "topic",
    })  # fmt: skip
    high = {"is_low_bad": False, "lines": None, "scope_kind": "source"}
    watch = watched(
        rule(id="silent", kind="silent_source", threshold=3, clear=1, **high),
        rule(id="burst", kind="burst", threshold=20, clear=5, **high),
        rule(id="lost", kind="burst", series="abandoned", threshold=20, clear=5, **high),
        lake=lake,
    )
    watch.look()
    found = store.alerts(lake.settings).select("rule", "scope", "value", "since_at")
    assert sorted(found.rows()) == [
        ("burst", "form_error", 31.0, NOON - timedelta(hours=3)),
        ("lost", "main", 40.0, NOON),
        ("silent", "calls", 6.0, NOON - timedelta(minutes=30)),
    ]
    assert store.watch(lake.settings)["error"] is None


def test_a_fault_of_a_metric_is_written_down_and_ends_nothing(lake, watched):
    watch = watched(rule(), lake=lake)
    lake.con.execute("drop table lake.legs")
    watch.look(NOON)
    assert store.watch(lake.settings)["error"] == "CatalogException"
