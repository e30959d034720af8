"""Where the goal will be missed in the week after: in words."""

from collections import Counter
from typing import Any

from babel.dates import format_skeleton

from pipelines.reports.week import RiskDay, Week
from pipelines.reports.words import Words

CHANCE = 0.5  # from here on a day of a line is told
SHOWN = 4
GAP = 1  # hours between hours told together: «8–13» is what a shift can use


def risk_page(week: Week, words: Words) -> dict[str, Any]:
    """Return the sentence on the week after and the days that lack most.

    Returns:
        sentence (empty: not told), rows: label (day and line), value (expected share), range,
        contacts, hours, more (operators), as text; note: what the range is.
    """
    risk = week.get("risk")
    if risk is None:
        return {"sentence": "", "rows": [], "note": ""}
    if risk["reason"]:
        return {"sentence": _no_forecast(risk["reason"], words), "rows": [], "note": ""}
    days = risk["days"]
    likely = [one for one in days if one["chance"] >= CHANCE]
    values = {
        "period": words.period(risk["start"], risk["end"]),
        "goal": words.share(risk["goal"]),
        "contacts": words.number(round(sum(one["contacts"] for one in days), -2)),
    }
    if not likely:
        text = words("{period}: ждём около {contacts} вызовов и чатов", **values)
        rest = words("все линии должны удержать цель {goal}.", **values)
        return {"sentence": f"{text}; {rest}", "rows": [], "note": ""}
    text = words("{period}: ждём около {contacts} вызовов и чатов", **values)
    named = Counter(words.label(one["line"]) for one in likely)
    of_line = Counter(words.label(one["line"]) for one in days)
    rest = words(
        "ниже цели {goal} скорее всего будут: {lines}.",
        lines="; ".join(
            words("{name} ({n} из {all} дней)", name=name, n=n, all=of_line[name])
            for name, n in named.most_common()
        ),
        **values,
    )
    return {
        "sentence": f"{text}; {rest}",
        "rows": [_row(one, words) for one in likely[:SHOWN]],
        "note": words("В скобках — где оказывались 8 из 10 таких дней за последние четыре недели."),
    }


def _row(one: RiskDay, words: Words) -> dict[str, str]:
    day = format_skeleton("MMMEd", one["day"], locale=words.language)
    low, high = (words.share(one[name]) for name in ("low", "high"))
    return {
        "label": f"{day} · {words.label(one['line'])}",
        "value": words.share(one["level"]),
        "range": f"{low} – {high}",
        "contacts": words.number(one["contacts"]),
        "hours": words("часы {hours}", hours=hours_text(one["hours"], GAP)) if one["hours"] else "",
        "more": words.plural("+{n} оператор", "+{n} операторов", one["more"])
        if one["more"]
        else "",
    }


def hours_text(hours: list[int], gap: int = 0) -> str:
    """Return hours of the day as ranges, their ends exclusive, over gaps of up to `gap` hours.

    >>> hours_text([8, 9, 10, 14, 17, 18])
    '8–11, 14–15, 17–19'
    >>> hours_text([8, 10, 12, 17], gap=1)
    '8–13, 17–18'
    """
    spans: list[list[int]] = []
    for hour in hours:
        if spans and hour - spans[-1][1] <= gap:
            spans[-1][1] = hour + 1
        else:
            spans.append([hour, hour + 1])
    return ", ".join(f"{first}–{last}" for first, last in spans)


def _no_forecast(reason: str, words: Words) -> str:
    _ = words
    reasons = {
        "no_queue": _("Прогноза нет: никто не стоял в очереди, обращения пришли с портала."),
        "no_history": _("Прогноза нет: в журналах меньше четырёх таких же дней недели."),
        "no_states": _("Прогноза нет: в журналах нет входов операторов."),
        "limited": _("Прогноз считается только для всех линий вместе."),
    }
    return reasons[reason]
