"""Reads uses.yml: how often services were used, month by month. The one file that may be absent."""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from pipelines.reference.model import Item
from pipelines.reference.yaml_rows import Row

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def read_uses(top: Row | None, categories: Mapping[str, Item]) -> Mapping[tuple[str, date], float]:
    """Return (category, first day of the month) -> uses; None: there is no such file.

    Raises:
        ReferenceDataError: an unknown category, no month, a number not above 0, or a pair twice.
    """
    found: dict[tuple[str, date], float] = {}
    if top is None:
        return MappingProxyType(found)
    top.check(("uses",), ("uses",))
    for row in top.rows("uses"):
        row.check(("category", "month", "uses"), ("category", "month", "uses"))
        row.word(row["category"], categories, "category")
        month = _MONTH.fullmatch(str(row["month"]))
        if month is None:
            row.fail(f"month: '{row['month']}' is no month; write \"2026-11\"", "month")
        if row.number("uses") <= 0:
            row.fail(f"uses: {row['uses']} is not above 0; leave the month out", "uses")
        key = (row.text("category"), date(int(month[1]), int(month[2]), 1))
        if key in found:
            row.fail(f"{key[0]} has {row['month']} twice", "month")
        found[key] = row.number("uses")
    return MappingProxyType(found)
