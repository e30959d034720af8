"""docs/events.md, the logs' columns and the promises say the same."""

import pytest

from pipelines.conform.columns import COLUMNS, made_kinds
from pipelines.conform.columns_events import VALUE_OF
from pipelines.conform.document import PATH, document
from pipelines.conform.mapping import KIND_ORDER, ONLY_EVENTS
from pipelines.conform.rederive_headers import PATCHES
from pipelines.lake.schema import TABLES
from pipelines.reference import load
from pipelines.reference.vocabulary import DERIVED_MOMENTS, EVENT_KINDS
from pipelines.settings import Settings
from pipelines.sources import canonical
from pipelines.sources.provides import provided


def test_the_document_is_current():
    assert PATH.read_text("utf-8") == document(), "run python -m pipelines.conform.document"


@pytest.mark.parametrize("dataset", COLUMNS)
def test_every_column_of_a_log_becomes_something(dataset):
    columns = COLUMNS[dataset]
    assert sorted(c.name for c in columns) == sorted(canonical.COLUMNS[dataset])
    mute = [
        c.name
        for c in columns
        if not (c.events or c.header or c.legs or c.identity or c.note) and c.name not in ("leg",)
    ]
    assert mute == []


@pytest.mark.parametrize("dataset", COLUMNS)
def test_columns_name_fields_of_the_lake(dataset):
    for column in COLUMNS[dataset]:
        assert column.header is None or column.header in TABLES["contacts"], column
        assert set(column.legs) <= set(TABLES["legs"]), column
        assert set(column.kinds) <= set(EVENT_KINDS), column


def test_every_kind_of_event_comes_from_somewhere():
    wide = set().union(*(made_kinds(dataset) for dataset in ("calls", "chats", "feedback")))
    assert wide | set(ONLY_EVENTS) == set(EVENT_KINDS)
    assert not wide & set(ONLY_EVENTS)
    assert sorted(KIND_ORDER) == sorted(EVENT_KINDS)
    assert set(VALUE_OF) | set(PATCHES) <= set(EVENT_KINDS)


@pytest.mark.parametrize("dataset", ["calls", "chats", "feedback"])
def test_a_log_declares_no_event_its_columns_do_not_make(dataset):
    declared = provided(dataset, canonical.COLUMNS[dataset]) & set(EVENT_KINDS)
    assert declared <= made_kinds(dataset)


def test_every_promise_starts_and_stops_at_something_a_log_can_bring():
    known = set(EVENT_KINDS) | set(DERIVED_MOMENTS)
    made = set(ONLY_EVENTS).union(*(made_kinds(d) for d in ("calls", "chats", "feedback")))
    for promise in load(Settings().reference).promises:
        for moment in (*_moments(promise.start), *_moments(promise.stop)):
            assert moment in known, (promise.id, moment)
            assert moment in made or moment in DERIVED_MOMENTS, (promise.id, moment)


def _moments(row):
    """Names of moments in a start or stop, however it is nested."""
    if isinstance(row, str):
        return [row] if row in set(EVENT_KINDS) | set(DERIVED_MOMENTS) else []
    if isinstance(row, dict):
        return [m for part in row for m in _moments(part)]
    if isinstance(row, tuple | list):
        return [m for part in row for m in _moments(part)]
    return (
        [m for part in vars(row).values() for m in _moments(part)]
        if hasattr(row, "__dict__")
        else []
    )
