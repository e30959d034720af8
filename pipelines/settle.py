"""Settle dirty days: judge their contacts where that is due, then build their marts again.

Which days are dirty is written with the rows that made them so; a killed process leaves them
dirty, and until they are settled their figures come from rows. Of many contacts everything is
computed before the transaction, which only replaces rows: days in as many shares as there are
cores, each from its clocks to its marts through a connection of its own.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path

from pipelines.lake.all_cores import do_each, even, n_shares
from pipelines.lake.citizens import relink_days
from pipelines.lake.commit import mark_dirty
from pipelines.lake.connect import MANY_ROWS, Lake
from pipelines.lake.upkeep import thin
from pipelines.lake.whole_days import deleted_on_error, name_files, write_files
from pipelines.marts.build import forget as forget_marts
from pipelines.marts.build import prepare as prepare_marts
from pipelines.marts.build import replace as replace_marts
from pipelines.marts.settled import fingerprint
from pipelines.promises import make_clocks
from pipelines.touched import EVENTS_A_CONTACT, judge

OnProgress = Callable[[str, int, int], None]
MAKING = 4  # raise it when the same rows come to be judged otherwise: old days are judged again
CONTACTS_AT_ONCE = 150_000  # bounds the memory: some 5 kB of facts, clocks and marts a contact

DIRTY = """
    select dirty.received_date, bool_or(dirty.needs_clocks), coalesce(any_value(n.contacts), 0)
    from lake.dirty_days as dirty
    left join (
        select received_date, count(*) as contacts from lake.contacts group by received_date
    ) as n on dirty.received_date = n.received_date
    group by dirty.received_date order by dirty.received_date
"""

Dirty = tuple[date, bool, int]  # day, are its contacts to be judged, how many there are


@dataclass(frozen=True)
class Share:
    """Days one connection settles, and the schema it makes their marts in."""

    dirty: Sequence[Dirty]
    schema: str

    @property
    def days(self) -> list[date]:
        """All days of the share."""
        return [day for day, _, _ in self.dirty]

    @property
    def judged(self) -> list[date]:
        """Those whose contacts are to be judged."""
        return [day for day, is_asked, _ in self.dirty if is_asked]


def settle(lake: Lake, on_progress: OnProgress = lambda *_: None) -> int:
    """Settle every dirty day, some days a transaction; return how many there were.

    Where the rules promises are judged by, or those of the marts, have changed since, every day is
    dirty.
    """
    judge(lake)
    _heed_new_rules(lake)
    dirty: list[Dirty] = lake.con.sql(DIRTY).fetchall()
    # all of them before any is judged: a repeat looks over the edge of the days judged together
    unlinked = [day for day, is_asked, _ in dirty if is_asked]
    if unlinked and lake.has("lake.identity"):
        rows = sum(n for _, is_asked, n in dirty if is_asked) * EVENTS_A_CONTACT
        with lake.sized(rows), lake.transaction():
            relink_days(lake, unlinked)
    done = 0
    for some in _batches(dirty):
        on_progress("judging", done, len(dirty))
        files: list[Path] = []
        with lake.sized(sum(n for _, _, n in some) * EVENTS_A_CONTACT), lake.one_look():
            shares = _shares(lake, some)
            with deleted_on_error(files):
                do_each(lake, partial(_compute, files), shares)
            with lake.transaction(), deleted_on_error(files):
                _replace(lake, shares, files)
            forget_marts(lake, [share.schema for share in shares])
            lake.con.execute("drop table if exists temp.new_clocks")
        done += len(some)
    if dirty and lake.rows() >= MANY_ROWS:
        thin(lake)
    on_progress("judging", len(dirty), len(dirty))
    return len(dirty)


def _heed_new_rules(lake: Lake) -> None:
    found = "select name, value from lake.meta where name in ('promises', 'marts')"
    known = dict(lake.con.sql(found).fetchall())
    now = judging_rules(lake)
    is_judged, is_built = known.get("promises") == now, known.get("marts") == fingerprint(lake)
    if is_judged and (is_built or "marts" not in known):
        return
    with lake.transaction():
        if known:
            lake.con.execute(
                "create or replace temp table asked as "
                "select distinct received_date from lake.contacts"
            )
            mark_dirty(lake, "asked", needs_clocks="promises" in known and not is_judged)
        lake.con.execute("delete from lake.meta where name = 'promises'")
        lake.con.execute("insert into lake.meta values ('promises', $now)", {"now": now})


def judging_rules(lake: Lake) -> str:
    """Return a short hash of the reference data and settings clocks are made by."""
    known, settings = lake.reference, lake.settings
    parts = (
        MAKING,
        known.promises, known.rules, known.calendars, known.days, known.lines, known.classes,
        known.categories, known.menu, known.regions, settings.zone, settings.reopen_hours,
        settings.short_abandon_s,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _batches(dirty: list[Dirty]) -> Iterator[list[Dirty]]:
    some: list[Dirty] = []
    for day in dirty:
        if some and sum(n for _, _, n in some) + day[2] > CONTACTS_AT_ONCE:
            yield some
            some = []
        some.append(day)
    if some:
        yield some


def _shares(lake: Lake, some: list[Dirty]) -> list[Share]:
    runs = even([(day, day[2]) for day in some], n_shares(lake, sum(n for _, _, n in some)))
    if len(runs) == 1:
        return [Share(some, "temp")]
    shares = [Share(run, f"memory.settled_{n}") for n, run in enumerate(runs)]
    for share in shares:
        lake.con.execute(f"drop schema if exists {share.schema} cascade")
        lake.con.execute(f"create schema {share.schema}")
    return shares


def _compute(files: list[Path], lake: Lake, share: Share) -> None:
    """Make clocks and marts of a share; of many contacts the clocks are files, added to `files`."""
    if share.judged:
        judge_days(lake, share.judged)
    prepare_marts(lake, share.days, share.judged, share.schema)
    if share.judged and lake.is_wide:
        files += write_files(lake, "clocks", "new_clocks")


def judge_days(lake: Lake, days: list[date]) -> None:
    """Make the temporary table new_clocks of all contacts of these days."""
    lake.con.execute(
        """
        create or replace temp table touched as
        select contact_id, received_date from lake.contacts
        where received_date in (select unnest($days))
        """,
        {"days": days},
    )
    make_clocks(lake, "touched")


def _replace(lake: Lake, shares: list[Share], files: list[Path]) -> None:
    days = list(chain.from_iterable(share.days for share in shares))
    if judged := list(chain.from_iterable(share.judged for share in shares)):
        of_days = "lake.clocks where received_date in (select unnest($days))"
        if lake.has(of_days, {"days": judged}):
            lake.con.execute(f"delete from {of_days}", {"days": judged})
        if lake.is_wide:
            name_files(lake, "clocks", files)
        else:
            lake.con.execute("insert into lake.clocks by name select * from new_clocks")
    replace_marts(lake, days, [share.schema for share in shares])
    lake.con.execute(
        "delete from lake.dirty_days where received_date in (select unnest($days))",
        {"days": days},
    )
