"""Coaching on an operator's card: where help would raise the score, what was agreed, its effect."""

from typing import Any

from pipelines.lake.connect import Lake
from pipelines.reports.words import Words


def advice(rows: list[dict[str, Any]], words: Words, lake: Lake) -> list[str]:
    """Return a sentence a component of rows of `coaching`; where there are none, that."""
    if not rows:
        return [
            words(
                "Данные не называют составляющей, где помощь заметно подняла бы оценку: отставания "
                "от коллег нет, или его не отличить от случайности."
            )
        ]
    return [
        words(
            "{component} (до {gain} балла): {matters}",
            component=_component(name, words, lake),
            gain=words.signed(next(r["gain"] for r in rows if r["component"] == name), 1),
            matters="; ".join(_matters([r for r in rows if r["component"] == name], words, lake)),
        )
        for name in dict.fromkeys(row["component"] for row in rows)
    ]


def entry(row: dict[str, Any], words: Words, lake: Lake) -> dict[str, str]:
    """Return one entry of `coached`: head, text and what came of it."""
    _ = words
    states = {
        "late": _("срок прошёл"),
        "agreed": _("договорились"),
        "done": _("сделано"),
        "dropped": _("отменено"),
        "note": _("заметка"),
    }
    said = [words.day(row["opened_at"].astimezone(words.tz).date()), states[row["state"]]]
    if row["component"]:
        about = lake.reference.label("category", row["category"], words.language)
        name = _component(row["component"], words, lake)
        said.append(f"{name}, {about}" if about else name)
    if row["due_on"]:
        said.append(_("к {day}", day=words.day(row["due_on"])))
    return {"head": " · ".join(said), "text": row["text"], "effect": effect(row, words)}


def effect(row: dict[str, Any], words: Words) -> str:
    """Say what came of what was agreed and done; "" where there is nothing to measure."""
    _ = words
    verdict = row["verdict"]
    if verdict is None:
        return ""
    if verdict == "not_yet":
        return _("Эффект: пока рано.")
    if verdict == "too_few":
        return _("Эффект: сказать нельзя, контактов слишком мало.")
    words_of = {
        "better": _("Стало лучше."),
        "worse": _("Стало хуже."),
        "unclear": _("Разницу не отличить от случайности."),
    }
    return _(
        "Эффект: {value} при ожидаемых по своим прежним периодам {expected}, разница {change} "
        "п. п. (от {low} до {high}). {verdict}",
        value=words.share(row["value"]),
        expected=words.share(row["expected"]),
        change=words.signed(100 * row["change"], 1),
        low=words.signed(100 * row["low"], 1),
        high=words.signed(100 * row["high"], 1),
        verdict=words_of[verdict],
    )


def _matters(rows: list[dict[str, Any]], words: Words, lake: Lake) -> list[str]:
    """Return where it is the worst; where no category stands out, the component as a whole."""
    named = [row for row in rows if row["category"]] or rows
    return [_matter(row, words, lake) for row in named]


def _matter(row: dict[str, Any], words: Words, lake: Lake) -> str:
    is_time = row["component"] == "aht"
    shown = words.duration if is_time else words.share
    category = lake.reference.label("category", row["category"], words.language)
    return words(
        "{matter} — {value} при {expected} у коллег",
        matter=category.lower() if category else words("все тематики"),
        value=shown(row["value"]),
        expected=shown(row["expected"]),
    )


def _component(name: str, words: Words, lake: Lake) -> str:
    return lake.reference.label("component", name, words.language)
