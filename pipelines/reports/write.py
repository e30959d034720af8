"""Write a week to a file; the ending of its name decides the form."""

from pathlib import Path

from pipelines.lake.connect import Lake
from pipelines.reports.gather import gather
from pipelines.reports.html import write_html
from pipelines.reports.out import check_out, writing
from pipelines.reports.page import make_page
from pipelines.reports.pdf import write_pdf
from pipelines.reports.week import Week
from pipelines.reports.words import Words
from pipelines.reports.xlsx import write_xlsx

ENDINGS = (".pdf", ".html", ".xlsx")


def write_week(
    lake: Lake,
    period: str,
    out: Path,
    language: str = "ru",
    edition: str | None = None,
    against: str | None = None,
) -> None:
    """Write the report of a week, month or quarter (`2026-W46`) to `out`: .pdf, .html or .xlsx.

    Args:
        edition: a number, `now`, or nothing: the newest edition, else as it is now.
        against: a period to compare with, or `last-year`, instead of the one before.

    Raises:
        UsageError: another ending, an unknown language, or the file cannot be written.
        QueryError: not a period.
    """
    # checked before the figures are asked for: they take longer than a typing mistake deserves
    words = Words(language, lake.settings.tz)
    check_out(out, ENDINGS)
    write_figures(gather(lake, period, edition, against), out, words)


def write_figures(figures: Week, out: Path, words: Words) -> None:
    """Write figures of the shape `week.Week` to `out`.

    Raises:
        UsageError: another ending, or the file cannot be written.
    """
    check_out(out, ENDINGS)
    with writing(out):
        if out.suffix == ".xlsx":
            write_xlsx(figures, words, out)
        elif out.suffix == ".html":
            write_html(make_page(figures, words), out)
        else:
            write_pdf(make_page(figures, words), out)
