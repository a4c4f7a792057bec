"""文件带有宏、外部链接、数据连接等内容：一律不执行。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Place, Severity, Trouble

TITLE = "文件带有宏、外部链接或其他可执行内容"
SEVERITY = Severity.EXPLAIN


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for each kind of active content."""
    for part in evidence.irregular(Trouble.ACTIVE_CONTENT):
        message = f"文件中有{part.text}，没有执行，也不会带入汇总。请删除后重新报送，或说明来源。"
        yield evidence.finding("active_content", SEVERITY, None, message, place=Place(), stored=part.text)
