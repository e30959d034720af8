"""Personal data in texts, and what only looks like it."""

import polars as pl
import pytest

from pipelines.cleaning.mask import Keep, mask, mask_mobiles, mask_rows


def _masked(text: str, *protected: str) -> str:
    return str(mask(pl.Series([text]), Keep(frozenset(protected)))[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("почта Ivanov.P+1@mail.example.ru.", "почта [EMAIL]."),
        ("иванов@почта.рф", "[EMAIL]"),
        ("звоните +7 (916) 123-45-67", "звоните [ТЕЛЕФОН]"),
        ("8-916-123-45-67 или 89161234567", "[ТЕЛЕФОН] или [ТЕЛЕФОН]"),
        ("тел.9161234567", "тел.[ТЕЛЕФОН]"),
        ("916 123 45 67", "[ТЕЛЕФОН]"),
        ("8 (812) 576.10.01", "[ТЕЛЕФОН]"),
        ("+375 29 123-45-67", "[ТЕЛЕФОН]"),
        ("тел. 123-45-67", "тел. [ТЕЛЕФОН]"),
        ("ИНН 7707083893", "ИНН [ИНН]"),
        ("мой инн: 500100732259", "мой инн: [ИНН]"),
        ("500100732259", "[ИНН]"),
        ("7707083893", "[ИНН]"),
        ("(812) 123-45-67", "[ТЕЛЕФОН]"),
        ("123-45-67, 765-43-21", "[ТЕЛЕФОН], [ТЕЛЕФОН]"),
        ("4012 345678", "[ПАСПОРТ]"),
        ("карта 4111 1111 1111 1112", "карта [КАРТА]"),
        ("обращение, мой телефон 89161234567", "обращение, мой телефон [ТЕЛЕФОН]"),
        ("по обращению: 89161234567 перезвоните", "по обращению: [ТЕЛЕФОН] перезвоните"),
        ("СНИЛС 112-233-445 95", "СНИЛС [СНИЛС]"),
        ("снилс 11223344595", "снилс [СНИЛС]"),
        ("001-001-998 00", "[СНИЛС]"),
        ("паспорт 4012 345678", "паспорт [ПАСПОРТ]"),
        ("серия 40 12 номер 345678 выдан", "серия [ПАСПОРТ] выдан"),
        ("паспорт № 4012345678", "паспорт № [ПАСПОРТ]"),
        ("карта 4111 1111 1111 1111", "карта [КАРТА]"),
        ("2200123456789019", "[КАРТА]"),
        ("8 916 123 45 67 500100732259 a@b.ru", "[ТЕЛЕФОН] [ИНН] [EMAIL]"),
        ("Иванова Мария Петровна", "[ФИО]"),
        ("у Марии Петровны", "у [ФИО]"),
        ("оператор Петров П.П. груб", "оператор [ФИО] груб"),
        ("меня зовут анна, помогите", "меня зовут [ФИО], помогите"),
        ("С уважением, Анна Петрова", "С уважением, [ФИО]"),
    ],
)
def test_personal_data_is_masked(text: str, expected: str) -> None:
    assert _masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "обращение № 89161234567",
        "номер заявки 7813763327926",
        "ОБР-2026-0001234567",
        "2026-01-05 10:00:00 до 09.10.2020 26.10.2020",
        "с 8.10.2020 по 26.10.20",
        "4111 1111 1111 1112",  # no card: Luhn fails
        "500100732258",  # no INN: its checksum fails
        "7707083894",
        "12345678",
        "Малый пр. В.О. Дом 10",
        "кабинет 101, подъезд 5, этаж 12, дом 34, квартира 56",
        "",
    ],
)
def test_what_is_nobodys_stays(text: str) -> None:
    assert _masked(text) == text


def test_case_numbers_of_the_same_file_stay() -> None:
    assert _masked("по 9161234567 нет ответа") == "по [ТЕЛЕФОН] нет ответа"
    assert _masked("по 9161234567 нет ответа", "9161234567") == "по 9161234567 нет ответа"


def test_a_column_keeps_its_order_length_and_nulls() -> None:
    texts = pl.Series("text", ["a@b.ru", None, "чисто", "a@b.ru", "8 916 123-45-67\nи ещё"])
    assert mask(texts).to_list() == ["[EMAIL]", None, "чисто", "[EMAIL]", "[ТЕЛЕФОН]\nи ещё"]
    assert mask(texts).name == "text"
    assert mask(pl.Series("t", [None, None], dtype=pl.String)).to_list() == [None, None]


def test_lines_and_numbers_of_the_hotline_stay_where_mobiles_are_hidden() -> None:
    values = pl.Series(["main", "8-800-555-35-35", "+7 916 123-45-67", "210", None])
    assert mask_mobiles(values).to_list() == ["main", "8-800-555-35-35", "[ТЕЛЕФОН]", "210", None]


def test_a_torn_line_shows_no_part_of_a_number_and_no_name() -> None:
    line = '{"call_id":"c-1","at":"2026-03-02T10:00:00","caller_number":"891612345'
    name = "op-1,Иванова Мария,first"
    assert mask_rows(pl.Series([line, name, "a@"])).to_list() == [
        '{"call_id":"c-1","at":"2026-03-02T10:00:00","caller_number":"[ЧИСЛО]',
        "op-1,[ФИО],first",
        "[EMAIL]",
    ]
