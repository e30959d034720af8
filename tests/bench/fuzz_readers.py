"""`python -m tests.bench.fuzz_readers SECONDS`: atheris over every reader, from good files.

Run by bench_fuzz.py in a process of its own, since libFuzzer ends the process it runs in. Prints
how many files were read, refused and accounted for; any other error than ours ends it with code 1.
"""

import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pipelines.sources"]):
    from pipelines.errors import LiniyaError
    from pipelines.settings import Settings
    from pipelines.sources import Context, detect, read

from tests.damage import good_files

SOURCES = sorted({source for source, _ in good_files().values()} | {"spb_appeals", ""})
LARGEST = 8192


def main() -> None:
    """Fuzz for so many seconds and write the counts to the file named after it."""
    seconds, report = sys.argv[1:3]
    work = Path(tempfile.mkdtemp(prefix="fuzz-"))
    context = Context.of(Settings(home=work / "home"))
    counts: Counter[str] = Counter()

    def one(data: bytes) -> None:
        source = SOURCES[data[0] % len(SOURCES)] if data else ""
        path = work / "log"
        path.write_bytes(data[1:])
        counts["files"] += 1
        try:
            parts = list(read(path, source or detect(path, context), context))
        except LiniyaError:
            counts["refused"] += 1
            return
        for part in parts:
            n_rows = part.frame["row_no"].n_unique()
            if part.n_read != n_rows + len(part.unreadable) + len(part.ignored):
                raise AssertionError(f"{source}: {part.n_read} read, {n_rows} rows")
            counts["rows"] += part.n_read
            counts["unreadable"] += len(part.unreadable)
        Path(report).write_text(json.dumps(counts))

    corpus = work / "corpus"
    corpus.mkdir()
    for name, (source, data) in good_files().items():
        (corpus / name).write_bytes(bytes([SOURCES.index(source)]) + data[: LARGEST - 1])
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-max_len={LARGEST}",
            "-rss_limit_mb=4096",
            "-timeout=60",
            f"-artifact_prefix={os.environ.get('FUZZ_KEEP', str(work))}/",
            str(corpus),
        ],
        one,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
