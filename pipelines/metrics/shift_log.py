"""The log of a shift: every act on an incident and every note, by time, with who."""

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.facts import moment, one_snapshot, run
from pipelines.metrics.query import Query

_SQL = """
select
    a.acted_at, a.who, a.kind, a.incident_id, a.text, a.args,
    coalesce(i.category, json_extract_string(o.args, '$.category')) as category,
    coalesce(i.line, json_extract_string(o.args, '$.line')) as line,
    coalesce(i.region, json_extract_string(o.args, '$.region')) as region
from lake.acts as a
left join lake.incidents as i on a.incident_id = i.incident_id
left join lake.acts as o on a.incident_id = o.incident_id and o.kind = 'opened'
where a.kind not in ('decided', 'decision_closed') -- of weeks, not of a shift
    and not starts_with(a.kind, 'action_') -- nor those of the register of actions
    and not starts_with(a.kind, 'subtopic_') -- nor of what analysts made of sub-topics
    and not starts_with(a.kind, 'coaching_') -- nor what is between an operator and who helps
    and a.acted_at >= $start and a.acted_at < $end and a.acted_at <= $as_of
    and ($id::varchar is null or a.incident_id = $id)
    and ($lines::varchar[] is null or coalesce(i.line, json_extract_string(o.args, '$.line'))
        is null or list_contains($lines, coalesce(i.line, json_extract_string(o.args, '$.line'))))
order by a.seq
"""


@one_snapshot
def shift_log(lake: Lake, query: Query, incident_id: str | None = None) -> pl.DataFrame:
    """Return the acts of a period in their order, of all or of one incident.

    Returns:
        acted_at (UTC), who (id of a profile), kind (pipelines/shift/acts.py), incident_id (null:
        of the shift), text (masked), args (JSON of the rest), category, line, region of the
        incident. Acts on incidents of lines out of the scope are left out.
    """
    asked = query.at(lake)
    lines = asked.scope.lines
    return run(
        lake,
        _SQL,
        {
            "start": asked.start,
            "end": asked.end,
            "as_of": moment(asked),
            "id": incident_id,
            "lines": None if lines is None else list(lines),
        },
    )
