"""Paths into nested JSON, as a profile writes them: `meta.sender.id`, `body[0].text`."""

import re

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_WHOLE = re.compile(r"^[^.\[\]]+(?:\[\d+\])*(?:\.[^.\[\]]+(?:\[\d+\])*)*$")
_UNUSABLE = re.compile(r'["\\]')


def is_path(path: str) -> bool:
    """Tell whether a text is a path we can follow.

    >>> [is_path(p) for p in ("id", "a.b[0].c", "a..b", "a[x]", 'a"b')]
    [True, True, False, False, False]
    """
    return bool(_WHOLE.match(path)) and not _UNUSABLE.search(path)


def json_path(path: str) -> str:
    """Return the JSONPath of a path.

    >>> json_path("body[0].text")
    '$."body"[0]."text"'
    """
    steps = [f'."{name}"' if name else f"[{n}]" for name, n in _STEP.findall(path)]
    return "$" + "".join(steps)


def first_key(path: str) -> str:
    """Return the top-level key a path begins with.

    >>> first_key("body[0].text")
    'body'
    """
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def key_path(key: str) -> str:
    """Return the JSONPath of one top-level key, whatever dots it has in it."""
    return f'$."{key}"'


def is_key(key: str) -> bool:
    """Tell whether a key can be asked for: no quote, no backslash, which no log of ours has."""
    return not _UNUSABLE.search(key)
