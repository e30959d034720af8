"""One episode of the burst detector looked into: how many people, where, saying what.

An episode is of the whole hotline, so its parts are too, whatever filters it was found under.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.baseline import baseline
from pipelines.metrics.bursts import bursts
from pipelines.metrics.facts import moment, one_snapshot, period, run
from pipelines.metrics.groups import EXPRESSIONS, conditions, joins
from pipelines.metrics.phrases import PHRASES, phrases
from pipelines.metrics.query import Query
from pipelines.metrics.side_by_side import side_by_side
from pipelines.problems.bursts import ALL

EXAMPLES = 3
EVER = datetime(1970, 1, 1, tzinfo=UTC)

_ITS = """
from lake.contacts as f {joins}
where f.received_date between $first and $last and f.received_at >= $start
    and f.received_at < $end and f.received_at <= $as_of and {where}"""
# a text said by several is shown once; those that say most of what marks the episode stand first
_EXAMPLES = """
select r.first.contact_id, r.first.received_at, r.first.channel, r.first.line, r.text
from (
    select
        f.text,
        replace(lower(f.text), 'ё', 'е') as words,
        min({
            'received_at': f.received_at, 'contact_id': f.contact_id, 'channel': f.channel,
            'line': f.line
        }) as first
    {its} and f.text is not null
    group by f.text
) as r
order by
    len(list_filter($phrases::varchar[], lambda said: contains(r.words, said))) desc,
    r.first.received_at, r.first.contact_id
limit $most
"""
# who came and where: both sides and the people are counted from one reading
_CAME = """
select f.citizen_key, {line} as line, {region} as region {its}"""
_LOST = """f.contact_id in (
    select contact_id from lake.legs
    where left_as = 'abandoned' and received_date between $first and $last
        and ($lost_line::varchar is null or line = $lost_line)
)"""
# the outage it belongs to: of its category or line, or of everything; the narrower first
_OUTAGE = """
select incident_id from lake.incidents
where detected_at < $end and detected_at <= $as_of
    and coalesce(restored_at, $as_of::timestamptz) > $start
    and region is null and (category is null or category = $category)
    and (line is null or line = $line)
