"""Blocks of amounts that are the same in two places: in two columns, in two years, in two units.

Amounts that nobody has budgeted but copied add up as well as others. What is compared are runs of amounts
below each other, empty cells aside; a run that is too short, or of amounts too much alike, says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.traits import traits_of
from xlbudget.model import AmountRun, Finding, Place, RuleOutcome, RuleStatus, Severity, WorkbookTemplate

COPIED = "copied_amounts"
TITLES = {COPIED: "成段的金额与别处完全相同"}
SEVERITIES = {COPIED: Severity.EXPLAIN}

Prints = Mapping[int, tuple[AmountRun, int]]
"""Where a run of amounts stands first: by its print, the column and the amount it begins with."""


@dataclass(frozen=True, slots=True)
class CopiedBlock:
    """Amounts of one column, ``size`` of them from ``at`` on, that stand in another column too."""

    run: AmountRun
    at: int
    size: int
    other: AmountRun
    other_at: int

    @property
    def here(self) -> str:
        """The cells, as addresses."""
        return _span(self.run, self.at, self.size)

    @property
    def there(self) -> str:
        """The cells of the other column, with their sheet."""
        return f"{self.other.sheet}!{_span(self.other, self.other_at, self.size)}"


def _span(run: AmountRun, at: int, size: int) -> str:
    return f"{run.cells[at]}:{run.cells[at + size - 1]}"


def prints_of(runs: Iterable[AmountRun]) -> dict[int, tuple[AmountRun, int]]:
    """Return where each run of amounts stands first."""
    found: dict[int, tuple[AmountRun, int]] = {}
    for run in runs:
        for at, number in enumerate(run.prints):
            if number:
                found.setdefault(number, (run, at))
    return found


def blocks(runs: Iterable[AmountRun], known: Prints, least: int) -> Iterator[CopiedBlock]:
    """Yield the longest blocks of ``runs`` whose amounts stand in ``known`` too; ``least`` make a run."""
    for run in runs:
        at = 0
        while at < len(run.prints):
            found = known.get(run.prints[at])
            if found is None or found[0] is run:
                at += 1
                continue
            other, other_at = found
            size = 1
            while (
                at + size < len(run.prints)
                and other_at + size < len(other.prints)
                and run.prints[at + size] == other.prints[other_at + size]
            ):
                size += 1
            yield CopiedBlock(run, at, size + least - 1, other, other_at)
            at += size


def judge_copies(
    evidence: Evidence, runs: tuple[AmountRun, ...], last_year: Evidence | None
) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Say where blocks of amounts are the same in two columns of a return, or were in last year's.

    ``runs`` are those of the return.
    """
    part = evidence.template.plausibility
    if part is None or part.copied is None or evidence.submission.department:
        return (), ()
    least = part.copied.least
    found = [_within(evidence, block) for block in _largest(_between_columns(runs, least))]
    if last_year is not None:
        before = prints_of(traits_of(last_year).runs)
        found += [_since(evidence, block) for block in _largest(_same_columns(runs, before, least))]
    status = RuleStatus.FAILED if found else RuleStatus.PASSED
    return tuple(found), (RuleOutcome(COPIED, TITLES[COPIED], SEVERITIES[COPIED], status, 1),)


def _between_columns(runs: tuple[AmountRun, ...], least: int) -> Iterator[CopiedBlock]:
    for at, run in enumerate(runs):
        yield from blocks([run], prints_of(runs[:at]), least)


def _same_columns(runs: Iterable[AmountRun], before: Prints, least: int) -> Iterator[CopiedBlock]:
    for block in blocks(runs, before, least):
        if (block.run.table, block.run.column) == (block.other.table, block.other.column):
            yield block


def _largest(found: Iterable[CopiedBlock]) -> list[CopiedBlock]:
    """Return the largest block alone: what was done in one go is one finding."""
    return sorted(found, key=lambda block: -block.size)[:1]


def _within(evidence: Evidence, block: CopiedBlock) -> Finding:
    what = f"这 {block.size} 个金额与 {block.there} 逐个相同"
    return _finding(evidence, block, what, "疑照抄了另一栏；请核对这一栏是不是填错了栏，核对无误的请说明。")


def _since(evidence: Evidence, block: CopiedBlock) -> Finding:
    what = f"这 {block.size} 个金额与上年 {block.there} 逐个相同，一分不差"
    return _finding(evidence, block, what, "疑照抄了上年；请按本年重新填写，确实没有变化的请说明。")


def _finding(evidence: Evidence, block: CopiedBlock, what: str, advice: str) -> Finding:
    place = place_of(evidence.template, block)
    message = f"{place}：{block.here} {what}，{advice}"
    return evidence.finding(COPIED, SEVERITIES[COPIED], None, message, place=place)


def place_of(template: WorkbookTemplate, block: CopiedBlock) -> Place:
    """Return where a block begins, with the words of its table and column."""
    entry = next(entry for entry in template.entries if entry.id == block.run.table)
    column = next(column for column in entry.columns if column.key == block.run.column)
    return Place(entry.title, "", column.key, block.run.sheet, block.run.cells[block.at])
