"""Why a share or a mean moved, in words and as a waterfall: text and the place of every bar.

Steps are whole thousandths of a share, or whole seconds (minutes, hours) of a mean, that add up to
the difference shown (`pipelines.metrics.split.closed`).
"""

from itertools import accumulate, pairwise
from typing import Any

from pipelines.reports.figure_words import plain_name
from pipelines.reports.week import CauseWeek, ModelWeek, MovedWeek, StepWeek
from pipelines.reports.words import NBSP, Words

ROOM = 0.15  # of the range, left of the lowest level
MARK = 0.008  # of the width: how wide the mark of a level is


def why_page(moved: MovedWeek, words: Words, before: str, now: str) -> dict[str, Any]:
    """Return title, sentence and the rows of the waterfall of one figure of `metrics.why`.

    Args:
        before, now: what the two periods are called.

    Returns:
        title, sentence, rows: label, value (text), left and right (0..1 of the width), tone (plain
        for the two values; good, bad: better or worse; mute: neither), is_total, level (the
        figure after the step).
    """
    title = words.label(moved.get("label") or plain_name(moved["figure"], words))
    return {
        "title": title[:1].upper() + title[1:],
        "sentence": _sentence(moved, words),
        "rows": _rows(moved, words, before, now),
    }


def value_shown(moved: MovedWeek, value: float, words: Words) -> str:
    """Return one of the two values as the steps between them add up to it."""
    if moved.get("unit", "share") == "share":
        return words.share(value)
    return words.duration(round(value / moved["size"]) * moved["size"])


def change_shown(moved: MovedWeek, shown: int, words: Words) -> str:
    """Return a step, or the whole change: «−6,7 п. п.», «+1 мин 3 с»."""
    if moved.get("unit", "share") == "share":
        return points(shown, words)
    return ("+" if shown > 0 else "\u2212" if shown < 0 else "\u00b1") + words.duration(abs(shown))


def step_name(step: StepWeek, words: Words) -> str:
    """Return what a step is called."""
    _ = words
    if step["step"] == "within":
        return words.label(step.get("label") or _("линия не указана"))
    return {
        "mix_line": _("состав линий"),
        "mix_category": _("состав тематик"),
        "mix_hour": _("часы обращений"),
        "within_rest": _("остальные линии"),
    }[step["step"]]


def points(thousandths: int, words: Words) -> str:
    """Return whole thousandths of a share as points: «−6,7 п. п.»."""
    unit = words("п. п.")
    return f"{words.signed(thousandths / 10, 1)}{NBSP}{unit}"


def model_page(
    moved: MovedWeek, model: ModelWeek, words: Words, before: str, now: str
) -> dict[str, Any]:
    """Return the same as `why_page` of the causes of a level by the queueing model.

    Where the logs do not allow it: no rows, and a sentence that says why.
    """
    _ = words
    title = _("Уровень обслуживания: нагрузка, время, люди")
    if model["reason"]:
        return {"title": title, "sentence": _no_model(model["reason"], words), "rows": []}
    causes = model["steps"]
    told = "; ".join(
        f"{cause_name(one, words)} {points(one['shown'], words)}{_driver(one, words)}"
        for one in causes
        if one["step"] != "unexplained"
    )
    sentence = words(
        "По модели очереди: {causes}; модель не объясняет {rest}",
        causes=told,
        rest=points(causes[-1]["shown"], words),
    )
    steps = [(cause_name(one, words), one["shown"]) for one in causes]
    return {
        "title": title,
        "sentence": sentence.rstrip(".") + ".",
        "rows": _bars(moved, steps, words, before, now),
    }


def cause_name(cause: CauseWeek, words: Words) -> str:
    """Return what a cause is called."""
    _ = words
    return {
        "volume": _("нагрузка и её часы"),
        "handling": _("время обработки"),
        "operators": _("операторы на линиях"),
        "patience": _("терпение в очереди"),
        "unexplained": _("не объяснено моделью"),
    }[cause["step"]]


