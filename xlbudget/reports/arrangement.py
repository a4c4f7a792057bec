"""What the reports share: how values are worded, in which order findings stand, what follows from them.

Everything here is text and order; nothing here knows a file format.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from xlbudget.model import (
    CellValue,
    Finding,
    Report,
    RuleStatus,
    SettledFinding,
    Severity,
    Unit,
    WorkbookReport,
)

TITLE = "预算报表审核报告"
BETWEEN = "各单位之间的问题"
ACCEPTED, EXPLAINED, TO_EXPLAIN, REFUSED = "可接收", "已说明", "待说明", "不予接收"
EMPTY = "（空）"
NOT_STATED = "—"

_LONGEST_PLAIN = 40  # digits; beyond, an amount is shown with an exponent (a cell may hold 1E+307)

_LINE_BREAK = re.compile("\r\n|[\n\r\u0085\u2028\u2029]")
# Controls, soft hyphen, zero-width and direction marks, tags, lone surrogates and non-characters.
_NOT_INERT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
_DIGITS = re.compile(r"([0-9]{1,18})")
_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_UNTIL_CONFIRMED = "单位书面确认是零报告以前，不算已经报送"
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


# -------------------------------------------------------------------- texts


def inert(text: str) -> str:
    """Return ``text`` with the characters that steer a screen made visible.

    Control characters, zero-width and direction marks and lone surrogates become □ (the Chinese mark
    for a character that cannot be given), line breaks ↵; everything else stays. Reports for people
    put every text through here.
    """
    return _NOT_INERT.sub("□", _LINE_BREAK.sub("↵", text))


def exact_text(value: Decimal) -> str:
    """Return the exact decimal without exponent, separators or trailing zeros, as programs read it."""
    if not value.is_finite():
        return str(value)
    text = format(value if value else Decimal(0), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount_text(value: Decimal, decimals: int = 2) -> str:
    """Return an amount with thousands separators and at least ``decimals`` decimals, never rounded."""
    if not value.is_finite() or abs(value.adjusted()) > _LONGEST_PLAIN:
        return str(value)
    whole, _, fraction = format(value if value else Decimal(0), ",f").partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole


def value_text(value: CellValue, money: str) -> str:
    """Return a value as officers read it: amounts with separators, texts in quotes, empty cells named.

    A number that is no money (a head count) gets no decimals of its own.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return amount_text(value, 2 if money else 0)
    return f"“{value}”" if value else EMPTY


def stored_text(finding: Finding) -> str:
    """Return what the file holds; ``—`` if the finding is not about one cell's value."""
    if finding.stored is None and finding.expected is None and not finding.place.address:
        return NOT_STATED
    return value_text(finding.stored, finding.money)


def expected_text(finding: Finding) -> str:
    """Return what the cell should hold; ``—`` if the finding expects no particular value."""
    return NOT_STATED if finding.expected is None else value_text(finding.expected, finding.money)


def difference_text(finding: Finding) -> str:
    """Return stored − expected; ``—`` if they are not both amounts."""
    return NOT_STATED if finding.difference is None else value_text(finding.difference, finding.money)


def where_text(finding: Finding) -> str:
    """Return line and column, for reports that name the form and the address elsewhere."""
    return " · ".join(word for word in (finding.place.line, finding.place.column) if word)


def message_text(finding: Finding) -> str:
    """Return the message without the place it begins with, for reports that show the place beside it."""
    place = str(finding.place)
    if place and finding.message.startswith(place):
        return finding.message[len(place) :].lstrip("：:，, ") or finding.message
    return finding.message


# -------------------------------------------------------------------- order


