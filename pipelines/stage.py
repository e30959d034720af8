"""The rows of one file on their way into the lake: staged, checked, sorted out, conformed, written.

Everything up to the transaction lives in tables of the in-memory database; the transaction writes
rows, clocks, quarantine, check results and the ledger together or not at all.
"""

import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from expectations import validate
from pipelines.conform import conform, rederive
from pipelines.lake import commit, fates
from pipelines.lake.connect import Lake
from pipelines.lake.copies import note_copies
from pipelines.quarantine import (
    flagged,
    hold_back,
    remember,
    torn,
    try_again,
    write_flagged,
    write_held,
)
from pipelines.reference.vocabulary import NOT, STAND_INS
from pipelines.settings import wall_now
from pipelines.sources import Staged
from pipelines.touched import note_touched

NEW_TABLES = (
    "contacts",
    "legs",
    "events",
    "identity",
    "operators",
    "operator_names",
    "operator_events",
    "journal",
    "cdr",
)

MADE = (*(f"new_{table}" for table in NEW_TABLES), "fates")
REPLAY = timedelta(days=3650)

CHECKED = """
create or replace temp table checked as
with
parts as (
    select * from results
    union all by name
    select * from lake.checks where run_id = $run
)

select
    run_id, max(run_at) as run_at, any_value(source) as source, any_value(file) as file,
    dataset, expectation, any_value(severity) as severity, any_value(description) as description,
    any_value(action) as action, sum(n_rows)::bigint as n_rows, sum(n_failed)::bigint as n_failed,
    bool_and(is_success) as is_success
from parts
group by run_id, dataset, expectation
"""
UNJUDGED = """
insert into lake.unjudged
select contact_id, received_date from new_contacts
union
select contact_id, received_date from relinked
"""
COUNTS = ("read", "accepted", "updated", "duplicate", "quarantined")
# what goes into one transaction: about so many rows of an events log, fewer of logs whose rows are
# whole contacts; some 1 kB of tables a row on the way
FULL = 500_000
WEIGHTS = {"calls": 5, "chats": 10, "feedback": 5}


@dataclass(frozen=True)
class FileResult:
    """One file's account: read = accepted + updated + duplicate + quarantined."""

    file: str
    source: str
    read: int = 0
    accepted: int = 0
    updated: int = 0
    duplicate: int = 0
    quarantined: int = 0
    seconds: float = 0.0
    note: str = ""
    position: int = 0
    is_known: bool = False  # this very file is in the lake already
    error: str = ""  # why the file as a whole could not be read; nothing of it is in

    def row(self) -> dict[str, Any]:
        """Return the object of `liniya ingest --format json`."""
        keys = (
            "file",
            "source",
            "read",
            "accepted",
            "updated",
            "duplicate",
            "quarantined",
            "seconds",
        )
        values = asdict(self)
        return {key: values[key] for key in keys}


def account_of(row: Mapping[str, Any], file: str, source: str) -> FileResult:
    """Return the account a row of the ledger holds."""
    return FileResult(file, source, **{name: row[name] for name in COUNTS})


def _latest(lake: Lake) -> datetime | None:
    """Return what rules about times to come take for now; None: the wall clock.

    A replay (clock = data) may run ahead of the wall by years: its times are not impossible.
    """
    return wall_now() + REPLAY if lake.settings.clock == "data" else None


