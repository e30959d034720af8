"""Values of reference data: what the YAML files say, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from pipelines.reference.conditions import ALWAYS, Condition

Label = tuple[str, str]  # Russian, English


@dataclass(frozen=True)
class Line:
    """A line of the hotline. hours: (ISO weekday, opens_s, closes_s); empty = staffed always."""

    id: str
    label: Label
    numbers: tuple[str, ...]
    queues: tuple[str, ...]
    skill: str
    hours: tuple[tuple[int, int, int], ...]
    off_hours_menu: tuple[str, ...]
    basis: str
    seed: str
    note: Label

    @property
    def is_always(self) -> bool:
        """Staffed day and night."""
        return not self.hours


@dataclass(frozen=True)
class Item:
    """A word with a label: a class, category, menu choice, channel, skill or feedback type."""

    id: str
    label: Label
    seed: str = ""
    class_id: str = ""  # categories
    skill: str = ""  # classes
    priority: int = 0  # menu choices: 1 is handled first


@dataclass(frozen=True)
class Region:
    """A region, its time zone and the names it is written under."""

    id: str
    label: Label
    zone: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Moments:
    """Which moment of several counts. pick: first (listed that exists), earliest, latest."""

    pick: str
    names: tuple[str, ...]
    limits_s: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Promise:
    """One version of one promise; durations in seconds, goal 0..1. See docs/promises.md."""

    id: str
    version: int
    label: Label
    seed: str
    kind: str
    subject: str = "contact"
    applies: Condition = ALWAYS
    start: Moments = Moments("first", ())
    stop: Moments = Moments("earliest", ())
    holds: Condition | None = None  # the key `property`
    unless: tuple[str, ...] = ()
    target_s: int | None = None
    due_field: str = ""  # column that names the due time; target_s where it is empty
    complex_target_s: int | None = None
    goal: float | None = None
    goal_basis: str = "assumed"
    calendar: str = "always"
    on_abandon: str = "cancel"
    cancel_on: tuple[str, ...] = ()
    pause: str = "none"
    matures_s: int = 0
    provides: tuple[tuple[str, ...], ...] = ()  # every group: any of its items
    basis: str = "seed"
    seed_lines: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    note: Label = ("", "")
    apart: tuple[str, ...] = ()  # read by these too, in its passport
    beside: tuple[tuple[str, str], ...] = ()  # promises shown on its page, and by which group
    passport_of: str = ""  # another reading of that promise: shown in its passport, counted nowhere

    @property
    def unit(self) -> str:
        """Unit of its value: s for means, share for the rest."""
        return "s" if self.kind == "mean" else "share"


@dataclass(frozen=True)
class Sentence:
    """A sentence of the source text: the promises that measure it, and/or why nothing does."""

    text: str
    promises: tuple[str, ...]
    reason: str
    because: Label


@dataclass(frozen=True)
class Person:
    """A profile picked at start; empty teams and lines: sees everything."""

    id: str
    role: str
    name: Label
    teams: tuple[str, ...]
    lines: tuple[str, ...]
    operator_id: str


@dataclass(frozen=True)
class Criterion:
    """A criterion of the scorecard; empty applies: every class."""

    id: str
    label: Label
    weight: float
    is_critical: bool
    applies: tuple[str, ...]
    seed: str


@dataclass(frozen=True)
class Form:
    """The scorecard from a date on (scorecard.yml)."""

    valid_from: date
    criteria: tuple[Criterion, ...]

    def asked(self, class_id: str) -> tuple[Criterion, ...]:
        """Return the criteria a contact of this class is asked about."""
        return tuple(c for c in self.criteria if not c.applies or class_id in c.applies)


@dataclass(frozen=True)
class Sampling:
    """How contacts come to be reviewed (scorecard.yml)."""

    quota: int  # contacts an operator and period, at random
    double_share: float  # part of them reviewed twice, blindly
    low_rating: float  # a rating at most so high is a risk


@dataclass(frozen=True)
class Component:
    """A component of the operator score; weight 0 is diagnosis only."""

    id: str
    label: Label
    weight: float


@dataclass(frozen=True)
class ScoreVersion:
    """Weights and limits of the operator score from a date on (score.yml)."""

    valid_from: date
    minimum: float
    components: tuple[Component, ...]
    limits: Mapping[str, float]

    def weight(self, component: str) -> float:
        """Return a component's weight; 0 for one this version does not have."""
        return next((c.weight for c in self.components if c.id == component), 0.0)


@dataclass(frozen=True)
class Rules:
    """settings.yml: numbers the semantics of promises rest on; `*_s` seconds."""

    languages_spoken: tuple[str, ...]
    slot_s: int
    slot_offered: int
    slot_expected: float
    slot_weeks: int
    slot_weeks_min: int
    pause_max_s: int
    peak_ratio: float
    peak_weeks: int
    peak_weeks_min: int
    priority_horizon_s: int
    region_day: tuple[int, int]  # seconds of the local day: from, to
    reserve_line: str
    reserve_team: str
    english_skill: str
    wilson_z: float
    level_goal: float  # of the service level
    level_within_s: int  # the threshold it is counted with
    first_classes: tuple[str, ...]
    long_talk_ratio: float
    long_hold_s: int
    long_wrap_s: int
    growth_window_s: int
    fault_classes: tuple[str, ...]
    fault_categories: tuple[str, ...]
    post_week_s: int
    category_sure: float
    category_contradicted: float


