"""Names and values of the figures of a week (`pipelines.metrics.headline`), in words."""

from pipelines.reference import Reference
from pipelines.reports.words import Words


def figure_name(reference: Reference, name: str, words: Words) -> str:
    """Return what a figure is called: «остались без ответа, человек»."""
    kind, _colon, one = name.partition(":")
    if kind == "promise":
        return reference.label("promise", one, words.language)
    if kind == "channel":
        return words("контактов, {name}", name=channel_name(one, words))
    if kind == "category":
        label = reference.label("category", one, words.language) or words("тематика не указана")
        return words("контактов, {name}", name=label)
    return plain_name(name, words)


def plain_name(name: str, words: Words) -> str:
    """Return what a figure of the whole week is called."""
    _ = words
    return {
        "unserved": _("остались без ответа, человек"),
        "failed": _("обещание нарушено, человек"),
        "tried": _("заявителей"),
        "contacts": _("контактов"),
        "level": _("уровень обслуживания (SL-1)"),
        "wait": _("среднее время ожидания (ASA)"),
        "handle": _("среднее время обработки (AHT)"),
        "repeats": _("доля повторных обращений"),
        "csat": _("доля оценок 4 и 5"),
        "broken": _("нарушено обязательств"),
    }.get(name, name)


def figure_value(value: float | None, unit: str, words: Words) -> str:
    """Return the value of a figure as it is shown."""
    if unit == "share":
        return words.share(value)
    return words.duration(value) if unit == "s" else words.number(value)


def channel_name(channel: str, words: Words) -> str:
    """Return the name of a channel; an unknown one keeps its own."""
    _ = words
    return {
        "phone": _("Телефон"),
        "chat": _("Чат"),
        "portal": _("Портал"),
        "video": _("Видео"),
        "callback": _("Обратный звонок"),
        "": _("канал не указан"),
    }.get(channel, channel)
