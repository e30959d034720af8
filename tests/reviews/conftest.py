"""A hotline of three operators and sixty closed contacts of one October."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.lake.connect import Lake, open_lake
from pipelines.reviews import reviewing, sampling
from pipelines.reviews.acts import acts
from pipelines.reviews.state import Review, reviews
from pipelines.settings import Settings
from tests.lakes import Fresh, tables

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
START, END = date(2026, 10, 1), date(2026, 11, 1)
CATEGORIES = ("form_error", "form_error", "wrong_credentials", "passport")


def put(lake: Lake, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame([{n: row.get(n) for n in names} for row in rows], infer_schema_length=None)
    lake.con.register("given", frame)
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


def contact(n: int, operator: str, **more: Any) -> dict[str, Any]:
    at = datetime(2026, 10, 1, 9, tzinfo=UTC) + timedelta(hours=12 * (n % 60))
    return {
        "contact_id": f"calls:{operator}-{n:02}",
        "source": "calls",
        "channel": "phone",
        "line": "main",
        "category": CATEGORIES[n % 4],
        "citizen_key": f"{operator}-{n}",
        "operator_id": operator,
        "outcome": "served",
        "rating": None,
        "received_at": at,
        "received_date": at.date(),
    } | more


def fill(lake: Lake) -> None:
    put(lake, "contacts", [contact(n, op) for op in ("anna", "boris", "vera") for n in range(20)])
    put(lake, "operators", [{"operator_id": op, "team": "first"} for op in ("anna", "boris")])


@pytest.fixture
def in_memory(settings: Settings) -> Iterator[Lake]:
    """The hotline in tables alone: for draws and figures."""
    lake = tables(settings)
    fill(lake)
    yield lake
    lake.close()


@pytest.fixture(scope="session")
def sampled_home(tmp_path_factory: pytest.TempPathFactory, new_home: Path) -> Path:
    """The lake of the hotline; copied, so that each test writes into its own."""
    home = tmp_path_factory.mktemp("reviews") / "home"
    shutil.copytree(new_home, home)
    lake = open_lake(Settings(home=home))
    fill(lake)
    lake.close()
    return home


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, sampled_home: Path) -> Iterator[Fresh]:
    fresh = Fresh(sampled_home, tmp_path_factory.mktemp("fresh"))
    yield fresh
    fresh.close()


@pytest.fixture
def lake(fresh: Fresh) -> Lake:
    return fresh.lake()


def book(lake: Lake) -> list[Review]:
    """The reviews on the desk, in the order of their assignment."""
    return list(reviews(acts(lake.settings)).values())


Filled = Callable[..., Review]


def drawn(lake: Lake, **more: Any) -> list[Review]:
    """Draw four contacts an operator for the analyst alone, unless told otherwise."""
    asked = {"seed": 1, "quota": 4, "double_share": 0.0, "by": ["analyst"]} | more
    sampling.draw(lake, "supervisor", NOW, START, END, **asked)
    return book(lake)


def answers(review: Review, **other: str) -> dict[str, str]:
    return dict.fromkeys(review.criteria, "yes") | other


def submitted(lake: Lake, review: Review, **other: str) -> None:
    """Hand in a review of nothing but `yes`, with other answers where named."""
    reviewing.submit(lake, review.reviewer, NOW, review.review_id, review.seq,
                     answers(review, **other))  # fmt: skip
