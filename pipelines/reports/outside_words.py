"""Is it us or the service, the statute's answers, and where citizens came from: in words."""

from typing import Any

from pipelines.reports.evidence import REGION, contacts_link
from pipelines.reports.week import ServiceWeek, StatuteWeek, Week
from pipelines.reports.words import Words

BURSTS = 3  # named
MOST, LEAST = 0.5, 0.2  # of the missed deadlines: from here on it is the service, up to here us


def service_page(week: Week, words: Words) -> list[str]:
    """Return up to three sentences: outages' part of the demand, of our failures, their work."""
    told = week.get("service")
    if not told or not told["contacts"]:
        return []
    bursts = [
        words("все контакты вместе") if one is None else words.label(one)
        for one in week.get("bursts") or []
    ]
    found = [
        _demand(told, bursts[:BURSTS], words, has_before=week.get("contacts_before") is not None)
    ]
    if failed := told.get("failed"):
        found.append(_failed(told, failed, words))
    if told["share"]:
        found.append(_work(told, words))
    return found


def _demand(told: ServiceWeek, bursts: list[str], words: Words, *, has_before: bool) -> str:
    n, past = told["by_incident"], told["by_incident_before"]
    change = told["contacts"] - told["contacts_before"]
    if not n and not past:
        text = words("Массовых сбоев не отмечено")
        if bursts:
            text += words(", но были всплески: {names}", names="; ".join(bursts))
        return _change(text, change, told.get("usual"), words) if has_before else f"{text}."
    text = words.plural(
        "Во время массовых сбоев и по их теме пришёл {n} контакт ({share})",
        "Во время массовых сбоев и по их теме пришло {n} контактов ({share})",
        n,
        share=words.share(n / told["contacts"]),
    )
    if not has_before:
        return f"{text}."
    rest = change - (n - past)
    text = words(
        "{text}; число контактов изменилось на {change}: из-за сбоев {of}, прочих {rest}",
        text=text,
        change=words.signed(change),
        of=words.signed(n - past),
        rest=words.signed(rest),
    )
    usual = told.get("usual")
    if usual is None:
        return f"{text}."
    if abs(rest) <= usual:
        return words("{text}, это не больше обычного.", text=text)
    limit = words.number(usual)
    return words("{text}, это больше обычного (до ±{usual}).", text=text, usual=limit)


def _change(text: str, change: int, usual: float | None, words: Words) -> str:
    """Say how contacts changed where no outage was, and whether that is more than they vary."""
    told = {"text": text, "change": words.signed(change)}
    if usual is None:  # nothing to hold it against
        return words("{text}. Изменение числа контактов: {change}.", **told)
    if abs(change) <= usual:
        return words("{text}. Число контактов изменилось не больше обычного ({change}).", **told)
    return words(
        "{text}. Число контактов изменилось больше обычного: {change}, обычно до ±{usual}; "
        "сбоями это не объяснить.",
        usual=words.number(usual),
        **told,
    )


def _failed(told: ServiceWeek, failed: int, words: Words) -> str:
    of_them = told.get("failed_by_incident") or 0
    share = of_them / failed
    if share >= MOST:
        whose = words("Сроки срывались в основном из-за сбоев")
    elif share <= LEAST:
        whose = words("Сроки срывались в основном не из-за сбоев")
    else:
        whose = words("Сроки срывались и из-за сбоев, и без них")
    return words(
        "{whose}: на сбои приходится {n} из {all} контактов с нарушенным сроком ({share}).",
        whose=whose,
        n=words.number(of_them),
        all=words.number(failed),
        share=words.share(share),
    )


def _work(told: ServiceWeek, words: Words) -> str:
    n = told["by_incident"] + told["by_fault"] + told["by_repeat"]
    share = words.share(told["share"])
    if n == told["by_repeat"]:
        text = words("Повторные обращения: {n} ({share} контактов)", n=words.number(n), share=share)
        posts = words(", это работа {posts}", posts=_posts(told["posts"], words))
        return f"{text}{posts if told['posts'] else ''}."
    if not told["posts"]:
        return words("Обращения из-за чужих сбоев и повторы: {n} ({share} контактов).",
                     n=words.number(n), share=share)  # fmt: skip
    return words(
        "Обращения из-за чужих сбоев и повторы: {n} ({share} контактов), это работа {posts}.",
        n=words.number(n),
        share=share,
        posts=_posts(told["posts"], words),
    )


def _posts(posts: float, words: Words) -> str:
    if posts < 10:  # «4,2 ставки»: a broken number takes the genitive
        return words("{n} ставки", n=words.number(posts, 1))
    return words.plural("{n} ставка", "{n} ставок", round(posts))


def statute_page(week: Week, words: Words) -> list[str]:
    """Return a sentence for each promise of the statute, or why there is none."""
    rows = week.get("statute")
    if rows is None:
        return []
    if rows:
        return [_due(row, words) for row in rows]
    if week.get("statute_known"):
        return [words("Сроки по 59-ФЗ: за этот период ни одного не наступало.")]
    return [words("Сроки по 59-ФЗ: нет данных, журналы не сообщают вид обращения или регистрацию.")]


def _due(row: StatuteWeek, words: Words) -> str:
    late = row["late"] + row["open"]
    parts = [words("срок наступил у {n}", n=words.number(row["due"]))]
    if row["due"]:
        parts.append(
            words("не в срок {n} ({share})", n=words.number(late),
                  share=words.share(late / row["due"]))
            if late
            else words("все в срок")
        )  # fmt: skip
    if row["open"]:
        parts.append(words("из них ещё без ответа {n}", n=words.number(row["open"])))
    if row["soon"]:
        parts.append(words("в следующие 7 дней наступит у {n}", n=words.number(row["soon"])))
    return f"{words.label(row['label'])}: {', '.join(parts)}."


def regions_page(week: Week, words: Words) -> dict[str, Any]:
    """Return rows (label, value, change, part, key, url) of the largest regions, and a note."""
    rows, known = week.get("regions"), week.get("regions_known")
    if rows is None or not week.get("contacts"):
        return {"rows": [], "note": ""}
    if not rows or not known:
        return {"rows": [], "note": words("Регион не указан ни в одном контакте.")}
    most = max(max(row["people"] for row in rows), 1)
    return {
        "rows": [
            {
                "label": words.label(row["label"]),
                "value": words.number(row["people"]),
                "change": words.change(row["people"], row["people_before"]),
                "part": row["people"] / most,
                "key": row["region"],
                "url": contacts_link(week, words, REGION, row["region"]),
            }
            for row in rows
        ],
        "note": ""
        if known >= 1
        else words("Регион указан в {share} контактов.", share=words.share(known)),
    }
