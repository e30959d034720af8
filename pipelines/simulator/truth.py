"""What the simulator knows: true quality, outages, totals of the logs, every dirty row."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from pipelines.simulator.expected import Mix
from pipelines.simulator.incidents import Incident
from pipelines.simulator.scene import NUMBERS
from pipelines.simulator.staff import QUALITIES, Staff

_LINE_OF = {number: line for line, numbers in NUMBERS.items() for number in numbers}


@dataclass
class Truth:
    """Collected file by file; `row()` is the JSON."""

    seed: int
    zone: str
    first: str
    end: str
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    dirty: list[dict[str, Any]] = field(default_factory=list)
    kept: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    incidents: list[Incident] = field(default_factory=list)
    citizens: set[int] = field(default_factory=set)
    come_back: int = 0
    redials: int = 0
    mix: dict[date, Mix] = field(default_factory=dict)  # what the desks answered, day by day

    def add_file(self, name: str, dataset: str, n_rows: int, dirty: list[dict[str, Any]]) -> None:
        """Note a written file: rows are lines but for the header."""
        fates = [d["fate"] for d in dirty]
        quarantined, duplicate = fates.count("quarantined"), fates.count("duplicate")
        self.files[name] = {
            "dataset": dataset,
            "rows": n_rows,
            "accepted": n_rows - quarantined - duplicate,
            "quarantined": quarantined,
            "duplicate": duplicate,
        }
        self.dirty += dirty

    def add_kept(self, dataset: str, frame: pl.DataFrame) -> None:
        """Note the rows that must be accepted."""
        self.kept.setdefault(dataset, []).append(frame)

    def row(self, team: Staff) -> dict[str, Any]:
        """Return everything as JSON."""
        quality = team.quality.round(4).tolist()
        return {
            "seed": self.seed,
            "zone": self.zone,
            "from": self.first,
            "to": self.end,
            "operators": [
                {"operator_id": o, "team": t, "hired_on": h.isoformat(),
                 "quality": dict(zip(QUALITIES, q, strict=True))}
                for o, t, h, q in zip(team.ids, team.team, team.hired_on, quality, strict=True)
            ],
            "incidents": [i.row() for i in self.incidents],
            "citizens": len(self.citizens),
            "come_back": self.come_back,
            "redials": self.redials,
            "totals": self._totals(),
            "lines": self._lines(),
            "files": self.files,
            "dirty": self.dirty,
        }  # fmt: skip

    def _totals(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for dataset, frames in self.kept.items():
            frame = pl.concat(frames)
            files = [f for f in self.files.values() if f["dataset"] == dataset]
            found[dataset] = {
                k: sum(f[k] for f in files)
                for k in ("rows", "accepted", "quarantined", "duplicate")
            }
            if dataset == "calls":
                found[dataset] |= {"contacts": frame["call_id"].n_unique(), **_counted(legs(frame))}
            elif dataset == "chats":
                found[dataset] |= {"contacts": len(frame), **_counted(chat_legs(frame))}
            elif dataset == "feedback":
                n = len(frame)
                replied = n - frame["answered_at"].null_count()
                found[dataset] |= {"contacts": n, "offered": n, "answered": replied}
        return found

    def _lines(self) -> dict[str, dict[str, int]]:
        if "calls" not in self.kept:
            return {}
        stays = legs(pl.concat(self.kept["calls"]))
        return {
            str(line): _counted(stays.filter(pl.col("line") == line))
            for line in stays["line"].unique().sort()
        }


def legs(calls: pl.DataFrame) -> pl.DataFrame:
    """Return a row a stay in a queue: line, how it was left (`left_as`); direct transfers count.

    Args:
        calls: rows of the calls log that must be accepted.
    """
    named = pl.col("dialled_number").replace(_LINE_OF)
    queued = calls.filter(pl.col("queued_at").is_not_null())
    answered = pl.col("answered_at").is_not_null()
    own = queued.select(
        line=named,
        left_as=pl.when(answered).then(pl.lit("answered"))
        .when(pl.col("outcome") == "abandoned").then(pl.lit("abandoned"))
        .when(pl.col("outcome").is_in(["flowed_out", "callback"])).then(pl.lit("flowed_out"))
        .otherwise(pl.lit("waiting")),
    )  # fmt: skip
    handed = queued.filter(pl.col("transfer_answered_at").is_not_null()).select(
        line=pl.col("transferred_to").replace(_LINE_OF), left_as=pl.lit("answered")
    )
    return pl.concat([own, handed])


def chat_legs(chats: pl.DataFrame) -> pl.DataFrame:
    """Return a row a chat with how its wait for a human ended."""
    human = pl.col("messages").list.eval(pl.element().struct["sender"] == "operator").list.any()
    return chats.select(
        line=pl.lit("chat"),
        left_as=pl.when(human).then(pl.lit("answered"))
        .when(pl.col("ended_at").is_not_null()).then(pl.lit("abandoned"))
        .otherwise(pl.lit("waiting")),
    )  # fmt: skip


def _counted(stays: pl.DataFrame) -> dict[str, int]:
    n = dict(stays["left_as"].value_counts().iter_rows())
    return {"offered": len(stays)} | {
        k: n.get(k, 0) for k in ("answered", "abandoned", "flowed_out", "waiting")
    }
