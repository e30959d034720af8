"""Identifiers and texts of made-up citizens: valid, varied, the same for the same seed."""

import numpy as np
from stdnum import luhn
from stdnum.ru import inn as inn_of

from pipelines.simulator.drafts import blank
from pipelines.simulator.names import feminine
from pipelines.simulator.parameters import parameters
from pipelines.simulator.population import card, inn, population, snils
from pipelines.simulator.texts import expanded, phone_text, problem, sentences


def snils_is_valid(digits: str) -> bool:
    total = sum(int(d) * w for d, w in zip(digits[:9], range(9, 0, -1), strict=True))
    return int(digits[9:]) == total % 101 % 100


def test_check_digits_of_inn_snils_and_cards_are_right():
    rng = np.random.default_rng(1)
    assert all(inn_of.is_valid(x) and len(x) == 12 for x in inn(rng, 500))
    assert all(snils_is_valid(x) and len(x) == 11 for x in snils(rng, 500))
    assert all(luhn.is_valid(x) and len(x) == 16 for x in card(rng, 500))


def test_a_published_snils_passes_the_check_used_here():
    assert snils_is_valid("11223344595")


def test_phones_are_written_in_several_ways_that_mean_one_number():
    made = phone_text(np.full(6, 9161234567), np.arange(6) / 6)
    assert made.tolist() == [
        "+79161234567", "89161234567", "8 (916) 123-45-67", "+7 916 123 45 67", "8-916-123-45-67",
        "79161234567",
    ]  # fmt: skip


def test_every_category_has_varied_phrases():
    for category in parameters().categories:
        assert len(set(sentences("texts", category))) >= 6, category


def test_brackets_stand_for_every_combination():
    assert expanded("[А|Б] и [в|г]") == ["А и в", "А и г", "Б и в", "Б и г"]


def test_texts_hold_personal_data_of_the_citizen_who_writes():
    params, people = parameters(), population(3, 100)
    made = blank(np.random.default_rng(2), 2000)
    made.category[:] = 0
    made.language[:] = 0
    made.citizen[:] = np.arange(2000)
    texts = problem(params, people, made, is_note=False)
    inns = sum(people.inn[i] in texts[i] for i in range(2000))
    cards = sum(people.card[i] in texts[i].replace(" ", "") for i in range(2000))
    assert 100 < inns < 230
    assert 15 < cards < 80
    assert len(set(texts)) > 1500


def test_surnames_agree_in_gender():
    assert [feminine(x) for x in ("Королёв", "Покровский")] == ["Королёва", "Покровская"]


def test_the_same_seed_has_the_same_citizens():
    first, again = population(8, 60), population(8, 60)
    assert first.inn.tolist() == again.inn.tolist()
    assert first.phone.tolist() != population(9, 60).phone.tolist()


def test_categories_lines_and_skills_are_those_of_reference_data():
    import yaml

    from pipelines.settings import ROOT
    from pipelines.simulator.scene import NUMBERS

    def read(name: str):
        return yaml.safe_load((ROOT / "data" / "reference" / name).read_text("utf-8"))

    params = parameters()
    known = {c["id"]: c["class"] for c in read("categories.yml")["categories"]}
    assert dict(zip(params.categories, params.classes, strict=True)) == known
    lines = {x["id"]: x for x in read("lines.yml")["lines"]}
    assert {k: list(v) for k, v in NUMBERS.items()} == {
        k: v["numbers"] for k, v in lines.items() if v["numbers"]
    }
    skills = {s for d in params.raw["desks"].values() for s in d["skills"]}
    assert skills == {x["skill"] for x in lines.values()}
    assert set(params.regions) <= {r["id"] for r in read("regions.yml")["regions"]}
