"""Every way a table of another system may be written, read by a profile and no code."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from pipelines.errors import ReferenceDataError, SourceError
from pipelines.settings import Settings
from pipelines.sources import Context, Staged, detect, read

Rows = list[tuple[Any, ...]]
HEAD = "dataset: calls\ncolumns: {call_id: Номер, received_at: Дата, text: Текст}\n"
LINES = "Номер;Дата;Текст\n1;2026-03-02 10:00;Не работает портал, ошибка\n2;2026-03-02 11:00;Да\n"
EXPECTED = [
    ("1", "2026-03-02 07:00", "Не работает портал, ошибка"),
    ("2", "2026-03-02 08:00", "Да"),
]


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., list[Staged]]:
    """Read a file by a profile written as a text; check that its content names the profile."""

    def run(profile: str, content: str | bytes, name: str = "x.csv") -> list[Staged]:
        folder = tmp_path / "sources"
        folder.mkdir(exist_ok=True)
        (folder / "mine.yml").write_text(profile)
        context = Context.of(replace(Settings(home=tmp_path / "home"), sources=folder))
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read(path, "mine", context))

    return run


def rows(parts: list[Staged], *columns: str) -> Rows:
    frame = pl.concat(p.frame for p in parts)
    assert sum(p.n_read for p in parts) == len(frame) + sum(len(p.unreadable) for p in parts)
    times = [c for c in columns if frame[c].dtype == pl.Datetime("us", "UTC")]
    return frame.select(columns).with_columns(pl.col(c).dt.strftime("%F %R") for c in times).rows()


def calls(parts: list[Staged]) -> Rows:
    return rows(parts, "call_id", "received_at", "text")


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r", "cp866"],
)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("is_named", [False, True])
def test_the_encoding_is_found_or_named(
    encoding: str, packed: bool, is_named: bool, table: Callable[..., list[Staged]]
) -> None:
    data = LINES.encode(encoding)
    named = f"encoding: {encoding}\n" if is_named else ""
    assert calls(table(HEAD + named, gzip.compress(data) if packed else data)) == EXPECTED


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", "||", "¦", "::", " @ "])
def test_any_delimiter_is_read_and_the_usual_ones_are_found(
    delimiter: str, table: Callable[..., list[Staged]]
) -> None:
    def line(*cells: str) -> str:
        return delimiter.join(f'"{c}"' if delimiter in c or '"' in c else c for c in cells)

    text = f"да{delimiter}нет"
    body = "\n".join(
        [
            line("Номер", "Дата", "Текст"),
            line("1", "2026-03-02 10:00", text),
            line("2", "2026-03-02 11:00", "Да"),
        ]
    )
    named = (
        ""
        if delimiter in (",", ";", "\t", "|")
        else f"delimiter: {json.dumps(delimiter, ensure_ascii=False)}\n"
    )
    assert calls(table(HEAD + named, body))[0] == ("1", "2026-03-02 07:00", text.strip())


def test_a_delimiter_is_not_taken_from_words_of_the_header(
    table: Callable[..., list[Staged]],
) -> None:
    text = "Номер;Дата;Текст, подробно, как есть\n1;2026-03-02 10:00;x\n"
    profile = HEAD.replace("text: Текст", 'text: "Текст, подробно, как есть"')
    assert calls(table(profile, text)) == [("1", "2026-03-02 07:00", "x")]


@pytest.mark.parametrize(
    ("quote", "cell", "text"),
    [
        ('"', '"a;""b"""', 'a;"b"'),
        ("'", "'a;''b\"'", "a;'b\""),
        ("none", 'ООО "Ромашка', 'ООО "Ромашка'),
    ],
)
def test_quotes_are_double_single_or_none(
    quote: str, cell: str, text: str, table: Callable[..., list[Staged]]
) -> None:
    body = f"Номер;Дата;Текст\n1;2026-03-02 10:00;{cell}\n2;2026-03-02 11:00;Да\n"
    parts = table(f"{HEAD}quote: {json.dumps(quote)}\n", body)
    assert [row[2] for row in calls(parts)] == [text, "Да"]


