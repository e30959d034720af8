"""The page Сейчас: now, at an earlier moment by link, and as a wall screen."""

import json
from dataclasses import replace

import pytest

from dashboard import access
from dashboard.live.hub import Channel
from dashboard.live.route import with_names
from pipelines.metrics import Scope
from pipelines.settings import wall_now


def sent(at) -> dict:
    """What the page gives the board's component."""
    (board,) = at.get("bidi_component")
    return json.loads(board.proto.json)


def test_the_board_of_now_has_a_stream_and_ways_to_other_moments(home_lake, open_page):
    at = open_page("now")
    assert not at.exception
    assert (sent(at)["url"], sent(at)["moment"], sent(at)["wall"]) == ("/api/live", "", None)
    assert [button.label for button in at.button if button.key == "now_back"] == []


@pytest.mark.parametrize("moment", ["00:00", "2026-11-16T10:35", "2026-11-16T10:35:20+03:00"])
def test_an_earlier_moment_by_link_has_no_stream_and_a_way_back(home_lake, open_page, moment):
    at = open_page("now", at=moment)
    assert not at.exception
    assert sent(at)["url"] == ""
    if moment.startswith("2026"):
        assert sent(at)["first"]["clock"] in ("10:35:00", "10:35:20")
    at.button(key="now_back").click().run()
    assert (sent(at)["url"], at.query_params.get("at")) == ("/api/live", None)


@pytest.mark.parametrize("moment", ["tomorrow", "2999-01-01"])
def test_a_moment_that_is_none_or_to_come_is_told_and_now_is_shown(home_lake, open_page, moment):
    at = open_page("now", at=moment)
    assert len(at.warning) == 1
    assert sent(at)["url"] == "/api/live"


def test_lines_by_link_narrow_the_board_its_stream_and_its_wall_within_the_scope(
    home_lake, open_page
):
    home_lake.con.execute("insert into lake.operator_names values ('op1', 'Ветрова А.')")
    at = open_page("now", line=["chat", "faults"])
    assert not at.exception
    assert at.multiselect(key="now_line").value == ["chat", "faults"]
    assert {line["key"] for line in sent(at)["first"]["lines"]} == {"chat", "faults"}
    claims = access.unsign(home_lake.settings, sent(at)["token"], "live", 60)
    assert (claims["lines"], claims["wall"]) == (["chat", "faults"], False)
    wall = sent(open_page("now", view="wall", line="chat"))
    assert [line["key"] for line in wall["first"]["lines"]] == ["chat"]
    assert access.unsign(home_lake.settings, wall["token"], "live", 60)["wall"] is True


def test_a_link_never_widens_what_a_person_sees():
    limited = Scope(lines=("chat", "main"))
    assert access.narrowed(limited, ("main", "faults")) == Scope(lines=("main",))
    assert access.narrowed(limited, ("faults",)) == Scope(lines=())
    assert access.narrowed(Scope(), ()) == Scope()


def test_a_stream_with_names_is_another_than_one_without_and_a_wall_has_none():
    shift = access.Person("s", "supervisor", ())
    assert with_names(shift, is_wall=False)
    assert not with_names(shift, is_wall=True)
    assert not with_names(replace(shift, role="executive"), is_wall=False)
    assert Channel(Scope(), "ru", sees_names=True) != Channel(Scope(), "ru", sees_names=False)


def test_everybody_left_unserved_is_listed_below_with_the_contact_and_downloads(
    home_lake, open_page
):
    at = wall_now()
    same = (
        "select 'c' || n as contact_id, 'calls' as source, 'phone' as channel, 'main' as line, "
        "$at as received_at, $day as received_date, "
    )
    for table, own in (
        ("contacts", "'c' || n as citizen_key"),
        ("legs", "1 as leg, $at as queued_at, $at as left_at, 'abandoned' as left_as"),
    ):
        home_lake.con.execute(
            f"insert into lake.{table} by name {same} {own} from range(14) as numbers (n)",
            {"at": at, "day": at.astimezone(home_lake.settings.tz).date()},
        )
    page = open_page("now")
    assert "Скачать CSV" not in [b.label for b in page.get("download_button")]
    page.session_state["now_unserved_part"] = True
    page.run()
    (shown,) = [d.value for d in page.dataframe if "first_lost_at" in d.value]
    assert len(shown) == 14
    assert shown["line"].tolist()[0] == "Единый номер поддержки"


def test_the_wall_screen_is_dark_and_has_nothing_to_click_above_it(home_lake, open_page):
    at = open_page("now", view="wall")
    assert sent(at)["wall"]["--st-background-color"] == "#0f151b"
    assert [b for b in at.button if b.key and b.key.startswith("now_")] == []
