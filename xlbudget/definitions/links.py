"""Linked workbooks as ``template.toml`` names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from xlbudget.definitions.records import read_record
from xlbudget.definitions.toml_items import Item
from xlbudget.model import LAST_YEAR, LinkedWorkbooks

_NAME = re.compile(r"[^\W\d]\w*")


def read_links(item: Item, dated: Callable[[str], str]) -> Iterator[LinkedWorkbooks]:
    """Yield what ``[[linked]]`` states; a mistake in it is a problem at its line."""
    seen = {LAST_YEAR}
    for part in item.items("linked"):
        link = read_record(LinkedWorkbooks, part, dated)
        if not _NAME.fullmatch(link.name):
            part.problems.add(part.source_of("name"), f"name“{link.name}”只能用汉字、字母、数字和下划线")
        elif link.name in seen:
            part.problems.add(part.source_of("name"), f"链接的工作簿“{link.name}”重复，或与“{LAST_YEAR}”同名")
        if link.years_before < 0:
            part.problems.add(part.source_of("years_before"), "years_before 是早几年，不小于 0；同一年度写 0")
        seen.add(link.name)
        yield link
