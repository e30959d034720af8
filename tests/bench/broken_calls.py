"""A log of calls in which rows break every rule that a CSV can break, each its own rows.

Of the 34 rules of calls only the two about `events` are not here: a list of them comes with JSON
and Parquet. That a leg is a whole number is broken by 0: one of 1.5 is no leg that can be read.
"""

from pathlib import Path

import duckdb

BROKEN = 1000  # one row in so many breaks a rule, for each rule

# Calls of a day every 8 seconds: served, hung up in the queue or in the menu, answered by the
# menu, called back, made tickets; the marks of rarer things stand in as many rows as they do in a
# year of a hotline. Rows to be broken are plain served calls: none breaks a second rule by chance.
CALLS = """
    create table calls as
    with drawn as (
        select
            i,
            i % $broken as fault,
            case when fault < $faults then 0 else i * 7919 % 20 end as course,
            case when fault < $faults then 999 else i * 104729 % 1000 end as rare,
            timestamptz '2026-01-05 05:00:00+00'
                + to_days((i // 5000)::integer) + to_seconds(i % 5000 * 8) as received_at,
            case when course not in (15, 16) then received_at + to_seconds(1 + i % 20) end
                as queued_at,
            case when course < 13 or course = 18
                then queued_at + to_seconds(20 + i * 7919 % 180) end as answered_at,
            coalesce(answered_at, queued_at, received_at) + to_seconds(120 + i * 104729 % 600)
                as ended_at
        from range($calls) as t (i)
    )
    select
        fault,
        'C-' || i as call_id,
        '1' as leg,
        case i % 10 when 8 then 'video' when 9 then 'callback' else 'phone' end as channel,
        $dialled[1 + i % len($dialled)] as dialled_number,
        ['ru', 'ru', 'ru', 'ru-RU', 'en', 'tt'][1 + i % 6] as language,
        received_at,
        case when i % 3 > 0 then 'technical' end as menu_choice,
        queued_at,
        answered_at,
        case when rare between 100 and 199 then answered_at + to_seconds(5) end
            as first_response_at,
        ended_at,
        case when answered_at is not null then cast(i % 40 as varchar) end as hold_s,
        case when answered_at is not null then cast(20 + i % 60 as varchar) end as wrap_s,
        case when answered_at is not null then cast(2 + i % 9 as varchar) end as ring_s,
        case when queued_at is not null then cast(i % 7 // 6 as varchar) end as ring_no_answer,
        case when answered_at is not null then 'op' || i % 40 end as operator_id,
        case when rare < 40 then answered_at + to_seconds(60) end as transferred_at,
        case when rare < 40 then answered_at + to_seconds(80) end as transfer_answered_at,
        case when rare between 40 and 49 then answered_at + to_seconds(10) end
            as interpreter_requested_at,
        case when rare between 40 and 49 then answered_at + to_seconds(50) end
            as interpreter_joined_at,
        case when course = 17 then ended_at end as callback_requested_at,
        case when course = 17 then ended_at + to_hours(1) end as callback_due_at,
        case when course = 17 then ended_at + to_minutes(40) end as callback_made_at,
        case when course = 17 then 'reached' end as callback_result,
        case when course = 18 then ended_at end as ticket_created_at,
        case when course = 18 then ended_at + to_hours(2) end as ticket_accepted_at,
        case when rare between 50 and 59 then ended_at end as workaround_at,
        case when rare between 50 and 79 then answered_at + to_seconds(90) end as complex_at,
        case when rare between 50 and 79 then 'true' else 'false' end as is_complex,
        case when rare between 200 and 299 then answered_at + to_seconds(30) end
            as identity_verified_at,
        case when course < 13 and fault >= $faults then ended_at end as resolved_at,
        case when course < 13 and rare between 80 and 89 then ended_at + to_days(1) end
            as reopened_at,
        case when course = 18 and rare > 500 then ended_at + to_days(2) end as notified_at,
        case when rare between 300 and 499 then ended_at + to_minutes(9) end
            as confirmation_sent_at,
        case when rare between 90 and 94 then ended_at + to_hours(1) end as verified_at,
        case when rare between 90 and 94 then ended_at + to_hours(3) end as forwarded_at,
        $categories[1 + i % len($categories)] as category,
        case
            when course < 13 then 'served'
            when course in (13, 14, 19) then 'abandoned'
            when course = 15 then 'abandoned_menu'
            when course = 16 then 'self_served'
            when course = 17 then 'callback'
            when course = 18 then 'ticket'
        end as outcome,
        case when course < 13 and i % 3 = 0 then cast(1 + i % 5 as varchar) end as rating
    from drawn
"""

