"""The words of the one-page week: figures in, formatted text out; PDF and HTML draw the same page.

A page is plain dicts of strings, with `tone` (bad, warn, good, mute) and `part` (0..1, a bar's
length) beside them. Tones are never the only sign: every state has its word and its mark.
"""

from math import sqrt
from typing import Any

from pipelines.reports.decision_words import decisions_page, followed_page
from pipelines.reports.demand_words import channels_page, grown_most, problems_page, rating_page
from pipelines.reports.evidence import Link, links_of, promise_link, topic_evidence
from pipelines.reports.foot_words import badge, footer, quality
from pipelines.reports.happened_words import happened_page, means_page, measures_page
from pipelines.reports.outside_words import regions_page, service_page, statute_page
from pipelines.reports.risk_words import risk_page
from pipelines.reports.week import MovedWeek, PromiseWeek, Week
from pipelines.reports.why_words import model_page, why_page
from pipelines.reports.words import Words

SHOWN_PROMISES = 9  # more does not fit one page beside its problems
SHOWN_WHY = 2  # printed; the page and the file of HTML have room for all
# state -> mark, tone; in order of urgency
STATES = {
    "broken": ("✕", "bad"),
    "at_risk": ("▲", "warn"),
    "below_own_target": ("▽", "warn"),
    "kept": ("✓", "good"),
    "no_data": ("–", "mute"),
}


def make_page(week: Week, words: Words) -> dict[str, Any]:
    """Return everything the page says, formatted; the layouts add nothing but shape."""
    _ = words
    return {
        "language": words.language,
        "nothing": words.nothing,
        "product": _("Линия"),
        "title": title(week, words),
        "before": earlier(week, words),
        "now": words.this(week.get("kind", "week")),
        "week": week.get("week", ""),
        "period": words.period(week["start"], week["end"]),
        "badge": badge(week, words),
        "verdict": words.tied(_verdict(week, words)),
        "lead": _lead(week, words),
        "tiles": _tiles(week, words),
        "measures": measures_page(week, words),
        "happened": happened_page(week, words),
        "states": _states(week, words),
        "means": means_page(week, words),
        "why": _why(week, words, week.get("why") or []),
        "why_printed": _why(week, words, (week.get("why") or [])[:SHOWN_WHY]),
        "promises": _promises(week, words),
        "channels": channels_page(week, words),
        "problems": problems_page(week, words),
        "rating": rating_page(week, words),
        "service": service_page(week, words),
        "statute": statute_page(week, words),
        "regions": regions_page(week, words),
        "risk": risk_page(week, words),
        "decisions": decisions_page(week, words),
        "followed": followed_page(week, words),
        "quality": quality(week, words),
        "footer": footer(week, words),
        "links": _links(week, words),
        "heads": {
            "promises": _("Обязательства, требующие внимания"),
            "measured": _("факт"),
            "usually": _("обычно"),
            "goal": _("цель"),
            "failed": _("не в срок"),
            "why": _("Почему изменилось"),
            "decisions": _("Требует решения"),
            "followed": _("Что решили раньше"),
            "states": _("Обязательства"),
            "channels": _("Контакты по каналам"),
            "problems": _("Тематики"),
            "contacts": _("контактов"),
            "change": _("изменение"),
            "usual": _("к обычному"),
            "rating": _("Оценки заявителей"),
            "service": _("Мы или сервис"),
            "statute": _("Ответы по закону"),
            "regions": _("Регионы"),
            "people": _("заявителей"),
            "risk": _("Риск следующей недели"),
            "expected": _("ждём"),
            "level": _("прогноз"),
            "happened": _("Сбои и всплески"),
            "quality": _("Качество данных"),
        },
    }


def _why(week: Week, words: Words, moved: list[MovedWeek]) -> list[dict[str, Any]]:
    """Return what moved; after the service level its causes by the model."""
    past, now = earlier(week, words), words.this(week.get("kind", "week"))
    found = []
    for one in moved:
        found.append(why_page(one, words, past, now))
        if model := one.get("model"):
            found.append(model_page(one, model, words, past, now))
    return found


def counted(week: Week, key: str = "state") -> dict[str, int]:
    """Return how many promises stand in each state of STATES."""
    found = [promise.get(key) for promise in week.get("promises") or []]
    return {state: found.count(state) for state in STATES}


