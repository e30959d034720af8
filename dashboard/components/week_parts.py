"""The week in parts: verdict, tiles, promises that need attention, topics, what happened."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels, theme
from dashboard.components import chart, frame, promise_words, state, table, week_links
from dashboard.figures.week import topics, waterfall
from dashboard.i18n import _, _n, formats, language
from dashboard.pages import PAGES
from pipelines.editions import Edition
from pipelines.metrics.periods import kind_of
from pipelines.problems.bursts import ALL
from pipelines.reports import Words, as_week, make_page
from pipelines.reports.evidence import CHANNEL, period_days

ORDER = ("broken", "at_risk", "below_own_target")
SHOWN = 12  # rows of promises; more scroll
PAIR = 2  # waterfalls side by side


def order(known: dict[str, dict[str, Any]]) -> list[str]:
    """Return the weeks to choose from: the last whole one first, the running one after it."""
    over = [name for name, row in known.items() if row["is_over"]]
    running = [name for name, row in known.items() if not row["is_over"]]
    return [*over[:1], *running, *over[1:]]


def name(row: dict[str, Any]) -> str:
    """Return a week in words: its number and days."""
    kind = kind_of(row["week"])
    if kind != "week":
        text = formats.month(row["first"]) if kind == "month" else formats.quarter(row["first"])
        return text if row["is_over"] else _("{period} (идёт)").format(period=text)
    year, number = row["week"].split("-W")
    text = _("{n}-я неделя {year}").format(n=int(number), year=year)
    days = formats.span(row["first"], row["last"])
    return (
        f"{text}: {days}"
        if row["is_over"]
        else _("{week}: {days} (идёт)").format(week=text, days=days)
    )


def page_of(figures: dict[str, Any], edition: Edition | None) -> dict[str, Any]:
    """Return the words of the printed week for these figures: the page says the same."""
    words = Words(language(), data.settings().tz)
    return make_page(as_week(data.lake(), figures, edition), words)


def verdict(figures: dict[str, Any], page: dict[str, Any]) -> None:
    """Draw the week in a sentence, and what makes it news."""
    st.header(page["verdict"], anchor=False)
    for line in page["lead"]:
        st.markdown(line)
    if figures["is_preliminary"]:
        state.badge("at_risk", label=_("предварительно: строки за неделю ещё приходят"))
    week_links.draw(page, "verdict")


def tiles(figures: dict[str, Any], page: dict[str, Any]) -> None:
    """Draw the figures of the week beside those of the week before."""
    people, level, repeats = figures["people"], figures["level"], figures["repeats"]
    ratings, before = figures["ratings"], _has_before(figures)
    contacts = figures["volume"]["contacts"]
    named = figures["categories"]["category"].count() > 0
    shown = (
        (
            _("остались без ответа"),
            formats.number(people["unserved"]),
            _("{share} из {n} обратившихся").format(
                share=formats.share(people["unserved_share"], 1), n=formats.number(people["tried"])
            )
            if people["tried"]
            else "",
            formats.number(people["before"]["unserved"]),
        ),
        (
            _("поступило контактов"),
            formats.number(contacts),
            _n("{n} оператор работал", "{n} операторов работали", figures["operators"]).format(
                n=formats.number(figures["operators"])
            ),
            formats.number(figures["volume_before"]["contacts"]),
        ),
        (
            _("уровень обслуживания (SL-1)"),
            formats.share(level["share"], 1),
            _("ответ {limit} · вызовов и чатов: {n}").format(
                limit=formats.limit(level["threshold_s"]), n=formats.number(level["base"])
            ),
            formats.share(level["before"]["share"], 1),
        ),
        (
            _("повторные обращения"),
            formats.share(repeats["share"] if named else None, 1),
            _n("{n} повтор", "{n} повторов", repeats["repeats"]).format(
                n=formats.number(repeats["repeats"])
            )
            if named
            else _("без тематики повтор не узнать"),
            formats.share(repeats["before"]["share"], 1),
        ),
        (
            _("оценки 4 и 5 (CSAT)"),
            formats.share(ratings["share"], 1),
            _n("{n} оценка", "{n} оценок", ratings["n"]).format(n=formats.number(ratings["n"]))
            + " · "
            + _("средняя {mean}").format(mean=formats.number(ratings["mean"], 2)),
            formats.share(ratings["before"]["share"], 1),
        ),
    )
    for column, (label, value, note, was) in zip(st.columns(len(shown)), shown, strict=True):
        past = f"{page['before']}: {was if before else formats.no_data()}"
        with column:
            state.tile(
                label[:1].upper() + label[1:],
                value,
                note=" · ".join(part for part in (note, past) if part),
            )
    week_links.draw(page, "tiles", "repeats", "rating")


def promises(figures: dict[str, Any]) -> None:
    """Draw how many promises stand where, and those that need attention; a click opens one."""
    state.heading(_("Обязательства перед гражданами"))
    now, past = figures["promise_states"], figures["promise_states"]["before"]
    before = _has_before(figures)
    often = figures["promise_states"].get("usual")  # not of editions of before it was told
    with st.container(horizontal=True):
        for name in ("kept", *ORDER, "no_data"):
            if now[name] or past[name]:
                words = _("{state}: {n} (было {was})") if before else _("{state}: {n}")
                if before and often:
                    words = _("{state}: {n} (было {was}, обычно {usual})")
                label = words.format(
                    state=theme.STATES[name].label,
                    n=formats.number(now[name]),
                    was=formats.number(past[name]),
                    usual=formats.number((often or past)[name]),
                )
                state.badge(name, label=label)
    rows = figures["promises"].filter(pl.col("state").is_in(ORDER))
    if rows.is_empty():
        st.caption(_("Обязательств, требующих внимания, нет."))
        return
    rows = rows.with_columns(
        failed=pl.sum_horizontal("breached", "overdue"),
        place=pl.col("state").replace_strict(list(ORDER), list(range(len(ORDER)))),
    ).sort("place", "failed", descending=[False, True])
    found = rows.to_dicts()
    clicked = table.table(
        rows.with_columns(
            fact=pl.Series([promise_words.value(one) for one in found]),
            target=pl.Series([_target(one) for one in found]),
            change=pl.Series([_moved(one) for one in found]),
            usual=pl.Series(
                [promise_words.value(one | {"value": one.get("value_usual")}) for one in found]
            ),
        ),
        {
            "state": _("Состояние"),
            "promise": _("Обещание"),
            "fact": _("Факт"),
            "target": _("Нужно"),
            "change": _("Изменение"),
            "usual": _("Обычно"),
            "failed": _("Не в срок"),
        },
        key="week_promises",
        right=("fact", "target", "change", "usual"),
        show={"state": state.text, "promise": labels.promise},
        height=table.height_of(SHOWN),
    )
    if clicked and frame.person().may_open("promises"):
        first, end = (formats.local(figures[name]).date() for name in ("start", "end"))
        st.switch_page(
            PAGES["promises"].file,
            query_params=period_days(first, end)
            | {"view": clicked["basis"], "promise": clicked["promise"]},
        )


def topics_of(figures: dict[str, Any], page: dict[str, Any]) -> None:
    """Draw what citizens came with, and what changed."""
    state.heading(_("С чем обращались"))
    rows, before = figures["categories"], _has_before(figures)
    # contacts without a topic are counted apart: they are not a problem of their own
    unknown = rows.filter(pl.col("category").is_null()).to_dicts()
    rows = rows.filter(pl.col("category").is_not_null())
    if rows.is_empty():
        for one in unknown:
            text = _("Ни у одного тематика не указана: {n}").format(n=_beside(one, before=before))
            st.caption(text)
        return
    found = rows.to_dicts()
    named = rows.with_columns(
        label=pl.Series([labels.category(one["category"]) for one in found], dtype=pl.String),
        shown=pl.Series([_beside(one, before=before) for one in found], dtype=pl.String),
        contacts_before=pl.col("contacts_before") if before else pl.lit(None, dtype=pl.Int64),
    )
    words = {"now": page["now"], "before": page["before"]}
    chart.draw(
        topics(named, theme.palette(theme.mode()), words),
        key="week_topics",
    )
    for one in unknown:
        text = _("Ещё без тематики: {n}").format(n=_beside(one, before=before))
        st.caption(text)
    week_links.draw(page, "problems")


def why(figures: dict[str, Any], page: dict[str, Any]) -> None:
    """Draw why shares and means moved; where none moved more than usual, say that."""
    if not _has_before(figures):
        return
    state.heading(page["heads"]["why"])
    for mean in page["means"]:
        label = mean["label"][:1].upper() + mean["label"][1:]
        text = f"{label}: **{mean['value']}**"
        st.markdown(f"{text} ({mean['note']})" if mean["note"] else text)
    if not page["why"]:
        st.caption(
            _(
                "Изменений больше обычных не видно: ни в уровне обслуживания, ни в оценках, "
                "ни в долях в срок, ни в среднем времени."
            )
            if page["means"]
            else _(
                "Изменений больше обычных не видно: ни в уровне обслуживания, ни в оценках, "
                "ни в долях в срок."
            )
        )
    for pair in range(0, len(page["why"]), PAIR):
        found = page["why"][pair : pair + PAIR]
        columns = st.columns(len(found), gap="large")
        for n, (column, moved) in enumerate(zip(columns, found, strict=True), pair):
            with column:
                st.markdown(f"**{moved['title']}**")
                st.caption(moved["sentence"])
                if moved["rows"]:
                    bars = waterfall(moved["rows"], theme.palette(theme.mode()))
                    chart.draw(bars, key=f"week_why_{n}")
    week_links.draw(page, "why")


def channels(page: dict[str, Any]) -> None:
    """Draw contacts by channel and their change."""
    st.markdown(f"**{page['heads']['channels']}**")
    clicked = table.table(
        pl.DataFrame(page["channels"]).select("label", "value", "change", "key"),
        {
            "label": _("Канал"),
            "value": _("Контактов"),
            "change": _("Изменение"),
        },
        key=week_links.table_key(CHANNEL),
        right=("value", "change"),
    )
    week_links.picks(CHANNEL, clicked)


def happened(figures: dict[str, Any], page: dict[str, Any]) -> None:
    """Draw outages and bursts of the week."""
    state.heading(_("Сбои и всплески"))
    incidents, bursts = figures["incidents"], figures["bursts"]
    if incidents.is_empty() and bursts.is_empty():
        st.caption(_("Массовых сбоев и всплесков обращений за неделю не отмечено."))
    if len(incidents):
        clicked = table.table(
            incidents,
            {
                "category": _("Массовый сбой"),
                "line": _("Линия"),
                "detected_at": _("Обнаружен"),
                "restored_at": _("Восстановлен"),
                "restored_s": _("Длился"),
                "citizens": _("Заявители"),
            },
            key="week_incidents",
            show={
                "category": labels.category,
                "line": labels.line,
                "detected_at": formats.when,
                "restored_at": lambda at: formats.when(at) if at else _("ещё не восстановлен"),
                "restored_s": lambda s: formats.duration(s) if s is not None else "—",
            },
        )
        if clicked and frame.person().may_open("incident"):
            st.switch_page(PAGES["incident"].file, query_params={"id": clicked["incident_id"]})
    if len(bursts):
        named = [labels.burst(row) for row in bursts.to_dicts()]
        clicked = table.table(
            bursts.with_columns(name=pl.Series(named, dtype=pl.String)),
            {
                "name": _("Всплеск"),
                "started_at": _("Начало"),
                "ended_at": _("Конец"),
                "contacts": _("Контактов"),
                "excess": _("Сверх обычного"),
            },
            key="week_bursts",
            show={
                "started_at": formats.when,
                "ended_at": lambda at: formats.when(at) if at else _("продолжается"),
                "excess": lambda n: formats.signed(n),
            },
        )
        if clicked and frame.person().may_open("problems"):
            first, end = (formats.local(figures[name]).date() for name in ("start", "end"))
            topic = {} if clicked["category"] in (None, ALL) else {"topic": clicked["category"]}
            st.switch_page(PAGES["problems"].file, query_params=period_days(first, end) | topic)
    week_links.draw(page, "happened")


def _has_before(figures: dict[str, Any]) -> bool:
    return bool(figures["volume_before"]["contacts"])


def _target(row: dict[str, Any]) -> str:
    if row["unit"] == "s" or row["goal"] is None:
        return promise_words.target(row)
    return _("от {share}").format(share=formats.share(row["goal"]))


def _moved(row: dict[str, Any]) -> str:
    if row["moved"] is None:
        return "—"
    return formats.duration(row["moved"]) if row["unit"] == "s" else formats.points(row["moved"])


def _beside(row: dict[str, Any], *, before: bool) -> str:
    text = formats.number(row["contacts"])
    if before:
        text += f" ({formats.signed(row['change'])})"
    return _("{n} · всплеск").format(n=text) if row["burst"] else text
