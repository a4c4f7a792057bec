"""A report in plain values for the page: texts as people read them, in the order of every other report."""

from __future__ import annotations

import re
from typing import Any

from xlbudget.model import Finding, Report, RuleStatus, Severity
from xlbudget.model.words import inert
from xlbudget.reports import arrangement as amounts
from xlbudget.reports import conclusions
from xlbudget.reports.arrangement import Arrangement, FilePart, arrange

_LEVELS = {amounts.REFUSED: "blocking", amounts.TO_EXPLAIN: "explain", amounts.EXPLAINED: "note"}
CLEAN = "clean"


def report_view(report: Report) -> dict[str, Any]:
    """Return the report of a run: the conclusion, a line for each file, and what lies between files."""
    arrangement = arrange(report)
    return {
        "title": inert(report.template_title),
        "made_at": report.made_at,
        "conclusion": inert(conclusions.conclusion(arrangement)),
        "next": [in_words(inert(text)) for text in conclusions.next_steps(arrangement)],
        "allowed": allowed(),
        "counts": {severity.value: report.count(severity) for severity in Severity},
        "labels": {severity.value: severity.label for severity in Severity},
        "parts": [_line(part) for part in arrangement.parts],
        "between": [_finding(arrangement, finding) for finding in arrangement.between],
        "missing": [
            {"code": inert(unit.code), "name": inert(unit.name), "superior": inert(unit.superior)}
            for unit in arrangement.missing
        ],
        "skipped": [inert(text) for text in report.skipped],
    }


def _line(part: FilePart) -> dict[str, Any]:
    return {
        "code": inert(part.code),
        "name": inert(part.name),
        "kind": inert(part.kind),
        "file": inert(part.file),
        "verdict": part.verdict,
        "level": _LEVELS.get(part.verdict, CLEAN),
        "counts": {severity.value: part.count(severity) for severity in Severity},
        "remarks": [inert(text) for text in part.workbook.remarks],
    }


def part_view(arrangement: Arrangement, part: FilePart) -> dict[str, Any]:
    """Return all that was found in one file: findings by sheet, each with its cell as the file shows it."""
    groups = [
        {
            "heading": inert(heading),
            "money": money,
            "findings": [_finding(arrangement, finding) for finding in findings],
        }
        for heading, money, findings in amounts.by_form(part.findings)
    ]
    settled = [
        {"what": what, "subject": inert(subject), "words": inert(words)}
        for what, subject, words in conclusions.settled_lines(part)
    ]
    rules = {status.label: part.rules[status] for status in RuleStatus}
    return {**_line(part), "groups": groups, "settled": settled, "rules": rules}


def _finding(arrangement: Arrangement, finding: Finding) -> dict[str, Any]:
    place, extract = finding.place, finding.extract
    return {
        "level": finding.severity.value,
        "label": finding.severity.label,
        "rule": inert(finding.rule),
        "title": inert(arrangement.rule_titles.get(finding.rule, "")),
        "unit": inert(arrangement.label(finding)) if finding.unit else "",
        "where": inert(amounts.where_text(finding)),
        "sheet": inert(place.sheet),
        "address": inert(place.address),
        "stored": inert(amounts.stored_text(finding)),
        "expected": inert(amounts.expected_text(finding)),
        "difference": inert(amounts.difference_text(finding)),
        "money": finding.money,
        "message": inert(amounts.message_text(finding)),
        "extract": extract
        and {
            "columns": [[letters, inert(name)] for letters, name in extract.columns],
            "rows": [[number, [inert(text) for text in texts]] for number, texts in extract.rows],
            "row": extract.row,
            "column": extract.column,
        },
    }


_ALLOWED = {
    "explain": "放行需要说明的问题和空表",
    "explained": "放行单位已说明的问题",
    "missing": "放行未报送的单位",
    "refused": "放行退回未重报的单位",
    "transfers": "放行双方不一致的内部往来",
}
"""What may be let pass when joining, by the word of the command line, as the page offers it."""

_OPTION = re.compile(r"\s*--allow ([a-z]+)\s*")
_OTHER_OPTION = re.compile(r"（--[a-z-]+）|\s*--[a-z-]+\s*")


def in_words(text: str) -> str:
    """Return a sentence without the options of the command line: the page has boxes to tick instead."""
    text = _OPTION.sub(lambda found: f"“{_ALLOWED.get(found[1], found[1])}”", text)
    return _OTHER_OPTION.sub("", text)


def allowed() -> list[dict[str, str]]:
    """Return what may be let pass when joining: the word for the program and the words for people."""
    return [{"id": name, "words": words} for name, words in _ALLOWED.items()]
