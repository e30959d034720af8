"""Words of one contact: kinds of events, outcomes, values of events, how a clock stands."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl

from dashboard import data, labels
from dashboard.components import state
from dashboard.i18n import N_, _, formats, language

KINDS = {
    "received": N_("обратился"),
    "menu_choice": N_("выбор в меню"),
    "self_served": N_("решил вопрос в меню"),
    "queued": N_("встал в очередь"),
    "ring_no_answer": N_("вызов не принят на рабочем месте"),
    "answered": N_("оператор ответил"),
    "first_response": N_("первый ответ человека"),
    "message_in": N_("сообщение заявителя"),
    "message_out": N_("сообщение оператора"),
    "hold_started": N_("поставлен на удержание"),
    "hold_ended": N_("снят с удержания"),
    "transferred": N_("перевод"),
    "escalated": N_("перешёл в другой канал"),
    "flowed_out": N_("ушёл из очереди в другую"),
    "abandoned": N_("не дождался"),
    "interpreter_requested": N_("запрошен переводчик"),
    "interpreter_joined": N_("переводчик подключился"),
    "callback_requested": N_("заказан обратный звонок"),
    "callback_made": N_("обратный звонок сделан"),
    "ticket_created": N_("открыта техническая задача"),
    "ticket_accepted": N_("технический отдел принял задачу"),
    "specialist_contacted": N_("связались со специалистом"),
    "identity_verified": N_("личность подтверждена"),
    "workaround_offered": N_("предложено временное решение"),
    "complex_marked": N_("отмечен как сложный"),
    "waiting_for_citizen": N_("ждём ответа заявителя"),
    "citizen_replied": N_("заявитель ответил"),
    "due_moved": N_("срок перенесён"),
    "registered": N_("зарегистрировано"),
    "assigned": N_("назначен исполнитель"),
    "replied": N_("ответ отправлен"),
    "verified": N_("проверка завершена"),
    "forwarded": N_("направлено в другой орган"),
    "resolved": N_("решено"),
    "notified": N_("заявитель уведомлён"),
    "confirmation_sent": N_("подтверждение отправлено"),
    "reopened": N_("открыто снова"),
    "rated": N_("оценка заявителя"),
    "due_judged": N_("источник отметил срок"),
    "recategorised": N_("тематика изменена"),
    "ended": N_("завершено"),
    "times_contradict": N_("времена в журнале противоречат друг другу"),
}
OUTCOMES = {
    "served": N_("обслужен"),
    "abandoned": N_("не дождался в очереди"),
    "abandoned_menu": N_("завершил в голосовом меню"),
    "self_served": N_("решил в меню сам"),
    "ticket": N_("передан в технический отдел"),
    "callback": N_("обратный звонок"),
    "flowed_out": N_("ушёл в другую очередь"),
    "transferred": N_("переведён"),
}
LEFT = {
    "answered": N_("принят оператором"),
    "abandoned": N_("не дождался"),
    "flowed_out": N_("ушёл в другую очередь"),
    "open": N_("ещё ждёт"),
}
VALUES = {
    "reached": N_("дозвонились"),
    "attempted": N_("не дозвонились"),
    "sms": N_("СМС"),
    "email": N_("электронная почта"),
    "account": N_("личный кабинет"),
    "substantiated": N_("подтвердилось"),
    "unsubstantiated": N_("не подтвердилось"),
    "kept": N_("в срок"),
    "missed": N_("не в срок"),
    "overflow": N_("переполнение"),
    "citizen": N_("заявителем"),
    "operator": N_("оператором"),
    "caller": N_("заявителем"),
    "agent": N_("оператором"),
    "timeout": N_("истекло время ожидания в очереди"),
    "key": N_("нажал клавишу"),
    "empty": N_("в очереди нет операторов"),
    "incompatible": N_("АТС не смогла соединить"),
    "dialled": N_("по набранному номеру"),
    "recovered": N_("доказано другой строкой журнала"),
}
HELD = {  # a share is no time limit: its two ends have words of their own
    "met": N_("сделано"),
    "breached": N_("не сделано"),
}
FIELDS = {  # what a log may lack besides events
    "case_number": N_("номер обращения"),
    "category": N_("тематика"),
    "feedback_type": N_("вид отзыва"),
    "hold_s": N_("время удержания"),
    "language": N_("язык заявителя"),
    "region": N_("регион"),
    "transferred_to": N_("куда переведён"),
    "verification_result": N_("итог проверки"),
}
SAME = {
    "this": N_("эта карточка"),
    "case": N_("то же обращение"),
    "citizen": N_("тот же заявитель"),
}


def provided(name: str) -> str:
    """Return an event or a field a source may provide."""
    return _(FIELDS[name]) if name in FIELDS else kind(name)


def kind(name: str) -> str:
    """Return what happened; an unknown kind is shown as it is."""
    return _(KINDS[name]) if name in KINDS else name


def outcome(name: str | None) -> str:
    """Return how a contact ended; None: it has not."""
    if name is None:
        return _("ещё открыт")
    return _(OUTCOMES[name]) if name in OUTCOMES else name


def left_as(name: str | None) -> str:
    """Return how a stay in a queue ended."""
    return _(LEFT[name]) if name in LEFT else name or "—"


def label(what: str, value: str | None) -> str:
    """Return a label of reference data."""
    return data.lake().reference.label(what, value, language()) or "—"


def value(row: dict[str, Any]) -> str:
    """Return the value of an event in words."""
    text = row["value"]
    if text is None or row["kind"] in ("first_response",):
        return ""
    worded = _BY_KIND.get(row["kind"])
    if worded:
        return worded(text)
    return "; ".join(_(VALUES[one]) if one in VALUES else one for one in text.split(";"))


def _seconds(text: str) -> str:
    return _("вызов звучал {time}").format(time=formats.duration(float(text)))


def _moment(text: str) -> str:
    try:
        return _("к {time}").format(time=formats.when(datetime.fromisoformat(text)))
    except ValueError:
        return text


def _ended(text: str) -> str:
    return outcome(text) if text in OUTCOMES else _(VALUES[text]) if text in VALUES else text


_BY_KIND: dict[str, Callable[[str], str]] = {
    "answered": lambda text: _(VALUES[text]) if text in VALUES else _seconds(text),
    "times_contradict": lambda text: _("по другой строке разговор длился {time}").format(
        time=formats.duration(float(text))
    ),
    "menu_choice": lambda text: label("menu_choice", text),
    "ended": _ended,
    "transferred": labels.line,
    "escalated": labels.channel,
    "callback_requested": _moment,
    "due_moved": _moment,
    "rated": lambda text: formats.number(float(text)),
    "recategorised": labels.category,
}


def clock_state(row: dict[str, Any]) -> str:
    """Return the state of a clock with its icon; a share is done or not done."""
    name = row["state"]
    if row["kind"] == "mean":
        return _("измерено")
    if row["kind"] == "share" and name in HELD:
        return state.text(name).split(" ")[0] + " " + _(HELD[name])
    return state.text(name)


def clock_left(row: dict[str, Any]) -> str:
    """Return how much time an open clock has, or by how much it is late."""
    if row["kind"] == "mean":
        return formats.duration(row["value"])
    if row["left_s"] is None:
        return "—"
    if row["left_s"] < 0:
        return _("просрочено на {time}").format(time=formats.duration(-row["left_s"]))
    return _("осталось {time}").format(time=formats.duration(row["left_s"]))


def chain(rows: pl.DataFrame) -> str:
    """Return contacts of a chain in words: «чат → телефон через 2 ч»."""
    told = []
    for row in rows.iter_rows(named=True):
        words = labels.channel(row["channel"])
        if row["same"] == "this":
            words = f"**{words}**"
        if row["gap_s"] is not None:
            words = _("{channel} через {time}").format(
                channel=words, time=formats.duration(row["gap_s"])
            )
        told.append(words)
    return " → ".join(told)
