"""What holds of any rows: accounting identities, and one answer by both ways."""

from collections import Counter
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

PAUSES = st.one_of(st.none(), st.integers(0, 400))
OUTCOMES = st.sampled_from(
    [None, "served", "abandoned", "abandoned_menu", "self_served", "ticket", "callback",
     "flowed_out", "transferred"]
)  # fmt: skip
CALL = st.fixed_dictionaries(
    {
        "queued_at": PAUSES,
        "answered_at": PAUSES,
        "transferred_at": PAUSES,
        "transfer_answered_at": PAUSES,
        "ended_at": PAUSES,
        "transferred_to": st.sampled_from([None, "112", "signature", "somewhere"]),
        "dialled_number": st.sampled_from([None, "112", "88005553535", "vip"]),
        "outcome": OUTCOMES,
        "hold_s": st.sampled_from([None, 5.0]),
        "wrap_s": st.sampled_from([None, 9.0]),
        "ring_s": st.sampled_from([None, 2.0]),
        "callback_requested_at": st.one_of(st.none(), st.integers(0, 60)),
    }
)
numbers = count(1)
ANY = settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes here
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def call_row(plan, start):
    """A call whose moments follow one another, as the critical rules demand."""
    row = {
        "contact_id": f"calls:{next(numbers):05}",
        "received_at": start,
        "operator_id": "op1",
        "transfer_operator_id": "op2",
    }
    clock = start
    for name in ("queued_at", "answered_at", "transferred_at", "transfer_answered_at", "ended_at"):
        if plan[name] is not None:
            clock += timedelta(seconds=plan[name])
            row[name] = clock
    if row.get("transferred_at") is None:
        row["transfer_answered_at"] = None
    if plan["callback_requested_at"] is not None:
        row["callback_requested_at"] = start + timedelta(seconds=plan["callback_requested_at"])
    return row | {k: v for k, v in plan.items() if k not in row and not k.endswith("_at")}


LEGS = (
    "contact_id, leg, line, queued_at, answered_at, left_at, left_as, operator_id, ring_s, talk_s, "
    "hold_s, wrap_s, received_at, received_date, source, channel"
)


@ANY
@given(plans=st.lists(CALL, min_size=4, max_size=16))
def test_every_offered_leg_ends_one_way_and_every_queued_call_has_one(bench, at, plans):
    rows = [call_row(plan, at("10:00:00")) for plan in plans]
    bench.conform("calls", rows)
    offered, by_state = bench.rows(
        "select count(*), count(*) filter (where left_as in "
        "('answered', 'abandoned', 'flowed_out', 'open')) from new_legs"
    )[0]
    assert offered == by_state
    with_legs = {contact for (contact,) in bench.legs("contact_id")}
    assert {r["contact_id"] for r in rows if r.get("queued_at")} <= with_legs
    assert bench.rows("select count(*), count(distinct contact_id) from new_contacts") == [
        (len(rows), len(rows))
    ]
    assert bench.rows(
        "select contact_id from new_legs where talk_s < 0 or left_at < answered_at or "
        "(left_as = 'open' and (left_at is not null or answered_at is not null))"
    ) == []  # fmt: skip
    assert bench.rows(
        "select contact_id from (select contact_id, count(*) as n, max(seq) as last, "
        "count(distinct seq) as numbers from new_events group by contact_id) "
        "where n <> last or n <> numbers"
    ) == []  # fmt: skip


@ANY
@given(plans=st.lists(CALL, min_size=4, max_size=16))
def test_a_call_read_from_its_row_and_from_its_events_is_the_same_call(bench, at, plans):
    rows = [call_row(plan, at("10:00:00")) for plan in plans]
    bench.conform("calls", rows)
    legs = bench.rows(f"select {LEGS} from new_legs order by contact_id, leg")
    headers = bench.rows("select * exclude (outcome) from new_contacts order by contact_id")
    outcomes = dict(bench.rows("select contact_id, outcome from new_contacts"))
    bench.store()
    later = at("18:00:00")
    bench.conform(
        "events",
        [{"contact_id": r["contact_id"], "event_at": later, "kind": "notified"} for r in rows],
    )
    assert bench.rows(f"select {LEGS} from new_legs order by contact_id, leg") == legs
    assert bench.rows("select * exclude (outcome) from new_contacts order by contact_id") == headers
    # where the log names no outcome, the events still tell one
    again = bench.rows("select contact_id, outcome from new_contacts")
    assert all(outcomes[contact] in (outcome, None) for contact, outcome in again)


KIND = st.sampled_from(
    ["received", "queued", "answered", "transferred", "flowed_out", "abandoned", "ended",
     "hold_started", "hold_ended", "rated", "message_in", "message_out", "replied"]
)  # fmt: skip
EVENTS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 600), KIND, st.sampled_from(["op1", "op2", None])),
    min_size=10,
    max_size=50,
    unique_by=lambda e: (e[0], e[1]),  # at one instant the order of arrival may decide
)


@ANY
@given(events=EVENTS, order=st.randoms(use_true_random=False), cut=st.floats(0, 1))
def test_events_in_any_order_and_any_batches_make_the_same_contacts(bench, at, events, order, cut):
    start, mark = at("10:00:00"), next(numbers)

    def row(event, trial):
        contact, second, kind, operator = event
        source = ("calls", "chats", "feedback", "queue_log")[contact % 4]
        return {
            "contact_id": f"{source}:{contact}-{mark}-{trial}",
            "event_at": start + timedelta(seconds=second),
            "kind": kind,
            "operator_id": operator,
            "line": "main" if kind in ("received", "queued") else None,
            "value": {"transferred": "signature", "rated": "4"}.get(kind),
        }

    made = []
    for trial in (1, 2):
        rows = [row(event, trial) for event in events]
        if trial == 1:
            batches = [rows]
        else:
            order.shuffle(rows)
            middle = int(cut * len(rows))
            batches = [part for part in (rows[:middle], rows[middle:]) if part]
        for batch in batches:
            bench.conform("events", batch)
            bench.store()
        mine = f"where contact_id like '%-{mark}-{trial}'"
        whose = "split_part(contact_id, '-', 1)"
        made.append(
            [
                bench.rows(f"select {whose}, {columns} from lake.{table} {mine} order by all")
                for table, columns in (
                    ("contacts", "line, outcome, rating, received_at, operator_id, closed_by"),
                    ("legs", "leg, line, queued_at, answered_at, left_at, left_as, hold_s, talk_s"),
                    ("events", "event_at, kind, value"),
                )
            ]
        )
    for whole, in_parts in zip(*made, strict=True):
        assert Counter(whole) - Counter(in_parts) == Counter(in_parts) - Counter(whole)


@pytest.mark.parametrize("dataset", ["calls", "chats", "feedback"])
def test_a_row_of_ids_and_times_only_is_a_contact(bench, at, dataset):
    row = {"contact_id": f"{dataset}:1", "received_at": at("10:00:00")}
    bench.conform(dataset, [row])
    assert bench.contact("contact_id", "source") == (f"{dataset}:1", dataset)
    assert next(kind for (kind,) in bench.events("kind")) == "received"
