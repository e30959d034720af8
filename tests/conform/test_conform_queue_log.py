"""A real call centre's queue_log comes out to the call; see SOURCE of the shared data."""

import json
from pathlib import Path

import polars as pl
import pytest

from pipelines.conform import conform, rederive
from pipelines.sources import Context, read

DATA = Path(__file__).parents[2] / "../shared/data/technion_feb1999"


@pytest.fixture
def day(tmp_path, bench):
    """Conform a queue_log given as text."""

    def run(text):
        path = tmp_path / "queue_log"
        path.write_text(text)
        _conform_file(bench, path)

    return run


def _conform_file(bench, path):
    con = bench.lake.con
    parts = [
        part.frame
        for part in read(path, "queue_log", Context.of(bench.lake.settings))
        if part.dataset == "events"
    ]
    con.register("incoming", pl.concat(parts))
    con.execute("create or replace table staged as select * from incoming")
    con.unregister("incoming")
    conform(con, "staged", "events", "queue_log")
    rederive(con)


def test_one_call_through_two_queues_is_two_legs(bench, day):
    day(
        "1000000000|1.1|NW|NONE|ENTERQUEUE||anonymous|1\n"
        "1000000030|1.1|NW|NONE|EXITWITHTIMEOUT|1|1|30\n"
        "1000000030|1.1|PS|NONE|ENTERQUEUE||anonymous|1\n"
        "1000000045|1.1|PS|Agent/TOVA|CONNECT|15|1.2|4\n"
        "1000000105|1.1|PS|Agent/TOVA|COMPLETECALLER|15|60|1\n"
    )
    assert bench.legs(
        "leg", "line", "left_as", "operator_id", "ring_s", "talk_s",
        "epoch(coalesce(answered_at, left_at)) - epoch(queued_at)",
    ) == [
        (1, "NW", "flowed_out", None, None, None, 30.0),
        (2, "PS", "answered", "Agent/TOVA", 4.0, 60.0, 15.0),
    ]  # fmt: skip
    assert bench.contact("line", "outcome", "operator_id", "closed_by") == (
        "NW", "served", "Agent/TOVA", "caller",
    )  # fmt: skip


def test_a_transfer_out_of_the_queue_ends_the_leg_and_offers_nothing(bench, day):
    day(
        "1000000000|1.1|NW|NONE|ENTERQUEUE||anonymous|1\n"
        "1000000010|1.1|NW|Agent/GILI|CONNECT|10|1.2|3\n"
        "1000000070|1.1|NW|Agent/GILI|BLINDTRANSFER|112|internal|10|60|1\n"
    )
    assert bench.legs("leg", "left_as", "talk_s") == [(1, "answered", 60.0)]
    assert bench.contact("outcome") == ("transferred",)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not on this machine")
def test_sixteen_thousand_real_calls_come_out_to_the_call(bench):
    expected = json.loads((DATA / "expected.json").read_text())
    _conform_file(bench, DATA / "queue_log")
    found = {
        line: dict(zip(("offered", "answered", "abandoned", "left", "open", "within", "wait_sum",
                        "talk_sum"), figures, strict=True))
        for line, *figures in bench.rows("""
            select
                line,
                count(*),
                count(*) filter (where left_as = 'answered'),
                count(*) filter (where left_as = 'abandoned'),
                count(*) filter (where left_as = 'flowed_out'),
                count(*) filter (where left_as = 'open'),
                count(*) filter (where epoch(answered_at) - epoch(queued_at) <= 20),
                cast(sum(epoch(answered_at) - epoch(queued_at)) as bigint),
                cast(sum(talk_s) as bigint)
            from new_legs
            group by line
        """)
    }  # fmt: skip
    assert found == expected["per_queue"]
