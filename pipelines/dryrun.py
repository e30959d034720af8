"""`liniya ingest --dry-run`: what would be read, from which column, what rejected and why.

Works in a lake of its own in a temporary folder, with the rules and reference data of the real one,
and writes nothing elsewhere. What it shows is masked as everything that is stored.
"""

import json
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.cleaning.mask import shown
from pipelines.ingest import attempt, check_source, sources_of
from pipelines.lake.connect import open_lake
from pipelines.settings import Settings
from pipelines.sources import Context, Staged
from pipelines.sources.canonical import BOOKKEEPING, KEYED, LISTS

SHOWN_ROWS = 3  # of every reason
SHOWN_CHARS = 60
HELD = f"""
    select file, row_no, reason, action, row, count(*) over (partition by file, reason) as rows
    from lake.quarantine
    qualify row_number() over (partition by file, reason order by row_no) <= {SHOWN_ROWS}
    order by file, row_no
"""
_HELD = {
    "file": pl.String, "row_no": pl.Int64, "reason": pl.String, "action": pl.String,
    "row": pl.String, "rows": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class DryRun:
    """What a dry run found.

    files: one row a file: file, source, read, accepted, updated, duplicate, quarantined, note,
        error (why the file as a whole could not be read).
    columns: one row a file and column of ours: file, column, read_from, filled, unreadable,
        example (masked). Without the columns the source does not have. read_from is a column, a
        numbered field or a path of the file; `= …` a constant; `events` what the events of a
        profile's list give.
    unread: one row a file and column of it nobody reads: file, column.
    rejected: the first rows of every reason: file, row_no, reason, action, row (masked), and rows,
        how many have that reason.
    """

    files: pl.DataFrame
    columns: pl.DataFrame
    unread: pl.DataFrame
    rejected: pl.DataFrame

    def parts(self) -> dict[str, pl.DataFrame]:
        """Return the tables to be shown one under another, each under its heading."""
        return {
            "": self.files,
            "columns / столбцы": self.columns,
            "not read / не читаются": self.unread,
            "rejected / в карантин": self.rejected.drop("action"),
        }

    def documents(self) -> list[dict[str, Any]]:
        """Return one object a file, with its columns and rejected rows inside."""
        return [
            {
                **row,
                "columns": _of(self.columns, row["file"]),
                "unread": [one["column"] for one in _of(self.unread, row["file"])],
                "rejected": _of(self.rejected, row["file"]),
            }
            for row in self.files.to_dicts()
        ]


def _of(frame: pl.DataFrame, file: str) -> list[dict[str, Any]]:
    return frame.filter(pl.col("file") == file).drop("file").to_dicts()


@dataclass
class _Seen:
    """What was seen of the columns of one file, part by part."""

    file: str
    read_from: dict[str, str] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    example: dict[str, str] = field(default_factory=dict)
    unread: dict[str, None] = field(default_factory=dict)

    def look(self, staged: Staged) -> None:
        self.read_from |= staged.read_from
        self.unread |= dict.fromkeys(staged.unread)
        bad = staged.frame["bad_fields"].drop_nulls().str.split(";").explode().value_counts()
        for name, n in bad.iter_rows():
            self.unreadable[name] = self.unreadable.get(name, 0) + n
        for column in staged.frame.columns:
            if column in BOOKKEEPING and column not in staged.read_from:
                continue
            values = staged.frame[column].drop_nulls()
            if column in LISTS:
                values = values.filter(values.list.len() > 0)
            self.filled[column] = self.filled.get(column, 0) + len(values)
            if len(values) and column != "name":  # of an operator: read only through access
                self.example.setdefault(column, _example(values[0]))

    def rows(self) -> list[dict[str, Any]]:
        keyed = {c: KEYED.get(c, c) for c in self.read_from}
        others = [c for c in self.filled if c not in keyed.values() and self.filled[c]]
        return [
            {
                "file": self.file,
                "column": column,
                "read_from": self.read_from.get(column, "events"),
                "filled": self.filled.get(KEYED.get(column, column), 0),
                "unreadable": self.unreadable.get(column, 0),
                "example": self.example.get(KEYED.get(column, column)),
            }
            for column in (*self.read_from, *others)
        ]


def _example(value: Any) -> str:
    if isinstance(value, pl.Series):
        return f"{len(value)}: {_example(value[0])}"
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items() if v is not None)[:SHOWN_CHARS]
    return " ".join(str(value).split())[:SHOWN_CHARS]


def dry_run(
    settings: Settings, paths: list[Path], source: str | None, beside: Path | None = None
) -> DryRun:
    """Read files as `ingest` would and say what came of it.

    Raises:
        UsageError: as `ingest`.
    """
    with tempfile.TemporaryDirectory(prefix="liniya-") as folder:
        lake = open_lake(replace(settings, home=Path(folder)))
        try:
            context = replace(Context.of(lake.settings), beside=beside)
            check_source(source, context)
            found, seen = [], []
            for path, chosen in sources_of(paths, source, context):
                seen.append(_Seen(shown(path.name)))
                found.append(attempt(lake, path, context, chosen, look=seen[-1].look))
            held = lake.frame(HELD)
        finally:
            lake.close()
    columns = [row for one in seen for row in one.rows()]
    unread = [{"file": one.file, "column": shown(c)} for one in seen for c in one.unread]
    files = [{**r.row(), "note": r.note or None, "error": r.error or None} for r in found]
    return DryRun(
        files=pl.DataFrame(files, schema_overrides={"note": pl.String, "error": pl.String}).drop(
            "seconds"
        ),
        columns=pl.DataFrame(columns, schema_overrides={"example": pl.String}),
        unread=pl.DataFrame(unread, schema={"file": pl.String, "column": pl.String}),
        rejected=held.with_columns(
            pl.Series("row", [_short(row) for row in held["row"]], dtype=pl.String)
        ).cast(pl.Schema(_HELD)),
    )


def _short(row: str) -> str:
    """Return a held row without what it does not say; a line that is no row as it is."""
    try:
        values = json.loads(row)
    except ValueError:
        return row
    if not isinstance(values, dict):
        return row
    kept = {k: v for k, v in values.items() if v is not None and k not in BOOKKEEPING}
    return json.dumps(kept, ensure_ascii=False)
