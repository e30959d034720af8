"""Open the lake: DuckDB with DuckLake over a SQLite catalogue in WAL mode.

The catalogue is put into WAL by Python's sqlite3 once, before anything attaches; never again (two
SQLite copies in one process drop each other's locks and read stale pages).
"""

import contextlib
import importlib.util
import os
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from pipelines import reference as reference_data
from pipelines.errors import LakeError, NoLakeError, VersionError
from pipelines.lake.schema import SCHEMA_VERSION
from pipelines.lake.short_waits import TRIES_MS, wait_shortly
from pipelines.lake.tables import make_tables
from pipelines.settings import Settings, wall_now

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # the extensions are of hash-locked packages, verified when they were installed: to verify their
    # signatures at every opening is to hash 67 MB (.4 s of .65)
    "allow_unsigned_extensions": True,
    "threads": 1,  # see Lake.sized
    # a process would come to hold every file of the lake it has read (a writer of millions of calls
    # all of them); the system keeps what it has room for, and reading from there is as quick
    "enable_external_file_cache": False,
}
MANY_ROWS = 50_000
SPILL = "spill-"  # folders of what DuckDB has no memory for begin so
CLOCKS_ALONE = "clocks"  # what the catalogue says of such a commit
INLINE_ROWS = 500  # smaller inserts stay in the catalogue until the next flush

# a new catalogue knows none of the files, and upkeep would take them for left over
LOST_CATALOG = (
    "{catalog}: the catalogue is gone, its files in {data} are there. "
    "Put the catalogue back from a copy, or set LINIYA_HOME to another folder."
)
NO_LAKE = (
    "{home}: no lake here yet. Run `liniya ingest PATH` or `liniya demo` first, "
    "or point LINIYA_HOME at an existing one."
)


@dataclass
class Cores:
    """What all connections of one open lake share: how many of them are at work beside another.

    DuckDB gives cores up by waiting for its threads, under a lock which each statement takes at its
    end. A thread that reads a table of the lake makes statements of DuckLake's own: where one of
    them ends just then, both wait for ever. So `threads` is lowered only by who is alone at work.
    """

    n_beside: int = 0


