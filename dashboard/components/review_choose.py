"""Which contacts are reviewed: a random sample with a quota, the riskiest first, samples made."""

from datetime import date, timedelta

import polars as pl
import streamlit as st

from dashboard import data, labels
from dashboard.components import empty, people, review_acts, review_words, state, table
from dashboard.i18n import _, _n, formats
from pipelines.metrics import review_samples
from pipelines.reviews import sampling
from pipelines.reviews.sampling import Sample
from pipelines.reviews.state import RISKY

DAYS = 28
FIRST_RISKY = 10


def draw() -> None:
    """Draw both ways of choosing, and what was chosen before."""
    start, last = _period()
    by = _reviewers()
    _random(start, last, by)
    _risky(start, last, by)
    _made()


def _period() -> tuple[date, date]:
    today = formats.local(data.now()).date()
    usual = (today - timedelta(days=DAYS - 1), today)
    chosen = st.date_input(
        _("Контакты, поступившие"), usual, max_value=today, format="DD.MM.YYYY",
        key="reviews_days_chosen", width=320,
    )  # fmt: skip
    days = chosen if isinstance(chosen, tuple) else (chosen,)
    return (days[0], days[1]) if len(days) == 2 else usual


def _reviewers() -> list[str]:
    known = sampling.reviewers(data.lake())
    return st.multiselect(
        _("Кто проверяет"), known, default=known, format_func=review_words.who,
        key="reviews_by", placeholder=_("Все"), width=480,
    )  # fmt: skip


def _random(start: date, last: date, by: list[str]) -> None:
    rules = data.lake().reference.sampling
    state.heading(_("Случайный отбор"))
    st.caption(
        _(
            "Поровну на каждого оператора, тематики в их собственных долях. "
            "Только случайный отбор входит в оценку оператора."
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        quota = st.number_input(
            _("Контактов на оператора"), 1, 50, rules.quota, key="reviews_quota", width=180
        )
        double = st.number_input(
            _("Из них слепо двоим, %"), 0, 100, round(100 * rules.double_share), step=5,
            key="reviews_double", width=180,
        )  # fmt: skip
        seed = st.number_input(
            _("Начальное число"), 0, 999_999, 1, key="reviews_seed", width=160,
            help=_("С тем же числом отбор повторится точно."),
        )  # fmt: skip
        is_drawn = st.button(_("Отобрать случайно"), type="primary", key="reviews_draw")
    if is_drawn:
        made = review_acts.do(
            sampling.draw, start, last + timedelta(days=1), seed=int(seed), quota=int(quota),
            double_share=double / 100, by=by or None,
        )  # fmt: skip
        if made:
            _done(made)


def _risky(start: date, last: date, by: list[str]) -> None:
    state.heading(_("Сначала рискованные"))
    st.caption(
        _(
            "Низкая оценка, повтор, долгое удержание, всплеск: для разбора с оператором. "
            "В оценку не входят."
        )
    )
    if not st.toggle(_("Показать рискованные контакты"), key="reviews_risky"):
        return
    without = sampling.taken(data.lake(), RISKY)
    rows = data.ask(sampling.risky, start, last + timedelta(days=1), without, each_minute=True)
    if rows.is_empty():
        empty.nothing(_("Рискованных контактов за период нет."))
        return
    names = people.names()
    table.table(
        rows.with_columns(
            why=pl.Series(
                [
                    ", ".join(_(review_words.REASONS[one]) for one in some)
                    for some in rows["reasons"]
                ],
                dtype=pl.String,
            )
        ),
        {
            "why": _("Почему"),
            "received_at": _("Поступил"),
            "channel": _("Канал"),
            "category": _("Тематика"),
            "operator_id": _("Оператор"),
            "rating": _("Оценка"),
            "contact_id": _("Контакт"),
        },
        key="reviews_risky_list",
        show={
            "received_at": formats.when,
            "channel": labels.channel,
            "category": labels.category,
            "operator_id": lambda one: names.get(one, one),
        },
        opens="contact_id",
        height=table.height_of(8),
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        most = st.number_input(
            _("Сколько первых"), 1, 100, min(FIRST_RISKY, len(rows)), key="reviews_most", width=180
        )
        is_taken = st.button(_("Назначить проверку"), key="reviews_take")
    if is_taken:
        made = review_acts.do(
            sampling.take_risky, start, last + timedelta(days=1), most=int(most), by=by or None
        )
        if made:
            _done(made)


def _done(made: Sample) -> None:
    said = _n("Назначена {n} проверка", "Назначено {n} проверок", made.reviews)
    words = said.format(n=formats.number(made.reviews))
    words += " · " + _n("{n} контакт", "{n} контактов", made.contacts).format(
        n=formats.number(made.contacts)
    )
    words += " " + _("из {population}").format(population=formats.number(made.population))
    st.success(words)
    if made.unassigned:
        st.warning(
            _n(
                "{n} контакт не назначен: его не может видеть никто из проверяющих.",
                "{n} контактов не назначено: их не может видеть никто из проверяющих.",
                made.unassigned,
            ).format(n=formats.number(made.unassigned))
        )


def _made() -> None:
    state.heading(_("Отборы"))
    rows = data.ask(review_samples)
    if rows.is_empty():
        st.caption(_("Отборов ещё не было."))
        return
    table.table(
        rows.with_columns(
            days=pl.Series(
                [
                    formats.span(row["period_start"], row["period_end"] - timedelta(days=1))
                    for row in rows.iter_rows(named=True)
                ]
            ),
            by=pl.Series(
                [
                    ", ".join(review_words.who(one) for one in text.split(";"))
                    for text in rows["reviewers"]
                ]
            ),
        ),
        {
            "made_at": _("Когда"),
            "made_by": _("Кто отобрал"),
            "how": _("Как"),
            "days": _("Период"),
            "quota": _("Квота"),
            "seed": _("Начальное число"),
            "population": _("Из скольких"),
            "contacts": _("Контактов"),
            "reviews": _("Проверок"),
            "by": _("Кто проверяет"),
        },
        key="reviews_samples",
        picks=False,
        show={
            "made_at": formats.when,
            "made_by": review_words.who,
            "how": lambda how: _(review_words.HOW[how]),
        },
        height=table.height_of(8),
    )
