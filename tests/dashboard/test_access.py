"""Who may see what: profiles, roles, signed tokens, and the door to people's names."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard import access
from dashboard.pages import PAGES
from dashboard.serve import command
from pipelines.errors import ReferenceDataError, SettingsError
from pipelines.metrics.query import EVERYTHING, Scope
from pipelines.settings import Settings

SHIFT = access.Person("shift", "supervisor", (("ru", "Старший"), ("en", "Lead")))


def with_people(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "people.yml").write_text(text, "utf-8")
    return Settings(home=tmp_path / "home", reference=tmp_path)


def test_profiles_of_the_project_can_all_open_something(settings):
    found = access.people(settings)
    assert list(found) == ["supervisor", "analyst", "executive", "engineer", "operator"]
    assert all(set(access.ROLES[p.role].pages) <= set(PAGES) for p in found.values())


def test_a_supervisor_opens_the_live_board_first_and_an_operator_never():
    assert access.ROLES["supervisor"].pages[0] == "now"
    assert not replace(SHIFT, role="operator").may_open("now")


def test_an_unknown_role_is_refused_by_name(tmp_path):
    with pytest.raises(ReferenceDataError, match="role 'boss' is unknown"):
        access.people(with_people(tmp_path, "people: [{id: a, role: boss}]"))


def test_a_change_of_the_file_is_seen_without_a_restart(tmp_path):
    settings = with_people(tmp_path, "people: [{id: a, role: analyst}]")
    assert list(access.people(settings)) == ["a"]
    with_people(tmp_path, "people: [{id: b, role: analyst}, {id: c, role: engineer}]")
    assert list(access.people(settings)) == ["b", "c"]


def test_scope_is_everything_unless_the_profile_says_less():
    assert access.scope(SHIFT) == EVERYTHING
    assert access.scope(replace(SHIFT, lines=("main",))) == Scope(lines=("main",))
    assert access.scope(replace(SHIFT, role="operator", operator_id="op7")) == Scope(operator="op7")


def test_a_token_says_who_for_one_purpose_and_not_for_ever(settings):
    token = access.sign(settings, {"person": "shift"}, "live")
    assert access.unsign(settings, token, "live", 60) == {"person": "shift"}
    assert access.unsign(settings, token, "person", 60) is None
    assert access.unsign(settings, token, "live", -1) is None
    assert access.unsign(settings, token[:-2] + "xx", "live", 60) is None


def test_the_signing_key_outlives_the_process_and_only_its_owner_reads_it(lake):
    access._secret.cache_clear()
    token = access.sign(lake.settings, 1, "live")
    key = lake.settings.home / "session.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    access._secret.cache_clear()
    assert access.unsign(lake.settings, token, "live", 60) == 1


def test_names_are_shown_to_those_who_lead_and_to_oneself(lake):
    lake.con.execute("insert into lake.operator_names values ('op1', 'Анна'), ('op2', 'Борис')")
    everyone = {"op1": "Анна", "op2": "Борис"}
    assert access.names(lake, SHIFT) == everyone
    assert access.names(lake, replace(SHIFT, role="executive")) == {}
    assert access.names(lake, replace(SHIFT, role="operator", operator_id="op2")) == {
        "op2": "Борис"
    }


def test_without_sign_in_the_server_listens_on_this_machine_only():
    assert "--server.address=127.0.0.1" in command(Settings())
    with pytest.raises(SettingsError, match=r"LINIYA_HOST is '0\.0\.0\.0'"):
        command(Settings(host="0.0.0.0"))
