"""Asterisk queue_log as events: legs, kinds, and the accounting of every line."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from pipelines.sources import Context, Staged, detect, read
from tests.conftest import SAMPLE

Read = Callable[..., list[Staged]]
Rows = Callable[..., list[tuple[object, ...]]]


def _log(*lines: str) -> str:
    parts = (line.partition("|") for line in lines)
    return "".join(f"{1772434800 + int(at)}|{rest}\n" for at, _, rest in parts)


def test_a_call_through_two_queues_has_two_legs(read_text: Read, rows: Rows) -> None:
    text = _log(
        "0|c1|main|NONE|ENTERQUEUE||89161234567|1",
        "4|c1|main|SIP/1|RINGNOANSWER|4000",
        "60|c1|main|NONE|EXITWITHTIMEOUT|1|1|60",
        "60|c1|faults|NONE|ENTERQUEUE||89161234567|1",
        "70|c1|faults|SIP/2|CONNECT|10|c1.2|3",
        "90|c1|faults|SIP/2|COMPLETEAGENT|10|20|1",
    )
    got = rows(
        read_text(text, "queue_log"), "row_no", "kind", "leg", "line", "operator_id", "value"
    )
    assert got == [
        (1, "received", None, "main", None, None),
        (1, "queued", 1, "main", None, None),
        (2, "ring_no_answer", 1, "main", "SIP/1", "4.0"),
        (3, "flowed_out", 1, "main", None, "timeout"),
        (4, "queued", 2, "faults", None, None),
        (5, "answered", 2, "faults", "SIP/2", "3.0"),
        (6, "ended", 2, "faults", "SIP/2", "agent"),
    ]


def test_the_number_of_the_caller_becomes_a_key_of_the_first_event(
    read_text: Read, rows: Rows
) -> None:
    text = _log("0|c1|q|NONE|ENTERQUEUE||+7 916 123-45-67|1", "0|c2|q|NONE|ENTERQUEUE||anonymous|1")
    keys = rows(read_text(text, "queue_log"), "phone_key")
    assert [key is not None for (key,) in keys] == [True, False, False, False]


def test_lines_of_one_second_may_stand_in_any_order(read_text: Read, rows: Rows) -> None:
    text = _log(
        "0|c1|q|SIP/1|CONNECT|0|x|0",
        "0|c1|q|NONE|ENTERQUEUE||1|1",
        "9|c1|q|NONE|ENTERQUEUE||1|1",
        "5|c1|q|SIP/1|COMPLETECALLER|0|5|1",
        "12|c1|q|NONE|ABANDON|1|1|3",
    )
    got = rows(read_text(text, "queue_log"), "kind", "leg")
    assert got == [
        ("answered", 1),
        ("received", None),
        ("queued", 1),
        ("queued", 2),
        ("ended", 1),
        ("abandoned", 2),
    ]


def test_a_line_twice_to_the_letter_opens_no_second_leg(read_text: Read, rows: Rows) -> None:
    text = _log(
        "0|c1|q|NONE|ENTERQUEUE||1|1",
        "0|c1|q|NONE|ENTERQUEUE||1|1",
        "3|c1|q|NONE|ABANDON|1|1|3",
    )
    staged = read_text(text, "queue_log")
    legs = {leg for (leg,) in rows(staged, "leg") if leg is not None}
    keys = rows(staged, "row_no", "row_key")
    assert legs == {1}
    assert {key for no, key in keys if no == 1} == {key for no, key in keys if no == 2}


def test_operators_states_are_their_own_dataset(read_text: Read, rows: Rows) -> None:
    text = _log(
        "0|NONE|q|SIP/1|ADDMEMBER|", "9|NONE|NONE|SIP/1|PAUSEALL|обед", "20|NONE|q|SIP/1|UNPAUSE|"
    )
    got = rows(read_text(text, "queue_log"), "operator_id", "state", "reason", dataset="operators")
    assert got == [("SIP/1", "login", None), ("SIP/1", "pause", "обед"), ("SIP/1", "resume", None)]


def test_lines_of_the_server_are_ignored_aloud_and_unknown_events_kept(
    read_text: Read, rows: Rows
) -> None:
    text = _log(
        "0|NONE|NONE|NONE|QUEUESTART|",
        "1|c1|q|NONE|DID|74950000000",
        "2|NONE|NONE|NONE|CONFIGRELOAD|",
    )
    (staged,) = read_text(text + "junk\n", "queue_log")
    assert staged.ignored["reason"].to_list() == [
        "queue_log: QUEUESTART",
        "queue_log: CONFIGRELOAD",
    ]
    assert rows([staged], "kind", "contact_id") == [("did", "queue_log:c1")]
    assert (staged.note, staged.n_read) == ("unknown events kept: DID 1", 4)
    assert staged.unreadable["row_no"].to_list() == [4]


def test_a_transfer_to_a_mobile_number_hides_it(read_text: Read, rows: Rows) -> None:
    text = _log(
        "0|c1|q|NONE|ENTERQUEUE||1|1",
        "1|c1|q|SIP/1|CONNECT|1|x|1",
        "5|c1|q|SIP/1|BLINDTRANSFER|89161234567|ctx|1|4|1",
        "6|c1|q|SIP/1|BLINDTRANSFER|210|ctx|1|4|1",
    )
    got = rows(read_text(text, "queue_log"), "kind", "value")[-2:]
    assert got == [("transferred", "[ТЕЛЕФОН]"), ("transferred", "210")]


def test_a_tail_read_line_by_line_gives_the_legs_of_the_whole_file(
    tmp_path: Path, context: Context, rows: Rows
) -> None:
    whole = (SAMPLE / "queue_log").read_bytes()
    names = ("row_no", "event_at", "kind", "leg", "line", "row_key")
    expected = rows(
        list(read(SAMPLE / "queue_log", "queue_log", context)), *names, dataset="events"
    )
    for remembers in (True, False):
        path = tmp_path / f"queue_log_{remembers}"
        parts: list[Staged] = []
        position, n_lines, written = 0, 0, b""
        for line in whole.splitlines(keepends=True):
            written += line
            path.write_bytes(written)
            if not remembers:  # as after a restart of the worker
                context.memory.clear()
            new = list(read(path, "queue_log", context, position, False, n_lines + 1))
            parts += new
            position, n_lines = new[-1].position, new[-1].n_lines
        assert rows(parts, *names, dataset="events") == expected
        assert position == len(whole)


def test_the_real_log_counts_to_the_call(shared_data: Path, context: Context) -> None:
    folder = shared_data / "technion_feb1999"
    expected = json.loads((folder / "expected.json").read_text())
    assert detect(folder / "queue_log", context) == "queue_log"
    parts = list(read(folder / "queue_log", "queue_log", context))
    assert sum(p.n_read for p in parts) == 46_136
    events = pl.concat(p.frame for p in parts if p.dataset == "events")
    leg = ["contact_id", "leg"]
    kinds = {
        kind: events.filter(kind=kind).select(*leg, pl.col("event_at").alias(kind), pl.col("line"))
        for kind in ("queued", "answered", "abandoned", "ended")
    }
    legs = kinds["queued"]
    for kind in ("answered", "abandoned", "ended"):
        legs = legs.join(kinds[kind].drop("line"), on=leg, how="left")
    wait, talk = pl.col("answered") - pl.col("queued"), pl.col("ended") - pl.col("answered")
    counts = [
        pl.len().alias("offered"),
        pl.col("answered").count(),
        pl.col("abandoned").count(),
        (wait.dt.total_seconds() <= 20).sum().alias("within"),
        wait.dt.total_seconds().sum().alias("wait_sum"),
        talk.dt.total_seconds().sum().alias("talk_sum"),
    ]
    by_queue = {r.pop("line"): r for r in legs.group_by("line").agg(counts).iter_rows(named=True)}
    names = ("offered", "answered", "abandoned", "within", "wait_sum", "talk_sum")
    wanted = {q: {n: v[n] for n in names} for q, v in expected["per_queue"].items()}
    assert by_queue == wanted
    assert legs.select(counts).row(0, named=True) == {n: expected["total"][n] for n in names}
