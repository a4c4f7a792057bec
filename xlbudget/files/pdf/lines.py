"""Lines of text rebuilt by position: the order in which a page was drawn says nothing.

Glyphs that share a baseline are a row; within it, a gap as wide as ``APART`` letters begins another line
(a caption at the left, another at the right), a smaller one is a space.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from xlbudget.files.pdf.page_view import Glyph
from xlbudget.model import Box, Place, PrintedLine

APART = 2.0  # letters: a gap that wide separates
_SPACE = 0.2  # letters: a gap that wide is a space between words of the Latin alphabet
_LEVEL = 0.15  # of a letter: baselines that near are one
_WIDE_SPACE = 0.8  # the same between two Chinese characters
_SAME_ROW = 0.45  # letters by which baselines of one row differ (raised marks, mixed fonts)


def rows_of(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """Return glyphs by rows from top to bottom, each from left to right."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda each: each.baseline):
        if rows and _belongs(glyph, rows[-1]):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    for row in rows:
        row.sort(key=lambda each: each.left)
    return rows


def _belongs(glyph: Glyph, row: Sequence[Glyph]) -> bool:
    """Whether a glyph stands in a row, even if its baseline is another: small, raised, of another font."""
    if glyph.baseline - row[-1].baseline <= _LEVEL * max(glyph.height, 1.0):
        return True
    tall = max(glyph.height, *(each.height for each in row[-8:]))
    return abs(glyph.baseline - row[0].baseline) <= _SAME_ROW * min(tall, glyph.height * 2)


def lines_of(glyphs: Iterable[Glyph], page: int) -> list[PrintedLine]:
    """Return the lines of text that glyphs make, from top to bottom and left to right."""
    return [line for row in rows_of(glyphs) for part in apart(row) if (line := line_of(part, page))]


def apart(row: Sequence[Glyph], gap: float = APART) -> Iterator[list[Glyph]]:
    """Split a row where the gap between printed glyphs is wide."""
    part: list[Glyph] = []
    for glyph in row:
        if glyph.text.isspace():
            continue
        if part and glyph.left - part[-1].right > gap * _letter(part[-1], glyph):
            yield part
            part = []
        part.append(glyph)
    if part:
        yield part


def _letter(one: Glyph, other: Glyph) -> float:
    return max(1.0, min(one.height, other.height) * 0.9)


def line_of(glyphs: Sequence[Glyph], page: int) -> PrintedLine | None:
    """Return glyphs of one row as a line, or None where nothing is printed."""
    texts: list[str] = []
    edges: list[float] = []
    last: Glyph | None = None
    for glyph in glyphs:
        if glyph.text.isspace():
            continue
        if last is not None and _doubled(last, glyph):
            continue
        if last is not None and _spaced(last, glyph):
            texts.append(" ")
            edges.append(last.right)
        for character in glyph.text:
            texts.append(character)
            edges.append(glyph.left)
        last = glyph
    if last is None:
        return None
    edges.append(max(glyph.right for glyph in glyphs))
    shown = [glyph for glyph in glyphs if not glyph.text.isspace()]
    box = Box(
        min(glyph.left for glyph in shown),
        min(glyph.top for glyph in shown),
        max(glyph.right for glyph in shown),
        max(glyph.bottom for glyph in shown),
    )
    return PrintedLine("".join(texts), Place(page=page, box=box), tuple(edges))


def _spaced(one: Glyph, other: Glyph) -> bool:
    """Whether there is a space between two glyphs: Chinese that is set apart to fill a line has none."""
    gap, letter = other.left - one.right, _letter(one, other)
    latin = one.text.isascii() and other.text.isascii()
    return gap > (_SPACE if latin else _WIDE_SPACE) * letter


def slanted_lines(glyphs: Sequence[Glyph], page: int) -> Iterator[PrintedLine]:
    """Yield what is printed aslant (a watermark), run by run in the order of drawing."""
    for _, run in groupby((glyph for glyph in glyphs if not glyph.text.isspace()), lambda each: each.run):
        part = list(run)
        box = Box(
            min(glyph.left for glyph in part),
            min(glyph.top for glyph in part),
            max(glyph.right for glyph in part),
            max(glyph.bottom for glyph in part),
        )
        yield PrintedLine("".join(glyph.text for glyph in part), Place(page=page, box=box))


def _doubled(one: Glyph, other: Glyph) -> bool:
    """Whether a glyph is printed twice to look bold."""
    return one.text == other.text and abs(one.left - other.left) < 0.25 * max(one.right - one.left, 1.0)
