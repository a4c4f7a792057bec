"""What a typed cell means: amounts and codes as people type them, normalised where unambiguous.

Follows the table of returned workbooks: numbers as text, full-width digits, thousands
separators, “—” and “无” for nothing, codes stored as numbers or without their leading zero.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container
from decimal import Decimal, InvalidOperation

from xlbudget.model import CellValue, StoredCell, Trouble, fifteen_digits

_SPACES = re.compile(r"[\s\u00a0\u3000\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_PLAIN = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)$")
_NOTHING = {"", "-", "--", "—", "——", "–", "无", "/", "\\", "0元", "零"}
_CODE = re.compile(r"^\w[\w./\-()（）]*$")
_CODE_AND_NAME = re.compile(r"^([0-9]+)[-–—_:：、.]?[\u3400-\u9fff][^\d_]*$")  # a Latin letter is no name
_SCIENTIFIC = re.compile(r"^\d(\.\d+)?[eE]\+?\d+$")
_MOST_DIGITS = 15
_FINEST, _RESIDUE = Decimal("0.000001"), Decimal("1e-9")

_NO_VALUE = {"e": Trouble.ERROR_VALUE, "ambiguous": Trouble.AMBIGUOUS_VALUE}
_NO_TEXT = _NO_VALUE | {"zero": Trouble.AMBIGUOUS_VALUE}
_NO_CODE = _NO_TEXT | {"e": Trouble.UNREADABLE_CODE, "b": Trouble.UNREADABLE_CODE}

Read = tuple[CellValue, Trouble | None]
"""A value, and what was wrong with the cell (None: nothing). An unreadable value is None."""


def read_amount(cell: StoredCell) -> Read:
    """Return the amount (元) in a cell, exact to what the file says."""
    if cell.kind == "blank":
        return None, None
    if cell.kind in _NO_VALUE:
        return None, _NO_VALUE[cell.kind]
    if cell.kind in ("n", "zero"):
        return _number(cell.text)
    if cell.kind == "b":
        return None, Trouble.UNREADABLE_AMOUNT
    return _amount_in_text(cell.text)


def _number(text: str) -> Read:
    try:
        number = fifteen_digits(text)
    except ValueError:
        return None, Trouble.UNREADABLE_AMOUNT
    if not number.is_finite():
        return None, Trouble.ERROR_VALUE
    plain = _without_residue(number)
    return plain, None if plain == number else Trouble.FLOAT_RESIDUE


def _without_residue(number: Decimal) -> Decimal:
    """Return a number without what binary arithmetic has left behind its digits (-1.46E-11, 0.099999999999).

    Nobody types nine zeros or nines behind six decimals: such digits come from adding and subtracting.
    """
    if number == number.to_integral_value() or number.adjusted() >= _MOST_DIGITS:
        return number
    plain = number.quantize(_FINEST)
    return plain.normalize() + 0 if 0 < abs(number - plain) < _RESIDUE else number


def _amount_in_text(text: str) -> Read:
    plain = _SPACES.sub("", unicodedata.normalize("NFKC", text)).removeprefix("¥").removesuffix("元")
    plain = plain.replace("，", ",").replace("−", "-")
    if plain in _NOTHING:
        return None, None if not text.strip() else Trouble.NO_AMOUNT
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    if _GROUPED.match(plain):
        plain = plain.replace(",", "")
    if not _PLAIN.match(plain):
        return None, Trouble.UNREADABLE_AMOUNT
    try:
        return Decimal(plain), Trouble.TEXT_AMOUNT
    except InvalidOperation:
        return None, Trouble.UNREADABLE_AMOUNT


def read_code(
    cell: StoredCell,
    known: Container[str] | None,
    listed: Callable[[], Container[str]] = frozenset,
) -> Read:
    """Return the code in a cell; ``known`` are the codes allowed (None: any well-formed code).

    ``listed`` gives all codes of the list, those of other levels too: one with its name is told by them.
    """
    if cell.kind == "blank" or not cell.text.strip():
        return None, None
    if cell.kind in _NO_CODE:
        return None, _NO_CODE[cell.kind]
    text = cell.text
    code = _SPACES.sub("", unicodedata.normalize("NFKC", text))
    if cell.kind == "n":
        number = _number(text)[0]
        if not isinstance(number, Decimal) or number != number.to_integral_value():
            return None, Trouble.UNREADABLE_CODE
        code = format(number.to_integral_value(), "f")
        if len(code) > _MOST_DIGITS:  # beyond, programs keep no digits: what was typed is lost
            return None, Trouble.UNREADABLE_CODE
    if known is not None and code not in known and f"0{code}" in known:
        code = f"0{code}"
    if known is not None and code not in known:
        alone = _CODE_AND_NAME.match(code)
        code = alone[1] if alone and (alone[1] in known or alone[1] in listed()) else code
    if not _CODE.match(code) or _SCIENTIFIC.match(code):
        return None, Trouble.UNREADABLE_CODE
    return code, None if cell.kind == "s" and code == text else Trouble.MALFORMED_CODE


def read_text(cell: StoredCell) -> Read:
    """Return the text in a cell, without surrounding blanks."""
    if cell.kind in _NO_TEXT:
        return None, _NO_TEXT[cell.kind]
    if cell.kind == "n":
        number = _number(cell.text)[0]
        if not isinstance(number, Decimal):
            return cell.text, None
        whole = number == number.to_integral_value()
        return format(number.to_integral_value() if whole else number, "f"), None
    return cell.text.strip() or None, None