def _driver(cause: CauseWeek, words: Words) -> str:
    """Return what the cause was before and now: « (4 133 → 4 218 в день)»."""
    before, now = cause["before"], cause["now"]
    if cause["step"] in ("handling", "patience"):
        return f" ({words.duration(before)} → {words.duration(now)})"
    is_work = cause["step"] == "operators"
    unit = words("чел.-ч в день") if is_work else words("в день")
    return f" ({words.number(before)} → {words.number(now)} {unit})"


def _no_model(reason: str, words: Words) -> str:
    _ = words
    reasons = {
        "no_states": _("Разложить нельзя: в журналах нет входов операторов в систему."),
        "no_handling": _("Разложить нельзя: журналы не сообщают время обработки."),
        "limited": _("Раскладывается только по всем линиям вместе."),
    }
    return reasons[reason]


def _sentence(moved: MovedWeek, words: Words) -> str:
    steps = moved["steps"]
    mixes = [one for one in steps if one["step"].startswith("mix_")]
    within = [one for one in steps if one["step"].startswith("within")]
    named = [one for one in within if one["step"] == "within"]
    said = "".join(
        f"{step_name(one, words)} {change_shown(moved, one['shown'], words)}; " for one in mixes
    )
    text = words(
        "{before} → {now} ({change}): {mixes}внутри линий при том же составе {within}",
        before=value_shown(moved, moved["before"], words),
        now=value_shown(moved, moved["now"], words),
        change=change_shown(moved, sum(one["shown"] for one in steps), words),
        mixes=said,
        within=change_shown(moved, sum(one["shown"] for one in within), words),
    )
    if len(named) > 1:
        text += words(
            ", больше всего «{name}» {change}",
            name=step_name(named[0], words),
            change=change_shown(moved, named[0]["shown"], words),
        )
    return text.rstrip(".") + "."


def _rows(moved: MovedWeek, words: Words, before: str, now: str) -> list[dict[str, Any]]:
    steps = [(step_name(one, words), one["shown"]) for one in moved["steps"]]
    return _bars(moved, steps, words, before, now)


def _units(moved: MovedWeek, value: float) -> int:
    """Return a value in the units of the steps: thousandths, or seconds as they are shown."""
    if moved.get("unit", "share") == "share":
        return round(value * 1000)
    return round(value / moved["size"]) * int(moved["size"])


def _tone(moved: MovedWeek, change: int) -> str:
    """Tell better from worse: waiting less is better, handling for longer is neither."""
    if not change or moved["figure"] == "handle":
        return "mute"
    is_up_good = moved.get("unit", "share") == "share"
    return "good" if (change > 0) == is_up_good else "bad"


def _bars(
    moved: MovedWeek,
    steps: list[tuple[str, int]],
    words: Words,
    before: str,
    now: str,
) -> list[dict[str, Any]]:
    """Return the rows of a waterfall of named steps between two values."""
    first, last = (_units(moved, moved[name]) for name in ("before", "now"))
    per_one = 1000 if moved.get("unit", "share") == "share" else 1
    levels = list(accumulate((shown for _, shown in steps), initial=first))
    low, high = min(levels), max(levels)
    start = max(0, low - max(1, round((high - low) * ROOM)))
    whole = max(high - start, 1)

    def row(label: str, value: str, a: int, b: int, tone: str) -> dict[str, Any]:
        is_total = tone == "plain"
        right = (max(a, b) - start) / whole
        return {
            "label": label,
            "value": value,
            # a total is a mark at its level: a bar from where no zero is would lie by its length
            "left": max(right - MARK, 0.0) if is_total else (min(a, b) - start) / whole,
            "right": max(right, MARK) if is_total else right,
            "tone": tone,
            "is_total": is_total,
            "level": b / per_one,
        }

    moves = zip(steps, pairwise(levels), strict=True)
    return [
        row(before, value_shown(moved, moved["before"], words), first, first, "plain"),
        *(
            row(name, change_shown(moved, shown, words), a, b, _tone(moved, b - a))
            for (name, shown), (a, b) in moves
        ),
        row(now, value_shown(moved, moved["now"], words), last, last, "plain"),
    ]
