"""Names of people in texts, and streets, months and words that only look like them."""

import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines.cleaning.mask import Keep, mask
from pipelines.cleaning.name_rules import How
from tests.cleaning.people import CASES, Person, person


def _masked(text: str, how: How = How.PROSE, *words: str) -> str:
    return str(mask(pl.Series([text]), Keep(words=frozenset(words)), how)[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Иванов Иван Иванович звонил", "[ФИО] звонил"),
        ("звонил иванов иван иванович вчера", "звонил [ФИО] вчера"),
        ("ИВАНОВ ИВАН ИВАНОВИЧ", "[ФИО]"),
        ("Иванову Ивану отказали", "[ФИО] отказали"),
        ("о Марии Петровой забыли", "о [ФИО] забыли"),
        ("анна петрова просит", "[ФИО] просит"),
        ("Иванову И.И. отказали", "[ФИО] отказали"),
        ("и. и. иванов сказал", "[ФИО] сказал"),
        ("Иванов И. не отвечает", "[ФИО] не отвечает"),
        ("Мельник А.А. обещал", "[ФИО] обещал"),
        ("Римский-Корсаков Пётр", "[ФИО]"),
        ("Иванова-Петрова А.Б.", "[ФИО]"),
        ("Семенов Артем и Семёнов Артём", "[ФИО] и [ФИО]"),
        ("Мамедов Рашад Ариф оглы", "[ФИО]"),
        ("Абдуллаева Гулчехра Каримовна", "[ФИО]"),
        ("Турсунов Шерзод Бахтиёрович", "[ФИО]"),
        ("Хачатрян Армен, Саакашвили Гоча", "[ФИО], [ФИО]"),
        ("Ким Чен Ир", "[ФИО]"),
        ("Нгуен Ван Хынг", "[ФИО]"),
        ("Анна Белая", "[ФИО]"),
        ("Роман Белов и Вера Белова", "[ФИО] и [ФИО]"),
        ("Меня зовут Хрмпф Брдл", "Меня зовут [ФИО]"),
        ("моя фамилия Тестов", "моя фамилия [ФИО]"),
        ("ФИО: Абдуллаева Севда", "ФИО: [ФИО]"),
        ("гражданка Цыбульская жалуется", "гражданка [ФИО] жалуется"),
        ("Уважаемая Анна Петровна!", "Уважаемая [ФИО]!"),
        ("звонил Иванову, не берёт", "звонил [ФИО], не берёт"),
        ("отказали марине в приёме", "отказали [ФИО] в приёме"),
        ("соседка Вера Ивановна", "соседка [ФИО]"),
        ("8 марта Иванов пришёл", "8 марта [ФИО] пришёл"),
        ("жалоба на Иванова", "жалоба на [ФИО]"),
        ("Иванова 45 лет", "[ФИО] 45 лет"),
        ("Ivanov Ivan Ivanovich called", "[ФИО] called"),
        ("my name is Maria Petrova", "my name is [ФИО]"),
        ("Иванов_Иван_Иванович.pdf", "[ФИО].pdf"),
        ("ул. Ленина, Иванов Иван", "ул. Ленина, [ФИО]"),
    ],
)
def test_names_of_people_are_masked(text: str, expected: str) -> None:
    assert _masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ул. Ленина 5",
        "пр. Маршала Жукова, д. 5",
        "на ул. Марии Ульяновой дом 5",
        "метро Чкаловская",
        "Маршала Казакова 70к1стр2",
        "Софьи Ковалевской 15",
        "Жукова пр. 12",
        "остановка на Ленина",
        "школа им. А.С. Пушкина",
        "ул. М. Дудина, 25",
        "г. Пушкин, Невский район, Приморский",
        "город Владимир, в Кирове",
        "Большой пр. П.С., д. 4, Малый пр. В.О.",
        "и т.д. и т.п.",
        "С уважением, жители дома",
        "вера, надежда, любовь и роман о мае",
        "1 мая, 8 марта, 31 августа, в марте",
        "свет в подъезде, люк у дома, мороз",
        "портал Госуслуг не принимает справку",
        "[ФИО] и [ТЕЛЕФОН], ФИО: [ФИО]",
    ],
)
def test_streets_towns_months_and_words_stay(text: str) -> None:
    assert _masked(text) == text


def test_a_lone_name_in_a_column_of_codes_is_a_town_or_a_brand() -> None:
    assert _masked("Владимир", How.CODES) == "Владимир"
    assert _masked("Иванов Иван", How.CODES) == "[ФИО]"


def test_words_of_this_hotline_stay() -> None:
    assert _masked("жильцы Смирнова недовольны") == "жильцы [ФИО] недовольны"
    assert _masked("жильцы Смирнова недовольны", How.PROSE, "смирнова").count("[ФИО]") == 0


