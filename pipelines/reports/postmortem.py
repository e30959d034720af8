"""The post-mortem of an outage written to a file: PDF or one-file HTML, in either language."""

from pathlib import Path
from typing import Any

from pipelines.alerts.store import alerts
from pipelines.errors import UsageError
from pipelines.lake.connect import Lake
from pipelines.metrics import EVERYTHING, Scope, postmortem
from pipelines.reports.out import check_out, writing
from pipelines.reports.pdf import write_pdf
from pipelines.reports.postmortem_html import render
from pipelines.reports.postmortem_words import make_page
from pipelines.reports.words import Words

ENDINGS = (".pdf", ".html")


def figures_of(lake: Lake, incident_id: str, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """Return the figures of a post-mortem with the alerts that belong to the outage.

    Raises:
        UsageError: no such outage, or withdrawn.
    """
    found = postmortem(lake, incident_id, scope=scope)
    if found is None:
        raise UsageError(
            f"no outage '{incident_id}', or it was withdrawn; `liniya metrics incidents` lists them"
        )
    since = found["incident"]["detected_at"]
    episodes = alerts(lake.settings, scope=scope)
    own = episodes.filter(incident_id=incident_id)
    end = found["incident"]["restored_at"] or found["as_of"]
    own = own.filter((own["since_at"] <= end) & (own["ended_at"].fill_null(end) >= since))
    return found | {"alerts": own.to_dicts()}


def write_postmortem(lake: Lake, found: dict[str, Any], out: Path, words: Words) -> None:
    """Write figures of `figures_of` to `out`; the ending of its name decides the form.

    Raises:
        UsageError: another ending, or the file cannot be written.
    """
    check_out(out, ENDINGS)
    page = make_page(found, words, lake.reference, lake.settings.address)
    with writing(out):
        if out.suffix == ".html":
            out.write_text(render(page), encoding="utf-8")
        else:
            write_pdf(page, out, "postmortem.typ")
