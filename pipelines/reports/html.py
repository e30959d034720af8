"""The one-page week as one HTML file: no script, no network, readable in print and on a phone."""

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def write_html(page: dict[str, Any], out: Path) -> None:
    """Write a page of `page.make_page` as one file."""
    out.write_text(render(page), encoding="utf-8")


def render(page: dict[str, Any]) -> str:
    """Return the whole document; every text of the page is escaped."""
    style = stylesheet("week.css")
    heads = page["heads"]
    title = f"{page['product']}. {page['title']}, {page['period']}"
    unknown = f"<p>{escape(page['nothing'])}</p>"
    parts = [
        head(page),
        f"<h1>{escape(page['verdict'])}</h1>",
        f'<p class="lead">{escape(" ".join(page["lead"]))}</p>' if page["lead"] else "",
        _links(page, "verdict"),
        f'<div class="tiles">{"".join(map(tile, page["tiles"]))}</div>',
        f'<div class="measures">{"".join(map(_measure, page["measures"]))}</div>'
        if page["measures"]
        else "",
        _links(page, "tiles"),
        f"<h2>{escape(heads['states'])}</h2>{states_bar(page['states']) or unknown}",
        _links(page, "states"),
        f"<h2>{escape(heads['promises'])}</h2>{_promises(page)}",
        f"<h2>{escape(heads['why'])}</h2>{_why(page['why'])}{_links(page, 'why')}"
        if page["why"]
        else "",
        *(
            f"<h2>{escape(heads[name])}</h2><p>{escape(' '.join(page[name]))}</p>"
            f"{_links(page, name)}"
            for name in ("service", "statute")
            if page[name]
        ),
        _risk(page),
        '<div class="columns"><section>',
        f"<h2>{escape(heads['problems'])}</h2>{_problems(page) if page['problems'] else unknown}",
        _links(page, "problems"),
        "</section><section>",
        f"<h2>{escape(heads['channels'])}</h2>{_channels(page) if page['channels'] else unknown}",
        f"<h2>{escape(heads['rating'])}</h2>{_rating(page['rating'])}",
        _links(page, "rating") if page["rating"]["label"] else "",
        _regions(page),
        "</section></div>",
        f"<h2>{escape(heads['happened'])}</h2>{_happened(page['happened'])}"
        if page["happened"]
        else "",
        *(
            f"<h2>{escape(heads[name])}</h2>{_decisions(page[name])}"
            for name in ("decisions", "followed")
            if page[name]
        ),
        f"<footer><b>{escape(heads['quality'])}:</b> {escape(page['quality'])}<br>"
        f"{escape(' · '.join(page['footer']))}{_links(page, 'quality')}</footer>",
    ]
    return document(page["language"], title, style, parts)


def stylesheet(name: str) -> str:
    """Return a stylesheet of the reports."""
    return (files("pipelines.reports") / name).read_text("utf-8")


def document(language: str, title: str, style: str, parts: Iterable[str]) -> str:
    """Return a whole document.

    Args:
        language: of its texts. title: plain text. style: CSS.
        parts: HTML, escaped by whoever made it; empty ones are left out.
    """
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def head(page: dict[str, Any]) -> str:
    """Return the line a report opens with: product, title, period."""
    badge = f'<span class="badge">{escape(page["badge"])}</span>' if page["badge"] else ""
    return (
        f"<header><div><b>{escape(page['product'])}</b> <span>{escape(page['title'])}</span></div>"
        f"<div>{badge}<strong>{escape(page['period'])}</strong> "
        f"<small>{escape(page['week'])}</small></div></header>"
    )


def tile(one: Row) -> str:
    """Return one figure with its label and note."""
    return (
        f'<div class="tile {one["tone"]}"><strong>{escape(one["value"])}</strong>'
        f"<span><b>{escape(one['label'])}</b><small>{escape(one['note'])}</small></span></div>"
    )


def states_bar(states: list[Row]) -> str:
    """Return a bar of states and its legend; nothing for none."""
    if not states:
        return ""
    strip = "".join(
        f'<i class="{s["tone"]}" style="flex-grow:{s["part"]:.4f}"></i>'
        for s in states
        if s["part"]
    )
    legend = "".join(
        f'<li><em class="{s["tone"]}">{s["mark"]}</em> <b>{escape(s["value"])}</b> '
        f"{escape(s['label'])}"
        + "".join(
            f" <small>({escape(s[key])})</small>" for key in ("change", "usual") if s.get(key)
        )
        + "</li>"
        for s in states
    )
    return f'<div class="states" aria-hidden="true">{strip}</div><ul class="legend">{legend}</ul>'


def bar(part: float | None, tone: str = "plain", goal: float | None = None) -> str:
    """Return a bar of a length 0..1 with a mark at `goal`; nothing for None."""
    if part is None:
        return ""
    mark = f'<s style="left:{goal:.2%}"></s>' if goal is not None else ""
    return f'<div class="bar {tone}"><i style="width:{part:.2%}"></i>{mark}</div>'


def _links(page: dict[str, Any], section: str) -> str:
    """Return the links of a statement to what it rests on; nothing where they lead nowhere."""
    found = " ".join(
        f'<a href="{escape(one["url"])}">{escape(one["label"])}</a>'
        for one in page["links"][section]
        if one["url"]
    )
    return f'<p class="links">{found}</p>' if found else ""


def _linked(row: Row) -> str:
    """Return the label of a row, a link where it leads somewhere."""
    label = escape(row["label"])
    return f'<a href="{escape(row["url"])}">{label}</a>' if row["url"] else label