Kind = Callable[[Person], str]
FULL: dict[str, Kind] = {
    "full": lambda p: f"{p.surname} {p.given} {p.patronymic}",
    "name first": lambda p: f"{p.given} {p.patronymic} {p.surname}",
    "name and patronymic": lambda p: f"{p.given} {p.patronymic}",
    "lower case": lambda p: f"{p.surname} {p.given} {p.patronymic}".lower(),
    "capitals": lambda p: f"{p.surname} {p.given} {p.patronymic}".upper(),
    "initials": lambda p: f"{p.surname} {p.initials}",
    "initials first": lambda p: f"{p.initials} {p.surname}",
    "initials, lower case": lambda p: f"{p.surname} {p.initials}".lower(),
    "surname and name": lambda p: f"{p.surname} {p.given}",
    "name and surname": lambda p: f"{p.given} {p.surname}",
    "surname and name, lower case": lambda p: f"{p.surname} {p.given}".lower(),
}
LONE: dict[str, Kind] = {
    "surname": lambda p: p.surname,
    "name": lambda p: p.given,
    "surname, lower case": lambda p: p.surname.lower(),
    "name, lower case": lambda p: p.given.lower(),
}
SENTENCES = (
    "Не приходит код для входа. Звонил {}, просил перезвонить завтра.",
    "подал заявление на паспорт, {} ничего не объяснил",
    "Обращаюсь повторно: {} не отвечает на письма.",
    "Спасибо, {} помог разобраться с порталом",
    "сегодня {} отправила справку не на тот адрес",
)


def _recall(kind: Kind, n: int = 600) -> tuple[float, list[str]]:
    """Return the share of names of which no word of three letters is left, and the others."""
    rng = random.Random(3)
    names = [kind(person(rng, CASES[i % len(CASES)])) for i in range(n)]
    names = [n.replace("ё", "е").replace("Ё", "Е") if rng.random() < 0.5 else n for n in names]
    texts = [rng.choice(SENTENCES).format(name) for name in names]
    left = mask(pl.Series(texts)).to_list()
    missed = [
        name
        for name, text in zip(names, left, strict=True)
        if any(len(word) > 2 and word in text.split() for word in name.split())
    ]
    return 1 - len(missed) / n, missed


@pytest.mark.parametrize("kind", FULL)
def test_no_part_of_a_full_name_is_left_in_any_case(kind: str) -> None:
    assert _recall(FULL[kind])[1] == []


@pytest.mark.parametrize("kind", LONE)
def test_nine_of_ten_lone_names_are_found(kind: str) -> None:
    recall, missed = _recall(LONE[kind])
    assert recall >= 0.9, missed[:20]


def test_masking_twice_changes_nothing_more() -> None:
    rng = random.Random(5)
    texts = [
        rng.choice(SENTENCES).format(kind(person(rng, rng.choice(CASES))))
        for kind in (FULL | LONE).values()
        for _ in range(100)
    ]
    once = mask(pl.Series(texts))
    assert mask(once).to_list() == once.to_list()


@pytest.mark.parametrize(
    "text", ["на Петрова нет света", "По Иванова не работает фонарь", "дом Кузнецова без воды"]
)
def test_what_stands_in_another_text_makes_nobody_of_a_street(text: str) -> None:
    around = ["Иванов Иван Иванович подал жалобу", text, "А. Н. Петров, лет пять"]
    assert mask(pl.Series(around)).to_list() == ["[ФИО] подал жалобу", text, "[ФИО], лет пять"]


@pytest.mark.parametrize(
    "beside", ["Иванов", "Иванов Иван подал жалобу на то, что нет воды в доме"]
)
def test_a_sign_before_the_first_word_is_seen_whatever_the_text_before(beside: str) -> None:
    text = "«Петрова» закрыта второй день"
    assert mask(pl.Series([beside, text]))[1] == mask(pl.Series([text]))[0] == text


def test_real_appeals_are_masked_alike_in_any_order(shared_data: Path) -> None:
    texts = pl.read_parquet(shared_data / "spb_appeals" / "appeals.parquet")["text"].unique().sort()
    masked = mask(texts)
    order = pl.int_range(len(texts), eager=True).sample(fraction=1, shuffle=True, seed=1)
    assert mask(texts.gather(order)).to_list() == masked.gather(order).to_list()


def test_real_appeals_keep_their_streets(shared_data: Path) -> None:
    """Of 21,651 distinct texts some 150 names are found, half of them people: by eye, 2026-11."""
    texts = pl.read_parquet(shared_data / "spb_appeals" / "appeals.parquet")["text"].unique()
    masked = mask(texts)
    n = (masked.str.count_matches("[ФИО]", literal=True)).sum()
    assert n <= 0.01 * len(texts)
    assert mask(masked).to_list() == masked.to_list()
