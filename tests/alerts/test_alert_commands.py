"""`liniya alerts`: the list, an acknowledgement, and what is refused."""

import json

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import QueryError, SettingsError
from tests.alerts.conftest import feed, minute, rule


@pytest.fixture
def command(watched, monkeypatch):
    watch = watched(rule(remind_s=60))
    feed(watch, minute(0), level=0.6, level__chat=0.5)
    feed(watch, minute(1), level=0.6, level__chat=0.9)
    feed(watch, minute(7), level=0.6, level__chat=0.9)
    monkeypatch.setenv("LINIYA_HOME", str(watch.lake.settings.home))

    def run(*words):
        return CliRunner().invoke(app, ["alerts", *words])

    return run


def test_running_alerts_come_first_and_past_ones_after_them(command):
    rows = json.loads(command("--format", "json").stdout)
    assert [(row["scope"], row["state"]) for row in rows] == [
        ("main", "running"),
        ("chat", "ended"),
    ]
    assert {row["delivery"] for row in rows} == {"no_address"}
    assert len(json.loads(command("--running", "--format", "json").stdout)) == 1
    assert command("--format", "csv").stdout.startswith("alert_id,rule,kind,")
    assert "никогда" not in command().stdout


def test_an_alert_is_acknowledged_by_the_command(command):
    (row,) = json.loads(command("--running", "--format", "json").stdout)
    done = command("ack", row["alert_id"], "--by", "Смена 2", "--note", "звоним на станцию")
    assert done.exit_code == 0
    (row,) = json.loads(command("--running", "--format", "json").stdout)
    assert (row["acknowledged_by"], row["note"]) == ("Смена 2", "звоним на станцию")
    wrong = command("ack", "nothing1", "--by", "Смена 2")
    assert isinstance(wrong.exception, QueryError)


def test_a_test_with_no_address_says_so(command):
    tried = command("test", "--format", "json")
    assert {row["result"] for row in json.loads(tried.stdout)} == {"no_address"}
    assert "LINIYA_ALERT_URLS" in str(tried.exception)


@pytest.mark.parametrize(
    ("urls", "message"),
    [
        ("shift=tgram://S3CR3T/1", "address 1: 'tgram' is no webhook"),
        ("shift=json://h/a shfit=json://S3CR3T", r"address 2 .*'shfit' \(did you mean 'shift'"),
        ("json://S3CR3T@host", "address 1 is not channel=scheme"),
        ("shift=S3CR3T", "address 1 is not channel=scheme"),
    ],
)
def test_a_wrong_address_is_told_without_its_secret(command, monkeypatch, urls, message):
    monkeypatch.setenv("LINIYA_ALERT_URLS", urls)
    error = command("test").exception
    assert isinstance(error, SettingsError)
    assert "S3CR3T" not in str(error)
    with pytest.raises(SettingsError, match=message):
        raise error


def test_a_file_of_addresses_that_others_may_read_is_refused(command, settings):
    path = settings.alert_file
    path.write_text("# who\nshift=json://127.0.0.1:9/hook\n", "utf-8")
    path.chmod(0o640)
    assert "chmod 600" in str(command("test").exception)
    path.chmod(0o600)
    rows = json.loads(command("test", "--format", "json").stdout)
    assert rows[0] == {"channel": "shift", "address": 1, "scheme": "json", "result": "no_answer"}


def test_a_messenger_may_be_allowed_by_name(command, monkeypatch):
    monkeypatch.setenv("LINIYA_ALERT_URLS", "shift=tgram://123/456")
    monkeypatch.setenv("LINIYA_ALERT_MESSENGERS", "tgram")
    rows = json.loads(command("test", "--format", "json").stdout)
    assert rows[0]["result"] == "bad_address"
