"""The watch: looks at the rules, keeps their episodes and queues what is to be told.

The worker calls `look` between its ticks. A fault in a metric is written down and shown; it ends
neither the worker nor the episodes.
"""

import contextlib
import logging
import sqlite3
import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import duckdb

from pipelines.alerts import outbox, store
from pipelines.alerts.addresses import Addresses, addresses
from pipelines.alerts.delivery import Delivery, words
from pipelines.alerts.episodes import step
from pipelines.alerts.readings import SLOW, Reading, read
from pipelines.alerts.store import Episode
from pipelines.alerts.words import Texts
from pipelines.errors import LiniyaError
from pipelines.lake.connect import Lake, is_full
from pipelines.metrics.incidents import going_on, incident_for
from pipelines.reference import AlertRule
from pipelines.settings import wall_now

log = logging.getLogger(__name__)
SLOW_S = 60.0  # silence and checks are looked at so often


@dataclass
class Watch:
    """What is looked at, where messages go, and the thread that sends them."""

    lake: Lake
    addresses: Addresses
    texts: dict[str, Texts]
    delivery: Delivery
    slow_at: float | None = None
    rules: dict[str, AlertRule] = field(init=False)

    def __post_init__(self) -> None:
        self.rules = {rule.id: rule for rule in self.lake.reference.alerts}

    def look(self, at: datetime | None = None) -> None:
        """Look at the rules once, now or as of a moment: episodes, and what is to be told."""
        at = at or self.lake.now()
        try:
            self._look(self._due(), at)
            with store.desk(self.lake.settings) as con:
                store.watched(con, at, None)
        except (duckdb.Error, sqlite3.Error, LiniyaError) as fault:
            if is_full(fault):
                raise
            error = type(fault).__name__
            # without its text: one of DuckDB may quote a row
            log.error("alerts: the rules could not be looked at (%s)", error)
            with contextlib.suppress(sqlite3.Error), store.desk(self.lake.settings) as con:
                store.watched(con, at, error)
        self.delivery.wake()

    def _due(self) -> list[AlertRule]:
        """Return the rules whose turn it is."""
        now = time.monotonic()
        is_slow = self.slow_at is None or now - self.slow_at >= SLOW_S
        if is_slow:
            self.slow_at = now
        return [r for r in self.rules.values() if is_slow or r.kind not in SLOW]

    def _look(self, rules: list[AlertRule], at: datetime) -> None:
        lake = self.lake.cursor()
        try:
            readings = read(lake, rules, at)
        finally:
            lake.close()
        self.take(readings, {rule.id for rule in rules}, at)

    def take(self, readings: list[Reading], looked: set[str], at: datetime) -> None:
        """Keep the episodes and queue their messages, in one transaction.

        Args:
            readings: of the rules `looked` at. at: product time.
        """
        outages = going_on(self.lake, at)
        with store.desk(self.lake.settings) as con:
            # nobody else changes episodes; notes may come meanwhile
            con.execute("begin immediate")
            opened = store.open_episodes(con)
            over = [one for one in opened if one.state == "ended"]
            alive = [one for one in opened if one.state != "ended"]
            found, gone = step(alive, readings, self.rules.values(), looked, at, wall_now())
            told = outbox.tell(
                con,
                [*(_folded(one, outages) for one in found), *over],
                self.rules,
                store.acknowledged(con),
                self.addresses,
                self.texts,
                at,
            )
            store.forget(con, gone)
            store.save(con, told)


def _folded(episode: Episode, outages: list[dict[str, Any]]) -> Episode:
    """Put a running episode under the outage that covers its category, line or all lines, if any.

    A silent source or a failed check is none of an outage's: the one must be mended beside it.
    """
    if episode.state != "running" or episode.scope_kind not in ("category", "line"):
        return episode
    covers = {episode.scope_kind: episode.scope or None}
    return replace(episode, incident_id=incident_for(outages, **covers))


def watch(lake: Lake) -> Watch:
    """Make the watch of a lake and start its delivery.

    Raises:
        SettingsError: the addresses make no sense.
    """
    texts = words(lake.settings, lake.reference)
    found = addresses(lake.settings, texts)
    with store.desk(lake.settings) as con:
        outbox.forget_addresses(con, found)
    delivery = Delivery(lake.settings, found, texts)
    return Watch(lake, found, texts, delivery.start())
