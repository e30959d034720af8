"""The worker: the one writer of the lake. Tails the inbox, serves jobs, settles marts, keeps house.

A tick takes what was appended to each tailed file since its ledger position: rows, clocks and the
new position in one transaction, so a killed worker goes on exactly where it was.
"""

import contextlib
import logging
import sqlite3
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from expectations import warm
from pipelines import desk
from pipelines.alerts.watch import Watch, watch
from pipelines.cleaning.mask import shown
from pipelines.due import Due
from pipelines.errors import LiniyaError
from pipelines.ingest import head_hash, ingest_file
from pipelines.jobs import serve_one
from pipelines.lake.connect import Lake, full_disk, is_full, open_lake
from pipelines.lake.key_mark import hold_to_key
from pipelines.lake.lock import writer_lock
from pipelines.lake.upkeep import maintain, sweep
from pipelines.problems import refresh as refresh_bursts
from pipelines.problems.decisions import carry
from pipelines.quality import check_recent
from pipelines.rebuild import refresh
from pipelines.reviews.project import project as project_reviews
from pipelines.settings import Settings
from pipelines.settle import settle
from pipelines.shift.project import project
from pipelines.sources import Context, companions, detect, is_growable, read, table_of
from pipelines.stage import FULL, FileResult, Stage, account_of
from pipelines.touched import judge

if TYPE_CHECKING:
    from pipelines.problems.naming import Namer

log = logging.getLogger(__name__)

TAILED = ("events", "queue_log", "chatwoot")  # logs that grow line by line
BACKLOG_BYTES = 16 << 20  # more than this at once is no live traffic: its days are settled after
QUIET_S = 2.0  # a whole file is taken when nobody has written to it for so long
JUDGE_S = 2.0  # clocks of new lines are made so often
SETTLE_S = 60.0
REFRESH_S = 900.0
BURST_DAYS = timedelta(days=2)  # bursts begun earlier are looked at with the refresh
GLANCE_S = 0.02  # between two glances at the sizes of followed logs
REST_S = 0.15  # a pause between commits: each is a version of the lake, which readers read anew
UPKEEP_S = 3600.0
SUBTOPICS_S = 900.0  # contacts of so long wait for their sub-topic
PIECE_S = 60.0  # pieces of the work on sub-topics come no faster while lines do
LIVE_S = 5.0  # a line came so lately: more may come
FULL_S = 15.0  # pause before a full disk is tried again
FLUSH_TICKS = 200  # see docs/architecture.md: reads slow down without it


@dataclass
class Tail:
    """How far a growing file has been read, and its account so far."""

    source: str
    file_id: str
    position: int
    sha256: str
    account: FileResult
    provided: frozenset[tuple[str, str]] = frozenset()  # see Stage


