"""`python -m tests.bench [NAME...] [--rows N]`: run every bench_*.py here and print one table.

A bench has `run(work, rows)`: `work` an empty folder, `rows` how much to measure on; it returns
measures. Ratios within one run hold on any machine; absolute times are this machine's.
"""

import argparse
import importlib
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.measure import Measure

HERE = Path(__file__).parent
ROWS = 200_000


def main() -> int:
    """Run the benches asked for; return 1 where one missed its target."""
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--rows", type=int, default=ROWS, help=f"default {ROWS:,}")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(names):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    found: list[Measure] = []
    for name in asked.names or names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        bench = importlib.import_module(f"tests.bench.bench_{name}")
        with tempfile.TemporaryDirectory(prefix="bench-") as work:
            found += bench.run(Path(work), asked.rows)
    _print(found)
    return int(any(measure.is_met is False for measure in found))


def _print(found: list[Measure]) -> None:
    table = Table("what", "measured", "target", "")
    table.columns[1].justify = "right"
    marks = {None: "", True: "met", False: "MISSED"}
    for measure in found:
        table.add_row(measure.what, measure.shown, measure.target, marks[measure.is_met])
    Console(width=110).print(table)


if __name__ == "__main__":
    sys.exit(main())
