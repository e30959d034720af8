"""Reviews of one contact: blind stays blind, and an operator sees the own ones handed in."""

from zoneinfo import ZoneInfo

from pipelines import metrics
from pipelines.metrics import Scope, parse_moment

AT = parse_moment("2026-11-16T12:00", ZoneInfo("Europe/Moscow"))


def test_a_blind_pair_tells_no_score_and_other_contacts_stay_out(lake, given):
    row = {"contact_id": "a", "operator_id": "op1", "line": "main", "received_date": AT.date()}
    row |= {"received_at": AT, "assigned_at": AT, "how": "random", "state": "submitted"}
    done = row | {"reviewed_at": AT, "score": 90.0}
    pair = {"pair_id": "p"}
    given.rows(
        "reviews", done | {"review_id": "1"}, done | pair | {"review_id": "2"},
        row | pair | {"review_id": "3", "state": "draft", "score": 10.0},
        done | {"review_id": "4", "contact_id": "b"},
    )  # fmt: skip
    appeal = {"appeal_id": "x", "about": "contact", "contact_id": "a", "operator_id": "op1"}
    given.rows("appeals", appeal, appeal | {"appeal_id": "y", "contact_id": "b"})
    found = metrics.contact_reviews(lake, "a")
    assert found["reviews"].select("review_id", "score", "is_blind").rows() == [
        ("1", 90.0, False), ("2", None, True), ("3", None, True)
    ]  # fmt: skip
    assert found["appeals"]["appeal_id"].to_list() == ["x"]
    own = metrics.contact_reviews(lake, "a", Scope(operator="op1"))["reviews"]
    assert own["review_id"].to_list() == ["1"]
    assert metrics.contact_reviews(lake, "a", Scope(lines=("chat",)))["reviews"].is_empty()
