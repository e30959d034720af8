"""The command line: figures on stdout, messages and exit codes as the design says."""

import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import typer

from pipelines.cli import app
from tests.command import run

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
COMMAND = [sys.executable, "-m", "pipelines.cli"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def logs(tmp_path_factory) -> Path:
    """The sample logs, the log of the worked example, and two files nobody can read."""
    folder = tmp_path_factory.mktemp("cli") / "logs"
    shutil.copytree(SAMPLE, folder)
    (folder / "cut.csv.gz").write_bytes(gzip.compress((SAMPLE / "calls.csv").read_bytes())[:200])
    (folder / "d.txt").write_text("a note of somebody\n", "utf-8")
    (folder / "worked.csv").write_text(worked_example(), "utf-8")
    return folder


@pytest.fixture(scope="module")
def env(logs) -> dict[str, str]:
    """Environment of a home; `ingested` says how the logs came into it."""
    home = logs.parent / "home"
    return {**os.environ, "LINIYA_HOME": str(home), "LINIYA_PORT": str(free_port())}


@pytest.fixture(scope="module", autouse=True)
def ingested(logs, env) -> CompletedProcess[str]:
    return run(env, "ingest", str(logs), "--format", "json")


def test_figures_go_to_stdout_as_json_and_add_up(env):
    words = ("metrics", "volume", "--by", "line", "--format", "json")
    told = subprocess.run([*COMMAND, *words], env=env, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    rows = json.loads(told.stdout)
    assert rows
    for row in rows:
        assert row["offered"] == (
            row["answered"] + row["abandoned"] + row["flowed_out"] + row["waiting"]
        )


def worked_example() -> str:
    """100 offered: 70 answered in 20 s, 15 later, 15 lost (5 under 5 s, 8 under 20 s)."""
    waits = [("answered", 20)] * 70 + [("answered", 50)] * 15
    waits += [("abandoned", 4)] * 5 + [("abandoned", 19)] * 3 + [("abandoned", 55)] * 7
    head = "call_id,received_at,queued_at,answered_at,ended_at,outcome,dialled_number"
    lines = [head]
    for n, (outcome, wait) in enumerate(waits):
        queued, moved = "2026-11-16T10:00:00+03:00", f"2026-11-16T10:00:{wait:02}+03:00"
        answered, ended, word = (
            (moved, "2026-11-16T10:05:00+03:00", "served")
            if outcome == "answered"
            else ("", moved, "abandoned")
        )
        lines.append(f"w{n},{queued},{queued},{answered},{ended},{word},88005553535")
    return "\n".join(lines) + "\n"


def test_the_worked_example_of_the_service_level_from_a_log_to_five_figures(env):
    day = ("--from", "2026-11-16", "--to", "2026-11-17", "--as-of", "2026-11-20")
    found = {}
    for variant in ("SL-1", "SL-2", "SL-3", "SL-4", "SL-5"):
        asked = ("--variant", variant, "--threshold", "20", "--format", "json")
        (row,) = json.loads(run(env, "metrics", "sla", *day, *asked).stdout)
        found[variant] = (row["within"], row["base"], round(100 * row["share"], 1))
    assert found == {
        "SL-1": (70, 100, 70.0),
        "SL-2": (70, 95, 73.7),
        "SL-3": (70, 92, 76.1),
        "SL-4": (78, 100, 78.0),
        "SL-5": (70, 85, 82.4),
    }


def test_the_public_page_measured_is_written_as_one_file(env, tmp_path):
    out = tmp_path / "map.html"
    done = run(env, "report", "seed-map", "--out", str(out), "--language", "en")
    assert done.returncode == 0, done.stderr
    assert "Public promises and their fulfilment" in out.read_text("utf-8")
    assert run(env, "report", "seed-map", "--out", str(tmp_path / "map.pdf")).returncode == 2


def test_a_repeated_ingest_says_so(env):
    done = run(env, "ingest", str(SAMPLE / "calls.csv"), "--format", "json")
    assert "already in the lake, nothing changed" in done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["accepted"], row["duplicate"]) == (0, row["read"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("metrics", "volme"), 2, "did you mean 'volume'"),
        (("metrics", "volume", "--by", "lin"), 2, "did you mean 'line'"),
        (("metrics", "volume", "--from", "tomorrow"), 2, "tomorrow"),
        (("metrics", "volume", "--where", "line"), 2, "key=value"),
        (("ingest", "nowhere.csv"), 2, "nowhere.csv: no such file or folder"),
        (("export", "legs", "--out", "/proc/x.csv"), 1, "/proc/x.csv: No such file"),
        (("rebuild", "--from", "2026-11-02", "--to", "2026-11-01"), 2, "not later than --from"),
        (("quarantine", "list", "--limit", "-1"), 2, "--limit"),
        (("ingest", str(SAMPLE), "--source", "call"), 2, "did you mean 'calls'"),
    ],
)
def test_a_wrong_call_is_told_what_was_meant(env, words, code, said):
    done = run(env, *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--where", "line=mian"),
            "No contact has line 'mian' (did you mean 'main'?). There are: ",
        ),
        (("--from", "2001-01-01", "--to", "2001-02-01"), "No contact was received from 2001-01-01"),
    ],
)
def test_a_question_that_finds_nothing_is_told_why(env, words, said):
    done = run(env, "metrics", "volume", *words, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)[0]["contacts"]) == (0, 0)
    assert said in done.stderr


