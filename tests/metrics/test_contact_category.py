"""Where the category of a contact came from: its log, the model, an analyst, nowhere."""

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import pytest

from pipelines.lake.connect import Lake
from pipelines.metrics import contact
from pipelines.settings import Settings
from tests.lakes import tables

AT = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
CONTACTS = {  # id: text, category, category_source, first_category
    "recorded": ("текст", "passport", "recorded", "form_error"),
    "contradicted": ("текст", "passport", "recorded", None),
    "model": ("текст", "passport", "model", None),
    "analyst": ("текст", "passport", "analyst", None),
    "none_of_them": ("текст", None, "analyst", None),
    "unsure": ("текст", None, None, None),
    "unseen": ("текст", None, None, None),
    "no_text": (None, None, None, None),
}
GUESSES = {"contradicted": "contradicted", "model": "named", "unsure": "undetermined",
           "analyst": "contradicted"}  # fmt: skip


def put(lake: Lake, table: str, rows: list[dict[str, object]]) -> None:
    lake.con.register("given", pl.DataFrame(rows))
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    opened = tables(Settings(home=tmp_path_factory.mktemp("from") / "home"))
    names = ("text", "category", "category_source", "first_category")
    own = {"source": "calls", "channel": "phone", "received_at": AT, "received_date": AT.date()}
    put(opened, "contacts", [
        {"contact_id": one, **own, **dict(zip(names, row, strict=True))}
        for one, row in CONTACTS.items()
    ])  # fmt: skip
    put(opened, "category_guesses", [
        {"contact_id": one, "received_date": AT.date(), "version": 2, "guessed_at": AT,
         "state": state, "category": "passport" if state == "named" else "form_error",
         "confidence": 0.9}
        for one, state in GUESSES.items()
    ])  # fmt: skip
    put(opened, "category_decisions", [
        {"decision_id": "d", "seq": n, "decided_at": AT, "contact_id": one, "who": "anna",
         "was": "form_error", "was_source": "model"}
        for n, one in enumerate(("analyst", "none_of_them"), 1)
    ])  # fmt: skip
    put(opened, "subtopics", [{"topic": "passport-1", "category": "passport", "version": 1,
                               "name": "Копия, страницы", "is_hidden": False,
                               "counts_as": "passport-1"}])  # fmt: skip
    put(opened, "subtopic_guesses", [{"contact_id": "model", "received_date": AT.date(),
                                      "category": "passport", "topic": "passport-1"}])  # fmt: skip
    yield opened
    opened.close()


MODEL = {"confidence": 0.9, "version": 2}
DECIDED = {"who": "anna", "decided_at": AT, "was": "form_error", "was_source": "model"}


@pytest.mark.parametrize(
    ("contact_id", "how", "known"),
    [
        ("recorded", "recorded", {"first_category": "form_error"}),
        ("contradicted", "contradicted", {"guessed": "form_error"} | MODEL),
        ("model", "model", {"guessed_at": AT, "subtopic": "Копия, страницы"} | MODEL
         | {"is_suggested": True}),
        ("analyst", "analyst", DECIDED),
        ("none_of_them", "analyst", DECIDED),
        ("unsure", "unsure", {"guessed": "form_error"} | MODEL),
        ("unseen", "unseen", {}),
        ("no_text", "no_text", {}),
    ],
)  # fmt: skip
def test_a_card_knows_where_its_category_came_from(lake, contact_id, how, known):
    told = contact(lake, contact_id)["category_from"]
    assert {name: value for name, value in told.items() if value is not None} == {
        "how": how,
        **known,
    }
