"""Keyed hashes of identifiers and the file of their secret."""

import os
from pathlib import Path

import polars as pl
import pytest

from pipelines.cleaning.keys import fingerprint, keyed, load_key
from pipelines.errors import SettingsError

KEY = bytes(range(32))


def _keys(kind: str, *values: str | None, key: bytes = KEY) -> list[str | None]:
    return keyed(pl.Series(values, dtype=pl.String), kind, key).to_list()


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "identity.key"
    first = load_key(path)
    assert (len(first), path.stat().st_mode & 0o777) == (32, 0o600)
    assert load_key(path) == first
    assert [p.name for p in path.parent.iterdir()] == ["identity.key"]


def test_a_key_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    load_key(path)
    path.chmod(0o644)
    load_key(path)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "not hex", "abcd", "00" * 33])
def test_a_damaged_key_is_never_replaced(content: str, tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    path.write_text(content)
    with pytest.raises(SettingsError, match="Put the backup back"):
        load_key(path)
    assert path.read_text() == content


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SettingsError, match="cannot be read or made"):
        load_key(tmp_path / "identity.key")


def test_spellings_of_one_phone_have_one_key() -> None:
    keys = _keys("phone", "+7 (916) 123-45-67", "89161234567", "9161234567", "8-916-123-45-68")
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_what_is_no_phone_has_no_key() -> None:
    assert _keys("phone", None, "", "anonymous", "unknown", "101", "00000000000") == [None] * 6


def test_inn_and_snils_are_compared_by_digits_and_emails_in_lower_case() -> None:
    a, b = _keys("citizen", "112-233-445 95", "11223344595")
    assert a == b
    c, d = _keys("email", " Ivanov@Example.RU", "ivanov@example.ru")
    assert c == d


def test_another_kind_or_another_secret_gives_another_key() -> None:
    number = "11223344595"
    assert _keys("citizen", number) != _keys("citizen_ref", number)
    assert _keys("citizen", number) != _keys("citizen", number, key=b"\x01" * 32)


def test_keys_do_not_change_between_versions() -> None:
    assert _keys("phone", "89161234567") == ["7cfd531291cbc1b0"]


def test_the_fingerprint_tells_keys_apart_and_shows_nothing_of_them() -> None:
    assert fingerprint(KEY) != fingerprint(b"\x01" * 32)
    assert fingerprint(KEY) not in KEY.hex()
