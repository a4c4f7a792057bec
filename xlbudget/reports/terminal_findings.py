"""The report for the terminal: a short summary, the first findings, what to do next."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from xlbudget.files.whole_files import readable_path
from xlbudget.model import Finding, Report, Severity
from xlbudget.model.text_layout import broken
from xlbudget.model.words import inert, moment_text
from xlbudget.reports import arrangement as amounts
from xlbudget.reports import conclusions
from xlbudget.reports.arrangement import (
    ACCEPTED,
    EXPLAINED,
    REFUSED,
    TO_EXPLAIN,
    UNCHECKED,
    Arrangement,
    FilePart,
    arrange,
)
from xlbudget.reports.rule_names import rule_name
from xlbudget.reports.told import told

_STYLES = {
    Severity.BLOCKING: "bold red",
    Severity.EXPLAIN: "yellow",
    Severity.NOTE: "cyan",
}
_VERDICT_STYLES = {REFUSED: "bold red", TO_EXPLAIN: "yellow", EXPLAINED: "cyan", ACCEPTED: "green"}
_VERDICT_STYLES |= {UNCHECKED: "bold magenta"}
_UNITS_IN_FULL = 40  # beyond, the table leaves out the units with nothing to do
_WIDEST = 100  # columns; longer lines are hard to read
_NARROWEST = 60
_CODE_WIDTH = 14


def print_report(report: Report, console: Console | None = None, limit: int = 20) -> None:
    """Print the summary of a report and its first ``limit`` findings, the most severe ones.

    Lines fit the console; nothing a unit wrote is taken for markup or for a terminal command.
    Without a terminal (in a pipe) the output is plain text.
    """
    _Printer(console or Console()).report(arrange(report), limit)


class _Printer:
    """Writes lines that fit: rich's own tables and wrapping do not know where Chinese may break."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = max(min(console.width, _WIDEST), _NARROWEST)

    def report(self, arrangement: Arrangement, limit: int) -> None:
        """Print heading, units, findings and conclusion."""
        report = arrangement.report
        self.line(report.phrases.report_title, style="bold")
        self.wrapped(report.template_title)
        if report.made_at:
            self.line(f"生成时间 {inert(moment_text(report.made_at))}")
        self.line()
        self.units(arrangement)
        if arrangement.missing:
            self.line()
            names = "、".join(f"{unit.code} {unit.name}" for unit in arrangement.missing[:limit])
            rest = "等" if len(arrangement.missing) > limit else ""
            self.wrapped(f"未报送单位（{len(arrangement.missing)}）：{names}{rest}", hang=2)
        for remark in report.skipped[:limit]:
            self.wrapped(f"未检查的文件：{remark}", hang=2)
        if len(report.skipped) > limit:
            self.line(f"未检查的文件另有 {len(report.skipped) - limit} 个，见书面报告。")
        self.findings(arrangement, limit)
        self.remarks(arrangement, limit)
        self.rounding(arrangement, limit)
        self.settled(arrangement, limit)
        self.line()
        self.wrapped(f"结论：{conclusions.conclusion(arrangement)}", hang=6, style="bold")
        steps = conclusions.next_steps(arrangement)
        if steps:
            self.wrapped(f"下一步：{'；'.join(steps)}。", hang=8)

    def units(self, arrangement: Arrangement) -> None:
        """Print one line a unit: code, name, verdict, counts by severity."""
        parts = [
            part
            for part in arrangement.parts
            if part.findings or part.verdict != ACCEPTED or len(arrangement.parts) <= _UNITS_IN_FULL
        ]
        if parts:
            codes = [_cut(inert(part.code), _CODE_WIDTH) for part in parts]
            code_width = max(8, *(cell_len(code) for code in codes))
            name_width = self.width - code_width - 34
            labels = [_cut(_label(part), name_width) for part in parts]
            name_width = max(8, *(cell_len(label) for label in labels))
            heading = (
                _pad("单位代码", code_width),
                _pad("单位名称", name_width),
                "结论      不予接收  说明  提示",
            )
            self.line("  ".join(heading), style="bold")
            for part, code, label in zip(parts, codes, labels, strict=True):
                self.unit(part, f"{_pad(code, code_width)}  {_pad(label, name_width)}  ")
        if len(parts) < len(arrangement.parts):
            self.line(f"其余 {len(arrangement.parts) - len(parts)} 个单位可接收，没有问题，未列出。")

    def unit(self, part: FilePart, beginning: str) -> None:
        """Print one unit's line."""
        line = Text(beginning)
        line.append(_pad(part.verdict, 8), style=_VERDICT_STYLES[part.verdict])
        for severity, width in zip(Severity, (10, 6, 6), strict=True):
            line.append(f"{part.count(severity):>{width}}")
        self.print(line)

    def findings(self, arrangement: Arrangement, limit: int) -> None:
        """Print the most severe findings, unit by unit."""
        total = len(arrangement.report.findings)
        everything = [finding for _, finding in arrangement.findings]
        chosen = {id(finding) for finding in amounts.most_severe(everything, limit)}
        groups = [(amounts.BETWEEN, arrangement.between)]
        groups += [(f"{part.code} {_label(part)}".strip(), part.findings) for part in arrangement.parts]
        for heading, members in groups:
            listed = [finding for finding in members if id(finding) in chosen]
            if listed:
                self.line()
                self.wrapped(heading, style="bold")
            for finding in listed:
                self.finding(finding)
        if total > len(chosen):
            self.line()
            self.wrapped(f"以上列出 {len(chosen)} 项，共 {total} 项；其余见 html 或 xlsx 报告。")

    def remarks(self, arrangement: Arrangement, limit: int) -> None:
        """Print what is to be said of files that is no mistake: sheets renamed, added, formats not seen."""
        lines = [(part, remark) for part in arrangement.parts for remark in part.workbook.remarks]
        if lines:
            self.line()
            self.wrapped("备注", style="bold")
        for part, remark in lines[:limit]:
            self.wrapped(f"{part.code} {_label(part)}：{remark}".strip(), indent=2, hang=4)
        if len(lines) > limit:
            self.wrapped(f"以上列出 {limit} 条，共 {len(lines)} 条；其余见 html 或 xlsx 报告。")

    def rounding(self, arrangement: Arrangement, limit: int) -> None:
        """Print the differences that rounding explains, apart from the findings: they are no mistakes."""
        every = [part for one in arrangement.parts for part in one.workbook.rounding]
        if not every:
            return
        self.line()
        self.wrapped(f"由四舍五入解释的差额 {len(every)} 处，不是错误：", style="bold")
        for part in every[:limit]:
            self.wrapped(f"{rule_name(part.rule)}  {amounts.message_text(part)}", indent=2, hang=4)
        if len(every) > limit:
            self.wrapped(f"以上列出 {limit} 处，其余见 json 报告。")

    def settled(self, arrangement: Arrangement, limit: int) -> None:
        """Print what was explained, waived, and which waivers no longer hold, apart from open findings."""
        lines = [(part, *line) for part in arrangement.parts for line in conclusions.settled_lines(part)]
        if lines:
            self.line()
            self.wrapped("已说明、已认可和失效的认可", style="bold")
        for part, what, subject, words in lines[:limit]:
            self.wrapped(f"{what}  {part.code}  {subject}", indent=2, hang=4)
            self.wrapped(words, indent=4, hang=4)
        if len(lines) > limit:
            self.wrapped(f"以上列出 {limit} 项，共 {len(lines)} 项；其余见 html 或 xlsx 报告。")

    def finding(self, finding: Finding) -> None:
        """Print one finding: severity and rule, the place, the message."""
        first = Text("  ")
        first.append(finding.severity.label, style=_STYLES[finding.severity])
        first.append(f"  {_cut(inert(rule_name(finding.rule)), self.width - 20)}")
        self.print(first)
        place = str(finding.place)
        if place:
            self.wrapped(place, indent=4, hang=4)
        said = told(finding)
        self.wrapped(said.what, indent=4, hang=4)
        if said.do:
            self.wrapped(f"→ {said.do}", indent=4, hang=6)

    def wrapped(self, text: str, *, indent: int = 0, hang: int = 0, style: str = "") -> None:
        """Print a text over as many lines as it takes."""
        for line in broken(inert(text), self.width, indent, hang):
            self.line(line, style=style)

    def line(self, text: str = "", *, style: str = "") -> None:
        """Print one line that is known to fit."""
        self.print(Text(text, style=style))

    def print(self, text: Text) -> None:
        """Print text as it stands; characters that the terminal's encoding lacks become ``?``."""
        encoding = self.console.encoding
        if not encoding.lower().replace("-", "").startswith("utf"):
            text = _encodable(text, encoding)
        text.rstrip()
        self.console.print(text, soft_wrap=True, highlight=False, markup=False, emoji=False)


def _encodable(text: Text, encoding: str) -> Text:
    """Replace, one for one, what ``encoding`` cannot say (a Chinese Windows pipe is GBK)."""
    plain = text.plain.encode(encoding, "replace").decode(encoding)
    return Text(plain, spans=text.spans, style=text.style)


def _label(part: FilePart) -> str:
    """Name the unit, or the file if it could not be identified; a summary says so."""
    name = part.name if part.unit else f"{part.name}{readable_path(part.file)}"
    return inert(f"{name}（部门汇总）" if part.workbook.department else name)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _cut(text: str, width: int) -> str:
    """Return ``text`` within ``width`` columns, ending in … if it was longer."""
    if cell_len(text) <= width:
        return text
    kept = ""
    used = 1
    for character in text:
        used += cell_len(character)
        if used > width:
            break
        kept += character
    return kept + "…"
