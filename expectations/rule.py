"""A rule of data quality: what is wrong with a row, why it matters, what to do about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

ENUM_WORDS = 24  # from so many words on a lookup costs less than a list

Severity = Literal["critical", "warning"]


class Text(NamedTuple):
    """One sentence in the two languages of the product."""

    ru: str
    en: str


@dataclass(frozen=True)
class Rule:
    """One rule over the staged rows of one dataset.

    id: unique over all datasets, `<dataset>.<what must hold>`.
    severity: critical sends the row to quarantine; warning is shown and the row goes on.
    needs: columns the source must provide for the rule to mean anything.
    bad: SQL over one row, true when the row breaks the rule; null counts as false.
    tables: reference tables `bad` reads; where one is absent the rule is not applied.
    """

    id: str
    dataset: str
    severity: Severity
    description: Text
    action: Text
    needs: tuple[str, ...]
    bad: str
    tables: tuple[str, ...] = ()


def listed(words: Iterable[str]) -> str:
    """Return words of our own vocabulary as an SQL list.

    >>> listed(["login", "logout"])
    "('login', 'logout')"
    """
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


def unknown(value: str, words: Sequence[str]) -> str:
    """Return SQL that is true where a text, which is not null, is none of our own words.

    A list is gone through word by word, an enum looks up: one of 184 words costs a tenth.

    >>> unknown("state", ["login", "logout"])
    "state not in ('login', 'logout')"
    """
    if len(words) < ENUM_WORDS:
        return f"{value} not in {listed(words)}"
    return f"try_cast({value} as enum {listed(words)}) is null"


def blank(column: str) -> str:
    """Return SQL that is true where a column holds no text: null, or spaces alone.

    Most texts begin with a character that shows: only others are trimmed, which costs ten times as
    much. A case is asked of its own rows alone, the two sides of an `or` of all.
    """
    return (
        f"case when {column} between '!' and '~' then false"
        f" else coalesce(trim({column}), '') = '' end"
    )


def seconds(first: str, then: str) -> str:
    """Return SQL of the seconds between two times; whole microseconds cost half of `epoch`."""
    return f"(epoch_us({then}) - epoch_us({first})) / 1000000"


def earliest(columns: Iterable[str]) -> str:
    """Return SQL of the earliest of some times; nulls are left out by `least` itself."""
    return f"least({', '.join(columns)})"


def latest(columns: Iterable[str]) -> str:
    """Return SQL of the latest of some times; nulls are left out by `greatest` itself."""
    return f"greatest({', '.join(columns)})"
