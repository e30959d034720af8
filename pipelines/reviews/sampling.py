"""Which contacts are reviewed and by whom: a random sample with a quota, or the riskiest first.

Only the random sample enters the score. Both are written down with who made them and how; the
choice is made under the desk's lock, so two people at once never draw over the quota.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from importlib.resources import files
from typing import Any

import polars as pl

from pipelines.acts import Act, New
from pipelines.errors import ActError
from pipelines.lake.connect import Lake
from pipelines.reference.model import Form, Person
from pipelines.reviews.acts import acts, write
from pipelines.reviews.form import used
from pipelines.reviews.reviewing import ROLES, is_reviewer
from pipelines.reviews.state import RANDOM, RISKY, SECOND, Review, reviews

REASONS = ("low_rating", "repeat", "long_hold", "burst")
_SQL = {
    name: (files("pipelines.reviews") / f"{name}.sql").read_text("utf-8")
    for name in ("population", "random", "risky")
}
MOST_RISKY = 200
OF_SAMPLES = ("form_used", "assigned")  # kinds of acts: what samples must not do again


@dataclass(frozen=True)
class Sample:
    """What a sampling did; `unassigned`: chosen contacts no reviewer may see."""

    sample_id: str
    population: int
    contacts: int
    reviews: int
    unassigned: int


def reviewers(lake: Lake) -> list[str]:
    """Return the profiles that review, in the file's order."""
    return [p.id for p in lake.reference.people.values() if p.role in ROLES]


def draw(
    lake: Lake,
    who: str,
    at: datetime,
    start: date,
    end: date,
    *,
    seed: int,
    quota: int | None = None,
    double_share: float | None = None,
    by: Sequence[str] | None = None,
) -> Sample:
    """Draw contacts of a period at random and assign them: the same seed draws the same ones.

    Args:
        start, end: local days of receipt, end exclusive.
        seed: of the draw; written down.
        quota: contacts an operator, those drawn before for the same period counted; None: the one
            of scorecard.yml.
        double_share: part of the contacts that two people review blindly; None: scorecard.yml.
        by: profiles to assign to; None: all that review.

    Raises:
        ActError: not a reviewer, an empty period, an unknown reviewer, nothing (more) to draw.
        ReferenceDataError: a used version of the form was changed.
    """
    rules = lake.reference.sampling
    share = rules.double_share if double_share is None else double_share
    asked = {"seed": seed, "quota": quota or rules.quota, "double_share": share}

    def choose(known: list[Review]) -> tuple[pl.DataFrame, int]:
        params = {"taken": list(_taken(known, RANDOM)), "seed": seed, "quota": asked["quota"]}
        return _chosen(lake, "random", params, start, end)

    return _assign(lake, who, at, (start, end), RANDOM, asked, by, choose)


def take_risky(
    lake: Lake,
    who: str,
    at: datetime,
    start: date,
    end: date,
    *,
    most: int,
    by: Sequence[str] | None = None,
) -> Sample:
    """Assign the riskiest contacts of a period that nobody reviews as such yet.

    Raises:
        ActError: as `draw`.
    """

    def choose(known: list[Review]) -> tuple[pl.DataFrame, int]:
        return _risky(lake, _taken(known, RISKY), start, end, most)

    return _assign(lake, who, at, (start, end), RISKY, {}, by, choose)


def taken(lake: Lake, how: str) -> tuple[str, ...]:
    """Return the contacts that were assigned this way, in order of their ids."""
    return _taken(reviews(acts(lake.settings, kinds=OF_SAMPLES)).values(), how)


def risky(
    lake: Lake, start: date, end: date, without: Sequence[str] = (), most: int = MOST_RISKY
) -> pl.DataFrame:
    """Return the contacts that look worst, the worst first.

    Args:
        start, end: local days of receipt, end exclusive.
        without: contacts left out: `taken(lake, RISKY)`.
        most: rows at most.

    Returns:
        contact_id, operator_id, team, category, line, channel, rating, received_at, received_date,
        reasons (list of REASONS). Most reasons first, then the lowest rating, then
        the newest.
    """
    return _risky(lake, without, start, end, most)[0]


def _taken(known: Iterable[Review], how: str) -> tuple[str, ...]:
    return tuple(sorted({review.contact_id for review in known if review.how == how}))


def _risky(
    lake: Lake, without: Sequence[str], start: date, end: date, most: int
) -> tuple[pl.DataFrame, int]:
    params = {
        "taken": list(without),
        "low_rating": lake.reference.sampling.low_rating,
        "long_hold_s": lake.reference.rules.long_hold_s,
        "fcr_days": lake.settings.fcr_days,
        "now": lake.now(),
        "period_start": start,
        "period_end": end,
        "most": most,
    }
    return _chosen(lake, "risky", params, start, end)


