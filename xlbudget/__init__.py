"""xlbudget: budget workbooks for Chinese government departments.

The five verbs and the nouns they speak in; see :mod:`xlbudget.api`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from xlbudget.model.errors import (
    ConsolidationRefused,
    DefinitionError,
    InputError,
    OutputError,
    PublicationRefused,
    UnreadableWorkbook,
    XlbudgetError,
)
from xlbudget.version import __version__

if TYPE_CHECKING:
    from xlbudget.api import (
        check,
        check_document,
        compare,
        consolidate,
        frames,
        generate,
        generate_each,
        judge,
        publish,
        read,
        read_published,
        trace,
        write_report,
    )
    from xlbudget.checking.waivers import read_waivers
    from xlbudget.definitions.loading import load_template
    from xlbudget.definitions.rosters import read_roster
    from xlbudget.department.collection.taking import take
    from xlbudget.department.collection.verbs import close, collect, decide, status
    from xlbudget.department.comparison import Comparison
    from xlbudget.department.issue.filling import fill
    from xlbudget.department.summary.joining import DepartmentSummary
    from xlbudget.model import (
        Finding,
        Issue,
        Report,
        Roster,
        Severity,
        Submission,
        Unit,
        Waiver,
        WorkbookTemplate,
    )

__all__ = [
    "Comparison",
    "ConsolidationRefused",
    "DefinitionError",
    "DepartmentSummary",
    "Finding",
    "InputError",
    "Issue",
    "OutputError",
    "PublicationRefused",
    "Report",
    "Roster",
    "Severity",
    "Submission",
    "Unit",
    "UnreadableWorkbook",
    "Waiver",
    "WorkbookTemplate",
    "XlbudgetError",
    "__version__",
    "check",
    "check_document",
    "close",
    "collect",
    "compare",
    "consolidate",
    "decide",
    "fill",
    "frames",
    "generate",
    "generate_each",
    "judge",
    "load_template",
    "publish",
    "read",
    "read_published",
    "read_roster",
    "read_waivers",
    "status",
    "take",
    "trace",
    "write_report",
]

_HOMES = {
    "Comparison": "department.comparison",
    "DepartmentSummary": "department.summary.joining",
    "Finding": "model",
    "Issue": "model",
    "Report": "model",
    "Roster": "model",
    "Severity": "model",
    "Submission": "model",
    "Unit": "model",
    "Waiver": "model",
    "WorkbookTemplate": "model",
    "check": "api",
    "check_document": "api",
    "close": "department.collection.verbs",
    "collect": "department.collection.verbs",
    "compare": "api",
    "consolidate": "api",
    "decide": "department.collection.verbs",
    "fill": "department.issue.filling",
    "frames": "api",
    "generate": "api",
    "generate_each": "api",
    "judge": "api",
    "load_template": "definitions.loading",
    "publish": "api",
    "read_published": "api",
    "read": "api",
    "read_roster": "definitions.rosters",
    "read_waivers": "checking.waivers",
    "status": "department.collection.verbs",
    "take": "department.collection.taking",
    "trace": "api",
    "write_report": "api",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that starting up stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
