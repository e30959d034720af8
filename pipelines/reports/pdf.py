"""The one-page PDF: Typst draws `week.typ` from the page's words; no system fonts, no network."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst


def write_pdf(page: dict[str, Any], out: Path) -> None:
    """Draw a page of `page.make_page` on one A4 sheet."""
    layout = files("pipelines.reports") / "week.typ"
    # only the fonts inside the package, so that every machine draws the same page
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    made = typst.compile(
        layout.read_bytes(),
        font_paths=fonts,
        sys_inputs={"page": json.dumps(page, ensure_ascii=False)},
    )
    out.write_bytes(made)
