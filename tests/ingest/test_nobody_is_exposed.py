"""Thousands of citizens planted in every log are found in no file, output or message after it."""

import os
import re
import shlex
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import LakeError
from pipelines.lake.connect import Lake, open_lake
from pipelines.lake.schema import TABLES
from pipelines.settings import Settings
from tests.cleaning.documents import Citizen
from tests.command import run, start
from tests.ingest.planted_logs import OPERATORS, Planter, write_logs, write_refused

ROWS = 40
N_LOGS = 7
_NUMBER = re.compile(r"\d(?:[\s()+\-.]{0,3}\d)*")


class Home:
    """A home, its planted logs, and all that the commands printed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.path, self.logs = folder / "home", folder / "logs"
        self.planter = Planter(seed)
        self.printed: list[str] = []
        self.env = os.environ | {
            "LINIYA_HOME": str(self.path), "LINIYA_INBOX": str(self.logs), "COLUMNS": "400",
        }  # fmt: skip

    def run(self, *commands: str) -> None:
        for command in commands:
            done = run(self.env, *shlex.split(command))
            self.printed += [f"$ {command.split()[0]}\n", done.stdout, done.stderr]

    def work(self, asked: Path) -> None:
        """Let a worker take everything from the inbox, and ask it for one file as a job."""
        said = self.path.parent / "worker.log"
        worker = start(self.env, "worker", output=said)
        try:
            deadline = time.monotonic() + 240
            while not (lake := self.opened()) and time.monotonic() < deadline:
                time.sleep(0.5)
            assert lake
            with closing(lake):
                taken = "select count(*) from lake.files"
                while lake.frame(taken).item() < N_LOGS and time.monotonic() < deadline:
                    time.sleep(0.5)
            self.run(f"ingest {asked}")
        finally:
            worker.kill(signal.SIGTERM)
            worker.wait(60)
            self.printed.append(said.read_text("utf-8"))

    def opened(self) -> Lake | None:
        try:
            return open_lake(Settings(home=self.path), read_only=True)
        except LakeError:
            return None  # not made yet


@pytest.fixture(scope="module", params=["command", "worker"])
def home(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Home:
    # citizens of their own each
    made = Home(tmp_path_factory.mktemp("planted"), {"command": 11, "worker": 12}[request.param])
    write_logs(made.logs, made.planter, ROWS)
    refused = write_refused(made.logs, made.planter)
    looked = (
        "quarantine list --format json", "check --format json",
        *(f"export {kind} --out {made.path / kind}.csv" for kind in ("contacts", "legs", "events")),
    )  # fmt: skip
    if request.param == "command":
        dry, real = (f"ingest {made.logs} {how} --format json" for how in ("--dry-run", ""))
        made.run(dry, real, f"ingest {refused}", *looked)
    else:
        made.work(refused)
        made.run(*looked)
    return made


def _found(citizens: list[Citizen], texts: list[str]) -> set[str]:
    """Return what of the citizens stands in the texts."""
    whole = pl.Series(texts, dtype=pl.String).str.replace_all(r"[\s_]+", " ")
    spelt = {form for c in citizens for n in c.names for form in (n, n.lower(), n.upper())}
    spelt |= {c.email for c in citizens}
    found = whole.str.extract_many(sorted(spelt)).explode().drop_nulls()
    numbers = {needle for c in citizens for needle in c.needles}
    seen = {re.sub(r"\D", "", run) for text in texts for run in _NUMBER.findall(text)}
    # a longer one is a hash of the lake's own, and may end like somebody's phone by chance
    ends = {number for number in seen if len(number) <= 16 and number[-10:] in numbers}
    return set(found) | (seen & numbers) | ends


def _files(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    for path in paths:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
            columns = [_texts(frame[name]) for name in frame.columns]
            yield path, [text for column in columns for text in column]
        else:
            yield path, [path.read_bytes().decode("utf-8", errors="replace")]
    for path in paths:  # last: to open one of them changes its journal
        if path.suffix == ".sqlite":
            yield path, _rows(path)


def _texts(column: pl.Series) -> list[str]:
    if column.dtype.is_nested():
        return [str(value) for value in column.drop_nulls()]
    return column.cast(pl.String).drop_nulls().to_list()


def _rows(path: Path) -> list[str]:
    """Return every value of a SQLite file: the catalogue holds small tables inside itself."""
    with closing(sqlite3.connect(path)) as con:
        con.text_factory = lambda data: data.decode("utf-8", errors="replace")
        tables = [t for (t,) in con.execute("select name from sqlite_master where type = 'table'")]
        values = [v for t in tables for row in con.execute(f'select * from "{t}"') for v in row]
    decoded = (v.decode("utf-8", errors="replace") if isinstance(v, bytes) else v for v in values)
    return [str(value) for value in decoded if value is not None]


def test_the_search_finds_what_is_planted(home: Home) -> None:
    texts = [p.read_bytes().decode("utf-8", errors="replace") for p in home.logs.iterdir()]
    assert len(home.planter.citizens) > 1300
    assert len(_found(home.planter.citizens, texts)) > 1300


def test_nothing_is_left_in_any_file_under_the_home(home: Home) -> None:
    files = list(_files(home.path))
    citizens = home.planter.citizens
    # all of them at once: to look for thousands in each costs ten times as much
    if _found(citizens, list({text for _, texts in files for text in texts})):
        leaks = {
            str(path.relative_to(home.path)): sorted(found)[:20]
            for path, texts in files
            if (found := _found(citizens, texts))
        }
        assert leaks == {}
        raise AssertionError("found in all files together, and in none of them")


def test_every_log_was_taken(home: Home) -> None:
    with closing(open_lake(Settings(home=home.path), read_only=True)) as lake:
        files = lake.frame("select source, read, accepted, quarantined from lake.files")
    assert sorted(files["source"]) == [
        "calls", "chats", "events", "feedback", "journal", "operators", "queue_log"
    ]  # fmt: skip
    assert (files["accepted"] > 0).all()
    assert files["quarantined"].sum() > ROWS / 2


def test_nothing_is_printed(home: Home) -> None:
    told = "".join(home.printed)
    assert told.count("$ ") > 5
    assert "calls.csv" in told
    assert sorted(_found(home.planter.citizens, home.printed)) == []


def test_names_of_files_under_the_home_hold_nothing(home: Home) -> None:
    names = [str(p.relative_to(home.path)) for p in home.path.rglob("*")]
    assert sorted(_found(home.planter.citizens, names)) == []


def test_operators_names_are_in_their_own_table_only(home: Home) -> None:
    """A queue_log may call its agents by name: the id is a pseudonym, the name is shown by it."""
    with closing(open_lake(Settings(home=home.path), read_only=True)) as lake:
        names = lake.frame("select operator_id, name from lake.operator_names")
        frames = [lake.frame(f"from lake.{t}") for t in TABLES if t != "operator_names"]
    assert set(OPERATORS) == set(names["name"])
    assert names["operator_id"].str.contains(r"^(?:op\d|id-[0-9a-f]{16})$").all()
    texts = [text for frame in frames for name in frame.columns for text in _texts(frame[name])]
    assert pl.Series(texts).str.contains_any(OPERATORS).sum() == 0
