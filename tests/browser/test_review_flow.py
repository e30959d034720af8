"""A review in a real browser, from sampling to the decision of an appeal, and the score after it.

With LINIYA_SHOTS=FOLDER every step is kept as a picture, in the language of LINIYA_SHOTS_LANG.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from playwright.sync_api import Page, expect

from dashboard.i18n import _, using
from pipelines.lake.connect import Lake
from pipelines.operators import refresh
from pipelines.reviews.acts import acts
from pipelines.reviews.project import project
from pipelines.reviews.state import reviews
from pipelines.settings import wall_now
from tests.browser.conftest import still
from tests.reviews.conftest import put

pytestmark = pytest.mark.browser

LANG = os.environ.get("LINIYA_SHOTS_LANG", "ru")


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Pages that ask for scores take longer than the five seconds usual here."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def hotline(writer: Lake) -> Lake:
    """Two operators of three calls each yesterday, with their scores."""
    yesterday = wall_now().astimezone(writer.settings.tz).date() - timedelta(days=1)
    at = datetime.combine(yesterday, time(12), writer.settings.tz).astimezone(UTC)
    shared = {"source": "calls", "channel": "phone", "line": "main"}
    shared |= {"received_at": at, "received_date": yesterday}
    people = [(op, n) for op in ("anna", "boris") for n in range(3)]
    put(writer, "contacts", [
        shared | {"contact_id": f"calls:{op}-{n}", "operator_id": op, "outcome": "served",
                  "category": "wrong_credentials"}
        for op, n in people
    ])  # fmt: skip
    put(writer, "legs", [
        shared | {"contact_id": f"calls:{op}-{n}", "operator_id": op, "leg": 1, "queued_at": at,
                  "answered_at": at + timedelta(seconds=9), "left_as": "answered", "ring_s": 5.0,
                  "left_at": at + timedelta(minutes=3), "talk_s": 171.0}
        for op, n in people
    ])  # fmt: skip
    put(writer, "operators", [{"operator_id": "anna"}, {"operator_id": "boris"}])
    carried(writer)
    return writer


def carried(lake: Lake) -> None:
    """What the worker does: acts into the lake, scores anew."""
    project(lake)
    with lake.transaction():
        refresh(lake)


def written(lake: Lake, kind: str) -> None:
    """Wait for an act of a kind on the desk: pages read what the lake has of it."""
    deadline = monotonic() + 60
    while not acts(lake.settings, kinds=[kind]):
        assert monotonic() < deadline, f"no act {kind}"
        sleep(0.1)


def ready(page: Page, name: str) -> None:
    still(page)
    if folder := os.environ.get("LINIYA_SHOTS"):
        page.wait_for_timeout(1500)
        page.screenshot(path=Path(folder) / f"{name}-{LANG}.png", full_page=True)


def said(words: str) -> str:
    with using(LANG):
        return _(words)


def button(page: Page, words: str) -> None:
    page.get_by_role("button", name=said(words), exact=True).click()


def test_a_review_goes_from_the_draw_to_an_appeal_upheld_by_a_second_person(visit, hotline):
    def opened(path: str, person: str) -> Page:
        page = visit(f"{path}{'&' if '?' in path else '?'}lang={LANG}", person=person)
        page.set_default_timeout(60_000)
        page.set_viewport_size({"width": 1440, "height": 900})
        return page

    # the draw
    boss = opened("/reviews?view=choose", "supervisor")
    boss.get_by_label(said("Контактов на оператора")).fill("1")
    boss.get_by_label(said("Из них слепо двоим, %")).fill("0")
    boss.keyboard.press("Tab")
    button(boss, "Отобрать случайно")
    expect(boss.get_by_test_id("stAlertContentSuccess")).to_be_visible()
    ready(boss, "1-draw")
    carried(hotline)
    (mine,) = [r for r in reviews(acts(hotline.settings)).values() if r.operator_id == "anna"][:1]

    # the form: a draft is there when it is opened again, then it is handed in
    page = opened("/reviews?view=mine", mine.reviewer)
    ready(page, "2-queue")
    page.goto(page.url.split("?")[0] + f"?review={mine.review_id}&lang={LANG}")
    groups = page.get_by_test_id("stRadio")
    expect(groups).to_have_count(len(mine.criteria))
    for n in range(len(mine.criteria)):
        groups.nth(n).get_by_text(said("нет" if n == 1 else "да"), exact=True).click()
        still(page)
    note = page.get_by_placeholder(said("что именно и в какой момент"))
    note.fill("не назвал имя, 8 916 123-45-67")
    button(page, "Сохранить черновик")
    expect(page.get_by_text(said("Черновик сохранён"))).to_be_visible()
    page.reload()
    expect(note).to_have_value("не назвал имя, [ТЕЛЕФОН]")
    ready(page, "3-form")
    button(page, "Сдать")
    expect(groups).to_have_count(0)
    written(hotline, "submitted")  # the form is away before the act stands on the desk
    carried(hotline)
    assert scored(hotline) == 1

    # the operator disagrees
    own = opened("/operators", "operator")
    tile = own.locator(".tile", has_text=said("Проверок за оценкой"))
    expect(tile.locator("b")).to_have_text("1")
    own.locator(".st-key-operators_reviews canvas").first.click(
        position={"x": 18, "y": 50}, force=True
    )
    reason = own.get_by_label(said("С чем вы не согласны"))
    reason.fill("Имя назвал в начале разговора")
    own.keyboard.press("Tab")
    ready(own, "4-appeal")
    button(own, "Подать апелляцию")
    written(hotline, "appealed")
    carried(hotline)

    # a second person decides; who reviewed it cannot
    second = {"analyst": "supervisor", "supervisor": "analyst"}[mine.reviewer]
    page.goto(page.url.split("?")[0] + f"?view=appeals&lang={LANG}")
    expect(page.get_by_text("Имя назвал в начале разговора")).to_be_visible()
    expect(page.get_by_role("button", name=said("Удовлетворить"))).to_have_count(0)
    judge = opened("/reviews?view=appeals", second)
    judge.get_by_label(said("Почему такое решение")).fill("Слышно на 12-й секунде")
    judge.keyboard.press("Tab")
    ready(judge, "5-decision")
    button(judge, "Удовлетворить")
    written(hotline, "decided")
    carried(hotline)
    assert scored(hotline) == 0

    # the score was made without it, and the history stays
    own.reload()
    expect(tile.locator("b")).to_have_text("0")
    ready(own, "6-history")
    expect(own.get_by_text(said("История апелляций"))).to_be_visible()


def scored(lake: Lake) -> int:
    """Reviews behind the newest score of anna."""
    found = lake.con.sql(
        "select coalesce(json_extract_string(components, '$.review.n')::int, 0) "
        "from lake.operator_scores where operator_id = 'anna' order by period_end desc limit 1"
    ).fetchall()
    return int(found[0][0])
