"""I take a report and give bytes: a page, a workbook, a document for programs, terminal lines."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path

from xlbudget.files.whole_files import write_whole
from xlbudget.model import Report
from xlbudget.model.errors import InputError

Renderer = Callable[[Report, Path], bytes | Iterable[bytes]]
"""What makes a report's bytes: in one, or in pieces where they grow with every file."""

_FORMATS = {
    ".html": "html_findings",
    ".xlsx": "xlsx_findings",
    ".json": "json_findings",
    ".docx": "docx_checklist",
}
"""The modules of the formats, by suffix; some need a library that takes a while to import."""

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
    module = _FORMATS.get(path.suffix.lower())
    if module is None:
        raise InputError(f"报告文件名“{path.name}”的扩展名不能识别；请用 {'、'.join(SUFFIXES)} 之一结尾。")
    render: Renderer = importlib.import_module(f"{__name__}.{module}").render
    return render


def write_report(report: Report, path: Path) -> Path:
    """Write the report to ``path``, whole or not at all, in the format that its suffix names.

    Returns ``path``. InputError if the suffix is none of :data:`SUFFIXES`; OutputError if the
    file cannot be written.
    """
    return write_whole(path, renderer(path)(report, path))
