"""A page as drawn: glyphs and strokes, in points from the top left corner of what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from xlbudget.model import Box


class Glyph(NamedTuple):
    """A character: its box (its advance wide, its font high), its baseline, the run that it was drawn in.

    ``hidden`` says that a clip keeps it from being seen.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    run: int
    hidden: bool

    @property
    def height(self) -> float:
        """The height of its font."""
        return self.bottom - self.top


class Stroke(NamedTuple):
    """A straight line on the page, horizontal or vertical: its ends, left or top first.

    ``edge`` says that nobody drew it: a coloured area ends there.
    """

    left: float
    top: float
    right: float
    bottom: float
    edge: bool = False

    @property
    def horizontal(self) -> bool:
        """Whether it goes across."""
        return self.right - self.left >= self.bottom - self.top


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page as drawn. ``pictured`` is the part of it that pictures cover (1: all of it).

    ``slanted`` are glyphs that stand aslant (a watermark), ``cut`` says that it has more on it than was
    looked at.
    """

    number: int
    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    strokes: tuple[Stroke, ...]
    pictured: float
    cut: bool = False
    slanted: tuple[Glyph, ...] = ()


class PageView:
    """How the coordinates of a page become points from the top left of what is shown."""

    def __init__(self, loaded: Any) -> None:
        self.left, self.bottom, self.right, self.top = _shown_box(loaded)
        self.turn = loaded.get_rotation()
        across, up = self.right - self.left, self.top - self.bottom
        self.width, self.height = (across, up) if self.turn in (0, 180) else (up, across)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of the page as it is shown."""
        if self.turn == 90:
            return y - self.bottom, x - self.left
        if self.turn == 180:
            return self.right - x, y - self.bottom
        if self.turn == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return a box of the page as it is shown."""
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    def back(self, box: Box) -> tuple[float, float, float, float]:
        """Return left, bottom, right, top of a box in the page's own coordinates."""
        corners = [self._own(box.left, box.top), self._own(box.right, box.bottom)]
        across, up = sorted(x for x, _ in corners), sorted(y for _, y in corners)
        return across[0], up[0], across[1], up[1]

    def _own(self, x: float, y: float) -> tuple[float, float]:
        if self.turn == 90:
            return y + self.left, x + self.bottom
        if self.turn == 180:
            return self.right - x, y + self.bottom
        if self.turn == 270:
            return self.right - y, self.top - x
        return x + self.left, self.top - y


def _shown_box(loaded: Any) -> tuple[float, float, float, float]:
    media, crop = loaded.get_mediabox(), loaded.get_cropbox()
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    return (left, bottom, right, top) if right > left and top > bottom else media


def common_part(one: Box, other: Box) -> Box:
    """Return what two boxes share."""
    return Box(
        max(one.left, other.left),
        max(one.top, other.top),
        min(one.right, other.right),
        min(one.bottom, other.bottom),
    )


Matrix = tuple[float, float, float, float, float, float]


IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def matrix_product(one: Matrix, other: Matrix) -> Matrix:
    """Return the matrix that does first ``one``, then ``other``."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def moved_point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Return a point moved by a matrix."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
