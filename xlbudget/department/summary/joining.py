"""Submissions → DepartmentSummary: accepted ledgers joined."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from xlbudget.checking.evidence import Evidence
from xlbudget.department.summary import transfers as eliminations
from xlbudget.department.summary.form_parts import FormCell, FormParts, eliminated_parts, form_parts
from xlbudget.department.summary.refusals import refusals, settled_in, units_without_budget
from xlbudget.department.summary.rounding_balance import Move, balanced
from xlbudget.department.summary.sheets import (
    Drawn,
    SourceFile,
    charts_of,
    rounding_table,
    sources_table,
    trace_table,
    transfers_table,
    units_table,
)
from xlbudget.department.summary.transfers import Transfer
from xlbudget.department.summary.unit_figures import UnitLine, eliminated_figures, unit_line
from xlbudget.files.whole_files import readable_name
from xlbudget.model import (
    CellValue,
    ColumnKind,
    EntryRow,
    EntrySheet,
    Finding,
    OpenRows,
    Report,
    Submission,
    Unit,
    WorkbookTemplate,
)
from xlbudget.model.control_lines import CONTROLS
from xlbudget.model.errors import ConsolidationRefused
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets.writing import Appendix, unit_rows, workbook_bytes

MOST_TRACED = 60
"""Up to how many returns a summary lists in each amount; a sheet for more is too wide to read."""


@dataclass(frozen=True, slots=True)
class DepartmentSummary:
    """Accepted submissions joined: the department, its units, and the entries of all of them (元)."""

    template: WorkbookTemplate
    department: Unit
    units: tuple[Unit, ...]
    entries: Mapping[str, tuple[EntryRow, ...]]
    capacity: Mapping[str, int]
    gaps: tuple[str, ...] = ()
    sources: tuple[SourceFile, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    lines: tuple[UnitLine, ...] = ()
    parts: tuple[FormParts, ...] = ()
    moves: tuple[Move, ...] | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Transfers between units that their two sides state differently."""
        return eliminations.findings(self.transfers, self.template.entry_money)

    def workbook(self) -> bytes:
        """Return the department workbook: the same template, the same live formulas.

        Gaps stand on its cover; a last sheet lists the files that it was made from.
        """
        evidence = Evidence(self.template, self.as_submission())
        return workbook_bytes(
            self.template,
            self.department,
            self.entries,
            capacity=self.capacity,
            department=True,
            remarks=self.gaps,
            appendices=[*self._figures(evidence), sources_table(self.sources, self.template)],
            values=evidence.values,
        )

    def as_submission(self) -> Submission:
        """Return the summary as what its workbook would be read as."""
        plan = plan_of(self.template, self.capacity)
        facts = {self.template.unit_facts.table: unit_rows(plan, self.department)}
        return Submission(
            path=Path(f"{self.department.code}.xlsx"),
            sha256="",
            unit=self.department,
            template_id=self.template.id,
            digest=self.template.digest,
            department=True,
            capacity=plan.layout.capacity,
            entries={**self.entries, **facts},
            stored={},
        )

    def with_balanced_rounding(self) -> DepartmentSummary:
        """Return the summary with the list of printed amounts to move so that printed figures add up.

        The forms keep their exact amounts; the cover says that there is a list. Raises InputError when no
        small moves make the figures add up.
        """
        moves = balanced(Evidence(self.template, self.as_submission()))
        said = f"舍位平衡：公布数有 {len(moves)} 处调整末位，见“舍位平衡”表" if moves else ""
        return replace(self, moves=moves, gaps=(*self.gaps, *([said] if said else [])))

    def _figures(self, evidence: Evidence) -> Iterator[Appendix]:
        """Yield the sheets of figures: units by main figures, charts, transfers taken out."""
        template, listed = self.template, self.template.unit_figures
        drawn = Drawn(evidence.plan, evidence.values, self.lines)
        if listed is not None and self.lines:
            taken = eliminated_figures(template, self.capacity, self.entries)
            inner = [sum(part) for part in zip(*(line.eliminated for line in self.lines), strict=True)]
            own = [whole - part for whole, part in zip(taken, inner, strict=True)]
            yield units_table(listed, drawn, own, template.form_money)
        charts = charts_of(template, drawn)
        if charts is not None:
            yield charts
        if self.transfers:
            yield transfers_table(self.transfers, template.entry_money)
        if self.moves is not None:
            yield rounding_table(self.moves, template.form_money)
        if self.parts:
            yield trace_table(evidence, self.parts, self.taken_out())

    def taken_out(self) -> Mapping[FormCell, Decimal]:
        """Return by how much the summary's own eliminations change its forms, beside those of its parts."""
        taken = dict(eliminated_parts(self.template, self.as_submission()))
        for part in self.parts:
            for cell, amount in part.eliminated.items():
                taken[cell] = taken.get(cell, Decimal(0)) - amount
        return taken


