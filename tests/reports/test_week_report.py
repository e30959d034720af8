"""The one-page week: words, layouts and what is said where nothing is known."""

import re
import zipfile
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.errors import UsageError
from pipelines.lake.connect import Lake
from pipelines.reports import write_figures, write_week
from pipelines.reports.gather import gather
from pipelines.reports.page import make_page
from pipelines.reports.week import Week
from pipelines.reports.words import LANGUAGES, Words, _catalogue

MSK = ZoneInfo("Europe/Moscow")
RU, EN = Words("ru", MSK), Words("en", MSK)


def promise(name: str, state: str, **more: Any) -> dict[str, Any]:
    row = {
        "promise": name,
        "label": {"ru": f"Обязательство {name}", "en": f"Promise {name}"},
        "basis": "seed",
        "state": state,
        "state_before": state,
        "value": 0.9,
        "unit": "share",
        "goal": 0.95,
        "target_s": 300,
        "breached": 10,
        "overdue": 1,
        "n": 110,
    }
    return row | more


def week(**more: Any) -> Week:
    figures: dict[str, Any] = {
        "week": "2026-W46",
        "start": date(2026, 11, 9),
        "end": date(2026, 11, 16),
        "as_of": datetime(2026, 11, 16, 6, 20, tzinfo=UTC),
        "snapshot": 4312,
        "is_preliminary": True,
        "final_on": date(2026, 11, 19),
        "contacts": 35412,
        "contacts_before": 33120,
        "citizens": 28110,
        "unserved": 312,
        "unserved_before": 271,
        "promises": [
            promise("a", "kept", value=0.9996, breached=1, overdue=0),
            promise("b", "broken", state_before="kept", breached=1711),
            promise("c", "broken", breached=902, overdue=14),
            promise("d", "at_risk", unit="s", value=176.4, goal=None, target_s=180, breached=None),
            promise("e", "below_own_target", basis="assumed"),
            promise("f", "no_data", value=None, breached=None),
        ],
        "channels": [
            {"channel": "chat", "contacts": 9120, "contacts_before": 8700},
            {"channel": "phone", "contacts": 21050, "contacts_before": None},
        ],
        "problems": [
            {"category": "code_not_received", "label": {"ru": "Не приходит код", "en": "No code"},
             "contacts": 3900, "contacts_before": 3800, "baseline": 3700.0, "burst": True},
            {"category": "Озеленение <улиц>", "contacts": 17, "contacts_before": 9},
        ],
        "rating": {"mean": 4.214, "top_share": 0.812, "top_share_before": 0.83, "n": 4021,
                   "base": 33000},
        "quality": {"read": 71231, "quarantined": 1408, "failed": 7, "silent": ["queue_log"]},
    }  # fmt: skip
    return Week(**(figures | more))


def test_the_verdict_says_people_first_then_promises_in_right_plurals():
    def verdict(words, **more) -> str:
        return make_page(week(**more), words)["verdict"].replace("\u00a0", " ")

    verdicts = {n: verdict(RU, unserved=n).split(";")[0] for n in (1, 2, 5, 21, 312)}
    assert verdicts == {
        1: "Без ответа за сутки остался 1 человек",
        2: "Без ответа за сутки остались 2 человека",
        5: "Без ответа за сутки осталось 5 человек",
        21: "Без ответа за сутки остался 21 человек",
        312: "Без ответа за сутки осталось 312 человек",
    }
    assert verdict(RU).endswith("; нарушены 2 обязательства из 5.")
    assert verdict(EN, unserved=1) == (
        "1 person was left unserved for a day; 2 promises of 5 broken."
    )


def test_nothing_known_is_no_data_and_never_a_zero():
    page = make_page(Week(week="2026-W46", start=date(2026, 11, 9), end=date(2026, 11, 16)), RU)
    assert page["verdict"] == (
        "Сколько людей осталось без ответа, неизвестно: нет данных. По обязательствам нет данных."
    )
    assert [tile["value"] for tile in page["tiles"]] == ["нет данных"] * 3
    assert page["rating"]["value"] == "нет данных"
    assert page["quality"] == "Сведений о загрузке нет."


