"""The week as a workbook: numbers stay numbers, each with its format and where it comes from."""

from datetime import UTC
from pathlib import Path
from typing import Any

import xlsxwriter

from pipelines.reports.figure_words import channel_name, plain_name
from pipelines.reports.foot_words import edition_line
from pipelines.reports.page import earlier, state_name, title
from pipelines.reports.week import MovedWeek, Week
from pipelines.reports.why_words import step_name
from pipelines.reports.words import Words
from pipelines.reports.xlsx_outside import days_asked, outside, summary_rows
from pipelines.reports.xlsx_sheet import Column, add_sheet


def write_xlsx(week: Week, words: Words, out: Path) -> None:
    """Write the figures of a week: a sheet each for the summary, promises, channels, problems."""
    # texts of logs (categories nobody mapped) must never become formulas or links
    book = xlsxwriter.Workbook(
        out, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    )
    about: dict[str, object] = {"title": f"{words('Линия')}: {week.get('week', '')}"}
    if at := week.get("as_of"):  # instead of the moment of writing: the same figures, the same file
        about["created"] = at.astimezone(UTC).replace(tzinfo=None)
    book.set_properties(about)
    try:
        _summary(book, week, words)
        _promises(book, week, words)
        _channels(book, week, words)
        _problems(book, week, words)
        _why(book, week, words)
        outside(book, week, words)
        _decisions(book, week, words)
    finally:
        book.close()


def _summary(book: Any, week: Week, words: Words) -> None:
    _ = words
    rating, quality = week.get("rating") or {}, week.get("quality") or {}
    asked = days_asked(week)
    volume, quality_rows = f"liniya metrics volume {asked}", f"liniya metrics quality {asked}"
    served = f"liniya metrics served {asked}"
    lost, lost_before = week.get("unserved"), week.get("unserved_before")
    held = quality.get("quarantined")
    rows: list[tuple[str, str, object, object, str]] = [
        (_("остались без ответа, человек"), "count", lost, lost_before,
         _("обращались и не обслужены ни по одному каналу за 24 часа") + f"; {served}"),
        (_("обещание нарушено, человек"), "count", week.get("failed"), week.get("failed_before"),
         served),
        (_("контактов"), "count", week.get("contacts"), week.get("contacts_before"), volume),
        (_("заявителей"), "count", week.get("citizens"), None,
         _("все контакты, принятые за период")),
        (_("доля оценок 4 и 5"), "share", rating.get("top_share"), rating.get("top_share_before"),
         _("оценок: {n}", n=words.number(rating.get("n")))),
        (_("средняя оценка"), "mean", rating.get("mean"), None, ""),
        (_("уровень обслуживания (SL-1)"), "share", week.get("level"), week.get("level_before"),
         f"liniya metrics sla {asked}"),
        *(
            (plain_name(one["figure"], words), "seconds", one["value"], one["before"],
             f"liniya metrics why {asked} --where figure={one['figure']}")
            for one in week.get("means") or []
        ),
        (_("доля повторных обращений"), "share", week.get("repeats"), week.get("repeats_before"),
         f"liniya metrics problems {asked}"),
        (_("операторов работало"), "count", week.get("operators"), None,
         _("приняли хотя бы один контакт")),
        *summary_rows(week, words, asked),
        (_("прочитано строк"), "count", quality.get("read"), None, quality_rows),
        (_("строк в карантине"), "count", held, None, "liniya quarantine list"),
    ]  # fmt: skip
    columns: list[Column] = [
        (_("показатель"), "text", 38),
        (words.this(week.get("kind", "week")), "kind", 16),
        (earlier(week, words), "kind", 16),
        (_("источник"), "text", 70),
    ]
    summary = add_sheet(book, _("Сводка"), columns, [(r[0], r[2], r[3], r[4]) for r in rows], words,
                   kinds=[r[1] for r in rows], first=3)  # fmt: skip
    bold = book.add_format({"bold": True, "font_size": 14})
    state = f" ({_('предварительно')})" if week.get("is_preliminary") else ""
    summary.write_string(0, 0, f"{title(week, words)} {week.get('week', '')}{state}", bold)
    as_of = _("Данные на {moment}", moment=words.moment(week.get("as_of")))
    number = week.get("snapshot")
    as_of += "" if number is None else ", " + _("снимок № {n}", n=number)
    summary.write_string(1, 0, f"{words.period(week['start'], week['end'])}. {as_of}")
    if edition := week.get("edition"):
        summary.write_string(2, 0, edition_line(edition, words))


