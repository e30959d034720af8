"""Live traffic: in order, whole lines, each once, continuous with the history before it."""

import json
import threading
from datetime import date, datetime, timedelta, timezone

import pytest

from pipelines.errors import UsageError
from pipelines.simulator import continues_from, live, simulate

MOSCOW = timezone(timedelta(hours=3))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


def run(out, *moments: datetime, **more) -> list[str]:
    """Let the clock show these moments one after another, then stop."""
    stop, rest = threading.Event(), iter(moments)

    def clock() -> datetime:
        moment = next(rest, None)
        if moment is None:
            stop.set()
            return moments[-1]
        return moment

    live(out, **{"contacts_per_day": 120, "seed": 5} | more, clock=clock, stop_event=stop)
    return out.read_text("utf-8").splitlines()


def test_everything_of_today_up_to_now_is_written_at_once(tmp_path):
    rows = [json.loads(x) for x in run(tmp_path / "in" / "events.jsonl", at(23, 14))]
    times = [r["event_at"] for r in rows]
    assert times == sorted(times)
    assert times[0][:10] == "2026-11-23"
    assert times[-1] <= at(23, 14).isoformat()
    assert {r["contact_id"].split(":")[0] for r in rows if "contact_id" in r} == {
        "calls", "chats", "feedback"
    }  # fmt: skip
    assert {"login", "pause"} <= {r["kind"] for r in rows if "contact_id" not in r}


def test_a_restart_goes_on_behind_the_last_line_and_repeats_none(tmp_path):
    out, whole = tmp_path / "in" / "events.jsonl", tmp_path / "whole" / "events.jsonl"
    first = run(out, at(23, 11))
    again = run(out, at(23, 11), at(23, 15))
    assert again[: len(first)] == first
    assert again == run(whole, at(23, 15))


def test_a_line_torn_by_a_kill_is_mended(tmp_path):
    out = tmp_path / "in" / "events.jsonl"
    first = run(out, at(23, 12))
    text = out.read_text("utf-8")
    out.write_text(text[: text.rindex("\n", 0, -1) + 20], "utf-8")  # half of the last line is lost
    assert run(out, at(23, 12)) == first


def test_an_outage_asked_for_on_a_restart_leaves_what_is_written(tmp_path):
    out = tmp_path / "in" / "events.jsonl"
    first = run(out, at(23, 11), contacts_per_day=400)
    more = run(out, at(23, 11), at(23, 13), contacts_per_day=400, incident=5)
    assert more[: len(first)] == first
    lifted = [x for x in more[len(first) :] if '"service_outage"' in x]
    assert len(lifted) > 20
    assert run(out, at(23, 13), contacts_per_day=400) == more


def test_midnight_writes_the_finished_day_and_begins_the_next(tmp_path):
    out = tmp_path / "in" / "events.jsonl"
    rows = run(out, at(23, 23, 59), at(24, 0, 1), at(24, 9))
    days = {json.loads(x)["event_at"][:10] for x in rows}
    assert days == {"2026-11-23", "2026-11-24"}
    assert len(rows) == len(set(rows))
    files = sorted(p.name for p in (tmp_path / "in-days").iterdir())
    assert files == [
        "calls-2026-11-23.csv", "chats-2026-11-23.jsonl", "feedback-2026-11-23.csv",
        "journal-2026-11-23.csv", "operators-2026-11-23.csv",
    ]  # fmt: skip
    told = {json.loads(x)["contact_id"] for x in rows
            if '"received"' in x and "calls:c261123" in x}  # fmt: skip
    _, *calls = (tmp_path / "in-days" / files[0]).read_text("utf-8").splitlines()
    assert {f"calls:{row.split(',')[0]}" for row in calls} == told


def test_a_restart_days_later_leaves_no_hole(tmp_path):
    out, whole = tmp_path / "in" / "events.jsonl", tmp_path / "whole" / "events.jsonl"
    run(out, at(23, 11))
    later = [at(25, 9)] * 4  # a look a day
    assert run(out, *later) == run(whole, at(23, 11), at(24, 0, 1), at(25, 0, 1), at(25, 9))
    days = ("in-days", "whole-days")
    filled, told = ({p.name: p.read_bytes() for p in (tmp_path / d).iterdir()} for d in days)
    assert filled == told
    assert {name[-14:-4] for name in filled if name.endswith(".csv")} == {
        "2026-11-23", "2026-11-24"
    }  # fmt: skip


def test_live_goes_on_from_a_history_of_the_same_seed(tmp_path):
    told = simulate(tmp_path / "h", 3, 120, 5, end=date(2026, 11, 23))
    assert continues_from(tmp_path / "h") == date(2026, 11, 23)
    rows = run(tmp_path / "in" / "events.jsonl", at(23, 18), history=tmp_path / "h")
    rows = [json.loads(x) for x in rows]
    replied = {r["contact_id"] for r in rows if r["kind"] == "replied"}
    assert any(x.startswith(("feedback:f261120", "feedback:f261122")) for x in replied)
    roster = (tmp_path / "in" / "operators-roster.csv").read_text("utf-8").splitlines()[1:]
    assert [x.split(",")[0] for x in roster] == [o["operator_id"] for o in told["operators"]]


def test_a_history_that_goes_on_from_another_is_one_with_it(tmp_path):
    simulate(tmp_path / "whole", 3, 120, 5, end=date(2026, 11, 23), dirt=0.0)
    simulate(tmp_path / "a", 2, 120, 5, end=date(2026, 11, 22), dirt=0.0)
    simulate(tmp_path / "b", 1, 120, 5, end=date(2026, 11, 23), dirt=0.0, history=tmp_path / "a")
    name = "calls-2026-11-22.csv"
    assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_traffic_of_another_seed_is_not_mixed_in(tmp_path):
    out = tmp_path / "in" / "events.jsonl"
    run(out, at(23, 9))
    with pytest.raises(UsageError, match="seed"):
        run(out, at(23, 10), seed=6)
