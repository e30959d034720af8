"""The scorecard in use: its frozen versions, and what a filled-in one is worth."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.acts import Act, New
from pipelines.errors import ReferenceDataError
from pipelines.reference.model import Form, Reference

YES, NO, NOT_APPLICABLE = "yes", "no", "na"
ANSWERS = (YES, NO, NOT_APPLICABLE)


@dataclass(frozen=True)
class Result:
    """A filled-in form: score 0..100 of what is not critical, and the critical failures.

    score is None where nothing applied.
    """

    score: float | None
    critical: tuple[str, ...]  # ids of critical criteria answered `no`
    asked_critical: bool  # whether any critical criterion applied


def form_id(form: Form) -> str:
    """Return the id under which a version is frozen.

    >>> from datetime import date
    >>> form_id(Form(date(2025, 1, 1), ()))
    'form:2025-01-01'
    """
    return f"form:{form.valid_from.isoformat()}"


def content(form: Form) -> list[dict[str, Any]]:
    """Return what of a version is frozen: all that a reviewer reads and a score counts."""
    return [
        {
            "id": c.id,
            "label": list(c.label),
            "weight": c.weight,
            "critical": c.is_critical,
            "applies": list(c.applies),
        }
        for c in form.criteria
    ]


def fingerprint(form: Form) -> str:
    """Return a hash of the frozen content."""
    text = json.dumps(content(form), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def used(form: Form, acts: Iterable[Act]) -> list[New]:
    """Return the act that freezes a version at its first use; none where it is frozen already.

    Raises:
        ReferenceDataError: the version was used and reads otherwise now.
    """
    known = [a for a in acts if a.kind == "form_used" and a.subject == form_id(form)]
    for act in known:
        _same(form, act)
    if known:
        return []
    return [New("form_used", form_id(form),
                {"fingerprint": fingerprint(form), "criteria": content(form)})]  # fmt: skip


def check_frozen(reference: Reference, acts: Iterable[Act]) -> None:
    """Hold every used version to what it was.

    Raises:
        ReferenceDataError: a used version was changed or taken away; says which and what to do.
    """
    forms = {form_id(form): form for form in reference.forms}
    for act in acts:
        if act.kind != "form_used":
            continue
        if act.subject not in forms:
            raise ReferenceDataError(
                f"scorecard.yml: the version of {act.subject.removeprefix('form:')} was used for "
                f"reviews since {act.acted_at:%Y-%m-%d} and is gone. Put it back."
            )
        _same(forms[act.subject], act)


def _same(form: Form, act: Act) -> None:
    if act.args["fingerprint"] == fingerprint(form):
        return
    was = {c["id"]: c for c in act.args["criteria"]}
    now = {c["id"]: c for c in content(form)}
    changed = sorted(k for k in was.keys() | now.keys() if was.get(k) != now.get(k))
    raise ReferenceDataError(
        f"scorecard.yml: the version of {form.valid_from} is used for reviews since "
        f"{act.acted_at:%Y-%m-%d} and was changed ({', '.join(changed) or 'order of criteria'}). "
        f"Put it back and add a version with a later valid_from."
    )


def result(form: Form, answers: Mapping[str, str]) -> Result:
    """Return what answers are worth: 100 * weights of `yes` / weights of `yes` and `no`.

    Critical criteria never enter the score. Source: methods.md 1.2, QA score.

    Args:
        answers: criterion -> yes, no or na.
    """
    counted = [c for c in form.criteria if answers.get(c.id) in (YES, NO)]
    critical = [c for c in counted if c.is_critical]
    plain = [c for c in counted if not c.is_critical]
    total = sum(c.weight for c in plain)
    earned = sum(c.weight for c in plain if answers[c.id] == YES)
    return Result(
        score=100 * earned / total if total else None,
        critical=tuple(c.id for c in critical if answers[c.id] == NO),
        asked_critical=bool(critical),
    )
