"""What ``template.toml`` says of department summaries: transfers, figures of units, charts."""

from __future__ import annotations

from collections.abc import Callable

from xlbudget.definitions.records import read_record
from xlbudget.definitions.toml_items import Item
from xlbudget.model import (
    ChartDefinition,
    ChartSheet,
    EliminatedIn,
    Figure,
    Formula,
    TransferTable,
    UnitFigures,
)

_MOST_UNITS = 20  # drawn one by one where a chart does not say


def read_transfers(item: Item) -> TransferTable:
    """Return where units state their transfers, and where these are taken out."""
    expenditure = tuple(read_record(EliminatedIn, part) for part in item.items("expenditure"))
    return read_record(TransferTable, item, expenditure=expenditure)


def read_unit_figures(item: Item, dated: Callable[[str], str]) -> UnitFigures:
    """Return which figures of each unit a summary shows; ``dated`` puts the year into a title."""
    figures = tuple(read_record(Figure, part) for part in item.items("columns"))
    return read_record(UnitFigures, item, dated, figures=figures)


def read_charts(item: Item, dated: Callable[[str], str]) -> ChartSheet:
    """Return what a summary draws."""
    charts = tuple(_chart(part) for part in item.items("drawn"))
    return read_record(ChartSheet, item, dated, charts=charts)


def _chart(item: Item) -> ChartDefinition:
    cells = tuple(Formula(text, item.source) for text in item.texts("cells"))
    return read_record(ChartDefinition, item, cells=cells, most=item.whole("most", _MOST_UNITS))
