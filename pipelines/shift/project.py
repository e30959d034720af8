"""Carry the acts of the desk into the lake: as they are, and what incidents and sub-topics become.

Done by whoever holds the lake (the worker each tick, else a command); done twice it changes
nothing. Incidents that came by another way than acts are left alone.
"""

import json
from datetime import timedelta

from pipelines.lake.connect import Lake
from pipelines.lake.tables import insert_rows
from pipelines.shift.acts import Act, acts, last_ids
from pipelines.shift.state import Incident, fold
from pipelines.shift.subtopics import stand

LATEST = 100  # acts a person may have waiting


def project(lake: Lake, after: int = 0) -> int:
    """Bring the lake up to the acts written after a `seq`; return the last one there is.

    Args:
        lake: open for writing; no transaction is open.
        after: what this process has carried before; 0: look at every act.
    """
    found = acts(lake.settings, after)
    if not found:
        return after
    known = lake.frame("select act_id from lake.acts where seq >= $first", {"first": found[0].seq})
    new = [act for act in found if act.act_id not in set(known["act_id"])]
    if new:
        touched = sorted({act.incident_id for act in new if act.incident_id})
        incidents = fold(acts(lake.settings, incident_ids=touched)).values()
        with lake.transaction():
            insert_rows(lake.con, "acts", [_row(act) for act in new])
            lake.con.execute(
                "delete from lake.incidents where list_contains($ids::varchar[], incident_id)",
                {"ids": touched},
            )
            standing = [_incident(lake, i) for i in incidents if not i.is_withdrawn]
            insert_rows(lake.con, "incidents", standing)
            stand(lake, new)
    return found[-1].seq


def pending(lake: Lake) -> int:
    """Return how many of the latest acts of the desk are not in the lake yet."""
    latest = last_ids(lake.settings, LATEST)
    known = lake.frame(
        "select count(*) as n from lake.acts where list_contains($ids::varchar[], act_id)",
        {"ids": latest},
    )
    return len(latest) - int(known.item())


def _row(act: Act) -> dict[str, object]:
    args = {name: value for name, value in act.args.items() if name != "text"}
    return {
        "act_id": act.act_id,
        "seq": act.seq,
        "acted_at": act.acted_at,
        "who": act.who,
        "kind": act.kind,
        "incident_id": act.incident_id,
        "text": act.args.get("text") or None,
        "args": json.dumps(args, ensure_ascii=False),
    }


def _incident(lake: Lake, incident: Incident) -> dict[str, object]:
    target = next(
        (p.target_s for p in lake.reference.promises if p.subject == "incident" and p.target_s),
        None,
    )
    return {
        "incident_id": incident.incident_id,
        "category": incident.category,
        "region": incident.region,
        "line": incident.line,
        "detected_at": incident.detected_at,
        "restored_at": incident.restored_at,
        "is_complex": incident.is_complex(timedelta(seconds=target) if target else None),
        "note": incident.note or None,
    }
