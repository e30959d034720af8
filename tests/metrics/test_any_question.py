"""Any period, groups, filters, moment and scope: the metrics say what a plain count says."""

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.metrics import Query, Scope, parse_moment, problems, sla, volume

MSK = ZoneInfo("Europe/Moscow")
START, EVER = parse_moment("2026-11-09", MSK), parse_moment("2026-12-01", MSK)
DAYS = [f"2026-11-{n:02}" for n in range(9, 16)]
CLASSES = {"form_error": "technical", "account_locked": "authorization"}
TEAMS = {"o1": "red", "o2": "blue", "o3": None}
COUNTS = ("offered", "answered", "abandoned", "abandoned_short", "flowed_out", "waiting")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> tuple[list[Row], list[Row]]:
    """Four hundred contacts and their legs, of every kind and with gaps."""
    chance = random.Random(11)
    contacts, legs = [], []
    for n in range(400):
        at = START + timedelta(seconds=round(chance.uniform(0, 7 * 86400), 3))
        line, channel = chance.choice(
            [("main", "phone"), ("faults", "phone"), ("chat", "chat"), ("portal", "portal")]
        )
        own = {"contact_id": f"c{n}", "source": "calls", "channel": channel, "line": line}
        own |= {"received_at": at, "received_date": at.date()}
        header = own | {
            "category": chance.choice([*CLASSES, None]),
            "region": chance.choice(["77", "78", None]),
            "citizen_key": chance.choice([f"p{n % 50}", None]),
            "operator_id": chance.choice([*TEAMS, None]),
            "outcome": None,
        }
        contacts.append(header)
        for number in range(1, chance.choice([1, 2, 2, 3])):
            left_as = chance.choice(["answered", "answered", "abandoned", "flowed_out", "open"])
            ended = at + timedelta(
                seconds=chance.choice([3, 10, 20, 45, 400, chance.random() * 99])
            )
            legs.append(
                own
                | {"leg": number, "queued_at": at, "left_as": left_as}
                | {"line": chance.choice([line, "faults"]), "operator_id": header["operator_id"]}
                | {"answered_at": ended if left_as == "answered" else None}
                | {"left_at": None if left_as == "open" else ended + timedelta(seconds=30)}
                | ({"left_at": ended} if left_as in ("abandoned", "flowed_out") else {})
                | {"category": header["category"], "region": header["region"]}
            )
    return contacts, legs


def question(chance: random.Random) -> Query:
    some = sorted(START + timedelta(hours=chance.uniform(-5, 180)) for _ in range(2))
    if chance.random() < 0.5:
        some = [datetime.combine(m.date(), datetime.min.time(), MSK) for m in some]
        some[1] += timedelta(days=1)
    groups = ("line", "channel", "category", "class", "operator", "team", "region", "day", "hour",
              "hour_of_day", "weekday", "week")  # fmt: skip
    values = {
        "line": ["main", "chat"], "channel": ["phone"], "category": ["form_error", None],
        "class": ["technical"], "team": ["red", None], "hour_of_day": list(range(9, 18)),
        "day": DAYS[:3], "region": ["77"],
    }  # fmt: skip
    filters = chance.sample(list(values), chance.choice([0, 0, 1, 2]))
    scopes = (Scope(lines=("main", "faults")), Scope(teams=("red",)), Scope(operator="o2"))
    return Query(
        *some,
        tuple(chance.sample(groups, chance.choice([0, 1, 1, 2]))),
        {name: tuple(values[name]) for name in filters},
        chance.choice([EVER, START + timedelta(hours=chance.uniform(0, 170))]),
        chance.choice([Scope(), Scope(), *scopes]),
    )  # fmt: skip


def group(row: Row, name: str) -> Any:
    at, operator = row["received_at"], row["operator_id"]
    made = {
        "class": CLASSES.get(row["category"]), "operator": operator, "team": TEAMS.get(operator),
        "day": f"{at:%Y-%m-%d}", "hour": f"{at:%Y-%m-%dT%H:00:00+03:00}", "hour_of_day": at.hour,
        "weekday": at.isoweekday(), "week": f"{at:%G-W%V}",
    }  # fmt: skip
    return made[name] if name in made else row[name]


