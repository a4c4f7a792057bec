"""What composing gives: texts that know which of their characters are figures, and from which cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from xlbudget.model import Cell, Finding, Insert

GAP = "〔缺：{}〕"
"""Stands in a draft where something is missing."""


class FigureKind(StrEnum):
    """What a printed figure is."""

    AMOUNT = "金额"
    SHARE = "占比"
    CHANGE = "增减"
    RATE = "幅度"
    NUMBER = "数量"
    NAME = "名称"


@dataclass(frozen=True, slots=True)
class QuotedFigure:
    """A figure in a text: where it begins, how it is printed, its exact value, the cells it was made from.

    Amounts and changes are in ``money`` (that of the forms where it is empty), shares and rates fractions
    of one; names have no value. ``text``
    has the direction word of a change before the figure.
    """

    start: int
    text: str
    kind: FigureKind
    value: Decimal
    cells: tuple[Cell, ...]
    money: str = ""


@dataclass(frozen=True, slots=True)
class ComposedText:
    """A composed text with its figures, in order; ``align`` is left, center or right."""

    text: str = ""
    figures: tuple[QuotedFigure, ...] = ()
    align: str = "left"

    def __add__(self, other: ComposedText) -> ComposedText:
        """Join two texts."""
        moved = (replace(figure, start=figure.start + len(self.text)) for figure in other.figures)
        return ComposedText(self.text + other.text, (*self.figures, *moved))


def joined(parts: Iterable[ComposedText], between: str | ComposedText = "") -> ComposedText:
    """Return texts one after another, ``between`` in between."""
    separator = between if isinstance(between, ComposedText) else ComposedText(between)
    result = ComposedText()
    for number, part in enumerate(parts):
        result = result + separator + part if number else part
    return result


@dataclass(frozen=True, slots=True)
class Title:
    """A composed heading."""

    level: int
    written: ComposedText


@dataclass(frozen=True, slots=True)
class Composed:
    """The composed document: its title, its blocks, and what is missing (findings, not yet refused)."""

    title: str
    blocks: tuple[Title | ComposedText | Insert, ...]
    findings: tuple[Finding, ...]

    @property
    def text(self) -> str:
        """The headings and paragraphs as plain text, a line each."""
        lines = [self.title]
        for block in self.blocks:
            if isinstance(block, Title):
                lines += ["", block.written.text]
            elif isinstance(block, ComposedText):
                lines.append(block.text)
        return "\n".join(lines) + "\n"


def quoted(
    text: str, kind: FigureKind, value: Decimal, cells: tuple[Cell, ...], money: str = ""
) -> ComposedText:
    """Return a text that says a figure, with the cells that it is of."""
    return ComposedText(text, (QuotedFigure(0, text, kind, value, tuple(dict.fromkeys(cells)), money),))


def named(text: str, cells: tuple[Cell, ...]) -> ComposedText:
    """Return a name as it stands in some cells."""
    return quoted(text, FigureKind.NAME, Decimal(0), cells) if text else ComposedText()
