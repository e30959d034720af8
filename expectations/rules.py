"""Every rule of every dataset, in one place."""

from collections.abc import Collection

from expectations import calls, chats, feedback, logs
from expectations.rule import Rule

RULES: tuple[Rule, ...] = (*calls.RULES, *chats.RULES, *feedback.RULES, *logs.RULES)
DATASETS = tuple(dict.fromkeys(rule.dataset for rule in RULES))


def rules_for(
    dataset: str, columns: Collection[str] | None = None, tables: Collection[str] = ()
) -> tuple[Rule, ...]:
    """Return the rules that can be applied to rows of one dataset.

    Args:
        dataset: one of DATASETS.
        columns: what the source provides; None: everything, and every reference table.
        tables: reference tables there are.

    Raises:
        KeyError: no such dataset.
    """
    if dataset not in DATASETS:
        raise KeyError(dataset)
    return tuple(
        rule
        for rule in RULES
        if rule.dataset == dataset
        and (
            columns is None or (set(rule.needs) <= set(columns) and set(rule.tables) <= set(tables))
        )
    )
