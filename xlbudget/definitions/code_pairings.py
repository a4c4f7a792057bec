"""What a rule says of codes that go together: ``[rule.pairing]`` → :class:`~xlbudget.model.CodePairing`."""

from __future__ import annotations

from xlbudget.definitions.records import read_record
from xlbudget.definitions.toml_items import Item
from xlbudget.model import CodePairing

SECTION = "pairing"


def read_pairing(rule: Item) -> CodePairing | None:
    """Return which codes a rule says go together; None when it speaks of amounts alone."""
    data = rule.mapping(SECTION)
    if not data:
        return None
    item = Item(data, rule.lines, rule.lines.find(f"[rule.{SECTION}]", rule.line), rule.problems)
    return read_record(CodePairing, item, kinds=_kinds(item))


def _kinds(item: Item) -> dict[str, tuple[str, ...]]:
    kinds: dict[str, tuple[str, ...]] = {}
    for code, given in item.mapping("kinds").items():
        if isinstance(given, list) and given and all(isinstance(kind, str) for kind in given):
            kinds[code] = tuple(given)
        else:
            item.problems.add(item.source_of("kinds"), f"kinds 里的“{code}”应为单位性质的列表（各加引号）")
    return kinds
