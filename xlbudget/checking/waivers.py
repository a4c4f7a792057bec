"""Waivers: what the officer has accepted, kept in a TOML file with who, why, and until when.

A waiver belongs to one rule at one cell of one unit **and to the values that stood there**: it lapses
when they change, by however little, and when its last day has passed. What follows from a finding
decides whether it can be waived at all: one that wants an explanation can, a blocking one only where
the definitions say so of its rule (``waivable``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from xlbudget.checking.named_places import is_meant
from xlbudget.definitions.toml_items import Item, Problems, read_toml
from xlbudget.files.whole_files import existing_file
from xlbudget.model import (
    CellValue,
    Finding,
    LapsedWaiver,
    Report,
    SettledFinding,
    Severity,
    Waiver,
    WorkbookReport,
    WorkbookTemplate,
)
from xlbudget.model.errors import InputError
from xlbudget.model.words import EMPTY, day_of, value_text


@dataclass(frozen=True, slots=True)
class WaiverFile:
    """The waivers of a file, and the lines of those that nobody has filled in yet."""

    waivers: tuple[Waiver, ...]
    unfilled: tuple[int, ...] = ()


# ------------------------------------------------------------------- reading


def read_waivers(path: Path) -> WaiverFile:
    """Return the waivers of a TOML file; raises InputError with the line of every mistake."""
    problems = Problems()
    item = read_toml(existing_file(path, "认可文件"), path.name, problems)
    waivers: list[Waiver] = []
    unfilled: list[int] = []
    for part in item.items("waiver") if item.data else ():
        waiver = _waiver(part)
        if waiver is None:
            unfilled.append(part.line)
            continue
        twin = next((other for other in waivers if _subject(other) == _subject(waiver)), None)
        if twin is not None:
            problems.add(part.source, f"与第 {twin.line} 行是同一个问题，只能写一次")
        waivers.append(waiver)
    item.finish()
    if problems.found:
        raise InputError("认可文件有误，没有审核：" + "；".join(str(problem) for problem in problems.found))
    return WaiverFile(tuple(waivers), tuple(unfilled))


def _subject(waiver: Waiver) -> tuple[object, ...]:
    return (waiver.unit, waiver.rule.casefold(), waiver.cell, str(waiver.value), str(waiver.expected))


def _waiver(item: Item) -> Waiver | None:
    """Return one waiver, or None where who, why and until are all left empty."""
    until = _day(item)
    who, why = item.text("who", "").strip(), item.text("why", "").strip()
    unit, rule = item.text("unit").strip(), item.text("rule").strip()
    cell, value = item.text("cell").strip(), _value(item, "value")
    expected = _value(item, "expected") if item.has("expected") else None
    if not item.has("value"):
        item.problems.add(item.source, "缺少属性“value”（认可时的数值）")
    item.finish()
    if not (who or why or until):
        return None
    for name, filled in (("unit", unit), ("rule", rule), ("who", who), ("why", why), ("until", until)):
        if not filled and (item.has(name) or name not in ("unit", "rule")):
            item.problems.add(item.source_of(name), f"“{name}”没有填写（{_MEANINGS[name]}）")
    return Waiver(unit, rule, cell, value, who, why, until or date.min, expected, item.line)


_MEANINGS = {
    "unit": "单位编码",
    "rule": "规则编号",
    "who": "认可人",
    "why": "理由",
    "until": "有效期，如 2000-12-31",
}


def _day(item: Item) -> date | None:
    value = item.raw("until")
    if value is None or value == "":
        return None
    if type(value) is date:
        return value
    try:
        return day_of(str(value))
    except ValueError:
        item.problems.add(item.source_of("until"), f"“until”应为日期，如 2000-12-31，不能是“{value}”")
        return None


def _value(item: Item, key: str) -> CellValue:
    value = item.raw(key)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float) and Decimal(repr(value)).is_finite():
        return Decimal(repr(value))
    item.problems.add(item.source_of(key), f"属性“{key}”应为数字或文字")
    return None


# ------------------------------------------------------------------ applying


def apply_waivers(
    report: Report, waivers: Iterable[Waiver], template: WorkbookTemplate, today: date
) -> Report:
    """Return the report with waived findings settled; waivers that do not hold are listed as lapsed.

    Waivers of units that returned nothing in this run are not looked at.
    """
    by_unit: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        by_unit.setdefault(waiver.unit, []).append(waiver)
    workbooks = tuple(
        _applied(workbook, by_unit.get(workbook.unit.code if workbook.unit else "", ()), template, today)
        for workbook in report.workbooks
    )
    return replace(report, workbooks=workbooks)


def _applied(
    workbook: WorkbookReport, waivers: Sequence[Waiver], template: WorkbookTemplate, today: date
) -> WorkbookReport:
    waivable = {rule.id for rule in template.every_rule if rule.waivable}
    settled = [*workbook.settled, *(SettledFinding(finding) for finding in workbook.findings)]
    known = len(workbook.settled)
    lapsed: list[LapsedWaiver] = []
    for waiver in waivers:
        meant = [at for at, part in enumerate(settled) if _concerns(waiver, part.finding)]
        holding = [at for at in meant if _holds(waiver, settled[at].finding)]
        reason = _lapse(waiver, [settled[at].finding for at in holding or meant], waivable, today)
        if not holding or reason:
            finding = settled[(holding or meant)[0]].finding if meant else None
            lapsed.append(LapsedWaiver(waiver, reason, finding))
            continue
        for at in holding:
            settled[at] = replace(settled[at], waiver=waiver)
    return replace(
        workbook,
        findings=tuple(part.finding for part in settled[known:] if part.waiver is None),
        settled=(*settled[:known], *(part for part in settled[known:] if part.waiver is not None)),
        lapsed=tuple(lapsed),
    )


def _concerns(waiver: Waiver, finding: Finding) -> bool:
    if waiver.rule.casefold() != finding.rule.casefold():
        return False
    return is_meant(waiver.cell, finding.place) if waiver.cell else not str(finding.place)


def _holds(waiver: Waiver, finding: Finding) -> bool:
    if not _same(waiver.value, finding.stored, finding.money):
        return False
    return waiver.expected is None or _same(waiver.expected, finding.expected, finding.money)


def _same(accepted: CellValue, found: CellValue, money: str) -> bool:
    """Whether an accepted value is the one that was found: amounts to the last digit, texts as they are."""
    if isinstance(found, Decimal):
        return _amount(accepted, money) == found
    if isinstance(found, bool) or isinstance(accepted, bool):
        return accepted is found
    plain = "" if accepted is None or accepted == EMPTY else str(accepted).strip("“” ")
    return plain == str("" if found is None else found).strip("“” ")


def _amount(value: CellValue, money: str) -> Decimal | None:
    """Return an accepted amount, also as reports print it: with separators and the money's name."""
    if isinstance(value, Decimal):
        return value
    try:
        return Decimal(str(value).replace(",", "").replace(money, "").strip())
    except InvalidOperation:
        return None