def test_nobody_unserved_is_a_known_zero():
    page = make_page(week(unserved=0, promises=[promise("a", "kept")]), RU)
    assert page["verdict"] == "Без ответа за сутки не остался никто; обязательства выполнены."
    assert page["tiles"][0]["value"] == "0"


def test_promises_that_need_attention_stand_in_order_of_urgency():
    rows = make_page(week(), RU)["promises"]["rows"]
    assert [(r["label"][-1], r["state"], r["value"], r["goal"], r["failed"]) for r in rows] == [
        ("b", "нарушено", "90,0\u00a0%", "от 95,0\u00a0%", "1\u00a0712"),
        ("c", "нарушено", "90,0\u00a0%", "от 95,0\u00a0%", "916"),
        ("d", "под угрозой", "2\u00a0мин\u00a056\u00a0с", "до 3\u00a0мин", "—"),
        ("e", "ниже внутренней цели", "90,0\u00a0%", "от 95,0\u00a0%", "11"),
    ]


def test_a_topic_within_its_usual_variation_is_no_news():
    named = {"category": "a", "label": "A", "contacts": 1024, "baseline": 994.0}
    assert len(make_page(week(problems=[named]), RU)["lead"]) == 2
    assert len(make_page(week(problems=[named | {"contacts": 1094}]), RU)["lead"]) == 3


def test_what_moved_is_said_in_sentences():
    lead = make_page(week(), RU)["lead"]
    assert lead == [
        # 41 of 312: less than three times the root of them
        "Число людей без ответа изменилось не больше обычного (неделей раньше — 271).",
        "Новые нарушения (неделей раньше их не было): Обязательство b.",
        "Сильнее всего выросла тематика «Не приходит код»: +5\u00a0% к обычному.",
    ]


def test_counts_of_states_carry_their_change():
    states = {s["label"]: (s["value"], s["change"]) for s in make_page(week(), RU)["states"]}
    assert states["нарушено"] == ("2", "+1")
    assert states["выполнено"] == ("1", "\u22121")


@pytest.mark.parametrize(
    ("share", "ru", "en"),
    [
        (0.9999, "99,9\u00a0%", "99.9%"),
        (1, "100\u00a0%", "100%"),
        (0, "0\u00a0%", "0%"),
        (0.0001, "0,1\u00a0%", "0.1%"),
        (None, "нет данных", "no data"),
    ],
)
def test_nearly_all_is_not_all_and_hardly_any_is_not_none(share, ru, en):
    assert (RU.share(share), EN.share(share)) == (ru, en)


def test_periods_read_as_people_write_them():
    assert RU.period(date(2026, 11, 9), date(2026, 11, 16)) == "9–15 ноября 2026 г."
    assert EN.period(date(2026, 11, 9), date(2026, 11, 16)) == "November 9–15, 2026"
    assert RU.period(date(2026, 10, 26), date(2026, 11, 2)) == "26 октября – 1 ноября 2026 г."
    assert EN.period(date(2026, 10, 26), date(2026, 11, 2)) == "October 26 – November 1, 2026"
    new_year = date(2020, 12, 28), date(2021, 1, 4)
    assert RU.period(*new_year) == "28 декабря 2020 г. – 3 января 2021 г."
    assert EN.period(*new_year) == "December 28, 2020 – January 3, 2021"


def test_durations_keep_their_two_largest_units():
    assert RU.duration(59.6) == "1\u00a0мин"
    assert RU.duration(7265) == "2\u00a0ч\u00a01\u00a0мин"
    assert EN.duration(0) == "0\u00a0s"


def test_both_languages_know_the_same_messages():
    sources = "".join(
        p.read_text("utf-8") for p in (Path(__file__).parents[2] / "pipelines/reports").glob("*.py")
    )
    known = {key if isinstance(key, str) else key[0] for key in _catalogue("en")._catalog if key}
    used = set(re.findall(r'\b(?:_|words|self)\(\s*"([^"]*[А-Яа-я][^"]*)"[,)]', sources))
    assert used
    assert used - known == set()
    assert all(_catalogue(language) for language in LANGUAGES)


def moved(**more: Any) -> dict[str, Any]:
    steps = [("mix_line", None, -4), ("mix_hour", None, 1), ("within", "Линия 1", -60)]
    steps += [("within", "Линия 2", 2), ("within_rest", None, -6)]
    named = [{"step": step, "label": label, "shown": n} for step, label, n in steps]
    return {"figure": "level", "label": None, "before": 0.79, "now": 0.723, "steps": named} | more


