"""Words of reviews: states, reasons, answers, what was done, why an act was refused."""

from typing import Any

import polars as pl

from dashboard import data
from dashboard.components import incident_words
from dashboard.i18n import N_, _, language
from pipelines.errors import ActError, ReferenceDataError

ANSWERS = {"yes": N_("да"), "no": N_("нет"), "na": N_("не применимо")}
STATES = {
    "assigned": N_("назначена"),
    "draft": N_("черновик"),
    "submitted": N_("сдана"),
    "appealed": N_("на апелляции"),
    "upheld": N_("апелляция удовлетворена"),
    "rejected": N_("апелляция отклонена"),
}
HOW = {"random": N_("случайный отбор"), "risky": N_("по риску")}
REASONS = {
    "low_rating": N_("низкая оценка заявителя"),
    "repeat": N_("повторное обращение"),
    "long_hold": N_("долгое удержание"),
    "burst": N_("во время всплеска"),
}
KINDS = {
    "assigned": N_("назначена"),
    "drafted": N_("сохранён черновик"),
    "submitted": N_("сдана"),
    "confirmed": N_("критическая ошибка рассмотрена"),
    "appealed": N_("подана апелляция"),
    "contested": N_("контакт оспорен"),
    "decided": N_("решение по апелляции"),
}
REFUSED = {
    "not_a_reviewer": N_("Проверяют и решают аналитик качества и старший смены."),
    "not_yours": N_("Это не ваше: проверка назначена другому или контакт не ваш."),
    "not_there": N_("Такой проверки или апелляции нет."),
    "changed_meanwhile": N_(
        "Проверку тем временем изменили в другом окне. Посмотрите, что записано теперь."
    ),
    "done_already": N_("Это уже сделано, возможно, другим человеком."),
    "not_whole": N_("Ответьте на все вопросы листа."),
    "unknown": N_("Такого вопроса или ответа в листе нет."),
    "no_text": N_("Напишите, почему."),
    "not_yet": N_("Проверка ещё не сдана."),
    "second_person": N_("Решает второй человек: не проверявший и не сам оператор."),
    "nothing_critical": N_("Критической ошибки в этой проверке нет."),
    "nothing_to_draw": N_("Отбирать больше нечего: квота за этот период уже набрана."),
    "no_period": N_("Период пуст."),
}


def refused(error: ActError) -> str:
    """Say why an act was not done."""
    return _(REFUSED[error.code]) if error.code in REFUSED else _("Действие не выполнено.")


def form_changed(error: ReferenceDataError) -> str:
    """Say that a used version of the form reads otherwise now."""
    return _(
        "Версия оценочного листа уже использована в проверках, а файл изменён. "
        "Верните прежний текст и добавьте новую версию с более поздней датой: {error}"
    ).format(error=error)


def criterion(criterion_id: str) -> str:
    """Return the text of a criterion."""
    return data.lake().reference.label("criterion", criterion_id, language())


def critical(ids: str | None) -> str:
    """Return the critical criteria that failed, from the lake's list; a dash for none."""
    return "; ".join(criterion(one) for one in ids.split(";")) if ids else "—"


def answer(word: str) -> str:
    """Return an answer."""
    return _(ANSWERS[word])


def state(word: str) -> str:
    """Return how a review or an appeal stands."""
    return _(STATES[word])


def why(how: str, reasons: str | None) -> str:
    """Return how a contact came to be reviewed."""
    said = [_(HOW[how]), *(_(REASONS[one]) for one in (reasons or "").split(";") if one)]
    return ": ".join((said[0], ", ".join(said[1:]))) if len(said) > 1 else said[0]


def because(rows: pl.DataFrame) -> pl.Series:
    """Return `why` of each row of reviews."""
    pairs = rows.select("how", "reasons").iter_rows()
    return pl.Series("why", [why(*pair) for pair in pairs], dtype=pl.String)


def who(profile: str | None) -> str:
    """Return who acted."""
    return incident_words.who(profile) if profile else "—"


def act(row: dict[str, Any]) -> str:
    """Return what was done."""
    kind = str(row["kind"])
    return _(KINDS[kind]) if kind in KINDS else kind
