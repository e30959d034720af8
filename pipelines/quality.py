"""Check what is in the lake against its rules.

A file's rows are checked as they come (`pipelines/stage.py`); `check` looks at what they became.
"""

import uuid
from dataclasses import replace
from typing import Any

import duckdb
import polars as pl

from expectations.lake import LAKE_RULES, TABLES
from expectations.rule import Rule
from expectations.validation import hold, validate
from pipelines.cleaning.mask import mask
from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES as SCHEMA
from pipelines.sources.context import keep_of

# the six logs by what they become: the channels of their contacts
CHANNELS = {
    "calls": ("phone", "video", "callback"),
    "chats": ("chat",),
    "feedback": ("portal",),
}
BY_CONTACT = ("lake.contacts", "lake.legs", "lake.events", "lake.clocks")
OTHER_LOGS = {
    "operators": ("lake.operator_events", "lake.operators"),
    "journal": ("lake.journal",),
    "cdr": ("lake.cdr",),
}

# texts that may hold personal data: where they stand, what names one
TEXTS = {
    "check_raw_texts": ("lake.contacts", "contact_id", "text"),
    "check_raw_values": ("lake.events", "contact_id || '/' || seq", "value"),
}
TEXTS_AT_ONCE = 100_000

DATASETS = (*CHANNELS, *OTHER_LOGS, "events")


def check(lake: Lake, dataset: str | None = None) -> pl.DataFrame:
    """Hold the rules of the lake against all its rows; store the results where it is writable.

    Args:
        lake: rules about lines and categories need its reference tables.
        dataset: a log (calls, chats, feedback, operators, journal, events), or a table of the lake
            (contacts, lake.legs, …); None: everything.

    Returns:
        One row a rule: run_id, run_at (UTC), source (`lake`), file (empty), dataset (the table),
        expectation, severity, description, action, n_rows, n_failed, is_success.

    Raises:
        QueryError: no such dataset.
    """
    tables, channels = _scope(dataset)
    found: list[dict[str, Any]] = []
    for name in TEXTS:
        if TEXTS[name][0] in tables:
            _find_raw(lake, name)
    for table in tables:
        view = f"check_{table.removeprefix('lake.')}"
        lake.con.execute(
            f"create or replace view memory.main.{view} as "
            f"select * from {table} where {_of_channels(table, channels)}"
        )
        rules: list[Rule] = [rule for rule in LAKE_RULES if rule.dataset == table]
        held = hold(lake.con, view, rules, lake.settings.zone, lake.now())
        found += [{"dataset": table, **result} for result in held]
        lake.con.execute(f"drop view memory.main.{view}")
    results = _stamped(lake, found)
    _store(lake, results)
    return results


def check_recent(lake: Lake) -> None:
    """Run the full suites over the rows the worker took in the last hour; store the results."""
    found: list[dict[str, Any]] = []
    for dataset in DATASETS:
        table = f"recent_{dataset}"
        try:
            columns = {row[0] for row in lake.con.sql(f"describe {table}").fetchall()}
        except duckdb.CatalogException:
            continue  # nothing of this log came yet
        held = validate(lake.con, table, dataset, columns - {"taken_at"})
        found += [{"dataset": dataset, **result} for result in held.results]
    if found:
        _store(lake, _stamped(lake, found).with_columns(source=pl.lit("live")))


def _store(lake: Lake, results: pl.DataFrame) -> None:
    if not lake.read_only:
        lake.con.register("check_results", results)
        lake.con.execute("insert into lake.checks by name select * from check_results")
        lake.con.unregister("check_results")


