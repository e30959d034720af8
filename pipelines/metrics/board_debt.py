"""«Остались без ответа»: citizens who lost a call today and whom nobody served, as a debt."""

from datetime import datetime
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.board_lines import Moment
from pipelines.metrics.board_rows import events, read, take
from pipelines.metrics.facts import one_snapshot, run
from pipelines.metrics.query import EVERYTHING, Scope

DEBT_ROWS = 12
DEBT_COLUMNS = ("contact_id", "line", "category", "tries", "first_lost_at", "lost_at", "waited_s")

_DEBT = """
create or replace temp table board_debt as
with
called as (
    select
        contact_id,
        max(called_at) is not null as is_called,
        max(promised_at) is not null and max(tried_at) is null as is_promised
    from board_turns group by contact_id
),
contacts as (
    select
        c.citizen_key,
        c.contact_id,
        c.line,
        any_value(c.category) as category,
        c.n_self_served = 1
        or coalesce(bool_or(l.n_answered = 1), false)
        or coalesce(bool_or(t.is_called), false) as is_served,
        coalesce(bool_or(l.n_waiting = 1 or t.is_promised), false) as is_waiting,
        max(coalesce(l.left_at, l.queued_at)) filter (
            where l.is_seen and l.state = 'abandoned'
        ) as lost_at,
        max(l.wait_s) filter (where l.is_seen and l.state = 'abandoned') as waited_s,
        c.is_seen
    from board_every_contact as c
    left join board_every_leg as l on l.contact_id = c.contact_id
    left join called as t on t.contact_id = c.contact_id
    where c.citizen_key is not null and c.received_at >= $midnight
    group by c.contact_id, c.citizen_key, c.line, c.n_self_served, c.is_seen
),
citizens as (
    select
        citizen_key,
        bool_or(is_served) as is_served,
        bool_or(is_waiting) as is_waiting,
        arg_max(contact_id, lost_at) as contact_id,
        arg_max(line, lost_at) as line,
        arg_max(category, lost_at) as category,
        count(lost_at) as tries,
        min(lost_at) as first_lost_at,
        max(lost_at) as lost_at,
        max(waited_s) as waited_s
    from contacts group by citizen_key having bool_or(is_seen)
)
select *, tries > 0 and not is_served and not is_waiting as is_unserved from citizens
"""
_ROWS = f"""
select {", ".join(DEBT_COLUMNS)} from (
    select d.*, list_position($first_classes::varchar[], coalesce(k.class, l.skill)) as place
    from board_debt as d
    left join ref_categories as k on d.category = k.category
    left join ref_lines as l on d.line = l.line
    where d.is_unserved
)
order by place nulls last, first_lost_at, contact_id
"""


def debt(lake: Lake, midnight: datetime) -> dict[str, Any]:
    """Return unserved (citizens; None: no citizen of today is known) and the first rows to call.

    A citizen who lost a call today, was served by nobody and waits nowhere. Whoever may yet be
    called back as promised is a debt to come, not one of these.
    """
    lake.con.execute(_DEBT, {"midnight": midnight})
    ((known, unserved),) = lake.con.execute(
        "select count(*), count(*) filter (where is_unserved) from board_debt"
    ).fetchall()
    rows = debt_rows(lake).head(DEBT_ROWS).to_dicts() if unserved else []
    return {"unserved": int(unserved) if known else None, "debt": rows}


@one_snapshot
def unserved(lake: Lake, as_of: datetime | None = None, scope: Scope = EVERYTHING) -> pl.DataFrame:
    """Return the citizens who lost a call on the day of the moment and whom nobody served by then.

    Returns:
        One row a citizen, who is to be called first on top: see debt_rows.
    """
    at = as_of or lake.now()
    moment = Moment(lake, at)
    take(lake, moment)
    read(lake, moment, scope)
    events(lake, moment)
    debt(lake, moment.midnight)
    return debt_rows(lake)


def debt_rows(lake: Lake) -> pl.DataFrame:
    """Return the debt of `board_debt`, who is to be called first on top: DEBT_COLUMNS.

    One row a citizen: their last lost contact, its line and category, how many contacts they lost
    today, the first and the last moment of losing one, the longest wait in seconds. First the
    classes of settings.yml (first_classes), then who lost the first call earliest.
    """
    return run(lake, _ROWS, {"first_classes": list(lake.reference.rules.first_classes)})
