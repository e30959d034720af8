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
        "hour_volume": 14,
        "expected_hour_volume": 20.0,
        "expected_hour_until_now": 10.0,
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
    assert (second["usual"], second["usual_note"].replace("\u00a0", " ")) == (
        "14 из 20",
        "за день +20 %",
    )


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


def test_what_was_lost_stands_at_its_line_and_among_the_large_figures():
    total = NOTHING["total"] | {"offered": 340, "abandoned": 12}
    frame = board_frame(NOTHING | {"unserved": 3, "total": total}, "ru")
    assert tile(frame, "unserved")["note"] == "заявителя · потеряно 12 из 340"
    assert (line(abandoned=12)["lost"], line(abandoned=0)["lost"]) == ("потеряно 12", "")


def line(**more: object) -> dict:
    return board_frame(NOTHING | {"lines": [{"line": "main"} | more]}, "ru")["lines"][0]


def test_a_queue_says_how_it_grows_and_how_long_a_new_caller_waits():
    row = line(growth_per_min=-0.34, expected_wait_s=130.0, waiting=3)
    assert (row["growth"], row["expected"].replace("\u00a0", " ")) == (
        "\u22120,3/мин",
        "новому ≈ 2 мин 15 с",  # told no finer than it is known
    )
    assert (line(growth_per_min=0.0)["growth"], line(expected_wait_s=None)["expected"]) == ("", "")


def test_the_trend_compares_two_half_hours_and_is_silent_about_a_handful():
    levels = {"half_hour": level(8, 10), "before": level(10, 10)}
    assert line(level=levels)["levels"][0]["trend"] == "▼ \u221220 п. п."
    assert line(level=levels | {"before": level(9, 9)})["levels"][0]["trend"] == ""
    more = levels | {
        "hour": level(6, 10), "hour_before": level(5, 10),
        "today": level(80, 100), "today_before": level(72, 90),
    }  # fmt: skip
    assert [v["trend"] for v in line(level=more)["levels"]] == [
        "▼ \u221220 п. п.",
        "▲ +10 п. п.",
        "",
    ]


def test_a_silent_line_and_a_line_without_its_source_say_since_when():
    silent = line(silent_since=ago(1800))
    assert (silent["note"], silent["is_silent"], silent["is_stale"]) == (
        "молчит с 14:02",
        True,
        False,
    )
    stale = line(stale_since=ago(1800))
    assert (stale["note"], stale["is_silent"], stale["is_stale"]) == (
        "нет данных с 14:02",
        False,
        True,
    )
    total = NOTHING["total"] | {"stale_since": ago(1800)}
    tiles = {t["key"]: t["stale"] for t in board_frame(NOTHING | {"total": total}, "ru")["tiles"]}
    assert tiles == {
        "waiting": "нет данных с 14:02",
        "level": "нет данных с 14:02",
        "unserved": "нет данных с 14:02",
        "overdue": "нет данных с 14:02",
    }


def test_deadlines_are_told_by_priority_and_then_the_rest():
    counts = {"due_1min": 1, "due_2min": 2, "due_5min": 3, "overdue": 4}
    rows = board_frame(
        NOTHING | {"first": [{"class": "privacy"} | counts, {"class": None} | counts]}, "ru"
    )["soon"]
    assert [(row["name"], row["is_first"], row["counts"], row["overdue"]) for row in rows] == [
        ("Персональные данные", True, ["1", "2", "3"], "4"),
        ("Остальные", False, ["1", "2", "3"], "4"),
    ]


def test_moves_name_who_is_ready_and_how_many_more():
    operators = [{"operator_id": f"op{n}", "line": "chat"} for n in range(6)]
    ready = {"line": "main", "skill": "general", "waiting": 2, "operators": operators, "n": 9}
    nobody = ready | {"line": "faults", "operators": [], "n": 0}
    found = board_frame(NOTHING | {"moves": {"ready": [ready, nobody]}}, "ru")["moves"]
    assert [(row["who"], row["meta"]) for row in found] == [
        ("op0, op1, op2 · и\u00a0ещё\u00a06", "свободны, работали: Онлайн-чат"),
        ("свободных с этим навыком нет", ""),
    ]


def test_operators_are_named_to_those_who_see_names_and_are_ids_to_the_rest():
    ready = {
        "line": "main", "skill": "general", "waiting": 2, "n": 2,
        "operators": [{"operator_id": "op1", "line": None}, {"operator_id": "op2", "line": None}],
    }  # fmt: skip
    rang = {"operator_id": "op1", "line": "main", "since": NOW, "n": 3}
    figures = NOTHING | {"moves": {"ready": [ready], "no_answer": [rang]}}
    named = board_frame(figures, "ru", {"op1": "Ветрова А."})["moves"]
    assert [row["who"] for row in named] == ["Ветрова А., op2", "Ветрова А."]
    assert named[1]["what"] == "Вызов не принят на рабочем месте (3)"
    assert "Ветрова" not in str(board_frame(figures, "ru"))


