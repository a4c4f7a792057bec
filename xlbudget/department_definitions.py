"""What ``template.toml`` says of department summaries: transfers between units, taken out when joined."""

from __future__ import annotations

from xlbudget.model import EliminatedIn, Formula, TransferTable
from xlbudget.toml_source import Item


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
