"""What people write: Russian problem texts by category with personal data in them, some in others.

Personal data is that of the made-up citizen who writes, so masking and linking can be tested.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import yaml

from pipelines.simulator.drafts import Drafts, U
from pipelines.simulator.names import chosen
from pipelines.simulator.parameters import HERE, Floats, Ints, Parameters, Words
from pipelines.simulator.population import Population

_ALTERNATIVES = re.compile(r"\[([^\]]*)\]")
# share of texts that name each kind of personal data; the rest name none
PERSONAL = (("inn", 0.08), ("snils", 0.06), ("phone", 0.08), ("email", 0.05), ("passport", 0.05),
            ("card", 0.02), ("name", 0.10))  # fmt: skip
_MAIL = ("mail.ru", "yandex.ru", "gmail.com", "bk.ru", "rambler.ru", "inbox.ru")


def expanded(pattern: str) -> list[str]:
    """Return every sentence a pattern stands for.

    >>> expanded("Не [могу|хочу] войти.")
    ['Не могу войти.', 'Не хочу войти.']
    """
    parts = _ALTERNATIVES.split(pattern)
    choices = [p.split("|") if i % 2 else [p] for i, p in enumerate(parts)]
    return ["".join(words) for words in product(*choices)]


@cache
def phrases() -> dict[str, Any]:
    """Read `phrases.yml` once."""
    found: dict[str, Any] = yaml.safe_load((HERE / "phrases.yml").read_text("utf-8"))
    return found


@cache
def sentences(*path: str) -> Words:
    """Return every sentence under a path of keys of `phrases.yml`."""
    node = phrases()
    for key in path:
        node = node[key]
    return np.array([s for p in node for s in expanded(p)], dtype=object)


def pick(words: Words, u: Floats) -> Words:
    """Choose one word for each draw."""
    return np.asarray(words[np.minimum((u * len(words)).astype(np.int64), len(words) - 1)])


def phone_text(numbers: Ints, style: Floats) -> Words:
    """Write phone numbers (ten digits) the ways people do; `style` is a uniform draw."""
    kinds = (style * 6).astype(np.int64).tolist()
    made = []
    for n, kind in zip(numbers.tolist(), kinds, strict=True):
        s = str(n)
        a, b, c, d = s[:3], s[3:6], s[6:8], s[8:]
        made.append(
            (f"+7{s}", f"8{s}", f"8 ({a}) {b}-{c}-{d}", f"+7 {a} {b} {c} {d}", f"8-{a}-{b}-{c}-{d}",
             f"7{s}")[kind]
        )  # fmt: skip
    return np.array(made, dtype=object)


def email(people: Population, citizen: Ints) -> Words:
    """Return the mail address of each citizen: always the same one."""
    box = chosen("box", people.surname[citizen], people.is_woman[citizen])
    host = np.array(_MAIL, dtype=object)[people.first[citizen] % len(_MAIL)]
    return np.asarray(box + "." + (citizen % 100_000).astype(str).astype(object) + "@" + host)


def full_name(people: Population, citizen: Ints) -> Words:
    """Return surname, name and patronymic of each citizen."""
    woman = people.is_woman[citizen]
    surname = chosen("surname", people.surname[citizen], woman)
    first = chosen("first", people.first[citizen], woman)
    return np.asarray(surname + " " + first + " " + chosen("father", people.father[citizen], woman))


def problem(params: Parameters, people: Population, d: Drafts, *, is_note: bool) -> Words:
    """Return the text of each contact: opening, problem, personal data, ending.

    Args:
        params, people: the world.
        d: the contacts.
        is_note: an operator's note of a call (shorter, no greeting) rather than a citizen's own.
    """
    body = np.full(len(d), "", dtype=object)
    for index, category in enumerate(params.categories):
        mine = d.category == index
        body[mine] = pick(sentences("texts", category), d.u[mine, U.PHRASE])
    opening = pick(sentences("notes" if is_note else "openings"), d.u[:, U.OPENING])
    ending = pick(sentences("endings"), d.u[:, U.ENDING])
    text = opening + body + personal(people, d) + ("" if is_note else ending)
    return _foreign(params, d, _careless(text, d.u[:, U.NOISE]))


def personal(people: Population, d: Drafts) -> Words:
    """Return a sentence with personal data for some contacts, an empty string for the rest."""
    found = np.full(len(d), "", dtype=object)
    low = 0.0
    for kind, share in PERSONAL:
        mine = np.flatnonzero((d.u[:, U.PERSONAL] >= low) & (d.u[:, U.PERSONAL] < low + share))
        low += share
        words = pick(sentences("personal", kind), d.u[mine, U.SLOT])
        facts = _facts(kind, people, d.citizen[mine], d.u[mine, U.FORMAT])
        found[mine] = [w.format(**f) for w, f in zip(words, facts, strict=True)]
    return found


def _facts(kind: str, people: Population, citizen: Ints, style: Floats) -> list[dict[str, str]]:
    if kind == "phone":
        return [{"phone": p} for p in phone_text(people.phone[citizen], style)]
    if kind == "email":
        return [{"email": e} for e in email(people, citizen)]
    if kind == "name":
        return [{"name": n} for n in full_name(people, citizen)]
    if kind == "inn":
        return [{"inn": x} for x in people.inn[citizen]]
    if kind == "snils":
        return [{"snils": x, "snils_dashed": snils_dashed(x)} for x in people.snils[citizen]]
    if kind == "passport":
        return [
            {"passport": f"{x[:4]} {x[4:]}", "passport_split": f"{x[:2]} {x[2:4]} № {x[4:]}"}
            for x in people.passport[citizen]
        ]
    return [
        {"card": x, "card_spaced": " ".join(x[i : i + 4] for i in range(0, 16, 4))}
        for x in people.card[citizen]
    ]


def snils_dashed(digits: str) -> str:
    """Write a SNILS the way it is printed.

    >>> snils_dashed("11223344595")
    '112-233-445 95'
    """
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"


def _careless(text: Words, u: Floats) -> Words:
    """Some write in small letters without full stops, some in capitals, some with a typo."""
    found = text.copy()
    changes: tuple[tuple[float, float, Callable[[str], str]], ...] = (
        (0.0, 0.07, lambda t: t.lower().rstrip(".")),
        (0.07, 0.085, lambda t: t.upper()),
        (0.085, 0.13, lambda t: t.replace("ст", "тс", 1)),
        (0.13, 0.16, lambda t: t.replace(", ", " ")),
    )
    for low, high, change in changes:
        for i in np.flatnonzero((u >= low) & (u < high)):
            if "@" not in found[i]:
                found[i] = change(found[i])
    return found


def _foreign(params: Parameters, d: Drafts, text: Words) -> Words:
    for index, language in enumerate(params.languages):
        mine = d.language == index
        if language == "ru" or not mine.any():
            continue
        words = sentences("english") if language == "en" else sentences("other", language)
        text[mine] = pick(words, d.u[mine, U.PHRASE])
    return text
