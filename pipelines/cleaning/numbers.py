"""Runs of digits: phone, INN, SNILS, passport, card, or a number that is nobody's.

Checksums: INN by the tax service's rule, SNILS by the pension fund's (numbers up to 001-001-998
carry none), cards by Luhn. A checksum leaves 1 in 11 random 10-digit numbers and 1 in 100 of 11 or
12 digits: numbers labelled as a case, a contract or a bill stay, as do the hotline's own.
"""

import re
from collections.abc import Callable

_CASE = (
    r"(?:обращени|заявк|заявлени|тикет|инцидент|кейс|\bcase|ticket|талон|договор|письм"
    r"|\bисх|\bвх|\bдел[оау]\b|регистрационн|квитанци|сч[её]т)[а-яё]*"
)
_SIGN = r"(?:№|#|\bN[oо]?\.?|\bномер[а-яё]*)"
# «обращение № …», «номер заявки: …» are nobody's; «обращение 8916…» may still be a phone
CASE_LABEL = re.compile(
    rf"{_CASE}\.?\s*(?:под\s+)?{_SIGN}[\s:№]*$|{_SIGN}\s*{_CASE}[\s:№—–-]*$", re.IGNORECASE
)
CASE_WORD = re.compile(rf"{_CASE}[\s:]*$", re.IGNORECASE)
_SEP = r"[\s\-–—.()]{0,3}"
_NOT_BEFORE, _NOT_AFTER = r"(?<!\d)", r"(?!\d)"
CARD = re.compile(rf"{_NOT_BEFORE}[2456]\d{{3}}(?:[\s\-]?\d{{4}}){{3}}(?:\d{{1,3}})?{_NOT_AFTER}")
SNILS = re.compile(rf"{_NOT_BEFORE}\d{{3}}[\s\-]?\d{{3}}[\s\-]?\d{{3}}[\s\-]*\d{{2}}{_NOT_AFTER}")
PHONE = re.compile(
    rf"{_NOT_BEFORE}(?:\+7{_SEP}\d{{3}}|[78]{_SEP}[3-9]\d{{2}}){_SEP}\d(?:{_SEP}\d){{6}}{_NOT_AFTER}"
    rf"|{_NOT_BEFORE}\(?9\d{{2}}\)?[\s\-.]{{0,2}}\d{{3}}[\s\-.]?\d{{2}}[\s\-.]?\d{{2}}{_NOT_AFTER}"
    rf"|\+\d{{1,3}}{_SEP}\d(?:{_SEP}\d){{8,11}}{_NOT_AFTER}"
    rf"|\(\d{{3,5}}\)[\s\-]{{0,2}}\d{{1,3}}[\s\-]?\d{{2}}[\s\-]?\d{{2}}{_NOT_AFTER}"
    rf"|{_NOT_BEFORE}\d{{3}}[\s\-]\d{{3}}-\d{{2}}-\d{{2}}{_NOT_AFTER}"
)
LONG = re.compile(rf"{_NOT_BEFORE}\d{{12}}{_NOT_AFTER}|{_NOT_BEFORE}\d{{10}}{_NOT_AFTER}")
PASSPORT = re.compile(rf"{_NOT_BEFORE}\d{{2}}\s?\d{{2}}[\s\-№]{{0,3}}\d{{6}}{_NOT_AFTER}")
_INN_LABEL = re.compile(r"инн\b[^\d\n]{0,25}$", re.IGNORECASE)
_SNILS_LABEL = re.compile(r"снилс[^\d\n]{0,25}$", re.IGNORECASE)
_CARD_LABEL = re.compile(r"карт[а-яё]*[^\d\n]{0,25}$", re.IGNORECASE)
_PASSPORT_LABEL = re.compile(
    r"(?:паспорт|пасп\.|сери[яиюей]|passport)[^\d\n]{0,25}$", re.IGNORECASE
)


