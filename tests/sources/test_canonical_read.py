"""Canonical logs as staged frames: types, bad fields, identity of rows, what a source provides."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import SourceError
from pipelines.sources import Context, Staged, detect, read
from pipelines.sources.canonical import frame_schema
from pipelines.sources.context import CANONICAL
from pipelines.sources.identity import hashed
from tests.conftest import SAMPLE

Read = Callable[..., list[Staged]]
Rows = Callable[..., list[tuple[object, ...]]]
TEN = datetime(2026, 3, 2, 7, tzinfo=UTC)  # 10:00 in Moscow


@pytest.mark.parametrize("dataset", CANONICAL)
def test_a_file_of_required_columns_only_has_every_column_of_its_log(
    dataset: str, read_text: Read
) -> None:
    heads = {
        "calls": "call_id,received_at\nx,2026-03-02T10:00:00",
        "chats": "chat_id,received_at\nx,2026-03-02T10:00:00",
        "feedback": "feedback_id,received_at\nx,2026-03-02T10:00:00",
        "operators": "operator_id\nx",
        "journal": "case_number,received_at\nx,2026-03-02T10:00:00",
        "events": "event_at,contact_id,kind\n2026-03-02T10:00:00,x,received",
    }
    (staged,) = (s for s in read_text(heads[dataset], dataset) if s.n_read)
    assert dict(staged.frame.schema) == frame_schema(dataset)
    assert staged.frame["bad_fields"].to_list() == [None]
    assert staged.frame["row_at"].to_list() == [None if dataset == "operators" else TEN]


def test_numbers_a_spreadsheet_has_rounded_are_nobodys(read_text: Read, rows: Rows) -> None:
    """Else all requests of a file would be one, and all its callers one person."""
    text = (
        "feedback_id;received_at;case_number;citizen_phone;citizen_id\n"
        "1,01004E+11;2026-03-02 10:00;7;79161234567;500100732259\n"
        "1.01E+11;2026-03-02 10:00;7;79161234567;\n"
        "1E5-2;2026-03-02 10:00;7;7,91612E+10;5,00101E+11\n"
    )
    parts = read_text(text, "feedback")
    got = rows(parts, "feedback_id", "bad_fields")
    assert got == [
        (None, "feedback_id"),
        (None, "feedback_id"),
        ("1E5-2", "citizen_id;citizen_phone"),
    ]
    keys = parts[0].frame["phone_key"]
    assert keys[0] == keys[1] is not None
    assert keys[2] is None


def test_values_are_typed(read_text: Read, rows: Rows) -> None:
    text = (
        "call_id,received_at,hold_s,is_complex,rating,leg,ring_no_answer\n"
        'a,2026-03-02T10:00:00,"1,5",да,4,2,1\nb,2026-03-02T07:00:00Z,,false,4.5,,true\n'
    )
    got = rows(
        read_text(text, "calls"),
        "call_id", "received_at", "hold_s", "is_complex", "rating", "leg", "ring_no_answer",
    )  # fmt: skip
    assert got == [("a", TEN, 1.5, True, 4.0, 2, 1), ("b", TEN, None, False, 4.5, None, 1)]


def test_an_unreadable_value_is_null_and_named(read_text: Read, rows: Rows) -> None:
    text = (
        "call_id,received_at,answered_at,rating,is_complex,leg\n"
        "a,вчера,2026-03-02T10:00:00,отлично,может быть,1.5\n"
        "b,2026-03-02T10:00:00,,nan,,\n"
    )
    got = rows(read_text(text, "calls"), "received_at", "rating", "bad_fields")
    assert got == [
        (None, None, "leg;received_at;is_complex;rating"),
        (TEN, None, "rating"),
    ]


def test_a_missing_required_value_is_a_bad_field(read_text: Read, rows: Rows) -> None:
    text = "call_id,received_at\n,2026-03-02T10:00:00\nb,\n"
    got = rows(read_text(text, "calls"), "contact_id", "bad_fields")
    assert got == [(None, "call_id"), ("calls:b", "received_at")]


def test_a_csv_without_a_required_column_stops(read_text: Read) -> None:
    with pytest.raises(SourceError, match="no column received_at"):
        read_text("call_id,answered_at\na,2026-03-02T10:00:00", "calls")


def test_an_unknown_column_is_reported_and_not_fatal(read_text: Read) -> None:
    staged = read_text("call_id,received_at,mood\na,2026-03-02T10:00:00,ok\n", "calls")[0]
    assert (staged.note, staged.n_read) == ("unknown columns: mood", 1)
    assert "mood" not in staged.frame.columns


def test_header_names_are_read_in_any_case(read_text: Read, rows: Rows) -> None:
    staged = read_text("Call_ID, RECEIVED_AT\na,2026-03-02T10:00:00\n", "calls")
    assert rows(staged, "contact_id", "received_at") == [("calls:a", TEN)]


def test_a_row_is_the_same_whatever_offset_its_times_are_written_with(
    read_text: Read, rows: Rows
) -> None:
    text = "call_id,received_at\na,2026-03-02T10:00:00+03:00\na,2026-03-02 07:00:00Z\n"
    first, second = rows(read_text(text, "calls"), "row_key", "row_hash")
    assert first == second


def test_a_changed_row_keeps_its_key_and_changes_its_hash(read_text: Read, rows: Rows) -> None:
    text = (
        "call_id,leg,received_at,caller_number\n"
        "a,1,2026-03-02T10:00:00,89161234567\na,1,2026-03-02T10:00:00,89161234568\n"
        "a,2,2026-03-02T10:00:00,89161234567\n"
    )
    (key, old), (same, new), (other, _) = rows(read_text(text, "calls"), "row_key", "row_hash")
    assert (key == same, old == new, key == other) == (True, False, False)


def test_row_hashes_do_not_change_between_versions() -> None:
    # md5 of the text, its lower 8 bytes: stored in every lake, so never to be changed
    assert hashed(pl.Series(["calls\x1fcalls\x1fa\x1f1"]), b"").to_list() == [16402233721799908715]


def test_the_same_phone_has_one_key_in_every_log_and_no_number_is_left(
    read_text: Read, rows: Rows
) -> None:
    calls = "call_id,received_at,caller_number\na,2026-03-02T10:00:00,+7 (916) 123-45-67\n"
    chats = '{"chat_id":"x","received_at":"2026-03-02T10:00:00","citizen_phone":"89161234567"}\n'
    (a,) = rows(read_text(calls, "calls"), "phone_key")
    (b,) = rows(read_text(chats, "chats", "c.jsonl"), "phone_key")
    assert a == b
    assert len(str(a[0])) == 16


def test_feedback_without_an_id_is_known_by_its_case(read_text: Read, rows: Rows) -> None:
    text = "case_number,received_at,type\nA-1,2026-03-02T10:00:00,complaint\n"
    assert rows(read_text(text, "feedback"), "contact_id") == [("feedback:A-1",)]


def test_journal_ids_name_the_log_of_their_channel(read_text: Read, rows: Rows) -> None:
    text = (
        "case_number,channel,received_at,contact_id\n"
        "1,chat,2026-03-02,h\n2,portal,2026-03-02,f\n3,phone,2026-03-02,c\n"
        "4,phone,2026-03-02,queue_log:9\n5,phone,2026-03-02,\n"
    )
    got = rows(read_text(text, "journal"), "contact_id")
    assert got == [("chats:h",), ("feedback:f",), ("calls:c",), ("queue_log:9",), (None,)]


def test_messages_are_typed_counted_and_masked(read_text: Read, rows: Rows) -> None:
    text = (
        '{"chat_id":"x","received_at":"2026-03-02T10:00:00","messages":['
        '{"at":"2026-03-02T10:00:00","sender":"citizen","text":"звоните 8 916 123-45-67",'
        '"attachments":["паспорт, мой.pdf","b"]},'
        '{"sent_at":"2026-03-02T10:00:00Z","sender":"operator","operator_id":7,"text":"да",'
        '"attachments":0,"sets_waiting":true}]}\n'
        '{"chat_id":"y","received_at":"2026-03-02T10:00:00","messages":[]}\n'
        '{"chat_id":"z","received_at":"2026-03-02T10:00:00","messages":"нет"}\n'
    )
    got = rows(read_text(text, "chats", "c.jsonl"), "messages", "bad_fields")
    first = {
        "sent_at": TEN,
        "sender": "citizen",
        "operator_id": None,
        "text": "звоните [ТЕЛЕФОН]",
        "attachments": 2,
        "sets_waiting": None,
    }
    second = {
        "sent_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
        "sender": "operator",
        "operator_id": "7",
        "text": "да",
        "attachments": 0,
        "sets_waiting": True,
    }
    assert got == [([first, second], None), ([], None), (None, "messages")]


def test_what_a_source_can_know_follows_from_its_columns(read_text: Read) -> None:
    text = "call_id,received_at,resolved_at,caller_number\na,2026-03-02,,\n"
    staged = read_text(text, "calls")[0]
    assert staged.provides == {("calls", item) for item in ("received", "resolved", "citizen_key")}


def test_parquet_is_read_as_the_same_rows_as_csv(
    tmp_path: Path, context: Context, read_text: Read, rows: Rows
) -> None:
    frame = pl.DataFrame(
        {
            "call_id": [17, 18],
            "received_at": [TEN, None],
            "rating": [4, None],
            "is_complex": [True, None],
        }
    )
    frame.write_parquet(tmp_path / "x.parquet")
    text = "call_id,received_at,rating,is_complex\n17,2026-03-02T10:00:00,4,true\n18,,,\n"
    names = ("contact_id", "received_at", "rating", "is_complex", "row_key", "row_hash")
    staged = list(read(tmp_path / "x.parquet", "calls", context))
    assert rows(staged, *names) == rows(read_text(text, "calls"), *names)
    assert rows(staged, "row_no") == [(1,), (2,)]


def test_operators_have_dates_and_states(read_text: Read, rows: Rows) -> None:
    text = (
        "operator_id,name,hired_on,event_at,state\n"
        "a,Имя,2024-05-13,,\na,,13.05.2024,2026-03-02T10:00:00,login\na,,,,logout\n"
    )
    got = rows(read_text(text, "operators"), "hired_on", "event_at", "state", "bad_fields")
    assert got == [
        (date(2024, 5, 13), None, None, None),
        (None, TEN, "login", "hired_on"),
        (None, None, "logout", "event_at"),
    ]


@pytest.mark.parametrize(
    ("name", "source", "n_read", "unreadable", "bad"),
    [
        ("calls.csv", "calls", 9, [11], {9: "received_at", 10: "rating"}),
        ("chats.jsonl", "chats", 6, [6], {4: "received_at", 5: "messages"}),
        ("feedback.csv", "feedback", 6, [], {5: "received_at", 7: "feedback_id"}),
        ("operators.csv", "operators", 9, [], {8: "hired_on", 9: "event_at", 10: "operator_id"}),
        ("journal.csv", "journal", 6, [], {6: "received_at", 7: "case_number"}),
        ("events.jsonl", "events", 11, [11], {10: "kind"}),
        ("queue_log", "queue_log", 15, [14], {}),
    ],
)
def test_every_row_of_the_samples_is_accounted_for(
    name: str,
    source: str,
    n_read: int,
    unreadable: list[int],
    bad: dict[int, str],
    context: Context,
) -> None:
    assert detect(SAMPLE / name, context) == source
    parts = list(read(SAMPLE / name, source, context))
    assert sum(p.n_read for p in parts) == n_read
    assert [n for p in parts for n in p.unreadable["row_no"]] == unreadable
    found = {
        row_no: fields
        for p in parts
        for row_no, fields in p.frame.select("row_no", "bad_fields").iter_rows()
        if fields
    }
    assert found == bad
    for p in parts:
        assert p.n_read == p.frame["row_no"].n_unique() + len(p.unreadable) + len(p.ignored)


def test_no_raw_identifier_of_the_samples_survives_reading(context: Context) -> None:
    raw = ("9161234567", "123-45-67", "112-233-445", "ivanov@example", "4111 1111", "500100732259",
           "9031112233", "Анна", "79160000001")  # fmt: skip
    for path in sorted(SAMPLE.iterdir()):
        if path.suffix == ".md":
            continue
        for part in read(path, detect(path, context), context):
            text = part.frame.drop("name", strict=False).write_json() + part.unreadable.write_json()
            assert [word for word in raw if word.lower() in text.lower()] == []
