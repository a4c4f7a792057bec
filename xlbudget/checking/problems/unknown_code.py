"""编码不在代码表中，金额进不了公开表。"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Catalogue, Cell, ColumnKind, Finding, Severity
from xlbudget.model.words import plain_name

TITLE = "编码不在代码表中"
SEVERITY = Severity.BLOCKING
_MOST_NAMED = 3
_FEW = 8  # choices that are all named


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each entry whose code or choice is not on the list; one for codes dragged down."""
    every = list(evidence.outside_lists())
    dragged = _dragged({cell: str(value) for cell, value, _ in every})
    later = {cell for cells in dragged.values() for cell in cells[1:]}
    for cell, value, allowed in every:
        if cell in later:
            continue
        meant, hint = _meant(evidence, cell, str(value), allowed)
        other = evidence.counted_as_other(cell, value)
        severity = Severity.EXPLAIN if other else SEVERITY
        shown = f"{other}{_named(evidence, cell.table, cell.column, other)}"
        what_then = (
            f"代码表还不完整，金额暂列在“{shown}”。请核对编码；没有写错的，请说明。"
            if other
            else f"{_lost(evidence, cell)}，依赖它的校验未运行。"
            "请按代码表改正；确需新增科目的，请主管部门更新代码表。"
        )
        level = _level(evidence, cell.table, cell.column, str(value))
        if level:  # which of those below it was meant, nobody knows
            level += _below(evidence, cell, str(value), allowed)
        what = level or f"不在代码表中{hint}"
        series = _series(evidence, dragged[cell]) if cell in dragged else ""
        message = f"{evidence.place(cell)}：“{value}”{what}{series}；{what_then}"
        expected = meant if meant and not level else None
        yield evidence.finding("unknown_code", severity, cell, message, stored=str(value), expected=expected)


def _meant(evidence: Evidence, cell: Cell, typed: str, allowed: Sequence[str]) -> tuple[str, str]:
    """Return the one code that may be meant, else an empty text, and words that help to find it."""
    called = _called(evidence, cell, typed, allowed)
    if called:
        code = called[0] if len(called) == 1 else ""
        return code, f"，填的是名称，它的编码是 {'、'.join(called[:_MOST_NAMED])}"
    for near in difflib.get_close_matches(typed, allowed, n=1, cutoff=0.5):
        return near, f"，最接近的是“{near}{_named(evidence, cell.table, cell.column, near)}”"
    return "", f"，只能填{'、'.join(f'“{one}”' for one in allowed)}" if len(allowed) <= _FEW else ""


def _called(evidence: Evidence, cell: Cell, name: str, allowed: Sequence[str]) -> list[str]:
    """Return the codes on the list whose name was typed in place of them."""
    catalogue, known = _catalogue(evidence, cell.table, cell.column), set(allowed)
    if catalogue is None:
        return []
    wanted = plain_name(name)
    return [
        row[catalogue.key]
        for row in catalogue.rows
        if row[catalogue.key] in known and wanted and plain_name(_name(row)) == wanted
    ]


def _lost(evidence: Evidence, cell: Cell) -> str:
    """Say what of the row is missing elsewhere: its amounts, or its texts where it has no amounts."""
    columns = evidence.template.entry(cell.table).columns
    amounts = any(column.kind is ColumnKind.AMOUNT for column in columns)
    return "该行金额不会进入公开表" if amounts else "这一行的内容不会进入公开的文件"


def _dragged(codes: Mapping[Cell, str]) -> dict[Cell, list[Cell]]:
    """Return runs of neighbouring cells in which each code is one more than the one above, by their first."""
    runs: dict[Cell, list[Cell]] = {}
    first_of: dict[Cell, Cell] = {}
    for cell, code in codes.items():
        above = cell._replace(row=cell.row - 1)
        known = codes.get(above, "")
        goes_on = code.isdecimal() and known.isdecimal() and int(code) == int(known) + 1
        first = first_of[cell] = first_of[above] if goes_on and above in first_of else cell
        runs.setdefault(first, []).append(cell)
    return {first: cells for first, cells in runs.items() if len(cells) > 1}


def _series(evidence: Evidence, cells: Sequence[Cell]) -> str:
    """Say of a run of codes that they were dragged down."""
    last = evidence.place(cells[-1]).address
    return f"，往下到 {last} 共 {len(cells)} 格逐格加一，疑是拖动填充"


def _below(evidence: Evidence, cell: Cell, code: str, allowed: Sequence[str]) -> str:
    """Name the codes that stand below one of a higher level."""
    below = [one for one in allowed if one.startswith(code)]
    named = "、".join(f"{one}{_named(evidence, cell.table, cell.column, one)}" for one in below[:_MOST_NAMED])
    more = f" 等 {len(below)} 个" if len(below) > _MOST_NAMED else ""
    return f"，如 {named}{more}" if below else ""


def _level(evidence: Evidence, table: str, key: str, code: str) -> str:
    """Say so when a code is on the list, and not one of those that the column takes (a level above)."""
    column = evidence.layout.column(table, key)
    if column is None or not column.catalogue:
        return ""
    catalogue = evidence.template.catalogue(column.catalogue)
    row = next((row for row in catalogue.rows if row[catalogue.key] == code), None)
    for word, values in column.only.items():
        if row is not None and row.get(word, "") not in values:
            wanted = "、".join(f"“{one}”" for one in values)
            return f"的{word}是“{row.get(word, '')}”，这一栏要填{word}为{wanted}的编码"
    return ""


def _named(evidence: Evidence, table: str, key: str, code: str) -> str:
    catalogue = _catalogue(evidence, table, key)
    rows = catalogue.rows if catalogue is not None else ()
    row = next((row for row in rows if catalogue is not None and row[catalogue.key] == code), {})
    return f" {_name(row)}" if row else ""


def _catalogue(evidence: Evidence, table: str, key: str) -> Catalogue | None:
    """Return the code list that a column takes its codes from."""
    column = evidence.layout.column(table, key)
    return None if column is None or not column.catalogue else evidence.template.catalogue(column.catalogue)


def _name(row: Mapping[str, str]) -> str:
    """Return the name in a row of a code list: it stands behind the code."""
    return "".join(list(row.values())[1:2])
