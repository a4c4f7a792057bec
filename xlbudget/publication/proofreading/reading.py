"""The paragraphs of a document: .docx or text (UTF-8, or GB 18030 as Windows in China saves it)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from xlbudget.files.whole_files import existing_file
from xlbudget.model.errors import InputError, UnreadableWorkbook

SUFFIXES = (".docx", ".txt")
_ENDS = "。；：！？;:!?…”）)"
_HEADING = re.compile(
    r"^(第[一二三四五六七八九十]+部分|[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[、.．])"
)
_LARGEST = 20_000_000  # bytes: a document of many pages has a hundredth of it
_OF_ALL = r"(?:[，,/\s]*共\s*\d{1,4}\s*页)?"
_PAGE_NUMBER = re.compile(
    rf"[-—–－~·]+\s*(?:第\s*)?\d{{1,4}}(?:\s*页)?{_OF_ALL}\s*[-—–－~·]+|第\s*\d{{1,4}}\s*页{_OF_ALL}"
)
"""A line with nothing but the number of its page."""


@dataclass(frozen=True, slots=True)
class ReadParagraph:
    """A paragraph as it reads: its text, and at which letters which paragraph of the file begins."""

    text: str
    parts: tuple[tuple[int, str], ...]

    def address(self, start: int = 0) -> str:
        """Return which paragraph of the file a letter stands in."""
        return max((part for part in self.parts if part[0] <= start), default=self.parts[0])[1]

    def followed_by(self, other: ReadParagraph) -> ReadParagraph:
        """Return both as one."""
        moved = tuple((at + len(self.text), address) for at, address in other.parts)
        return ReadParagraph(self.text + other.text, self.parts + moved)

    @property
    def is_heading(self) -> bool:
        """Whether it begins as a numbered heading does."""
        return bool(_HEADING.match(self.text.strip()))


def paragraphs(path: Path) -> tuple[list[ReadParagraph], tuple[str, ...]]:
    """Return the paragraphs, blank ones left out, and what is to be said of the file.

    Paragraphs have numbers from 1 (lines of a text file). A line of a text that breaks off in the middle of
    a sentence is joined with the next. Tables of a .docx are left out: they are held to the workbook as
    forms. Raises InputError for what cannot be read.
    """
    existing_file(path, "文档")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"“{path}”太大（超过 {_LARGEST // 1_000_000} MB），不像是预算公开文件；请核对。")
    if path.suffix.lower() == ".docx":
        return _docx(path)
    if path.suffix.lower() == ".txt":
        lines = enumerate(_text(path, path.read_bytes()).splitlines(), 1)
        kept = ((number, line) for number, line in lines if not _PAGE_NUMBER.fullmatch(line.strip()))
        return [ReadParagraph(text, ((0, f"第{number}段"),)) for number, text in _joined(kept)], ()
    raise InputError(f"“{path}”不是 {'、'.join(SUFFIXES)} 文件；请另存为其中一种。")


def _docx(path: Path) -> tuple[list[ReadParagraph], tuple[str, ...]]:
    from xlbudget.files.printed_docx import read_word  # a text needs no extra

    try:
        document = read_word(path)
    except UnreadableWorkbook as error:
        raise InputError(str(error)) from error
    read = [
        ReadParagraph(part.text, ((0, part.place.address.replace(" ", "")),)) for part in document.paragraphs
    ]
    return read, document.remarks


def _text(path: Path, content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"“{path}”的文字编码无法识别；请另存为 UTF-8。")


def _joined(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    begun: tuple[int, str] | None = None
    for number, line in lines:
        text = line.strip()
        if not text:
            continue
        if begun is not None and not _HEADING.match(text):
            begun = begun[0], begun[1] + text
        else:
            if begun is not None:
                yield begun
            begun = number, text
        if begun[1][-1] in _ENDS or (_HEADING.match(begun[1]) and "，" not in begun[1]):
            yield begun
            begun = None
    if begun is not None:
        yield begun
