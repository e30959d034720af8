"""Name the contacts that come between two trainings, by the last version: the worker's own step.

The model is made and asked in a thread, some texts at a time, so a live log waits for a short
transaction only. A chat still going on is left alone: its text is not whole yet.
"""

import json
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from pipelines.lake.commit import mark_dirty
from pipelines.lake.connect import Lake
from pipelines.lake.days import in_days
from pipelines.problems.categorise import GIVEN, GUESSED, KEPT, NAMED, digest_of, guessed_by
from pipelines.problems.taught import kept
from pipelines.problems.text_model import Curve, TextModel, train
from pipelines.settings import wall_now
from pipelines.touched import note_touched, replace_clocks

log = logging.getLogger(__name__)

AT_ONCE = 200  # texts: a tenth of a second of guessing, and their clocks as much
NEW_DAYS = 2  # looked at each time; of the others one after another, for files that come late
WHOLE_AFTER = timedelta(hours=1)  # a chat nobody closed has said what it is about by then

_LAST = (
    "select version, digest, curve, sure from lake.category_models order by version desc limit 1"
)
_UNNAMED = """
select c.contact_id, c.received_date, c.text
from lake.contacts as c
where {days} and c.text is not null and c.category is null and c.category_source is null
    and (c.channel <> 'chat' or c.outcome is not null or c.received_at <= $whole_before)
    and c.contact_id not in (
        select g.contact_id from lake.category_guesses as g where {guess_days}
    )
order by c.received_at desc, c.contact_id
limit $limit
"""


@dataclass(frozen=True)
class Published:
    """The last version: its number, its model and what a margin is worth."""

    version: int
    digest: str
    model: TextModel
    curve: Curve
    sure: float


@dataclass
class Namer:
    """What the worker keeps between two steps: the model, and the work a thread is at."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "naming"))
    published: Published | None = None
    making: Future[Published] | None = None
    guessing: Future[pl.DataFrame] | None = None
    unknown: str = ""  # a version whose texts are not kept: the next training names again
    turn: int = 0  # of the older days

    def step(self, lake: Lake) -> int:
        """Do the next small piece of the work; return how many contacts got a guess.

        Args:
            lake: open for writing, in no transaction.
        """
        if self.guessing is not None:
            return self._write(lake) if self.guessing.done() else 0
        if not self._is_ready(lake) or (by := self.published) is None:
            return 0
        texts = self._unnamed(lake)
        if not texts.is_empty():
            self.guessing = self.pool.submit(guessed_by, by.model, by.curve, by.sure, texts)
        return 0

    def close(self) -> None:
        """Let go of the thread."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _is_ready(self, lake: Lake) -> bool:
        """Say whether the model of the last version is here; where it is not, have it made."""
        if self.making is not None:
            if not self.making.done():
                return False
            self.published, self.making = self.making.result(), None
        last = lake.frame(_LAST).to_dicts()
        if not last:
            return False
        if self.published and self.published.version == last[0]["version"]:
            return True
        digest = str(last[0]["digest"])
        texts = kept(lake.settings, digest)
        if texts is None or digest_of(texts) != digest:
            if self.unknown != digest:
                log.info("version %s is not kept here; `liniya categorise`", last[0]["version"])
            self.unknown = digest
            return False
        self.making = self.pool.submit(_published, last[0], texts)
        return False

    def _unnamed(self, lake: Lake) -> pl.DataFrame:
        today = lake.now().astimezone(lake.settings.tz).date()
        new = [today - timedelta(days=n) for n in range(NEW_DAYS)]
        older = [
            row[0]
            for row in lake.con.execute(
                "select received_date from lake.settled_days "
                "where received_date < $first order by received_date desc",
                {"first": new[-1]},
            ).fetchall()
        ]
        days = [*new, older[self.turn % len(older)]] if older else new
        self.turn += 1
        return unnamed(lake, days, lake.now())

    def _write(self, lake: Lake) -> int:
        if self.guessing is None or self.published is None:
            return 0
        found, self.guessing = self.guessing.result(), None
        return write(lake, found, self.published.version)


def unnamed(lake: Lake, days: list[date], now: datetime, limit: int = AT_ONCE) -> pl.DataFrame:
    """Return contacts of these days with a whole text, no category and no guess, newest first.

    Returns:
        contact_id, received_date, text.
    """
    sql = _UNNAMED.format(
        days=in_days("c.received_date", days), guess_days=in_days("g.received_date", days)
    )
    return lake.frame(sql, {"whole_before": now - WHOLE_AFTER, "limit": limit})


def write(lake: Lake, found: pl.DataFrame, version: int) -> int:
    """Write guesses of a version and judge the contacts it names again; return how many guesses.

    Args:
        lake: open for writing, in no transaction.
        found: contact_id, received_date, category, confidence, suggested, state. What somebody said
            of a contact meanwhile stands.
    """
    with lake.transaction():
        lake.con.register("found_guesses", found)
        lake.con.execute(GUESSED)
        lake.con.unregister("found_guesses")
        lake.con.execute(NAMED)
        lake.con.execute(KEPT, {"version": version, "at": wall_now()})
        if lake.has("named"):
            lake.con.execute(GIVEN)
            note_touched(lake, "named")
            replace_clocks(lake, "touched")
            mark_dirty(lake, "touched", needs_clocks=False)
    return int(lake.con.sql("select count(*) from guessed").fetchall()[0][0])


def _published(row: dict[str, object], texts: pl.DataFrame) -> Published:
    margins, shares = json.loads(str(row["curve"]))
    return Published(
        int(str(row["version"])),
        str(row["digest"]),
        train(texts["text"], texts["category"]),
        Curve(tuple(margins), tuple(shares)),
        float(str(row["sure"])),
    )
