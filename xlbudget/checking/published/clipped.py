"""Amounts of a table with fewer decimals than all its others: a last digit that was not printed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from xlbudget.checking.published.facts import Fact, Facts
from xlbudget.checking.published.mistakes import FOUND
from xlbudget.model import Finding, Severity

CLIPPED = {"clipped_digit": ("金额的末位小数没有印漏", Severity.EXPLAIN)}
_MANY = 12  # amounts of a table from which on one with other decimals is odd
_FEW = 3  # amounts that may be odd: more are another way of printing


def clipped_digits(facts: Facts, file: str) -> Iterator[Finding]:
    """Yield the amounts that lack a decimal where a table prints all others, zeros at the end too."""
    tables: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in facts.facts:
        if "." in fact.text:
            tables[fact.table].append(fact)
    for own in tables.values():
        usual = max(map(_decimals, own))
        odd = [fact for fact in own if _decimals(fact) < usual]
        zeros = any(fact.text.endswith("0") for fact in own if _decimals(fact) == usual)
        if len(own) < _MANY or len(odd) > _FEW or not zeros:
            continue  # programs that leave zeros out print none
        title, severity = CLIPPED["clipped_digit"]
        for fact in odd:
            yield Finding(
                "clipped_digit",
                severity if len(odd) == 1 else Severity.NOTE,
                f"{fact.place.where}“{fact.name}”印出 {fact.text}，同一张表的其他金额都是 {usual} 位小数，"
                "末位可能没有印出。请补全。",
                file=file,
                place=fact.place,
                kind=title,
                found=fact.text[:FOUND],
            )


def _decimals(fact: Fact) -> int:
    return len("".join(fact.text.split()).rpartition(".")[2])
