"""trace: from a figure to the entries behind it, and from an entry to the figures it is part of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlbudget.cli.guard import READ, RETURNED
from xlbudget.cli.options import BLOCKED, CLEAN, template_option, templates_option
from xlbudget.cli.printing import say
from xlbudget.cli.words import ChineseCommand

if TYPE_CHECKING:
    from xlbudget.checking.evidence import Evidence
    from xlbudget.department.trace_text import UnitPart
    from xlbudget.model import Cell, Submission

PLACE = 55


@click.command(
    cls=ChineseCommand,
    help="溯源：公开表上的一个数（FORM 表号，LINE 行，COLUMN 栏次，或只给 公开表!单元格）由哪些录入、"
    "哪些单位组成；或用 --entry 看一笔录入计入哪些数。",
)
@click.argument("workbook", type=RETURNED, metavar="FILE")
@click.argument("form", default="", metavar="FORM")
@click.argument("line", default="", metavar="LINE")
@click.argument("column", default="", metavar="COLUMN")
@click.option("--entry", default="", metavar="SHEET!CELL", help="录入单元格，写作 工作表!单元格")
@click.option(
    "--units", type=READ, multiple=True, metavar="PATH|COLLECTION", help="各单位的工作簿，或收件文件夹"
)
@template_option
@templates_option
def command(
    workbook: Path,
    form: str,
    line: str,
    column: str,
    entry: str,
    units: tuple[Path, ...],
    template: str | None,
    templates: Path | None,
) -> int:
    """Trace a figure to its entries, or an entry to its figures."""
    from xlbudget import api
    from xlbudget.checking.evidence import Evidence
    from xlbudget.department import tracing
    from xlbudget.department.trace_text import open_between, reached_text, trace_text
    from xlbudget.files.whole_files import existing_file
    from xlbudget.returns.template_choice import choose_template

    at_address = "!" in form and not line
    if bool(entry) == bool(at_address or (form and line and column)):
        raise click.UsageError("给出表号、行、栏次（或公开表的单元格），或用 --entry 给出录入单元格")
    existing_file(workbook, "工作簿")
    chosen = choose_template([workbook], template, templates)
    evidence = Evidence(chosen, api.read(workbook, chosen))
    if entry:
        cell = tracing.find_entry(evidence, entry)
        say(reached_text(entry, tracing.reached_by(evidence, cell)), end="")
        return CLEAN
    if at_address:
        cell = tracing.find_form_cell(evidence, form)
    else:
        cell = tracing.find_cell(evidence, form, line, column)
    trace = tracing.trace(evidence, cell)
    parts = _units(evidence, cell, units) if units else []
    say(trace_text(trace, parts), end="")
    return BLOCKED if trace.rest or open_between(trace, parts) else CLEAN


def _units(evidence: Evidence, cell: Cell, paths: tuple[Path, ...]) -> list[UnitPart]:
    """Return what each unit has at the same line and column; of a collection those that were joined."""
    from xlbudget import api
    from xlbudget.department.collection import Collection, Status
    from xlbudget.department.collection.folder import is_collection
    from xlbudget.department.summary.joining import units_in
    from xlbudget.returns.incoming_files import find_files

    joined = {unit.code for unit in units_in(evidence.submission, evidence.template)}
    files: list[tuple[Path, str]] = []
    for path in paths:
        if is_collection(path):
            with Collection.open(path) as collection:
                files += [
                    (part.path, f"{part.receipt.number} 号收件")
                    for part in collection.counted()
                    if part.receipt.status is not Status.REFUSED and part.unit.code in joined
                ]
        else:
            files += [(file, file.name) for file in find_files([path])[0]]
    return [_unit(evidence, cell, api.read(path, evidence.template), receipt) for path, receipt in files]


def _unit(evidence: Evidence, cell: Cell, submission: Submission, receipt: str) -> UnitPart:
    from decimal import Decimal

    from xlbudget.checking.evidence import Evidence as Made
    from xlbudget.department.trace_text import UnitPart
    from xlbudget.department.tracing import same_cell, trace

    own = Made(evidence.template, submission)
    there = same_cell(evidence, cell, own)
    value = own.recalculated(there) if there is not None else None
    return UnitPart(
        submission.unit.code,
        submission.unit.name,
        own.place(there) if there is not None else None,
        value if isinstance(value, Decimal) else Decimal(0),
        receipt,
        trace(own, there).eliminated if submission.department and there is not None else Decimal(0),
    )
