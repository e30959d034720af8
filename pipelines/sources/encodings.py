"""Which encoding a text is in: a mark at its beginning, valid UTF-8, or the likeliest Russian one.

Russian exports come in Windows-1251, KOI8-R or, from old terminals, code page 866. They use the
same bytes for different letters, so the likeliest letters tell them apart.
"""

import codecs
from functools import cache

import numpy as np
from numpy.typing import NDArray

SINGLE_BYTE = ("cp1251", "koi8-r", "cp866")
SAMPLE_BYTES = 1 << 18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16 does, so it stands before
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# shares of the letters of Russian text (Russian National Corpus), in per mille
_LETTERS = dict(zip("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    (110, 84, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16, 16, 14, 12,
     10, 9, 7, 6, 5, 4, 3, 3, 1, 1), strict=True))  # fmt: skip
_CAPITAL = -0.7  # capitals are rarer, yet whole headers are written in them
_ODD = -4.0  # a letter of no Russian word, a piece of a frame
_USUAL = "«»—–№…“”„‘’\xa0°§"


def encoding_of(data: bytes) -> str:
    """Return the codec of a sample of text; `ascii` where nothing beyond ASCII tells.

    Damaged UTF-8 stays UTF-8: a single-byte encoding must explain more of the text.
    """
    sample = data[:SAMPLE_BYTES]
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if not sample:
        return "ascii"
    if wide := _wide(sample):
        return wide
    if sample.isascii():
        return "ascii"
    if len(data) > len(sample):  # a character cut at the end of the sample is no damage
        sample = sample[: sample.rfind(b"\n") + 1] or sample[:-3]
    text = sample.decode("utf-8", errors="replace")
    n_letters = sum(text.count(c) for c in set(text) if "\u0400" <= c <= "\u04ff")
    return likeliest(sample) if text.count("\ufffd") > n_letters else "utf-8"


def likeliest(data: bytes) -> str:
    """Return the single-byte encoding in which the bytes read most like Russian."""
    counts = np.bincount(np.frombuffer(data, np.uint8), minlength=256)
    return max(SINGLE_BYTE, key=lambda codec: float(counts @ _weights(codec)))


def is_wide(codec: str) -> bool:
    """Tell whether characters take two or four bytes each: line ends are no single byte there."""
    return codecs.lookup(codec).name.startswith(("utf-16", "utf-32")) if codec else False


def _wide(sample: bytes) -> str:
    """Return UTF-16 with no mark: every second byte of plain text is a zero, or one of Cyrillic."""
    if len(sample) < 8 or b"\x00" not in sample:
        return ""
    bytes_ = np.frombuffer(sample[: len(sample) // 2 * 2], np.uint8).reshape(-1, 2)
    high = (bytes_ == 0) | (bytes_ == 4)  # Latin and Cyrillic
    share = high.mean(axis=0)
    if share[1] > 0.9 and share[0] < 0.5:
        return "utf-16-le"
    return "utf-16-be" if share[0] > 0.9 and share[1] < 0.5 else ""


@cache
def _weights(codec: str) -> NDArray[np.float64]:
    """Return how much each byte speaks for the encoding: 0 for ASCII."""
    weights = np.zeros(256)
    for byte in range(128, 256):
        char = bytes([byte]).decode(codec, errors="replace")
        share = _LETTERS.get(char.lower())
        if share:
            weights[byte] = np.log(share / 30) + (_CAPITAL if char.isupper() else 0.0)
        else:
            weights[byte] = 0.0 if char in _USUAL else _ODD
    return weights
