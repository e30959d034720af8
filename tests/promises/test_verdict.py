"""A verdict needs an interval: chance alone breaks some promises each week."""

import polars as pl
import pytest

from pipelines.promises.verdict import with_verdict


@pytest.mark.parametrize(
    ("met", "n", "goal", "basis", "wanted"),
    [
        (0, 0, 0.95, "seed", "no_data"),
        (95, 100, 0.95, "seed", "kept"),
        (94, 100, 0.95, "seed", "at_risk"),
        (940, 1000, 0.95, "seed", "at_risk"),
        (9400, 10000, 0.95, "seed", "broken"),
        (9400, 10000, 0.95, "assumed", "below_own_target"),
        (9400, 10000, 0.95, "statute", "broken"),
        (4, 5, 0.95, "seed", "at_risk"),
        (999, 1000, 1.0, "seed", "broken"),
        (1000, 1000, 1.0, "seed", "kept"),
        (1, 1000, None, "seed", "kept"),
    ],
)
def test_a_share_is_broken_only_when_its_whole_interval_misses_the_goal(
    met: int, n: int, goal: float | None, basis: str, wanted: str
) -> None:
    share = met / n if n else None
    frame = pl.DataFrame(
        [{"kind": "clock", "n": n, "share": share, "value": share, "value_sd": None, "goal": goal,
          "target_s": 300, "basis": basis}],
        schema_overrides={"share": pl.Float64, "value_sd": pl.Float64, "goal": pl.Float64},
    )  # fmt: skip
    assert with_verdict(frame, 1.96)["state"].item() == wanted


@pytest.mark.parametrize(
    ("value", "wanted"), [(180.0, "kept"), (185.0, "at_risk"), (200.0, "broken")]
)
def test_a_mean_is_broken_when_its_interval_lies_over_the_target(value: float, wanted: str) -> None:
    frame = pl.DataFrame(
        [{"kind": "mean", "n": 100, "share": None, "value": value, "value_sd": 60.0, "goal": None,
          "target_s": 180, "basis": "seed"}],
        schema_overrides={"share": pl.Float64, "goal": pl.Float64},
    )  # fmt: skip
    assert with_verdict(frame, 1.96)["state"].item() == wanted
