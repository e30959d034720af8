"""Bring the catalogues in step with the code: `python -m dashboard.i18n.update`.

Finds every `_()`, `_n()` and `N_()` of dashboard/, adds new messages, drops those gone, keeps all
translations and prints what still has no English. Line numbers are left out of the files, so that
moving code changes nothing.
"""

import sys
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from dashboard.i18n import LANGUAGES, LOCALE

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "_n": (1, 2)}


def extracted() -> Catalog:
    """Return the messages of the code: no translations."""
    found = Catalog(project="liniya", charset="utf-8")
    for __, ___, message, ____, _____ in extract_from_dir(
        ROOT, method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        found.add(message)
    return found


def path(lang: str) -> Path:
    """Return the committed catalogue of a language."""
    return LOCALE / lang / "LC_MESSAGES" / "liniya.po"


def stored(lang: str) -> Catalog:
    """Return the committed catalogue of a language; empty where there is none yet."""
    if not path(lang).is_file():
        return Catalog(locale=lang, project="liniya", charset="utf-8")
    with path(lang).open("rb") as file:
        return read_po(file, locale=lang)


def needs(lang: str, message: Any) -> bool:
    """Say whether the message must have words of its own: all in English, plurals in Russian."""
    return bool(message.id) and (lang != LANGUAGES[0] or message.pluralizable)


def missing(lang: str) -> list[str]:
    """Return the messages of the code with no words in the committed catalogue of `lang`."""
    have, gaps = stored(lang), []
    for message in extracted():
        found = have.get(message.id) if message.id else None
        words = found.string if found else ""
        whole = all(words) and bool(words) if isinstance(words, tuple) else bool(words)
        if needs(lang, message) and (not whole or (found and found.fuzzy)):
            gaps.append(message.id if isinstance(message.id, str) else message.id[0])
    return sorted(gaps)


def main() -> int:
    """Write both catalogues; exit 1 while anything lacks its words."""
    code = extracted()
    for lang in LANGUAGES:
        catalogue = stored(lang)
        catalogue.update(code, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        path(lang).parent.mkdir(parents=True, exist_ok=True)
        with path(lang).open("wb") as file:
            write_po(
                file,
                catalogue,
                no_location=True,
                omit_header=False,
                sort_output=True,
                width=100,
                ignore_obsolete=True,
            )
    gaps = {lang: missing(lang) for lang in LANGUAGES}
    for lang, messages in gaps.items():
        for message in messages:
            print(f"{lang}: no words for «{message}»", file=sys.stderr)
    return 1 if any(gaps.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
