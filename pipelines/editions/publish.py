"""Publish a period: its figures and the rows of marts they came from, in one transaction.

Done by whoever writes the lake (the job `publish`). Done twice on the same data it adds nothing.
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import polars as pl

from pipelines.editions.frozen import fingerprint, freeze, substance
from pipelines.editions.read import editions, figures_of
from pipelines.errors import UsageError
from pipelines.lake.connect import Lake
from pipelines.lake.tables import insert_rows
from pipelines.marts.settled import has_marts
from pipelines.metrics.periods import parse_period
from pipelines.metrics.week import week
from pipelines.settings import wall_now
from pipelines.settle import settle

OnProgress = Callable[[str, int, int], None]
TOLD = ("edition_id", "period", "number", "kind")
# the additive marts; those of single citizens and contacts are no figures of a period, and a copy
# of them would outlive what upkeep and erasure do to the lake
KEPT = ("mart_legs_15min", "mart_waits_15min", "mart_contacts_15min", "mart_promises_day")
# each rule as it was last run
_CHECKS = """
with latest as (
    select dataset, expectation, max_by(is_success, run_at) as is_success, max(run_at) as run_at
    from lake.checks group by dataset, expectation
)
select count(*) filter (where not is_success) as failed, max(run_at) as run_at, count(*) as n
from latest
"""


def publish(
    lake: Lake, period: str, who: str, on_progress: OnProgress = lambda *_: None
) -> dict[str, Any]:
    """Publish a week, month or quarter (2026-W46, 2026-11, 2026-Q4) as it is now.

    Its days are settled first, so that marts hold what the figures say.

    Args:
        lake: open for writing, in no transaction. who: id of the profile, or who ran the command.

    Returns:
        edition_id, period, number, kind, is_new (false: the last edition says the same).

    Raises:
        QueryError: not a period. UsageError: it is not over yet, or holds no contact.
    """
    _, end = parse_period(period, lake.settings.tz)
    name = period.strip().upper()
    if lake.now() < end:
        raise UsageError(f"{name} is not over yet: it is published once its last day has passed")
    on_progress("settling", 0, 1)
    settle(lake)
    with lake.sized():
        figures, rows = _read(lake, name, on_progress)
    if not figures["volume"]["contacts"]:
        raise UsageError(f"{name}: no contact was received; there is nothing to publish")
    before = editions(lake, name)
    if before and _same(lake, before[0].edition_id, figures):
        row = {key: getattr(before[0], key) for key in TOLD}
    else:
        row = _row(lake, figures, name, who, before)
        with lake.transaction():
            insert_rows(lake.con, "editions", [row])
            lake.con.register("rows_of_edition", rows)
            lake.con.execute(
                "insert into lake.edition_rows by name "
                "select $id as edition_id, * from rows_of_edition",
                {"id": row["edition_id"]},
            )
            lake.con.unregister("rows_of_edition")
    on_progress("figures", 1, 1)
    return {key: row[key] for key in TOLD} | {"is_new": "figures" in row}


def _read(lake: Lake, period: str, on_progress: OnProgress) -> tuple[dict[str, Any], pl.DataFrame]:
    """Return the figures and the rows of marts they came from, of one version of the lake.

    Through a connection of its own: the worker goes on with live logs between two parts.
    """
    reader = lake.cursor()

    def meanwhile(done: int, total: int) -> None:
        on_progress("figures", done, total)

    try:
        with reader.transaction():
            figures = week(reader, period, meanwhile=meanwhile)
            return figures, _rows(reader, figures)
    finally:
        reader.con.close()


def category_version(lake: Lake) -> str:
    """Return a short hash of the categories: which there are, their class and their names."""
    known = sorted((c.id, c.class_id, *c.label) for c in lake.reference.categories.values())
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:12]


def _same(lake: Lake, edition_id: str, figures: dict[str, Any]) -> bool:
    last = figures_of(lake, edition_id)
    is_as_final = last["is_preliminary"] == figures["is_preliminary"]
    return is_as_final and substance(last) == substance(_as_told(figures, last))


def _as_told(figures: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    """Return of the figures what the last edition tells: what is told since is no news of it."""
    return {
        name: figures[name].select(was.columns) if isinstance(was, pl.DataFrame) else figures[name]
        for name, was in last.items()
    }


def _row(
    lake: Lake, figures: dict[str, Any], period: str, who: str, before: list[Any]
) -> dict[str, Any]:
    text = freeze(figures)
    is_known_final = any(one.kind != "preliminary" for one in before)
    checks = lake.frame(_CHECKS).row(0, named=True)
    versions: dict[str, int] = {}
    for promise in lake.reference.promises:
        versions[promise.id] = max(promise.version, versions.get(promise.id, 0))
    kind = "revised" if is_known_final else "final"
    return {
        "edition_id": uuid.uuid4().hex[:12],
        "period": period,
        "number": len(before) + 1,
        "kind": "preliminary" if figures["is_preliminary"] else kind,
        "published_at": wall_now(),
        "published_by": who,
        "as_of": figures["as_of"],
        "snapshot_id": figures["snapshot"],
        "promise_versions": json.dumps(versions),
        "category_version": category_version(lake),
        "checks_failed": checks["failed"] if checks["n"] else None,
        "checks_at": checks["run_at"],
        "figures": text,
        "sha256": fingerprint(text),
    }


def _rows(lake: Lake, figures: dict[str, Any]) -> pl.DataFrame:
    if not has_marts(lake):
        return pl.DataFrame(schema={"mart": pl.String, "received_date": pl.Date, "row": pl.String})
    tz = lake.settings.tz
    first, end = (figures[name].astimezone(tz).date() for name in ("start", "end"))
    union = " union all ".join(
        f"select '{mart}' as mart, m.received_date, to_json(m)::varchar as \"row\" "
        f"from lake.{mart} as m where m.received_date >= $first and m.received_date < $end"
        for mart in KEPT
    )
    return lake.frame(union, {"first": first, "end": end})
