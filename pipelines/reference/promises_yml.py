"""Read promises.yml: rows to `Promise` values, versions in order, every word checked."""

from collections.abc import Sequence
from datetime import date
from types import MappingProxyType

from pipelines.reference.conditions import ALWAYS, Condition, Known, read_condition
from pipelines.reference.model import Moments, Promise
from pipelines.reference.needs import needed
from pipelines.reference.vocabulary import (
    APART,
    BASES,
    BESIDE_BY,
    CALENDARS,
    DUE_FIELDS,
    EVENT_KINDS,
    FIELDS,
    KINDS,
    MOMENTS,
    ON_ABANDON,
    PAUSES,
    SUBJECTS,
)  # fmt: skip
from pipelines.reference.yaml_rows import Row

KEYS = (
    "id", "label", "seed", "kind", "subject", "applies", "start", "stop", "property", "unless",
    "target", "complex_target", "goal", "goal_basis", "calendar", "on_abandon", "cancel_on",
    "pause", "matures_after", "provides", "basis", "seed_lines", "valid_from", "valid_to", "note",
    "passport_of", "apart", "beside",
)  # fmt: skip


def read_promises(top: Row, known: Known) -> tuple[Promise, ...]:
    """Read all promises.

    Raises:
        ReferenceDataError: an unknown key, kind, moment, field or unit; rows with one id whose
            dates overlap; a clock without start, stop or target.
    """
    top.check(("conditions", "promises"), ("promises",))
    found: dict[str, list[Promise]] = {}
    for row in top.rows("promises"):
        row.check(KEYS, ("id", "label", "kind", "basis"))
        earlier = found.setdefault(row.text("id"), [])
        promise = _promise(row, known, len(earlier) + 1)
        if earlier and not _follows(earlier[-1], promise):
            row.fail(
                f"duplicate id '{promise.id}': a new version needs valid_from on or after the "
                f"valid_to of the version before it",
                "id",
            )
        earlier.append(promise)
        if promise.passport_of and promise.passport_of not in found:
            row.word(promise.passport_of, found, "passport_of")
    for row in top.rows("promises"):  # one may name those below it
        for name, _ in _beside(row):
            row.word(name, found, "beside")
    return tuple(p for versions in found.values() for p in versions)


def _follows(old: Promise, new: Promise) -> bool:
    return bool(old.valid_to and new.valid_from and new.valid_from >= old.valid_to)


def _promise(row: Row, known: Known, version: int) -> Promise:
    kind = row.one_of("kind", KINDS, "")
    subject = row.one_of("subject", SUBJECTS, "contact")
    applies = read_condition(row["applies"], row, "applies", known) if "applies" in row else ALWAYS
    holds = read_condition(row["property"], row, "property", known) if "property" in row else None
    due_field, target_s = _target(row)
    start, stop = _moments(row, "start", "first"), _moments(row, "stop", "earliest")
    unless, cancel_on = _moment_list(row, "unless"), _moment_list(row, "cancel_on")
    _check_shape(row, kind, subject, has_target=bool(due_field) or target_s is not None)
    lines = row.words("seed_lines")
    for line in lines:
        row.word(line, known["line"], "seed_lines")
    goal = row.number("goal") if "goal" in row else None
    if goal is not None and not 0 <= goal <= 1:
        row.fail(f"goal: {goal} is not a share between 0 and 1", "goal")
    valid_from, valid_to = row.day("valid_from"), row.day("valid_to")
    _check_dates(row, valid_from, valid_to)
    return Promise(
        id=row.text("id"),
        version=version,
        label=row.labels(),
        seed=row.text("seed"),
        kind=kind,
        subject=subject,
        applies=applies,
        start=start,
        stop=stop,
        holds=holds,
        unless=unless,
        target_s=target_s,
        due_field=due_field,
        complex_target_s=row.duration("complex_target") if "complex_target" in row else None,
        goal=goal,
        goal_basis=row.one_of("goal_basis", BASES, "assumed"),
        calendar=row.one_of("calendar", (*CALENDARS, *known["calendar"]), "always"),
        on_abandon=row.one_of("on_abandon", ON_ABANDON, "cancel"),
        cancel_on=cancel_on,
        pause=row.one_of("pause", PAUSES, "none"),
        matures_s=row.duration("matures_after", "PT0S"),
        provides=_provides(row, applies, holds, stop.names),
        basis=row.one_of("basis", BASES, ""),
        seed_lines=lines,
        valid_from=valid_from,
        valid_to=valid_to,
        note=row.labels("note", required=False),
        passport_of=row.text("passport_of"),
        apart=_apart(row),
        beside=_beside(row),
    )


def _apart(row: Row) -> tuple[str, ...]:
    words = row.words("apart")
    for word in words:
        row.word(word, APART, "apart")
    return words


def _beside(row: Row) -> tuple[tuple[str, str], ...]:
    """Promises, each as a whole or by one group: `[a, {b: line}]`."""
    found = []
    for item in row.get("beside") or []:
        for name, group in item.items() if isinstance(item, Row) else [(item, "")]:
            if group:
                row.word(group, BESIDE_BY, "beside")
            found.append((name, group))
    return tuple(found)


def _check_shape(row: Row, kind: str, subject: str, *, has_target: bool) -> None:
    if kind == "coverage":
        return
    if kind in ("clock", "mean") and not has_target:
        row.fail(f"a {kind} needs a target")
    if subject == "incident":
        return
    if "start" not in row:
        row.fail(f"a {kind} needs start: [moments]")
    if kind in ("clock", "mean") and "stop" not in row:
        row.fail(f"a {kind} needs stop: [moments]")
    if kind == "share" and not row.keys() & {"stop", "property", "unless"}:
        row.fail("a share needs a property, a stop or an unless")


def _check_dates(row: Row, valid_from: date | None, valid_to: date | None) -> None:
    if valid_from and valid_to and valid_to <= valid_from:
        row.fail(f"valid_to {valid_to} is not after valid_from {valid_from}", "valid_to")


def _target(row: Row) -> tuple[str, int | None]:
    value = row.get("target")
    if value is None:
        return "", None
    parts = value if isinstance(value, list) else [value]
    field, seconds = "", None
    for part in parts:
        if part in DUE_FIELDS:
            field = part
        elif isinstance(part, str) and not part.startswith("P"):
            row.word(part, DUE_FIELDS, "target")
        else:
            seconds = row.seconds(part, "target")
    return field, seconds


def _moment_list(row: Row, key: str) -> tuple[str, ...]:
    names = row.words(key)
    for name in names:
        row.word(name, MOMENTS, key)
    return names


def _moments(row: Row, key: str, pick: str) -> Moments:
    value = row.get(key)
    if isinstance(value, Row):
        value.check(("earliest", "latest"))
        if len(value) != 1:
            value.fail("wants one of earliest: […] or latest: […]")
        pick = next(iter(value))
        return Moments(pick, _moment_list(value, pick))
    names, limits = [], {}
    for item in [value] if isinstance(value, str) else value or []:
        for name in item if isinstance(item, Row) else [item]:
            row.word(name, MOMENTS, key)
            names.append(name)
            if isinstance(item, Row):
                limits[name] = item.duration(name)
    return Moments(pick, tuple(names), MappingProxyType(limits))


def _provides(
    row: Row, applies: Condition, holds: Condition | None, stop: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    if "provides" not in row:
        return needed(applies, holds, stop)
    items = {item for _, group in FIELDS.values() for item in group}
    groups = tuple(tuple(group.split("|")) for group in row.words("provides"))
    for group in groups:
        for item in group:
            row.word(item, (*EVENT_KINDS, *items), "provides")
    return groups
