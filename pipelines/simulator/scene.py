"""A finished day with all that is known of it, as the makers of rows need it."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulator.course import Course
from pipelines.simulator.day import Day
from pipelines.simulator.identifiers import Identifiers
from pipelines.simulator.outcome import Outcome
from pipelines.simulator.parameters import (
    Flags,
    Floats,
    Ints,
    Parameters,
    Words,
)
from pipelines.simulator.population import Population
from pipelines.simulator.portal import Replies
from pipelines.simulator.staff import Staff

NUMBERS = {  # line -> numbers dialled, as in data/reference/lines.yml (a test holds it)
    "main": ("88005553535", "88001000000"), "faults": ("112",), "signature": ("88005550101",),
    "privacy": ("88005550202",), "business": ("88005550303",),
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """Everything known of a day, passed to the makers of rows."""

    params: Parameters
    people: Population
    team: Staff
    day: Day
    course: Course
    outcome: Outcome
    forms: Replies
    ids: Identifiers

    def at(self, seconds: Floats) -> Floats:
        """Return whole epoch seconds; nan stays nan."""
        return np.floor(seconds) + self.day.midnight_s

    def operator(self, index: Ints) -> Words:
        """Return operators' ids; None for -1."""
        return np.array([*self.team.ids, None], dtype=object)[index]


def frame(columns: dict[str, Floats | Words | Flags | Ints]) -> pl.DataFrame:
    """Return a frame of arrays: words as strings, nan as null."""
    made = {}
    for name, values in columns.items():
        if values.dtype == object:
            made[name] = pl.Series(name, values.tolist(), dtype=pl.String)
        elif values.dtype == np.float64:
            made[name] = pl.Series(name, values).fill_nan(None)
        else:
            made[name] = pl.Series(name, values)
    return pl.DataFrame(made)