def consolidate(
    submissions: Sequence[Submission],
    report: Report,
    template: WorkbookTemplate,
    department: Unit,
    allow: Sequence[str] = (),
    receipts: Mapping[str, tuple[str, str]] | None = None,
    roster: Collection[str] = (),
) -> DepartmentSummary:
    """Join checked submissions into the department summary, units in the order of their codes.

    Summaries may be joined as well: the summary of summaries is that of all their units.

    ``report`` is the report of the same submissions; ``receipts`` gives number and time of receipt by
    unit code; ``roster`` the codes of all units of the department, if known: a transfer with any other is
    refused. Raises ConsolidationRefused with every reason: blocking findings, two returns of one unit,
    unexplained findings, units missing, transfers that the two sides state differently.
    """
    reasons = refusals(report, allow)
    if reasons:
        raise ConsolidationRefused(reasons)
    once = {(part.unit.code, part.sha256): part for part in reversed(submissions)}  # one file may come twice
    ordered = sorted(once.values(), key=lambda submission: submission.unit.code)
    units = _units(ordered, template)
    transfers = _transfers(ordered, units, template, allow, roster)
    joined = {
        entry.id: _joined(entry, ordered, template)
        for entry in template.entries
        if entry.id not in (template.unit_facts.table, template.unit_table.table, CONTROLS)
    }
    joined[template.unit_table.table] = _unit_rows(template, units)
    entries = eliminations.eliminated(joined, transfers, template)
    gaps = tuple(f"未报送：{unit.code} {unit.name}" for unit in report.missing)
    gaps += tuple(f"空表，未确认是否零报告：{unit.code} {unit.name}" for unit in units_without_budget(report))
    gaps += tuple(settled_in(report))
    gaps += tuple(eliminations.open_transfers(transfers, template.entry_money))
    sources = tuple(
        SourceFile(
            part.unit,
            readable_name(part.path.name),
            part.sha256,
            *(receipts or {}).get(part.unit.code, ("", "")),
        )
        for part in ordered
    )
    capacity = _with_room(template, entries, _capacity(template, entries, ordered))
    figures = {part.sha256: part.traits.figures for part in report.workbooks}
    listed = ordered if template.unit_figures else ()
    few = len(ordered) <= MOST_TRACED
    return DepartmentSummary(
        template=template.at_level(department=True),
        department=department,
        units=units,
        entries=entries,
        capacity=capacity,
        gaps=gaps,
        sources=sources,
        transfers=transfers,
        lines=tuple(unit_line(template, part, figures.get(part.sha256, ())) for part in listed),
        parts=tuple(form_parts(template, part) for part in ordered) if few else (),
    )


def _transfers(
    submissions: Sequence[Submission],
    units: Sequence[Unit],
    template: WorkbookTemplate,
    allow: Sequence[str],
    roster: Collection[str],
) -> tuple[Transfer, ...]:
    """Return the transfers between units; those that do not agree, or go nowhere, must be allowed."""
    transfers = eliminations.transfers_of(submissions, units, template)
    inside = {unit.code for unit in units}
    reasons = list(eliminations.strangers(transfers, {*roster, *inside})) if roster else []
    if eliminations.RULE not in allow:
        found = eliminations.findings(transfers, template.entry_money)
        reasons += [f"{part.message}可用 --allow transfers 先行汇总，按双方都认的数抵销。" for part in found]
    if reasons:
        raise ConsolidationRefused(reasons)
    return transfers


def _units(submissions: Sequence[Submission], template: WorkbookTemplate) -> tuple[Unit, ...]:
    """Return the units of all workbooks, those in a summary among them, by code; none may come twice."""
    found: dict[str, tuple[Unit, str]] = {}
    reasons = []
    for submission in submissions:
        for unit in units_in(submission, template):
            if unit.code in found:
                first, second = found[unit.code][1], submission.path.name
                reasons.append(
                    f"单位“{unit.code} {unit.name}”既在“{first}”里，又在“{second}”里；请去掉一个。"
                )
            found[unit.code] = unit, submission.path.name
    if reasons:
        raise ConsolidationRefused(reasons)
    return tuple(found[code][0] for code in sorted(found))


