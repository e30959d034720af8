"""Personal data inside texts becomes [EMAIL], [ТЕЛЕФОН], [ИНН], [СНИЛС], [ПАСПОРТ], [КАРТА], [ФИО].

Polars works on the distinct texts of a column, in parts of bounded size; Python judges only the few
distinct runs of digits (`numbers.py`: shapes and checksums) and each distinct word once
(`tokens.py`). What is the hotline's own (case numbers, its phones) is `Keep`.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from pipelines.ahead import cores, on_all_cores
from pipelines.cleaning.name_rules import How
from pipelines.cleaning.names import mask_names
from pipelines.cleaning.numbers import mask_run

EMAIL = r"[\p{L}\d][\p{L}\d._%+\-]*@[\p{L}\d\-]+(?:\.[\p{L}\d\-]+)+"
# a run of digits long enough for anything personal, with 30 characters before it for its label;
# `[^...]{0,3}` between two digits lets through the ways people write phones
RUN = r"[^0-9\n]{0,30}[0-9](?:[^0-9\n\p{L}]{0,3}[0-9]){8,}"
# a passport's 4 and 6 digits may stand apart («серия 40 12 номер 345678»), without a checksum
PASSPORT = (
    r"(?i)((?:паспорт|пасп\.|сери[яиюей]|passport)[^\d\n]{0,25})\d{2}[\s\-]?\d{2}"
    r"[\s,;:№Nn\-]{0,4}(?:номер|ном\.?|н\.?)?[\s:№Nn\-]{0,4}\d{6}(\D|$)"
)
LOCAL_PHONE = (
    r"(?i)((?:тел|моб|звоните|whatsapp|вотсап|ватсап)[^\d\n]{0,15})"
    r"\d{2,3}[\s\-]?\d{2}[\s\-]?\d{2}(\D|$)"
)
DASHED_PHONE = r"(^|[^\d\-/.№])\d{3}-\d{2}-\d{2}([^\d\-/]|$)"
MOBILE = (
    r"(^|[^0-9.])(?:\+?[78])?[\s(\-]{0,2}9[0-9]{2}[\s)\-]{0,2}"
    r"[0-9]{3}[\s\-]?[0-9]{2}[\s\-]?[0-9]{2}([^0-9]|$)"
)
FOREIGN = r"(^|[^0-9])\+[1-689][0-9]{9,13}([^0-9]|$)"
FEWEST_DIGITS = 7
PART, FEW = 4_000, 500  # texts at once, so many on each core; fewer are not worth a thread
_CODE_MAY_HOLD = r"@|\d(?:[^\d\p{L}]{0,3}\d){8}|\p{L}[\s_.]+\p{L}"


@dataclass(frozen=True)
class Keep:
    """What looks personal and is not."""

    digits: frozenset[str] = frozenset()  # of numbers: cases of the same file, the hotline's phones
    case_numbers: str = ""  # regular expression of the hotline's case numbers
    words: frozenset[str] = frozenset()  # in lower case: never a person's name here


NOTHING = Keep()


def mask(texts: pl.Series, keep: Keep = NOTHING, how: How = How.PROSE) -> pl.Series:
    """Mask personal data in a column of texts.

    Args:
        texts: free text, nulls allowed. Never modified.
        keep: what stays.
        how: CODES for columns where a lone «Владимир» is a town: of names only full ones and
            surnames with initials or a first name are masked.

    Returns:
        The same texts with personal data replaced by the name of its kind. Masked again, they stay
        as they are.

    >>> mask(pl.Series(["пишите на a.b@mail.ru или 8 916 123-45-67"])).to_list()
    ['пишите на [EMAIL] или [ТЕЛЕФОН]']
    """
    distinct = texts.drop_nulls().unique()
    if how is How.CODES:
        distinct = distinct.filter(distinct.str.contains(_CODE_MAY_HOLD))
    return replaced(texts, on_all_cores(lambda part: _changed(part, keep, how), parts(distinct)))


def mask_mobiles(values: pl.Series) -> pl.Series:
    """Hide mobile and foreign phones in a column of lines, queues and numbers."""
    masked = values
    for pattern in (MOBILE, FOREIGN):
        masked = masked.str.replace_all(pattern, "${1}[ТЕЛЕФОН]${2}")
    return masked


def mask_rows(lines: pl.Series) -> pl.Series:
    """Mask lines that are no rows: what is not understood shows no long number and no name.

    Stricter than `mask`, since in a torn line an identifier may be cut in the middle; cut to 2,000
    characters.
    """
    masked = mask(lines.str.slice(0, 2000))
    masked = (
        masked.str.replace_all(r"\S+@\S*|\S*@\S+", "[EMAIL]")
        .str.replace_all(r"(\d{4})-(\d{2})-(\d{2})(\D|$)", "${1}\x02${2}\x02${3}${4}")
        .str.replace_all(r"\+?\d[\d\s()\-]{5,}\d", "[ЧИСЛО]")
        .str.replace_all("\x02", "-", literal=True)
    )
    return mask_names(masked, frozenset(), How.STRICT)


def shown(text: str) -> str:
    """Return a file's name, a message or a note as it may be written down anywhere.

    >>> shown("calls.csv"), shown("жалоба_Иванов_Иван_89161234567.csv")
    ('calls.csv', 'жалоба_[ФИО]_[ТЕЛЕФОН].csv')
    """
    plain = unicodedata.normalize("NFC", text)  # a Mac writes й as two characters
    if plain.isascii() and "@" not in plain and sum(map(str.isdigit, plain)) < FEWEST_DIGITS:
        return text
    return str(mask(pl.Series([plain]))[0])


def parts(distinct: pl.Series) -> list[pl.Series]:
    """Cut a column into parts that fit into memory with all that is made of them."""
    size = max(FEW, min(PART, -(-len(distinct) // cores())))
    return [distinct.slice(start, size) for start in range(0, len(distinct), size)]


def _changed(texts: pl.Series, keep: Keep, how: How) -> pl.DataFrame:
    """Return `text`, `masked` of those distinct texts that hold something."""
    masked = where(texts, texts.str.contains("@", literal=True), _emails)
    has_digits = texts.str.count_matches("[0-9]") >= FEWEST_DIGITS
    masked = where(masked, has_digits, lambda found: _numbers(found, keep))
    masked = mask_names(masked, keep.words, how)
    return pl.DataFrame({"text": texts, "masked": masked}).filter(
        pl.col("text") != pl.col("masked")
    )


def where(texts: pl.Series, is_so: pl.Series, act: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Return the texts, those that are so as `act` returns them."""
    if not is_so.any():
        return texts
    return texts.clone().scatter(is_so.arg_true(), act(texts.filter(is_so)))


