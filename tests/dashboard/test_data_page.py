"""Данные: what failed and the rows behind it, sources against their rhythm, rows held back."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.dashboard.test_promise_pages import contact, everything, kept_and_broken, put, ten_waits

__all__ = ["kept_and_broken", "ten_waits"]  # fixtures of the pages
NOW = datetime.now(UTC)
CHECK = {
    "run_id": "f", "run_at": NOW, "source": "calls", "file": "calls.csv", "dataset": "calls",
    "expectation": "calls.category_known", "severity": "warning", "description": "d",
    "action": "a", "n_rows": 11, "n_failed": 2, "is_success": False,
}  # fmt: skip
FLAGGED = {
    "source": "calls", "dataset": "calls", "file": "calls.csv", "file_id": "f", "row_no": 3,
    "expectation": "calls.category_known", "contact_id": "calls:3", "row_at": NOW,
    "row": '{"category": "teleport"}', "flagged_at": NOW,
}  # fmt: skip


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_rows_behind_a_failed_check_are_a_click_away(kept_and_broken, open_page, lang):
    put(kept_and_broken, "checks", CHECK)
    put(kept_and_broken, "flagged", FLAGGED, FLAGGED | {"row_no": 4, "contact_id": "calls:none"})
    at = open_page("quality", lang=lang, check="calls.category_known")
    assert not at.exception
    (behind,) = (t.value for t in at.dataframe if "fate" in t.value.columns)
    assert behind["row_no"].to_list() == [3, 4]
    assert behind["row"].to_list() == ["category: teleport"] * 2
    assert behind["contact_id"].to_list() == ["calls:3", "—"]  # the other is not in the lake
    assert (
        behind["fate"][0] == {"ru": "принята с замечанием", "en": "accepted with a warning"}[lang]
    )


def test_torn_lines_of_a_log_are_behind_its_own_row(kept_and_broken, open_page):
    at = open_page("quality", check="calls.readable_row")
    assert not at.exception
    (behind,) = (t.value for t in at.dataframe if "fate" in t.value.columns)
    assert behind.to_dict("records")[0]["row"] == "call_id: 7, text: [ФИО]"
    assert not any("fate" in t.value.columns for t in open_page("quality").dataframe)


def test_a_source_with_little_history_is_no_alarm_and_says_so(kept_and_broken, open_page):
    at = open_page("quality")
    assert not at.exception
    sources = at.dataframe[0].value
    assert sources["state"].to_list() == ["○ мало истории"]
    assert not at.warning
    assert "нужно не меньше четырёх недель истории" in everything(at)


def test_a_silent_source_is_named_with_its_usual_gap(home_lake, open_page):
    # every ten minutes of eight weeks, and nothing for the last three hours
    last = NOW - timedelta(hours=3)
    moments = [last - timedelta(minutes=10 * n) for n in range(57 * 144)]
    put(home_lake, "contacts", *(
        contact(f"calls:{n}", received_at=at, received_date=(at + timedelta(hours=3)).date())
        for n, at in enumerate(moments)
    ))  # fmt: skip
    at = open_page("quality", period="7d")
    assert not at.exception
    assert "звонки" in at.warning[0].value
    row = at.dataframe[0].value.to_dict("records")[0]
    assert row["state"] == "! молчит"
    assert row["usual_gap_s"] == pytest.approx(600)
