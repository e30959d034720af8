"""The live board in a real browser: it moves in place, by itself, and comes back by itself."""

import re
import signal

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

VALUE = '.tile[data-key="waiting"] .value'
COUNT_STREAMS = """
window.streams = {opened: 0, closed: 0};
const Real = window.EventSource;
window.EventSource = class extends Real {
  constructor(...a) { super(...a); window.streams.opened++; }
  close() { super.close(); window.streams.closed++; }
};
"""
# the shadow root the board is drawn in, and the component's own state of it
ROOT = (
    "const root = [...document.querySelectorAll('*')]"
    ".find(n => n.shadowRoot?.querySelector('.board')).shadowRoot;"
)
STATE = "const state = globalThis.__liniyaBoards.get(root);"
WATCH = (
    ROOT
    + """
window.changes = {added: [], removed: 0, texts: 0};
window.before = [...root.querySelectorAll('.tile, .tile *, tr, td, section')];
new MutationObserver((list) => { for (const m of list) {
  if (m.type === 'characterData') window.changes.texts++;
  for (const n of m.addedNodes) window.changes.added.push(m.target.className || m.target.nodeName);
  window.changes.removed += m.removedNodes.length;
}}).observe(root, {subtree: true, childList: true, characterData: true});
"""
)


@pytest.fixture
def board(visit) -> Page:
    """The board of the shared server, with its first frame of the stream drawn."""
    page = visit("/now")
    expect(page.locator(VALUE)).to_have_text(re.compile(r"^\d+$"), timeout=60_000)
    return page


def waiting(page: Page) -> int:
    return int(page.locator(VALUE).inner_text())


def test_a_new_call_changes_the_number_in_place(board, writer, new_call):
    board.evaluate(f"() => {{ {WATCH} }}")
    before = waiting(board)
    new_call()
    expect(board.locator(VALUE)).to_have_text(str(before + 1), timeout=6_000)
    changes = board.evaluate("window.changes")
    assert changes["removed"] == 0
    # a new deadline may need a new row; nothing else of the board is made anew
    assert {name for name in changes["added"] if name not in ("due", "what", "meta", "icon")} <= {
        "LI", "A", "SPAN", "DIV", "B", "SMALL", "left", "blue", "red", "",
    }  # fmt: skip
    assert board.evaluate(
        f"() => {{ {ROOT} return window.before.every(n => n.getRootNode() === root); }}"
    )


def test_countdowns_run_without_frames(board):
    left = board.locator(".due li:not([hidden]) .left b").first
    before = left.inner_text()
    expect(left).not_to_have_text(before, timeout=3_000)


def test_the_oldest_call_gets_older_by_itself(board):
    age = board.locator('tr[data-line="main"] td.age')
    before = age.inner_text()
    assert re.fullmatch(r"\d+:\d\d", before)
    expect(age).not_to_have_text(before, timeout=3_000)


def test_a_line_without_contacts_shows_no_share(board):
    levels = board.locator('tr[data-line="privacy"] .level')
    assert {levels.nth(n).inner_text() for n in range(3)} == {"нет данных"}


def test_the_language_switch_translates_everything(board):
    board.get_by_role("radio", name="Eng").or_(board.get_by_text("Eng", exact=True)).first.click()
    expect(board.get_by_role("heading", name="Live situation")).to_be_visible()
    expect(board.locator('.tile[data-key="waiting"] .label')).to_have_text("Waiting now")
    assert "lang=en" in board.url
    # names of states, lines and sections as well
    text = (
        board.locator(".board").inner_text()
        + board.locator('[data-testid="stSidebar"]').inner_text()
    )
    assert not re.search("[а-яё]", text.replace("Рус", ""), re.IGNORECASE)


def test_leaving_the_page_closes_the_stream_and_coming_back_opens_one(visit):
    page = visit("/now", init=COUNT_STREAMS)
    expect(page.locator(VALUE)).to_have_text(re.compile(r"^\d+$"), timeout=60_000)
    page.get_by_role("link", name="Обещания").click()
    expect(page.get_by_role("heading", name=re.compile("Обязательства"))).to_be_visible()
    assert page.evaluate("window.streams") == {"opened": 1, "closed": 1}
    page.get_by_role("link", name="Сейчас").click()
    expect(page.locator(VALUE)).to_have_text(re.compile(r"^\d+$"), timeout=60_000)
    assert page.evaluate("window.streams") == {"opened": 2, "closed": 1}


def test_a_hidden_tab_gives_its_connection_back(visit):
    page = visit("/now", init=COUNT_STREAMS)
    expect(page.locator(VALUE)).to_have_text(re.compile(r"^\d+$"), timeout=60_000)
    hide = (
        "(on) => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => on});"
    )
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(hide, True)
    page.wait_for_function("() => window.streams.closed === 1", timeout=6_000)
    page.evaluate(hide, False)
    page.wait_for_function("() => window.streams.opened === 2", timeout=3_000)


