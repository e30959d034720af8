"""A wrong row of reference data is told by file, line and the nearest right word."""

import re
import shutil
from pathlib import Path

import pytest

from pipelines.errors import ReferenceDataError
from pipelines.reference import load

FOLDER = Path(__file__).parents[2] / "data" / "reference"

ROW = """
  - id: my.promise
    label: {ru: Моё, en: Mine}
    kind: clock
    basis: assumed
    start: [received]
    stop: [answered]
    target: PT5M
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("kind: clock", "knd: clock"), r"unknown key 'knd' \(did you mean 'kind'\?\)"),
        (("kind: clock", "kind: cloc"), "kind: unknown 'cloc' .*'clock'"),
        (("[answered]", "[anwered]"), "stop: unknown 'anwered' .*'answered'"),
        (("PT5M", "5 min"), "target: unknown '5 min'"),
        (("PT5M", "P5X"), "target: 'P5X' is no duration; write PT30S"),
        (("basis: assumed", "basis: assumd"), "basis: unknown 'assumd' .*'assumed'"),
        (("    target: PT5M\n", ""), "a clock needs a target"),
        (("my.promise", "phone.wait_max"), "duplicate id 'phone.wait_max'"),
        (("basis: assumed", "basis: assumed\n    goal: 95"), "goal: 95 is not a share"),
        (
            ("basis: assumed", "basis: assumed\n    applies: {category: form_eror}"),
            "category: unknown 'form_eror' .*'form_error'",
        ),
        (
            ("basis: assumed", "basis: assumed\n    applies: {chanel: phone}"),
            "unknown key 'chanel' .*'channel'",
        ),
        (
            ("basis: assumed", "basis: assumed\n    applies: {any: [{line: 112}]}"),
            "line: '112' is not a text",
        ),
        (
            ("basis: assumed", "basis: assumed\n    applies: {channel: {at_most: 3}}"),
            "channel is no number",
        ),
        (("kind: clock", "kind: clock\n    kind: mean"), "the key 'kind' stands twice"),
        (("en: Mine}", "de: Meins}"), "label: wants both languages"),
        (("[received]", "[recieved]"), r"start: unknown 'recieved' \(did you mean 'received'"),
        (("[received]", "{latest: [queud]}"), "latest: unknown 'queud' .*'queued'"),
        (("[received]", "{last: [queued]}"), "unknown key 'last' .*'latest'"),
        (("[answered]", "[{anwered: PT5M}]"), "stop: unknown 'anwered' .*'answered'"),
        (("[answered]", "[{answered: 5M}]"), "answered: '5M' is no duration; write PT30S"),
        (("PT5M", "due"), "target: unknown 'due' .*'due_at'"),
        (("PT5M", "PT5M\n    matures_after: 7D"), "matures_after: '7D' is no duration"),
        (("PT5M", "PT5M\n    calendar: working_day"), "calendar: unknown .*'working_days'"),
        (("PT5M", "PT5M\n    on_abandon: cancle"), "on_abandon: unknown .*'cancel'"),
        (("PT5M", "PT5M\n    pause: waiting_citizen"), "pause: unknown .*'waiting_for_citizen'"),
        (("PT5M", "PT5M\n    cancel_on: [callback_asked]"), "cancel_on: unknown 'callback_asked'"),
        (("PT5M", "PT5M\n    unless: [repeats]"), "unless: unknown 'repeats' .*'repeat'"),
        (("PT5M", "PT5M\n    provides: ['answered|anwered']"), "provides: unknown .*'answered'"),
        (("PT5M", "PT5M\n    subject: contacts"), "subject: unknown 'contacts' .*'contact'"),
        (("PT5M", "PT5M\n    applies: {has: [escalatd]}"), "has: unknown .*'escalated'"),
        (("PT5M", "PT5M\n    applies: {hold_s: {at_mots: 6}}"), "unknown key .*'at_most'"),
        (("PT5M", "PT5M\n    property: {clas: technical}"), "unknown key 'clas' .*'class'"),
        (("PT5M", "PT5M\n    valid_from: 2026-13-01"), "'2026-13-01' is not a date"),
        (("PT5M", "PT5M\n    passport_of: phone.wait"), "passport_of: unknown .*'phone.wait"),
        (("PT5M", "PT5M\n    apart: [peaks]"), "apart: unknown 'peaks' .*'peak'"),
        (("PT5M", "PT5M\n    beside: [{phone.wait_max: zone}]"), "beside: unknown .*'time_zone'"),
        (("PT5M", "PT5M\n    beside: [phone.wait]"), "beside: unknown .*'phone.wait_max'"),
        (("kind: clock", "kind: [clock"), "promises.yml:"),
    ],
)
def test_a_wrong_promise_names_its_line_and_the_right_word(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(FOLDER, folder)
    text = (folder / "promises.yml").read_text("utf-8")
    (folder / "promises.yml").write_text(text + ROW.replace(*change), "utf-8")
    n_lines = text.count("\n")
    with pytest.raises(ReferenceDataError, match=message) as caught:
        load(folder)
    line = re.match(r"promises\.yml:(\d+): ", str(caught.value))
    assert line is not None
    assert int(line[1]) > n_lines


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("[answered]", "[anwered]"), "stop: [anwered]"),
        (("PT5M", "5 min"), "target: 5 min"),
        (("basis: assumed", "basys: assumed"), "basys: assumed"),
    ],
)
def test_the_line_named_is_the_very_line(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(FOLDER, folder)
    text = (folder / "promises.yml").read_text("utf-8") + ROW.replace(*change)
    (folder / "promises.yml").write_text(text, "utf-8")
    with pytest.raises(ReferenceDataError) as caught:
        load(folder)
    number = int(str(caught.value).split(":")[1])
    assert text.splitlines()[number - 1].strip() == named


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("lines", "skill: privacy", "skill: privcy", "lines.yml:.*unknown 'privcy'"),
        ("lines", '"08:00-20:00"}]', '"8-20"}]', 'lines.yml:.*is not "08:00-20:00"'),
        ("lines", '"88005550202"', '"88005550101"', "already belongs to signature"),
        ("categories", "id: passport,", "id: form_error,", "duplicate id 'form_error'"),
        ("categories", "class: technical,", "class: tecnical,", "unknown 'tecnical'"),
        ("seed_map", "promises: [chat.escalated]", "promises: [chat.escalatd]", "chat.escalated"),
        ("seed_map", "not_measured: advice", "not_measured: advise", "unknown 'advise'"),
        ("people", "role: analyst", "role: analist", "unknown 'analist'"),
        ("settings", "slot: PT15M", "slot: 15", "slot: '15' is no duration"),
        ("settings", "level_goal: 0.8", "level_goal: 80", "service_level_goal: 80 is no share"),
        ("calendar", "overrides: []", "overrides: [{day: x, is_working: true}]", "is not a date"),
        ("calendar", "id: office_hours", "id: staffed", "the name 'staffed' is taken"),
        ("calendar", "days: 5, hours", "days: 4-5, hours", "days: 4 stands in two rows"),
        ("calendar", '"13:45-18:00"', '"12:45-18:00"', "overlap"),
        ("calendar", "days: working\n", "days: workin\n", "did you mean 'working'"),
        ("alerts", "kind: burst", "kind: brust", "did you mean 'burst'"),
        ("alerts", "threshold: 20", "treshold: 20", "unknown key 'treshold'.*'threshold'"),
        ("alerts", "threshold: 20", "threshold: many", "threshold: 'many' is not a number"),
        ("alerts", "threshold: 0.7", "threshold: 70", "threshold: 70.0 is not a share"),
        ("alerts", "clear: 0.8", "clear: 0.6", "clear: 0.6 is below threshold 0.7"),
        ("alerts", "clear: 5", "clear: 50", "clear: 50.0 is above threshold 10"),
        ("alerts", "channels: [shift]", "channels: [shfit]", "did you mean 'shift'"),
        ("alerts", "lines: each", "lines: [main, chta]", "lines: unknown 'chta'.*'chat'"),
        ("alerts", "severity: warning", "severity: waning", "did you mean 'warning'"),
        ("alerts", "within: PT5M", "within: 5", "within: '5' is no duration"),
        ("alerts", "    within: PT5M\n", "", "the key 'within' is missing"),
        ("alerts", "within: PT5M", "window: hour", "'window' means nothing to breach_soon"),
        ("alerts", "window: half_hour", "window: half_hours", "did you mean 'half_hour'"),
        ("alerts", '"22:00-08:00"', '"22-08"', "quiet: '22-08' is not"),
        ("alerts", '"22:00-08:00"', '"08:00-08:00"', "is no part of a day"),
        ("alerts", "language: ru", "language: fr", "language: unknown 'fr'"),
        ("regions", "Europe/Moscow", "Europe/Moskow", "did you mean 'Europe/Moscow'"),
    ],
)
def test_every_file_is_checked(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(FOLDER, folder)
    path = folder / f"{file}.yml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ReferenceDataError, match=message):
        load(folder)


def test_a_folder_without_a_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match=r"lines\.yml: cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("quota: 4", "quota: 0"), r"scorecard.yml:\d+: quota: 0; at least one contact"),
        (("double_share: 0.2", "double_share: 20"), "double_share: 20 is not a share"),
        (
            ("applies: [documents]", "applies: [document]"),
            "applies: unknown 'document' .*'documents'",
        ),
        (("critical: true", "critical: yes please"), "critical: 'yes please' is not true or false"),
        (("weight: 0", "weight: 1"), "weight: 1; a critical criterion weighs 0"),
        (("id: politeness", "id: name_given"), "duplicate id 'name_given'"),
    ],
)
def test_a_wrong_scorecard_names_its_line_and_the_right_word(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(FOLDER, folder)
    path = folder / "scorecard.yml"
    text = path.read_text("utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(ReferenceDataError, match=message):
        load(folder)