_ALONE = "queued_at = null, answered_at = null, ended_at = null, outcome = 'ticket'"
_SOON = "answered_at + to_seconds(60)"


def _before(first: str, then: str) -> str:
    """Return a change that sets two marks in the wrong order, both within the call."""
    return f"{first} = {_SOON}, {then} = {_SOON} - to_seconds(30)"


# rule -> what to set in a plain served call to break it and no other
FAULTS = {
    "fields_readable": "wrap_s = 'long'",
    "details_readable": "rating = 'good'",
    "id_present": "call_id = null",
    "received_present": "received_at = null",
    "received_not_in_future": f"received_at = timestamptz '2100-01-01', {_ALONE}",
    "received_not_too_old": "received_at = timestamptz '1970-01-01'",
    "queued_after_received": "queued_at = received_at - to_seconds(5)",
    "answered_after_queued": "answered_at = queued_at - to_seconds(1)",
    "ended_after_answered": "ended_at = answered_at - to_seconds(1)",
    "nothing_before_received": "complex_at = received_at - to_seconds(60)",
    "facts_not_in_future": "notified_at = timestamptz '2100-01-01'",
    "interpreter_joined_after_requested": _before(
        "interpreter_requested_at", "interpreter_joined_at"
    ),
    "callback_made_after_requested": _before("callback_requested_at", "callback_made_at"),
    "callback_due_after_requested": _before("callback_requested_at", "callback_due_at"),
    "ticket_accepted_after_created": _before("ticket_created_at", "ticket_accepted_at"),
    "transfer_answered_after_transferred": _before("transferred_at", "transfer_answered_at"),
    "reopened_after_resolved": _before("resolved_at", "reopened_at"),
    "forwarded_after_verified": _before("verified_at", "forwarded_at"),
    "first_response_after_answered": "first_response_at = answered_at - to_seconds(1)",
    "durations_not_negative": "hold_s = '-1'",
    "talk_not_too_long": "ended_at = answered_at + to_hours(5)",
    "wait_not_too_long": "answered_at = answered_at + to_hours(3), ended_at = null",
    "hold_within_talk": "hold_s = cast(epoch(ended_at) - epoch(answered_at) + 60 as varchar)",
    "channel_known": "channel = 'fax'",
    "dialled_number_known": "dialled_number = '8-800-000-00-00'",
    "category_known": "category = 'unheard of'",
    "outcome_known": "outcome = 'unheard of'",
    "callback_result_known": "callback_result = 'unheard of'",
    "language_known": "language = 'xx'",
    "rating_in_range": "rating = '9'",
    "leg_is_number": "leg = '0'",
    "outcome_agrees": "outcome = 'abandoned'",
}


def write(path: Path, rows: int, categories: list[str]) -> list[str]:
    """Write a CSV of `rows` calls, `rows // BROKEN` of them broken in each way of FAULTS.

    Returns:
        Its columns.
    """
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute(CALLS, {
        "calls": rows, "broken": BROKEN, "faults": len(FAULTS), "categories": categories,
        "dialled": ["8-800-555-35-35", "+7 800 100-00-00", "112", "88005550101", "business"],
    })  # fmt: skip
    for number, change in enumerate(FAULTS.values()):
        con.execute(f"update calls set {change} where fault = {number}")
    con.execute("alter table calls drop fault")
    columns = [row[0] for row in con.sql("describe calls").fetchall()]
    con.execute(
        "copy calls to $file (format csv, header, timestampformat '%Y-%m-%dT%H:%M:%SZ')",
        {"file": str(path)},
    )
    con.close()
    return columns
