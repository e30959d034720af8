"""Personal data inside texts becomes [EMAIL], [ТЕЛЕФОН], [ИНН], [СНИЛС], [ПАСПОРТ], [КАРТА], [ФИО].

Polars finds the few texts and the few runs of digits that can hold anything; only these distinct
runs are judged in Python (`numbers.py`: shapes and checksums). Names are masked where a patronymic
or «меня зовут» gives them away; other names stay for a later, dictionary-based pass.
"""

import polars as pl

from pipelines.cleaning.numbers import mask_run

EMAIL = r"[\p{L}\d][\p{L}\d._%+\-]*@[\p{L}\d\-]+(?:\.[\p{L}\d\-]+)+"
# a run of digits long enough for anything personal, with 30 characters before it for its label;
# `\d[^\d\n]{0,3}` lets through the ways people write phones
RUN = r"[^\d\n]{0,30}\d(?:[^\d\n\p{L}]{0,3}\d){8,}"
# a passport's 4 and 6 digits may stand apart («серия 40 12 номер 345678»), without a checksum
PASSPORT = (
    r"(?i)((?:паспорт|сери[яиюей])[^\d\n]{0,25})\d{2}[\s\-]?\d{2}"
    r"[\s,;:№Nn\-]{0,4}(?:номер|ном\.?|н\.?)?[\s:№Nn\-]{0,4}\d{6}(\D|$)"
)
LOCAL_PHONE = (
    r"(?i)((?:тел|моб|звоните|whatsapp|вотсап|ватсап)[^\d\n]{0,15})"
    r"\d{2,3}[\s\-]?\d{2}[\s\-]?\d{2}(\D|$)"
)
_CAPITAL = r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?"
_PATRONYMIC = (
    r"[А-ЯЁ][а-яё]+(?:вич|вича|вичу|вичем|виче|вна|вны|вне|вной|вну|ична|ичны|ичне|ичной|ичну"
    r"|ьич|ьича|ьичу|ьичом|ьиче)"
)
NAME = (
    rf"\b(?:{_CAPITAL}\s+)?{_CAPITAL}\s+{_PATRONYMIC}\b"
    rf"|\b{_CAPITAL}\s+[А-ЯЁ]\.\s?[А-ЯЁ]\.|\b[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?{_CAPITAL}"
)
_CALLED = (
    r"(?i:(меня зовут|мо[её] имя|моя фамилия|это говорит)(\s+))"
    rf"\p{{L}}[\p{{L}}\-]+(?:\s+{_CAPITAL}){{0,2}}"
)
_SIGNED = rf"((?i:с уважением),?\s+)(?:{_CAPITAL}\s+){{0,2}}{_CAPITAL}(?:\s+[А-ЯЁ]\.)*"
# «Малый пр. В.О.» and «П.С.» are islands, not initials
_ISLAND = r"\b(В|П)\.(\s?)(О|С)\."
_MAY_HOLD = (
    r"@|\d(?:\D{0,25}\d){5}|[А-ЯЁ]\.|вич|вн[ауыео]|ичн|ьич|(?i:зовут|мо[яё]|мое|говорит|уважением)"
)

Protected = frozenset[str]


