"""Asterisk call detail records: every width, with and without a header, nobody exposed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.sources import Context, Staged, detect, read

Read = Callable[..., list[Staged]]
HEAD = (
    '"","89161234567","600","from-pstn","""Иванов"" <89161234567>","SIP/89161234567-0000000a",'
    '"SIP/301-0000000b","Queue","support,t,,,300","2026-03-02 10:00:00","2026-03-02 10:00:30",'
    '"2026-03-02 10:02:00",120,90,"ANSWERED","DOCUMENTATION"'
)
TEN = datetime(2026, 3, 2, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "record_id", "call_id"),
    [
        ("", "2026-03-02 10:00:00/SIP/tel-", "2026-03-02 10:00:00/SIP/tel-"),
        (',"1772434800.1"', "1772434800.1", "1772434800.1"),
        (',"1772434800.1","note"', "1772434800.1", "1772434800.1"),
        (',"","1772434800.1",7', "1772434800.1", "1772434800.1"),
        (',"1772434800.2","","1772434800.1",7', "1772434800.2", "1772434800.1"),
        (',"1772434800.2","note","","1772434800.1",7', "1772434800.2", "1772434800.1"),
    ],
)
def test_a_record_of_any_width_is_read(
    more: str, record_id: str, call_id: str, read_text: Read
) -> None:
    (staged,) = read_text(HEAD + more + "\n", "asterisk_cdr", "Master.csv")
    row = staged.frame.row(0, named=True)
    assert (row["record_id"][: len(record_id)], row["call_id"][: len(call_id)]) == (
        record_id, call_id,
    )  # fmt: skip
    assert (row["started_at"], row["talk_s"], row["disposition"]) == (TEN, 90.0, "ANSWERED")
    assert (row["app"], row["queue"], row["operator_id"]) == ("Queue", "support", "SIP/301")
    assert (row["dialled_number"], row["bad_fields"]) == ("600", None)


def test_no_number_and_no_name_of_a_citizen_goes_on(read_text: Read) -> None:
    called = HEAD.replace('"600"', '"84951234567"').replace("SIP/301", "Local/89161234567@ctx")
    parts = read_text(called + "\n" + HEAD[:90] + "\n", "asterisk_cdr")
    shown = str([part.frame.rows() for part in parts]) + str([p.unreadable.rows() for p in parts])
    assert "9161234567" not in shown
    assert "84951234567" not in shown
    assert "Иванов" not in shown
    assert parts[0].frame["phone_key"].null_count() == 0


def test_widths_may_change_within_a_file_and_torn_lines_are_held(read_text: Read) -> None:
    text = f'{HEAD},"1.1"\n\n{HEAD[:100]}\n{HEAD},"1.2","","","1.1",9\n{HEAD},"1.3","open\n'
    (staged,) = read_text(text, "asterisk_cdr")
    assert staged.frame["row_no"].to_list() == [1, 4]
    assert staged.unreadable["row_no"].to_list() == [3, 5]
    assert staged.n_read == 4


def test_a_table_of_records_is_read_by_its_header(read_text: Read) -> None:
    table = (
        "CallDate;Src;Dst;Channel;DstChannel;LastApp;LastData;Duration;BillSec;Disposition;UniqueID;"
        "did;linkedid;answer\n2026-03-02 10:00:00;89161234567;600;SIP/t-0000000a;;Dial;SIP/9;30;0;"
        "NO ANSWER;1.2;88005550101;1.1;0000-00-00 00:00:00\n"
    )
    (staged,) = read_text(table, "asterisk_cdr")
    row = staged.frame.row(0, named=True)
    assert (row["record_id"], row["call_id"], row["started_at"]) == ("1.2", "1.1", TEN)
    assert (row["dialled_number"], row["queue"], row["operator_id"]) == ("88005550101", None, None)
    assert (row["answered_at"], row["bad_fields"]) == (None, None)


def test_the_real_records_are_all_read(shared_data: Path, context: Context) -> None:
    file = shared_data / "asterisk_master_csv" / "Master.csv"
    assert detect(file, context) == "asterisk_cdr"
    parts = list(read(file, "asterisk_cdr", context))
    frame = pl.concat(part.frame for part in parts)
    assert (len(frame), sum(part.n_read for part in parts)) == (84, 84)
    assert frame["bad_fields"].null_count() == 84
    assert frame["row_key"].n_unique() == 84
    # counted by Python's csv: the last column but one
    assert frame["call_id"].n_unique() == 36
