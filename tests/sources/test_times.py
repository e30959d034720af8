"""Times of logs as UTC instants."""

from datetime import UTC, datetime

import polars as pl
import pytest

from pipelines.sources.times import read_times


def _read(text: str, zone: str = "Europe/Moscow", formats: tuple[str, ...] = ()) -> datetime | None:
    return read_times(pl.Series([text]), zone, formats)[0]


def _utc(day: int, hour: int, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, micro, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T10:00:00", _utc(2, 7)),
        ("2026-03-02 10:00:00", _utc(2, 7)),
        ("2026-03-02T10:00", _utc(2, 7)),
        ("2026-03-02", _utc(1, 21)),
        ("2026-03-02T10:00:00Z", _utc(2, 10)),
        ("2026-03-02 10:00:00z", _utc(2, 10)),
        ("2026-03-02T10:00:00+05:30", _utc(2, 4, 30)),
        ("2026-03-02T10:00:00-0300", _utc(2, 13)),
        ("2026-03-02T10:00:00 +03", _utc(2, 7)),
        ("2026-03-02T10:00:00.250Z", _utc(2, 10, 0, 0, 250_000)),
        ("2026-03-02T10:00:00,123456789+03:00", _utc(2, 7, 0, 0, 123_456)),
        ("2026-03-02T10:00:00.5", _utc(2, 7, 0, 0, 500_000)),
        (" 2026-03-02T10:00:00 ", _utc(2, 7)),
        ("2026-03-02 10:00:00 UTC", _utc(2, 10)),
        ("2026/03/02 10:00:00+00", _utc(2, 10)),
        ("2026/3/2 9:05", _utc(2, 6, 5)),
        ("2026-03-02 01:05:07.250 PM", _utc(2, 10, 5, 7, 250_000)),
    ],
)
def test_iso_8601_is_read_in_all_its_forms(text: str, expected: datetime) -> None:
    assert _read(text) == expected


@pytest.mark.parametrize(
    "text",
    ["вчера", "02.03.2026 10:00", "2026-13-01T00:00:00", "2026-02-30", "2026-03-02T25:00:00",
     "2026-03-02T10:00:00+99:00", "2026-03-02T10:00:00 в Москве", "1772434800", ""],
)  # fmt: skip
def test_what_is_no_iso_time_is_null(text: str) -> None:
    assert _read(text) is None


def test_each_row_of_a_column_may_have_its_own_form() -> None:
    column = pl.Series(["2026-03-02T10:00:00+03:00", "2026-03-02 10:00", None, "x"])
    assert read_times(column, "Europe/Moscow").to_list() == [_utc(2, 7), _utc(2, 7), None, None]


def test_local_times_skipped_or_repeated_by_a_clock_change_are_read_as_fold_0() -> None:
    skipped, repeated = "2026-03-29T02:30:00", "2026-10-25T02:30:00"
    assert _read(skipped, "Europe/Berlin") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert _read(repeated, "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_zone_is_that_of_the_day_not_of_today() -> None:
    assert _read("2013-06-01T12:00:00") == datetime(2013, 6, 1, 8, tzinfo=UTC)  # Moscow was UTC+4


def test_formats_of_a_profile_replace_iso() -> None:
    assert _read("02.03.2026 10:00", formats=("%d.%m.%Y %H:%M",)) == _utc(2, 7)
    assert _read("1772434800", formats=("%d.%m.%Y", "epoch_s")) == _utc(2, 7)
    assert _read("1772434800500", formats=("epoch_ms",)) == _utc(2, 7, 0, 0, 500_000)
    assert _read("2026-03-02T10:00:00", formats=("%d.%m.%Y",)) is None
    assert _read("nan", formats=("epoch_s",)) is None


def test_times_of_parquet_keep_their_instant() -> None:
    naive = pl.Series([datetime(2026, 3, 2, 10)])  # noqa: DTZ001 naive on purpose
    assert read_times(naive, "Europe/Moscow")[0] == _utc(2, 7)
    aware = naive.dt.replace_time_zone("Asia/Vladivostok")
    assert read_times(aware, "Europe/Moscow")[0] == _utc(2, 0)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("02.03.2026 10:00:00 +05:00", "day_first", _utc(2, 5)),
        ("03/02/2026 10:00:00 UTC", "month_first", _utc(2, 10)),
        ("3/2/2026\u202f1:05\u202fp.m.", "month_first", _utc(2, 10, 5)),
        ("02.03.2026\xa010:00", "day_first", _utc(2, 7)),
    ],
)
def test_dates_as_people_write_them_may_have_an_offset_and_hard_spaces(
    text: str, form: str, expected: datetime
) -> None:
    assert _read(text, formats=(form,)) == expected


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("20260302 1714", "%Y%m%d %H%M", _utc(2, 14, 14)),
        ("02.03.2026 17-14", "%d.%m.%Y %H-%M", _utc(2, 14, 14)),
        ("20260302", "%Y%m%d", _utc(2, 20, 59, 59)),
        ("March 2, 2026", "%B %d, %Y", _utc(2, 20, 59, 59)),
        ("02 03 2026", "%d %m %Y", _utc(2, 20, 59, 59)),
    ],
)
def test_a_deadline_with_a_time_is_no_day_however_its_time_is_written(
    text: str, form: str, expected: datetime
) -> None:
    column = pl.Series([text])
    assert read_times(column, "Europe/Moscow", (form,), is_due=True).to_list() == [expected]
