"""A burst looked into: who came more than usual, where, saying what, and the contacts behind."""

from zoneinfo import ZoneInfo

import pytest

from pipelines import metrics
from pipelines.metrics import Query, Scope, parse_moment

MSK = ZoneInfo("Europe/Moscow")
DAY = "2026-11-16"
BROKEN = "не работает личный кабинет"


def at(clock: str):
    return parse_moment(f"{DAY}T{clock}", MSK)


@pytest.fixture
def burst(lake, given):
    """Ten of six people from 10 to 12 in the alarming window and after; the alarm is of 11."""
    about = {"category": "account_unavailable"}
    for n in range(10):
        given.call(
            f"c{n}", f"{DAY}T1{n % 2}:{n + 10}:00", text=f"{BROKEN} {'с утра' * (n % 4)}",
            citizen_key=f"x{n % 6}", line="main" if n < 8 else "chat", **about,
        )  # fmt: skip
        other = {"category": "passport", "text": "замена паспорта"}
        given.call(f"o{n}", f"{DAY}T1{n % 2}:30:00", **other)
        given.call(f"p{n}", f"{DAY}T1{n % 2}:40:00", **other)
    given.call("before", f"{DAY}T08:10:00", **about)
    given.call("after", f"{DAY}T12:00:00", **about)
    row = {"contacts": 10, "excess": 5.0, "peak_z": 5.0, "window_h": 3}
    row |= {"started_at": at("11:00"), "ended_at": at("12:00")}
    given.rows("bursts", row | about, row | {"category": "*", "contacts": 30, "window_h": 2})
    return given


def asked(**more) -> Query:
    return Query(at("00:00"), at("23:00"), as_of=at("16:00"), **more)


def test_an_episode_is_told_by_people_places_and_words_down_to_its_contacts(lake, burst):
    found = metrics.burst_detail(
        lake, asked(where={"line": "chat"}), "account_unavailable", at("11:00")
    )
    assert found["burst"]["contacts"] == metrics.contacts(lake, found["query"]).total == 10
    assert found["query"].start == at("09:00")  # of three hours the last is the one that alarmed
    assert (found["citizens"], found["excess_people"]) == (6, 3.0)
    assert found["lines"].select("line", "contacts").rows() == [("main", 8), ("chat", 2)]
    assert "личный кабинет" in found["phrases"]["phrase"].to_list()
    assert found["examples"]["contact_id"].n_unique() == found["examples"]["text"].n_unique() == 3
    assert found["incident_id"] is None


def test_an_episode_belongs_to_the_outage_of_its_topic_and_of_its_time(lake, burst):
    row = {"category": "account_unavailable", "detected_at": at("11:30")}
    burst.rows("incidents", row | {"incident_id": "i"})
    burst.rows("incidents", row | {"incident_id": "of a line", "line": "chat"})
    burst.rows("incidents", {"incident_id": "late", "detected_at": at("13:00")})
    find = metrics.burst_detail
    assert find(lake, asked(), "account_unavailable", at("11:00"))["incident_id"] == "i"
    whole = find(lake, asked(), "*", at("11:00"))
    assert (whole["burst"]["contacts"], whole["incident_id"]) == (30, None)
    assert metrics.contacts(lake, whole["query"]).total == 30


def test_who_sees_a_part_of_the_hotline_sees_no_episode_of_it(lake, burst):
    limited = asked(scope=Scope(lines=("main",)))
    assert metrics.burst_detail(lake, limited, "account_unavailable", at("11:00")) is None
