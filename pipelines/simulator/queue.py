"""The floor: one day of queues and operators as a discrete-event simulation.

Waits, abandons, overflow and late callbacks are not drawn: they come out of who calls, who is on
shift and how long people wait. Times are seconds from the local midnight. The day runs until its
last contact is over, past midnight if need be; only how long operators stay busy is carried on.
"""

from collections import deque
from heapq import heapify, heappop, heappush
from itertools import islice
from math import inf

from pipelines.simulator.kinds import (
    ABANDONED,
    CALLBACK,
    ENTER,
    FLOWED_OUT,
    FREE,
    OFFER,
    ON,
    OVERFLOW,
    PATIENCE,
    REST,
    RESUME,
    RETRY,
    RINGING,
    TALKED,
    TASK,
    TRANSFER,
    WAITING,
    Stay,
    Task,
)
from pipelines.simulator.luck import Luck
from pipelines.simulator.parameters import (
    CHAT,
    DAY_S,
    ESCALATED,
    FAULTS,
    LINES,
    MAIN,
    REDIAL,
    VIDEO,
    Parameters,
)
from pipelines.simulator.places import Places
from pipelines.simulator.staff import Shift, Staff

_LATE_S = 900.0  # an operator takes waiting callers so long after the end of the shift
_RINGS_S = 17.0  # an unanswered workplace rings so long
_CHOICE = 6  # waiting contacts a confounded world chooses among for who is free
_TASK_DUE_S = 400.0  # a callback goes before the queue when it is due so soon


