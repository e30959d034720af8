"""Read what was published: the editions of a period and the figures of one."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.editions.frozen import fingerprint, thaw
from pipelines.errors import LakeError, QueryError
from pipelines.lake.connect import Lake
from pipelines.metrics.periods import year_before
from pipelines.metrics.week import week

SCHEDULE = "schedule"  # who published what the worker did by itself
LAST_YEAR = "last-year"  # instead of a period to compare with
NOW = "now"  # instead of a number: the period as the lake has it at this moment


@dataclass(frozen=True)
class Edition:
    """One published period; `kind` is preliminary, final or revised."""

    edition_id: str
    period: str
    number: int
    kind: str
    published_at: datetime
    published_by: str
    as_of: datetime
    snapshot_id: int
    promise_versions: dict[str, int]
    category_version: str
    checks_failed: int | None
    checks_at: datetime | None
    sha256: str


_SQL = """
select
    edition_id, period, number, kind, published_at, published_by, as_of, snapshot_id,
    promise_versions, category_version, checks_failed, checks_at, sha256
from lake.editions where $period::varchar is null or period = $period
order by period desc, number desc
"""


def editions(lake: Lake, period: str | None = None) -> list[Edition]:
    """Return the editions of a period (2026-W46), or of all; the newest first."""
    rows = lake.frame(_SQL, {"period": period.upper() if period else None})
    return [
        Edition(**(row | {"promise_versions": json.loads(row["promise_versions"])}))
        for row in rows.iter_rows(named=True)
    ]


def edition(lake: Lake, period: str, number: int | None = None) -> Edition | None:
    """Return one edition of a period, the newest without a number; None: nothing was published.

    Raises:
        QueryError: the period was published, but there is no such number.
    """
    found = editions(lake, period)
    if not found or number is None:
        return found[0] if found else None
    for one in found:
        if one.number == number:
            return one
    known = ", ".join(str(one.number) for one in reversed(found))
    raise QueryError(f"{period} has no edition {number}. Published: {known}.")


def figures_of(lake: Lake, edition_id: str) -> dict[str, Any]:
    """Return the figures of an edition, exactly as they were published.

    Raises:
        QueryError: no such edition. LakeError: its figures are not those that were published.
    """
    found = lake.frame(
        "select figures, sha256 from lake.editions where edition_id = $id", {"id": edition_id}
    )
    if found.is_empty():
        raise QueryError(f"no edition '{edition_id}'")
    text, sha256 = found.row(0)
    if fingerprint(text) != sha256:
        raise LakeError(
            f"edition {edition_id}: its figures were changed after they were published. "
            f"Take the lake's files from a copy."
        )
    return thaw(text)


def same_last_year(lake: Lake, period: str) -> str:
    """Return the same period of last year; of weeks the one with the same holidays."""
    countries = {calendar.days.country for calendar in lake.reference.calendars.values()}
    country = min(one for one in countries if one) if any(countries) else "RU"
    return year_before(period, lake.settings.tz, country)


def chosen(
    lake: Lake, period: str, wanted: str | None = None, against: str | None = None
) -> tuple[dict[str, Any], Edition | None]:
    """Return the figures of a week to show, and the edition they are of.

    Args:
        wanted: a number, NOW, or nothing: the newest edition; where there is none, as it is now.
        against: a period to compare with, or LAST_YEAR; what was published is compared with the
            period before it, so with another one the figures are those of now.

    Raises:
        QueryError: not a week, or no such edition.
    """
    if against and wanted not in (None, NOW):
        raise QueryError("an edition is compared as it was published; leave out one of the two")
    if wanted == NOW or against:
        if against == LAST_YEAR:
            against = same_last_year(lake, period)
        return week(lake, period, against=against), None
    if wanted is not None and not wanted.isdecimal():
        raise QueryError(f"edition is '{wanted}'; it is a number, or {NOW}")
    found = edition(lake, period, int(wanted) if wanted else None)
    if found is None and wanted:
        raise QueryError(f"{period} was not published; leave the edition out, or publish it")
    return (figures_of(lake, found.edition_id) if found else week(lake, period)), found
