"""Whatever the order, the repetition and the cuts of a queue_log: the same stays, none lost."""

from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.conform import conform, rederive
from pipelines.sources import Context, read

EPOCH = 1794200400
calls = count(1)
LEGS = "leg, line, queued_at, answered_at, left_at, left_as, operator_id"
# an example is some calls at once: to read and conform a file costs as much for one as for ten
ANY = settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# a stay: queue, seconds waited, seconds talked (None: not answered), how it ended, pause after it
STAY = st.tuples(
    st.sampled_from(["q1", "q2", "q3"]),
    st.integers(0, 4),
    st.none() | st.integers(1, 4),
    st.integers(0, 3),
    st.sampled_from([0, 0, 1, 3]),
)
LEFT = ("ABANDON|1|1|{w}", "EXITWITHTIMEOUT|1|1|{w}", "EXITWITHKEY|2|1|1|{w}", "EXITEMPTY|1|1|{w}")
ENDED = (
    "COMPLETECALLER|{w}|{t}|1", "COMPLETEAGENT|{w}|{t}|1", "BLINDTRANSFER|9|c|{w}|{t}|1",
    "ATTENDEDTRANSFER|LINK|a|b|{w}|{t}|1",
)  # fmt: skip


def course(plans, is_open):
    """The lines of one call and the stays they tell of; the last may still go on."""
    lines, legs, now, entered, gone = [], [], 0, set(), set()
    was_short = False
    for n, (queue, wait, talk, how, pause) in enumerate(plans):
        # two exits from one queue in one second are one where two files tell them
        wait = max(wait, 1) if was_short or (queue, now) in entered | gone else wait
        now = now + 1 if (queue, now) in entered else now
        entered.add((queue, now))
        came, answered = now, now + wait if talk else None
        left = now + wait + (talk or 0)
        goes_on = is_open and n == len(plans) - 1
        lines.append(f"{came}|{queue}|NONE|ENTERQUEUE||anonymous|{n + 1}")
        agent = f"SIP/{n}" if talk else "NONE"
        if talk:
            lines.append(f"{answered}|{queue}|{agent}|CONNECT|{wait}|1.{n}|1")
        if not goes_on:
            end = (ENDED if talk else LEFT)[how].format(w=wait, t=talk)
            lines.append(f"{left}|{queue}|{agent}|{end}")
        left_as = (
            "answered" if talk else "open" if goes_on else "flowed_out" if how else "abandoned"
        )
        legs.append(
            (n + 1, queue, came, answered, None if goes_on else left, left_as,
             agent if talk else None)
        )  # fmt: skip
        was_short = left == came
        if not talk:
            gone.add((queue, left))
        now = left + pause
    return lines, legs


def written(lines, callid):
    parts = (line.partition("|") for line in lines)
    return [f"{EPOCH + int(at)}|{callid}|{rest}" for at, _, rest in parts]


@pytest.fixture
def take(bench, tmp_path):
    """Take one file as a file or as a tick would be: repeated lines of it count once."""
    context = Context.of(bench.lake.settings)
    con = bench.lake.con

    def run(lines):
        path = tmp_path / "queue_log"
        path.write_text("".join(f"{line}\n" for line in lines))
        [part] = [p for p in read(path, "queue_log", context) if p.dataset == "events"]
        con.register("incoming", part.frame)
        con.execute(
            "create or replace table staged as select incoming.* from incoming where row_no in "
            "(select min(row_no) from incoming group by row_key)"
        )
        con.unregister("incoming")
        conform(con, "staged", "events", "queue_log")
        rederive(con)
        con.execute(
            "delete from lake.events as old using outdated "
            "where old.contact_id = outdated.contact_id and old.seq = outdated.seq"
        )
        bench.store()

    return run


@pytest.fixture
def stays(bench):
    """Legs of a call, with times as seconds after the start of the log."""

    def of(callid):
        times = ", ".join(
            f"cast(epoch({name}) as bigint) - {EPOCH}" if name.endswith("_at") else name
            for name in LEGS.split(", ")
        )
        return bench.rows(
            f"select {times} from lake.legs where contact_id = 'queue_log:{callid}' order by leg"
        )

    return of