class Floor(Places):
    """Runs one day. Results: `stays`, `tasks`, `born` (redials and escalations), `log`, `busy`."""

    def __init__(
        self, params: Parameters, staff: Staff, shifts: list[Shift], busy: dict[int, float],
        luck: Luck, category: list[int], lift: list[float], english: list[bool], n: int,
        at: list[float], *, confounded: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, staff, shifts, busy, confounded=confounded)
        self.stays: list[Stay] = []
        self.tasks: list[Task] = []
        self.born: list[tuple[int, int, float, int, int]] = []  # index, parent, at, line, origin
        self.spare = n
        self.room = len(luck.enter_s)
        self.category, self.lift, self.english = category, lift, english
        self._lists(luck)
        self.at = at + [0.0] * (self.room - n)
        self.handle: list[float] = params.handle_s.tolist()
        self.speed: list[float] = [2.0**-x for x in staff.effect("speed").tolist()]
        self.quick: list[float] = [2.0**-x for x in staff.effect("response").tolist()]
        self.overflow = {LINES.index(k): v for k, v in params.raw["overflow_after_s"].items()}
        self.queues: list[deque[Stay]] = [deque() for _ in LINES]
        self.due: list[list[tuple[float, int]]] = [[] for _ in LINES]
        self.heap += [(t, ENTER, i, 0) for i, t in enumerate(self.enter[:n]) if t < inf]
        for i, t in enumerate(self.specialist[:n]):
            if t < inf:
                self._owe(i, FAULTS, self.at[i] + t, self.at[i] + 7200.0, True)
        heapify(self.heap)

    def _lists(self, luck: Luck) -> None:
        self.enter: list[float] = luck.enter_s.tolist()
        self.line: list[int] = luck.line.tolist()
        self.patience: list[float] = luck.patience_s.tolist()
        self.factor: list[float] = luck.handle_factor.tolist()
        self.wrap: list[float] = luck.wrap_s.tolist()
        self.wants_callback: list[bool] = luck.accepts_callback.tolist()
        self.rings_out: list[bool] = luck.rings_out.tolist()
        self.ring: list[float] = luck.ring_s.tolist()
        self.transfer_line: list[int] = luck.transfer_line.tolist()
        self.transfer_at: list[float] = luck.transfer_at.tolist()
        self.redial: list[float] = luck.redial_s.tolist()
        self.escalates: list[int] = luck.escalates.tolist()
        self.response: list[float] = luck.response_s.tolist()
        self.specialist: list[float] = luck.specialist_s.tolist()
        self.reached: list[bool] = luck.reached.tolist()

    def _next(self, t: float, place: int) -> None:
        """Find the next thing to do for a place that has become free."""
        o = self.who[place]
        shift = self.shift.get(o)
        if shift is None:
            return
        lines = self.desk_lines[self.desk_of[place]]
        if t >= shift.off_s and (t > shift.off_s + _LATE_S or not self._waits(lines)):
            self._leave(t, o, place)
            return
        pauses = self.pauses[o]
        if pauses and pauses[0][0] <= t and t < DAY_S:
            self._rest(t, o)
            return
        for line in lines:
            if self.due[line] and self.due[line][0][0] - _TASK_DUE_S <= t:
                self._call(t, place, self.tasks[heappop(self.due[line])[1]])
                return
        if (stay := self._first(lines)) is not None:
            self._take(t, self._fitting(stay, place), place)
            return
        for line in lines:
            if self.due[line]:
                self._call(t, place, self.tasks[heappop(self.due[line])[1]])
                return
        self.is_idle[place] = True
        self.idle[self.desk_of[place]].append(place)

    def _waits(self, lines: list[int]) -> bool:
        return any(stay.state == WAITING for line in lines for stay in self.queues[line])

    def _first(self, lines: list[int]) -> Stay | None:
        """Take who waits the longest: in the desk's own line first, then where it helps out."""
        for line in lines:
            queue = self.queues[line]
            while queue:
                stay = queue.popleft()
                if stay.state == WAITING:
                    return stay
        return None

    def _fitting(self, stay: Stay, place: int) -> Stay:
        """Give a chosen stay back for one of the next that suits the operator better."""
        if not self.confounded:
            return stay
        queue = self.queues[stay.line]
        ahead = [s for s in islice(queue, 3 * _CHOICE) if s.state == WAITING][:_CHOICE]
        rank = self.rank[self.who[place]]
        best = min(
            [stay, *ahead], key=lambda s: abs(self.hardness[self.category[s.contact]] - rank)
        )
        if best is not stay:
            queue.remove(best)
            queue.appendleft(stay)
        return best

    def run(self) -> None:
        """Let the day happen."""
        heap = self.heap
        while heap:
            t, kind, i, j = heappop(heap)
            if kind == FREE:
                self._next(t, i)
            elif kind == ENTER:
                self._enter(t, i, self.line[i], 1)
            elif kind == PATIENCE:
                self._lose_patience(t, self.stays[i])
            elif kind == OFFER:
                self._offer_callback(t, self.stays[i])
            elif kind == TRANSFER:
                self._transfer(t, self.stays[i], j)
            elif kind == OVERFLOW:
                self._flow_out(t, self.stays[i])
            elif kind == RETRY:
                self._retry(t, self.stays[i])
            elif kind == TASK:
                self._task_ready(t, i)
            elif kind in (ON, RESUME):
                for place in list(self.places.get(i, ())):
                    self._next(t, place)
            elif kind == REST:
                self._pause_due(t, i)
            else:
                self._shift_ends(t, i)

    def _enter(self, t: float, contact: int, line: int, leg: int) -> None:
        s = len(self.stays)
        stay = Stay(contact, line, t, leg=leg, index=s)
        self.stays.append(stay)
        heap = self.heap
        place = self._idle_place(line, self.english[contact], self.category[contact])
        if place >= 0:
            self._take(t, stay, place)
            if stay.state != RINGING:
                return
        else:
            self.queues[line].append(stay)
        heappush(heap, (t + self.patience[contact], PATIENCE, s, 0))
        if self.wants_callback[contact]:
            heappush(heap, (t + self.params.raw["callback_offer"]["after_s"], OFFER, s, 0))
        if line in self.overflow:
            heappush(heap, (t + self.overflow[line], OVERFLOW, s, 0))

    def _take(self, t: float, stay: Stay, place: int) -> None:
        """An operator's place takes a contact; it may ring out first."""
        c, heap = stay.contact, self.heap
        o = self.who[place]
        if self.rings_out[c] and not stay.rang_out:
            stay.rang_out, stay.rang_by, stay.state = 1, o, RINGING
            heappush(heap, (t + _RINGS_S, RETRY, stay.index, 0))
            heappush(heap, (t + _RINGS_S + 45.0, FREE, place, 0))
            return
        stay.state, stay.operator, stay.place = TALKED, o, place
        lead = self.response[c] * self.quick[o] if stay.line == CHAT else self.ring[c]
        stay.ring_s = lead  # in a chat: from assignment to the first word
        stay.answered_s = t + lead
        talk = self.handle[self.category[c]] * self.factor[c] * self.speed[o] * self.lift[c]
        stay.talk_s, stay.wrap_s = talk, 8.0 if stay.line == CHAT else self.wrap[c]
        target = self.transfer_line[c]
        if target >= 0 and stay.leg == 1 and target not in self.desk_lines[self.desk_of[place]]:
            at = stay.answered_s + talk * self.transfer_at[c]
            heappush(heap, (at, TRANSFER, stay.index, target))
            return
        stay.left_s = stay.answered_s + talk
        self._release(stay.left_s + stay.wrap_s, place)
        if self.escalates[c] and stay.line == CHAT:
            self._escalate(stay)

    def _retry(self, t: float, stay: Stay) -> None:
        if stay.state != RINGING:
            return
        stay.state = WAITING
        place = self._idle_place(stay.line, self.english[stay.contact], self.category[stay.contact])
        if place >= 0:
            self._take(t, stay, place)
        else:
            self.queues[stay.line].appendleft(stay)

    def _transfer(self, t: float, stay: Stay, line: int) -> None:
        """Hand the call to an expert who is idle, or send it into the experts' queue."""
        stay.transferred_s, stay.transferred_to = t, line
        self._release(t + 0.6 * stay.wrap_s, stay.place)
        place = self._idle_place(line, self.english[stay.contact], self.category[stay.contact])
        if place < 0:
            stay.left_s = t
            self._enter(t, stay.contact, line, stay.leg + 1)
            return
        stay.taker, stay.taken_s = self.who[place], t + 3.0 + self.ring[stay.contact]
        stay.left_s = stay.taken_s + 0.8 * stay.talk_s
        self._release(stay.left_s + stay.wrap_s, place)

    def _lose_patience(self, t: float, stay: Stay) -> None:
        if stay.state not in (WAITING, RINGING):
            return
        stay.state, stay.left_s = ABANDONED, t
        c = stay.contact
        at = t + self.redial[c]
        if stay.line in (CHAT, VIDEO) or at > self._closes(stay.line) or self.spare >= self.room:
            return
        line = self.line[c]
        born = self._bear(c, at, line, REDIAL)
        heappush(self.heap, (at + 8.0, ENTER, born, 0))

    def _closes(self, line: int) -> float:
        last = self.params.raw["staffed_hours"]["main"][1] * 3600.0
        return last - 120.0 if line == MAIN else DAY_S - 60.0

    def _bear(self, parent: int, at: float, line: int, origin: int) -> int:
        born = self.spare
        self.spare += 1
        self.at[born], self.line[born] = at, line
        self.category[born], self.lift[born] = self.category[parent], self.lift[parent]
        self.english[born] = self.english[parent]
        self.born.append((born, parent, at, line, origin))
        return born

    def _escalate(self, stay: Stay) -> None:
        """A chat goes on by phone or video: a contact of its own, straight into a queue."""
        if self.spare >= self.room:
            return
        at = stay.left_s
        hour = at % DAY_S / 3600
        first, last = self.params.raw["staffed_hours"]["main"]
        by_day = first <= hour < last - 0.3
        line = VIDEO if self.escalates[stay.contact] == 2 else (MAIN if by_day else FAULTS)
        born = self._bear(stay.contact, at, line, ESCALATED)
        heappush(self.heap, (at + 6.0, ENTER, born, 0))

    def _offer_callback(self, t: float, stay: Stay) -> None:
        if stay.state != WAITING:
            return
        stay.state, stay.left_s = CALLBACK, t + 12.0
        due = t + 12.0 + self.params.raw["callback_offer"]["due_s"]
        self._owe(stay.contact, stay.line, t + 60.0, due, False)

    def _flow_out(self, t: float, stay: Stay) -> None:
        if stay.state != WAITING or not self._open(t):
            return
        stay.state, stay.left_s = FLOWED_OUT, t
        self._enter(t, stay.contact, MAIN, stay.leg + 1)

    def _open(self, t: float) -> bool:
        first, last = self.params.raw["staffed_hours"]["main"]
        return bool(first * 3600 <= t < last * 3600 - 600)

    def _owe(self, contact: int, line: int, ready: float, due: float, is_ticket: bool) -> None:
        self.tasks.append(Task(contact, line, ready, due, is_ticket))
        heappush(self.heap, (ready, TASK, len(self.tasks) - 1, 0))

    def _task_ready(self, t: float, i: int) -> None:
        task = self.tasks[i]
        place = self._idle_place(task.line, self.english[task.contact], self.category[task.contact])
        if place >= 0:
            self._call(t, place, task)
        else:
            heappush(self.due[task.line], (task.due_s, i))

    def _call(self, t: float, place: int, task: Task) -> None:
        c, o = task.contact, self.who[place]
        task.made_s, task.operator, task.reached = t + 12.0, o, self.reached[c]
        talk = self.handle[self.category[c]] * self.factor[c] * self.speed[o] * self.lift[c]
        lasts = 0.8 * talk + self.wrap[c] if task.reached else 45.0
        self._release(task.made_s + lasts, place)

    def _pause_due(self, t: float, o: int) -> None:
        """Let the idle places rest; busy ones do when they are free."""
        for place in self._stand_up(o):
            self._next(t, place)

    def _shift_ends(self, t: float, o: int) -> None:
        """Send home the places that are idle; busy ones leave when they are free."""
        for place in self._stand_up(o):
            self._leave(t, o, place)
