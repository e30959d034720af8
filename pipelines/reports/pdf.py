"""PDF: Typst draws a layout (`week.typ`, `card.typ`, …) from words; no system fonts, no network."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst


def write_pdf(page: dict[str, Any], out: Path, layout: str = "week.typ") -> None:
    """Draw a page of words (`page.make_page` for `week.typ`: one A4 sheet)."""
    out.write_bytes(draw(layout, page, "common.typ"))


def draw(layout: str, page: dict[str, Any], *before: str) -> bytes:
    """Return the PDF a layout of this folder, after those `before` it, makes of ready words."""
    folder = files("pipelines.reports")
    source = b"".join((folder / name).read_bytes() for name in (*before, layout))
    # only the fonts inside the package, so that every machine draws the same page
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    made = typst.compile(
        source,
        font_paths=fonts,
        sys_inputs={"page": json.dumps(page, ensure_ascii=False)},
    )
    return bytes(made)
