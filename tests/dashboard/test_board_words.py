"""The board's figures in words: literal figures in, the texts of a frame out."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.live.payload import board_frame

NOW = datetime(2026, 11, 22, 11, 32, 5, tzinfo=UTC)  # 14:32:05 in Moscow
EMPTY_LEVEL = {"within": 0, "base": 0, "share": None, "start": None, "end": None}
NOTHING = {
    "as_of": NOW, "threshold_s": 180, "formula": "SL-1", "goal": 0.8, "lines": [], "due": [],
    "total": {"waiting": None, "level": dict.fromkeys(("half_hour", "hour", "today"), EMPTY_LEVEL)},
    "counts": {"overdue": None, "running": None, "breached_today": None, "due_5min": None},
    "unserved": None, "operators": None, "chats": None, "incidents": [], "spark": [], "sources": [],
}  # fmt: skip


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def level(within: int, base: int) -> dict[str, object]:
    return {"within": within, "base": base, "share": within / base, "start": None, "end": None}


def tile(frame: dict, key: str) -> dict:
    return next(t for t in frame["tiles"] if t["key"] == key)


def test_an_empty_lake_is_no_data_everywhere_and_never_a_zero_or_a_full_share():
    frame = board_frame(NOTHING, "ru")
    assert {t["value"] for t in frame["tiles"]} == {"нет данных"}
    assert frame["empty"] == "Сегодня контактов ещё не было. Табло оживёт само."
    assert "%" not in "".join(t["value"] for t in frame["tiles"])


def test_the_moment_is_that_of_the_data_in_the_zone_of_the_service():
    frame = board_frame(NOTHING, "ru")
    assert (frame["clock"], frame["day"], frame["at"]) == (
        "14:32:05",
        "вс, 22 ноября",
        NOW.timestamp(),
    )


def test_a_line_with_nobody_today_has_no_level_but_one_that_held_has_its_base():
    idle = {"line": "privacy", "waiting": 0, "oldest_queued_at": None, "offered": 0, "abandoned": 0}
    busy = idle | {
        "line": "main",
        "waiting": 2,
        "oldest_queued_at": ago(96),
        "offered": 120,
        "level": {"half_hour": EMPTY_LEVEL, "hour": level(9, 10), "today": level(70, 100)},
        "volume": 120,
        "expected_volume": 100.0,
    }
    first, second = board_frame(NOTHING | {"lines": [idle, busy]}, "ru")["lines"]
    assert [v["text"] for v in first["levels"]] == ["нет данных"] * 3
    assert first["usual"] == "—"
    assert [(v["text"].replace("\u00a0", " "), v["state"]) for v in second["levels"]] == [
        ("нет данных", "no_data"),
        ("90 %", "kept"),
        ("70 %", "below_own_target"),
    ]
    assert [v["note"] for v in second["levels"]] == ["", "9 из 10", "70 из 100"]
    assert second["since"] == ago(96).timestamp()
    assert second["usual"].replace("\u00a0", " ") == "+20 %"


def test_a_line_nobody_queues_in_shows_a_dash_where_the_queue_would_stand():
    figures = NOTHING | {
        "lines": [{"line": "portal", "waiting": None}, {"line": "main", "waiting": 0}]
    }
    assert [line["waiting"] for line in board_frame(figures, "ru")["lines"]] == ["—", "0"]


def test_a_share_exactly_at_the_goal_keeps_it():
    figures = NOTHING | {"lines": [{"line": "main", "level": {"today": level(80, 100)}}]}
    assert board_frame(figures, "ru")["lines"][0]["levels"][2]["state"] == "kept"


def test_due_clocks_say_what_where_and_whose_target_it_is():
    due = {
        "contact_id": "calls:1", "promise": "phone.wait_max", "basis": "assumed", "line": "main",
        "channel": "phone", "category": "form_error", "operator_id": "op7",
        "started_at": ago(10), "due_at": ago(-290), "state": "running",
    }  # fmt: skip
    row = board_frame(NOTHING | {"due": [due]}, "en")["due"][0]
    assert row["meta"] == (
        "Single support number · phone · Form error · operator op7 · target assumed by us"
    )
    assert (row["id"], row["due"], row["state"]) == ("calls:1", NOW.timestamp() + 290, "running")


def test_a_silent_source_says_since_when_and_one_never_seen_has_no_data():
    sources = [
        {"source": "events", "newest_at": ago(2), "is_silent": False, "silent_since": None},
        {"source": "chats", "newest_at": ago(1800), "is_silent": True, "silent_since": ago(1800)},
        {"source": "asterisk_7", "newest_at": None, "is_silent": True, "silent_since": None},
    ]
    assert board_frame(NOTHING | {"sources": sources}, "ru")["sources"] == [
        {"name": "живой поток", "text": "данные на 14:32:03", "silent": False},
        {"name": "чаты", "text": "молчит с 14:02:05", "silent": True},
        {"name": "asterisk_7", "text": "нет данных", "silent": True},
    ]


@pytest.mark.parametrize(("n", "word"), [(1, "заявитель"), (3, "заявителя"), (11, "заявителей")])
def test_people_are_counted_in_the_right_case(n, word):
    assert tile(board_frame(NOTHING | {"unserved": n}, "ru"), "unserved")["note"] == word


def test_a_figure_no_source_can_know_gets_no_tile():
    keys = [t["key"] for t in board_frame(NOTHING, "ru")["tiles"]]
    assert keys == ["waiting", "overdue", "level", "unserved"]
    known = board_frame(NOTHING | {"operators": {"contact": 3, "free": 0, "pause": 1}}, "ru")
    assert tile(known, "operators")["note"].replace("\u00a0", " ") == "свободны 0 · на паузе 1"
