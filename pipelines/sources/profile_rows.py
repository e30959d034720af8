"""Apply a profile: columns of somebody else's file get canonical names and values."""

from collections import Counter
from collections.abc import Collection, Mapping

import polars as pl

from pipelines.errors import SourceError, nearest
from pipelines.sources.canonical import COLUMNS
from pipelines.sources.csv_layout import Layout
from pipelines.sources.formats import NESTED, Way
from pipelines.sources.json_rows import Wanted
from pipelines.sources.numbers import read_numbers
from pipelines.sources.profile import Cell, Profile
from pipelines.sources.times import read_times
from pipelines.sources.typed import SPOILT, as_text


def way_of(profile: Profile) -> Way:
    """Return how a profile's files are read."""
    layout = Layout(profile.delimiter, profile.encoding, profile.quote, profile.header)
    wanted = Wanted(lambda _: False, profile.reads)
    return Way(profile.format, layout, profile.sheet, profile.records, wanted)


def by_profile(frame: pl.DataFrame, profile: Profile, zone: str) -> pl.DataFrame:
    """Return `row_no` and the canonical columns the profile names, lists apart.

    Args:
        frame: from `with_columns_of`. Never modified.
        profile: the profile. zone: of naive times, where a duration is added to one.
    """
    kinds = COLUMNS[profile.dataset]
    made: dict[str, pl.Series] = {}
    for name, cell in profile.columns.items():
        formats = profile.time_formats.get(name, profile.time_formats.get("*", ()))
        made[name] = value_of(frame, cell, zone, formats, is_time=kinds[name] == "time")
        if cell.plus:
            made[SPOILT + name] = _is_spoilt(frame, cell, made[name])
    for name, value in profile.constants.items():
        constant = pl.Series(name, [value], dtype=pl.String).new_from_index(0, len(frame))
        made[name] = filled(made[name]).fill_null(constant) if name in made else constant
    for name, where in profile.only_where.items():
        is_out = ~fits(frame, where)
        made[name] = made[name].set(is_out, None)
        if SPOILT + name in made:
            made[SPOILT + name] &= ~is_out
    for name, meanings in profile.values.items():
        made[name] = meant(made[name], meanings)
    return pl.DataFrame([frame["row_no"], *(v.alias(name) for name, v in made.items())])


def with_columns_of(frame: pl.DataFrame, profile: Profile, file: str, form: str) -> pl.DataFrame:
    """Return the frame with every column the profile reads; those that may be absent as nulls.

    Raises:
        SourceError: a column the profile reads is not in the file (JSON: it may be absent).
    """
    is_strict = form not in NESTED
    found = [c for c in frame.columns if c != "row_no"]
    for name, cell in profile.columns.items() if is_strict else ():
        missing = [c for c in cell.reads if c not in found]
        is_some = cell.is_first_of and len(missing) < len(cell.reads)
        if missing and not cell.is_optional and not is_some:
            line = f" (line {profile.lines[name]})" if profile.lines.get(name) else ""
            raise _no_column(file, profile, missing[0], found, f"{name}{line} from")
    for name, where in profile.only_where.items() if is_strict else ():
        for column in where:
            if column not in found:
                raise _no_column(file, profile, column, found, f"only_where of {name} by")
    absent = [c for c in profile.reads if c not in frame.columns]
    return frame.with_columns(pl.lit(None, pl.String).alias(c) for c in absent)