@dataclass(frozen=True, slots=True)
class Part:
    """One returned file with all that concerns it, findings in the order of the forms.

    ``file`` is its path below the folder that all files share; ``findings`` include those
    between workbooks that name this unit.
    """

    workbook: WorkbookReport
    file: str
    findings: tuple[Finding, ...]
    verdict: str

    @property
    def unit(self) -> Unit | None:
        """The unit, or None when the file could not be identified."""
        return self.workbook.unit

    @property
    def code(self) -> str:
        """The unit's code; empty when the file could not be identified."""
        return self.unit.code if self.unit else ""

    @property
    def name(self) -> str:
        """The unit's name, or words that say that there is none."""
        return self.unit.name if self.unit else "（未能识别单位）"

    @property
    def kind(self) -> str:
        """The kind of unit; summaries of the department say so."""
        kind = self.unit.kind if self.unit else ""
        return " · ".join(word for word in (kind, "部门汇总" if self.workbook.department else "") if word)

    @property
    def may_be_zero(self) -> bool:
        """Whether nothing but its emptiness keeps it from being a return: the unit may mean 零报告."""
        return self.workbook.empty and self.verdict != REFUSED

    def count(self, severity: Severity) -> int:
        """How many of its findings have that severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def rules(self) -> dict[RuleStatus, int]:
        """How many rules passed, failed, did not apply and were not run."""
        statuses = [outcome.status for outcome in self.workbook.outcomes]
        return {status: statuses.count(status) for status in RuleStatus}


@dataclass(frozen=True)
class Arrangement:
    """A report in the order that every format follows: by unit code, form, severity, place."""

    report: Report
    parts: tuple[Part, ...]
    between: tuple[Finding, ...]
    missing: tuple[Unit, ...]

    def verdicts(self, verdict: str) -> int:
        """How many files have that verdict."""
        return sum(part.verdict == verdict for part in self.parts)

    @property
    def may_be_zero(self) -> int:
        """How many files hold no amount and may be meant as 零报告."""
        return sum(part.may_be_zero for part in self.parts)

    @property
    def rules_not_run(self) -> int:
        """How many times a rule was not run."""
        return sum(part.rules[RuleStatus.NOT_RUN] for part in self.parts)

    @property
    def rule_titles(self) -> dict[str, str]:
        """The title of each rule, as first stated."""
        titles: dict[str, str] = {}
        for part in self.parts:
            for outcome in part.workbook.outcomes:
                titles.setdefault(outcome.rule, outcome.title)
        return titles

    @property
    def findings(self) -> Iterator[tuple[Part | None, Finding]]:
        """Every finding with its file, those between workbooks (no file) first."""
        yield from ((None, finding) for finding in self.between)
        yield from ((part, finding) for part in self.parts for finding in part.findings)

    def label(self, finding: Finding) -> str:
        """Return code and name of the unit that a finding between workbooks names, if it does."""
        return f"{finding.unit} {self._names.get(finding.unit, '')}".strip()

    @cached_property
    def _names(self) -> dict[str, str]:
        """The name of each unit by its code, as the first workbook has it."""
        returned = [part.unit for part in reversed(self.parts) if part.unit]
        return {unit.code: unit.name for unit in (*reversed(self.missing), *returned)}


def arrange(report: Report) -> Arrangement:
    """Return the report in its one order, each finding beside the file that it concerns."""
    shown = _shown_files(report)
    returned: dict[str, list[int]] = {}
    for at, workbook in enumerate(report.workbooks):
        if workbook.unit is not None:
            returned.setdefault(workbook.unit.code, []).append(at)
    belonging: dict[int, list[Finding]] = {}
    between = []
    for finding in report.collective:
        owner = _owner(finding, report, returned.get(finding.unit, []))
        if owner is None:
            between.append(finding)
        else:
            belonging.setdefault(owner, []).append(finding)
    parts = []
    for at, (workbook, file) in enumerate(zip(report.workbooks, shown, strict=True)):
        findings = _in_order([*workbook.findings, *belonging.get(at, ())])
        parts.append(Part(workbook, file, findings, _verdict(workbook, findings, between)))
    parts.sort(key=lambda part: (part.unit is None, part.code, part.file))
    missing = sorted(report.missing, key=lambda unit: (unit.code, unit.name))
    return Arrangement(report, tuple(parts), _in_order(between), tuple(missing))


def by_form(findings: Iterable[Finding]) -> list[tuple[str, str, tuple[Finding, ...]]]:
    """Return findings in order as (form and sheet in words, their money unit if it is one, findings).

    The words are empty for findings that stand in no form.
    """
    groups = []
    for (form, sheet), members in groupby(findings, key=lambda each: (each.place.form, each.place.sheet)):
        group = tuple(members)
        moneys = {finding.money for finding in group if finding.money}
        heading = f"{form}（{sheet}）" if form and sheet and form != sheet else form or sheet
        groups.append((heading, moneys.pop() if len(moneys) == 1 else "", group))
    return groups


def most_severe(findings: Sequence[Finding], limit: int) -> list[Finding]:
    """Return at most ``limit`` findings, blocking ones before others."""
    return sorted(findings, key=lambda finding: _RANK[finding.severity])[: max(limit, 0)]


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort by form, then severity, then place; the same findings always come out in the same order."""
    return tuple(sorted(findings, key=_order))