def outside(**more: Any) -> dict[str, Any]:
    """What came from outside, in a week with an outage."""
    line = {"ru": "Единый номер", "en": "Single number"}
    day = {"day": date(2026, 11, 16), "line": line, "contacts": 2637.0, "level": 0.593,
           "low": 0.417, "high": 0.708, "chance": 0.9, "hours": [8, 9, 11, 17],
           "more": 3}  # fmt: skip
    found = {
        "service": {"contacts": 35412, "by_incident": 900, "by_fault": 9000, "by_repeat": 1500,
                    "share": 0.322, "posts": 39.2, "failed": 4000, "failed_by_incident": 500,
                    "contacts_before": 33120, "by_incident_before": 0, "usual": 900.4},
        "statute": [{"promise": "statute.answer", "label": {"ru": "Ответ за 30 дней",
                     "en": "Answered within 30 days"}, "due": 200, "met": 190, "late": 6, "open": 4,
                     "soon": 180}],
        "regions": [{"region": "77", "label": {"ru": "Москва", "en": "Moscow"}, "people": 3429,
                     "people_before": 3335, "contacts": 4184, "contacts_before": 4062}],
        "regions_known": 0.92,
        "risk": {"reason": None, "start": date(2026, 11, 16), "end": date(2026, 11, 23),
                 "goal": 0.8, "days": [day, day | {"day": date(2026, 11, 17), "chance": 0.1}]},
    }  # fmt: skip
    return found | more


def test_us_or_the_service_says_whose_contacts_the_change_and_the_misses_were():
    said = " ".join(make_page(week(**outside()), RU)["service"]).replace("\u00a0", " ")
    assert said == (
        "Во время массовых сбоев и по их теме пришло 900 контактов (2,5 %); число контактов "
        "изменилось на +2 292: из-за сбоев +900, прочих +1 392, это больше обычного (до ±900). "
        "Сроки срывались в основном не из-за сбоев: на сбои приходится 500 из 4 000 контактов с "
        "нарушенным сроком (12,5 %). Обращения из-за чужих сбоев и повторы: 11 400 (32,2 % "
        "контактов), это работа 39 ставок."
    )
    calm = outside()["service"] | {"by_incident": 0, "failed": None}
    named = [{"ru": "Не приходит код", "en": "Code not received"}, None]
    bursts = make_page(week(service=calm, bursts=named), RU)["service"][0].replace("\u00a0", " ")
    assert bursts == (
        "Массовых сбоев не отмечено, но были всплески: Не приходит код; все контакты вместе. "
        "Число контактов изменилось больше обычного: +2 292, обычно до ±900; сбоями это не "
        "объяснить."
    )
    again = calm | {"by_fault": 0, "by_repeat": 200, "share": 0.05}
    assert make_page(week(service=again), EN)["service"][1] == (
        "Repeat contacts: 200 (5.0% of contacts), the work of 39 full-time posts."
    )
    said = {
        usual: make_page(week(service=calm | {"usual": usual}), EN)["service"][0]
        for usual in (3000.0, None)
    }
    assert said == {
        3000.0: "No outages recorded. Contacts changed no more than usual (+2,292).",
        None: "No outages recorded. Change of contacts: +2,292.",
    }


def test_answers_by_law_regions_and_the_week_after_are_told_with_their_uncertainty():
    page = make_page(week(**outside()), RU)
    said = page["statute"][0].replace("\u00a0", " ")
    assert said == (
        "Ответ за 30 дней: срок наступил у 200, не в срок 10 (5,0 %), из них ещё без ответа 4, "
        "в следующие 7 дней наступит у 180."
    )
    assert page["regions"]["rows"][0]["change"].replace("\u00a0", " ") == "+3 %"
    assert page["regions"]["note"].replace("\u00a0", " ") == "Регион указан в 92,0 % контактов."
    risk = page["risk"]
    assert risk["sentence"].replace("\u00a0", " ") == (
        "16–22 ноября 2026 г.: ждём около 5 300 вызовов и чатов; ниже цели 80,0 % скорее всего "
        "будут: Единый номер (1 из 2 дней)."
    )
    (row,) = risk["rows"]
    assert [text.replace("\u00a0", " ") for text in row.values()] == [
        "пн, 16 нояб. · Единый номер", "59,3 %", "41,7 % – 70,8 %", "2 637", "часы 8–12, 17–18",
        "+3 оператора",
    ]  # fmt: skip