def _scope(dataset: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tables to check and the channels to keep to (none: all)."""
    if dataset is None:
        return TABLES, ()
    if dataset in CHANNELS:
        return BY_CONTACT, CHANNELS[dataset]
    if dataset in OTHER_LOGS:
        return OTHER_LOGS[dataset], ()
    table = f"lake.{dataset.removeprefix('lake.')}"
    if table not in TABLES:
        known = sorted({*CHANNELS, *OTHER_LOGS, *(name.removeprefix("lake.") for name in TABLES)})
        raise QueryError(
            f"no dataset '{dataset}'{nearest(dataset, known)}. Known: {', '.join(known)}."
        )
    return (table,), ()


def _of_channels(table: str, channels: tuple[str, ...]) -> str:
    """Return the condition that keeps a table's rows of some channels."""
    if not channels:
        return "true"
    listed = ", ".join(f"'{channel}'" for channel in channels)
    if "channel" in SCHEMA[table.removeprefix("lake.")]:
        return f"channel in ({listed})"
    return f"contact_id in (select contact_id from lake.contacts where channel in ({listed}))"


def _find_raw(lake: Lake, name: str) -> None:
    """Make the table of the keys whose text masking would still change.

    The masking of ingest is the judge: what it finds now, it or a way around it let through then.
    Texts are read in parts, so memory stays bounded.
    """
    table, key, column = TEXTS[name]
    lake.con.execute(f"create or replace table memory.main.{name} (key varchar)")
    keep = keep_of(lake.reference)
    keep = replace(keep, digits=keep.digits | _case_numbers(lake))
    texts = lake.con.cursor().sql(
        f"select {key} as key, {column} as text from {table} where {column} <> ''"
    )
    for part in texts.to_arrow_reader(TEXTS_AT_ONCE):
        frame = pl.DataFrame(part)
        raw = frame.filter(mask(frame["text"], keep) != frame["text"]).select("key")
        if len(raw):
            lake.con.register("raw_found", raw)
            lake.con.execute(f"insert into memory.main.{name} select key from raw_found")
            lake.con.unregister("raw_found")


def _case_numbers(lake: Lake) -> frozenset[str]:
    """Return digits of every case number in the lake: they name no person."""
    numbers = lake.frame("""
        select distinct regexp_replace(case_number, '[^0-9]', '', 'g') as digits
        from lake.contacts where len(case_number) >= 9
    """)
    return frozenset(numbers["digits"])


def _stamped(lake: Lake, found: list[dict[str, Any]]) -> pl.DataFrame:
    run_at = lake.now()
    stamp = {"run_id": uuid.uuid4().hex[:16], "run_at": run_at, "source": "lake", "file": ""}
    return pl.DataFrame([{**stamp, **row} for row in found], infer_schema_length=None)


def broken_rows(lake: Lake, expectation: str, limit: int = 200) -> pl.DataFrame:
    """Return rows of the lake that break one of its rules now.

    Texts in which masking would hide something are counted by `check` and never shown: none.

    Returns:
        The columns of `pipelines.metrics.rows_behind`: fate (in_lake), dataset (the table),
        contact_id, row_at, row (JSON of the columns the rule looks at), total; the others null.

    Raises:
        QueryError: no such rule.
    """
    rule = next((one for one in LAKE_RULES if one.id == expectation), None)
    if rule is None:
        known = [one.id for one in LAKE_RULES]
        raise QueryError(f"no rule '{expectation}' of the lake{nearest(expectation, known)}.")
    columns = {row[0] for row in lake.con.sql(f"describe {rule.dataset}").fetchall()}
    contact = "contact_id" if "contact_id" in columns else "null::varchar"
    at = "received_at" if "received_at" in columns else "null::timestamptz"
    packed = ", ".join(f"'{name}': {name}" for name in rule.needs)
    bad = "false" if any(name.startswith("check_raw") for name in rule.tables) else rule.bad
    lake.con.execute("set variable rules_zone = ?", [lake.settings.zone])
    lake.con.execute(
        "set variable rules_latest = cast(? as timestamptz) + to_hours(24)", [lake.now()]
    )
    sql = f"""
select
    'in_lake' as fate, null::varchar as source, $table as dataset, null::varchar as file,
    null::bigint as row_no, {at} as row_at, cast(to_json({{{packed}}}) as varchar) as row,
    null::timestamptz as found_at, {contact} as contact_id, count(*) over () as total
from {rule.dataset}
where {bad}
limit $limit"""
    return lake.frame(sql, {"table": rule.dataset, "limit": limit})
