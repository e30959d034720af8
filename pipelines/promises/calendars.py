"""Due times: started_at + target on a calendar, moved by pauses. All of it whole microseconds.

A calendar is an axis of open time: `ref_open_time` holds its open intervals and the open
microseconds before each. Due = the earliest moment that many open microseconds after the start.
"""

from pipelines.promises.compile import Binder
from pipelines.reference.model import Promise


def due_ctes(promise: Promise, bind: Binder, *, has_pauses: bool, is_reopened: bool) -> str:
    """Return the CTEs from `episodes` to `dues` (adds due_at and paused_s).

    is_reopened: its stop can be undone, and the time until then is a pause.
    """
    axis = _axis(promise, bind, "episodes", "started_at", "start_us")
    length = "null::bigint"
    if promise.target_s is not None:
        length = f"a.start_us + {bind.add(promise.target_s * 1_000_000)}::bigint"
    if promise.due_field:
        length = f"coalesce(epoch_us(a.named_due_at), {length})"
    return f"""
started as (
    {axis}
),

first_due as (
    select
        a.*,
        {length} as due_us
    from started as a
),

{_paused(promise, bind, is_reopened=is_reopened) if has_pauses else _NOT_PAUSED},

dues as (
    {_inverse(promise, bind)}
)"""


_NOT_PAUSED = """
moved as (
    select
        f.*,
        0::bigint as paused_us
    from first_due as f
)"""


def _paused(promise: Promise, bind: Binder, *, is_reopened: bool) -> str:
    causes = [*(["waiting"] if promise.pause != "none" else []),
              *(["reopened"] if is_reopened else [])]  # fmt: skip
    scope = bind.add(" and ".join(causes))
    subject = bind.add("case" if promise.subject == "case" else "contact")
    return f"""
stood as (
    -- once, whatever the number of categories the contact had one after the other
    select distinct
        f.contact_id,
        f.number,
        f.run,{_line(promise)}
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
    {_axis(promise, bind, "stood", "from_at", "from_us")}
),

stood_to as (
    {_axis(promise, bind, "stood_from", "to_at", "to_us")}
),

-- a pause counts when it began before the due time the earlier ones moved
counted as (
    select
        s.*,
        s.to_us - s.from_us as length_us,
        coalesce(sum(s.to_us - s.from_us) over (
            partition by s.contact_id, s.number, s.run order by s.from_us
            rows between unbounded preceding and 1 preceding
        ), 0) as before_us
    from stood_to as s
),

sums as (
    select
        c.contact_id,
        c.number,
        c.run,
        sum(c.length_us)::bigint as paused_us
    from counted as c
    where c.from_us < c.due_us + c.before_us
    group by c.contact_id, c.number, c.run
),

moved as (
    select
        f.* replace (f.due_us + coalesce(s.paused_us, 0) as due_us),
        coalesce(s.paused_us, 0) as paused_us
    from first_due as f
    left join sums as s
        on f.contact_id = s.contact_id and f.number = s.number and f.run = s.run
)"""


def _line(promise: Promise) -> str:
    return "\n        f.line," if promise.calendar == "staffed" else ""


def _key(promise: Promise, alias: str) -> str:
    return f"{alias}.line" if promise.calendar == "staffed" else "''"


def _open_time(promise: Promise, bind: Binder) -> str:
    return f"(select t.* from ref_open_time as t where t.calendar = {bind.add(promise.calendar)})"


def _axis(promise: Promise, bind: Binder, relation: str, column: str, name: str) -> str:
    if promise.calendar == "always":
        return f"select r.*, epoch_us(r.{column}) as {name} from {relation} as r"
    return f"""
    select
        r.*,
        case
            when o.line is null then epoch_us(r.{column})
            else o.before_us + least(epoch_us(r.{column}) - epoch_us(o.opens_at), o.length_us)
        end as {name}
    from {relation} as r
    asof left join {_open_time(promise, bind)} as o
        on {_key(promise, "r")} = o.line and r.{column} >= o.opens_at"""


def _inverse(promise: Promise, bind: Binder) -> str:
    if promise.calendar == "always":
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
    asof left join {_open_time(promise, bind)} as o
        on {_key(promise, "m")} = o.line and m.due_us > o.before_us
    where m.due_us is not null"""
