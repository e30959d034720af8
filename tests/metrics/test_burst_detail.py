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


def detail(lake, query, category):
    (known,) = metrics.bursts(lake, asked(), category)["burst_id"]
    return metrics.burst_detail(lake, query, known)


def test_an_episode_is_told_by_people_places_and_words_down_to_its_contacts(lake, burst):
    found = detail(lake, asked(where={"line": "chat"}), "account_unavailable")
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
    assert detail(lake, asked(), "account_unavailable")["incident_id"] == "i"
    whole = detail(lake, asked(), "*")
    assert (whole["burst"]["contacts"], whole["incident_id"]) == (30, None)
    assert metrics.contacts(lake, whole["query"]).total == 30


def test_who_sees_a_part_of_the_hotline_sees_no_episode_of_it(lake, burst):
    limited = asked(scope=Scope(lines=("main",)))
    (known,) = metrics.bursts(lake, asked(), "account_unavailable")["burst_id"]
    assert metrics.burst_detail(lake, limited, known) is None


def test_contacts_lost_on_a_line_are_theirs_and_a_part_of_what_it_was(lake, burst):
    for n in range(3):
        burst.call(f"lost{n}", f"{DAY}T11:0{n}:00", "abandoned", 60, line="main", region="77")
    row = {"contacts": 3, "excess": 3.0, "window_h": 1, "started_at": at("11:00")}
    row |= {"ended_at": at("12:00")}
    (whole,) = metrics.bursts(lake, asked(), "account_unavailable")["burst_id"]
    lost = {"kind": "abandoned", "line": "main", "burst_id": "lost", "part_of": whole}
    chosen = {"kind": "line", "line": "main", "burst_id": "of line", "menu_choice": "technical"}
    burst.rows("bursts", row | lost, row | chosen)
    assert detail(lake, asked(), "account_unavailable")["parts"]["burst_id"].to_list() == ["lost"]
    found = metrics.burst_detail(lake, asked(), "lost")
    listed = metrics.contacts(lake, found["query"], counted=found["counted"])
    assert listed.total == found["lines"]["contacts"].sum() == 3
    assert found["regions"].select("region", "contacts").rows() == [("77", 3)]
    assert metrics.burst_detail(lake, asked(), "of line")["lines"].is_empty()


def test_a_burst_of_a_line_is_beside_what_its_own_choice_in_the_menu_usually_is(lake, given):
    weeks = ["2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09", DAY]
    for n, day in enumerate(weeks):
        for m in range(8 if day == DAY else 2):
            region = None if m == 7 else "77" if m % 2 else "78"
            about = {"menu_choice": "technical", "region": region, "text": BROKEN}
            given.call(f"t{n}-{m}", f"{day}T11:1{m}:00", **about)
            other = {"region": "77", "text": "замена паспорта"}
            given.call(f"o{n}-{m}", f"{day}T11:2{m}:00", **other)
            given.call(f"f{n}-{m}", f"{day}T11:3{m}:00", line="faults", **about | other)
    row = {"kind": "line", "line": "main", "menu_choice": "technical", "burst_id": "of line"}
    row |= {"contacts": 8, "excess": 6.0, "window_h": 1, "started_at": at("11:00")}
    given.rows("bursts", row | {"ended_at": at("12:00")})
    found = metrics.burst_detail(lake, asked(), "of line")
    assert found["lines"].select("line", "contacts", "excess").rows() == [("main", 8, 6.0)]
    assert found["regions"].select("region", "contacts", "excess").rows() == [
        ("78", 4, 3.0), ("77", 3, 2.0), (None, 1, None),
    ]  # fmt: skip
    assert "личный кабинет" in found["phrases"]["phrase"].to_list()
    assert {one["text"] for one in found["examples"].to_dicts()} == {BROKEN}
