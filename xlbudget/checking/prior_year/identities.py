"""Whether what is compared between two years is the same: the unit under its code, projects under theirs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.definitions.last_year_codes import old_units
from xlbudget.model import (
    Cell,
    Finding,
    Listing,
    RuleOutcome,
    RuleStatus,
    Severity,
    Unit,
    WorkbookTemplate,
)
from xlbudget.model.words import plain_name

OTHER_UNIT, OTHER_NAMES = "prior_unit", "prior_names"
TITLES = {OTHER_UNIT: "上年的工作簿是按单位名称找到的", OTHER_NAMES: "同一编码上年是另一个项目"}
SEVERITIES = {OTHER_UNIT: Severity.EXPLAIN, OTHER_NAMES: Severity.EXPLAIN}

_SAME = 0.6  # of the letters of two names: so many in common are one name written otherwise
_DATED = re.compile(r"20\d\d|年度?|第?[一二三四五六七八九十\d]+期|[（()）]")
_MOST_NAMED = 10


def compare_identities(
    evidence: Evidence, prior: Evidence
) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Ask about a unit found under another code, and about codes that named something else last year."""
    found = [*_unit(evidence, prior)]
    listings = {(one.table, one.key, one.name): one for one in evidence.template.prior_listings if one.name}
    for listing in listings.values():
        found += _names(evidence, prior, listing)
    failed = {finding.rule for finding in found}
    status = {name: RuleStatus.FAILED if name in failed else RuleStatus.PASSED for name in TITLES}
    return tuple(found), tuple(
        RuleOutcome(name, title, SEVERITIES[name], status[name], 1) for name, title in TITLES.items()
    )


def found_by_name(template: WorkbookTemplate, unit: Unit, prior: Evidence) -> str:
    """Say that last year's workbook is a unit's by its name alone; an empty text where the code says so."""
    before = prior.submission.unit
    if before.code in old_units(template, unit.code):
        return ""
    return f"单位编码本年是“{unit.code}”，上年的工作簿是按名称“{before.name}”找到的，编码为“{before.code}”；"


_SAME_UNIT = (
    "请核对是不是同一个单位：是的，请在模板的 from_last_year/units.csv 写明两个编码；"
    "不是的，请移走上年的那个工作簿"
)


def taken_by_name(template: WorkbookTemplate, unit: Unit, prior: Evidence) -> str:
    """Say that last year's figures were taken from a workbook that is a unit's by its name alone, and ask."""
    found = found_by_name(template, unit, prior)
    return f"{found}已带入它的数。{_SAME_UNIT}" if found else ""


def _unit(evidence: Evidence, prior: Evidence) -> Iterator[Finding]:
    unit, before = evidence.submission.unit, prior.submission.unit
    found = found_by_name(evidence.template, unit, prior)
    if not found:
        return
    facts = evidence.template.unit_facts
    cell = Cell(facts.table, evidence.layout.tables[facts.table].lines[facts.code], facts.column)
    message = f"{evidence.place(cell)}：{found}已与它对比。{_SAME_UNIT}。"
    yield evidence.finding(
        OTHER_UNIT, SEVERITIES[OTHER_UNIT], cell, message, stored=unit.code, expected=before.code
    )


def _names(evidence: Evidence, prior: Evidence, listing: Listing) -> Iterator[Finding]:
    """Yield one finding for all codes of a ledger that name another thing than last year."""
    if listing.table not in prior.layout.tables:
        return
    now, before = _named(evidence, listing), _named(prior, listing)
    other = {
        code: (row, name, before[code][1])
        for code, (row, name) in now.items()
        if code in before and not _alike(name, before[code][1])
    }
    if not other:
        return
    row, name, was = next(iter(other.values()))
    cell = Cell(listing.table, row, listing.name)
    listed = [f"{code}：上年“{then}”，本年“{this}”" for code, (_, this, then) in other.items()]
    more = f" 等 {len(listed)} 个" if len(listed) > _MOST_NAMED else ""
    message = (
        f"{evidence.place(cell)}：同一编码上年是另一个名称：{'；'.join(listed[:_MOST_NAMED])}{more}，"
        "与上年的对比因此不可靠。延续的项目请沿用上年的名称，新项目请用新的编码；只是改了名称的请说明。"
    )
    yield evidence.finding(OTHER_NAMES, SEVERITIES[OTHER_NAMES], cell, message, stored=name, expected=was)


def _named(evidence: Evidence, listing: Listing) -> dict[str, tuple[int, str]]:
    """Return row and name of each code where it stands first."""
    found: dict[str, tuple[int, str]] = {}
    for row in evidence.submission.entries.get(listing.table, ()):
        code = str(row.values.get(listing.key) or "").strip()
        name = evidence.recalculated(Cell(listing.table, row.row, listing.name))
        if code and isinstance(name, str) and name:
            found.setdefault(code, (row.row, name))
    return found


def _alike(one: str, other: str) -> bool:
    """Whether two names are of one thing; the year and the stage of a project change every year."""
    plain, known = (_DATED.sub("", plain_name(name)) for name in (one, other))
    shorter, longer = sorted((plain, known), key=len)
    if len(shorter) > 2 and shorter in longer:
        return True
    return plain == known or difflib.SequenceMatcher(None, plain, known, False).ratio() >= _SAME
