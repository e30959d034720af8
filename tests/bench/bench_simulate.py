"""The simulator: 300,000 contacts in under a minute on one core."""

from datetime import date
from pathlib import Path
from time import process_time

from pipelines.simulator import simulate
from tests.bench.measure import Measure

PER_DAY = 5000
PROMISED, PROMISED_S = 300_000, 60.0


def run(work: Path, rows: int) -> list[Measure]:
    """Simulate whole days of about `rows` contacts; CPU seconds of all threads together."""
    began = process_time()
    told = simulate(work, max(1, rows // PER_DAY), PER_DAY, 7, end=date(2026, 11, 22))
    spent = process_time() - began
    contacts = sum(told["totals"][d]["contacts"] for d in ("calls", "chats", "feedback"))
    whole = spent / contacts * PROMISED
    return [
        Measure(
            f"simulate {contacts:,} contacts, CPU for {PROMISED:,}",
            f"{whole:.1f} s",
            f"< {PROMISED_S:.0f} s",
            whole < PROMISED_S,
        )
    ]
