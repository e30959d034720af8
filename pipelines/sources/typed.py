"""Raw columns become a staged frame: typed, keyed, masked, with the identity of every row."""

from dataclasses import dataclass, field

import polars as pl

from pipelines.cleaning.mask import NOTHING, Keep
from pipelines.sources.canonical import (
    COLUMNS,
    DUE,
    ID,
    IDENTITY,
    LISTS,
    REQUIRED,
    TIME,
    frame_schema,
)
from pipelines.sources.happened import filled, read_happened
from pipelines.sources.identity import content_of, hashed, row_key_of
from pipelines.sources.messages import read_messages
from pipelines.sources.numbers import read_numbers
from pipelines.sources.protect import protect, with_safe_ids
from pipelines.sources.scratch import scratch
from pipelines.sources.times import read_times

TRUE = ("true", "t", "1", "1.0", "yes", "y", "да", "истина")
FALSE = ("false", "f", "0", "0.0", "no", "n", "нет", "ложь")
LARGEST_COUNT = 1 << 31
_MEASURED = ("number", "count", "flag")


@dataclass(frozen=True)
class Forms:
    """How a log writes its values, where a profile says it."""

    times: dict[str, tuple[str, ...]] = field(default_factory=dict)  # column -> formats; * is any
    units: dict[str, str] = field(default_factory=dict)  # column of a duration -> unit
    decimal: str = ""  # "," makes dots, "." makes commas part the thousands


# before the name of a column: where a profile could not make its value of what the file says
SPOILT = "\x00spoilt "
# what a spreadsheet makes of a long number: many ids become one, and which it was is lost
_ROUNDED = r"^\d[.,]\d+[Ee]\+\d{2,}$"
_LONG_NUMBERS = ("id", "phone", "citizen", "citizen_ref")


def stage(
    raw: pl.DataFrame,
    dataset: str,
    prefix: str,
    zone: str,
    key: bytes,
    forms: Forms | None = None,
    keep: Keep = NOTHING,
) -> pl.DataFrame:
    """Make the staged frame of rows whose columns already have canonical names.

    Args:
        raw: one row an input row: `row_no` and any columns of the dataset; other columns are
            dropped. Strings, or the types of a Parquet file. Never modified.
        dataset: one of COLUMNS.
        prefix: what stands before the colon of `contact_id`. For events and journal the contact
            id is a column of the log and the caller has completed it.
        zone: zone of naive times. key: the secret of identifiers.
        forms: of values that are not written as in the canonical logs.
        keep: what looks personal and is the hotline's own (`context.keep`).

    Returns:
        Columns of `frame_schema(dataset)`, one row an input row, same order.
    """
    forms = forms or Forms()
    needed = {ID[dataset], TIME[dataset], *REQUIRED[dataset], *IDENTITY.get(dataset, ())}
    lacking = sorted(needed - set(raw.columns))
    raw = raw.with_columns(pl.lit(None, pl.String).alias(c) for c in lacking)
    kinds = {c: k for c, k in COLUMNS[dataset].items() if c in raw.columns}
    given = raw.select("row_no", *(plain(raw[c], k) for c, k in kinds.items()))
    typed = {c: _typed(given[c], k, zone, forms) for c, k in kinds.items()}
    unread = [c for c in kinds if typed[c].null_count() > given[c].null_count()]
    if "events" in kinds:
        typed = filled(typed, dataset, zone)
        kinds = {c: k for c, k in COLUMNS[dataset].items() if c in typed}
        given = given.with_columns(typed[c] for c in kinds if c not in given.columns)
    made = pl.DataFrame({"row_no": given["row_no"], **typed}).with_columns(
        bad_fields=_bad_fields(raw, given, typed, unread, dataset)
    )
    made = with_safe_ids(made, kinds, key, keep)
    content = hashed(content_of(given, typed), key)
    is_own_identity = dataset not in IDENTITY  # an event is the same one when all of it is
    row_key = content if is_own_identity else row_key_of(made, dataset, prefix)
    made = made.with_columns(row_key=row_key, row_hash=content)
    made = protect(made, kinds, key, keep)
    made = made.with_columns(row_at=TIME[dataset])
    if dataset in ("calls", "chats", "feedback"):
        made = made.with_columns(contact_id=pl.lit(f"{prefix}:") + pl.col(ID[dataset]))
    schema = frame_schema(dataset)
    absent = [pl.lit(None, t).alias(c) for c, t in schema.items() if c not in made.columns]
    return made.with_columns(absent).select(pl.col(c).cast(t) for c, t in schema.items())


