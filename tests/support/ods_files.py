"""Builders of OpenDocument spreadsheets as programs write them, and how the refusal of a file is told."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from xlbudget.files.workbooks import read_any
from xlbudget.files.xlsx import Limits
from xlbudget.model.errors import UnreadableWorkbook

SPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
    "manifest": "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
}
_NAMES = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())


SHORT = {
    "cell": "table:table-cell",
    "group": "table:table-row-group",
    "heads": "table:table-header-rows",
    "row": "table:table-row",
    "column": "table:table-column",
    "type": "office:value-type",
    "value": "office:value",
    "formula": "table:formula",
    "p": "text:p",
    "across": "table:number-columns-repeated",
    "down": "table:number-rows-repeated",
    "wide": "table:number-columns-spanned",
    "tall": "table:number-rows-spanned",
    "string": "office:string-value",
    "known": "calcext:value-type",
}
"""Names that stand for longer ones in what the builders are given."""


def spelled(text: str) -> str:
    """Return markup with its short names written out: elements after < or </, attributes before =."""
    for short, name in SHORT.items():
        text = re.sub(rf"(?<=<){short}\b|(?<=</){short}\b|(?<= ){short}(?==[\"'])", name, text)
    return text


def opendocument(tables: str, *, styles: str = "", around: str = "", **parts: str) -> bytes:
    """An .ods whose content is given: sheets, automatic styles, and what stands beside the sheets."""
    content = (
        f"<office:document-content {_NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{around}{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    content = spelled(content)
    others = {name: text.format(names=_NAMES).encode() for name, text in parts.items()}
    mime = b"application/vnd.oasis.opendocument.spreadsheet"
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("mimetype", mime)
        for name, data in {"content.xml": content.encode(), **others}.items():
            archive.writestr(name.replace("__", "/"), data, zipfile.ZIP_DEFLATED)
    return stored.getvalue()


def sheet(rows: str, name: str = "表一", attributes: str = "") -> str:
    return f'<table:table table:name="{name}" {attributes}>{rows}</table:table>'


def reason_of(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableWorkbook) as refused:
        read_any(data, limits=limits)
    message = str(refused.value)
    assert message.endswith("。") and "；" in message and "\n" not in message, message
    return refused.value.reason
