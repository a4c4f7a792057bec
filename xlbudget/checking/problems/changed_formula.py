"""公开表、校验表或计算单元格的公式被改动或被数值覆盖。

The returned formula cannot vouch for itself: our formula, computed from the unit's entries,
says what should stand there. What was done in one go is one finding: neighbouring cells of one column,
most of a sheet, most of a workbook.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import groupby

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.mistakes.slips import likely_slip
from xlbudget.checking.problems._changed_formulas import changed_cells
from xlbudget.checking.three_values import three_values
from xlbudget.model import Cell, Finding, Severity, StoredCell
from xlbudget.model.words import apart, shown

TITLE = "公式被改动或被数值覆盖"
SEVERITY = Severity.BLOCKING
READS_FORMULAS = True
_FEW = 3  # more neighbouring cells, runs of them on a sheet, or sheets than this were pasted over in one go
_MOST_NAMED = 5  # sheets or cells in one message


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each changed formula cell, one for what was changed in one go."""
    sheets = [(sheet, list(runs)) for sheet, runs in groupby(_runs(evidence), partial(_sheet, evidence))]
    whole = [part for part in sheets if len(part[1]) > _FEW or _unseen(evidence, part[1])]
    entire = [part for part in sheets if _all(evidence, *part)]
    if len(whole) > _FEW or len(entire) > 1:
        whole = [part for part in sheets if (part in whole and len(whole) > _FEW) or part in entire]
        cells = [cell for _, runs in whole for run in runs for cell in run]
        yield _together(evidence, cells, f"{_named(evidence, whole)}共 {len(cells)} 格的公式都被覆盖")
        sheets = [part for part in sheets if part not in whole]
        whole = [part for part in sheets if len(part[1]) > _FEW]
    for sheet, runs in sheets:
        if (sheet, runs) in whole:
            cells = [cell for run in runs for cell in run]
            yield _together(evidence, cells, f"这张表共 {len(cells)} 格的公式都被覆盖")
        else:
            yield from _on_sheet(evidence, runs)


def _all(evidence: Evidence, sheet: str, runs: Sequence[Sequence[Cell]]) -> bool:
    """Whether no formula is left on a sheet."""
    tables = {name for name, placed in evidence.layout.tables.items() if placed.sheet == sheet}
    formulas = sum(len(group.rows) for group in evidence.blueprint.groups if group.table in tables)
    return sum(map(len, runs)) >= formulas


def _on_sheet(evidence: Evidence, runs: Sequence[Sequence[Cell]]) -> Iterator[Finding]:
    for run in runs:
        if len(run) <= _FEW:
            for cell in run:
                yield _finding(evidence, cell, "")
        else:
            wrong = (cell for cell in run if not _right(evidence, cell))
            yield _finding(evidence, next(wrong, run[0]), f"同列连续 {len(run)} 格都被覆盖。")


def _together(evidence: Evidence, cells: Sequence[Cell], extent: str) -> Finding:
    """Return the finding of cells changed in one go: at the first that is wrong and can be seen."""
    wrong = [cell for cell in cells if not _right(evidence, cell)]
    seen = [cell for cell in wrong or cells if not evidence.is_inner(cell)]
    first = (seen or wrong or list(cells))[0]
    sheet = evidence.place(first).sheet
    places = [evidence.place(cell) for cell in (seen[1:_MOST_NAMED] if wrong else ())]
    others = [place.address if place.sheet == sheet else f"{place.sheet}!{place.address}" for place in places]
    if len(wrong) > 1:
        more = "等" if len(seen) > _MOST_NAMED else ""
        named = f"，还有 {'、'.join(others)}{more}" if others else ""
        extent += f"，其中 {len(wrong)} 格的值与重新计算的不同{named}"
    return _finding(evidence, first, f"{extent}。")


def _named(evidence: Evidence, sheets: Sequence[tuple[str, object]]) -> str:
    """Name sheets that units see; those that they do not see are counted with them."""
    seen = [sheet for sheet, _ in sheets if sheet in evidence.template.titles()]
    more = f"等 {len(sheets)} 张表" if len(sheets) > len(seen[:_MOST_NAMED]) else ""
    return "、".join(seen[:_MOST_NAMED]) + more


def _sheet(evidence: Evidence, run: Sequence[Cell]) -> str:
    return evidence.layout.tables[run[0].table].sheet


def _unseen(evidence: Evidence, runs: Sequence[Sequence[Cell]]) -> bool:
    """Whether all of it is on a sheet that nobody sees."""
    return all(evidence.is_inner(cell) for run in runs for cell in run) and sum(map(len, runs)) > 1


def _right(evidence: Evidence, cell: Cell) -> bool:
    """Whether the value that stands there happens to be the right one."""
    stored = evidence.submission.stored.get(cell)
    return evidence.agree(cell, stored.value if stored else None)


def _runs(evidence: Evidence) -> Iterator[list[Cell]]:
    """Yield neighbouring cells of one column, sheet by sheet in the order of the tables."""
    order = {table: at for at, table in enumerate(evidence.layout.tables)}
    sheets: dict[str, int] = {}
    for table, placed in evidence.layout.tables.items():
        sheets.setdefault(placed.sheet, order[table])
    tables = evidence.layout.tables

    def place(cell: Cell) -> tuple[int, int, int, int]:
        placed = tables[cell.table]
        return sheets[placed.sheet], order[cell.table], placed.columns[cell.column], cell.row

    run: list[Cell] = []
    for cell in sorted(changed_cells(evidence), key=place):
        if run and (cell.table, cell.column, cell.row - 1) != (run[-1].table, run[-1].column, run[-1].row):
            yield run
            run = []
        run.append(cell)
    if run:
        yield run


def _finding(evidence: Evidence, cell: Cell, extent: str) -> Finding:
    stored = evidence.submission.stored.get(cell, StoredCell("blank", ""))
    expected, money = evidence.recalculated(cell), evidence.money(cell)
    value = evidence.comparable(cell, stored.value)
    same = evidence.agree(cell, stored.value)
    empty = stored.formula is None and stored.value is None
    what = "公式被删去" if empty else "公式被数值覆盖" if stored.formula is None else "公式被改写"
    finding = evidence.finding(
        "changed_formula",
        Severity.EXPLAIN if same else SEVERITY,
        cell,
        "",
        stored=value,
        expected=expected,
    )
    gap = _gap(finding, money) if not same else "数值目前与重新计算一致"
    should = f"按录入数计算应为 {shown(expected, money)}{apart(value, expected)}"
    message = (
        f"{finding.place}：{what}，现为 {shown(value, money)}，{should}，{gap}"
        f"{three_values(evidence, cell)}。"
        f"{extent}{_advice(extent)}"
    )
    return evidence.with_message(finding, message)


def _advice(extent: str) -> str:
    what = "这些格子或整张表" if extent else "该单元格"
    return f"请恢复原公式（从原模板复制{what}），需要调整的金额在录入表中修改。"


def _gap(finding: Finding, money: str) -> str:
    if not isinstance(finding.stored, Decimal) or not isinstance(finding.expected, Decimal):
        return "两者不同"
    cause = likely_slip(finding.stored, finding.expected)
    return f"相差 {shown(finding.difference, money)}" + (f"，{cause}" if cause else "")
