"""What a report reads of a week's figures; `gather` makes it from `pipelines.metrics.week`.

Every key may be absent or None: «нет данных», never 0. Labels are text or {ru, en}; counts are
contacts unless named otherwise; `*_before` is the same figure of the week before.
"""

from datetime import date, datetime
from typing import TypedDict


class PromiseWeek(TypedDict, total=False):
    """One promise in the week: the columns of `metrics promises` and the state before."""

    promise: str
    label: object
    kind: str  # clock, share, mean, coverage
    basis: str  # seed, assumed, statute
    state: str  # kept, at_risk, broken, below_own_target, no_data
    state_before: str | None
    state_usual: str | None  # of the eight weeks before
    value: float | None  # in `unit`
    value_before: float | None
    value_usual: float | None  # of the eight weeks before
    unit: str  # share, s
    goal: float | None
    target_s: float | None
    breached: int | None
    overdue: int | None
    n: int | None


class ChannelWeek(TypedDict, total=False):
    """Volume of one channel."""

    channel: str
    contacts: int
    contacts_before: int | None


class ProblemWeek(TypedDict, total=False):
    """One category; baseline is the usual number of a week."""

    category: str
    label: object
    contacts: int
    contacts_before: int | None
    baseline: float | None
    burst: bool | None


class RatingWeek(TypedDict, total=False):
    """Ratings: `n` answers of `base` contacts received; top_share of 4 and 5."""

    mean: float | None
    top_share: float | None
    top_share_before: float | None
    n: int | None
    base: int | None


class EpisodeWeek(TypedDict, total=False):
    """An outage (incident: its id) or a burst; label None: all contacts together."""

    incident: str | None
    category: str | None
    label: object
    started_at: datetime
    ended_at: datetime | None  # None: goes on
    contacts: int | None
    people: int | None  # of outages; None: nobody known
    excess: float | None  # of bursts: contacts over the usual


class QualityWeek(TypedDict, total=False):
    """Input rows behind the week."""

    read: int | None
    quarantined: int | None
    failed: int | None  # expectations that failed
    silent: list[str] | None  # sources that delivered nothing
    doubtful: float | None  # share of contacts the reconciliation of the logs found wrong
    level_low: float | None  # service level of telephony, were they the worst they can be
    level_high: float | None  # and the best


class EditionWeek(TypedDict, total=False):
    """The edition the figures were published in."""

    number: int
    kind: str  # preliminary, final, revised
    published_at: datetime
    checks_failed: int | None  # rules that failed when last run before it
    checks_at: datetime | None  # when they were
    category_version: str


class MeanWeek(TypedDict, total=False):
    """A mean of legs, in seconds; None: none was counted."""

    figure: str  # wait, handle
    value: float | None
    before: float | None


class StepWeek(TypedDict, total=False):
    """One step of a waterfall: of `metrics.why`; shown in thousandths of a share, or seconds."""

    step: str
    label: object  # of a line
    shown: int


class CauseWeek(TypedDict, total=False):
    """One step of a level's change by the queueing model: of `metrics.level_model`."""

    step: str  # volume, handling, operators, patience, unexplained
    before: float | None  # legs a day, s, hours a day, s
    now: float | None
    shown: int  # thousandths of the share


class ModelWeek(TypedDict, total=False):
    """The change of the service level by its causes; reason: why there is no model."""

    reason: str | None
    modelled_before: float
    modelled_now: float
    steps: list[CauseWeek]


class MovedWeek(TypedDict, total=False):
    """One share or mean that moved more than it usually does."""

    figure: str  # a name of `metrics.headline`
    unit: str  # share, s
    size: float  # the least difference shown: 0.001, or 1, 60, 3600 seconds
    label: object  # of a promise
    before: float
    now: float
    steps: list[StepWeek]
    model: ModelWeek | None  # of the service level


class ServiceWeek(TypedDict, total=False):
    """Outages against ordinary demand, and the work of other people's failures."""

    contacts: int
    by_incident: int
    by_fault: int
    by_repeat: int
    share: float | None  # of the three together
    posts: float
    failed: int | None  # contacts with a deadline missed
    failed_by_incident: int | None
    contacts_before: int
    by_incident_before: int
    usual: float | None  # change of contacts that would be no news; None: not known


class StatuteWeek(TypedDict, total=False):
    """Deadlines of one promise of the statute that fell into the period."""

    promise: str
    label: object
    due: int
    met: int
    late: int
    open: int
    soon: int


class RegionWeek(TypedDict, total=False):
    """One region: people are distinct citizens."""

    region: str
    label: object
    people: int
    people_before: int | None
    contacts: int
    contacts_before: int | None


class RiskDay(TypedDict, total=False):
    """One line and day of the week after."""

    day: date
    line: object
    contacts: float
    level: float
    low: float
    high: float
    chance: float
    hours: list[int]
    more: int | None


class RiskWeek(TypedDict, total=False):
    """The week after; reason: why there is no forecast."""

    reason: str | None
    start: date
    end: date
    goal: float
    days: list[RiskDay]


class DecisionWeek(TypedDict, total=False):
    """A decision about this period, or (followed) about an earlier one."""

    text: str
    figure: object  # what the figure is called
    unit: str
    value: float | None  # when it was decided
    value_now: float | None  # followed: in this period
    owner: str
    due_on: date
    outcome: str | None  # done, dropped; None: open


class OutsideWeek(TypedDict, total=False):
    """What came from outside, and what is to come; None: published before it was told."""

    service: ServiceWeek | None
    bursts: list[object]  # labels of the categories with an episode; None: all contacts together
    statute: list[StatuteWeek] | None
    statute_known: bool  # a source tells what the statute asks of
    regions: list[RegionWeek] | None
    regions_known: float | None  # share of the contacts whose region is known
    risk: RiskWeek | None


class Week(OutsideWeek, total=False):
    """All figures of one page."""

    week: str  # 2026-W46, 2026-11, 2026-Q4
    kind: str  # week, month, quarter
    against: str | None  # the period compared with; None: the one before
    start: date
    end: date  # exclusive
    as_of: datetime | None
    snapshot: int | None
    is_preliminary: bool
    address: str | None  # of the dashboard, for links; None: not set
    edition: EditionWeek | None  # None: figures of this moment
    final_on: date | None  # when it will be preliminary no more
    contacts: int | None
    contacts_before: int | None
    citizens: int | None
    unserved: int | None  # people who tried and were served on no channel within 24 h
    unserved_before: int | None
    failed: int | None  # people for whom a promise of the source was broken
    failed_before: int | None
    level: float | None  # service level SL-1
    level_before: float | None
    means: list[MeanWeek]  # wait and handling
    repeats: float | None  # share of the contacts
    repeats_before: float | None
    operators: int | None  # who answered
    episodes: list[EpisodeWeek]
    promises: list[PromiseWeek]
    channels: list[ChannelWeek]
    problems: list[ProblemWeek]
    rating: RatingWeek
    quality: QualityWeek
    why: list[MovedWeek]
    decisions: list[DecisionWeek]
    followed: list[DecisionWeek]
