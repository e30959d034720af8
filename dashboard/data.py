"""Cached reads of the lake for pages: one connection, a cursor a call, turned over by the data.

The key of everything cached holds the snapshot id, and the minute too wherever open clocks or
silence matter (a clock becomes overdue with no commit). Never Python's sqlite3 on the catalogue
in this process.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import streamlit as st

from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings, load

T = TypeVar("T")


@functools.cache
def settings() -> Settings:
    """Return the settings, read once: each name of a line or category on a page asks for them."""
    return load()


@st.cache_resource(show_spinner=False)
def _lake(home: str) -> Lake:  # noqa: ARG001 the key: one connection a folder
    return open_lake(settings(), read_only=True)


def lake() -> Lake:
    """Return the lake through a cursor of its own: safe in any thread.

    Raises:
        LakeError: there is no lake yet, or it cannot be opened (not cached: the next run retries).
    """
    return _lake(str(settings().home)).cursor()


def now() -> datetime:
    """Return product time."""
    return lake().now()


def minute() -> datetime:
    """Return product time at the last full minute: one moment for all figures of a page."""
    return now().replace(second=0, microsecond=0)


def ask(
    question: Callable[..., T],
    *args: object,
    live: bool = False,
    each_minute: bool = False,
    anew: object = None,
    **options: object,
) -> T:
    """Return `question(lake, *args, **options)`, cached until the data change.

    Args:
        question: a function of `pipelines.metrics`; its name is part of the key.
        args, options: plain values and frozen dataclasses; their repr is the rest of the key.
        live: also ask again each minute, with no commit.
        each_minute: ask again each minute, whatever is committed meanwhile: for figures of weeks,
            which a live worker's commit each second would make every click wait for.
        anew: ask again too when this is another than before.
    """
    at = lake()
    moment = f"{at.now():%Y-%m-%dT%H:%M}" if live or each_minute else ""
    name = f"{question.__module__}.{question.__qualname__}"
    key = repr((str(at.settings.home), args, sorted(options.items()), anew))
    answer: T = _asked(
        name, key, 0 if each_minute else at.version(), moment, question, args, options
    )
    return answer


@st.cache_data(max_entries=256, show_spinner=False)
def _asked(
    name: str,  # noqa: ARG001 these four are the key
    key: str,  # noqa: ARG001
    snapshot: int,  # noqa: ARG001
    moment: str,  # noqa: ARG001
    _question: Callable[..., Any],
    _args: tuple[object, ...],
    _options: dict[str, object],
) -> Any:
    at = lake()
    at.widen()
    _lake(str(settings().home)).is_wide = at.is_wide  # cursors come and go
    with at.transaction():
        return _question(at, *_args, **_options)
