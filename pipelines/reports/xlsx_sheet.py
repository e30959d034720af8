"""One sheet of the workbook: a table with a frozen head, filters and the format of each column."""

from collections.abc import Sequence
from typing import Any

from pipelines.reports.words import Words

# kind of a column -> number format; "kind" is a format by the row
FORMATS = {"count": "#,##0", "share": "0.0%", "seconds": '#,##0.0 "s"', "mean": "0.00"}
Column = tuple[str, str, int]  # heading, kind, width


def add_sheet(
    book: Any,
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[object]],
    words: Words,
    *,
    kinds: Sequence[str] = (),
    first: int = 0,
    source: str = "",
) -> Any:
    """Write one table with a frozen head and filters; None becomes «нет данных», not 0.

    Args:
        source: the command that gives the same figures; told below the table.
    """
    sheet = book.add_worksheet(name)
    formats = {kind: book.add_format({"num_format": f}) for kind, f in FORMATS.items()}
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    unknown = book.add_format({"font_color": "#7d8893", "align": "right"})
    for j, (heading, _kind, width) in enumerate(columns):
        sheet.set_column(j, j, width)
        sheet.write_string(first, j, heading, head)
    for i, row in enumerate(rows):
        for j, (value, (_heading, kind, _width)) in enumerate(zip(row, columns, strict=True)):
            used = kinds[i] if kind == "kind" else kind
            if value is None:
                sheet.write_string(first + 1 + i, j, words.nothing, unknown)
            elif used == "text":
                sheet.write_string(first + 1 + i, j, str(value))
            else:
                sheet.write_number(first + 1 + i, j, value, formats[used])
    if source:
        line = words("Источник: {command}", command=source)
        sheet.write_string(first + len(rows) + 2, 0, line)
    sheet.freeze_panes(first + 1, 1)
    if rows:
        sheet.autofilter(first, 0, first + len(rows), len(columns) - 1)
    return sheet
