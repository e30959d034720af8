"""The server's own addresses, headers, streams and its end, asked over HTTP."""

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from dashboard.access import Person, sign
from dashboard.live.route import token

SHIFT = Person("supervisor", "supervisor", ())


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


def ask(url: str, accept: str = "*/*") -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers={"Accept": accept})
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@contextlib.contextmanager
def open_stream(server: Any, text: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", server.settings.port, timeout=15)
    connection.request("GET", f"/api/live?t={text}")
    with contextlib.closing(connection), connection.getresponse() as stream:
        yield stream


def next_event(stream: http.client.HTTPResponse, name: str) -> str:
    """Read on to the next event of that name; its data."""
    found = ""
    while line := stream.readline().decode().rstrip("\n"):
        if line.startswith("event: "):
            found = line.removeprefix("event: ")
        if line.startswith("data: "):
            if found == name:
                stream.readline()
                return line.removeprefix("data: ")
            stream.readline()
    raise AssertionError("the stream ended")


def test_ready_says_the_version_and_the_age_of_the_data(server):
    status, _headers, body = ask(f"{server.url}/readyz")
    answer = json.loads(body)
    assert (status, answer["status"]) == (200, "ready")
    assert answer["snapshot"] > 1
    assert answer["data_age_s"] >= 0


@pytest.mark.parametrize("path", ["/", "/readyz", "/api/live", "/app/static/favicon.svg"])
def test_every_answer_carries_the_security_headers(server, path):
    _status, headers, _body = ask(server.url + path)
    found = {name.lower(): value for name, value in headers.items()}
    assert "unsafe-eval" not in found["content-security-policy"]
    assert "script-src 'self' blob: 'sha256-" in found["content-security-policy"]
    assert found["x-frame-options"] == "DENY"
    assert found["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/nope", "/missing?address=/nope"),
        ("/promises/deeper", "/missing?address=/promises/deeper"),
        ("/<b>x", "/missing?address=/%3Cb%3Ex"),
        ("/nope?line=x&lang=en", "/missing?address=/nope&lang=en"),
        ("/promises", None),
        ("/_stcore/health", None),
        ("/app/static/favicon.svg", None),
    ],
)
def test_a_document_of_no_page_leads_to_the_page_that_says_so(server, path, place):
    address = server.url + quote(path, safe="/?=&")
    _status, headers, _body = ask(address, accept="text/html,*/*")
    assert headers.get("location") == place
    assert "location" not in ask(address)[1]  # a script asks for no document


def test_entering_keeps_the_profile_and_goes_back(server):
    status, headers, _body = ask(
        f"{server.url}/api/enter?person=analyst&to=/promises%3Fline%3Dmain"
    )
    assert (status, headers["location"]) == (303, "/promises?line=main")
    assert "HttpOnly" in headers["set-cookie"]
    assert "SameSite=lax" in headers["set-cookie"]


@pytest.mark.parametrize("to", ["https://example.org/", "//example.org", "/\\example.org", "x"])
def test_entering_never_leads_to_another_site(server, to):
    _status, headers, _body = ask(f"{server.url}/api/enter?person=analyst&to={to}")
    assert headers["location"] == "/"


def test_an_unknown_profile_does_not_enter(server):
    assert ask(f"{server.url}/api/enter?person=root&to=/")[0] == 404


def test_the_stream_wants_a_token_of_somebody_who_may_look(server):
    settings = server.settings
    good = token(settings, SHIFT, "ru")
    of_an_operator = token(settings, replace(SHIFT, id="operator"), "ru")
    for_another_purpose = sign(settings, {"person": "supervisor", "lang": "ru"}, "person")
    statuses = [
        ask(f"{server.url}/api/live?probe=1&t={text}")[0]
        for text in (good, "", good + "x", of_an_operator, for_another_purpose)
    ]
    assert statuses == [204, 401, 401, 401, 401]


def test_the_stream_brings_a_token_and_a_frame_in_the_language_asked(server):
    with open_stream(server, token(server.settings, SHIFT, "en")) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert ask(f"{server.url}/api/live?probe=1&t={next_event(stream, 'token')}")[0] == 204
        frame = json.loads(next_event(stream, "board"))
    assert frame["tiles"][0]["label"] == "Waiting now"
    assert {line["key"] for line in frame["lines"]} >= {"main", "chat"}


def test_time_moves_the_board_with_no_commit(server):
    with open_stream(server, token(server.settings, SHIFT, "ru")) as stream:
        first = json.loads(next_event(stream, "board"))
        second = json.loads(next_event(stream, "board"))
    assert 0 < second["at"] - first["at"] < 8


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_at_once_with_streams_open(another_server, how):
    with open_stream(another_server, token(another_server.settings, SHIFT, "ru")) as stream:
        next_event(stream, "board")
        assert another_server.stop(how) < 5


def test_a_profile_taken_away_ends_its_stream(another_server):
    """Access is asked again when the stream's token is renewed; here: at the next connection."""
    people = another_server.settings.reference / "people.yml"
    good = token(another_server.settings, SHIFT, "ru")
    assert ask(f"{another_server.url}/api/live?probe=1&t={good}")[0] == 204
    people.write_text("people: [{id: supervisor, role: operator}]", "utf-8")
    assert ask(f"{another_server.url}/api/live?probe=1&t={good}")[0] == 401


def start_without_sign_in(**env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dashboard"],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_listening_for_others_is_refused_in_words(tmp_path):
    found = start_without_sign_in(LINIYA_HOST="0.0.0.0", LINIYA_HOME=str(tmp_path))
    assert found.returncode == 2
    assert found.stderr.startswith("LINIYA_HOST is '0.0.0.0', but sign-in is not set up")


def test_a_taken_port_is_a_clear_message(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        found = start_without_sign_in(LINIYA_PORT=port, LINIYA_HOME=str(tmp_path))
    assert found.returncode == 2
    assert f"127.0.0.1:{port} is taken" in found.stderr
