"""The text of WordprocessingML as it reads when every tracked change is accepted, whatever wraps it.

Insertions, moves, content controls, smart tags, results of fields and text boxes are text; what is struck
out, moved away or hidden, codes of fields and readings above letters are none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from xlbudget.files.docx import Document, parse_xml, qn

TEXT, BOX, PARAGRAPH = qn("w:t"), qn("w:txbxContent"), qn("w:p")
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
GONE = {qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), qn("w:rt"), f"{_COMPATIBILITY}Fallback"}
"""Elements whose text nobody reads."""
HOLDERS = {
    *(qn(f"w:{name}") for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")),
    f"{_COMPATIBILITY}AlternateContent",
    f"{_COMPATIBILITY}Choice",
}
"""What wraps paragraphs and tables without being one."""
_BLANKS = {qn("w:tab"), qn("w:cr")}
_RUN, _BREAK, _STROKE, _MATH = qn("w:r"), qn("w:br"), qn("w:noBreakHyphen"), qn("m:t")
_HIDDEN = f"{qn('w:rPr')}/{qn('w:vanish')}"
_OFF = {"0", "false", "off"}
_KINDS = {"ins": "插入", "del": "删除", "moveTo": "移动"}
_NOTES = {"footnotes": "脚注", "endnotes": "尾注"}


def text_of(element: Any) -> str:
    """Return the text of a paragraph (or of all in an element); that of text boxes is left out."""
    pieces: list[str] = []
    _collect(element, pieces)
    return "".join(pieces)


def _collect(element: Any, pieces: list[str]) -> None:
    for child in element:
        if child.tag in GONE or child.tag == BOX or (child.tag == _RUN and _hidden(child)):
            continue
        if child.tag in (TEXT, _MATH):
            pieces.append(child.text or "")
        elif child.tag == _STROKE:
            pieces.append("-")
        elif child.tag == _BREAK:
            if child.get(qn("w:type")) in (None, "textWrapping"):  # one that ends a page cuts no word
                pieces.append(" ")
        elif child.tag in _BLANKS:
            if child.getparent().tag == _RUN:
                pieces.append(" ")
        else:
            _collect(child, pieces)


def _hidden(run: Any) -> bool:
    mark = run.find(_HIDDEN)
    return mark is not None and mark.get(qn("w:val"), "1") not in _OFF


def goes_on(paragraph: Any) -> bool:
    """Whether the end of a paragraph is struck out or moved away: it reads on into the next one."""
    after, marks = paragraph.getnext(), paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}")
    if after is None or after.tag != PARAGRAPH:
        return False
    return marks is not None and any(marks.find(qn(f"w:{name}")) is not None for name in ("del", "moveFrom"))


def boxes_in(element: Any) -> Iterator[Any]:
    """Yield the outermost text boxes in an element that are shown."""
    for child in element:
        if child.tag == BOX:
            yield child
        elif child.tag not in GONE:
            yield from boxes_in(child)


def notes_of(document: Document) -> Iterator[tuple[str, str]]:
    """Yield place and text of footnotes and endnotes."""
    for relation in document.part.rels.values():
        word = _NOTES.get(relation.reltype.rpartition("/")[2])
        if word is None or relation.is_external:
            continue
        numbered = 0
        for note in parse_xml(relation.target_part.blob):
            if note.get(qn("w:type")) in (None, "normal"):  # others are the strokes that separate them
                numbered += 1
                for paragraph in note.iter(PARAGRAPH):
                    yield f"{word} {numbered}", text_of(paragraph)


def unsettled(body: Any) -> tuple[str, ...]:
    """Say which tracked changes and comments nobody has settled yet."""
    said = []
    changes = Counter(
        word
        for name, word in _KINDS.items()
        for change in body.iter(qn(f"w:{name}"))
        if change.getparent().tag not in {qn("w:rPr")} and next(_written(change), None) is not None
    )
    rows = sum(1 for name in ("ins", "del") for change in body.iter(qn(f"w:{name}")) if _of_row(change))
    if rows:
        changes["表格行增删"] = rows
    if changes:
        counted = "、".join(f"{word} {number} 处" for word, number in changes.items())
        said.append(
            f"文件里有没有接受的修订（{counted}），已按全部接受后的文字核对；请接受或拒绝全部修订后再公开。"
        )
    comments = sum(1 for _ in body.iter(qn("w:commentReference")))
    if comments:
        said.append(f"文件里有批注 {comments} 条，没有核对；请删除批注后再公开。")
    return tuple(said)


def _written(change: Any) -> Iterator[Any]:
    yield from change.iter(TEXT, qn("w:delText"), _MATH)


def _of_row(change: Any) -> bool:
    return bool(change.getparent().tag == qn("w:trPr"))
