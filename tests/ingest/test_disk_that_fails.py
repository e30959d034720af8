"""A full disk or a read-only folder is told clearly, changes nothing, and is no loss afterwards.

The commands run as users run them, in a process of their own. A full disk is a limit of the size a
file may grow to (no mount needed); tests/worker has the real one.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.ingest import ingest
from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings
from tests.command import run, start
from tests.ingest.fingerprint import fingerprint

TABLES = ("contacts", "legs", "events", "clocks", "source_rows", "files", "quarantine", "identity")


def calls(path: Path, first: int, n: int) -> Path:
    rows = (
        f"c{i},2026-11-20T{i % 24:02}:{i % 60:02}:00+03:00,8916{i:07},звонок {i * 7919 % 10007}"
        for i in range(first, first + n)
    )
    path.write_text("\n".join(["call_id,received_at,caller_number,text", *rows, ""]), "utf-8")
    return path


def told(lake: Lake) -> dict[str, tuple[int, int]]:
    return {name: value for name, value in fingerprint(lake).items() if name in TABLES}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a log of fifty calls, and their lake."""
    folder = tmp_path_factory.mktemp("few")
    with closing(open_lake(Settings(home=folder / "home"))) as lake:
        tuple(ingest(lake, [calls(folder / "few.csv", 0, 50)]))
    return folder


@pytest.fixture
def home(few: Path, tmp_path: Path) -> Path:
    """A copy of that lake."""
    return shutil.copytree(few / "home", tmp_path / "home")


@pytest.fixture
def read_only(home: Path) -> Iterator[Path]:
    """The same where nothing can be written: not even by root, who needs a mount for that."""
    if os.geteuid():
        places = [home, *(path for path in home.rglob("*") if path.is_dir())]
        files = [path for path in home.rglob("*") if path.is_file()]
        for path in (*files, *places):
            path.chmod(0o400 if path in files else 0o500)
        yield home
        for path in (*places, *files):
            path.chmod(0o600 if path in files else 0o700)
        return
    for words in (["--bind", str(home), str(home)], ["-o", "remount,ro,bind", str(home)]):
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            subprocess.run(["umount", "-l", str(home)], capture_output=True, check=False)
            pytest.skip(f"no folder can be made read-only here: {done.stderr.strip()}")
    yield home
    subprocess.run(["umount", "-l", str(home)], check=False)


@pytest.mark.slow
@pytest.mark.parametrize("largest_kb", [40])
def test_a_file_that_may_not_grow_is_a_full_disk_and_a_later_ingest_makes_up_for_it(
    few: Path, home: Path, tmp_path: Path, largest_kb: int
) -> None:
    many = calls(tmp_path / "many.csv", 50, 2_000)
    with closing(open_lake(Settings(home=home), read_only=True)) as lake:
        before = told(lake)
    env = os.environ | {"LINIYA_HOME": str(home)}
    said = tmp_path / "said.txt"
    failed = start(env, "ingest", str(many), output=said, largest=largest_kb * 1024)
    assert failed.wait(300) == 1, said.read_text("utf-8")
    assert "the disk is full" in said.read_text("utf-8")
    assert "Traceback" not in said.read_text("utf-8")
    with closing(open_lake(Settings(home=home), read_only=True)) as lake:
        assert told(lake) == before
    mended = run(env, "ingest", str(many), "--format", "json")
    assert mended.returncode == 0, mended.stderr
    with closing(open_lake(Settings(home=home), read_only=True)) as lake:
        after = told(lake)
    (tmp_path / "calm").mkdir()
    (tmp_path / "calm" / "identity.key").write_bytes((home / "identity.key").read_bytes())
    with closing(open_lake(Settings(home=tmp_path / "calm"))) as lake:
        tuple(ingest(lake, [few / "few.csv", many]))
        assert after == told(lake)


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named_and_its_lake_stays(
    read_only: Path, tmp_path: Path
) -> None:
    env = os.environ | {"LINIYA_HOME": str(read_only)}
    failed = run(env, "ingest", str(calls(tmp_path / "more.csv", 50, 10)))
    assert failed.returncode == 1, failed.stderr
    assert str(read_only) in failed.stderr.replace("\n", "")
    assert "cannot be written" in failed.stderr or "may not write" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert (read_only / "catalog.sqlite").is_file()
