"""What waits for an analyst: texts with their contacts, in scope; and versions of the model."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from pipelines.errors import QueryError
from pipelines.lake.connect import Lake
from pipelines.metrics import (
    Query,
    Scope,
    category_models,
    category_quality,
    category_queue,
    labelling_counts,
)
from pipelines.settings import Settings
from tests.lakes import tables

AT = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
DAY = Query(AT - timedelta(hours=8), AT + timedelta(hours=8), as_of=AT + timedelta(hours=1))
CONTACTS = {  # id: line, text, category, category_source, state, guessed, confidence
    "a": ("main", "одно", None, None, "undetermined", "passport", 0.5),
    "b": ("chat", "одно", None, None, "undetermined", "passport", 0.5),
    "c": ("main", "другое", None, None, "undetermined", "form_error", 0.7),
    "d": ("main", "третье", None, "analyst", "undetermined", "form_error", 0.7),  # decided since
    "e": ("main", "сбой", "passport", "recorded", "contradicted", "service_outage", 0.97),
    "f": ("main", "сбой", "service_outage", "recorded", "contradicted", "service_outage", 0.97),
    "g": ("main", "паспорт", "passport", "model", "named", "passport", 0.9),
    "h": ("main", "загран", "passport", "model", "named", "passport", 0.81),
    "i": ("main", "новое", None, None, None, None, None),
    "j": ("main", None, None, None, None, None, None),
    "k": ("main", "понятно", "form_error", "recorded", None, None, None),
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    opened = tables(Settings(home=tmp_path_factory.mktemp("labelled") / "home"))
    names = ("line", "text", "category", "category_source", "state", "guessed", "confidence")
    rows = [
        {"contact_id": one, "received_at": AT + timedelta(seconds=n), "received_date": AT.date()}
        | dict(zip(names, row, strict=True))
        for n, (one, row) in enumerate(CONTACTS.items())
    ]
    put(opened, "contacts", pl.DataFrame(rows).drop("state", "guessed", "confidence"))
    guesses = pl.DataFrame(rows).filter(pl.col("state").is_not_null()).drop("category")
    put(opened, "category_guesses", guesses.select(
        "contact_id", "received_date", "state", "confidence", category="guessed",
        suggested=pl.format("{};registration", "guessed"), version=pl.lit(2),
    ))  # fmt: skip
    decision = {"decided_at": AT, "contact_id": "d", "who": "anna"}
    put(opened, "category_decisions", pl.DataFrame([
        {"decision_id": "one", "seq": 1, "category": "passport"} | decision,
        {"decision_id": "two", "seq": 2, "category": None} | decision,
    ]))  # fmt: skip
    put(opened, "category_models", pl.DataFrame(
        {"version": [1, 2], "n_texts": [100, 120], "n_decided": [0, 4], "sure": [0.8, 0.8]}
    ))  # fmt: skip
    put(opened, "category_quality", pl.DataFrame(
        {"version": [1, 2, 2], "category": ["*", "*", "passport"], "f1": [0.7, 0.8, 0.9]}
    ))  # fmt: skip
    yield opened
    opened.close()


def put(lake: Lake, table: str, rows: pl.DataFrame) -> None:
    lake.con.register("given", rows)
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


def ids(lake: Lake, queue: str, query: Query = DAY, **more) -> list[list[str]]:
    return category_queue(lake, query, queue, **more).rows["contact_ids"].to_list()


def test_contacts_of_one_text_are_one_row_and_most_of_them_come_first(lake):
    found = category_queue(lake, DAY, "undetermined")
    assert found.total == 2
    assert found.rows.select("contact_id", "contact_ids", "contacts", "suggested").rows() == [
        ("b", ["a", "b"], 2, "passport;registration"),
        ("c", ["c"], 1, "form_error;registration"),
    ]


def test_what_has_become_of_a_contact_since_takes_it_out_of_the_queue(lake):
    assert ids(lake, "contradicted") == [["e"]]
    assert ids(lake, "undetermined", without=("c",)) == [["a", "b"]]


def test_what_the_model_named_comes_least_sure_first(lake):
    assert ids(lake, "named") == [["h"], ["g"]]


def test_the_last_decision_stands_beside_a_decided_text(lake):
    (row,) = category_queue(lake, DAY, "decided").rows.to_dicts()
    assert (row["contact_id"], row["category"], row["decision_id"], row["who"]) == (
        "d", None, "two", "anna",
    )  # fmt: skip


def test_a_page_of_the_queue_knows_how_many_texts_there_are(lake):
    assert category_queue(lake, DAY, "undetermined", limit=1).total == 2
    assert category_queue(lake, DAY, "undetermined", limit=1, offset=5).total == 2


def test_a_scope_sees_the_contacts_of_its_lines_only(lake):
    chat = Query(DAY.start, DAY.end, scope=Scope(lines=("chat",)), as_of=DAY.as_of)
    assert ids(lake, "undetermined", chat) == [["b"]]
    assert labelling_counts(lake, chat)["contacts"] == 1
    main = Query(DAY.start, DAY.end, where={"line": "main"}, as_of=DAY.as_of)
    assert ids(lake, "undetermined", main) == [["c"], ["a"]]


def test_every_contact_with_a_text_is_counted_where_its_category_comes_from(lake):
    assert labelling_counts(lake, DAY) == {
        "contacts": 10, "undetermined": 3, "contradicted": 1, "named": 2, "decided": 1,
        "recorded": 3, "unseen": 1, "named_share": pytest.approx(1 / 3),
    }  # fmt: skip


def test_versions_stand_newest_first_with_their_quality(lake):
    rows = category_models(lake).select("version", "n_decided", "f1").rows()
    assert rows == [(2, 4, 0.8), (1, 0, 0.7)]
    assert category_quality(lake, 2).select("category", "f1").rows() == [("passport", 0.9)]


def test_an_unknown_queue_is_refused(lake):
    with pytest.raises(QueryError, match="Known: undetermined"):
        category_queue(lake, DAY, "other")


def test_an_empty_period_waits_for_nobody(lake):
    empty = Query(AT - timedelta(days=9), AT - timedelta(days=8), as_of=AT)
    assert category_queue(lake, empty, "undetermined").total == 0
    assert labelling_counts(lake, empty)["named_share"] is None
