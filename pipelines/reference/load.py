"""Read the files of a reference folder (default data/reference) into one `Reference`."""

import zoneinfo
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from pipelines.reference.alerts_yml import read_alerts
from pipelines.reference.calendar_yml import read_calendar
from pipelines.reference.masking_yml import read_masking
from pipelines.reference.model import Item, Line, Reference, Region, Sentence
from pipelines.reference.people_yml import (
    read_people,
    read_rules,
    read_scorecard,
    read_scores,
)
from pipelines.reference.promises_yml import read_promises
from pipelines.reference.uses_yml import read_uses
from pipelines.reference.vocabulary import BASES
from pipelines.reference.yaml_rows import Row, days_of_week, read_text, read_yaml, span, unique

FILES = (
    "lines", "categories", "regions", "promises", "seed_map", "people", "scorecard", "score",
    "settings", "calendar", "masking", "alerts",
)  # fmt: skip
USES = "uses.yml"  # a hotline may have none


def load(folder: Path) -> Reference:
    """Read a folder of reference data.

    Raises:
        ReferenceDataError: a file is missing or wrong; names file, line and the nearest right word.
    """
    folder = Path(folder)
    uses = read_text(folder / USES) if (folder / USES).is_file() else None
    return _load(folder, tuple(read_text(folder / f"{name}.yml") for name in FILES), uses)


@lru_cache(maxsize=4)  # every lake opened and every ingest asks; to check them takes 0.1 s
def _load(folder: Path, texts: tuple[str, ...], uses: str | None) -> Reference:
    top = {
        name: read_yaml(folder / f"{name}.yml", text)
        for name, text in zip(FILES, texts, strict=True)
    }
    words = _categories(top["categories"])
    lines = _lines(top["lines"], words)
    days, calendars = read_calendar(top["calendar"])
    known: Mapping[str, Mapping[str, object]] = {
        "line": lines,
        "category": words["categories"],
        "class": words["classes"],
        "channel": words["channels"],
        "menu_choice": words["menu"],
        "feedback_type": words["feedback_types"],
        "calendar": calendars,
    }
    promises = read_promises(top["promises"], known)
    receivers, alerts = read_alerts(top["alerts"], lines, words["categories"])
    forms, sampling = read_scorecard(top["scorecard"], words["classes"])
    return Reference(
        folder=folder,
        lines=lines,
        classes=words["classes"],
        categories=words["categories"],
        menu=words["menu"],
        feedback_types=words["feedback_types"],
        channels=words["channels"],
        skills=words["skills"],
        regions=_regions(top["regions"]),
        promises=promises,
        sentences=_seed_map(top["seed_map"], {p.id for p in promises}),
        people=read_people(top["people"], lines),
        forms=forms,
        sampling=sampling,
        scores=read_scores(top["score"], words["categories"]),
        rules=read_rules(top["settings"], lines, words["classes"], words["categories"]),
        masking=read_masking(top["masking"]),
        days=days,
        calendars=calendars,
        receivers=receivers,
        alerts=alerts,
        uses=read_uses(
            None if uses is None else read_yaml(folder / USES, uses), words["categories"]
        ),
    )


def _categories(top: Row) -> dict[str, Mapping[str, Item]]:
    kinds = ("classes", "categories", "menu", "feedback_types", "channels", "skills")
    top.check(kinds, kinds)
    found: dict[str, Mapping[str, Item]] = {}
    for kind in ("skills", *kinds[:-1]):
        items: dict[str, Item] = {}
        for row in unique(top.rows(kind)):
            row.check(("id", "label", "seed", "class", "skill", "priority"), ("id", "label"))
            if kind == "categories":
                row.check(("id", "label", "seed", "class"), ("class",))
                row.word(row["class"], found["classes"], "class")
            if "skill" in row:
                row.word(row["skill"], found["skills"], "skill")
            items[row["id"]] = Item(
                id=row["id"],
                label=row.labels(),
                seed=row.text("seed"),
                class_id=row.text("class"),
                skill=row.text("skill"),
                priority=int(row.number("priority", 0)),
            )
        found[kind] = MappingProxyType(items)
    return found


def _lines(top: Row, words: Mapping[str, Mapping[str, Item]]) -> Mapping[str, Line]:
    top.check(("lines",), ("lines",))
    lines: dict[str, Line] = {}
    owner: dict[str, str] = {}
    for row in unique(top.rows("lines")):
        row.check(
            ("id", "label", "numbers", "queues", "skill", "staffed", "off_hours_menu", "basis",
             "seed", "note"),
            ("id", "label", "skill", "staffed"),
        )  # fmt: skip
        row.word(row["skill"], words["skills"], "skill")
        for choice in row.words("off_hours_menu"):
            row.word(choice, words["menu"], "off_hours_menu")
        for key in ("numbers", "queues"):
            for name in row.words(key):
                if owner.setdefault(f"{key} {name}", row["id"]) != row["id"]:
                    row.fail(f"{key}: '{name}' already belongs to {owner[f'{key} {name}']}", key)
        lines[row["id"]] = Line(
            id=row["id"],
            label=row.labels(),
            numbers=row.words("numbers"),
            queues=row.words("queues"),
            skill=row["skill"],
            hours=_hours(row),
            off_hours_menu=row.words("off_hours_menu"),
            basis=row.one_of("basis", BASES, "assumed"),
            seed=row.text("seed"),
            note=row.labels("note", required=False),
        )
    return MappingProxyType(lines)


def _hours(row: Row) -> tuple[tuple[int, int, int], ...]:
    if row["staffed"] == "always":
        return ()
    hours: list[tuple[int, int, int]] = []
    for part in row.rows("staffed"):
        part.check(("days", "hours"), ("days", "hours"))
        spans = [span(part, "hours", word) for word in part.words("hours")]
        hours += [(day, opens, closes) for day in days_of_week(part) for opens, closes in spans]
    return tuple(hours)


def _regions(top: Row) -> Mapping[str, Region]:
    top.check(("regions",), ("regions",))
    zones = zoneinfo.available_timezones()
    regions = {}
    for row in unique(top.rows("regions")):
        row.check(("id", "label", "zone", "aliases"), ("id", "label", "zone"))
        row.word(row["zone"], zones, "zone")
        regions[row["id"]] = Region(row["id"], row.labels(), row["zone"], row.words("aliases"))
    return MappingProxyType(regions)


def _seed_map(top: Row, promises: set[str]) -> tuple[Sentence, ...]:
    top.check(("source", "reasons", "sentences"), ("reasons", "sentences"))
    reasons = top["reasons"]
    sentences = []
    for row in top.rows("sentences"):
        row.check(("text", "promises", "not_measured"), ("text",))
        for promise in row.words("promises"):
            row.word(promise, promises, "promises")
        reason = row.text("not_measured")
        if reason:
            row.word(reason, reasons, "not_measured")
        elif not row.get("promises"):
            row.fail("a sentence wants promises or not_measured")
        because = reasons.labels(reason) if reason else ("", "")
        sentences.append(Sentence(row.text("text"), row.words("promises"), reason, because))
    return tuple(sentences)
