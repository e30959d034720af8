"""The register of actions against problems, each with its effect on the contacts of its topic."""

from datetime import date, timedelta
from importlib.resources import files

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.query import Query

VERDICTS = ("fewer", "more", "unclear")
_ACTS = """
select
    o.incident_id as action_id,
    o.acted_at as opened_at,
    o.who as opened_by,
    json_extract_string(o.args, '$.category') as category,
    o.text,
    json_extract_string(o.args, '$.owner') as owner,
    json_extract_string(o.args, '$.due_on')::date as due_on,
    json_extract_string(d.args, '$.done_on')::date as done_on,
    x.text as dropped_because,
    coalesce(n.notes, []::varchar[]) as notes,
    case
        when x.act_id is not null then 'dropped'
        when d.act_id is not null then 'done'
        when json_extract_string(o.args, '$.due_on')::date
            < ($as_of::timestamptz at time zone $zone)::date then 'late'
        else 'open'
    end as state
from lake.acts as o
left join lake.acts as d
    on o.incident_id = d.incident_id and d.kind = 'action_done' and d.acted_at <= $as_of
left join lake.acts as x
    on o.incident_id = x.incident_id and x.kind = 'action_dropped' and x.acted_at <= $as_of
left join (
    select incident_id, list(text order by seq) as notes
    from lake.acts
    where kind = 'action_note' and acted_at <= $as_of
    group by incident_id
) as n on o.incident_id = n.incident_id
where o.kind = 'action_opened' and o.acted_at <= $as_of
"""
_EFFECT = """
with actions_done as (
    select * from done_given
),
day_counts as (
    select category, received_date as day, count(*) as n
    from lake.contacts
    where received_date >= $first and received_date < $today and received_at <= $as_of
    group by category, received_date
),
effects as (
"""
_ORDER = {"late": 0, "open": 1, "done": 2, "dropped": 3}


@one_snapshot
def actions(lake: Lake, query: Query) -> pl.DataFrame:
    """Return the actions opened by the question's moment, those to be done first.

    Its period, groups and filters are not looked at but the category; the effect is of the whole
    hotline, so a scope that holds a part of it sees no effect.

    Returns:
        action_id, category, text, owner, due_on, state (late, open, done, dropped), opened_at,
        opened_by, done_on, dropped_because, notes; of those done: days (full days since, 28 at
        most), contacts of these, expected (the seasonal usual of before times what became of other
        topics), ratio, low, high (95 % interval), verdict (fewer, more, unclear: 1 lies within).
        Null effect: not done, no full day since, or under 28 days of history before.

    Source: docs/metrics.md#actions.
    """
    asked = query.at(lake)
    found = run(lake, _ACTS, {"as_of": moment(asked), "zone": lake.settings.zone})
    wanted = [str(one) for one in asked.values("category")]
    if wanted:
        found = found.filter(pl.col("category").is_in(wanted))
    measured = _effects(lake, asked, found)
    return (
        found.join(measured, on="action_id", how="left")
        .with_columns(
            verdict=pl.when(pl.col("high") < 1).then(pl.lit("fewer"))
            .when(pl.col("low") > 1).then(pl.lit("more"))
            .when(pl.col("ratio").is_not_null()).then(pl.lit("unclear"))
        )
        .sort(pl.col("state").replace_strict(_ORDER, return_dtype=pl.Int64), "due_on", "opened_at")
    )  # fmt: skip


def _effects(lake: Lake, query: Query, found: pl.DataFrame) -> pl.DataFrame:
    done = found.filter(state="done").select("action_id", "category", "done_on")
    if query.scope.groups:
        done = done.clear()
    text = (files("pipelines.metrics") / "effect.sql").read_text("utf-8")
    first = done["done_on"].min()
    lake.con.register("done_given", done)
    frame = run(
        lake,
        f"{_EFFECT}{text})\nselect * from effects",
        {
            "first": first - timedelta(days=56) if isinstance(first, date) else date.max,
            "today": moment(query).astimezone(lake.settings.tz).date(),
            "as_of": moment(query),
        },
    )
    lake.con.unregister("done_given")
    return frame