def state_name(state: str, words: Words) -> str:
    """Return the word for a state of a promise."""
    _ = words
    return {
        "broken": _("нарушено"),
        "at_risk": _("под угрозой"),
        "below_own_target": _("ниже внутренней цели"),
        "kept": _("выполнено"),
        "no_data": _("нет данных"),
    }.get(state, state)


def value_text(promise: PromiseWeek, key: str, words: Words) -> str:
    """Format the value (or `value_before`) of a promise in its unit."""
    value = promise.get(key)
    amount = float(value) if isinstance(value, int | float) else None
    return words.duration(amount) if promise.get("unit") == "s" else words.share(amount)


def goal_text(promise: PromiseWeek, words: Words) -> str:
    """Format what the value is held against: a share to reach, or a mean not to exceed."""
    if promise.get("unit") == "s":
        target = promise.get("target_s")
        return words("до {time}", time=words.duration(target)) if target is not None else "—"
    goal = promise.get("goal")
    return words("от {share}", share=words.share(goal)) if goal is not None else "—"


def _verdict(week: Week, words: Words) -> str:
    states = counted(week)
    judged = sum(states.values()) - states["no_data"]
    unserved = week.get("unserved")
    if unserved is None:
        people = words("Сколько людей осталось без ответа, неизвестно: нет данных")
    elif unserved == 0:
        people = words("Без ответа за сутки не остался никто")
    else:
        people = words.plural(
            "Без ответа за сутки остался {n} человек",
            "Без ответа за сутки осталось {n} человек",
            unserved,
        )
    if not judged:
        return f"{people}. " + words("По обязательствам нет данных.")
    if states["broken"]:
        kept = words.plural(
            "нарушено {n} обязательство из {all}",
            "нарушено {n} обязательств из {all}",
            states["broken"],
            all=judged,
        )
    elif states["at_risk"]:
        kept = words.plural(
            "под угрозой {n} обязательство из {all}",
            "под угрозой {n} обязательств из {all}",
            states["at_risk"],
            all=judged,
        )
    else:
        kept = words("обязательства выполнены")
    return f"{people}; {kept}."


def _links(week: Week, words: Words) -> dict[str, list[Link]]:
    """Return the links of every statement; the lead's to the topic that grew most, if one did."""
    links = links_of(week, words)
    if grown := grown_most(week):
        label = words.label(grown.get("label", grown["category"]))
        links["verdict"].append(topic_evidence(week, words, grown["category"], label))
    return links


def _lead(week: Week, words: Words) -> list[str]:
    found = [_failed_people(week, words)] if week.get("failed") is not None else []
    if changed := _unserved_change(week, words):
        found.append(changed)
    fresh = [
        p for p in week.get("promises") or []
        if p.get("state") == "broken" and p.get("state_before") in ("kept", "at_risk")
    ]  # fmt: skip
    if fresh:
        names = "; ".join(words.label(p.get("label", p["promise"])) for p in fresh[:2])
        found.append(
            words(
                "Новые нарушения ({before} их не было): {names}.",
                before=earlier(week, words),
                names=names,
            )
        )
    if grown := grown_most(week):
        found.append(
            words(
                "Сильнее всего выросла тематика «{name}»: {change} к обычному.",
                name=words.label(grown.get("label", grown["category"])),
                change=words.change(grown["contacts"], grown["baseline"]),
            )
        )
    return found


def _unserved_change(week: Week, words: Words) -> str:
    """Return how the people left unserved changed; what varies by itself is called that."""
    now, before = week.get("unserved"), week.get("unserved_before")
    if now is None or before is None or now == before:
        return ""
    past, change = earlier(week, words), abs(now - before)
    # the measure by which a usual day is capped, too (docs/metrics.md, usual)
    if change < 3 * sqrt(max(now, before)):
        n = words.number(before)
        return words(
            "Число людей без ответа изменилось не больше обычного ({before} — {n}).",
            before=past,
            n=n,
        )
    n = words.number(change)
    if now > before:
        return words("Людей без ответа на {n} больше, чем {before}.", n=n, before=past)
    return words("Людей без ответа на {n} меньше, чем {before}.", n=n, before=past)


def _failed_people(week: Week, words: Words) -> str:
    """Return how many people a promise of the source was broken for, of those who came."""
    failed, before = week.get("failed") or 0, week.get("failed_before")
    said = words.plural(
        "Хотя бы одно обещание нарушено для {n} человека из {all}",
        "Хотя бы одно обещание нарушено для {n} человек из {all}",
        failed,
        all=words.number(week.get("citizens")),
    )
    if before is None:
        return f"{said}."
    was = words("{before} — {n}", before=earlier(week, words), n=words.number(before))
    return f"{said} ({was})."