def test_what_is_not_known_of_outside_is_said_and_an_older_edition_says_nothing():
    risk = {"reason": "no_states", "start": date(2026, 11, 16), "end": date(2026, 11, 23)}
    page = make_page(week(statute=[], statute_known=False, regions=[], risk=risk), RU)
    assert page["statute"] == [
        "Сроки по 59-ФЗ: нет данных, журналы не сообщают вид обращения или регистрацию."
    ]
    assert page["regions"] == {"rows": [], "note": "Регион не указан ни в одном контакте."}
    assert page["risk"]["sentence"] == "Прогноза нет: в журналах нет входов операторов."
    old = make_page(week(), RU)
    assert (old["service"], old["statute"], old["regions"]["note"]) == ([], [], "")
    assert old["risk"]["sentence"] == ""


def test_the_level_by_its_causes_is_a_sentence_and_bars_or_the_reason_why_not(tmp_path):
    steps = [("volume", 4133.0, 4218.0, 42), ("handling", 465.0, 461.3, 9),
             ("operators", 938.9, 954.8, -1), ("patience", 594.0, 690.0, -110),
             ("unexplained", None, None, -7)]  # fmt: skip
    named = [dict(zip(("step", "before", "now", "shown"), one, strict=True)) for one in steps]
    model = {"reason": None, "modelled_before": 0.76, "modelled_now": 0.8, "steps": named}
    figures = week(why=[moved(model=model)], **outside())
    _, why = make_page(figures, RU)["why"]
    assert why["sentence"].replace("\u00a0", " ") == (
        "По модели очереди: нагрузка и её часы +4,2 п. п. (4 133 → 4 218 в день); время обработки "
        "+0,9 п. п. (7 мин 45 с → 7 мин 41 с); операторы на линиях −0,1 п. п. (939 → 955 чел.-ч в "
        "день); терпение в очереди −11,0 п. п. (9 мин 54 с → 11 мин 30 с); модель не объясняет "
        "−0,7 п. п."
    )
    assert [row["level"] for row in why["rows"]][-2:] == [0.723, 0.723]
    write_figures(figures, tmp_path / "w.xlsx", RU)
    with zipfile.ZipFile(tmp_path / "w.xlsx") as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert {"Модель очереди", "Регионы", "Риск"} <= set(names)
    unknown = make_page(week(why=[moved(model={"reason": "no_states"})]), RU)["why"][1]
    assert unknown["sentence"].startswith("Разложить нельзя: в журналах нет входов операторов")
    assert unknown["rows"] == []


def full() -> Week:
    """More of everything than a sheet holds, under long names."""
    long = " ".join(["длинное название"] * 9)
    channels = ("phone", "chat", "portal", "video", "callback")
    grown = {"contacts": 100, "contacts_before": 90, "baseline": 50.0, "burst": True}
    return week(
        promises=[
            promise(str(i), "broken", label=f"{i} {long}", state_before="kept") for i in range(20)
        ],
        problems=[grown | {"category": f"p{i}", "label": long[:60]} for i in range(12)],
        channels=[{"channel": channel, "contacts": 5} for channel in channels],
        why=[moved(), moved(figure="csat")],
        **outside(),
    )


@pytest.mark.parametrize(
    ("figures", "most"),
    [(week(), 1), (week(promises=[], problems=[], channels=[]), 1), (full(), 2)],
)
@pytest.mark.parametrize("words", [RU, EN])
def test_the_pdf_is_one_page_or_two_where_everything_is_news(tmp_path, figures, most, words):
    out = tmp_path / "week.pdf"
    write_figures(figures, out, words)
    pdf = out.read_bytes()
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == most


def test_the_html_is_one_file_that_asks_nobody_and_escapes_texts(tmp_path):
    out = tmp_path / "week.html"
    write_figures(week(), out, RU)
    html = out.read_text("utf-8")
    assert "http" not in html
    assert "<script" not in html
    assert "Озеленение &lt;улиц&gt;" in html
    assert '<html lang="ru">' in html
    assert "предварительно" in html


