"""From a statement of the week to the figures it rests on: links, and the contacts themselves."""

from typing import Any

import streamlit as st

from dashboard import access, data, labels
from dashboard.components import behind, frame, picked, state
from dashboard.i18n import _, formats
from dashboard.pages import PAGES
from pipelines.metrics import Query
from pipelines.reports.evidence import BEHIND, CHANNEL, FAILED, RATED, SEPARATOR, UNSERVED


def draw(page: dict[str, Any], *sections: str) -> None:
    """Draw links to the evidence of statements, those of pages this person may open.

    Args:
        page: of `pipelines.reports.make_page`. sections: of its links.
    """
    person = frame.person()
    known = {one["label"]: one for name in sections for one in page["links"][name]}
    shown = [one for one in known.values() if person.may_open(one["page"])]
    if not shown:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for one in shown:
            what = one["params"].get(BEHIND)
            if what:
                st.button(
                    one["label"],
                    key=f"week_behind_{what}",
                    icon=":material/arrow_downward:",
                    type="tertiary",
                    on_click=_listed,
                    args=(what,),
                )
                continue
            st.page_link(
                PAGES[one["page"]].file,
                label=one["label"],
                icon=":material/arrow_outward:",
                query_params=one["params"],
                width="content",
            )


def _listed(what: str) -> None:
    picked.now(BEHIND, what)


def table_key(name: str) -> str:
    """Return the key of a table whose rows list their contacts."""
    return f"{picked.key(BEHIND)}_{name}"


def picks(name: str, clicked: dict[str, Any] | None) -> None:
    """List the contacts of the row just clicked in a table of channels or regions.

    Args:
        name: CHANNEL or REGION. clicked: the row that is marked (key: what it is of), if one is.
    """
    if key := picked.newly(name, clicked["key"] if clicked else None):
        picked.now(BEHIND, f"{name}{SEPARATOR}{key}")


def contacts(figures: dict[str, Any], *names: str) -> None:
    """Draw the contacts behind a statement, where one of these is looked into."""
    name, _sign, value = picked.before(BEHIND).partition(SEPARATOR)
    if name not in names:
        return
    with st.container(border=True):
        state.heading(_heading(name, value, figures))
        query = Query(
            figures["start"],
            figures["end"],
            where={name: (value,)} if value else {},
            as_of=data.minute(),
            scope=access.scope(frame.person()),
        )
        counted = name if name in (UNSERVED, FAILED, RATED) else "contacts"
        behind.contacts_behind(
            query,
            key="week_contacts",
            counted=counted,
            order="rating" if name == RATED else "newest",
        )
        picked.close(BEHIND)


def _heading(name: str, value: str, figures: dict[str, Any]) -> str:
    if name == UNSERVED:
        people = figures["people"]["unserved"] or 0
        return _("Контакты тех, кто остался без ответа (людей: {n})").format(
            n=formats.number(people)
        )
    if name == FAILED:
        people = (figures.get("failed") or {}).get("failed") or 0
        return _("Контакты, где обещание нарушено (людей: {n})").format(n=formats.number(people))
    if name == RATED:
        return _("Контакты с оценками, низкие впереди")
    label = labels.channel(value) if name == CHANNEL else labels.region(value)
    return _("Контакты: {name}").format(name=label)
