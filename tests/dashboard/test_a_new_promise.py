"""A promise is a row of promises.yml: from logs to the figures, the page and its passport."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.ingest import ingest
from pipelines.lake.connect import open_lake
from pipelines.metrics import Query, passport, promises
from pipelines.settings import load

REFERENCE = Path(__file__).parents[2] / "data" / "reference"
ROW = """
  - id: signature.quick
    label: {ru: Подпись за две минуты, en: Signature within two minutes}
    kind: clock
    applies: {line: signature}
    start: [queued]
    stop: [answered]
    target: PT2M
    goal: 0.9
    basis: seed
"""


def test_a_row_of_yaml_is_all_a_promise_takes_to_be_judged_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: Any
) -> None:
    reference = tmp_path / "reference"
    shutil.copytree(REFERENCE, reference)
    with (reference / "promises.yml").open("a", encoding="utf-8") as file:
        file.write(ROW)
    monkeypatch.setenv("LINIYA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LINIYA_REFERENCE", str(reference))
    lake = open_lake(load())
    # answered after exactly two minutes, and a second later
    came = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
    log = ["call_id,dialled_number,received_at,queued_at,answered_at,ended_at"]
    for name, wait_s in (("kept", 120), ("late", 121)):
        moments = (came, came, came + timedelta(seconds=wait_s), came + timedelta(minutes=9))
        log.append(f"{name},88005550101," + ",".join(m.isoformat() for m in moments))
    (tmp_path / "calls.csv").write_text("\n".join(log), "utf-8")
    list(ingest(lake, [tmp_path / "calls.csv"]))

    asked = Query(came - timedelta(days=1), came + timedelta(hours=1))
    found = promises(lake, asked).filter(pl.col("promise") == "signature.quick")
    assert found.select("met", "breached", "share").row(0) == (1, 1, 0.5)
    assert passport(lake, "signature.quick")["calendar"] == "always"
    lake.close()
    tables = open_page("promises", person="analyst", lang="en").dataframe
    rows = [row for table in tables for row in table.value.to_dict("records")]
    row = next(row for row in rows if row["promise"] == "Signature within two minutes")
    assert (row["fact"], row["failed"]) == ("50.0%", 1)
    page = open_page("promises", person="analyst", lang="en", promise="signature.quick")
    assert not page.exception
    assert page.header[0].value == "Signature within two minutes"