def test_the_header_may_stand_lower_and_hold_line_ends(
    table: Callable[..., list[Staged]],
) -> None:
    lines = LINES.replace("Текст", '"Текст\nобращения"')
    body = f"Отчёт;за март\n\nсоставил;Иванов\n{lines}"
    profile = HEAD.replace("text: Текст", "text: Текст обращения") + "header: 4\n"
    parts = table(profile, body)
    assert calls(parts) == EXPECTED
    assert parts[0].frame["row_no"].to_list() == [6, 7]


def test_columns_without_a_header_have_numbers(table: Callable[..., list[Staged]]) -> None:
    profile = 'dataset: calls\nheader: none\ncolumns: {call_id: 1, received_at: "2", text: 3}\n'
    assert calls(table(profile, LINES.split("\n", 1)[1])) == EXPECTED


@pytest.mark.parametrize(
    ("forms", "written"),
    [
        ("day_first", "02.03.2026 10:00"),
        ("day_first", "2/3/26 10:00:00"),
        ("month_first", "03/02/2026 10:00:00 AM"),
        ("iso", "2026-03-02T07:00:00Z"),
        ("epoch_s", "1772434800"),
        ("epoch_ms", "1772434800000"),
        ('"%Y%m%d %H%M"', "20260302 1000"),
        ('"%d %b %Y %H:%M %z"', "02 Mar 2026 10:00 +0300"),
        ("[epoch_s, day_first, iso]", "2026-03-02 10:00"),
        ("{received_at: day_first}", "02-03-2026 10:00"),
    ],
)
def test_dates_are_read_in_any_of_the_forms_named(
    forms: str, written: str, table: Callable[..., list[Staged]]
) -> None:
    parts = table(f"{HEAD}time_formats: {forms}\n", f"Номер;Дата;Текст\n1;{written};x\n2;вчера;y\n")
    assert [row[1] for row in calls(parts)] == ["2026-03-02 07:00", None]
    assert parts[0].frame["bad_fields"].to_list() == [None, "received_at"]


def test_a_zone_of_its_own_reads_naive_times(table: Callable[..., list[Staged]]) -> None:
    assert calls(table(HEAD + "zone: Asia/Vladivostok\n", LINES))[0][1] == "2026-03-02 00:00"


COMPUTED = """\
dataset: calls
columns:
  call_id: №
  received_at: [Дата, Время]
  ended_at: {column: [Дата, Время], plus: Длилось}
  answered_at: {column: [Дата, Время], plus: Ждал, unit: s}
  hold_s: Удержание
  wrap_s: Обработка
  rating: Оценка
  case_number: {column: Тема, match: "№ ?([0-9-]+)"}
  operator_id: {first_of: [Сотрудник, Оператор, Агент]}
  region: {column: Регион, optional: true}
  outcome: Итог
  text: Тема
values:
  outcome: {успех: served, "": abandoned, "*": transferred}
constants: {channel: phone, language: ru, operator_id: никто}
units: {wrap_s: min, hold_s: "mm:ss"}
decimal: ","
time_formats: day_first
"""
WRITTEN = """\
№;Дата;Время;Длилось;Ждал;Удержание;Обработка;Оценка;Тема;Оператор;Итог
1;02.03.2026;10:00;0:02:30;15;1:05;1,5;4,0;жалоба № 12-34;op1;успех
2;02.03.2026;;;;;;1.000;прочее;;
3;;10:00;1:00:00;x;;;;;op2;иное
"""


