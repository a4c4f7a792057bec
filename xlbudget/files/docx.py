"""The one door to python-docx: documents that are reproducible and say nothing of machine or user."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml
from docx.shared import Mm, Pt

__all__ = [
    "WD_ALIGN_PARAGRAPH",
    "WD_LINE_SPACING",
    "WD_ORIENT",
    "WD_SECTION",
    "Document",
    "Mm",
    "PackageNotFoundError",
    "Pt",
    "new_document",
    "nsdecls",
    "open_document",
    "parse_xml",
    "qn",
    "undated",
]

Document = Any
"""A ``docx`` document (the library carries no types)."""

_FIXED = datetime(2000, 1, 1)  # fixed, so that nothing is told about when and where it was made


def new_document(title: str, font: str, size: float, latin: str = "") -> Document:
    """Return an empty document with its title and its body font; ``latin`` is for letters and digits."""
    document = docx.Document()
    properties = document.core_properties
    properties.author, properties.title, properties.comments = "", title, ""
    properties.created = properties.modified = _FIXED
    style = document.styles["Normal"]
    style.font.name, style.font.size = latin or font, Pt(size)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), font)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")  # or programs take the Japanese forms of letters
    return document


def open_document(content: bytes) -> Document:
    """Return a document for reading; raises PackageNotFoundError, KeyError or ValueError for what is none."""
    return docx.Document(io.BytesIO(content))


def undated(document: Document) -> bytes:
    """Return the document as bytes that do not depend on the clock."""
    stream, fixed = io.BytesIO(), io.BytesIO()
    document.save(stream)
    with zipfile.ZipFile(stream) as made, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in made.namelist():
            packed.writestr(zipfile.ZipInfo(name), made.read(name), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
