"""The queue of texts whose category an analyst decides: a card a text, a click a decision.

A decision is written at once; the worker carries it into the lake within a second. Without a worker
it stays written, its text leaves the queue, and the page says what to do.
"""

import time
from typing import Any

import streamlit as st

from dashboard import data, labels
from dashboard.components import choice, empty, frame, incident_words, state, table
from dashboard.i18n import N_, _, _n, formats
from pipelines.errors import ActError
from pipelines.lake.lock import is_locked
from pipelines.metrics import Query, category_queue, labelling_counts
from pipelines.problems.decisions import choices, decide, waiting

CARDS = 8  # texts a page: what is read without scrolling far
CARRIED_S = 4.0  # how long a page waits for the worker
LOOK_S = 0.1
NAMES = {
    "undetermined": N_("Не определено"),
    "contradicted": N_("Текст противоречит"),
    "named": N_("Названо моделью"),
    "decided": N_("Решено аналитиком"),
}
SAID = {
    "undetermined": N_(
        "Модель не уверена. Сначала тексты, которых больше всего: "
        "одно решение — на все их контакты."
    ),
    "contradicted": N_(
        "Тематика из журнала и текст расходятся, и модель в этом уверена. "
        "Записанное не меняется, пока вы не решите."
    ),
    "named": N_("Модель назвала тематику сама. Сначала те, в которых она уверена меньше всего."),
    "decided": N_("Решения можно изменить: действует последнее, прежние остаются в журнале."),
}

NEXT = {
    "undetermined": N_(
        "Возьмите период длиннее или обучите модель: новые контакты она ещё не видела."
    ),
    "contradicted": N_("Расхождений с записанной тематикой модель не нашла."),
    "named": N_("Обучите модель: она назовёт тематику контактов, у которых её нет."),
    "decided": N_("Решите первый текст в очереди «Не определено»."),
}

REFUSED = {
    "not_yours": N_("Решать о тематиках может аналитик."),
    "decided_meanwhile": N_(
        "Другой аналитик уже решил иначе: его решение — в очереди «Решено аналитиком»."
    ),
    "not_there": N_("Контакта больше нет в данных."),
    "unknown": N_("Такой тематики больше нет."),
}


def tiles(query: Query) -> dict[str, Any]:
    """Draw where categories come from and return the counts (`labelling_counts`)."""
    counts = data.ask(labelling_counts, query)
    figures = (
        (
            NAMES["named"],
            counts["named"],
            _("{share} контактов без тематики в журнале").format(
                share=formats.share(counts["named_share"])
            ),
        ),
        (NAMES["undetermined"], counts["undetermined"], _("ждут решения аналитика")),
        (NAMES["contradicted"], counts["contradicted"], _("тематике, записанной оператором")),
        (NAMES["decided"], counts["decided"], _("на них учится следующая версия")),
    )
    state.tiles((_(label), formats.number(value), note) for label, value, note in figures)
    return counts


def draw(query: Query, counts: dict[str, Any]) -> None:
    """Draw one queue, its cards and the way to the next ones."""
    state.heading(_("Очередь"))
    _notice()
    queue = choice.one(
        "queue",
        _("Какие тексты"),
        list(NAMES),
        lambda name: f"{_(NAMES[name])} · {formats.number(counts[name])}",
    )
    st.caption(_(SAID[queue]))
    page = _page(queue)
    hidden = waiting(data.lake())
    found = data.ask(category_queue, query, queue, without=hidden, limit=CARDS, offset=page * CARDS)
    if not found.total:
        empty.nothing(_("В этой очереди за период пусто."), _(NEXT[queue]))
        return
    if found.rows.is_empty():  # the last page was decided to its end, or the period is another
        _go(-page)
        st.rerun()
    for row in found.rows.iter_rows(named=True):
        _card(row, queue)
    _pages(page, found.total)


def _card(row: dict[str, Any], queue: str) -> None:
    """Draw one text with what it may be about."""
    with st.container(border=True, key=f"problems_text_{row['contact_id']}"):
        st.text(row["text"])
        st.caption(_where(row, queue))
        with st.container(horizontal=True, vertical_alignment="center"):
            for category in _offered(row, queue):
                name = labels.category(category)
                is_kept = queue == "contradicted" and category == row["category"]
                st.button(
                    _("{name} (записано)").format(name=name) if is_kept else name,
                    key=f"problems_is_{row['contact_id']}_{category}",
                    on_click=_decide,
                    args=(row, category),
                )
            with st.popover(_("Другая"), key=f"problems_other_{row['contact_id']}"):
                key = f"problems_which_{row['contact_id']}"
                st.selectbox(
                    _("Тематика"),
                    data.ask(choices, each_minute=True),
                    index=None,
                    format_func=labels.category,
                    placeholder=_("начните вводить название"),
                    key=key,
                    on_change=_decide_other,
                    args=(row, key),
                )
            if row["category"] is not None or queue != "decided":
                st.button(
                    _("Ни одна"),
                    key=f"problems_none_{row['contact_id']}",
                    type="tertiary",
                    help=_("Ни одна из известных тематик: контакт останется без тематики."),
                    on_click=_decide,
                    args=(row, None),
                )
            if frame.person().may_open("contact"):
                st.link_button(
                    _("Карточка"),
                    table.contact_address(row["contact_id"]),
                    type="tertiary",
                )


