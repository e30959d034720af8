"""Words and numbers of the reports in Russian and English.

Catalogues are locale/<language>/report.po, read as they are (no build step); the message itself is
the Russian text. Reports do not share the dashboard's catalogue: imports run the other way.
"""

import gettext
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from pipelines.errors import UsageError, nearest

LANGUAGES = ("ru", "en")
NBSP = "\u00a0"
_AFTER_NUMBER = re.compile(r"(?<=\d) (?=[^\W\d]{4})")


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> gettext.GNUTranslations:
    path = files("pipelines.reports") / "locale" / language / "report.po"
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@dataclass(frozen=True)
class Words:
    """Everything that turns a figure into text of one language; None becomes «нет данных»."""

    language: str
    tz: ZoneInfo

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise UsageError(
                f"language is '{self.language}'{nearest(self.language, LANGUAGES)}; "
                f"it must be one of {', '.join(LANGUAGES)}"
            )

    def __call__(self, message: str, **values: object) -> str:
        """Translate a message and fill its {names}."""
        return _catalogue(self.language).gettext(message).format(**values)

    def plural(self, one: str, many: str, n: float, **values: object) -> str:
        """Translate a message by a count; {n} is the formatted count."""
        text = _catalogue(self.language).ngettext(one, many, int(n))
        return text.format(n=self.number(n), **values)

    def tied(self, text: str) -> str:
        r"""Return a text whose numbers stay on one line with the words beside them.

        >>> Words("ru", ZoneInfo("UTC")).tied("осталось 5 человек").split(" ")
        ['осталось', '5\xa0человек']
        """
        return _AFTER_NUMBER.sub(NBSP, text)

    @property
    def nothing(self) -> str:
        """Return the words for a figure that is not known."""
        return self("нет данных")

    def label(self, pair: object) -> str:
        """Return the label of this language from {ru, en}, or the text as it is."""
        if isinstance(pair, dict):
            return str(pair.get(self.language) or pair.get("ru") or "")
        return str(pair)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Format a count or a mean."""
        if value is None:
            return self.nothing
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(value, format=pattern, locale=self.language))

    def signed(self, value: float, digits: int = 0) -> str:
        """Format a difference with its sign; the minus is a true one."""
        rounded = round(value, digits)
        sign = "+" if rounded > 0 else "\u2212" if rounded < 0 else "\u00b1"
        return sign + self.number(abs(value), digits)

    def share(self, value: float | None) -> str:
        """Format a share 0..1 as per cent; less than all is never shown as 100 %."""
        if value is None:
            return self.nothing
        digits = 0 if value in (0, 1) else 1
        shown = min(value, 0.999) if value < 1 else value
        shown = max(shown, 0.001) if value > 0 else shown
        return self.number(shown * 100, digits) + (f"{NBSP}%" if self.language == "ru" else "%")

    def change(self, now: float | None, before: float | None) -> str:
        """Format a change against the week before in per cent, or as a count where that was few."""
        if now is None or before is None:
            return "—"
        if before < 20:
            return self.signed(now - before)
        return self.signed((now / before - 1) * 100) + (NBSP if self.language == "ru" else "") + "%"

    def duration(self, seconds: float | None) -> str:
        """Format seconds with the two largest units that are not zero."""
        if seconds is None:
            return self.nothing
        total = round(seconds)
        days, hours, minutes = total // 86400, total % 86400 // 3600, total % 3600 // 60
        sizes = ((days, self("дн")), (hours, self("ч")), (minutes, self("мин")))
        parts = [(n, unit) for n, unit in (*sizes, (total % 60, self("с"))) if n][:2]
        return NBSP.join(f"{self.number(n)}{NBSP}{u}" for n, u in parts) or f"0{NBSP}{self('с')}"

    def earlier(self, kind: str, against: str | None) -> str:
        """Return the words for the period compared with: «неделей раньше», «в 2025-W46»."""
        if against:
            return self("в {period}", period=against)
        usual = {
            "week": self("неделей раньше"),
            "month": self("месяцем раньше"),
            "quarter": self("кварталом раньше"),
        }
        return usual[kind]

    def this(self, kind: str) -> str:
        """Return the words for the period itself: «эта неделя»."""
        names = {
            "week": self("эта неделя"),
            "month": self("этот месяц"),
            "quarter": self("этот квартал"),
        }
        return names[kind]

    def period(self, start: date, end: date) -> str:
        """Format the days of a period whose end is exclusive: «9–15 ноября 2026»."""
        last = end - timedelta(days=1)
        day, year = ("d MMMM", " y 'г.'") if self.language == "ru" else ("MMMM d", ", y")

        def told(date_: date, pattern: str) -> str:
            return format_date(date_, pattern, locale=self.language)

        if start.year != last.year:
            return f"{told(start, day + year)} – {told(last, day + year)}"
        if start.month != last.month:
            return f"{told(start, day)} – {told(last, day + year)}"
        if self.language == "ru":
            return f"{start.day}–{told(last, day + year)}"
        return f"{told(last, 'MMMM')} {start.day}–{told(last, 'd' + year)}"

    def moment(self, value: datetime | None) -> str:
        """Format a moment in the service's zone."""
        if value is None:
            return self.nothing
        pattern = "d MMMM y, HH:mm" if self.language == "ru" else "MMMM d, y, HH:mm"
        return str(format_datetime(value, pattern, tzinfo=self.tz, locale=self.language))

    def clock(self, value: datetime) -> str:
        """Format the time of day in the service's zone."""
        return f"{value.astimezone(self.tz):%H:%M}"

    def day(self, value: date) -> str:
        """Format a calendar day without its year."""
        return str(
            format_date(
                value, "d MMMM" if self.language == "ru" else "MMMM d", locale=self.language
            )
        )
