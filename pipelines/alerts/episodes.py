"""From readings to episodes: one a rule and scope, however the value goes up and down meanwhile.

    bad    past the threshold                    good   past `clear`, or not known any more
    none    --bad-->                pending (running at once where the rule waits for nothing)
    pending --bad for `for`-->      running      --not bad-->  forgotten
    running --good for `ends_after`--> ended     a bad value in between starts that wait anew

Between `clear` and the threshold a running episode goes on. Pure: values in, values out.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from pipelines.alerts.readings import Reading
from pipelines.alerts.store import Episode, new_id
from pipelines.reference import AlertRule

# nobody looked for so long (wall clock): what was pending begins anew
BLIND = timedelta(minutes=5)
GOES_AWAY = ("burst",)  # no reading is a good one: only bursts that go on are told


def step(
    episodes: Iterable[Episode],
    readings: Iterable[Reading],
    rules: Iterable[AlertRule],
    looked: Collection[str],
    at: datetime,
    seen_at: datetime,
) -> tuple[list[Episode], list[Episode]]:
    """Return the episodes as they are now, and those to forget (they never began).

    Args:
        episodes: pending and running ones.
        readings: of the rules looked at now. rules: every rule; looked: ids of those looked at.
        at: product time. seen_at: wall clock.
    """
    known = {rule.id: rule for rule in rules}
    values = {(one.rule.id, one.scope): one for one in readings}
    found, gone = [], []
    opened = {one.key: one for one in episodes}
    for key in {**opened, **values}:
        episode, reading = opened.get(key), values.get(key)
        rule = known.get(key[0])
        if episode is None:
            if reading is not None and _is_bad(reading) and not reading.is_part:
                found.append(_begun(reading, at, seen_at))
            continue
        if rule is None:
            after = _ended(episode, at, "rule_removed") if episode.raised_at else None
        elif rule.id not in looked:
            continue
        else:
            after = _went_on(episode, rule, reading, at, seen_at)
        if after is None:
            gone.append(episode)
        else:
            found.append(after)
    return found, gone


def _is_bad(reading: Reading) -> bool:
    rule, value = reading.rule, reading.value
    if value is None:
        return False
    return value < rule.threshold if rule.is_low_bad else value >= rule.threshold


def _is_good(reading: Reading) -> bool:
    rule, value = reading.rule, reading.value
    if value is None:
        return True
    if rule.is_low_bad:
        return value >= rule.clear
    return value <= rule.clear and value < rule.threshold


def _begun(reading: Reading, at: datetime, seen_at: datetime) -> Episode:
    rule = reading.rule
    episode = Episode(
        alert_id=new_id(),
        rule=rule.id,
        kind=rule.kind,
        label_ru=rule.label[0],
        label_en=rule.label[1],
        severity=rule.severity,
        scope_kind=rule.scope_kind,
        scope=reading.scope,
        state="pending",
        threshold=rule.threshold,
        value=reading.value,
        worst=reading.value,
        since_at=reading.since_at or at,
        bad_at=at,
        seen_at=seen_at,
    )
    return _raised(episode, rule, at)


def _raised(episode: Episode, rule: AlertRule, at: datetime) -> Episode:
    if at - episode.bad_at < timedelta(seconds=rule.for_s):
        return episode
    return replace(episode, state="running", raised_at=at)


def _went_on(
    episode: Episode, rule: AlertRule, reading: Reading | None, at: datetime, seen_at: datetime
) -> Episode | None:
    reading = reading or Reading(rule, episode.scope, None)
    is_bad = _is_bad(reading)
    if episode.state == "pending":
        if not is_bad:
            return None
        is_blind = seen_at - episode.seen_at > BLIND or at < episode.bad_at
        pending = _seen(episode, rule, reading, seen_at)
        if is_blind:
            pending = replace(pending, bad_at=at, since_at=reading.since_at or at)
        return _raised(pending, rule, at)
    now = _seen(episode, rule, reading, seen_at)
    if not _is_good(reading):
        return replace(now, good_at=None)
    good_at = min(episode.good_at or at, at)
    if at - good_at < timedelta(seconds=rule.ends_after_s):
        return replace(now, good_at=good_at)
    is_known = reading.value is not None or rule.kind in GOES_AWAY
    return _ended(replace(now, good_at=good_at), at, "recovered" if is_known else "no_data")


def _seen(episode: Episode, rule: AlertRule, reading: Reading, seen_at: datetime) -> Episode:
    values = [v for v in (episode.worst, reading.value) if v is not None]
    worst = (min if rule.is_low_bad else max)(values, default=None)
    return replace(
        episode,
        value=reading.value,
        worst=worst,
        severity=rule.severity,
        label_ru=rule.label[0],
        label_en=rule.label[1],
        threshold=rule.threshold,
        seen_at=seen_at,
    )


def _ended(episode: Episode, at: datetime, why: str) -> Episode:
    return replace(episode, state="ended", ended_at=at, end_reason=why)
