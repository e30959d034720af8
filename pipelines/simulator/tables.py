"""A day's contacts as rows of the canonical logs; times are epoch seconds until written."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulator.course import CALLED_BACK, LOST, OUTCOMES, Course
from pipelines.simulator.day import Day
from pipelines.simulator.drafts import U
from pipelines.simulator.identifiers import Identifiers
from pipelines.simulator.messages import messages
from pipelines.simulator.outcome import Outcome
from pipelines.simulator.parameters import (
    CHAT,
    ESCALATED,
    LINES,
    PORTAL,
    VIDEO,
    Flags,
    Floats,
    Ints,
    Parameters,
    Words,
    either,
)
from pipelines.simulator.population import Population
from pipelines.simulator.portal import Replies, form_types
from pipelines.simulator.queue import CALLBACK, FLOWED_OUT, TALKED
from pipelines.simulator.staff import Staff
from pipelines.simulator.texts import pick, problem, sentences

NUMBERS = {  # line -> numbers dialled, from data/reference/lines.yml by `reference_numbers`
    "main": ("88005553535", "88001000000"), "faults": ("112",), "signature": ("88005550101",),
    "privacy": ("88005550202",), "business": ("88005550303",),
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """Everything known of a day, passed to the makers of rows."""

    params: Parameters
    people: Population
    team: Staff
    day: Day
    course: Course
    outcome: Outcome
    forms: Replies
    ids: Identifiers

    def at(self, seconds: Floats) -> Floats:
        """Return whole epoch seconds; nan stays nan."""
        return np.floor(seconds) + self.day.midnight_s

    def operator(self, index: Ints) -> Words:
        """Return operators' ids; None for -1."""
        return np.array([*self.team.ids, None], dtype=object)[index]


def _frame(columns: dict[str, Floats | Words | Flags | Ints]) -> pl.DataFrame:
    made = {}
    for name, values in columns.items():
        if values.dtype == object:
            made[name] = pl.Series(name, values.tolist(), dtype=pl.String)
        elif values.dtype == np.float64:
            made[name] = pl.Series(name, values).fill_nan(None)
        else:
            made[name] = pl.Series(name, values)
    return pl.DataFrame(made)


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
    return _frame(columns)


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
        talk = np.nan_to_num(ended - answered)
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


