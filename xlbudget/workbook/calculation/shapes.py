"""Formula shapes: the part of a formula that works on one row, apart from what it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xlbudget.files.addresses import column_letters
from xlbudget.workbook.calculation.row_functions import row_function
from xlbudget.workbook.language import Call, Node, Number, Operation, RowCell, Text, show

ROW_FUNCTIONS = {"IF", "IFERROR", "ABS"}
"""Functions of one row's values; all others look things up in ranges."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A formula with letters in place of what it reads.

    ``node`` is the formula over ``letters`` (``A1``, ``B1`` …), ``text`` the same as Excel writes it,
    ``leaves`` what the letters stand for, ``function`` the same for one row of ordinary values.
    """

    text: str
    node: Node
    letters: tuple[str, ...]
    leaves: tuple[Node, ...]
    function: Callable[..., Any]


class Shapes:
    """The shapes of formulas met so far, by identity of the formula, which is kept with its shape."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Node, Shape]] = {}

    def of(self, node: Node) -> Shape:
        """Return the shape of a formula."""
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = (node, _shape(node))
        return known[1]


def _shape(node: Node) -> Shape:
    leaves: list[Node] = []
    lettered = _lettered(node, leaves)
    text = show(lettered, lambda part: part.table if isinstance(part, RowCell) else "")
    letters = tuple(_letter(at) for at in range(len(leaves)))
    return Shape(text, lettered, letters, tuple(leaves), row_function(lettered, letters))


def _lettered(part: Node, leaves: list[Node]) -> Node:
    if isinstance(part, Number | Text):
        return part
    if isinstance(part, Operation):
        return Operation(part.operator, _lettered(part.left, leaves), _lettered(part.right, leaves))
    if isinstance(part, Call) and part.function in ROW_FUNCTIONS:
        return Call(part.function, tuple(_lettered(argument, leaves) for argument in part.arguments))
    if part not in leaves:
        leaves.append(part)
    return RowCell(_letter(leaves.index(part)), "")


def _letter(at: int) -> str:
    return column_letters(at) + "1"
