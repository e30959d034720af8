"""Tables say figures in the page's language and still sort them as figures."""

import json
from datetime import UTC, datetime

import polars as pl
from streamlit.testing.v1 import AppTest

from dashboard.components import table
from dashboard.i18n import formats, using

ROWS = pl.DataFrame(
    {
        "line": ["main", None],
        "contacts": [12345, None],
        "share": [0.123, None],
        "at": [datetime(2026, 11, 24, 15, 55, tzinfo=UTC), None],
    },
    schema_overrides={"at": pl.Datetime("us", "UTC")},
)


def texts(lang: str) -> list[list[str]]:
    """The cells as they are drawn, row by row."""
    show = {
        "line": lambda one: one or "все",
        "contacts": None,
        "share": lambda one: formats.share(one, 1),
        "at": formats.when,
    }
    with using(lang):
        drawn = table.worded(ROWS, show)._translate(sparse_index=False, sparse_cols=False)
    return [[c["display_value"] for c in row if c["type"] == "td"] for row in drawn["body"]]


def test_figures_and_times_are_written_as_the_page_speaks_not_as_the_browser():
    assert texts("ru")[0] == ["main", "12\u00a0345", "12,3\u00a0%", "24.11.2026 18:55"]
    assert texts("en")[0] == ["main", "12,345", "12.3%", "Nov 24, 2026 18:55"]


def test_what_is_not_known_is_left_to_the_placeholder_of_the_table():
    assert texts("ru")[1] == ["все", "", "", ""]


def test_an_open_end_keeps_its_word():
    show = dict.fromkeys(ROWS.columns) | {"at": lambda at: formats.when(at) if at else "идёт"}
    with using("ru"):
        assert list(table.worded(ROWS, show).data["at"]) == ["24.11.2026 18:55", "идёт"]


def test_a_worded_figure_stays_a_figure_to_sort_by():
    values = table.worded(ROWS, dict.fromkeys(ROWS.columns)).data
    assert values["contacts"].sum() == 12345
    assert values["at"].min().year == 2026


def test_contacts_ticked_before_stay_ticked_when_others_leave_the_list():
    def page() -> None:
        import polars as pl
        import streamlit as st

        from dashboard.components import table

        rows = pl.DataFrame({"contact_id": ["a", "b", "c"]})
        chosen = table.choose(
            rows.filter(pl.col("contact_id") != st.session_state.get("told", "")),
            {"contact_id": "Контакт"}, key="list", show={},
        )  # fmt: skip
        st.text(",".join(chosen))

    at = AppTest.from_function(page)
    at.session_state["list_ticked"] = ["b", "c"]
    assert at.run().text[0].value == "b,c"
    at.session_state["told"] = "a"
    assert at.run().text[0].value == "b,c"
    assert json.loads(at.dataframe[0].proto.selection_default)["selection"]["rows"] == [0, 1]


def test_a_file_may_hold_more_than_the_page_shows_it_is_asked_for_at_the_click():
    with using("ru"):
        assert table._file(lambda: ROWS, "all.csv") == table._file(ROWS, "all.csv")
