"""Editions of a week on its page: which is shown, what later data changed, the publishing of one.

The worker publishes (it is the one writer); the page asks for it on the desk and follows.
"""

from collections import Counter
from typing import Any

import polars as pl
import streamlit as st

from dashboard import access, data, labels
from dashboard.components import delivery_words, frame, state, table
from dashboard.i18n import N_, _, _n, formats, language
from pipelines import desk
from pipelines.editions import Edition, editions, figures_of
from pipelines.editions.read import NOW, SCHEDULE
from pipelines.editions.store import Delivered, deliveries
from pipelines.lake.lock import is_locked
from pipelines.metrics import differences
from pipelines.reports import Words
from pipelines.reports.figure_words import figure_name, figure_value

LOOK_S = 0.7
VERSIONS = 12  # rows of versions; more scroll
SHOWN = 4  # changes told in the sentence; all of them stand in the table
JOB = "week_publishing"
KINDS = {
    "preliminary": N_("предварительная"),
    "final": N_("окончательная"),
    "revised": N_("уточнённая"),
}
DELIVERY = {
    "queued": N_("в очереди"),
    "retrying": N_("не доставлено, пробуем ещё"),
    "sent": N_("доставлено"),
    "failed": N_("не доставлено"),
    "no_address": N_("адрес не задан"),
    "digested": N_("в очереди"),
}
STEPS = {
    "": N_("Ждёт рабочего процесса…"),
    "settling": N_("Сводим дни…"),
    "judging": N_("Сводим дни…"),
    "figures": N_("Считаем показатели…"),
}


def known(iso_week: str) -> dict[str, Edition]:
    """Return the editions this person may see by number, the newest first.

    An edition speaks of everything: who is limited to lines or teams is shown none.
    """
    if access.scope(frame.person()).groups:
        return {}
    return {str(one.number): one for one in data.ask(editions, iso_week)}


def name(key: str, found: dict[str, Edition]) -> str:
    """Return an edition in words: «редакция 2, уточнённая: 23 ноя, 08:00»."""
    if key == NOW:
        return _("по данным на сейчас")
    one = found[key]
    return _("редакция {n}, {kind}: {moment}").format(
        n=one.number, kind=_(KINDS[one.kind]), moment=formats.when(one.published_at)
    )


def figures(edition: Edition) -> dict[str, Any]:
    """Return the figures of an edition."""
    return data.ask(figures_of, edition.edition_id)


def changed(edition: Edition, published: dict[str, Any], now: dict[str, Any]) -> None:
    """Say what later data changed in the edition that is shown."""
    rows = differences(published, now)
    moment = formats.when(now["as_of"])
    if not rows:
        st.caption(
            _("По данным на {moment} показатели те же, что опубликованы.").format(moment=moment)
        )
        return
    words = Words(language(), data.settings().tz)
    reference = data.lake().reference
    names = [figure_name(reference, one.name, words) for one in rows]
    pairs = [[figure_value(value, one.unit, words) for value in (one.was, one.now)] for one in rows]
    told = "; ".join(
        f"{label} {was} → {is_now}"
        for label, (was, is_now) in zip(names[:SHOWN], pairs[:SHOWN], strict=True)
    )
    n = formats.number(len(rows))
    st.warning(
        _n(
            "По более поздним данным ({moment}) отличается {n} показатель: {told}.",
            "По более поздним данным ({moment}) отличаются {n} показателей: {told}.",
            len(rows),
        ).format(moment=moment, n=n, told=told + ("…" if len(rows) > SHOWN else ""))
    )
    if len(rows) > SHOWN:
        with st.expander(
            _("Все отличия редакции {n} от данных на сейчас").format(n=edition.number)
        ):
            table.table(
                pl.DataFrame(
                    {"name": names, "was": [p[0] for p in pairs], "now": [p[1] for p in pairs]}
                ),
                {"name": _("Показатель"), "was": _("Опубликовано"), "now": _("Сейчас")},
                key="week_changed",
                right=("was", "now"),
                picks=False,
            )


