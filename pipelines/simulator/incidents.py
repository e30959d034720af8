"""Outages: one category is lifted, sometimes in one region only, and its contacts take longer."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from pipelines.simulator.calendar import midnight
from pipelines.simulator.parameters import DAY_S, Parameters, parameters


@dataclass(frozen=True)
class Incident:
    """One outage; times are epoch seconds. `extra_share`: of a busy hour's contacts, per hour."""

    incident_id: str
    category: str
    region: str  # empty: everywhere
    detected_s: float
    restored_s: float
    is_complex: bool
    extra_share: float

    def row(self) -> dict[str, Any]:
        """Return the outage with ISO times, for the truth file."""
        row = {k: v for k, v in asdict(self).items() if not k.endswith("_s")}
        row["detected_at"] = datetime.fromtimestamp(self.detected_s, UTC).isoformat()
        row["restored_at"] = datetime.fromtimestamp(self.restored_s, UTC).isoformat()
        return row


@lru_cache(maxsize=512)
def begun(seed: int, day: date, zone: str) -> tuple[Incident, ...]:
    """Return the outages that begin on a day."""
    params = parameters()
    raw = params.raw["incidents"]
    rng = np.random.default_rng([seed, 31, day.toordinal()])
    n = int(rng.poisson(raw["per_week"] / 7))
    made = []
    for i in range(n):
        start = midnight(day, zone) + 3600 * rng.uniform(*raw["hours"])
        span = raw["duration_s"]
        lasts = min(span["median"] * np.exp(span["sigma"] * rng.standard_normal()), span["longest"])
        regional = rng.random() < raw["regional"]
        region = params.regions[int(rng.choice(len(params.regions), p=params.region_share))]
        category = raw["categories"][int(rng.integers(len(raw["categories"])))]
        share = rng.uniform(*raw["extra_share"]) * (0.5 if regional else 1.0)
        made.append(
            Incident(
                f"inc-{day:%y%m%d}-{i + 1}",
                category,
                region if regional else "",
                float(np.floor(start)),
                float(np.floor(start + lasts)),
                bool(lasts > raw["complex_after_s"]),
                float(round(share, 4)),
            )
        )
    return tuple(made)


def requested(params: Parameters, start_s: float, minutes: float = 50.0) -> Incident:
    """Return a large outage that somebody asked to see, beginning at an epoch second."""
    raw = params.raw["incidents"]
    return Incident(
        f"inc-asked-{int(start_s)}",
        "service_outage",
        "",
        float(int(start_s)),
        float(int(start_s + 60 * minutes)),
        minutes * 60 > raw["complex_after_s"],
        1.2,
    )


def of_day(
    seed: int, day: date, zone: str, extra: tuple[Incident, ...] = ()
) -> tuple[Incident, ...]:
    """Return the outages that touch a day, those begun the evening before and `extra` included."""
    start = midnight(day, zone)
    near = (*begun(seed, day - timedelta(days=1), zone), *begun(seed, day, zone), *extra)
    return tuple(i for i in near if i.detected_s < start + DAY_S and i.restored_s > start)
