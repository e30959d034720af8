"""Groups and filters of judged rows: a clock belongs to the period its contact was received in."""

from collections.abc import Mapping

import polars as pl

from pipelines.errors import QueryError, nearest
from pipelines.promises.compile import Binder

# group -> SQL over one row `f` of clocks (or what stands for it); o: its operator
EXPRESSIONS: dict[str, str] = {
    "promise": "f.promise",
    "line": "f.line",
    "channel": "f.channel",
    "category": "f.category",
    "class": "k.class",
    "source": "f.source",
    "region": "f.region",
    "operator": "f.operator_id",
    "team": "o.team",
    "skill": "n.skill",
    # day and night: the line is staffed, or not, when the contact is received
    "regime": "case when f.is_staffed then 'staffed' when not f.is_staffed then 'off_hours' end",
    # of the citizen's region, as it is at the moment asked about; a zone is called by its offset
    "time_zone": "z.time_zone",
    "peak": "case when pk.is_peak then 'peak' when not pk.is_peak then 'other' end",
    "interval": "time_bucket(interval 15 minutes, f.received_at)",
    "hour": "timezone($zone, date_trunc('hour', timezone($zone, f.received_at)))",
    "day": "f.received_date::varchar",
    "week": "strftime(f.received_date, '%G-W%V')",
    "month": "strftime(f.received_date, '%Y-%m')",
    "quarter": "year(f.received_date) || '-Q' || quarter(f.received_date)",
    "hour_of_day": "hour(timezone($zone, f.received_at))::bigint",
    "weekday": "isodow(f.received_date)::bigint",
}
_JOINS = {
    "class": "left join ref_categories as k on f.category = k.category",
    "team": "left join lake.operators as o on f.operator_id = o.operator_id",
    "skill": "left join ref_lines as n on f.line = n.line",
    "time_zone": """left join (
        select
            r.name,
            (epoch(timezone(r.zone, $as_of)) - epoch(timezone('UTC', $as_of))) // 60 as ahead,
            printf(
                'UTC%s%02d:%02d',
                case when ahead < 0 then '-' else '+' end,
                (abs(ahead) // 60)::bigint,
                (abs(ahead) % 60)::bigint
            ) as time_zone
        from ref_regions as r
    ) as z on lower(f.region) = z.name""",
    # pipelines/promises/peaks.py makes the table where the group is asked for
    "peak": """left join clock_peaks as pk
        on case when f.channel = 'phone' and f.is_staffed then f.line end = pk.line
        and date_trunc('week', f.received_date)::date = pk.week
        and isodow(f.received_date) = pk.weekday
        and hour(timezone($zone, f.received_at)) = pk.hour""",
}
_MOMENTS = ("interval", "hour")
# what a slot of a line knows of itself; other filters leave coverage out
SLOT_GROUPS = frozenset({"promise", "line", "channel", "skill", "regime"}) | {
    g for g in EXPRESSIONS if g in ("interval", "hour", "day", "week", "month", "quarter",
                                    "hour_of_day", "weekday")
}  # fmt: skip


def check_groups(by: tuple[str, ...], where: Mapping[str, object]) -> None:
    """Refuse unknown groups and filters.

    Raises:
        QueryError: names the word and the nearest known one.
    """
    for word in (*by, *where):
        if word not in EXPRESSIONS:
            raise QueryError(
                f"promises have no group '{word}'{nearest(word, EXPRESSIONS)}. "
                f"Known: {', '.join(EXPRESSIONS)}."
            )


def joins(by: tuple[str, ...], where: Mapping[str, object]) -> str:
    """Return the joins groups and filters need."""
    return "\n".join(_JOINS[g] for g in dict.fromkeys((*by, *where)) if g in _JOINS)


def columns_sql(by: tuple[str, ...]) -> str:
    """Return the group columns of a select list, each with a trailing comma."""
    return "".join(f'{EXPRESSIONS[g]} as "{g}", ' for g in by)


def values_of(wanted: object) -> tuple[object, ...]:
    """Return the values of a filter, given as one or as several."""
    is_several = isinstance(wanted, tuple | list | set | frozenset)
    return tuple(wanted) if is_several else (wanted,)  # type: ignore[arg-type]


def where_sql(where: Mapping[str, object], bind: Binder) -> str:
    """Return `and …` for the filters; a value None is "not known", no values at all: nothing."""
    parts = []
    for name, wanted in where.items():
        values = values_of(wanted)
        known = [bind.add(v) for v in values if v is not None]
        tests = [f"{EXPRESSIONS[name]} in ({', '.join(known)})"] if known else []
        if None in values:
            tests.append(f"{EXPRESSIONS[name]} is null")
        parts.append(f" and ({' or '.join(tests) or 'false'})")
    return "".join(parts)


def shown(frame: pl.DataFrame, by: tuple[str, ...], zone: str) -> pl.DataFrame:
    """Write moments of groups as ISO local time with offset."""
    return frame.with_columns(
        pl.col(g).dt.convert_time_zone(zone).dt.strftime("%Y-%m-%dT%H:%M:%S%:z")
        for g in _MOMENTS
        if g in by
    )
