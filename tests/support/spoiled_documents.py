"""A published Word document with some words of its text changed, whatever runs they stand in."""

from __future__ import annotations

from pathlib import Path

import docx


def texts_of(path: Path) -> list[str]:
    """Return the paragraphs of a document outside its tables."""
    return [paragraph.text for paragraph in docx.Document(str(path)).paragraphs]


def with_words(path: Path, target: Path, old: str, new: str, *, nth: int = 0) -> Path:
    """Write a document in which ``old`` reads ``new`` in the ``nth`` paragraph that has it (the first: 0)."""
    document = docx.Document(str(path))
    having = [paragraph for paragraph in document.paragraphs if old in paragraph.text]
    paragraph = having[nth]
    changed = paragraph.text.replace(old, new, 1)
    for run in paragraph.runs[1:]:
        run.text = ""
    paragraph.runs[0].text = changed
    document.save(str(target))
    return target


def with_cell(path: Path, target: Path, table: int, row: int, column: int, text: str) -> Path:
    """Write a document with another text in one cell of a table."""
    document = docx.Document(str(path))
    document.tables[table].rows[row].cells[column].text = text
    document.save(str(target))
    return target
