"""隐藏的行或列里有录入内容。"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Place, Severity, Trouble

TITLE = "隐藏的行列或工作表里有内容"
SEVERITY = Severity.NOTE


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a note for each hidden sheet, column and run of rows that hold entries."""
    for part in evidence.irregular(Trouble.HIDDEN_SHEET):
        theirs = evidence.submission.renamed.get(part.sheet, part.sheet)
        place = Place(
            evidence.template.titles(department=evidence.submission.department)[part.sheet], "", "", theirs
        )
        message = f"{place}：这张工作表被隐藏，已照常读取。请核对后取消隐藏。"
        yield evidence.finding("hidden_entries", SEVERITY, None, message, place=place)
    parts = [part.cell for part in evidence.irregular(Trouble.HIDDEN_ENTRY) if part.cell and part.text]
    for cell in parts:
        yield _finding(evidence, cell, "这一列被隐藏")
    for first, count in _runs(
        part.cell for part in evidence.irregular(Trouble.HIDDEN_ENTRY) if not part.text
    ):
        yield _finding(evidence, first, "这一行被隐藏" if count == 1 else f"从这一行起有 {count} 行被隐藏")


def _finding(evidence: Evidence, cell: Cell, what: str) -> Finding:
    message = f"{evidence.place(cell)}：{what}，但有内容，已照常读取。请核对后取消隐藏。"
    return evidence.finding("hidden_entries", SEVERITY, cell, message)


def _runs(cells: Iterable[Cell | None]) -> list[tuple[Cell, int]]:
    """Return the first of rows that follow one another, and how many they are."""
    runs: list[tuple[Cell, int]] = []
    for cell in cells:
        if cell is None:
            continue
        if runs and cell.table == runs[-1][0].table and cell.row == runs[-1][0].row + runs[-1][1]:
            runs[-1] = runs[-1][0], runs[-1][1] + 1
        else:
            runs.append((cell, 1))
    return runs
