"""Carry the acts of the desk into the lake: `review_acts`, and the tables that follow from them.

Done by whoever holds the lake (the worker each tick, else a command); done twice it changes
nothing. Drafts stay on the desk: the lake learns that there is one, not what it says.
"""

from datetime import date, datetime
from typing import Any

from pipelines.acts import Act
from pipelines.lake.connect import Lake
from pipelines.lake.tables import insert_rows
from pipelines.reviews.acts import LOG
from pipelines.reviews.form import NO, YES
from pipelines.reviews.state import Contest, Decision, Review, contests, reviews, state_of

DRAFT = frozenset({"answers", "notes", "note"})
pending = LOG.pending
Rows = list[dict[str, object]]
_KEYS = {"reviews": "review_id", "review_answers": "review_id", "appeals": "appeal_id",
         "review_samples": "sample_id"}  # fmt: skip


def project(lake: Lake, after: int = 0) -> int:
    """Bring the lake up to the acts written after a `seq`; return the last one there is.

    Args:
        lake: open for writing; no transaction is open.
        after: what this process has carried before; 0: look at every act.
    """
    new, last = LOG.fresh(lake, after)
    if new:
        touched = sorted({act.subject for act in new if act.subject})
        of_touched = LOG.acts(lake.settings, subjects=touched)
        made = reviews(of_touched).values()
        contested = contests(of_touched).values()
        weights = _weights(LOG.acts(lake.settings, subjects={f"form:{r.form_from}" for r in made}))
        rows: dict[str, Rows] = {
            "reviews": [_review(r) for r in made],
            "review_answers": [row for r in made for row in _answers(r, weights)],
            "review_samples": [_sample(a) for a in of_touched if a.kind == "sampled"],
            "appeals": [_of_review(r, r.appeal) for r in made if r.appeal]
            + [_of_contact(c) for c in contested],
        }
        with lake.transaction():
            LOG.carry(lake, new, {"drafted": DRAFT})
            for table, some in rows.items():
                lake.con.execute(
                    f"delete from lake.{table} "
                    f"where list_contains($subjects::varchar[], {_KEYS[table]})",
                    {"subjects": touched},
                )
                insert_rows(lake.con, table, some)
    return last


def _review(review: Review) -> dict[str, object]:
    facts = review.facts
    is_in = review.submitted_at is not None
    return {
        "review_id": review.review_id,
        "contact_id": review.contact_id,
        "operator_id": review.operator_id,
        "reviewer": review.reviewer,
        "how": review.how,
        "reasons": ";".join(review.reasons) or None,
        "sample_id": review.sample_id,
        "pair_id": review.pair_id,
        "form_from": date.fromisoformat(review.form_from),
        "category": facts["category"],
        "line": facts["line"],
        "channel": facts["channel"],
        "received_at": datetime.fromisoformat(facts["received_at"]),
        "received_date": date.fromisoformat(facts["received_date"]),
        "assigned_at": review.assigned_at,
        "assigned_by": review.assigned_by,
        "reviewed_at": review.submitted_at,
        "state": review.state,
        "score": review.score,
        "n_asked": sum(a in (YES, NO) for a in review.answers.values()) if is_in else None,
        "asked_critical": review.asked_critical if is_in else None,
        "critical": ";".join(review.critical) or None,
        "is_confirmed": review.is_confirmed,
        "confirmed_by": review.confirmed_by,
        "note": (review.note or None) if is_in else None,
    }


def _answers(review: Review, weights: dict[tuple[str, str], dict[str, Any]]) -> Rows:
    if review.submitted_at is None:
        return []
    return [
        {
            "review_id": review.review_id,
            "criterion": name,
            "answer": answer,
            "weight": weights[review.form_from, name]["weight"],
            "is_critical": weights[review.form_from, name]["critical"],
            "note": review.notes.get(name),
            "received_date": date.fromisoformat(review.facts["received_date"]),
        }
        for name, answer in review.answers.items()
    ]


def _weights(forms: list[Act]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the frozen criteria by version and id: as they were when the form was used."""
    return {
        (act.subject.removeprefix("form:"), one["id"]): one
        for act in forms
        for one in act.args["criteria"]
    }


def _sample(act: Act) -> dict[str, object]:
    args = act.args
    return {
        "sample_id": act.subject,
        "made_at": act.acted_at,
        "made_by": act.who,
        "how": args["how"],
        "period_start": date.fromisoformat(args["period_start"]),
        "period_end": date.fromisoformat(args["period_end"]),
        "seed": args.get("seed"),
        "quota": args.get("quota"),
        "double_share": args.get("double_share"),
        "reviewers": ";".join(args["reviewers"]),
        "population": args["population"],
        "contacts": args["contacts"],
        "reviews": args["reviews"],
    }


def _of_review(review: Review, appeal: Decision) -> dict[str, object]:
    return _appeal(appeal) | {
        "appeal_id": review.review_id,
        "about": "review",
        "contact_id": review.contact_id,
        "review_id": review.review_id,
        "operator_id": review.operator_id,
    }


def _of_contact(contest: Contest) -> dict[str, object]:
    return _appeal(contest.appeal) | {
        "appeal_id": contest.appeal_id,
        "about": "contact",
        "contact_id": contest.contact_id,
        "operator_id": contest.operator_id,
    }


def _appeal(appeal: Decision) -> dict[str, object]:
    return {
        "appealed_at": appeal.appealed_at,
        "appealed_by": appeal.appealed_by,
        "text": appeal.text,
        "state": state_of(appeal),
        "decided_at": appeal.decided_at,
        "decided_by": appeal.decided_by,
        "decision": appeal.decision,
    }