def is_inn(digits: str) -> bool:
    """Tell whether 10 or 12 digits are an INN.

    >>> is_inn("7707083893"), is_inn("7707083894"), is_inn("500100732259")
    (True, False, True)
    """
    if len(digits) == 10:
        return _inn_digit(digits, (2, 4, 10, 3, 5, 9, 4, 6, 8)) == int(digits[9])
    if len(digits) != 12:
        return False
    first = _inn_digit(digits, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
    second = _inn_digit(digits, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
    return first == int(digits[10]) and second == int(digits[11])


def _inn_digit(digits: str, weights: tuple[int, ...]) -> int:
    return sum(w * int(d) for w, d in zip(weights, digits, strict=False)) % 11 % 10


def is_snils(digits: str) -> bool:
    """Tell whether 11 digits are a SNILS.

    >>> is_snils("11223344595"), is_snils("11223344596")
    (True, False)
    """
    if len(digits) != 11 or not digits[:9].strip("0"):
        return False
    if int(digits[:9]) <= 1_001_998:
        return True
    control = sum(int(d) * (9 - i) for i, d in enumerate(digits[:9])) % 101
    return (0 if control == 100 else control) == int(digits[9:])


def is_card(digits: str) -> bool:
    """Tell whether 16 to 19 digits pass Luhn.

    >>> is_card("4111111111111111"), is_card("4111111111111112")
    (True, False)
    """
    if not 16 <= len(digits) <= 19:
        return False
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(int(d) for d in digits[-1::-2]) + sum(doubled)) % 10 == 0


def mask_run(
    run: str,
    protected: frozenset[str] = frozenset(),
    case_numbers: str = "",
    *,
    is_value: bool = False,
) -> str:
    """Mask what is personal in a run of digits and the words before it.

    Args:
        run: up to 30 characters of label, then digits with separators; may hold several numbers.
        protected: digits of numbers that stay as they are.
        case_numbers: regular expression of numbers that stay as they are.
        is_value: an id or a dialled number, not prose: phones and 10 digits are no sign there.

    >>> mask_run("обращение № 89161234567"), mask_run("инн 7707083893"), mask_run("8 916 123-45-67")
    ('обращение № 89161234567', 'инн [ИНН]', '[ТЕЛЕФОН]')
    """
    if not case_numbers:
        return _masked(run, protected, is_value)
    shown, at = "", 0
    for own in re.finditer(rf"(?<!\d)(?:{case_numbers})(?!\d)", run):
        shown += _masked(run[at : own.start()], protected, is_value) + own.group()
        at = own.end()
    return shown + _masked(run[at:], protected, is_value)


def _masked(run: str, protected: frozenset[str], is_value: bool) -> str:
    for kind, pattern, is_kind in _VALUE_KINDS if is_value else _KINDS:

        def replace(found: re.Match[str], kind: str = kind, is_kind: _Judge = is_kind) -> str:
            text, before = found.group(), found.string[: found.start()]
            digits = re.sub(r"\D", "", text)
            if digits in protected or CASE_LABEL.search(before):
                return text
            if kind not in ("ТЕЛЕФОН", "КАРТА") and CASE_WORD.search(before):
                return text
            return f"[{kind}]" if is_kind(text, digits, before) else text

        run = pattern.sub(replace, run)
    return run


def _looks_like_card(_text: str, digits: str, before: str) -> bool:
    return is_card(digits) or bool(_CARD_LABEL.search(before))


def _looks_like_passport(text: str, _digits: str, before: str) -> bool:
    # «4012 345678»: nothing else is written so
    return bool(_PASSPORT_LABEL.search(before)) or bool(re.fullmatch(r"\d{2} ?\d{2} \d{6}", text))


def _looks_like_snils(text: str, digits: str, before: str) -> bool:
    is_written_so = bool(re.fullmatch(r"\d{3}-\d{3}-\d{3}[\s\-]\d{2}", text))
    if _SNILS_LABEL.search(before) or is_written_so:
        return True
    # eleven digits that begin like a phone are one, unless the label says otherwise
    return is_snils(digits) and not PHONE.fullmatch(text)


def _looks_like_inn(_text: str, digits: str, before: str) -> bool:
    return bool(_INN_LABEL.search(before)) or is_inn(digits)


_Judge = Callable[[str, str, str], bool]  # the number as written, its digits, what stands before
_KINDS: tuple[tuple[str, re.Pattern[str], _Judge], ...] = (
    ("КАРТА", CARD, _looks_like_card),
    ("ПАСПОРТ", PASSPORT, _looks_like_passport),
    ("СНИЛС", SNILS, _looks_like_snils),
    # a phone whose label says it is an INN is one
    ("ТЕЛЕФОН", PHONE, lambda _text, _digits, before: not _INN_LABEL.search(before)),
    ("ИНН", LONG, _looks_like_inn),
)
_VALUE_KINDS: tuple[tuple[str, re.Pattern[str], _Judge], ...] = (
    ("КАРТА", CARD, lambda _text, digits, _before: is_card(digits)),
    ("СНИЛС", SNILS, _looks_like_snils),
    ("ИНН", LONG, lambda _text, digits, _before: len(digits) == 12 and is_inn(digits)),
)
