"""Settings say which of them makes no sense, and what would."""

from pathlib import Path

import pytest

from pipelines.errors import SettingsError
from pipelines.settings import load


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "80000", "LINIYA_PORT is 80000; it must be 1 to 65535"),
        ("PORT", "abc", "LINIYA_PORT: 'abc' is not a whole number"),
        ("TICK_S", "0", "LINIYA_TICK_S is 0.0; it must be 0.1 to 3600"),
        ("FCR_DAYS", "-7", "LINIYA_FCR_DAYS is -7; it must be 1 to 365"),
        ("MEMORY_LIMIT", "much", "LINIYA_MEMORY_LIMIT is 'much'; write a number and its unit"),
        ("CLOCK", "sun", "it must be 'wall' or 'data'"),
        ("ZONE", "Mars", "no time zone 'Mars'"),
        ("HOEM", "/x", "unknown setting 'hoem' (LINIYA_HOEM) (did you mean 'home'?)"),
    ],
)
def test_a_wrong_variable_is_named_with_what_it_may_be(tmp_path, name, value, said):
    with pytest.raises(SettingsError) as error:
        load({f"LINIYA_{name}": value}, tmp_path / "none.toml")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port 8601", "not read as TOML"),
        ("home = 5", "LINIYA_HOME: '5' is not a path"),
        ("port = 99999", "LINIYA_PORT is 99999"),
        ("recording_url = 'records.example/{contact_id}'", "write an address"),
        ("recording_url = 'https://records.example/{date}'", "with the contact in it"),
        ("recording_url = 'https://records.example/{call}'", "known: contact_id, native_id, date"),
        ("recording_url = 'https://records.example/{contact_id'", "write an address"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text, said):
    toml = tmp_path / "liniya.toml"
    toml.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as error:
        load({}, toml)
    assert said in str(error.value)


def test_the_environment_goes_before_the_file(tmp_path: Path):
    toml = tmp_path / "liniya.toml"
    toml.write_text("port = 8601\nmemory_limit = '4GB'", "utf-8")
    made = load({"LINIYA_PORT": "8602"}, toml)
    assert (made.port, made.memory_limit) == (8602, "4GB")
