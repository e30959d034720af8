"""build: days replaced whole or not at all, models held to their headers."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from pipelines.errors import ModelError
from pipelines.marts import relations, settled
from pipelines.marts.build import FIELDS, build, header, verify

MODELS = (*settled.FACTS, "visit_chains", *settled.MODELS)


def test_every_model_is_built_and_every_header_is_whole():
    folder = Path(relations.__file__).parent
    assert {p.stem for p in folder.glob("*.sql")} == set(MODELS)
    for name in MODELS:
        assert header(name).keys() == set(FIELDS), name


def test_a_second_build_of_a_day_gives_the_same_rows(lake, given):
    given.call("a", "2026-11-16T10:00:00", "answered", 30, citizen_key="x", category="form_error")
    given.call("b", "2026-11-17T10:00:00", "abandoned", 5)
    given.marts("2026-11-16", "2026-11-17")
    first = {n: lake.frame(f"select * from lake.{n} order by all").rows() for n in settled.MODELS}
    given.marts("2026-11-16")
    again = {n: lake.frame(f"select * from lake.{n} order by all").rows() for n in settled.MODELS}
    assert first == again
    assert len(first["mart_legs_15min"]) == 2


def test_a_day_whose_contacts_are_gone_has_no_mart_rows(lake, given):
    given.call("a", "2026-11-16T10:00:00")
    given.marts("2026-11-16")
    lake.con.execute("delete from lake.contacts")
    lake.con.execute("delete from lake.legs")
    given.marts("2026-11-16")
    counts = [lake.frame(f"select count(*) from lake.{n}").item() for n in settled.MODELS]
    assert counts == [0] * len(counts)
    assert lake.frame("select * from lake.settled_days").is_empty()


def test_a_day_is_settled_at_the_last_moment_that_can_change_it(lake, given):
    given.call("a", "2026-11-16T10:00:00", "answered", 30, 600)
    given.call("b", "2026-11-17T10:00:00", "open", None)
    given.marts("2026-11-16", "2026-11-17")
    rows = lake.frame("select * from lake.settled_days order by received_date").rows()
    moments = [moment.strftime("%d %H:%M:%S") for _, moment, _ in rows]
    assert moments == ["16 07:10:30", "17 08:00:00"]  # an hour: the longest threshold of a mart


def test_a_settled_day_says_until_when_a_leg_of_it_is_open(lake, given):
    given.call("a", "2026-11-15T10:00:00", "answered", 30, 600)
    given.call("b", "2026-11-16T10:00:00", "answered", 30, 600)
    given.call("c", "2026-11-17T10:00:00", "abandoned", 30)
    lake.con.execute("update lake.legs set left_at = null where contact_id <> 'a'")
    given.call("d", "2026-11-18T10:00:00", "open", None)
    given.call("e", "2026-11-19T10:00:00", "open", None, channel="portal")
    given.marts(*(f"2026-11-{day}" for day in (15, 16, 17, 18, 19)))
    rows = lake.frame("select * from lake.settled_days order by received_date").rows()
    until = [moment.strftime("%Y %d %H:%M:%S") for _, _, moment in rows]
    assert until == [
        "2026 15 07:10:30",  # its talk ended
        "2026 16 19:00:30",  # no end is told: 12 hours of talk are believed
        "2026 17 07:00:00",  # nor when it was abandoned: since it began
        "9999 31 00:00:00",
        "2026 19 07:00:00",  # a form stands in no queue
    ]


def test_other_rules_make_older_marts_stale(lake, given, monkeypatch):
    given.call("a", "2026-11-16T10:00:00")
    given.call("b", "2026-11-17T10:00:00")
    given.marts("2026-11-16", "2026-11-17")
    monkeypatch.setattr("pipelines.marts.build.fingerprint", lambda _: "other rules")
    given.marts("2026-11-17")
    days = lake.frame("select received_date from lake.settled_days").to_series().to_list()
    assert days == [date(2026, 11, 17)]


def test_clocks_due_on_a_later_day_are_found_without_reading_all_days(lake, given):
    from datetime import timedelta

    given.call("a", "2026-11-16T10:00:00")
    at = lake.frame("select received_at from lake.contacts").item()
    clocks = (("short", 1, 0.5), ("open", 1, None), ("long", 30, 2), ("midnight", 14, None))
    given.rows(
        "clocks",
        *(
            {
                "promise": name,
                "kind": "clock",
                "contact_id": "a",
                "received_date": date(2026, 11, 16),
                "started_at": at,
                "due_at": at + timedelta(hours=due),
                "stopped_at": at + timedelta(hours=stopped) if stopped else None,
            }
            for name, due, stopped in clocks
        ),
    )
    given.marts("2026-11-16")
    found = lake.frame("select promise from lake.mart_open_clocks order by 1").to_series()
    assert found.to_list() == ["long", "midnight"]


def test_a_repeated_key_and_a_false_check_are_model_errors(lake):
    lake.con.execute(
        "create or replace temp table bad as select date '2026-11-16' as received_date, "
        "'x' as contact_id, 1 as n_contacts from range(2)"
    )
    with pytest.raises(ModelError, match="mart_visits: repeated key"):
        verify(lake, "mart_visits", "bad")
    lake.con.execute("create or replace temp table contact_facts as select 1 from range(2)")
    lake.con.execute("create or replace temp table bad as select * from bad limit 1")
    with pytest.raises(ModelError, match="its check is false"):
        verify(lake, "mart_visits", "bad")


def test_nothing_is_replaced_when_a_build_fails(tmp_path, new_home):
    from pipelines.lake.connect import open_lake
    from pipelines.settings import Settings

    shutil.copytree(new_home, tmp_path / "home")
    lake = open_lake(Settings(home=tmp_path / "home"))
    at = "timestamptz '2026-11-16 10:00:00+03'"
    one = (
        f"insert into lake.legs by name select 'a' as contact_id, 1 as leg, 'main' as line, "
        f"{at} as queued_at, {at} as received_at, date '2026-11-16' as received_date"
    )
    lake.con.execute(one)
    build(lake, [date(2026, 11, 16)])
    lake.con.execute(one)  # the same leg twice: its key repeats
    with pytest.raises(ModelError, match="leg_facts: repeated key"):
        build(lake, [date(2026, 11, 16)])
    assert lake.frame("select sum(n_offered)::int from lake.mart_legs_15min").item() == 1
    lake.close()
