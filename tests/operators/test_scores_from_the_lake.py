"""What the lake says each operator did, and the scores made of it: literal in, literal out."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from pipelines import reference
from pipelines.errors import QueryError, ReferenceDataError
from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.marts.build import build
from pipelines.metrics import Query, fairness, score_scale
from pipelines.metrics.fairness import FACTORS
from pipelines.operators import refresh, score, score_history
from pipelines.operators.base import Days, stored
from pipelines.operators.evaluated import evaluate
from pipelines.operators.observations import observations
from pipelines.operators.weights import Weights, read_weights
from pipelines.settings import Settings
from tests.lakes import tables

MSK = ZoneInfo("Europe/Moscow")
START, END = date(2026, 10, 1), date(2026, 11, 1)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    opened = tables(Settings(home=tmp_path / "home", clock="data"))
    put(opened, "events", [{"event_at": NOW}])  # product time
    put(opened, "source_provides", [{"source": "s", "item": "case_number"}])
    yield opened
    opened.close()


def put(lake: Lake, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lake.con.register("given", pl.DataFrame([{n: row.get(n) for n in names} for row in rows]))
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MSK)


def contact(lake: Lake, contact_id: str, received: str, **more: Any) -> None:
    at = moment(received)
    header = {
        "contact_id": contact_id,
        "source": "s",
        "channel": "phone",
        "line": "main",
        "category": "form_error",
        "citizen_key": contact_id,
        "case_number": "1",
        "outcome": "served",
        "operator_id": "anna",
        "received_at": at,
        "received_date": at.date(),
    }
    put(lake, "contacts", [header | more])


def leg(lake: Lake, contact_id: str, received: str, **more: Any) -> None:
    at = moment(received)
    row = {
        "contact_id": contact_id,
        "leg": 1,
        "source": "s",
        "channel": "phone",
        "line": "main",
        "queued_at": at,
        "answered_at": at + timedelta(seconds=20),
        "left_as": "answered",
        "operator_id": "anna",
        "ring_s": 5.0,
        "talk_s": 100.0,
        "received_at": at,
        "received_date": at.date(),
    }
    put(lake, "legs", [row | more])


def event(
    lake: Lake, contact_id: str, received: str, kind: str, after_s: float, **more: Any
) -> None:
    at = moment(received)
    row = {
        "contact_id": contact_id,
        "kind": kind,
        "event_at": at + timedelta(seconds=after_s),
        "received_at": at,
        "received_date": at.date(),
    }
    put(lake, "events", [row | more])


def seen(
    lake: Lake, component: str, weights: Weights | None = None
) -> dict[tuple[str, str], bool | float | None]:
    weights = weights or read_weights(lake.settings.reference, END)
    rows = observations(lake, START, END, weights)
    return dict(
        zip(rows.select("contact_id", "operator_id").rows(), rows[component].to_list(), strict=True)
    )


DAY = "2026-10-05 10:00:00"  # a Monday


def test_a_ring_is_kept_to_the_fifteenth_second_and_no_later(lake):
    for name, ring in {"a": 15.0, "b": 15.1, "c": None}.items():
        contact(lake, name, DAY)
        leg(lake, name, DAY, ring_s=ring)
    # c: how long it rang is not known; the case number was given
    assert seen(lake, "sla") == {("a", "anna"): True, ("b", "anna"): False, ("c", "anna"): True}


def test_a_missed_ring_is_its_operators_and_not_that_of_who_answered(lake):
    contact(lake, "a", DAY)
    leg(lake, "a", DAY)
    event(lake, "a", DAY, "ring_no_answer", 5, operator_id="boris")
    assert seen(lake, "sla") == {("a", "anna"): True, ("a", "boris"): False}


def test_a_chat_is_answered_in_time_counted_from_assignment_not_from_the_queue(lake):
    for name, written in {"a": 630, "b": 631}.items():
        contact(lake, name, DAY, channel="chat", line="chat")
        at = moment(DAY) + timedelta(seconds=written)
        leg(lake, name, DAY, channel="chat", line="chat", answered_at=at, ring_s=None)
        event(lake, name, DAY, "assigned", 600, operator_id="anna")
        event(lake, name, DAY, "message_out", written, operator_id="anna")
    assert seen(lake, "sla") == {("a", "anna"): True, ("b", "anna"): False}


def test_a_portal_reply_counts_working_days_from_assignment(lake):
    # assigned on Friday 18:00: due on Monday 18:00
    friday = "2026-10-02 17:59:00"
    for name, hours in {"a": 72, "b": 73}.items():
        contact(lake, name, friday, channel="portal", line="portal")
        event(lake, name, friday, "assigned", 60, operator_id="anna")
        event(lake, name, friday, "replied", 60 + hours * 3600, operator_id="anna")
    assert seen(lake, "sla") == {("a", "anna"): True, ("b", "anna"): False}


def test_a_repeat_is_charged_to_who_ended_the_first_contact(lake):
    contact(lake, "a", DAY, citizen_key="c1")
    leg(lake, "a", DAY)
    later = "2026-10-12 09:59:00"  # within seven days, over another channel
    contact(lake, "b", later, citizen_key="c1", channel="chat", operator_id="boris")
    leg(lake, "b", later, operator_id="boris", channel="chat")
    assert seen(lake, "fcr") == {("a", "anna"): False, ("b", "boris"): True}


@pytest.mark.parametrize(
    "second",
    [
        {"category": "passport"},
        {"citizen_key": "c2"},
        {"citizen_key": None},
        {"parent_contact_id": "a"},
    ],
)
def test_another_matter_another_person_or_the_same_approach_is_no_repeat(lake, second):
    contact(lake, "a", DAY, citizen_key="c1")
    leg(lake, "a", DAY)
    contact(lake, "b", "2026-10-06 10:00:00", **{"citizen_key": "c1"} | second)
    assert seen(lake, "fcr") == {("a", "anna"): True}


def test_who_waits_for_the_decision_of_an_agency_is_in_nobodys_resolution(lake, tmp_path):
    for name, category in {"a": "application_status", "b": "form_error"}.items():
        for again in ("", " again"):
            received = DAY if not again else "2026-10-06 10:00:00"
            contact(lake, name + again, received, citizen_key=name, category=category)
            leg(lake, name + again, received)
    assert seen(lake, "fcr") == {
        ("a", "anna"): None, ("a again", "anna"): None,
        ("b", "anna"): False, ("b again", "anna"): True,
    }  # fmt: skip
    shutil.copytree(lake.settings.reference, tmp_path / "reference")
    path = tmp_path / "reference" / "score.yml"
    path.write_text(path.read_text("utf-8").replace("application_status", "status_aplication"))
    with pytest.raises(ReferenceDataError, match="status_aplication"):
        reference.load(tmp_path / "reference")


def test_a_contact_younger_than_the_window_is_in_nobodys_resolution(lake):
    lake.con.execute("delete from lake.events")
    put(lake, "events", [{"event_at": moment(DAY) + timedelta(days=6)}])
    contact(lake, "a", DAY, citizen_key="c1")
    leg(lake, "a", DAY)
    contact(lake, "b", "2026-10-06 10:00:00", citizen_key="c1")
    assert seen(lake, "fcr") == {("a", "anna"): None}


def test_a_transfer_within_ones_skill_is_not_resolved_by_its_sender(lake):
    contact(lake, "a", DAY, operator_id="boris")
    leg(lake, "a", DAY)
    leg(lake, "a", DAY, leg=2, operator_id="boris")
    contact(lake, "b", DAY, operator_id="boris")
    leg(lake, "b", DAY)
    leg(lake, "b", DAY, leg=2, operator_id="boris", line="signature")
    assert seen(lake, "fcr") == {
        ("a", "anna"): False,
        ("a", "boris"): True,
        ("b", "anna"): None,
        ("b", "boris"): True,
    }
    assert seen(lake, "transfers")[("b", "anna")] is True


def test_contacts_inside_an_incident_are_left_out(lake):
    for name, category in {"a": "form_error", "b": "passport"}.items():
        contact(lake, name, DAY, category=category)
        leg(lake, name, DAY)
    outage = {"category": "form_error", "detected_at": moment("2026-10-05 09:00:00")}
    put(lake, "incidents", [outage | {"restored_at": moment("2026-10-05 11:00:00")}])
    assert seen(lake, "sla") == {("b", "anna"): True}


def test_a_category_its_text_contradicts_sets_no_expectation_until_an_analyst_decides(lake):
    for name in ("a", "b", "c"):
        contact(lake, name, DAY)
        leg(lake, name, DAY)
    said = {"received_date": moment(DAY).date(), "category": "outage"}
    put(lake, "category_guesses", [
        said | {"contact_id": "a", "state": "contradicted"},
        said | {"contact_id": "b", "state": "contradicted"},
        said | {"contact_id": "c", "state": "undetermined"},
    ])  # fmt: skip
    put(lake, "category_decisions", [{"contact_id": "b", "category": "form_error"}])
    assert seen(lake, "category") == {
        ("a", "anna"): "", ("b", "anna"): "form_error", ("c", "anna"): "form_error",
    }  # fmt: skip


def test_a_source_that_gives_no_case_numbers_says_nothing_about_them(lake):
    for name, source in {"a": "s", "b": "queue_log"}.items():
        contact(lake, name, DAY, source=source, case_number=None)
        leg(lake, name, DAY, source=source)
    assert seen(lake, "sla") == {("a", "anna"): False, ("b", "anna"): True}


def test_confirmations_count_only_where_the_log_says_who_sends_them(lake):
    for name, source in {"a": "s", "b": "s", "c": "robot"}.items():
        contact(lake, name, DAY, source=source)
        leg(lake, name, DAY, source=source)
        event(lake, name, DAY, "resolved", 100, source=source)
    event(lake, "b", DAY, "confirmation_sent", 130, source="s", operator_id="anna")
    event(lake, "c", DAY, "confirmation_sent", 130, source="robot")
    assert seen(lake, "confirmation") == {
        ("a", "anna"): False,
        ("b", "anna"): True,
        ("c", "anna"): None,
    }


def test_settled_days_tell_the_same_as_their_rows_and_what_came_since_is_seen(lake):
    with lake.transaction():
        for name, more in {
            "phone": {"citizen_key": "c1"},
            "robot": {"source": "robot"},
            "chat": {"channel": "chat", "line": "chat", "operator_id": "boris"},
            "portal": {"channel": "portal", "line": "portal", "rating": 5.0},
            "outage": {"category": "passport"},
            "contested": {"operator_id": "boris"},
        }.items():
            contact(lake, name, DAY, **more)
            own = {k: v for k, v in more.items() if k in ("channel", "line", "source")}
            leg(lake, name, DAY, **own)
            if name in ("chat", "contested"):
                leg(lake, name, DAY, leg=2, operator_id="boris", **own)
            event(lake, name, DAY, "assigned", 600, operator_id="anna")
            event(lake, name, DAY, "replied", 7000, operator_id="boris")
            event(lake, name, DAY, "resolved", 7100)
            sender = "anna" if name != "robot" else None
            event(lake, name, DAY, "confirmation_sent", 7200, source=own.get("source", "s"),
                  operator_id=sender)  # fmt: skip
        # again within the window: on the same approach, on the last day of it, and too late
        contact(lake, "goes on", DAY, citizen_key="c1", parent_contact_id="phone")
        for name, received in {
            "again": "2026-10-11 10:00:00",
            "later": "2026-10-19 10:00:00",
        }.items():
            contact(lake, name, received, citizen_key="c1")
            leg(lake, name, received)
        put(lake, "incidents", [{"category": "passport", "detected_at": moment(DAY)}])
        put(lake, "appeals", [{"contact_id": "contested", "operator_id": "anna", "about": "contact",
                               "state": "upheld"}])  # fmt: skip
    weights = read_weights(lake.settings.reference, END)

    def told() -> list[list[tuple[object, ...]]]:
        asked = [observations(lake, START, END, weights, who) for who in (None, ["boris"])]
        return [sorted(frame.rows(), key=str) for frame in asked]

    rows = told()
    assert [len(some) for some in rows] == [11, 5]
    build(lake, [moment(DAY).date() + timedelta(days=n) for n in (0, 6, 14)])
    assert told() == rows
    assert seen(lake, "fcr")[("later", "anna")] is True
    contact(lake, "late", "2026-10-20 10:00:00", citizen_key="c1")
    assert seen(lake, "fcr")[("later", "anna")] is False
    put(lake, "dirty_days", [{"received_date": date(2026, 10, 12), "needs_clocks": False}])
    contact(lake, "again 2", "2026-10-12 10:00:00", citizen_key="c2")
    leg(lake, "again 2", "2026-10-12 10:00:00", operator_id="vera", ring_s=40.0)
    assert seen(lake, "sla")[("again 2", "vera")] is False


def month(lake: Lake, *, hired: dict[str, date] | None = None, first: date = START) -> None:
    """Twelve operators of 120 contacts; op00 answers 2 rings of 5 in time, the others 4 of 5."""
    rng = np.random.default_rng(2)
    begin = datetime(first.year, first.month, first.day, 9, tzinfo=MSK)
    contacts, legs = [], []
    for j in range(12):
        for i in range(120 if j < 11 else 10):
            at = begin + timedelta(hours=5 * i)
            name = f"{first}-{j}-{i}"
            kept = rng.random() < (0.4 if j == 0 else 0.75 + 0.02 * j)
            shared = {
                "contact_id": name,
                "source": "s",
                "channel": "phone",
                "line": "main",
                "operator_id": f"op{j:02d}",
                "received_at": at,
                "received_date": at.date(),
            }
            header = {"category": "form_error", "outcome": "served", "case_number": "1"}
            contacts.append(shared | header)
            stay = {"leg": 1, "queued_at": at, "answered_at": at, "left_as": "answered"}
            worked = {"ring_s": 5.0 if kept else 40.0, "talk_s": float(rng.integers(100, 300))}
            legs.append(shared | stay | worked)
    put(lake, "contacts", contacts)
    put(lake, "legs", legs)
    put(
        lake,
        "operators",
        [{"operator_id": k, "hired_on": v} for k, v in (hired or {}).items()]
        or [{"operator_id": "x"}],
    )


def test_scores_have_the_columns_of_the_lake_and_their_parts_add_up(lake):
    month(lake)
    rows = score(lake, START, END)
    assert rows.columns == list(TABLES["operator_scores"])
    assert len(rows) == 12
    worst = rows.row(0, named=True)
    assert worst["operator_id"] == "op00"
    assert worst["score_low"] < worst["score"] < worst["score_high"] < 50
    parts = json.loads(worst["components"])
    assert sum(part["contribution"] for part in parts.values()) == pytest.approx(
        worst["score"] - 50, abs=1e-4
    )
    assert sum(part["weight"] for part in parts.values()) == pytest.approx(1)
    assert parts["sla"]["n"] == 120
    assert parts["sla"]["value"] < 0.55 < 0.7 < parts["sla"]["expected"]
    assert parts["transfers"]["weight"] == 0


def test_too_few_contacts_hide_the_score_and_keep_the_count(lake):
    month(lake)
    last = score(lake, START, END).row(-1, named=True)
    assert (last["operator_id"], last["n"]) == ("op11", 10)
    assert (last["score"], last["score_low"], last["score_high"], last["flag"]) == (None,) * 4


def test_nobody_is_scored_in_the_first_ninety_days(lake):
    month(lake, hired={"op01": date(2026, 8, 4), "op02": date(2026, 8, 3)})
    rows = score(lake, START, END)  # 1 November is 90 days after 3 August
    shown = dict(zip(rows["operator_id"], rows["score"].is_not_null(), strict=True))
    assert (shown["op01"], shown["op02"], shown["op03"]) == (False, True, True)


def test_attention_needs_a_second_bad_period(lake):
    month(lake)
    assert score(lake, START, END)["flag"].to_list()[0] == "watch"
    month(lake, first=date(2026, 9, 1))
    flags = score(lake, START, END)["flag"].to_list()
    assert flags[0] == "attention"
    assert flags[1:] == [None] * 11


def test_refresh_replaces_its_periods_and_nothing_else(lake):
    month(lake)
    for _ in range(2):
        with lake.transaction():
            refresh(lake)
    periods = lake.frame(
        "select period_start, period_end, count(*) as n from lake.operator_scores"
        " group by all order by 1"
    )
    assert periods.rows() == [
        (date(2026, 10, 1), date(2026, 11, 1), 12),
        (date(2026, 10, 24), date(2026, 11, 21), 11),
    ]


def test_the_first_published_month_is_read_once_and_later_scores_keep_its_scale(lake):
    month(lake)
    month(lake, first=date(2026, 11, 1))
    assert score(lake, START, END)["base_start"].to_list() == [START] * 12
    with lake.transaction():
        refresh(lake)
    asked = Query(moment("2026-10-24 00:00:00"), moment("2026-11-21 00:00:00"))
    scale = score_scale(lake, asked)
    assert (scale["base_first"], scale["base_last"]) == (START, END - timedelta(days=1))
    assert not scale["is_base"]
    assert scale["low"] < 0 < scale["high"]  # nobody became better or worse
    kept = lake.frame("select * from lake.operator_base order by component")
    assert kept["component"].to_list() == ["sla"]  # nobody differs in handle time
    # a lake of before: a month published, and nothing of a base
    lake.con.execute("delete from lake.operator_base")
    lake.con.execute("update lake.operator_scores set base_start = null, base_end = null")
    with lake.transaction():
        refresh(lake)
    ends = lake.frame("select distinct base_end from lake.operator_scores")
    assert ends["base_end"].to_list() == [END]
    # what is read stays, whatever comes to be known of its days; in November all rings are answered
    lake.con.execute("delete from lake.legs where received_date < '2026-11-01'")
    lake.con.execute("update lake.legs set ring_s = 5 where operator_id > 'op01'")
    rows = score(lake, date(2026, 11, 1), date(2026, 12, 1))
    assert rows["base_end"].to_list() == [END] * len(rows)
    assert rows["score"].mean() > 60
    part = json.loads(rows["components"][2])["sla"]
    assert part["base"] < part["expected"] <= part["value"] == 1
    # of another definition it is made anew
    weights = replace(read_weights(lake.settings.reference, END), prior_m=21)
    assert stored(lake, Days(START, END), weights) is None


def test_months_of_logs_that_came_afterwards_are_scored_once(lake):
    month(lake)
    assert score_history(lake, date(2026, 9, 30), date(2026, 11, 20)) == 12  # November goes on
    assert lake.frame(
        "select distinct period_start, period_end from lake.operator_scores"
    ).rows() == [(START, END)]
    assert score_history(lake, START, START) == 0  # what is published stays


def test_a_period_without_contacts_gives_no_rows_of_the_right_shape(lake):
    rows = score(lake, START, END)
    assert rows.is_empty()
    assert rows.columns == list(TABLES["operator_scores"])


def test_a_broken_score_file_names_the_file_and_the_field(tmp_path):
    with pytest.raises(ReferenceDataError, match=r"score\.yml: missing"):
        read_weights(tmp_path, END)
    (tmp_path / "score.yml").write_text("versions:\n  - {valid_from: 2025-01-01, components: []}\n")
    with pytest.raises(ReferenceDataError, match="minimum"):
        read_weights(tmp_path, END)


def test_another_owner_says_what_is_adjusted_for_and_that_only_reopenings_count(lake, tmp_path):
    shutil.copytree(lake.settings.reference, tmp_path / "reference")
    path = tmp_path / "reference" / "score.yml"
    given = "fcr_days: 0\n    strata: [[line], [category], [region]]\n    own_part: {ring_s: 30}"
    path.write_text(path.read_text("utf-8").replace("fcr_days: 7", given), "utf-8")
    reference.load(tmp_path / "reference")  # nothing of it is refused
    weights = read_weights(tmp_path / "reference", END)
    for name in "ab":
        contact(lake, name, DAY, citizen_key="c1", category=None)
        leg(lake, name, DAY)
    event(lake, "b", DAY, "reopened", 5)
    assert seen(lake, "fcr", weights) == {("a", "anna"): True, ("b", "anna"): False}
    # anna's district is the hard one; who crosses over shows which it is
    rng, j = np.random.default_rng(3), np.arange(400)
    north = (j // 2 % 4 == 0) ^ (j % 2 == 0)
    rows = pl.DataFrame(
        {"operator_id": np.where(j % 2 == 0, "anna", "boris"), "region": np.where(north, "N", "S"),
         "sla": rng.random(400) > np.where(north, 0.6, 0.1)}
    ).with_columns(pl.lit("").alias(one) for one in ("channel", "line", "category"))  # fmt: skip
    plain, by_district = (
        evaluate(rows, replace(weights, strata=strata)).observed["sla"].fit
        for strata in (weights.strata[:2], weights.strata)
    )
    assert plain.effect[1] - plain.effect[0] > 1
    assert abs(by_district.effect[1] - by_district.effect[0]) < 0.5
    path.write_text(path.read_text("utf-8").replace("[region]", "[district]"), "utf-8")
    with pytest.raises(ReferenceDataError, match="'district', not one of channel, line"):
        read_weights(tmp_path / "reference", END)


def test_fairness_reads_the_circumstances_of_each_scored_operator(lake):
    month(lake, hired={f"op{j:02d}": date(2020 + j % 5, 1, 1) for j in range(12)})
    with lake.transaction():
        refresh(lake)
    asked = Query(moment("2026-10-01 00:00:00"), moment("2026-11-01 00:00:00"))
    rows = fairness(lake, asked)
    assert rows["factor"].to_list() == list(FACTORS)
    # contacts every five hours of the same days for everybody, by phone, of citizens not known
    found = {row["factor"]: row for row in rows.iter_rows(named=True)}
    assert [found[name]["reason"] for name in ("night", "written", "contacts")] == ["same"] * 3
    assert found["easiness"]["reason"] == "unknown"
    # by night and by day the same people had rings as they came: nothing in it, said by themselves
    assert found["days_off"]["own_operators"] is None  # of twelve operators a contrast is no sample
    tenure = found["tenure_months"]
    assert tenure["operators"] == 11
    assert 20 < tenure["low"] < tenure["high"] < 83
    assert tenure["change_low"] < tenure["change"] < tenure["change_high"]
    with pytest.raises(QueryError, match="group of fairness 'team'"):
        fairness(lake, replace(asked, by=("team",)))
