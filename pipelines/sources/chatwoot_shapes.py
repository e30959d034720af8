"""What Chatwoot's webhooks and pages of its API look like, to tell a file of them from others."""

WEBHOOKS = (
    "message_created", "message_updated", "conversation_created", "conversation_updated",
    "conversation_status_changed", "conversation_resolved", "conversation_opened",
    "conversation_typing_on", "conversation_typing_off", "webwidget_triggered",
    "contact_created", "contact_updated",
)  # fmt: skip


def looks_like_chatwoot(rows: list[dict[str, object]]) -> bool:
    """Tell whether the first objects of a file are webhooks or pages of the API of Chatwoot."""
    known = sum(_is_one(row) or any(_is_one(inner) for inner in _wrapped(row)) for row in rows)
    return known * 2 > len(rows)


def _wrapped(row: dict[str, object]) -> list[dict[str, object]]:
    """Return what a log's envelope or a page of the API holds."""
    data = row.get("data")
    inner = [
        row.get("body"),
        row.get("payload"),
        data.get("payload") if isinstance(data, dict) else 0,
    ]
    return [
        one
        for each in inner
        for one in (each[:1] if isinstance(each, list) else [each])
        if isinstance(one, dict)
    ]


def _is_one(row: dict[str, object]) -> bool:
    is_message = {"message_type", "content"} <= row.keys() and (
        "conversation_id" in row or "conversation" in row
    )
    is_conversation = {"id", "status", "inbox_id"} <= row.keys() and (
        "messages" in row or "meta" in row
    )
    is_rating = {"rating", "conversation_id", "feedback_message"} <= row.keys()
    return row.get("event") in WEBHOOKS or is_message or is_conversation or is_rating


def records_of(rows: list[dict[str, object]]) -> str:
    """Return where a page of the API keeps its list; empty where each object stands for itself."""
    first = rows[0] if rows else {}
    data = first.get("data")
    if isinstance(data, dict) and isinstance(data.get("payload"), list):
        return "data.payload"
    return "payload" if isinstance(first.get("payload"), list) else ""
