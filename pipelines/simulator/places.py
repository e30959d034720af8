"""Places of work: who is on shift, who is idle, who rests; one place a contact taken at once."""

from collections import deque
from heapq import heappush

import numpy as np

from pipelines.simulator.kinds import FREE, OFF, ON, REST, RESUME
from pipelines.simulator.parameters import DAY_S, LINES, Parameters
from pipelines.simulator.staff import Shift, Staff


class Places:
    """Operators at their places during one day. Owns the heap of events, as the floor's clock."""

    def __init__(
        self, params: Parameters, staff: Staff, shifts: list[Shift], busy: dict[int, float],
        *, confounded: bool = False,
    ) -> None:  # fmt: skip
        self.params, self.staff = params, staff
        self.heap: list[tuple[float, int, int, int]] = []
        self.log: list[tuple[float, int, str, str]] = []  # at, operator, state, reason
        self.busy: dict[int, float] = {}  # operators whose last contact goes on past midnight
        self.speaks: list[bool] = staff.english.tolist()
        self.confounded = confounded
        self.rank = _ranks(staff) if confounded else []
        self.hardness = _hardness(params) if confounded else []
        self._seat(shifts, busy)

    def _seat(self, shifts: list[Shift], busy: dict[int, float]) -> None:
        """Give everyone on shift one place a parallel contact, and plan logins, pauses, logouts."""
        descs = list(self.params.raw["desks"].values())
        self.desk_lines = [[LINES.index(x) for x in d["lines"]] for d in descs]
        self.desks_of: list[list[int]] = [[] for _ in LINES]
        for rank in (0, 1):
            for d, lines in enumerate(self.desk_lines):
                if len(lines) > rank:
                    self.desks_of[lines[rank]].append(d)
        self.idle: list[deque[int]] = [deque() for _ in descs]
        self.who: list[int] = []  # by place
        self.desk_of: list[int] = []
        self.is_idle: list[bool] = []
        self.shift: dict[int, Shift] = {}
        self.places: dict[int, list[int]] = {}
        self.pauses: dict[int, list[tuple[float, float, str]]] = {}
        self.resting: dict[int, int] = {}  # places that wait for the pause to begin
        for s in sorted(shifts, key=lambda s: (s.on_s, s.operator)):
            o, desk = s.operator, int(self.staff.desk[s.operator])
            if "portal" in descs[desk]["lines"]:
                self._day_of(s)
                continue
            self.shift[o] = s
            self.pauses[o] = [p for p in s.pauses if 0 <= p[0] < DAY_S]
            self.places[o] = list(range(len(self.who), len(self.who) + descs[desk].get("slots", 1)))
            for _ in self.places[o]:
                self.who.append(o)
                self.desk_of.append(desk)
                self.is_idle.append(False)
            self.heap.append((max(s.on_s, busy.get(o, 0.0), 0.0), ON, o, 0))
            if s.off_s < DAY_S:
                self.heap.append((s.off_s, OFF, o, 0))
            self.heap += [(p[0], REST, o, 0) for p in self.pauses[o]]
            if s.on_s >= 0:
                self.log.append((s.on_s, o, "login", ""))
        self.kept = [min(2, self.desk_of.count(d) // 8) for d in range(len(descs))]

    def _day_of(self, s: Shift) -> None:
        """Log the day of somebody whose work does not come by the queue."""
        self.log.append((s.on_s, s.operator, "login", ""))
        for begins, lasts, reason in s.pauses:
            self.log.append((begins, s.operator, "pause", reason))
            self.log.append((begins + lasts, s.operator, "resume", ""))
        self.log.append((s.off_s, s.operator, "logout", ""))

    def _leave(self, t: float, o: int, place: int) -> None:
        self.places[o].remove(place)
        if self.resting.get(o, 0) >= len(self.places[o]):  # those left only waited to rest
            self.places[o].clear()
            self.resting.pop(o, None)
            if self.shift[o].off_s < DAY_S:
                self.log.append((max(t, self.shift[o].off_s), o, "logout", ""))
            del self.shift[o]

    def _rest(self, t: float, o: int) -> None:
        """Begin the pause once all of the operator's contacts are over."""
        self.resting[o] = self.resting.get(o, 0) + 1
        if self.resting[o] < len(self.places[o]):
            return
        _, lasts, reason = self.pauses[o].pop(0)
        del self.resting[o]
        self.log.append((t, o, "pause", reason))
        self.log.append((t + lasts, o, "resume", ""))
        if t + lasts > DAY_S:
            self.busy[o] = t + lasts
        heappush(self.heap, (t + lasts, RESUME, o, 0))

    def _idle_place(self, line: int, english: bool, category: int) -> int:
        """Take the place idle the longest among the desks of a line; -1 if nobody is.

        In a confounded world: the place of who suits the category best.
        """
        if english:
            for desk in self.desks_of[line]:
                for place in self.idle[desk]:
                    if self.speaks[self.who[place]]:
                        self.idle[desk].remove(place)
                        self.is_idle[place] = False
                        return place
        for desk in self.desks_of[line]:
            # a desk that helps out keeps some free for its own line
            if len(self.idle[desk]) > (0 if self.desk_lines[desk][0] == line else self.kept[desk]):
                place = self._suited(desk, category)
                self.is_idle[place] = False
                return place
        return -1

    def _suited(self, desk: int, category: int) -> int:
        idle = self.idle[desk]
        if not self.confounded:
            return idle.popleft()
        wanted = self.hardness[category]
        place = min(idle, key=lambda p: abs(self.rank[self.who[p]] - wanted))
        idle.remove(place)
        return place

    def _release(self, t: float, place: int) -> None:
        o = self.who[place]
        if t > DAY_S:
            self.busy[o] = max(t, self.busy.get(o, 0.0))
        heappush(self.heap, (t, FREE, place, 0))

    def _stand_up(self, o: int) -> list[int]:
        idle = [p for p in self.places[o] if self.is_idle[p]] if o in self.shift else []
        for place in idle:
            self.is_idle[place] = False
            self.idle[self.desk_of[place]].remove(place)
        return idle


def _ranks(staff: Staff) -> list[float]:
    """Return by operator the place among the desk's people by what they solve, 0 worst, 1 best."""
    solve = staff.effect("solve")
    found = np.zeros(len(solve))
    for members in staff.members:
        order = np.argsort(np.argsort(solve[members]))
        found[members] = (order + 0.5) / max(1, len(members))
    return found.tolist()


def _hardness(params: Parameters) -> list[float]:
    """Return by category the share of all contacts that are easier to solve, 0 to 1."""
    share = params.stream_share @ params.category_weight
    order = np.argsort(-params.solve, kind="stable")
    found = np.zeros(len(share))
    found[order] = np.cumsum(share[order]) - share[order] / 2
    return found.tolist()