def mask(texts: pl.Series, protected: Protected = frozenset()) -> pl.Series:
    """Mask personal data in a column of texts.

    Args:
        texts: free text, nulls allowed. Never modified.
        protected: numbers that are no personal data (case numbers of the same file), digits only.

    Returns:
        The same texts with personal data replaced by the name of its kind.

    >>> mask(pl.Series(["пишите на a.b@mail.ru или 8 916 123-45-67"])).to_list()
    ['пишите на [EMAIL] или [ТЕЛЕФОН]']
    """
    may_hold = texts.str.contains(_MAY_HOLD).fill_null(False)
    if not may_hold.any():
        return texts
    suspect = texts.filter(may_hold).unique()
    masked = _numbers(suspect.str.replace_all(EMAIL, "[EMAIL]"), protected)
    masked = (
        masked.str.replace_all(PASSPORT, "${1}[ПАСПОРТ]${2}")
        .str.replace_all(LOCAL_PHONE, "${1}[ТЕЛЕФОН]${2}")
        .str.replace_all(_CALLED, "${1}${2}[ФИО]")
        .str.replace_all(_SIGNED, "${1}[ФИО]")
        .str.replace_all(_ISLAND, "${1}\x02${2}${3}\x02")
        .str.replace_all(NAME, "[ФИО]")
        .str.replace_all("\x02", ".", literal=True)
    )
    found = pl.DataFrame({"text": suspect, "masked": masked})
    joined = (
        texts.rename("text").to_frame().join(found, on="text", how="left", maintain_order="left")
    )
    return joined.select(pl.coalesce("masked", "text")).to_series().rename(texts.name)


def _numbers(texts: pl.Series, protected: Protected) -> pl.Series:
    """Replace the runs of digits that `mask_run` recognises; texts are put together again."""
    frame = (
        pl.DataFrame({"text": texts})
        .with_row_index("i")
        .with_columns(run=pl.col("text").str.extract_all(RUN))
    )
    frame = frame.filter(pl.col("run").list.len() > 0)
    if frame.is_empty():
        return texts
    pieces = frame.select(
        "i", piece=pl.col("text").str.replace_all(RUN, "\x00").str.split("\x00")
    ).explode("piece")
    runs = frame.select("i", "run").explode("run")
    distinct = runs["run"].unique()
    judged = pl.DataFrame(
        {"run": distinct, "masked": [mask_run(run, protected) for run in distinct]},
        schema={"run": pl.String, "masked": pl.String},
    )
    runs = runs.join(judged, on="run", how="left", maintain_order="left")
    # pieces and runs alternate: piece, run, piece, ..., piece
    order = pl.int_range(pl.len()).over("i")
    whole = (
        pl.concat(
            [
                pieces.select("i", (order * 2).alias("at_"), pl.col("piece").alias("s")),
                runs.select("i", (order * 2 + 1).alias("at_"), pl.col("masked").alias("s")),
            ]
        )
        .sort("i", "at_")
        .group_by("i", maintain_order=True)
        .agg(pl.col("s").str.join(""))
    )
    joined = (
        texts.rename("text")
        .to_frame()
        .with_row_index("i")
        .join(whole, on="i", how="left", maintain_order="left")
    )
    return joined.select(pl.coalesce("s", "text")).to_series()


def mask_mobiles(values: pl.Series) -> pl.Series:
    """Hide mobile numbers in a column of lines, queues and numbers; the hotline's own stay."""
    digits = pl.col("v").str.replace_all(r"[\s()+\-.]", "")
    hidden = pl.when(digits.str.contains(r"^[78]?9\d{9}$")).then(pl.lit("[ТЕЛЕФОН]"))
    return (values.rename("v").to_frame().select(hidden.otherwise(pl.col("v"))).to_series()).rename(
        values.name
    )


def mask_rows(lines: pl.Series) -> pl.Series:
    """Mask lines that are no rows: what is not understood shows no long number and no name.

    Stricter than `mask`, since in a torn line an identifier may be cut in the middle.
    """
    return (
        mask(lines.str.slice(0, 2000))
        .str.replace_all(r"\S+@\S*|\S*@\S+", "[EMAIL]")
        .str.replace_all(r"(\d{4})-(\d{2})-(\d{2})(\D|$)", "${1}\x02${2}\x02${3}${4}")
        .str.replace_all(r"\+?\d[\d\s()\-]{5,}\d", "[ЧИСЛО]")
        .str.replace_all("\x02", "-", literal=True)
        .str.replace_all(rf"{_CAPITAL}(?:\s+{_CAPITAL})+", "[ФИО]")
    )