def test_a_token_gone_bad_is_renewed_without_a_blink(board):
    board.evaluate(f"() => {{ {WATCH} {STATE} state.token = 'expired'; state.es.onerror(); }}")
    board.wait_for_function(
        f"() => {{ {ROOT} {STATE} return state.es?.readyState === 1; }}", timeout=60_000
    )
    assert board.evaluate("window.changes.removed") == 0


def test_a_killed_server_leaves_the_board_standing_and_it_comes_back(another_server, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{another_server.url}/api/enter?person=supervisor&to=/now")
    expect(page.locator(VALUE)).to_have_text("1", timeout=60_000)
    page.evaluate(f"() => {{ {WATCH} }}")
    another_server.stop(signal.SIGKILL)
    expect(page.locator(".board.stale .link")).to_contain_text("связь прервана", timeout=60_000)
    expect(page.locator(VALUE)).to_have_text("1")
    another_server.start()
    expect(page.locator(".board:not(.stale) .link")).to_have_text(
        "обновляется само", timeout=40_000
    )
    assert page.evaluate("window.changes.removed") == 0
    context.close()


def test_nothing_is_cut_off_or_scrolls_sideways(board):
    wide = {}
    for width, height in ((1920, 1080), (1366, 768), (390, 844)):
        board.set_viewport_size({"width": width, "height": height})
        board.wait_for_timeout(600)  # the menu folds away
        wide[width] = board.evaluate(
            f"() => {{ {ROOT}"
            # the longest words a tile may have to say
            "for (const n of root.querySelectorAll('.tile .note .mark')) {"
            "n.textContent = '▿ ниже внутренней цели';"
            "n.nextElementSibling.textContent = 'сегодня 1 106 из 1 440 · цель 80 %'; }"
            "const cards = [...root.querySelectorAll('.card, .tile')].filter(n => !n.hidden);"
            "return cards.filter(n => n.scrollWidth > n.clientWidth + 1 "
            "|| n.getBoundingClientRect().right > innerWidth + 1).map(n => n.className); }"
        )
    assert wide == {1920: [], 1366: [], 390: []}


def test_the_theme_follows_the_system(visit):
    page = visit("/now", color_scheme="dark")
    expect(page.locator(VALUE)).to_have_text(re.compile(r"^\d+$"), timeout=60_000)
    card = page.locator(".card:not(.incidents)").first
    assert card.evaluate("n => getComputedStyle(n).backgroundColor") == "rgb(24, 33, 42)"
    assert page.evaluate(f"() => {{ {WATCH} }}") is None
    page.emulate_media(color_scheme="light")
    expect(card).to_have_css("background-color", "rgb(255, 255, 255)")
    assert page.evaluate("() => window.changes.removed") == 0


def test_a_wall_screen_fills_the_window_is_dark_and_moves(visit, writer, new_call):
    page = visit("/now?view=wall&embed=true", color_scheme="light")
    expect(page.locator(VALUE)).to_have_text(re.compile(r"^\d+$"), timeout=60_000)
    wall = page.locator(".board.wall")
    box = wall.bounding_box()
    size = page.viewport_size
    assert (box["x"], box["y"], box["width"], box["height"]) == (
        0, 0, size["width"], size["height"],
    )  # fmt: skip
    assert wall.evaluate("n => getComputedStyle(n).backgroundColor") == "rgb(15, 21, 27)"
    before = waiting(page)
    new_call()
    expect(page.locator(VALUE)).to_have_text(str(before + 1), timeout=6_000)
    expect(page.get_by_role("button", name="Во весь экран")).to_be_visible()


def test_an_earlier_moment_stands_still_and_opens_no_stream(visit, server):
    page = visit("/now?at=00:00", init=COUNT_STREAMS)
    expect(page.locator(".board.still .link")).to_have_text(
        "прошедший момент, не обновляется", timeout=60_000
    )
    expect(page.locator(".board .time")).to_have_text("00:00:00")
    assert page.evaluate("window.streams.opened") == 0
    page.get_by_role("button", name="Вернуться к текущему моменту").click()
    expect(page.locator(".board:not(.still) .link")).to_have_text(
        "обновляется само", timeout=60_000
    )
    assert "at=" not in page.url


def test_the_width_of_intervals_is_switched_in_place(board):
    expect(board.get_by_role("button", name="15 мин")).to_have_attribute("aria-pressed", "true")
    board.get_by_role("button", name="30 мин").click()
    expect(board.get_by_role("button", name="30 мин")).to_have_attribute("aria-pressed", "true")
    heads = board.locator(".intervals th").all_inner_texts()
    assert {head[-2:] for head in heads[1:]} == {"00", "30"}
