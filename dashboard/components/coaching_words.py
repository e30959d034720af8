"""Coaching in words: advice, states of what was agreed, and what came of it."""

from typing import Any

import polars as pl

from dashboard import labels
from dashboard.components import incident_words, operator_words
from dashboard.i18n import N_, _, formats
from pipelines.errors import ActError

STATES = {
    "late": N_("✕ срок прошёл"),
    "agreed": N_("… договорились"),
    "done": N_("✓ выполнено"),
    "dropped": N_("— отменена"),
    "note": N_("✎ заметка"),
}
COLOURS = {"late": "red", "agreed": "blue", "done": "green", "dropped": "gray", "note": "gray"}
WHOSE = {"own": N_("свой: не получилось"), "colleague": N_("коллеги: получилось")}
REFUSED = {
    "not_a_reviewer": N_("Записывают аналитик качества и старший смены."),
    "second_person": N_("О себе записывает другой человек."),
    "unknown": N_("Такой составляющей в оценке нет."),
    "no_text": N_("Напишите текст."),
    "past_date": N_("Этот срок уже прошёл."),
    "in_future": N_("Этот день ещё не наступил."),
    "done_already": N_("Это уже сделано, возможно, другим человеком."),
    "not_there": N_("Такого оператора или записи нет."),
    "not_yours": N_("Эта запись не о вас."),
}
EFFECTS = {
    "better": N_("Стало лучше, и это вряд ли случайность."),
    "worse": N_("Стало хуже, и это вряд ли случайность."),
    "unclear": N_("Разницу не отличить от случайности."),
}


def refused(error: ActError) -> str:
    """Say why an act was not done."""
    return _(REFUSED[error.code]) if error.code in REFUSED else _("Действие не выполнено.")


def component(name: str | None) -> str:
    """Return the name of a component; None: an agreement about none of them."""
    return operator_words.component(name) if name else _("другое (эффект не измеряется)")


def matter(category: str | None) -> str:
    """Return the name of a category; None: all of them."""
    return labels.category(category) if category else _("все тематики")


def whose(name: str) -> str:
    """Say whose contact an example is."""
    return _(WHOSE[name])


def state(name: str) -> str:
    """Return the word of a state."""
    return _(STATES[name])


def colour(name: str) -> str:
    """Return the colour of a state's badge."""
    return COLOURS[name]


def plain(text: str) -> str:
    r"""Return a text people wrote as Markdown that says just that.

    >>> plain("*a* [b]")
    '\\*a\\* \\[b\\]'
    """
    return "".join(f"\\{one}" if one in r"\`*_{}[]<>()#+-.!|$:~" else one for one in text)


def advice(rows: pl.DataFrame) -> list[str]:
    """Return a sentence a component: where help would raise the score, and by how much.

    Args:
        rows: of `coaching`, of one operator.
    """
    return [_sentence(part) for _name, part in rows.group_by("component", maintain_order=True)]


def _sentence(part: pl.DataFrame) -> str:
    first = part.row(0, named=True)
    said = _("**{component}**: до {gain} балла оценки, если выйти на уровень коллег.").format(
        component=operator_words.component(first["component"]),
        gain=formats.signed(first["gain"], 1),
    )
    matters = ", ".join(matter(one) for one in part["category"].drop_nulls())
    if not matters:
        return said
    words = (
        _("Отставание только здесь: {matters}.")
        if first["category"]
        else _("Заметнее всего: {matters}.")
    )
    return said + " " + words.format(matters=matters)


def head(row: dict[str, Any]) -> str:
    """Return who wrote an entry, when, about what and by which day."""
    said = [formats.when(row["opened_at"]), incident_words.who(row["opened_by"])]
    if row["component"]:
        said.append(f"{operator_words.component(row['component'])}, {matter(row['category'])}")
    if row["due_on"] and row["state"] in ("agreed", "late"):
        said.append(_("к {day}").format(day=formats.day(row["due_on"], year=True)))
    if row["done_on"]:
        said.append(_("выполнено {day}").format(day=formats.day(row["done_on"], year=True)))
    return " · ".join(said)


def effect(row: dict[str, Any]) -> str:
    """Say what came of what was agreed and done; "" where there is nothing to measure."""
    verdict = row["verdict"]
    if verdict is None:
        return ""
    if verdict == "not_yet":
        return _(
            "Эффект: пока рано. Измерено контактов после: {n}, нужно не меньше {least}."
        ).format(n=formats.number(row["n_after"] or 0), least=formats.number(row["least"]))
    if verdict == "too_few":
        return _(
            "Эффект: сказать нельзя, контактов слишком мало (до: {before}, после: {after})."
        ).format(
            before=formats.number(row["n_before"] or 0), after=formats.number(row["n_after"] or 0)
        )
    said = _(
        "Эффект за {days} дн.: {value} при ожидаемых по своим прежним периодам {expected}, "
        "разница {change} (от {low} до {high}). {verdict}"
    ).format(
        days=formats.number(row["days"]),
        value=formats.share(row["value"], 1),
        expected=formats.share(row["expected"], 1),
        change=formats.points(row["change"]),
        low=formats.points(row["low"]),
        high=formats.points(row["high"]),
        verdict=_(EFFECTS[verdict]),
    )
    return said if row["is_final"] else said + " " + _("Наблюдение продолжается.")
