"""Groups and filters of counts: names of the contract as SQL over the facts, and back as words.

Aliases: f the facts (or a mart), c the leg's contact, mc the contact itself where the facts do not
hold all of it, o its operator, l its line, k its category, sg the sub-topic of its contact's text,
st the one that counts as.
"""

import re

import polars as pl

from pipelines.errors import QueryError
from pipelines.lake.connect import Lake
from pipelines.metrics.query import Query, known_groups, parse_moment

# a group is a column of the facts (alias f) or of a joined table (legs have no category)
_TIMES = {
    "interval": "f.interval_at",
    "hour": "f.interval_at - to_minutes(minute(f.interval_at at time zone $zone))",
    "day": "f.received_date::varchar",
    "week": "strftime(f.received_date, '%G-W%V')",
    "month": "strftime(f.received_date, '%Y-%m')",
    "quarter": "year(f.received_date) || '-Q' || quarter(f.received_date)",
    "hour_of_day": "hour(f.interval_at at time zone $zone)::bigint",
    "weekday": "isodow(f.received_date)::bigint",
}
_OWN = {"line": "f.line", "channel": "f.channel", "source": "f.source"}
# null: the contact has no text, or none that was looked at; none: it fits no topic
_SUBTOPIC = {"subtopic": "coalesce(st.counts_as, sg.topic)"}
_JOINED = {"operator": "f.operator_id", "team": "o.team", "skill": "l.skill"}
_LEG_GROUPS = (
    _OWN
    | _JOINED
    | {
        "category": "c.category",
        "class": "k.class",
        "region": "c.region",
        "feedback_type": "c.feedback_type",
        "menu_choice": "c.menu_choice",
    }
    | _SUBTOPIC
    | _TIMES
)
_CONTACT_GROUPS = (
    _OWN
    | _JOINED
    | {
        "category": "f.category",
        "class": "k.class",
        "region": "f.region",
        "feedback_type": "f.feedback_type",
        "menu_choice": "mc.menu_choice",
    }
    | _SUBTOPIC
    | _TIMES
)
EXPRESSIONS = {
    "leg_facts": _LEG_GROUPS,
    "contact_facts": _CONTACT_GROUPS,
    # f is the contacts of the lake themselves: looked up a second time they cost half of a question
    "contacts": _CONTACT_GROUPS | {"menu_choice": "f.menu_choice"},
}
GROUPED = tuple(_CONTACT_GROUPS)  # every group a count of contacts or legs can have


def check_groups(query: Query, metric: str) -> None:
    """Refuse groups and filters that counts of contacts and legs do not have (promise).

    Raises:
        QueryError: names the nearest word.
    """
    known_groups(query.by, GROUPED, "group", metric)
    known_groups(query.where, GROUPED, "filter", metric)


def conditions(query: Query, facts: str, lake: Lake) -> tuple[str, dict[str, object]]:
    """Return filter and scope of a question as SQL over alias f and its joins, and the values."""
    parts, params = ["true"], dict[str, object]()
    for name, expression in EXPRESSIONS[facts].items():
        if name not in query.where:
            continue
        values = filter_values(query, name, lake)
        known = [v for v in values if v is not None]
        either = [f"list_contains($where_{name}, {expression})"] if known else []
        if len(known) < len(values):
            either.append(f"{expression} is null")
        parts.append(f"({' or '.join(either) or 'false'})")
        if known:
            params[f"where_{name}"] = known
    scope = query.scope
    if scope.lines is not None:
        parts.append("list_contains($scope_lines::varchar[], f.line)")
        params["scope_lines"] = list(scope.lines)
    if scope.teams is not None:
        parts.append("(f.operator_id is null or list_contains($scope_teams::varchar[], o.team))")
        params["scope_teams"] = list(scope.teams)
    if scope.operator is not None:
        parts.append("f.operator_id = $scope_operator")
        params["scope_operator"] = scope.operator
    return " and ".join(parts), params


def filter_values(query: Query, name: str, lake: Lake) -> tuple[object, ...]:
    """Return the wanted values of one filter as the group's own type; None: not known.

    Raises:
        QueryError: not a moment, or not a number, where the group is one.
    """
    return tuple(v if v is None else _typed(name, v, lake) for v in query.values(name))


def _typed(name: str, value: object, lake: Lake) -> object:
    if name in ("interval", "hour"):
        return parse_moment(value, lake.settings.zone) if isinstance(value, str) else value
    if name in ("hour_of_day", "weekday"):
        try:
            return int(str(value))
        except ValueError:
            raise QueryError(f"{name} is '{value}'; it is a number") from None
    return str(value)


def joins(sql: str, *, is_leg: bool) -> str:
    """Return the joins the aliases in `sql` need."""
    needs = set(re.findall(r"\b(c|l|k|mc|o|sg|st)\.", sql))
    out = []
    category = "c.category" if is_leg else "f.category"
    if is_leg and needs & {"c", "k", "sg"}:
        out.append(
            "left join lake.contacts as c on c.contact_id = f.contact_id "
            "and c.received_date between $first_day and $last_day"
        )
    if "mc" in needs:
        out.append(
            "left join (select contact_id, received_date, menu_choice from lake.contacts) as mc "
            "on mc.contact_id = f.contact_id and mc.received_date = f.received_date"
        )
    if "o" in needs:
        out.append("left join lake.operators as o on o.operator_id = f.operator_id")
    if "l" in needs:
        out.append("left join ref_lines as l on l.line = f.line")
    if "k" in needs:
        out.append(f"left join ref_categories as k on k.category = {category}")
    if needs & {"sg", "st"}:
        out.append(
            "left join lake.subtopic_guesses as sg on sg.contact_id = f.contact_id "
            f"and sg.received_date = f.received_date and sg.category = {category} "
            "left join lake.subtopics as st on st.topic = sg.topic"
        )
    return "\n".join(out)


def finish(frame: pl.DataFrame, query: Query, lake: Lake) -> pl.DataFrame:
    """Write interval and hour as ISO local time with offset and sort by the groups."""
    moments = [n for n in query.by if n in ("interval", "hour")]
    written = frame.with_columns(local_iso(n, lake.settings.zone) for n in moments)
    return written.sort(query.by, nulls_last=True) if query.by else written


def local_iso(column: str, zone: str) -> pl.Expr:
    """Return an instant as ISO local time with offset, to the minute or second it has."""
    return pl.col(column).dt.convert_time_zone(zone).dt.strftime("%Y-%m-%dT%H:%M:%S%:z")
