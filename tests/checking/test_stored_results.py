"""Sheets of intermediate results are read where something hangs on them, and only there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import builders

from xlbudget import WorkbookTemplate
from xlbudget.checking.one_file import check_file
from xlbudget.files.xlsx import workbook as reader
from xlbudget.model import Place

Checked = Callable[[bytes], tuple[list[tuple[str, Place]], set[str]]]


@pytest.fixture
def checked(template: WorkbookTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """Check a workbook; return rules and places of findings, and which hidden working sheets were read."""
    hidden = {part.sheet for part in template.workings if part.chart is None}
    read: set[str] = set()
    decode = reader._WorkbookReader._decoded

    def noted(self: object, parts: object, sheet: object, *rest: object) -> object:
        read.add(sheet.name)  # type: ignore[attr-defined]
        return decode(self, parts, sheet, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(reader._WorkbookReader, "_decoded", noted)

    def check(workbook: bytes) -> tuple[list[tuple[str, Place]], set[str]]:
        read.clear()
        report, _ = check_file(builders.returned(tmp_path, "报送.xlsx", workbook), template)
        return [(finding.rule, finding.place) for finding in report.findings], read & hidden

    return check


@pytest.fixture
def reference(reference_workbook: Path) -> bytes:
    return reference_workbook.read_bytes()


def in_use(reference: bytes) -> str:
    """Return the address of a hidden result that is not 0."""
    rows = range(2, 400)
    return next(f"A{row}" for row in rows if builders.result_of(reference, "计算4", f"A{row}") != "0")


def test_a_workbook_in_order_needs_none_of_them(reference: bytes, checked: Checked) -> None:
    assert checked(reference) == ([], set())


def test_all_are_read_where_a_result_on_a_form_is_not_ours(reference: bytes, checked: Checked) -> None:
    findings, read = checked(builders.other_result(reference, "公开表5", "D6", 2190.0))
    assert [(rule, place.address) for rule, place in findings] == [("stale_value", "D6")]
    assert "计算4" in read


def test_a_number_typed_over_a_hidden_formula_is_found(reference: bytes, checked: Checked) -> None:
    address = in_use(reference)
    value = float(builders.result_of(reference, "计算4", address))
    findings, read = checked(builders.stored_as(reference, "计算4", address, kind="n", value=repr(value)))
    assert [(rule, place.sheet, place.address) for rule, place in findings] == [
        ("changed_formula", "计算4", address)
    ]
    assert "计算4" in read


def test_a_hidden_formula_that_moves_a_form_is_found(reference: bytes, checked: Checked) -> None:
    address = in_use(reference)
    workbook = builders.other_formula(reference, "计算4", address, "1+1", 2.0)
    findings, _ = checked(builders.other_result(workbook, "公开表5", "D6", 2190.0))
    assert ("changed_formula", "计算4", address) in [
        (rule, place.sheet, place.address) for rule, place in findings
    ]


def test_what_leads_out_of_a_hidden_sheet_is_listed(reference: bytes, checked: Checked) -> None:
    formula = '_xlfn.WEBSERVICE("x")'
    findings, _ = checked(builders.other_formula(reference, "计算4", in_use(reference), formula, 1.0))
    assert "active_content" in [rule for rule, _ in findings]
