"""What of a file each column of ours is made of, read off the adapter's own expressions and SQL.

So a dry run tells it without a second list that could drift from what is really read.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import duckdb
import polars as pl

_MOST_NAMED = 4  # paths of one column; some twenty decide what kind an event of a chat is


def in_order(given: Mapping[str, str], columns: list[str]) -> dict[str, str]:
    """Return our name -> column of the file, as they stand in the file."""
    at = {column: n for n, column in enumerate(columns)}
    return dict(sorted(given.items(), key=lambda one: at.get(one[1], len(at))))


def of_expressions(made: Mapping[str, pl.Expr], given: Mapping[str, str]) -> dict[str, str]:
    """Return column of ours -> what it is read from, in the order of the file.

    Args:
        made: column of ours -> the expression it is made by.
        given: name inside the expressions -> what people call it, in the order of the file; a name
            that is missing here is not in the file.

    >>> made = {"line": pl.col("queue"), "call": pl.coalesce("id", "queue"), "channel": pl.lit("x")}
    >>> of_expressions(made, {"queue": "field 3 (queue)", "id": "uid"})
    {'line': 'field 3 (queue)', 'call': 'field 3 (queue), uid', 'channel': '= x'}
    """
    found: dict[str, str] = {}
    for column, expression in made.items():
        roots = set(expression.meta.root_names())
        if not roots:
            found[column] = f"= {pl.select(expression).item()}"
        elif own := dict.fromkeys(name for root, name in given.items() if root in roots):
            found[column] = ", ".join(own)
    return found


def of_json_sql(
    con: duckdb.DuckDBPyConnection, sql: str, inside: Mapping[str, str]
) -> dict[str, str]:
    """Return column of a query over JSON -> the paths it is read from.

    What only decides whether a value is taken (`case when`, `where`) is left out, but for a column
    that takes none: an event's kind. A name means one thing in all parts of the query.

    Args:
        con: any connection: the query is parsed, never run.
        inside: column of the query that holds an object -> where in the document it stands.
    """
    row = con.execute("select json_serialize_sql(?)", [sql]).fetchone()
    query = _Query({}, inside)
    for node in _nodes(json.loads(row[0]) if row else None):
        for item in node.get("select_list", ()):
            query.items.setdefault(item["alias"] or _name(item), []).append(item)
    found: dict[str, str] = {}
    for column in query.items:
        paths = list(query.paths(column) or query.paths(column, "when_expr"))
        more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
        if paths:
            found[column] = ", ".join(paths[:_MOST_NAMED]) + more
    return found


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a parsed query, outer ones first."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    yield from chain.from_iterable(map(_nodes, tree if isinstance(tree, list) else ()))


def _name(node: dict[str, Any]) -> str:
    return str(node.get("column_names", [""])[-1])


@dataclass(frozen=True)
class _Query:
    items: dict[str, list[dict[str, Any]]]  # column -> the expressions it is selected by
    inside: Mapping[str, str]

    def paths(self, column: str, only: str = "", seen: tuple[str, ...] = ()) -> dict[str, None]:
        """Return the paths that give a column its value, or those in its conditions (`only`)."""
        if column in seen:
            return {}
        trees: list[Any] = self.items.get(column, [])
        if only:
            trees = [node[only] for node in _nodes(trees) if only in node]
        return self._within(trees, (*seen, column))

    def _within(self, tree: Any, seen: tuple[str, ...]) -> dict[str, None]:
        if isinstance(tree, list):
            return dict.fromkeys(chain.from_iterable(self._within(one, seen) for one in tree))
        if not isinstance(tree, dict):
            return {}
        if tree.get("class") == "COLUMN_REF":
            return self.paths(_name(tree), seen=seen)
        match tree.get("children"):
            case [{"class": "COLUMN_REF"} as owner, {"class": "CONSTANT", "value": told}]:
                path = str(told.get("value"))
                if path.startswith("$.") and _name(owner) in self.inside:
                    return {self.inside[_name(owner)] + path[2:]: None}
        kept = [one for key, one in tree.items() if key != "when_expr"]
        return self._within([] if tree.get("class") == "WINDOW" else kept, seen)
