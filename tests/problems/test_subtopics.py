"""Sub-topics of a category: found in texts, kept from fit to fit, named by people, counted."""

import os
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import ActError, QueryError
from pipelines.lake.connect import Lake, open_lake
from pipelines.metrics import (
    Query,
    Scope,
    contacts,
    none_sums,
    problems,
    subtopic_acts,
    subtopic_fit,
    subtopics,
)
from pipelines.problems.subtopic_names import named
from pipelines.problems.subtopic_terms import terms_of
from pipelines.problems.subtopics import NONE, fit_all, tend
from pipelines.settings import Settings
from pipelines.shift import subtopics as acts
from pipelines.shift.project import project
from tests.command import run

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ABOUT = "form_error"  # «Ошибка при заполнении формы»
SAID = {
    "code": "код почту ящик письмо сообщение подтверждение спам",
    "field": "поле красное подсвечивает отчество дата рождения",
    "button": "кнопка отправить серая нажимается экран телефоне",
    "address": "адрес регистрации список улица фиас индекс",
}
LATE = "капча картинки светофоры робот галочка мотоциклы"
LAST = Query(NOW - 7 * DAY, NOW, where={"category": ABOUT}, as_of=NOW)


def silent(*_: object) -> None:
    """Progress nobody looks at."""


def texts(words: str, n: int, chance: random.Random) -> list[str]:
    """Sentences of three or four words of a theme, with a greeting and words that tell nothing."""
    known = words.split()
    return [
        f"Здравствуйте, {' '.join(chance.sample(known, chance.choice((3, 4))))} прошу помочь"
        for _ in range(n)
    ]


def contact(n: int, text: str | None, *, days: float = 0, **more: object) -> dict[str, object]:
    at = NOW - timedelta(days=days, seconds=n)
    return {
        "contact_id": f"calls:{n}", "source": "calls", "channel": "phone", "line": "main",
        "text": text, "category": ABOUT, "citizen_key": f"c{n // 2}", "received_at": at,
        "received_date": at.date(),
    } | more  # fmt: skip


def put(lake: Lake, rows: list[dict[str, object]]) -> None:
    lake.con.register("given", pl.DataFrame(rows, infer_schema_length=None))
    lake.con.execute("insert into lake.contacts by name select * from given")
    lake.con.unregister("given")


@pytest.fixture(scope="module")
def fitted_home(tmp_path_factory: pytest.TempPathFactory, new_home: Path) -> Path:
    """Two hundred texts of four themes over five weeks, one without a text; a category of few."""
    home = tmp_path_factory.mktemp("fitted") / "home"
    shutil.copytree(new_home, home)
    lake = open_lake(Settings(home=home, clock="data"))
    chance = random.Random(5)
    said = [text for words in SAID.values() for text in texts(words, 50, chance)]
    chance.shuffle(said)
    rows = [contact(n, text, days=n % 35, line="chat" if n % 5 else "main")
            for n, text in enumerate(said)]  # fmt: skip
    rows += [
        contact(900, None),
        *(contact(910 + n, f"{n} текст", category="few") for n in range(9)),
    ]
    put(lake, rows)
    lake.con.execute("insert into lake.events (event_at) values (?)", [NOW])
    fit_all(lake, silent)
    lake.close()
    return home


