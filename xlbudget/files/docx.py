"""The one door to python-docx (an extra): documents, reproducible, that say nothing of machine or user."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from xlbudget.files.extras import missing_extra
from xlbudget.files.own_outputs import MARK
from xlbudget.files.zip_archives import write_zip
from xlbudget.model.letters import writable

try:
    import docx
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
    from docx.opc.exceptions import PackageNotFoundError
    from docx.oxml.ns import nsdecls, qn
    from docx.oxml.parser import parse_xml
    from docx.shared import Mm, Pt
except ImportError as error:
    raise missing_extra("读写 Word 文档（.docx）", error) from error

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
    "paragraph",
    "parse_xml",
    "qn",
    "undated",
]

Document = Any
"""A ``docx`` document (the library carries no types)."""

_BODY = "word/document.xml"
_LONGEST_TITLE = 200  # letters; the format keeps 255
_EFFECTS = "/stylesWithEffects"
_FIXED = datetime(2000, 1, 1)  # fixed, so that nothing is told about when and where it was made


def new_document(title: str, font: str, size: float, latin: str = "") -> Document:
    """Return an empty document with its title and its body font; ``latin`` is for letters and digits."""
    document = docx.Document()
    properties = document.core_properties
    properties.author, properties.title, properties.comments = "", writable(title, _LONGEST_TITLE), ""
    _drop_effects(document)
    properties.category = MARK
    properties.created = properties.modified = _FIXED
    style = document.styles["Normal"]
    style.font.name, style.font.size = latin or font, Pt(size)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), font)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")  # or programs take the Japanese forms of letters
    return document


def _drop_effects(document: Document) -> None:
    """Drop a second set of styles that the library's template brings along, with defaults that differ."""
    relations = document.part.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith(_EFFECTS)]:
        del relations[key]


def open_document(content: bytes) -> Document:
    """Return a document for reading; raises PackageNotFoundError, KeyError or ValueError for what is none."""
    return docx.Document(io.BytesIO(content))


def undated(document: Document, more: Iterable[str] = ()) -> bytes:
    """Return the document as bytes that do not depend on the clock.

    ``more`` is WordprocessingML that follows what the document holds, piece by piece: the library keeps some
    fifty bytes in memory for each byte of a document, these are packed as they come.
    """
    stream, fixed = io.BytesIO(), io.BytesIO()
    document.save(stream)
    with zipfile.ZipFile(stream) as made:
        contents = ((name, made.read(name)) for name in made.namelist())
        write_zip(
            fixed, ((name, _followed(body, more) if name == _BODY else body) for name, body in contents)
        )
    return fixed.getvalue()


def _followed(body: bytes, more: Iterable[str]) -> Iterator[bytes]:
    before, last, after = body.rpartition(b"<w:sectPr")  # the last of a body is its own
    yield before
    for piece in more:
        yield piece.encode()
    yield last + after


def paragraph(
    text: str, *, size: float, bold: bool = False, centred: bool = False, page: bool = False
) -> str:
    """Return a paragraph as WordprocessingML; ``page`` lets it begin a page, ``size`` is in points."""
    look = f'<w:rPr>{"<w:b/>" * bold}<w:sz w:val="{round(2 * size)}"/></w:rPr>'
    lines = ("<w:pageBreakBefore/>" * page) + ('<w:jc w:val="center"/>' * centred)
    words = f'<w:r>{look}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    return f"<w:p><w:pPr>{lines}</w:pPr>{words}</w:p>"
