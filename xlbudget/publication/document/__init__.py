"""Publishing: a checked workbook as one document (docx, PDF) and a public workbook with values only."""

from __future__ import annotations

from xlbudget.publication.document.building import build
from xlbudget.publication.document.parts import Bar, PrintedTable, Publication, StructureChart, TableCell

__all__ = ["Bar", "PrintedTable", "Publication", "StructureChart", "TableCell", "build"]
