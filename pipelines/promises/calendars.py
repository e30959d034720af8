"""Due times: started_at + target on a calendar, moved by pauses. All of it whole microseconds.

A calendar is an axis of open time: `ref_open_time` holds its open intervals and the open
microseconds before each. Due = the earliest moment that many open microseconds after the start.
"""

from pipelines.promises.compile import Binder
from pipelines.promises.ways import Way


def due_ctes(way: Way, bind: Binder) -> str:
    """Return the CTEs from `episodes` to `dues` (adds due_at and paused_s)."""
    axis = _axis(way, bind, "episodes", "started_at", "start_us")
    return f"""
started as (
    {axis}
),

first_due as (
    select
        a.*,
        coalesce(epoch_us(a.named_due_at), a.start_us + a.target_us) as due_us
    from started as a
),

{_paused(way, bind) if way.has_pauses else _NOT_PAUSED},

dues as (
    {_inverse(way, bind)}
)"""


_NOT_PAUSED = """
moved as (
    select
        f.*,
        0::bigint as paused_us
    from first_due as f
)"""


def _paused(way: Way, bind: Binder) -> str:
    causes = [*(["waiting"] if way.pause != "none" else []),
              *(["reopened"] if way.is_reopened else [])]  # fmt: skip
    scope = bind.add(" and ".join(causes))
    subject = bind.add("case" if way.subject == "case" else "contact")
    return f"""
stood as (
    -- once, whatever the number of categories the contact had one after the other
    select distinct
        f.rule,
        f.contact_id,
        f.number,
        f.run,{_line(way)}
        f.due_us,
        greatest(p.from_at, f.started_at) as from_at,
        -- what follows the stop moves nothing, were it one pause with what was before
        greatest(least(p.to_at, f.stop_at), f.started_at) as to_at
    from first_due as f
    inner join clock_pauses as p
        on
            f.unit = p.unit
            and p.subject = {subject}
            and p.scope = {scope}
            and p.to_at > f.started_at
            and (f.stop_at is null or p.from_at < f.stop_at)
),

stood_from as (
    {_axis(way, bind, "stood", "from_at", "from_us")}
),

stood_to as (
    {_axis(way, bind, "stood_from", "to_at", "to_us")}
),

-- a pause counts when it began before the due time the earlier ones moved
counted as (
    select
        s.*,
        s.to_us - s.from_us as length_us,
        coalesce(sum(s.to_us - s.from_us) over (
            partition by s.rule, s.contact_id, s.number, s.run order by s.from_us
            rows between unbounded preceding and 1 preceding
        ), 0) as before_us
    from stood_to as s
),

sums as (
    select
        c.rule,
        c.contact_id,
        c.number,
        c.run,
        sum(c.length_us)::bigint as paused_us
    from counted as c
    where c.from_us < c.due_us + c.before_us
    group by c.rule, c.contact_id, c.number, c.run
),

moved as (
    select
        f.* replace (f.due_us + coalesce(s.paused_us, 0) as due_us),
        coalesce(s.paused_us, 0) as paused_us
    from first_due as f
    left join sums as s
        on
            f.rule = s.rule
            and f.contact_id = s.contact_id
            and f.number = s.number
            and f.run = s.run
)"""


def _line(way: Way) -> str:
    return "\n        f.line," if way.calendar == "staffed" else ""


def _key(way: Way, alias: str) -> str:
    return f"{alias}.line" if way.calendar == "staffed" else "''"


def _open_time(way: Way, bind: Binder) -> str:
    return f"(select t.* from ref_open_time as t where t.calendar = {bind.add(way.calendar)})"


def _axis(way: Way, bind: Binder, relation: str, column: str, name: str) -> str:
    if way.calendar == "always":
        return f"select r.*, epoch_us(r.{column}) as {name} from {relation} as r"
    return f"""
    select
        r.*,
        case
            when o.line is null then epoch_us(r.{column})
            else o.before_us + least(epoch_us(r.{column}) - epoch_us(o.opens_at), o.length_us)
        end as {name}
    from {relation} as r
    asof left join {_open_time(way, bind)} as o
        on {_key(way, "r")} = o.line and r.{column} >= o.opens_at"""


def _inverse(way: Way, bind: Binder) -> str:
    if way.calendar == "always":
        return (
            "select m.*, make_timestamptz(m.due_us) as due_at, "
            "m.paused_us / 1e6 as paused_s from moved as m where m.due_us is not null"
        )
    return f"""
    select
        m.*,
        case
            when m.due_us <= m.start_us then m.started_at
            when o.line is null then make_timestamptz(m.due_us)
            else o.opens_at + to_microseconds(m.due_us - o.before_us)
        end as due_at,
        m.paused_us / 1e6 as paused_s
    from moved as m
    asof left join {_open_time(way, bind)} as o
        on {_key(way, "m")} = o.line and m.due_us > o.before_us
    where m.due_us is not null"""
