"""From the words of `liniya metrics` to a question the metrics understand, and its answer."""

from collections.abc import Callable
from datetime import datetime, timedelta

import polars as pl

from pipelines import metrics
from pipelines.errors import UsageError, nearest
from pipelines.lake.connect import Lake, open_lake
from pipelines.metrics import Query, parse_moment
from pipelines.metrics.query import known_groups
from pipelines.settings import load

NAMES = (
    "sla", "volume", "problems", "operators", "promises", "quality", "reconciliation", "rhythm",
    "arrivals", "unserved", "incidents", "topics", "resolution", "failures", "emerging",
    "persistent", "actions", "subtopics", "coaching", "coached", "fairness",
    "risk", "due", "served", "funnel", "why", "aside", "bursts",
)  # fmt: skip

NO_RISK = {
    "no_queue": "nobody queued in the eight weeks before",
    "no_history": "fewer than four days of each weekday are known before",
    "no_states": "the logs do not tell who was logged in",
}


def reader() -> Lake:
    """Open the lake to read.

    Raises:
        LakeError: there is none yet.
    """
    lake = open_lake(load(), read_only=True)
    lake.widen()
    return lake


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
    tell: Callable[[str], object] = lambda _: None,
) -> pl.DataFrame:
    """Answer `liniya metrics NAME …`; see the design, section 5, for the columns.

    Args:
        tell: given why there is no answer, or how sure it is, where the metric itself knows.

    Raises:
        UsageError: an unknown metric.
        QueryError: an unknown group, key or moment.
    """
    if name not in NAMES:
        raise UsageError(f"no metric '{name}'{nearest(name, NAMES)}. Known: {', '.join(NAMES)}.")
    first, last = period(lake, start, end)
    wanted = conditions(where)
    figures_asked = wanted.pop("figure", ()) if name == "why" else ()
    query = Query(
        start=first,
        end=last,
        by=tuple(g.strip() for g in by.split(",") if g.strip()),
        where=wanted,
        as_of=parse_moment(as_of, lake.settings.zone) if as_of else None,
    )
    if name == "unserved":
        return metrics.unserved(lake, query.as_of)
    if name == "sla":
        return metrics.sla(lake, query, threshold_s=threshold, variant=variant)
    if name == "aside":
        return metrics.asides(lake, query)
    if name == "why":
        return metrics.why_rows(lake, query, figures_asked)
    if name == "rhythm":
        return _rhythm(lake, query)
    if name == "risk":
        told = metrics.risk(lake, query)
        if told["reason"]:
            tell(f"No forecast: {NO_RISK[told['reason']]}.")
        elif told["wape"] is not None:
            off = f"{told['wape']:.0%} (weighted, up to four days of each weekday before)"
            tell(f"Contacts of an hour and line were forecast {off} off.")
        return told["rows"]  # type: ignore[no-any-return]
    if name == "coached":
        texts = pl.col("said").list.eval(pl.element().struct.field("text"))
        return metrics.coached(lake, query).with_columns(said=texts.list.join("; "))
    return getattr(metrics, name)(lake, query)  # type: ignore[no-any-return]


def _rhythm(lake: Lake, query: Query) -> pl.DataFrame:
    """Answer for a moment: it has no period, and one group and filter, the source."""
    known_groups(query.by, ("source",), "group", "rhythm")
    known_groups(query.where, ("source",), "filter", "rhythm")
    found = metrics.rhythm(lake, query.as_of)
    sources = [str(value) for value in query.values("source")]
    return found.filter(pl.col("source").is_in(sources)) if sources else found


# where the values of a filter stand; others are made (team, week, …)
_VALUES_IN = {
    "line": "legs",
    "channel": "contacts",
    "source": "contacts",
    "category": "contacts",
    "region": "contacts",
    "feedback_type": "contacts",
}
_BASES = ("contacts", "base", "n", "n_rows", "read")
_SHOWN = 20  # values named at most


def is_nothing(frame: pl.DataFrame) -> bool:
    """Tell whether an answer counts nothing at all."""
    base = next((name for name in _BASES if name in frame.columns), None)
    return frame.is_empty() or (base is not None and not frame[base].sum())


def why_nothing(lake: Lake, first: datetime, last: datetime, where: list[str]) -> str:
    """Say what in the question left nothing to count; empty where the lake gives no reason."""
    tz = lake.settings.tz
    held, earliest, latest, asked = lake.con.sql(
        """
        select
            count(*), min(received_at), max(received_at),
            count(*) filter (where received_at >= $first and received_at < $last)
        from lake.contacts
        """,
        params={"first": first, "last": last},
    ).fetchall()[0]
    if not held:
        return "The lake holds no contacts yet."
    if not asked:
        return (
            f"No contact was received from {first.astimezone(tz):%Y-%m-%d %H:%M} to "
            f"{last.astimezone(tz):%Y-%m-%d %H:%M}. The lake holds "
            f"{earliest.astimezone(tz):%Y-%m-%d %H:%M} to {latest.astimezone(tz):%Y-%m-%d %H:%M}."
        )
    return "\n".join(
        _unknown(lake, key, value)
        for key, values in conditions(where).items()
        for value in values
        if key in _VALUES_IN
    ).strip()


def _unknown(lake: Lake, key: str, value: str) -> str:
    rows = lake.con.sql(
        f"select distinct {key} from lake.{_VALUES_IN[key]} where {key} is not null order by 1"
    ).fetchall()
    known = [str(row[0]) for row in rows]
    if value in known:
        return ""
    more = ", …" if len(known) > _SHOWN else ""
    return (
        f"No contact has {key} '{value}'{nearest(value, known)}. "
        f"There are: {', '.join(known[:_SHOWN])}{more}."
    )
