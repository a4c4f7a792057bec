"""Words of a .docx as Word wraps them: tracked, moved, in controls, tags, fields, text boxes, footnotes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import docx
from docx.opc.constants import CONTENT_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import nsdecls
from docx.oxml.parser import parse_xml

AUTHOR = 'w:id="1" w:author="某" w:date="2023-01-01T00:00:00Z"'
_FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"


def run(text: str, tag: str = "t") -> str:
    return f'<w:r><w:{tag} xml:space="preserve">{escape(text)}</w:{tag}></w:r>'


def field(text: str) -> str:
    """A field as Word writes it: its code, then its result."""
    marks = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    code = "<w:r><w:instrText> DOCVARIABLE 总额 \\# 0.00 </w:instrText></w:r>"
    return marks[0] + code + marks[1] + run(text) + marks[2]


WRAPPED = {
    "inserted": lambda text: f"<w:ins {AUTHOR}>{run(text)}</w:ins>",
    "moved": lambda text: f"<w:moveTo {AUTHOR}>{run(text)}</w:moveTo>",
    "control": lambda text: f"<w:sdt><w:sdtContent>{run(text)}</w:sdtContent></w:sdt>",
    "smart tag": lambda text: f'<w:smartTag w:uri="urn:x" w:element="金额">{run(text)}</w:smartTag>',
    "simple field": lambda text: f'<w:fldSimple w:instr=" SUM(ABOVE) ">{run(text)}</w:fldSimple>',
    "field": field,
    "link": lambda text: f'<w:hyperlink w:anchor="x">{run(text)}</w:hyperlink>',
    "inserted in a control": lambda text: (
        f"<w:sdt><w:sdtContent><w:ins {AUTHOR}>{run(text)}</w:ins></w:sdtContent></w:sdt>"
    ),
}
"""Ways to wrap words of a paragraph that are text."""

NO_TEXT = {
    "deleted": lambda text: f"<w:del {AUTHOR}>{run(text, 'delText')}</w:del>",
    "moved away": lambda text: f"<w:moveFrom {AUTHOR}>{run(text)}</w:moveFrom>",
    "hidden": lambda text: f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>{escape(text)}</w:t></w:r>",
}
"""Ways to wrap words that nobody reads."""


def paragraph(inner: str, properties: str = "") -> str:
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{inner}</w:p>"


def in_box(inner: str) -> str:
    """A paragraph with nothing but a text box."""
    return paragraph(f"<w:r><w:pict><w:txbxContent>{inner}</w:txbxContent></w:pict></w:r>")


def in_control(inner: str) -> str:
    """Paragraphs in a content control."""
    return f"<w:sdt><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def document(path: Path, body: Sequence[str], footnotes: Sequence[str] = ()) -> Path:
    """Write a .docx of WordprocessingML, element by element, with footnotes."""
    made = docx.Document()
    holder = made.element.body
    for part in body:
        [element] = parse_xml(f"<w:body {nsdecls('w')}>{part}</w:body>")
        holder.insert(len(holder) - 1, element)
    if footnotes:
        rule = '<w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote>'
        notes = "".join(
            f'<w:footnote w:id="{number}">{paragraph(run(text))}</w:footnote>'
            for number, text in enumerate(footnotes, 1)
        )
        blob = f"<w:footnotes {nsdecls('w')}>{rule}{notes}</w:footnotes>".encode()
        part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, blob, made.part.package)
        made.part.relate_to(part, _FOOTNOTES)
    made.save(str(path))
    return path
