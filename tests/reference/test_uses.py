"""How often services were used: a file a hotline may have."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from pipelines.errors import ReferenceDataError
from pipelines.reference import load

FOLDER = Path(__file__).parents[2] / "data" / "reference"


def test_uses_of_services_may_be_given_and_are_checked(tmp_path):
    folder = tmp_path / "reference"
    shutil.copytree(FOLDER, folder)
    assert load(folder).uses == {}
    (folder / "uses.yml").write_text(
        'uses:\n  - {category: form_error, month: "2026-11", uses: 120000}\n', "utf-8"
    )
    assert load(folder).uses == {("form_error", date(2026, 11, 1)): 120000}
    for row, complaint in (
        ('{category: form_eror, month: "2026-11", uses: 1}', r"uses.yml:2: .*form_error"),
        ('{category: form_error, month: "2026-13", uses: 1}', "no month"),
        ('{category: form_error, month: "2026-11", uses: 0}', "not above 0"),
    ):
        (folder / "uses.yml").write_text(f"uses:\n  - {row}\n", "utf-8")
        with pytest.raises(ReferenceDataError, match=complaint):
            load(folder)
