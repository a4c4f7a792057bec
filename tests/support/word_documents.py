"""Word documents of paragraphs and tables, as somebody publishes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from docx import Document

Table = Sequence[Sequence[str]]
"""Rows of texts; the last ones of a row may lack."""


def word_document(path: Path, parts: Iterable[str | Table]) -> Path:
    """Write the parts one after the other, texts as paragraphs; return the path."""
    document = Document()
    for part in parts:
        if isinstance(part, str):
            document.add_paragraph(part)
            continue
        table = document.add_table(len(part), max(map(len, part)))
        for at, row in enumerate(part):
            for column, text in enumerate(row):
                table.cell(at, column).text = text
    document.save(str(path))
    return path
