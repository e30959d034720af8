"""Contacts get categories from their texts: named, queued, flagged, decided; never overwritten."""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines import desk
from pipelines.errors import ActError, QueryError
from pipelines.ingest import ingest_file
from pipelines.lake.connect import Lake, open_lake
from pipelines.marts.build import build
from pipelines.problems.categorise import categorise, quality
from pipelines.problems.decisions import carry, decide, decisions, waiting
from pipelines.settings import Settings
from pipelines.sources import Context
from pipelines.worker import Worker

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
SAID = {
    "code_not_received": "не приходит код подтверждения для входа",
    "passport": "просрочен паспорт с чего начать замену паспорта",
    "service_outage": "портал недоступен с самого утра ошибка сервиса",
}
UNSURE = "здравствуйте помогите пожалуйста"


def silent(*_: object) -> None:
    """Progress nobody looks at."""


def contact(n: int, text: str | None, category: str | None, source: str | None = None) -> dict:
    at = NOW - timedelta(seconds=n)
    return {
        "contact_id": f"calls:{n}", "source": "calls", "channel": "phone", "line": "main",
        "text": text, "category": category, "citizen_key": f"c{n}",
        "category_source": source or ("recorded" if category else None),
        "received_at": at, "received_date": at.date(),
    }  # fmt: skip


def put(lake: Lake, rows: list[dict]) -> None:
    lake.con.register("given", pl.DataFrame(rows, infer_schema_length=None))
    lake.con.execute("insert into lake.contacts by name select * from given")
    lake.con.unregister("given")


def categories(lake: Lake, *ids: str) -> list[tuple[str | None, str | None]]:
    found = lake.frame("select contact_id, category, category_source from lake.contacts")
    by_id = {row[0]: row[1:] for row in found.rows()}
    return [by_id[one] for one in ids]


def guesses(lake: Lake) -> dict[str, tuple[str, str]]:
    found = lake.frame("select contact_id, state, category from lake.category_guesses")
    return {row[0]: row[1:] for row in found.rows()}


@pytest.fixture(scope="module")
def trained_home(tmp_path_factory: pytest.TempPathFactory, new_home: Path) -> Path:
    """A lake the model has looked at once: 600 labelled contacts and a few of each kind."""
    home = tmp_path_factory.mktemp("trained") / "home"
    shutil.copytree(new_home, home)
    lake = open_lake(Settings(home=home, clock="data"))
    rows = []
    for n in range(600):
        category = list(SAID)[n % 3]
        words = SAID[category].split()
        words = words[n % len(words) :] + words[: n % len(words)]
        text = UNSURE if n % 4 == 0 else " ".join(words[: 2 + n % 3])
        rows.append(contact(n, f"{text} {'день' if n % 7 else 'вечер'}", category))
    rows += [
        contact(1000, SAID["passport"], None),
        contact(1001, UNSURE, None),
        contact(1002, None, None),
        contact(1003, SAID["service_outage"], "passport"),  # an operator's, against the text
        contact(1004, SAID["service_outage"], "passport", "analyst"),
        contact(1005, SAID["passport"], None, "analyst"),  # none of them, said an analyst
    ]
    put(lake, rows)
    lake.con.execute("insert into lake.events (event_at) values (?)", [NOW])
    categorise(lake, silent)
    lake.close()
    return home


@pytest.fixture
def trained(trained_home: Path, tmp_path: Path) -> Iterator[Lake]:
    shutil.copytree(trained_home, tmp_path / "home")
    lake = open_lake(Settings(home=tmp_path / "home", clock="data"))
    yield lake
    lake.close()


def test_the_sure_is_named_the_unsure_is_queued_the_contradicted_is_flagged(trained):
    assert categories(trained, "calls:1000", "calls:1001", "calls:1002", "calls:1003") == [
        ("passport", "model"), (None, None), (None, None), ("passport", "recorded"),
    ]  # fmt: skip
    found = guesses(trained)
    assert found["calls:1000"] == ("named", "passport")
    assert found["calls:1001"][0] == "undetermined"
    assert found["calls:1003"] == ("contradicted", "service_outage")
    assert not {"calls:1002", "calls:1004", "calls:1005"} & set(found)


