"""Personal data in columns of single values: ids, lines, queues, dialled numbers."""

import re

import polars as pl

from pipelines.ahead import on_all_cores
from pipelines.cleaning.mask import (
    EMAIL,
    FOREIGN,
    MOBILE,
    NOTHING,
    Keep,
    mask,
    mask_mobiles,
    parts,
    replaced,
    where,
)  # fmt: skip
from pipelines.cleaning.name_rules import How
from pipelines.cleaning.names import mask_names
from pipelines.cleaning.numbers import mask_run

# in an id only what is written as people write it, or stands alone, is looked at
_VALUE_NUMBER = (
    r"(?:^|[^0-9])(?:[0-9]{3}-[0-9]{3}-[0-9]{3}[ \-][0-9]{2}|[0-9]{11,12}|[0-9]{16,19}"
    r"|[0-9]{4}(?:[ \-][0-9]{4}){3})(?:[^0-9]|$)"
)
_VALUE_NAME = r"[А-Яа-яЁё]{2}[\s_.]+[А-Яа-яЁё]|[А-ЯЁ][а-яё]{2}|[A-Z][a-z]+[ _][A-Z][a-z]+"
_PROSE = r"[А-Яа-яЁё].*[0-9](?:[^0-9]{0,3}[0-9]){6}"  # «паспорт 4012 345678» is no id
_VALUE_MAY_HOLD = rf"@|{MOBILE}|{FOREIGN}|{_VALUE_NUMBER}|{_VALUE_NAME}|{_PROSE}"


def mask_values(values: pl.Series, keep: Keep = NOTHING, how: How = How.CODES) -> pl.Series:
    """Mask a column of ids, lines, queues or numbers: what is surely a person's, and no more.

    Mobile and foreign phones are; a landline may be a line of the hotline, and any 10 digits an id.
    """
    distinct = values.drop_nulls().unique()
    distinct = distinct.filter(distinct.str.contains(_VALUE_MAY_HOLD))
    changed = on_all_cores(lambda part: _changed_values(part, keep, how), parts(distinct))
    return replaced(values, changed)


def _changed_values(values: pl.Series, keep: Keep, how: How) -> pl.DataFrame:
    masked = values.str.replace_all(EMAIL, "[EMAIL]")
    masked = where(
        masked,
        masked.str.contains(_VALUE_NUMBER),
        lambda found: pl.Series([mask_run(v, is_value=True) for v in found], dtype=pl.String),
    )
    masked = where(masked, masked.str.contains(_PROSE), lambda found: mask(found, keep))
    masked = mask_names(mask_mobiles(masked), keep.words, how)
    own = [_is_own(value, keep) for value in values]
    found = pl.DataFrame({"text": values, "masked": masked})
    return found.filter((pl.col("text") != pl.col("masked")) & ~pl.Series(own, dtype=pl.Boolean))


def _is_own(value: str, keep: Keep) -> bool:
    is_case = bool(keep.case_numbers) and bool(re.fullmatch(keep.case_numbers, value))
    return is_case or re.sub(r"\D", "", value) in keep.digits
