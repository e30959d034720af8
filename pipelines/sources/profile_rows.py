"""Apply a profile: columns of somebody else's file get canonical names and values."""

import polars as pl

from pipelines.errors import SourceError, nearest
from pipelines.sources.profile import Profile
from pipelines.sources.provides import provided


def by_profile(frame: pl.DataFrame, profile: Profile, file: str) -> pl.DataFrame:
    """Return `row_no` and the canonical columns the profile names.

    Raises:
        SourceError: a column the profile reads is not in the file (JSON Lines: it may be absent).
    """
    wanted = set(profile.columns.values())
    wanted |= {c for where in (profile.only_where or {}).values() for c in where}
    missing = sorted(wanted - set(frame.columns))
    if missing and profile.format != "jsonl":
        found = [c for c in frame.columns if c != "row_no"]
        raise SourceError(
            f"{file}: the profile {profile.name} reads column '{missing[0]}'"
            f"{nearest(missing[0], found)}, which is not in the file. Mend the file or the profile."
        )
    frame = frame.with_columns(pl.lit(None, pl.String).alias(c) for c in missing)
    made = {name: pl.col(column) for name, column in profile.columns.items()}
    for name, value in (profile.constants or {}).items():
        made[name] = pl.coalesce(made[name], pl.lit(value)) if name in made else pl.lit(value)
    for name, where in (profile.only_where or {}).items():
        for column, values in where.items():
            is_so = pl.col(column).cast(pl.String).is_in(values).fill_null(False)
            made[name] = pl.when(is_so).then(made[name])
    for name, meanings in (profile.values or {}).items():
        found_value = made[name].cast(pl.String)
        kept = {k: v or None for k, v in meanings.items()}
        made[name] = found_value.replace(list(kept), list(kept.values()))
    return frame.select("row_no", *(value.alias(name) for name, value in made.items()))


def profile_provides(profile: Profile) -> frozenset[tuple[str, str]]:
    """Return what the source can know: what the profile says, else what its columns give."""
    present = {*profile.columns, *(profile.constants or {})}
    items = profile.provides or provided(profile.dataset, present)
    return frozenset((profile.name, item) for item in items)
