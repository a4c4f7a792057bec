"""Amounts that stand alone in a document: the only negative one among many."""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.published.facts import Facts
from xlbudget.checking.published.mistakes import FOUND
from xlbudget.model import Finding, Severity

LONE = {"lone_negative": ("只有一个负数的，核对正负号", Severity.EXPLAIN)}
_MANY = 60  # amounts of a document from which on a single negative one is odd


def lone_negative(facts: Facts, file: str) -> Iterator[Finding]:
    """Yield the only negative amount of a document with many: a sign that slipped in, or one to explain."""
    amounts = [fact for fact in facts.facts if fact.value.middle]
    negative = [fact for fact in amounts if fact.value.middle < 0]
    if len(negative) != 1 or len(amounts) < _MANY:
        return
    [fact] = negative
    title, severity = LONE["lone_negative"]
    message = (
        f"{fact.place.where}“{fact.name}”印出 {fact.text}，全文只有这一个负数。请核对正负号，或说明原因。"
    )
    yield Finding(
        "lone_negative",
        severity,
        message,
        file=file,
        place=fact.place,
        stored=fact.value.middle,
        money="元",
        kind=title,
        found=fact.text[:FOUND],
    )
