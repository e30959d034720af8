"""When a burst began within its hour: an outage made of it owes its time since then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.metrics.burst_detail import of_contacts, where_of
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.query import Query

LEAST_USUAL = 0.5  # contacts: of a rate of nothing any contact would be a change
_CAME = "select f.received_at {its}"


@one_snapshot
def burst_onset(lake: Lake, burst: dict[str, Any]) -> datetime:
    """Return the moment a burst began, as far as its contacts tell.

    The detector counts hours, so its start is a full hour. Of the contacts of that hour the onset
    is the one from which to the hour's end a rate of its own is most likelier than the usual; the
    start where that is the first of them, or where the excess is not known.

    Args:
        lake: open lake.
        burst: a row of `bursts` or of the board: kind, category, line, menu_choice, started_at,
            excess and, where it is over, ended_at.

    Source: D. V. Hinkley, Inference about the change-point, Biometrika 57 (1970), of Poisson rates:
    n ln(n / usual) - (n - usual) is largest at the most likely change of a known rate.
    """
    start: datetime = burst["started_at"].astimezone(UTC)
    end = (burst.get("ended_at") or lake.now()).astimezone(UTC)
    hour_end = min(start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1), end)
    if burst["excess"] is None or start >= hour_end:
        return start
    its = Query(start, end, where=where_of(burst)).at(lake)
    came = of_contacts(lake, its, burst, _CAME)
    usual_s = max(len(came) - burst["excess"], LEAST_USUAL) / (end - start).total_seconds()
    n = (pl.len() - pl.col("nth")).cast(pl.Float64)  # from this contact to the hour's end
    usual = (hour_end - pl.col("received_at")).dt.total_microseconds() / 1e6 * usual_s
    found = (
        came.filter(pl.col("received_at") < hour_end)
        .sort("received_at")
        .with_row_index("nth")
        .with_columns(gain=pl.when(n > usual).then(n * (n / usual).log() - (n - usual)))
        .sort("gain", descending=True, nulls_last=True, maintain_order=True)
    )
    return found["received_at"][0] if not found.is_empty() and found["nth"][0] else start