@ANY
@given(
    calls_plans=st.lists(
        st.tuples(st.lists(STAY, min_size=1, max_size=5), st.booleans()), min_size=4, max_size=8
    ),
    order=st.randoms(use_true_random=False),
    cuts=st.lists(st.floats(0, 1), min_size=1, max_size=3),
)
def test_stays_come_out_whatever_happens_to_the_lines(bench, take, stays, calls_plans, order, cuts):
    wanted, lines = {}, []
    for plans, is_open in calls_plans:
        callid = f"{next(calls)}.1"
        told, wanted[callid] = course(plans, is_open)
        lines += written(told, callid)
    shuffled = sorted(lines, key=lambda line: (line[:10], order.random()))
    shuffled += order.sample(shuffled, len(shuffled) // 2)  # repeated out of order
    places = [0, *sorted(int(cut * len(shuffled)) for cut in cuts), len(shuffled)]
    files = [shuffled[a:b] for a, b in pairwise(places) if a < b]
    order.shuffle(files)
    for file in files:
        take(file)
    for callid, legs in wanted.items():
        assert stays(callid) == legs
        told = bench.rows(
            "select kind, value from lake.events where kind in ('received', 'queued', 'answered') "
            f"and contact_id = 'queue_log:{callid}'"
        )
        assert [kind for kind, _ in told].count("received") == 1
        assert [kind for kind, _ in told].count("queued") == len(legs)
        assert not any(value == "recovered" for _, value in told)


@ANY
@given(
    losses=st.lists(
        st.tuples(STAY, st.sampled_from(["CONNECT", "ENTERQUEUE"])), min_size=4, max_size=8
    ),
    second=st.booleans(),
)
def test_a_line_that_is_lost_is_proved_by_the_others(take, stays, losses, second):
    begins = f"{EPOCH}|{next(calls)}.1|q1|NONE|ENTERQUEUE||anonymous|1"
    wanted, first, rest = {}, [], []
    for plan, lost in losses:
        callid = f"{next(calls)}.1"
        lines, legs = course([plan], is_open=False)
        wanted[callid] = legs if lost == "CONNECT" or len(lines) > 1 else []
        kept = [line for line in written(lines, callid) if lost not in line]
        first += kept[:1]
        rest += kept[1:]
    if second:  # the ends in a file of their own
        take([begins, *first])
        take([begins, *rest])
    else:
        take([begins, *sorted(first + rest, key=lambda line: line[:10])])
    assert {callid: stays(callid) for callid in wanted} == wanted


def test_two_queues_entered_in_one_second_are_two_stays_also_when_told_by_two_files(take, stays):
    callid = f"{next(calls)}.1"
    take(
        written(
            [
                "2|q1|NONE|ENTERQUEUE||anonymous|1",
                "2|q1|NONE|EXITWITHTIMEOUT|1|1|0",
                "6|q2|SIP/1|CONNECT|4|1.1|1",
            ],
            callid,
        )
    )
    take(
        written(
            ["2|q2|NONE|ENTERQUEUE||anonymous|2", "8|q2|SIP/1|COMPLETEAGENT|4|2|2"],
            callid,
        )
    )
    assert stays(callid) == [
        (1, "q1", 2, None, 2, "flowed_out", None),
        (2, "q2", 2, 6, 8, "answered", "SIP/1"),
    ]


def test_a_ring_at_two_operators_in_one_second_is_two_misses_also_when_told_by_two_files(
    bench, take
):
    callid = f"{next(calls)}.1"
    rings = [f"9|q1|SIP/{n}|RINGNOANSWER|5000" for n in (1, 2)]
    take(written(["4|q1|NONE|ENTERQUEUE||anonymous|1", rings[0]], callid))
    take(written([rings[1]], callid))
    take(written([rings[1]], callid))
    assert bench.rows(
        "select operator_id from lake.events where kind = 'ring_no_answer' "
        f"and contact_id = 'queue_log:{callid}' order by operator_id"
    ) == [("SIP/1",), ("SIP/2",)]
