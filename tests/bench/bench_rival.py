"""Reading an events log and checking every row: ours against pandas with Great Expectations.

The rival is what most teams would write: `read_csv`, `to_datetime`, and the built-in expectations
of Great Expectations on the frame, asked for the rows that break them (they must go to quarantine).
Its eight expectations ask what the suite of events asks of the columns this log has; ours are held
to find as many broken rows.

Like is held against like: the checks of as many rows as an ingest checks at once (FULL), on the
cores it has. Neither side does more in them: ours sorts out repeats, makes contacts and settles
days in `bench_ingest`, the rival never. The two lines of reading and checking are told beside, for
what they are: ours makes identifiers into keys, hides personal data and hashes each row meanwhile,
the rival parses strings and times.
"""

import time
from pathlib import Path

import duckdb
import pandas as pd

from expectations import validate
from expectations.vocabulary import CHANNELS, EVENT_KINDS
from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings
from pipelines.sources import Context, read
from pipelines.stage import FULL
from tests.bench import bench_ingest
from tests.bench.measure import Measure

LEAST = 15  # times faster than the rival
BROKEN = 1000  # one row in so many has a kind nobody knows


def run(work: Path, rows: int) -> list[Measure]:
    """Measure on a log of `rows` events, at least as many as an ingest checks at once."""
    rows = max(rows, FULL)
    path = work / "events.csv"
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute(bench_ingest.EVENTS, {"calls": rows // 4})
    con.execute(f"update events set kind = 'unheard of' where rowid % {BROKEN} = 0")
    con.execute("copy events to $file (format csv, header)", {"file": str(path)})
    con.close()
    lake = open_lake(Settings(home=work / "home"))
    _ours(lake, path)  # a worker lives long: importing is not its speed
    lines = [line for (line,) in lake.con.sql("select line from ref_lines").fetchall()]
    ours = _ours(lake, path)
    lake.close()
    rival = _rival(path, lines)
    if ours.broken != rival.broken:
        raise AssertionError(f"ours found {ours.broken} rows, the rival {rival.broken}")
    whole = (rival.read_s + rival.check_s) / (ours.read_s + ours.check_s)
    return [
        Measure(
            "read and check an events log", f"{rows / (ours.read_s + ours.check_s):,.0f} rows/s"
        ),
        Measure("pandas + GX, the same", f"{rows / (rival.read_s + rival.check_s):,.0f} rows/s"),
        Measure("read and check against the rival", f"{whole:.1f} times faster"),
        Measure(
            "checks alone against the rival",
            f"{rival.check_s / ours.check_s:.1f} times faster",
            f"at least {LEAST}",
            rival.check_s / ours.check_s >= LEAST,
        ),
    ]


class _Took:
    """Seconds of reading and checking, and how many rows broke an expectation."""

    def __init__(self) -> None:
        self.read_s = self.check_s = 0.0
        self.broken = 0


def _ours(lake: Lake, path: Path) -> _Took:
    """Stage the whole file, then check it once, as an ingest does of FULL rows."""
    took, context = _Took(), Context.of(lake.settings)
    began = time.perf_counter()
    for part, staged in enumerate(read(path, "events", context)):
        lake.con.register("incoming", staged.frame)
        how = "insert into staged by name" if part else "create or replace table staged as"
        lake.con.execute(f"{how} select * from incoming")
        lake.con.unregister("incoming")
    columns = [row[0] for row in lake.con.sql("describe staged").fetchall()]
    took.read_s = time.perf_counter() - began
    began = time.perf_counter()
    with lake.sized(FULL):
        found = validate(lake.con, "staged", "events", columns)
    took.check_s = time.perf_counter() - began
    took.broken = sum(result["n_failed"] for result in found.results)
    return took


def _rival(path: Path, lines: list[str]) -> _Took:
    import great_expectations as gx
    from great_expectations import expectations as gxe

    took = _Took()
    began = time.perf_counter()
    frame = pd.read_csv(path, dtype=str)
    frame["event_at"] = pd.to_datetime(frame["event_at"], utc=True, errors="coerce")
    took.read_s = time.perf_counter() - began
    suite = gx.ExpectationSuite(
        "events",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(column="event_at"),
            gxe.ExpectColumnValuesToNotBeNull(column="contact_id"),
            gxe.ExpectColumnValuesToNotMatchRegex(column="contact_id", regex=":$"),
            gxe.ExpectColumnValuesToNotBeNull(column="kind"),
            gxe.ExpectColumnValuesToBeBetween(
                column="event_at",
                min_value=pd.Timestamp("1990-01-01", tz="UTC"),
                max_value=pd.Timestamp.now("UTC") + pd.Timedelta(days=1),
            ),
            gxe.ExpectColumnValuesToBeInSet(column="kind", value_set=list(EVENT_KINDS)),
            gxe.ExpectColumnValuesToBeInSet(column="channel", value_set=list(CHANNELS)),
            gxe.ExpectColumnValuesToBeInSet(column="line", value_set=lines),
        ],
    )
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = context.data_sources.add_pandas("rival").add_dataframe_asset("events")
    batch = batch.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    began = time.perf_counter()
    found = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    took.check_s = time.perf_counter() - began
    took.broken = sum(one.result.get("unexpected_count", 0) for one in found.results)
    return took
