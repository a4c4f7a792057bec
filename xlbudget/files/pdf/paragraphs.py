"""Paragraphs from lines: where a line is indented, follows a short one or is set otherwise, one begins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from xlbudget.model import Box, PrintedLine, PrintedParagraph

_ITEM = re.compile(
    r"(?:[（(]?[一二三四五六七八九十]{1,3}[)）、]|第[一二三四五六七八九十]{1,3}[部章节]|\d{1,2}[、．.]\D)"
)
"""What begins an item of a list or a heading."""
_INDENT = 1.2  # letters by which a first line is moved to the right
_SHORT = 2.5  # letters that a last line leaves free
_NARROW = 0.6  # of a letter: the width of a digit or a Latin letter
_UNBROKEN = re.compile(r"[（“《〈【]*(?:[0-9A-Za-z.,:%/+-]+|.)[）”》〉】，。、；：！？％]*")
"""What is never broken over lines: where it would not fit, the line before it stays short."""
_ALIKE = 0.2  # part by which heights of one paragraph's lines differ
_PITCH = 1.9  # how much wider than usual a gap between two lines is that ends a paragraph


def paragraphs_of(
    pages: Sequence[tuple[list[PrintedLine], float, Sequence[Box]]],
) -> Iterator[PrintedParagraph]:
    """Yield the paragraphs of pages: each given as its lines from top to bottom, its width, its tables."""
    current: list[PrintedLine] = []
    for lines, width, tables in pages:
        left, right = _column(lines, width)
        for at, line in enumerate(lines):
            before = current[-1] if current else None
            same_page = before is not None and before.place.page == line.place.page
            gap = _usual_gap(lines)
            parted = before is not None and _parted(before if same_page else None, line, tables)
            if parted or (before and _begins(before, line, left, right, gap if same_page else None)):
                yield PrintedParagraph(tuple(current))
                current = []
            current.append(line)
            beside = at + 1 < len(lines) and _box(lines[at + 1]).top < _box(line).bottom - 2
            if beside:  # another line stands next to it: captions, signatures
                yield PrintedParagraph(tuple(current))
                current = []
    if current:
        yield PrintedParagraph(tuple(current))


def _column(lines: Sequence[PrintedLine], width: float) -> tuple[float, float]:
    """Return the left and right edge of the text of a page."""
    long = [_box(line) for line in lines if _box(line).right - _box(line).left > 0.5 * width]
    if not long:
        return 0.1 * width, 0.9 * width
    return min(box.left for box in long), max(box.right for box in long)


def _parted(before: PrintedLine | None, line: PrintedLine, tables: Sequence[Box]) -> bool:
    """Whether a table stands between two lines (``before``: None for the line of another page)."""
    above = _box(before).top if before is not None else 0.0
    return any(above <= table.top <= _box(line).top for table in tables)


def _begins(before: PrintedLine, line: PrintedLine, left: float, right: float, gap: float | None) -> bool:
    one, other = _box(before), _box(line)
    if _ITEM.match(line.text):
        return True
    letter = max(other.bottom - other.top, 1.0)
    if abs((one.bottom - one.top) - letter) > _ALIKE * letter:
        return True
    if other.left - left > _INDENT * letter:
        return True
    whole = _UNBROKEN.match(line.text.lstrip())
    free = _SHORT + (_letters(whole[0]) if whole else 0)
    if right - one.right > free * letter:
        return True
    return gap is not None and other.top - one.top > _PITCH * gap


def _letters(text: str) -> float:
    """Return how many letters wide a text is; a single one counts as nothing: any line ends before one."""
    width = sum(_NARROW if sign.isascii() else 1.0 for sign in text)
    return 0.0 if len(text) == 1 and not text.isascii() else width


def _usual_gap(lines: Sequence[PrintedLine]) -> float:
    tops = [_box(line).top for line in lines]
    gaps = sorted(after - before for before, after in pairwise(tops) if after - before > 4)
    return gaps[len(gaps) // 2] if gaps else 1000.0


def _box(line: PrintedLine) -> Box:
    return line.place.box or Box(0.0, 0.0, 0.0, 0.0)
