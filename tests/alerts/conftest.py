"""Rules and readings in one line each; a watch over them on a real desk."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipelines.alerts.delivery import Delivery, words
from pipelines.alerts.readings import Reading
from pipelines.alerts.watch import Watch
from pipelines.lake.connect import Lake
from pipelines.reference import AlertRule
from pipelines.settings import Settings
from tests.lakes import tables
from tests.metrics.conftest import Given, msk

NOON = msk("2026-11-18T12:00:00")

LEVEL = AlertRule(
    id="level",
    label=("Уровень ниже цели", "Level under its goal"),
    kind="service_level",
    scope_kind="line",
    is_low_bad=True,
    threshold=0.7,
    clear=0.8,
    for_s=0,
    ends_after_s=300,
    severity="critical",
    receivers=("shift",),
    lines=("main",),
    only=(),
    window="half_hour",
    within_s=0,
    least=1,
    over_s=3600,
    remind_s=None,
    quiet=None,
)


def rule(**changes: Any) -> AlertRule:
    return replace(LEVEL, **changes)


def minute(n: float) -> datetime:
    return NOON + timedelta(minutes=n)


@pytest.fixture
def lake(settings: Settings) -> Iterator[Lake]:
    opened = tables(settings)
    yield opened
    opened.close()


@pytest.fixture
def given(lake: Lake) -> Given:
    return Given(lake)


Watched = Callable[..., Watch]


@pytest.fixture(scope="session")
def no_rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One empty lake for every test whose readings are literal."""
    lake = tables(Settings(home=tmp_path_factory.mktemp("none") / "home"))
    yield lake
    lake.close()


@pytest.fixture
def watched(no_rows: Lake, settings: Settings) -> Watched:
    """Make a watch of some rules, on the test's own desk; its delivery is not started."""

    def made(
        *rules: AlertRule, urls: dict[str, tuple[str, ...]] | None = None, lake: Lake = no_rows
    ) -> Watch:
        known = replace(lake.reference, alerts=rules)
        own = replace(settings, clock="data")
        texts = words(own, known)
        of = Lake(lake.con, own, lake.read_only, known)
        return Watch(of, urls or {}, texts, Delivery(own, urls or {}, texts, 0.2))

    return made


def feed(watch: Watch, at: datetime, **values: float | None) -> None:
    """Tell the watch the value of its rules by id; a scope other than `main` is `id__scope`."""
    rules = watch.rules
    readings = [
        Reading(rules[name.partition("__")[0]], name.partition("__")[2] or "main", value)
        for name, value in values.items()
    ]
    watch.take(readings, set(rules), at)
