"""The whole debt below the board: everybody nobody served today, with the contact to call back."""

from datetime import datetime

import streamlit as st

from dashboard import data, labels
from dashboard.components import empty, frame, table
from dashboard.i18n import _, _n, formats
from pipelines.metrics import Scope, unserved

EVERY_S = 15.0  # how often an open list looks again: whoever was called back leaves it by himself


@st.fragment(run_every=EVERY_S)
def unserved_list(scope: Scope, at: datetime | None = None) -> None:
    """Draw the list, folded; it is asked for when it is opened.

    Args:
        scope: of the board above. at: its moment; None is now.
    """
    part = st.expander(
        _("Остались без ответа: весь список"), key="now_unserved_part", on_change="rerun"
    )
    if not part.open:
        return
    with part:
        _draw(scope, at)


def _draw(scope: Scope, at: datetime | None) -> None:
    rows = data.ask(unserved, at, scope=scope, live=at is None)
    if rows.is_empty():
        empty.nothing(
            _("Все, кто обращался сегодня, обслужены или ждут ответа."),
            _("Сюда попадает тот, кто не дождался и кого не обслужил ни один канал."),
        )
        return
    may_open = frame.person().may_open("contact")
    said = [
        _("на {time}").format(time=formats.clock(at or data.now())),
        _n("{n} заявитель", "{n} заявителей", len(rows)).format(n=formats.number(len(rows))),
        _("сверху те, кому звонить первыми"),
    ]
    if may_open:
        said.append(_("нажмите на строку, чтобы открыть карточку"))
    st.caption(" · ".join(said))
    table.table(
        rows,
        {
            "first_lost_at": _("Первая попытка"), "lost_at": _("Последняя попытка"),
            "tries": _("Попыток"), "waited_s": _("Ждал дольше всего"),
            "line": _("Линия поддержки"), "category": _("Тематика"), "contact_id": _("Контакт"),
        },
        # another list is another table: a row ticked in the one before must not be one of this
        key=f"now_unserved_{abs(hash(tuple(rows['contact_id'])))}",
        show={
            "first_lost_at": formats.when, "lost_at": formats.when,
            "waited_s": lambda s: formats.duration(s) if s is not None else "—",
            "line": labels.line, "category": lambda c: labels.category(c) if c else "—",
        },
        opens="contact_id" if may_open else None,
        picks=may_open,
        height=420,
    )  # fmt: skip
    table.downloads(rows, "unserved", key="now_unserved_file")
