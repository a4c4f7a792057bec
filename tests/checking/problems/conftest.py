"""Each file here tests the check that it is named for, over real workbooks spoiled by the builders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import builders
from support.builders import Row
from support.grammar import assert_grammar

from xlbudget import WorkbookTemplate
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.problems import Check, all_checks
from xlbudget.returns.reading import open_workbook, read

Found = Callable[[bytes], list[Row]]


@pytest.fixture(scope="session")
def reference(reference_workbook: Path) -> bytes:
    return reference_workbook.read_bytes()


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Check:
    name = request.path.stem.removeprefix("test_")
    return next(check for check in all_checks() if check.name == name)


@pytest.fixture
def found(check: Check, template: WorkbookTemplate, tmp_path: Path) -> Found:
    """What the check finds in a workbook; every message follows the grammar, every rule is its name."""

    def find(workbook: bytes) -> list[Row]:
        path = builders.returned(tmp_path, "报送.xlsx", workbook)
        findings = list(check.find(Evidence(template, read(open_workbook(path), template))))
        for finding in findings:
            assert finding.rule == check.name
            assert_grammar(finding)
        return [builders.row_of(finding) for finding in findings]

    return find


@pytest.fixture
def messages(check: Check, template: WorkbookTemplate, tmp_path: Path) -> Callable[[bytes], list[str]]:
    """What the check says of a workbook, in its words."""

    def say(workbook: bytes) -> list[str]:
        path = builders.returned(tmp_path, "报送.xlsx", workbook)
        return [part.message for part in check.find(Evidence(template, read(open_workbook(path), template)))]

    return say
