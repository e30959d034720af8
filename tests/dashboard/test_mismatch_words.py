"""Whatever reconciliation finds has words."""

import re

from dashboard.components.mismatch_words import EVIDENCE, FINDINGS
from pipelines.metrics.mismatch import FINDINGS as FOUND
from pipelines.metrics.stakes import EFFECTS

CODE = re.compile(r"(?:then|else) '(\w+)'|'(\w+)' as evidence")


def test_every_finding_and_every_evidence_has_words():
    assert set(FINDINGS) == {*FOUND, "all"}
    codes = {one or two for sql in FOUND.values() for one, two in CODE.findall(sql)}
    assert codes - EFFECTS.keys() == set(EVIDENCE)
