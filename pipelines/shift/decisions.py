"""What was decided about a week: at most three things, each tied to a figure, an owner and a day.

Acts like those of a shift: appended to the desk under its lock, masked, never changed; the lake
follows (`project.py`). What became of the figure the next week's page tells (`metrics.decisions`).
"""

import uuid
from datetime import date, datetime
from typing import Any

from pipelines.acts import Act
from pipelines.errors import ActError
from pipelines.lake.connect import Lake
from pipelines.metrics.week_headline import Figure
from pipelines.shift.acts import write
from pipelines.shift.incidents import masked

DECIDED, CLOSED = "decided", "decision_closed"
KINDS = (DECIDED, CLOSED)
OUTCOMES = ("done", "dropped")
MOST = 3  # open ones of a period: more is a list nobody keeps
LONGEST = 300


def decide(
    lake: Lake,
    who: str,
    at: datetime,
    *,
    period: str,
    figure: Figure,
    text: str,
    owner: str,
    due: date,
) -> str:
    """Write down what is to be done about a figure of a period; return the decision's id.

    Args:
        who: the profile. at: product time. figure: as it was when this was decided.
        owner: a post, or how people call the one who answers for it; masked as every text is.

    Raises:
        ActError: no text, no owner, a day that has passed, or three are open already.
    """
    words, name = masked(lake, text)[:LONGEST], masked(lake, owner)[:LONGEST]
    if not words:
        raise ActError("no_text", "write what is to be done")
    if not name:
        raise ActError("no_owner", "name who answers for it")
    if due < at.astimezone(lake.settings.tz).date():
        raise ActError("past_day", f"{due.isoformat()} has passed")
    decision_id = uuid.uuid4().hex[:8]
    args = {
        "decision_id": decision_id,
        "period": period.upper(),
        "figure": figure.name,
        "unit": figure.unit,
        "value": figure.value,
        "owner": name,
        "due": due.isoformat(),
        "text": words,
    }

    def make(acts: list[Act]) -> dict[str, Any]:
        open_ones = [one for one in _open(acts).values() if one.args["period"] == period.upper()]
        if len(open_ones) >= MOST:
            raise ActError("enough", f"{MOST} decisions of {period} are open already")
        return args

    write(lake.settings, make, kind=DECIDED, who=who, at=at, subject="", of_all=True)
    return decision_id


def close(
    lake: Lake, who: str, at: datetime, decision_id: str, outcome: str, text: str = ""
) -> None:
    """Say that a decision was carried out (done) or given up (dropped), and what came of it.

    Raises:
        ActError: no such decision is open, or another outcome.
    """
    if outcome not in OUTCOMES:
        raise ActError("unknown", f"outcome is '{outcome}'; it is one of {', '.join(OUTCOMES)}")
    words = masked(lake, text)[:LONGEST]

    def make(acts: list[Act]) -> dict[str, Any]:
        if decision_id not in _open(acts):
            raise ActError("not_there", f"no open decision '{decision_id}'")
        return {"decision_id": decision_id, "outcome": outcome, "text": words}

    write(lake.settings, make, kind=CLOSED, who=who, at=at, subject="", of_all=True)


def _open(acts: list[Act]) -> dict[str, Act]:
    decided = {act.args["decision_id"]: act for act in acts if act.kind == DECIDED}
    closed = {act.args["decision_id"] for act in acts if act.kind == CLOSED}
    return {name: act for name, act in decided.items() if name not in closed}
