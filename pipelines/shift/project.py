"""Carry the acts of the desk into the lake: as they are, and what incidents and sub-topics become.

Done by whoever holds the lake (the worker each tick, else a command); done twice it changes
nothing. Incidents that came by another way than acts are left alone.
"""

from datetime import timedelta

from pipelines.lake.connect import Lake
from pipelines.lake.tables import insert_rows
from pipelines.shift.acts import LOG
from pipelines.shift.state import Incident, fold
from pipelines.shift.subtopics import stand

pending = LOG.pending


def project(lake: Lake, after: int = 0) -> int:
    """Bring the lake up to the acts written after a `seq`; return the last one there is.

    Args:
        lake: open for writing; no transaction is open.
        after: what this process has carried before; 0: look at every act.
    """
    new, last = LOG.fresh(lake, after)
    if new:
        touched = sorted({act.subject for act in new if act.subject})
        incidents = fold(LOG.acts(lake.settings, subjects=touched)).values()
        with lake.transaction():
            LOG.carry(lake, new)
            lake.con.execute(
                "delete from lake.incidents where list_contains($ids::varchar[], incident_id)",
                {"ids": touched},
            )
            standing = [_incident(lake, i) for i in incidents if not i.is_withdrawn]
            insert_rows(lake.con, "incidents", standing)
            stand(lake, new)
    return last


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
