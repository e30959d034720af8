"""The public page measured, as one file a ministry may publish."""

import re
from html import escape

import pytest

from pipelines.errors import UsageError
from pipelines.metrics import Query, parse_week
from pipelines.reports import Words, write_seed_map
from pipelines.reports.seed_map import make_map
from tests.metrics.test_page_figures import clock

WEEK = Query(*parse_week("2026-W47", "Europe/Moscow"))


@pytest.fixture
def four_calls(lake):
    """Three late of four; nobody else."""
    import polars as pl

    at = WEEK.start.replace(hour=10)
    rows = [
        {"contact_id": n, "source": "calls", "channel": "phone", "line": "main", "citizen_key": n,
         "received_at": at, "received_date": at.date(), "text": "секретный текст"}
        for n in "abcd"
    ]  # fmt: skip
    clocks = [clock(n, "phone.wait_max", late=n != "a") for n in "abcd"]
    for table, given in (("contacts", rows), ("clocks", clocks)):
        lake.con.register("given", pl.DataFrame(given))
        lake.con.execute(f"insert into lake.{table} by name select * from given")
        lake.con.unregister("given")
    return lake


@pytest.mark.parametrize(
    ("language", "verdict", "people"),
    [
        ("ru", "Выполняется 0 из 2 предложений", "подвели 3 заявителей"),
        ("en", "0 of the 2 sentences", "3 citizens failed"),
    ],
)
def test_the_map_is_one_file_that_asks_nobody_and_tells_of_nobody(
    tmp_path, four_calls, language, verdict, people
):
    out = tmp_path / "map.html"
    write_seed_map(four_calls, WEEK, out, language)
    text = out.read_text("utf-8")
    assert verdict in text
    assert people in text
    assert not re.search(r"https?://|<script|<link|@import|url\(", text)
    assert "секретный" not in text
    assert f'<html lang="{language}">' in text
    for sentence in four_calls.reference.sentences:
        assert escape(sentence.text) in text


def test_every_sentence_is_measured_or_says_why_not(four_calls):
    words = Words("ru", four_calls.settings.tz)
    page = make_map(four_calls, WEEK.at(four_calls), words)
    silent = [p for p in page["parts"] if not (p["is_heading"] or p["promises"] or p["why"])]
    assert silent == []
    assert sum(len(p["texts"]) for p in page["parts"]) == len(four_calls.reference.sentences)
    assert {row["label"] for p in page["parts"] for row in p["promises"]}.isdisjoint(
        row["label"] for row in page["law"]
    )
    assert len(page["law"]) == 2
    no_data = next(row for p in page["parts"] for row in p["promises"] if row["n"] == "—")
    assert (no_data["value"], no_data["state"]) == ("нет данных", "нет данных")


def test_a_map_of_nothing_says_so_and_shows_no_zero(tmp_path, lake):
    page = make_map(lake, WEEK.at(lake), Words("ru", lake.settings.tz))
    assert page["verdict"] == "За период нет данных ни об одном обещании"
    assert "неизвестно" in page["lead"]
    write_seed_map(lake, WEEK, tmp_path / "map.html")
    assert not re.search(r">0\D", (tmp_path / "map.html").read_text("utf-8"))


def test_figures_of_some_lines_say_which(four_calls):
    page = make_map(
        four_calls, Query(WEEK.start, WEEK.end, where={"line": "main"}).at(four_calls),
        Words("ru", four_calls.settings.tz),
    )  # fmt: skip
    assert page["filters"] == "Только: Единый номер поддержки"


def test_a_wrong_ending_folder_or_language_is_told_before_any_work(tmp_path, lake):
    for out, language, said in (
        (tmp_path / "map.pdf", "ru", "name it FILE.html"),
        (tmp_path / "no" / "map.html", "ru", "no such folder"),
        (tmp_path / "map.html", "de", "language is 'de'"),
    ):
        with pytest.raises(UsageError, match=said):
            write_seed_map(lake, WEEK, out, language)
