"""A held row tried again leaves the quarantine once, for the account it came by, or stays held.

Rows of the year 2033 are impossible by the wall clock and sound in a replay (LINIYA_CLOCK=data): a
change of settings that mends a row of any log, as a change of rules or reference data would.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, copytree

import pytest

from pipelines import metrics
from pipelines.ingest import ingest, ingest_file
from pipelines.lake.connect import Lake, open_lake
from pipelines.lake.key_mark import hold_to_key
from pipelines.retry import retry
from pipelines.settings import Settings
from pipelines.settle import settle
from pipelines.sources import Context
from pipelines.stage import FileResult
from pipelines.worker import Worker
from tests.chatwoot import HELLO, conversation, nested
from tests.ingest.fingerprint import fingerprint

T = "{}-03-02T10:{}:00+03:00"
NOW, THEN = "2026", "2033"


def _lines(*objects: dict[str, object]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects)


def _chat(number: int, year: str) -> dict[str, object]:
    said = [{"sent_at": T.format(year, "01"), "sender": "citizen", "text": "Не входит"},
            {"sent_at": T.format(year, "02"), "sender": "operator", "operator_id": "op-1",
             "text": "Поможем"}]  # fmt: skip
    return {"chat_id": f"h-{number}", "received_at": T.format(year, "00"), "messages": said}


def _webhook(number: int, shift_s: int) -> dict[str, object]:
    opened = conversation(number)
    for name in ("created_at", "updated_at", "timestamp"):
        opened[name] += shift_s
    said = nested(HELLO, number)
    said["created_at"] += shift_s
    return {"event": "conversation_created", **opened, "messages": [said]}


_EPOCH = {NOW: 1772434800, THEN: 1993359600}
_QUEUE = [
    f"{_EPOCH[year] + second}|{call}|main|NONE|{event}"
    for call, year in (("1.1", NOW), ("2.2", THEN))
    for second, event in ((0, "ENTERQUEUE||89161234567|1"), (30, "ABANDON|1|1|30"))
]
_CDR = (
    '"","79161234567","100","default","79161234567","PJSIP/in-1","PJSIP/100-1","Queue","main",'
    '"{year}-03-02 10:00:00","{year}-03-02 10:00:05","{year}-03-02 10:01:00",60,55,"ANSWERED",'
    '"DOCUMENTATION","{id}","","{id}","1"'
)
# source -> name and text of its file: one row of 2026, one of 2033 (a call of two lines there)
LOGS: dict[str, tuple[str, str]] = {
    "calls": ("calls.csv", "call_id,received_at,queued_at,answered_at,ended_at\n" + "".join(
        f"c-{year},{T.format(year, '00')},{T.format(year, '01')},{T.format(year, '02')},"
        f"{T.format(year, '03')}\n" for year in (NOW, THEN))),
    "chats": ("chats.jsonl", _lines(_chat(1, NOW), _chat(2, THEN))),
    "feedback": ("feedback.csv", "feedback_id,received_at,type,text\n" + "".join(
        f"f-{year},{T.format(year, '00')},complaint,Долго\n" for year in (NOW, THEN))),
    "operators": ("operators.csv", "operator_id,name,event_at,state\n" + "".join(
        f"op-1,Анна,{T.format(year, '00')},login\n" for year in (NOW, THEN))),
    "journal": ("journal.csv", "case_number,channel,received_at,contact_id\n" + "".join(
        f"A-{year},phone,{T.format(year, '00')},calls:c-{year}\n" for year in (NOW, THEN))),
    "events": ("events.jsonl", _lines(*(
        {"event_at": T.format(year, "00"), "contact_id": f"calls:e-{year}", "kind": "received",
         "channel": "phone", "line": "main"} for year in (NOW, THEN)))),
    "queue_log": ("queue_log", "\n".join(_QUEUE) + "\n"),
    "asterisk_cdr": ("Master.csv", "".join(
        _CDR.format(year=year, id=f"1772434800.{year}") + "\n" for year in (NOW, THEN))),
    "chatwoot": ("chatwoot.jsonl", _lines(_webhook(12, 0), _webhook(13, 220924800))),
    "city_311": ("requests.csv", "case_enquiry_id,open_dt,sla_target_dt,closed_dt,on_time,"
        "case_status,case_title,reason,neighborhood,queue\n" + "".join(
        f"10{year},{year}-01-05 09:00:00,{year}-01-12 08:30:00,{year}-01-07 14:05:12,ONTIME,"
        "Closed,Pothole,Streets,Back Bay,Q1\n" for year in (NOW, THEN))),
}  # fmt: skip


@contextmanager
def opened(home: Path, clock: str = "wall", **more: object) -> Iterator[Lake]:
    with closing(open_lake(Settings(home=home, clock=clock, **more))) as lake:
        yield lake


def again(lake: Lake, *paths: Path) -> list[dict[str, object]]:
    return retry(lake, None, paths, lambda *_: None)


def books(lake: Lake) -> list[tuple[object, ...]]:
    return lake.con.sql(
        "select read, accepted, updated, duplicate, quarantined from lake.files order by name"
    ).fetchall()


def statuses(lake: Lake) -> dict[str, int]:
    return dict(lake.con.sql("select status, count(*) from lake.quarantine group by 1").fetchall())


def _take(lake: Lake, paths: Mapping[str, Path]) -> dict[str, int]:
    """Ingest each file as the log it is; return log -> rows held."""
    context = Context.of(lake.settings)
    hold_to_key(lake, context.key)
    held = {
        source: ingest_file(lake, path, context, source).quarantined
        for source, path in paths.items()
    }
    settle(lake)
    return held


# logs of which a contact is several lines, or a line several rows: what is read again of their
# files is not what stands in them
OF_SEVERAL = ("queue_log", "chatwoot", "chats")


def test_a_held_row_of_any_log_is_let_in_once_its_fault_is_none(tmp_path: Path) -> None:
    paths = {source: tmp_path / name for source, (name, _) in LOGS.items()}
    for source, path in paths.items():
        path.write_text(LOGS[source][1], "utf-8")
    some = {source: paths[source] for source in OF_SEVERAL}
    with opened(tmp_path / "home") as lake:
        held = _take(lake, some)
    copytree(tmp_path / "home", tmp_path / "by_file")
    with opened(tmp_path / "home") as lake:
        held |= _take(lake, {source: path for source, path in paths.items() if source not in some})
        assert min(held.values()) >= 1, held
        assert statuses(lake) == {"held": sum(held.values())}
    expected = [
        {"source": source, "file": path.name, "read_again": False, "tried": held[source],
         "accepted": held[source], "duplicate": 0, "held": 0}
        for source, path in paths.items()
    ]  # fmt: skip
    with opened(tmp_path / "home", "data") as lake:
        assert _by_file(again(lake)) == _by_file(expected)
        assert statuses(lake) == {"retried": sum(held.values())}
        assert metrics.quarantine(lake).is_empty()
        assert again(lake, *paths.values()) == []
        by_rows = fingerprint(lake)
    with opened(tmp_path / "by_file", "data") as lake:
        read_again = [one | {"read_again": True} for one in expected if one["source"] in some]
        assert _by_file(again(lake, *some.values())) == _by_file(read_again)
        by_file = fingerprint(lake, some)
    (tmp_path / "straight").mkdir()
    copy(tmp_path / "home" / "identity.key", tmp_path / "straight")
    with opened(tmp_path / "straight", "data") as lake:
        _take(lake, paths)
        straight, straight_some = fingerprint(lake), fingerprint(lake, some)
    # but for the memory of what was held, it is as if no row had ever been held
    memory = {"quarantine", "checks", "meta"}
    assert {table for table in by_rows if by_rows[table] != straight[table]} <= memory
    # clocks are judged by what all logs of a service tell
    del by_file["clocks"], straight_some["clocks"]
    assert by_file == straight_some


def _by_file(told: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(told, key=lambda one: str(one["file"]))


PROFILE = (
    "name: desk\ndataset: feedback\nrecognised_by: [nr, opened]\n"
    "columns:\n  feedback_id: nr\n  received_at: opened\n  citizen_phone: phone\n"
    "time_formats: [{}]\n"
)
# file -> its source and text
HELD = {
    "wrong.csv": ("calls", "call_id,received_at,answered_at,ended_at\n"
        "c-1,2033-03-02T10:00:00+03:00,2033-03-02T10:02:00+03:00,2033-03-02T10:01:00+03:00\n"
        "c-2,2026-03-02T10:00:00+03:00,,2026-03-02T10:01:00+03:00\n"),
    "old.csv": ("calls", "call_id,received_at,ended_at,rating\n"
        "o-1,2033-03-02T10:00:00+03:00,2033-03-02T10:01:00+03:00,1\n"),
    "new.csv": ("calls", "call_id,received_at,ended_at,rating\n"
        "o-1,2026-03-02T10:00:00+03:00,2026-03-02T10:01:00+03:00,5\n"),
    "torn.jsonl": ("events", '{"event_at":"2026-03-02T14:1'),
    "desk.csv": ("desk", "nr,opened,phone\n1,2026-03-02 10:00:00,\n"
        "2,03.02.2026 11:00,8 916 123-45-67\n"),
}  # fmt: skip


@dataclass
class Tried:
    """A lake whose held rows were tried as they were staged, then from two of their files."""

    lake: Lake
    first: dict[str, FileResult]
    wrong: tuple[object, ...]  # of the quarantine before: which row, its reasons, since when
    note: str
    by_rows: dict[str, dict[str, object]]
    by_file: dict[str, dict[str, object]]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    folder = tmp_path_factory.mktemp("tried")
    sources = folder / "sources"
    sources.mkdir()
    (sources / "desk.yml").write_text(PROFILE.format("iso"), "utf-8")
    paths = {name: folder / name for name in HELD}
    for name, (_, text) in HELD.items():
        paths[name].write_text(text, "utf-8")
    with opened(folder / "home", sources=sources) as lake:
        context = Context.of(lake.settings)
        hold_to_key(lake, context.key)
        first = {n: ingest_file(lake, paths[n], context, HELD[n][0]) for n in HELD}
        settle(lake)
        (wrong,) = lake.con.sql(f"{WRONG} and status = 'held'").fetchall()
    (sources / "desk.yml").write_text(PROFILE.format("iso, day_first"), "utf-8")
    with opened(folder / "home", "data", sources=sources) as lake:
        (known,) = ingest(lake, [paths["desk.csv"]], "desk")
        by_rows = {str(one["file"]): one for one in again(lake)}
        files = (paths["torn.jsonl"], paths["desk.csv"])
        by_file = {str(one["file"]): one for one in again(lake, *files)}
        yield Tried(lake, first, wrong, known.note, by_rows, by_file)


WRONG = (
    "select quarantine_id, expectations, quarantined_at from lake.quarantine "
    "where file = 'wrong.csv'"
)


def _book(tried: Tried, name: str) -> tuple[object, ...]:
    return dict(zip(sorted(HELD), books(tried.lake), strict=True))[name]


def test_a_row_still_wrong_stays_held_with_its_first_day_and_one_place_in_the_account(
    tried: Tried,
) -> None:
    one, broke, at = tried.wrong
    assert broke == (
        "calls.received_not_in_future;calls.ended_after_answered;calls.facts_not_in_future"
    )
    for told in (tried.by_rows, tried.by_file):
        assert (told["wrong.csv"]["accepted"], told["wrong.csv"]["held"]) == (0, 1)
    now = tried.lake.con.sql(f"{WRONG} and status = 'held'").fetchall()
    assert now == [(one, "calls.ended_after_answered", at)]
    assert tried.lake.con.sql(WRONG).fetchall() == now
    assert _book(tried, "wrong.csv") == (2, 1, 0, 0, 1)
    # what was found when the file came stays as it was found
    found = "select sum(n_failed), max(n_rows) from lake.checks where file = 'wrong.csv'"
    assert tried.lake.con.sql(found).fetchall() == [(3, 2)]


def test_a_changed_profile_reads_held_lines_of_its_file_again(tried: Tried) -> None:
    assert (tried.first["desk.csv"].accepted, tried.first["desk.csv"].quarantined) == (1, 1)
    assert "1 rows held: `liniya quarantine retry --from desk.csv`" in tried.note
    # what was staged of the row has no time in it
    assert tried.by_rows["desk.csv"]["held"] == 1
    told = tried.by_file["desk.csv"]
    assert (told["read_again"], told["accepted"], told["held"]) == (True, 1, 0)
    assert _book(tried, "desk.csv") == (2, 2, 0, 0, 0)
    keyed = "select count(*) from lake.identity where kind = 'phone'"
    assert tried.lake.con.sql(keyed).fetchall() == [(1,)]


def test_a_torn_line_is_known_by_its_file_only(tried: Tried) -> None:
    assert "torn.jsonl" not in tried.by_rows
    told = tried.by_file["torn.jsonl"]
    assert (told["tried"], told["held"]) == (1, 1)
    assert _book(tried, "torn.jsonl") == (1, 0, 0, 0, 1)


def test_a_row_that_came_right_in_a_later_file_is_not_overwritten_by_the_held_one(
    tried: Tried,
) -> None:
    told = tried.by_rows["old.csv"]
    assert (told["accepted"], told["duplicate"], told["held"]) == (0, 1, 0)
    of_it = "where contact_id = 'calls:o-1'"
    rating = tried.lake.con.sql(f"select rating from lake.contacts {of_it}").fetchall()
    assert rating == [(5.0,)]
    status = "select status from lake.quarantine where file = 'old.csv'"
    assert tried.lake.con.sql(status).fetchall() == [("retried",)]
    assert (_book(tried, "new.csv"), _book(tried, "old.csv")) == ((1, 1, 0, 0, 0), (1, 0, 0, 1, 0))
    assert "old.csv" not in tried.by_file  # tried once


def test_a_line_torn_at_the_end_of_a_file_is_settled_by_the_file_grown_since(
    tmp_path: Path,
) -> None:
    path, whole = tmp_path / "queue_log", "\n".join(_QUEUE[:2]) + "\n"
    with opened(tmp_path / "home") as lake:
        path.write_text(whole[:-20], "utf-8")
        assert _take(lake, {"queue_log": path}) == {"queue_log": 1}
        path.write_text(whole, "utf-8")
        assert _take(lake, {"queue_log": path}) == {"queue_log": 0}
        (tried,) = again(lake, path)
        assert (tried["read_again"], tried["duplicate"], tried["held"]) == (True, 1, 0)
        assert sorted(books(lake)) == [(2, 1, 0, 1, 0), (2, 1, 0, 1, 0)]
        assert metrics.quarantine(lake).is_empty()


def test_a_growing_log_goes_on_counting_after_a_retry_in_its_worker(tmp_path: Path) -> None:
    home = tmp_path / "home"
    inbox = home / "inbox"
    inbox.mkdir(parents=True)
    path = inbox / "events.jsonl"
    path.write_text(LOGS["events"][1], "utf-8")
    with opened(home) as lake:
        Worker(lake, Context.of(lake.settings)).tick()
        assert books(lake) == [(2, 1, 0, 0, 1)]
    with opened(home, "data") as lake:
        worker = Worker(lake, Context.of(lake.settings))
        worker.tick()
        (tried,) = again(lake)
        assert (tried["read_again"], tried["accepted"]) == (True, 1)
        worker._between()
        with path.open("a", encoding="utf-8") as file:
            file.write(_lines({"event_at": T.format(NOW, "05"), "contact_id": "calls:e-2026",
                               "kind": "ended"}))  # fmt: skip
        worker.tick()
        assert books(lake) == [(3, 3, 0, 0, 0)]