def _order(finding: Finding) -> tuple[object, ...]:
    place = finding.place
    match = _ADDRESS.match(place.address)
    column, row = (match[1].upper(), int(match[2])) if match else ("", 0)
    return (
        natural(place.sheet),
        natural(place.form),
        _RANK[finding.severity],
        (row, len(column), column),
        natural(finding.rule),
        (place.line, place.column, finding.message, str(finding.stored), str(finding.expected)),
    )


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts 公开表2 before 公开表10."""
    pieces = _DIGITS.split(text)
    return tuple((1, int(piece), "") if at % 2 else (0, 0, piece) for at, piece in enumerate(pieces) if piece)


def _shown_files(report: Report) -> list[str]:
    """Name each file below the folder that all share, so that reports do not tell about the machine."""
    paths = [workbook.path for workbook in report.workbooks]
    try:
        folder = os.path.commonpath({path.parent for path in paths})
        return [path.relative_to(folder).as_posix() for path in paths]
    except ValueError:  # no files, other drives, or absolute beside relative paths
        return [path.as_posix() for path in paths]


def _owner(finding: Finding, report: Report, of_unit: Sequence[int]) -> int | None:
    """Return the position of the one workbook that a finding between workbooks concerns, if it is one.

    ``of_unit`` are the positions of the workbooks of the unit that it names.
    """
    if not finding.unit:
        return None
    of_file = [at for at in of_unit if finding.file and _is_file(finding.file, report.workbooks[at])]
    chosen = of_file or of_unit
    return chosen[0] if len(chosen) == 1 else None


def _is_file(name: str, workbook: WorkbookReport) -> bool:
    return name in (str(workbook.path), workbook.path.as_posix(), workbook.path.name)


def _verdict(workbook: WorkbookReport, findings: Sequence[Finding], between: Sequence[Finding]) -> str:
    """Return the verdict on a file, findings between workbooks that name its unit included.

    A file whose unit is unknown is never accepted.
    """
    if workbook.unit is None:
        return REFUSED
    code = workbook.unit.code
    severities = {finding.severity for finding in findings}
    severities |= {finding.severity for finding in between if finding.unit == code}
    if Severity.BLOCKING in severities:
        return REFUSED
    if Severity.EXPLAIN in severities:
        return TO_EXPLAIN
    return EXPLAINED if workbook.to_accept else ACCEPTED


# --------------------------------------------------------------- conclusions


def conclusion(arrangement: Arrangement) -> str:
    """Return in words what the run found: what can be accepted, who is missing, what was not run."""
    files = len(arrangement.parts)
    report, empty = arrangement.report, arrangement.may_be_zero
    only_empty = 0 < empty == files and not report.findings
    accepted = arrangement.verdicts(ACCEPTED)
    matches = "已运行的校验全部相符" if arrangement.rules_not_run else "全部相符"
    which = "" if files == 1 else f"{files} 份报送文件"
    if not files:
        text = "没有检查任何文件。"
    elif only_empty:
        text = f"{which}没有填任何金额，{_UNTIL_CONFIRMED}。"
    elif accepted == files and not report.findings:
        text = f"{which}{matches}，可以接收。"
    elif accepted == files and report.count(Severity.NOTE) == len(report.findings):
        notes = len(report.findings)
        text = f"{which}没有需要改正或说明的问题，可以接收；另有提示 {notes} 项，供参考。"
    elif files == 1:
        counts = [(severity.label, report.count(severity)) for severity in Severity]
        listed = "，".join(f"{label} {count} 项" for label, count in counts if count)
        why = f"发现问题 {len(report.findings)} 项：{listed}" if listed else "未能识别单位"
        if arrangement.parts[0].verdict == EXPLAINED:
            why = "需要说明的问题单位都已说明，请审阅" + (f"；另有{listed}" if listed else "")
        text = f"{arrangement.parts[0].verdict}，{why}。"
    else:
        verdicts = (ACCEPTED, *((EXPLAINED,) if arrangement.verdicts(EXPLAINED) else ()), TO_EXPLAIN, REFUSED)
        each = [(verdict, arrangement.verdicts(verdict)) for verdict in verdicts]
        text = f"共 {files} 份报送文件：{'，'.join(f'{verdict} {count} 份' for verdict, count in each)}。"
    if empty and not only_empty:
        text += f"其中 {empty} 份没有填任何金额，{_UNTIL_CONFIRMED}。"
    text += _settled_text(arrangement)
    if arrangement.missing:
        text += f"另有 {len(arrangement.missing)} 个单位未报送。"
    if arrangement.rules_not_run:
        text += f"规则未运行 {arrangement.rules_not_run} 项次，未运行不等于相符，原因见规则运行情况。"
    return text


def _settled_text(arrangement: Arrangement) -> str:
    workbooks = [part.workbook for part in arrangement.parts]
    counts = (
        ("单位已说明", sum(len(workbook.to_accept) for workbook in workbooks)),
        ("已认可", sum(part.waiver is not None for workbook in workbooks for part in workbook.settled)),
        ("认可失效", sum(len(workbook.lapsed) for workbook in workbooks)),
    )
    listed = "，".join(f"{what} {count} 项" for what, count in counts if count)
    return f"其中{listed}，单独列出。" if listed else ""


def settled_lines(part: Part) -> Iterator[tuple[str, str, str]]:
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
    subject = f"{finding.rule}　{place}" if place else finding.rule
    said = f"单位说明：{settled.explanation.text}。" if settled.explanation else ""
    if waiver is None:
        return "已说明", subject, f"{message_text(finding)}{said}"
    by = f"{waiver.who}认可，有效期到 {waiver.until.isoformat()}：{waiver.why}。"
    return "已认可", subject, f"{message_text(finding)}{said}{by}"


def next_steps(arrangement: Arrangement) -> tuple[str, ...]:
    """Return what the officer does next, one sentence each, most urgent first."""
    refused, to_explain = arrangement.verdicts(REFUSED), arrangement.verdicts(TO_EXPLAIN)
    steps = []
    if arrangement.between:
        steps.append(f"核实各单位之间的问题 {len(arrangement.between)} 项")
    if refused:
        steps.append(f"将不予接收的 {refused} 份退回单位，按说明改正后重新报送")
    if to_explain:
        steps.append(f"请待说明的 {to_explain} 份改正或书面说明")
    if arrangement.verdicts(EXPLAINED):
        steps.append(
            f"审阅已说明的 {arrangement.verdicts(EXPLAINED)} 份，认可的写入认可文件（--waivers），"
            "或全部认可后用 --allow explained 汇总"
        )
    if arrangement.may_be_zero:
        steps.append(f"向没有填任何金额的 {arrangement.may_be_zero} 个单位问明是不是零报告")
    if arrangement.missing:
        steps.append(f"催报未报送的 {len(arrangement.missing)} 个单位")
    if arrangement.parts and not steps:
        values_only = any(part.workbook.values_only for part in arrangement.parts)
        steps.append(
            "可以接收；只有数值，不能汇总，汇总要用下发的工作簿填报" if values_only else "可以接收并汇总"
        )
    return tuple(steps)
