"""The words of a post-mortem: figures of `metrics.postmortem` in, formatted text out.

A page is plain dicts of strings as `page.make_page`; PDF and HTML draw the same one.
"""

import json
from datetime import datetime
from operator import itemgetter
from typing import Any

from pipelines.metrics.incidents import FILTERS
from pipelines.reference import Reference
from pipelines.reports.burst_words import burst_label
from pipelines.reports.words import Words

SHOWN_PROMISES = 10
Row = dict[str, Any]


def make_page(found: Row, words: Words, reference: Reference, address: str) -> Row:
    """Return everything the post-mortem says, formatted.

    Args:
        found: of `metrics.postmortem`, with `alerts`: rows of alerts' episodes of the outage.
        address: the dashboard's, for links.
    """
    _, row = words, found["incident"]
    name = title(row, words, reference)
    link = f"{address}/incident?id={row['incident_id']}"
    return {
        "language": words.language,
        "nothing": words.nothing,
        "product": _("Линия"),
        "title": _("Разбор массового сбоя"),
        "week": row["incident_id"],
        "badge": "" if row["restored_at"] else _("сбой ещё идёт"),
        "period": _span(row["detected_at"], row["restored_at"], words),
        "verdict": name,
        "lead": _lead(row, words),
        "tiles": _tiles(found, words),
        "timeline": _timeline(found, words, reference),
        "by_hour": _by_hour(found["by_hour"], words),
        "promises": _promises(found["promises"], words, reference),
        "phrases": _phrases(found["phrases"], words),
        "actions": _actions(found["actions"], words, address),
        "calls": _calls(row, words),
        "quality": link,
        "link": link,
        "footer": [
            _("Данные на {moment}", moment=words.moment(found["as_of"])),
            _("формулы: docs/metrics.md, postmortem"),
        ],
        "heads": {
            "timeline": _("Ход событий"),
            "by_hour": _("Контакты по часам"),
            "promises": _("Сроки во время сбоя"),
            "phrases": _("О чём говорили"),
            "actions": _("Меры"),
            "quality": _("Карточка сбоя"),
            "n": _("контактов"),
            "bad": _("срок нарушен"),
            "share": _("в срок"),
            "usual": _("обычно в эти часы"),
            "over": _("сверх обычного"),
            "hour_usual": _("обычно"),
            "texts": _("во время сбоя"),
            "else": _("в остальных"),
            "no_promises": _("Сроков, которые сбой мог нарушить, нет."),
            "no_phrases": _("Текстов контактов мало, чтобы назвать отличие."),
            "no_actions": _("Мер по этой тематике с начала сбоя не заведено."),
        },
    }


def title(row: Row, words: Words, reference: Reference) -> str:
    """Name an outage by what it is about."""
    known = [(name, row[name]) for name in FILTERS if row.get(name)]
    about = [reference.label(kind, value, words.language) for kind, value in known]
    return " · ".join(about) or words("Массовый сбой")


def _clock(at: datetime, words: Words, day: datetime | None = None) -> str:
    """A moment of the service's zone: the time alone on the day of `day`."""
    local = at.astimezone(words.tz)
    time = f"{local:%H:%M}"
    is_same = day is not None and local.date() == day.astimezone(words.tz).date()
    return time if is_same else f"{words.day(local.date())}, {time}"


def _span(start: datetime, end: datetime | None, words: Words) -> str:
    first = words.moment(start)
    return f"{first} –" if end is None else f"{first} – {_clock(end, words, start)}"


def _lead(row: Row, words: Words) -> list[str]:
    _ = words
    if row["restored_s"] is None:
        return [row["note"]] if row["note"] else []
    took = words.duration(row["restored_s"])
    said = [_("Сервис восстановлен через {time}.", time=took)]
    if row["target_s"] is not None:
        limit = words.duration(row["target_s"])
        over = row["restored_s"] - row["target_s"]
        said.append(
            _("Норматив {limit} соблюдён.", limit=limit)
            if row["state"] == "met"
            else _("Норматив {limit} нарушен на {time}.", limit=limit, time=words.duration(over))
        )
    return [*said, row["note"]] if row["note"] else said


def _tiles(found: Row, words: Words) -> list[Row]:
    _, row = words, found["incident"]
    contacts = words.plural("{n} контакт", "{n} контактов", row["contacts"])
    unknown = row["contacts_unknown"]
    more = _("; заявитель неизвестен у {n}", n=words.number(unknown)) if unknown else ""
    bad = sum(one["bad"] for one in found["promises"])
    usual = [one["usual_bad"] for one in found["promises"] if one["usual_bad"] is not None]
    untimed = found["untimed"]
    return [
        _tile(_("заявителей обратилось"), words.number(row["citizens"]), contacts + more),
        _tile(
            _("часов операторов"),
            words.number(found["hours"], 1),
            _("без времени обработки: {n}", n=words.number(untimed)) if untimed else "",
        ),
        _tile(
            _("сроков нарушено"),
            words.number(bad),
            _("обычно в эти часы {n}", n=words.number(sum(usual), 1)) if usual else "",
            "bad" if bad else "good",
        ),
        _tile(*_told(found, words)),
    ]


def _tile(label: str, value: str, note: str, tone: str = "plain") -> Row:
    return {"label": label, "value": value, "note": note, "tone": tone}


def _told(found: Row, words: Words) -> tuple[str, str, str, str]:
    _, left = words, found["incident"]["to_notify"]
    if left is None:
        return _("осталось уведомить"), words.nothing, _("сбой ещё идёт"), "mute"
    note = ""
    if found["told_at"]:
        at = _clock(found["told_at"], words, found["incident"]["detected_at"])
        note = _("последний отмечен {time}", time=at)
    return _("осталось уведомить"), words.number(left), note, "bad" if left else "good"