class Stage:
    """One file's (or one tail's) rows between reading and the lake."""

    def __init__(
        self,
        lake: Lake,
        name: str,
        *,
        quick: bool,
        file_id: str = "",
        provided: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        """Begin without rows.

        Args:
            quick: one combined expectation a dataset (the live tick), no stored results.
            provided: (source, item) that earlier parts of the file have written: see `provided`.
        """
        self.lake, self.name, self.quick = lake, name, quick
        self.file_id = file_id or uuid.uuid4().hex[:16]
        self.datasets: dict[str, str] = {}  # dataset -> source of its contacts' rows
        self.provides: set[tuple[str, str]] = set()
        self.provided = provided  # what the lake is known to know of the sources' items
        self.unreadable: list[pl.DataFrame] = []
        self.failures: list[pl.DataFrame] = []
        self.flags: list[pl.DataFrame] = []
        self.results: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.counts: Counter[str] = Counter()
        self.read = 0
        self.weight = 0
        self.position = 0
        self.is_copy = False
        # the rows of the quarantine these are, when they are tried again: id, quarantined_at
        self.again = pl.DataFrame()

    def add(self, staged: Staged) -> None:
        """Take one frame of rows; frames of one dataset add up."""
        is_first = staged.dataset not in self.datasets
        for table, frame in (("staged", staged.frame), ("ignored", staged.ignored)):
            self._put(f"{table}_{staged.dataset}", frame, is_first=is_first)
        self.datasets[staged.dataset] = staged.source
        self.provides |= staged.provides
        self.is_copy |= staged.is_copy
        if len(staged.unreadable):
            self.unreadable.append(staged.unreadable)
        if staged.note:
            self.notes.append(staged.note)
        self.read += staged.n_read
        self.weight += staged.n_read * WEIGHTS.get(staged.dataset, 1)
        self.position = max(self.position, staged.position)

    def _put(self, table: str, frame: pl.DataFrame, *, is_first: bool) -> None:
        con = self.lake.con
        if is_first:
            con.register("incoming", frame.clear())
            con.execute(f"create or replace table {table} as select * from incoming")
        # most columns of a log hold nothing, and cost as much to carry over as full ones
        if filled := [c for c in frame.columns if frame[c].null_count() < len(frame)]:
            con.register("incoming", frame.select(filled))
            con.execute(f"insert into {table} by name select * from incoming")
        con.unregister("incoming")

    def finish(
        self,
        source: str,
        started: float,
        ledger: dict[str, Any],
        before: FileResult | None = None,
    ) -> FileResult:
        """Check, conform and commit everything added; return the file's account so far.

        Args:
            source: the adapter or profile that read the file.
            started: time.perf_counter() when the work on the file began.
            ledger: columns of the ledger row the caller knows: sha256, size, is_tail.
            before: account of the earlier parts of the same file.
        """
        with self.lake.sized(self.weight):
            return self._finish(source, started, ledger, before)

    def _finish(
        self,
        source: str,
        started: float,
        ledger: dict[str, Any],
        before: FileResult | None,
    ) -> FileResult:
        main = next(iter(self.datasets), "")
        for n, (dataset, rows_source) in enumerate(self.datasets.items()):
            if n:  # what the datasets before left waits beside
                self._set_aside()
            self._conform(dataset, rows_source, source)
            if n:
                self._put_together()
            main = dataset if dataset in (*fates.WIDE, "events") else main
        with self.lake.one_look():
            told = self.provides | self._cannot_say()
            if not self.provides or not told <= self.provided:
                self.provided = self._provided(source)
            known = {item for _, item in self.provides or self.provided}
            is_found = "events" in self.datasets and self.datasets.keys().isdisjoint(fates.WIDE)
            commit.prepare(self.lake, main, known, is_found=is_found)
        quarantined = self._quarantined(source)
        before = before or FileResult(self.name, source)
        result = FileResult(
            file=self.name,
            source=source,
            read=before.read + self.read,
            accepted=before.accepted + self.counts["accepted"],
            updated=before.updated + self.counts["updated"],
            duplicate=before.duplicate + self.counts["duplicate"],
            quarantined=before.quarantined + len(quarantined),
            seconds=round(time.perf_counter() - started, 3),
            note="; ".join(dict.fromkeys([n for n in (before.note, *self.notes) if n])),
            position=self.position,
        )
        with self.lake.transaction():
            commit.write(self.lake, source, main, self.file_id, relink=self.quick)
            n_known = self.counts["duplicate"]
            note_copies(self.lake, source, self.file_id, is_copy=self.is_copy, n_known=n_known)
            self._note_unjudged()
            with self.lake.narrow():
                if len(self.again):
                    quarantined = try_again(self.lake.con, self.again, quarantined)
                if len(quarantined):
                    write_held(self.lake.con, quarantined)
                write_flagged(self.lake.con, self.flags, self.name, self.file_id)
                self._write_checks()
                self._write_account(result, ledger, told - self.provided)
        self.provided |= told
        if not self.quick:
            self._forget()
        return result

    def _forget(self) -> None:
        """Drop what was worked on: hundreds of MB, and days are judged next."""
        for table in ("staged", "ignored", "stored_contacts", *MADE):
            self.lake.con.execute(f"drop table if exists memory.main.{table}")

    def _conform(self, dataset: str, rows_source: str, source: str) -> None:
        """Take one dataset from its staged table to the tables new_* and fates."""
        con = self.lake.con
        for table in ("staged", "ignored"):
            con.execute(f"drop table if exists {table}")
            con.execute(f"alter table {table}_{dataset} rename to {table}")
        self._check(dataset, source)
        with self.lake.one_look():
            counts = fates.sort_out(self.lake, source, dataset)
            self.counts.update(asdict(counts))
            conform(con, "staged", dataset, rows_source)
            if dataset == "events":
                rederive(con)

    def _set_aside(self) -> None:
        for table in MADE:
            self.lake.con.execute(f"drop table if exists batch_{table}")
            self.lake.con.execute(f"alter table {table} rename to batch_{table}")

    def _put_together(self) -> None:
        for table in MADE:
            self.lake.con.execute(f"insert into {table} by name select * from batch_{table}")
            self.lake.con.execute(f"drop table batch_{table}")

    def _check(self, dataset: str, source: str) -> None:
        """Validate the staged rows; take critical failures out of `staged`."""
        con = self.lake.con
        if self.quick:
            remember(con, dataset)
        columns = {row[0] for row in con.sql("describe staged").fetchall()}
        found = validate(con, "staged", dataset, columns, quick=self.quick, now=_latest(self.lake))
        self.results += [{"dataset": dataset, "source": source, **r} for r in found.results]
        flags = flagged(con, found)
        if len(flags):
            self.flags.append(flags.with_columns(dataset=pl.lit(dataset), source=pl.lit(source)))
        held = hold_back(con, dataset, found)
        if len(held):
            self.failures.append(held)

    def _quarantined(self, source: str) -> pl.DataFrame:
        """Return the quarantine rows of this file, one an input row."""
        dataset = next(iter(self.datasets), source)
        parts = [*(torn(frame, dataset) for frame in self.unreadable), *self.failures]
        if not parts:
            return pl.DataFrame()
        return pl.concat(parts, how="diagonal_relaxed").with_columns(
            quarantine_id=pl.format("{}-{}", pl.lit(self.file_id), "row_no"),
            source=pl.lit(source),
            file=pl.lit(self.name),
            file_id=pl.lit(self.file_id),
            quarantined_at=pl.lit(wall_now()),
            status=pl.lit("held"),
        )

    def _note_unjudged(self) -> None:
        """Note which contacts are to be judged again: rows, citizen or neighbours changed.

        Of a whole file the days are noted: `settle` judges each day once for all files.
        """
        if self.quick:
            self.lake.con.execute(UNJUDGED)
        else:
            note_touched(self.lake)
            commit.mark_dirty(self.lake, "touched", needs_clocks=True)

    def _write_account(
        self,
        result: FileResult,
        ledger: dict[str, Any],
        news: set[tuple[str, str]],
    ) -> None:
        con = self.lake.con
        for source, item in sorted(news):
            con.execute(
                "insert into lake.source_provides values ($s, $i)", {"s": source, "i": item}
            )
        account = {
            **{k: v for k, v in asdict(result).items() if k not in ("file", "is_known", "error")},
            "name": result.file,
            "file_id": self.file_id,
            "ingested_at": wall_now(),
            **ledger,
        }
        con.register("account", pl.DataFrame([account]))
        con.execute("delete from lake.files where file_id = $id", {"id": account["file_id"]})
        con.execute("insert into lake.files by name select * from account")
        con.unregister("account")

    def _write_checks(self) -> None:
        """Store the results of the suites, added to those of earlier parts of the file.

        Rows tried again were counted when their file came: what is stored says what was found then.
        """
        if self.quick or not self.results or len(self.again):
            return
        con = self.lake.con
        checks = pl.DataFrame(self.results).with_columns(
            run_id=pl.lit(self.file_id), run_at=pl.lit(wall_now()), file=pl.lit(self.name)
        )
        con.register("results", checks)
        con.execute(CHECKED, {"run": self.file_id})
        con.execute("delete from lake.checks where run_id = $run", {"run": self.file_id})
        con.execute("insert into lake.checks by name select * from checked")
        con.unregister("results")

    def _cannot_say(self) -> set[tuple[str, str]]:
        """Return what a wide log does not tell of its source, which another log of it may."""
        return {
            (source, f"{NOT}{kind}")
            for dataset, source in self.datasets.items()
            if dataset in fates.WIDE
            for kind in (*STAND_INS, "hold_s")
            if (source, kind) not in self.provides
        }

    def _provided(self, source: str) -> frozenset[tuple[str, str]]:
        """Return what the sources of these rows are known to provide."""
        found = self.lake.con.sql("select source, item from lake.source_provides").fetchall()
        names = {source, *self.datasets.values(), *(name for name, _ in self.provides)}
        return frozenset((name, item) for name, item in found if name in names)