order by category is null and line is null, detected_at desc, incident_id limit 1
"""


@one_snapshot
def burst_detail(lake: Lake, query: Query, burst_id: str) -> dict[str, Any] | None:
    """Return one episode with its contacts by line and region, its phrases and three examples.

    Args:
        lake: open lake. query: moment and scope; its period and filters are not looked at.
        burst_id: as `bursts` tells it.

    Returns:
        None: no such episode is known at that moment or to that scope. Else burst (its row of
        `bursts`); parts (rows of the episodes that are its parts, the largest first); query (of its
        contacts: from the beginning of the window that alarmed to its end, or to the moment) and
        counted (which number of `contacts` they are); citizens (distinct; null: nobody is known);
        excess_people (its excess contacts, at as many people a contact as in the episode; null
        where either is not known); lines and regions (the side, null where not known, contacts,
        share, excess over the usual, null where that is not known and of lost contacts; most
        contacts first); phrases (none of lost contacts); examples (at most EXAMPLES rows:
        contact_id, received_at, channel, line, text (masked), different texts, those that say most
        of the phrases first); incident_id (of the outage it belongs to; null: none).

    Source: docs/metrics.md#problems.
    """
    asked = query.at(lake)
    known = bursts(lake, replace(asked, start=EVER, end=moment(asked) + timedelta(seconds=1)))
    found = known.filter(burst_id=burst_id)
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    begun = row["started_at"].astimezone(UTC) - timedelta(hours=row["window_h"] - 1)
    its = replace(
        asked,
        start=begun,
        end=row["ended_at"] or moment(asked) + timedelta(seconds=1),
        where=where_of(row),
        by=(),
    )
    # the longest first: two at a time then end together
    told = side_by_side(
        lake,
        {
            "phrases": lambda at, _: _phrases(at, its, row),
            "region": lambda at, _: _usual(at, its, row, "region"),
            "came": lambda at, _: _came(at, its, row),
            "examples": lambda at, told: _examples(at, its, row, told("phrases")),
            "line": lambda at, told: _usual_of_lines(at, its, row, told("region")),
        },
    )
    came: pl.DataFrame = told["came"]
    citizens = came["citizen_key"].drop_nulls()
    is_known = len(citizens) and row["excess"] is not None
    return {
        "burst": row,
        "parts": known.filter(part_of=burst_id).sort("excess", descending=True, nulls_last=True),
        "query": its,
        "counted": "abandoned" if row["kind"] == "abandoned" else "contacts",
        "citizens": citizens.n_unique() or None,
        "excess_people": row["excess"] * citizens.n_unique() / len(citizens) if is_known else None,
        "lines": _side(came, told["line"], "line"),
        "regions": _side(came, told["region"], "region"),
        "phrases": told["phrases"],
        "examples": told["examples"],
        "incident_id": _outage(lake, its, row),
    }


def where_of(row: dict[str, Any]) -> dict[str, object]:
    """Return the filter of `contacts` that holds the series of an episode (not of lost ones)."""
    if row["kind"] == "category":
        return {} if row["category"] == ALL else {"category": (row["category"],)}
    where: dict[str, object] = {} if row["line"] is None else {"line": (row["line"],)}
    # what chose nothing is a series of its own
    return where | ({"menu_choice": (row["menu_choice"],)} if row["kind"] == "line" else {})


def _phrases(lake: Lake, its: Query, row: dict[str, Any]) -> pl.DataFrame:
    # those of the line are not those who were lost
    return pl.DataFrame(schema=PHRASES) if row["kind"] == "abandoned" else phrases(lake, its)


def _came(lake: Lake, its: Query, row: dict[str, Any]) -> pl.DataFrame:
    """Return citizen_key, line and region of each contact of the episode."""
    sides = EXPRESSIONS["contacts"]
    sql = _CAME.replace("{line}", sides["line"]).replace("{region}", sides["region"])
    return of_contacts(lake, its, row, sql)


def _usual(lake: Lake, its: Query, row: dict[str, Any], side: str) -> pl.DataFrame | None:
    if row["kind"] == "abandoned":
        return None
    usual = baseline(lake, replace(its, by=(side,)), with_all=True)
    return usual.select(side, "excess")


def _usual_of_lines(
    lake: Lake, its: Query, row: dict[str, Any], regions: pl.DataFrame | None
) -> pl.DataFrame | None:
    """Return line and excess; of a line's episode that of all its regions, asked for once."""
    if regions is None or row["kind"] != "line":
        return _usual(lake, its, row, "line")
    return regions.filter(region=ALL).select(pl.lit(row["line"]).alias("line"), "excess")


def _side(came: pl.DataFrame, usual: pl.DataFrame | None, side: str) -> pl.DataFrame:
    rows = came.group_by(side).agg(contacts=pl.len().cast(pl.Int64))
    if usual is None:
        usual = rows.select(side, excess=pl.lit(None, pl.Float64))
    return (
        rows.join(usual, on=side, how="left", nulls_equal=True)
        .with_columns(share=pl.col("contacts") / pl.col("contacts").sum())
        .sort(pl.col(side).is_null(), -pl.col("contacts"), side)
    )


def _examples(lake: Lake, its: Query, row: dict[str, Any], said: pl.DataFrame) -> pl.DataFrame:
    most = {"phrases": said["phrase"].to_list(), "most": EXAMPLES}
    return of_contacts(lake, its, row, _EXAMPLES, most)


def of_contacts(
    lake: Lake, its: Query, row: dict[str, Any], sql: str, more: dict[str, object] | None = None
) -> pl.DataFrame:
    """Run a statement over the contacts f of an episode; `{its}` in it stands for them.

    its: the episode's query: its time and `where_of` it. row: of `bursts`.
    """
    if row["kind"] == "abandoned":  # on that line, wherever they came in
        where, params = conditions(replace(its, where={}), "contacts", lake)
        where, params = f"{where} and {_LOST}", params | {"lost_line": row["line"]}
    else:
        where, params = conditions(its, "contacts", lake)
    values = period(lake, its) | {"zone": lake.settings.zone}
    text = _ITS.format(where=where, joins=joins(where, is_leg=False))
    return run(lake, sql.replace("{its}", text), params | values | (more or {}))


def _outage(lake: Lake, its: Query, row: dict[str, Any]) -> str | None:
    # planning over a table that never held a row costs more than asking whether it did
    if not lake.has("lake.incidents"):
        return None
    values = {"start": its.start, "end": its.end, "as_of": moment(its)}
    about = {"category": row["category"], "line": row["line"]}
    found = run(lake, _OUTAGE, values | about)
    return None if found.is_empty() else str(found.item())
