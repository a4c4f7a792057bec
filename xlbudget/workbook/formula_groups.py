"""A formula and the rows in which it stands."""

from __future__ import annotations

from dataclasses import dataclass

from xlbudget.workbook.language import Node


@dataclass(frozen=True, slots=True)
class FormulaGroup:
    """One bound formula that stands in ``rows`` of ``column`` of ``table``."""

    table: str
    column: str
    rows: tuple[int, ...]
    node: Node
