"""After an outage its post-mortem prints itself, with the figures of the metrics."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from pipelines import metrics
from pipelines.editions import postmortems
from pipelines.metrics import Query, parse_moment
from pipelines.reports.postmortem import figures_of, write_postmortem
from pipelines.reports.postmortem_words import make_page
from pipelines.reports.words import Words

MSK = ZoneInfo("Europe/Moscow")
DAY = "2026-11-16"
BROKEN = "не работает личный кабинет"


def at(clock: str, day: str = DAY):
    return parse_moment(f"{day}T{clock}", MSK)


def act(given, n: int, kind: str, clock: str, text: str | None = None, args: str = "{}"):
    row = {"act_id": str(n), "seq": n, "acted_at": at(clock), "who": "supervisor", "kind": kind}
    given.rows("acts", row | {"incident_id": "i", "text": text, "args": args})


def clock(given, contact_id: str, day: str, wait_s: int):
    started = at("10:10", day)
    row = {"promise": "phone.wait_max", "promise_version": 1, "kind": "clock", "number": 1}
    row |= {"contact_id": contact_id, "received_date": started.date(), "started_at": started}
    times = {"due_at": started + timedelta(seconds=300), "stop_kind": "stopped"}
    given.rows("clocks", row | times | {"stopped_at": started + timedelta(seconds=wait_s)})


@pytest.fixture
def broke(lake, given):
    """An hour of outage: three contacts of two people, an announcement, everybody told."""
    about = {"category": "account_unavailable"}
    for n, citizen in enumerate(["anna", "anna", "boris", None]):
        more = about | {"citizen_key": citizen, "text": f"{BROKEN} {'с утра' * n}"}
        given.call(f"c{n}", f"{DAY}T10:{n + 1}0:00", "answered", 60, talk_s=900, **more)
        given.call(f"o{n}", f"{DAY}T1{n}:30:00", category="passport", text="замена паспорта")
    given.call("w", "2026-11-09T10:10:00", **about)
    clock(given, "c0", DAY, 400)
    clock(given, "w", "2026-11-09", 100)
    row = {"incident_id": "i", "category": "account_unavailable", "note": "502"}
    given.rows("incidents", row | {"detected_at": at("10:05"), "restored_at": at("11:05")})
    act(given, 1, "opened", "10:15", args='{"category": "account_unavailable"}')
    act(given, 2, "announced", "10:20", "Чиним")
    act(given, 3, "restored", "11:10", args='{"restored_at": "2026-11-16T11:05:00+03:00"}')
    owner = '{"category": "account_unavailable", "owner": "Отдел", "due_on": "2026-12-01"}'
    row = {"act_id": "a", "seq": 5, "acted_at": at("15:00"), "who": "analyst"}
    row |= {"kind": "action_opened", "incident_id": "a1", "text": "Резерв", "args": owner}
    given.rows("acts", row)
    given.rows("events", {"event_at": at("16:00"), "contact_id": "o3", "kind": "ended"})
    return given


def test_figures_are_those_of_the_metrics(lake, broke):
    found = metrics.postmortem(lake, "i", as_of=at("16:00"))
    its = Query(at("10:05"), at("11:05"), where={"category": "account_unavailable"},
                as_of=at("16:00"))  # fmt: skip
    row = metrics.incidents(lake, Query(at("00:00"), at("23:00"), as_of=at("16:00"))).to_dicts()[0]
    assert found["incident"] == row
    assert (row["contacts"], row["citizens"], row["contacts_unknown"]) == (4, 2, 1)
    assert found["hours"] == metrics.failure_sums(metrics.failures(lake, its))["hours"] == 1.0
    assert metrics.failures(lake, its)["by_incident"].sum() == row["contacts"]
    (promise,) = [one for one in found["promises"] if one["promise"] == "phone.wait_max"]
    assert (promise["n"], promise["bad"], promise["share"]) == (1, 1, 0)
    assert (promise["usual_share"], promise["usual_bad"]) == (1, 0)
    assert found["first_at"] == at("10:10")
    assert [one["contacts"] for one in found["by_hour"]] == [0, 0, 0, 4, 0, 0, 0, 0]
    assert [one["action_id"] for one in found["actions"]] == ["a1"]


@pytest.mark.parametrize(
    ("about", "seen"),
    [
        ({"category": "account_unavailable"}, {"account_unavailable"}),
        ({"line": "main"}, {"main"}),
        ({}, {"account_unavailable", "passport", "main"}),
        ({"region": "77"}, set()),
    ],
)
def test_bursts_are_those_of_what_was_out_and_all_where_everything_was(lake, given, about, seen):
    given.rows("incidents", about | {"incident_id": "i", "detected_at": at("10:05")})
    for one in ({"category": "account_unavailable"}, {"category": "passport"},
                {"kind": "line", "line": "main"}):  # fmt: skip
        given.rows("bursts", one | {"started_at": at("10:00"), "ended_at": at("11:00")})
    told = metrics.postmortem(lake, "i", as_of=at("16:00"))["bursts"]
    assert {one["category"] or one["line"] for one in told} == seen


def test_phrases_are_said_during_it_and_not_beside_it(lake, broke):
    for n in range(8):
        broke.contact(f"d{n}", f"{DAY}T10:50:00", category="account_unavailable", text=BROKEN)
        broke.contact(f"e{n}", f"{DAY}T14:00:00", category="passport", text="кабинет замены")
    where = {"category": "account_unavailable"}
    rows = metrics.phrases(lake, Query(at("10:05"), at("11:05"), where=where, as_of=at("16:00")))
    assert set(rows["phrase"]) == {"не работает", "личный кабинет"}
    assert rows.select("n", "share").row(0) == (12, 1.0)
    assert rows["share_else"].to_list() == [0, 0]


def test_both_files_say_the_figures_in_both_languages(lake, broke, tmp_path):
    alert = {"label_ru": "Очередь", "label_en": "Queue", "scope_kind": "source", "scope": "calls"}
    alert |= {"since_at": at("10:08"), "raised_at": None, "ended_at": at("11:00")}
    found = figures_of(lake, "i") | {"alerts": [alert]}
    for language, opened in (("ru", "Сбой открыт"), ("en", "Outage opened")):
        words = Words(language, MSK)
        page = make_page(found, words, lake.reference, "http://liniya")
        assert page["tiles"][0]["value"] == "2"
        assert opened in [one["what"] for one in page["timeline"]]
        assert tuple(
            one["at"] for one in page["timeline"] if one["text"] in ("Очередь", "Queue")
        ) == ("10:08", "11:00")
        write_postmortem(lake, found, tmp_path / "a.html", words)
        html = (tmp_path / "a.html").read_text()
        assert "problems?view=actions&amp;action=a1" in html
        assert not any(ask in html for ask in ("<script", "src=", "@import"))
        write_postmortem(lake, found, tmp_path / "a.pdf", words)
        assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_it_is_printed_when_all_are_told_and_again_when_the_outage_is_changed(lake, broke):
    folder = lake.settings.home / "reports"
    # people are still to be told, and it is not a day yet
    told = '{"contact_ids": ["c0", "c1", "c2", "c3"]}'
    assert dict(postmortems.over(at_data_time(lake))) == {}
    act(broke, 4, "notified", "12:00", args=told)
    assert postmortems.look(at_data_time(lake)) == ["i"]
    names = {
        f"liniya-incident-i-1{lang}.{form}" for lang in ("", "-en") for form in ("pdf", "html")
    }
    assert names == set(postmortems.files(lake.settings, "i"))
    assert all((folder / name).stat().st_size for name in names)
    assert postmortems.look(at_data_time(lake)) == []
    lake.con.execute("update lake.incidents set restored_at = $at", {"at": at("11:15")})
    assert postmortems.look(at_data_time(lake)) == ["i"]
    assert (folder / "liniya-incident-i-2.pdf").exists()


def at_data_time(lake):
    """The lake as at the newest event, not at this minute."""
    from dataclasses import replace

    return replace(lake, settings=replace(lake.settings, clock="data"))
