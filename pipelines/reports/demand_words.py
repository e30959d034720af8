"""What citizens came with, over which channels, and how they rated it: words of the week."""

from math import sqrt
from typing import Any

from pipelines.reports.evidence import CHANNEL, contacts_link, topic_link
from pipelines.reports.figure_words import channel_name
from pipelines.reports.week import ProblemWeek, Week
from pipelines.reports.words import NBSP, Words

SHOWN_PROBLEMS = 7
LEAST_NEWS = 20  # contacts more than usual


def grown_most(week: Week) -> ProblemWeek | None:
    """Return the category furthest above its usual, where that is more than it varies by itself."""
    news = [one for one in week.get("problems") or [] if _is_news(one)]
    return max(news, key=_excess, default=None)


def channels_page(week: Week, words: Words) -> list[dict[str, Any]]:
    """Return the volume of each channel, the largest first."""
    rows = sorted(week.get("channels") or [], key=lambda row: -row["contacts"])
    most = max((row["contacts"] for row in rows), default=0)
    return [
        {
            "label": channel_name(row["channel"], words),
            "value": words.number(row["contacts"]),
            "change": words.change(row["contacts"], row.get("contacts_before")),
            "part": row["contacts"] / most if most else 0,
            "key": row["channel"],
            "url": contacts_link(week, words, CHANNEL, row["channel"]),
        }
        for row in rows
    ]


def _is_news(problem: ProblemWeek) -> bool:
    """Tell more contacts than usual from what varies by itself: three times the root of the usual.

    The measure by which a usual day is capped, too (docs/metrics.md, usual).
    """
    return _excess(problem) >= max(LEAST_NEWS, 3 * sqrt(problem.get("baseline") or 0))


def _excess(problem: ProblemWeek) -> float:
    """Return contacts above the usual; a problem nobody named or knows is no news."""
    baseline = problem.get("baseline")
    is_known = baseline is not None and problem["category"]
    return problem["contacts"] - (baseline or 0) if is_known else float("-inf")


def problems_page(week: Week, words: Words) -> list[dict[str, Any]]:
    """Return the categories with most contacts; those without one stand last."""
    given = week.get("problems") or []
    # contacts without a category are counted, last: they are not a problem of their own
    rows = sorted(given, key=lambda row: (not row["category"], -row["contacts"]))[:SHOWN_PROBLEMS]
    most = max((row["contacts"] for row in rows), default=0)
    return [
        {
            "label": words.label(row.get("label", row["category"])) or words("тематика не указана"),
            "value": words.number(row["contacts"]),
            "change": words.change(row["contacts"], row.get("contacts_before")),
            "usual": words.change(row["contacts"], row.get("baseline")),
            "burst": words("всплеск") if row.get("burst") else "",
            "part": row["contacts"] / most if most else 0,
            "url": topic_link(week, words, row["category"]),
        }
        for row in rows
    ]


def rating_page(week: Week, words: Words) -> dict[str, str]:
    """Return how citizens rated, with the base."""
    rating = week.get("rating") or {}
    n, base = rating.get("n"), rating.get("base")
    if not n:
        return {"value": words.nothing, "label": "", "note": ""}
    top, before = rating.get("top_share"), rating.get("top_share_before")
    note = words.plural("{n} оценка", "{n} оценок", n)
    if base:
        note += words(", оценили {share} контактов", share=words.share(n / base))
    if before is not None:
        note += words(
            "; {before} {share}",
            before=words.earlier(week.get("kind", "week"), week.get("against")),
            share=words.share(before),
        )
    mean = words.number(rating.get("mean"), 2)
    return {
        "value": words.share(top),
        "label": words("поставили 4 или 5; средняя {mean}", mean=mean).replace(
            f" {mean}", f"{NBSP}{mean}"
        ),
        "note": note,
    }
