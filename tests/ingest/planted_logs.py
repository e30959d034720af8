"""Every log with citizens planted wherever a careless system, or a torn line, may put them."""

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

from tests.cleaning.documents import Citizen, citizen

_TEXTS: tuple[Callable[[Citizen], str], ...] = (
    lambda c: f"Не приходит код. {c.name.surname} {c.name.given} {c.name.patronymic}, {c.phone}.",
    lambda c: f"прошу перезвонить {c.phone}, {c.name.surname} {c.name.initials}".lower(),
    lambda c: f"Мой ИНН {c.inn}, снилс {c.snils}; {c.passport} выдан давно",
    lambda c: f"Карта {c.card} списание, писать на {c.email}. {c.name.given} {c.name.surname}",
    lambda c: f"Жалоба на оператора: {c.name.initials} {c.name.surname} груб. {c.inn} {c.snils}",
    lambda c: f"ОТКАЗАЛИ! {c.name.surname} {c.name.given} {c.name.patronymic}".upper(),
    lambda c: f"{c.passport}\n{c.email}\n{c.phone}\n{c.name.given} {c.name.patronymic}",
)
# people of the hotline, not met among the citizens
OPERATORS = [
    f"{surname} {given}"
    for surname in ("Ландышева", "Кипарисова", "Жасминова", "Фиалкина")
    for given in ("Аделаида", "Клеопатра", "Ариадна", "Васса", "Глафира")
]
CODES = ("region", "category", "outcome", "menu_choice", "language", "channel")


