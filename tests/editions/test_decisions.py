"""What was decided about a week: at most three, tied to a figure, followed the week after."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from pipelines.errors import ActError
from pipelines.metrics import Figure, figure
from pipelines.metrics.decisions import decisions, followed, of_period
from pipelines.shift.decisions import close, decide
from pipelines.shift.project import project

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
LEVEL = Figure("level", 0.7, "share")


def decided(lake, text="Усилить утро", **more):
    about = {"period": "2026-W46", "figure": LEVEL, "owner": "старший смены",
             "due": date(2026, 11, 25)} | more  # fmt: skip
    return decide(lake, "executive", AT, text=text, **about)


def a_week(name: str, level: float, unserved: int | None = 4):
    """The figures of a week as far as decisions look at them."""
    return {
        "week": name,
        "people": {"unserved": unserved, "tried": 10},
        "volume": {"contacts": 10},
        "level": {"share": level},
        "repeats": {"share": None},
        "ratings": {"share": None},
        "promise_states": {"broken": 0},
        "promises": pl.DataFrame(schema={"promise": pl.String}),
        "by_channel": pl.DataFrame(schema={"channel": pl.String}),
        "categories": pl.DataFrame(schema={"category": pl.String}),
    }


def test_a_decision_is_masked_carried_to_the_lake_and_tied_to_its_figure(lake):
    decided(lake, "Позвонить +7 921 555-44-33 и усилить утро")
    project(lake)
    (row,) = decisions(lake).to_dicts()
    assert (row["figure"], row["value"], row["unit"]) == ("level", 0.7, "share")
    assert (row["owner"], row["due_on"], row["outcome"]) == (
        "старший смены", date(2026, 11, 25), None,
    )  # fmt: skip
    assert "усилить утро" in row["text"]
    assert "555" not in row["text"]
    assert figure(a_week("2026-W46", 0.7), "level") == LEVEL


def test_a_fourth_open_decision_is_refused_until_one_is_closed(lake):
    first, *_ = [decided(lake, f"Дело {n}") for n in range(3)]
    with pytest.raises(ActError) as refused:
        decided(lake, "Дело 4")
    assert refused.value.code == "enough"
    decided(lake, "О другой неделе", period="2026-W47")
    close(lake, "executive", AT, first, "done", "Сделано")
    decided(lake, "Дело 4")
    with pytest.raises(ActError) as refused:
        close(lake, "executive", AT, first, "dropped")
    assert refused.value.code == "not_there"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"text": " "}, "no_text"),
        ({"owner": ""}, "no_owner"),
        ({"due": date(2026, 11, 17)}, "past_day"),
    ],
)
def test_a_decision_without_text_owner_or_time_is_refused(lake, more, code):
    with pytest.raises(ActError) as refused:
        decided(lake, **more)
    assert refused.value.code == code


def test_the_next_week_tells_what_became_of_the_figure(lake):
    decided(lake, "Уровень")
    decided(lake, "Люди", figure=Figure("unserved", 3, "count"), due=date(2026, 11, 18))
    done = decided(lake, "Сделано давно", figure=Figure("contacts", 3, "count"))
    close(lake, "executive", AT, done, "done")
    project(lake)
    rows = decisions(lake)
    assert len(of_period(rows, "2026-w46")) == 3
    next_week = a_week("2026-W47", 0.8)
    found = followed(rows, next_week, AT + timedelta(hours=1), today=AT + timedelta(days=5))
    told = {
        row["text"]: (row["value"], row["value_now"], row["better"], row["is_late"])
        for row in found.to_dicts()
    }
    assert told == {
        "Уровень": (0.7, 0.8, True, False),
        "Люди": (3.0, 4.0, False, True),  # more people without an answer is no improvement
    }
    assert followed(rows, a_week("2026-W46", 0.7), AT, today=AT).is_empty()  # its own week's