@dataclass
class Worker:
    """State between ticks; everything that must survive is in the lake."""

    lake: Lake
    context: Context
    watch: Watch | None = None
    tails: dict[Path, Tail] = field(default_factory=dict)
    sizes: dict[Path, int] = field(default_factory=dict)  # when last looked at
    whole: dict[Path, tuple[int, float]] = field(default_factory=dict)  # size, mtime when taken
    sources: dict[Path, str] = field(default_factory=dict)  # of whole files taken
    refused: dict[Path, tuple[int, float]] = field(default_factory=dict)
    acted: int = 0  # the last act of the desk that is in the lake
    reviewed: int = 0  # and of its reviews
    decided: int = 0  # the last decision of an analyst that is
    namer: "Namer | None" = None
    burst_seen: int = -1  # the version of the lake the last look for bursts left
    lined_at: float = -LIVE_S  # time.monotonic() when lines of a followed log came last
    has_unjudged: bool = True  # a worker before may have left some
    ticks: int = 0
    due: Due = field(default_factory=Due)

    def tick(self) -> int:
        """Take what is new in the inbox; return the number of rows read."""
        inbox = self.lake.settings.inbox_dir
        rows = 0
        paths = sorted(p for p in inbox.rglob("*") if p.is_file())
        for gone in self.tails.keys() - set(paths):
            del self.tails[gone]
        for path in paths:
            if any(part.startswith((".", "_")) for part in path.relative_to(inbox).parts):
                continue
            try:
                rows += self._take(path)
            except LiniyaError as error:
                stat = path.stat()
                if self.refused.get(path) != (stat.st_size, stat.st_mtime):
                    log.error("%s", shown(str(error)))
                self.refused[path] = (stat.st_size, stat.st_mtime)
        if rows:
            self.ticks += 1
            if self.ticks % FLUSH_TICKS == 0:
                self.lake.con.execute("call ducklake_flush_inlined_data('lake')")
        return rows

    def _take(self, path: Path) -> int:
        stat = path.stat()
        self.sizes[path] = stat.st_size
        mark = self._mark(path)
        if stat.st_size == 0 or self.whole.get(path) == mark or self.refused.get(path) == mark:
            return 0
        if path in self.tails:
            return self._follow(path, self.tails[path])
        if table_of(path, list(self.context.profiles.values())):
            self.whole[path] = mark  # read with the table it belongs to
            return 0
        source = detect(path, self.context)
        if source in TAILED and is_growable(path):
            self.tails[path] = self._known_tail(path, source)
            return self._follow(path, self.tails[path])
        if time.time() - stat.st_mtime < QUIET_S:
            return 0
        result = ingest_file(self.lake, path, self.context, source)
        self.sources[path] = source
        self.whole[path] = self._mark(path)
        log.info("%s: %s", result.file, result.row())
        return result.accepted + result.updated

    def _mark(self, path: Path) -> tuple[int, float]:
        """Return size and time of change of a file, with those of the tables it is joined with."""
        profile = self.context.profiles.get(self.sources.get(path, ""))
        stats = [p.stat() for p in (path, *companions(path, profile))]
        return sum(s.st_size for s in stats), max(s.st_mtime for s in stats)

    def _follow(self, path: Path, tail: Tail) -> int:
        if path.stat().st_size == tail.position:
            return 0
        if path.stat().st_size < tail.position or head_hash(path, tail.position) != tail.sha256:
            # rotated: another file under the same name
            del self.tails[path]
            return self._take(path)
        started = time.perf_counter()
        is_backlog = path.stat().st_size - tail.position > BACKLOG_BYTES
        stage = Stage(
            self.lake, shown(path.name), quick=not is_backlog, file_id=tail.file_id,
            provided=tail.provided,
        )  # fmt: skip
        first_row = tail.account.read + 1
        for staged in read(path, tail.source, self.context, tail.position, False, first_row):
            stage.add(staged)
            if stage.weight >= FULL:  # the rest is taken next time
                break
        if not stage.read:
            return 0
        sha256 = head_hash(path, stage.position)
        ledger: dict[str, Any] = {"sha256": sha256, "size": stage.position, "is_tail": True}
        tail.account = stage.finish(tail.source, started, ledger, tail.account)
        tail.position, tail.sha256, tail.provided = stage.position, sha256, stage.provided
        self.has_unjudged, self.lined_at = True, time.monotonic()
        return stage.read

    def _known_tail(self, path: Path, source: str) -> Tail:
        known = self.lake.frame(
            "select file_id, position, sha256, read, accepted, updated, duplicate, quarantined "
            "from lake.files where is_tail and name = $name order by ingested_at desc",
            {"name": shown(path.name)},
        )
        for row in known.iter_rows(named=True):
            is_longer = path.stat().st_size >= row["position"]
            if is_longer and head_hash(path, row["position"]) == row["sha256"]:
                account = account_of(row, shown(path.name), source)
                return Tail(source, row["file_id"], row["position"], row["sha256"], account)
        account = FileResult(shown(path.name), source)
        return Tail(source, uuid.uuid4().hex[:16], 0, head_hash(path, 0), account)

    def keep_house(self) -> None:
        """Do what is due besides ticks, and take what is new between one and the next."""
        for duty in (
            self._carry,
            self._judge,
            self._serve,
            self._settle,
            self._check,
            self._find_bursts,
            self._refresh,
            self._maintain,
            self._tend,
            self.name_new,
            self._look,
            self._report,
            self._print_postmortems,
        ):
            duty()
            if self._has_grown():
                self.tick()

    def _judge(self) -> None:
        """Make the clocks of contacts that ticks have left: their lines are shown already."""
        if self.has_unjudged and self.due.now("judge", JUDGE_S, most=1 / 8):
            with self.due.timed("judge"):
                judge(self.lake)
            self.has_unjudged = False

    def _serve(self) -> None:
        while serve_one(self.lake, self._between):
            self.tails.clear()  # a job may have changed the accounts of their files

    def _settle(self) -> None:
        if self.due.now("settle", SETTLE_S):
            settle(self.lake, self._meanwhile)

    def _check(self) -> None:
        if self.due.now("check", SETTLE_S, SETTLE_S):
            check_recent(self.lake)

    def _refresh(self) -> None:
        # first the lines that came while no worker ran
        if self.due.now("refresh", REFRESH_S, SETTLE_S):
            refresh(self.lake, self._meanwhile)

    def _maintain(self) -> None:
        if self.due.now("upkeep", UPKEEP_S, UPKEEP_S):
            maintain(self.lake, self._meanwhile)

    def rest(self, stop: Any, began: float) -> None:
        """Pause until a followed log grows, but half as long as the work since `began` took.

        So a line waits little and a third of a core stays free; without news, tick_s from `began`.
        """
        now = time.monotonic()
        latest = max(began + self.lake.settings.tick_s, now + GLANCE_S)
        soonest = min(now + max((now - began) / 2, REST_S), latest)
        while now < latest and not stop.is_set():
            if now >= soonest and self._has_grown():
                return
            stop.wait(min(GLANCE_S, latest - now))
            now = time.monotonic()

    def _has_grown(self) -> bool:
        for path in self.tails:
            with contextlib.suppress(OSError):  # gone: not grown
                if path.stat().st_size != self.sizes[path]:
                    return True
        return False

    def _between(self) -> None:
        """Take what is new between two steps of a job."""
        self.tails.clear()
        self.tick()
        self._judge()
        self._carry()
        self._look()

    def _meanwhile(self, *_: object) -> None:
        """Take what came between two steps of a duty of seconds."""
        self._carry()
        if self._has_grown():
            self.tick()

    def _carry(self, *_: object) -> None:
        """Carry what people did into the lake: between steps, where no transaction is open."""
        self.acted = project(self.lake, self.acted)
        self.reviewed = project_reviews(self.lake, self.reviewed)
        self.decided = carry(self.lake, self.decided)

    def _find_bursts(self) -> None:
        """Look for bursts of these days, each minute at most a sixtieth of the time."""
        is_due = self.due.now("bursts", SETTLE_S, SETTLE_S, most=1 / 60)
        if is_due and self.lake.version() != self.burst_seen:
            with self.due.timed("bursts"), self.lake.transaction():
                refresh_bursts(self.lake, self.lake.now() - BURST_DAYS)
            self.burst_seen = self.lake.version()

    def _tend(self) -> None:
        """Do a piece of the sub-topics, seconds of work that lines wait for.

        While there is more: the next at once where no line comes, else each PIECE_S.
        """
        if self.due.now("subtopics", SUBTOPICS_S, SETTLE_S):
            # brings scikit-learn along: not before it is needed
            from pipelines.problems.subtopics import tend

            if tend(self.lake):
                is_live = time.monotonic() - self.lined_at < LIVE_S
                self.due.last["subtopics"] -= SUBTOPICS_S - (PIECE_S if is_live else 0.0)

    def _look(self) -> None:
        """Look at the rules of alerts, not at every tick: a look costs what the board does."""
        every_s = self.lake.settings.alert_every_s
        if self.watch and every_s and self.due.now("alerts", every_s):
            self.watch.look()

    def name_new(self) -> None:
        """Have the last categoriser name contacts that came without a category."""
        every_s = self.lake.settings.name_every_s
        if not every_s:
            return
        is_waiting = self.namer is not None and self.namer.guessing is not None
        if not is_waiting and not self.due.now("name", every_s):
            return
        if self.namer is None:
            if not self.lake.has("lake.category_models"):
                return
            # brings scikit-learn along: not before there is a version
            from pipelines.problems.naming import Namer

            self.namer = Namer()
        self.namer.step(self.lake)

    def _report(self) -> None:
        """Publish and deliver the week on schedule, each minute a look."""
        if self.lake.settings.report_at and self.due.now("report", SETTLE_S, SETTLE_S):
            # reports bring Typst and the metrics along: not before they are needed
            from pipelines.editions import schedule

            addresses = self.watch.addresses if self.watch else {}
            if schedule.look(self.lake, addresses, self._between):
                self.tails.clear()

    def _print_postmortems(self) -> None:
        """Print what an outage was once it is over, each minute a look."""
        if self.due.now("postmortems", SETTLE_S) and self.lake.has("lake.incidents"):
            # reports bring Typst and the metrics along: not before they are needed
            from pipelines.editions import postmortems

            if postmortems.look(self.lake, self._between):
                self.tails.clear()