def plain(values: pl.Series, kind: str) -> pl.Series:
    """Strip strings and make the empty ones null; other types stay for their own reader."""
    if values.dtype == pl.String:
        text = values if kind == "text" else values.str.strip_chars()
        return text.set((text.str.strip_chars() == "").fill_null(False), None)
    if kind in LISTS and isinstance(values.dtype, pl.List):
        return values
    if values.dtype.is_temporal() or (kind in _MEASURED and not values.dtype.is_nested()):
        return values
    if values.dtype.is_float():  # an id that Parquet kept as a float: 17.0 is 17
        whole = values.cast(pl.Int64, strict=False)
        if (whole.cast(pl.Float64) == values).all():
            values = whole
    return as_text(values)


def as_text(values: pl.Series) -> pl.Series:
    """Return a column of any type as strings; nested values as JSON."""
    if not values.dtype.is_nested():
        return values.cast(pl.String, strict=False)
    with scratch() as con:
        con.register("nested", values.rename("v").to_frame())
        sql = "select case when v is not null then cast(to_json(v) as varchar) end as t from nested"
        return con.sql(sql).pl()["t"].rename(values.name)


def _typed(values: pl.Series, kind: str, zone: str, forms: Forms) -> pl.Series:
    """Read a column by its kind; null where the value cannot be read."""
    name = values.name
    if kind == "messages":
        return read_messages(values, zone)
    if kind == "events":
        return read_happened(values, zone)
    if kind == "time":
        formats = forms.times.get(name, forms.times.get("*", ()))
        return read_times(values, zone, formats, is_due=name in DUE)
    if kind == "date":
        return read_times(values, "UTC", forms.times.get("*", ())).dt.date()
    if kind in ("number", "count"):
        number = read_numbers(values, forms.units.get(name, ""), forms.decimal)
        if kind == "number":
            return number
        is_whole = (number == number.round()) & (number.abs() < LARGEST_COUNT)
        return number.set(~is_whole.fill_null(False), None).cast(pl.Int64)
    if kind == "flag":
        word = as_text(values).str.to_lowercase()
        flag = (
            pl.when(pl.col("w").is_in(TRUE)).then(True).when(pl.col("w").is_in(FALSE)).then(False)
        )
        return word.rename("w").to_frame().select(flag).to_series().rename(name)
    text = as_text(values)
    if kind in _LONG_NUMBERS:
        text = text.set(text.str.contains(_ROUNDED).fill_null(False), None)
    return text


def _bad_fields(
    raw: pl.DataFrame,
    given: pl.DataFrame,
    typed: dict[str, pl.Series],
    bad: list[str],
    dataset: str,
) -> pl.Series:
    """Name the columns whose value was there and unreadable, and the required ones not there."""
    missing = {c: given[c].is_null() & typed[c].is_null() for c in REQUIRED[dataset]}
    if dataset == "operators":  # a state without its time says nothing
        missing["event_at"] = given["state"].is_not_null() & given["event_at"].is_null()
    frame = given.select(
        "row_no",
        *((given[c].is_not_null() & typed[c].is_null()).alias(c) for c in bad),
        *(is_missing.alias(f"{c} ") for c, is_missing in missing.items()),
        *(raw[SPOILT + c].alias(f"{c}  ") for c in typed if SPOILT + c in raw.columns),
    )
    names = [c for c in frame.columns if c != "row_no"]
    named = pl.concat_str(
        [pl.when(pl.col(c)).then(pl.lit(c.strip())) for c in names],
        separator=";",
        ignore_nulls=True,
    )
    return frame.select(bad_fields=pl.when(named != "").then(named)).to_series()
