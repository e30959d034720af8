"""What stands around every page: language, profile, style, the entrance and «no lake yet»."""

from dataclasses import replace
from urllib.parse import quote

import streamlit as st

from dashboard import access, data, theme
from dashboard.components import table
from dashboard.i18n import LANGUAGES, STATE_KEY, _, formats, language
from dashboard.pages import HOME, MISSING, PAGES, Page
from pipelines.errors import VersionError
from pipelines.metrics import first_operator

STYLE = theme.HERE / "app.html"
LOGO = theme.HERE / "static" / "logo.svg"
NAMES = {"ru": "Рус", "en": "Eng"}  # each language in its own words: not for the catalogue


def language_from_address() -> None:
    """Take the language from `?lang=` on the first run, and keep the address in step with it."""
    asked = st.query_params.get(STATE_KEY)
    if STATE_KEY not in st.session_state:
        st.session_state[STATE_KEY] = asked if asked in LANGUAGES else LANGUAGES[0]
    _write_address()


def _write_address() -> None:
    if language() == LANGUAGES[0]:
        st.query_params.pop(STATE_KEY, None)
    elif st.query_params.get(STATE_KEY) != language():
        st.query_params[STATE_KEY] = language()


def _language_switch() -> None:
    chosen = st.segmented_control(
        "Язык / Language",
        LANGUAGES,
        default=language(),
        required=True,
        format_func=NAMES.__getitem__,
        key="frame_lang",
        label_visibility="collapsed",
    )
    if chosen and chosen != language():
        st.session_state[STATE_KEY] = chosen
        st.rerun()


def style() -> None:
    """Load the few rules a theme cannot say: tabular numerals, quieter padding; and the logo."""
    st.html(STYLE)
    st.logo(str(LOGO), size="large")


def enter_page(page: Page) -> None:
    """Draw the heading and remember which page runs: keys of shared widgets carry its id."""
    st.session_state["frame_page"] = page.id
    if not page.is_headed:
        st.title(page.heading, anchor=False)


def page_id() -> str:
    """Return the id of the page that runs now."""
    return str(st.session_state.get("frame_page", ""))


def person() -> access.Person:
    """Return who looks; pages run only once somebody was picked."""
    found = access.current(data.settings())
    if found is None:
        st.stop()
    if found.role == "operator" and not found.operator_id:
        return replace(found, operator_id=data.ask(first_operator))
    return found


def sidebar(who: access.Person) -> None:
    """Draw the search, who looks, without sign-in, and the language switch."""
    if "contact" in access.ROLES[who.role].pages:
        _search()
    with st.sidebar, st.container(key="frame_person"):
        st.markdown(f"**{who.name}**")
        st.caption(_("без входа"))
        here = quote(_here(), safe="")
        words = _("Сменить профиль")
        st.html(f'<a href="/api/leave?to={here}" target="_self">{words}</a>')
        _language_switch()


def _search() -> None:
    """Find a contact from any page by its number or the number of its case."""
    asked = st.session_state.pop("frame_asked", "")
    if asked:
        table.open_contact(asked)
    st.sidebar.text_input(
        _("Найти обращение"), placeholder="2026-1116-00001", key="frame_search", on_change=_ask
    )


def _ask() -> None:
    st.session_state["frame_asked"] = st.session_state["frame_search"].strip()
    st.session_state["frame_search"] = ""


def _here() -> str:
    address = st.context.url or "/"
    path = address.split("//", 1)[-1].partition("/")[2]
    query = "&".join(
        f"{quote(name)}={quote(value)}"
        for name in st.query_params
        for value in st.query_params.get_all(name)
    )
    return f"/{path.partition('?')[0]}" + (f"?{query}" if query else "")


def entrance() -> None:
    """Let a person pick a profile, whatever address was opened: it is gone back to."""
    addresses = [
        st.Page(_pick, title=_("Линия"), url_path=url, default=not url)
        for url in ("", HOME, MISSING, *PAGES)
    ]
    st.navigation(addresses, position="hidden").run()


def _pick() -> None:
    st.title(_("Линия"), anchor=False)
    st.markdown(_("Держит ли линия поддержки то, что обещает гражданам."))
    st.header(_("Кто вы?"), anchor=False)
    here = quote(_here(), safe="")
    cards = "".join(
        f'<a class="person" target="_self" href="/api/enter?person={quote(p.id)}&to={here}">'
        f"<b>{p.name}</b><span>{_(access.ROLES[p.role].label)}</span></a>"
        for p in access.people(data.settings()).values()
    )
    st.html(f'<div class="people">{cards}</div>')
    st.caption(
        _(
            "Без входа: профиль выбирается без пароля, "
            "приложение доступно только с этого компьютера."
        )
    )
    _language_switch()


def missing() -> None:
    """Say that an address leads to no page."""
    st.title(_("Такой страницы нет"), anchor=False)
    asked = st.query_params.get("address", "")
    if asked:
        st.text(_("По адресу {address} ничего нет.").format(address=asked))
    st.markdown(_("Страницы, открытые вашему профилю, — в меню слева."))


def closed() -> None:
    """Say that a page is not for this role."""
    st.title(_("Эта страница не для вашего профиля"), anchor=False)
    st.markdown(_("Страницы, открытые вашему профилю, — в меню слева."))
    st.markdown(_("Чтобы открыть эту, смените профиль: ссылка под меню."))


def no_lake(error: Exception) -> None:
    """Say that there are no data yet and what to do."""
    st.info(_("Данных пока нет: ни один журнал ещё не загружен."))
    st.markdown(
        _(
            "Загрузите журналы командой `liniya ingest ПУТЬ` "
            "или посмотрите на примере: `liniya demo`."
        )
    )
    with st.expander(_("Подробности")):
        st.code(str(error), language=None, wrap_lines=True)


def closed_lake(error: Exception) -> None:
    """Say that there is a lake that cannot be read just now, and why."""
    st.error(_("Хранилище есть, но сейчас не открывается. Данные не потеряны."))
    if isinstance(error, VersionError):
        st.markdown(
            _("Хранилище новее этой программы: обновите программу.")
            if error.is_newer
            else _("Хранилище старше программы: запустите `liniya run` или `liniya maintain`.")
        )
    else:
        st.markdown(_("Что не так, говорит сама программа; проверьте папку и права на неё:"))
    st.code(str(error), language=None, wrap_lines=True)


def as_of(note: str = "") -> None:
    """Say which moment the page's figures speak of (asks the lake: no lake stops the page)."""
    moment = _("по состоянию на {time}").format(time=formats.when(data.now()))
    st.caption(" · ".join(part for part in (note, moment) if part))
