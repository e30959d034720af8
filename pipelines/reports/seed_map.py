"""The public page sentence by sentence with its measured fulfilment: what a ministry may publish.

Nothing is computed here: figures come from `pipelines.metrics.seed_map`. The sentences stay in the
language of the source; everything said about them is in the reader's. No person, text or number of
a contact enters it: counts only.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import UsageError
from pipelines.lake.connect import Lake
from pipelines.metrics.query import Query
from pipelines.reference.model import Item, Line
from pipelines.reports.out import check_folder, writing
from pipelines.reports.page import STATES, goal_text, state_name, value_text
from pipelines.reports.seed_html import render
from pipelines.reports.words import Words

# sentences that promise nothing: told in one quiet line each
ASIDE = ("topic", "advice", "cause", "structure")
DAY = timedelta(days=1)
ORDER = ("kept", "at_risk", "broken", "below_own_target", "no_data")


def write_seed_map(lake: Lake, query: Query, out: Path, language: str = "ru") -> None:
    """Write the map of a question's period, filters and scope to `out`, one HTML file.

    Raises:
        UsageError: another ending, an unknown language, or the file cannot be written.
        QueryError: an unknown filter.
    """
    words = Words(language, lake.settings.tz)
    if out.suffix != ".html":
        raise UsageError(f"{out.name}: the map is one HTML file; name it FILE.html")
    check_folder(out)
    page = make_map(lake, query.at(lake), words)
    with writing(out):
        out.write_text(render(page), encoding="utf-8")


def make_map(lake: Lake, query: Query, words: Words) -> dict[str, Any]:
    """Return everything the map says, formatted; the layout adds nothing but shape."""
    from pipelines.metrics import fulfilment, seed_map, seed_people

    told = seed_map(lake, query)
    law = [p.id for p in lake.reference.promises if p.basis == "statute"]
    of_law = fulfilment(lake, replace(query, where={**query.where, "promise": law}))
    people = seed_people(lake, query)
    _ = words
    tz = lake.settings.tz
    names = {p.id: _label(p.label, words) for p in lake.reference.promises}
    one_each = told.unique("number", keep="first", maintain_order=True)
    of_promise = one_each.filter(pl.col("promise").is_not_null())
    return {
        "language": words.language,
        "product": _("Линия"),
        "title": _("Публичные обещания и их выполнение"),
        "period": words.period(
            query.start.astimezone(tz).date(), _last(query).astimezone(tz).date() + DAY
        ),
        "as_of": _("Данные на {moment}", moment=words.moment(lake.newest())),
        "filters": _filters(lake, query, words),
        "verdict": _verdict(of_promise, words),
        "lead": _lead(people, words),
        "states": _states(of_promise, words),
        "method_head": _("Как это посчитано"),
        "method": _method(words),
        "parts": _grouped(
            [_sentence(p, names, words) for p in told.partition_by("number", maintain_order=True)]
        ),
        "law_head": _("Отдельно: сроки, которых требует закон"),
        "law": [_promise(row, names, words) for row in of_law.iter_rows(named=True)],
        "heads": {
            "value": _("факт"),
            "n": _("случаев"),
            "goal": _("цель"),
            "failed": _("нарушений"),
            "people": _("заявителей подвели"),
        },
        "footer": [
            _("Составлено {moment}", moment=words.moment(query.as_of)),
            _("снимок данных {n}", n=lake.snapshot()),
        ],
    }


def _filters(lake: Lake, query: Query, words: Words) -> str:
    """What the figures are limited to: filters, and the lines of who asked."""
    reference = lake.reference
    known: dict[str, Line | Item] = {
        **reference.lines,
        **reference.categories,
        **reference.channels,
    }
    labels = {name: _label(one.label, words) for name, one in known.items()}
    wanted = [value for name in query.where for value in query.values(name)]
    wanted += [*(query.scope.lines or ()), *(query.scope.teams or ())]
    parts = [labels.get(str(value), str(value)) for value in wanted]
    return words("Только: {parts}", parts=", ".join(parts)) if parts else ""


def _label(pair: tuple[str, str], words: Words) -> str:
    return pair[0] if words.language == "ru" else pair[1]


def _last(query: Query) -> datetime:
    return query.end - timedelta(microseconds=1)


def _verdict(sentences: pl.DataFrame, words: Words) -> str:
    judged = sentences.filter(pl.col("sentence_state") != "no_data")
    kept = len(judged.filter(sentence_state="kept"))
    if judged.is_empty():
        return words("За период нет данных ни об одном обещании")
    return words(
        "Выполняется {kept} из {n} предложений, которые можно измерить",
        kept=words.number(kept),
        n=words.number(len(judged)),
    )


def _lead(people: dict[str, int | None], words: Words) -> str:
    if people["citizens"] is None or people["failed"] is None:
        return words("Сколько людей подвели, неизвестно: журналы не называют заявителей.")
    return words(
        "Обратились {all} известных заявителей; хотя бы одно дословное обещание нарушено "
        "для {failed} из них ({share}).",
        all=words.number(people["citizens"]),
        failed=words.number(people["failed"]),
        share=words.share(people["failed"] / people["citizens"]),
    )


def _states(sentences: pl.DataFrame, words: Words) -> list[dict[str, Any]]:
    found = sentences["sentence_state"].to_list()
    return [
        {
            "mark": STATES[state][0],
            "tone": STATES[state][1],
            "label": state_name(state, words),
            "value": words.number(found.count(state)),
            "part": found.count(state) / max(len(found), 1),
        }
        for state in ORDER
        if found.count(state)
    ]


def _method(words: Words) -> list[str]:
    _ = words
    return [
        _(
            "Каждое предложение публичной страницы связано с измеримыми обещаниями. Обещание "
            "проверяется по журналам звонков, чатов и формы обратной связи, с точностью до секунды."
        ),
        _(
            "Доля в срок — сколько случаев выполнено не позже срока из всех, где срок наступил. "
            "Ещё не созревшие случаи не считаются; заявитель, ушедший раньше срока, не считается, "
            "если обещание не говорит иного."
        ),
        _(
            "«Под угрозой» — цель не достигнута, но разница может быть случайной; «нарушено» — "
            "случайностью её не объяснить (интервал 95 %). Где источник не называет числа, "
            "норматив выбран службой, и промах назван «ниже внутренней цели»."
        ),
        _(
            "«Нет данных» — это не ноль: журналы этого не знают. Люди считаются один раз, сколько "
            "бы раз им ни отказали; тех, о ком не известно ничего, в счёте людей нет."
        ),
    ]


def _sentence(rows: pl.DataFrame, names: dict[str, str], words: Words) -> dict[str, Any]:
    first = rows.row(0, named=True)
    measured = [
        _promise(row, names, words)
        for row in rows.iter_rows(named=True)
        if row["promise"] and row["basis"] != "statute"
    ]
    because = first[f"because_{words.language}"]
    if because and first["reason"] != "heading":
        why = (
            words("Не измеряется отчасти, потому что: {because}.", because=because)
            if measured
            else words("Не измеряется, потому что: {because}.", because=because)
        )
    else:
        why = ""
    return {
        "text": first["text"],
        "is_heading": first["reason"] == "heading",
        "is_aside": first["reason"] in ASIDE and not measured,
        "promises": measured,
        "people": words.plural("подвели {n} заявителя", "подвели {n} заявителей", first["people"])
        if first["people"]
        else "",
        "why": why,
    }


def _grouped(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join neighbours that promise nothing for one reason: the reason is told once."""
    out: list[dict[str, Any]] = []
    for part in parts:
        last = out[-1] if out else None
        if last and part["is_aside"] and last["is_aside"] and part["why"] == last["why"]:
            out[-1] = last | {"texts": [*last["texts"], part["text"]]}
        else:
            out.append(part | {"texts": [part["text"]]})
    return out


def _promise(row: dict[str, Any], names: dict[str, str], words: Words) -> dict[str, Any]:
    mark, tone = STATES[row["state"] or "no_data"]
    has = bool(row["n"])
    return {
        "label": names.get(row["promise"], row["promise"]),
        "mark": mark,
        "tone": tone,
        "state": state_name(row["state"] or "no_data", words),
        "value": value_text(row, "value", words),  # type: ignore[arg-type]
        "goal": goal_text(row, words),  # type: ignore[arg-type]
        "n": words.number(row["n"]) if has else "—",
        "failed": words.number(row["failed"]) if has and row["failed"] is not None else "—",
        "people": words.number(row["citizens"]) if row["citizens"] else "—",
    }
