"""Words of outages and of what people did about them."""

import json
from datetime import datetime
from typing import Any

from dashboard import access, data, labels
from dashboard.i18n import N_, _, _n, formats
from pipelines.errors import ActError

KINDS = {
    "opened": N_("Сбой открыт"),
    "changed": N_("Сбой изменён"),
    "complex": N_("Отмечен как сложный"),
    "announced": N_("Объявление включено"),
    "silenced": N_("Объявление выключено"),
    "restored": N_("Сервис восстановлен"),
    "resumed": N_("Сбой продолжается"),
    "withdrawn": N_("Сбой отозван: его не было"),
    "notified": N_("Заявители уведомлены"),
    "note": N_("Заметка"),
    "handover": N_("Передача смены"),
}
FIELDS = {
    "detected_at": N_("начало"),
    "restored_at": N_("восстановление"),
    "category": N_("тематика"),
    "line": N_("линия"),
    "region": N_("регион"),
}
REFUSED = {
    "about_nothing": N_("Назовите тематику или линию."),
    "unknown": N_("Такой тематики, линии или региона нет."),
    "in_future": N_("Это время ещё не наступило."),
    "before_start": N_("Восстановление не может быть раньше начала сбоя."),
    "open_already": N_("Такой сбой уже открыт."),
    "restored_already": N_("Сервис уже отмечен восстановленным."),
    "still_open": N_("Сбой ещё идёт."),
    "changed_meanwhile": N_(
        "Пока вы правили, это поле изменил другой человек. Посмотрите, что стоит теперь."
    ),
    "nothing_changed": N_("Ничего не изменено."),
    "done_already": N_("Это уже сделано, возможно, другим человеком."),
    "no_text": N_("Напишите текст."),
    "not_there": N_("Такого сбоя нет."),
    "withdrawn": N_("Сбой отозван, действий по нему больше нет."),
}


def refused(error: ActError) -> str:
    """Say why an act was not done."""
    return _(REFUSED[error.code]) if error.code in REFUSED else _("Действие не выполнено.")


def title(row: dict[str, Any]) -> str:
    """Name an outage by what it is about."""
    about = [labels.category(row["category"])] if row.get("category") else []
    about += [labels.line(row["line"])] if row.get("line") else []
    about += [labels.region(row["region"])] if row.get("region") else []
    return " · ".join(about) or _("Массовый сбой")


def who(profile: str | None) -> str:
    """Return the name of a profile; who acted by a command is shown as the computer knows them."""
    if not profile:
        return "—"
    found = access.people(data.settings()).get(profile)
    return found.name if found else profile


def kind(name: str) -> str:
    """Return an act in words."""
    return _(KINDS[name]) if name in KINDS else name


def told(row: dict[str, Any]) -> str:
    """Say what an act of the log did: its text, the fields changed, the people told."""
    args = json.loads(row["args"] or "{}")
    parts = [row["text"]] if row["text"] else []
    for name, (old, new) in (args.get("fields") or {}).items():
        parts.append(
            _("{field}: {old} → {new}").format(
                field=_(FIELDS[name]), old=_field(name, old), new=_field(name, new)
            )
        )
    if args.get("contact_ids"):
        n = len(args["contact_ids"])
        parts.append(_n("{n} контакт", "{n} контактов", n).format(n=formats.number(n)))
    if args.get("detected_at"):
        parts.append(_("с {time}").format(time=_field("detected_at", args["detected_at"])))
    if args.get("restored_at"):
        parts.append(_("в {time}").format(time=_field("restored_at", args["restored_at"])))
    return " · ".join(parts) or "—"


def _field(name: str, value: Any) -> str:
    if value is None:
        return _("не указано")
    if name in ("detected_at", "restored_at"):
        return formats.when(datetime.fromisoformat(value))
    words = {"category": labels.category, "line": labels.line, "region": labels.region}
    return words[name](value)


def people(row: dict[str, Any]) -> str:
    """Say how many people an outage has touched so far; of unknown ones only contacts are known."""
    if row["citizens"] is None:
        n = row["contacts"]
        return _n("{n} контакт", "{n} контактов", n).format(n=formats.number(n))
    n = row["citizens"]
    return _n("{n} заявитель", "{n} заявителей", n).format(n=formats.number(n))


def to_tell(row: dict[str, Any]) -> str:
    """Say how many people are still to be told that the service is back."""
    n = row["to_notify"]
    if not n:
        return _("все уведомлены") if row["contacts"] else _("уведомлять некого")
    return _("осталось уведомить {n}").format(n=formats.number(n))


def hang_ups(row: dict[str, Any]) -> str:
    """Compare the share of calls lost before the announcement and while it was on, with bases."""
    parts = [_lost(row, "before", _("до объявления"))]
    if row["announced_at"] is not None:
        parts.append(_lost(row, "announced", _("при объявлении")))
    return _("Потеряно в очереди: {parts}").format(parts="; ".join(parts))


def _lost(row: dict[str, Any], name: str, when: str) -> str:
    if not row[f"offered_{name}"]:
        return f"{when} {formats.no_data()}"
    return _("{when} {share} ({n} из {base})").format(
        when=when,
        share=formats.share(row[f"abandoned_share_{name}"]),
        n=formats.number(row[f"abandoned_{name}"]),
        base=formats.number(row[f"offered_{name}"]),
    )


def handover(rows: list[dict[str, Any]]) -> str:
    """Draft the note the next shift begins with: outages that go on, people still to be told."""
    lines = [
        " · ".join(
            (
                title(row),
                _("с {time}").format(time=formats.when(row["detected_at"])),
                people(row),
                _("объявление включено") if row["is_announced"] else _("объявления нет"),
            )
        )
        for row in rows
        if row["restored_at"] is None
    ]
    lines = [_("Идут сбои:"), *lines] if lines else [_("Открытых сбоев нет.")]
    lines += [" · ".join((title(row), to_tell(row))) for row in rows if row["to_notify"]]
    return "\n".join(lines)
