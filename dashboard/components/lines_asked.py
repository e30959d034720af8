"""The lines a board is narrowed to: chosen on the page, or by link alone on a wall screen."""

import streamlit as st

from dashboard import access, labels
from dashboard.components import filters
from dashboard.i18n import _
from pipelines.metrics import Scope


def of_link() -> tuple[str, ...]:
    """Return the lines the address names (`?line=main&line=chat`); () is all."""
    return tuple(dict.fromkeys(st.query_params.get_all("line")))


def choice(person: access.Person) -> tuple[str, ...]:
    """Draw the choice of lines this person sees, and return it; () is all."""
    known = list(person.lines) or labels.known("lines")
    return filters.many("line", _("Линии"), known, labels.line)


def scope(person: access.Person, lines: tuple[str, ...]) -> Scope:
    """Return the person's scope narrowed to the lines; says so where nothing of it is left."""
    found = access.narrowed(access.scope(person), lines)
    if found.lines == ():
        st.warning(_("Эти линии не открыты вашему профилю. Выберите другие."))
    return found
