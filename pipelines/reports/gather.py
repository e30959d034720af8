"""From `pipelines.metrics.week` to the shape a report reads: labels added, nothing computed anew.

A week before without a single contact is not known, not zero: the lake does not reach back there.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.lake.connect import Lake
from pipelines.reports.figure_words import figure_name
from pipelines.reports.gather_outside import episodes, outside
from pipelines.reports.week import (
    CauseWeek,
    ChannelWeek,
    DecisionWeek,
    EditionWeek,
    MeanWeek,
    ModelWeek,
    MovedWeek,
    ProblemWeek,
    PromiseWeek,
    StepWeek,
    Week,
)
from pipelines.reports.words import LANGUAGES, Words

if TYPE_CHECKING:
    from pipelines.editions.read import Edition


def gather(lake: Lake, period: str, edition: str | None = None, against: str | None = None) -> Week:
    """Ask for a period, as published or as it is now, and name what the report shows.

    Args:
        edition, against: as of `editions.chosen`.

    Raises:
        QueryError: not a period, or no such edition.
    """
    from pipelines.editions.read import chosen

    return as_week(lake, *chosen(lake, period, edition, against))


def as_week(lake: Lake, figures: dict[str, Any], edition: "Edition | None" = None) -> Week:
    """Return an answer of `pipelines.metrics.week`, of whatever scope, as the report reads it.

    Args:
        edition: the one these figures were published in; None: they are of this moment.
    """
    # metrics bring the whole product along; a wrong file name must be told before that
    from pipelines.metrics.decisions import decisions, followed, of_period
    from pipelines.metrics.periods import before

    tz = lake.settings.tz
    end = figures["end"].astimezone(tz).date()
    has_before = bool(figures["volume_before"]["contacts"])
    people, quality = figures["people"], figures["quality"]
    failed = figures.get("failed") or {}  # editions of before it was told lack it
    doubt = figures.get("doubt") or {}
    decided = decisions(lake)
    usual = before(figures["week"], tz)
    return Week(
        week=figures["week"],
        kind=figures["kind"],
        against=None if figures["against"] == usual else figures["against"],
        start=figures["start"].astimezone(tz).date(),
        end=end,
        as_of=figures["as_of"],
        snapshot=figures["snapshot"],
        address=lake.settings.base_url.rstrip("/") or None,
        is_preliminary=figures["is_preliminary"],
        final_on=end + timedelta(days=lake.settings.late_days),
        contacts=figures["volume"]["contacts"] or None,
        contacts_before=figures["volume_before"]["contacts"] if has_before else None,
        citizens=people["tried"],
        unserved=people["unserved"],
        unserved_before=people["before"]["unserved"],
        failed=failed.get("failed"),
        failed_before=failed["before"]["failed"] if failed and has_before else None,
        level=figures["level"]["share"],
        level_before=figures["level"]["before"]["share"] if has_before else None,
        means=[
            MeanWeek(
                figure=name,
                value=told["mean"],
                before=told["before"]["mean"] if has_before else None,
            )
            for name, told in (figures.get("means") or {}).items()
        ],
        repeats=figures["repeats"]["share"],
        repeats_before=figures["repeats"]["before"]["share"] if has_before else None,
        operators=figures["operators"] or None,
        episodes=episodes(lake, figures),
        promises=_promises(lake, figures["promises"]),
        channels=_channels(figures["by_channel"], has_before=has_before),
        problems=_problems(lake, figures["categories"], has_before=has_before),
        rating={
            "mean": figures["ratings"]["mean"],
            "top_share": figures["ratings"]["share"],
            "top_share_before": figures["ratings"]["before"]["share"],
            "n": figures["ratings"]["n"],
            "base": figures["volume"]["contacts"],
        },
        why=[_moved(lake, one) for one in figures["why"]],
        **outside(lake, figures),
        decisions=[_decision(lake, row) for row in of_period(decided, figures["week"]).to_dicts()],
        followed=[
            _decision(lake, row)
            for row in followed(
                decided, figures, figures["start"], today=figures["as_of"].astimezone(tz)
            ).to_dicts()
        ],
        edition=_edition(edition) if edition else None,
        quality={
            "read": quality["accepted"] + quality["quarantined"] or None,
            "quarantined": quality["quarantined"],
            "failed": quality["failed_checks"],
            "doubtful": doubt.get("share"),
            "level_low": doubt.get("sl_low"),
            "level_high": doubt.get("sl_high"),
        },
    )


def _moved(lake: Lake, moved: dict[str, Any]) -> MovedWeek:
    from pipelines.metrics.why import size_of

    kind, _colon, promise = moved["figure"].partition(":")
    unit = moved.get("unit", "share")  # editions of before means were told have shares alone
    labels = {p.id: _pair(p.label) for p in lake.reference.promises}
    return MovedWeek(
        figure=moved["figure"],
        unit=unit,
        size=size_of(unit, moved["before"], moved["now"]),
        label=labels.get(promise, promise) if kind == "promise" else None,
        before=moved["before"],
        now=moved["now"],
        steps=[
            StepWeek(step=step, label=_line(lake, line) if line else None, shown=shown)
            for step, line, shown in moved["parts"].select("step", "line", "shown").iter_rows()
        ],
        model=_model(moved.get("model")),
    )


def _model(model: dict[str, Any] | None) -> ModelWeek | None:
    if model is None or model["reason"]:
        return ModelWeek(reason=model["reason"]) if model else None
    return ModelWeek(
        reason=None,
        modelled_before=model["modelled_before"],
        modelled_now=model["modelled_now"],
        steps=[
            CauseWeek(step=row["step"], before=row["before"], now=row["now"], shown=row["shown"])
            for row in model["parts"].iter_rows(named=True)
        ],
    )


def _decision(lake: Lake, row: dict[str, Any]) -> DecisionWeek:
    return DecisionWeek(
        text=row["text"],
        figure={
            one: figure_name(lake.reference, row["figure"], Words(one, lake.settings.tz))
            for one in LANGUAGES
        },
        unit=row["unit"],
        value=row["value"],
        value_now=row.get("value_now"),
        owner=row["owner"],
        due_on=row["due_on"],
        outcome=row["outcome"],
    )


def _line(lake: Lake, line: str) -> dict[str, str]:
    return {one: lake.reference.label("line", line, one) for one in ("ru", "en")}


def _edition(edition: "Edition") -> EditionWeek:
    return EditionWeek(
        number=edition.number,
        kind=edition.kind,
        published_at=edition.published_at,
        checks_failed=edition.checks_failed,
        checks_at=edition.checks_at,
        category_version=edition.category_version,
    )


def _promises(lake: Lake, frame: pl.DataFrame) -> list[PromiseWeek]:
    labels = {p.id: _pair(p.label) for p in lake.reference.promises}
    return [
        PromiseWeek(
            promise=row["promise"],
            label=labels.get(row["promise"], row["promise"]),
            kind=row["kind"],
            basis=row["basis"],
            state=row["state"],
            state_before=row["state_before"],
            state_usual=row.get("state_usual"),
            value=row["value"],
            value_before=row["value_before"],
            value_usual=row.get("value_usual"),
            unit=row["unit"],
            goal=row["goal"],
            target_s=row["target_s"],
            breached=row["breached"],
            overdue=row["overdue"],
            n=row["n"],
        )
        for row in frame.iter_rows(named=True)
    ]


def _channels(frame: pl.DataFrame, *, has_before: bool) -> list[ChannelWeek]:
    return [
        ChannelWeek(
            channel=row["channel"] or "",
            contacts=row["contacts"],
            contacts_before=row["contacts_before"] if has_before else None,
        )
        for row in frame.iter_rows(named=True)
    ]


def _problems(lake: Lake, frame: pl.DataFrame, *, has_before: bool) -> list[ProblemWeek]:
    labels = {c.id: _pair(c.label) for c in lake.reference.categories.values()}
    return [
        ProblemWeek(
            category=row["category"] or "",
            label=labels.get(row["category"], row["category"] or ""),
            contacts=row["contacts"],
            contacts_before=row["contacts_before"] if has_before else None,
            baseline=row["baseline"],
            burst=row["burst"],
        )
        for row in frame.iter_rows(named=True)
    ]


def _pair(label: Any) -> dict[str, str]:
    ru, en = label
    return {"ru": ru, "en": en}
