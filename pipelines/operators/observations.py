"""What each operator did in each contact of a period, from the mart of settled days and from rows.

The facts (`mart_operator_parts`) are the same SELECT for both; they are judged here, by what is
known now: targets of `score.yml`, outages, appeals, later approaches.
"""

from datetime import date, timedelta
from importlib.resources import files

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.marts import chains, settled
from pipelines.marts.relations import doings, text, used
from pipelines.operators.reviewed import reviewed
from pipelines.operators.weights import Weights

HOUR_BAND_H = 6  # four bands of the local day: finer ones are empty in most categories
_TEXT = (files("pipelines.operators") / "observations.sql").read_text("utf-8")
_JUDGED = _TEXT.partition("\nwith\n")[2]  # goes on after the relations made here

# of some operators only: contacts they took part in
_THEIRS = """
    select contact_id from lake.legs where {days} and {own}
    union all
    select contact_id from lake.events where {days} and {own}"""
_OWN = "list_contains($operators::varchar[], operator_id)"

# an escalated chat or a callback goes on with the same approach and repeats nothing
_APPROACHES = """
    select citizen_key, category, received_at from lake.contacts
    where {days} and received_at <= $now and citizen_key is not null and category is not null
        and parent_contact_id is null"""
# who came again has somebody before: of all settled visits these few are enough
_SETTLED_APPROACHES = """
    union all
    select citizen_key, category, received_at from lake.mart_visits
    where {days} and {came_again} and received_at <= $now and citizen_key is not null
        and category is not null and not is_continued"""


def observations(
    lake: Lake, start: date, end: date, weights: Weights, operators: list[str] | None = None
) -> pl.DataFrame:
    """Return what each operator did in each contact of start <= received_date < end.

    Args:
        operators: only what these did; None: everybody.

    Returns:
        One row per contact_id and operator_id: received_date, local_hour, the columns of
        KNOWN_STRATA and one column per component (booleans; aht: ln of seconds; review: share);
        null = not measured there. missed: of who did not keep the own part, what of it: a list of
        part (ring, ring_missed, reply, no_reply, next_reply, no_next_reply, answer, no_answer,
        number), took_s (until now where it has not come; working days for answers; null: it is
        known by no time) and target_s.
    """
    window = lake.settings.fcr_days if weights.fcr_days is None else weights.fcr_days
    now = lake.now()
    params: dict[str, object] = {
        "now": now,
        "period_start": start,
        "period_end": end,
        "mature_at": now - timedelta(days=window),
        "zone": lake.settings.zone,
        "hour_band_h": HOUR_BAND_H,
        "fcr_days": window,
        "operators": operators,
        "pending": list(weights.pending),
        **weights.own_part,
    }
    last = end + timedelta(days=window + 1)
    whole = [start + timedelta(days=n) for n in range((last - start).days + 1)]
    clean = settled.clean(lake, whole)
    days = [day for day in whole if day < end]
    sql = (
        f"with {_parts(lake, days, clean, only_some=operators is not None)},\n"
        f"{_approaches(lake, whole, clean, window)},\n{_JUDGED}"
    )
    return lake.frame(sql, used(sql, params)).join(
        reviewed(lake, start, end),
        on=["contact_id", "operator_id"],
        how="left",
        maintain_order="left",
    )


def _parts(lake: Lake, days: list[date], clean: list[date], *, only_some: bool) -> str:
    """Return CTEs `operator_parts` (of some operators alone) and `confirming_sources`."""
    of_mart = in_days("received_date", [day for day in days if day in set(clean)])
    rows = [day for day in days if day not in set(clean)]
    of_rows = in_days("received_date", rows)
    theirs = "contact_id in (select contact_id from theirs)" if only_some else "true"
    relations = doings(rows, lake.settings.zone, theirs)
    made = [f"theirs as ({_THEIRS.format(days=of_rows, own=_OWN)})"] if only_some else []
    made += [f"{name} as ({sql})" for name, sql in relations.items()]
    own = _OWN if only_some else "true"
    made.append(f"row_parts as (\n{text('mart_operator_parts')}\n)")
    # a robot's confirmation is nobody's doing: the source must name who sends them
    named = f"""
confirming_sources as (
    select source from lake.events
    where {of_rows} and kind = 'confirmation_sent' and operator_id is not null"""
    parts = f"operator_parts as (\n    select * from row_parts where {own}"
    if clean:
        parts += f"""
    union all by name
    select * from lake.mart_operator_parts where {of_mart} and {own}"""
        named += f"""
    union all
    select source from lake.mart_operator_parts where {of_mart} and is_confirmer_named"""
    return ",\n".join([*made, f"{parts}\n)", f"{named}\n)"])


def _approaches(lake: Lake, days: list[date], clean: list[date], window: int) -> str:
    """Return the CTE `approaches`: citizen, matter and moment of whatever may be a repeat."""
    known = set(clean)
    dirty = [day for day in days if day not in known]
    # what came before a contact may be another one where a day before it is not settled yet
    sure = known - set(chains.after(lake, dirty)) if window <= lake.settings.fcr_days else known
    rows = [day for day in days if day not in sure]
    sql = _APPROACHES.format(days=in_days("received_date", rows))
    if sure:
        again = "before_id is not null" if window <= lake.settings.fcr_days else "true"
        sql += _SETTLED_APPROACHES.format(
            days=in_days("received_date", sorted(sure)), came_again=again
        )
    return f"approaches as ({sql}\n)"
