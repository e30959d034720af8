"""Dirt: rows a real log has and nobody wants, each with the fate it must meet.

torn, impossible_time, missing_id -> quarantined; duplicate -> duplicate; unknown_category, late ->
accepted. Every dirty row is told in the truth by file and physical line.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipelines.simulator.files import File, file_of, written
from pipelines.simulator.parameters import Ints

FATES = {
    "torn": "quarantined", "impossible_time": "quarantined", "missing_id": "quarantined",
    "duplicate": "duplicate", "unknown_category": "accepted", "late": "accepted",
}  # fmt: skip
KINDS = {
    "calls": tuple(FATES),
    "chats": tuple(FATES),
    "feedback": tuple(FATES),
    "operators": ("torn", "duplicate", "missing_id"),
    "journal": ("torn", "duplicate"),
}
IDS = {"calls": ("call_id",), "chats": ("chat_id",), "feedback": ("feedback_id", "case_number"),
       "operators": ("operator_id",), "journal": ("case_number",)}  # fmt: skip
_FAR = 200  # a repeated row stands at most so many rows below the first


@dataclass
class Soiled:
    """A file with its dirt. `rows`: file, row (physical line from 1), kind, fate, and the id."""

    file: File
    rows: list[dict[str, Any]]
    kept: pl.DataFrame  # rows that must be accepted, as simulated (times as epoch seconds)
    late: pl.DataFrame  # rows that go to the dataset's next file


def soil(
    name: str, dataset: str, frame: pl.DataFrame, late: pl.DataFrame | None, zone: str,
    share: float, rng: np.random.Generator, params: dict[str, Any], *, has_next: bool,
) -> Soiled:  # fmt: skip
    """Write a dataset's frame as a file with a share of dirty rows.

    Args:
        name: file name without its ending; dataset: which log.
        frame: rows in order, times as epoch seconds.
        late: rows that should have stood in an earlier file.
        zone, share, rng, params: zone of the times, share of dirty rows, luck, the dirt section.
        has_next: whether a later file exists that late rows can go to.
    """
    kinds = [k for k in KINDS[dataset] if has_next or k != "late"]
    kind = _chosen(dataset, frame, kinds, share, rng, params)
    gone = frame.filter(pl.Series(kind == "late"))
    frame, kind = frame.filter(pl.Series(kind != "late")), kind[kind != "late"]
    if late is not None and len(late):
        frame = pl.concat([frame, late])
        kind = np.concatenate([kind, np.full(len(late), "late", dtype=object)])
    bad = np.isin(kind, ["torn", "impossible_time", "missing_id"])
    touched = _unknown(frame, kind, rng, params)
    kept = touched.filter(pl.Series(~bad))
    made = file_of(name, dataset, _without_id(dataset, written(_impossible(
        dataset, touched, kind, rng), zone), kind, rng))  # fmt: skip
    ids = frame[IDS[dataset][0]].to_list()
    _tear(made, np.flatnonzero(kind == "torn"), rng)
    rows = _repeat(made, kind, ids, rng)
    return Soiled(made, rows, kept, gone)


def _chosen(
    dataset: str, frame: pl.DataFrame, kinds: list[str], share: float, rng: np.random.Generator,
    params: dict[str, Any],
) -> Any:  # fmt: skip
    """Choose a kind of dirt for some rows: only contacts of one row, and rows it can befall."""
    n = len(frame)
    kind = np.full(n, "", dtype=object)
    single = np.ones(n, dtype=bool)
    if dataset == "calls":
        single = frame.select(pl.len().over("call_id") == 1).to_series().to_numpy()
    timed = single.copy()
    if dataset != "journal" and dataset != "operators":
        column = "ended_at" if dataset == "chats" else "answered_at"
        timed &= frame[column].is_not_null().to_numpy()
    if dataset == "calls":
        timed &= frame.select(
            pl.col("queued_at").is_not_null() & pl.col("transferred_at").is_null()
            & pl.col("ended_at").is_not_null()
        ).to_series().to_numpy()  # fmt: skip
    weight = np.array([params[k] for k in kinds])
    n_dirty = min(round(share * n), int(single.sum()))
    who = rng.choice(np.flatnonzero(single), n_dirty, replace=False)
    drawn = rng.choice(np.array(kinds, dtype=object), n_dirty, p=weight / weight.sum())
    spare = "duplicate"
    kind[who] = np.where((drawn == "impossible_time") & ~timed[who], spare, drawn)
    return kind


def _unknown(
    frame: pl.DataFrame, kind: Any, rng: np.random.Generator, params: dict[str, Any]
) -> pl.DataFrame:
    if "category" not in frame.columns:
        return frame
    codes = np.array(params["unknown_categories"], dtype=object)[
        rng.integers(0, len(params["unknown_categories"]), len(frame))
    ]
    mine = pl.Series(kind == "unknown_category")
    return frame.with_columns(
        category=pl.when(mine).then(pl.Series(codes.tolist())).otherwise("category")
    )


def _impossible(
    dataset: str, frame: pl.DataFrame, kind: Any, rng: np.random.Generator
) -> pl.DataFrame:
    """Put an answer before its question: the order rules that no clock may break."""
    mine = pl.Series(kind == "impossible_time")
    if not mine.any():
        return frame
    back = pl.Series(rng.integers(40, 900, len(frame)).astype(np.float64))
    first = pl.Series(rng.random(len(frame)) < 0.5)
    if dataset == "calls":
        return frame.with_columns(
            answered_at=pl.when(mine & first)
            .then(pl.col("queued_at") - back)
            .otherwise("answered_at"),
            ended_at=pl.when(mine & ~first)
            .then(pl.col("answered_at") - back)
            .otherwise("ended_at"),
        )
    column = "ended_at" if dataset == "chats" else "answered_at"
    return frame.with_columns(
        pl.when(mine).then(pl.col("received_at") - back).otherwise(column).alias(column)
    )


def _without_id(
    dataset: str, frame: pl.DataFrame, kind: Any, rng: np.random.Generator
) -> pl.DataFrame:
    """Empty the id, or the time of arrival."""
    mine = pl.Series(kind == "missing_id")
    if not mine.any():
        return frame
    timeless = pl.Series((rng.random(len(frame)) < 0.4) & (dataset != "operators"))
    return frame.with_columns(
        *(pl.when(mine & ~timeless).then(None).otherwise(c).alias(c) for c in IDS[dataset]),
        *([received_at] if (received_at := _emptied(frame, mine & timeless)) is not None else []),
    )


def _emptied(frame: pl.DataFrame, mine: pl.Series) -> pl.Expr | None:
    if "received_at" not in frame.columns:
        return None
    return pl.when(mine).then(None).otherwise("received_at").alias("received_at")


def _tear(made: File, who: Ints, rng: np.random.Generator) -> None:
    """Break lines off: a CSV row before its last comma and outside quotes, JSON anywhere."""
    for i in who.tolist():
        line = made.lines[i]
        end = len(line)
        if made.header is not None:
            end = min(line.rindex(","), line.index('"') if '"' in line else end)
        at = int(end * rng.uniform(0.15, 0.9))
        made.lines[i] = line[: max(at, 3)]


def _repeat(
    made: File, kind: Any, ids: list[str], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Insert the repeated rows and tell where every dirty row stands in the end."""
    n = len(made.lines)
    twice = np.flatnonzero(kind == "duplicate")
    below = np.minimum(twice + rng.integers(0, _FAR, len(twice)), n - 1) + 0.5
    order = np.argsort(np.concatenate([np.arange(n), below]), kind="stable")
    source = np.concatenate([np.arange(n), twice])[order]
    again = order >= n
    lines = [made.lines[j] for j in source.tolist()]
    made.lines[:] = lines
    header = made.header is not None
    rows = []
    for place, (j, is_again) in enumerate(zip(source.tolist(), again.tolist(), strict=True)):
        if kind[j] and (kind[j] != "duplicate" or is_again):
            rows.append({
                "file": made.name,
                "row": place + 1 + header,
                "kind": kind[j],
                "fate": FATES[kind[j]],
                "id": ids[j],
            })  # fmt: skip
    return rows
