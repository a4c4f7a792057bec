"""Why a department summary is refused: files unread, units missing, findings open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlbudget.files.whole_files import readable_name
from xlbudget.model import Report, Severity, Unit, WorkbookReport
from xlbudget.model.errors import InputError

ALLOWED = {
    "explain": "待说明的问题和空表",
    "explained": "单位已说明的问题",
    "missing": "未报送的单位",
    "transfers": "双方不一致的内部往来",
    "refused": "退回后没有重报的单位（只在收件文件夹汇总时）",
}
"""What ``--allow`` can let pass, and what it is called."""


def judge_allowed(words: Sequence[str]) -> None:
    """Raise InputError for a word that ``--allow`` does not know."""
    unknown = set(words) - set(ALLOWED)
    if unknown:
        raise InputError(f"--allow 只能是 {'、'.join(ALLOWED)}，不能是“{'、'.join(sorted(unknown))}”。")


def refusals(report: Report, allow: Sequence[str] = ()) -> list[str]:
    """Return why the workbooks of a report must not be joined, one sentence each; empty if they may."""
    reasons = []
    for workbook in report.workbooks:
        name = readable_name(workbook.path.name)
        who = f"“{workbook.unit.code} {workbook.unit.name}”（{name}）" if workbook.unit else f"“{name}”"
        blocking = sum(finding.severity is Severity.BLOCKING for finding in workbook.findings)
        if workbook.failed:
            reasons.append(workbook.findings[0].message)
        elif blocking:
            first = next(part for part in workbook.findings if part.severity is Severity.BLOCKING)
            reasons.append(f"{who}有 {blocking} 个不予接收的问题，例如：{first.message}")
        elif _to_explain(workbook) and "explain" not in allow:
            reasons.append(f"{who}有待说明的问题；说明认可后可用 --allow explain 汇总。")
        elif workbook.to_accept and {"explain", "explained"}.isdisjoint(allow):
            said = workbook.to_accept
            reasons.append(
                f"{who}有 {len(said)} 个单位已说明、还没有认可的问题，例如：{said[0].finding.message}"
                "审阅后写入认可文件（--waivers），或用 --allow explained 汇总。"
            )
        elif workbook.unit is None:
            reasons.append(f"{who}没有填单位编码，无法汇总。")
        elif workbook.empty and "explain" not in allow:
            reasons.append(
                f"{who}是空表，没有填任何金额；单位书面确认是零报告后可用 --allow explain 汇总，"
                "收件文件夹中的用 xlbudget decide 确认。"
            )
    reasons += [finding.message for finding in report.collective if finding.severity is Severity.BLOCKING]
    if report.missing and "missing" not in allow:
        names = "、".join(f"{unit.code} {unit.name}" for unit in report.missing)
        reasons.append(f"还有 {len(report.missing)} 个单位没有报送：{names}；可用 --allow missing 先行汇总。")
    return reasons


def _to_explain(workbook: WorkbookReport) -> bool:
    return any(finding.severity is Severity.EXPLAIN for finding in workbook.findings)


def units_without_budget(report: Report) -> Iterator[Unit]:
    """Yield the units whose workbooks have no amount."""
    for workbook in report.workbooks:
        if workbook.empty and workbook.unit is not None:
            yield workbook.unit


def settled_in(report: Report) -> Iterator[str]:
    """Yield for each unit how many of its findings were let pass, and on whose word."""
    for workbook in report.workbooks:
        counts = (
            ("认可", sum(part.waiver is not None for part in workbook.settled)),
            ("单位说明", len(workbook.to_accept)),
            ("待说明", sum(finding.severity is Severity.EXPLAIN for finding in workbook.findings)),
        )
        listed = "、".join(f"{what} {count} 项" for what, count in counts if count)
        if listed and workbook.unit is not None:
            yield f"带问题汇总：{workbook.unit.code} {workbook.unit.name}（{listed}）"
