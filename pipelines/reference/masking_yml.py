"""Read masking.yml: what looks like personal data in this hotline's texts and is not."""

import re

from pipelines.reference.model import Masking
from pipelines.reference.yaml_rows import Row


def read_masking(top: Row) -> Masking:
    """Return the forms of case numbers and the words that are no names."""
    top.check(("case_numbers", "words"), ("case_numbers",))
    patterns = top.words("case_numbers")
    for pattern in patterns:
        try:
            matches_nothing = re.compile(pattern).fullmatch("") is not None
        except re.error as error:
            top.fail(f"case_numbers: '{pattern}' is no regular expression: {error}", "case_numbers")
        if matches_nothing:
            top.fail(f"case_numbers: '{pattern}' also fits no number at all", "case_numbers")
    return Masking(patterns, frozenset(word.lower() for word in top.words("words")))