def test_confidence_and_suggestions_stand_beside_a_guess(trained):
    rows = trained.frame(
        "select confidence, suggested, version from lake.category_guesses "
        "where contact_id in ('calls:1000', 'calls:1001') order by contact_id"
    ).rows()
    assert rows[0][0] >= 0.8 > rows[1][0]
    assert rows[0][1].split(";")[0] == "passport"
    assert len(rows[1][1].split(";")) == 3
    assert [row[2] for row in rows] == [1, 1]


def test_a_run_on_the_same_texts_is_the_same_version_and_overwrites_nothing(trained):
    before = trained.frame("select * from lake.contacts order by contact_id")
    put(trained, [contact(1010, SAID["passport"], None)])
    told = categorise(trained, silent)
    after = trained.frame("select * from lake.contacts order by contact_id")
    assert after.filter(pl.col("contact_id") != "calls:1010").equals(before)
    assert categories(trained, "calls:1010") == [("passport", "model")]
    assert trained.frame("select version from lake.category_models").rows() == [(1,)]
    assert guesses(trained)["calls:1000"] == ("named", "passport")
    # the command tells what it did beside how well it does it
    by = {row["category"]: row for row in told}
    assert told[0]["category"] == "*"
    assert (by["passport"]["assigned"], by["passport"]["contradicted"]) == (1, 1)
    assert by["passport"]["n"] == 202
    assert by["undetermined"]["assigned"] == 1
    kept = trained.frame("select f1 from lake.category_quality where category = '*'")
    assert by["*"]["f1"] == kept["f1"].item()


def test_quality_is_of_texts_not_seen_and_writes_nothing(trained):
    before = trained.snapshot()
    rows = quality(trained)
    assert trained.snapshot() == before
    every = rows.row(0, named=True)
    assert every["category"] == "*"
    assert every["n"] == 602
    # a quarter of the texts say nothing: they are guessed at chance, and not surely
    assert 0.75 < every["recall"] < 0.9
    assert every["sure_precision"] > 0.95
    assert every["covered"] < 0.8


def test_too_few_labelled_texts_are_said_to_be_too_few(lake):
    put(lake, [contact(n, "текст", "passport") for n in range(9)])
    with pytest.raises(QueryError, match="at least two categories with 8 texts"):
        categorise(lake, silent)


def test_a_decision_is_carried_into_the_contact_and_its_day_is_judged_again(trained):
    trained.con.execute("delete from lake.dirty_days")
    decide(trained, "analyst", NOW, ["calls:1001", "calls:1003"], "service_outage")
    assert waiting(trained) == ("calls:1001", "calls:1003")
    assert carry(trained) == 2
    assert waiting(trained) == ()
    assert categories(trained, "calls:1001", "calls:1003") == [("service_outage", "analyst")] * 2
    assert trained.frame(
        "select contact_id, who, was, was_source from lake.category_decisions order by contact_id"
    ).rows() == [
        ("calls:1001", "analyst", None, None),
        ("calls:1003", "analyst", "passport", "recorded"),
    ]
    assert trained.con.sql("select received_date from lake.dirty_days").fetchall() == [
        (NOW.date(),)
    ]
    assert carry(trained) == 2  # once more changes nothing
    assert trained.con.sql("select count(*) from lake.category_decisions").fetchall() == [(2,)]


def test_a_promise_of_the_category_is_judged_by_the_decided_one(trained):
    """A repeat is of the same category: the decision makes one of two contacts of a citizen."""
    trained.con.execute(
        "update lake.contacts set citizen_key = 'same', received_at = received_at - interval 1 day,"
        " received_date = received_date - 1 where contact_id = 'calls:1000'"
    )
    trained.con.execute(
        "update lake.contacts set citizen_key = 'same' where contact_id = 'calls:1001'"
    )
    decide(trained, "analyst", NOW, ["calls:1001"], "passport")
    carry(trained)
    days = trained.frame("select received_date from lake.dirty_days")["received_date"]
    assert NOW.date() - timedelta(days=1) in days.to_list()  # of the earlier contact


def test_none_of_these_leaves_no_category_and_the_model_does_not_name_it_again(trained):
    decide(trained, "analyst", NOW, ["calls:1000"], None)
    carry(trained)
    categorise(trained, silent)
    assert categories(trained, "calls:1000") == [(None, "analyst")]