def test_statements_lead_to_the_dashboard_where_it_has_an_address(tmp_path):
    figures = week(address="https://liniya.example", why=[moved()], **outside())
    write_figures(figures, tmp_path / "w.html", EN)
    write_figures(figures, tmp_path / "w.pdf", EN)
    html = unescape((tmp_path / "w.html").read_text("utf-8"))
    days = "period=range&days=2026-11-09&days=2026-11-15"
    links = re.findall(r'href="https://liniya\.example/([^"]+)"', html)
    for link in (
        "week?week=2026-W46&behind=unserved&lang=en",
        f"promises?{days}&view=statute&lang=en",
        f"problems?{days}&view=failures&lang=en",
        "week?week=2026-W46&behind=region~77&lang=en",
        "now?lang=en",
    ):
        assert link in links
    named = [one for one in page_rows(figures) if one["url"]]
    assert named
    assert {one["url"].removeprefix("https://liniya.example/") for one in named} <= set(links)
    pdf = (tmp_path / "w.pdf").read_bytes()
    assert set(re.findall(rb"/URI ?\(https://liniya\.example/([^)]+)\)", pdf)) == {
        link.encode() for link in links
    }
    grown = make_page(figures, RU)["links"]["verdict"][-1]  # what the lead says grew most
    assert grown["label"] == "Тематика «Не приходит код»"
    assert grown["url"] == f"https://liniya.example/problems?{days}&topic=code_not_received"
    month = make_page(week(week="2026-11", kind="month", address="https://a"), RU)["links"]
    assert month["verdict"][0]["url"] == "https://a/week?kind=month&week=2026-11&behind=unserved"


def page_rows(figures: Week) -> list[dict[str, Any]]:
    page = make_page(figures, EN)
    return [
        *page["promises"]["rows"], *page["problems"], *page["channels"], *page["regions"]["rows"]
    ]  # fmt: skip


