"""Ids, lines and dialled numbers: kept, unless they surely hold a person."""

import polars as pl
import pytest

from pipelines.cleaning.ids import hide_ids
from pipelines.cleaning.mask import Keep, shown
from pipelines.cleaning.name_rules import How
from pipelines.cleaning.values import mask_values

KEY = bytes(range(32))
OWN = Keep(digits=frozenset({"9161112233"}), case_numbers=r"20\d{2}-\d{4}-\d{5}")


@pytest.mark.parametrize(
    "value",
    [
        "c261105-00012", "1772431200.17", "2026-1105-00012", "SIP/201", "op-17", "Оператор 12",
        "8-800-555-35-35", "84951234567", "queue_main", "f3b0c44298fc1c14", "9161112233",
        "Почта России", "+74951234567",
    ],
)  # fmt: skip
def test_ids_lines_and_landlines_stay(value: str) -> None:
    assert hide_ids(pl.Series([value]), KEY, OWN)[0] == value
    assert mask_values(pl.Series([value]), OWN)[0] == value


@pytest.mark.parametrize(
    "value",
    [
        "+79161234567", "89161234567-1", "8 (916) 123-45-67", "9161234567", "+375291234567",
        "112-233-445 95", "500100732259", "4111111111111111", "ivanov@mail.ru", "Иванов Иван",
        "Петрова А.А.", "Maria Petrova", "паспорт 4012 345678",
    ],
)  # fmt: skip
def test_an_id_with_a_person_in_it_becomes_a_pseudonym(value: str) -> None:
    [hidden, again, other] = hide_ids(pl.Series([value, f"calls:{value}", "x"]), KEY, OWN)
    assert (hidden[:3], len(hidden)) == ("id-", 19)
    assert again == f"calls:{hidden}"
    assert other == "x"
    assert mask_values(pl.Series([value]), OWN)[0].count("[") >= 1


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02 10:00:00/SIP/tel-4111111111111111", "SIP/tel-a89161234567bcde",
        "id-9161234567abcdef",
    ],
)  # fmt: skip
def test_a_key_of_ours_that_looks_like_a_phone_is_no_person(value: str) -> None:
    assert hide_ids(pl.Series([value]), KEY, OWN)[0] == value


def test_a_phone_beside_a_key_of_ours_is_hidden() -> None:
    value = "SIP/tel-8916123456712345/89161234567"
    assert hide_ids(pl.Series([value]), KEY, OWN)[0].startswith("id-")


def test_an_operator_called_by_a_lone_surname_is_hidden_too() -> None:
    assert hide_ids(pl.Series(["Сидорова"]), KEY, OWN)[0] == "Сидорова"
    assert hide_ids(pl.Series(["Сидорова"]), KEY, OWN, How.PROSE)[0].startswith("id-")


def test_names_of_files_and_messages_are_shown_without_people() -> None:
    assert shown("calls_2026-03-02.csv") == "calls_2026-03-02.csv"
    assert shown("жалоба_Иванов_Иван_89161234567.csv") == "жалоба_[ФИО]_[ТЕЛЕФОН].csv"
    assert shown("Андрей Петров.csv") == "[ФИО].csv"  # as a Mac writes й
