"""Write operators' cards: a PDF of one A4 sheet each, or a workbook of the same figures."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from pipelines.errors import UsageError
from pipelines.lake.connect import Lake
from pipelines.metrics import Query
from pipelines.reports.card import Card, gather_cards
from pipelines.reports.card_words import band, card_page, component_name, reasons
from pipelines.reports.coaching_words import effect, entry
from pipelines.reports.out import check_out, writing
from pipelines.reports.pdf import draw
from pipelines.reports.words import Words
from pipelines.reports.xlsx_sheet import Column, add_sheet

ENDINGS = (".pdf", ".xlsx")


def write_cards(
    lake: Lake,
    query: Query,
    out: Path,
    language: str = "ru",
    operators: Sequence[str] = (),
    teams: Sequence[str] = (),
) -> int:
    """Write the cards of operators or teams to FILE.pdf or FILE.xlsx; return how many.

    Raises:
        UsageError: another ending or language, no such operator or team, or the file cannot be
            written.
    """
    check_out(out, ENDINGS)
    words = Words(language, lake.settings.tz)
    cards = gather_cards(lake, query, operators, teams)
    with writing(out):
        out.write_bytes(_made(cards, words, lake, out.suffix))
    return len(cards)


def cards_file(
    lake: Lake,
    query: Query,
    kind: str,
    language: str,
    operators: Sequence[str],
    names: Mapping[str, str],
) -> bytes:
    """Return the cards of operators as the bytes of a file.

    Args:
        query: period and scope of who asks: of an operator only the own card comes.
        kind: one of ENDINGS. names: as the reader may see them.
    """
    cards = gather_cards(lake, query, operators, names=names)
    return _made(cards, Words(language, lake.settings.tz), lake, kind)


def _made(cards: list[Card], words: Words, lake: Lake, kind: str) -> bytes:
    if not cards:
        raise UsageError("no scores in this period")
    if kind == ".xlsx":
        return _workbook(cards, words, lake)
    return draw("card.typ", {"pages": [card_page(card, words, lake) for card in cards]})


def _workbook(cards: list[Card], words: Words, lake: Lake) -> bytes:
    made = io.BytesIO()
    # texts people typed must never become formulas or links
    book = xlsxwriter.Workbook(
        made, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    )
    _scores(book, cards, words, lake)
    _parts(book, cards, words, lake)
    _help(book, cards, words, lake)
    _agreed(book, cards, words, lake)
    book.close()
    return made.getvalue()


def _scores(book: Any, cards: list[Card], words: Words, lake: Lake) -> None:
    _ = words
    columns: list[Column] = [
        (_("оператор"), "text", 26),
        ("operator_id", "text", 14),
        (_("команда"), "text", 14),
        (_("оценка"), "mean", 10),
        (_("нижняя граница"), "mean", 10),
        (_("верхняя граница"), "mean", 10),
        (_("полоса"), "text", 20),
        (_("контактов"), "count", 11),
        (_("надёжность"), "mean", 11),
        (_("проверок"), "count", 10),
        (_("без критических ошибок"), "share", 14),
        (_("почему так"), "text", 120),
    ]
    rows = [
        (
            card.name,
            card.row["operator"],
            card.row["team"] or "",
            card.row["score"],
            card.row["score_low"],
            card.row["score_high"],
            band(card.row["band"], words),
            card.row["n"],
            card.row["reliability"],
            card.row["reviews"],
            card.gate["accuracy"] if card.gate else None,
            " ".join(reasons(card, words, lake)),
        )
        for card in cards
    ]
    top = add_sheet(book, _("Оценки"), columns, rows, words, first=3)
    first = cards[0]
    top.write_string(0, 0, words.period(first.row["period_start"], first.row["period_end"]))
    top.write_string(
        1,
        0,
        _("Показатель — повод для разговора. Не является основанием для взыскания, премии или "
          "увольнения."),
    )  # fmt: skip


def _parts(book: Any, cards: list[Card], words: Words, lake: Lake) -> None:
    _ = words
    columns: list[Column] = [
        (_("оператор"), "text", 26),
        (_("составляющая"), "text", 34),
        (_("факт"), "kind", 12),
        (_("ожидалось"), "kind", 12),
        (_("разница"), "kind", 12),
        (_("вклад, баллов"), "mean", 12),
        (_("вес"), "share", 10),
        (_("контактов"), "count", 11),
        (_("надёжность"), "mean", 11),
    ]
    found = [(card, part) for card in cards for part in card.made["rows"].to_dicts()]
    rows = [
        (
            card.name,
            component_name(part["component"], words, lake),
            part["value"],
            part["expected"],
            part["gap"],
            part["contribution"],
            part["weight"],
            part["n"],
            part["reliability"],
        )
        for card, part in found
    ]
    kinds = ["seconds" if part["component"] == "aht" else "share" for _card, part in found]
    add_sheet(book, _("Составляющие"), columns, rows, words, kinds=kinds)


def _help(book: Any, cards: list[Card], words: Words, lake: Lake) -> None:
    _ = words
    columns: list[Column] = [
        (_("оператор"), "text", 26),
        (_("составляющая"), "text", 34),
        (_("тематика"), "text", 40),
        (_("факт"), "kind", 12),
        (_("у коллег"), "kind", 12),
        (_("вероятность отставания"), "share", 14),
        (_("прибавка, баллов"), "mean", 12),
        (_("контактов"), "count", 11),
    ]
    found = [(card, one) for card in cards for one in card.advice]
    rows = [
        (
            card.name,
            component_name(one["component"], words, lake),
            lake.reference.label("category", one["category"], words.language) or _("все тематики"),
            one["value"],
            one["expected"],
            one["probability"],
            one["points"],
            one["n"],
        )
        for card, one in found
    ]
    kinds = ["seconds" if one["component"] == "aht" else "share" for _card, one in found]
    add_sheet(book, _("Чем помочь"), columns, rows, words, kinds=kinds)


def _agreed(book: Any, cards: list[Card], words: Words, lake: Lake) -> None:
    _ = words
    columns: list[Column] = [
        (_("оператор"), "text", 26),
        (_("что"), "text", 60),
        (_("о чём договорились"), "text", 80),
        (_("выполнено"), "text", 12),
        (_("до"), "share", 10),
        (_("после"), "share", 10),
        (_("эффект"), "text", 100),
    ]
    rows = [
        (
            card.name,
            entry(one, words, lake)["head"],
            one["text"],
            one["done_on"].isoformat() if one["done_on"] else "",
            one["expected"],
            one["value"],
            effect(one, words),
        )
        for card in cards
        for one in card.entries
    ]
    add_sheet(book, _("Договорённости"), columns, rows, words)