def _tiles(week: Week, words: Words) -> list[dict[str, str]]:
    _ = words
    unserved, before = week.get("unserved"), week.get("unserved_before")
    tone = "mute" if unserved is None else "bad" if unserved else "good"
    return [
        {
            "label": _("остались без ответа, человек"),
            "value": words.number(unserved),
            "note": _was(week, words, before),
            "tone": tone,
        },
        {
            "label": _("контактов"),
            "value": words.number(week.get("contacts")),
            "note": _was(week, words, week.get("contacts_before"), _change(words, week)),
            "tone": "plain",
        },
        {
            "label": _("заявителей"),
            "value": words.number(week.get("citizens")),
            "note": _("по номеру, ИНН или обращению"),
            "tone": "plain",
        },
    ]


def title(week: Week, words: Words) -> str:
    """Return the heading of a report of this kind of period."""
    _ = words
    titles = {
        "week": _("Сводка за неделю"),
        "month": _("Сводка за месяц"),
        "quarter": _("Сводка за квартал"),
    }
    return titles[week.get("kind", "week")]


def earlier(week: Week, words: Words) -> str:
    """Return the words for the period this one is compared with."""
    return words.earlier(week.get("kind", "week"), week.get("against"))


def _was(week: Week, words: Words, before: float | None, change: str = "") -> str:
    past = earlier(week, words)
    if before is None:
        return words("{before}: нет данных", before=past)
    text = words("{before} — {n}", before=past, n=words.number(before))
    return f"{text} ({change})" if change else text


def _change(words: Words, week: Week) -> str:
    return words.change(week.get("contacts"), week.get("contacts_before"))


def _states(week: Week, words: Words) -> list[dict[str, Any]]:
    now, before, often = (counted(week, f"state{which}") for which in ("", "_before", "_usual"))
    total = sum(now.values())
    is_known = any(before[s] for s in STATES if s != "no_data")
    return [
        {
            "mark": mark,
            "tone": tone,
            "label": state_name(state, words),
            "value": words.number(now[state]),
            "part": now[state] / total if total else 0,
            "change": words.signed(now[state] - before[state])
            if is_known and now[state] != before[state]
            else "",
            "usual": words("обычно {value}", value=words.number(often[state]))
            if any(often[s] for s in STATES if s != "no_data")
            else "",
        }
        for state, (mark, tone) in STATES.items()
        if now[state] or (total and state in ("broken", "at_risk", "kept"))
    ]


def _promises(week: Week, words: Words) -> dict[str, Any]:
    order = list(STATES)
    rows = [p for p in week.get("promises") or [] if p.get("state") in order[:3]]
    rows.sort(key=lambda p: (order.index(p["state"]), -_failed(p)))
    left = len(rows) - SHOWN_PROMISES
    judged = any(p.get("state", "no_data") != "no_data" for p in week.get("promises") or [])
    return {
        "rows": [
            _promise(p, words) | {"url": promise_link(week, words, p["promise"], p.get("basis"))}
            for p in rows[:SHOWN_PROMISES]
        ],
        "empty": words("Таких обязательств нет.") if judged else words.nothing,
        "more": words("и ещё {n}", n=words.number(left)) if left > 0 else "",
    }


def _promise(promise: PromiseWeek, words: Words) -> dict[str, Any]:
    mark, tone = STATES[promise["state"]]
    value = promise.get("value")
    is_share = promise.get("unit") != "s"
    return {
        "mark": mark,
        "tone": tone,
        "state": state_name(promise["state"], words),
        "label": words.label(promise.get("label", promise["promise"])),
        "value": value_text(promise, "value", words),
        "before": value_text(promise, "value_before", words)
        if promise.get("value_before") is not None
        else "",
        "usual": value_text(promise, "value_usual", words)
        if promise.get("value_usual") is not None
        else "—",
        "goal": goal_text(promise, words),
        "failed": words.number(_failed(promise)) if promise.get("breached") is not None else "—",
        "part": value if is_share and value is not None else None,
        "goal_part": promise.get("goal") if is_share else None,
        "assumed": words("цель принята нами") if promise.get("basis") == "assumed" else "",
    }


def _failed(promise: PromiseWeek) -> int:
    return (promise.get("breached") or 0) + (promise.get("overdue") or 0)
