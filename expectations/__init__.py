"""Rules of data quality per dataset, and the Great Expectations suites made of them.

Rules are data (`rules.RULES`); from them come the full suite for files and one combined
expectation for the live tick. Knows nothing of the pipelines that call it.
"""

from expectations.rule import Rule, Text
from expectations.rules import RULES, rules_for
from expectations.suites import suite
from expectations.validation import Validation, validate, warm

__all__ = ["RULES", "Rule", "Text", "Validation", "rules_for", "suite", "validate", "warm"]