def _promises(book: Any, week: Week, words: Words) -> None:
    _ = words
    columns: list[Column] = [
        ("promise", "text", 26),
        (_("обязательство"), "text", 52),
        (_("состояние"), "text", 20),
        (earlier(week, words), "text", 20),
        (_("факт"), "kind", 12),
        (_("факт, {before}", before=earlier(week, words)), "kind", 14),
        (_("факт, обычно"), "kind", 14),
        (_("цель"), "share", 10),
        (_("норматив, с"), "count", 12),
        (_("срок нарушен"), "count", 12),
        (_("просрочено, ещё открыто"), "count", 14),
        (_("в расчёте"), "count", 12),
        (_("основание"), "text", 12),
    ]
    given = week.get("promises") or []
    rows = [
        (
            p["promise"],
            words.label(p.get("label", p["promise"])),
            state_name(p.get("state", "no_data"), words),
            state_name(p.get("state_before") or "no_data", words),
            p.get("value"),
            p.get("value_before"),
            p.get("value_usual"),
            p.get("goal"),
            p.get("target_s"),
            p.get("breached"),
            p.get("overdue"),
            p.get("n"),
            p.get("basis") or "",
        )
        for p in given
    ]
    kinds = ["seconds" if p.get("unit") == "s" else "share" for p in given]
    add_sheet(book, _("Обязательства"), columns, rows, words, kinds=kinds,
              source=f"liniya metrics promises {days_asked(week)}")  # fmt: skip


def _channels(book: Any, week: Week, words: Words) -> None:
    _ = words
    columns: list[Column] = [
        (_("канал"), "text", 24),
        (_("контактов"), "count", 14),
        (earlier(week, words), "count", 16),
    ]
    rows = [
        (channel_name(row["channel"], words), row["contacts"], row.get("contacts_before"))
        for row in week.get("channels") or []
    ]
    add_sheet(book, _("Каналы"), columns, rows, words,
              source=f"liniya metrics volume {days_asked(week)} --by channel")  # fmt: skip


def _problems(book: Any, week: Week, words: Words) -> None:
    _ = words
    columns: list[Column] = [
        ("category", "text", 26),
        (_("тематика"), "text", 44),
        (_("контактов"), "count", 14),
        (earlier(week, words), "count", 16),
        (_("обычно"), "count", 14),
        (_("всплеск"), "text", 12),
    ]
    rows = [
        (
            row["category"],
            words.label(row.get("label", row["category"])),
            row["contacts"],
            row.get("contacts_before"),
            row.get("baseline"),
            _("всплеск") if row.get("burst") else "",
        )
        for row in week.get("problems") or []
    ]
    add_sheet(book, _("Тематики"), columns, rows, words,
              source=f"liniya metrics problems {days_asked(week)} --by category")  # fmt: skip


def _why(book: Any, week: Week, words: Words) -> None:
    """Write the steps of what moved; in a column they add up to the change."""
    _ = words
    shares = _("Почему изменилось"), "share", (_("вклад, п. п."), "mean", 14), 10
    means = _("Почему изменилось время"), "s", (_("вклад, с"), "seconds", 14), 1
    for name, unit, part, per in (shares, means):
        given = [one for one in week.get("why") or [] if one.get("unit", "share") == unit]
        if given:
            _steps(book, week, words, name, given, part, per)


def _steps(
    book: Any, week: Week, words: Words, name: str, given: list[MovedWeek], part: Column, per: int
) -> None:
    """Write the steps of shares, or of means; `per` of the units of a step are one of `part`."""
    _ = words
    kind = "seconds" if part[1] == "seconds" else "share"
    columns: list[Column] = [
        (_("показатель"), "text", 52),
        (_("шаг"), "text", 40),
        part,
        (earlier(week, words), kind, 16),
        (words.this(week.get("kind", "week")), kind, 12),
    ]
    rows = [
        (
            words.label(one.get("label") or plain_name(one["figure"], words)),
            step_name(step, words),
            step["shown"] / per,
            one["before"],
            one["now"],
        )
        for one in given
        for step in one["steps"]
    ]
    # the command has one period to compare with
    source = "" if week.get("against") else f"liniya metrics why {days_asked(week)}"
    add_sheet(book, name, columns, rows, words, source=source)


def _decisions(book: Any, week: Week, words: Words) -> None:
    """Write what was decided about this week, and before it; values in the unit of the figure."""
    _ = words
    given = [*(week.get("decisions") or []), *(week.get("followed") or [])]
    if not given:
        return
    columns: list[Column] = [
        (_("решение"), "text", 60),
        (_("показатель"), "text", 40),
        (_("при решении"), "kind", 14),
        (words.this(week.get("kind", "week")), "kind", 14),
        (_("ответственный"), "text", 24),
        (_("срок"), "text", 14),
        (_("состояние"), "text", 14),
    ]
    states = {"done": _("выполнено"), "dropped": _("снято"), "": _("в работе")}
    rows = [
        (
            one["text"],
            words.label(one["figure"]),
            one.get("value"),
            one.get("value_now"),
            one["owner"],
            one["due_on"].isoformat(),
            states[one.get("outcome") or ""],
        )
        for one in given
    ]
    units = {"s": "seconds", "share": "share"}
    kinds = [units.get(one["unit"], "count") for one in given]
    add_sheet(book, _("Решения"), columns, rows, words, kinds=kinds)