def _lapse(waiver: Waiver, findings: Sequence[Finding], waivable: set[str], today: date) -> str:
    """Return why a waiver does not settle these findings, or an empty text."""
    if not findings:
        return "这次审核没有这个问题了，可以从认可文件中删去。"
    finding = findings[0]
    reasons = []
    if not _holds(waiver, finding):
        reasons.append(f"认可以后数值有变化：{_changes(waiver, finding)}")
    if today > waiver.until:
        reasons.append(f"有效期到 {waiver.until.isoformat()}，已过期")
    if finding.severity is Severity.BLOCKING and finding.rule not in waivable:
        reasons.append(f"“{finding.severity.label}”的问题须由单位改正，模板没有允许认可这条规则")
    return f"{'；'.join(reasons)}。" if reasons else ""


def _changes(waiver: Waiver, finding: Finding) -> str:
    pairs = [("现值", waiver.value, finding.stored)]
    if waiver.expected is not None:
        pairs.append(("应为", waiver.expected, finding.expected))
    return "，".join(
        f"{what}由 {_shown(old, finding.money)} 变为 {_shown(new, finding.money)}"
        for what, old, new in pairs
        if not _same(old, new, finding.money)
    )


def _shown(value: CellValue, money: str) -> str:
    amount = _amount(value, money) if isinstance(value, str) else None
    text = value_text(amount if amount is not None else value, money)
    return f"{text} {money}" if money and (amount is not None or isinstance(value, Decimal)) else text


# ------------------------------------------------------------------ skeleton