def asked(rows: Iterable[Row], query: Query) -> dict[tuple[Any, ...], list[Row]]:
    found, scope = defaultdict(list), query.scope
    for row in rows:
        team = TEAMS.get(row["operator_id"])
        if (
            query.start <= row["received_at"] < query.end
            and row["received_at"] <= query.as_of
            and all(group(row, name) in values for name, values in query.where.items())
            and (scope.lines is None or row["line"] in scope.lines)
            and (scope.teams is None or row["operator_id"] is None or team in scope.teams)
            and (scope.operator is None or row["operator_id"] == scope.operator)
        ):
            found[tuple(group(row, name) for name in query.by)].append(row)
    return dict(found)


def stood(leg: Row, at: datetime) -> tuple[str, float]:
    """How a leg stood at a moment and how long it had waited."""
    ended = leg["answered_at"] or leg["left_at"]
    if ended is None or ended > at:
        return "waiting", (at - leg["queued_at"]).total_seconds()
    return leg["left_as"], (ended - leg["queued_at"]).total_seconds()


def counted(legs: list[Row], at: datetime) -> dict[str, int]:
    states = [stood(leg, at) for leg in legs]
    counts = {name: sum(state == name for state, _ in states) for name in COUNTS}
    queued = [stood(leg, at) for leg in legs if leg["channel"] != "portal"]
    short = sum(state == "abandoned" and wait < 10 for state, wait in queued)
    return counts | {"offered": len(legs), "abandoned_short": short}


def level(legs: list[Row], at: datetime) -> tuple[int, int]:
    queued = [stood(leg, at) for leg in legs if leg["channel"] != "portal"]
    within = sum(state == "answered" and wait <= 20 for state, wait in queued)
    return within, sum(state != "waiting" or wait > 20 for state, wait in queued)


def repeats(contacts: list[Row], query: Query) -> dict[str, bool]:
    last: dict[tuple[str, str], datetime] = {}
    found = {}
    for row in sorted(contacts, key=lambda row: row["received_at"]):
        if row["citizen_key"] and row["category"] and row["received_at"] <= query.as_of:
            key = (row["citizen_key"], row["category"])
            found[row["contact_id"]] = key in last  # the week is seven days long
            last[key] = row["received_at"]
    return found


def keyed(frame: pl.DataFrame, by: tuple[str, ...]) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[name] for name in by): row for row in frame.to_dicts()}


@pytest.mark.slow
@pytest.mark.parametrize("settled", [False, True])
def test_the_metrics_answer_what_a_plain_count_answers(lake, given, rows, settled):
    contacts, legs = rows
    given.rows("operators", *({"operator_id": name, "team": team} for name, team in TEAMS.items()))
    given.rows("contacts", *contacts)
    given.rows(
        "legs", *({k: v for k, v in leg.items() if k not in ("category", "region")} for leg in legs)
    )
    if settled:
        given.marts(*DAYS)
    chance = random.Random(5)
    for _ in range(15):
        query = question(chance)
        at = query.as_of
        offered, came = asked(legs, query), asked(contacts, query)
        for key, row in keyed(volume(lake, query), query.by).items():
            own = counted(offered.get(key, []), at) | {"contacts": len(came.get(key, []))}
            assert {name: row[name] for name in own} == own, (query, key)
        levels = keyed(sla(lake, query), query.by)
        for key, own_legs in offered.items():
            row = levels.get(key, {"within": 0, "base": 0})
            assert (row["within"], row["base"]) == level(own_legs, at), (query, key)
        again = repeats(contacts, query)
        by = query.by or ("category",)
        came = asked(contacts, Query(query.start, query.end, by, query.where, at, query.scope))
        people = keyed(problems(lake, query), by)
        assert set(people) == set(came)
        for key, own_contacts in came.items():
            known = [row for row in own_contacts if row["citizen_key"]]
            assert people[key]["citizens"] == (len({r["citizen_key"] for r in known}) or None)
            counts = sum(again.get(row["contact_id"], False) for row in known)
            assert people[key]["repeats"] == (counts if known else None), (query, key)