@pytest.fixture(scope="module")
def fitted(fitted_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """The fitted lake, for tests that only read."""
    shutil.copytree(fitted_home, copied := tmp_path_factory.mktemp("read") / "home")
    lake = open_lake(Settings(home=copied, clock="data"))
    yield lake
    lake.close()


@pytest.fixture
def own(fitted_home: Path, tmp_path: Path) -> Iterator[Lake]:
    """The fitted lake, to write to."""
    shutil.copytree(fitted_home, tmp_path / "home")
    lake = open_lake(Settings(home=tmp_path / "home", clock="data"))
    yield lake
    lake.close()


def theme(text: str) -> str:
    return next(
        (name for name, words in SAID.items() if set(text.split()) & set(words.split())), ""
    )


def purity(lake: Lake) -> float:
    """Share of the texts that stand in a sub-topic mostly of their own theme."""
    found = lake.frame(
        "select g.topic, c.text from lake.subtopic_guesses as g inner join lake.contacts as c "
        "on g.contact_id = c.contact_id where g.topic <> $none", {"none": NONE},
    )  # fmt: skip
    told = found.with_columns(theme=pl.col("text").map_elements(theme, return_dtype=pl.String))
    most = told.group_by("topic", "theme").len().group_by("topic").agg(pl.col("len").max())
    return float(most["len"].sum() / len(told))


def act(lake: Lake, done, *args: object) -> None:
    done(lake, "anna", NOW, *args)
    project(lake)


def listed(lake: Lake, query: Query, topic: str | None) -> int:
    return contacts(lake, Query(
        query.start, query.end, as_of=query.as_of, scope=query.scope,
        where={**query.where, "subtopic": (topic,)},
    )).total  # fmt: skip


def test_texts_of_one_theme_are_one_sub_topic_named_by_its_words(fitted):
    assert purity(fitted) > 0.95
    rows = subtopics(fitted, LAST)
    topics = rows.filter(pl.col("subtopic").is_not_null(), pl.col("subtopic") != NONE)
    for name, examples in topics.select("name", "examples").iter_rows():
        words = name.lower().replace(",", "").split()
        assert 2 <= len(words) <= 6
        assert {theme(word) for word in words if theme(word)} == {theme(" ".join(words))}
        assert {theme(text) for text in examples} == {theme(" ".join(words))}
    assert topics["is_suggested"].all()


def test_a_name_has_no_word_twice_and_no_slip_of_the_pen():
    said = ["в кабинет всё нет доступа, пробовал, пробовал"] * 30 + ["нет дотсупа в кабинет"] * 2
    terms = terms_of(pl.Series(said))
    (row,) = named(terms, pl.DataFrame({"row": range(32), "topic": "t"})).to_dicts()
    assert "кабинет все нет доступа" in row["words"].split(";")
    for wrong in ("нет нет", "пробовал пробовал", "дотсуп"):
        assert wrong not in f"{row['name']} {row['words']}"


def test_each_number_is_that_of_its_list_and_all_together_are_the_category(fitted):
    seen = Query(LAST.start, LAST.end, where=LAST.where, as_of=NOW, scope=Scope(lines=("main",)))
    rows = subtopics(fitted, seen)
    assert len(rows) > 3
    for row in rows.iter_rows(named=True):
        assert listed(fitted, seen, row["subtopic"]) == row["contacts"]
    assert rows["contacts"].sum() == contacts(fitted, seen).total
    known = rows.filter(pl.col("subtopic").is_not_null())
    assert known["share"].sum() == pytest.approx(1)
    by = Query(LAST.start, LAST.end, ("subtopic",), LAST.where, NOW)
    both = problems(fitted, by).join(
        subtopics(fitted, LAST), on="subtopic", suffix="_own", nulls_equal=True
    )
    assert len(both) == len(problems(fitted, by))
    assert (both["contacts"] == both["contacts_own"]).all()
    assert both["citizens"].to_list() == both["citizens_own"].to_list()


def test_too_few_texts_are_said_to_be_too_few(fitted):
    assert subtopic_fit(fitted, "few") == {
        "state": "too_few", "texts": 9, "needed": 60, "version": None, "fitted_at": None,
        "topics": None, "stability": None,
    }  # fmt: skip
    assert subtopic_fit(fitted, ABOUT)["state"] == "fitted"
    with pytest.raises(QueryError, match="of one category"):
        subtopics(fitted, Query(LAST.start, LAST.end, as_of=NOW))


def test_what_was_never_said_fits_none_is_a_signal_and_then_a_sub_topic_of_its_own(own):
    assert none_sums(subtopics(own, LAST))["is_new"] is False
    put(own, [contact(1000 + n, text) for n, text in
              enumerate(texts(LATE, 40, random.Random(1)))])  # fmt: skip
    assert listed(own, LAST, None) == 41  # not looked at yet
    while tend(own):
        pass
    sums = none_sums(subtopics(own, LAST))
    assert sums["none"] >= 38
    assert sums["none_share"] > 2 * sums["none_usual"]
    assert sums["is_new"] is True
    before = subtopics(own, LAST).filter(pl.col("is_suggested").fill_null(value=False))
    (told,) = fit_all(own, silent)
    assert (told["version"], told["new"] >= 1) == (2, True)
    assert told["stability"] > 0.9
    after = subtopics(own, LAST)
    assert set(before["subtopic"]) <= set(after["subtopic"])
    both = before.join(after, on="subtopic")
    assert both["name"].to_list() == both["name_right"].to_list()
    fresh = after.filter(pl.col("subtopic") != NONE, pl.col("is_new"))
    assert fresh["contacts"].sum() >= 35
    assert "капч" in ";".join(fresh["words"])


def test_the_same_texts_again_are_the_same_version(own):
    before = own.frame("select * from lake.subtopics order by topic")
    (told,) = fit_all(own, silent)
    assert told["version"] == 1
    assert own.frame("select * from lake.subtopics order by topic").equals(before)


def test_an_analyst_renames_merges_and_hides_and_a_later_act_undoes_each(own):
    first, second, third = subtopics(own, LAST)["subtopic"][:3]
    counts = dict(subtopics(own, LAST).select("subtopic", "contacts").rows())
    act(own, acts.rename, first, "Письмо от Петровой Анны Ивановны не приходит")
    act(own, acts.merge, second, first)
    act(own, acts.hide, third)
    rows = {row["subtopic"]: row for row in subtopics(own, LAST).to_dicts()}
    assert rows[first]["name"] == "Письмо от [ФИО] не приходит"
    assert rows[first]["is_suggested"] is False
    assert rows[first]["merged"] == [second]
    assert rows[first]["contacts"] == counts[first] + counts[second] == listed(own, LAST, first)
    assert second not in rows
    assert rows[third]["is_hidden"]
    assert none_sums(subtopics(own, LAST))["hidden"] == counts[third]
    with pytest.raises(ActError, match="counts as"):
        acts.merge(own, "anna", NOW, first, second)
    fit_all(own, silent)  # what people did stays
    assert subtopics(own, LAST).filter(subtopic=first)["merged"].to_list() == [[second]]
    act(own, acts.rename, first, "")
    act(own, acts.split, second)
    act(own, acts.show, third)
    after = subtopics(own, LAST)
    assert dict(after.select("subtopic", "contacts").rows()) == counts
    assert after.filter(pl.col("subtopic") != NONE)["is_suggested"].all()
    done = subtopic_acts(own, first)
    assert done["kind"].to_list() == ["renamed", "renamed"]
    assert set(done["who"]) == {"anna"}
    assert project(own) == 6
    with pytest.raises(ActError, match="no sub-topic"):
        acts.hide(own, "anna", NOW, "form_error-99")


def test_the_command_line_does_what_the_page_does_by_a_named_person(fitted_home, tmp_path):
    shutil.copytree(fitted_home, tmp_path / "home")
    env = {**os.environ, "LINIYA_HOME": str(tmp_path / "home"), "LINIYA_CLOCK": "data"}

    def told(*words: str) -> tuple[int, str]:
        done = run(env, "subtopics", *words)
        return done.returncode, done.stderr

    first, second, third = (f"{ABOUT}-{n}" for n in (1, 2, 3))
    assert told("rename", first, "Код не приходит, 8 921 123-45-67", "--who", "anna")[0] == 0
    assert told("merge", second, first, "--who", "boris")[0] == 0
    assert told("hide", third, "--who", "anna")[0] == 0
    lake = open_lake(Settings(home=tmp_path / "home", clock="data"), read_only=True)
    rows = {row["subtopic"]: row for row in subtopics(lake, LAST).to_dicts()}
    assert rows[first]["name"] == "Код не приходит, [ТЕЛЕФОН]"
    assert (rows[first]["merged"], rows[third]["is_hidden"]) == ([second], True)
    assert subtopic_acts(lake, first)["who"].to_list() == ["anna", "boris"]
    assert told("split", second)[0] == told("show", third)[0] == told("rename", first, "")[0] == 0
    assert not subtopics(lake, LAST)["is_hidden"].any()
    assert second in subtopics(lake, LAST)["subtopic"]
    lake.close()
    assert told("show", third)[0] == 1  # it is shown already
    code, said = told("hide", "form_eror-1")
    assert (code, "did you mean 'form_error-" in said) == (1, True)


def test_a_contact_of_another_category_since_is_in_no_sub_topic_of_the_first(own):
    row = subtopics(own, LAST).row(0, named=True)
    own.con.execute(
        "update lake.contacts set category = 'few' where contact_id in "
        "(select contact_id from lake.subtopic_guesses where topic = ? "
        "order by received_date desc limit 1)", [row["subtopic"]],
    )  # fmt: skip
    assert subtopics(own, LAST).row(0, named=True)["contacts"] == row["contacts"] - 1
