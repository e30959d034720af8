"""The words of an operator's card: figures in, formatted text out; `card.typ` adds only shape."""

from datetime import timedelta
from typing import Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.reports.card import COMPONENTS, Card
from pipelines.reports.coaching_words import advice, entry
from pipelines.reports.figure_words import channel_name
from pipelines.reports.words import Words

SHOWN_CONTACTS = 6
SHOWN_ENTRIES = 3
SECONDS = "aht"
OWN_PART = "sla"
BANDS = {"attention": ("!", "bad"), "watch": ("△", "warn"), "typical": ("●", "plain"),
         "strong": ("▲", "good")}  # fmt: skip


def card_page(card: Card, words: Words, lake: Lake) -> dict[str, Any]:
    """Return everything one card says, formatted."""
    _ = words
    row = card.row
    mark, tone = BANDS.get(row["band"] or "", ("○", "mute"))
    return {
        "language": words.language,
        "product": _("Линия"),
        "title": _("Карточка оператора"),
        "name": card.name,
        "period": words.period(row["period_start"], card.last + timedelta(days=1)),
        "facts": _facts(card, words),
        "score": score(row, words),
        "scale": _scale(card, words),
        "band": band(row["band"], words),
        "mark": mark,
        "tone": tone,
        "reasons": reasons(card, words, lake),
        "parts": [_part(part, words, lake) for part in card.made["rows"].to_dicts()],
        "gate": gate(card.gate, words),
        "gate_tone": "bad" if card.gate and card.gate["failed"] else "plain",
        "advice": advice(card.advice, words, lake),
        "entries": [entry(one, words, lake) for one in card.entries[:SHOWN_ENTRIES]],
        "contacts": _contacts(card, words, lake),
        "contacts_note": _behind(card, words),
        "dispute": _(
            "Не согласны с контактом или проверкой — откройте свою страницу «Операторы», нажмите "
            "на строку и на «Оспорить контакт» либо «Подать апелляцию», напишите причину. Решает "
            "второй человек, оценка пересчитывается, история остаётся."
        ),
        "ground": _(
            "Показатель — повод для разговора. Не является основанием для взыскания, премии или "
            "увольнения."
        ),
        "signs": [
            _("Оператор ознакомлен: подпись, дата"),
            _("Провёл разговор: подпись, дата"),
        ],
        "as_of": _("Данные на {moment}", moment=words.moment(card.as_of)),
        "heads": {
            "why": _("Почему так"),
            "parts": _("Из чего сложилась"),
            "part": _("составляющая"),
            "fact": _("факт"),
            "norm": _("ожидалось"),
            "points": _("вклад, баллов"),
            "weight": _("вес"),
            "n": _("контактов"),
            "gate": _("Без критических ошибок"),
            "help": _("Чем помочь"),
            "agreed": _("О чём договорились"),
            "contacts": _("Контакты, где не выполнено"),
            "dispute": _("Как оспорить"),
        },
    }


def _scale(card: Card, words: Words) -> str:
    _ = words
    scale = card.made["scale"]
    if scale["base_first"] is None or scale["is_base"]:
        return _("80 % интервал в скобках; 50 — средний оператор на таких же контактах")
    return _(
        "80 % интервал в скобках; 50 — средний оператор базового периода ({base}) "
        "на таких же контактах",
        base=words.period(scale["base_first"], scale["base_last"] + timedelta(days=1)),
    )


def band(name: str | None, words: Words) -> str:
    """Return the word for a band; None: no score."""
    _ = words
    known = {
        "attention": _("нужна поддержка"),
        "watch": _("наблюдение"),
        "typical": _("в норме"),
        "strong": _("выше нормы"),
    }
    return known.get(name or "", _("недостаточно данных"))


def score(row: dict[str, Any], words: Words) -> str:
    """Format a score with its interval: «54 (46–63)»; none is a dash."""
    if row["score"] is None:
        return "—"
    low, high = words.number(row["score_low"]), words.number(row["score_high"])
    return f"{words.number(row['score'])} ({low}–{high})"


def amount(component: str, value: float | None, words: Words) -> str:
    """Format a value of a component."""
    return words.duration(value) if component == SECONDS else words.share(value)


def component_name(component: str, words: Words, lake: Lake) -> str:
    """Return the name of a component of the score."""
    return lake.reference.label("component", component, words.language)


def reasons(card: Card, words: Words, lake: Lake) -> list[str]:
    """Return why the score is what it is, or why there is none, a sentence each."""
    _ = words
    row, made = card.row, card.made
    if row["score"] is None:
        return [_hidden(row, made["limits"], words)]
    least = words.number(made["least"])
    bands = {
        "attention": _("Уровень с высокой вероятностью ниже согласованного минимума ({least}) не "
                       "первый период, и хотя бы одна составляющая заметно отстаёт от "
                       "ожидаемого.", least=least),
        "watch": _("Скорее всего, уровень ниже согласованного минимума ({least}).", least=least),
        "typical": _("Ниже согласованного минимума ({least}) уровень, скорее всего, не опускается; "
                     "отличие от среднего может быть случайным.", least=least),
        "strong": _("Весь интервал выше среднего уровня: это вряд ли случайность."),
    }  # fmt: skip
    told = [
        _("С вероятностью 80 % истинный уровень — от {low} до {high}.",
          low=words.number(row["score_low"]), high=words.number(row["score_high"])),
        bands[row["band"]],
    ]  # fmt: skip
    for side, text in (("below", _("Снижает оценку")), ("above", _("Повышает оценку"))):
        if made[side]:
            told.append(f"{text}: " + "; ".join(_moved(p, words, lake) for p in made[side]) + ".")
    return told


