"""The dry run: what would be read, from which column, what rejected and why, and nothing raw."""

from pathlib import Path

from pipelines.dryrun import dry_run
from pipelines.settings import Settings

CALLS = """\
call_id;Received_At;answered_at;caller_number;text;цвет
1;2026-03-02 10:00;2026-03-02 10:01;+79161234567;Звоните +7 916 123-45-67;red
2;2026-03-02 10:05;2026-03-02 10:01;;;
3;вчера;;+79161234568;;
4;2026-03-02 10:05
"""


def test_a_dry_run_shows_columns_and_rejected_rows_and_writes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(CALLS)
    found = dry_run(settings, [path], None)
    (file,) = found.documents()
    assert (file["source"], file["read"], file["accepted"], file["quarantined"]) == (
        "calls",
        4,
        1,
        3,
    )
    shown = {c["column"]: c for c in file["columns"]}
    assert shown["received_at"] == {
        "column": "received_at",
        "read_from": "Received_At",
        "filled": 2,
        "unreadable": 1,
        "example": "2026-03-02 07:00:00+00:00",
    }
    assert shown["text"]["example"] == "Звоните [ТЕЛЕФОН]"
    assert (shown["caller_number"]["filled"], file["unread"]) == (2, ["цвет"])
    assert [(r["row_no"], r["rows"]) for r in file["rejected"]] == [(3, 1), (4, 1), (5, 1)]
    assert file["rejected"][0]["row"].startswith('{"call_id": "2"')
    assert all(r["reason"] and r["action"] for r in file["rejected"])
    assert "916" not in str(found.documents())
    assert not settings.catalog.exists()


def test_a_dry_run_names_what_a_profile_computes_and_joins(
    settings: Settings, tmp_path: Path
) -> None:
    table = Path(__file__).parent.parent / "sources" / "samples" / "city_311.csv"
    (file,) = dry_run(settings, [table], "city_311").documents()
    shown = {c["column"]: c["read_from"] for c in file["columns"]}
    assert shown["due_at"] == "sla_target_dt | target_dt"
    assert shown["is_on_time"] == "on_time"
    assert "closure_reason" in file["unread"]
    assert [r["row_no"] for r in file["rejected"]] == [7]
