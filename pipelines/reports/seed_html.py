"""The seed map as one HTML file: no script, no network, prints on A4, readable on a phone."""

from html import escape
from typing import Any

from pipelines.reports.html import document, states_bar, stylesheet

Row = dict[str, Any]


def render(page: Row) -> str:
    """Return the whole document; every text of the page is escaped."""
    style = stylesheet("week.css") + stylesheet("seed.css")
    title = f"{page['title']}, {page['period']}"
    filters = f'<p class="badge">{escape(page["filters"])}</p>' if page["filters"] else ""
    parts = [
        f"<header><div><b>{escape(page['product'])}</b> <span>{escape(page['title'])}</span></div>"
        f"<div><strong>{escape(page['period'])}</strong> <small>{escape(page['as_of'])}</small>"
        "</div></header>",
        filters,
        f"<h1>{escape(page['verdict'])}</h1>",
        f'<p class="lead">{escape(page["lead"])}</p>',
        states_bar(page["states"]),
        f'<section class="method"><h2>{escape(page["method_head"])}</h2>'
        + "".join(f"<p>{escape(text)}</p>" for text in page["method"])
        + "</section>",
        *(_sentence(part, page["heads"]) for part in page["parts"]),
        f"<h2>{escape(page['law_head'])}</h2>{_table(page['law'], page['heads'])}"
        if page["law"]
        else "",
        f"<footer>{escape(' · '.join(page['footer']))}</footer>",
    ]
    return document(page["language"], title, style, parts)


def _sentence(part: Row, heads: Row) -> str:
    why = f"<small>{escape(part['why'])}</small>" if part["why"] else ""
    if part["is_aside"]:
        items = "".join(f'<li lang="ru">{escape(text)}</li>' for text in part["texts"])
        return f'<div class="aside"><ul>{items}</ul>{why}</div>'
    text = f'<span lang="ru">{escape(part["text"])}</span>'
    if part["is_heading"]:
        return f"<h3>{text}</h3>"
    people = f' <small class="bad">{escape(part["people"])}</small>' if part["people"] else ""
    table = _table(part["promises"], heads) if part["promises"] else ""
    return f"<article><p>{text}{people}</p>{table}{why}</article>"


def _table(rows: list[Row], heads: Row) -> str:
    names = ("value", "goal", "n", "failed", "people")
    head = "".join(f"<td>{escape(heads[name])}</td>" for name in names)
    body = "".join(
        f'<tr><th scope="row"><em class="{row["tone"]}" aria-hidden="true">{row["mark"]}</em> '
        f'{escape(row["label"])} <small class="{row["tone"]}">{escape(row["state"])}</small></th>'
        + "".join(
            f'<td data-name="{escape(heads[name])}">{escape(row[name])}</td>' for name in names
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
