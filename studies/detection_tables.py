"""The page of tables that the detection benchmark writes."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

TITLES = {
    "forms": "Form cells of our own workbooks",
    "published": "Values-only workbooks as published",
    "entries": "Entries",
    "known": "Entries, control totals and last year's amounts known",
}


def page(results: Sequence[Any], clean: Mapping[str, Mapping[str, int]]) -> str:
    """Return the tables of all classes in Markdown."""
    lines = ["## Unspoiled", ""]
    false = sum(sum(found.values()) for found in clean.values())
    lines += [
        f"{len(clean)} budgets, checked as workbooks of ours and as published: {false} findings above note.",
        "",
    ]
    for group, title in TITLES.items():
        own = [result for result in results if result.group == group]
        if own:
            lines += [f"## {title}", "", *table(own), ""]
    return "\n".join(lines)


def table(results: Sequence[Any]) -> list[str]:
    """Return one class: a row for each kind of slip, single and double, and the sum of each."""
    near = {"forms": "named", "published": "first 3", "entries": "first 5", "known": "first 5"}[
        results[0].group
    ]
    head = (
        f"| slip | | cases | visible | found | named first | {near} | ties, all named | findings (median) |"
    )
    lines = [head, "|---|---|---:|---:|---:|---:|---:|---:|---:|"]
    for double in (False, True):
        chosen = [result for result in results if result.double == double]
        kinds = sorted({result.kind for result in chosen})
        lines += [row(kind, double, [part for part in chosen if part.kind == kind]) for kind in kinds]
        if chosen:
            lines.append(row("**all**", double, chosen))
    unseen = [result for result in results if result.visible and not result.found]
    missed = [
        result
        for result in results
        if result.visible and result.found and not result.first and (result.note or not result.tie)
    ]
    only = sum(result.jointly and not result.visible for result in results)
    slow = max(result.seconds for result in results)
    lines += [
        "",
        f"Visible and not found: {len(unseen)}. Visible to all rules together only: {only}. "
        f"Slowest: {slow:.1f} s.",
    ]
    if results[0].group != "forms":
        far = [result for result in missed if result.note]
        lines += [
            "",
            f"Found, and another cell named first: {len(missed)}. Not among those named: {len(far)}",
        ]
        lines[-1] += ", the first of them:" if far else "."
        lines += ["", *(_case(result) for result in far[:12])]
    return lines


def _case(result: Any) -> str:
    return f"- {result.kind}{' (double)' if result.double else ''}, {result.budget}: {result.note}"


def row(kind: str, double: bool, results: Sequence[Any]) -> str:
    seen = [result for result in results if result.visible]
    found = sum(result.found for result in seen)
    right = sum(result.first or (result.tie > 0 and not result.note) for result in seen)
    near = sum(result.near for result in seen)
    ties = sum(result.tie > 0 and not result.first and not result.note for result in seen)
    median = statistics.median([result.findings for result in seen]) if seen else 0
    share = [f"{count} ({100 * count / len(seen):.1f} %)" if seen else "–" for count in (found, right, near)]
    number = "double" if double else "single"
    parts = [kind, number, len(results), len(seen), *share, ties, f"{median:g}"]
    return f"| {' | '.join(map(str, parts))} |"
