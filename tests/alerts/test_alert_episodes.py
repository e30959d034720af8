"""One episode a rule and scope, however its value goes up and down."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipelines.alerts import store
from pipelines.alerts.episodes import BLIND, step
from pipelines.alerts.readings import Reading
from pipelines.errors import QueryError, UsageError
from pipelines.metrics import Scope
from tests.alerts.conftest import LEVEL, feed, minute, rule


def listed(watch, **asked):
    return store.alerts(watch.lake.settings, **asked)


def test_a_flapping_share_is_one_episode_from_its_begin_until_it_stays_good(watched):
    watch = watched(rule())
    for n, share in enumerate([0.6, 0.72, 0.65, 0.85, 0.69, 0.9, 0.75, 0.82, 0.68]):
        feed(watch, minute(n), level=share)
    for n in range(9, 15):
        feed(watch, minute(n), level=0.85)
    found = listed(watch).select("scope", "state", "worst", "since_at", "ended_at", "end_reason")
    assert found.rows() == [("main", "ended", 0.6, minute(0), minute(14), "recovered")]
    feed(watch, minute(15), level=0.5)
    assert listed(watch)["state"].to_list() == ["running", "ended"]


def test_a_dip_shorter_than_the_rule_waits_for_is_no_episode(watched):
    watch = watched(rule(for_s=180))
    for n, share in enumerate([0.6, 0.6, 0.71, 0.6, 0.6, 0.6]):
        feed(watch, minute(n), level=share)
    assert len(listed(watch)) == 0
    feed(watch, minute(6), level=0.6)
    assert listed(watch).select("since_at", "raised_at").rows() == [(minute(3), minute(6))]


def test_each_scope_has_an_episode_of_its_own(watched):
    watch = watched(rule(), rule(id="other", threshold=0.9, clear=0.9))
    feed(watch, minute(0), level=0.6, level__chat=0.5, other=0.8)
    feed(watch, minute(1), level=0.6, level__chat=0.5, other=0.95)
    assert sorted(listed(watch).select("rule", "scope").rows()) == [
        ("level", "chat"), ("level", "main"), ("other", "main"),
    ]  # fmt: skip


def test_what_is_not_known_any_more_ends_and_says_so(watched):
    watch = watched(rule())
    feed(watch, minute(0), level=0.6)
    feed(watch, minute(1), level=None)
    feed(watch, minute(6), level=None)
    assert listed(watch)["end_reason"].to_list() == ["no_data"]


def test_a_burst_that_proves_part_of_another_goes_on_but_none_begins_as_a_part(watched):
    lost = rule(id="lost", kind="burst", is_low_bad=False, threshold=20, clear=5)
    watch = watched(lost)
    feed(watch, minute(0), lost__main=40)
    for n in (1, 90):
        parts = [Reading(lost, line, 40.0, is_part=True) for line in ("main", "chat")]
        watch.take(parts, {lost.id}, minute(n))
    (episode,) = store.alerts(watch.lake.settings).to_dicts()
    assert (episode["scope"], episode["state"]) == ("main", "running")


def test_a_burst_that_is_told_no_more_is_over(watched):
    watch = watched(rule(id="burst", kind="burst", is_low_bad=False, threshold=20, clear=5))
    feed(watch, minute(0), burst__form_error=40)
    feed(watch, minute(1))
    feed(watch, minute(6))
    assert listed(watch).select("scope", "end_reason").rows() == [("form_error", "recovered")]


def test_an_episode_of_a_rule_that_was_removed_ends(watched):
    feed(watched(rule()), minute(0), level=0.6)
    feed(watched(), minute(1))
    assert listed(watched())["end_reason"].to_list() == ["rule_removed"]


def test_what_was_pending_while_nobody_looked_begins_anew():
    waits = rule(for_s=600)
    bad = [Reading(waits, "main", 0.6)]
    (pending,), _ = step([], bad, [waits], {"level"}, minute(0), minute(0))
    later = minute(60)
    (found,), _ = step([pending], bad, [waits], {"level"}, later, minute(0) + BLIND * 2)
    assert (found.state, found.bad_at, found.since_at) == ("pending", later, later)


def test_rules_not_looked_at_keep_their_episodes():
    (begun,), _ = step([], [Reading(LEVEL, "main", 0.6)], [LEVEL], {"level"}, minute(0), minute(0))
    assert step([begun], [], [LEVEL], set(), minute(9), minute(9)) == ([], [])


@pytest.mark.parametrize(
    ("value", "is_good_after"), [(1.0, False), (0.5, False), (0.2, True), (0.0, True)]
)
def test_where_high_is_bad_it_ends_at_or_below_clear(value, is_good_after):
    growth = replace(
        LEVEL, kind="queue_growth", is_low_bad=False, threshold=1, clear=0.2, ends_after_s=0
    )
    (begun,), _ = step(
        [], [Reading(growth, "main", 1.0)], [growth], {"level"}, minute(0), minute(0)
    )
    (after,), _ = step(
        [begun], [Reading(growth, "main", value)], [growth], {"level"}, minute(1), minute(1)
    )
    assert (after.state == "ended") == is_good_after


def test_it_is_acknowledged_with_a_name_and_a_note_that_holds_no_citizen(watched):
    watch = watched(rule())
    feed(watch, minute(0), level=0.6)
    (alert_id,) = listed(watch)["alert_id"]
    settings = watch.lake.settings
    store.acknowledge(settings, alert_id, "Смена 2", "позвонить 8 916 123-45-67")
    store.acknowledge(settings, alert_id, "Анна", "решено")
    store_row = listed(watch).row(0, named=True)
    assert (store_row["acknowledged_by"], store_row["note"]) == ("Анна", "решено")
    with store.desk(settings) as con:
        notes = [tuple(row) for row in con.execute("select noted_by, note from alert_notes")]
    assert notes == [("Смена 2", "позвонить [ТЕЛЕФОН]"), ("Анна", "решено")]


def test_what_cannot_be_acknowledged_is_told(watched):
    watch = watched(rule(ends_after_s=0))
    feed(watch, minute(0), level=0.6)
    (alert_id,) = listed(watch)["alert_id"]
    settings = watch.lake.settings
    with pytest.raises(UsageError, match="a name is missing"):
        store.acknowledge(settings, alert_id, " ", "")
    with pytest.raises(UsageError, match="a name or a post"):
        store.acknowledge(settings, alert_id, "+79161234567", "")
    with pytest.raises(QueryError, match="no alert 'zzzz'"):
        store.acknowledge(settings, "zzzz", "Анна", "")
    feed(watch, minute(1), level=0.9)
    with pytest.raises(QueryError, match="is over since"):
        store.acknowledge(settings, alert_id, "Анна", "")


def test_who_may_see_some_lines_sees_their_alerts_only(watched):
    watch = watched(rule(), rule(id="all", scope_kind="line"))
    feed(watch, minute(0), level=0.6, level__chat=0.6)
    assert listed(watch, scope=Scope(lines=("chat",)))["scope"].to_list() == ["chat"]
    assert len(listed(watch, scope=Scope(teams=("a",)))) == 0


def test_an_earlier_moment_knows_what_ran_then(watched):
    watch = watched(rule(ends_after_s=0))
    feed(watch, minute(0), level=0.6)
    feed(watch, minute(5), level=0.9)
    ran = [len(listed(watch, running=True, at=minute(n))) for n in (-1, 0, 4, 5)]
    assert ran == [0, 1, 1, 0]
    assert listed(watch, since=minute(0) + timedelta(seconds=1)).is_empty()


def test_an_alert_stands_under_the_outage_that_covers_it_while_it_goes_on(watched, given):
    given.rows("incidents", {
        "incident_id": "i-1", "line": "main", "detected_at": minute(0), "restored_at": minute(9),
    })  # fmt: skip
    watch = watched(rule(), lake=given.lake)
    found = []
    for n in (-1, 1, 9):
        feed(watch, minute(n), level=0.6, level__chat=0.6)
        found.append(dict(listed(watch).select("scope", "incident_id").rows()))
    assert found == [
        {"main": None, "chat": None}, {"main": "i-1", "chat": None}, {"main": None, "chat": None},
    ]  # fmt: skip
