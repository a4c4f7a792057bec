"""The shape of the JSON report as a JSON Schema (draft 2020-12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlbudget.model import Coverage, RuleStatus, Severity
from xlbudget.reports.arrangement import ACCEPTED, EXPLAINED, REFUSED, TO_EXPLAIN, UNCHECKED

FORMAT = "xlbudget.report"


FORMAT_VERSION = 2


def _object(members: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(members),
        "required": list(members),
        "additionalProperties": False,
    }


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


_TEXT = {"type": "string"}


_COUNT = {"type": "integer", "minimum": 0}


_VALUE = {"type": ["string", "boolean", "null"]}


_SEVERITY = {"enum": [severity.value for severity in Severity]}


_COUNTS = {severity.value: _COUNT for severity in Severity}


_UNIT = {"code": _TEXT, "name": _TEXT, "kind": _TEXT}


_COUNTED = ("workbooks", "accepted", "explained", "to_explain", "refused", "unchecked", "missing")


COVERED = ("checked", "read", "unread", "in_forms", "in_forms_checked")


_PAGE = {"type": "integer", "minimum": 0}


_BOX = {"type": ["array", "null"], "items": {"type": "number"}, "minItems": 4, "maxItems": 4}


_WHERE = {"sheet": _TEXT, "address": _TEXT, "page": _PAGE, "box": _BOX}


_OR_NONE: dict[str, Any] = {"type": "null"}


_CANDIDATE = {
    "rank": {"type": "integer", "minimum": 1},
    **dict.fromkeys(("form", "line", "column", "sheet", "address"), _TEXT),
    "stored": _VALUE,
    "expected": _VALUE,
    "money": _TEXT,
    "slip": _TEXT,
}


_FINDING_MEMBERS = {
    "rule": _TEXT,
    "severity": _SEVERITY,
    "unit": _TEXT,
    "form": _TEXT,
    "line": _TEXT,
    "column": _TEXT,
    "sheet": _TEXT,
    "address": _TEXT,
    "stored": _VALUE,
    "expected": _VALUE,
    "difference": {"type": ["string", "null"]},
    "message": _TEXT,
    "file": _TEXT,
    "money": _TEXT,
    "document": _TEXT,
    "page": _PAGE,
    "box": _BOX,
    "kind": _TEXT,
    "found": {"type": "string", "maxLength": 40},
    "operands": _list(_object({"text": _TEXT, "form": _TEXT, "line": _TEXT, "column": _TEXT, **_WHERE})),
    "candidates": _list(_object(_CANDIDATE)),
}


_FINDING = _object(_FINDING_MEMBERS)


_EXPLANATION = _object(dict.fromkeys(("rule", "where", "text", "sheet", "address"), _TEXT))


_WAIVER = _object(
    {
        "rule": _TEXT,
        "cell": _TEXT,
        "value": _VALUE,
        "expected": _VALUE,
        "who": _TEXT,
        "why": _TEXT,
        "until": {"type": "string", "format": "date"},
        "line": _COUNT,
    }
)


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "xlbudget report",
    **_object(
        {
            "format": {"const": FORMAT},
            "format_version": {"const": FORMAT_VERSION},
            "xlbudget_version": _TEXT,
            "template": _object({"id": _TEXT, "title": _TEXT, "digest": _TEXT}),
            "made_at": _TEXT,
            "summary": _object(
                dict.fromkeys(_COUNTED, _COUNT) | _COUNTS | dict.fromkeys(("settled", "lapsed"), _COUNT)
            ),
            "findings": _list(_FINDING),
            "settled": _list(
                _object(
                    _FINDING_MEMBERS
                    | {
                        "explanation": {"anyOf": [_EXPLANATION, _OR_NONE]},
                        "waiver": {"anyOf": [_WAIVER, _OR_NONE]},
                    }
                )
            ),
            "lapsed": _list(
                _object(
                    {
                        "file": _TEXT,
                        "unit": _TEXT,
                        "waiver": _WAIVER,
                        "reason": _TEXT,
                        "stored": _VALUE,
                        "expected": _VALUE,
                    }
                )
            ),
            "rules": _list(
                _object(
                    {
                        "file": _TEXT,
                        "unit": _TEXT,
                        "rule": _TEXT,
                        "title": _TEXT,
                        "severity": _SEVERITY,
                        "status": {"enum": [status.value for status in RuleStatus]},
                        "instances": _COUNT,
                        "reason": _TEXT,
                    }
                )
            ),
            "rounding": _list(_FINDING),
            "workbooks": _list(
                _object(
                    {
                        "file": _TEXT,
                        "sha256": _TEXT,
                        "unit": {"anyOf": [_object(_UNIT), {"type": "null"}]},
                        "verdict": {"enum": [ACCEPTED, EXPLAINED, TO_EXPLAIN, REFUSED, UNCHECKED]},
                        "remarks": _list(_TEXT),
                        "counts": _object(_COUNTS),
                        "unchecked": _TEXT,
                        "coverage": _object(
                            dict.fromkeys(
                                ("checked", "read", "unread", "in_forms", "in_forms_checked"), _COUNT
                            )
                        ),
                        "unread_pages": _list(_PAGE),
                    }
                )
            ),
            "numbers": _list(
                _object(
                    {
                        "file": _TEXT,
                        "text": _TEXT,
                        **_WHERE,
                        "coverage": {"enum": [coverage.value for coverage in Coverage]},
                    }
                )
            ),
            "missing": _list(_object(_UNIT)),
            "skipped": _list(_TEXT),
            "recalculation": _object(
                dict.fromkeys(("engine", "version"), _TEXT)
                | dict.fromkeys(("judged", "wrong", "drawn", "differences"), _COUNT)
                | {"reason": _TEXT}
            ),
        }
    ),
}
"""The shape of the document as a JSON Schema (draft 2020-12)."""
