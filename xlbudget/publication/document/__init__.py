"""Publishing: a checked workbook as one document (docx, PDF) and a public workbook with values only."""

from __future__ import annotations

from xlbudget.publication.document.building import build
from xlbudget.publication.document.parts import Bar, Chart, Publication, Table, TableCell

__all__ = ["Bar", "Chart", "Publication", "Table", "TableCell", "build"]
