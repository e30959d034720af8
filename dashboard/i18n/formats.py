"""Numbers, shares, durations and times as people read them, in the current language and zone.

Every function gives the words «нет данных» for None: an empty base is never 0 % or 100 %.
Times are aware datetimes and come out in the service's zone, which `set_zone` names once.
"""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers

from dashboard.i18n import _, language

_zone = {"service": ZoneInfo("Europe/Moscow")}


def set_zone(zone: ZoneInfo) -> None:
    """Name the service's zone for this process (settings.tz)."""
    _zone["service"] = zone


def zone() -> ZoneInfo:
    """Return the service's zone."""
    return _zone["service"]


def local(moment: datetime) -> datetime:
    """Return the moment in the service's zone."""
    return moment.astimezone(zone())


def separators() -> str:
    r"""Return the decimal mark and the thousands mark.

    >>> separators()
    ',\xa0'
    """
    symbols = numbers.get_decimal_symbol(language()), numbers.get_group_symbol(language())
    return "".join(symbols)


def no_data() -> str:
    """Return the words shown where nothing is known."""
    return _("нет данных")


def number(value: float | None, digits: int = 0) -> str:
    r"""Format a count or a mean.

    >>> number(12345)
    '12\xa0345'
    """
    if value is None:
        return no_data()
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(numbers.format_decimal(value, format=pattern, locale=language()))


def language_name(code: str | None) -> str:
    """Return the name of a language by its code; an unknown code as it is, None as a dash.

    >>> language_name("ru")
    'русский'
    """
    return str(Locale(language()).languages.get(code, code)) if code else "—"


def share(value: float | None, digits: int = 0) -> str:
    r"""Format a share 0..1 as per cent; never rounds 0.999 up to a full 100 %.

    >>> share(0.9996)
    '99,9\xa0%'
    """
    if value is None:
        return no_data()
    if 0.5 < value < 1 and round(value, digits + 2) >= 1:
        digits, value = max(digits, 1), min(value, 0.999)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    pattern += "\u00a0%" if language() == "ru" else "%"
    return str(numbers.format_percent(value, format=pattern, locale=language()))


def points(value: float | None) -> str:
    """Format a difference of shares in percentage points, with its sign."""
    if value is None:
        return no_data()
    return _("{value} п. п.").format(value=signed(value * 100, 1))


def signed(value: float | None, digits: int = 0) -> str:
    """Format a difference with its sign; the minus is a true one."""
    if value is None:
        return no_data()
    sign = "+" if round(value, digits) > 0 else "\u2212" if round(value, digits) < 0 else ""
    return sign + number(abs(value), digits)


def change(ratio: float | None) -> str:
    r"""Format a ratio as a change in per cent.

    >>> change(0.875)
    '\u221212\xa0%'
    """
    return no_data() if ratio is None else signed(ratio * 100 - 100) + "\u00a0%"


def duration(seconds: float | None) -> str:
    r"""Format seconds with units, the two largest that matter.

    >>> duration(125)
    '2\xa0мин 05\xa0с'
    """
    if seconds is None:
        return no_data()
    total = round(abs(seconds))
    sign = "\u2212" if seconds < 0 and total else ""
    days, hours, minutes, rest = (
        total // 86400,
        total % 86400 // 3600,
        total % 3600 // 60,
        total % 60,
    )
    if days:
        text = _("{d} дн {h} ч").format(d=number(days), h=hours)
    elif hours:
        text = _("{h} ч {m} мин").format(h=hours, m=f"{minutes:02}")
    elif minutes:
        text = _("{m} мин {s} с").format(m=minutes, s=f"{rest:02}")
    else:
        text = _("{s} с").format(s=rest)
    return sign + _glued(text)


def _glued(text: str) -> str:
    """Keep each number with its unit: no line break between them."""
    return re.sub(r"(\d) (?=\D)", "\\1\u00a0", text)


def limit(seconds: float | None) -> str:
    """Format a target: «до 5 мин»; whole units drop the empty second part."""
    if seconds is None:
        return no_data()
    units = ((86400, 2, _("{v} дн")), (3600, 1, _("{v} ч")), (60, 1, _("{v} мин")))
    for size, least, pattern in units:  # 24 h stays «24 ч»
        if seconds >= size * least and seconds % size == 0:
            words = _glued(pattern.format(v=number(seconds / size)))
            return _("до {time}").format(time=words)
    return _("до {time}").format(time=duration(seconds))


def clock(moment: datetime | None, *, seconds: bool = False) -> str:
    """Format the time of day."""
    if moment is None:
        return no_data()
    return f"{local(moment):%H:%M:%S}" if seconds else f"{local(moment):%H:%M}"


def day(value: date | None, *, weekday: bool = False, year: bool = False) -> str:
    """Format a calendar day: «21 ноября», with the weekday or the year where asked."""
    if value is None:
        return no_data()
    pattern = ("d MMMM y" if year else "d MMMM") if language() == "ru" else "MMMM d"
    if year and language() == "en":
        pattern = "MMMM d, y"
    text = dates.format_date(value, format=pattern, locale=language())
    if not weekday:
        return str(text)
    name = dates.format_date(value, format="EEE", locale=language())
    return f"{name}, {text}"


def month(value: date) -> str:
    """Format a month: «ноябрь 2026»."""
    return str(dates.format_date(value, "LLLL y", locale=language()))


def quarter(value: date) -> str:
    """Format a quarter: «4-й квартал 2026»."""
    return str(dates.format_date(value, "QQQQ y", locale=language()))


def when(moment: datetime | None) -> str:
    """Format a moment: day and time in the service's zone, the day in short."""
    if moment is None:
        return no_data()
    pattern = "dd.MM.y HH:mm" if language() == "ru" else "MMM d, y HH:mm"
    return str(
        dates.format_datetime(local(moment), format=pattern, locale=language(), tzinfo=zone())
    )


def span(start: date, last: date) -> str:
    """Format a range of whole days, both included."""
    if start == last:
        return day(start, year=True)
    return str(dates.format_interval(start, last, skeleton="yMMMd", locale=language()))
