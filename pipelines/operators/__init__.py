"""Fair operator scores: case-mix adjusted, shrunk, with their uncertainty. See docs/score.md.

Writes nothing but lake.operator_scores, operator_help, operator_contrasts, operator_base (with its
strata) and coaching_effects, and those only through `refresh` and `score_history`.
"""

from pipelines.operators.refresh import refresh, score_history
from pipelines.operators.score import score

__all__ = ["refresh", "score", "score_history"]
