"""What ``template.toml`` says of a year's budget of one unit: how little, how much it can be."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TypeVar

from xlbudget.definitions.records import read_record
from xlbudget.definitions.toml_items import Item
from xlbudget.model import CopiedAmounts, LineBounds, OtherUnits, Plausibility

R = TypeVar("R", CopiedAmounts, OtherUnits)


def read_plausibility(item: Item) -> Plausibility:
    """Return what amounts are plausible; amounts are written in quotes, as constants are."""
    return read_record(
        Plausibility,
        item,
        least=_amount(item, "least") or Decimal(0),
        doubtful=_amount(item, "doubtful") or Decimal(0),
        floor=_amount(item, "floor") or Decimal(0),
        lines=tuple(map(_bounds, item.items("lines"))),
        copied=_inner(CopiedAmounts, item, "copied"),
        others=_inner(OtherUnits, item, "others"),
    )


def _inner(kind: type[R], item: Item, key: str) -> R | None:
    """Return the noun that an attribute holds as a table, if it is there."""
    if not item.has(key):
        return None
    return read_record(kind, Item(item.mapping(key), item.lines, item.source_of(key).line, item.problems))


def _bounds(item: Item) -> LineBounds:
    return read_record(
        LineBounds,
        item,
        codes=item.texts("codes", ()),
        least=_amount(item, "least"),
        most=_amount(item, "most"),
    )


def _amount(item: Item, key: str) -> Decimal | None:
    text = item.text(key, "")
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        item.problems.add(item.source_of(key), f"“{key}”应为数字，写在引号里")
        return None