def replaced(texts: pl.Series, changed: list[pl.DataFrame]) -> pl.Series:
    """Return the texts with each `text` of the frames as its `masked`."""
    found = [part for part in changed if len(part)]
    if not found:
        return texts
    whole = pl.concat(found)
    return texts.replace(whole["text"], whole["masked"])


def _emails(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all(EMAIL, "[EMAIL]")


def _numbers(texts: pl.Series, keep: Keep) -> pl.Series:
    """Replace runs of digits that `mask_run` recognises, passports and short local phones."""
    frame = pl.DataFrame({"text": texts}).with_row_index("i")
    runs = (
        frame.select("i", run=pl.col("text").str.extract_all(RUN))
        .filter(pl.col("run").list.len() > 0)
        .explode("run")
    )
    masked = texts
    if len(runs):
        distinct = runs["run"].unique()
        judged = [mask_run(run, keep.digits, keep.case_numbers) for run in distinct]
        table = pl.DataFrame({"run": distinct, "shown": pl.Series(judged, dtype=pl.String)})
        runs = runs.join(table, on="run", how="left", maintain_order="left")
        pieces = (
            frame.filter(pl.col("i").is_in(runs["i"].unique().implode()))
            .select("i", piece=pl.col("text").str.replace_all(RUN, "\x00").str.split("\x00"))
            .explode("piece")
        )
        whole = _woven(pieces, runs)
        masked = texts.clone().scatter(whole["i"], whole["text"])
    masked = masked.str.replace_all(PASSPORT, "${1}[ПАСПОРТ]${2}").str.replace_all(
        LOCAL_PHONE, "${1}[ТЕЛЕФОН]${2}"
    )
    for _ in range(2):  # neighbours share the character between them
        masked = masked.str.replace_all(DASHED_PHONE, "${1}[ТЕЛЕФОН]${2}")
    return masked


def _woven(pieces: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Return `i`, `text`: pieces and runs alternate, piece, run, piece, ..., piece."""
    order = pl.int_range(pl.len()).over("i")
    return (
        pl.concat(
            [
                pieces.select("i", at_=order * 2, s="piece"),
                runs.select("i", at_=order * 2 + 1, s="shown"),
            ]
        )
        .sort("i", "at_")
        .group_by("i", maintain_order=True)
        .agg(text=pl.col("s").str.join(""))
    )