def test_the_next_version_learns_from_decisions(trained):
    texts = [contact(2000 + n, f"реклама банка предлагает кредит {n}", None) for n in range(12)]
    put(trained, texts)
    categorise(trained, silent)
    decide(trained, "analyst", NOW, [row["contact_id"] for row in texts], "misuse_report")
    carry(trained)
    put(trained, [contact(2100, "банк предлагает кредит реклама", None)])
    told = {row["category"]: row for row in categorise(trained, silent)}
    assert told["misuse_report"]["n"] == 12
    version = trained.frame("select * from lake.category_models order by version").to_dicts()
    assert [row["n_decided"] for row in version][-1] == 13  # with the one decided before
    assert guesses(trained)["calls:2100"][1] == "misuse_report"


@pytest.mark.parametrize(
    ("ids", "category", "code"),
    [
        (["calls:1001"], "no_such", "unknown"),
        (["calls:nobody"], "passport", "not_there"),
        ([], "passport", "not_there"),
    ],
)
def test_a_decision_about_the_unknown_is_refused(trained, ids, category, code):
    with pytest.raises(ActError) as refused:
        decide(trained, "analyst", NOW, ids, category)
    assert refused.value.code == code
    assert decisions(trained.settings).is_empty()


def test_the_second_of_two_analysts_is_told_and_may_then_decide_otherwise(trained):
    decide(trained, "anna", NOW, ["calls:1001"], "passport")
    with pytest.raises(ActError) as refused:
        decide(trained, "boris", NOW, ["calls:1001"], "service_outage")
    assert refused.value.code == "decided_meanwhile"
    decide(trained, "boris", NOW, ["calls:1001"], "passport")  # the same is no contradiction
    second = decisions(trained.settings)[-1, "decision_id"]
    decide(trained, "anna", NOW, ["calls:1001"], "service_outage", instead_of=second)
    carry(trained)
    assert categories(trained, "calls:1001") == [("service_outage", "analyst")]


def test_a_decision_on_the_desk_is_never_changed_nor_deleted(trained):
    decide(trained, "anna", NOW, ["calls:1001"], "passport")
    for sql in ("update category_decisions set category = 'x'", "delete from category_decisions"):
        with pytest.raises(sqlite3.IntegrityError), desk.opened(trained.settings) as con:
            con.execute(sql)


HEADER = "call_id,leg,received_at,queued_at,answered_at,ended_at,category,rating,text"
DAY = "2026-11-16T07"
CALL = f"{{id}},{{leg}},{DAY}:00:00Z,{DAY}:00:05Z,,{DAY}:02:00Z,{{category}},{{rating}},код"


def ingest_calls(lake: Lake, folder: Path, name: str, **fields: object) -> None:
    given = {"id": "k1", "leg": 1, "category": "", "rating": ""} | fields
    path = folder / name
    path.write_text(f"{HEADER}\n{CALL.format(**given)}\n", "utf-8")
    ingest_file(lake, path, Context.of(lake.settings), "calls")


@pytest.mark.parametrize("category", ["passport", None])
@pytest.mark.parametrize(
    "later",
    [
        {"rating": 4},  # the log names no category still
        {"rating": 4, "category": "form_error"},  # it names one
        {"rating": 4, "category": "form_error", "leg": 2},  # with a further leg
    ],
)
def test_a_decision_outlives_another_version_of_the_contact(lake, tmp_path, category, later):
    ingest_calls(lake, tmp_path, "calls-1.csv")
    decide(lake, "analyst", NOW, ["calls:k1"], category)
    carry(lake)
    ingest_calls(lake, tmp_path, "calls-2.csv", **later)
    assert lake.frame("select rating, category, category_source from lake.contacts").rows() == [
        (4.0, category, "analyst")
    ]


def follow(worker: Worker, *lines: tuple[str, str, dict[str, str]]) -> None:
    """Append lines (time, kind, the rest) of one call to a log the worker follows; let it tick."""
    inbox = worker.lake.settings.inbox_dir
    inbox.mkdir(exist_ok=True)
    with (inbox / "events.jsonl").open("a", encoding="utf-8") as log:
        for at, kind, more in lines:
            row = {"event_at": f"2026-11-16T{at}Z", "contact_id": "calls:k1", "kind": kind} | more
            log.write(json.dumps({"channel": "phone", "line": "main"} | row) + "\n")
    worker.tick()


