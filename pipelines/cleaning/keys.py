"""Keyed hashes of identifiers: the same citizen gets the same key, nobody gets the number back.

A phone has only ten digits, so a plain hash is undone in seconds; HMAC with a secret is not. The
secret is made on the first run and never leaves its file. What its loss means: docs/privacy.md.
"""

import hmac
import os
import secrets
from pathlib import Path

import polars as pl

from pipelines.errors import SettingsError

KEY_BYTES = 32
SHORTEST_PHONE = 6  # fewer digits are an extension or a service number, not a citizen


def load_key(path: Path) -> bytes:
    """Return the secret, making it on the first run: 64 hex characters, mode 0600.

    Raises:
        SettingsError: the file cannot be made or read, or does not hold a key.
    """
    try:
        if not path.exists():
            _make_key(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        key = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        raise SettingsError(
            f"{path}: the key of identifiers cannot be read or made ({error.strerror}). "
            f"Give this user the file, readable by its owner only."
        ) from error
    except ValueError as error:
        raise SettingsError(_damaged(path)) from error
    if len(key) != KEY_BYTES:
        raise SettingsError(_damaged(path))
    return key


def _damaged(path: Path) -> str:
    return (
        f"{path}: this is not a key ({KEY_BYTES * 2} hex characters). Put the backup back; "
        f"with a new key nobody met before is recognised (docs/privacy.md)."
    )


def _make_key(path: Path) -> None:
    """Write a new key whole or not at all: two processes may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def fingerprint(key: bytes) -> str:
    """Return 8 hex characters that tell one key from another and nothing else."""
    return hmac.digest(key, b"liniya key fingerprint", "sha256").hex()[:8]


def keyed(values: pl.Series, kind: str, key: bytes) -> pl.Series:
    """Return the keys of a column of identifiers.

    Args:
        values: raw identifiers as strings. Never modified.
        kind: `phone`, `citizen` (INN or SNILS), `email` or `citizen_ref`.
        key: the secret of `load_key`.

    Returns:
        16 hex characters a value, null where there is no identifier in it (`anonymous`, an
        extension). Equal people get equal keys: phones are compared by their last 10 digits,
        INN and SNILS by digits, e-mails in lower case.
    """
    normal = normalise(values, kind).rename("normal")
    distinct = normal.drop_nulls().unique()
    hashed = [
        hmac.digest(key, f"{kind}:{value}".encode(), "sha256").hex()[:16] for value in distinct
    ]
    keys = pl.DataFrame({"normal": distinct, "key": pl.Series(hashed, dtype=pl.String)})
    return (
        normal.to_frame()
        .join(keys, on="normal", how="left", maintain_order="left")["key"]
        .rename(values.name)
    )


def normalise(values: pl.Series, kind: str) -> pl.Series:
    """Return the form in which two spellings of one identifier are equal; null if it is none.

    >>> normalise(pl.Series(["8 (916) 123-45-67", "+79161234567", "anonymous"]), "phone").to_list()
    ['9161234567', '9161234567', None]
    """
    text = values.cast(pl.String).rename("v").to_frame()
    digits = pl.col("v").str.replace_all(r"\D", "")
    folded = pl.col("v").str.strip_chars().str.to_lowercase()
    form: pl.Expr
    if kind == "phone":
        last = digits.str.slice(-10)
        is_one = (digits.str.len_bytes() >= SHORTEST_PHONE) & ~last.str.contains(r"^0+$")
        form = pl.when(is_one).then(last)
    elif kind == "citizen":
        # an INN has 10 or 12 digits, a SNILS 11; anything else is another system's own id
        form = pl.when(digits.str.len_bytes().is_between(10, 12)).then(digits).otherwise(folded)
    elif kind == "email":
        form = pl.when(folded.str.contains("@", literal=True)).then(folded)
    else:
        form = folded
    return text.select(pl.when(form != "").then(form)).to_series().rename(values.name)