def _promises(page: dict[str, Any]) -> str:
    heads, promises = page["heads"], page["promises"]
    if not promises["rows"]:
        return f"<p>{escape(promises['empty'])}</p>"
    rows = "".join(
        f'<tr><td><em class="{row["tone"]}">{row["mark"]}</em></td><th scope="row">'
        f'{_linked(row)} <small class="{row["tone"]}">{escape(row["state"])}</small></th>'
        f"<td>{bar(row['part'], row['tone'], row['goal_part'])}</td>"
        f"<td><b>{escape(row['value'])}</b></td><td>{escape(row['usual'])}</td>"
        f"<td>{escape(row['goal'])}</td>"
        f"<td>{escape(row['failed'])}</td></tr>"
        for row in promises["rows"]
    )
    more = f"<p><small>{escape(promises['more'])}</small></p>" if promises["more"] else ""
    named = [heads[name] for name in ("measured", "usually", "goal", "failed")]
    return table(["", "", "", *named], rows) + more


def _why(moved: list[Row]) -> str:
    return "".join(
        f"<section><h3>{escape(one['title'])}</h3><p>{escape(one['sentence'])}</p>"
        f"{_waterfall(one['rows']) if one['rows'] else ''}</section>"
        for one in moved
    )


def _risk(page: dict[str, Any]) -> str:
    risk, heads = page["risk"], page["heads"]
    if not risk["sentence"]:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(row["label"])} <small>{escape(row["hours"])}</small></th>'
        f"<td>{escape(row['contacts'])}</td><td><b>{escape(row['value'])}</b> "
        f"<small>({escape(row['range'])})</small></td><td>{escape(row['more'])}</td></tr>"
        for row in risk["rows"]
    )
    listed = table(["", heads["expected"], heads["level"], ""], rows) if rows else ""
    note = f"<p><small>{escape(risk['note'])}</small></p>" if risk["note"] else ""
    told = f"<p>{escape(risk['sentence'])}</p>{listed}{note}{_links(page, 'risk')}"
    return f"<h2>{escape(heads['risk'])}</h2>{told}"


def _regions(page: dict[str, Any]) -> str:
    regions, heads = page["regions"], page["heads"]
    if not (regions["rows"] or regions["note"]):
        return ""
    rows = "".join(
        f'<tr><th scope="row">{_linked(row)}</th><td>{bar(row["part"])}</td>'
        f"<td><b>{escape(row['value'])}</b></td><td>{escape(row['change'])}</td></tr>"
        for row in regions["rows"]
    )
    listed = table(["", "", heads["people"], heads["change"]], rows) if rows else ""
    note = f"<p><small>{escape(regions['note'])}</small></p>" if regions["note"] else ""
    return f"<h2>{escape(heads['regions'])}</h2>{listed}{note}"


def _measure(one: Row) -> str:
    note = f"<small>{escape(one['note'])}</small>" if one["note"] else ""
    return f"<div><b>{escape(one['value'])}</b> {escape(one['label'])} {note}</div>"


def _happened(rows: list[Row]) -> str:
    return table(
        [],
        "".join(
            f'<tr><th scope="row">{_linked(row)}</th><td>{escape(row["when"])}</td>'
            f"<td>{escape(row['value'])}</td></tr>"
            for row in rows
        ),
    )


def _decisions(rows: list[Row]) -> str:
    return table(
        [],
        "".join(
            f'<tr><th scope="row">{escape(row["text"])} <small>{escape(row["figure"])}</small></th>'
            f"<td>{escape(row['owner'])}</td><td>{escape(row['due'])}</td>"
            f"<td>{escape(row['status'])}</td></tr>"
            for row in rows
        ),
    )


def _waterfall(rows: list[Row]) -> str:
    return (
        '<table class="fall">'
        + "".join(
            f'<tr><th scope="row">{escape(row["label"])}</th><td><div class="bar {row["tone"]}"><i '
            f'style="left:{row["left"]:.2%};width:{row["right"] - row["left"]:.2%}"></i></div></td>'
            f"<td>{escape(row['value'])}</td></tr>"
            for row in rows
        )
        + "</table>"
    )


def _problems(page: dict[str, Any]) -> str:
    heads = page["heads"]
    rows = "".join(
        f'<tr><th scope="row">{_linked(row)}'
        + (f' <small class="bad">{escape(row["burst"])}</small>' if row["burst"] else "")
        + f"</th><td>{bar(row['part'])}</td><td><b>{escape(row['value'])}</b></td>"
        f"<td>{escape(row['change'])}</td><td>{escape(row['usual'])}</td></tr>"
        for row in page["problems"]
    )
    return table(["", "", heads["contacts"], heads["change"], heads["usual"]], rows)


def _channels(page: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_linked(row)}</th><td>{bar(row["part"])}</td>'
        f"<td><b>{escape(row['value'])}</b></td><td>{escape(row['change'])}</td></tr>"
        for row in page["channels"]
    )
    heads = page["heads"]
    return table(["", "", heads["contacts"], heads["change"]], rows)


def _rating(rating: Row) -> str:
    return (
        f'<div class="rating"><strong>{escape(rating["value"])}</strong><span>'
        f"{escape(rating['label'])}<small>{escape(rating['note'])}</small></span></div>"
    )


def table(heads: list[str], rows: str) -> str:
    """Return a table of rows (HTML); `heads` are plain texts."""
    named = "".join(f"<td>{escape(name)}</td>" for name in heads)
    return f"<table><thead><tr>{named}</tr></thead><tbody>{rows}</tbody></table>"
