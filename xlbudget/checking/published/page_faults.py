"""What a page does not show: pages that could not be read, texts that do not fit into their cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xlbudget.checking.published.mistakes import FOUND
from xlbudget.model import Finding, Place, PublishedDocument, Severity

PAGES = {
    "unread_page": ("有的页读不出文字", Severity.NOTE),
    "clipped_text": ("文字在格子里没有印全", Severity.NOTE),
}


def page_faults(document: PublishedDocument, unit: str) -> Iterator[Finding]:
    """Yield what a page does not show: pages that could not be read, texts cut off in their cells."""
    file = str(document.path)
    for page in document.unread:
        message = (
            f"第 {page.number} 页：{page.unread}，这一页没有核对。请换成有文字的文件，或对照原件人工核对。"
        )
        place = Place(page=page.number)
        yield Finding("unread_page", PAGES["unread_page"][1], message, unit, file, place)
    for table in document.tables:
        for cell in table.cells:
            if cell.clipped:
                shown = cell.text[:FOUND]
                message = f"{cell.place.where}“{shown}”在格子里没有印全，读者看到的不完整。请加宽这一栏。"
                place = replace(cell.place, line=shown)
                severity = PAGES["clipped_text"][1]
                yield Finding("clipped_text", severity, message, unit, file, place, found=shown)