def helps(group, name="liniya"):
    """(command, its help) of everything that can be called."""
    if not hasattr(group, "commands"):
        yield name, group.help or ""
    for word, inner in getattr(group, "commands", {}).items():
        yield from helps(inner, f"{name} {word}")


def test_every_command_shows_an_example_of_itself():
    found = dict(helps(typer.main.get_command(app)))
    assert "liniya report week" in found
    assert "liniya report seed-map" in found
    assert [name for name, text in found.items() if name not in text.partition("Example:")[2]] == []


def test_an_address_of_another_machine_is_not_called_taken(env):
    done = run(env | {"LINIYA_HOST": "192.0.2.1"}, "dashboard")
    assert done.returncode == 2
    assert "192.0.2.1" in done.stderr
    assert "taken" not in done.stderr


def test_a_broken_file_in_the_middle_of_a_folder_keeps_none_of_the_others_out(ingested):
    assert ingested.returncode == 1
    assert "2 of 10 files not read:" in ingested.stderr
    assert "cut.csv.gz: cannot be read" in ingested.stderr
    assert "d.txt: it is not clear which log this is" in ingested.stderr
    rows = json.loads(ingested.stdout)
    assert {row["file"] for row in rows} == {"worked.csv"} | {
        p.name for p in SAMPLE.iterdir() if not p.name.startswith("_")
    }
    for row in rows:
        assert row["read"] == (
            row["accepted"] + row["updated"] + row["duplicate"] + row["quarantined"]
        )
        held = f"{row['file']}: {row['quarantined']} of {row['read']} rows held; `liniya quarantine"
        assert (held in ingested.stderr) == (row["quarantined"] > 0)


def test_a_dry_run_ends_as_the_ingest_would(env, logs, tmp_path):
    env = {**env, "LINIYA_HOME": str(tmp_path)}
    good, bad = str(logs / "worked.csv"), str(logs / "d.txt")
    assert run(env, "ingest", good, "--dry-run").returncode == 0
    done = run(env, "ingest", good, bad, "--dry-run", "--format", "json")
    assert done.returncode == 1
    files = {row["file"]: row["error"] for row in json.loads(done.stdout)}
    assert files["worked.csv"] is None
    assert "not clear which log" in files["d.txt"]


def test_no_lake_is_told_with_the_next_step(tmp_path):
    done = run({**os.environ, "LINIYA_HOME": str(tmp_path)}, "metrics", "volume")
    assert done.returncode == 1
    assert "liniya ingest" in done.stderr


def test_run_prints_its_address_and_an_impatient_ctrl_c_stops_all_it_started(env):
    started = subprocess.Popen(
        [*COMMAND, "run"], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert started.stdout.readline().strip() == f"http://127.0.0.1:{env['LINIYA_PORT']}"
        second = run(env, "run")
        assert second.returncode in (1, 2)
        assert "taken" in second.stderr or "in use" in second.stderr
        children = children_of(started.pid)
        assert len(children) == 2
        started.send_signal(signal.SIGINT)
        time.sleep(0.2)
        started.send_signal(signal.SIGINT)
        assert started.wait(30) == 0
        assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    finally:
        started.kill()
        started.stdout.close()


def children_of(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_retry_says_that_a_file_changed_since_is_another(env, tmp_path):
    (tmp_path / "calls.csv").write_text("call_id,received_at\nz-1,2026-03-02 10:00\n", "utf-8")
    words = ("quarantine", "retry", "--source", "nobody", "--from", str(tmp_path / "calls.csv"))
    told = run(env, *words)
    assert told.returncode == 0
    assert "one that was mended since is another" in told.stderr
