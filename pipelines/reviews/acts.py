"""The acts of reviewers, of operators, and of who decides between them."""

from pipelines.acts import Log

# subject of `form_used`: form_id; of `sampled`: sample_id; of `contested` (and its `decided`):
# appeal_id of a contact; of the rest: review_id
KINDS = (
    "form_used", "sampled", "assigned", "drafted", "submitted", "confirmed", "appealed",
    "contested", "decided",
)  # fmt: skip
LOG = Log("review_acts", "subject")
acts, write = LOG.acts, LOG.write