def test_values_are_made_of_several_columns_units_and_patterns(
    table: Callable[..., list[Staged]],
) -> None:
    parts = table(COMPUTED, WRITTEN)
    assert rows(parts, "call_id", "received_at", "ended_at", "answered_at", "hold_s", "wrap_s") == [
        ("1", "2026-03-02 07:00", "2026-03-02 07:02", "2026-03-02 07:00", 65.0, 90.0),
        ("2", "2026-03-01 21:00", None, None, None, None),
        ("3", None, None, None, None, None),
    ]
    assert rows(parts, "rating", "case_number", "operator_id", "outcome", "region", "channel") == [
        (4.0, "12-34", "op1", "served", None, "phone"),
        (1000.0, None, "никто", "abandoned", None, "phone"),
        (None, None, "op2", "transferred", None, "phone"),
    ]


REPORT = """\
dataset: calls
columns:
  call_id: [Дата, Кто]
  received_at: Дата
  answered_at: {column: Дата, plus: Ждал}
  ended_at: {column: Дата, plus: [Ждал, Говорил]}
only_where: {answered_at: {Итог: да}}
"""
REPORTED = """\
Дата;Кто;Ждал;Говорил;Итог
2026-03-02 10:00;101;0:00:30;0:02:00;да
2026-03-02 10:01;102;0:01:00;;нет
2026-03-02 10:02;103;долго;0:02:00;да
2026-03-02 10:03;104;долго;0:02:00;нет
2026-03-02 10:04;105;;;нет
"""


def test_a_time_is_made_of_several_durations_and_an_unreadable_one_is_told(
    table: Callable[..., list[Staged]],
) -> None:
    """Else an answered call would count as a lost one."""
    assert rows(table(REPORT, REPORTED), "answered_at", "ended_at", "bad_fields") == [
        ("2026-03-02 07:00", "2026-03-02 07:02", None),
        (None, "2026-03-02 07:02", None),
        (None, None, "answered_at;ended_at"),
        (None, None, "ended_at"),
        (None, None, None),
    ]


NESTED = """\
dataset: chats
columns:
  chat_id: dialog.id
  received_at: dialog.times[0].at
  platform: dialog.source.name
  region: a.b
messages:
  inside: dialog.said
  columns: {sent_at: t, sender: who.role, operator_id: who.id, text: body}
  values: {sender: {client: citizen, agent: operator, "*": system}}
  time_formats: [epoch_s, iso]
"""
DIALOG = {
    "dialog": {
        "id": 7,
        "times": [{"at": "2026-03-02T10:00:00"}],
        "source": {"name": "web"},
        "said": [
            {"t": 1772434805, "who": {"role": "client"}, "body": "Мой телефон +79161234567"},
            {"t": "2026-03-02 10:00:20", "who": {"role": "agent", "id": 5}, "body": "Слушаю"},
            {"t": 1772434801, "who": {"role": "bot"}, "body": "Здравствуйте"},
        ],
    },
    "a.b": "Москва",
}
SAID = [
    ("system", None, "Здравствуйте"),
    ("citizen", None, "Мой телефон [ТЕЛЕФОН]"),
    ("operator", "5", "Слушаю"),
]


