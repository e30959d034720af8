"""Columns of a canonical log under the names we know them by."""

from pathlib import Path

import polars as pl

from pipelines.errors import SourceError
from pipelines.sources.canonical import ALIASES, ID, REQUIRED, known_columns


def canonical_names(
    frame: pl.DataFrame, dataset: str
) -> tuple[pl.DataFrame, dict[str, str], list[str]]:
    """Rename to canonical names (case does not matter).

    Returns:
        The frame, which column each name was read from, and the columns nobody knows.
    """
    known, aliases = known_columns(dataset), ALIASES.get(dataset, {})
    names: dict[str, str] = {}
    for column in frame.columns:
        name = column.strip().lower()
        if name in known and name not in names.values():
            names[column] = name
    extra = sorted(c for c in frame.columns if c not in names and c != "row_no")
    renamed = frame.select("row_no", *(pl.col(c).alias(n) for c, n in names.items()))
    read_from = {n: c for c, n in names.items()}
    for alias, name in aliases.items():
        if alias in renamed.columns:
            read_from[name] = _either(read_from.get(name), read_from.pop(alias))
            own = [name] if name in renamed.columns else []
            renamed = renamed.with_columns(pl.coalesce(*own, alias).alias(name)).drop(alias)
    if dataset == "feedback" and "case_number" in renamed.columns:
        by_case = pl.col("case_number").cast(pl.String)
        if ID[dataset] in renamed.columns:
            by_case = pl.coalesce(pl.col(ID[dataset]).cast(pl.String), by_case)
        renamed = renamed.with_columns(by_case.alias(ID[dataset]))
        own_id = read_from.get(ID[dataset])
        read_from[ID[dataset]] = _either(own_id, read_from["case_number"])
    return renamed, read_from, extra


def _either(first: str | None, second: str) -> str:
    return f"{first} | {second}" if first else second


def demand_columns(path: Path, dataset: str, frame: pl.DataFrame) -> None:
    """Refuse a file without a column its log cannot do without."""
    missing = [c for c in REQUIRED[dataset] if c not in frame.columns]
    if missing:
        found = ", ".join(c for c in frame.columns if c != "row_no") or "none of its columns"
        raise SourceError(
            f"{path.name}: no column {', '.join(missing)}, which the {dataset} log needs. "
            f"Found: {found}. "
            f"Rename the column, or write a profile in data/sources (docs/sources.md)."
        )
