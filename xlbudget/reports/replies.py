"""Replies to units, ready to paste into a message: what to correct, where, until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from xlbudget.files.whole_files import readable_name, readable_path, safe_name, write_whole
from xlbudget.model import Finding, Report, Roster, Severity, Unit
from xlbudget.model.words import inert
from xlbudget.reports.arrangement import ACCEPTED, EXPLAINED, FilePart, arrange
from xlbudget.reports.conclusions import settled_line
from xlbudget.reports.rule_names import rule_name
from xlbudget.reports.told import told
from xlbudget.returns.identification import UNREADABLE
from xlbudget.returns.incoming_files import UNREAD_FORM
from xlbudget.returns.told_units import told_unit

if TYPE_CHECKING:
    from xlbudget.reports.annotated_copies import AnnotatedCopy

_HEADINGS = {
    Severity.BLOCKING: "必须改正（改正前不予接收）",
    Severity.EXPLAIN: "请改正；确有原因的，请书面说明",
    Severity.NOTE: "提示，供核对",
}
_COUNTED = {Severity.BLOCKING: "必须改正", Severity.EXPLAIN: "请改正或说明", Severity.NOTE: "提示"}
TOGETHER = "全部回复.txt"
"""The file that holds all replies."""
_ALL, _RULE = "全部回复", f"\n\n{'─' * 30}\n\n"
_OF_A_KIND = 50  # findings of one rule in one reply: more do not help whoever corrects them
_NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Decided:
    """What an officer has decided about returns beyond checking, by unit code.

    ``accepted`` with what was open, ``zero`` as 零报告; ``sent_back`` gives the reason.
    """

    accepted: frozenset[str] = frozenset()
    zero: frozenset[str] = frozenset()
    sent_back: Mapping[str, str] = field(default_factory=dict)


UNDECIDED = Decided()


def write_replies(
    report: Report,
    folder: Path,
    until: date | None = None,
    decided: Decided = UNDECIDED,
    copies: Sequence[AnnotatedCopy] | None = None,
) -> tuple[Path, ...]:
    """Write a text for each returned file, and a reminder for each unit that returned nothing.

    With ``copies`` (those of this report) there is a mail draft beside each text, the copy attached.

    Units hear nothing of a file on which the check itself failed, nor are they said to have returned nothing.
    File names are unit code and name; more than one stand in one file as well (:data:`TOGETHER`).
    Raises OutputError when a file cannot be written.
    """
    arrangement = arrange(report)
    texts: dict[str, str] = {}
    attached: dict[str, list[Path]] = {}
    for part in arrangement.parts:
        if part.workbook.failed:
            continue
        name = f"{part.code}_{part.name}" if part.unit else f"未识别_{readable_name(Path(part.file).stem)}"
        name = _free(safe_name(name), texts)
        texts[name] = reply(report, part, until, decided)
        attached[name] = [copy.path for copy in copies or () if copy.file == part.file and copy.path]
    sent = _sent_otherwise(report)
    for unit in arrangement.missing:
        what = "未读取" if unit.code in sent else "催报"
        text = _not_read(report, unit, sent[unit.code], until) if unit.code in sent else None
        texts[_free(safe_name(f"{unit.code}_{unit.name}_{what}"), texts)] = text or reminder(
            report, unit, until
        )
    if len(texts) > 1:
        write_whole(folder / TOGETHER, together(list(texts.values())))
    if copies is not None:
        from xlbudget.reports.mail_drafts import mail_draft  # email takes a moment to import

        for name, text in texts.items():
            draft = mail_draft(f"“{report.template_title}”审核情况", text, attached.get(name, ()))
            write_whole(folder / f"{name}.eml", draft)
    return tuple(_written(folder / f"{name}.txt", text) for name, text in texts.items())


def together(texts: Sequence[str]) -> bytes:
    """Return one text file of several replies, for reading through or printing them at once."""
    parts = [_ALL, *(text.replace("\r\n", "\n").rstrip("\n") for text in texts)]
    return _RULE.join(parts).replace("\n", "\r\n").encode("utf-8-sig") + b"\r\n"


def _free(name: str, taken: dict[str, str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _written(path: Path, text: str) -> Path:
    return write_whole(path, text.replace("\n", "\r\n").encode("utf-8-sig"))


def reply(report: Report, part: FilePart, until: date | None = None, decided: Decided = UNDECIDED) -> str:
    """Return what to write to the unit that returned a file."""
    return "\n".join(map(inert, _reply(report, part, until, decided))) + "\n"


def _reply(report: Report, part: FilePart, until: date | None, decided: Decided) -> Iterator[str]:
    to = part.name if part.unit else "报送单位"
    yield f"{to}："
    received = f"你单位报送的“{report.template_title}”（文件：{readable_path(part.file)}）已审核"
    decision = _decision(report, part, until, decided)
    if decision:
        yield received + decision[0]
        yield from decision[1:]
    to_confirm = part.may_be_zero and not part.count(Severity.EXPLAIN)
    nothing = (part.verdict == ACCEPTED or to_confirm) and not part.findings and not part.workbook.settled
    if part.code in decided.zero | decided.accepted or (decision and nothing):
        return
    if nothing:
        yield f"{received}，没有问题，可以接收，不需要再报。"
        return
    counts = "，".join(
        f"{_COUNTED[severity]} {part.count(severity)} 项" for severity in Severity if part.count(severity)
    )
    conclusion = f"结论：{part.verdict}" + (f"（{counts}）。" if counts else "。")
    yield f"审核{conclusion}" if decision else f"{received}，{conclusion}"
    sections = 0
    for severity in Severity:
        findings = [finding for finding in part.findings if finding.severity is severity]
        if findings:
            yield ""
            yield f"{_NUMERALS[sections]}、{_HEADINGS[severity]}"
            yield from _numbered(findings)
            sections += 1
    received_words = [settled_line(each) for each in part.workbook.settled]
    if received_words:
        yield ""
        yield f"{_NUMERALS[sections]}、你单位已说明或主管部门已认可，不需要再改"
        yield from (f"{number}. 【{word}】{told}" for number, (word, _, told) in enumerate(received_words, 1))
    if decision and (to_confirm or part.verdict in (ACCEPTED, EXPLAINED)):
        return
    yield ""
    if part.verdict == EXPLAINED:
        yield "你单位的说明已收到，等待主管部门认可；没有另行通知的，不需要再报。"
        return
    if part.verdict == ACCEPTED:
        yield "以上供核对，可以接收，不需要再报。"
        return
    if any(finding.rule == UNREADABLE for finding in part.findings):
        yield f"请{_deadline(until)}按上述办法处理后重新报送；没有改动的内容不需要重填。"
        return
    yield f"请{_deadline(until)}在下发的原工作簿中改正并保存，重新报送；不要另建文件，不要改动公式和表样。"


def _decision(report: Report, part: FilePart, until: date | None, decided: Decided) -> tuple[str, ...]:
    """Return what follows from the officer's decision, the first line to go on with; nothing without one.

    An empty return that nobody has decided on is asked about: it may be 零报告.
    """
    if part.code in decided.zero:
        return ("，已确认为零报告并接收，不需要再报。",)
    if part.code in decided.accepted:
        return ("，主管部门已认可并接收，不需要再报。",)
    if part.code in decided.sent_back:
        reason = decided.sent_back[part.code]
        return f"，主管部门退回，原因：{reason}。", f"请{_deadline(until)}改正后重新报送。"
    if part.may_be_zero:
        return (
            f"，没有填任何金额。请{_deadline(until)}告知是不是零报告：",
            f"1. 本年确实没有预算的，书面回复“{report.template_title}为零报告”并写明原因，不需要再报文件。",
            "2. 发错了文件，或填好后没有保存的，在下发的原工作簿中填好并保存，重新报送。",
            "没有确认以前，不算已经报送。",
        )
    return ()


def _numbered(findings: list[Finding]) -> Iterator[str]:
    counts = Counter(finding.rule for finding in findings)
    shown: Counter[str] = Counter()
    number = 0
    for finding in findings:
        shown[finding.rule] += 1
        if shown[finding.rule] > _OF_A_KIND:
            continue
        number += 1
        place, said = str(finding.place), told(finding)
        within = not place or (place in finding.message and not finding.message.startswith(place))
        yield f"{number}. {said.what}" if within else f"{number}. {place}：{said.what}"
        yield from (f"   {line}" for line in said.brief[1:])
    for rule, count in counts.items():
        if count > _OF_A_KIND:
            yield f"   {rule_name(rule)} 共 {count} 项，以上列出 {_OF_A_KIND} 项，其余见批注副本或审核报告。"


def _sent_otherwise(report: Report) -> dict[str, list[str]]:
    """Return, by unit code, the files that were passed over and bear the name of a unit without a return.

    Each is its name and why it was not read, as the report has it.
    """
    missing = Roster(report.missing)
    found: dict[str, list[str]] = {}
    for remark in report.skipped:
        name, _, why = remark.partition("：")
        unit = told_unit([name], missing) if why.startswith(UNREAD_FORM) else None
        if unit is not None:
            found.setdefault(unit.code, []).append(f"“{name}”{why.rstrip('。')}。")
    return found


def _not_read(report: Report, unit: Unit, files: Sequence[str], until: date | None) -> str:
    """Return what to write to a unit whose file is of a kind that is not read."""
    lines = (
        f"{unit.name}：",
        f"收到你单位的文件，但不是可以读取的“{report.template_title}”：",
        *(f"{number}. {told_of}" for number, told_of in enumerate(files, 1)),
        f"请{_deadline(until)}重新报送；已经另报的，请告知报送方式和时间。",
    )
    return "\n".join(map(inert, lines)) + "\n"


def reminder(report: Report, unit: Unit, until: date | None = None) -> str:
    """Return what to write to a unit that has returned nothing."""
    lines = (
        f"{unit.name}：",
        f"尚未收到你单位的“{report.template_title}”。请{_deadline(until)}报送；已经报送的，请告知报送方式和时间。",
    )
    return "\n".join(map(inert, lines)) + "\n"


def _deadline(until: date | None) -> str:
    return f"于 {until.year} 年 {until.month} 月 {until.day} 日前" if until else "尽快"