class Planter:
    """Makes citizens, and remembers them all."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.citizens: list[Citizen] = []

    def one(self) -> Citizen:
        self.citizens.append(citizen(self.rng))
        return self.citizens[-1]

    def text(self) -> str:
        return self.rng.choice(_TEXTS)(self.one())

    def any(self) -> str:
        """One identifier or full name, as a field of its own."""
        c = self.one()
        name = f"{c.name.surname} {c.name.given} {c.name.patronymic}"
        return self.rng.choice((c.phone, c.inn, c.snils, c.passport, c.card, c.email, name))


def _at(i: int) -> str:
    return f"2026-03-02T{9 + i // 3600 % 8:02}:{i // 60 % 60:02}:{i % 60:02}+03:00"


def write_logs(folder: Path, planter: Planter, rows: int) -> None:
    """Write one file of each log; the file names hold a name and a phone too."""
    folder.mkdir(parents=True)
    _calls(folder, planter, rows)
    _feedback(folder, planter, rows)
    _lines(folder / "chats.jsonl", [_chat(planter, i) for i in range(rows)])
    _lines(folder / "events.jsonl", [e for i in range(rows) for e in _events(planter, i)])
    _journal(folder, planter, rows)
    _operators(folder, planter, rows)
    _queue_log(folder, planter, rows)


def _calls(folder: Path, planter: Planter, rows: int) -> None:
    who = planter.one()
    name = f"жалоба_{who.name.surname}_{who.name.given}_{who.phone.replace(' ', '')}_calls.csv"
    columns = [
        "call_id", "channel", "case_number", "dialled_number", "caller_number", "citizen_id",
        "language", "region", "received_at", "answered_at", "ended_at", "hold_s", "operator_id",
        "transferred_at", "transferred_to", "menu_choice", "category", "outcome", "rating",
        "parent_contact_id", "text", "фио", "комментарий",
    ]  # fmt: skip
    table = []
    for i in range(rows):
        c = planter.one()
        row = {
            "call_id": f"c{i}", "channel": "phone", "case_number": f"2026-0302-{i:05}",
            "dialled_number": "8-800-555-35-35", "caller_number": c.phone, "citizen_id": c.snils,
            "language": "ru", "region": "Москва", "received_at": _at(i), "answered_at": _at(i + 20),
            "ended_at": _at(i + 90), "hold_s": "3", "operator_id": "op1",
            "transferred_at": _at(i + 50), "transferred_to": "faults", "menu_choice": "technical",
            "category": "form_error", "outcome": "served", "rating": "5",
            "parent_contact_id": "", "text": planter.text(), "фио": planter.any(),
            "комментарий": planter.text(),
        }  # fmt: skip
        kind = i % 10
        if kind == 1:
            row[planter.rng.choice(CODES)] = planter.any()
        elif kind == 2:  # an exchange that numbers calls by the caller
            row["call_id"] = f"{c.phone}-{i}"
        elif kind == 3:  # outgoing: the citizen's number is the dialled one
            row |= {"dialled_number": planter.one().phone, "transferred_to": planter.any()}
        elif kind == 4:  # cannot be read: to quarantine
            row |= {"received_at": planter.any(), "hold_s": planter.any()}
        elif kind == 5:
            row |= {"operator_id": _name(planter), "parent_contact_id": planter.one().phone}
        cells = [row[column] for column in columns]
        if kind == 6:  # shifted by a column
            cells = [*cells[1:], cells[0]]
        elif kind == 7:
            cells = [cells[-1], *cells[:-1]]
        table.append(cells[: -5 if kind == 8 else None])  # too short: no row at all
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *table])


def _name(planter: Planter) -> str:
    name = planter.one().name
    return f"{name.surname} {name.given}"


def _feedback(folder: Path, planter: Planter, rows: int) -> None:
    columns = [
        "feedback_id", "case_number", "citizen_id", "citizen_phone", "citizen_email", "region",
        "received_at", "type", "category", "text", "operator_id", "notified_channel",
        "verification_result",
    ]  # fmt: skip
    with (folder / "feedback.csv").open("w", encoding="cp1251", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(columns)
        for i in range(rows):
            c = planter.one()
            row = [
                f"f{i}", f"2026-0303-{i:05}", c.inn, c.phone, c.email, "Тверь", _at(i), "complaint",
                "form_error", planter.text(), "op2", "email", "confirmed",
            ]  # fmt: skip
            if i % 4 == 1:  # shifted left: a document stands where the case number does
                row = [*row[1:], row[0]]
            elif i % 4 == 2:
                row[planter.rng.choice((5, 7, 8, 11, 12))] = planter.any()
            out.writerow(row)


def _chat(planter: Planter, i: int) -> str:
    c = planter.one()
    messages: list[dict[str, object]] = [
        {"sent_at": _at(i), "sender": "citizen", "text": planter.text(),
         "attachments": [f"паспорт {_name(planter)}.jpg"]},
        {"sent_at": _at(i + 5), "sender": "operator", "operator_id": "op3", "text": planter.text()},
        {"sent_at": _at(i + 9), "sender": _name(planter), "text": planter.text()},
        {"sent_at": _at(i + 12), "sender": "operator", "operator_id": _name(planter), "text": "да"},
    ]  # fmt: skip
    chat = {
        "chat_id": f"h{i}", "citizen_id": c.inn, "citizen_phone": c.phone, "citizen_email": c.email,
        "received_at": _at(i), "messages": messages, "visitor": {"name": _name(planter)},
        "platform": "web", "closed_by": _name(planter) if i % 3 else "operator",
    }  # fmt: skip
    if i % 7 == 1:
        chat["received_at"] = planter.any()
    line = json.dumps(chat, ensure_ascii=False)
    return line[: planter.rng.randrange(80, len(line) - 40)] if i % 7 == 2 else line


def _events(planter: Planter, i: int) -> list[str]:
    c = planter.one()
    contact = f"calls:{c.phone}" if i % 9 == 3 else f"calls:e{i}"
    base = {"contact_id": contact, "channel": "phone"}
    received = base | {
        "event_at": _at(i), "kind": "received", "line": "main", "caller_number": c.phone,
        "citizen_id": c.snils, "text": planter.text(), "region": planter.any(),
        "note": planter.text(),
    }  # fmt: skip
    transferred = base | {
        "event_at": _at(i + 40), "kind": "transferred", "value": planter.one().phone,
        "operator_id": _name(planter),
    }  # fmt: skip
    message = base | {"event_at": _at(i + 50), "kind": "message_in", "value": planter.text()}
    odd = base | {"event_at": _at(i + 60), "kind": planter.any(), "line": planter.one().phone}
    lines = [json.dumps(e, ensure_ascii=False) for e in (received, transferred, message, odd)]
    if i % 8 == 5:
        lines.append(lines[0][: planter.rng.randrange(60, 170)])
    return lines


def _journal(folder: Path, planter: Planter, rows: int) -> None:
    with (folder / "journal.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["case_number", "channel", "received_at", "contact_id"])
        for i in range(rows):
            number = planter.one().inn if i % 5 == 1 else f"2026-0302-{i:05}"
            contact = planter.one().phone if i % 5 == 2 else f"c{i}"
            channel = planter.any() if i % 5 == 3 else "phone"
            out.writerow([number, channel, _at(i), contact])


def _operators(folder: Path, planter: Planter, rows: int) -> None:
    with (folder / "operators.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["operator_id", "name", "team", "event_at", "state", "reason"])
        for i in range(rows):
            shown = OPERATORS[i % 5] if i % 20 < 5 else ""
            reason = f"вместо: {planter.text()}" if i % 2 else planter.any()
            team = planter.any() if i % 6 == 1 else "Команда А"
            at = planter.any() if i % 11 == 4 else _at(i)
            out.writerow([f"op{i % 5}", shown, team, at, "pause" if i % 2 else "resume", reason])


def _queue_log(folder: Path, planter: Planter, rows: int) -> None:
    lines = ["1772431000|NONE|NONE|NONE|QUEUESTART|"]
    for i in range(rows):
        t, call, agent = (
            1772431200 + 10 * i,
            f"1772431200.{i}",
            OPERATORS[i % len(OPERATORS)],
        )
        lines += [
            f"{t}|{call}|NONE|NONE|DID|{planter.one().phone}",
            f"{t}|{call}|main|NONE|ENTERQUEUE||{planter.one().phone}|1",
            f"{t + 3}|{call}|main|{agent}|RINGNOANSWER|3000",
            f"{t + 4}|{call}|main|{agent}|CONNECT|4|{call}|2",
            f"{t + 5}|{call}|main|{agent}|BLINDTRANSFER|{planter.one().phone}|ext|4|1|1",
            f"{t + 6}|NONE|main|{agent}|PAUSE|{planter.text()}".replace("\n", " "),
            f"{t + 7}|NONE|main|{agent}|ADDMEMBER|",
            f"{t + 8}|{call}|{planter.one().phone}|NONE|{_name(planter)}|{planter.any()}",
        ]
        if i % 6 == 2:
            lines.append(f"1772{planter.text()}|{planter.any()}".replace("\n", " "))
    (folder / "queue_log").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_refused(folder: Path, planter: Planter) -> Path:
    """Write a file whose first line is no header, but a citizen: no log anybody knows."""
    path = folder / f"{_name(planter).replace(' ', '_')}_{planter.one().inn}.csv"
    path.write_text(",".join(planter.any().replace("\n", " ") for _ in range(5)) + "\n1,2,3,4,5\n")
    return path


def _lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
