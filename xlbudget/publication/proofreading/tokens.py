"""A sentence as tokens that can be laid beside another's: figures by their unit, years, direction words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

UNITS = {"亿元": Decimal(100_000_000), "万元": Decimal(10_000), "元": Decimal(1)}
"""What a unit of money is in 元."""

_GAIN, _LOSS = ("增加", "增长", "上升", "提高"), ("减少", "下降", "降低", "压减")
_SAME = ("持平", "相同", "一致")
BLANKS = " \u00a0\u2009\u202f\u3000"
"""What people put between groups of three digits in place of a comma."""
_WIDE = str.maketrans("０１２３４５６７８９．％－−﹣﹪", "0123456789.%---%")
_LESS = "–△▲-"
"""Signs of amounts below nothing; between two figures the stroke means a range."""
_SIGN = rf"(?<![0-9A-Za-z%元万亿个辆人米项类年月日号{_LESS}])(?P<less>[{_LESS}]+)\s*"
_NUMBER = rf"(?:(?<![\d.,，])\d{{1,3}}(?:[{BLANKS}]\d{{3}})+(?!\d)|\d[\d,，]*)(?:\.\d+)?"
_UNIT = "亿元|万元|元|%|平方米|个|辆|人|大类|小项"
_TOKEN = re.compile(
    r"(?P<year>(?<![\d.])20\d\d)\s*(?=年|-)"
    rf"|[(（](?P<below>{_NUMBER})[)）]\s*(?P<of>亿元|万元|元|%)"
    rf"|(?:{_SIGN})?(?P<number>{_NUMBER})\s*(?P<unit>{_UNIT})"
    rf"|(?P<word>{'|'.join((*_GAIN, *_LOSS, *_SAME))})"
    r"|(?P<other>[^\s，,；;。、：:（）()“”\"])"
)


class Kind(StrEnum):
    """What a token is."""

    MONEY = "金额"
    SHARE = "比例"
    COUNT = "数量"
    YEAR = "年份"
    WORD = "增减"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text, where it begins; figures with their value (money in 元) and decimals.

    ``step`` is the smallest amount that the token can tell, in the value's measure. ``twice`` is said of a
    direction word whose figure has a sign too: it points where both together do.
    """

    kind: Kind
    text: str
    start: int
    value: Decimal = Decimal(0)
    step: Decimal = Decimal(1)
    twice: bool = False

    @property
    def key(self) -> str:
        """What it must share with another to stand in the same place."""
        return self.kind.value or self.text


def narrow(text: str) -> str:
    """Return a text with figures, signs and points in half width, letter for letter."""
    return text.translate(_WIDE)


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text; punctuation and blanks say nothing."""
    found: list[Token] = []
    for token in map(_token, _TOKEN.finditer(narrow(text))):
        if found and token.value < 0 and found[-1].value and _follows(found[-1], token, text):
            # «increased by -5»: a fall; «decreased by -5» is what people write for one, and doubtful
            found[-1] = replace(found[-1], value=Decimal(-1), twice=True)
            found.append(replace(token, value=-token.value))
        else:
            found.append(token)
    return found


def _follows(word: Token, figure: Token, text: str) -> bool:
    return word.kind is Kind.WORD and not text[word.start + len(word.text) : figure.start].strip()


def _token(found: re.Match[str]) -> Token:
    if found["year"]:
        return Token(Kind.YEAR, found["year"], found.start(), Decimal(found["year"]))
    if found["word"]:
        return Token(Kind.WORD, found["word"], found.start(), direction(found["word"]))
    digits = found["number"] or found["below"]
    if digits:
        number = Decimal(re.sub(rf"[,，{BLANKS}]", "", digits))
        exponent = number.as_tuple().exponent
        step = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
        number = -number if found["less"] or found["below"] else number
        unit = found["unit"] or found["of"]
        if unit in UNITS:
            return Token(Kind.MONEY, found[0], found.start(), number * UNITS[unit], step * UNITS[unit])
        kind = Kind.SHARE if unit == "%" else Kind.COUNT
        return Token(kind, found[0], found.start(), number, step)
    return Token(Kind.OTHER, found[0], found.start())


def direction(word: str) -> Decimal:
    """Return which way a word points: 1, -1 or 0."""
    return Decimal(1) if word in _GAIN else Decimal(-1) if word in _LOSS else Decimal(0)
