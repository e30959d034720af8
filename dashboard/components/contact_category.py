"""Where a contact's category came from, in words."""

from typing import Any

from dashboard import labels
from dashboard.components import incident_words
from dashboard.i18n import _, formats


def said(row: dict[str, Any], contact: dict[str, Any]) -> str:
    """Return where the category came from.

    Args:
        row: `category_from` of `pipelines.metrics.contact`. contact: its header.
    """
    return {
        "recorded": _recorded,
        "contradicted": _contradicted,
        "model": _model,
        "analyst": _analyst,
        "unsure": _unsure,
        "unseen": lambda *_row: _(
            "Тематика не определена: в журнале её нет, а модель этот текст ещё не смотрела."
        ),
        "no_text": lambda *_row: _(
            "Тематика не определена: в журнале её нет, и текста, по которому её можно узнать, тоже."
        ),
    }[row["how"]](row, contact)


def _recorded(row: dict[str, Any], contact: dict[str, Any]) -> str:
    words = _("Тематику указал оператор: она записана в журнале ({source}).")
    if contact["channel"] == "portal":  # there nobody but the citizen may have chosen it
        words = _("Тематика записана в журнале портала ({source}).")
    words = words.format(source=labels.source(contact["source"]))
    if row["first_category"]:
        first = labels.category(row["first_category"])
        words += " " + _("Сначала в журнале стояло «{name}».").format(name=first)
    return words


def _contradicted(row: dict[str, Any], contact: dict[str, Any]) -> str:
    doubt = _("По тексту модель сказала бы иначе: «{name}» (уверенность {share}, версия {n}).")
    return f"{_recorded(row, contact)} {_of_model(doubt, row)}"


def _model(row: dict[str, Any], contact: dict[str, Any]) -> str:  # noqa: ARG001 one shape for all
    if row["confidence"] is None:
        return _("Тематику дала модель по тексту.")
    words = _("Тематику дала модель по тексту: уверенность {share}, версия {n} от {time}.")
    return words.format(
        share=formats.share(row["confidence"]),
        n=formats.number(row["version"]),
        time=formats.when(row["guessed_at"]),
    )


def _analyst(row: dict[str, Any], contact: dict[str, Any]) -> str:  # noqa: ARG001
    if row["decided_at"] is None:
        return _("Тематику решил аналитик.")
    words = _("Тематику решил аналитик: {who}, {time}.").format(
        who=incident_words.who(row["who"]), time=formats.when(row["decided_at"])
    )
    if row["was"] is None:
        return words + " " + _("До этого её не было.")
    return (
        words
        + " "
        + _("До этого: «{name}» ({source}).").format(
            name=labels.category(row["was"]), source=_was(row["was_source"])
        )
    )


def _was(source: str | None) -> str:
    if source == "model":
        return _("дала модель")
    return _("решил аналитик") if source == "analyst" else _("записано в журнале")


def _unsure(row: dict[str, Any], contact: dict[str, Any]) -> str:  # noqa: ARG001
    return _of_model(
        _(
            "Тематика не определена: модель не уверена (похоже на «{name}», уверенность {share}, "
            "версия {n}). Решит аналитик: Проблемы, Разметка."
        ),
        row,
    )


def _of_model(words: str, row: dict[str, Any]) -> str:
    return words.format(
        name=labels.category(row["guessed"]),
        share=formats.share(row["confidence"]),
        n=formats.number(row["version"]),
    )
