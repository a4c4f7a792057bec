"""录入表的行列被插入、删除、移动，或整张工作表缺失，位置对不上。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Place, Severity, Trouble

TITLE = "工作表缺失或行列被移动"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each of our sheets that is missing or out of shape."""
    for part in evidence.irregular(Trouble.MISSING_SHEET, Trouble.MOVED_ROWS, Trouble.MOVED_COLUMNS):
        if part.kind is Trouble.MISSING_SHEET:
            place = Place(sheet=part.sheet)
            message = f"工作表“{part.sheet}”缺失，表中内容未读取。请用原模板补上这张表后重新报送。"
        else:
            place = Place(form=part.sheet, sheet=part.sheet, address=part.address)
            message = (
                f"{place}：这里应为“{part.text}”，表的行列被插入、删除或移动过，这张表未读取。"
                "请恢复原样（录入行数足够，不需要插入行），或把数据重新填入原模板。"
            )
        yield evidence.finding(
            "moved_cells", SEVERITY, None, message, place=place, expected=part.text or None
        )
