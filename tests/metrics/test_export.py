"""export: the rows of a filter in the format of the ending."""

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.errors import QueryError, UsageError
from pipelines.export import export
from pipelines.metrics import Scope, parse_moment

MSK = ZoneInfo("Europe/Moscow")
START, END = parse_moment("2026-11-16", MSK), parse_moment("2026-11-23", MSK)


@pytest.fixture
def two(given):
    given.call("a", "2026-11-16T10:00:00", category="form_error", case_number="007")
    given.call("b", "2026-11-16T11:00:00", line="faults")
    given.call("c", "2026-11-23T00:00:00")
    given.event("a", "2026-11-16T10:00:00", "received", "2026-11-16T10:00:00")
    return given


def test_csv_keeps_the_order_of_columns_and_the_offset_of_times(lake, two, tmp_path):
    out = tmp_path / "contacts.csv"
    assert export(lake, "contacts", ["received_at", "contact_id"], START, END, {}, out) == 2
    assert out.read_text().splitlines() == [
        "received_at,contact_id",
        "2026-11-16T10:00:00+03:00,a",
        "2026-11-16T11:00:00+03:00,b",
    ]


def test_parquet_has_every_column_and_excel_keeps_leading_zeros(lake, two, tmp_path):
    assert export(lake, "legs", [], START, END, {"line": "faults"}, tmp_path / "l.parquet") == 1
    assert pl.read_parquet(tmp_path / "l.parquet")["contact_id"].to_list() == ["b"]
    wanted = ["case_number", "received_at"]
    assert export(lake, "contacts", wanted, START, END, {}, tmp_path / "c.xlsx") == 2
    sheet = pl.read_excel(tmp_path / "c.xlsx", infer_schema_length=0)
    assert sheet["case_number"].to_list() == ["007", None]
    assert sheet["received_at"].to_list()[0].startswith("2026-11-16 10:00:00")


def test_legs_and_events_are_filtered_by_their_contacts(lake, two, tmp_path):
    where = {"category": "form_error"}
    assert export(lake, "legs", ["contact_id"], START, END, where, tmp_path / "l.csv") == 1
    assert export(lake, "events", ["kind"], START, END, where, tmp_path / "e.csv") == 1


def test_what_reconciliation_found_is_exported_by_finding(lake, two, tmp_path):
    two.contact("d", "2026-11-16T12:00:00", source="queue_log")
    two.leg("d", "2026-11-16T12:00:00", "answered", 7300, 20, source="queue_log")
    out, where = tmp_path / "m.csv", {"finding": ("impossible_times", "entry_lost")}
    assert export(lake, "mismatches", ["contact_id", "evidence"], START, END, where, out) == 1
    assert out.read_text().splitlines() == ["contact_id,evidence", "d,long_wait"]
    assert export(lake, "mismatches", [], START, END, {"line": "faults"}, out) == 0


@pytest.mark.parametrize(
    "where", [{"line": "main"}, {"channel": "phone"}, {"source": "calls"}, {"operator": "op1"}]
)
def test_all_events_of_a_contact_are_exported_whatever_filter_finds_it(
    lake, given, tmp_path, where
):
    given.call("a", "2026-11-16T10:00:00", operator_id="op1")
    given.call(
        "b", "2026-11-16T10:00:00", line="chat", channel="chat", source="chats", operator_id="op2"
    )
    for contact in ("a", "b"):
        given.event(contact, "2026-11-16T10:00:00", "received", "2026-11-16T10:00:00")
        given.event(contact, "2026-11-16T10:00:00", "rated", "2026-11-16T10:09:00")
    out = tmp_path / "e.csv"
    assert export(lake, "events", ["contact_id", "kind"], START, END, where, out) == 2
    assert export(lake, "events", ["kind"], START, END, {}, out, Scope(lines=("main",))) == 2
    assert export(lake, "events", ["kind"], START, END, {}, out, Scope(operator="op2")) == 2


def test_a_scope_holds_for_exports_too(lake, two, tmp_path):
    scope = Scope(lines=("faults",))
    assert export(lake, "contacts", [], START, END, {}, tmp_path / "c.csv", scope=scope) == 1


def test_wrong_words_name_the_nearest(lake, tmp_path):
    with pytest.raises(UsageError, match=r"no column 'categry' \(did you mean 'category'"):
        export(lake, "contacts", ["categry"], START, END, {}, tmp_path / "c.csv")
    with pytest.raises(UsageError, match="no export 'contact'"):
        export(lake, "contact", [], START, END, {}, tmp_path / "c.csv")
    with pytest.raises(UsageError, match="the ending decides the format"):
        export(lake, "contacts", [], START, END, {}, tmp_path / "c.txt")
    with pytest.raises(QueryError, match="unknown filter of reviews 'region'"):
        export(lake, "reviews", [], START, END, {"region": "x"}, tmp_path / "c.csv")
