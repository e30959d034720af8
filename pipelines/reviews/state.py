"""What reviews and appeals are after their acts: a pure fold, the same however often it is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pipelines.acts import Act

ASSIGNED, DRAFT, SUBMITTED, APPEALED = "assigned", "draft", "submitted", "appealed"
UPHELD, REJECTED = "upheld", "rejected"  # an appeal decided: for the operator, against
SECOND = "-2"  # ends the id of the second of two blind reviews of one contact
RANDOM, RISKY = "random", "risky"  # how a contact came to be reviewed


@dataclass(frozen=True)
class Decision:
    """An appeal and what came of it; decided_at None: it is open. Texts are masked."""

    appealed_at: datetime
    appealed_by: str
    text: str
    decided_at: datetime | None = None
    decided_by: str | None = None
    is_upheld: bool | None = None
    decision: str | None = None


@dataclass(frozen=True)
class Review:
    """One contact reviewed by one person; `seq` is its last act: who writes says which one he saw.

    facts: of the contact when it was assigned: category, class_id, line, channel, received_at,
    received_date. pair_id: the same for the two blind reviews of one contact, else None.
    """

    review_id: str
    seq: int
    contact_id: str
    operator_id: str
    reviewer: str
    how: str  # RANDOM, RISKY
    sample_id: str
    form_from: str  # valid_from of the version, ISO
    criteria: tuple[str, ...]  # asked about
    assigned_at: datetime
    assigned_by: str
    pair_id: str | None = None
    reasons: tuple[str, ...] = ()  # of RISKY
    facts: Mapping[str, Any] = field(default_factory=dict)
    saved_at: datetime | None = None
    submitted_at: datetime | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)  # criterion -> masked text
    note: str = ""
    score: float | None = None
    critical: tuple[str, ...] = ()
    asked_critical: bool = False
    confirmed_at: datetime | None = None  # a critical failure, by a second person
    confirmed_by: str | None = None
    is_confirmed: bool | None = None
    appeal: Decision | None = None

    @property
    def state(self) -> str:
        """One of assigned, draft, submitted, appealed, upheld, rejected."""
        if self.submitted_at is None:
            return DRAFT if self.saved_at else ASSIGNED
        return state_of(self.appeal) if self.appeal else SUBMITTED


@dataclass(frozen=True)
class Contest:
    """An operator's appeal that a contact be left out of the score."""

    appeal_id: str
    contact_id: str
    operator_id: str
    appeal: Decision


def mates(review_id: str) -> tuple[str, ...]:
    """Return the ids the blind pair of a review would have: of the other one, and its own.

    >>> mates("r-1"), mates("r-1-2")
    (('r-1', 'r-1-2'), ('r-1', 'r-1-2'))
    """
    first = review_id.removesuffix(SECOND)
    return first, first + SECOND


def state_of(appeal: Decision) -> str:
    """Return appealed (open), upheld or rejected."""
    if appeal.is_upheld is None:
        return APPEALED
    return UPHELD if appeal.is_upheld else REJECTED


def reviews(acts: Iterable[Act]) -> dict[str, Review]:
    """Return the reviews of acts in their order, by id."""
    found: dict[str, Review] = {}
    for act in acts:
        if act.kind == "assigned":
            found[act.subject] = _assigned(act)
        elif act.subject in found:
            found[act.subject] = replace(_after(found[act.subject], act), seq=act.seq)
    return found


def contests(acts: Iterable[Act]) -> dict[str, Contest]:
    """Return the contested contacts of acts in their order, by id."""
    found: dict[str, Contest] = {}
    for act in acts:
        if act.kind == "contested":
            found[act.subject] = Contest(
                appeal_id=act.subject,
                contact_id=act.args["contact_id"],
                operator_id=act.args["operator_id"],
                appeal=_appeal(act),
            )
        elif act.kind == "decided" and act.subject in found:
            contest = found[act.subject]
            found[act.subject] = replace(contest, appeal=_decided(contest.appeal, act))
    return found


def _assigned(act: Act) -> Review:
    args = act.args
    return Review(
        review_id=act.subject,
        seq=act.seq,
        contact_id=args["contact_id"],
        operator_id=args["operator_id"],
        reviewer=args["reviewer"],
        how=args["how"],
        sample_id=args["sample_id"],
        form_from=args["form_from"],
        criteria=tuple(args["criteria"]),
        assigned_at=act.acted_at,
        assigned_by=act.who,
        pair_id=args.get("pair_id"),
        reasons=tuple(args.get("reasons") or ()),
        facts=args["facts"],
    )


def _after(review: Review, act: Act) -> Review:
    if act.kind in ("drafted", "submitted"):
        filled = replace(
            review,
            saved_at=act.acted_at,
            answers=act.args["answers"],
            notes=act.args["notes"],
            note=act.args["note"],
        )
        if act.kind == "drafted":
            return filled
        return replace(
            filled,
            submitted_at=act.acted_at,
            score=act.args["score"],
            critical=tuple(act.args["critical"]),
            asked_critical=act.args["asked_critical"],
        )
    if act.kind == "confirmed":
        return replace(
            review,
            confirmed_at=act.acted_at,
            confirmed_by=act.who,
            is_confirmed=act.args["is_confirmed"],
        )
    if act.kind == "appealed":
        return replace(review, appeal=_appeal(act))
    if act.kind == "decided" and review.appeal:
        return replace(review, appeal=_decided(review.appeal, act))
    return review


def _appeal(act: Act) -> Decision:
    return Decision(appealed_at=act.acted_at, appealed_by=act.who, text=act.args["text"])


def _decided(appeal: Decision, act: Act) -> Decision:
    return replace(
        appeal,
        decided_at=act.acted_at,
        decided_by=act.who,
        is_upheld=act.args["is_upheld"],
        decision=act.args["text"],
    )
