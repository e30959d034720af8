"""Figures of promises and problems: rows in, what is drawn out."""

from datetime import datetime, timedelta

import polars as pl

from dashboard import theme
from dashboard.figures import quality
from dashboard.figures.case import case
from dashboard.figures.hours import by_hour
from dashboard.figures.problems import against_usual, pareto
from dashboard.figures.promises import by_day

COLOURS = theme.palette("light")
WORDS = {
    "contacts": "контакты",
    "first": "впервые",
    "burst": "впервые, всплеск",
    "repeats": "повторные",
    "cumulative": "накопленная доля",
    "usual": "обычно",
    "value": "доля",
    "goal": "цель",
    "n": "база",
}


def categories() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "name": ["Ошибка формы", "Регистрация"],
            "category": ["form_error", "registration"],
            "contacts": [6, 2],
            "repeats": [2, 0],
            "burst": [False, True],
            "cumulative": ["75\u00a0%", "100\u00a0%"],
        }
    )


def test_pareto_puts_the_greatest_on_top_and_marks_a_burst_by_more_than_colour():
    first, burst, repeats = pareto(categories(), COLOURS, WORDS).data
    assert list(first.y) == ["▲ Регистрация", "Ошибка формы"]
    assert [list(bars.x) for bars in (first, burst, repeats)] == [[None, 4], [2, None], [0, 2]]
    assert list(repeats.text) == ["100\u00a0%", "75\u00a0%"]
    # what a click on a bar opens
    assert [list(bars.customdata[1])[2] for bars in (first, burst, repeats)] == ["form_error"] * 3
    assert [(bars.name, bars.marker.color) for bars in (first, burst)] == [
        ("впервые", COLOURS["accent"]), ("впервые, всплеск", COLOURS["overdue"])
    ]  # fmt: skip


def test_a_long_name_takes_two_lines_at_most():
    rows = categories().with_columns(name=pl.lit("очень " * 30))
    assert all(name.count("<br>") == 1 for name in pareto(rows, COLOURS, WORDS).data[0].y)


def test_the_usual_is_drawn_only_where_it_is_known():
    days = pl.DataFrame(
        {
            "day": ["2026-11-16", "2026-11-17"],
            "contacts": [3, 4],
            "repeats": [1, 0],
            "baseline": [None, 2.5],
        }
    )
    usual = against_usual(days, COLOURS, WORDS).data[-1]
    assert (usual.name, list(usual.y)) == ("обычно", [None, 2.5])
    # under the pointer it is first: a click on the day is told by it
    assert [list(one) for one in usual.customdata] == [["2026-11-16"], ["2026-11-17"]]
    unknown = days.with_columns(baseline=pl.lit(None, pl.Float64))
    assert [trace.name for trace in against_usual(unknown, COLOURS, WORDS).data] == [
        "впервые",
        "повторные",
    ]


def test_a_promise_by_day_leaves_a_gap_where_nothing_was_measured():
    days = pl.DataFrame({"day": ["2026-11-16", "2026-11-17"], "value": [0.9, None], "n": [10, 0]})
    drawn, goal = by_day(days, COLOURS, WORDS, goal=0.95, is_mean=False).data
    assert list(drawn.y) == [0.9, None]
    assert list(goal.y) == [0.95, 0.95]


def test_the_axis_of_a_share_reaches_down_to_the_worst_day_and_never_below_zero():
    days = pl.DataFrame({"day": ["2026-11-16"], "value": [0.02], "n": [10]})
    low, high = by_day(days, COLOURS, WORDS, goal=None, is_mean=False).layout.yaxis.range
    assert low == 0.0
    assert high > 1


def hours(**cells: tuple[float, int]) -> pl.DataFrame:
    """The 168 cells of a week; `d1h10=(value, n)` fills one."""
    known = {tuple(map(int, name[1:].split("h"))): found for name, found in cells.items()}
    return pl.DataFrame(
        [
            (day, hour, *known.get((day, hour), (None, None)))
            for day in range(1, 8)
            for hour in range(24)
        ],
        schema={"weekday": pl.Int64, "hour_of_day": pl.Int64, "value": pl.Float64, "n": pl.Int64},
        orient="row",
    ).with_columns(is_small=pl.col("n").fill_null(0) < 20)


DAYS = ["пн", "вт", "ср", "чт", "пт", "сб", "вс"]
HOURS = {"n": "база", "small": "база мала", "unit": ""}


def test_an_hour_of_a_small_base_is_grey_with_a_dot_and_tells_its_base():
    cells = hours(d1h10=(0.5, 40), d7h23=(1.0, 3))
    small, judged, points = by_hour(cells, COLOURS, HOURS, DAYS, is_mean=False).data
    assert (small.text[6][23], small.z[6][23], judged.z[6][23]) == ("·", 100.0, None)
    assert (judged.text[0][10], judged.z[0][10], small.z[0][10]) == ("50", 50.0, None)
    assert [tuple(p) for p in points.customdata] == [
        (1, 10, 40, 0.5, ""), (7, 23, 3, 1.0, " · база мала")
    ]  # fmt: skip
    assert "%{customdata[2]:,}" in points.hovertemplate


def test_hours_hardly_below_all_get_hardly_any_colour():
    judged = by_hour(hours(d1h1=(0.99, 90)), COLOURS, HOURS, DAYS, is_mean=False).data[1]
    assert (judged.zmin, judged.zmax) == (80, 100)
    mean = by_hour(hours(d1h1=(20.0, 90)), COLOURS, HOURS, DAYS, is_mean=True, target=180).data[1]
    assert (mean.zmin, mean.zmax) == (0, 180)


def test_a_day_before_a_source_had_begun_is_an_empty_cell_not_a_word():
    days = pl.DataFrame(
        [
            {"source": "calls", "day": "2026-11-01", "flag": "usual", "label": "98 %", "told": ""},
            {"source": "calls", "day": "2026-11-02", "flag": "usual", "label": "99 %", "told": ""},
            {"source": "chats", "day": "2026-11-02", "flag": "unknown", "label": "", "told": ""},
        ]
    )
    colours = COLOURS | {"usual_soft": "#eee"}
    drawn = quality.against_usual(days, colours, dict.fromkeys(quality.FLAGS, "")).data[0]
    assert [list(row) for row in drawn.text] == [["", ""], ["98 %", "99 %"]]


def test_a_deadline_kept_long_before_it_passes_does_not_stretch_the_axis_of_a_case():
    came, day = datetime.fromisoformat("2026-11-16T10:00"), timedelta(days=1)
    rows = pl.DataFrame({"label": ["1", "2"], "at": [came, came + day], "said": ["", ""],
                         "is_this": [True, False]})  # fmt: skip
    spans = pl.DataFrame({"label": ["1"], "part": ["wait"], "begin": [came],
                          "finish": [came + day], "said": ["1 дн"]})  # fmt: skip
    dues = pl.DataFrame({"label": ["1", "2"], "state": ["met", "overdue"],
                         "at": [came + 30 * day, came + 2 * day], "said": ["", ""]})  # fmt: skip
    words = {name: name for name in ("wait", "served", "came", "met", "overdue")}
    drawn = case(rows, spans, dues, COLOURS, words)
    first, last = drawn.layout.xaxis.range
    assert came - day < first < came
    assert came + 2 * day < last < came + 3 * day
    assert [trace.name for trace in drawn.data] == ["wait", "met", "overdue", "came"]
