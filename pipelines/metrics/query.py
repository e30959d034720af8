"""What a question to the metrics is: a period, groups, filters, a moment, and who asks.

Every metric takes one `Query`. Its scope is applied inside the SQL of every metric, so what a
person may not see never leaves the lake.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake

GROUPS = (
    "line",
    "channel",
    "category",
    "class",
    "subtopic",
    "operator",
    "team",
    "skill",
    "promise",
    "source",
    "region",
    "feedback_type",
    "menu_choice",
    "regime",
    "peak",
    "time_zone",
    "interval",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "hour_of_day",
    "weekday",
)
TIME_GROUPS = frozenset(GROUPS[GROUPS.index("interval") :])
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Scope:
    """What a person may see; None is no limit, an empty tuple is nothing.

    lines: contacts and legs of these lines. teams: work of operators of these teams, and what no
    operator has taken yet (a waiting call belongs to a line, not to a team). operator: only what
    this operator_id worked on.
    """

    lines: tuple[str, ...] | None = None
    teams: tuple[str, ...] | None = None
    operator: str | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups it limits: line, team, operator; () is no limit."""
        limits = {"line": self.lines, "team": self.teams, "operator": self.operator}
        return tuple(name for name, limit in limits.items() if limit is not None)


EVERYTHING = Scope()


@dataclass(frozen=True)
class Query:
    """One question: contacts received in [start, end), as things stood at `as_of`.

    by: names of GROUPS, in the order of the answer's columns. where: group -> value or values
    (None: not known). as_of: None is the lake's now.

    Raises:
        QueryError: a naive moment, an end not after its start, an unknown group or filter.
    """

    start: datetime
    end: datetime
    by: tuple[str, ...] = ()
    where: Mapping[str, object] = field(default_factory=dict, hash=False)
    as_of: datetime | None = None
    scope: Scope = EVERYTHING

    def __post_init__(self) -> None:
        for name in ("start", "end", "as_of"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise QueryError(
                    f"{name} is {moment} without an offset; parse it with parse_moment first"
                )
        if self.end <= self.start:
            raise QueryError(f"the period ends ({self.end}) before it starts ({self.start})")
        by = (self.by,) if isinstance(self.by, str) else tuple(self.by)
        object.__setattr__(self, "by", tuple(dict.fromkeys(by)))
        object.__setattr__(self, "where", {k: _values(v) for k, v in self.where.items()})
        known_groups(self.by, GROUPS, "group")
        known_groups(self.where, GROUPS, "filter")

    def at(self, lake: Lake) -> "Query":
        """Return the same question with its moment filled in."""
        return self if self.as_of else replace(self, as_of=lake.now())

    def local_days(self, tz: ZoneInfo) -> tuple[date, date]:
        """Return the first and the last local day the period touches.

        >>> start, end = parse_week("2026-W46", "Europe/Moscow")
        >>> [str(day) for day in Query(start, end).local_days(ZoneInfo("Europe/Moscow"))]
        ['2026-11-09', '2026-11-15']
        """
        last = self.end.astimezone(UTC) - timedelta(microseconds=1)
        return self.start.astimezone(tz).date(), last.astimezone(tz).date()

    def values(self, name: str) -> tuple[object, ...]:
        """Return the wanted values of one filter; () when there is none."""
        return _values(self.where.get(name, ()))


def known_groups(asked: Iterable[str], known: Iterable[str], what: str, metric: str = "") -> None:
    """Refuse a group or filter that is not among `known`, naming the nearest one.

    Raises:
        QueryError: always names every known word.
    """
    known = tuple(known)
    of = f" of {metric}" if metric else ""
    for word in asked:
        if word not in known:
            raise QueryError(
                f"unknown {what}{of} '{word}'{nearest(word, known)}. "
                f"Known: {', '.join(known) or 'none'}."
            )


def parse_moment(text: str, zone: str | ZoneInfo, today: datetime | None = None) -> datetime:
    """Read a date or an ISO 8601 time; without an offset it is in `zone`.

    With `today` (aware) a time alone is of that day in `zone`.

    >>> parse_moment("2026-11-16", "Europe/Moscow").isoformat()
    '2026-11-16T00:00:00+03:00'
    >>> parse_moment("2026-11-16T10:35Z", "Europe/Moscow").isoformat()
    '2026-11-16T10:35:00+00:00'
    >>> parse_moment("10:35", "Europe/Moscow", datetime(2026, 11, 16, 22, tzinfo=UTC)).isoformat()
    '2026-11-17T10:35:00+03:00'

    Raises:
        QueryError: the text is neither.
    """
    zone = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
    if today is not None and len(text) <= len("10:35:00"):
        text = f"{today.astimezone(zone).date().isoformat()}T{text}"
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise QueryError(
            f"'{text}' is not a date (2026-11-16) or a time (2026-11-16T10:35, +03:00 if need be)"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment


def parse_week(text: str, zone: str | ZoneInfo) -> tuple[datetime, datetime]:
    """Return start and end of an ISO week of the service's zone.

    >>> [m.isoformat() for m in parse_week("2026-W46", "Europe/Moscow")]
    ['2026-11-09T00:00:00+03:00', '2026-11-16T00:00:00+03:00']

    Raises:
        QueryError: not a week.
    """
    tz = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
    try:
        year, week = text.strip().upper().split("-W")
        monday = date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        raise QueryError(f"'{text}' is not a week; write it as 2026-W46") from None
    return day_start(monday, tz), day_start(monday + timedelta(days=7), tz)


def day_start(day: date, tz: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins.

    >>> day_start(date(2026, 11, 16), ZoneInfo("Europe/Moscow")).isoformat()
    '2026-11-16T00:00:00+03:00'
    """
    return datetime(day.year, day.month, day.day, tzinfo=tz)


def _values(value: object) -> tuple[object, ...]:
    if isinstance(value, str) or value is None or not isinstance(value, Iterable):
        return (value,)
    return tuple(value)
