"""The base period of scores: which one it is, its reading, and that reading kept in the lake.

A reading is made once, with the scores of the period or, where score.yml names days nobody scored,
from their contacts. What it depends on in score.yml is kept beside it as a fingerprint: of another
definition a new reading is made.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

import numpy as np
import polars as pl

from pipelines.lake.connect import Lake
from pipelines.lake.tables import polars_types
from pipelines.operators.composite import Composite, Observed
from pipelines.operators.level import Base, BasePart, Cells
from pipelines.operators.standing import Codes
from pipelines.operators.weights import Weights

TABLES = ("operator_base", "operator_base_strata")

# the one scores are held against already, else the first month that told anybody apart
_PERIOD = """
select
    coalesce(base_start, period_start) as first_day,
    coalesce(base_end, period_end) as end_day
from lake.operator_scores
where
    score is not null
    and (base_start is not null
        or day(period_start) = 1 and period_end = period_start + interval 1 month)
order by base_start is null, period_start, period_end
limit 1
"""
_PARTS = """
select component, unit, centre, information, scale from lake.operator_base
where base_start = $start and base_end = $end and definition = $definition
"""
_STRATA = """
select component, level::bigint as level, stratum, expected from lake.operator_base_strata
where base_start = $start and base_end = $end and definition = $definition
"""


@dataclass(frozen=True)
class Days:
    """Days of a base period, end exclusive."""

    start: date
    end: date


def base_days(lake: Lake, start: date, end: date, weights: Weights) -> Days | None:
    """Return the base period of a period: of score.yml, else the first published month.

    A month asked about while no month is published is its own base. None: there is none yet, or
    that of score.yml is not over.
    """
    if weights.base:
        today = lake.now().astimezone(lake.settings.tz).date()
        return Days(*weights.base) if weights.base[1] <= today else None
    found = lake.frame(_PERIOD)
    if len(found):
        return Days(*found.row(0))
    return Days(start, end) if is_month(start, end) else None


def is_month(start: date, end: date) -> bool:
    """Return whether a period, end exclusive, is a calendar month."""
    return start.day == 1 and end.day == 1 and 28 <= (end - start).days <= 31


def stored(lake: Lake, days: Days, weights: Weights) -> Base | None:
    """Return the reading kept in the lake; None where this definition has none."""
    asked = {"start": days.start, "end": days.end, "definition": definition(weights)}
    parts = lake.frame(_PARTS, asked)
    if parts.is_empty():
        return None
    strata = lake.frame(_STRATA, asked).partition_by("component", as_dict=True)
    return Base(
        days.start,
        days.end,
        parts["scale"].item(0),
        {
            name: BasePart(unit, centre, information, strata[(name,)].drop("component"))
            for name, unit, centre, information, _ in parts.iter_rows()
        },
    )


def reading(
    days: Days,
    observed: dict[str, Observed],
    result: Composite,
    strata: list[Codes],
    where: Cells,
) -> Base | None:
    """Return what a base period says, of its own scores; None where it tells nobody apart.

    Args:
        observed, result: of the base period, on its own scale.
        strata: of its observations, from coarse to fine. where: the finest of them by name.
    """
    parts = {
        name: BasePart(
            unit=observed[name].fit.unit,
            centre=result.centres[name],
            information=float(np.sum(observed[name].fit.information)),
            expected=_expected(observed[name], strata, where),
        )
        for name in result.parts
    }
    return Base(days.start, days.end, result.scale, parts) if parts else None


def _expected(made: Observed, strata: list[Codes], where: Cells) -> pl.DataFrame:
    """Return level, stratum, expected (of an average operator) of every stratum observed."""
    cell = where.code[made.rows]
    at = np.full(len(where.names), -1)
    at[cell] = np.arange(len(cell))  # any observation of a cell is expected like the others
    names, at = where.names.filter(pl.Series(at >= 0)), at[at >= 0]
    predicted, found = made.fit.predicted[at], []
    for i in range(len(strata) - 1, -1, -1):
        named = names.select(level=pl.lit(i), stratum=str(i), expected=pl.Series(predicted))
        found.append(named.unique("stratum", keep="first", maintain_order=True))
        if made.fit.steps:  # reviews have no strata: all alike
            predicted = predicted - made.fit.steps[i][strata[i][made.rows[at]]]
    return pl.concat(found)


def rows(base: Base | None, weights: Weights) -> dict[str, pl.DataFrame]:
    """Return a reading as rows of TABLES."""
    head = {} if base is None else {
        "base_start": base.start, "base_end": base.end, "definition": definition(weights),
    }  # fmt: skip
    parts = [] if base is None else [
        head | {"component": name, "unit": part.unit, "centre": part.centre,
                "information": part.information, "scale": base.scale}
        for name, part in base.parts.items()
    ]  # fmt: skip
    strata = [] if base is None else [
        part.expected.with_columns(
            component=pl.lit(name), **{k: pl.lit(v) for k, v in head.items()}
        )
        for name, part in base.parts.items()
    ]  # fmt: skip
    empty = {table: pl.DataFrame(schema=polars_types(table)) for table in TABLES}
    return {
        TABLES[0]: pl.DataFrame(parts, schema=polars_types(TABLES[0])),
        TABLES[1]: pl.concat([empty[TABLES[1]], *(
            one.select(empty[TABLES[1]].columns).cast(pl.Schema(polars_types(TABLES[1])))
            for one in strata
        )]),
    }  # fmt: skip


def definition(weights: Weights) -> str:
    """Return a fingerprint of what a reading depends on in score.yml."""
    said = (
        sorted(weights.components.items()), sorted(weights.own_part.items()),
        weights.fcr_days, weights.prior_m, weights.strata, weights.pending,
    )  # fmt: skip
    return blake2b(repr(said).encode(), digest_size=8).hexdigest()