def _offered(row: dict[str, Any], queue: str) -> list[str]:
    """Return the categories to click: the model's; a recorded one first, to confirm it."""
    suggested = row["suggested"].split(";") if row["suggested"] else []
    kept = [row["category"]] if queue == "contradicted" and row["category"] else []
    now = row["category"] if queue == "decided" else None
    return [one for one in dict.fromkeys(kept + suggested) if one != now]


def _where(row: dict[str, Any], queue: str) -> str:
    n = row["contacts"]
    parts = [
        _n("{n} контакт", "{n} контактов", n).format(n=formats.number(n)),
        formats.when(row["received_at"]),
        labels.line(row["line"]),
        labels.channel(row["channel"]),
    ]
    sure = formats.share(row["confidence"])
    if queue == "contradicted":
        parts.append(
            _("в журнале «{recorded}», по тексту «{guessed}» (уверенность {share})").format(
                recorded=labels.category(row["category"]),
                guessed=labels.category(row["guessed"]),
                share=sure,
            )
        )
    elif queue == "decided":
        parts.append(_decided(row))
    else:
        parts.append(
            _("модель: «{guessed}», уверенность {share}").format(
                guessed=labels.category(row["guessed"]), share=sure
            )
        )
    return " · ".join(part for part in parts if part)


def _decided(row: dict[str, Any]) -> str:
    name = labels.category(row["category"]) if row["category"] else _("ни одна из известных")
    said = _("решено: «{name}»").format(name=name)
    if row["decided_at"] is None:
        return said
    return f"{said}, {incident_words.who(row['who'])}, {formats.when(row['decided_at'])}"


def _decide_other(row: dict[str, Any], key: str) -> None:
    if category := st.session_state.get(key):
        _decide(row, category)


def _decide(row: dict[str, Any], category: str | None) -> None:
    """Write the decision as the person who looks, and wait until the lake has it.

    Called before the page is drawn anew: a click counts even where its card is gone by then.
    """
    lake, person = data.lake(), frame.person()
    if not person.may_decide:
        st.session_state["problems_refused"] = "not_yours"
        return
    try:
        decide(
            lake, person.id, lake.now(), row["contact_ids"], category,
            instead_of=row["decision_id"],
        )  # fmt: skip
    except ActError as error:
        st.session_state["problems_refused"] = error.code
        return
    st.session_state["problems_decided"] = (row["contacts"], category)
    deadline = time.monotonic() + CARRIED_S
    while is_locked(data.settings()) and waiting(lake) and time.monotonic() < deadline:
        time.sleep(LOOK_S)


def _notice() -> None:
    """Say what the last click did, and where decisions are not in the figures yet."""
    if refused := st.session_state.pop("problems_refused", None):
        st.error(_(REFUSED[refused]) if refused in REFUSED else _("Действие не выполнено."))
    if done := st.session_state.pop("problems_decided", None):
        n, category = done
        name = labels.category(category) if category else _("ни одна из известных")
        words = _n("Решено: «{name}», {n} контакт.", "Решено: «{name}», {n} контактов.", n)
        st.toast(words.format(name=name, n=formats.number(n)), icon=":material/check:")
    if not is_locked(data.settings()):
        n = len(waiting(data.lake()))
        if n:
            words = _n(
                "Решение о {n} контакте записано, но ещё не учтено в цифрах.",
                "Решения о {n} контактах записаны, но ещё не учтены в цифрах.",
                n,
            ).format(n=formats.number(n))
        else:
            words = _("Решения будут записаны, но цифры их не учтут.")
        how = _("Рабочий процесс не запущен: запустите `liniya run` или `liniya worker`.")
        st.warning(f"{words} {how}")


def _page(queue: str) -> int:
    if st.session_state.get("problems_queue_of") != queue:
        st.session_state["problems_queue_of"] = queue
        st.session_state["problems_queue_page"] = 0
    return int(st.session_state["problems_queue_page"])


def _pages(page: int, total: int) -> None:
    last = (total - 1) // CARDS
    if not last:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Назад"), key="problems_queue_back", disabled=page == 0, on_click=_go, args=(-1,)
        )
        st.button(
            _("Дальше"), key="problems_queue_on", disabled=page >= last, on_click=_go, args=(1,)
        )
        st.caption(
            _("страница {n} из {total}").format(
                n=formats.number(page + 1), total=formats.number(last + 1)
            )
        )


def _go(step: int) -> None:
    st.session_state["problems_queue_page"] += step
