"""Tables for people: no figure is ever cut, whatever the width; a pipe gets whole lines."""

import datetime as dt
import io
from zoneinfo import ZoneInfo

import polars as pl
from rich.console import Console

from pipelines.output import Format, draw, show

VOLUME = pl.DataFrame(
    {"line": ["main", "chat"], "contacts": [12345, 7], "abandoned_short": [1234, 0],
     "wait_mean_s": [35.053, None], "note": ["x " * 40, ""]}
)  # fmt: skip


def drawn(frame: pl.DataFrame, width: int | None) -> list[str]:
    out = Console(
        file=io.StringIO(), force_terminal=width is not None, width=width, color_system=None
    )
    draw(frame, out)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


def test_a_pipe_gets_one_whole_line_a_row_however_long():
    lines = drawn(VOLUME, None)
    assert len(lines) == 3
    assert lines[0].split() == VOLUME.columns
    assert ("x " * 40).strip() in lines[1]


def test_a_narrow_screen_breaks_headings_and_texts_but_no_figure():
    lines = drawn(VOLUME, 60)
    assert max(map(len, lines)) <= 60
    assert {"abandoned", "short"} <= set(" ".join(lines[:3]).split())
    assert any("12345" in line and "1234" in line and "35.053" in line for line in lines)
    assert "…" not in "".join(lines)


def test_one_row_too_wide_for_the_screen_stands_as_names_and_values():
    lines = drawn(VOLUME.head(1), 30)
    assert [line.split()[:2] for line in lines[:4]] == [
        ["line", "main"], ["contacts", "12345"], ["abandoned_short", "1234"],
        ["wait_mean_s", "35.053"],
    ]  # fmt: skip


def test_many_rows_too_wide_for_the_screen_run_over_it_whole():
    assert drawn(VOLUME.drop("note"), 20)[1].split() == ["main", "12345", "1234", "35.053"]


def test_csv_times_have_an_offset_any_reader_takes(capsys):
    moment = dt.datetime(2026, 11, 24, 18, 55, tzinfo=ZoneInfo("Europe/Moscow"))
    show(pl.DataFrame({"received_at": [moment]}), Format.csv)
    assert capsys.readouterr().out.splitlines()[1] == "2026-11-24T18:55:00.000000+03:00"
