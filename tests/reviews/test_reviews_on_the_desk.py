"""A review is saved, handed in, appealed and decided; nothing is lost or written over."""

import shutil
import sqlite3
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipelines import desk
from pipelines.errors import ActError, ReferenceDataError
from pipelines.lake.connect import open_lake
from pipelines.reviews import appeals, reviewing
from pipelines.reviews.acts import acts
from pipelines.reviews.form import check_frozen, result
from pipelines.reviews.project import pending, project
from pipelines.reviews.state import reviews
from pipelines.settings import Settings
from tests.reviews.conftest import NOW, answers, book, drawn, submitted

REFERENCE = Path(__file__).parents[2] / "data" / "reference"


def refused(act, *args, **more) -> str:
    with pytest.raises(ActError) as error:
        act(*args, **more)
    return error.value.code


def of_class(lake, category: str):
    """An assigned review of a contact of one category."""
    return next(r for r in drawn(lake, quota=20) if r.facts["category"] == category)


def test_a_score_counts_weights_of_yes_over_yes_and_no_and_leaves_critical_out(lake):
    form = lake.reference.forms[-1]
    given = {"identity_verified": "no", "clear_steps": "no", "refusal_explained": "na"}
    given |= {"name_given": "yes", "politeness": "yes"}
    found = result(form, given)
    # 1 + 2 of 1 + 2 + 3
    assert found.score == pytest.approx(50)
    assert found.critical == ("identity_verified",)
    assert result(form, {"clear_steps": "na"}).score is None


def test_a_form_asks_what_applies_to_the_class_of_the_contact(lake):
    asked = of_class(lake, "wrong_credentials").criteria
    assert "identity_verified" in asked
    assert "workaround_offered" not in asked


def test_a_draft_is_kept_and_goes_on_and_a_whole_form_is_handed_in_once(lake):
    review = drawn(lake)[0]
    seen = reviewing.save(lake, "analyst", NOW, review.review_id, review.seq, {"politeness": "no"})
    found = reviewing.get(lake, review.review_id)
    assert (found.state, dict(found.answers), found.seq) == ("draft", {"politeness": "no"}, seen)
    submit = reviewing.submit, lake, "analyst", NOW, review.review_id
    assert refused(*submit, seen, {"politeness": "no"}) == "not_whole"
    submitted(lake, found, politeness="no")
    done = reviewing.get(lake, review.review_id)
    assert done.state == "submitted"
    assert done.score < 100
    assert refused(*submit, done.seq, answers(done)) == "done_already"


def test_what_was_written_in_another_window_is_not_written_over(lake):
    review = drawn(lake)[0]
    reviewing.save(lake, "analyst", NOW, review.review_id, review.seq, {"politeness": "no"})
    late = reviewing.save, lake, "analyst", NOW, review.review_id, review.seq
    assert refused(*late, {"politeness": "yes"}) == "changed_meanwhile"
    assert reviewing.get(lake, review.review_id).answers["politeness"] == "no"


def test_only_the_reviewer_writes_and_only_what_was_asked(lake):
    review = drawn(lake)[0]
    one = review.review_id, review.seq
    assert refused(reviewing.save, lake, "supervisor", NOW, *one, {}) == "not_yours"
    assert refused(reviewing.save, lake, "analyst", NOW, *one, {"polite": "no"}) == "unknown"
    assert refused(reviewing.save, lake, "analyst", NOW, *one, {"politeness": "maybe"}) == "unknown"
    assert refused(reviewing.save, lake, "analyst", NOW, "r-none", 1, {}) == "not_there"


