"""Chats, forms, journal, operators as rows of their logs; times are epoch seconds."""

import numpy as np
import polars as pl

from pipelines.simulator.course import LOST
from pipelines.simulator.day import Day
from pipelines.simulator.drafts import U
from pipelines.simulator.exchanges import handed_on
from pipelines.simulator.messages import messages
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
from pipelines.simulator.portal import form_types
from pipelines.simulator.scene import Scene, frame
from pipelines.simulator.staff import Staff
from pipelines.simulator.texts import pick, problem, sentences


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
    moved = handed_on(scene.day, c, who)
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
    return frame(columns), said


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
    return frame({
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
    return frame({
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
