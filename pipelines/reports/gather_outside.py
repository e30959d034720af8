"""What came from outside, for the report: outages, the statute, regions, the week after.

Weeks published before these were told have none of them.
"""

from typing import Any, cast

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.problems.bursts import ALL
from pipelines.reports.burst_words import burst_label
from pipelines.reports.week import (
    EpisodeWeek,
    OutsideWeek,
    RegionWeek,
    RiskDay,
    RiskWeek,
    ServiceWeek,
    StatuteWeek,
)
from pipelines.reports.words import LANGUAGES, Words

_SERIES = ("kind", "category", "line", "menu_choice")


def outside(lake: Lake, figures: dict[str, Any]) -> OutsideWeek:
    """Return what `OutsideWeek` holds."""
    regions = figures.get("regions")
    return OutsideWeek(
        service=_service(figures.get("service")),
        bursts=[
            _burst_label(lake, row)
            for row in figures["bursts"]
            .unique([n for n in _SERIES if n in figures["bursts"].columns], maintain_order=True)
            .iter_rows(named=True)
        ],
        statute=_statute(lake, figures.get("statute")),
        statute_known=_is_known(figures["promises"]),
        regions=_regions(lake, regions, has_before=bool(figures["volume_before"]["contacts"])),
        regions_known=regions["known"] / regions["contacts"]
        if regions and regions["contacts"]
        else None,
        risk=_risk(lake, figures.get("risk")),
    )


def episodes(lake: Lake, figures: dict[str, Any]) -> list[EpisodeWeek]:
    """Return the outages of a period, then its bursts, each in the order of the figures."""
    outages = [
        EpisodeWeek(
            incident=row["incident_id"],
            category=row["category"],
            label=next(
                (_label(lake, kind, row[kind]) for kind in ("category", "line") if row[kind]), None
            ),
            started_at=row["detected_at"],
            ended_at=row["restored_at"],
            contacts=row["contacts"],
            people=row["citizens"],
        )
        for row in figures["incidents"].to_dicts()
    ]
    return outages + [
        EpisodeWeek(
            incident=None,
            category=None if row["category"] == ALL else row["category"],
            label=_burst_label(lake, row),
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            contacts=row["contacts"],
            excess=row["excess"],
        )
        for row in figures["bursts"].to_dicts()
    ]


def _burst_label(lake: Lake, row: dict[str, Any]) -> dict[str, str] | None:
    said = {
        language: burst_label(row, Words(language, lake.settings.tz), lake.reference)
        for language in LANGUAGES
    }
    return None if None in said.values() else cast(dict[str, str], said)


def _label(lake: Lake, kind: str, one: str) -> dict[str, str]:
    return {language: lake.reference.label(kind, one, language) for language in LANGUAGES}


def _service(told: dict[str, Any] | None) -> ServiceWeek | None:
    if told is None:
        return None
    return ServiceWeek(
        contacts=told["contacts"],
        by_incident=told["by_incident"],
        by_fault=told["by_fault"],
        by_repeat=told["by_repeat"],
        share=told["share"],
        posts=told["posts"],
        failed=told["failed"],
        failed_by_incident=told["failed_by_incident"],
        contacts_before=told["before"]["contacts"],
        by_incident_before=told["before"]["by_incident"],
        usual=told.get("usual"),  # not of editions of before it was told
    )


def _statute(lake: Lake, rows: pl.DataFrame | None) -> list[StatuteWeek] | None:
    if rows is None:
        return None
    return [
        StatuteWeek(
            promise=row["promise"],
            label=_label(lake, "promise", row["promise"]),
            due=row["due"],
            met=row["met"],
            late=row["late"],
            open=row["open"],
            soon=row["soon"],
        )
        for row in rows.iter_rows(named=True)
    ]


def _is_known(promises: pl.DataFrame) -> bool:
    """Tell whether a source of the period knows what the promises of the statute ask of."""
    shares = promises.filter(pl.col("basis") == "statute")["provided_share"]
    return bool((shares.fill_null(0) > 0).any())


def _regions(
    lake: Lake, regions: dict[str, Any] | None, *, has_before: bool
) -> list[RegionWeek] | None:
    if regions is None:
        return None
    return [
        RegionWeek(
            region=row["region"],
            label=_label(lake, "region", row["region"]),
            people=row["people"],
            people_before=row["people_before"] if has_before else None,
            contacts=row["contacts"],
            contacts_before=row["contacts_before"] if has_before else None,
        )
        for row in regions["rows"].iter_rows(named=True)
    ]


def _risk(lake: Lake, risk: dict[str, Any] | None) -> RiskWeek | None:
    if risk is None:
        return None
    tz = lake.settings.tz
    return RiskWeek(
        reason=risk["reason"],
        start=risk["start"].astimezone(tz).date(),
        end=risk["end"].astimezone(tz).date(),
        goal=risk["goal"],
        days=[
            RiskDay(
                day=row["day"],
                line=_label(lake, "line", row["line"]),
                contacts=row["contacts"],
                level=row["level"],
                low=row["low"],
                high=row["high"],
                chance=row["chance"],
                hours=[int(hour) for hour in row["hours"].split(",") if hour],
                more=row["more"],
            )
            for row in risk["rows"].iter_rows(named=True)
        ],
    )