@pytest.mark.parametrize("category", ["passport", None])
def test_a_decision_outlives_later_events_of_a_log_that_is_followed(lake, category):
    worker = Worker(lake, Context.of(lake.settings))
    follow(
        worker,
        ("07:00:00", "received", {"category": "form_error", "text": "код не приходит"}),
        ("07:00:05", "queued", {}),
    )
    assert categories(lake, "calls:k1") == [("form_error", "recorded")]
    decide(lake, "analyst", NOW, ["calls:k1"], category)
    carry(lake)
    follow(
        worker,
        ("07:00:20", "answered", {"operator_id": "op1"}),
        ("07:01:00", "recategorised", {"value": "service_outage"}),
    )
    follow(worker, ("07:02:00", "ended", {}), ("07:03:00", "rated", {"value": "4"}))
    assert lake.frame(
        "select outcome, operator_id, rating, category, category_source from lake.contacts"
    ).rows() == [("served", "op1", 4.0, category, "analyst")]
    assert lake.frame("select was, was_source from lake.category_decisions").rows() == [
        ("form_error", "recorded")
    ]


def test_a_further_leg_of_a_call_takes_the_place_of_what_the_model_said(lake, tmp_path):
    ingest_calls(lake, tmp_path, "calls-1.csv")
    lake.con.execute("update lake.contacts set category = 'passport', category_source = 'model'")
    ingest_calls(lake, tmp_path, "calls-2.csv", leg=2, category="form_error")
    assert categories(lake, "calls:k1") == [("form_error", "recorded")]


def test_the_worker_carries_decisions_into_the_lake(lake, tmp_path):
    ingest_calls(lake, tmp_path, "calls-1.csv")
    worker = Worker(lake, Context.of(lake.settings))
    worker.keep_house()
    decide(lake, "analyst", NOW, ["calls:k1"], "passport")
    worker.keep_house()
    assert categories(lake, "calls:k1") == [("passport", "analyst")]
    assert lake.frame("select distinct judged_category from lake.clocks").rows() == [(None,)]


def named_by_a_worker(lake: Lake, *ids: str) -> None:
    """Let a worker take its steps until these contacts have a guess."""
    worker = Worker(lake, Context.of(lake.settings))
    late = time.monotonic() + 60
    while set(ids) - set(guesses(lake)) and time.monotonic() < late:
        worker.name_new()
        worker.due.last.clear()  # due again at once
    assert worker.namer
    worker.namer.close()


def test_what_comes_is_named_by_the_worker_with_the_last_version(trained):
    chat = {"channel": "chat", "source": "chats"}
    put(
        trained,
        [
            contact(1020, SAID["passport"], None),
            contact(1021, UNSURE, None),
            contact(1022, SAID["passport"], "service_outage"),
            contact(1023, SAID["passport"], None) | chat,  # it goes on: its text is not whole yet
            contact(200_000, SAID["passport"], None),  # of a file that came days late
        ],
    )
    given = [("passport", "model"), (None, None), ("service_outage", "recorded"), (None, None)]
    with trained.transaction():  # the late day is known by its marts
        build(trained, [contact(200_000, None, None)["received_date"]])
    named_by_a_worker(trained, "calls:1020", "calls:1021", "calls:200000")
    assert categories(trained, *(f"calls:{n}" for n in range(1020, 1024))) == given
    assert categories(trained, "calls:200000") == [("passport", "model")]
    assert guesses(trained)["calls:1021"][0] == "undetermined"
    # the same version; the day is settled in its turn
    assert trained.frame("select distinct version from lake.category_guesses").rows() == [(1,)]
    assert trained.has("lake.dirty_days where received_date = date '2026-11-16'")


def test_without_what_the_version_was_taught_the_worker_names_nothing(trained):
    shutil.rmtree(trained.settings.models_dir)
    put(trained, [contact(1030, SAID["passport"], None)])
    worker = Worker(trained, Context.of(trained.settings))
    for _ in range(3):
        worker.name_new()
        worker.due.last.clear()
    assert categories(trained, "calls:1030") == [(None, None)]
    assert worker.namer is not None and worker.namer.making is None  # noqa: PT018 one thing