def _moved(part: dict[str, Any], words: Words, lake: Lake) -> str:
    return words(
        "{name} — {value} при ожидаемых {expected} ({points})",
        name=component_name(part["component"], words, lake).lower(),
        value=amount(part["component"], part["value"], words),
        expected=amount(part["component"], part["standard"], words),
        points=words.signed(part["contribution"], 1),
    )


def _hidden(row: dict[str, Any], limits: dict[str, float], words: Words) -> str:
    _ = words
    if row["hidden_by"] == "few_contacts":
        return _("Оценки нет: контактов за период {n}, нужно не меньше {least}.",
                 n=words.number(row["n"]), least=words.number(limits["min_contacts"]))  # fmt: skip
    if row["hidden_by"] == "new_operator":
        days = words.number(limits["new_operator_days"])
        return _("Оценки нет: первые {days} дней работы она не выставляется.", days=days)
    return _(
        "Оценки нет: надёжность {reliability} ниже {least}, на этих контактах она была бы "
        "случайной.",
        reliability=words.number(row["reliability"], 2),
        least=words.number(limits["min_reliability"], 2),
    )


def _facts(card: Card, words: Words) -> str:
    _ = words
    row = card.row
    found = [
        _("команда {team}", team=row["team"] or "—"),
        _("контактов {n}", n=words.number(row["n"])),
        _("проверок по листу {n}", n=words.number(row["reviews"])),
        _("надёжность {n}", n=words.number(row["reliability"], 2)),
    ]
    if card.name != row["operator"]:
        found.insert(0, row["operator"])
    return " · ".join(found)


def _part(part: dict[str, Any], words: Words, lake: Lake) -> dict[str, str]:
    contribution = part["contribution"]
    return {
        "name": component_name(part["component"], words, lake),
        "fact": amount(part["component"], part["value"], words),
        "norm": amount(part["component"], part["expected"], words),
        "points": "—"
        if contribution is None or not part["weight"]
        else words.signed(contribution, 1),
        "weight": words.share(part["weight"]) if part["weight"] else words("не входит"),
        "n": words.number(part["n"]),
        "tone": "mute" if contribution is None or abs(contribution) < 1
        else "bad" if contribution < 0 else "good",
    }  # fmt: skip


def gate(found: dict[str, Any] | None, words: Words) -> str:
    """Return the gate of critical criteria in words; it is beside the score, never in it."""
    _ = words
    if found is None:
        return _("Критические вопросы в проверках не применялись. В оценку не входит.")
    return _(
        "{share} (95 % интервал {low}–{high}): проверок {n}, с ошибкой {failed}. В оценку не "
        "входит.",
        share=words.share(found["accuracy"]),
        low=words.share(found["accuracy_low"]),
        high=words.share(found["accuracy_high"]),
        n=words.number(found["reviews"]),
        failed=words.number(found["failed"]),
    )


def _failed(card: Card) -> pl.DataFrame:
    return card.contacts.filter(pl.any_horizontal(pl.col(COMPONENTS).eq(other=False)))


def _contacts(card: Card, words: Words, lake: Lake) -> list[dict[str, str]]:
    return [
        {
            "at": words.moment(row["received_at"]),
            "channel": channel_name(row["channel"] or "", words),
            "category": lake.reference.label("category", row["category"], words.language) or "—",
            "failed": ", ".join(
                component_name(name, words, lake).lower() + missed(row, name, words)
                for name in COMPONENTS
                if row[name] is False
            ),
            "id": row["contact_id"],
        }
        for row in _failed(card).head(SHOWN_CONTACTS).to_dicts()
    ]


def missed(row: dict[str, Any], component: str, words: Words) -> str:
    """Return in brackets what of the own part was not kept; "" of any other component."""
    if component != OWN_PART or not row["missed"]:
        return ""
    return f" ({'; '.join(_missed(one, words) for one in row['missed'])})"


def _missed(one: dict[str, Any], words: Words) -> str:
    _ = words
    said = {"took": words.duration(one["took_s"]), "target": words.duration(one["target_s"])}
    return {
        "ring": _("ответ на звонок через {took} при норме {target}", **said),
        "ring_missed": _("звонок без ответа"),
        "reply": _("первый ответ в чате через {took} при норме {target}", **said),
        "no_reply": _("нет первого ответа в чате за {took} при норме {target}", **said),
        "next_reply": _("ответ на следующее сообщение через {took} при норме {target}", **said),
        "no_next_reply": _("следующее сообщение без ответа {took} при норме {target}", **said),
        "answer": _("ответ на обращение через {took} (в рабочие дни) при норме {target}", **said),
        "no_answer": _("нет ответа на обращение {took} (в рабочие дни) при норме {target}", **said),
        "number": _("номер обращения не назван"),
    }[one["part"]]


def _behind(card: Card, words: Words) -> str:
    return words(
        "Всего за оценкой контактов: {n}, из них не выполнено хотя бы одно: {failed}; здесь "
        "последние {shown}. Все — на странице «Операторы».",
        n=words.number(len(card.contacts)),
        failed=words.number(len(_failed(card))),
        shown=words.number(min(SHOWN_CONTACTS, len(_failed(card)))),
    )
