"""The conversation of each chat: citizen, bot, operator, system."""

import numpy as np
import polars as pl

from pipelines.simulator.course import LOST, Course
from pipelines.simulator.day import Day
from pipelines.simulator.drafts import Drafts, U
from pipelines.simulator.exchanges import Exchanges, exchanges, taker
from pipelines.simulator.outcome import Outcome
from pipelines.simulator.parameters import Flags, Floats, Ints, Parameters, Words
from pipelines.simulator.population import Population
from pipelines.simulator.staff import Staff
from pipelines.simulator.texts import phrases, pick, problem, sentences

_REPLIES = ("technical", "authorization", "services", "documents", "other")
_GOLD = 0.6180339887498949  # a second draw out of the first: fractions of multiples


def _again(u: Floats, times: Ints | int) -> Floats:
    return np.asarray((u + _GOLD * times) % 1.0)


def messages(
    params: Parameters, people: Population, team: Staff, day: Day, c: Course, o: Outcome,
    who: Ints, moved: Flags,
) -> pl.DataFrame:  # fmt: skip
    """Return the messages of chats, in order.

    chat (its place in `who`), sent_at (epoch seconds), sender, operator_id, text, attachments
    (how many), sets_waiting.

    `moved` marks chats handed to another operator half way.
    """
    d = day.drafts.take(who)
    lost = c.outcome[who] == LOST
    start, first, end = d.at_s, c.answered_s[who], c.ended_s[who]
    texts = problem(params, people, d, is_note=False)
    parts = [_part(np.arange(len(who)), start, 0, "citizen", texts)]
    bot = np.full(len(who), phrases()["operator"]["bot"], dtype=object)
    parts.append(_part(np.arange(len(who)), np.fmin(start + 1, end), 1, "bot", bot))
    index = np.flatnonzero(~lost)
    operator = np.where(lost, -1, day.stays.operator[c.last_stay[who]])
    second = np.where(moved, taker(team, operator), operator)
    hello = pick(sentences("operator", "hello"), d.u[index, U.OPENING])
    names = np.array([n.split()[1] for n in team.names] + [""], dtype=object)[operator[index]]
    hello = np.array(
        [h.replace("{operator}", n) for h, n in zip(hello, names, strict=True)], dtype=object
    )
    parts.append(_part(index, first[index], 2, "operator", hello, operator[index]))
    parts += _exchange(params, d, exchanges(params, team, day, c, who, moved))
    parts += _closing(d, index, o.solved[who], end, second)
    said = pl.concat(parts).sort("chat", "seq")
    ids = np.array([*team.ids, None], dtype=object)[said["operator"].to_numpy()]
    return said.with_columns(
        sent_at=pl.col("sent_at").cum_max().over("chat").floor() + day.midnight_s,
        operator_id=pl.Series(ids.tolist(), dtype=pl.String),
    ).drop("operator", "seq")


def _part(
    chat: Ints, at: Floats, seq: Ints | int, sender: str, text: Words,
    operator: Ints | None = None, files: Ints | None = None, waits: Flags | None = None,
) -> pl.DataFrame:  # fmt: skip
    n = len(chat)
    return pl.DataFrame({
        "chat": chat,
        "seq": np.broadcast_to(np.asarray(seq, dtype=np.int64), n),
        "sent_at": at,
        "sender": pl.repeat(sender, n, dtype=pl.String, eager=True),
        "operator": np.full(n, -1, dtype=np.int64) if operator is None else operator,
        "text": pl.Series(text.tolist(), dtype=pl.String),
        "attachments": np.zeros(n, dtype=np.int64) if files is None else files,
        "sets_waiting": np.zeros(n, dtype=bool) if waits is None else waits,
    })  # fmt: skip


def _exchange(params: Parameters, d: Drafts, ex: Exchanges) -> list[pl.DataFrame]:
    """Questions and answers between the greeting and the end."""
    u = _again(d.u[ex.chat, U.MESSAGES], ex.step + 1)
    v = _again(d.u[ex.chat, U.PHRASE], ex.step + 1)
    citizen = pick(sentences("citizen", "answer"), u)
    files = ((u > 0.82) & (v > 0.3)).astype(np.int64)
    waits = (v > 0.93) & (ex.step < ex.n - 1)
    reply = _replies(params, d.category[ex.chat], v)
    reply = np.where(ex.step == 0, pick(sentences("operator", "ask"), v), reply)
    reply = np.where(waits, pick(sentences("operator", "wait"), u), reply)
    return [
        _part(ex.chat, ex.asked_s, 3 + 2 * ex.step, "citizen", citizen, files=files),
        _part(ex.chat, ex.replied_s, 4 + 2 * ex.step, "operator", reply, ex.operator, waits=waits),
    ]


def _replies(params: Parameters, category: Ints, u: Floats) -> Words:
    group = np.array([_REPLIES.index(c) if c in _REPLIES else 4 for c in params.classes])[category]
    found = np.full(len(category), "", dtype=object)
    for index, name in enumerate(_REPLIES):
        mine = group == index
        found[mine] = pick(sentences("operator", name), u[mine])
    return found


def _closing(
    d: Drafts, index: Ints, solved: Flags, end: Floats, second: Ints
) -> list[pl.DataFrame]:
    thanks = index[d.u[index, U.ENDING] < 0.7]
    words = np.where(
        solved[thanks],
        pick(sentences("citizen", "thanks"), d.u[thanks, U.NOISE]),
        pick(sentences("citizen", "upset"), d.u[thanks, U.NOISE]),
    )
    bye = index[d.u[index, U.SIDE] < 0.6]
    timeout = index[d.u[index, U.SIDE] > 0.9]
    closed = np.full(len(timeout), phrases()["operator"]["closed"], dtype=object)
    farewell = pick(sentences("operator", "bye"), d.u[bye, U.SLOT])
    return [
        _part(thanks, end[thanks] - 6, 100, "citizen", words),
        _part(bye, end[bye] - 1, 101, "operator", farewell, second[bye]),
        _part(timeout, end[timeout], 102, "system", closed),
    ]
