"""The tables of a lake, filled with literal rows."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.lake.connect import Lake
from pipelines.lake.schema import TABLES
from pipelines.promises import evaluate, make_clocks, state_sql
from pipelines.reference import EVENT_KINDS
from pipelines.settings import Settings
from tests.lakes import tables
from tests.promises.plain_facts import Contact

REFERENCE = Path(__file__).parents[2] / "data" / "reference"
FIELDS = (
    "case_number", "category", "menu_choice", "language", "region", "feedback_type",
    "verification_result", "transferred_to", "hold_s", "citizen_key",
)  # fmt: skip


class World:
    """A lake and short words to fill it. Times are Moscow, `2025-11-01 18:00`."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def moment(self, text: str | None) -> datetime | None:
        """Moscow time to an instant."""
        if text is None:
            return None
        return datetime.fromisoformat(text).replace(tzinfo=self.lake.settings.tz).astimezone(UTC)

    def provides(
        self, source: str = "calls", items: tuple[str, ...] = EVENT_KINDS + FIELDS
    ) -> None:
        """Let a source know these items."""
        self.insert("source_provides", [{"source": source, "item": i} for i in items])

    def insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Keep literal rows for a table; absent columns are null. flush() writes them."""
        self.rows.setdefault(table, []).extend(rows)

    def flush(self) -> None:
        """Write the kept rows, one insert a table."""
        for table, rows in self.rows.items():
            if rows:
                names = [n for n in TABLES[table] if any(n in row for row in rows)]
                frame = pl.DataFrame({n: [row.get(n) for row in rows] for n in names}, strict=False)
                self.lake.con.register("literal_rows", frame)
                self.lake.con.execute(
                    f"insert into lake.{table} by name select * from literal_rows"
                )
                self.lake.con.unregister("literal_rows")
        self.rows = {}

    def contact(self, contact_id: str, received: str, /, **fields: Any) -> None:
        """One contact; `events` is {kind: time} or a list of (kind, time[, extra columns])."""
        received_at = self.moment(received)
        header = {
            "contact_id": contact_id, "source": "calls", "channel": "phone", "line": "main",
            "is_staffed": True, "received_at": received_at, "received_date": received[:10],
        }  # fmt: skip
        events = fields.pop("events", {})
        legs = fields.pop("legs", [])
        header |= {
            k: self.moment(v) if k.endswith("_at") and isinstance(v, str) else v
            for k, v in fields.items()
        }
        self.insert("contacts", [header])
        same = {k: header[k] for k in ("contact_id", "source", "received_at", "received_date")}
        listed = list(events.items()) if isinstance(events, dict) else events
        self.insert(
            "events",
            [
                {**same, "seq": n, "kind": kind, "event_at": self.moment(at_), **(more or {})}
                for n, (kind, at_, *rest) in enumerate(listed, 1)
                for more in [rest[0] if rest else None]
            ],
        )
        self.insert(
            "legs",
            [
                {
                    **same, "leg": n, "channel": header["channel"], "line": header["line"],
                    **{k: self.moment(v) if k.endswith("_at") else v for k, v in leg.items()},
                }
                for n, leg in enumerate(legs, 1)
            ],
        )  # fmt: skip

    def history(self, contact: Contact) -> None:
        """One contact as `histories` draws it: its header, legs and events."""
        header = contact.header
        same = {k: header[k] for k in ("contact_id", "source", "received_at", "received_date")}
        self.insert("contacts", [header])
        self.insert("legs", [same | {"channel": header["channel"]} | leg for leg in contact.legs])
        self.insert("events", [same | {"seq": n} | e for n, e in enumerate(contact.events, 1)])

    def judge(self) -> pl.DataFrame:
        """Make the clocks of every contact and put them into the lake; returns them."""
        self.flush()
        con = self.lake.con
        con.execute(
            "create or replace temp table all_of_them as "
            "select contact_id, received_date from lake.contacts"
        )
        make_clocks(self.lake, "all_of_them")
        con.execute("delete from lake.clocks")
        con.execute("insert into lake.clocks by name select * from new_clocks")
        return self.lake.frame("select * from new_clocks")

    def clocks(self, promise: str) -> list[tuple[Any, ...]]:
        """(contact, number, start, due, stop, stop_kind) of one promise in Moscow time, ordered."""
        frame = self.judge().filter(pl.col("promise") == promise)
        frame = frame.sort("contact_id", "number", "since_at")

        def shown(moment: datetime | None) -> str | None:
            if moment is None:
                return None
            text = moment.astimezone(self.lake.settings.tz).isoformat(sep=" ")[:26]
            return text[:19].removesuffix(":00")

        return [
            (r["contact_id"], r["number"], shown(r["started_at"]), shown(r["due_at"]),
             shown(r["stopped_at"]), r["stop_kind"])
            for r in frame.iter_rows(named=True)
        ]  # fmt: skip

    def states(self, promise: str, as_of: str) -> dict[str, str | None]:
        """State of each contact's clock (number 1) at a moment."""
        self.judge()
        frame = self.lake.frame(
            f"select contact_id, {state_sql()} as state from lake.clocks "
            "where promise = $promise and number = 1 order by contact_id",
            {"as_of": self.moment(as_of), "promise": promise},
        )
        return dict(frame.iter_rows())

    def figures(
        self, start: str, end: str, by: tuple[str, ...] = (), as_of: str | None = None, **where: Any
    ) -> pl.DataFrame:
        """Evaluate a period of Moscow days; as_of: by default its end."""
        self.judge()
        begin, finish = self.moment(start), self.moment(end)
        assert begin is not None
        assert finish is not None
        moment = self.moment(as_of) if as_of else finish
        return evaluate(self.lake, begin, finish, by=by, where=where, as_of=moment)


@pytest.fixture
def edited_reference(tmp_path: Path) -> Callable[..., Path]:
    """Copy data/reference and add rows to promises.yml, dropping some."""

    def make(rows: str, drop: tuple[str, ...] = ()) -> Path:
        folder = tmp_path / "reference"
        shutil.copytree(REFERENCE, folder)
        text = (folder / "promises.yml").read_text("utf-8")
        for name in drop:
            text = re.sub(rf"  - id: {re.escape(name)}\n(?:    .*\n)*", "", text)
        (folder / "promises.yml").write_text(text + rows, "utf-8")
        return folder

    return make


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Open a lake, by default with the committed reference data."""
    opened = []

    def make(reference: Path | None = None) -> World:
        given = {"reference": reference} if reference else {}
        lake = tables(Settings(home=tmp_path / "warehouse", **given))
        opened.append(lake)
        return World(lake)

    yield make
    for lake in opened:
        lake.close()


@pytest.fixture(scope="session")
def one_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    lake = tables(Settings(home=tmp_path_factory.mktemp("promises") / "home"))
    yield lake
    lake.close()


@pytest.fixture
def world(one_lake: Lake) -> Iterator[World]:
    """A lake whose source `calls` knows everything; what a test writes is rolled back."""
    one_lake.con.execute("begin")
    made = World(one_lake)
    made.provides()
    yield made
    one_lake.con.execute("rollback")
