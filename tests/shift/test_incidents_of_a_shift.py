"""Acts of people make incidents: checked against what others did, kept for ever, carried once."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines import desk
from pipelines.errors import ActError
from pipelines.lake.connect import Lake
from pipelines.settings import Settings
from pipelines.shift import incidents
from pipelines.shift.acts import acts
from pipelines.shift.project import project
from pipelines.shift.state import fold
from tests.lakes import tables

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
AGO = timedelta(minutes=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    lake = tables(Settings(home=tmp_path_factory.mktemp("shift") / "home"))
    yield lake
    lake.close()


@pytest.fixture
def lake(home: Lake) -> Lake:
    """The module's lake, with no acts and no incidents, and an empty desk."""
    emptied(home)
    return home


def emptied(lake: Lake) -> None:
    desk_file = lake.settings.desk
    for file in desk_file.parent.glob(f"{desk_file.name}*"):
        file.unlink()
    lake.con.execute("delete from lake.acts; delete from lake.incidents")


def opened(lake: Lake, **more: object) -> str:
    about = {"category": "service_outage", "detected_at": NOW - 20 * AGO} | more
    return incidents.open_incident(lake, "anna", NOW, **about)  # type: ignore[arg-type]


def in_lake(lake: Lake) -> list[tuple[object, ...]]:
    project(lake)
    return lake.con.sql(
        "select category, line, region, detected_at, restored_at, is_complex from lake.incidents"
    ).fetchall()


def test_an_incident_may_have_begun_before_it_was_opened(lake):
    opened(lake, region="")
    (row,) = in_lake(lake)
    assert row[0] == "service_outage"
    assert row[3] == NOW - 20 * AGO
    assert row[4] is None


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"category": None}, "about_nothing"),
        ({"is_of_all": True}, "about_nothing"),
        ({"category": "no_such"}, "unknown"),
        ({"detected_at": NOW + AGO}, "in_future"),
    ],
)
def test_an_incident_about_nothing_the_unknown_or_the_future_is_refused(lake, about, code):
    with pytest.raises(ActError) as refused:
        opened(lake, **about)
    assert refused.value.code == code
    assert acts(lake.settings) == []


def test_the_second_of_two_people_is_told_that_it_is_open_already(lake):
    first = opened(lake)
    with pytest.raises(ActError) as refused:
        opened(lake)
    assert (refused.value.code, refused.value.incident_id) == ("open_already", first)
    opened(lake, line="faults")  # another one


def test_two_people_at_once_open_one_incident(lake):
    made, refused = [], []

    def act() -> None:
        cursor = lake.cursor()
        try:
            made.append(opened(cursor))
        except ActError as error:
            refused.append(error.code)

    people = [threading.Thread(target=act) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert (len(made), refused) == (1, ["open_already"] * 3)


def test_a_field_another_changed_meanwhile_is_not_written_over(lake):
    found = opened(lake)
    seen = {"detected_at": NOW - 20 * AGO, "category": "service_outage"}
    incidents.change(lake, "boris", NOW, found, seen, detected_at=NOW - 40 * AGO)
    with pytest.raises(ActError) as refused:
        incidents.change(lake, "anna", NOW, found, seen, detected_at=NOW - 5 * AGO)
    assert refused.value.code == "changed_meanwhile"
    incidents.change(lake, "anna", NOW, found, seen, category="form_error")  # another field
    (row,) = in_lake(lake)
    assert (row[0], row[3]) == ("form_error", NOW - 40 * AGO)


def test_a_restored_incident_is_not_restored_twice_but_may_go_on_after_all(lake):
    found = opened(lake)
    incidents.restore(lake, "anna", NOW, found, NOW - AGO)
    with pytest.raises(ActError) as refused:
        incidents.restore(lake, "boris", NOW, found)
    assert refused.value.code == "restored_already"
    assert in_lake(lake)[0][4] == NOW - AGO
    incidents.resume(lake, "boris", NOW, found)
    assert in_lake(lake)[0][4] is None


@pytest.mark.parametrize(("minutes", "is_complex"), [(10, True), (30, True), (31, False)])
def test_complex_counts_only_before_the_ordinary_time_limit_is_over(lake, minutes, is_complex):
    found = opened(lake, detected_at=NOW)
    incidents.call_complex(lake, "anna", NOW + minutes * AGO, found)
    assert in_lake(lake)[0][5] is is_complex


def test_a_withdrawn_incident_counts_nowhere_and_stays_in_the_log(lake):
    found = opened(lake)
    assert len(in_lake(lake)) == 1
    incidents.withdraw(lake, "anna", NOW, found, "открыт по ошибке")
    assert in_lake(lake) == []
    assert lake.con.sql("select kind, text from lake.acts order by seq").fetchall() == [
        ("opened", None), ("withdrawn", "открыт по ошибке"),
    ]  # fmt: skip


def test_contacts_are_told_once_whoever_marks_them(lake):
    found = opened(lake)
    with pytest.raises(ActError):
        incidents.notified(lake, "anna", NOW, found, ["a"])  # it goes on
    incidents.restore(lake, "anna", NOW, found)
    assert incidents.notified(lake, "anna", NOW, found, ["a", "b"]) == 2
    assert incidents.notified(lake, "boris", NOW, found, ["b", "c"]) == 1
    with pytest.raises(ActError):
        incidents.notified(lake, "boris", NOW, found, ["a"])


def test_texts_are_masked_before_they_are_stored(lake):
    found = opened(lake, text="звонил Иванов Иван 89161234567")
    incidents.announce(lake, "anna", NOW, found, "Звоните 8-800-555-35-35")
    incidents.note(lake, "anna", NOW, "почта ivan@example.com", found)
    texts = [act.args["text"] for act in acts(lake.settings)]
    assert texts == ["звонил [ФИО] [ТЕЛЕФОН]", "Звоните 8-800-555-35-35", "почта [EMAIL]"]
    assert b"89161234567" not in lake.settings.desk.read_bytes()


@pytest.mark.parametrize("sql", ["update acts set who = 'x'", "delete from acts"])
def test_an_act_is_never_changed_or_deleted(lake, sql):
    opened(lake)
    with pytest.raises(sqlite3.IntegrityError), desk.opened(lake.settings) as con:
        con.execute(sql)


def test_an_incident_of_another_origin_is_left_alone(lake):
    lake.con.execute(
        "insert into lake.incidents by name select 'of-a-log' as incident_id, $at_ as detected_at",
        {"at_": NOW},
    )
    opened(lake)
    assert len(in_lake(lake)) == 2


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(
            ["open", "change", "complex", "announce", "silence", "restore", "resume", "withdraw",
             "told", "note", "carry"]
        ),
    ),
    max_size=25,
)  # fmt: skip


