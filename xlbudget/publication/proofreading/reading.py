"""The paragraphs of a document: .docx or text (UTF-8, or GB 18030 as Windows in China saves it)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from xlbudget.files.whole_files import existing_file
from xlbudget.model.errors import InputError

SUFFIXES = (".docx", ".txt")
_ENDS = "。；：！？;:!?…”）)"
_HEADING = re.compile(
    r"^(第[一二三四五六七八九十]+部分|[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[、.．])"
)
_LARGEST = 20_000_000  # bytes: a document of many pages has a hundredth of it
_MOST_INFLATED = 200_000_000


def paragraphs(path: Path) -> list[tuple[int, str]]:
    """Return the paragraphs with their numbers from 1 (lines of a text file), blank ones left out.

    A line of a text that breaks off in the middle of a sentence is joined with the next. Tables of a .docx
    are left out: they are held to the workbook as forms. Raises InputError for what cannot be read.
    """
    existing_file(path, "文档")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"“{path}”太大（超过 {_LARGEST // 1_000_000} MB），不像是预算公开文件；请核对。")
    content = path.read_bytes()
    if path.suffix.lower() == ".docx":
        return [(number, text) for number, text in enumerate(_docx(path, content), 1) if text.strip()]
    if path.suffix.lower() == ".txt":
        return list(_joined(enumerate(_text(path, content).splitlines(), 1)))
    raise InputError(f"“{path}”不是 {'、'.join(SUFFIXES)} 文件；请另存为其中一种。")


def _docx(path: Path, content: bytes) -> list[str]:
    from xlbudget.files.docx import PackageNotFoundError, open_document  # a text needs no extra

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            size = sum(part.file_size for part in package.infolist())
        if size > _MOST_INFLATED:
            raise InputError(f"“{path}”展开后太大，未读取；请用 Word 另存一份。")
        return [paragraph.text for paragraph in open_document(content).paragraphs]
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise InputError(
            f"“{path}”不是能读取的 Word 文档（.docx）；请用 Word 打开后另存为 .docx。"
        ) from error


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