def _chosen(
    lake: Lake, rule: str, params: dict[str, object], start: date, end: date
) -> tuple[pl.DataFrame, int]:
    """Return the contacts a rule chooses, and how many it chose from."""
    period: dict[str, object] = {"period_start": start, "period_end": end}
    lake.con.execute(f"create or replace temp table population as {_SQL['population']}", period)
    n = lake.con.execute("select count(*) from population").fetchall()[0][0]
    found = lake.frame(_SQL[rule], params)
    lake.con.execute("drop table population")
    return found, int(n)


def _assign(
    lake: Lake,
    who: str,
    at: datetime,
    period: tuple[date, date],
    how: str,
    asked: dict[str, Any],
    by: Sequence[str] | None,
    choose: Any,
) -> Sample:
    is_reviewer(lake.reference, who)
    people = _people(lake, by)
    if period[1] <= period[0]:
        raise ActError("no_period", "the period ends before it starts")
    form = lake.reference.form(at.astimezone(lake.settings.tz).date())
    made: list[Sample] = []

    def make(found: list[Act]) -> list[New]:
        known = list(reviews(found).values())
        chosen, population = choose(known)
        sample_id = f"s-{uuid.uuid4().hex[:10]}"
        assigned = _assigned(lake, chosen, people, known, sample_id, how, form, asked)
        if not assigned:
            raise ActError("nothing_to_draw", "no contact is left to review")
        given = {one.args["contact_id"] for one in assigned}
        sample = Sample(sample_id, population, len(given), len(assigned), len(chosen) - len(given))
        made.append(sample)
        facts = asked | {
            "how": how,
            "period_start": period[0].isoformat(),
            "period_end": period[1].isoformat(),
            "reviewers": [p.id for p in people],
            "population": population,
            "contacts": sample.contacts,
            "reviews": sample.reviews,
        }
        return [*used(form, found), New("sampled", sample_id, facts), *assigned]

    write(lake.settings, make, who=who, at=at, kinds=OF_SAMPLES)
    return made[0]


def _people(lake: Lake, by: Sequence[str] | None) -> list[Person]:
    known = reviewers(lake)
    for name in by or ():
        if name not in known:
            raise ActError("not_a_reviewer", f"'{name}' reviews nothing; known: {', '.join(known)}")
    return [lake.reference.people[name] for name in by or known]


def _assigned(
    lake: Lake,
    chosen: pl.DataFrame,
    people: list[Person],
    known: list[Review],
    sample_id: str,
    how: str,
    form: Form,
    asked: dict[str, Any],
) -> list[New]:
    """Return an assignment for each contact and reviewer: in turn, so that all have as many.

    A contact goes to who may see it and has not reviewed it, as far as there is one.
    """
    seen = {(r.contact_id, r.reviewer) for r in known}
    load = {person.id: 0 for person in people}
    share = asked.get("double_share", 0.0)
    given: list[New] = []
    for n, row in enumerate(chosen.iter_rows(named=True)):
        fit = [p for p in people if _may_see(p, row)]
        # in turn; of equals by chance, the same at each draw with this seed
        fit.sort(
            key=lambda p: ((row["contact_id"], p.id) in seen, load[p.id], _dice(row, p, asked))
        )
        # every (1 / share)-th contact, evenly over the whole draw
        is_double = int((n + 1) * share) > int(n * share) and len(fit) > 1
        review_id = f"r-{uuid.uuid4().hex[:10]}"
        for place, person in enumerate(fit[: 2 if is_double else 1]):
            load[person.id] += 1
            args = _facts(lake, row, form) | {
                "reviewer": person.id,
                "how": how,
                "sample_id": sample_id,
                "form_from": form.valid_from.isoformat(),
                "pair_id": review_id if is_double else None,
                "reasons": row.get("reasons") or [],
            }
            given.append(New("assigned", review_id + (SECOND if place else ""), args))
    return given


def _facts(lake: Lake, row: dict[str, Any], form: Form) -> dict[str, Any]:
    category = lake.reference.categories.get(row["category"] or "")
    class_id = category.class_id if category else ""
    return {
        "contact_id": row["contact_id"],
        "operator_id": row["operator_id"],
        "criteria": [c.id for c in form.asked(class_id)],
        "facts": {
            "category": row["category"],
            "class_id": class_id,
            "line": row["line"],
            "channel": row["channel"],
            "received_at": row["received_at"].isoformat(),
            "received_date": row["received_date"].isoformat(),
        },
    }


def _may_see(person: Person, row: dict[str, Any]) -> bool:
    return (
        (not person.lines or row["line"] in person.lines)
        and (not person.teams or row["team"] in person.teams)
        and person.operator_id != row["operator_id"]
    )


def _dice(row: dict[str, Any], person: Person, asked: dict[str, Any]) -> str:
    text = f"{asked.get('seed', 0)}:{row['contact_id']}:{person.id}"
    return sha256(text.encode()).hexdigest()


__all__ = ["REASONS", "Sample", "draw", "reviewers", "risky", "take_risky", "taken"]
