"""The texts of messages, in the language of who is told.

No personal data: figures, and names of lines, categories, sources and checks.
"""

from collections.abc import Sequence

from pipelines.alerts.store import Episode
from pipelines.reference import Reference
from pipelines.reports.words import NBSP, Words
from pipelines.settings import Settings

Pair = tuple[str, str]  # Russian, English

SEVERITIES: dict[str, Pair] = {
    "critical": ("Критично", "Critical"),
    "warning": ("Внимание", "Warning"),
    "notice": ("К сведению", "Notice"),
}
MESSAGES: dict[str, Pair] = {
    "reminder": ("Напоминание", "Reminder"),
    "end": ("Завершено", "Over"),
    "lasts": ("Длилось {span}, с {since} до {end}.", "Lasted {span}, from {since} to {end}."),
    "since": ("С {since}.", "Since {since}."),
    "nobody": ("Никто не взял в работу.", "Nobody has acknowledged it."),
    "link": ("Подробнее: {link}", "Details: {link}"),
    "all_lines": ("все линии", "all lines"),
    "everything": ("все обращения", "all contacts"),
    "digest": ("{n}: сводка оповещений", "{n}: digest of alerts"),
    "more": ("и ещё {n}", "and {n} more"),
    "test": ("Линия: проверка оповещений", "Liniya: test of alerts"),
    "test_body": (
        "Проверочное сообщение канала «{channel}». Ничего делать не нужно.",
        "A test message of channel “{channel}”. Nothing has to be done.",
    ),
}
# value and threshold of each kind; share and times are formatted as such
VALUES: dict[str, Pair] = {
    "service_level": ("В срок {value}, порог {threshold}.", "In time {value}, bound {threshold}."),
    "breach_soon": (
        "Сроков истекает: {value}, порог {threshold}.",
        "Deadlines that pass soon: {value}, bound {threshold}.",
    ),
    "queue_growth": (
        "Очередь растёт на {value} в минуту, порог {threshold}.",
        "The queue grows by {value} a minute, bound {threshold}.",
    ),
    "burst": (
        "Сверх обычного: {value}, порог {threshold}.",
        "Above the usual: {value}, bound {threshold}.",
    ),
    "silent_source": (
        "Тишина к обычной: ×{value}, порог ×{threshold}.",
        "Silence to the usual: ×{value}, bound ×{threshold}.",
    ),
    "failed_check": (
        "Не прошли проверку {value} строк, порог {threshold}.",
        "{value} of the rows failed, bound {threshold}.",
    ),
}
REASONS: dict[str, Pair] = {
    "recovered": ("Показатель вернулся в норму.", "The figure is good again."),
    "no_data": ("Данных больше нет: норма не подтверждена.", "No data any more: not known good."),
    "rule_removed": ("Правило снято.", "The rule was removed."),
}
PAGES = {"burst": "problems", "silent_source": "quality", "failed_check": "quality"}
SHARES = ("service_level", "failed_check")
DIGEST_LINES = 12


class Texts:
    """Words of one language over the reference data of one hotline."""

    def __init__(self, settings: Settings, reference: Reference, language: str) -> None:
        self.words = Words(language, settings.tz)
        self.settings, self.reference, self.language = settings, reference, language

    def message(self, kind: str, episode: Episode) -> tuple[str, str]:
        """Return title and body of a begin, reminder or end."""
        about = f"{self._label(episode)}: {self.scope(episode.scope_kind, episode.scope)}"
        head = self._say(SEVERITIES[episode.severity])
        if kind != "begin":
            head = self._say(MESSAGES[kind])
        if kind == "end":
            parts = [self._say(REASONS[episode.end_reason or "recovered"]), self._lasted(episode)]
        else:
            since = self.words.moment(episode.since_at)
            parts = [self._value(episode), self._say(MESSAGES["since"], since=since)]
        if kind == "reminder":
            parts.append(self._say(MESSAGES["nobody"]))
        return f"{head}. {about}", "\n".join([" ".join(parts), self._link(episode.kind)])

    def digest(self, titles: Sequence[str]) -> tuple[str, str]:
        """Return title and body of many messages in one; titles come the gravest first."""
        shown = list(titles[:DIGEST_LINES])
        if rest := len(titles) - len(shown):
            shown.append(self._say(MESSAGES["more"], n=self.words.number(rest)))
        title = self._say(MESSAGES["digest"], n=self.words.number(len(titles)))
        return title, "\n".join([*shown, self._link("service_level")])

    def test(self, channel: str) -> tuple[str, str]:
        """Return title and body of a test message."""
        return self._say(MESSAGES["test"]), "\n".join(
            [self._say(MESSAGES["test_body"], channel=channel), self._link("service_level")]
        )

    def scope(self, kind: str, scope: str) -> str:
        """Return the name of a line, category, source or check; of all of them where empty."""
        if not scope:
            return self._say(MESSAGES["all_lines"])
        if scope == "*":
            return self._say(MESSAGES["everything"])
        if kind in ("line", "category"):
            return self.reference.label(kind, scope, self.language)
        return scope

    def _label(self, episode: Episode) -> str:
        return episode.label_ru if self.language == "ru" else episode.label_en

    def _value(self, episode: Episode) -> str:
        return self._say(
            VALUES[episode.kind],
            value=self._figure(episode.kind, episode.value),
            threshold=self._figure(episode.kind, episode.threshold),
        )

    def _figure(self, kind: str, value: float | None) -> str:
        """Format a value of a kind; a bound of 70 % is not 70,0 %."""
        if value is None or kind not in SHARES:
            is_whole = value is None or round(value, 1) == round(value)
            return self.words.number(value, 0 if is_whole else 1)
        percent = round(value * 100, 6)
        if percent != round(percent):
            return self.words.share(value)
        return self.words.number(percent) + (f"{NBSP}%" if self.language == "ru" else "%")

    def _lasted(self, episode: Episode) -> str:
        end = episode.ended_at or episode.seen_at
        return self._say(
            MESSAGES["lasts"],
            span=self.words.duration((end - episode.since_at).total_seconds()),
            since=self.words.moment(episode.since_at),
            end=self.words.moment(end),
        )

    def _link(self, kind: str) -> str:
        address = f"{self.settings.address}/{PAGES.get(kind, 'now')}"
        if self.language != "ru":
            address += f"?lang={self.language}"
        return self._say(MESSAGES["link"], link=address)

    def _say(self, pair: Pair, **values: object) -> str:
        return pair[0 if self.language == "ru" else 1].format(**values)
