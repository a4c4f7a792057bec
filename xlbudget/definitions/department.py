"""What ``template.toml`` says of department summaries: transfers, figures of units, charts."""

from __future__ import annotations

from collections.abc import Callable

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


def read_transfers(item: Item) -> TransferTable:
    """Return where units state their transfers, and where these are taken out."""
    table = TransferTable(
        table=item.text("table"),
        kind=item.text("kind"),
        direction=item.text("direction"),
        received=item.text("received"),
        paid=item.text("paid"),
        counterparty=item.text("counterparty"),
        amount=item.text("amount"),
        eliminated=item.text("eliminated"),
        mark=item.text("mark"),
        revenue=item.formula("revenue") or Formula("0", item.source),
        expenditure=tuple(_eliminated_in(part) for part in item.items("expenditure")),
        source=item.source,
    )
    item.finish()
    return table


def _eliminated_in(item: Item) -> EliminatedIn:
    match = {key: str(value) for key, value in item.mapping("match").items()}
    found = EliminatedIn(item.text("table"), item.text("column"), match)
    item.finish()
    return found


def read_unit_figures(item: Item, dated: Callable[[str], str]) -> UnitFigures:
    """Return which figures of each unit a summary shows; ``dated`` puts the year into a title."""
    figures = []
    for part in item.items("columns"):
        cell = part.formula("cell") or Formula("0", part.source)
        figures.append(Figure(part.text("heading"), cell))
        part.finish()
    found = UnitFigures(item.text("sheet"), dated(item.text("title")), tuple(figures))
    item.finish()
    return found


def read_charts(item: Item, dated: Callable[[str], str]) -> ChartSheet:
    """Return what a summary draws."""
    charts = tuple(_chart(part) for part in item.items("drawn"))
    found = ChartSheet(item.text("sheet"), dated(item.text("title")), charts)
    item.finish()
    return found


def _chart(item: Item) -> ChartDefinition:
    found = ChartDefinition(
        title=item.text("title"),
        cells=tuple(Formula(text, item.source) for text in item.texts("cells")),
        figure=item.text("figure", ""),
        most=item.whole("most", 20),
        source=item.source,
    )
    item.finish()
    return found
