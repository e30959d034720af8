"""Figures beside the verdict's, and what happened in the period: outages and bursts, in words."""

from datetime import datetime
from typing import Any

from pipelines.reports.evidence import incident_link, topic_link
from pipelines.reports.figure_words import plain_name
from pipelines.reports.week import EpisodeWeek, MeanWeek, Week
from pipelines.reports.words import Words

SHOWN_EPISODES = 6


def measures_page(week: Week, words: Words) -> list[dict[str, str]]:
    """Return service level, means, repeats and operators in total, as far as they are known."""
    _ = words
    past = words.earlier(week.get("kind", "week"), week.get("against"))

    def was(value: float | None) -> str:
        if value is None:
            return ""
        return _("{before} {share}", before=past, share=words.share(value))

    def share(name: str) -> list[dict[str, str]]:
        value, before = week.get(name), week.get(f"{name}_before")
        if value is None:
            return []
        label = plain_name(name, words)
        return [{"label": label, "value": words.share(value), "note": was(before)}]  # type: ignore[arg-type]

    found = [*share("level"), *means_page(week, words), *share("repeats")]
    if operators := week.get("operators"):
        found.append({
            "label": _("операторов работало"), "value": words.number(operators), "note": "",
        })  # fmt: skip
    return found


def means_page(week: Week, words: Words) -> list[dict[str, str]]:
    """Return the mean wait and handling, and whether they moved no more than they usually do."""
    news = {one["figure"] for one in week.get("why") or []}
    return [
        {
            "label": plain_name(one["figure"], words),
            "value": words.duration(one["value"]),
            "note": _mean_before(one, week, words, is_news=one["figure"] in news),
        }
        for one in week.get("means") or []
        if one["value"] is not None
    ]


def _mean_before(one: MeanWeek, week: Week, words: Words, *, is_news: bool) -> str:
    if one["before"] is None:
        return ""
    past = words.earlier(week.get("kind", "week"), week.get("against"))
    values = {"before": past, "time": words.duration(one["before"])}
    if is_news:
        return words("{before} {time}", **values)
    return words("{before} {time}, изменение не больше обычного", **values)


def happened_page(week: Week, words: Words) -> list[dict[str, Any]]:
    """Return outages with the people they touched, then bursts with what was over the usual."""
    return [_episode(one, week, words) for one in (week.get("episodes") or [])[:SHOWN_EPISODES]]


def _episode(one: EpisodeWeek, week: Week, words: Words) -> dict[str, Any]:
    incident, category = one.get("incident"), one.get("category") or ""
    label = one.get("label")
    value = words.plural("{n} контакт", "{n} контактов", one.get("contacts") or 0)
    if incident is not None:
        people = one.get("people")
        if people is not None:
            value += ", " + words.plural("{n} заявитель", "{n} заявителей", people)
        name = words("Сбой: {name}", name=words.label(label)) if label else words("Массовый сбой")
        url = incident_link(week, words, incident)
    else:
        if (excess := one.get("excess")) is not None:
            value += " " + words("({n} к обычному)", n=words.signed(round(excess)))
        name = words.label(label) if label else words("все контакты вместе")
        url = topic_link(week, words, category)
    return {"label": name, "when": _when(one, words), "value": value, "url": url}


def _when(one: EpisodeWeek, words: Words) -> str:
    start, end = one["started_at"], one.get("ended_at")
    if end is None:
        return words("с {start}, продолжается", start=_at(start, words))
    same = start.astimezone(words.tz).date() == end.astimezone(words.tz).date()
    last = words.clock(end) if same else _at(end, words)
    return f"{_at(start, words)} – {last}"


def _at(moment: datetime, words: Words) -> str:
    return f"{words.day(moment.astimezone(words.tz).date())}, {words.clock(moment)}"