def as_spelt(frame: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Return a table with its columns spelt as in the profile, where only the case differs."""
    alike = Counter(map(str.lower, frame.columns))
    wanted = {c.lower(): c for c in profile.reads if c not in frame.columns}
    return frame.rename(
        {
            column: wanted[low]
            for column in frame.columns
            if (low := column.lower()) in wanted and alike[low] == 1
        }
    )


def _no_column(
    file: str, profile: Profile, column: str, found: list[str], what: str
) -> SourceError:
    return SourceError(
        f"{file}: {profile.file} reads {what} column '{column}'{nearest(column, found)}, which is "
        f"not in the file. Found: {', '.join(found[:40])}. Mend the file or the profile; a column "
        f"that may be absent is written {{column: {column}, optional: true}}."
    )


def value_of(
    frame: pl.DataFrame,
    cell: Cell,
    zone: str,
    formats: tuple[str, ...] = (),
    *,
    is_time: bool = False,
) -> pl.Series:
    """Return what a cell says of each row."""
    columns = [frame[c] for c in cell.columns]
    value = columns[0]
    if cell.is_first_of:
        value = filled(value)
        for other in columns[1:]:
            value = value.fill_null(filled(other).cast(value.dtype, strict=False))
    elif len(columns) > 1:
        value = _joined(columns, needs_first=is_time)
    if cell.match:
        value = as_text(value).str.extract(cell.match, 1)
    if cell.plus:
        value = read_times(filled(value), zone, formats) + _lasted(frame, cell)
    return value.rename("value")


def _lasted(frame: pl.DataFrame, cell: Cell) -> pl.Series:
    """Return the sum of durations; of several an empty one adds nothing."""
    total = pl.Series("lasted", [None], dtype=pl.Float64).new_from_index(0, len(frame))
    for column in cell.plus:
        given = filled(frame[column])
        seconds = read_numbers(given, cell.unit)
        both = (total.fill_null(0.0) + seconds).fill_null(total)
        total = both.set(seconds.is_null() & given.is_not_null(), float("nan"))
    total = total.fill_nan(None)
    return (total * 1e6).cast(pl.Int64, strict=False).cast(pl.Duration("us"))


def _is_spoilt(frame: pl.DataFrame, cell: Cell, made: pl.Series) -> pl.Series:
    """Tell where a time and durations are there, and one of them cannot be read."""
    since = pl.DataFrame([filled(as_text(frame[c])).is_not_null() for c in cell.columns])
    is_given = since.select(pl.all_horizontal(pl.all())).to_series()
    durations = [filled(frame[c]) for c in cell.plus]
    unread = [d.is_not_null() & read_numbers(d, cell.unit).is_null() for d in durations]
    lasts = pl.DataFrame([d.is_not_null().alias(str(n)) for n, d in enumerate(durations)])
    is_lost = is_given & lasts.select(pl.any_horizontal(pl.all())).to_series() & made.is_null()
    for one in unread:
        is_lost |= one
    return is_lost


def _joined(columns: list[pl.Series], *, needs_first: bool) -> pl.Series:
    """Join values by a space; of a date and a time the date must be there."""
    parts = pl.DataFrame([_part(c).rename(str(i)) for i, c in enumerate(columns)])
    joined = pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)
    value = pl.when(joined != "").then(joined)
    if needs_first:
        value = pl.when(pl.col("0").is_not_null()).then(value)
    return parts.select(value.alias("value")).to_series()


def _part(values: pl.Series) -> pl.Series:
    if isinstance(values.dtype, pl.Datetime):  # of a workbook: a date alone is a midnight
        is_day = (values == values.dt.truncate("1d")).fill_null(True).all()
        return values.dt.strftime("%Y-%m-%d" if is_day else "%Y-%m-%d %H:%M:%S")
    return filled(as_text(values))


def filled(values: pl.Series) -> pl.Series:
    """Return the values with blank strings as nulls."""
    if values.dtype != pl.String:
        return values
    text = values.str.strip_chars()
    return text.set((text == "").fill_null(False), None)


def fits(frame: pl.DataFrame, where: Mapping[str, Collection[str]]) -> pl.Series:
    """Tell of each row whether all its columns have one of the values; "" is an empty cell."""
    is_so = pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(frame))
    for column, values in where.items():
        is_so &= filled(as_text(frame[column])).fill_null("").is_in(list(values))
    return is_so


def meant(values: pl.Series, meanings: Mapping[str, str]) -> pl.Series:
    """Return what values mean; others stay, or become what `*` says. Empty means nothing."""
    text = filled(as_text(values))
    known = {k: v or None for k, v in meanings.items() if k != "*"}
    if "" in known:
        text = text.fill_null("")
    if "*" not in meanings:
        return text.replace(list(known), list(known.values())) if known else text
    other = pl.when(text.is_not_null()).then(pl.lit(meanings["*"] or None, pl.String))
    return (
        text.rename("v")
        .to_frame()
        .select(pl.col("v").replace_strict(known, default=other, return_dtype=pl.String))
        .to_series()
    )