def run(settings: Settings, stop: Any) -> None:
    """Work until `stop` (a threading.Event) is set.

    Raises:
        LakeBusyError: another worker or command holds the lake.
        LakeError: the key of identifiers is not the one the lake was made with.
    """
    with writer_lock(settings, "liniya worker") as was_killed:
        settings.inbox_dir.mkdir(parents=True, exist_ok=True)
        desk.requeue_interrupted(settings)
        log.info("worker: watching %s", settings.inbox_dir)
        # seconds of importing, which the first line would wait for
        threading.Thread(target=warm, daemon=True, name="warm").start()
        while not stop.is_set():
            try:
                _work(settings, stop, was_killed)
            except (duckdb.Error, sqlite3.Error) as error:
                if not is_full(error):
                    raise
                # the lake is as it was before: the board goes on with what there is
                log.error("%s Next try in %.0f s.", full_disk(settings), FULL_S)
                stop.wait(FULL_S)


def _work(settings: Settings, stop: Any, was_killed: bool) -> None:
    lake = open_lake(settings)
    watching = worker = None
    try:
        if was_killed:
            sweep(lake)
        context = Context.of(settings)
        hold_to_key(lake, context.key)
        watching = watch(lake)
        worker = Worker(lake, context, watching)
        while not stop.is_set():
            began = time.monotonic()
            worker.tick()
            worker.keep_house()
            worker.rest(stop, began)
    finally:
        if watching:
            watching.delivery.stop()
        if worker and worker.namer:
            worker.namer.close()
        lake.close()
