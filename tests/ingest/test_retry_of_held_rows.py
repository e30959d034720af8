"""A held row tried again leaves the quarantine once, for the account it came by, or stays held.

Rows of the year 2033 are impossible by the wall clock and sound in a replay (LINIYA_CLOCK=data): a
change of settings that mends a row of any log, as a change of rules or reference data would.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copy, copytree

from pipelines import metrics
from pipelines.ingest import ingest, ingest_file
from pipelines.lake.connect import Lake, open_lake
from pipelines.lake.key_mark import hold_to_key
from pipelines.retry import retry
from pipelines.settings import Settings
from pipelines.settle import settle
from pipelines.sources import Context
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


def _take(lake: Lake, paths: dict[str, Path]) -> dict[str, int]:
    """Ingest each file as the log it is; return log -> rows held."""
    context = Context.of(lake.settings)
    hold_to_key(lake, context.key)
    held = {
        source: ingest_file(lake, path, context, source).quarantined
        for source, path in paths.items()
    }
    settle(lake)
    return held


def test_a_held_row_of_any_log_is_let_in_once_its_fault_is_none(tmp_path: Path) -> None:
    paths = {source: tmp_path / name for source, (name, _) in LOGS.items()}
    for source, path in paths.items():
        path.write_text(LOGS[source][1], "utf-8")
    with opened(tmp_path / "home") as lake:
        held = _take(lake, paths)
        assert min(held.values()) >= 1, held
        assert statuses(lake) == {"held": sum(held.values())}
    copytree(tmp_path / "home", tmp_path / "by_file")
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
        read_again = [one | {"read_again": True} for one in expected]
        assert _by_file(again(lake, *paths.values())) == _by_file(read_again)
        by_file = fingerprint(lake)
    (tmp_path / "straight").mkdir()
    copy(tmp_path / "home" / "identity.key", tmp_path / "straight")
    with opened(tmp_path / "straight", "data") as lake:
        _take(lake, paths)
        straight = fingerprint(lake)
    # but for the memory of what was held, it is as if no row had ever been held
    memory = {"quarantine", "checks", "meta"}
    for found in (by_rows, by_file):
        assert {table for table in found if found[table] != straight[table]} <= memory


def _by_file(told: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(told, key=lambda one: str(one["file"]))


def test_a_row_still_wrong_stays_held_with_its_first_day_and_one_place_in_the_account(
    tmp_path: Path,
) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(
        "call_id,received_at,answered_at,ended_at\n"
        "c-1,2033-03-02T10:00:00+03:00,2033-03-02T10:02:00+03:00,2033-03-02T10:01:00+03:00\n"
        "c-2,2026-03-02T10:00:00+03:00,,2026-03-02T10:01:00+03:00\n",
        "utf-8",
    )
    held = "select quarantine_id, expectations, quarantined_at, status from lake.quarantine"
    with opened(tmp_path / "home") as lake:
        tuple(ingest(lake, [path], "calls"))
        ((one, broke, at, status),) = lake.con.sql(held).fetchall()
        assert (broke, status) == (
            "calls.received_not_in_future;calls.ended_after_answered;calls.facts_not_in_future",
            "held",
        )
    with opened(tmp_path / "home", "data") as lake:
        (tried,) = again(lake)
        assert (tried["accepted"], tried["held"]) == (0, 1)
        assert lake.con.sql(held).fetchall() == [(one, "calls.ended_after_answered", at, "held")]
        assert books(lake) == [(2, 1, 0, 0, 1)]
        # what was found when the file came stays as it was found
        found = "select sum(n_failed), max(n_rows) from lake.checks"
        assert lake.con.sql(found).fetchall() == [(3, 2)]


def test_a_changed_profile_reads_held_lines_of_its_file_again(tmp_path: Path) -> None:
    profile = (
        "name: desk\ndataset: feedback\nrecognised_by: [nr, opened]\n"
        "columns:\n  feedback_id: nr\n  received_at: opened\n  citizen_phone: phone\n"
        "time_formats: [{}]\n"
    )
    sources = tmp_path / "sources"
    sources.mkdir()
    path = tmp_path / "desk.csv"
    path.write_text(
        "nr,opened,phone\n1,2026-03-02 10:00:00,\n2,03.02.2026 11:00,8 916 123-45-67\n", "utf-8"
    )
    (sources / "desk.yml").write_text(profile.format("iso"), "utf-8")
    with opened(tmp_path / "home", sources=sources) as lake:
        (first,) = ingest(lake, [path], "desk")
        assert (first.accepted, first.quarantined) == (1, 1)
    (sources / "desk.yml").write_text(profile.format("iso, day_first"), "utf-8")
    with opened(tmp_path / "home", sources=sources) as lake:
        (known,) = ingest(lake, [path], "desk")
        assert "1 rows held: `liniya quarantine retry --from desk.csv`" in known.note
        (without,) = again(lake)  # what was staged of the row has no time in it
        assert without["held"] == 1
        (tried,) = again(lake, path)
        assert (tried["read_again"], tried["accepted"], tried["held"]) == (True, 1, 0)
        assert books(lake) == [(2, 2, 0, 0, 0)]
        keyed = "select count(*) from lake.identity where kind = 'phone'"
        assert lake.con.sql(keyed).fetchall() == [(1,)]


def test_a_torn_line_is_known_by_its_file_only(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"event_at":"2026-03-02T14:1', "utf-8")
    with opened(tmp_path / "home") as lake:
        tuple(ingest(lake, [path], "events"))
        assert again(lake) == []
        (tried,) = again(lake, path)
        assert (tried["tried"], tried["held"], books(lake)) == (1, 1, [(1, 0, 0, 0, 1)])


def test_a_row_that_came_right_in_a_later_file_is_not_overwritten_by_the_held_one(
    tmp_path: Path,
) -> None:
    header = "call_id,received_at,ended_at,rating\n"
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(f"{header}c-1,2033-03-02T10:00:00+03:00,2033-03-02T10:01:00+03:00,1\n", "utf-8")
    new.write_text(f"{header}c-1,2026-03-02T10:00:00+03:00,2026-03-02T10:01:00+03:00,5\n", "utf-8")
    with opened(tmp_path / "home") as lake:
        tuple(ingest(lake, [old, new], "calls"))
    with opened(tmp_path / "home", "data") as lake:
        (tried,) = again(lake)
        assert (tried["accepted"], tried["duplicate"], tried["held"]) == (0, 1, 0)
        assert lake.con.sql("select rating from lake.contacts").fetchall() == [(5.0,)]
        assert statuses(lake) == {"retried": 1}
        assert books(lake) == [(1, 1, 0, 0, 0), (1, 0, 0, 1, 0)]


def test_a_retry_makes_no_source_look_poorer(tmp_path: Path) -> None:
    name, text = LOGS["calls"]
    path = tmp_path / name
    path.write_text(text, "utf-8")
    provided = "select source, item from lake.source_provides order by all"
    with opened(tmp_path / "home") as lake:
        tuple(ingest(lake, [path], "calls"))
        before = lake.con.sql(provided).fetchall()
    with opened(tmp_path / "home", "data") as lake:
        again(lake)
        assert lake.con.sql(provided).fetchall() == before


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