def about(edition: Edition) -> None:
    """Say by whom an edition was made, and which data, checks and versions it rests on."""
    people = access.people(data.settings())
    by = people[edition.published_by].name if edition.published_by in people else ""
    state.heading(_("На чём основана эта редакция"))
    checks = _("сведений о проверках нет")
    if edition.checks_failed is not None:
        checks = _n("не пройдена {n} проверка", "не пройдено {n} проверок", edition.checks_failed)
        checks = checks.format(n=formats.number(edition.checks_failed))
        if edition.checks_at:
            checks += " " + _("(проверяли {moment})").format(moment=formats.when(edition.checks_at))
    rows = (
        (
            _("Опубликована"),
            _("{name}, {moment}").format(
                name=_("по расписанию")
                if edition.published_by == SCHEDULE
                else by or edition.published_by,
                moment=formats.when(edition.published_at),
            ),
        ),
        (
            _("Данные"),
            _("на {moment}, снимок № {n}").format(
                moment=formats.when(edition.as_of), n=edition.snapshot_id
            ),
        ),
        (_("Проверки данных"), checks),
        (_("Тематики"), _("версия {version}").format(version=edition.category_version)),
        (_("Обещания"), _versions(edition)),
    )
    st.markdown("\n".join(f"- {name}: **{value}**" for name, value in rows))
    with st.expander(_("Версии обещаний этой редакции")):
        _versions_table(edition)
    for one in deliveries(data.settings(), edition.edition_id):
        _delivery(one)


def _versions(edition: Edition) -> str:
    """Say how many promises stand in which version: «1-я — 52, 2-я — 1»."""
    counted = Counter(edition.promise_versions.values())
    return ", ".join(
        _("{version}-я версия: {n}").format(version=version, n=formats.number(n))
        for version, n in sorted(counted.items())
    )


def _versions_table(edition: Edition) -> None:
    since = {(p.id, p.version): p.valid_from for p in data.lake().reference.promises}
    rows = pl.DataFrame(
        {
            "promise": list(edition.promise_versions),
            "version": [formats.number(n) for n in edition.promise_versions.values()],
            "since": [
                formats.day(since[one], year=True) if since.get(one) else _("с самого начала")
                for one in edition.promise_versions.items()
            ],
        }
    )
    table.table(
        rows,
        {"promise": _("Обещание"), "version": _("Версия"), "since": _("Действует с")},
        key="week_versions",
        right=("version",),
        show={"promise": labels.promise},
        picks=False,
        height=table.height_of(VERSIONS),
    )


def _delivery(one: Delivered) -> None:
    receivers = {r.id: r.label for r in data.lake().reference.receivers}
    place = (
        _("папка отчётов")
        if one.place == "folder"
        else receivers.get(one.place, (one.place, one.place))[0 if language() == "ru" else 1]
    )
    told = _(DELIVERY[one.state])
    text = _("Доставка: {place} · {state}").format(place=place, state=told)
    if one.state == "sent":
        st.caption(f"{text}, {formats.when(one.at)}")
        return
    if one.error:
        tries = _n("{n} попытка", "{n} попыток", one.tries).format(n=formats.number(one.tries))
        text += f" ({delivery_words.error(one.error)}, {tries})"
        if one.state == "retrying":
            text += f" · {delivery_words.retry(one.at)}"
    if one.state == "queued":
        st.caption(text)
    else:
        st.warning(text)


def publishing(iso_week: str, found: dict[str, Edition], *, is_over: bool) -> None:
    """Draw the button that publishes the week, or how far a publishing is."""
    person = frame.person()
    if not (is_over and person.may_publish):
        return
    if JOB in st.session_state:
        _follow()
        return
    words = _("Опубликовать уточнённую редакцию") if found else _("Опубликовать")
    if not is_locked(data.settings()):
        st.caption(
            _("Публикует рабочий процесс, а он не запущен: `liniya run`, или командой `{command}`.")
            .format(command=f"liniya report week {iso_week} --publish")
        )  # fmt: skip
    elif st.button(words, key="week_publish", icon=":material/publish:"):
        args = {"period": iso_week, "who": person.id}
        st.session_state[JOB] = desk.ask(data.settings(), "publish", args)
        st.rerun()


@st.fragment(run_every=LOOK_S)
def _follow() -> None:
    job = desk.job(data.settings(), st.session_state[JOB])
    if not job.is_over:
        part = job.done / job.total if job.total else 0.0
        st.progress(min(part, 1.0), text=_(STEPS.get(job.step, STEPS["figures"])))
        return
    del st.session_state[JOB]
    if job.error:
        st.error(_("Опубликовать не удалось: {error}").format(error=job.error))
        return
    st.session_state["week_published"] = job.result
    st.rerun()


def published() -> None:
    """Say once what came of a publishing."""
    made = st.session_state.pop("week_published", None)
    if made:
        words = (
            _("Опубликована редакция {n}.")
            if made["is_new"]
            else _("С редакции {n} ничего не изменилось: новой не нужно.")
        )
        st.success(words.format(n=made["number"]))
