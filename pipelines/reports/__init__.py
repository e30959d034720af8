"""Reports: one week on one page, as PDF, one-file HTML or a workbook; the public page measured.

A report computes nothing: every figure comes from `pipelines.metrics`, words and layout are
added here. `week.Week` documents what is read; any of it may be None (нет данных).
"""

from pipelines.reports.gather import as_week
from pipelines.reports.page import make_page
from pipelines.reports.seed_map import write_seed_map
from pipelines.reports.words import Words
from pipelines.reports.write import write_figures, write_week

__all__ = ["Words", "as_week", "make_page", "write_figures", "write_seed_map", "write_week"]
