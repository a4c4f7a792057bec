"""The verbs, for use from Python: generate, read, check, consolidate, write_report.

Paths may be texts; templates may be ids, folders, or templates already loaded. Findings are
returned; errors (:mod:`xlbudget.model.errors`) are raised.
"""

from __future__ import annotations

from xlbudget.api.checking import check, check_document, compare, judge, write_report
from xlbudget.api.issuing import Template, generate, generate_each, linked_folder, linked_folders, read
from xlbudget.api.joining import consolidate, export_tables, exported, frames, publish, read_published, trace

__all__ = [
    "Template",
    "check",
    "check_document",
    "compare",
    "consolidate",
    "export_tables",
    "exported",
    "frames",
    "generate",
    "generate_each",
    "judge",
    "linked_folder",
    "linked_folders",
    "publish",
    "read",
    "read_published",
    "trace",
    "write_report",
]