@pytest.mark.parametrize(
    ("more", "content"),
    [
        ("", json.dumps(DIALOG, ensure_ascii=False)),
        ("", json.dumps([DIALOG], indent=1, ensure_ascii=False)),
        ("format: json\n", json.dumps(DIALOG, indent=1, ensure_ascii=False)),
        ("records: data.rows\n", json.dumps({"data": {"rows": [DIALOG]}}, ensure_ascii=False)),
        (
            "records: data.rows\n",
            json.dumps({"data": {"rows": [DIALOG]}}, indent=2, ensure_ascii=False),
        ),
    ],
    ids=["lines", "array", "object", "page in a line", "page"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
def test_nested_json_is_read_by_paths(
    more: str, content: str, encoding: str, table: Callable[..., list[Staged]]
) -> None:
    parts = table(NESTED + more, content.encode(encoding), "x.json")
    assert rows(parts, "chat_id", "received_at", "platform", "region") == [
        ("7", "2026-03-02 07:00", "web", "Москва")
    ]
    (said,) = parts[0].frame["messages"].to_list()
    assert [(m["sender"], m["operator_id"], m["text"]) for m in said] == SAID


WHEN = datetime(2026, 3, 2, 10, 5)  # noqa: DTZ001 a cell of a workbook has no zone


def _book(path: Path) -> bytes:
    """A workbook as a report writes one: a title, dates and durations as Excel keeps them."""
    with xlsxwriter.Workbook(path) as book:
        form = {
            n: book.add_format({"num_format": n})
            for n in ("dd.mm.yyyy hh:mm", "dd.mm.yyyy", "hh:mm", "[h]:mm:ss")
        }
        book.add_worksheet("Титул").write(0, 0, "ничего")
        sheet = book.add_worksheet("Звонки")
        sheet.write(0, 0, "Отчёт за март")
        for i, name in enumerate(
            ("Номер", "Когда", "Дата", "Время", "Длилось", "Удержание", "Текст")
        ):
            sheet.write(2, i, name)
        for row, number in enumerate((12345678901, 2), 3):
            sheet.write_number(row, 0, number)
            sheet.write_datetime(row, 1, WHEN, form["dd.mm.yyyy hh:mm"])
            sheet.write_datetime(row, 2, date(2026, 3, 2), form["dd.mm.yyyy"])
            sheet.write_datetime(row, 3, time(10, 0), form["hh:mm"])
            sheet.write_datetime(row, 4, timedelta(minutes=2, seconds=30), form["[h]:mm:ss"])
            sheet.write_number(row, 5, 12.5)
            sheet.write(row, 6, "Не работает")
        sheet.write_blank(9, 0, None)
    return path.read_bytes()


BOOK = """\
dataset: calls
sheet: Звонки
header: 3
columns:
  call_id: Номер
  received_at: [Дата, Время]
  answered_at: Когда
  ended_at: {column: Когда, plus: Длилось}
  hold_s: Удержание
  text: Текст
"""


def test_a_workbook_gives_real_dates_times_and_durations(
    table: Callable[..., list[Staged]], tmp_path: Path
) -> None:
    parts = table(BOOK, _book(tmp_path / "made.xlsx"), "x.xlsx")
    row = ("2026-03-02 07:00", "2026-03-02 07:05", "2026-03-02 07:07", 12.5, "Не работает")
    columns = ("call_id", "received_at", "answered_at", "ended_at", "hold_s", "text")
    assert rows(parts, *columns) == [("12345678901", *row), ("2", *row)]
    assert parts[0].frame["row_no"].to_list() == [4, 5]


MIXED = """\
dataset: feedback
columns:
  feedback_id: Номер
  received_at: [День, Час]
  answered_at: Ответ
  resolved_at: {column: [День, Час], plus: Длилось}
  due_at: Срок
time_formats: day_first
"""


def test_dates_of_a_workbook_may_be_dates_and_texts_in_one_column(
    table: Callable[..., list[Staged]], tmp_path: Path
) -> None:
    with xlsxwriter.Workbook(tmp_path / "made.xlsx") as book:
        formats = ("dd.mm.yy hh:mm", "dd.mm.yy", "hh:mm", "[h]:mm:ss")
        moment, day, hour, long = (book.add_format({"num_format": n}) for n in formats)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("Номер", "День", "Час", "Ответ", "Срок", "Длилось"))
        said = ("1", "02.03.2026", "10:00", "02.03.2026 10:05", "04.03.2026", "1 day, 1:00:00")
        sheet.write_row(1, 0, said)
        sheet.write_row(2, 0, ("2",))
        sheet.write_datetime(2, 1, date(2026, 3, 2), day)
        sheet.write_datetime(2, 2, time(10, 0), hour)
        sheet.write_datetime(2, 3, WHEN, moment)
        sheet.write_datetime(2, 4, date(2026, 3, 4), day)
        sheet.write_datetime(2, 5, timedelta(hours=25), long)
    parts = table(MIXED, (tmp_path / "made.xlsx").read_bytes(), "x.xlsx")
    columns = ("feedback_id", "received_at", "answered_at", "resolved_at", "due_at")
    row = ("2026-03-02 07:00", "2026-03-02 07:05", "2026-03-03 08:00", "2026-03-04 20:59")
    assert rows(parts, *columns) == [("1", *row), ("2", *row)]


def test_a_sheet_that_is_not_there_is_told_with_the_nearest(
    table: Callable[..., list[Staged]], tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=r"no sheet 'Звонок'.*'Звонки'"):
        table(BOOK.replace("sheet: Звонки", "sheet: Звонок"), _book(tmp_path / "m.xlsx"), "x.xlsx")


JOINED = """\
dataset: feedback
columns: {feedback_id: id, received_at: created}
events:
  file: "{stem}_history.csv"
  key: request
  columns: {event_at: at, operator_id: who}
  time_formats: day_first
  take:
    - {kind: registered, where: {what: принято}, which: first}
    - {kind: replied, where: {what: [ответ, письмо]}, value: note}
    - kind: due_moved
      where: {what: срок}
      value: {column: note, match: "до (.*)"}
      time_formats: day_first
    - {kind: rated, where: {what: оценка}, value: note, which: last}
"""
TABLE = "id;created\n1;2026-03-02 10:00\n2;2026-03-02 11:00\n"
HISTORY = """\
request;at;what;who;note
1;05.03.2026 12:00;ответ;op1;по телефону +7 916 123-45-67
1;02.03.2026 10:05;принято;;
1;03.03.2026 09:00;срок;;перенесён до 10.03.2026
1;06.03.2026 10:00;оценка;;2
1;07.03.2026 10:00;оценка;;5
1;;ответ;op1;без времени
9;05.03.2026 12:00;ответ;op1;чужое
"torn
"""


def test_a_table_is_joined_with_the_events_beside_it(
    table: Callable[..., list[Staged]], tmp_path: Path
) -> None:
    (tmp_path / "x_history.csv").write_text(HISTORY)
    parts = table(JOINED, TABLE)
    columns = ("feedback_id", "registered_at", "answered_at", "due_at", "rating")
    assert rows(parts, *columns) == [
        ("1", "2026-03-02 07:05", "2026-03-05 09:00", "2026-03-10 20:59", 5.0),
        ("2", None, None, None, None),
    ]
    (one, none) = parts[0].frame["events"].to_list()
    assert [(e["kind"], e["operator_id"], e["value"]) for e in one] == [
        ("registered", None, None),
        ("due_moved", None, "2026-03-10T20:59:59Z"),
        ("replied", "op1", "по телефону [ТЕЛЕФОН]"),
        ("rated", None, "5"),
    ]
    assert none == []
    assert parts[0].note == "x_history.csv: 7 rows of events, 1 lines cannot be read"
    items = {item for _, item in parts[0].provides}
    assert {"replied", "registered", "due_moved", "due_at", "rated", "rating"} <= items


def test_a_table_without_its_events_stops_or_goes_on_as_the_profile_says(
    table: Callable[..., list[Staged]],
) -> None:
    with pytest.raises(SourceError, match=r"x.csv: no \{stem\}_history.csv beside it.*--with"):
        table(JOINED, TABLE)
    parts = table(JOINED.replace("  key:", "  optional: true\n  key:"), TABLE)
    assert "its events are unknown" in parts[0].note
    assert not {item for _, item in parts[0].provides} & {"replied", "due_moved"}


def test_a_history_that_lacks_a_column_is_told_and_not_left_out_in_silence(
    table: Callable[..., list[Staged]], tmp_path: Path
) -> None:
    profile = JOINED.replace("{stem}_history.csv", "*hist*").replace(
        "  key:", "  optional: true\n  key:"
    )
    (tmp_path / "hist_1.csv").write_text(HISTORY)
    (tmp_path / "hist_2.csv").write_text(HISTORY.replace(";what;", ";event;", 1))
    note = table(profile, TABLE)[0].note
    assert "hist_2.csv has no column 'what'" in note
    assert "hist_1.csv: 7 rows" in note
    (tmp_path / "hist_1.csv").unlink()
    assert (
        "its events are unknown. Put it there, or name it: --with" in table(profile, TABLE)[0].note
    )


def test_a_column_the_joined_table_lacks_is_told_with_the_nearest(
    table: Callable[..., list[Staged]], tmp_path: Path
) -> None:
    (tmp_path / "x_history.csv").write_text(HISTORY.replace("request", "requests"))
    with pytest.raises(
        SourceError, match=r"x_history.csv: mine.yml reads column 'request'.*'requests'"
    ):
        table(JOINED, TABLE)


def test_a_file_without_an_optional_column_does_not_know_what_it_would_say(
    table: Callable[..., list[Staged]],
) -> None:
    profile = (
        "dataset: feedback\ncolumns:\n  feedback_id: id\n  received_at: created\n"
        "  answered_at: {column: closed, optional: true}\n  due_at: {first_of: [due, target]}\n"
    )

    def known(head: str, row: str) -> set[str]:
        (part,) = table(profile, f"{head}\n{row}\n")
        return {item for _, item in part.provides}

    assert {"replied", "due_at"} <= known("id;created;closed;target", "1;2026-03-02 10:00;;")
    assert "replied" not in known("id;created;target", "1;2026-03-02 10:00;")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: replied", "kind: replyed", r"line 10: kind: .*did you mean 'replied'"),
        ("  take:", "  takes:", r"line 8: takes: unknown key of events.*'take'"),
        ("which: last", "which: latest", "line 15: which: it must be one of all, first"),
        ("event_at: at", "event_time: at", r"line 6: event_time: unknown field.*'event_at'"),
        ('match: "до (.*)"', 'match: "до .*"', "line 13: match: put the part"),
        ('match: "до (.*)"', 'match: "до ("', "line 13: match: not a regular expression"),
        ("  key: request\n", "", "`key` is wanted"),
        ("file: ", "inside: feed\n  file: ", "events: say either"),
        ("time_formats: day_first\n  take", "time_formats: dayfirst\n  take", r"'day_first'"),
        ("{feedback_id: id,", "{feedback_id: {colum: id},", r"line 2: colum: unknown.*'column'"),
        ("dataset: feedback", "dataset: journal", "line 3: events: rows of journal have no list"),
    ],
)  # fmt: skip
def test_a_wrong_key_of_a_list_is_refused_with_its_line(
    old: str, new: str, says: str, table: Callable[..., list[Staged]]
) -> None:
    profile = JOINED.replace(old, new, 1)
    if "journal" in new:
        profile = profile.replace("feedback_id: id, received_at", "case_number: id, received_at")
    with pytest.raises(ReferenceDataError, match=says):
        table(profile, TABLE)


def test_real_support_talks_are_read_by_a_profile(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "twitter_customer_care_ibm"
    context = Context.of(Settings(home=tmp_path / "home"))
    assert detect(folder / "conversations.csv", context) == "support_talks"
    parts = list(read(folder / "conversations.csv", "support_talks", context))
    frame = pl.concat(p.frame for p in parts)
    raw = pl.read_csv(folder / "messages.csv")
    assert (len(frame), frame["messages"].list.len().sum()) == (1025, 2350)
    assert frame["bad_fields"].null_count() == 1025
    said = frame.explode("messages").unnest("messages")
    assert dict(said["sender"].value_counts().iter_rows()) == {
        "citizen": raw.filter(role="customer").height,
        "operator": raw.filter(role="agent").height,
        "system": raw.filter(role="other").height,
    }
    assert said["sent_at"].null_count() == 0


def test_the_content_names_a_profile_also_under_a_title(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "mine.yml").write_text(HEAD + "header: 3\nrecognised_by: [Номер, Дата, Текст]\n")
    context = Context.of(replace(Settings(home=tmp_path / "home"), sources=folder))
    (tmp_path / "x.csv").write_text(f"Отчёт\n\n{LINES}")
    assert detect(tmp_path / "x.csv", context) == "mine"
