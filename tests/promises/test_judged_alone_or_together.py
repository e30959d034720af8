"""A contact's clocks do not depend on which contacts happen to be judged with it.

Cases last weeks, and a case's contacts heed each other for a week: blocks of days, cores of the
machine and the order of files must not show in a figure.
"""

from datetime import timedelta
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.promises import make_clocks
from tests.promises.histories import Contact, histories

ORDER = ("promise", "contact_id", "number", "since_at")


def shifted(contact: Contact, by: timedelta) -> Contact:
    """The same contact so much later: all its times but those of day."""
    for row in (contact.header, *contact.legs, *contact.events):
        for name in [k for k in row if k.endswith("_at") and row[k] is not None]:
            row[name] += by
    contact.header["received_date"] += timedelta(days=by.days)
    return contact


@pytest.fixture
def weeks(world):
    """Sixty contacts over two months, of few cases and few citizens."""
    for source in ("calls", "chats", "bare"):
        world.provides(source)
    for n, contact in enumerate(histories(Random(11), 60)):
        shifted(contact, timedelta(days=n))
        contact.header["case_number"] = f"case-{n % 7}"
        world.history(contact)
    world.flush()
    return world.lake


def judged(lake, where: str = "true"):
    lake.con.execute(
        "create or replace temp table chosen_few as select contact_id, received_date "
        f"from lake.contacts where {where}"
    )
    make_clocks(lake, "chosen_few")
    return lake.frame("select * from new_clocks").sort(ORDER)


@pytest.mark.parametrize("days", [1, 3, 20])
def test_clocks_of_days_judged_apart_are_those_of_all_judged_at_once(weeks, days):
    together = judged(weeks)
    (first,), (last,) = (
        weeks.con.sql(f"select {edge}(received_date) from lake.contacts").fetchall()[0]
        for edge in ("min", "max")
    )
    parts = []
    while first <= last:
        upto = first + timedelta(days=days)
        where = f"received_date >= date '{first}' and received_date < date '{upto}'"
        parts.append(judged(weeks, where))
        first = upto
    assert_frame_equal(pl.concat(parts).sort(ORDER), together)
