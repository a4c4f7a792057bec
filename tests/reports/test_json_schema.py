"""The JSON Schema that is published is the one of the code, and every JSON report follows it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from test_reports import HOSTILE_REPORT, MIXED, OFFICE, WRONG_TOTAL, report, workbook

from xlbudget import check
from xlbudget.model import Report, WorkbookTemplate
from xlbudget.reports.json_findings import report_json
from xlbudget.reports.json_schema import FORMAT_VERSION, SCHEMA

PUBLISHED = Path(__file__).parents[2] / "docs" / f"report-{FORMAT_VERSION}.schema.json"


def test_the_published_schema_is_that_of_the_code() -> None:
    """After a change: write the text below to the file, and raise the version if a meaning changed."""
    assert PUBLISHED.read_text(encoding="utf-8") == json.dumps(SCHEMA, ensure_ascii=False, indent=2) + "\n"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "given",
    [MIXED, HOSTILE_REPORT, report(), report(workbook(OFFICE, replace(WRONG_TOTAL, stored=True)))],
    ids=["mixed", "hostile", "empty", "logical"],
)
def test_every_report_follows_the_schema(given: Report) -> None:
    jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text("utf-8"))).validate(
        json.loads(report_json(given))
    )


def test_the_report_of_a_real_workbook_follows_the_schema(
    reference_workbook: Path, template: WorkbookTemplate
) -> None:
    document = json.loads(report_json(check(reference_workbook, template)))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert len(document["workbooks"]) == 1 and document["rules"]


@pytest.mark.parametrize("member", ["findings", "rules", "summary", "format_version"])
def test_the_schema_refuses_a_document_with_a_member_missing_or_unknown(member: str) -> None:
    document = json.loads(report_json(MIXED))
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert not validator.is_valid({key: value for key, value in document.items() if key != member})
    assert not validator.is_valid(document | {"另加": 1})
