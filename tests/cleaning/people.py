"""Names to plant: the most frequent of the country, and of its neighbours, in several cases.

Written by hand, not taken from the dictionary the masking asks. Cases by the school rules.
"""

import random
from dataclasses import dataclass

SURNAMES = """
Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков
Алексеев Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин
Захаров Зайцев Соловьёв Борисов Яковлев Григорьев Романов Воробьёв Сергеев Кузьмин Фролов
Александров Дмитриев Королёв Гусев Киселёв Ильин Максимов Поляков Сорокин Виноградов Ковалёв Белов
Медведев Антонов Тарасов Жуков Баранов Филиппов Комаров Давыдов Беляев Герасимов Богданов Осипов
Сидоров Матвеев Титов Марков Миронов Крылов Куликов Карпов Власов Мельников Денисов Гаврилов Тихонов
Казаков Афанасьев Данилов Савельев Тимофеев Фомин Чернов Абрамов Мартынов Ефимов Федотов Щербаков
Назаров Исаев Чернышёв Быков Маслов Родионов Коновалов Лазарев Воронин Климов Филатов Пономарёв
Голубев Кудрявцев Прохоров Наумов Потапов Журавлёв Овчинников Трофимов Леонов Соболев Ермаков
Колесников Гончаров Емельянов Никифоров Грачёв Котов Гришин Ефремов Архипов Громов Кириллов Малышев
Панов Моисеев Румянцев Акимов Кондратьев Бирюков Горбунов Анисимов Ерёмин Тихомиров Галкин Лукьянов
Магомедов Алиев Гасанов Абдуллаев Рахимов Каримов Юсупов Хасанов Гусейнов Мамедов Турсунов Сафин
""".split()
UNCHANGING = """
Шевченко Бондаренко Ткаченко Кравченко Коваленко Лысенко Саакашвили Беридзе Гамсахурдиа Черных
""".split()
CONSONANT = "Ковальчук Савчук Мельник Саркисян Петросян Григорян Хачатрян Ким Цой Рабинович".split()
MEN = """
Александр Сергей Дмитрий Андрей Алексей Максим Евгений Иван Михаил Артём Николай Владимир Денис Павел
Виктор Юрий Антон Кирилл Олег Никита Илья Константин Игорь Роман Вадим Пётр Григорий Тимур Руслан
Магомед Рашад Армен Шерзод Джамшед Ахмед Степан Егор Фёдор Семён Глеб Лев Борис Валентин
""".split()
WOMEN = """
Елена Ольга Наталья Анна Татьяна Ирина Екатерина Светлана Мария Юлия Марина Анастасия Людмила Галина
Надежда Виктория Валентина Любовь Ксения Дарья Вера Алёна Лариса Оксана Евгения Елизавета Полина
Тамара Зинаида Нина София Айгуль Гульнара Патимат Динара Зарина Гузель Вероника Кристина Маргарита
""".split()
FATHERS = (
    "Александров Сергеев Дмитриев Андреев Алексеев Иванов Михайлов Николаев Владимиров Павлов Викторов "
    "Юрьев Петров Магомедов Рашидов Арменов Бахтиёров Степанов Фёдоров Борисов"
).split()
CASES = ("nominative", "genitive", "dative", "instrumental")


@dataclass(frozen=True)
class Person:
    """One person's name in one case."""

    surname: str
    given: str
    patronymic: str
    initials: str


def person(rng: random.Random, case: str = "nominative") -> Person:
    """Return a random person, the name in one case."""
    is_woman = rng.random() < 0.5
    given = rng.choice(WOMEN if is_woman else MEN)
    father = rng.choice(FATHERS)
    kind = rng.random()
    if kind < 0.8:
        surname = _of_ov(rng.choice(SURNAMES), case, is_woman)
    elif kind < 0.9:
        surname = rng.choice(UNCHANGING)
    else:
        stem = rng.choice(CONSONANT)
        surname = stem if is_woman else _of_consonant(stem, case)
    patronymic = _of_patronymic(father, case, is_woman)
    return Person(surname, _of_given(given, case), patronymic, f"{given[0]}.{father[0]}.")


def _of_ov(stem: str, case: str, is_woman: bool) -> str:
    man = {"nominative": "", "genitive": "а", "dative": "у", "instrumental": "ым"}
    woman = {"nominative": "а", "genitive": "ой", "dative": "ой", "instrumental": "ой"}
    return stem + (woman if is_woman else man)[case]


def _of_consonant(stem: str, case: str) -> str:
    hard = {"nominative": "", "genitive": "а", "dative": "у", "instrumental": "ом"}
    soft = {"nominative": "й", "genitive": "я", "dative": "ю", "instrumental": "ем"}
    return stem[:-1] + soft[case] if stem.endswith("й") else stem + hard[case]


def _of_patronymic(father: str, case: str, is_woman: bool) -> str:
    if is_woman:
        end = {"nominative": "на", "genitive": "ны", "dative": "не", "instrumental": "ной"}
        return father + end[case]
    end = {"nominative": "ич", "genitive": "ича", "dative": "ичу", "instrumental": "ичем"}
    return father + end[case]


def _of_given(given: str, case: str) -> str:
    if case == "nominative" or given in ("Айгуль", "Гузель", "Патимат"):
        return given
    irregular = {"Пётр": "Петр", "Павел": "Павл", "Лев": "Льв"}
    given = irregular.get(given, given)
    if given == "Любовь":
        return {"genitive": "Любови", "dative": "Любови", "instrumental": "Любовью"}[case]
    if given.endswith("ия"):
        return given[:-1] + {"genitive": "и", "dative": "и", "instrumental": "ей"}[case]
    if given.endswith("я"):
        return given[:-1] + {"genitive": "и", "dative": "е", "instrumental": "ей"}[case]
    if given.endswith("а"):
        soft = given[-2] in "кгхжшчщ"
        genitive = "и" if soft else "ы"
        return given[:-1] + {"genitive": genitive, "dative": "е", "instrumental": "ой"}[case]
    if given.endswith(("й", "ь")):
        return given[:-1] + {"genitive": "я", "dative": "ю", "instrumental": "ем"}[case]
    return given + {"genitive": "а", "dative": "у", "instrumental": "ом"}[case]
