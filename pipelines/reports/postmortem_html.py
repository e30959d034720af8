"""A post-mortem as one HTML file: no script, no network."""

from html import escape
from typing import Any

from pipelines.reports.html import bar, document, head, stylesheet, table, tile

Row = dict[str, Any]


def render(page: Row) -> str:
    """Return the whole document of a page of `postmortem_words.make_page`, all texts escaped."""
    heads = page["heads"]
    style = stylesheet("week.css") + stylesheet("postmortem.css")
    name = f"{page['product']}. {page['title']}: {page['verdict']}"
    parts = [
        head(page),
        f"<h1>{escape(page['verdict'])}</h1>",
        f'<p class="lead">{escape(" ".join(page["lead"]))}</p>' if page["lead"] else "",
        f'<div class="tiles">{"".join(map(tile, page["tiles"]))}</div>',
        f"<p><small>{escape(page['calls'])}</small></p>",
        f"<h2>{escape(heads['timeline'])}</h2>{_timeline(page['timeline'])}",
        f"<h2>{escape(heads['by_hour'])}</h2>{_by_hour(page)}",
        f"<h2>{escape(heads['promises'])}</h2>"
        + (_promises(page) if page["promises"] else _quiet(heads["no_promises"])),
        f"<h2>{escape(heads['phrases'])}</h2>"
        + (_phrases(page) if page["phrases"] else _quiet(heads["no_phrases"])),
        f"<h2>{escape(heads['actions'])}</h2>"
        + (_actions(page["actions"]) if page["actions"] else _quiet(heads["no_actions"])),
        f'<footer><a href="{escape(page["link"])}">{escape(heads["quality"])}</a><br>'
        f"{escape(' · '.join(page['footer']))}</footer>",
    ]
    return document(page["language"], name, style, parts)


def _quiet(text: str) -> str:
    return f"<p><small>{escape(text)}</small></p>"


def _timeline(rows: list[Row]) -> str:
    items = "".join(
        f'<li class="{row["tone"]}"><time>{escape(row["at"])}</time><span><b>{escape(row["what"])}'
        f"</b> {escape(row['text'])}<small>{escape(row['who'])}</small></span></li>"
        for row in rows
    )
    return f'<ul class="timeline">{items}</ul>'


def _by_hour(page: Row) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(row["hour"])}</th>'
        f"<td>{bar(row['part'], row['tone'], row['usual_part'])}</td>"
        f"<td><b>{escape(row['value'])}</b></td><td>{escape(row['usual'])}</td></tr>"
        for row in page["by_hour"]
    )
    heads = page["heads"]
    return f'<div class="hours">{table(["", "", heads["n"], heads["hour_usual"]], rows)}</div>'


def _promises(page: Row) -> str:
    heads = page["heads"]
    rows = "".join(
        f'<tr><th scope="row">{escape(row["label"])}</th>'
        f"<td>{bar(row['part'], row['tone'], row['usual_part'])}</td>"
        f"<td><b>{escape(row['share'])}</b></td><td>{escape(row['usual'])}</td>"
        f"<td>{escape(row['bad'])} / {escape(row['n'])}</td><td>{escape(row['over'])}</td></tr>"
        for row in page["promises"]
    )
    named = ["", "", heads["share"], heads["usual"], heads["bad"], heads["over"]]
    return f'<div class="wide barred">{table(named, rows)}</div>'


def _phrases(page: Row) -> str:
    heads = page["heads"]
    rows = "".join(
        f'<tr><th scope="row">{escape(row["phrase"])}</th><td>{escape(row["n"])}</td>'
        f"<td><b>{escape(row['share'])}</b></td><td>{escape(row['else'])}</td></tr>"
        for row in page["phrases"]
    )
    return f'<div class="wide">{table(["", "", heads["texts"], heads["else"]], rows)}</div>'


def _actions(rows: list[Row]) -> str:
    made = table(
        [],
        "".join(
            f'<tr><th scope="row"><a href="{escape(row["link"])}">{escape(row["text"])}</a></th>'
            f"<td>{escape(row['owner'])}</td><td>{escape(row['due'])}</td>"
            f"<td>{escape(row['state'])}</td></tr>"
            for row in rows
        ),
    )
    return f'<div class="wide actions">{made}</div>'
