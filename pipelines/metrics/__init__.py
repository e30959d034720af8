"""The only place a figure is computed: pages, command line, reports and export all ask here.

Every function takes an open lake and a `Query` (period, groups, filters, moment, scope) and returns
a Polars frame or plain values; words and colours belong to the callers. See docs/metrics.md.
"""

from pipelines.metrics.actions import actions
from pipelines.metrics.arrivals import arrivals
from pipelines.metrics.aside import aside, asides
from pipelines.metrics.board import board
from pipelines.metrics.board_debt import unserved
from pipelines.metrics.burst_detail import burst_detail
from pipelines.metrics.burst_onset import burst_onset
from pipelines.metrics.bursts import bursts, with_parts
from pipelines.metrics.calibration import calibration
from pipelines.metrics.case_course import case_course, nearest
from pipelines.metrics.case_mix import case_mix
from pipelines.metrics.coaching import coached, coaching
from pipelines.metrics.coaching_examples import coaching_examples
from pipelines.metrics.contact import contact
from pipelines.metrics.data import files, freshness
from pipelines.metrics.decisions import decisions
from pipelines.metrics.doubt import doubt
from pipelines.metrics.failures import failure_sums, failures
from pipelines.metrics.fairness import fairness
from pipelines.metrics.fulfilment import fulfilment, standing
from pipelines.metrics.funnel import funnel
from pipelines.metrics.growing import emerging, persistent
from pipelines.metrics.incident_rows import targets
from pipelines.metrics.incidents import going_on, incident_for, incidents, to_notify
from pipelines.metrics.labelling import (
    category_models,
    category_quality,
    category_queue,
    labelling_counts,
)
from pipelines.metrics.ledger import ledger, ledger_files
from pipelines.metrics.listed import Listed, contacts
from pipelines.metrics.operators import operators
from pipelines.metrics.passport import passport
from pipelines.metrics.phrases import phrases
from pipelines.metrics.postmortem import postmortem
from pipelines.metrics.problems import problems
from pipelines.metrics.promised import promises
from pipelines.metrics.quality import quality
from pipelines.metrics.quarantine import (
    quarantine,
    quarantine_counts,
    quarantine_row,
    rows_behind,
)
from pipelines.metrics.query import EVERYTHING, GROUPS, Query, Scope, parse_moment, parse_week
from pipelines.metrics.readings import beside, readings
from pipelines.metrics.recoded import recoded
from pipelines.metrics.reconciliation import mismatches, reconciliation
from pipelines.metrics.recurring import recurring, recurring_days, recurring_sums
from pipelines.metrics.resolution import called_again, chains, resolution, resolution_sums
from pipelines.metrics.reviews import (
    appeals,
    contact_reviews,
    critical,
    queue,
    review,
    review_samples,
    reviews,
)
from pipelines.metrics.rhythm import rhythm
from pipelines.metrics.risk import risk
from pipelines.metrics.score_contacts import score_contacts, score_contacts_of
from pipelines.metrics.score_course import score_course
from pipelines.metrics.scored import (
    first_operator,
    score_periods,
    score_scale,
    scored,
    scored_parts,
)
from pipelines.metrics.sentences import seed_map, seed_people
from pipelines.metrics.served import served
from pipelines.metrics.shift_log import shift_log
from pipelines.metrics.sides import promise_sides
from pipelines.metrics.sla import sla
from pipelines.metrics.subtopics import (
    none_sums,
    subtopic_acts,
    subtopic_fit,
    subtopics,
    subtopics_standing,
)
from pipelines.metrics.timeline import timeline
from pipelines.metrics.topic_sides import SIDES, topic_hours, topic_sides
from pipelines.metrics.topics import topic_weeks, topics
from pipelines.metrics.trend import heatmap, trend
from pipelines.metrics.unknowing import unknowing
from pipelines.metrics.volume import volume
from pipelines.metrics.week import week
from pipelines.metrics.week_demand import due
from pipelines.metrics.week_headline import Difference, Figure, differences, figure, headline
from pipelines.metrics.weeks import held, weeks
from pipelines.metrics.why_rows import why_rows

__all__ = [
    "EVERYTHING",
    "GROUPS",
    "SIDES",
    "Difference",
    "Figure",
    "Listed",
    "Query",
    "Scope",
    "actions",
    "appeals",
    "arrivals",
    "aside",
    "asides",
    "beside",
    "board",
    "burst_detail",
    "burst_onset",
    "bursts",
    "calibration",
    "called_again",
    "case_course",
    "case_mix",
    "category_models",
    "category_quality",
    "category_queue",
    "chains",
    "coached",
    "coaching",
    "coaching_examples",
    "contact",
    "contact_reviews",
    "contacts",
    "critical",
    "decisions",
    "differences",
    "doubt",
    "due",
    "emerging",
    "failure_sums",
    "failures",
    "fairness",
    "figure",
    "files",
    "first_operator",
    "freshness",
    "fulfilment",
    "funnel",
    "going_on",
    "headline",
    "heatmap",
    "held",
    "incident_for",
    "incidents",
    "labelling_counts",
    "ledger",
    "ledger_files",
    "mismatches",
    "nearest",
    "none_sums",
    "operators",
    "parse_moment",
    "parse_week",
    "passport",
    "persistent",
    "phrases",
    "postmortem",
    "problems",
    "promise_sides",
    "promises",
    "quality",
    "quarantine",
    "quarantine_counts",
    "quarantine_row",
    "queue",
    "readings",
    "recoded",
    "reconciliation",
    "recurring",
    "recurring_days",
    "recurring_sums",
    "resolution",
    "resolution_sums",
    "review",
    "review_samples",
    "reviews",
    "rhythm",
    "risk",
    "rows_behind",
    "score_contacts",
    "score_contacts_of",
    "score_course",
    "score_periods",
    "score_scale",
    "scored",
    "scored_parts",
    "seed_map",
    "seed_people",
    "served",
    "shift_log",
    "sla",
    "standing",
    "subtopic_acts",
    "subtopic_fit",
    "subtopics",
    "subtopics_standing",
    "targets",
    "timeline",
    "to_notify",
    "topic_hours",
    "topic_sides",
    "topic_weeks",
    "topics",
    "trend",
    "unknowing",
    "unserved",
    "volume",
    "week",
    "weeks",
    "why_rows",
    "with_parts",
]
