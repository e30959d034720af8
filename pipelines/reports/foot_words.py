"""What a report says of itself: which edition it is, when, on what data and how good they are."""

from pipelines.reports.week import EditionWeek, QualityWeek, Week
from pipelines.reports.words import Words


def badge(week: Week, words: Words) -> str:
    """Return what stands beside the heading: preliminary, revised, or nothing."""
    if week.get("is_preliminary"):
        return words("предварительно")
    edition = week.get("edition")
    return words("уточнённая редакция") if edition and edition["kind"] == "revised" else ""


def edition_text(edition: EditionWeek, words: Words) -> str:
    """Return number and kind of an edition: «редакция 2, уточнённая»."""
    _ = words
    kinds = {
        "preliminary": _("предварительная"),
        "final": _("окончательная"),
        "revised": _("уточнённая"),
    }
    return _("редакция {n}, {kind}", n=edition["number"], kind=kinds[edition["kind"]])


def edition_line(edition: EditionWeek, words: Words) -> str:
    """Return which edition it is, when it was published, and how the checks stood then."""
    said = words(
        "{edition}, опубликована {moment}",
        edition=edition_text(edition, words),
        moment=words.moment(edition["published_at"]),
    )
    failed, at = edition.get("checks_failed"), edition.get("checks_at")
    if failed is None:
        return said
    said += " · " + words("при публикации не пройдено проверок: {n}", n=words.number(failed))
    return said + (f" ({words.moment(at)})" if at else "")


def quality(week: Week, words: Words) -> str:
    """Return the rows behind the figures in a sentence."""
    known = week.get("quality") or {}
    read, held = known.get("read"), known.get("quarantined")
    if read is None:
        return words("Сведений о загрузке нет.")
    text = words.plural("Прочитана {n} строка", "Прочитано {n} строк", read)
    text += words(", в карантине {n}", n=words.number(held))
    if read and held:
        text += f" ({words.share(held / read)})"
    if known.get("failed"):
        text += words("; нарушено правил проверки: {n}", n=words.number(known["failed"]))
    if known.get("doubtful"):
        text += _doubt(known, words)
    if silent := known.get("silent"):
        text += words("; нет данных от: {names}", names=", ".join(silent))
    return f"{text}."


def _doubt(known: QualityWeek, words: Words) -> str:
    """Return what share of contacts is in doubt, and what of the service level rests on it."""
    low, high = known.get("level_low"), known.get("level_high")
    said = words(
        "; при сверке журналов сомнительны {share} контактов", share=words.share(known["doubtful"])
    )
    if low is None or high is None or words.share(low) == words.share(high):
        return said
    return said + words(
        ", уровень обслуживания по телефону от {low} до {high}",
        low=words.share(low),
        high=words.share(high),
    )


def footer(week: Week, words: Words) -> list[str]:
    """Return moment, edition, snapshot and the formulas, in the order they are told."""
    found = [words("Данные на {moment}", moment=words.moment(week.get("as_of")))]
    if edition := week.get("edition"):
        found.append(edition_line(edition, words))
    if week.get("snapshot") is not None:
        found.append(words("снимок № {n}", n=week["snapshot"]))
    if week.get("is_preliminary") and (final := week.get("final_on")):
        found.append(words("окончательно с {day}", day=words.day(final)))
    found.append(
        words(
            "Доля в срок = в срок / (в срок + срок нарушен + просрочено); без ответа — "
            "обращались и не были обслужены ни по одному каналу за 24 часа"
        )
    )
    return found
