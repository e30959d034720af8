"""Conditions of promises: the small language of `applies` and `property`, read into a tree.

Two-valued: an unknown (null) field makes its condition false, also under `not: value`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.reference.vocabulary import FIELDS, MOMENTS
from pipelines.reference.yaml_rows import Row

Value = str | float | bool
OPERATORS = {"at_most": "<=", "at_least": ">=", "less_than": "<", "more_than": ">"}


@dataclass(frozen=True)
class Field:
    """`field operator value`: in, not in, known, unknown, or a comparison of OPERATORS."""

    name: str
    operator: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Has:
    """At least one of the moments exists."""

    moments: tuple[str, ...]


@dataclass(frozen=True)
class Within:
    """A moment exists and is not later than another moment plus limit_s seconds."""

    moment: str
    of: str
    limit_s: int


@dataclass(frozen=True)
class Every:
    """All parts hold; no parts: true."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Known = Mapping[str, Iterable[str]]
Condition = Field | Has | Within | Every | AnyOf | Not
ALWAYS = Every(())


def read_condition(row: object, parent: Row, key: str, known: Known) -> Condition:
    """Read one condition; `known` lists the ids reference data has for a field (line, category…).

    Raises:
        ReferenceDataError: an unknown field, moment or operator, with the nearest right word.
    """
    if not isinstance(row, Row):
        parent.fail(f"{key}: wants `field: value` pairs", key)
    words = ("all", "any", "not", "has", "lacks", "within")
    row.check((*words, *FIELDS))
    parts: list[Condition] = []
    for name in row:
        if name in ("all", "any"):
            inner = tuple(read_condition(r, row, name, known) for r in row.rows(name))
            parts.append(Every(inner) if name == "all" else AnyOf(inner))
        elif name == "not":
            parts.append(Not(read_condition(row[name], row, name, known)))
        elif name in ("has", "lacks"):
            moments = row.words(name)
            for moment in moments:
                row.word(moment, MOMENTS, name)
            parts.append(Has(moments) if name == "has" else Not(Has(moments)))
        elif name == "within":
            parts.append(_within(row))
        else:
            parts.extend(_field(row, name, known))
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _within(row: Row) -> Within:
    inner = row["within"]
    if not isinstance(inner, Row):
        row.fail("within: wants {moment: …, of: …, limit: PT30M}", "within")
    inner.check(("moment", "of", "limit"), ("moment", "of"))
    for key in ("moment", "of"):
        inner.word(inner[key], MOMENTS, key)
    return Within(inner["moment"], inner["of"], inner.duration("limit", "PT0S"))


def _field(row: Row, name: str, known: Known) -> list[Condition]:
    value = row[name]
    if not isinstance(value, Row):
        return [Field(name, "in", _values(row, name, value, name, known))]
    value.check(("not", "known", *OPERATORS))
    parts: list[Condition] = []
    for word, operand in value.items():
        if word == "not":
            parts.append(Field(name, "not in", _values(value, word, operand, name, known)))
        elif word == "known":
            if not isinstance(operand, bool):
                value.fail("known: true or false", word)
            parts.append(Field(name, "known" if operand else "unknown"))
        else:
            if FIELDS[name][0] != "number":
                value.fail(f"{name} is no number: {word} does not fit", word)
            parts.append(Field(name, OPERATORS[word], (value.number(word),)))
    return parts


def _values(row: Row, key: str, value: object, field: str, known: Known) -> tuple[Value, ...]:
    kind = {"text": str, "bool": bool, "number": int | float}[FIELDS[field][0]]
    values = value if isinstance(value, list) else [value]
    for item in values:
        # the trap of YAML: `no` is false, 112 a number
        if not isinstance(item, kind) or (kind is not bool and isinstance(item, bool)):
            row.fail(f"{field}: '{item}' is not a {FIELDS[field][0]}; texts want quotes", key)
        if field in known:
            row.word(item, known[field], field if field in row else key)
    return tuple(values)
