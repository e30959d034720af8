"""What a source must know to be in a promise's base, found from the promise itself."""

from collections.abc import Sequence

from pipelines.reference.conditions import AnyOf, Condition, Every, Field, Has, Not, Within
from pipelines.reference.vocabulary import DERIVED_MOMENTS, FIELDS, STAND_INS

Group = tuple[str, ...]  # any of these items


def needed(applies: Condition, holds: Condition | None, stop: Sequence[str]) -> tuple[Group, ...]:
    """Return the groups of items; a source must provide at least one item of every group.

    The stop needs one of its moments, the filter all its fields; of an `any`, one part is enough.
    """
    groups = set(_condition(applies)) | (set(_condition(holds)) if holds else set())
    stops = [_moment(name) for name in stop]
    if stops and all(stops):
        groups.add(tuple(sorted({item for group in stops for item in group})))
    return tuple(sorted(groups))


def _moment(name: str) -> Group:
    if name in DERIVED_MOMENTS:
        return DERIVED_MOMENTS[name]
    return (name, *STAND_INS.get(name, ()))


def _condition(part: Condition) -> list[Group]:
    match part:
        case Field(name=name):
            return [FIELDS[name][1]] if FIELDS[name][1] else []
        case Has(moments=moments):
            groups = [_moment(m) for m in moments]
            return [tuple(sorted({i for g in groups for i in g}))] if groups and all(groups) else []
        case Within(moment=moment, of=of):
            return [g for g in (_moment(moment), _moment(of)) if g]
        case Not(part=inner):
            # `not complex`, `no interpreter joined`: a source that cannot know has none
            return [] if isinstance(inner, Has | Within) else _condition(inner)
        case AnyOf(parts=parts):
            inner_groups = [_condition(p) for p in parts]
            if not all(inner_groups):
                return []
            return [tuple(sorted({i for groups in inner_groups for g in groups for i in g}))]
        case Every(parts=parts):
            return [group for p in parts for group in _condition(p)]
