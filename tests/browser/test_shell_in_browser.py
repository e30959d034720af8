"""The frame in a real browser: entrance, menu, address, theme, nothing asked of other hosts."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_shared_link_survives_the_choice_of_a_profile(visit):
    page = visit("/promises?line=main", person=None)
    page.get_by_text("Аналитик качества").click()
    expect(page.get_by_role("heading", name=re.compile("Обязательства"))).to_be_visible(
        timeout=60_000
    )
    assert page.url.endswith("/promises?line=main")
    expect(page.get_by_text("без входа")).to_be_visible()


def test_the_menu_shows_what_the_role_may_open(visit):
    page = visit("/", person="operator")
    expect(page.get_by_role("heading", name="Качество работы операторов")).to_be_visible(
        timeout=60_000
    )
    menu = page.locator('[data-testid="stSidebarNav"] a')
    assert menu.all_inner_texts() == ["Операторы", "Обращение"]


@pytest.mark.parametrize(("lang", "said"), [("ru", "Такой страницы нет"), ("en", "No such page")])
def test_an_address_of_no_page_is_told_in_the_page_s_language(visit, lang, said):
    page = visit("/nope" if lang == "ru" else "/nope?lang=en")
    expect(page.get_by_role("heading", name=said)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("/nope")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_link_to_a_page_of_another_profile_says_so(visit):
    page = visit("/operators", person="executive")
    expect(page.get_by_role("heading", name="Эта страница не для вашего профиля")).to_be_visible(
        timeout=60_000
    )
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_profile_can_be_changed(visit):
    page = visit("/week", person="executive")
    page.get_by_role("link", name="Сменить профиль").click()
    expect(page.get_by_text("Кто вы?")).to_be_visible(timeout=60_000)


def test_a_filter_goes_to_the_address_and_along_to_the_next_page(visit):
    page = visit("/promises")
    expect(page.get_by_role("heading", name=re.compile("Обязательства"))).to_be_visible(
        timeout=60_000
    )
    line = page.get_by_role("option", name="Онлайн-чат")
    # a page still at work closes a list that was opened meanwhile
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.locator('[data-testid="stMultiSelect"] input').first.click()
    line.click()
    page.wait_for_url(re.compile("line=chat"))
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Проблемы").click()
    page.wait_for_url(re.compile(r"/problems\?.*line=chat"))


def test_the_page_breaks_no_security_policy_and_uses_its_own_font(visit):
    page = visit("/now")
    broken: list[str] = []
    page.on("console", lambda m: "Content Security" in m.text and broken.append(m.text))
    page.reload()
    expect(page.get_by_role("heading", name="Оперативная обстановка")).to_be_visible(timeout=60_000)
    page.wait_for_function("() => document.fonts.check('16px \"Golos Text\"')", timeout=60_000)
    assert broken == []
    assert (
        page.locator('link[rel="shortcut icon"], link[rel="icon"]')
        .first.get_attribute("href")
        .startswith(("data:image/svg+xml", "./", "/", page.url.split("/now")[0]))
    )
