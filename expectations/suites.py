"""The Great Expectations suites: one expectation a rule, or all rules in one for the live tick."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from expectations.rule import Rule
from expectations.rules import rules_for

if TYPE_CHECKING:
    import great_expectations as gx


def rows_query(rule: Rule, table: str = "{batch}") -> str:
    """Return SQL of the rows that break one rule: row_no, expectation."""
    return f"select row_no, '{rule.id}' as expectation from {table} where {rule.bad}"


def combined_query(rules: Sequence[Rule], table: str = "{batch}") -> str:
    """Return SQL of the rows that break any of the rules: row_no, expectation; one scan."""
    # each rule is asked of whole columns once; its name is put only to rows that break any
    judged = ", ".join(f'({rule.bad}) as "{rule.id}"' for rule in rules)
    names = ", ".join(f'"{rule.id}"' for rule in rules)
    broken = ", ".join(f"case when \"{rule.id}\" then '{rule.id}' end" for rule in rules)
    return (
        "select row_no, expectation from ("
        f"select row_no, unnest([{broken}]) as expectation"
        f" from (select row_no, {judged} from {table}) as judged where greatest({names})"
        ") as listed where expectation is not null"
    )


def suite(
    dataset: str, rules: Sequence[Rule] | None = None, *, is_listed: bool = False
) -> "gx.ExpectationSuite":
    """Return the suite of a dataset: one expectation a rule, its words and action beside it.

    Args:
        dataset: calls, chats, feedback, operators, journal or events.
        rules: the rules to take; None: all of the dataset.
        is_listed: the rows that break a rule are listed (`combined_query`), not only counted.
    """
    return _suite(dataset, tuple(rules_for(dataset) if rules is None else rules), is_listed)


@functools.lru_cache(maxsize=64)  # a worker asks for the same ones again and again
def _suite(dataset: str, rules: tuple[Rule, ...], is_listed: bool) -> "gx.ExpectationSuite":
    from expectations import pushdown

    def made(rule: Rule, **said: Any) -> pushdown.ExpectNoRowToBreakRule:
        if is_listed:
            return pushdown.ExpectNoRowListed(rule=rule.id, **said)
        return pushdown.ExpectNoRowToBreakRule(**said)

    return pushdown.ExpectationSuite(
        name=dataset,
        expectations=[
            made(
                rule,
                condition=rule.bad,
                unexpected_rows_query=rows_query(_escaped(rule)),
                severity=pushdown.FailureSeverity(rule.severity),
                description=rule.description.ru,
                meta={
                    "rule": rule.id,
                    "action": rule.action.ru,
                    "description_en": rule.description.en,
                    "action_en": rule.action.en,
                },
            )
            for rule in rules
        ],
    )


@functools.lru_cache(maxsize=32)
def quick_suite(dataset: str, rules: tuple[Rule, ...]) -> "gx.ExpectationSuite":
    """Return a suite of one expectation that holds all the rules: for a tick of few rows.

    Kept for the next tick: to make one takes longer than to ask it. It counts the rows that break
    any of the rules.
    """
    from expectations.pushdown import ExpectationSuite, ExpectNoRowToBreakRule, FailureSeverity

    return ExpectationSuite(
        name=f"{dataset}_quick",
        expectations=[
            ExpectNoRowToBreakRule(
                condition=" or ".join(f"({rule.bad})" for rule in rules) or "false",
                unexpected_rows_query=combined_query([_escaped(rule) for rule in rules]),
                severity=FailureSeverity.CRITICAL,
                description="Ни одна строка не нарушает правил набора",
            )
        ],
    )


def _escaped(rule: Rule) -> Rule:
    """GX fills `{batch}` in by str.format: braces of the SQL itself are doubled."""
    if "{" not in rule.bad and "}" not in rule.bad:
        return rule
    bad = rule.bad.replace("{", "{{").replace("}", "}}")
    return Rule(**{**vars(rule), "bad": bad})
