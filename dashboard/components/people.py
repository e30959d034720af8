"""Operators' names as the person who looks may see them; elsewhere the id."""

from dashboard import access, data
from dashboard.components import frame


def names() -> dict[str, str]:
    """Return operator_id -> name: of all, of oneself, or of nobody (`access.names`)."""
    return data.ask(access.names, frame.person())


def name(operator_id: str | None) -> str:
    """Return the name of one operator, else the id; nobody is a dash."""
    return names().get(operator_id, operator_id) if operator_id else "—"
