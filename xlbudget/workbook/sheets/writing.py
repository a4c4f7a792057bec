"""WorkbookTemplate + Unit → .xlsx: official forms as live formulas, with true stored results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from xlbudget.files.spliced_zip import Parts, packed, unpacked
from xlbudget.files.xlsx_writer import Book, build, print_all, xl_rowcol_to_cell
from xlbudget.model import Cell, CellValue, EntryRow, EntrySheet, Form, Issue, Unit, WorkbookTemplate
from xlbudget.model.control_lines import CONTROLS
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.order import layout_rows, needs
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.check_rows import control_rows
from xlbudget.workbook.rows_in_use import rows_in_use
from xlbudget.workbook.sheets.canvas import Canvas
from xlbudget.workbook.sheets.charts import Charts, write_charts
from xlbudget.workbook.sheets.entry_sheets import option_names, write_entry, write_options
from xlbudget.workbook.sheets.form_sheets import write_form
from xlbudget.workbook.sheets.front_sheets import (
    write_catalogue,
    write_checks,
    write_contents,
    write_cover,
    write_page,
    write_stamp,
    write_working,
)
from xlbudget.workbook.sheets.styles import TABS, Styles
from xlbudget.workbook.sheets.tables import SheetTable, origins, write_table
from xlbudget.workbook.sheets.working_charts import write_working_chart
from xlbudget.workbook.stamp import Stamp

NOBODY = Unit("", "", "")
"""The unit of a blank workbook: the accountant fills in code, name and kind on the cover."""

_NOTHING_SET = Issue()
Entries = Mapping[str, Sequence[EntryRow]]
Appendix = SheetTable | Charts
"""A sheet behind those of the template."""


def workbook_bytes(
    template: WorkbookTemplate,
    unit: Unit = NOBODY,
    entries: Entries | None = None,
    *,
    capacity: Mapping[str, int] | None = None,
    department: bool = False,
    remarks: Sequence[str] = (),
    appendices: Sequence[Appendix] = (),
    issue: Issue | None = None,
    values: Values | None = None,
) -> bytes:
    """Return one workbook for ``unit``, with ``entries`` (amounts in 元) already filled in.

    ``capacity`` gives rows by table id (entry ledgers, open forms); ``department`` makes a
    summary workbook, in which ledger rows say their unit. ``remarks`` stand on the cover, in red;
    ``appendices`` are sheets behind those of the template; ``issue`` is what the officer sets for the unit.
    ``values`` are those of all cells, where they are known. The same input gives the same bytes.
    Raises InputError when a capacity names no table or entries do not fit.
    """
    plan = plan_of(template.at_level(department=department), capacity)
    beside = tuple(remarks), tuple(appendices), issue or _NOTHING_SET
    filled = _Filled(plan, unit, entries or {}, department, *beside, known=values)
    return filled.package()[0] if department else packed(_in_parts(filled).parts)


@dataclass(frozen=True, slots=True)
class WrittenParts:
    """A workbook as its parts in pieces, the names of its sheets in order, and the values stored in it."""

    parts: Parts
    sheets: tuple[str, ...]
    values: Values


def written(plan: Plan, unit: Unit = NOBODY, *, issue: Issue = _NOTHING_SET) -> WrittenParts:
    """Write the workbook of a unit; the parts that name it are cut below the last place that does."""
    return _in_parts(_Filled(plan, unit, {}, department=False, issue=issue))


def _in_parts(filled: _Filled) -> WrittenParts:
    package, sheets = filled.package()
    parts = unpacked(package, {part_of(sheets, name): cell for name, cell in _naming(filled.plan).items()})
    return WrittenParts(parts, sheets, filled.values)


@dataclass(frozen=True)
class _Filled:
    """A workbook with all that is to stand in it."""

    plan: Plan
    unit: Unit
    given: Entries
    department: bool
    remarks: tuple[str, ...] = ()
    appendices: tuple[Appendix, ...] = ()
    issue: Issue = _NOTHING_SET
    known: Values | None = None

    @cached_property
    def entries(self) -> Entries:
        """The entries, with what is set before the unit fills in anything."""
        return {**self.given, **set_rows(self.plan, self.unit, self.issue)}

    @cached_property
    def values(self) -> Values:
        """The values of all cells."""
        return self.known or self.plan.evaluate(self.entries)

    def package(self) -> tuple[bytes, tuple[str, ...]]:
        """Return the workbook as XlsxWriter writes it, and the names of its sheets in order."""
        plan, template = self.plan, self.plan.layout.template
        entered: dict[Cell, CellValue] = {
            Cell(table, row.row, key): value
            for table, rows in self.entries.items()
            for row in rows
            for key, value in row.values.items()
        }
        sheets: list[str] = []

        def write(book: Book) -> None:
            canvas = Canvas(
                book=book,
                blueprint=plan.blueprint,
                values=self.values,
                entered=entered,
                department=self.department,
                locked_facts=bool(self.unit.code),
                styles=Styles(book),
                remarks=self.remarks,
                codes=self.issue.codes,
                kind=self.unit.kind,
                printed_rows=rows_in_use(plan, self.values, self.entries) if self.department else {},
                origins={
                    cell: origin
                    for appendix in reversed(self.appendices)  # a figure that stands twice leads to the first
                    if isinstance(appendix, SheetTable)
                    for cell, origin in origins(appendix).items()
                },
            )
            stamp = stamp_of(plan, self.unit, self.issue, department=self.department)
            _write_sheets(canvas, stamp, self.appendices)
            sheets.extend(canvas.sheets)

        package = build(write, title=title_of(template, self.unit), large=self.department)
        return package, tuple(sheets)


def title_of(template: WorkbookTemplate, unit: Unit) -> str:
    """Return the title property of a unit's workbook."""
    return f"{template.title} {unit.name}".strip()


