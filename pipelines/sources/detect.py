"""`detect`: which source a file is of. Its content decides; its name only breaks a tie."""

import json
import re
from pathlib import Path

from pipelines.errors import SourceError
from pipelines.sources import cdr, csv_rows, parquet_rows, queue_table
from pipelines.sources.canonical import COLUMNS, ID, known_columns
from pipelines.sources.context import CANONICAL, Context
from pipelines.sources.raw import decode, head

PARQUET = "parquet"
_QUEUE_LOG = re.compile(r"^\d{9,11}(?:\.\d+)?\|[^|]*\|[^|]*\|[^|]*\|[A-Z]+")
# ...,start,answer,end,duration,billsec,disposition,... of a Master.csv, which has no header
_MASTER = re.compile(
    r'"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",(?:"?[-\d: ]*"?,){2}"?\d+"?,"?\d+"?,"[A-Z ]+","?[A-Z]*"?'
)
_SAMPLE_LINES = 200
# columns two logs share tell nothing; these tell one log from the others
_TELLING = {
    name: set(COLUMNS[name]) - set().union(*(COLUMNS[n] for n in CANONICAL if n != name))
    for name in CANONICAL
}


def file_format(path: Path) -> str:
    """Return `parquet`, `queue_log`, `asterisk_cdr`, `jsonl`, `csv` or, for no content, `empty`.

    Raises:
        SourceError: the file cannot be read, or is UTF-16 or a JSON array.
    """
    data = head(path)
    if data[:4] == b"PAR1":
        return PARQUET
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError(f"{path.name}: UTF-16 text. Save it as UTF-8.")
    lines = [line for line in decode(data).split("\n") if line.strip()][:_SAMPLE_LINES]
    if not lines:
        return "empty"
    if lines[0].lstrip().startswith("["):
        raise SourceError(f"{path.name}: one JSON array. Write JSON Lines: one object a line.")
    if sum(bool(_QUEUE_LOG.match(line)) for line in lines) * 2 > len(lines):
        return "queue_log"
    if sum(bool(_MASTER.search(line)) for line in lines) * 2 > len(lines):
        return cdr.SOURCE
    if sum(line.lstrip().startswith("{") for line in lines) * 2 > len(lines):
        return "jsonl"
    return "csv"


def detect(path: Path, context: Context) -> str:
    """Return the name of the source a file is of.

    Raises:
        SourceError: the file cannot be read, or fits no source or several equally well.
    """
    form = file_format(path)
    if form in ("queue_log", cdr.SOURCE):
        return form
    names = set() if form == "empty" else column_names(path, form)
    scores = _scores(names, context) if form != "empty" else dict.fromkeys(context.known, 0)
    best = [name for name, score in scores.items() if score == max(scores.values())]
    if len(best) > 1:
        stem = path.name.lower()
        best = [name for name in best if name in stem]
        # `queue_log` and a profile `log` may both stand in a name: the longer says more
        best = sorted(best, key=len)[-1:]
    if len(best) == 1:
        return best[0]
    raise SourceError(
        f"{path.name}: it is not clear which log this is ({form}, {len(names)} columns, "
        f"{'several logs fit equally' if scores else 'none has the id column of a known log'}). "
        f"Say it with --source; known: {', '.join(context.known)}."
    )


def column_names(path: Path, form: str) -> set[str]:
    """Return the column names of a table, or the keys of its first JSON objects.

    Args:
        path: the file. form: its `file_format`: parquet, csv or jsonl.
    """
    if form == PARQUET:
        return set(parquet_rows.names(path))
    if form == "csv":
        return set(csv_rows.header(path)[0])
    names: set[str] = set()
    for line in decode(head(path)).split("\n")[:_SAMPLE_LINES]:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            names |= row.keys()
    return names


def _scores(names: set[str], context: Context) -> dict[str, int]:
    """Score every source whose id column is there: telling columns, known ones, less the others."""
    lower = {name.strip().lower() for name in names}
    scores = {}
    for dataset in CANONICAL:
        own = lower & known_columns(dataset)
        has_id = ID[dataset] in lower or (dataset == "feedback" and "case_number" in lower)
        is_time = {"event_at", "at", "kind"} <= lower | {
            "at" if "event_at" in lower else "event_at"
        }
        if not has_id or (dataset == "events" and not is_time):
            continue
        if len(own) < 2:
            continue
        scores[dataset] = 100 * len(lower & _TELLING[dataset]) + 2 * len(own) - len(lower)
    for name, found in (
        ("queue_log", queue_table.columns(names)),
        (cdr.SOURCE, cdr.columns(names)),
    ):
        if found:
            scores[name] = 100 * len(found)
    for name, profile in context.profiles.items():
        if profile.recognised_by and set(profile.recognised_by) <= names:
            # a profile names whole sets of columns, so its fit weighs more than any single name
            scores[name] = 100 * (1 + len(set(profile.columns.values()) & names))
    return scores
