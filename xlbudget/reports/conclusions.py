"""What follows from a report: the conclusion, what was settled, the next steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from xlbudget.model import (
    Coverage,
    Report,
    SettledFinding,
    Severity,
)
from xlbudget.reports.arrangement import (
    ACCEPTED,
    EXPLAINED,
    REFUSED,
    TO_EXPLAIN,
    UNCHECKED,
    Arrangement,
    FilePart,
    message_text,
)
from xlbudget.reports.rule_names import rule_name

_UNTIL_CONFIRMED = "单位书面确认是零报告以前，不算已经报送"


def recalculation(report: Report) -> str:
    """Return in words what computed the cells of the run, and what another engine made of some of them."""
    said = report.judgement
    engine = f"{said.engine} {said.version}".strip()
    if said.reason and engine:
        return f"重新计算：{engine} 引擎。{said.reason}。"
    if said.reason:
        return f"重新计算：本工具按模板的公式。没有用 formulas 引擎另算：{said.reason}。"
    which = [(said.wrong, "判为错误的"), (said.drawn, "随机抽取的")]
    listed = "、".join(f"{words} {count} 格" for count, words in which if count)
    return (
        f"重新计算：本工具按模板的公式。{engine} 引擎从录入数起另算 {said.cells} 格（{listed}），"
        f"与本工具不同的 {said.differences} 格。"
    )


def conclusion(arrangement: Arrangement) -> str:
    """Return in words what the run found: what can be accepted, who is missing, what was not run."""
    files = len(arrangement.parts)
    report, empty = arrangement.report, arrangement.may_be_zero
    only_empty = 0 < empty == files and not report.findings
    accepted = arrangement.verdicts(ACCEPTED)
    matches = "已运行的校验全部相符" if arrangement.rules_not_run else "全部相符"
    published = _published(arrangement)
    which = "" if files == 1 else f"{files} 份{'公开' if published else '报送'}文件"
    good = "没有发现问题" if published else "可以接收"
    if not files:
        text = "没有检查任何文件。"
    elif only_empty:
        text = f"{which}没有填任何金额，{_UNTIL_CONFIRMED}。"
    elif accepted == files and not report.findings:
        text = f"{which}{matches}，{good}。"
    elif accepted == files and report.count(Severity.NOTE) == len(report.findings):
        notes = len(report.findings)
        text = f"{which}没有需要改正或说明的问题，{good}；另有提示 {notes} 项，供参考。"
    elif files == 1:
        counts = [(severity.label, report.count(severity)) for severity in Severity]
        listed = "，".join(f"{label} {count} 项" for label, count in counts if count)
        why = f"发现问题 {len(report.findings)} 项：{listed}" if listed else "未能识别单位"
        if arrangement.parts[0].verdict == UNCHECKED:
            why = arrangement.parts[0].workbook.unchecked.rstrip("。")
        if arrangement.parts[0].verdict == EXPLAINED:
            why = "需要说明的问题单位都已说明，请审阅" + (f"；另有{listed}" if listed else "")
        text = f"{arrangement.parts[0].verdict}，{why}。"
    else:
        seldom = [verdict for verdict in (EXPLAINED, UNCHECKED) if arrangement.verdicts(verdict)]
        verdicts = (ACCEPTED, *seldom, TO_EXPLAIN, REFUSED)
        each = [(verdict, arrangement.verdicts(verdict)) for verdict in verdicts]
        text = f"共 {which}：{'，'.join(f'{verdict} {count} 份' for verdict, count in each)}。"
    if empty and not only_empty:
        text += f"其中 {empty} 份没有填任何金额，{_UNTIL_CONFIRMED}。"
    text += _settled_text(arrangement)
    if report.failed:
        text += f"其中 {report.failed} 份因审核程序出错未能审核，不是文件的问题。"
    if arrangement.missing:
        text += f"另有 {len(arrangement.missing)} 个单位未报送。"
    if arrangement.rules_not_run:
        text += f"规则未运行 {arrangement.rules_not_run} 项次，未运行不等于相符，原因见规则运行情况。"
    return text


def _published(arrangement: Arrangement) -> bool:
    """Whether the run was over documents that others published."""
    return any(part.workbook.values_only for part in arrangement.parts)


def coverage_text(part: FilePart) -> str:
    """Return how many numbers of a published document were checked, read but in no rule, and not read."""
    counts = part.workbook.covered
    if not counts.all:
        return ""
    each = zip(Coverage, (counts.checked, counts.read, counts.unread), strict=True)
    listed = "，".join(f"{coverage.label} {count} 个" for coverage, count in each)
    forms = f"；识别出的表中有数 {counts.in_forms} 个，核对了 {counts.in_forms_checked} 个"
    forms = forms if counts.in_forms else ""
    pages = "、".join(str(each.place.page) for each in part.workbook.unread)
    unread = f"；没有读到的页：第 {pages} 页" if pages else ""
    return f"全文有数 {counts.all} 个：{listed}{forms}{unread}。"


def _settled_text(arrangement: Arrangement) -> str:
    workbooks = [part.workbook for part in arrangement.parts]
    counts = (
        ("单位已说明", sum(len(workbook.to_accept) for workbook in workbooks)),
        ("已认可", sum(part.waiver is not None for workbook in workbooks for part in workbook.settled)),
        ("认可失效", sum(len(workbook.lapsed) for workbook in workbooks)),
    )
    listed = "，".join(f"{what} {count} 项" for what, count in counts if count)
    return f"其中{listed}，单独列出。" if listed else ""


def settled_lines(part: FilePart) -> Iterator[tuple[str, str, str]]:
    """Yield what was explained, waived, or no longer holds, as (which of them, rule and place, words)."""
    yield from map(settled_line, part.workbook.settled)
    for lapse in part.workbook.lapsed:
        waiver = lapse.waiver
        by = f"{waiver.who}的认可（认可文件第 {waiver.line} 行，有效期到 {waiver.until.isoformat()}）不起作用"
        yield "认可失效", f"{waiver.rule}　{waiver.cell}".rstrip(), f"{by}：{lapse.reason}"


def settled_line(settled: SettledFinding) -> tuple[str, str, str]:
    """Return how a finding was settled, its rule and place, and the words: finding, explanation, waiver."""
    finding, waiver = settled.finding, settled.waiver
    place = str(finding.place)
    name = rule_name(finding.rule)
    subject = f"{name}　{place}" if place else name
    said = f"单位说明：{settled.explanation.text.rstrip('。')}。" if settled.explanation else ""
    if waiver is None:
        return "已说明", subject, f"{message_text(finding)}{said}"
    until = "" if waiver.until == date.max else f"，有效期到 {waiver.until.isoformat()}"
    by = f"{waiver.who}认可{until}：{waiver.why}。"
    return "已认可", subject, f"{message_text(finding)}{said}{by}"


def next_steps(arrangement: Arrangement) -> tuple[str, ...]:
    """Return what the officer does next, one sentence each, most urgent first."""
    failed = arrangement.report.failed
    refused = arrangement.verdicts(REFUSED) - failed
    to_explain = arrangement.verdicts(TO_EXPLAIN) - arrangement.may_be_zero
    steps = []
    if failed:
        steps.append(f"将未能审核的 {failed} 份连同提示发给程序维护人员，暂不退回单位")
    if arrangement.between:
        steps.append(f"核实各单位之间的问题 {len(arrangement.between)} 项")
    published = _published(arrangement)
    if refused and published:
        steps.append(f"对照原件核实不予接收的 {refused} 份中的问题，请公开的单位改正后重新公开")
    elif refused:
        steps.append(f"将不予接收的 {refused} 份退回单位，按说明改正后重新报送")
    if to_explain:
        steps.append(f"请待说明的 {to_explain} 份改正或书面说明")
    if arrangement.verdicts(EXPLAINED):
        steps.append(
            f"审阅已说明的 {arrangement.verdicts(EXPLAINED)} 份，认可的写入认可文件（--waivers），"
            "或全部认可后用 --allow explained 汇总"
        )
    if arrangement.verdicts(UNCHECKED):
        steps.append(
            f"未核对的 {arrangement.verdicts(UNCHECKED)} 份没有核对，不等于没有问题：请人工核对，"
            "或用 --templates 给出这套报表的模板"
        )
    if arrangement.may_be_zero:
        steps.append(f"向没有填任何金额的 {arrangement.may_be_zero} 个单位问明是不是零报告")
    joined = [part.file for part in arrangement.parts if part.workbook.department]
    if joined and len(joined) < len(arrangement.parts):  # joined with the units it would count them twice
        steps.append(f"把部门汇总“{'”“'.join(joined)}”移出报送文件夹，再汇总：它是汇总的结果，不是单位的报送")
    if arrangement.missing:
        steps.append(f"催报未报送的 {len(arrangement.missing)} 个单位")
    if arrangement.parts and not steps:
        steps.append("没有需要改正的；没有核对到的数见各份报告" if published else "可以接收并汇总")
    return tuple(steps)
