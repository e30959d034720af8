"""The calls log: a row a stay in a queue; times are epoch seconds until written."""

import numpy as np
import polars as pl

from pipelines.simulator.course import CALLED_BACK, OUTCOMES
from pipelines.simulator.drafts import U
from pipelines.simulator.kinds import CALLBACK, FLOWED_OUT, TALKED
from pipelines.simulator.parameters import (
    CHAT,
    ESCALATED,
    LINES,
    PORTAL,
    VIDEO,
    Flags,
    Floats,
    Ints,
    Words,
    either,
)
from pipelines.simulator.scene import NUMBERS, Scene, frame
from pipelines.simulator.texts import problem


def calls(scene: Scene) -> pl.DataFrame:
    """Return the calls log of a day: a row a stay in a queue, or one for a call never queued."""
    d, s, c = scene.day.drafts, scene.day.stays, scene.course
    mine = (d.stream != CHAT) & (d.stream != PORTAL)
    stays = np.flatnonzero(mine[s.contact])
    quiet = np.flatnonzero(mine & (c.last_stay < 0))
    who = np.concatenate([s.contact[stays], quiet])
    stay = np.concatenate([stays, np.full(len(quiet), -1, dtype=np.int64)])
    last = (stay < 0) | (c.last_stay[who] == stay)
    order = np.lexsort((stay, scene.ids.native[who].astype(str)))
    who, stay, last = who[order], stay[order], last[order]
    row = _Rows(scene, who, stay, last)
    columns = row.course() | row.result()
    text = problem(scene.params, scene.people, d.take(who), is_note=True)
    has_text = (row.leg == 1) & c.spoke[who] & (d.u[who, U.MESSAGES] < 0.72)
    columns["text"] = either(has_text, text, None)
    return frame(columns)


