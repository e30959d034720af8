"""Who looks and what they may see: profiles, roles, tokens, and the only door to people's names.

Until sign-in is set up a person picks a profile of `people.yml` («без входа»), kept in a signed
cookie; the server then listens on loopback only. A role opens pages; lines and teams become the
scope every query carries, so what may not be seen is never read.
"""

import os
import secrets
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
import yaml
from itsdangerous import BadData, URLSafeTimedSerializer

from dashboard.i18n import N_, language
from pipelines.errors import ReferenceDataError
from pipelines.lake.connect import Lake
from pipelines.metrics.query import Scope
from pipelines.reviews.reviewing import ROLES as REVIEWERS
from pipelines.settings import Settings

COOKIE = "liniya_person"
COOKIE_DAYS = 30
TOKEN_S = 600  # a live stream's address stays good so long; longer than a restart takes
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Role:
    """What a role is called, which pages it opens (the first is its home), what it may do.

    sees_names: of operators; acts: on outages and alerts, and writes the log of the shift;
    publishes: weeks, and writes down what was decided about them; plans: writes the register of
    actions against problems; decides: on the categories of contacts.
    """

    label: str
    pages: tuple[str, ...]
    sees_names: bool = False
    acts: bool = False
    publishes: bool = False
    plans: bool = False
    decides: bool = False


ROLES: dict[str, Role] = {
    "supervisor": Role(
        N_("Смена: очереди, сроки, операторы сейчас"),
        (
            "now",
            "incident",
            "promises",
            "problems",
            "operators",
            "reviews",
            "week",
            "quality",
            "contact",
        ),
        sees_names=True,
        acts=True,
        plans=True,
    ),
    "analyst": Role(
        N_("Тематики, повторы, оценка операторов"),
        (
            "problems",
            "operators",
            "reviews",
            "now",
            "incident",
            "promises",
            "week",
            "quality",
            "contact",
        ),
        sees_names=True,
        publishes=True,
        plans=True,
        decides=True,
    ),
    "executive": Role(
        N_("Итоги недели и обязательства перед гражданами"),
        ("week", "promises", "problems", "now", "incident", "quality"),
        publishes=True,
    ),
    "engineer": Role(
        N_("Свежесть, проверки, карантин, сверка журналов"),
        ("quality", "now", "incident", "promises", "problems", "week", "contact"),
    ),
    "operator": Role(N_("Своя оценка и свои контакты"), ("operators", "contact")),
}


@dataclass(frozen=True)
class Person:
    """A profile: empty `lines` and `teams` mean all of them."""

    id: str
    role: str
    names: tuple[tuple[str, str], ...]
    lines: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    operator_id: str = ""

    @property
    def name(self) -> str:
        """The profile's name in the current language."""
        names = dict(self.names)
        return names.get(language()) or names.get("ru") or self.id

    def may_open(self, page: str) -> bool:
        """Say whether the role opens the page."""
        return page in ROLES[self.role].pages

    @property
    def sees_names(self) -> bool:
        """Say whether the role sees the names of operators."""
        return ROLES[self.role].sees_names

    @property
    def may_act(self) -> bool:
        """Say whether the role acts on outages and writes the log of the shift."""
        return ROLES[self.role].acts

    @property
    def may_publish(self) -> bool:
        """Say whether the person publishes weeks: the role does, and nothing is hidden from it."""
        return ROLES[self.role].publishes and not (self.lines or self.teams)

    @property
    def may_review(self) -> bool:
        """Say whether the role reviews contacts, samples them and decides appeals."""
        return self.role in REVIEWERS

    @property
    def may_plan(self) -> bool:
        """Say whether the role writes the register of actions against problems."""
        return ROLES[self.role].plans

    @property
    def may_decide(self) -> bool:
        """Say whether the role decides on the categories of contacts."""
        return ROLES[self.role].decides


def scope(person: Person) -> Scope:
    """Return what every query of this person is limited to."""
    return Scope(
        lines=person.lines or None,
        teams=person.teams or None,
        # "" sees nothing: an operator profile without its operator must never see everybody's
        operator=person.operator_id if person.role == "operator" else None,
    )


def narrowed(allowed: Scope, lines: tuple[str, ...]) -> Scope:
    """Return a scope narrowed to some lines; never wider: of others nothing is left. () is all."""
    if not lines:
        return allowed
    seen = lines if allowed.lines is None else tuple(n for n in lines if n in allowed.lines)
    return replace(allowed, lines=tuple(sorted(set(seen))))


def people(settings: Settings) -> dict[str, Person]:
    """Return the profiles of `people.yml` by id, in the file's order.

    Raises:
        ReferenceDataError: the file is not there or a row names an unknown role.
    """
    path = settings.reference / "people.yml"
    if not path.is_file():
        raise ReferenceDataError(f"{path.name}: not in {settings.reference}; add the profiles")
    return _people(path, path.stat().st_mtime_ns)


@cache
def _people(path: Path, _changed: int) -> dict[str, Person]:
    rows = (yaml.safe_load(path.read_text("utf-8")) or {}).get("people") or []
    return {person.id: person for person in (_person(row) for row in rows)}


def _person(row: dict[str, Any]) -> Person:
    if row.get("role") not in ROLES:
        raise ReferenceDataError(
            f"people.yml, {row.get('id')}: role '{row.get('role')}' is unknown. "
            f"Known: {', '.join(ROLES)}."
        )
    return Person(
        id=str(row["id"]),
        role=row["role"],
        names=tuple((row.get("name") or {}).items()),
        lines=tuple(row.get("lines") or ()),
        teams=tuple(row.get("teams") or ()),
        operator_id=str(row.get("operator_id") or ""),
    )


def current(settings: Settings) -> Person | None:
    """Return the profile of the running session, or None: nobody was picked yet."""
    picked = st.session_state.get("person") or unsign(
        settings, st.context.cookies.get(COOKIE, ""), "person", COOKIE_DAYS * 86400
    )
    return people(settings).get(str(picked)) if picked else None


def sign(settings: Settings, claim: Any, purpose: str) -> str:
    """Return a signed, dated text that carries the claim."""
    return URLSafeTimedSerializer(_secret(settings.home), salt=purpose).dumps(claim)


def unsign(settings: Settings, token: str, purpose: str, max_age_s: int) -> Any:
    """Return the claim of a token, or None: forged, for another purpose, or too old."""
    try:
        return URLSafeTimedSerializer(_secret(settings.home), salt=purpose).loads(
            token, max_age=max_age_s
        )
    except BadData:
        return None


@cache
def _secret(home: Path) -> bytes:
    """Read or make the signing key; with no folder to keep it in, one for this process."""
    path = home / "session.key"
    if path.is_file():
        return path.read_bytes()
    made = secrets.token_bytes(32)
    if home.is_dir():
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(made)
        except FileExistsError:
            return path.read_bytes()
        except OSError:  # a read-only folder: people pick their profile again after a restart
            return made
    return made


def names(lake: Lake, person: Person) -> dict[str, str]:
    """Return operator_id -> display name, as far as this person may see names.

    Supervisors and analysts see all, an operator their own, everyone else none (ids are shown).
    """
    if person.sees_names:
        return all_names(lake)
    if person.operator_id:
        frame = lake.frame(
            "select operator_id, name from lake.operator_names where operator_id = $operator",
            {"operator": person.operator_id},
        )
    else:
        return {}
    return dict(frame.iter_rows())


def all_names(lake: Lake) -> dict[str, str]:
    """Return operator_id -> display name of all, for those who see names (`Person.sees_names`)."""
    return dict(lake.frame("select operator_id, name from lake.operator_names").iter_rows())
