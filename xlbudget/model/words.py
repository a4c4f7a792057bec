"""Words for cells and values: how findings and outputs name a line and write a value."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from xlbudget.model import (
    CellValue,
)

if TYPE_CHECKING:
    pass


_BEYOND_WORDS = Decimal(10) ** 15


def shown(value: CellValue, money: str = "") -> str:
    """Write a value for a message: amounts with separators and unit, texts in quotes."""
    if isinstance(value, Decimal):
        return f"{amount(value)} {money}" if money else format(value.normalize(), "f")
    if value is None or value == "":
        return "空"
    return "是" if value is True else "否" if value is False else f"“{value}”"


def amount(value: Decimal) -> str:
    """Write an amount with thousands separators, two decimals or as many as it has."""
    if abs(value) >= _BEYOND_WORDS:
        return f"{value:.6e}"
    digits = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{digits}f}"


def published(value: Decimal, decimals: int) -> Decimal:
    """Round an amount as published: half up, once."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def nearest(word: str, candidates: Iterable[str]) -> str:
    """Return «；最接近的是“…”» for the nearest candidate, or an empty text."""
    close = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.4)
    return f"；最接近的是“{close[0]}”" if close else ""


EMPTY = "（空）"


_LONGEST_PLAIN = 40  # digits; beyond, an amount is shown with an exponent (a cell may hold 1E+307)


_LINE_BREAK = re.compile("\r\n|[\n\r\u0085\u2028\u2029]")


# Controls, soft hyphen, zero-width and direction marks, tags, lone surrogates and non-characters.
_NOT_INERT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)


def plain_name(text: str) -> str:
    """Return a name without what people write in two ways: blanks, wide and narrow letters."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def apart(one: CellValue, other: CellValue) -> str:
    """Say in which way two values differ that look the same; empty where it can be seen."""
    if isinstance(one, str) and isinstance(other, str):
        for what, plain in _LOOKS.items():
            if one != other and plain(one) == plain(other):
                return f"（只差{what}）"
        return ""
    mixed = isinstance(one, str) or isinstance(other, str)
    same = shown(one).strip("“” ") == shown(other).strip("“” ")
    return "（一个是数字，一个是文本）" if mixed and same else ""


_LOOKS: Mapping[str, Callable[[str], str]] = {
    "看不见的字符": lambda text: _NOT_INERT.sub("", text),
    "空格": lambda text: "".join(text.split()),
    "全角、半角": lambda text: unicodedata.normalize("NFKC", text),
    "空格和全角、半角": lambda text: "".join(unicodedata.normalize("NFKC", _NOT_INERT.sub("", text)).split()),
}
"""What nobody sees of a text, and the text without it."""


_DIGITS = re.compile(r"([0-9]{1,18})")


def inert(text: str) -> str:
    """Return ``text`` with the characters that steer a screen made visible.

    Control characters, zero-width and direction marks and lone surrogates become □ (the Chinese mark
    for a character that cannot be given), line breaks ↵; everything else stays. Reports for people
    put every text through here.
    """
    return _NOT_INERT.sub("□", _LINE_BREAK.sub("↵", text))


def exact_text(value: Decimal) -> str:
    """Return the exact decimal without exponent, separators or trailing zeros, as programs read it."""
    if not value.is_finite():
        return str(value)
    text = format(value if value else Decimal(0), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount_text(value: Decimal, decimals: int = 2) -> str:
    """Return an amount with thousands separators and at least ``decimals`` decimals, never rounded."""
    if not value.is_finite() or abs(value.adjusted()) > _LONGEST_PLAIN:
        return str(value)
    whole, _, fraction = format(value if value else Decimal(0), ",f").partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole


def value_text(value: CellValue, money: str) -> str:
    """Return a value as officers read it: amounts with separators, texts in quotes, empty cells named.

    A number that is no money (a head count) gets no decimals of its own.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return amount_text(value, 2 if money else 0)
    return f"“{value}”" if value else EMPTY


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts 公开表2 before 公开表10."""
    pieces = _DIGITS.split(text)
    return tuple((1, int(piece), "") if at % 2 else (0, 0, piece) for at, piece in enumerate(pieces) if piece)


_DAY = re.compile(r"(\d{4})(?:(\d\d)(\d\d)|\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?)")


def day_of(text: str) -> date:
    """Return the day that people type: 年-月-日 parted by -, /, . or 年月日, or eight digits.

    Raises ValueError for anything else, and for a day that the calendar does not have.
    """
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError(text)
    return date(*(int(part) for part in found.groups() if part))


def moment_text(moment: str) -> str:
    """Return when something was as people write it (2026-11-30 16:39): no seconds, no time zone."""
    return moment[:16].replace("T", " ")
