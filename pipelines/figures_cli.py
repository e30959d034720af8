"""From the words of `liniya metrics` to a question the metrics understand, and its answer."""

from datetime import datetime, timedelta

import polars as pl

from pipelines import metrics
from pipelines.errors import UsageError, nearest
from pipelines.lake.connect import Lake, open_lake
from pipelines.metrics import Query, parse_moment
from pipelines.settings import load

NAMES = ("sla", "volume", "problems", "operators", "promises", "quality", "reconciliation")


def reader() -> Lake:
    """Open the lake to read.

    Raises:
        LakeError: there is none yet.
    """
    return open_lake(load(), read_only=True)


def whole_day(text: str | None) -> str | None:
    """Return the day of a date or moment, as 2026-11-01.

    Raises:
        UsageError: it is neither.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError as error:
        raise UsageError(f"'{text}' is no date; write it as 2026-11-01") from error


def conditions(where: list[str]) -> dict[str, tuple[str, ...]]:
    """Read `k=v` conditions; several values of one key are alternatives.

    >>> conditions(["line=main,chat", "channel=phone"])
    {'line': ('main', 'chat'), 'channel': ('phone',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in where:
        key, sign, values = text.partition("=")
        if not sign or not key.strip():
            raise UsageError(f"--where {text}: write it as key=value, e.g. line=main,chat")
        some = tuple(v.strip() for v in values.split(",") if v.strip())
        found[key.strip()] = found.get(key.strip(), ()) + some
    return found


def period(lake: Lake, start: str | None, end: str | None) -> tuple[datetime, datetime]:
    """Read the ends of a period; without them, everything the lake holds.

    Raises:
        QueryError: a text that is no date or moment, or an end not later than its start.
    """
    zone = lake.settings.zone
    first, last = lake.con.sql(
        "select min(received_at), max(received_at) from lake.contacts"
    ).fetchall()[0]
    now = lake.now()
    a = parse_moment(start, zone) if start else (first or now)
    b = parse_moment(end, zone) if end else max(last or now, now, a) + timedelta(seconds=1)
    if b <= a:
        raise UsageError(f"--to {end or b.isoformat()} is not later than --from {start or a}")
    return a, b


def figures(
    lake: Lake,
    name: str,
    *,
    start: str | None,
    end: str | None,
    by: str,
    where: list[str],
    as_of: str | None,
    threshold: float | None,
    variant: str,
) -> pl.DataFrame:
    """Answer `liniya metrics NAME …`; see the design, section 5, for the columns.

    Raises:
        UsageError: an unknown metric.
        QueryError: an unknown group, key or moment.
    """
    if name not in NAMES:
        raise UsageError(f"no metric '{name}'{nearest(name, NAMES)}. Known: {', '.join(NAMES)}.")
    first, last = period(lake, start, end)
    query = Query(
        start=first,
        end=last,
        by=tuple(g.strip() for g in by.split(",") if g.strip()),
        where=conditions(where),
        as_of=parse_moment(as_of, lake.settings.zone) if as_of else None,
    )
    if name == "sla":
        return metrics.sla(lake, query, threshold_s=threshold, variant=variant)
    return getattr(metrics, name)(lake, query)  # type: ignore[no-any-return]