def units_in(submission: Submission, template: WorkbookTemplate) -> tuple[Unit, ...]:
    """Return the unit of a workbook, or those that a department summary lists."""
    if not submission.department:
        return (submission.unit,)
    names = template.unit_table
    rows = submission.entries.get(names.table, ())
    return tuple(
        Unit(*(str(row.values.get(key) or "") for key in (names.code, names.name, names.kind)))
        for row in rows
        if row.values.get(names.code)
    )


def _joined(
    entry: EntrySheet, submissions: Sequence[Submission], template: WorkbookTemplate
) -> tuple[EntryRow, ...]:
    """Return one entry table of all units: ledgers below one another, fixed rows added up."""
    if entry.is_ledger:
        return _below_one_another(entry, submissions, template)
    amounts = [column.key for column in entry.columns if column.kind is ColumnKind.AMOUNT and column.entry]
    sums: dict[int, dict[str, Decimal]] = {}
    for submission in submissions:
        for row in submission.entries.get(entry.id, ()):
            known = sums.setdefault(row.row, dict.fromkeys(amounts, Decimal(0)))
            for key in amounts:
                value = row.values.get(key)
                if isinstance(value, Decimal):
                    known[key] += value
    return tuple(EntryRow(row, _filled(sums[row])) for row in sorted(sums))


def _below_one_another(
    entry: EntrySheet, submissions: Sequence[Submission], template: WorkbookTemplate
) -> tuple[EntryRow, ...]:
    """Return the rows of a ledger of all units by unit, those of one unit in their own order.

    The rows of a summary say their unit themselves; those that take transfers out are made anew.
    """
    unit = template.unit_table.row_unit
    keys = [column.key for column in entry.columns if column.entry]
    rows: list[dict[str, CellValue]] = []
    for submission in submissions:
        for row in submission.entries.get(entry.id, ()):
            said = row.values.get(unit) if submission.department else None
            values = {key: row.values.get(key) for key in keys if key != unit}
            rows.append({unit: said or submission.unit.code, **values})
    ordered = map(_filled, sorted(rows, key=lambda values: str(values[unit])))
    own = (values for values in ordered if not eliminations.is_elimination(values, entry.id, template))
    return tuple(EntryRow(at, values) for at, values in enumerate(own))


def _filled(record: Mapping[str, CellValue]) -> dict[str, CellValue]:
    """Return the non-empty values of a record by column key."""
    return {
        key: value
        for key, value in record.items()
        if isinstance(value, Decimal | str) and value not in ("", Decimal(0))
    }


def _unit_rows(template: WorkbookTemplate, units: Sequence[Unit]) -> tuple[EntryRow, ...]:
    names = template.unit_table
    return tuple(
        EntryRow(at, {names.code: unit.code, names.name: unit.name, names.kind: unit.kind})
        for at, unit in enumerate(units)
    )


def _capacity(
    template: WorkbookTemplate, entries: Mapping[str, Sequence[EntryRow]], submissions: Sequence[Submission]
) -> dict[str, int]:
    """Return room enough for all rows; open forms get what the largest unit had."""
    result: dict[str, int] = {}
    for entry in template.entries:
        if entry.is_ledger:
            result[entry.id] = max(entry.capacity, len(entries.get(entry.id, ())))
    for _, panel in template.panels:
        for submission in submissions:
            rows = submission.capacity.get(panel.id)
            fixed = not any(isinstance(getattr(part, "capacity", None), tuple) for part in panel.body)
            if rows is not None and fixed:
                result[panel.id] = max(result.get(panel.id, 0), rows)
    return result


def _with_room(
    template: WorkbookTemplate, entries: Mapping[str, Sequence[EntryRow]], capacity: Mapping[str, int]
) -> dict[str, int]:
    """Return the capacities, open forms made longer where a department has more to list than any unit."""
    plan, result = plan_of(template, capacity), dict(capacity)
    blocks = [
        (panel.id, block.capacity, [(part.table, part.rank) for part in block.sources])
        for _, panel in template.panels
        for block in panel.body
        if isinstance(block, OpenRows) and isinstance(block.capacity, int)
    ]
    ranks = plan.columns(entries, [key for _, _, keys in blocks for key in keys])
    for panel, rows, keys in blocks:
        listed = (int(rank) for key in keys for rank in ranks[key] if isinstance(rank, float | int))
        result[panel] = max(result.get(panel, rows), max(listed, default=0))
    return result