def test_of_two_windows_at_once_one_hands_in(lake):
    review = drawn(lake)[0]
    done, told = [], []

    def act() -> None:
        try:
            submitted(lake.cursor(), review)
            done.append(1)
        except ActError as error:
            told.append(error.code)

    people = [threading.Thread(target=act) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(done) == 1
    assert set(told) <= {"changed_meanwhile", "done_already"}
    assert len(told) == 3


def test_a_used_version_of_the_form_is_frozen_and_a_later_one_is_free(lake, tmp_path):
    drawn(lake)
    folder = tmp_path / "reference"
    shutil.copytree(REFERENCE, folder)
    form = folder / "scorecard.yml"
    was = form.read_text("utf-8")
    later = was + was.split("versions:\n")[1].replace("2025-01-01", "2026-12-01").replace(
        "weight: 3", "weight: 4"
    )
    form.write_text(later, "utf-8")
    open_lake(Settings(home=lake.settings.home, reference=folder)).close()
    changed = was.replace("Вежливость", "Вежливость и такт").replace("weight: 3", "weight: 4")
    form.write_text(changed, "utf-8")
    other = open_lake(Settings(home=lake.settings.home, reference=folder))
    review = book(other)[0]
    with pytest.raises(ReferenceDataError, match=r"version of 2025-01-01 is used .* was changed "
                       r"\(clear_steps, documents_explained, politeness\)"):  # fmt: skip
        submitted(other, review)
    with pytest.raises(ReferenceDataError, match="add a version with a later valid_from"):
        check_frozen(other.reference, acts(other.settings))
    other.close()


def test_notes_are_masked_before_they_are_stored(lake):
    review = drawn(lake)[0]
    notes = {"politeness": "перебил Иванова Ивана", "name_given": "  "}
    reviewing.save(lake, "analyst", NOW, review.review_id, review.seq, {}, notes, "тел 89161234567")
    found = reviewing.get(lake, review.review_id)
    assert dict(found.notes) == {"politeness": "перебил [ФИО]"}
    assert found.note == "тел [ТЕЛЕФОН]"
    assert "Иван".encode() not in lake.settings.desk.read_bytes()


def test_a_critical_failure_is_confirmed_by_a_second_person_once(lake):
    review = of_class(lake, "wrong_credentials")
    confirm = reviewing.confirm, lake
    one = NOW, review.review_id
    assert refused(*confirm, "supervisor", *one, is_confirmed=True) == "nothing_critical"
    submitted(lake, review, identity_verified="no")
    assert refused(*confirm, "analyst", *one, is_confirmed=True) == "second_person"
    assert refused(*confirm, "operator", *one, is_confirmed=True) == "not_a_reviewer"
    reviewing.confirm(lake, "supervisor", *one, is_confirmed=True)
    assert refused(*confirm, "supervisor", *one, is_confirmed=False) == "done_already"
    project(lake)
    assert lake.con.sql(
        "select score, critical, is_confirmed, confirmed_by from lake.reviews where critical "
        "is not null"
    ).fetchall() == [(100.0, "identity_verified", True, "supervisor")]


def test_an_appeal_is_the_operator_s_own_and_decided_by_a_second_person_once(lake):
    review = drawn(lake)[0]
    one = NOW, review.review_id
    appeal = appeals.appeal, lake, "operator", *one
    assert refused(*appeal, review.operator_id, "не согласен") == "not_yet"
    submitted(lake, review)
    assert refused(*appeal, "nobody", "не согласен") == "not_yours"
    assert refused(*appeal, "", "не согласен") == "not_yours"
    assert refused(*appeal, review.operator_id, " ") == "no_text"
    appeals.appeal(lake, "operator", *one, review.operator_id, "шаги были даны, Иванов Иван")
    assert refused(*appeal, review.operator_id, "ещё раз") == "done_already"
    decide = appeals.decide, lake
    assert refused(*decide, "analyst", *one, "нет", is_upheld=False) == "second_person"
    assert refused(*decide, "operator", *one, "нет", is_upheld=False) == "not_a_reviewer"
    assert refused(*decide, "supervisor", *one, "", is_upheld=True) == "no_text"
    appeals.decide(lake, "supervisor", *one, "шаги есть в записи", is_upheld=True)
    assert refused(*decide, "supervisor", *one, "нет", is_upheld=False) == "done_already"
    project(lake)
    found = lake.con.sql(
        "select about, state, text, appealed_by, decided_by, decision from lake.appeals"
    ).fetchall()
    assert found == [("review", "upheld", "шаги были даны, [ФИО]", "operator", "supervisor",
                      "шаги есть в записи")]  # fmt: skip
    assert lake.con.sql(
        "select kind from lake.review_acts where subject = $id order by seq",
        params={"id": review.review_id},
    ).fetchall() == [("assigned",), ("submitted",), ("appealed",), ("decided",)]


def test_the_profile_of_the_operator_decides_nothing_even_as_an_analyst(lake):
    contact_id = "calls:anna-03"
    found = appeals.contest(lake, "operator", NOW, contact_id, "anna", "звонок не мой")
    person = lake.reference.people["analyst"]
    own = replace(person, operator_id="anna")
    lake.reference = replace(lake.reference, people={**lake.reference.people, "analyst": own})
    decide = appeals.decide, lake, "analyst", NOW, found, "да"
    assert refused(*decide, is_upheld=True) == "second_person"


def test_a_contact_is_contested_once_by_who_worked_on_it(lake):
    contest = appeals.contest, lake, "operator", NOW
    assert refused(*contest, "calls:anna-03", "boris", "не мой") == "not_yours"
    found = appeals.contest(lake, "operator", NOW, "calls:anna-03", "anna", "не мой")
    assert refused(*contest, "calls:anna-03", "anna", "не мой") == "done_already"
    appeals.decide(lake, "analyst", NOW, found, "запись подтверждает", is_upheld=False)
    project(lake)
    assert lake.con.sql(
        "select about, contact_id, operator_id, state, decided_by from lake.appeals"
    ).fetchall() == [("contact", "calls:anna-03", "anna", "rejected", "analyst")]


def test_acts_stay_as_they_were_written(lake):
    drawn(lake)
    for sql in ("update review_acts set who = 'x'", "delete from review_acts"):
        with pytest.raises(sqlite3.IntegrityError), desk.opened(lake.settings) as con:
            con.execute(sql)


def test_reviews_are_carried_once_and_drafts_stay_on_the_desk(lake):
    review, *others = drawn(lake)
    submitted(lake, review, politeness="no")
    draft = others[0]
    reviewing.save(lake, "analyst", NOW, draft.review_id, draft.seq, {"politeness": "no"},
                   {"politeness": "тайная заметка"})  # fmt: skip
    assert pending(lake) == len(acts(lake.settings))
    tables = ("review_acts", "reviews", "review_answers", "review_samples", "appeals")
    last = project(lake)
    once = [lake.con.sql(f"select * from lake.{t} order by all").fetchall() for t in tables]
    assert project(lake, last) == last
    assert project(lake) == last
    assert [lake.con.sql(f"select * from lake.{t} order by all").fetchall() for t in tables] == once
    assert pending(lake) == 0
    states = lake.con.sql("select state, count(*) from lake.reviews group by 1").fetchall()
    assert dict(states) == {"submitted": 1, "draft": 1, "assigned": 10}
    answered = lake.con.sql(
        "select criterion, answer, weight, received_date from lake.review_answers "
        "where criterion = 'politeness'"
    ).fetchall()
    assert answered == [
        ("politeness", "no", 2.0, date.fromisoformat(review.facts["received_date"]))
    ]
    assert "тайная" not in str(once)


def test_the_fold_of_acts_is_the_same_however_often_it_is_made(lake):
    review = drawn(lake)[0]
    submitted(lake, review)
    found = acts(lake.settings)
    assert reviews(found) == reviews(found)
    assert reviews(found)[review.review_id].seq == found[-1].seq
