"""The moment a board speaks of: now, or an earlier one that the address names (`?at=10:35`)."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

import streamlit as st

from dashboard.i18n import _, formats
from pipelines.errors import QueryError
from pipelines.lake.connect import Lake
from pipelines.metrics import parse_moment

KEY = "at"


def asked(lake: Lake) -> datetime | None:
    """Return the moment of the address, or None: now; one that is none, or to come, is told.

    A time alone is of today: `10:35`; a whole one may be of any day: `2026-11-16T10:35`.
    """
    text = st.query_params.get(KEY, "")
    if not text:
        return None
    now = lake.now()
    try:
        found = parse_moment(text, formats.zone(), today=now)
    except QueryError:
        st.warning(
            _("В адресе не момент времени: «{text}». Показано то, что сейчас.").format(text=text)
        )
        return None
    if found >= now:
        st.warning(
            _("{time} ещё не наступило. Показано то, что сейчас.").format(time=formats.when(found))
        )
        return None
    return found


def choice(
    lake: Lake,
    at: datetime | None,
    lines: tuple[str, ...] = (),
    before: Callable[[], None] | None = None,
) -> None:
    """Draw the way to another moment, back to now, and to the wall screen of the same lines.

    `before` draws what stands in the same row before them.
    """
    shown = formats.local(at or lake.now())
    with st.container(horizontal=True, horizontal_alignment="right", key="now_choice"):
        if before:
            before()
        if at and st.button(_("Вернуться к текущему моменту"), key="now_back", type="primary"):
            del st.query_params[KEY]
            st.rerun()
        with st.popover(_("Другой момент")):
            day = st.date_input(
                _("День"), shown.date(), max_value=formats.local(lake.now()).date(), key="now_day",
                format="DD.MM.YYYY",
            )  # fmt: skip
            time = st.time_input(
                _("Время"), shown.time().replace(second=0, microsecond=0), step=60, key="now_time"
            )
            if st.button(_("Показать"), key="now_show") and day and time:
                st.query_params[KEY] = f"{day.isoformat()}T{time:%H:%M}"
                st.rerun()
        st.link_button(
            _("Табло"),
            "/now?"
            + urlencode([("view", "wall"), ("embed", "true"), *(("line", n) for n in lines)]),
            help=_("Во весь экран, для большого экрана смены"),
        )
