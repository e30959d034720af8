"""The page Сейчас: now, at an earlier moment by link, and as a wall screen."""

import json

import pytest


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


def test_the_wall_screen_is_dark_and_has_nothing_to_click_above_it(home_lake, open_page):
    at = open_page("now", view="wall")
    assert sent(at)["wall"]["--st-background-color"] == "#0f151b"
    assert [b for b in at.button if b.key and b.key.startswith("now_")] == []
