"""The numbers of the simulated hotline, read from `world.yml` once and turned into arrays.

Lines and categories are those of data/reference by id; demand, handle times and behaviour are
properties of the made-up world and stand in `world.yml`, not in code.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

HERE = Path(__file__).parent
DAY_S = 86_400
# queues of the event loop, by index; the first seven are also where people begin
LINES = (
    "main", "faults", "signature", "privacy", "business", "chat", "portal", "reserve", "video",
)  # fmt: skip
MAIN, FAULTS, SIGNATURE, PRIVACY, BUSINESS, CHAT, PORTAL, RESERVE, VIDEO = range(9)
N_STREAMS = 7
# where a contact comes from
FRESH, INCIDENT, COME_BACK, REDIAL, ESCALATED = range(5)


@dataclass(frozen=True)
class Parameters:
    """`raw` is world.yml; the rest are its tables as arrays, indexed by stream, category, hour."""

    raw: dict[str, Any]
    categories: tuple[str, ...]
    classes: tuple[str, ...]  # of each category
    handle_s: Floats  # [category]
    solve: Floats  # [category]
    stream_share: Floats  # [stream]
    hour_weight: Floats  # [stream, hour], each row sums to 1
    category_weight: Floats  # [stream, category], each row sums to 1
    transfer_line: Ints  # [category]: the line of its experts, -1 = none
    languages: tuple[str, ...]
    language_share: Floats
    regions: tuple[str, ...]
    region_share: Floats
    region_offset_h: Ints  # [region] hours ahead of Moscow, for when people are awake

    def of_class(self, name: str) -> Flags:
        """Return which categories belong to a class."""
        return np.array([c == name for c in self.classes])


def _shares(values: list[float]) -> Floats:
    found = np.array(values, dtype=np.float64)
    return np.asarray(found / found.sum())


@cache
def parameters() -> Parameters:
    """Read `world.yml` (once a process)."""
    raw: dict[str, Any] = yaml.safe_load((HERE / "world.yml").read_text("utf-8"))
    cats: dict[str, dict[str, Any]] = raw["categories"]
    streams: dict[str, dict[str, Any]] = raw["streams"]
    experts: dict[str, str] = raw["transfer_lines"]
    lines = [experts.get(c["class"]) for c in cats.values()]
    return Parameters(
        raw=raw,
        categories=tuple(cats),
        classes=tuple(c["class"] for c in cats.values()),
        handle_s=np.array([c["handle"] for c in cats.values()], dtype=np.float64),
        solve=np.array([c["solve"] for c in cats.values()], dtype=np.float64),
        stream_share=_shares([s["share"] for s in streams.values()]),
        hour_weight=np.stack([_shares(raw["profiles"][s["profile"]]) for s in streams.values()]),
        category_weight=np.stack(
            [_shares([c.get(s, 0.0) for c in cats.values()]) for s in streams]
        ),
        transfer_line=np.array([LINES.index(x) if x else -1 for x in lines], dtype=np.int64),
        languages=tuple(raw["languages"]),
        language_share=_shares(list(raw["languages"].values())),
        regions=tuple(raw["regions"]),
        region_share=_shares(list(raw["regions"].values())),
        region_offset_h=np.array([_EAST.get(r, 0) for r in raw["regions"]], dtype=np.int64),
    )


# hours ahead of Moscow, only to decide who is awake; figures use the zones of data/reference
_EAST = {
    "63": 1, "18": 1, "64": 1, "02": 2, "66": 2, "74": 2, "59": 2, "72": 2, "56": 2, "86": 2,
    "55": 3, "54": 4, "24": 4, "42": 4, "22": 4, "70": 4, "38": 5, "03": 5, "14": 6, "75": 6,
    "28": 6, "25": 7, "27": 7, "65": 8, "41": 9, "39": -1,
}  # fmt: skip


def either(mask: Any, yes: Any, no: Any = None) -> Words:
    """Choose words by mask; `no` may be None, which numpy's own types do not allow for."""
    return np.asarray(np.where(mask, yes, no), dtype=object)
