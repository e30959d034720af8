"""Words of the interface: Russian is the source, English a catalogue, plurals in both.

A message id is the Russian text itself. Catalogues are the committed `locale/*/LC_MESSAGES/
liniya.po`; they are compiled in memory at the first use, so there is no build step. The language
is that of the running session; outside one (the live poller, tests) `using` sets it.
"""

import contextlib
import gettext
import io
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

LANGUAGES = ("ru", "en")
LOCALE = Path(__file__).parent / "locale"
STATE_KEY = "lang"

_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """Return the language words come in here and now: `ru` or `en`."""
    if (chosen := _chosen.get()) is not None:
        return chosen
    if get_script_run_ctx(suppress_warning=True) is None:
        return LANGUAGES[0]
    found = st.session_state.get(STATE_KEY)
    return found if found in LANGUAGES else LANGUAGES[0]


@contextlib.contextmanager
def using(lang: str) -> Iterator[None]:
    """Speak `lang` inside the block, whatever the session says."""
    token = _chosen.set(lang)
    try:
        yield
    finally:
        _chosen.reset(token)


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    path = LOCALE / lang / "LC_MESSAGES" / "liniya.po"
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _(message: str) -> str:
    """Return the message in the current language (the Russian text where it is not known)."""
    return _catalogue(language()).gettext(message)


def _n(one: str, many: str, n: float) -> str:
    """Return the plural form for n; the caller fills `{n}` in with a formatted number."""
    return _catalogue(language()).ngettext(one, many, int(n))


def N_(message: str) -> str:  # noqa: N802 the name gettext knows
    """Mark a message for the catalogue; it is translated later, where it is shown."""
    return message
