"""What a queue takes and what it still needs: expected wait of a new caller, way back to the goal.

Both rest on Erlang A (erlang_a.py) with what the line itself showed today: mean handling, and mean
patience = time spent in the queue by all / those who hung up (the estimate of a censored
exponential time).
"""

from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from pipelines.metrics.board_lines import Figures, Moment
from pipelines.metrics.board_usual import Usual
from pipelines.metrics.erlang_a import Work, expected_wait_s, operators_for

LEAST_HANDLED = 20  # calls a mean handling time is made of
LEAST_LOST = 10  # hang-ups a mean patience is made of
MOST_PATIENT_S = 3600.0  # where hardly anybody hangs up
LEAST_BASE = 10  # legs of the last hour a service level is compared with
PACE_LIMITS = (0.5, 2.0)
FEW = 5  # contacts added to both sides of a ratio, so that a handful says little
NEARLY_ALL = 0.99  # a service level of 1 is reached by any number large enough


def work(figures: Figures, line: str | None) -> Work | None:
    """Return what a contact of a line takes today, of all lines where it had too few; or None."""
    own, everyone = figures.get(line) or {}, figures.get(None) or {}
    handled = next((r for r in (own, everyone) if (r.get("n_handled") or 0) >= LEAST_HANDLED), None)
    lost = next((r for r in (own, everyone) if (r.get("n_lost") or 0) >= LEAST_LOST), None)
    handle_s = handled["handle_sum_s"] / int(handled["n_handled"]) if handled else 0
    if not handle_s:
        return None
    patience_s = lost["waited_s"] / int(lost["n_lost"]) if lost else MOST_PATIENT_S
    return Work(float(handle_s), min(max(float(patience_s), 1.0), MOST_PATIENT_S))


def wait_s(figures: Figures, line: str, ready: int) -> float | None:
    """Return the expected wait of a caller who joins the queue now; None: nothing tells.

    ready: operators of the line who are free. Behind a queue that they cannot take at once: until
    each of those ahead was taken or hung up, at the pace of the contacts in work now. Else, for
    those who wait are only being put through: the mean wait of those answered in the growth window.
    """
    row = figures.get(line) or {}
    if (row.get("waiting") or 0) <= ready:
        last = row.get("last_wait_s")
        return None if last is None else float(last)
    takes = work(figures, line)
    if takes is None or not row.get("talking"):
        return None
    return expected_wait_s(int(row["waiting"]), takes, int(row["talking"]))


def recovery(
    figures: Figures, lines: list[dict[str, Any]], moment: Moment, usual: Usual
) -> list[dict[str, Any]]:
    """Return for each line below its goal today what the rest of the day needs; see _recovery."""
    rows = [
        _recovery(figures, line, moment, usual)
        for line in lines
        if line["channel"] != "portal"
        and line["level"]["today"]["base"]
        and line["level"]["today"]["share"] < moment.goal
    ]
    return sorted(rows, key=lambda row: row["base"], reverse=True)


def _recovery(
    figures: Figures, line: dict[str, Any], moment: Moment, usual: Usual
) -> dict[str, Any]:
    """Work out one line.

    rest: legs still expected today (None without history): usual ones at today's pace. needed:
    their share to end at the goal; best: the day's share were all of them answered in time.
    operators_now: as many as would give the level of the last hour; operators_more: how many more
    give `needed`, were they there until midnight.
    """
    today = line["level"]["today"]
    within, base = today["within"], today["base"]
    hours = _hours(figures, line["line"], moment, usual)
    out = {
        "line": line["line"], "within": within, "base": base, "share": today["share"],
        "goal": moment.goal, "rest": None, "needed": None, "best": None,
        "operators_now": None, "operators_more": None,
    }  # fmt: skip
    if hours is None or not (rest := sum(legs for legs, _ in hours)):
        return out
    needed = (moment.goal * (base + rest) - within) / rest
    out |= {"rest": rest, "needed": needed, "best": (within + rest) / (base + rest)}
    takes, now = _takes(figures, line["line"]), _operators_now(figures, line, moment)
    if takes is None or now is None or needed > 1:
        return out
    rates = tuple(_rounded(legs / seconds) for legs, seconds in hours if legs > 0)
    enough = operators_for(rates, takes, moment.within_s, round(needed, 3))
    more = None if enough is None else max(0, enough - now)
    return out | {"operators_now": now, "operators_more": more}


def _hours(
    figures: Figures, line: str, moment: Moment, usual: Usual
) -> list[tuple[float, float]] | None:
    """Return legs expected and seconds of each hour left today: usual ones at today's pace.

    The pace is the square root of today so far / usual so far: about half of a day's deviation
    lasts (docs/metrics.md, recovery, has the figures).
    """
    due = usual.legs(line, moment.midnight, moment.at)
    if due is None:
        return None
    least, most = PACE_LIMITS
    seen = (figures.get(line) or {}).get("queued_today") or 0
    pace = sqrt(min(max((seen + FEW) / (due + FEW), least), most))
    out, start = [], moment.at
    end_of_day = moment.midnight + timedelta(days=1)
    while start < end_of_day:
        end = min(_next_hour(start, moment.hour), end_of_day)
        legs = usual.legs(line, start, end) or 0.0
        out.append((legs * pace, (end - start).total_seconds()))
        start = end
    return out


def _next_hour(start: datetime, hour: datetime) -> datetime:
    passed = (start - hour) // timedelta(hours=1)
    return hour + (passed + 1) * timedelta(hours=1)


def _takes(figures: Figures, line: str) -> Work | None:
    """What a contact takes an operator, rounded so that answers can be remembered.

    Who talks with several at once (chats) needs less time for each: handling / their number, the
    first approximation of methods for concurrent contacts.
    """
    takes, row = work(figures, line), figures.get(line) or {}
    if takes is None:
        return None
    at_once = max(1.0, (row.get("talking") or 0) / max(row.get("busy") or 0, 1))
    return Work(float(round(takes.handle_s / at_once)) or 1.0, float(round(takes.patience_s)))


def _operators_now(figures: Figures, line: dict[str, Any], moment: Moment) -> int | None:
    """Return the operators who would give the service level of the last ripe hour.

    A count of people present would not say it: they rest, write, and serve other lines too.
    """
    windows = [line["level"][name] for name in ("half_hour", "before")]
    within, base = sum(w["within"] for w in windows), sum(w["base"] for w in windows)
    takes = _takes(figures, line["line"])
    if base < LEAST_BASE or takes is None:
        return None
    rate = (_rounded(base / 3600),)
    share = round(min(within / base, NEARLY_ALL), 3)
    return operators_for(rate, takes, moment.within_s, share) if within else 0


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")
