"""Names of people in texts become [ФИО].

A text is a row of words with what stands between them; what each word may be comes from the table
of distinct tokens (`tokens.py`), and which words are somebody's name is decided by expressions over
the columns of all texts at once (`name_rules.py`).
"""

import polars as pl

from pipelines.cleaning import bits
from pipelines.cleaning.name_rules import How, with_named
from pipelines.cleaning.tokens import flags_of

NAME_TAG = "[ФИО]"
WORD = r"\p{L}+(?:[\-'’]\p{L}+)*"
_PIECE = rf"{WORD}|[^\p{{L}}]+"
_SIGNS = bits.HOT | bits.MAYBE_SURNAME | bits.MAYBE_GIVEN | bits.UNKNOWN_TITLE
_REACH = 5  # words: «заявление на имя Иванова», «Ариф оглы» and the like fit in
_FARTHEST = 3  # words: as far as a rule looks, whatever stands between
_INITIALS = r"\p{L}\.[ \x{a0}_]?\p{L}(?:\W|$)"


def mask_names(texts: pl.Series, keep: frozenset[str], how: How = How.PROSE) -> pl.Series:
    """Mask the names of people.

    Args:
        texts: texts without nulls. Never modified.
        keep: lower-case words that name no person in this hotline's texts.
        how: how much to take for a name.
    """
    suspect = _suspect(texts) if how is not How.STRICT else texts.is_not_null().arg_true()
    if not len(suspect):
        return texts
    pieces = (
        pl.DataFrame({"i": suspect, "piece": texts.gather(suspect).str.extract_all(_PIECE)})
        .explode("piece")
        .with_row_index("at_")
    )
    words = _words(pieces, keep)
    if how is not How.STRICT:
        words = _near(words)
    named = with_named(_apart(words), how).filter(pl.col("token") != "")
    masked = _put_together(pieces, named)
    return texts.clone().scatter(masked["i"], masked["text"]) if len(masked) else texts


def _suspect(texts: pl.Series) -> pl.Series:
    """Return the places of texts that may hold a name."""
    words = pl.DataFrame(
        {"i": pl.int_range(len(texts), eager=True), "token": texts.str.extract_all(WORD)}
    ).explode("token")
    table = flags_of(words["token"])
    seen = words.join(table, on="token").group_by("i").agg(pl.col("flags").bitwise_or())
    flags = pl.col("flags")
    beside = (flags & bits.LISTED["person"] != 0) & (flags & bits.UNKNOWN_TITLE != 0)
    pair = (flags & bits.MAYBE_SURNAME != 0) & (flags & bits.MAYBE_GIVEN != 0)
    hot = seen.filter((flags & bits.HOT != 0) | beside | pair)["i"]
    has_initials = texts.str.contains(_INITIALS).arg_true().cast(pl.Int64)
    return pl.concat([hot, has_initials]).unique().sort()


def _words(pieces: pl.DataFrame, keep: frozenset[str]) -> pl.DataFrame:
    """Return the words of texts: at_, i, token, flags, is_start (the first of its text).

    `before` and `after` are what is between.
    """
    is_word = pl.col("piece").str.contains(r"^\p{L}")
    same_before = pl.col("i") == pl.col("i").shift(1)
    same_after = pl.col("i") == pl.col("i").shift(-1)
    words = pieces.with_columns(
        before=pl.when(same_before).then(pl.col("piece").shift(1)),
        after=pl.when(same_after).then(pl.col("piece").shift(-1)),
    ).filter(is_word)
    is_start = (pl.col("i") != pl.col("i").shift(1)).fill_null(True)
    words = words.rename({"piece": "token"}).with_columns(is_start=is_start)
    words = words.join(flags_of(words["token"]), on="token", how="left", maintain_order="left")
    if keep:
        kept = pl.col("token").str.to_lowercase().is_in(list(keep))
        flags = pl.when(kept).then(bits.LISTED["not_names"]).otherwise(pl.col("flags"))
        words = words.with_columns(flags=flags)
    return words


def _near(words: pl.DataFrame) -> pl.DataFrame:
    """Keep the words close enough to a possible name to have a say in it."""
    is_letter = (pl.col("token").str.len_chars() == 1) & pl.col("after").str.starts_with(".")
    is_sign = (pl.col("flags") & _SIGNS != 0) | is_letter.fill_null(False)
    near = is_sign.cast(pl.Int8).rolling_max(2 * _REACH + 1, min_samples=1, center=True) == 1
    return words.filter(near)


def _apart(words: pl.DataFrame) -> pl.DataFrame:
    """Put empty words between texts, and where words were left out.

    So no rule takes a word of one text for the neighbour of another's: what is masked in a text
    does not depend on the texts beside it.
    """
    # one piece stands between two words of a text; of a batch that begins later, all before is out
    is_gap = ~pl.col("is_start") & ((pl.col("at_") - pl.col("at_").shift(1)).fill_null(3) > 2)
    words = words.with_columns(before=pl.when(~is_gap).then("before"), is_gap=is_gap)
    silence = words.filter(pl.col("is_start") | pl.col("is_gap")).with_columns(
        token=pl.lit(""), flags=pl.lit(0, words.schema["flags"]),
        before=pl.lit(None, pl.String), after=pl.lit(None, pl.String), turn=pl.lit(0, pl.Int8),
    )  # fmt: skip
    many = pl.concat([silence] * _FARTHEST)
    return (
        pl.concat([many, words.with_columns(turn=pl.lit(1, pl.Int8))])
        .sort("at_", "turn")
        .drop("turn", "is_start", "is_gap")
    )


def _put_together(pieces: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Return `i`, `text` of the texts that changed: a run of named words is one tag.

    Args:
        pieces: i, at_, piece. words: at_, is_named, is_linked (to the word before), is_initial.
    """
    hit = words.filter("is_named")["at_"]
    if not len(hit):
        return pl.DataFrame(schema={"i": pl.Int64, "text": pl.String})
    changed = pieces["i"].gather(hit).unique()
    follows = pl.col("is_named") & pl.col("is_linked") & pl.col("is_named").shift(1)
    marks = words.select(
        "at_", "is_named", follows=follows.fill_null(False), is_initial="is_initial"
    )
    parts = pieces.filter(pl.col("i").is_in(changed.implode())).join(
        marks, on="at_", how="left", maintain_order="left"
    )
    named_ = pl.col("is_named").fill_null(False)
    follows_ = pl.col("follows").fill_null(False)
    # between two words of one name nothing stays; after a last initial its dot goes
    dotless = pl.col("piece").str.strip_prefix(".")
    shown = (
        pl.when(follows_ | follows_.shift(-1, fill_value=False))
        .then(pl.lit(""))
        .when(named_)
        .then(pl.lit(NAME_TAG))
        .when((named_ & pl.col("is_initial")).shift(1, fill_value=False))
        .then(dotless)
        .otherwise("piece")
    )
    return (
        parts.with_columns(shown=shown)
        .group_by("i", maintain_order=True)
        .agg(text=pl.col("shown").str.join(""))
    )