def test_the_workbook_keeps_numbers_as_numbers_and_texts_as_texts(tmp_path):
    out = tmp_path / "week.xlsx"
    hostile = {"category": "=1+1", "contacts": 17, "contacts_before": None, "baseline": None}
    write_figures(week(problems=[hostile]), out, RU)
    with zipfile.ZipFile(out) as book:
        sheets = [book.read(n).decode() for n in book.namelist() if "worksheets/sheet" in n]
        strings = book.read("xl/sharedStrings.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert len(sheets) == 4
    assert not any("<f>" in sheet for sheet in sheets)
    assert "=1+1" in strings
    assert "нет данных" in strings
    assert "0.0%" in styles
    assert "<v>35412</v>" in sheets[0]
    assert "liniya metrics volume --from 2026-11-09 --to 2026-11-16" in strings


def test_an_unknown_ending_or_language_is_a_plain_message_before_any_work(tmp_path, lake):
    with pytest.raises(UsageError, match="must be one of"):
        write_week(lake, "2026-W46", tmp_path / "week.docx")
    with pytest.raises(UsageError, match="language is 'de'"):
        write_week(lake, "2026-W46", tmp_path / "week.pdf", language="de")
    with pytest.raises(UsageError, match="no such folder"):
        write_week(lake, "2026-W46", tmp_path / "missing" / "week.pdf")


def test_why_a_share_moved_is_a_sentence_and_bars_that_close(tmp_path):
    (why,) = make_page(week(why=[moved()]), RU)["why"]
    assert why["title"] == "Уровень обслуживания (SL-1)"
    assert why["sentence"].replace("\u00a0", " ") == (
        "79,0 % → 72,3 % (−6,7 п. п.): состав линий −0,4 п. п.; часы обращений +0,1 п. п.; "
        "внутри линий при том же составе −6,4 п. п., больше всего «Линия 1» −6,0 п. п."
    )
    rows = why["rows"]
    assert [row["value"].split("\u00a0")[0] for row in rows] == [
        "79,0", "−0,4", "+0,1", "−6,0", "+0,2", "−0,6", "72,3",
    ]  # fmt: skip
    # the two shares are marks where the steps begin and end, no bars whose length would lie
    assert [round(row["right"] - row["left"], 3) for row in (rows[0], rows[-1])] == [0.008] * 2
    assert (rows[0]["right"], rows[-1]["right"]) == (rows[1]["right"], rows[-2]["left"])
    assert [row["level"] for row in rows][-2:] == [0.723, 0.723]  # the steps end at the share
    for ending in ("pdf", "html", "xlsx"):
        write_figures(week(why=[moved(), moved(figure="csat")]), tmp_path / f"w.{ending}", RU)
    assert "Почему изменилось" in (tmp_path / "w.html").read_text("utf-8")


def test_another_period_is_named_where_it_is_not_the_one_before():
    month = make_page(week(kind="month", unserved=371), RU)
    assert month["title"] == "Сводка за месяц"
    assert month["lead"][0] == "Людей без ответа на 100 больше, чем месяцем раньше."
    year = make_page(week(against="2025-W46", unserved=371), EN)
    assert year["lead"][0] == "100 more people without an answer than in 2025-W46."


def test_decisions_stand_at_the_end_with_figure_owner_and_day():
    decided = {"text": "Усилить утро", "figure": {"ru": "уровень", "en": "level"}, "unit": "share",
               "value": 0.7, "owner": "начальник смены", "due_on": date(2026, 11, 25),
               "outcome": None}  # fmt: skip
    page = make_page(week(decisions=[decided], followed=[decided | {"value_now": 0.8}]), RU)
    assert page["decisions"] == [
        {"text": "Усилить утро", "figure": "уровень: 70,0\u00a0%", "owner": "начальник смены",
         "due": "до 25 ноября", "status": "в работе"}
    ]  # fmt: skip
    assert page["followed"][0]["figure"] == "уровень: 70,0\u00a0% → 80,0\u00a0%"


def test_contacts_without_a_category_stand_last_and_make_no_news():
    nameless = {"category": "", "label": "", "contacts": 900, "baseline": 100.0}
    named = {"category": "passport", "label": "Паспорт", "contacts": 20, "baseline": 18.0}
    page = make_page(week(problems=[nameless, named]), RU)
    assert [row["label"] for row in page["problems"]] == ["Паспорт", "тематика не указана"]
    assert not any("тематика" in sentence for sentence in page["lead"])


def put(lake: Lake, table: str, rows: list[dict[str, Any]]) -> None:
    lake.con.register("given", pl.DataFrame(rows))
    lake.con.execute(f"insert into lake.{table} by name select * from given")
    lake.con.unregister("given")


def test_a_week_of_the_lake_is_written_with_its_own_figures(tmp_path, lake):
    at = datetime(2026, 11, 11, 10, tzinfo=MSK)
    shared = {"contact_id": "s:1", "source": "s", "channel": "phone", "line": "main",
              "received_at": at, "received_date": at.date()}  # fmt: skip
    header = {"category": "form_error", "citizen_key": "c1", "rating": 5.0, "outcome": "served"}
    put(lake, "contacts", [shared | header])
    answer = {"leg": 1, "queued_at": at, "answered_at": at, "left_at": at, "left_as": "answered"}
    put(lake, "legs", [shared | answer])
    figures = gather(lake, "2026-W46")
    assert (figures["start"], figures["end"]) == (date(2026, 11, 9), date(2026, 11, 16))
    assert (figures["contacts"], figures["contacts_before"]) == (1, None)
    assert (figures["citizens"], figures["unserved"]) == (1, 0)
    assert [(c["channel"], c["contacts"]) for c in figures["channels"]] == [("phone", 1)]
    assert figures["problems"][0]["label"]["ru"] == lake.reference.categories["form_error"].label[0]
    write_week(lake, "2026-W46", tmp_path / "week.pdf", language="en")
    for ending in ("html", "xlsx"):
        write_figures(figures, tmp_path / f"week.{ending}", EN)
    for ending in ("pdf", "html", "xlsx"):
        assert (tmp_path / f"week.{ending}").stat().st_size > 4000


def test_a_week_the_lake_knows_nothing_of_is_no_data(tmp_path, lake):
    write_week(lake, "2026-W46", tmp_path / "week.html")
    html = (tmp_path / "week.html").read_text("utf-8")
    assert "неизвестно: нет данных" in html
    assert ">0 %" not in html.replace("\u00a0", " ")
