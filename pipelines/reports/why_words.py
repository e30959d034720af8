"""Why a share moved, in words and as a waterfall: text and the place of every bar.

Steps are whole thousandths that add up to the difference shown (`pipelines.metrics.split.closed`).
"""

from itertools import accumulate, pairwise
from typing import Any

from pipelines.reports.figure_words import plain_name
from pipelines.reports.week import MovedWeek, StepWeek
from pipelines.reports.words import NBSP, Words

ROOM = 0.15  # of the range, left of the lowest level
MARK = 0.008  # of the width: how wide the mark of a level is


def why_page(moved: MovedWeek, words: Words, before: str, now: str) -> dict[str, Any]:
    """Return title, sentence and the rows of the waterfall of one share of `metrics.why`.

    Args:
        before, now: what the two periods are called.

    Returns:
        title, sentence, rows: label, value (text), left and right (0..1 of the width), tone (plain
        for the two shares; good, bad: up or down), is_total, level (the share after the step).
    """
    title = words.label(moved.get("label") or plain_name(moved["figure"], words))
    return {
        "title": title[:1].upper() + title[1:],
        "sentence": _sentence(moved, words),
        "rows": _rows(moved, words, before, now),
    }


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


def _sentence(moved: MovedWeek, words: Words) -> str:
    steps = moved["steps"]
    mixes = [one for one in steps if one["step"].startswith("mix_")]
    within = [one for one in steps if one["step"].startswith("within")]
    named = [one for one in within if one["step"] == "within"]
    said = "".join(f"{step_name(one, words)} {points(one['shown'], words)}; " for one in mixes)
    text = words(
        "{before} → {now} ({change}): {mixes}внутри линий при том же составе {within}",
        before=words.share(moved["before"]),
        now=words.share(moved["now"]),
        change=points(sum(one["shown"] for one in steps), words),
        mixes=said,
        within=points(sum(one["shown"] for one in within), words),
    )
    if len(named) > 1:
        text += words(
            ", больше всего «{name}» {change}",
            name=step_name(named[0], words),
            change=points(named[0]["shown"], words),
        )
    return text.rstrip(".") + "."


def _rows(moved: MovedWeek, words: Words, before: str, now: str) -> list[dict[str, Any]]:
    steps = moved["steps"]
    first, last = round(moved["before"] * 1000), round(moved["now"] * 1000)
    levels = list(accumulate((one["shown"] for one in steps), initial=first))
    low, high = min(levels), max(levels)
    start = max(0, low - max(1, round((high - low) * ROOM)))
    whole = high - start

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
            "level": b / 1000,
        }

    moves = zip(steps, pairwise(levels), strict=True)
    return [
        row(before, words.share(moved["before"]), first, first, "plain"),
        *(
            row(
                step_name(one, words),
                points(one["shown"], words),
                a,
                b,
                "good" if b > a else "bad" if b < a else "mute",
            )
            for one, (a, b) in moves
        ),
        row(now, words.share(moved["now"]), last, last, "plain"),
    ]
