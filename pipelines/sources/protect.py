"""Typed rows without personal data: identifiers as keys, ids safe, everything typed in masked."""

from dataclasses import replace

import polars as pl

from pipelines.cleaning.ids import hide_ids
from pipelines.cleaning.keys import keyed
from pipelines.cleaning.mask import Keep, mask
from pipelines.cleaning.name_rules import How
from pipelines.cleaning.values import mask_values
from pipelines.sources.canonical import KEYED
from pipelines.sources.happened import mask_happened
from pipelines.sources.messages import mask_messages


def with_safe_ids(
    made: pl.DataFrame, kinds: dict[str, str], key: bytes, keep: Keep
) -> pl.DataFrame:
    """Hide ids that hold personal data; an operator's display name becomes the name."""
    safe = {
        column: hide_ids(
            made[column], key, keep, How.PROSE if column.endswith("operator_id") else How.CODES
        )
        for column, kind in kinds.items()
        if kind == "id"
    }
    if "state" in kinds:  # the operators log
        hidden = pl.Series(made["operator_id"] != safe["operator_id"])
        name = made["name"] if "name" in kinds else pl.Series([None] * len(made), dtype=pl.String)
        shown = made["operator_id"].set(~hidden.fill_null(False), None)
        safe["name"] = name.fill_null(shown).alias("name")
    return made.with_columns(**safe)


def protect(made: pl.DataFrame, kinds: dict[str, str], key: bytes, keep: Keep) -> pl.DataFrame:
    """Replace identifiers by keys and mask every string people may have typed into."""
    columns: dict[str, pl.Series] = {}
    keep = _with_cases(keep, made)
    for column, kind in kinds.items():
        if column in KEYED:
            keys = keyed(made[column], kind, key)
            name = KEYED[column]
            columns[name] = columns[name].fill_null(keys) if name in columns else keys.rename(name)
        elif kind == "route":
            columns[column] = mask_values(made[column], keep)
        elif kind == "messages":
            columns[column] = mask_messages(made[column], key, keep)
        elif kind == "events":
            columns[column] = mask_happened(made[column], key, keep)
    for sort, how in (("text", How.PROSE), ("code", How.CODES)):
        alike = [column for column, kind in kinds.items() if kind == sort]
        columns |= _masked_together(made.select(alike), keep, how)
    kept = [c for c in made.columns if c not in KEYED]
    return made.select(kept).with_columns(columns.values())


def _masked_together(columns: pl.DataFrame, keep: Keep, how: How) -> dict[str, pl.Series]:
    """Mask several columns in one go: a tick of the worker pays for each call."""
    if not columns.width:
        return {}
    whole = mask(pl.concat([column.rename("") for column in columns]), keep, how)
    n = len(columns)
    return {c: whole.slice(i * n, n).rename(c) for i, c in enumerate(columns.columns)}


def _with_cases(keep: Keep, made: pl.DataFrame) -> Keep:
    """Keep the case numbers of the same file too."""
    if "case_number" not in made.columns:
        return keep
    digits = made["case_number"].drop_nulls().unique().str.replace_all(r"\D", "")
    return replace(keep, digits=keep.digits | set(digits.filter(digits.str.len_bytes() >= 9)))
