"""What a burst is of, in the words of a report."""

from collections.abc import Mapping
from typing import Any

from pipelines.problems.bursts import ALL
from pipelines.reference import Reference
from pipelines.reports.words import Words


def burst_label(row: Mapping[str, Any], words: Words, reference: Reference) -> str | None:
    """Name a row of `bursts`; None: all contacts together. Rows of old editions have no kind."""

    def named(kind: str, name: str) -> str:
        return reference.label(kind, name, words.language)

    kind = row.get("kind") or "category"
    if kind == "category":
        return None if row["category"] == ALL else named("category", row["category"])
    line = None if row["line"] is None else named("line", row["line"])
    if kind == "abandoned":
        if line is None:
            return words("потеряно в очередях всех линий")
        return words("потеряно в очереди: {line}", line=line)
    if row["menu_choice"] is None:
        return words("линия: {line}", line=line)
    choice = named("menu_choice", row["menu_choice"])
    return words("{line}, выбор в меню: {choice}", line=line, choice=choice)