def part_of(sheets: Sequence[str], name: str) -> str:
    """Return the part that XlsxWriter writes a sheet to."""
    return f"xl/worksheets/sheet{sheets.index(name) + 1}.xml"


def _naming(plan: Plan) -> dict[str, str]:
    """Return the address of the last formula on each sheet that reads what is the unit's own directly."""
    own, rows_of = {plan.layout.template.unit_facts.table, CONTROLS}, layout_rows(plan.layout)
    last: dict[str, tuple[int, int]] = {}
    for group in plan.steps:
        if any(table in own for table, _, _ in needs(group, rows_of)):
            sheet = plan.layout.tables[group.table].sheet
            place = plan.layout.position(group.table, max(group.rows), group.column)
            last[sheet] = max(last.get(sheet, place), place)
    return {sheet: xl_rowcol_to_cell(*place) for sheet, place in last.items()}


def unit_rows(plan: Plan, unit: Unit) -> tuple[EntryRow, ...]:
    """Return the unit's facts as rows of the cover's table."""
    facts = plan.layout.template.unit_facts
    lines = plan.layout.tables[facts.table].lines
    texts = {
        facts.code: unit.code,
        facts.name: unit.name,
        facts.kind: unit.kind,
        facts.superior: unit.superior,
    }
    return tuple(EntryRow(lines[line], {facts.column: text}) for line, text in texts.items() if text)


def set_rows(plan: Plan, unit: Unit, issue: Issue) -> dict[str, tuple[EntryRow, ...]]:
    """Return what is set before the unit fills in anything: facts, control totals, last year's figures."""
    template = plan.layout.template
    rows = {**issue.entries, template.unit_facts.table: unit_rows(plan, unit)}
    controls = control_rows(template, issue.controls)
    return rows | {CONTROLS: controls} if controls else rows


def stamp_of(plan: Plan, unit: Unit, issue: Issue = _NOTHING_SET, *, department: bool = False) -> Stamp:
    """Return the stamp of a unit's workbook."""
    template = plan.layout.template
    return Stamp(
        template_id=template.id,
        digest=template.digest,
        year=template.year,
        unit=unit,
        department=department,
        capacity=dict(plan.layout.capacity),
        sheets=sheet_names(template),
        controls={column: format(limit, "f") for column, limit in issue.controls.items()},
        codes=issue.codes,
    )


def sheet_names(template: WorkbookTemplate) -> tuple[str, ...]:
    """Return the names of the template's sheets, in order."""
    by_id = {template.cover.sheet: template.cover.sheet, template.contents_sheet: template.contents_sheet}
    by_id[template.check_sheet.sheet] = template.check_sheet.sheet
    by_id |= {page.id: page.sheet for page in template.pages}
    by_id |= {entry.id: entry.sheet for entry in template.entries}
    by_id |= {form.id: form.sheet for form in template.forms}
    by_id |= {catalogue.id: catalogue.sheet for catalogue in template.catalogues}
    by_id |= {working.id: working.sheet for working in template.workings if working.chart is not None}
    return tuple(by_id[name] for name in template.sheets)


def _write_sheets(canvas: Canvas, stamp: Stamp, appendices: Sequence[Appendix]) -> None:
    """Write all sheets in the template's order; contents last, since it lists the others."""
    template = canvas.template
    options = option_names(template)
    writers = _writers(canvas, options)
    contents = None
    for name in template.sheets:
        if name == template.cover.sheet:
            write_cover(canvas, options.get(template.unit_facts.kind, ""))
        elif name == template.contents_sheet:
            contents = canvas.add_sheet(template.contents_sheet, TABS["front"])
        elif name == template.check_sheet.sheet:
            write_checks(canvas)
        else:
            writers[name]()
    for appendix in appendices:
        _write_appendix(canvas, appendix)
    for working in template.workings:
        if working.chart is None:
            write_working(canvas, working)
            canvas.let_go(working.sheet)
    write_options(canvas)
    write_stamp(canvas, stamp)
    if contents is not None:
        write_contents(canvas, contents)
    forms = {form.sheet for form in template.forms}  # these say what they print as far as they are filled
    for name, sheet in canvas.sheets.items():
        if name not in forms:
            print_all(sheet)


def _writers(canvas: Canvas, options: dict[str, str]) -> dict[str, Callable[[], None]]:
    """Return what writes each sheet of which a template may have several, by id."""
    template = canvas.template
    found: dict[str, Callable[[], None]] = {}
    found |= {part.id: partial(_write_table, canvas, part, options) for part in template.entries}
    found |= {part.id: partial(_write_table, canvas, part, options) for part in template.forms}
    found |= {part.id: partial(write_page, canvas, part) for part in template.pages}
    found |= {part.id: partial(write_catalogue, canvas, part) for part in template.catalogues}
    return found | {part.id: partial(write_working_chart, canvas, part) for part in template.workings}


def _write_table(canvas: Canvas, part: EntrySheet | Form, options: dict[str, str]) -> None:
    if isinstance(part, EntrySheet):
        write_entry(canvas, part, options)
    else:
        write_form(canvas, part)
    canvas.let_go(part.sheet)


def _write_appendix(canvas: Canvas, appendix: Appendix) -> None:
    if isinstance(appendix, SheetTable):
        write_table(canvas, appendix)
    else:
        write_charts(canvas, appendix)
