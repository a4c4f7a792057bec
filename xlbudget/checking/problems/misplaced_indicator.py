"""绩效指标的归类不对：一级指标漏填、与二级指标不配，或指标名称不属于所填的二级指标。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, Finding, Severity

TITLE = "绩效指标归类不对"
SEVERITY = Severity.EXPLAIN


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each indicator that stands under a class it does not belong to, or under none."""
    part = evidence.template.indicators
    if part is None:
        return
    for row in evidence.submission.entries.get(part.table, ()):
        first, second, name = (str(row.values.get(key) or "") for key in (part.first, part.second, part.name))
        if not name:
            continue
        belongs = next((key for key, names in part.classes.items() if second in names), "")
        allowed = next((names for word, names in part.words.items() if word in name), (second,))
        if not second or first != belongs:
            key, stored = (part.first, first) if second else (part.second, second)
            wanted = f"“{second}”属于“{belongs}”" if second else f"“{name}”没有填{part.second}"
            problem = f"填的是“{stored}”，{wanted}" if stored and second else f"空着，{wanted}"
        elif second not in allowed:
            key, stored = part.second, second
            problem = f"“{name}”列在“{second}”下，应列在{'、'.join(f'“{one}”' for one in allowed)}下"
        else:
            continue
        cell = Cell(part.table, row.row, key)
        message = f"{evidence.place(cell)}：{problem}。请核对归类后改正。"
        yield evidence.finding("misplaced_indicator", SEVERITY, cell, message, stored=stored or None)
