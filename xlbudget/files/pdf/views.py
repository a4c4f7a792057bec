"""What is asked of a page: to be shown, to be marked. No library is needed to ask."""

from __future__ import annotations

from typing import NamedTuple

from xlbudget.model import Box

SCALE = 1.6
"""Pixels a point at which small print can be read."""


class View(NamedTuple):
    """What to show: a page, or of it the part around its frames.

    ``frames`` are drawn red, ``others`` (what they are compared with) thinner in orange; ``tints`` are boxes
    with a colour.
    """

    page: int
    frames: tuple[Box, ...] = ()
    others: tuple[Box, ...] = ()
    tints: tuple[tuple[Box, tuple[int, int, int]], ...] = ()
    whole: bool = False
    scale: float = SCALE


class Mark(NamedTuple):
    """A frame to put into a PDF, with what it says when it is pointed at.

    Red for what is wrong, orange (``beside``) for what it is compared with.
    """

    page: int
    box: Box
    text: str
    beside: bool = False
