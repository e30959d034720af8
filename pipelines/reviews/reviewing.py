"""What a reviewer may do with a review: save it, hand it in, confirm another's critical failure.

Every function takes who acts and when (product time) and raises ActError, with nothing written,
where the act makes no sense on what others did meanwhile. The lake follows: `project.py`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from pipelines.acts import Act, New
from pipelines.cleaning.mask import mask
from pipelines.errors import ActError, ReferenceDataError, nearest
from pipelines.lake.connect import Lake
from pipelines.reference.model import Form, Reference
from pipelines.reviews.acts import acts, write
from pipelines.reviews.form import ANSWERS, form_id, result, used
from pipelines.reviews.state import Review, reviews
from pipelines.sources.context import keep_of

ROLES = ("analyst", "supervisor")  # who reviews, samples and decides; never an operator


def may_review(reference: Reference, who: str) -> bool:
    """Tell whether a profile of people.yml reviews and decides."""
    person = reference.people.get(who)
    return person is not None and person.role in ROLES


def is_reviewer(reference: Reference, who: str) -> None:
    """Refuse whoever may not review.

    Raises:
        ActError: not a profile with such a role.
    """
    if not may_review(reference, who):
        raise ActError("not_a_reviewer", f"'{who}' is no profile of: {', '.join(ROLES)}")


def get(lake: Lake, review_id: str) -> Review | None:
    """Return a review as the desk has it now, drafts included; None: there is none."""
    return reviews(acts(lake.settings, subjects=[review_id])).get(review_id)


def form_of(lake: Lake, review: Review) -> Form:
    """Return the version of the form a review was assigned with.

    Raises:
        ReferenceDataError: it is in scorecard.yml no more.
    """
    day = date.fromisoformat(review.form_from)
    for form in lake.reference.forms:
        if form.valid_from == day:
            return form
    raise ReferenceDataError(
        f"scorecard.yml: the version of {review.form_from} is used for reviews and is gone. "
        f"Put it back."
    )


def save(
    lake: Lake,
    who: str,
    at: datetime,
    review_id: str,
    seen: int,
    answers: Mapping[str, str],
    notes: Mapping[str, str] | None = None,
    note: str = "",
) -> int:
    """Save a draft and return the `seq` to show next time.

    Args:
        seen: `seq` of the review when it was opened; a later one means that it was written
            meanwhile (in another window), and nothing is written over.
        answers: criterion -> yes, no, na; those not answered yet are absent.
        notes: criterion -> text; note: of the whole. Masked before they are stored.

    Raises:
        ActError: another's review, handed in already, written meanwhile, an unknown answer.
        ReferenceDataError: the version of the form was changed though it is frozen.
    """
    return _write(lake, who, at, review_id, seen, (answers, notes or {}, note), is_whole=False)


def submit(
    lake: Lake,
    who: str,
    at: datetime,
    review_id: str,
    seen: int,
    answers: Mapping[str, str],
    notes: Mapping[str, str] | None = None,
    note: str = "",
) -> int:
    """Hand a review in: every criterion answered; it changes no more.

    Raises:
        ActError: as `save`; or a criterion without an answer.
        ReferenceDataError: as `save`.
    """
    return _write(lake, who, at, review_id, seen, (answers, notes or {}, note), is_whole=True)


def confirm(lake: Lake, who: str, at: datetime, review_id: str, *, is_confirmed: bool) -> None:
    """Say as a second person whether a critical failure is one: only then a case opens.

    Raises:
        ActError: not a reviewer, the reviewer himself, no critical failure, said already.
    """
    is_reviewer(lake.reference, who)

    def make(found: list[Act]) -> list[New]:
        review = _there(found, review_id)
        if review.submitted_at is None or not review.critical:
            raise ActError("nothing_critical", "no critical failure was handed in")
        not_oneself(lake.reference, who, review.reviewer, review.operator_id)
        if review.is_confirmed is not None:
            raise ActError("done_already", f"said already, by {review.confirmed_by}")
        return [New("confirmed", review_id, {"is_confirmed": is_confirmed})]

    write(lake.settings, make, who=who, at=at, subjects=[review_id])


def not_oneself(reference: Reference, who: str, *parties: str | None) -> None:
    """Refuse a person who is a party: a second person decides.

    Args:
        parties: profiles or operator ids.

    Raises:
        ActError: who is one of them, or the profile of one.
    """
    person = reference.people.get(who)
    if who in parties or (person and person.operator_id and person.operator_id in parties):
        raise ActError("second_person", "a second person decides")


def masked(lake: Lake, texts: list[str]) -> list[str]:
    """Return texts as they may be stored: personal data masked, the hotline's numbers kept."""
    given = pl.Series(texts, dtype=pl.String).str.strip_chars()
    return mask(given, keep_of(lake.reference)).to_list()


def _write(
    lake: Lake,
    who: str,
    at: datetime,
    review_id: str,
    seen: int,
    filled: tuple[Mapping[str, str], Mapping[str, str], str],
    *,
    is_whole: bool,
) -> int:
    answers, notes, note = filled
    kept = {name: text for name, text in notes.items() if text.strip()}
    *words, whole = masked(lake, [*kept.values(), note])
    args: dict[str, Any] = {
        "answers": {name: answer for name, answer in answers.items() if answer},
        "notes": dict(zip(kept, words, strict=True)),
        "note": whole,
    }
    form = _of(lake, review_id)

    def make(found: list[Act]) -> list[New]:
        review = _there(found, review_id)
        _mine(review, who)
        if review.seq != seen:
            raise ActError("changed_meanwhile", "it was written meanwhile, in another window")
        _known(review, args)
        kind = "submitted" if is_whole else "drafted"
        return [*used(form, found), New(kind, review_id, args | _judged(form, review, args, kind))]

    written = write(lake.settings, make, who=who, at=at, subjects=[review_id, form_id(form)])
    return written[-1].seq


def _of(lake: Lake, review_id: str) -> Form:
    review = get(lake, review_id)
    if review is None:
        raise ActError("not_there", f"no review '{review_id}'")
    return form_of(lake, review)


def _there(found: list[Act], review_id: str) -> Review:
    review = reviews(found).get(review_id)
    if review is None:
        raise ActError("not_there", f"no review '{review_id}'")
    return review


def _mine(review: Review, who: str) -> None:
    if review.reviewer != who:
        raise ActError("not_yours", f"assigned to {review.reviewer}")
    if review.submitted_at is not None:
        raise ActError("done_already", f"handed in at {review.submitted_at.isoformat()}")


def _known(review: Review, args: Mapping[str, Any]) -> None:
    for name in (*args["answers"], *args["notes"]):
        if name not in review.criteria:
            raise ActError("unknown", f"not asked: '{name}'{nearest(name, review.criteria)}")
    for name, answer in args["answers"].items():
        if answer not in ANSWERS:
            raise ActError("unknown", f"{name}: '{answer}'{nearest(answer, ANSWERS)}")


def _judged(form: Form, review: Review, args: Mapping[str, Any], kind: str) -> dict[str, Any]:
    if kind == "drafted":
        return {}
    left = [name for name in review.criteria if name not in args["answers"]]
    if left:
        raise ActError("not_whole", f"no answer: {', '.join(left)}")
    found = result(form, args["answers"])
    return {
        "score": found.score,
        "critical": list(found.critical),
        "asked_critical": found.asked_critical,
    }


__all__ = ["confirm", "form_of", "get", "is_reviewer", "masked", "may_review", "not_oneself",
           "save", "submit"]  # fmt: skip
