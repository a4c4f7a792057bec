"""Reports: one set of findings, as a page, a workbook, a document for programs, or terminal lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from xlbudget.errors import InputError
from xlbudget.files import write_whole
from xlbudget.model import Report
from xlbudget.reports import docx_checklist, html_findings, json_findings, xlsx_findings
from xlbudget.reports.terminal_findings import print_report

__all__ = ["SUFFIXES", "print_report", "render", "renderer", "write_report"]

Renderer = Callable[[Report, Path], bytes | Iterable[bytes]]
"""What makes a report's bytes: in one, or in pieces where they grow with every file."""

_FORMATS: Mapping[str, Renderer] = {
    ".html": html_findings.render,
    ".xlsx": xlsx_findings.render,
    ".json": json_findings.render,
    ".docx": docx_checklist.render,
}

SUFFIXES = tuple(_FORMATS)
"""The suffixes that :func:`write_report` knows."""


def render(report: Report, path: Path) -> bytes:
    """Return the bytes of the report in the format that the suffix of ``path`` names.

    Links to the returned files are relative to the folder of ``path``; nothing is written.
    InputError if the suffix is none of :data:`SUFFIXES`.
    """
    content = renderer(path)(report, path)
    return content if isinstance(content, bytes) else b"".join(content)


def renderer(path: Path) -> Renderer:
    """Return the function that renders for the suffix of ``path``; InputError if there is none."""
    try:
        return _FORMATS[path.suffix.lower()]
    except KeyError:
        raise InputError(
            f"报告文件名“{path.name}”的扩展名不能识别；请用 {'、'.join(SUFFIXES)} 之一结尾。"
        ) from None


def write_report(report: Report, path: Path) -> Path:
    """Write the report to ``path``, whole or not at all, in the format that its suffix names.

    Returns ``path``. InputError if the suffix is none of :data:`SUFFIXES`; OutputError if the
    file cannot be written.
    """
    return write_whole(path, renderer(path)(report, path))
