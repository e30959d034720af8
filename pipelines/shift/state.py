"""What an incident is after its acts: a pure fold, the same however often it is made."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipelines.acts import Act

FIELDS = ("detected_at", "category", "line", "region", "restored_at")
MOMENTS = ("detected_at", "restored_at")


@dataclass(frozen=True)
class Incident:
    """One outage; `restored_at` None: it goes on. `note` is the text it was opened with."""

    incident_id: str
    opened_at: datetime
    opened_by: str
    detected_at: datetime
    category: str | None = None
    line: str | None = None
    region: str | None = None
    restored_at: datetime | None = None
    complex_at: datetime | None = None  # when it was first called complex
    is_announced: bool = False
    is_withdrawn: bool = False
    note: str | None = None
    told: frozenset[str] = frozenset()  # contacts marked as told

    @property
    def is_open(self) -> bool:
        """Whether its clock runs."""
        return self.restored_at is None and not self.is_withdrawn

    def is_complex(self, target: timedelta | None) -> bool:
        """Whether it was called complex before the ordinary time limit was over (None: no limit).

        Later is too late: no relabelling after the fact.
        """
        if self.complex_at is None:
            return False
        return target is None or self.complex_at <= self.detected_at + target


def fold(acts: Iterable[Act]) -> dict[str, Incident]:
    """Return the incidents of acts in their order, by id; withdrawn ones too."""
    found: dict[str, Incident] = {}
    for act in acts:
        if not act.subject:
            continue
        if act.kind == "opened":
            found[act.subject] = _opened(act.subject, act)
        elif act.subject in found:
            found[act.subject] = _after(found[act.subject], act)
    return found


def _opened(incident_id: str, act: Act) -> Incident:
    return Incident(
        incident_id=incident_id,
        opened_at=act.acted_at,
        opened_by=act.who,
        complex_at=act.acted_at if act.args.get("is_complex") else None,
        note=act.args.get("text"),
        **{name: read(name, act.args.get(name)) for name in FIELDS if name != "restored_at"},
    )


def _after(incident: Incident, act: Act) -> Incident:
    if act.kind == "changed":
        pairs = act.args["fields"].items()
        return replace(incident, **{name: read(name, new) for name, (_, new) in pairs})
    if act.kind == "notified":
        return replace(incident, told=incident.told | set(act.args["contact_ids"]))
    if act.kind == "complex":
        return replace(incident, complex_at=incident.complex_at or act.acted_at)
    if act.kind == "restored":
        return replace(incident, restored_at=read("restored_at", act.args["restored_at"]))
    simple: dict[str, dict[str, Any]] = {
        "announced": {"is_announced": True},
        "silenced": {"is_announced": False},
        "resumed": {"restored_at": None},
        "withdrawn": {"is_withdrawn": True},
    }
    return replace(incident, **simple.get(act.kind, {}))


def read(name: str, value: Any) -> Any:
    """Return a field as it is, from the plain JSON an act holds."""
    return datetime.fromisoformat(value) if name in MOMENTS and value is not None else value


def written(value: Any) -> Any:
    """Return a field as an act holds it."""
    return value.isoformat() if isinstance(value, datetime) else value
