"""Source profiles: what they can say, what is refused, and the one of the city portal."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import ReferenceDataError, SourceError
from pipelines.settings import Settings
from pipelines.sources import Context, Staged, detect, read
from tests.conftest import SHARED

GOOD = """\
name: desk
dataset: feedback
format: csv
encoding: cp1251
delimiter: ";"
zone: Asia/Vladivostok
columns:
  feedback_id: Номер
  received_at: Дата
  resolved_at: Закрыто
  type: Вид
values:
  type: {Ж: complaint, "-": ""}
constants:
  region: Приморье
time_formats:
  received_at: "%d.%m.%Y %H:%M"
  resolved_at: ["%d.%m.%Y", epoch_s]
only_where:
  resolved_at: {Статус: [решено]}
"""
ROWS = """\
Номер;Дата;Закрыто;Вид;Статус
1;02.03.2026 10:00;03.03.2026;Ж;решено
2;02.03.2026 11:00;03.03.2026;-;отказ
"""


def _context(folder: Path, text: str) -> Context:
    (folder / "sources").mkdir()
    (folder / "sources" / "desk.yml").write_text(text)
    settings = replace(Settings(home=folder / "home"), sources=folder / "sources")
    return Context.of(settings)


def test_a_profile_reads_another_systems_file(
    tmp_path: Path, rows: Callable[..., list[tuple[object, ...]]]
) -> None:
    context = _context(tmp_path, GOOD)
    (tmp_path / "x.csv").write_bytes(ROWS.encode("cp1251"))
    assert detect(tmp_path / "x.csv", context) == "desk"
    parts = list(read(tmp_path / "x.csv", "desk", context))
    got = rows(parts, "contact_id", "received_at", "resolved_at", "type", "region")
    assert [(a, str(b), c and str(c), d, e) for a, b, c, d, e in got] == [
        (
            "desk:1",
            "2026-03-02 00:00:00+00:00",
            "2026-03-02 14:00:00+00:00",
            "complaint",
            "Приморье",
        ),
        ("desk:2", "2026-03-02 01:00:00+00:00", None, None, "Приморье"),
    ]
    assert parts[0].provides == {
        ("desk", item)
        for item in ("received", "queued", "line", "resolved", "feedback_type", "region")
    }


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "columns:",
            "colums:",
            r"desk.yml line 7: colums: unknown key \(did you mean 'columns'\?\)",
        ),
        ("  received_at: Дата", "  recieved_at: Дата", "line 9: recieved_at.*'received_at'"),
        ("dataset: feedback", "dataset: feedbacks", "line 2: dataset.*'feedback'"),
        ("format: csv", "format: xls", "line 3: format: it must be one of csv, .*'xlsx'"),
        ("zone: Asia/Vladivostok", "zone: Mars/Base", "line 6: zone: no time zone 'Mars/Base'"),
        ("encoding: cp1251", "encoding: cp9999", "line 4: encoding"),
        ('delimiter: ";"', "delimiter: [a, b]", "line 5: delimiter: one value is wanted"),
        ("  received_at: Дата\n", "", "feedback needs received_at"),
        ("  type: {Ж: complaint", "  kind: {Ж: complaint", "line 13: kind: unknown column"),
        ("name: desk", "name: calls", "the name 'calls' is taken"),
        ("columns:", "columns: [", "line"),
        ("zone:", "format: csv\nzone:", "line 6: .*'format' stands in line 3 already"),
    ],
)
def test_a_wrong_key_is_refused_with_its_line_and_the_right_one(
    old: str, new: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(ReferenceDataError, match=says):
        _context(tmp_path, GOOD.replace(old, new, 1))


def test_a_column_the_file_lacks_stops_with_the_nearest_one(tmp_path: Path) -> None:
    context = _context(tmp_path, GOOD)
    (tmp_path / "x.csv").write_bytes(ROWS.replace("Дата", "Дато").encode("cp1251"))
    with pytest.raises(SourceError, match="'Дата' \\(did you mean 'Дато'"):
        list(read(tmp_path / "x.csv", "desk", context))


@pytest.fixture(scope="module")
def appeals(context: Context) -> list[Staged]:
    """Every appeal of the city portal: 6 s to read."""
    path = SHARED / "spb_appeals" / "appeals.parquet"
    return list(read(path, "spb_appeals", context)) if path.is_file() else []


def test_the_city_portal_is_read_to_the_last_appeal(
    shared_data: Path, context: Context, appeals: list[Staged]
) -> None:
    path = shared_data / "spb_appeals" / "appeals.parquet"
    raw = pl.read_parquet(path)
    assert detect(path, context) == "spb_appeals"
    parts = appeals
    frame = pl.concat(p.frame for p in parts)
    assert (len(frame), frame["bad_fields"].null_count()) == (30_506, 30_506)
    assert sum(len(p.unreadable) for p in parts) == 0
    assert frame["contact_id"].n_unique() == 30_506
    assert frame["category"].to_list() == raw["category"].to_list()
    # closed automatically is neither solved nor rated
    assert (
        frame["resolved_at"].count()
        == (raw["last_status"].str.contains("удовлетворен|подтвердил")).sum()
    )
    history = pl.read_parquet(path.parent / "events.parquet")
    satisfied = "Завершено: Пользователь удовлетворен решением проблемы"
    assert (frame["rating"] == 5).sum() == raw["satisfied"].sum()
    told = frame.select("events").explode("events").unnest("events")
    assert dict(told["kind"].drop_nulls().value_counts().iter_rows()) == {
        "replied": history.filter(answer_kind="Окончательный ответ").height,
        "message_out": history.filter(answer_kind="Промежуточный ответ").height,
        "reopened": (raw["petitions"] - 1).sum(),
        "rated": (raw["petitions"] - 1).sum() + history.filter(status=satisfied).height,
        "transferred": raw["reroutes"].sum(),
        "recategorised": raw["category_changes"].sum(),
        "due_moved": history.filter(
            (pl.col("event") == "route") & pl.col("text").str.contains("срок решения изменен с")
        ).height,
    }
    assert told.filter(kind="due_moved")["value"][0] == "2020-11-13T20:59:59Z"
    assert frame["citizen_ref_key"].n_unique() == 7_211
    first = frame.row(0, named=True)
    assert str(first["received_at"]) == "2020-10-18 11:50:40.817676+00:00"


def test_the_portal_s_own_json_tells_the_same_as_the_table_made_of_it(
    shared_data: Path, context: Context, appeals: list[Staged]
) -> None:
    path = shared_data / "spb_appeals" / "raw_sample_299.jsonl"
    assert detect(path, context) == "spb_portal"
    own, table = (
        pl.concat(part.frame for part in parts).sort("feedback_id")
        for parts in (read(path, "spb_portal", context), appeals)
    )
    assert own["bad_fields"].null_count() == len(own) == 299
    same = ["feedback_id", "received_at", "registered_at", "answered_at", "resolved_at",
            "reopened_at", "region", "category", "operator_id", "rating"]  # fmt: skip
    own, table = (
        one.join(other, on="feedback_id", how="semi").select(same)
        for one, other in ((own, table), (table, own))
    )
    assert len(own) == 151  # the sample is of all the portal's months
    assert own.equals(table)
