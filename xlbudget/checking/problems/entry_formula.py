"""录入单元格里是公式而不是数字：取其保存的结果，不执行；从公开表、校验表取数的要说明。"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Severity, Trouble
from xlbudget.model.words import shown

TITLE = "录入单元格是公式"
SEVERITY = Severity.EXPLAIN
_SHEET = re.compile(r"(?:'((?:[^']|'')+)'|([^\W\d][\w.]*))!")
_OWN_CELL = re.compile(r"(?<![!\w$:'])\$?([A-Z]{1,3})\$?(\d+)(?![\w(!])")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a note for each entry cell that holds a formula."""
    for part in evidence.irregular(Trouble.ENTRY_FORMULA):
        if part.cell is None or part.cell in evidence.submission.unreadable:
            continue
        value = shown(part.value, evidence.money(part.cell))
        place = evidence.place(part.cell)
        fed = _result_in(evidence, part.cell, part.text)
        severity = SEVERITY if fed else Severity.NOTE
        told = f"{place}：填的是公式“={part.text}”，已取其保存的结果 {value}，公式本身不执行。"
        message = (
            f"{told}它从“{fed}”的计算结果取数：录入数不能由结果推出，改了别的数它也跟着变。请改填数字，或说明。"
            if fed
            else f"{told}请核对结果，建议改填数字。"
        )
        yield evidence.finding(
            "entry_formula", severity, part.cell, message, stored=f"={part.text}", expected=part.value
        )


def _result_in(evidence: Evidence, cell: Cell, formula: str) -> str:
    """Return the sheet of results that a formula reads (a form, the check sheet, our formulas beside it)."""
    template, names = evidence.template, {}
    for sheet in (*(form.sheet for form in template.forms), template.check_sheet.sheet):
        names[evidence.submission.renamed.get(sheet, sheet)] = sheet
    for found in _SHEET.finditer(formula):
        name = (found[1] or found[2]).replace("''", "'")
        if name in names:
            return name
    sheet = evidence.layout.tables[cell.table].sheet
    own = evidence.layout.cells_by_address.get(sheet, {})
    for found in _OWN_CELL.finditer(formula):
        if own.get(f"{found[1]}{found[2]}") in evidence.blueprint.formulas:
            return sheet
    return ""
