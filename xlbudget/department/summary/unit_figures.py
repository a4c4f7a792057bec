"""Main figures of the units of a department, beside the figures of its summary (万元)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.department.summary.transfers import only_eliminations
from xlbudget.model import Cell, EntryRow, Submission, Unit, WorkbookTemplate
from xlbudget.workbook.blueprint import Blueprint
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.named_cells import named_cells


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit (or a summary that was joined) with its main figures, and what transfers took out of them."""

    unit: Unit
    figures: tuple[Decimal, ...]
    eliminated: tuple[Decimal, ...]


def figure_cells(blueprint: Blueprint) -> tuple[Cell, ...]:
    """Return the form cell of each main figure."""
    listed = blueprint.template.unit_figures
    cells = (named_cells(blueprint, part.cell) for part in (listed.figures if listed else ()))
    return tuple(found[0] for found in cells if found)


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


def unit_line(template: WorkbookTemplate, submission: Submission) -> UnitLine:
    """Return the main figures of one return."""
    figures = figures_of(template, submission.capacity, submission.entries)
    nothing = (Decimal(0),) * len(figures)
    if not submission.department:
        return UnitLine(submission.unit, figures, nothing)
    taken = eliminated_figures(template, submission.capacity, submission.entries)
    return UnitLine(submission.unit, figures, taken)
