"""Codes that are on the list and that the unit may not use."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS, Row
from support.grammar import assert_grammar

from xlbudget import Submission, Unit, WorkbookTemplate, load_template
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems.disallowed_code import find
from xlbudget.model import EntryRow, Issue
from xlbudget.workbook.sheets.writing import workbook_bytes

Found = Callable[[bytes], list[Row]]

ROOM = {"基本支出": 2, "项目支出": 4, "上年项目": 1, "F2": 4, "F3": 4, "F5": 4, "F6": 2}


@pytest.fixture(scope="module")
def issued(template: WorkbookTemplate) -> bytes:
    """A workbook issued for the codes below 20402, with a project under 2040299."""
    row = {"项目编码": "X1", "项目名称": "甲", "功能科目": "2040299", "本年一般公共预算": Decimal(100)}
    entries, issue = {"项目支出": (EntryRow(0, row),)}, Issue(codes={"功能科目": ("20402",)})
    return workbook_bytes(template, Unit("101", "甲", "行政"), entries, capacity=ROOM, issue=issue)


def test_found_outside_what_is_allowed(issued: bytes, found: Found) -> None:
    assert found(builders.typed(issued, PROJECTS, {"E6": "2080501"})) == [
        ("disallowed_code", "blocking", PROJECTS, "E6", "2080501", None, None)
    ]


def test_passed_below_an_allowed_code(issued: bytes, found: Found) -> None:
    assert found(issued) == []


def test_passed_where_the_code_is_on_no_list_at_all(issued: bytes, found: Found) -> None:
    assert found(builders.typed(issued, PROJECTS, {"E6": "9999999"})) == []  # which unknown_code finds


def test_passed_where_nothing_was_limited(reference: bytes, found: Found) -> None:
    assert found(reference) == []


@pytest.fixture(scope="module")
def own(template: WorkbookTemplate, tmp_path_factory: pytest.TempPathFactory) -> WorkbookTemplate:
    """A code list that keeps 20805 and what is below for two kinds of unit, but for two of its codes."""
    kinds = {"20805": "行政、参公", "2080502": "事业", "2080506": "行政；参公；事业"}
    target = tmp_path_factory.mktemp("kinds") / "own" / "2023"
    return load_template(builders.with_reserved_codes(template, target, kinds))


def disallowed(own: WorkbookTemplate, kind: str) -> list[tuple[str, str]]:
    """Return where codes are found that a unit of that kind may not use, and the codes."""
    codes = ("2080501", "2080502", "2080506", "2040299")
    rows = [
        {"项目编码": f"X{code}", "项目名称": code, "功能科目": code, "本年一般公共预算": Decimal(100)}
        for code in codes
    ]
    entries = {"项目支出": tuple(EntryRow(at, row) for at, row in enumerate(rows))}
    submission = Submission(
        path=Path("报送.xlsx"),
        sha256="",
        unit=Unit("101", "甲", kind),
        template_id=own.id,
        digest=own.digest,
        department=False,
        capacity=ROOM,
        entries=entries,
        stored={},
    )
    findings = list(find(Evidence(own, submission)))
    for finding in findings:
        assert_grammar(finding)
    return [(finding.place.address, str(finding.stored)) for finding in findings]


def test_found_for_another_kind_of_unit(own: WorkbookTemplate) -> None:
    assert disallowed(own, "事业") == [("E6", "2080501")]
    assert disallowed(own, "参公") == [("E7", "2080502")]


def test_passed_in_a_summary_of_all_kinds(own: WorkbookTemplate) -> None:
    assert disallowed(own, "部门汇总") == []
