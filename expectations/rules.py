"""Every rule of every dataset, in one place."""

from collections.abc import Collection, Sequence

from expectations import calls, cdr, chats, feedback, logs
from expectations.rule import Rule

RULES: tuple[Rule, ...] = (
    *calls.RULES, *chats.RULES, *feedback.RULES, *logs.RULES, *cdr.RULES,
)  # fmt: skip
DATASETS = tuple(dict.fromkeys(rule.dataset for rule in RULES))


def rules_for(dataset: str) -> tuple[Rule, ...]:
    """Return all rules of one dataset.

    Raises:
        KeyError: no such dataset.
    """
    if dataset not in DATASETS:
        raise KeyError(dataset)
    return tuple(rule for rule in RULES if rule.dataset == dataset)


def applicable(
    rules: Sequence[Rule], columns: Collection[str], tables: Collection[str]
) -> tuple[Rule, ...]:
    """Return the rules that mean something where only these columns and tables are known."""
    return tuple(
        rule
        for rule in rules
        if set(rule.needs) <= set(columns) and set(rule.tables) <= set(tables)
    )