def _calls(row: Row, words: Words) -> str:
    """Say what the announcement did to hang-ups."""
    _ = words
    if row["announced_at"] is None:
        return _("Объявление не включалось.")
    before, during = row["abandoned_share_before"], row["abandoned_share_announced"]
    return _(
        "Не дождались оператора: до объявления {before} звонков, пока оно звучало, {during}.",
        before=words.share(before),
        during=words.share(during),
    )


def _timeline(found: Row, words: Words, reference: Reference) -> list[Row]:
    _, row = words, found["incident"]
    moments = [
        _moment(found["first_at"], _("Первый контакт")),
        _moment(row["detected_at"], _("Начало сбоя"), tone="bad"),
        _moment(row["restored_at"], _("Сервис восстановлен"), tone="good"),
        *_alarms(found, words, reference),
    ]
    for act in found["acts"]:
        # the service was back at restored_at, above; this is when it was written
        if act["kind"] == "restored" and act["acted_at"] == row["restored_at"]:
            continue
        who = reference.label("person", act["who"], words.language)
        name = act_name(act["kind"], words)
        moments.append(_moment(act["acted_at"], name, _act(act, words), who=who))
    known = sorted((one for one in moments if one["at"] is not None), key=itemgetter("at"))
    return [one | {"at": _clock(one["at"], words, row["detected_at"])} for one in known]


def _moment(
    at: datetime | None, what: str, text: str = "", tone: str = "plain", who: str = ""
) -> Row:
    return {"at": at, "what": what, "text": text, "tone": tone, "who": who}


def _alarms(found: Row, words: Words, reference: Reference) -> list[Row]:
    _, rows = words, list[Row]()
    for one in found["bursts"]:
        excess = one["excess"]
        said = "" if excess is None else _("сверх обычного: {n}", n=words.signed(excess))
        if one.get("kind", "category") != "category":
            said = " · ".join(filter(None, (burst_label(one, words, reference), said)))
        rows.append(_moment(one["started_at"], _("Всплеск обращений"), said, "warn"))
    for one in found["alerts"]:
        label = words.label({"ru": one["label_ru"], "en": one["label_en"]})
        if one["scope_kind"] in ("line", "category") and one["scope"] not in ("", "*"):
            label += ": " + reference.label(one["scope_kind"], one["scope"], words.language)
        began = one["raised_at"] or one["since_at"]
        rows.append(_moment(began, _("Оповещение"), label, "warn"))
        rows.append(_moment(one["ended_at"], _("Оповещение снято"), label, "mute"))
    return rows


def act_name(kind: str, words: Words) -> str:
    """Return what an act of a shift is called."""
    _ = words
    return {
        "opened": _("Сбой открыт"),
        "changed": _("Сбой изменён"),
        "complex": _("Отмечен как сложный"),
        "announced": _("Объявление включено"),
        "silenced": _("Объявление выключено"),
        "restored": _("Восстановление отмечено"),
        "resumed": _("Сбой продолжается"),
        "withdrawn": _("Сбой отозван"),
        "notified": _("Заявители уведомлены"),
        "note": _("Заметка"),
        "handover": _("Передача смены"),
    }.get(kind, kind)


def _act(act: Row, words: Words) -> str:
    args = json.loads(act["args"] or "{}")
    parts = [act["text"]] if act["text"] else []
    if told := args.get("contact_ids"):
        parts.append(words.plural("{n} контакт", "{n} контактов", len(told)))
    return " · ".join(parts)


def _by_hour(rows: list[Row], words: Words) -> list[Row]:
    most = max([1.0, *(max(one["contacts"], one["baseline"] or 0) for one in rows)])
    return [
        {
            "hour": f"{one['hour_at'].astimezone(words.tz):%H:%M}",
            "value": words.number(one["contacts"]),
            "part": one["contacts"] / most,
            "usual": "—" if one["baseline"] is None else words.number(one["baseline"], 1),
            "usual_part": None if one["baseline"] is None else one["baseline"] / most,
            "tone": "bad"
            if one["baseline"] is not None and one["contacts"] > 2 * one["baseline"] + 2
            else "plain",
        }
        for one in rows
    ]


def _promises(rows: list[Row], words: Words, reference: Reference) -> list[Row]:
    return [
        {
            "label": reference.label("promise", one["promise"], words.language),
            "bad": words.number(one["bad"]),
            "n": words.number(one["n"]),
            "share": words.share(one["share"]),
            "usual": "—" if one["usual_share"] is None else words.share(one["usual_share"]),
            "over": "—"
            if one["usual_bad"] is None
            else words.signed(one["bad"] - one["usual_bad"], 1),
            "part": one["share"],
            "usual_part": one["usual_share"],
            "tone": "bad" if one["bad"] > (one["usual_bad"] or 0) else "good",
        }
        for one in rows[:SHOWN_PROMISES]
    ]


def _phrases(rows: list[Row], words: Words) -> list[Row]:
    return [
        {
            "phrase": f"«{one['phrase']}»" if words.language == "ru" else f"“{one['phrase']}”",
            "n": words.plural("{n} контакт", "{n} контактов", one["n"]),
            "share": words.share(one["share"]),
            "else": words.share(one["share_else"]),
        }
        for one in rows
    ]


def _actions(rows: list[Row], words: Words, address: str) -> list[Row]:
    _ = words
    states = {
        "late": _("срок прошёл"),
        "open": _("в работе"),
        "done": _("действует"),
        "dropped": _("отменена"),
    }
    return [
        {
            "text": one["text"],
            "owner": one["owner"],
            "due": _("до {day}", day=words.day(one["due_on"])),
            "state": states[one["state"]],
            "link": f"{address}/problems?view=actions&action={one['action_id']}",
        }
        for one in rows
    ]
