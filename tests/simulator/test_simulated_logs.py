"""What the simulator writes, counted again from the bytes of its files."""

import csv
import io
import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import UsageError
from pipelines.simulator import simulate

NUMBERS = {
    "88005553535": "main", "88001000000": "main", "112": "faults", "88005550101": "signature",
    "88005550202": "privacy", "88005550303": "business",
}  # fmt: skip


def csv_rows(path: Path) -> list[tuple[int, str, dict[str, str] | None]]:
    """Physical line number, line, and the row (None where it has another number of fields)."""
    header, *lines = path.read_text("utf-8").split("\n")[:-1]
    names = header.split(",")
    found = []
    for number, line in enumerate(lines, 2):
        cells = next(csv.reader(io.StringIO(line)))
        row = dict(zip(names, cells, strict=True)) if len(cells) == len(names) else None
        found.append((number, line, row))
    return found


def fates(truth, file: str) -> dict[int, str]:
    return {d["row"]: d["fate"] for d in truth["dirty"] if d["file"] == file}


def accepted(small: Path, truth, dataset: str) -> pl.DataFrame:
    rows = []
    for path in sorted((small / "logs").glob(f"{dataset}-*.csv")):
        fate = fates(truth, path.name)
        rows += [r for n, _, r in csv_rows(path) if fate.get(n, "accepted") == "accepted"]
    return pl.DataFrame(rows, infer_schema_length=None)


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        simulate(
            tmp_path / name, 2, 150, seed, end=date(2026, 11, 22), truth=tmp_path / f"{name}.t"
        )
    names = sorted(p.name for p in (tmp_path / "a").glob("*-*"))
    assert names == sorted(p.name for p in (tmp_path / "b").glob("*-*"))
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a.t").read_bytes() == (tmp_path / "b.t").read_bytes()
    calls = "calls-2026-11-21.csv"
    assert (tmp_path / "a" / calls).read_bytes() != (tmp_path / "c" / calls).read_bytes()


def test_calls_per_line_in_the_truth_are_a_plain_count_over_the_log(small, truth):
    calls = accepted(small, truth, "calls")
    calls = calls.with_columns(
        line=pl.col("dialled_number").replace(NUMBERS),
        target=pl.col("transferred_to").replace(NUMBERS),
    )
    queued = calls.filter(pl.col("queued_at") != "")
    own = queued.with_columns(
        left=pl.when(pl.col("answered_at") != "").then(pl.lit("answered")).otherwise(
            pl.col("outcome").replace({"callback": "flowed_out"}))
    )  # fmt: skip
    handed = queued.filter(pl.col("transfer_answered_at") != "")
    for line, told in truth["lines"].items():
        mine = own.filter(pl.col("line") == line)["left"].to_list()
        direct = len(handed.filter(pl.col("target") == line))
        assert told["offered"] == len(mine) + direct
        assert told["answered"] == mine.count("answered") + direct
        assert told["abandoned"] == mine.count("abandoned")
        assert told["flowed_out"] == mine.count("flowed_out")
    assert truth["totals"]["calls"]["contacts"] == calls["call_id"].n_unique()
    assert truth["totals"]["calls"]["accepted"] == len(calls)


def test_chats_and_forms_in_the_truth_are_a_plain_count_over_the_logs(small, truth):
    answered = total = 0
    for path in sorted((small / "logs").glob("chats-*.jsonl")):
        fate = fates(truth, path.name)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if fate.get(number, "accepted") == "accepted":
                total += 1
                senders = {m["sender"] for m in json.loads(line)["messages"]}
                answered += "operator" in senders
    assert truth["totals"]["chats"]["contacts"] == total
    assert truth["totals"]["chats"]["answered"] == answered
    forms = accepted(small, truth, "feedback")
    assert truth["totals"]["feedback"]["contacts"] == forms["feedback_id"].n_unique() == len(forms)
    assert truth["totals"]["feedback"]["answered"] == (forms["answered_at"] != "").sum()


def test_every_dirty_row_is_what_the_truth_says_it_is(small, truth):
    for path in sorted((small / "logs").glob("calls-*.csv")):
        rows = {n: (line, row) for n, line, row in csv_rows(path)}
        before: Counter[str] = Counter()
        kinds = {d["row"]: d["kind"] for d in truth["dirty"] if d["file"] == path.name}
        for number in sorted(rows):
            line, row = rows[number]
            kind = kinds.get(number)
            assert (row is None) == (kind == "torn")
            assert (before[line] > 0) == (kind == "duplicate")
            before[line] += 1
            if row is not None:
                missing = row["call_id"] == "" or row["received_at"] == ""
                assert missing == (kind == "missing_id")
                assert disorder(row) == (kind == "impossible_time")


