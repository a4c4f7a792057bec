"""Main figures of the units of a department, beside the figures of its summary (万元)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.department.summary.transfers import only_eliminations
from xlbudget.model import EntryRow, Submission, Unit, WorkbookTemplate
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.named_cells import figure_cells


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit (or a summary that was joined) with its main figures, and what transfers took out of them."""

    unit: Unit
    figures: tuple[Decimal, ...]
    eliminated: tuple[Decimal, ...]


def figures_of(
    template: WorkbookTemplate, capacity: Mapping[str, int], entries: Mapping[str, Sequence[EntryRow]]
) -> tuple[Decimal, ...]:
    """Return the main figures that entries give."""
    plan = plan_of(template, capacity)
    cells = figure_cells(plan.blueprint)
    return plan.amounts(entries, cells) if cells else ()


def eliminated_figures(
    template: WorkbookTemplate, capacity: Mapping[str, int], entries: Mapping[str, Sequence[EntryRow]]
) -> tuple[Decimal, ...]:
    """Return by how much a summary's eliminations change its main figures."""
    return figures_of(template, capacity, only_eliminations(entries, template))


def unit_line(
    template: WorkbookTemplate, submission: Submission, known: tuple[Decimal, ...] = ()
) -> UnitLine:
    """Return the main figures of one return; ``known`` are those that its check found (none: not kept)."""
    figures = known or figures_of(template, submission.capacity, submission.entries)
    nothing = (Decimal(0),) * len(figures)
    if not submission.department:
        return UnitLine(submission.unit, figures, nothing)
    taken = eliminated_figures(template, submission.capacity, submission.entries)
    return UnitLine(submission.unit, figures, taken)
