"""What ``template.toml`` says of a year's budget of one unit: how little, how much it can be."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from xlbudget.definitions.toml_items import Item
from xlbudget.model import Formula, LineBounds, Plausibility


def read_plausibility(item: Item) -> Plausibility:
    """Return what amounts are plausible; amounts are written in quotes, as constants are."""
    found = Plausibility(
        whole=item.formula("whole") or Formula("0", item.source),
        least=_amount(item, "least") or Decimal(0),
        doubtful=_amount(item, "doubtful") or Decimal(0),
        apart=item.whole("apart"),
        floor=_amount(item, "floor") or Decimal(0),
        lines=tuple(_bounds(part) for part in item.items("lines")),
        source=item.source,
    )
    item.finish()
    return found


def _bounds(item: Item) -> LineBounds:
    found = LineBounds(
        name=item.text("name"),
        table=item.text("table"),
        column=item.text("column"),
        codes=item.texts("codes", None),
        least=_amount(item, "least"),
        most=_amount(item, "most"),
        source=item.source,
    )
    item.finish()
    return found


def _amount(item: Item, key: str) -> Decimal | None:
    text = item.text(key, "")
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        item.problems.add(item.source_of(key), f"“{key}”应为数字，写在引号里")
        return None