class _Rows:
    """Rows of the calls log: `who` is the contact, `stay` the stay (-1: never queued)."""

    def __init__(self, scene: Scene, who: Ints, stay: Ints, last: Flags):
        self.scene, self.who, self.stay, self.last = scene, who, stay, last
        s = scene.day.stays
        self.queued = stay >= 0
        self.leg = np.where(self.queued, s.leg[stay], 1)
        self.state = np.where(self.queued, s.state[stay], -1)
        self.talked = self.state == TALKED

    def of_stay(self, values: Floats) -> Floats:
        return np.where(self.queued, values[self.stay], np.nan)

    def at_end(self, values: Floats) -> Floats:
        """Times that stand in the contact's last row only."""
        return self.scene.at(np.where(self.last, values[self.who], np.nan))

    def course(self) -> dict[str, Floats | Words | Flags | Ints]:
        scene, who, first = self.scene, self.who, self.leg == 1
        d, s, c, i = scene.day.drafts, scene.day.stays, scene.course, scene.ids
        answered = self.of_stay(s.answered_s)
        ended = np.where(self.queued, self.of_stay(s.left_s), c.ended_s[who])
        # on hold with the first operator: a direct transfer ends that
        talk = np.nan_to_num(np.fmin(ended, self.of_stay(s.transferred_s)) - answered)
        u = d.u[who]
        hold = np.where(u[:, U.HOLD] < 0.27, 12 + 150 * u[:, U.HOLD_TIME] ** 2, 0.0)
        direct = self.queued & (s.taker[self.stay] >= 0)
        operator = np.where(self.talked, s.operator[self.stay], -1)
        operator = np.where(self.last & (c.made_by[who] >= 0), c.made_by[who], operator)
        return {
            "call_id": i.native[who],
            "leg": self.leg,
            "channel": np.where(d.stream[who] == VIDEO, "video", "phone").astype(object),
            "case_number": i.case_number[who],
            "dialled_number": self.dialled(),
            "caller_number": i.phone[who],
            "citizen_id": i.citizen_id[who],
            "language": i.language[who],
            "region": i.region[who],
            "received_at": scene.at(d.at_s[who]),
            "menu_choice": either(first, c.menu_choice[who], None),
            "queued_at": scene.at(self.of_stay(s.queued_s)),
            "answered_at": scene.at(answered),
            "first_response_at": scene.at(
                np.where(self.queued & (c.answered_s[who] == answered), answered, np.nan)
            ),
            "ended_at": scene.at(ended),
            "hold_s": np.where(self.talked, np.floor(np.minimum(hold, 0.4 * talk)), np.nan),
            "wrap_s": np.where(self.talked, np.floor(s.wrap_s[self.stay]), np.nan),
            "operator_id": scene.operator(operator),
            "transferred_at": scene.at(self.of_stay(s.transferred_s)),
            "transferred_to": self.transferred_to(),
            "transfer_answered_at": scene.at(self.of_stay(s.taken_s)),
            "transfer_operator_id": scene.operator(np.where(direct, s.taker[self.stay], -1)),
            "queue_exit_reason": either(
                self.state == FLOWED_OUT, "overflow", either(self.state == CALLBACK, "callback")
            ),
            "ring_no_answer": np.where(self.queued, s.rang_out[self.stay], 0),
            "rang_by": scene.operator(np.where(self.queued, s.rang_by[self.stay], -1)),
            "ring_s": np.where(self.talked, np.floor(s.ring_s[self.stay]), np.nan),
        }  # fmt: skip

    def dialled(self) -> Words:
        d, s = self.scene.day.drafts, self.scene.day.stays
        lines = np.where(self.leg > 1, s.line[self.stay], d.stream[self.who])
        ids = np.array(LINES, dtype=object)
        found = ids[lines]
        found[lines == VIDEO] = "chat"  # video is the chat's own second room
        for index, name in enumerate(LINES):
            numbers = NUMBERS.get(name, ())
            mine = (self.leg == 1) & (lines == index)
            if numbers:
                second = (d.u[self.who, U.PLATFORM] < 0.2) & (len(numbers) > 1)
                found[mine] = np.where(second, numbers[-1], numbers[0])[mine]
        return np.asarray(found)

    def transferred_to(self) -> Words:
        s = self.scene.day.stays
        target = np.where(self.queued, s.transferred_to[self.stay], -1)
        ids = np.array([*LINES, None], dtype=object)
        by_number = np.array([NUMBERS.get(x, (x,))[0] for x in LINES] + [None], dtype=object)
        dials = self.scene.day.drafts.u[self.who, U.PLATFORM] > 0.8
        return np.where(dials, by_number[target], ids[target])

    def result(self) -> dict[str, Floats | Words | Flags | Ints]:
        scene, who = self.scene, self.who
        d, c, o = scene.day.drafts, scene.course, scene.outcome
        asked = self.last & (c.outcome[who] == CALLED_BACK)
        requested = np.where(asked, c.ended_s[who] - 2, np.nan)
        words = np.array(OUTCOMES, dtype=object)[c.outcome[who]]
        words = np.where(
            self.last, words, np.where(self.state == FLOWED_OUT, "flowed_out", "transferred")
        )
        side = np.where(d.u[who, U.SIDE] < 0.63, "citizen", "operator")
        side = np.where(self.talked & (d.u[who, U.SIDE] > 0.99), "network", side)
        made = self.last & ~np.isnan(c.made_s[who])
        due = scene.params.raw["callback_offer"]["due_s"]
        return {
            "interpreter_requested_at": self.at_end(o.interpreter_s),
            "interpreter_joined_at": self.at_end(o.joined_s),
            "callback_requested_at": scene.at(requested),
            "callback_due_at": scene.at(requested + due),
            "callback_made_at": self.at_end(c.made_s),
            "callback_result": either(made, np.where(c.reached[who], "reached", "attempted"), None),
            "ticket_created_at": self.at_end(o.ticket_s),
            "ticket_accepted_at": self.at_end(o.accepted_s),
            "workaround_at": self.at_end(o.workaround_s),
            "complex_at": self.at_end(o.complex_s),
            "is_complex": ~np.isnan(o.complex_s[who]),
            "identity_verified_at": self.at_end(o.identity_s),
            "resolved_at": self.at_end(o.resolved_s),
            "reopened_at": self.at_end(o.reopened_s),
            "notified_at": self.at_end(o.notified_s),
            "confirmation_sent_at": self.at_end(o.confirmed_s),
            "confirmation_channel": either(self.last, o.confirmed_by[who], None),
            "verified_at": self.at_end(o.verified_s),
            "verification_result": either(self.last, o.verification[who], None),
            "forwarded_at": self.at_end(o.forwarded_s),
            "category": scene.ids.category[who],
            "outcome": words,
            "rating": np.where(self.last, o.rating[who], np.nan),
            "end_side": np.where(self.talked & self.last, side, "citizen").astype(object),
            "parent_contact_id": parents(scene)[who],
        }


def parents(scene: Scene) -> Words:
    """Return the chat an escalated contact goes on from."""
    d, parent = scene.day.drafts, scene.day.parent
    found = d.parent.copy()
    up = (d.origin == ESCALATED) & (parent >= 0)
    found[up] = scene.ids.contact_id[parent[up]]
    return found
