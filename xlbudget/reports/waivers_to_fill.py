"""Open findings as a file of waivers, for the officer to fill in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

from xlbudget.model import (
    CellValue,
    Finding,
    Report,
    Severity,
    WorkbookReport,
)
from xlbudget.model.words import exact_text, inert
from xlbudget.reports.arrangement import arrange, message_text

_HEAD = """\
# 认可清单：每一段是一个待认可的问题。认可的，填写认可人、理由和有效期；不认可的，空着或删去这一段。
# 用法：xlbudget check 报送文件夹 --waivers 本文件
# 认可只对这个单位、这条规则、这个单元格和这两个数有效：数值一变，或过了有效期，就自动失效并在报告中列出。
"""


def waiver_skeleton(report: Report) -> str:
    """Return a TOML file of all findings that want an explanation, for the officer to fill in.

    What a unit has explained stands beside its finding as a comment.
    """
    blocks = [
        "\n".join(_block(part.code, finding, explanation))
        for part in arrange(report).parts
        if part.unit
        for finding, explanation in _wanting(part.workbook)
    ]
    return "\n\n".join([_HEAD.rstrip(), *blocks]) + "\n"


def _wanting(workbook: WorkbookReport) -> Iterator[tuple[Finding, str]]:
    for finding in workbook.findings:
        if finding.severity is Severity.EXPLAIN:
            yield finding, ""
    for part in workbook.to_accept:
        yield part.finding, part.explanation.text if part.explanation else ""


def _block(unit: str, finding: Finding, explanation: str) -> Iterator[str]:
    place = finding.place
    address = "!".join(word for word in (place.sheet, place.address) if word)
    words = inert(str(place))
    yield f"# {words}：{inert(message_text(finding))}" if words else f"# {inert(message_text(finding))}"
    if explanation:
        yield f"# 单位说明：{inert(explanation)}"
    yield "[[waiver]]"
    yield f"unit = {_quoted(unit)}"
    yield f"rule = {_quoted(finding.rule)}"
    yield f"cell = {_quoted(address if place.address else str(place))}"
    yield f"value = {_plain(finding.stored)}"
    if finding.expected is not None:
        yield f"expected = {_plain(finding.expected)}"
    yield 'who = ""'
    yield 'why = ""'
    yield 'until = ""'


def _plain(value: CellValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(exact_text(value) if isinstance(value, Decimal) else value or "")


def _quoted(text: str) -> str:
    """Write a TOML basic string: JSON's escapes, and the two characters that TOML forbids beside."""
    clean = text.encode("utf-8", "replace").decode()
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")
