"""The text of a cell: its paragraphs, without comments, drawings and the white space of the markup."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_PARAGRAPH, _SPACES, _TAB, _BREAK = (f"{_TEXT}{name}" for name in ("p", "s", "tab", "line-break"))
_ASIDE = {f"{_TEXT}note", f"{_TEXT}ruby-text"}
_MOST_SPACES = 32_767
_WHITE = re.compile("[ \t\r\n]+")
_MARKUP = (" ", "\t", "\r", "\n")  # what indents a part that is printed for people


class Paragraphs:
    """Collects the paragraphs that stand directly in a cell.

    White space between words counts once, and not at the start of a paragraph; elements stand for more of it.
    """

    __slots__ = ("_aside", "_pieces", "_within", "length", "lines")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.length = 0
        self._pieces: list[str] = []
        self._within = False
        self._aside = 0

    def start(self, name: str, attributes: Mapping[str, str], depth: int) -> None:
        """Take in the start of an element that many levels below the cell."""
        if name == _PARAGRAPH and depth == 1:
            self._within, self._pieces = True, []
        elif self._aside or name in _ASIDE:
            self._aside += 1
        elif self._within and name == _SPACES:
            count = attributes.get(f"{_TEXT}c", "1")
            number = int(count) if count.isascii() and count.isdigit() and len(count) <= 5 else 1
            self._add("\0" * min(number, _MOST_SPACES))
        elif self._within and name in (_TAB, _BREAK):
            self._add("\1" if name == _TAB else "\2")

    def end(self, name: str, depth: int) -> None:
        """Take in the end of an element."""
        if self._aside:
            self._aside -= 1
        elif name == _PARAGRAPH and depth == 1:
            self._within = False
            self.lines.append(_spaced("".join(self._pieces)))

    def text(self, data: str) -> None:
        """Take in text."""
        if self._within and not self._aside:
            self._add(data)

    def _add(self, piece: str) -> None:
        self._pieces.append(piece)
        self.length += len(piece)

    def joined(self) -> str:
        """Return the paragraphs, a line each."""
        return "\n".join(self.lines)


def _spaced(text: str) -> str:
    """Return text with white space counted once, then the spaces, tabs and line breaks that are meant.

    A space at the end is meant: LibreOffice writes it so, and does not take it away.
    """
    if _WHITE.search(text):
        last = " " if text.endswith(" ") and not text[:-1].endswith(_MARKUP) else ""
        text = " ".join(filter(None, _WHITE.split(text))) + last
    return text.translate({0: " ", 1: "\t", 2: "\n"})