def act(lake: Lake, ids: list[str], n: int, step: str, at: datetime) -> None:
    """Do one step on the n-th incident, if it makes sense then."""
    of = ids[n] if n < len(ids) else "none"
    settings = lake.settings
    was = {"detected_at": fold(acts(settings))[of].detected_at} if of != "none" else {}
    steps = {
        "open": lambda: ids.append(
            incidents.open_incident(
                lake, "a", at, detected_at=at, category="form_error",
                line=(None, "main", "faults")[n],
            )
        ),
        "change": lambda: incidents.change(lake, "b", at, of, was, detected_at=at - 7 * AGO),
        "complex": lambda: incidents.call_complex(lake, "a", at, of),
        "announce": lambda: incidents.announce(lake, "a", at, of, "текст"),
        "silence": lambda: incidents.silence(lake, "a", at, of),
        "restore": lambda: incidents.restore(lake, "b", at, of),
        "resume": lambda: incidents.resume(lake, "b", at, of),
        "withdraw": lambda: incidents.withdraw(lake, "a", at, of, "ошибка"),
        "told": lambda: incidents.notified(lake, "a", at, of, [f"c{n}"]),
        "note": lambda: incidents.note(lake, "a", at, "заметка", None),
        "carry": lambda: project(lake),
    }  # fmt: skip
    try:
        steps[step]()
    except ActError:
        return


@hypothesis(max_examples=6, deadline=None)
@given(STEPS)
def test_acts_carried_twice_or_in_any_parts_make_the_same_incidents(home, steps):
    emptied(home)
    ids: list[str] = []
    for minute, (n, step) in enumerate(steps):
        act(home, ids, n, step, NOW + minute * AGO)
    last = project(home)
    sql = "select * from lake.{} order by all"
    once = [home.frame(sql.format(table)) for table in ("acts", "incidents")]
    assert project(home) == last
    for table, frame in zip(("acts", "incidents"), once, strict=True):
        assert_frame_equal(home.frame(sql.format(table)), frame)
    home.con.execute("delete from lake.acts; delete from lake.incidents")
    project(home)
    assert_frame_equal(home.frame(sql.format("incidents")), once[1])


def test_a_desk_that_was_lost_begins_anew_and_the_lake_keeps_what_it_has(lake, tmp_path: Path):
    opened(lake)
    assert len(in_lake(lake)) == 1
    shutil.move(lake.settings.desk, tmp_path / "lost.sqlite")
    opened(lake, line="faults")
    assert len(in_lake(lake)) == 2
