"""The categoriser on the page: how well it does it, its versions, and a new one to be trained."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import data, labels
from dashboard.components import empty, frame, job, state, table
from dashboard.i18n import N_, _, _n, formats
from pipelines import desk
from pipelines.lake.lock import is_locked
from pipelines.metrics import category_models, category_quality

JOB = "problems_training"  # in the session: the job of the desk that trains a version
STEPS = {
    "training": N_("учится"),
    "naming": N_("называет тематики"),
    "judging": N_("пересчитывает обещания этих дней"),
}
SHARES = ("precision", "recall", "f1", "covered", "sure_precision")


def draw() -> None:
    """Draw the quality of the last version by category, all versions, and the way to a new one."""
    models = data.ask(category_models)
    with st.container(border=True):
        state.heading(_("Модель"))
        if models.is_empty():
            empty.nothing(
                _("Модель ещё не обучена."),
                _(
                    "Обучите её кнопкой или командой `liniya categorise`: нужны хотя бы две "
                    "тематики, записанные в журналах, по восемь текстов в каждой."
                ),
            )
            _training()
            return
        last = models.row(0, named=True)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_said(last), width="content")
            state.passport(_passport(last), key="problems_model_passport")
        _training()
        _quality(int(last["version"]))
        if len(models) > 1:
            _versions(models)


def _said(last: dict[str, Any]) -> str:
    n = last["n_texts"]
    texts = _n("{n} тексте", "{n} текстах", n).format(n=formats.number(n))
    parts = [
        _("версия {version} от {time}").format(
            version=formats.number(last["version"]), time=formats.when(last["trained_at"])
        ),
        _("обучена на {texts}").format(texts=texts),
        _("решений аналитика среди них: {n}").format(n=formats.number(last["n_decided"])),
        _("F1 {f1} на текстах, которых не видела").format(f1=formats.share(last["f1"], 1)),
        _("уверена в {share}, из них верно {right}").format(
            share=formats.share(last["covered"]), right=formats.share(last["sure_precision"], 1)
        ),
    ]
    return " · ".join(parts)


def _quality(version: int) -> None:
    rows = data.ask(category_quality, version)
    named = rows.with_columns(
        name=pl.Series([labels.category(one) for one in rows["category"]], dtype=pl.String)
    )
    table.table(
        named,
        {
            "name": _("Тематика"),
            "n": _("Тексты"),
            "precision": _("Точность"),
            "recall": _("Полнота"),
            "f1": _("F1"),
            "covered": _("Доля уверенных"),
            "sure_precision": _("Точность уверенных"),
        },
        key="problems_quality",
        show=dict.fromkeys(SHARES, lambda one: formats.share(one, 1)),
        height=420,
        picks=False,
    )
    table.downloads(rows, f"categoriser-{version}", key="problems_quality")


def _versions(models: pl.DataFrame) -> None:
    with st.expander(_("Прежние версии")):
        table.table(
            models,
            {
                "version": _("Версия"),
                "trained_at": _("Обучена"),
                "n_texts": _("Тексты"),
                "n_decided": _("Решения аналитика"),
                "n_categories": _("Тематики"),
                "precision": _("Точность"),
                "recall": _("Полнота"),
                "f1": _("F1"),
                "covered": _("Доля уверенных"),
                "sure_precision": _("Точность уверенных"),
            },
            key="problems_versions",
            show=dict.fromkeys(SHARES, lambda one: formats.share(one, 1))
            | {"trained_at": formats.when},
            picks=False,
        )


def _training() -> None:
    """Draw the button that trains a version, or how far the one asked for is."""
    if job.followed(JOB, _("Версия не обучена."), _told) or not frame.person().may_decide:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Обучить и применить"), key="problems_train", disabled=not _has_worker()):
            st.session_state[JOB] = desk.ask(data.settings(), "categorise", {})
            st.rerun()
        if _has_worker():
            st.caption(_("Учится на записанных тематиках и ваших решениях, затем называет новые."))
        else:
            st.caption(_("Рабочий процесс не запущен: запустите `liniya run` или `liniya worker`."))


def _told(one: desk.Job) -> str:
    step = _(STEPS[one.step]) if one.step in STEPS else _("ждёт очереди")
    return _("Новая версия: {step}…").format(step=step)


def _has_worker() -> bool:
    return is_locked(data.settings())


def _passport(last: dict[str, Any]) -> dict[str, str]:
    return {
        _("Модель"): _(
            "линейная, по основам слов и их частям; учится на тематиках, записанных в журналах, "
            "и на решениях аналитика"
        ),
        _("Уверенность"): _(
            "доля верных среди таких же догадок на текстах, которых модель не видела; "
            "одинаковые тексты не попадают по обе стороны"
        ),
        _("Порог"): _(
            "тематика присваивается с уверенности {share}; ниже — «не определено» и очередь"
        ).format(share=formats.share(last["sure"])),
        _("Точность"): _("какая доля названных этой тематикой действительно о ней"),
        _("Полнота"): _("какая доля текстов этой тематики найдена"),
        _("Что не меняется"): _("тематики из журналов и решения аналитика модель не трогает"),
    }
