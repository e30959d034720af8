"""Ids that hold personal data (a phone, a name) become pseudonyms: the same id the same one."""

import polars as pl

from pipelines.cleaning.keys import keyed
from pipelines.cleaning.mask import Keep
from pipelines.cleaning.name_rules import How
from pipelines.cleaning.values import mask_values

_SOURCE = r"^([a-z][a-z0-9_]*:)?"  # <source>:<native id>
# our own keys are hex and may be digits only: they look like a phone and expose nobody
_OWN_KEY = r"\b(?:tel|id)-[0-9a-f]{16}\b"


def hide_ids(values: pl.Series, key: bytes, keep: Keep, how: How = How.CODES) -> pl.Series:
    """Replace ids with personal data in them by `id-` and 16 hex characters, others stay.

    An exchange may number calls by the caller, a shifted row may bring a phone into the column of
    ids, an operator's login may be a name. The id must go on joining rows of several logs, so it
    is hashed with the key, not masked; what stands before the colon stays.

    Args:
        values: ids as strings, nulls allowed. Never modified.
        how: PROSE where a lone surname is a name too (operators).
    """
    distinct = values.drop_nulls().unique()
    native = distinct.str.replace(_SOURCE, "")
    judged = native.str.replace_all(_OWN_KEY, "")
    is_personal = mask_values(judged, keep, how) != judged
    if not is_personal.any():
        return values
    found = pl.DataFrame({"id": distinct, "native": native}).filter(is_personal)
    source = found["id"].str.extract(_SOURCE).fill_null("")
    return values.replace(found["id"], source + "id-" + keyed(found["native"], "id", key))
