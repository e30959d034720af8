"""Bursts against two rivals on simulated outages whose truth is known.

Three histories of twelve weeks; the first five only teach. An outage is found when an alarm of its
category begins while it lasts or in the two hours after; an alarm of no outage, and of no day
after one (its citizens come back), is false. Rivals, on the same hourly counts:

- EARS C3 (Hutwagner et al. 2003): the same hour of the 7 days before with a gap of 2 days, sum of
  the last three hours' excess over one deviation, alarm above 2;
- seasonal naive: the last three hours against the same ones a week ago, Anscombe's z above 3.3.

Each also with its threshold raised until it is as rarely wrong as ours.

Bursts of lines and of lost contacts know of no category: one is right while any outage lasts, a day
after it included, and an outage is found by the first of them. Told once is told by an episode that
is no part of another.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.lake.connect import open_lake
from pipelines.problems import refresh
from pipelines.settings import Settings
from pipelines.simulator import simulate
from tests.bench.measure import Measure

SEEDS = (11, 12, 13)
DAYS, TAUGHT = 84, 35
AFTER_H, ECHO_H = 2, 24  # found so long after its end; citizens come back so long
LARGE = 20.0  # further contacts an outage brings
HOUR = 3600
Counts = NDArray[np.float64]  # [category, hour]
Alarms = dict[str, list[int]]  # seed:category -> hours (since the epoch) of beginning alarms


@dataclass(frozen=True)
class Outage:
    """One of the truth file; hours since the epoch."""

    category: str
    begun: int
    ended: int
    extra: float  # further contacts in all


def run(work: Path, rows: int) -> list[Measure]:
    """Measure on worlds of `rows` contacts each, their categories side by side."""
    outages: list[Outage] = []
    worlds, bursts = list[pl.DataFrame](), list[pl.DataFrame]()
    for seed in SEEDS:
        begun, contacts = _world(work / str(seed), rows, seed)
        outages += begun
        worlds.append(contacts)
        bursts.append(_ours(work / str(seed), contacts, seed))
    every = pl.concat(bursts)
    ours = _alarms(every.filter(kind="category"), "category")
    names, first, counts = _counted(pl.concat(worlds))
    since = first + TAUGHT * 24
    weeks = len(SEEDS) * (first + counts.shape[1] - since) / 168
    judged = [one for one in outages if one.begun >= since]
    least, own = _score(ours, judged, since, weeks), []
    found = [Measure("outages judged, of them large", f"{len(judged)}, "
                     f"{sum(one.extra >= LARGE for one in judged)}"),
             Measure("ours", _said(least)), *_kinds(every, judged, since, weeks)]  # fmt: skip
    for name, signal, usual in (("EARS C3", _ears, 2.0), ("seasonal naive", _naive, 3.3)):
        values = signal(counts)

        def alarms(threshold: float, values: Counts = values) -> Alarms:
            return _episodes(values > threshold, names, first)

        plain = _score(alarms(usual), judged, since, weeks)
        threshold = usual
        while (as_rare := _score(alarms(threshold), judged, since, weeks))[3] > least[3]:
            threshold *= 1.1
        own.append(as_rare[0])
        found += [
            Measure(f"{name}, at {usual}", _said(plain)),
            Measure(f"{name}, as rarely wrong (at {threshold:.1f})", _said(as_rare)),
        ]
    found.append(Measure(
        "found against the better rival, as rarely wrong",
        f"{least[0]:.2f} : {max(own):.2f}", "not fewer", least[0] >= max(own),
    ))  # fmt: skip
    return found


def _world(work: Path, rows: int, seed: int) -> tuple[list[Outage], pl.DataFrame]:
    logs, truth = work / "logs", work / "truth.json"
    today = datetime.now(UTC).date()
    simulate(logs, DAYS, rows // DAYS, seed, end=today, dirt=0.0, truth=truth)
    columns = ["category", "received_at"]
    told = [*columns, "leg", "dialled_number", "menu_choice", "outcome"]
    frames = [pl.read_csv(p, columns=told, infer_schema=False)
              for p in logs.glob("calls-*.csv")]  # fmt: skip
    frames += [pl.read_csv(p, columns=columns, infer_schema=False).with_columns(
        line=pl.lit("portal")) for p in logs.glob("feedback-*.csv")]  # fmt: skip
    texts = dict.fromkeys(columns, pl.String)
    frames += [pl.read_ndjson(p, schema=texts).with_columns(line=pl.lit("chat"))
               for p in logs.glob("chats-*.jsonl")]  # fmt: skip
    contacts = pl.concat(frames, how="diagonal").with_columns(
        pl.col("received_at").str.to_datetime(time_zone="UTC"),
        category=f"{seed}:" + pl.col("category").replace("", None),
    )
    busy = rows / DAYS * 0.09  # about that part of a day's contacts comes in a busy hour
    outages = []
    for row in json.loads(truth.read_text("utf-8"))["incidents"]:
        begun, ended = (datetime.fromisoformat(row[k]) for k in ("detected_at", "restored_at"))
        lasts = (ended - begun).total_seconds() / HOUR
        first, last = (int(at.timestamp()) // HOUR for at in (begun, ended))
        extra = row["extra_share"] * busy * lasts
        outages.append(Outage(f"{seed}:{row['category']}", first, last, extra))
    return outages, contacts


def _ours(work: Path, contacts: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the episodes found: kind, seed:category, whole (part of none), hour, seed."""
    lake = open_lake(Settings(home=work / "home"))
    lake.con.register("given", contacts.with_row_index("n"))
    with lake.transaction():
        # further legs of a call are no contacts of a line; their category is told again with them
        lake.con.execute("""
            create temp table placed as
            select 'calls:' || n as contact_id, category, menu_choice, outcome, received_at,
                cast(timezone('Europe/Moscow', received_at) as date) as received_date,
                case when leg is null or leg = '1'
                    then coalesce(given.line, ref_numbers.line, dialled_number) end as line,
                coalesce(given.line, ref_numbers.line, dialled_number) as leg_line
            from given left join ref_numbers on right(dialled_number, 10) = digits""")
        lake.con.execute("""
            insert into lake.contacts by name
            select 'calls' as source, 'phone' as channel, * exclude (leg_line) from placed""")
        lake.con.execute("""
            insert into lake.legs by name
            select contact_id, leg_line as line, 'abandoned' as left_as, received_at, received_date
            from placed where outcome = 'abandoned'""")
        refresh(lake)
    bursts = lake.frame(
        "select kind, category, part_of is null as whole, started_at from lake.bursts"
        " where category is distinct from '*'"
    )
    lake.close()
    return bursts.with_columns(hour=pl.col("started_at").dt.epoch("s") // HOUR, seed=pl.lit(seed))


def _alarms(bursts: pl.DataFrame, name: str) -> Alarms:
    found: Alarms = {}
    for series, hour in bursts.select(pl.col(name).cast(pl.String), "hour").iter_rows():
        found.setdefault(series, []).append(hour)
    return found


def _kinds(bursts: pl.DataFrame, outages: list[Outage], since: int, weeks: float) -> list[Measure]:
    """Each kind, and all that is told once, against the outages of their world whatever topic."""
    of_world = [
        Outage(one.category.partition(":")[0], one.begun, one.ended, one.extra) for one in outages
    ]
    once = bursts.filter("whole")
    asked = {
        "by any category": bursts.filter(kind="category"),
        "by lines": bursts.filter(kind="line"),
        "by lost contacts": bursts.filter(kind="abandoned"),
        "lines, no part of another": once.filter(kind="line"),
        "lost contacts, no part of another": once.filter(kind="abandoned"),
        "by any of them, told once": once,
    }
    return [
        Measure(name, _said(_score(_alarms(rows, "seed"), of_world, since, weeks)))
        for name, rows in asked.items()
    ]


def _counted(contacts: pl.DataFrame) -> tuple[list[str], int, Counts]:
    hours = contacts.drop_nulls("category").select(
        "category", hour=pl.col("received_at").dt.epoch("s") // HOUR
    )
    names = sorted(hours["category"].unique())
    first, last = int(hours["hour"].min()), int(hours["hour"].max())  # type: ignore[arg-type]
    counts = np.zeros((len(names), last - first + 1))
    place = hours["category"].replace_strict(names, range(len(names)), return_dtype=pl.Int64)
    np.add.at(counts, (place.to_numpy(), hours["hour"].to_numpy() - first), 1)
    return names, first, counts


def _ears(counts: Counts) -> Counts:
    days = np.stack([_back(counts, 24 * n) for n in range(3, 10)])
    deviation = np.maximum(days.std(axis=0, ddof=1), 0.5)
    over = np.maximum(0, (counts - days.mean(axis=0)) / deviation - 1)
    return over + _back(over, 1) + _back(over, 2)


def _naive(counts: Counts) -> Counts:
    now = counts + _back(counts, 1) + _back(counts, 2)
    usual = _back(now, 168)
    z = 2 * (np.sqrt(now + 0.375) - np.sqrt(usual + 0.375)) / np.sqrt(2)
    return np.asarray(np.where(now - usual >= 5, z, 0))


def _back(counts: Counts, hours: int) -> Counts:
    moved = np.zeros_like(counts)
    moved[:, hours:] = counts[:, :-hours]
    return moved


def _episodes(alarmed: NDArray[np.bool_], names: list[str], first: int) -> Alarms:
    """One episode until no alarm for 3 hours, as ours."""
    calm = ~(alarmed | _shifted(alarmed, 1) | _shifted(alarmed, 2) | _shifted(alarmed, 3))
    begins = alarmed & _shifted(calm, 1, fill=True)
    return {name: (first + np.flatnonzero(begins[i])).tolist() for i, name in enumerate(names)}


def _shifted(values: NDArray[np.bool_], hours: int, *, fill: bool = False) -> NDArray[np.bool_]:
    moved = np.full_like(values, fill)
    moved[:, hours:] = values[:, :-hours]
    return moved


Scores = tuple[float, float, float, float]


def _score(alarms: Alarms, outages: list[Outage], since: int, weeks: float) -> Scores:
    """Return found of all and of large outages (shares), median delay in hours, false a week."""
    delays = {}
    for n, one in enumerate(outages):
        hits = [h for h in alarms.get(one.category, [])
                if one.begun <= h <= one.ended + AFTER_H]  # fmt: skip
        if hits:
            delays[n] = min(hits) - one.begun + 1  # known when its hour is over
    large = [n for n, one in enumerate(outages) if one.extra >= LARGE]

    def is_false(category: str, hour: int) -> bool:
        return hour >= since and not any(
            one.category == category and one.begun <= hour <= one.ended + ECHO_H for one in outages
        )

    n_false = sum(is_false(name, hour) for name, hours in alarms.items() for hour in hours)
    return (
        len(delays) / max(len(outages), 1),
        len(delays.keys() & set(large)) / max(len(large), 1),
        float(np.median(list(delays.values()))) if delays else float("nan"),
        n_false / weeks,
    )


def _said(scores: Scores) -> str:
    every, large, delay, wrong = scores
    return f"found {every:.2f}, large {large:.2f}, after {delay:.0f} h, false {wrong:.1f} a week"
