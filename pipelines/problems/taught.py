"""The texts the last version was taught, kept beside the lake: they make the same model again.

A file of masked texts and categories, its owner's only, replaced whole by the next version. Nothing
in it runs when it is read, which a pickled model would.
"""

from pathlib import Path

import polars as pl

from pipelines.settings import Settings

COLUMNS = ("text", "category")


def keep(settings: Settings, labelled: pl.DataFrame, digest: str) -> None:
    """Keep what a version was taught; what older ones were is deleted."""
    folder = settings.models_dir
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, digest)
    made = folder / f".{path.name}"
    made.touch(mode=0o600)
    labelled.select(COLUMNS).write_parquet(made)
    made.replace(path)
    for other in folder.glob("taught-*.parquet"):
        if other != path:
            other.unlink(missing_ok=True)


def kept(settings: Settings, digest: str) -> pl.DataFrame | None:
    """Return the texts of a version (text, category, in their order), or None."""
    path = _path(settings.models_dir, digest)
    return pl.read_parquet(path) if path.is_file() else None


def _path(folder: Path, digest: str) -> Path:
    return folder / f"taught-{digest}.parquet"
