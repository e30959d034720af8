"""Read people.yml, scorecard.yml, score.yml and settings.yml."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from pipelines.reference.model import (
    Component,
    Criterion,
    Form,
    Item,
    Line,
    Person,
    Rules,
    Sampling,
    ScoreVersion,
)
from pipelines.reference.vocabulary import ROLES
from pipelines.reference.yaml_rows import Row, span, unique

SCORE_LIMITS = (
    "min_contacts", "min_reliability", "new_operator_days", "period_days", "fcr_days", "prior_m",
    "gap_points", "flag_attention", "flag_watch", "help_sure", "help_points", "help_most",
)  # fmt: skip


def read_people(top: Row, lines: Mapping[str, Line]) -> Mapping[str, Person]:
    """Return the profiles by id."""
    top.check(("people",), ("people",))
    people = {}
    for row in unique(top.rows("people")):
        row.check(("id", "role", "name", "teams", "lines", "operator_id"), ("id", "role", "name"))
        for line in row.words("lines"):
            row.word(line, lines, "lines")
        people[row["id"]] = Person(
            id=row["id"],
            role=row.one_of("role", ROLES, ""),
            name=row.labels("name"),
            teams=row.words("teams"),
            lines=row.words("lines"),
            operator_id=row.text("operator_id"),
        )
    return MappingProxyType(people)


def read_scorecard(top: Row, classes: Mapping[str, Item]) -> tuple[tuple[Form, ...], Sampling]:
    """Return the versions of the scorecard, oldest first and at least one; and the sampling."""
    top.check(("versions", "sampling"), ("versions", "sampling"))
    forms: dict[date, Form] = {}
    for version in top.rows("versions"):
        version.check(("valid_from", "criteria"), ("valid_from", "criteria"))
        day = version.day("valid_from") or date.min
        if day in forms:
            version.fail(f"valid_from: a second version of {day}", "valid_from")
        forms[day] = Form(
            day, tuple(_criterion(r, classes) for r in unique(version.rows("criteria")))
        )
    if not forms:
        top.fail("versions: write at least one version with its criteria", "versions")
    return tuple(forms[day] for day in sorted(forms)), _sampling(top["sampling"])


def _sampling(row: Row) -> Sampling:
    names = ("quota", "double_share", "low_rating")
    row.check(names, names)
    found = Sampling(int(row.number("quota")), row.number("double_share"), row.number("low_rating"))
    if found.quota < 1:
        row.fail(f"quota: {found.quota}; at least one contact an operator", "quota")
    if not 0 <= found.double_share <= 1:
        row.fail(f"double_share: {found.double_share} is not a share, 0 to 1", "double_share")
    return found


def _criterion(row: Row, classes: Mapping[str, Item]) -> Criterion:
    row.check(("id", "label", "critical", "applies", "weight", "seed", "basis"), ("id", "label"))
    for name in row.words("applies"):
        row.word(name, classes, "applies")
    is_critical = row.get("critical", False)
    if not isinstance(is_critical, bool):
        row.fail(f"critical: '{is_critical}' is not true or false", "critical")
    weight = row.number("weight", 1)
    if weight < 0 or (is_critical and weight):
        row.fail(f"weight: {weight}; a critical criterion weighs 0, no other less", "weight")
    return Criterion(
        id=row["id"],
        label=row.labels(),
        weight=weight,
        is_critical=is_critical,
        applies=row.words("applies"),
        seed=row.text("seed"),
    )


def read_scores(top: Row, categories: Mapping[str, Item]) -> tuple[ScoreVersion, ...]:
    """Return the versions of the operator score, oldest first."""
    top.check(("versions",), ("versions",))
    versions = []
    for row in top.rows("versions"):
        row.check(
            ("valid_from", "minimum", "components", "own_part", "strata", "base", "pending",
             *SCORE_LIMITS),
            ("valid_from", "minimum", "components"),
        )  # fmt: skip
        for name in row.words("pending"):
            row.word(name, categories, "pending")
        components = []
        for part in unique(row.rows("components")):
            part.check(("id", "label", "weight"), ("id", "label", "weight"))
            components.append(Component(part["id"], part.labels(), part.number("weight")))
        limits = {name: row.number(name) for name in SCORE_LIMITS if name in row}
        versions.append(
            ScoreVersion(
                valid_from=row.day("valid_from") or date.min,
                minimum=row.number("minimum"),
                components=tuple(components),
                limits=MappingProxyType(limits),
            )
        )
    return tuple(sorted(versions, key=lambda v: v.valid_from))


def read_rules(
    row: Row,
    lines: Mapping[str, Line],
    classes: Mapping[str, Item],
    categories: Mapping[str, Item],
) -> Rules:
    """Return settings.yml."""
    names = (
        "languages_spoken", "slot", "slot_offered", "slot_expected", "slot_weeks", "slot_weeks_min",
        "pause_max", "peak_ratio", "peak_weeks", "peak_weeks_min", "priority_horizon", "region_day",
        "reserve_line", "reserve_team", "english_skill", "wilson_z",
        "service_level_goal", "service_level_within",
        "first_classes", "long_talk_ratio", "long_hold", "long_wrap", "growth_window",
        "fault_classes", "fault_categories", "post_week",
        "category_sure", "category_contradicted",
    )  # fmt: skip
    row.check(names, names)
    row.word(row["reserve_line"], lines, "reserve_line")
    for name in row.words("first_classes"):
        row.word(name, classes, "first_classes")
    for name in row.words("fault_classes"):
        row.word(name, classes, "fault_classes")
    for name in row.words("fault_categories"):
        row.word(name, categories, "fault_categories")
    return Rules(
        languages_spoken=row.words("languages_spoken"),
        slot_s=row.duration("slot"),
        slot_offered=int(row.number("slot_offered")),
        slot_expected=row.number("slot_expected"),
        slot_weeks=int(row.number("slot_weeks")),
        slot_weeks_min=int(row.number("slot_weeks_min")),
        pause_max_s=row.duration("pause_max"),
        peak_ratio=row.number("peak_ratio"),
        peak_weeks=int(row.number("peak_weeks")),
        peak_weeks_min=int(row.number("peak_weeks_min")),
        priority_horizon_s=row.duration("priority_horizon"),
        region_day=span(row, "region_day"),
        reserve_line=row.text("reserve_line"),
        reserve_team=row.text("reserve_team"),
        english_skill=row.text("english_skill"),
        wilson_z=row.number("wilson_z"),
        level_goal=_share(row, "service_level_goal"),
        level_within_s=row.duration("service_level_within"),
        first_classes=row.words("first_classes"),
        long_talk_ratio=row.number("long_talk_ratio"),
        long_hold_s=row.duration("long_hold"),
        long_wrap_s=row.duration("long_wrap"),
        growth_window_s=row.duration("growth_window"),
        fault_classes=row.words("fault_classes"),
        fault_categories=row.words("fault_categories"),
        post_week_s=row.duration("post_week"),
        category_sure=_share(row, "category_sure"),
        category_contradicted=_share(row, "category_contradicted"),
    )


def _share(row: Row, name: str) -> float:
    value = row.number(name)
    if not 0 < value <= 1:
        row.fail(f"{name}: {value:g} is no share; write a number above 0, 1 at most", name)
    return value
