"""The passport of a figure: what stands behind the number, shown beside it."""

from typing import Any

from pipelines.errors import QueryError, nearest
from pipelines.lake.connect import Lake
from pipelines.marts.settled import fingerprint
from pipelines.metrics.facts import one_snapshot
from pipelines.metrics.sla import DEFAULT_VARIANT, FORMULAS

# formulas in the words of the tables; the pages word them for people. unit: count, s, share
FORMULA: dict[str, tuple[str, str, str]] = {
    # metric: (formula, base, unit)
    "contacts": ("count(contacts received)", "contacts", "count"),
    "offered": ("answered + abandoned + flowed_out + waiting", "legs", "count"),
    "answered": ("count(legs answered)", "legs", "count"),
    "abandoned": ("count(legs left in the queue), short ones among them", "legs", "count"),
    "abandoned_short": ("count(legs abandoned before short_abandon_s)", "legs", "count"),
    "flowed_out": ("count(legs that left the queue for elsewhere)", "legs", "count"),
    "waiting": ("count(legs still waiting)", "legs", "count"),
    "self_served": ("count(contacts with outcome self_served)", "contacts", "count"),
    "wait_mean_s": ("sum(wait) / answered (ASA)", "answered legs", "s"),
    "wait_p50_s": ("nearest rank 50 % of waits", "answered legs", "s"),
    "wait_p90_s": ("nearest rank 90 % of waits", "answered legs", "s"),
    "wait_p95_s": ("nearest rank 95 % of waits", "answered legs", "s"),
    "wait_max_s": ("max(wait)", "answered legs", "s"),
    "handle_mean_s": ("(talk + hold + wrap) / handled (AHT)", "answered legs that ended", "s"),
    "citizens": ("count(distinct citizen_key)", "contacts of known citizens", "count"),
    "repeats": (
        "count(contacts within fcr_days after one of the same citizen and category)",
        "contacts of known citizens",
        "count",
    ),
    "fcr": ("1 - followed / mature", "contacts older than fcr_days of known citizens", "share"),
    "failures": ("incident, else fault, else repeat; docs/metrics.md", "contacts", "count"),
    "baseline": ("capped mean of the same hours of up to 8 weeks before", "full hours", "count"),
    "excess": ("contacts - baseline", "full hours", "count"),
    "score": ("50 + 10 Q / scale; docs/methods", "contacts of the operator", "points"),
}


@one_snapshot
def passport(lake: Lake, metric: str, variant: str = DEFAULT_VARIANT) -> dict[str, Any]:
    """Return what a figure is made of.

    Args:
        lake: open lake.
        metric: a column of volume or problems, `sla`, `score`, or the id of a promise.
        variant: formula of sla.

    Returns:
        metric, formula, variant (null where there is one reading), base, unit, target_s, goal,
        basis (seed, assumed, statute; null for counts), calendar, readings (ids of promises that
        are other readings of this one), version (of the promise, or of the rules of the marts),
        since (first day of the version; null: from ever, or no promise), seed (where the source
        says it), note (Russian, English),
        settings (those that enter), data_as_of (newest event),
        failed_checks (critical expectations whose last run failed).

    Raises:
        QueryError: an unknown metric.
    """
    known = dict.fromkeys((*FORMULA, "sla", *(p.id for p in lake.reference.promises)))
    if metric not in known:
        raise QueryError(
            f"unknown metric '{metric}'{nearest(metric, known)}. Known: {', '.join(known)}."
        )
    common = _common(lake, metric)
    if metric == "sla":
        return common | {
            "formula": FORMULAS[variant],
            "variant": variant,
            "base": "legs of calls and chats",
            "unit": "share",
            "target_s": lake.reference.rules.level_within_s,
            "goal": lake.reference.rules.level_goal,
            "basis": "assumed",
        }
    if metric in FORMULA:
        formula, base, unit = FORMULA[metric]
        return common | {"formula": formula, "base": base, "unit": unit}
    return common | _promise(lake, metric)


def _common(lake: Lake, metric: str) -> dict[str, Any]:
    settings = lake.settings
    return {
        "metric": metric,
        "variant": None,
        "target_s": None,
        "goal": None,
        "basis": None,
        "calendar": "always",
        "readings": (),
        "version": fingerprint(lake),
        "since": None,
        "seed": "",
        "note": ("", ""),
        "settings": {
            "short_abandon_s": settings.short_abandon_s,
            "fcr_days": settings.fcr_days,
            "zone": settings.zone,
            "post_week_s": lake.reference.rules.post_week_s,
        },
        **_data(lake),
    }


def _promise(lake: Lake, promise: str) -> dict[str, Any]:
    row = max((p for p in lake.reference.promises if p.id == promise), key=lambda p: p.version)
    formulas = {
        "clock": "met / (met + breached + overdue)",
        "share": "has the property / (has + has not)",
        "mean": "mean(stop - start)",
        "coverage": "slots served / slots judged",
    }
    return {
        "formula": formulas[row.kind],
        "variant": row.kind,
        "base": row.subject,
        "unit": row.unit,
        "target_s": row.target_s,
        "goal": row.goal,
        "basis": row.basis,
        "calendar": row.calendar,
        "readings": tuple(p.id for p in lake.reference.promises if p.passport_of == promise),
        "version": row.version,
        "since": row.valid_from,
        "seed": row.seed,
        "note": row.note,
    }


def _data(lake: Lake) -> dict[str, Any]:
    failed = lake.con.execute(
        """
select count(*) from (
    select arg_max(is_success, run_at) as is_success
    from lake.checks where severity = 'critical' group by dataset, expectation
) where not is_success"""
    ).fetchall()[0][0]
    return {"data_as_of": lake.newest(), "failed_checks": int(failed)}
