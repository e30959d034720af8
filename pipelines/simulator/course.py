"""Who served a contact, when it ended and how: the day's stays and calls owed, by contact."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.day import Day
from pipelines.simulator.drafts import U
from pipelines.simulator.kinds import CALLBACK, FLOWED_OUT, TALKED
from pipelines.simulator.luck import menu_choices, menu_s
from pipelines.simulator.parameters import (
    ESCALATED,
    PORTAL,
    Flags,
    Floats,
    Ints,
    Parameters,
    Words,
    either,
)

SERVED, LOST, LEFT_MENU, SELF, TICKET, CALLED_BACK, FORM = range(7)
OUTCOMES = ("served", "abandoned", "abandoned_menu", "self_served", "ticket", "callback", "served")


@dataclass
class Course:
    """Arrays by contact of a day. Times in seconds from its midnight, nan where nothing was."""

    first_stay: Ints  # index of stays, -1 = never queued
    last_stay: Ints
    answered_s: Floats  # first human answer on the phone or in chat
    ended_s: Floats
    wait_s: Floats  # all the time in queues
    operator: Ints  # who ended it, -1 = nobody
    outcome: Ints
    menu_choice: Words
    made_s: Floats  # the call the hotline owed
    made_by: Ints
    reached: Flags
    spoke: Flags  # a human dealt with it

    @property
    def is_ticket(self) -> Flags:
        """Contacts that became a ticket in the off-hours menu."""
        return np.asarray(self.outcome == TICKET)


def course(params: Parameters, day: Day) -> Course:
    """Work out what became of every contact of a day but the portal's (see portal.py)."""
    d, s = day.drafts, day.stays
    n = len(d)
    nan = np.full(n, np.nan)
    first, last = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    order = np.arange(len(s.contact))
    first[s.contact[::-1]] = order[::-1]
    last[s.contact] = order
    queued = last >= 0
    answered, ended, wait = nan.copy(), nan.copy(), np.zeros(n)
    talks = s.state == TALKED
    index = s.contact[talks][::-1]
    answered[index] = s.answered_s[talks][::-1]
    ended[queued] = s.left_s[last[queued]]
    np.add.at(wait, s.contact, np.nan_to_num(np.where(talks, s.answered_s, s.left_s) - s.queued_s))
    operator = np.full(n, -1, dtype=np.int64)
    operator[index] = s.operator[talks][::-1]
    final = np.where(s.taker >= 0, s.taker, s.operator)
    operator[queued] = np.where(talks[last[queued]], final[last[queued]], operator[queued])
    outcome = np.full(n, LOST, dtype=np.int64)
    state = np.where(queued, s.state[last], -1)
    outcome[state == TALKED] = SERVED
    outcome[state == CALLBACK] = CALLED_BACK
    assert not (state == FLOWED_OUT).any()  # the next stay follows at once
    choice = either(day.drafts.origin == ESCALATED, None, menu_choices(params, d))
    made, made_by, reached = _owed(day, n)
    _unqueued(params, day, queued, choice, outcome, ended)
    owed = ~np.isnan(made)
    operator[owed] = made_by[owed]
    spoke = (outcome == SERVED) | (reached & owed)
    return Course(
        first, last, answered, ended, wait, operator, outcome, choice, made, made_by, reached, spoke
    )


def _owed(day: Day, n: int) -> tuple[Floats, Ints, Flags]:
    made, by = np.full(n, np.nan), np.full(n, -1, dtype=np.int64)
    reached = np.zeros(n, dtype=bool)
    t = day.tasks
    made[t.contact], by[t.contact], reached[t.contact] = t.made_s, t.operator, t.reached == 1
    by[np.isnan(made)] = -1
    return made, by, reached


def _unqueued(
    params: Parameters, day: Day, queued: Flags, choice: Words, outcome: Ints, ended: Floats
) -> None:
    """Calls that never joined a queue: left in the menu, self-served, made a ticket; and forms."""
    d = day.drafts
    heard = d.at_s + menu_s(params, d)
    quiet = ~queued & (d.stream != PORTAL)
    outcome[quiet] = LEFT_MENU
    ended[quiet] = (d.at_s + 2 + (heard - d.at_s) * d.u[:, U.MENU_CHOICE])[quiet]
    for word, code, low, span in (("access", SELF, 55.0, 100.0), ("technical", TICKET, 35.0, 40.0)):
        mine = quiet & (choice == word)
        outcome[mine] = code
        ended[mine] = (heard + low + span * d.u[:, U.SIDE])[mine]
    outcome[d.stream == PORTAL] = FORM
