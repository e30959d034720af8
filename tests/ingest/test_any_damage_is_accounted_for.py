"""Whatever file is ingested: our error, or read = accepted + updated + duplicate + quarantined."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import LiniyaError
from pipelines.ingest import ingest_file
from pipelines.lake.connect import Lake
from pipelines.sources import Context
from tests.damage import DAMAGES, PIECES, damaged, good_files

FILES = st.sampled_from(sorted(good_files()))


@settings(
    max_examples=5,
    deadline=None,
    # one lake for all: what came before must not matter
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    FILES,
    st.none() | st.sampled_from(sorted(DAMAGES)),
    st.lists(
        st.tuples(st.integers(0, 1 << 16), st.integers(0, 40), st.sampled_from(PIECES)), max_size=3
    ),
    st.integers(0, 1 << 16),
)
def test_no_row_is_lost_on_the_whole_way(
    lake: Lake, name: str, how: str | None, faults: list[tuple[int, int, bytes]], n: int
) -> None:
    source, data = good_files()[name]
    data = DAMAGES[how](data, n) if how else data
    for place, length, instead in faults:
        data = damaged(data, place, length, instead)
    path = lake.settings.home / name
    path.write_bytes(data)
    before = lake.snapshot()
    try:
        found = ingest_file(lake, path, Context.of(lake.settings), source)
    except LiniyaError:
        assert lake.snapshot() == before
        return
    told = found.accepted + found.updated + found.duplicate + found.quarantined
    assert found.read == told
