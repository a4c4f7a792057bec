"""The grammar of a finding's message: where · what · by how much · what to do.

Where in the words of the form with the sheet address in brackets; both values where there are two, and their
difference; last a sentence that says what to do.
"""

from __future__ import annotations

import re
from decimal import Decimal

from xlbudget import Finding
from xlbudget.model import CellValue
from xlbudget.model.words import shown

_ADVICE = re.compile("请|核对|恢复|改正|补|说明")


def assert_grammar(finding: Finding) -> None:
    message, place = finding.message, finding.place
    assert message == message.strip()
    assert message.endswith(("。", "。）", "）")), message
    if place.address:
        assert message.startswith(f"{place}："), message
        assert f"（{place.sheet}!{place.address}）" in message
        assert any((place.form, place.line, place.column)), "where is said in words, not by the address alone"
    for value in (finding.stored, finding.expected):
        assert _words(value, finding.money) in message, message
    if finding.difference:
        assert _words(finding.difference, finding.money) in message, message
    sentences = [part for part in re.split("。(?!）)", re.sub("（[^（）]*）$", "", message)) if part]
    assert _ADVICE.search(sentences[-1]), f"no advice: {message}"
    assert sentences[-1] != sentences[0], f"what is wrong and what to do are two sentences: {message}"


def _words(value: CellValue, money: str) -> str:
    if isinstance(value, Decimal):
        return shown(value, money)
    return str(value).strip().lstrip("=") if value else ""
