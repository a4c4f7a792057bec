"""Chinese text on a screen: how wide it is, and lines broken where Chinese may break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

# What must stay on one line: a short bracket such as （公开表1!F40）, a run of Latin letters and digits, or
# one Chinese character; opening brackets stay with what follows, closing punctuation with what precedes.
_WORD = re.compile(
    r"\s+|（[^（）\s]{1,24}）[，。；：、）”’》]*|[（“‘《「【]*(?:[!-~]+|\S)[，。；：、）”’》」】！？…·]*"
)


def text_width(text: str) -> int:
    """Return the columns that ``text`` takes: a Chinese character or mark is two wide."""
    return sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in text)


def padded(text: str, width: int) -> str:
    """Return ``text`` filled up with blanks to ``width`` columns."""
    return text + " " * (width - text_width(text))


def broken(text: str, width: int, indent: int = 0, hang: int = 0) -> Iterator[str]:
    """Yield the lines of ``text``, at most ``width`` columns wide, broken where Chinese text may break.

    The first line begins ``indent`` columns in, the others ``hang``.
    """
    margin = line = " " * indent
    for word in _pieces(text, width - max(indent, hang)):
        if line != margin and text_width(line + word) > width:
            yield line.rstrip()
            margin = line = " " * hang
        if line != margin or not word.isspace():
            line += word
    if line != margin:
        yield line.rstrip()


def _pieces(text: str, width: int) -> Iterator[str]:
    """Yield what must stay on one line, cut up where it is wider than a line by itself."""
    for word in _WORD.findall(text):
        piece = ""
        for character in word:
            if text_width(piece + character) > width:
                yield piece
                piece = ""
            piece += character
        yield piece
