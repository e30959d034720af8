"""`liniya review …`: what the command line samples, lists and refuses."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import UsageError

OCTOBER = ("--from", "2026-10-01", "--to", "2026-11-01")


@pytest.fixture
def home(tmp_path, sampled_home, monkeypatch):
    """The hotline where the program looks for one."""
    shutil.copytree(sampled_home, tmp_path / "home")
    monkeypatch.setenv("LINIYA_HOME", str(tmp_path / "home"))


def said(*words: str) -> str:
    found = CliRunner().invoke(app, ["review", *words])
    assert found.exit_code == 0, found.output
    return found.stdout


def test_a_sample_is_drawn_assigned_and_in_the_lake_at_once(home):
    drawn = said("sample", *OCTOBER, "--quota", "2", "--double", "0", "--who", "analyst")
    assert "60" in drawn
    rows = json.loads(said("list", *OCTOBER, "--where", "operator=anna", "--format", "json"))
    assert [(r["operator_id"], r["state"], r["how"]) for r in rows] == [
        ("anna", "assigned", "random")
    ] * 2
    assert said("form") == "2025-01-01 10 frozen\n"
    assert json.loads(said("appeals", "--format", "json")) == []


def test_who_may_not_review_is_told_what_to_give(home):
    found = CliRunner().invoke(app, ["review", "sample", *OCTOBER, "--who", "executive"])
    assert isinstance(found.exception, UsageError)
    assert "Give --who with an id of people.yml" in str(found.exception)
