"""Tables of coaching: where help would move a score, and what became of what was agreed."""

COACHING_TABLES: dict[str, dict[str, str]] = {
    # key: period_start, period_end, operator_id, component, category. Where an operator stands to
    # peers on the same contacts, by component (category null) and, where the data say something,
    # by category. Written with operator_scores by pipelines/operators.
    "operator_help": {
        "period_start": "date",
        "period_end": "date",
        "operator_id": "varchar",
        "component": "varchar",
        "category": "varchar",  # null: the component as a whole
        "n": "bigint",  # contacts it was measured on
        "value": "double",  # observed: share; ln of seconds for aht
        "expected": "double",  # an average operator on the same contacts
        "probability": "double",  # that the true level is below that of peers
        "points": "double",  # what the score would gain if it were that of peers; less than 0: lose
    },
    # key: period_start, period_end, factor. What a circumstance of the work does to the score of
    # one and the same operator (pipelines/operators/within.py); written with operator_scores.
    "operator_contrasts": {
        "period_start": "date",
        "period_end": "date",
        "factor": "varchar",  # night, days_off, written, easiness
        "operators": "bigint",  # who have contacts of several values of it
        "points": "double",  # of the score, from value 0 of the factor to 1
        "sd": "double",
    },
    # key: coaching_id. What came after an agreed action, beside the operator's own earlier
    # contacts; written anew at each refresh until is_final (pipelines/operators/effects.py).
    "coaching_effects": {
        "coaching_id": "varchar",  # incident_id of its acts
        "measured_at": "timestamptz",
        "since": "date",  # first day counted as after
        "days": "integer",  # full days counted so far
        "n_before": "bigint",
        "n_after": "bigint",
        "value": "double",  # share after
        "expected": "double",  # share on the same contacts at the operator's own earlier level
        "low": "double",  # 95 % interval of value - expected
        "high": "double",
        "is_final": "boolean",  # all days have come and are mature: it changes no more
    },
}
