"""Records of CSV files, whole and damaged."""

from pathlib import Path

import pytest

from pipelines.errors import SourceError
from pipelines.sources import csv_rows


def _read(path: Path, text: str | bytes, **options: object) -> tuple[list[object], list[object]]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    good: list[object] = []
    bad: list[object] = []
    for raw in csv_rows.rows(path, **options):  # type: ignore[arg-type]
        good += raw.frame.rows()
        bad += raw.unreadable["row_no"].to_list()
    return good, bad


def test_quotes_hold_delimiters_line_ends_and_quotes(tmp_path: Path) -> None:
    text = 'a,b\n1,"x,\ny ""z"""\n2,w\n'
    assert _read(tmp_path / "f", text) == ([("1", 'x,\ny "z"', 2), ("2", "w", 4)], [])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(["a", "b", "c"]) + "\n" + delimiter.join(["1", "2", "3"])
    assert _read(tmp_path / "f", text) == ([("1", "2", "3", 2)], [])


def test_bom_and_windows_line_ends_are_no_part_of_the_values(tmp_path: Path) -> None:
    assert _read(tmp_path / "f", b"\xef\xbb\xbfa,b\r\n1,2\r\n") == ([("1", "2", 2)], [])


def test_windows_1251_is_read_where_it_is_not_utf_8(tmp_path: Path) -> None:
    text = "a,b\n1,Не работает портал\n".encode("cp1251")
    assert _read(tmp_path / "f", text) == ([("1", "Не работает портал", 2)], [])


def test_one_damaged_byte_does_not_turn_utf_8_into_another_encoding(tmp_path: Path) -> None:
    text = "a,b\n1,Портал \n".encode()[:-1] + b"\xff\n"
    assert _read(tmp_path / "f", text) == ([("1", "Портал \ufffd", 2)], [])


def test_lines_with_too_few_or_too_many_fields_are_unreadable(tmp_path: Path) -> None:
    text = "a,b,c\n1,2\n1,2,3\n1,2,3,4\n\n4,5,6\n"
    assert _read(tmp_path / "f", text) == ([("1", "2", "3", 3), ("4", "5", "6", 6)], [2, 4])


def test_an_open_quote_takes_its_own_line_only(tmp_path: Path) -> None:
    text = 'a,b,c\n1,"torn\n2,x,y\n3,"two\nlines",z\n4,"torn again\n5,p,q\n'
    good, bad = _read(tmp_path / "f", text)
    assert good == [("2", "x", "y", 3), ("3", "two\nlines", "z", 4), ("5", "p", "q", 7)]
    assert bad == [2, 6]


def test_a_quote_inside_a_plain_field_is_a_character(tmp_path: Path) -> None:
    text = 'a,b\n1,ООО "Ромашка"\n2,труба 5" новая\n3,x\n'
    good, bad = _read(tmp_path / "f", text)
    assert good == [("1", 'ООО "Ромашка"', 2), ("2", 'труба 5" новая', 3), ("3", "x", 4)]
    assert bad == []


@pytest.mark.parametrize("size", [1, 3, 7, 16, 1000])
def test_parts_of_any_size_give_the_same_rows(tmp_path: Path, size: int) -> None:
    text = 'a,b\n1,"x\ny"\n2,w\n3,"u\n\nv"\n4,last'
    expected = [("1", "x\ny", 2), ("2", "w", 4), ("3", "u\n\nv", 5), ("4", "last", 8)]
    assert _read(tmp_path / "f", text, size=size) == (expected, [])


def test_a_tail_begins_at_a_byte_and_leaves_the_unfinished_line(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b'a,b\n1,x\n2,y\n3,"open\n')
    parts = list(csv_rows.rows(path, start=8, whole=False, first_row=3))
    assert [raw.frame.rows() for raw in parts] == [[("2", "y", 3)]]
    assert (parts[-1].position, parts[-1].n_lines) == (12, 3)
    path.write_bytes(b'a,b\n1,x\n2,y\n3,"open\nclosed"\n4,')
    parts = list(csv_rows.rows(path, start=12, whole=False, first_row=4))
    assert [raw.frame.rows() for raw in parts] == [[("3", "open\nclosed", 4)]]
    assert (parts[-1].position, parts[-1].n_lines) == (28, 5)


def test_a_file_without_a_header_line_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no header"):
        _read(tmp_path / "f", "\n\n")


def test_two_columns_of_one_name_are_both_kept(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("a,a,\n1,2,3\n")
    names, layout = csv_rows.header(tmp_path / "f")
    assert (names, layout.delimiter) == (["a", "a_2", "column_3"], ",")


def test_columns_may_have_the_names_we_use_ourselves(tmp_path: Path) -> None:
    text = 'n,line,row_no,n_lines\n1,"2",3,4\n'
    assert _read(tmp_path / "f", text) == ([("1", "2", "3", "4", 2)], [])
    assert csv_rows.header(tmp_path / "f")[0] == ["n", "line", "row_no_3", "n_lines"]