@dataclass
class Lake:
    """An open lake: tables are `lake.<name>` of `con`. One per thread: use cursor()."""

    con: duckdb.DuckDBPyConnection
    settings: Settings
    read_only: bool
    reference: reference_data.Reference
    is_wide: bool = False  # every core is at work: see `sized`
    is_narrow: bool = False  # but not now: see `narrow`
    is_inside: bool = False  # a transaction is open
    cores: Cores = field(default_factory=Cores)

    def cursor(self) -> "Lake":
        """Return the same lake through a connection another thread may use."""
        known = (self.settings, self.read_only, self.reference, self.is_wide)
        return Lake(self.con.cursor(), *known, cores=self.cores)

    def frame(self, sql: str, params: dict[str, object] | None = None) -> pl.DataFrame:
        """Run a query with bound parameters and return its rows as a Polars frame."""
        return self.con.execute(sql, params).pl()

    def has(self, rows: str, params: dict[str, object] | None = None) -> bool:
        """Tell whether a table, or `table where …`, has rows.

        Cheaper than a statement that plans to change rows and finds none.
        """
        return bool(self.con.execute(f"select 1 from {rows} limit 1", params).fetchall())

    @contextlib.contextmanager
    def sized(self, rows: int | None = None) -> Iterator[None]:
        """Use every core inside for work on so many rows (None: on all), one where they are few.

        A look at a lake table is a dozen statements of DuckLake in the catalogue; to hand them from
        thread to thread costs more than they do (22 ms of CPU instead of 9).
        """
        is_one = self.is_wide or self.cores.n_beside
        if is_one or (self.rows() if rows is None else rows) < MANY_ROWS:
            yield
            return
        self.con.execute("reset threads")
        # a thread takes 122,880 rows of a table in memory at once: of a batch a core has all, or
        # most, and the others nothing; so it takes vectors
        self.con.execute("pragma verify_parallelism")
        self.is_wide = True
        try:
            yield
        finally:
            self.is_wide = False
            # in a transaction that failed nothing is set, and its own error goes up
            with contextlib.suppress(duckdb.Error):
                self.con.execute("pragma disable_verify_parallelism")
                self.con.execute("set threads = 1")

    @contextlib.contextmanager
    def narrow(self) -> Iterator[None]:
        """Use one core inside `sized` again: for looks at few rows, and commits, of much work.

        To close and open the cores takes as long as one look spares.
        """
        if not self.is_wide or self.is_narrow or self.read_only or self.cores.n_beside:
            yield
            return
        self.con.execute("set threads = 1")
        self.is_narrow = True
        try:
            yield
        finally:
            self.is_narrow = False
            with contextlib.suppress(duckdb.Error):  # as in `sized`
                self.con.execute("reset threads")

    @contextlib.contextmanager
    def beside(self) -> Iterator["Lake"]:
        """Give a second connection, for a thread that asks while this one does.

        Of a writer each uses one core inside: to share statements among cores costs more than it
        saves there. Of a reader others may be asking, and the cores stay as they are: see Cores.
        """
        if not self.read_only and not self.cores.n_beside:
            self.con.execute("set threads = 1")
        self.cores.n_beside += 1
        other = self.cursor()
        try:
            yield other
        finally:
            other.con.close()
            self.cores.n_beside -= 1
            if self.is_wide and not self.cores.n_beside and not self.read_only:
                with contextlib.suppress(duckdb.Error):  # as in `sized`
                    self.con.execute("reset threads")

    def widen(self) -> None:
        """Use every core from now on where the lake holds many rows: for who only reads."""
        if not self.is_wide and self.rows() >= MANY_ROWS:
            self.con.execute("reset threads")
            self.is_wide = True

    def rows(self) -> int:
        """Return about how many events the lake holds."""
        return int(self.con.execute(
            "select coalesce(sum(stats.record_count), 0) "
            "from __ducklake_metadata_lake.ducklake_table_stats as stats "
            "inner join __ducklake_metadata_lake.ducklake_table as tables using (table_id) "
            "where tables.table_name = 'events' and tables.end_snapshot is null"
        ).fetchall()[0][0])  # fmt: skip

    def snapshot(self) -> int:
        """Return the version of the data this transaction sees: one more with every commit."""
        return int(self.con.sql("select id from lake.current_snapshot()").fetchall()[0][0])

    def version(self) -> int:
        """Return the newest `snapshot` there is, a quarter of its work: to see whether it grew."""
        return int(self.con.execute(
            "select max(snapshot_id) from __ducklake_metadata_lake.ducklake_snapshot"
        ).fetchall()[0][0])  # fmt: skip

    def stamp(self) -> tuple[int, ...]:
        """Return what changes when anybody writes to the catalogue: a hundredth of `version`.

        Times and sizes of its files. Of two writes within the resolution of the file system's times
        the second may not show: `version` is to be asked now and then too.
        """
        found: list[int] = []
        for end in ("", "-wal"):
            with contextlib.suppress(OSError):
                stat = Path(f"{self.settings.catalog}{end}").stat()
                # an empty log of writes comes and goes with every look
                found += [stat.st_mtime_ns, stat.st_size] if stat.st_size else []
        return tuple(found)

    def brings_clocks_alone(self) -> None:
        """Note in the open transaction that it changes no rows but clocks: see `has_news`."""
        self.con.execute("call lake.set_commit_message('worker', $what)", {"what": CLOCKS_ALONE})

    def has_news(self, since: int) -> bool:
        """Tell whether a commit after a version brought more than clocks of rows known before."""
        return self.has(
            "__ducklake_metadata_lake.ducklake_snapshot_changes "
            "where snapshot_id > $since and commit_message is distinct from $what",
            {"since": since, "what": CLOCKS_ALONE},
        )

    def now(self) -> datetime:
        """Return product time: the wall clock, or under LINIYA_CLOCK=data the newest event."""
        return (self.newest() if self.settings.clock == "data" else None) or wall_now()

    def newest(self) -> datetime | None:
        """Return the time of the newest event in the lake."""
        found: datetime | None = self.con.sql("select max(event_at) from lake.events").fetchall()[
            0
        ][0]
        # DuckDB's zone is another by name than Python's, and Polars knows them by name
        return found and found.astimezone(UTC)

    def close(self) -> None:
        """Close the connection and let go of the catalogue."""
        self.con.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commit at the end, roll back on any error; inside another, part of it.

        Who only reads sees one version of the lake inside, however many statements: figures agree.
        """
        if self.is_inside:
            yield
            return
        self.con.execute("begin")
        self.is_inside = True
        try:
            yield
        except BaseException:
            self.is_inside = False
            self.con.execute("rollback")
            raise
        self.is_inside = False
        with self.narrow():
            self.con.execute("commit")

    @contextlib.contextmanager
    def one_look(self) -> Iterator[None]:
        """Make what few rows need in one transaction: each new one asks the catalogue anew.

        Work on many rows (`sized`) stays outside: inside a transaction DuckDB knows no sizes of
        what it has just made and plans badly (an ASOF join took 25 times as long).
        """
        with contextlib.nullcontext() if self.is_wide else self.transaction():
            yield


def open_lake(settings: Settings, *, read_only: bool = False) -> Lake:
    """Open the lake, making it on the first run (never when read_only).

    Raises:
        NoLakeError: there is no lake yet (read_only).
        LakeError: the folder cannot be written, its catalogue is gone, or the lake is of a newer
            version.
    """
    if not settings.catalog.is_file():
        if any(settings.data.rglob("*.parquet")):
            raise LakeError(LOST_CATALOG.format(catalog=settings.catalog, data=settings.data))
        if read_only:
            raise NoLakeError(NO_LAKE.format(home=settings.home))
    reference = reference_data.load(settings.reference)
    if not read_only:
        _make_home(settings)
    con = duckdb.connect(config=CONFIG)
    try:
        for package, name in (
            ("duckdb_extension_sqlite_scanner", "sqlite_scanner"),
            ("duckdb_extension_ducklake", "ducklake"),
        ):
            con.execute(f"load '{_extension(package, name)}'")
        wait_shortly(_extension("duckdb_extension_sqlite_scanner", "sqlite_scanner"))
        if settings.memory_limit:
            con.execute(f"set memory_limit = '{settings.memory_limit}'")
        # what does not fit in memory goes to the lake's folder, not to where the command was given
        # (of each connection its own: two would write the same names)
        con.execute(f"set temp_directory = '{settings.home}/{SPILL}{uuid.uuid4().hex[:12]}'")
        con.execute("set global TimeZone = 'UTC'")  # of every cursor, wherever the machine stands
        con.execute("set enable_progress_bar = false")
        con.execute("set sqlite_all_varchar = false")
        # inside a transaction new rows count as none, and below this many an ASOF join is a loop
        con.execute("set asof_loop_join_threshold = 0")
        mode = ", read_only" if read_only else ""
        con.execute(
            f"attach 'ducklake:sqlite:{settings.catalog}' as lake "
            # the folder may have been moved or copied since the lake was made
            f"(data_path '{settings.data}/', override_data_path true, "
            f"data_inlining_row_limit {INLINE_ROWS}, meta_busy_timeout {TRIES_MS}{mode})"
        )
    except duckdb.Error as error:
        con.close()
        raise LakeError(_why_closed(settings, error)) from error
    reference_data.attach(con, reference, settings.zone)
    lake = Lake(con, settings, read_only, reference)
    said = _verified(lake)
    if not read_only:
        made_by = int(said["schema_version"]) if said else None
        make_tables(con, said.get("new_tables", ""), made_by)
    return lake


def _why_closed(settings: Settings, error: duckdb.Error) -> str:
    if not os.access(settings.home, os.W_OK):
        return (
            f"{settings.home}: this user may not write there; readers of the lake must, too: the "
            f"catalogue keeps its state of reading beside it. Give this user the folder."
        )
    return f"{settings.catalog}: the lake cannot be opened: {error}"


# of the system (disk, quota, largest file) and of SQLite
FULL = (
    "No space left on device", "Disk quota exceeded", "File too large", "database or disk is full",
    "disk I/O error",  # SQLite's, where its file may grow no more, or the disk itself fails
)  # fmt: skip


def is_full(error: Exception) -> bool:
    """Tell whether an error of DuckDB, SQLite or the system says that no more can be stored."""
    text = str(error)
    return any(words in text for words in FULL)


def full_disk(settings: Settings) -> LakeError:
    """Return the error to raise where the disk is full: nothing of the transaction is in."""
    return LakeError(
        f"{settings.home}: the disk is full, or a quota or the largest size of a file is reached, "
        f"or the disk fails. "
        f"Free space there, then run this again: what was written before is kept whole, and no row "
        f"will be twice."
    )


def _extension(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LakeError(f"the package {package} is missing: run `make install`")
    found = sorted(Path(spec.submodule_search_locations[0]).rglob(f"{name}.duckdb_extension"))
    if not found:
        raise LakeError(f"the package {package} has no extension file for this platform")
    return found[0]


def _make_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        settings.data.mkdir(exist_ok=True)
        if not settings.catalog.exists():
            with contextlib.closing(sqlite3.connect(settings.catalog)) as con:
                con.execute("pragma journal_mode=wal")
            settings.catalog.chmod(0o600)
    except OSError as error:
        raise LakeError(
            f"{settings.home}: cannot be written ({error.strerror}). "
            f"Give this user the folder, free space, or set LINIYA_HOME to another one."
        ) from error


def _verified(lake: Lake) -> dict[str, str]:
    """Return what the lake says of itself; nothing of one just made, without tables yet.

    Raises:
        VersionError: it is of a newer program, or of an older and only to be read (its tables have
            other columns); says which of the two to bring up to date.
    """
    try:
        said: dict[str, str] = dict(lake.con.sql("select name, value from lake.meta").fetchall())
    except duckdb.CatalogException as error:
        if not lake.read_only:
            return {}
        raise NoLakeError(NO_LAKE.format(home=lake.settings.home)) from error
    version = int(said["schema_version"])
    if version > SCHEMA_VERSION:
        raise VersionError(
            f"{lake.settings.home}: the lake is of version {version}, "
            f"this program knows {SCHEMA_VERSION}. Update the program.",
            is_newer=True,
        )
    if version < SCHEMA_VERSION and lake.read_only:
        raise VersionError(
            f"{lake.settings.home}: the lake is of version {version}, this program makes "
            f"{SCHEMA_VERSION}. Start the worker (`liniya run`) or `liniya maintain`: "
            f"it brings the lake up to date, then its days are judged again.",
            is_newer=False,
        )
    return said
