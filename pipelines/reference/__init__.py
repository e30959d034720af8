"""Reference data: facts of the hotline, read from YAML (setting `reference`).

`load(folder)` reads and checks the files, `attach(con, reference)` makes the ref_* tables.
Another owner replaces the folder whole; nothing in the code names a line, category or promise.
"""

from pipelines.reference.attach import attach, digits
from pipelines.reference.load import load
from pipelines.reference.model import (
    AlertRule,
    Criterion,
    Item,
    Label,
    Line,
    Person,
    Promise,
    Receiver,
    Reference,
    Region,
    Rules,
    ScoreVersion,
    Sentence,
)  # fmt: skip
from pipelines.reference.vocabulary import EVENT_KINDS

__all__ = [
    "EVENT_KINDS", "AlertRule", "Criterion", "Item", "Label", "Line", "Person", "Promise",
    "Receiver", "Reference", "Region", "Rules", "ScoreVersion", "Sentence",
    "attach", "digits", "load",
]  # fmt: skip
