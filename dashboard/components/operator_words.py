"""A score in plain words: why it is what it is, or why there is none."""

from collections.abc import Mapping
from typing import Any

from dashboard import data
from dashboard.i18n import N_, _, _n, formats, language

SECONDS = ("aht",)  # components whose value is a time, not a share
NOT_A_GROUND = N_(
    "Показатель — повод для разговора. Не является основанием для взыскания, премии или увольнения."
)
BANDS = {
    "attention": N_(
        "Уровень с высокой вероятностью ниже согласованного минимума ({least}) не первый период, "
        "и хотя бы одна составляющая заметно отстаёт от ожидаемого: человеку нужна поддержка."
    ),
    "watch": N_(
        "Скорее всего, уровень ниже согласованного минимума ({least}). "
        "Это повод посмотреть контакты вместе с оператором."
    ),
    "typical": N_(
        "Ниже согласованного минимума ({least}) уровень, скорее всего, не опускается; "
        "отличие от среднего может быть случайным."
    ),
    "strong": N_("Весь интервал выше среднего уровня: это вряд ли случайность."),
}

MISSED = {  # part of one's own -> why it was not kept
    "ring": N_("ответ на звонок через {took} при норме {target}"),
    "ring_missed": N_("звонок без ответа"),
    "reply": N_("первый ответ в чате через {took} при норме {target}"),
    "no_reply": N_("нет первого ответа в чате за {took} при норме {target}"),
    "next_reply": N_("ответ на следующее сообщение через {took} при норме {target}"),
    "no_next_reply": N_("следующее сообщение без ответа {took} при норме {target}"),
    "answer": N_("ответ на обращение через {took} (в рабочие дни) при норме {target}"),
    "no_answer": N_("нет ответа на обращение {took} (в рабочие дни) при норме {target}"),
    "number": N_("номер обращения не назван"),
}


def component(component_id: str) -> str:
    """Return the name of a component of the score."""
    return data.lake().reference.label("component", component_id, language())


def amount(component_id: str, value: float | None) -> str:
    """Format an observed or expected value of a component."""
    return formats.duration(value) if component_id in SECONDS else formats.share(value, 1)


def missed(parts: list[dict[str, Any]] | None) -> str:
    """Say what of the own part was not kept in a contact; "" where nothing.

    Args:
        parts: `missed` of a row of `score_contacts`.
    """
    told = []
    for one in parts or ():
        said, target = MISSED[one["part"]], formats.limit(one["target_s"])
        told.append(_(said).format(took=formats.duration(one["took_s"]), target=target))
    return "; ".join(told)


def gap(component_id: str, value: float | None) -> str:
    """Format a difference between observed and expected."""
    if component_id not in SECONDS:
        return formats.points(value)
    return ("+" if value and value > 0 else "") + formats.duration(value)


def interval(row: Mapping[str, Any]) -> str:
    """Format a score with its interval: «54 (46–63)»; none is a dash (the band says why)."""
    if row["score"] is None:
        return "—"
    return _("{score} ({low}–{high})").format(
        score=formats.number(row["score"]),
        low=formats.number(row["score_low"]),
        high=formats.number(row["score_high"]),
    )


def reasons(row: Mapping[str, Any], made: Mapping[str, Any]) -> list[str]:
    """Return why the score is what it is, a sentence each.

    Args:
        row: of `scored`. made: `scored_parts` of the same operator.
    """
    if row["score"] is None:
        return [_hidden(row, made["limits"])]
    said = BANDS[row["band"]]
    told = [
        average_is(made["scale"]),
        _("С вероятностью 80 % истинный уровень — от {low} до {high}.").format(
            low=formats.number(row["score_low"]),
            high=formats.number(row["score_high"]),
        ),
        _(said).format(least=formats.number(made["least"])),
    ]
    if made["below"]:
        told.append(_("Снижает оценку: {parts}.").format(parts=_listed(made["below"])))
    if made["above"]:
        told.append(_("Повышает оценку: {parts}.").format(parts=_listed(made["above"])))
    return told


def average_is(scale: Mapping[str, Any]) -> str:
    """Return whose score 50 is. `scale`: of `score_scale`."""
    if scale["base_first"] is None:
        return _("50 — средний оператор этого же периода на таких же контактах.")
    base = formats.span(scale["base_first"], scale["base_last"])
    if scale["is_base"]:
        return _("50 — средний оператор этого периода ({base}) на таких же контактах.").format(
            base=base
        )
    return _("50 — средний оператор базового периода ({base}) на таких же контактах.").format(
        base=base
    )


def _listed(parts: list[dict[str, Any]]) -> str:
    return "; ".join(
        _("{name} — {value} при ожидаемых {expected} ({points})").format(
            name=component(part["component"]).lower(),
            value=amount(part["component"], part["value"]),
            expected=amount(part["component"], part["standard"]),
            points=formats.signed(part["contribution"], 1),
        )
        for part in parts
    )


def _hidden(row: Mapping[str, Any], limits: Mapping[str, float]) -> str:
    if row["hidden_by"] == "few_contacts":
        return _n(
            "Недостаточно данных: {n} контакт за период, для оценки нужно не меньше {least}.",
            "Недостаточно данных: {n} контактов за период, для оценки нужно не меньше {least}.",
            row["n"],
        ).format(n=formats.number(row["n"]), least=formats.number(limits["min_contacts"]))
    if row["hidden_by"] == "new_operator":
        return _("Первые {days} дней работы оценка не выставляется.").format(
            days=formats.number(limits["new_operator_days"])
        )
    return _(
        "Недостаточно данных: надёжность {reliability} ниже {least}. На этих контактах операторы "
        "мало отличаются друг от друга, и оценка была бы случайной."
    ).format(
        reliability=formats.number(row["reliability"], 2),
        least=formats.number(limits["min_reliability"], 2),
    )


def passport(row: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, str]:
    """Return «Как это посчитано» of a score: row -> text."""
    weights = "; ".join(
        f"{component(part['component'])} — {formats.share(part['weight'])}"
        for part in made["rows"].iter_rows(named=True)
    )
    return {
        _("Формула"): _(
            "50 + 10 × взвешенная сумма отклонений от ожидаемого в единицах разброса "
            "между операторами; малые числа стянуты к среднему"
        ),
        _("Шкала"): average_is(made["scale"]),
        _("Ожидаемое"): _(
            "что показал бы средний оператор на таких же контактах: "
            "канал и линия, тематика, время суток, пункт меню, перевод"
        ),
        _("Веса"): weights or "—",
        _("Не входит"): _(
            "ожидание в очереди, время восстановления сервисов, переводчики, "
            "контакты во время массовых сбоев, паузы и перерывы; в решении с первого обращения — "
            "тематики, по которым ждут решения ведомства"
        ),
        _("База"): _n("{n} контакт", "{n} контактов", row["n"]).format(n=formats.number(row["n"])),
        _("Надёжность"): formats.number(row["reliability"], 2),
        _("Период"): formats.span(row["period_start"], made["last"]),
    }
