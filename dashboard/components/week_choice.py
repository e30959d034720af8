"""Which period is looked at, in which edition, compared with what; kept in the address."""

from dataclasses import dataclass
from datetime import date

from streamlit.delta_generator import DeltaGenerator

from dashboard import data
from dashboard.components import choice, week_editions, week_parts
from dashboard.i18n import N_, _
from pipelines.editions import Edition
from pipelines.editions.read import NOW, same_last_year
from pipelines.metrics import weeks
from pipelines.metrics.periods import KINDS

KIND = {"week": N_("неделя"), "month": N_("месяц"), "quarter": N_("квартал")}
LABEL = {"week": N_("Неделя"), "month": N_("Месяц"), "quarter": N_("Квартал")}
HEADING = {
    "week": N_("Сводка за неделю"),
    "month": N_("Сводка за месяц"),
    "quarter": N_("Сводка за квартал"),
}
PREVIOUS, LAST_YEAR = "previous", "last_year"
EARLIER = 60  # periods offered to compare with


@dataclass(frozen=True)
class Asked:
    """What is chosen; edition None: as it is now. against None: the period before."""

    period: str
    first: date
    last: date
    is_over: bool
    editions: dict[str, Edition]
    edition: Edition | None
    against: str | None


def bar(head: DeltaGenerator) -> Asked | None:
    """Draw the choices and, in `head`, what they make of the page; None: no contact ever came."""
    kind = choice.one("kind", _("Период"), list(KINDS), lambda one: _(KIND[one]), width=130)
    head.title(_(HEADING[kind]), anchor=False)
    known = {row["week"]: row for row in data.ask(weeks, kind, each_minute=True)}
    if not known:
        return None
    period = choice.one(
        "week", _(LABEL[kind]), week_parts.order(known), lambda key: week_parts.name(known[key])
    )
    editions = week_editions.known(period)
    against = _against(period, list(known))
    wanted = NOW
    # what was published is compared as it was published
    if editions and against is None:
        wanted = choice.one(
            "edition",
            _("Редакция"),
            [*editions, NOW],
            lambda key: week_editions.name(key, editions),
        )
    row = known[period]
    return Asked(
        period, row["first"], row["last"], row["is_over"], editions, editions.get(wanted), against
    )


def _against(period: str, known: list[str]) -> str | None:
    """Draw what is compared with; None: the period before."""
    earlier = known[known.index(period) + 2 :][:EARLIER]
    names = {
        PREVIOUS: _("предыдущий период"),
        LAST_YEAR: _("тот же период год назад"),
    }
    chosen = choice.one(
        "against",
        _("Сравнить с"),
        [PREVIOUS, LAST_YEAR, *earlier],
        lambda key: names.get(key, key),
        width=230,
    )
    if chosen == LAST_YEAR:
        return same_last_year(data.lake(), period)
    return None if chosen == PREVIOUS else chosen
