"""What a supervisor does about an outage: widgets, each an act on the desk.

An act is written at once; the worker carries it into the lake within a second, and the page waits
for it that long. Without a worker the act stays written, and the page says what to do.
"""

import time
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any

import streamlit as st

from dashboard import data, labels
from dashboard.components import frame, incident_words
from dashboard.i18n import _, _n, formats
from dashboard.pages import PAGES
from pipelines.errors import ActError
from pipelines.lake.lock import is_locked
from pipelines.metrics import burst_onset, targets
from pipelines.problems.bursts import ALL
from pipelines.shift import incidents
from pipelines.shift.project import pending

CARRIED_S = 4.0  # how long a page waits for the worker
LOOK_S = 0.1
WAIT_S = 1.0  # after that the page looks by itself so often


def do(act: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Do an act as the person who looks, and wait until the lake has it.

    Returns:
        What the act returns (True for nothing); None: it was refused, and the page says why.
    """
    if not frame.person().may_act:
        st.error(_("Действия по сбоям доступны старшему смены."))
        return None
    return attempt(incident_words.refused, act, *args, **more)


def attempt(
    refused: Callable[[ActError], str], act: Callable[..., Any], *args: Any, **more: Any
) -> Any:
    """Do an act whoever looks may do, as `do`; `refused` words an error of it."""
    lake = data.lake()
    try:
        found = act(lake, frame.person().id, lake.now(), *args, **more)
    except ActError as error:
        st.error(refused(error))
        return None
    carried()
    return True if found is None else found


def carried() -> None:
    """Wait until the worker has carried what was just written into the lake, if one runs."""
    if is_locked(data.settings()):
        lake, deadline = data.lake(), time.monotonic() + CARRIED_S
        while pending(lake) and time.monotonic() < deadline:
            time.sleep(LOOK_S)


def show(incident_id: str) -> None:
    """Go to the page of one outage."""
    st.switch_page(PAGES["incident"].file, query_params={"id": incident_id})


def is_waiting() -> bool:
    """Tell whether something that was done is not in the lake yet."""
    return bool(pending(data.lake()))


def notice() -> None:
    """Say where acts are not in the figures yet, and what to do about it."""
    if pending(data.lake()):
        waiting()
    elif not is_locked(data.settings()) and (frame.person().may_act or frame.person().may_plan):
        st.warning(_("Действия будут записаны, но цифры их не учтут.") + " " + _no_worker())


@st.fragment(run_every=WAIT_S)
def waiting() -> None:
    """Draw the acts that wait for the worker; the page is drawn anew once it has them."""
    n = pending(data.lake())
    if not n:
        st.rerun()
    words = _n(
        "{n} действие записано, но ещё не учтено в цифрах.",
        "{n} действий записано, но ещё не учтено в цифрах.",
        n,
    ).format(n=formats.number(n))
    if is_locked(data.settings()):
        st.info(words)
    else:
        st.warning(f"{words} {_no_worker()}")


def _no_worker() -> str:
    return _("Рабочий процесс не запущен: запустите `liniya run` или `liniya worker`.")


def opening() -> None:
    """Draw the way to open an outage by hand: about what, where, since when."""
    page = frame.page_id()
    with st.popover(_("Открыть сбой"), icon=":material/report:", key=f"{page}_opening"):
        about = _about(f"{page}_new", {})
        since = _moment(page, "since", _("С какого времени"), data.now())
        hint = _complex_hint()
        is_complex = bool(hint and st.checkbox(_("Сложный сбой"), help=hint, key=f"{page}_complex"))
        text = st.text_area(_("Что известно"), key=f"{page}_known", max_chars=500, height=68)
        if st.button(_("Открыть сбой"), type="primary", key=f"{page}_open"):
            found = do(
                incidents.open_incident,
                detected_at=min(since, data.now()),
                is_complex=is_complex,
                text=text,
                **about,
            )
            if found:
                show(found)


def _complex_hint() -> str:
    """Say what calling an outage complex changes; "" where it changes nothing."""
    usual, longer = targets(data.lake())
    if usual is None or longer == usual:
        return ""
    return _(
        "Норматив {longer} вместо {usual}. Отметка позже обычного срока не учитывается."
    ).format(longer=formats.duration(longer), usual=formats.duration(usual))


def of_burst(burst_id: str, bursts: list[dict[str, Any]]) -> None:
    """Open an outage from a burst, since its first contact; one that is open is shown.

    Of all contacts together, or of all lost ones, the outage names no category and no line.

    Args:
        bursts: rows of `bursts`; ended_at, where it is over: so is the outage.
    """
    burst = next((b for b in bursts if b["burst_id"] == burst_id), None)
    if burst is None:
        st.info(_("Этот всплеск уже закончился."))
        return
    category = None if burst["category"] == ALL else burst["category"]
    lake, person = data.lake(), frame.person()
    try:
        incident_id = incidents.open_incident(
            lake,
            person.id,
            lake.now(),
            detected_at=burst_onset(lake, burst),
            category=category,
            line=burst["line"],
            is_of_all=not (category or burst["line"]),
        )
        if ended_at := burst.get("ended_at"):
            incidents.restore(lake, person.id, lake.now(), incident_id, ended_at)
    except ActError as error:
        if error.incident_id is None:
            st.error(incident_words.refused(error))
            return
        incident_id = error.incident_id
    show(incident_id)


def acts(row: dict[str, Any]) -> None:
    """Draw what can be done about one outage now."""
    incident_id = row["incident_id"]
    with st.container(horizontal=True, key="incident_acts"):
        if row["restored_at"] is None:
            if st.button(
                _("Сервис восстановлен"), type="primary", icon=":material/check:",
                key="incident_restore",
            ) and do(incidents.restore, incident_id):  # fmt: skip
                st.rerun()
            _announcement(row)
            hint = _complex_hint()
            if (
                hint
                and not row["is_complex"]
                and _done(
                    _("Сложный сбой"), "complex", incidents.call_complex, incident_id, help=hint
                )
            ):
                st.rerun()
        else:
            if row["is_announced"]:
                _announcement(row)
            if _done(_("Сбой продолжается"), "resume", incidents.resume, incident_id):
                st.rerun()
        _changing(row)
        with st.popover(_("Отозвать"), key="incident_withdrawing"):
            reason = st.text_input(_("Почему сбоя не было"), key="incident_reason")
            st.caption(_("Сбой перестанет учитываться, его действия останутся в журнале."))
            if _done(_("Отозвать"), "withdraw", incidents.withdraw, incident_id, reason):
                st.query_params.clear()
                st.rerun()


def _done(label: str, name: str, act: Callable[..., Any], *args: Any, **more: Any) -> bool:
    return bool(st.button(label, key=f"incident_{name}", **more) and do(act, *args))


def _announcement(row: dict[str, Any]) -> None:
    incident_id = row["incident_id"]
    if row["is_announced"]:
        if _done(
            _("Выключить объявление"), "silence", incidents.silence, incident_id,
            icon=":material/volume_off:",
        ):  # fmt: skip
            st.rerun()
        return
    with st.popover(
        _("Включить объявление"), icon=":material/campaign:", key="incident_announcing"
    ):
        text = st.text_area(
            _("Что слышат заявители"),
            value=row["announcement"] or "",
            key="incident_announcement",
            max_chars=500,
        )
        st.caption(_("Здесь записывается факт: само объявление включают в телефонии."))
        if _done(_("Объявление включено"), "announce", incidents.announce, incident_id, text):
            st.rerun()


def _changing(row: dict[str, Any]) -> None:
    with st.popover(_("Изменить"), key="incident_changing"):
        about = _about("incident_edit", row)
        fields = about | {
            "detected_at": _moment(
                "incident_edit", "since", _("С какого времени"), row["detected_at"]
            )
        }
        if row["restored_at"] is not None:
            fields["restored_at"] = _moment(
                "incident_edit", "until", _("Когда восстановлен"), row["restored_at"]
            )
        was = {name: row[name] for name in fields}
        if _done_changing(row["incident_id"], was, fields):
            st.rerun()


def _done_changing(incident_id: str, was: dict[str, Any], fields: dict[str, Any]) -> bool:
    return bool(
        st.button(_("Сохранить"), key="incident_change")
        and do(incidents.change, incident_id, was, **fields)
    )


def _about(place: str, row: dict[str, Any]) -> dict[str, str | None]:
    """Ask what an outage is about; None: not limited by it."""
    options = data.ask(incidents.choices, each_minute=True)
    words = (
        ("category", _("Тематика"), labels.category),
        ("line", _("Линия поддержки"), labels.line),
        ("region", _("Регион"), labels.region),
    )
    found: dict[str, str | None] = {}
    for name, label, of in words:
        ids = list(options[name])
        now = row.get(name)
        if now and now not in ids:
            ids.append(now)
        found[name] = st.selectbox(
            label,
            ids,
            index=ids.index(now) if now else None,
            format_func=of,
            placeholder=_("любая") if name != "region" else _("любой"),
            key=f"{place}_{name}",
        )
    return found


def _moment(place: str, name: str, label: str, at: datetime) -> datetime:
    """Ask for a moment to the minute; untouched, it stays as exact as it was."""
    shown = formats.local(at)
    minute = shown.replace(second=0, microsecond=0)
    with st.container(horizontal=True):
        day = st.date_input(label, shown.date(), format="DD.MM.YYYY", key=f"{place}_{name}_day")
        moment = st.time_input(_("Время"), minute.time(), step=60, key=f"{place}_{name}_time")
    found = datetime.combine(
        day if isinstance(day, date) else shown.date(),
        moment if isinstance(moment, clock_time) else minute.time(),
        formats.zone(),
    )
    return at if found == minute else found