def chats(scene: Scene) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the chats of a day and their messages (chat_id, seq and the message's fields)."""
    d, s, c, o, i = scene.day.drafts, scene.day.stays, scene.course, scene.outcome, scene.ids
    who = np.flatnonzero(d.stream == CHAT)
    who = who[np.argsort(i.native[who].astype(str))]
    u = d.u[who]
    stay = c.last_stay[who]
    lost = c.outcome[who] == LOST
    up = np.isin(who, scene.day.parent[d.origin == ESCALATED])
    child = np.full(len(d), -1, dtype=np.int64)
    born = np.flatnonzero((d.origin == ESCALATED) & (scene.day.parent >= 0))
    child[scene.day.parent[born]] = born
    to = np.where(d.stream[child[who]] == VIDEO, "video", "phone")
    moved = ~lost & ~up & (u[:, U.TRANSFER] < 0.05)
    closed = np.where(lost | (u[:, U.SIDE] < 0.42), "citizen", "operator")
    closed = np.where(~lost & (u[:, U.SIDE] > 0.9), "timeout", closed)
    experts = scene.params.transfer_line[d.category[who]]
    target = np.where(experts >= 0, experts, LINES.index("main"))
    end = scene.at(c.ended_s[who])
    columns: dict[str, Floats | Words | Flags | Ints] = {
        "chat_id": i.native[who],
        "case_number": i.case_number[who],
        "citizen_id": i.citizen_id[who],
        "citizen_phone": i.phone[who],
        "citizen_email": i.email[who],
        "language": i.language[who],
        "region": i.region[who],
        "platform": np.where(u[:, U.PLATFORM] < 0.46, "web", "mobile").astype(object),
        "received_at": scene.at(d.at_s[who]),
        "category": i.category[who],
        "is_complex": ~np.isnan(o.complex_s[who]),
        "complex_at": scene.at(o.complex_s[who]),
        "transferred_to": either(moved, np.array(LINES, dtype=object)[target], None),
        "escalated_to": either(up, to, None),
        "escalated_at": np.where(up, end, np.nan),
        "closed_by": closed.astype(object),
        "assigned_at": scene.at((s.answered_s - s.ring_s)[stay]),
    }
    for name, values in (
        ("ticket_created_at", o.ticket_s), ("ticket_accepted_at", o.accepted_s),
        ("workaround_at", o.workaround_s), ("identity_verified_at", o.identity_s),
        ("verified_at", o.verified_s), ("forwarded_at", o.forwarded_s),
        ("resolved_at", o.resolved_s), ("reopened_at", o.reopened_s),
        ("notified_at", o.notified_s), ("confirmation_sent_at", o.confirmed_s),
    ):  # fmt: skip
        columns[name] = scene.at(values[who])
    columns |= {
        "ended_at": end,
        "verification_result": o.verification[who],
        "confirmation_channel": o.confirmed_by[who],
        "rating": o.rating[who],
    }
    said = messages(scene.params, scene.people, scene.team, scene.day, c, o, who, moved)
    return _frame(columns), said


def feedback(scene: Scene) -> pl.DataFrame:
    """Return the portal's forms of a day."""
    d, o, f, i = scene.day.drafts, scene.outcome, scene.forms, scene.ids
    who = np.flatnonzero(d.stream == PORTAL)
    who = who[np.argsort(i.native[who].astype(str))]
    u = d.u[who]
    kind = form_types(scene.params, scene.day)[who]
    text = problem(scene.params, scene.people, d.take(who), is_note=False)
    tail = pick(sentences("complaint_tail"), u[:, U.NOISE])
    text = np.where((kind == 0) & (u[:, U.SLOT] < 0.6), text + tail, text)
    for index, key in ((1, "suggestion"), (2, "gratitude")):
        text = np.where(kind == index, pick(sentences(key), u[:, U.PHRASE]), text)
    told = u[:, U.NOTIFIED] < scene.params.raw["portal_notified"]
    notified = np.where(told, f.replied_s[who] + 20 + 900 * u[:, U.NOTIFY_AT] ** 2, np.nan)
    registered = scene.at(f.registered_s[who])
    names = np.array(list(scene.params.raw["portal_types"]), dtype=object)
    return _frame({
        "feedback_id": i.native[who],
        "case_number": i.own_case[who],
        "citizen_id": i.citizen_id[who],
        "citizen_phone": i.phone[who],
        "citizen_email": i.email[who],
        "region": i.region[who],
        "received_at": scene.at(d.at_s[who]),
        "type": names[kind],
        "category": either((kind == 0) | (u[:, U.RECORDED] < 0.4), i.category[who]),
        "registered_at": registered,
        "assigned_at": scene.at(f.assigned_s[who]),
        "operator_id": scene.operator(f.operator[who]),
        "answered_at": scene.at(f.replied_s[who]),
        "due_at": np.where(kind < 2, registered + 30 * 86_400, np.nan),
        "notified_at": scene.at(notified),
        "notified_channel": either(told, either(u[:, U.EMAIL] < 0.6, "email", "account"), None),
        "verified_at": scene.at(o.verified_s[who]),
        "verification_result": o.verification[who],
        "forwarded_at": scene.at(o.forwarded_s[who]),
        "resolved_at": scene.at(o.resolved_s[who]),
        "reopened_at": scene.at(o.reopened_s[who]),
        "rating": o.rating[who],
        "about_contact_id": d.about[who],
        "text": text,
    })  # fmt: skip


def journal(scene: Scene) -> pl.DataFrame:
    """Return the hotline's journal of a day: nearly every contact, and a few nobody else knows."""
    d, i = scene.day.drafts, scene.ids
    kept = d.u[:, U.JOURNAL] < 0.985
    stray = d.u[:, U.JOURNAL] > 0.997
    who = np.concatenate([np.flatnonzero(kept), np.flatnonzero(stray)])
    extra = np.arange(len(who)) >= int(kept.sum())
    order = np.argsort(d.at_s[who], kind="stable")
    who, extra = who[order], extra[order]
    channel = np.where(d.stream == CHAT, "chat", np.where(d.stream == PORTAL, "portal", "phone"))
    channel = np.where(d.stream == VIDEO, "video", channel)
    return _frame({
        "case_number": np.where(extra, i.own_case[who] + "x", i.own_case[who]),
        "channel": channel[who].astype(object),
        "received_at": scene.at(d.at_s[who]),
        "contact_id": np.where(extra, i.contact_id[who] + "x", i.contact_id[who]),
    })  # fmt: skip


def operators(team: Staff, day: Day) -> pl.DataFrame:
    """Return the operators log of a day: who came, rested, left; with everybody's particulars."""
    log = sorted(day.log)
    who = [o for _, o, _, _ in log]
    return pl.DataFrame({
        "operator_id": [team.ids[o] for o in who],
        "name": [team.names[o] for o in who],
        "team": [team.team[o] for o in who],
        "skills": [team.skills[o] for o in who],
        "hired_on": [team.hired_on[o].isoformat() for o in who],
        "event_at": np.floor([t for t, _, _, _ in log]) + day.midnight_s,
        "state": [state for _, _, state, _ in log],
        "reason": [reason or None for _, _, _, reason in log],
    }, schema_overrides={"reason": pl.String, "event_at": pl.Float64})  # fmt: skip