Window = tuple[int, int, int]  # ISO weekday, opens_s, closes_s


@dataclass(frozen=True)
class DayOff:
    """A day put over a calendar: working or not; hours of its own, or the usual ones."""

    is_working: bool
    hours: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Days:
    """Which days are working: a country (and its subdivision) by `holidays`, and overrides."""

    country: str
    subdivision: str
    years: tuple[int, int]
    overrides: Mapping[date, DayOff]


@dataclass(frozen=True)
class Calendar:
    """Open windows promises are counted in; zone empty: the service's. kind: working days, all."""

    id: str
    label: Label
    zone: str
    kind: str
    days: Days
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Masking:
    """What looks like personal data in this hotline's texts and is not (docs/privacy.md)."""

    case_numbers: tuple[str, ...]  # regular expressions, each of a whole number
    words: frozenset[str]  # in lower case: never a person's name


@dataclass(frozen=True)
class Receiver:
    """A channel of alerts: who is told, in which language. Its addresses are settings."""

    id: str
    label: Label
    language: str


@dataclass(frozen=True)
class AlertRule:
    """What is watched; see data/reference/alerts.yml. Bad: under (is_low_bad) or at threshold."""

    id: str
    label: Label
    kind: str
    scope_kind: str  # line, category, source, check
    is_low_bad: bool
    threshold: float
    clear: float  # good again; between the two nothing changes
    for_s: int
    ends_after_s: int
    severity: str  # critical, warning, notice
    receivers: tuple[str, ...]
    lines: tuple[str, ...] | None  # each on its own; None: all together
    only: tuple[str, ...]  # categories or sources; empty: all
    window: str  # of a service level
    within_s: int  # of deadlines
    least: int  # contacts in the window, or waiting; with fewer nothing is known
    over_s: int  # of checks
    remind_s: int | None
    quiet: tuple[int, int] | None  # seconds of the local day; the second may be the earlier
    series: str = "category"  # of bursts: category, line, abandoned


@dataclass(frozen=True)
class Reference:
    """All reference data of one folder."""

    folder: Path
    lines: Mapping[str, Line]
    classes: Mapping[str, Item]
    categories: Mapping[str, Item]
    menu: Mapping[str, Item]
    feedback_types: Mapping[str, Item]
    channels: Mapping[str, Item]
    skills: Mapping[str, Item]
    regions: Mapping[str, Region]
    promises: tuple[Promise, ...]
    sentences: tuple[Sentence, ...]
    people: Mapping[str, Person]
    forms: tuple[Form, ...]  # of the scorecard, oldest first
    sampling: Sampling
    scores: tuple[ScoreVersion, ...]
    rules: Rules
    masking: Masking
    days: Days  # the service's own
    calendars: Mapping[str, Calendar]
    receivers: tuple[Receiver, ...]
    alerts: tuple[AlertRule, ...]
    # (category, first day of a month) -> uses of the service then; empty: the file is not there
    uses: Mapping[tuple[str, date], float] = field(default_factory=lambda: MappingProxyType({}))

    def label(self, kind: str, name: str | None, language: str = "ru") -> str:
        """Return the label of an id; the id itself where reference data does not know it.

        kind: line, class, category, menu_choice, feedback_type, channel, skill, region, promise,
        person, criterion, component.
        """
        if not name:
            return ""
        known: Mapping[str, Label] = self._labels(kind)
        found = known.get(name)
        return found[0 if language == "ru" else 1] if found else name

    def _labels(self, kind: str) -> Mapping[str, Label]:
        tables: dict[str, Mapping[str, Line | Item | Region]] = {
            "line": self.lines,
            "class": self.classes,
            "category": self.categories,
            "menu_choice": self.menu,
            "feedback_type": self.feedback_types,
            "channel": self.channels,
            "skill": self.skills,
            "region": self.regions,
        }
        if kind in tables:
            return {k: v.label for k, v in tables[kind].items()}
        if kind == "promise":
            return {p.id: p.label for p in self.promises}
        if kind == "person":
            return {k: v.name for k, v in self.people.items()}
        if kind == "criterion":
            return {c.id: c.label for form in self.forms for c in form.criteria}
        if kind == "component":
            return {c.id: c.label for v in self.scores for c in v.components}
        raise KeyError(f"no labels of kind '{kind}'")

    def promise(self, name: str) -> Promise | None:
        """Return the newest version of a promise."""
        found = [p for p in self.promises if p.id == name]
        return found[-1] if found else None

    def score(self, day: date) -> ScoreVersion | None:
        """Return the version of the operator score in force on a day."""
        found = [s for s in self.scores if s.valid_from <= day]
        return found[-1] if found else None

    def form(self, day: date) -> Form:
        """Return the version of the scorecard in force on a day (the first for older days)."""
        found = [f for f in self.forms if f.valid_from <= day]
        return (found or list(self.forms[:1]))[-1]

    def targets_s(self) -> tuple[int, ...]:
        """Return every target of reference data in seconds, sorted: edges of histograms."""
        return tuple(sorted({p.target_s for p in self.promises if p.target_s}))
