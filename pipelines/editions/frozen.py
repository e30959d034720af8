"""Figures as one text and back: what was published is read again exactly as it was.

JSON with three marks: frames keep the type of every column, moments and days are ISO texts. Floats
are written with all their digits, so a figure read again is the very same number.
"""

import hashlib
import json
from datetime import date, datetime
from typing import Any

import polars as pl

_TYPES: dict[str, Any] = {
    "String": pl.String, "Int8": pl.Int8, "Int16": pl.Int16, "Int32": pl.Int32, "Int64": pl.Int64,
    "UInt32": pl.UInt32, "UInt64": pl.UInt64, "Float64": pl.Float64, "Boolean": pl.Boolean,
    "Date": pl.Date, "Datetime": pl.Datetime("us", "UTC"), "Null": pl.Null,
}  # fmt: skip
# what says when and on what the figures were computed, not what they are
ABOUT = ("as_of", "snapshot", "is_preliminary")
TOLD_DIGITS = 9  # the last ones of a sum depend on the order in which rows were added up


def freeze(figures: dict[str, Any]) -> str:
    """Return figures as text: the same figures always give the same text.

    >>> freeze({"n": 3, "share": 0.1, "day": date(2026, 11, 9)})
    '{"n":3,"share":0.1,"day":{"$day":"2026-11-09"}}'
    """
    return json.dumps(_plain(figures), ensure_ascii=False, separators=(",", ":"))


def thaw(text: str) -> dict[str, Any]:
    """Return the figures of a text of `freeze`.

    >>> thaw(freeze({"days": [date(2026, 11, 9), None]}))
    {'days': [datetime.date(2026, 11, 9), None]}
    """
    found: dict[str, Any] = _rich(json.loads(text))
    return found


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a text, to tell later that it is the same."""
    return hashlib.sha256(text.encode()).hexdigest()


def substance(figures: dict[str, Any]) -> str:
    """Return the text of the figures without the moment they were computed at.

    Numbers have nine digits in it: the same rows, counted again, are no news.

    >>> substance({"sum": 0.1 + 0.2, "as_of": None}) == substance({"sum": 0.3})
    True
    """
    about = {name: value for name, value in figures.items() if name not in ABOUT}
    return json.dumps(_rounded(_plain(about)), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, pl.DataFrame):
        columns = {
            name: [str(kind.base_type()), _plain(value[name].to_list())]
            for name, kind in value.schema.items()
        }
        return {"$frame": columns}
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{TOLD_DIGITS}g}")
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value


def _rich(value: Any) -> Any:
    if isinstance(value, list):
        return [_rich(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$frame" in value:
        columns = value["$frame"].items()
        return pl.DataFrame(
            [pl.Series(name, _rich(cells), dtype=_TYPES[kind]) for name, (kind, cells) in columns]
        )
    if "$at" in value:
        return datetime.fromisoformat(value["$at"])
    if "$day" in value:
        return date.fromisoformat(value["$day"])
    return {name: _rich(one) for name, one in value.items()}
