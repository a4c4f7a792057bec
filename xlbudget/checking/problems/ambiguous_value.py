"""同一单元格在文件里写了两种内容，或用全角数字存数：不同程序显示的不同，不予猜测。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Severity, Trouble

TITLE = "单元格内容有歧义"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each entry cell that programs read differently."""
    for part in evidence.irregular(Trouble.AMBIGUOUS_VALUE):
        if part.cell is None:
            continue
        message = (
            f"{evidence.place(part.cell)}：文件里写作“{part.text}”，不同程序打开看到的数不同，"
            "依赖它的校验未运行。请用 Excel 或 WPS 打开，删去这一格后重新填写，再保存报送。"
        )
        yield evidence.finding("ambiguous_value", SEVERITY, part.cell, message, stored=part.text)