def disorder(row: dict[str, str]) -> bool:
    course = [row[c] for c in ("received_at", "queued_at", "answered_at", "ended_at") if row[c]]
    times = [datetime.fromisoformat(t) for t in course]
    return times != sorted(times)


def test_late_rows_stand_in_a_later_file_and_are_accepted(small, truth):
    late = [d for d in truth["dirty"] if d["kind"] == "late" and d["file"].startswith("calls")]
    assert late
    for told in late:
        day = datetime.strptime(told["id"][1:7], "%y%m%d").date()  # noqa: DTZ007 a local day
        assert date.fromisoformat(told["file"][6:16]) > day
        assert told["fate"] == "accepted"


def test_the_share_of_dirty_rows_is_the_one_asked_for(small, truth):
    for dataset in ("calls", "chats", "feedback"):
        files = {n for n, f in truth["files"].items() if f["dataset"] == dataset}
        rows = sum(truth["files"][n]["rows"] for n in files)
        dirty = sum(d["file"] in files for d in truth["dirty"])
        assert dirty / rows == pytest.approx(0.05, abs=0.012)


def test_no_dirt_asked_for_is_no_dirt(tmp_path):
    told = simulate(tmp_path, 1, 120, 3, end=date(2026, 11, 20), dirt=0.0)
    assert told["dirty"] == []
    assert all(f["rows"] == f["accepted"] for f in told["files"].values())


def test_nothing_that_happened_lies_after_the_end_of_the_period(small, truth):
    end = datetime.fromisoformat("2026-11-22T00:00:00+03:00")
    for dataset in ("calls", "feedback"):
        rows = accepted(small, truth, dataset)
        for column in rows.columns:
            if column.endswith("_at") and column not in ("due_at", "callback_due_at"):
                times = [datetime.fromisoformat(t) for t in rows[column] if t]
                assert max(times, default=end) <= end, column
    assert "" in accepted(small, truth, "feedback")["answered_at"]  # still open


def test_citizens_come_back_over_another_channel_with_the_same_identifiers(small, truth):
    digits = pl.col("citizen_id").str.replace_all(r"\D", "")
    calls = accepted(small, truth, "calls").filter(pl.col("citizen_id") != "").select(digits)
    forms = accepted(small, truth, "feedback").filter(pl.col("citizen_id") != "").select(digits)
    both = set(calls["citizen_id"]) & set(forms["citizen_id"])
    assert len(both) >= 5
    assert truth["come_back"] > 50


def test_a_transfer_into_a_queue_is_a_second_leg_and_a_direct_one_stands_in_its_row(small, truth):
    calls = accepted(small, truth, "calls")
    second = calls.filter(pl.col("leg") == "2")
    assert len(second) >= 5
    firsts = calls.filter(
        pl.col("leg") == "1", pl.col("call_id").is_in(second["call_id"].implode())
    )
    assert set(firsts["outcome"]) <= {"transferred", "flowed_out"}
    direct = calls.filter(pl.col("transfer_answered_at") != "")
    assert len(direct) >= 3
    assert not set(direct["call_id"]) & set(second["call_id"])


def test_off_hours_calls_to_the_single_line_go_through_the_menu(small, truth):
    calls = accepted(small, truth, "calls")
    night = calls.filter(
        pl.col("dialled_number").is_in(["88005553535", "88001000000"]),
        pl.col("received_at").str.slice(11, 2).cast(pl.Int64).is_between(8, 19).not_(),
        pl.col("leg") == "1",
        pl.col("parent_contact_id") == "",
    )
    assert set(night["menu_choice"]) == {"technical", "access", "emergency", ""}
    assert set(night.filter(pl.col("menu_choice") == "")["outcome"]) == {"abandoned_menu"}
    assert set(night.filter(pl.col("menu_choice") == "technical")["outcome"]) == {"ticket"}
    assert set(night.filter(pl.col("menu_choice") == "access")["outcome"]) == {"self_served"}


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"contacts_per_day": 0}, {"dirt": 0.9},
              {"start": date(2026, 1, 1), "end": date(2026, 2, 1)}]
)  # fmt: skip
def test_arguments_that_make_no_sense_are_refused(tmp_path, wrong):
    with pytest.raises(UsageError, match="simulate"):
        simulate(tmp_path, **wrong)


@pytest.mark.parametrize(
    ("days", "begin"),
    [
        (3, ["2026-10-30", "2026-10-31", "2026-11-01"]),
        (14, ["2026-10-30", "2026-11-02", "2026-11-09"]),
        (36, ["2026-10-30", "2026-11-01", "2026-12-01"]),
    ],
)
def test_a_longer_history_has_longer_files(tmp_path, days, begin):
    simulate(tmp_path, days=days, contacts_per_day=5, start=date(2026, 10, 30))
    assert sorted(path.stem for path in tmp_path.glob("calls-*.csv")) == [
        f"calls-{day}" for day in begin
    ]
