"""Reading a log and checking every row: ours against pandas with Great Expectations.

The rival is what most teams would write: `read_csv`, `to_datetime`, and the built-in expectations
of Great Expectations on the frame, asked for the rows that break them (they must go to quarantine).

- The events log: eight light expectations, which ask what the suite of events asks of the columns
  this log has; one row in a thousand is of a kind nobody knows. Both sides must find as many rows.
- The calls log, the one most of a hotline is in: 32 rules, each broken by rows of its own
  (`broken_calls`). Both sides must find as many rows rule by rule, and all that were broken. Its
  other two rules ask of a list of events, which a CSV has not: neither side asks them.

Like is held against like: the checks of as many rows as an ingest checks at once (FULL), on the
cores it has; of calls an ingest takes a fifth of that, which is measured too. Neither side does
more in them: ours sorts out repeats, makes contacts and settles days in `bench_ingest`, the rival
never. The lines of reading and checking are told beside, for what they are: ours makes identifiers
into keys, hides personal data and hashes each row meanwhile, the rival parses strings and times.
"""

from pathlib import Path

import duckdb
import pandas as pd

from expectations.vocabulary import CHANNELS, EVENT_KINDS
from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings
from pipelines.stage import FULL, WEIGHTS
from tests.bench import bench_ingest, broken_calls, rival_calls
from tests.bench.measure import Measure
from tests.bench.rival import TIMES, Suite, Took, ours, timed

LEAST = 15  # times faster than the rival
BROKEN = 1000  # one event in so many has a kind nobody knows


def run(work: Path, rows: int) -> list[Measure]:
    """Measure on logs of `rows` rows, at least as many as an ingest checks at once."""
    rows = max(rows, FULL)
    lake = open_lake(Settings(home=work / "home"))
    try:
        # the fewer first: a worker lives long, and what a reader loads once is not its speed
        fewer = _calls(work / "fewer_calls.csv", lake, FULL // WEIGHTS["calls"])
        calls = _calls(work / "calls.csv", lake, rows, LEAST)
        return [*calls, *fewer, *_events(work / "events.csv", lake, rows)]
    finally:
        lake.close()


def _calls(path: Path, lake: Lake, rows: int, least: float | None = None) -> list[Measure]:
    categories = lake.con.sql("select category from ref_categories").fetchall()
    columns = broken_calls.write(path, rows, [category for (category,) in categories])
    found, rival = ours(lake, path, "calls", columns), rival_calls.rival(path, lake)
    broken = {rule.removeprefix("calls."): n for rule, n in found.broken.items()}
    if broken != dict.fromkeys(broken_calls.FAULTS, rows // broken_calls.BROKEN):
        raise AssertionError(f"ours found {broken}")
    for rules, n in rival.broken.items():
        if n != sum(broken.pop(rule) for rule in rules.split(", ")):
            raise AssertionError(f"the rival found {n} rows of {rules}")
    if broken:
        raise AssertionError(f"the rival does not ask {broken}")
    what = f"{rows:,} calls, {len(broken_calls.FAULTS)} rules"
    return [
        Measure(f"read and check {what}", _rate(rows, found)),
        Measure("pandas + GX, the same", _rate(rows, rival)),
        _faster(f"checks of {what}, against the rival", found, rival, least),
    ]


def _events(path: Path, lake: Lake, rows: int) -> list[Measure]:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute(bench_ingest.EVENTS, {"calls": rows // 4})
    con.execute(f"update events set kind = 'unheard of' where rowid % {BROKEN} = 0")
    con.execute("copy events to $file (format csv, header)", {"file": str(path)})
    con.close()
    found, rival = ours(lake, path, "events"), _rival_of_events(path, lake)
    if sum(found.broken.values()) != sum(rival.broken.values()):
        raise AssertionError(f"ours found {found.broken}, the rival {rival.broken}")
    whole = (rival.read_s + rival.check_s) / (found.read_s + found.check_s)
    return [
        Measure(f"read and check {rows:,} events", _rate(rows, found)),
        Measure("pandas + GX, the same", _rate(rows, rival)),
        Measure("read and check against the rival", f"{whole:.1f} times faster"),
        _faster("checks of the events log, 8 expectations, against the rival", found, rival, LEAST),
    ]


def _rival_of_events(path: Path, lake: Lake) -> Took:
    from great_expectations import expectations as gxe

    frame, read_s = timed(lambda: _read_events(path))
    no_earlier = pd.Timestamp("1990-01-01", tz="UTC")
    no_later = pd.Timestamp.now("UTC") + pd.Timedelta(days=1)
    lines = [line for (line,) in lake.con.sql("select line from ref_lines").fetchall()]
    suite = Suite(frame, {
        "time": gxe.ExpectColumnValuesToNotBeNull(column="event_at"),
        "id": gxe.ExpectColumnValuesToNotBeNull(column="contact_id"),
        "whole id": gxe.ExpectColumnValuesToNotMatchRegex(column="contact_id", regex=":$"),
        "kind": gxe.ExpectColumnValuesToNotBeNull(column="kind"),
        "possible time": gxe.ExpectColumnValuesToBeBetween(
            column="event_at", min_value=no_earlier, max_value=no_later
        ),
        "known kind": gxe.ExpectColumnValuesToBeInSet(column="kind", value_set=list(EVENT_KINDS)),
        "channel": gxe.ExpectColumnValuesToBeInSet(column="channel", value_set=list(CHANNELS)),
        "line": gxe.ExpectColumnValuesToBeInSet(column="line", value_set=lines),
    })  # fmt: skip
    broken, check_s = timed(suite.broken, TIMES)
    return Took(read_s, check_s, broken)


def _read_events(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=str)
    frame["event_at"] = pd.to_datetime(frame["event_at"], utc=True, errors="coerce")
    return frame


def _rate(rows: int, took: Took) -> str:
    return f"{rows / (took.read_s + took.check_s):,.0f} rows/s"


def _faster(what: str, found: Took, rival: Took, least: float | None) -> Measure:
    times = rival.check_s / found.check_s
    if least is None:
        return Measure(what, f"{times:.1f} times faster")
    return Measure(what, f"{times:.1f} times faster", f"at least {least}", times >= least)
