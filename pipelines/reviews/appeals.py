"""What an operator may contest, and who decides: a second person, once, with the reason.

An upheld appeal takes the contact (or the review) out of the score at its next making; the acts
stay, and so does what was said. The lake follows: `project.py`.
"""

import hashlib
from datetime import datetime

from pipelines.acts import Act, New
from pipelines.errors import ActError
from pipelines.lake.connect import Lake
from pipelines.reviews.acts import write
from pipelines.reviews.reviewing import is_reviewer, masked, not_oneself
from pipelines.reviews.state import SUBMITTED, Decision, contests, mates, reviews


def appeal_id(contact_id: str, operator_id: str) -> str:
    """Return the id of the one appeal an operator has about a contact."""
    text = f"{operator_id}\n{contact_id}"
    return f"c-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def contest(
    lake: Lake, who: str, at: datetime, contact_id: str, operator_id: str, text: str
) -> str:
    """Contest a contact as the operator who worked on it; return the appeal's id.

    Args:
        operator_id: of the person who looks, never chosen by him.

    Raises:
        ActError: no reason, not the operator's contact, contested already.
    """
    words = _reason(lake, text)
    if not operator_id or not _worked_on(lake, contact_id, operator_id):
        raise ActError("not_yours", "not a contact of this operator")
    subject = appeal_id(contact_id, operator_id)

    def make(found: list[Act]) -> list[New]:
        if contests(found):
            raise ActError("done_already", "contested already")
        args = {"contact_id": contact_id, "operator_id": operator_id, "text": words}
        return [New("contested", subject, args)]

    write(lake.settings, make, who=who, at=at, subjects=[subject])
    return subject


def appeal(lake: Lake, who: str, at: datetime, review_id: str, operator_id: str, text: str) -> None:
    """Appeal against a review as the operator it is about.

    Raises:
        ActError: no reason, another's review, not handed in yet, its blind pair not either,
            appealed already.
    """
    words = _reason(lake, text)

    def make(found: list[Act]) -> list[New]:
        all_of_them = reviews(found)
        review = all_of_them.get(review_id)
        if review is None or not operator_id or review.operator_id != operator_id:
            raise ActError("not_yours", "not a review of this operator")
        if any(r.submitted_at is None for r in all_of_them.values()):
            raise ActError("not_yet", "not handed in yet")
        if review.state != SUBMITTED:
            raise ActError("done_already", "appealed already")
        return [New("appealed", review_id, {"text": words})]

    write(lake.settings, make, who=who, at=at, subjects=[review_id, *mates(review_id)])


def decide(lake: Lake, who: str, at: datetime, subject: str, text: str, *, is_upheld: bool) -> None:
    """Decide an appeal about a contact or a review, with the reason.

    Args:
        subject: appeal_id of a contact, or review_id.

    Raises:
        ActError: not a reviewer, a party to it (reviewer, operator, who appealed), no reason,
            not appealed, decided already.
    """
    is_reviewer(lake.reference, who)
    words = _reason(lake, text)

    def make(found: list[Act]) -> list[New]:
        open_one, parties = _appealed(found, subject)
        not_oneself(lake.reference, who, open_one.appealed_by, *parties)
        if open_one.decided_at is not None:
            raise ActError("done_already", f"decided already, by {open_one.decided_by}")
        return [New("decided", subject, {"is_upheld": is_upheld, "text": words})]

    write(lake.settings, make, who=who, at=at, subjects=[subject])


def _appealed(found: list[Act], subject: str) -> tuple[Decision, list[str]]:
    review, contested = reviews(found).get(subject), contests(found).get(subject)
    if review and review.appeal:
        return review.appeal, [review.reviewer, review.operator_id]
    if contested:
        return contested.appeal, [contested.operator_id]
    raise ActError("not_there", f"no appeal '{subject}'")


def _reason(lake: Lake, text: str) -> str:
    (words,) = masked(lake, [text])
    if not words:
        raise ActError("no_text", "say why")
    return words


def _worked_on(lake: Lake, contact_id: str, operator_id: str) -> bool:
    one: dict[str, object] = {"id": contact_id, "operator": operator_id}
    return any(
        lake.has(f"lake.{table} where contact_id = $id and operator_id = $operator", one)
        for table in ("contacts", "legs", "events")
    )


__all__ = ["appeal", "appeal_id", "contest", "decide"]
