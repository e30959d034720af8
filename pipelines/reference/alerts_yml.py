"""Read alerts.yml: what is watched, when it is worth a message, and who is told.

No addresses: they hold secrets and stand in the settings (docs/alerts.md).
"""

from collections.abc import Collection
from dataclasses import dataclass

from pipelines.reference.model import AlertRule, Receiver
from pipelines.reference.yaml_rows import Row, seconds_of_day, unique

LANGUAGES = ("ru", "en")
SEVERITIES = ("critical", "warning", "notice")
SERIES = ("category", "line", "abandoned")  # of the burst detector (pipelines/problems)
WINDOWS = ("half_hour", "hour", "today")  # of the live board's service levels
COMMON = (
    "id", "label", "kind", "threshold", "clear", "for", "ends_after", "severity", "channels",
    "remind", "quiet",
)  # fmt: skip
NEEDED = ("id", "label", "kind", "threshold", "severity", "channels")


@dataclass(frozen=True)
class Kind:
    """What a kind of rule speaks of, the keys it has of its own, and whether a low value is bad."""

    scope: str
    keys: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_low_bad: bool = False
    is_share: bool = False


KINDS = {
    "service_level": Kind("line", ("lines", "window", "least"), (), True, True),
    "breach_soon": Kind("line", ("lines", "within"), ("within",)),
    "queue_growth": Kind("line", ("lines", "least")),
    "burst": Kind("category", ("categories", "series")),
    "silent_source": Kind("source", ("sources",)),
    "failed_check": Kind("check", ("over",), (), False, True),
}


def read_alerts(
    top: Row, lines: Collection[str], categories: Collection[str]
) -> tuple[tuple[Receiver, ...], tuple[AlertRule, ...]]:
    """Return who may be told, and the rules in the order of the file."""
    top.check(("channels", "alerts"), ("channels", "alerts"))
    receivers = []
    for row in unique(top.rows("channels")):
        row.check(("id", "label", "language"), ("id", "label"))
        language = row.one_of("language", LANGUAGES, "ru")
        receivers.append(Receiver(row["id"], row.labels(), language))
    known = [one.id for one in receivers]
    rules = [_rule(row, known, lines, categories) for row in unique(top.rows("alerts"))]
    return tuple(receivers), tuple(rules)


def _rule(
    row: Row, receivers: Collection[str], lines: Collection[str], categories: Collection[str]
) -> AlertRule:
    every = {key for kind in KINDS.values() for key in kind.keys}
    row.check((*COMMON, *sorted(every)), NEEDED)
    name = row.one_of("kind", KINDS, "")
    kind = KINDS[name]
    for key in every - set(kind.keys):
        if key in row:
            own = f"its own: {', '.join(kind.keys)}"
            row.fail(f"the key '{key}' means nothing to {name} ({own})", key)
    row.check((*COMMON, *kind.keys), kind.needs)
    for key, words in (("channels", receivers), ("categories", (*categories, "*"))):
        for word in row.words(key):
            row.word(word, words, key)
    threshold, clear = _bounds(row, kind)
    series = row.one_of("series", SERIES, SERIES[0])
    if series != SERIES[0] and row.words("categories"):
        row.fail(f"categories: a burst of series '{series}' has none", "categories")
    return AlertRule(
        id=row["id"],
        label=row.labels(),
        kind=name,
        scope_kind=kind.scope if series == SERIES[0] else "line",
        is_low_bad=kind.is_low_bad,
        threshold=threshold,
        clear=clear,
        for_s=row.duration("for", "PT0S"),
        ends_after_s=row.duration("ends_after", "PT5M"),
        severity=row.one_of("severity", SEVERITIES, ""),
        receivers=row.words("channels"),
        lines=_lines(row, lines),
        only=row.words("categories") or row.words("sources"),
        window=row.one_of("window", WINDOWS, WINDOWS[0]),
        within_s=row.duration("within", "PT0S"),
        least=int(row.number("least", 1)),
        over_s=row.duration("over", "PT1H"),
        remind_s=row.duration("remind") if "remind" in row else None,
        quiet=_quiet(row),
        series=series,
    )


def _bounds(row: Row, kind: Kind) -> tuple[float, float]:
    """Return the bound of a begin and that of an end, which must not be the worse one."""
    threshold = float(row.number("threshold"))
    clear = float(row.number("clear", threshold))
    for key, value in (("threshold", threshold), ("clear", clear)):
        if kind.is_share and not 0 <= value <= 1:
            row.fail(f"{key}: {value} is not a share; write 0.8 for 80 %", key)
    if (clear < threshold) if kind.is_low_bad else (clear > threshold):
        side = "below" if kind.is_low_bad else "above"
        row.fail(
            f"clear: {clear} is {side} threshold {threshold}: it would end as it begins", "clear"
        )
    return threshold, clear


def _lines(row: Row, known: Collection[str]) -> tuple[str, ...] | None:
    """Return the lines watched each on its own; None: all lines together."""
    names = row.words("lines")
    if names == ("each",):
        return tuple(known)
    for name in names:
        row.word(name, (*known, "each"), "lines")
    return names or None


def _quiet(row: Row) -> tuple[int, int] | None:
    """Read hours without messages; they may go over midnight."""
    if "quiet" not in row:
        return None
    first, last = seconds_of_day(row, "quiet", row.text("quiet"))
    if not (0 <= first <= 86400 and 0 <= last <= 86400 and first != last):
        row.fail(f"quiet: '{row['quiet']}' is no part of a day", "quiet")
    return first, last
