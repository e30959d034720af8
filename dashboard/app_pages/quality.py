"""Данные: can the figures be trusted?"""

import streamlit as st

from dashboard import access, data, labels
from dashboard.components import (
    check_parts,
    empty,
    filters,
    frame,
    quality_parts,
    reconciliation_parts,
)
from dashboard.i18n import _
from pipelines.metrics import Query, arrivals, quality, rhythm

# Filters
chosen = filters.bar(period="7d", lines=False, channel=False)

# Data
sources = data.ask(rhythm, each_minute=True)
frame.as_of(chosen.words)
if sources.is_empty():
    empty.nothing(
        _("Ни один журнал ещё не загружен."), _("Загрузите журналы: `liniya ingest ПУТЬ`.")
    )
    st.stop()
picked = st.pills(
    _("Источник"), sources["source"].to_list(), format_func=labels.source, key="quality_source"
)
where: dict[str, object] = {"source": (picked,)} if picked else {}
query = Query(chosen.start, chosen.end, where=where, scope=access.scope(frame.person()))
checks = data.ask(quality, query)
days = data.ask(arrivals, query, each_minute=True)

# View
quality_parts.tiles(picked)
quality_parts.fresh(sources)
quality_parts.volume(days)
check_parts.failed(query, picked, checks)
check_parts.held(query, picked, checks)
reconciliation_parts.reconciled(query)
quality_parts.books(picked)
