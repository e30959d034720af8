"""The events log: ids, aliases, operators' states, what its sources know; held rows again."""

from collections.abc import Callable

import duckdb
import polars as pl

from pipelines.sources import Staged, staged_from_json

Read = Callable[..., list[Staged]]
Rows = Callable[..., list[tuple[object, ...]]]


def test_an_id_keeps_the_name_of_a_known_source_and_else_gets_that_of_the_log(
    read_text: Read, rows: Rows
) -> None:
    text = "".join(
        f'{{"event_at":"2026-03-02","contact_id":"{i}","kind":"received"}}\n'
        for i in ("calls:1", "spb_appeals:2", "3", "crm:4", "chatwoot:5")
    )
    got = rows(read_text(text, "events", "e.jsonl"), "contact_id")
    assert [i for (i,) in got] == [
        "calls:1", "spb_appeals:2", "events:3", "events:crm:4", "chatwoot:5",
    ]  # fmt: skip


def test_at_is_read_as_event_at_row_by_row(read_text: Read, rows: Rows) -> None:
    text = (
        '{"at":"2026-03-02T10:00:00Z","contact_id":"1","kind":"a"}\n'
        '{"event_at":"2026-03-02T11:00:00Z","contact_id":"1","kind":"b"}\n'
    )
    got = rows(read_text(text, "events", "e.jsonl"), "event_at", "bad_fields")
    assert [(str(at)[11:16], bad) for at, bad in got] == [("10:00", None), ("11:00", None)]


def test_an_event_is_the_same_one_when_all_of_it_is(read_text: Read, rows: Rows) -> None:
    line = '{"event_at":"2026-03-02T10:00:00Z","contact_id":"1","kind":"message_in","value":"%s"}\n'
    keys = rows(read_text(line % "a" + line % "a" + line % "b", "events", "e.jsonl"), "row_key")
    assert (keys[0] == keys[1], keys[0] == keys[2]) == (True, False)


def test_states_of_operators_come_by_the_events_log_too(read_text: Read, rows: Rows) -> None:
    text = (
        '{"event_at":"2026-03-02T10:00:00Z","kind":"pause","operator_id":"o","value":"обед"}\n'
        '{"event_at":"2026-03-02T10:00:00Z","kind":"received","contact_id":"1"}\n'
    )
    staged = read_text(text, "events", "e.jsonl")
    assert [(s.dataset, s.n_read) for s in staged] == [("events", 1), ("operators", 1)]
    got = rows(staged, "row_no", "operator_id", "state", "reason", dataset="operators")
    assert got == [(1, "o", "pause", "обед")]


def test_the_live_form_of_a_log_knows_all_that_log_does_another_source_only_what_was_seen(
    read_text: Read,
) -> None:
    text = (
        '{"event_at":"2026-03-02T10:00:00Z","contact_id":"calls:1","kind":"received"}\n'
        '{"event_at":"2026-03-02T10:00:00Z","contact_id":"9","kind":"received","region":"x",'
        '"caller_number":"89161234567"}\n'
    )
    provides = read_text(text, "events", "e.jsonl")[0].provides
    assert {item for source, item in provides if source == "events"} == {
        "received", "region", "citizen_key",
    }  # fmt: skip
    calls = {item for source, item in provides if source == "calls"}
    assert {"resolved", "confirmation_sent", "abandoned"} <= calls
    assert not {"first_response", "specialist_contacted", "hold_started"} & calls


def test_free_text_of_events_is_masked(read_text: Read, rows: Rows) -> None:
    text = (
        '{"event_at":"2026-03-02","contact_id":"1","kind":"message_in","value":"я a@b.ru",'
        '"text":"8 916 123-45-67"}\n'
    )
    assert rows(read_text(text, "events", "e.jsonl"), "value", "text") == [
        ("я [EMAIL]", "[ТЕЛЕФОН]")
    ]


def test_held_rows_come_back_as_they_were_staged(read_text: Read) -> None:
    text = (
        '{"chat_id":"x","received_at":"2026-03-02T10:00:00.123Z","rating":4.5,"is_complex":true,'
        '"messages":[{"sent_at":"2026-03-02T10:00:00Z","sender":"citizen","text":"да"}]}\n'
    )
    (staged, *_) = read_text(text, "chats", "c.jsonl")
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.register("staged", staged.frame)
        held = con.sql("select row_no, cast(to_json(staged) as varchar) as row from staged").pl()
    again = staged_from_json(held, "chats", "chats")
    assert again.frame.equals(staged.frame)
    assert isinstance(again.frame, pl.DataFrame)
