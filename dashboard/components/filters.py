"""The bar of filters every page shares: period, lines, channel, category; the address holds them.

Values live in the address (`?period=7d&line=main&line=chat`), so a link shows another person the
same thing in either language. A choice stays while one goes from page to page.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import cast

import streamlit as st

from dashboard import data, labels
from dashboard.components import frame
from dashboard.i18n import N_, _, formats

PERIODS = {
    "today": N_("Сегодня"),
    "yesterday": N_("Вчера"),
    "7d": N_("7 дней"),
    "28d": N_("28 дней"),
    "week": N_("Прошлая неделя"),
    "month": N_("Этот месяц"),
    "range": N_("Свои даты"),
}


@dataclass(frozen=True)
class Filters:
    """What was chosen. start inclusive, end exclusive, aware; empty tuples mean all."""

    start: datetime
    end: datetime
    lines: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    where: dict[str, object] = field(default_factory=dict)  # ready for pipelines.metrics.Query

    @property
    def last_day(self) -> date:
        """The last whole day inside."""
        return (formats.local(self.end) - timedelta(microseconds=1)).date()

    @property
    def words(self) -> str:
        """The period in words."""
        return formats.span(formats.local(self.start).date(), self.last_day)


def bar(
    *,
    period: str | None = "7d",
    lines: bool = True,
    channel: bool = True,
    category: bool = False,
    known_lines: list[str] | None = None,
) -> Filters:
    """Draw the filters a page wants and return what is chosen.

    Args:
        period: the preset a page opens with (a key of PERIODS); None draws no period (today).
        lines, channel, category: which filters to draw.
        known_lines: lines to offer; default those of reference data.
    """
    today = formats.local(data.now()).date()
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        start, last = _period(period, today) if period else (today, today)
        chosen = {
            "line": many("line", _("Линии"), known_lines or labels.known("lines"), labels.line)
            if lines
            else (),
            "channel": many("channel", _("Каналы"), list(labels.CHANNELS), labels.channel)
            if channel
            else (),
            "category": many(
                "category", _("Категории"), labels.known("categories"), labels.category
            )
            if category
            else (),
        }
    return Filters(
        start=_midnight(start),
        end=_midnight(last + timedelta(days=1)),
        lines=chosen["line"],
        channels=chosen["channel"],
        categories=chosen["category"],
        where={name: values for name, values in chosen.items() if values},
    )


def many(name: str, label: str, options: list[str], words: Callable[[str], str]) -> tuple[str, ...]:
    """Draw a choice of several, kept in the address and from page to page; () means all.

    Args:
        name: of the address (`?line=main&line=chat`).
        label: above the choice.
        options: what can be chosen; what the address names beside them can be too.
        words: option -> its text in the current language.
    """
    asked = st.query_params.get_all(name)
    unknown = [value for value in asked if value not in options]  # a line reference does not know
    key = _take(name, asked or None, [])
    extra = {*unknown, *st.session_state[key]} - set(options)
    options = [*options, *sorted(extra)]
    chosen = st.multiselect(
        label,
        options,
        format_func=words,
        key=key,
        placeholder=_("Все"),
        width=260,
        wrap=True,
    )
    _write(name, chosen, chosen or None)
    return tuple(chosen)


def to_days(first: date, last: date) -> None:
    """Let the page's next run show these days of all lines, channels and categories."""
    for name in ("line", "channel", "category", "period", "days"):
        st.query_params.pop(name, None)
        for key in (f"{frame.page_id()}_{name}", f"filter_{name}_kept", f"filter_{name}_asked"):
            st.session_state.pop(key, None)
    st.query_params["period"] = "range"
    st.query_params["days"] = [first.isoformat(), last.isoformat()]


def preset(name: str, today: date) -> tuple[date, date]:
    """Return first and last day of a preset.

    >>> preset("week", date(2026, 11, 22))
    (datetime.date(2026, 11, 9), datetime.date(2026, 11, 15))
    """
    monday = today - timedelta(days=today.weekday())
    return {
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "7d": (today - timedelta(days=6), today),
        "28d": (today - timedelta(days=27), today),
        "week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "month": (today.replace(day=1), today),
    }.get(name, (today, today))


def _period(default: str, today: date) -> tuple[date, date]:
    days = [_date(text) for text in st.query_params.get_all("days")]
    asked = st.query_params.get("period")
    key = _take("period", asked if asked in PERIODS else None, default)
    chosen = st.selectbox(
        _("Период"),
        list(PERIODS),
        format_func=lambda name: _(PERIODS[name]),
        key=key,
        width=180,
    )
    # the page's own default is no choice: the next page opens with its own
    _write("period", [chosen] if chosen != default else [], chosen if chosen != default else None)
    if chosen != "range":
        _write("days", [], None)
        return preset(chosen, today)
    whole = tuple(d for d in days if d)
    key = _take("days", whole if len(whole) == 2 else None, preset("7d", today))
    picked = cast(
        "date | tuple[date, ...]",
        st.date_input(_("Даты"), key=key, format="DD.MM.YYYY", width=230, max_value=today),
    )
    ends = picked if isinstance(picked, tuple) else (picked,)  # one day while one is picked
    first, last = (ends[0], ends[-1]) if ends else (today, today)
    _write("days", [first.isoformat(), last.isoformat()], (first, last))
    return first, last


def _take(name: str, asked: object, default: object) -> str:
    """Give a widget its value and return its key, one of this page.

    The address wins where it says something else than what was written there last; then what the
    widget has; then what was chosen on another page; then the default.
    """
    key = f"{frame.page_id()}_{name}"
    if asked is not None and st.session_state.get(f"filter_{name}_asked") != asked:
        st.session_state[key] = asked
    elif key not in st.session_state:
        st.session_state[key] = st.session_state.get(f"filter_{name}_kept") or default
    return key


def _write(name: str, address: list[str], kept: object) -> None:
    """Put the choice into the address and keep it for the next page (None: nothing chosen)."""
    asked: object = address
    if name == "period":
        asked = address[0] if address else None
    if name == "days":
        asked = kept
    st.session_state[f"filter_{name}_asked"] = asked
    st.session_state[f"filter_{name}_kept"] = kept
    if st.query_params.get_all(name) == address:
        return
    if address:
        st.query_params[name] = address
    else:
        st.query_params.pop(name, None)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=formats.zone())
