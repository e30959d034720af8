"""Numbers and times as people read them, in both languages; None is never a zero."""

from datetime import UTC, date, datetime

import pytest

from dashboard.i18n import formats, using

NB, NNB = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (0, "0 с", "0 s"),
        (59.4, "59 с", "59 s"),
        (59.6, "1 мин 00 с", "1 min 00 s"),
        (125, "2 мин 05 с", "2 min 05 s"),
        (3900, "1 ч 05 мин", "1 h 05 min"),
        (183600, "2 дн 3 ч", "2 d 3 h"),
        (-125, "\u22122 мин 05 с", "\u22122 min 05 s"),
        (None, "нет данных", "no data"),
    ],
)
def test_a_duration_has_units(seconds, ru, en):
    with using("ru"):
        assert formats.duration(seconds).replace(NB, " ") == ru
    with using("en"):
        assert formats.duration(seconds).replace(NB, " ") == en


@pytest.mark.parametrize(
    ("value", "ru"),
    [
        (0.0, "0 %"),
        (0.874, "87 %"),
        (1.0, "100 %"),
        (0.9996, "99,9 %"),  # one person failed in 2500 is not everybody served
        (None, "нет данных"),
    ],
)
def test_a_share_is_full_only_when_it_is(value, ru):
    with using("ru"):
        assert formats.share(value).replace(NB, " ") == ru


def test_numbers_follow_the_language():
    with using("ru"):
        assert (formats.number(1234567), formats.number(2.345, 1)) == (f"1{NB}234{NB}567", "2,3")
        assert (formats.signed(-3), formats.signed(3), formats.signed(0.2)) == (
            "\u22123",
            "+3",
            "0",
        )
    with using("en"):
        assert (formats.number(1234567), formats.number(2.345, 1)) == ("1,234,567", "2.3")


def test_targets_read_as_up_to():
    with using("ru"):
        assert [formats.limit(s).replace(NB, " ") for s in (30, 300, 86400, 90, 2592000)] == [
            "до 30 с",
            "до 5 мин",
            "до 24 ч",
            "до 1 мин 30 с",
            "до 30 дн",
        ]


def test_moments_come_in_the_zone_of_the_service():
    moment = datetime(2026, 11, 21, 21, 30, tzinfo=UTC)  # half past midnight in Moscow
    with using("ru"):
        assert formats.clock(moment) == "00:30"
        assert formats.when(moment) == "22.11.2026 00:30"
        assert formats.day(formats.local(moment).date(), weekday=True) == "вс, 22 ноября"
    with using("en"):
        assert formats.day(date(2026, 11, 22), year=True) == "November 22, 2026"


def test_a_span_of_one_day_is_a_day():
    with using("ru"):
        assert formats.span(date(2026, 11, 22), date(2026, 11, 22)) == "22 ноября 2026"
        assert formats.span(date(2026, 11, 16), date(2026, 11, 22)).startswith("16\u201322 нояб.")