def test_a_debt_names_the_contact_to_call_back():
    row = {
        "contact_id": "calls:7", "line": "main", "category": None, "tries": 2,
        "first_lost_at": ago(600), "lost_at": ago(60), "waited_s": 65.0,
    }  # fmt: skip
    frame = board_frame(NOTHING | {"unserved": 3, "debt": [row]}, "ru")
    (shown,) = frame["debt"]
    assert (shown["id"], shown["meta"].replace("\u00a0", " ")) == (
        "calls:7",
        "Единый номер поддержки · 2 попытки · ждал 1 мин 05 с",
    )
    assert frame["debt_note"] == "время с первой попытки · первые 1 из 3"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"needed": None}, "нет данных о том, сколько ещё поступит"),
        ({"needed": 0.9, "operators_more": 3}, "из 240 оставшихся в срок нужно 90 % · "
         "нужны ещё 3 оператора"),
        ({"needed": 0.9, "operators_more": 0}, "из 240 оставшихся в срок нужно 90 % · "
         "хватит тех, кто есть"),
        ({"needed": 0.9, "operators_more": None}, "из 240 оставшихся в срок нужно 90 %"),
        ({"needed": 9.0, "rest": 0.6}, "до конца дня почти никто больше не ожидается"),
        ({"needed": 1.1, "operators_more": None},
         "80 % сегодня уже не достичь: из 240 оставшихся в срок все дадут 78,6 %"),
    ],
)  # fmt: skip
def test_the_way_back_to_the_goal_in_words(more, words):
    row = {
        "line": "main", "within": 6, "base": 13, "share": 6 / 13, "goal": 0.8, "rest": 240.4,
        "best": 0.786, "operators_now": 5, "operators_more": None,
    }  # fmt: skip
    (found,) = board_frame(NOTHING | {"recovery": [row | more]}, "ru")["recovery"]
    assert found["text"].replace("\u00a0", " ") == words


def test_intervals_show_the_distance_from_the_goal():
    cell = {"offered": 10, "within": 7, "base": 10, "share": 0.7, "deviation": -0.1}
    spans = [{"start": ago(900), "end": NOW, "cells": {"main": cell, None: cell}}]
    found = board_frame(
        NOTHING
        | {"lines": [{"line": "main"}], "intervals": {"quarter": spans, "half_hour": spans}},
        "ru",
    )["intervals"]
    assert [(one["name"], one["heads"]) for one in found] == [
        ("15 мин", ["14:17"]),
        ("30 мин", ["14:17"]),
    ]
    (row,) = found[0]["rows"]
    (shown,) = row["cells"]
    assert (shown["note"].replace("\u00a0", " "), shown["state"]) == (
        "\u221210,0 п. п.",
        "below_own_target",
    )


def test_open_chats_are_greyed_when_nothing_comes_from_the_chat():
    chats = {"open": 2, "awaiting_first": 0, "awaiting_next": 0, "per_operator": None}
    lines = [{"line": "chat", "channel": "chat", "stale_since": ago(1800)}]
    frame = board_frame(NOTHING | {"chats": chats, "lines": lines}, "ru")
    assert (tile(frame, "chats")["stale"], tile(frame, "waiting")["stale"]) == (
        "нет данных с 14:02",
        "",
    )


def test_alerts_of_an_outage_are_counted_at_it_and_not_told_beside_it():
    alert = {
        "alert_id": "a", "kind": "burst", "severity": "warning", "label_ru": "Всплеск",
        "label_en": "Burst", "scope_kind": "category", "scope": "form_error", "value": 40.0,
        "threshold": 20.0, "since_at": ago(60), "good_at": None, "acknowledged_by": None,
        "note": None, "delivery": "sent", "delivery_error": None, "retry_at": None,
    }  # fmt: skip
    outage = {
        "incident_id": "i-1", "category": "form_error", "line": None, "region": None,
        "detected_at": ago(300), "restored_at": None, "due_at": None, "contacts": 3,
        "citizens": 3, "is_announced": False, "announced_at": None,
    }  # fmt: skip
    figures = NOTHING | {
        "incidents": [outage],
        "alerts": [alert | {"incident_id": "i-1"}, alert | {"alert_id": "b", "incident_id": None}],
    }
    frame = board_frame(figures, "en")
    assert [row["id"] for row in frame["alerts"]] == ["b"]
    assert frame["incidents"][0]["note"].endswith("1 alert")


def test_what_keeps_all_messages_from_arriving_is_told_once_with_its_next_try():
    alert = {
        "alert_id": "a", "kind": "burst", "severity": "warning", "label_ru": "Всплеск",
        "label_en": "Burst", "scope_kind": "category", "scope": "form_error", "value": 40.0,
        "threshold": 20.0, "since_at": ago(60), "good_at": None, "acknowledged_by": None,
        "note": None, "delivery": "retrying", "delivery_error": "no_answer",
        "retry_at": ago(-30), "incident_id": None,
    }  # fmt: skip
    told = "не доставлено, повторяется · получатель не отвечает · повтор в 14:32:35"
    one = board_frame(NOTHING | {"alerts": [alert]}, "ru")
    assert (one["alerts"][0]["trouble"], one["alerts_note"]) == (told, "")
    two = board_frame(NOTHING | {"alerts": [alert, alert | {"alert_id": "b"}]}, "ru")
    assert [row["trouble"] for row in two["alerts"]] == ["", ""]
    assert two["alerts_note"] == f"сообщения: {told}"
