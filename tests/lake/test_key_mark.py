"""A lake goes on with the key it was made with, or with one somebody chose knowingly."""

from dataclasses import replace

import pytest

from pipelines.cleaning.keys import fingerprint
from pipelines.errors import LakeError
from pipelines.lake.connect import Lake
from pipelines.lake.key_mark import hold_to_key

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


def test_the_first_key_is_the_lakes(lake: Lake) -> None:
    hold_to_key(lake, OLD)
    hold_to_key(lake, OLD)
    with pytest.raises(LakeError, match=f"LINIYA_NEW_KEY={fingerprint(NEW)}"):
        hold_to_key(lake, NEW)


def test_another_key_is_taken_when_it_is_named(lake: Lake) -> None:
    hold_to_key(lake, OLD)
    lake.settings = replace(lake.settings, new_key=fingerprint(NEW))
    hold_to_key(lake, NEW)
    lake.settings = replace(lake.settings, new_key="")
    hold_to_key(lake, NEW)
    with pytest.raises(LakeError, match="Put the backup of the key in its place"):
        hold_to_key(lake, OLD)
