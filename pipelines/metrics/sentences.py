"""The source text sentence by sentence, beside what is measured of it."""

import polars as pl

from pipelines.lake.connect import Lake

_SAID = {
    "number": pl.Int64,
    "text": pl.String,
    "promise": pl.String,
    "reason": pl.String,
    "because_ru": pl.String,
    "because_en": pl.String,
}
_MEASURED = ("kind", "basis", "target_s", "goal", "unit", "value", "n", "state")


def seed_map(lake: Lake, measured: pl.DataFrame) -> pl.DataFrame:
    """Return every sentence of the public page with its measured fulfilment, or why there is none.

    Args:
        lake: open lake; only its reference data are read.
        measured: `promises` (or `fulfilment`) by promise alone. Never modified.

    Returns:
        One row a sentence and promise that measures it, in the order of the text; one row where
        nothing does: number (of the sentence, from 1), text, promise (null: not measured), reason
        (id of seed_map.yml; null: measured whole), because_ru, because_en, then kind, basis,
        target_s, goal, unit, value, n, state of the promise (null: not measured).

    Source: data/reference/seed_map.yml.
    """
    said = pl.DataFrame(
        [
            (number, s.text, promise, s.reason or None, s.because[0] or None, s.because[1] or None)
            for number, s in enumerate(lake.reference.sentences, 1)
            for promise in s.promises or (None,)
        ],
        schema=_SAID,
        orient="row",
    )
    return said.join(
        measured.select("promise", *_MEASURED), on="promise", how="left", maintain_order="left"
    )
