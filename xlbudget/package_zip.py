"""Bounded access to the parts of an Office package: file → bytes → zip entries → XML events.

Files come from strangers. So nothing here trusts a header: bytes are counted while
they are inflated, XML is streamed and never built into a tree, every loop has a cap
(:class:`Limits`) and a clock. The zip directory is parsed here rather than by
``zipfile`` because that reads the whole directory before it can be asked how long it
is, and its answers to broken files change between Python versions.

Everything that is wrong with a file is raised as
:class:`~xlbudget.errors.UnreadableWorkbook`.
"""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote
from xml.parsers import expat

from xlbudget.errors import UnreadableWorkbook

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may ask of us; a caller who trusts a file can raise any of them.

    The defaults are some 20 times what a large returned workbook needs (25,000 cells,
    5 MB inflated), and keep the worst file below one gigabyte and half a minute.
    """

    #: Bytes of the file. The reader holds it in memory once.
    file_bytes: int = 64 * MIB
    #: Bytes inflated from all parts together. Styled blank cells down to row 1,048,576 take some 300 MB
    #: of XML in honest files; they are streamed and cost time only.
    inflated_bytes: int = 512 * MIB
    #: Inflated over compressed size of one part. Honest repetitive sheets stay under 60, zlib ends at 1,032.
    ratio: int = 200
    #: Parts smaller than this are not asked for their ratio: they cannot hurt.
    ratio_floor: int = MIB
    #: Entries in the zip directory. A workbook of 15 sheets has 40; one with a thousand pictures still fits.
    entries: int = 2_000
    #: Cells kept, over all sheets; one takes about 300 bytes of memory.
    cells: int = 1_000_000
    #: ``<row>`` elements in one sheet: the grid of Excel.
    rows: int = 1_048_576
    #: Merged ranges, or hidden column ranges, in one sheet; Excel itself becomes unusable before that.
    merges: int = 100_000
    #: Shared strings.
    strings: int = 1_000_000
    #: Characters of one text or formula. Excel ends at 32,767, each of which may be escaped as ``_xHHHH_``.
    string_length: int = 262_144
    #: Characters of all long texts and formulas kept, shared formulas expanded.
    text_total: int = 20_000_000
    #: Elements of one small part (workbook, relationships, properties). Some old files carry 60,000 names.
    elements: int = 200_000
    #: Bytes of one XML token (a tag, a comment): expat holds it and rescans it until it is complete.
    token_bytes: int = MIB
    #: Depth of XML elements; honest sheets need 20 in their extension lists.
    nesting: int = 64
    #: Seconds for the whole file, looked at after each chunk of 64 kB.
    seconds: float = 30.0


#: Bytes inflated and parsed between two looks at the limits: some 5 ms of work.
CHUNK = 65_536

#: What the sender can do, by reason of refusal; callers may give better advice.
_ADVICE = {
    "not_found": "请核对路径和文件名",
    "not_a_workbook": "请报送 .xlsx 格式的工作簿",
    "encrypted": "请去掉密码后重新报送",
    "old_format": "请另存为 .xlsx 格式后重新报送",
    "damaged": "请用 Excel 或 WPS 打开核对、另存为 .xlsx 后重新报送",
    "limit": "请删除与预算无关的内容、另存为 .xlsx 后重新报送",
    "doctype": "请用 Excel 或 WPS 另存为 .xlsx 后重新报送",
    "unsafe": "请用 Excel 或 WPS 另存为 .xlsx 后重新报送",
    "lock_file": "请忽略它，报送工作簿本身",
}


def printable(text: str, length: int = 80) -> str:
    """Return ``text`` fit for a message: one line, no control characters, at most ``length`` characters.

    Names of files, parts and sheets are chosen by strangers and end up on terminals.
    """
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[: length + 1])
    return shown if len(shown) <= length else shown[: length - 1] + "…"


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one file and how messages call it."""

    label: str
    data: bytes

    def refusal(self, reason: str, what: str, advice: str | None = None) -> UnreadableWorkbook:
        """Return the error to raise: one sentence with file, ``what`` is wrong and what to do."""
        return refusal(self.label, reason, what, advice)


def refusal(label: str, reason: str, what: str, advice: str | None = None) -> UnreadableWorkbook:
    """Return an error «label + what; advice.» with the usual advice for ``reason`` if none is given."""
    return UnreadableWorkbook(reason, f"{label}{what}；{advice or _ADVICE[reason]}。")


def load(source: Path | bytes, limits: Limits) -> Source:
    """Return the bytes of a file, or of the bytes given.

    Raises UnreadableWorkbook: ``lock_file``, ``not_found``, ``not_a_workbook`` (a folder or
    device), ``limit`` (too large) or ``damaged`` (empty).
    """
    loaded = Source("所给文件", source) if isinstance(source, bytes) else _load_path(source, limits)
    if len(loaded.data) > limits.file_bytes:
        raise loaded.refusal("limit", f"超过 {limits.file_bytes // MIB} MB，不予读取")
    if not loaded.data:
        raise loaded.refusal("damaged", "是空文件（0 字节），可能没有复制完", "请重新复制或请单位重新报送")
    return loaded


def _load_path(path: Path, limits: Limits) -> Source:
    label = f"文件“{printable(path.name)}”"
    if path.name.startswith(("~$", ".~")):
        raise refusal(label, "lock_file", "是 Excel 或 WPS 打开文件时留下的临时锁文件，不是报送的工作簿")
    if path.name.lower() in {"thumbs.db", "desktop.ini", ".ds_store"}:
        raise refusal(label, "not_a_workbook", "是操作系统自动生成的文件，不是工作簿", "请忽略它")
    try:
        if path.exists() and not path.is_file():
            raise refusal(label, "not_a_workbook", "不是文件（可能是文件夹）")
        with path.open("rb") as stream:
            return Source(label, stream.read(limits.file_bytes + 1))
    except FileNotFoundError as error:
        raise refusal(label, "not_found", "不存在") from error
    except (OSError, ValueError) as error:  # no permission, name too long, NUL in the name, drive gone
        advice = "请核对路径和权限，并先关闭正在使用它的程序"
        raise refusal(label, "not_found", "无法打开", advice) from error


# ── What a file is when it is no zip ─────────────────────────────────────────────────────────────

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF = (
    b"\x09\x00\x04\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x08\x10\x00",
    b"\x09\x08\x08\x00",
)
_SIGNATURES = (
    (b"%PDF", "PDF 文档"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"{\\rtf", "RTF 文档"),
    (b"MZ", "可执行程序"),
)
_HTML = ("<!doctype html", "<html", "<head", "<meta", "<table", "<body")


def refuse_unless_zip(source: Source) -> None:
    """Return if the bytes begin like a zip; else raise UnreadableWorkbook saying what they look like."""
    data = source.data
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return
    if data.startswith(_OLE2):
        raise _ole2_refusal(source)
    if data.startswith(_BIFF):
        raise source.refusal("old_format", "是早期的 Excel 格式（.xls）")
    if not data[:4096].strip(b"\0"):
        raise source.refusal("damaged", "内容全为空字节，可能没有复制完", "请重新复制或请单位重新报送")
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise source.refusal("not_a_workbook", f"是{kind}，不是工作簿")
    raise _text_refusal(source)


def _ole2_refusal(source: Source) -> UnreadableWorkbook:
    if _has_stream(source.data, "EncryptedPackage") or _has_stream(source.data, "EncryptionInfo"):
        return source.refusal("encrypted", "设有打开密码，无法读取")
    if not (_has_stream(source.data, "Workbook") or _has_stream(source.data, "Book")):
        for stream, kind in (("WordDocument", "Word 文档"), ("PowerPoint Document", "演示文稿")):
            if _has_stream(source.data, stream):
                return source.refusal("not_a_workbook", f"是{kind}，不是工作簿")
    return source.refusal("old_format", "是早期的 Excel 或 WPS 表格格式（.xls、.et）")


def _has_stream(data: bytes, name: str) -> bool:
    """Whether an OLE2 directory has this name: entries are 128 bytes, the name first, its size at 64."""
    wanted = name.encode("utf-16-le") + b"\0\0"
    at = data.find(wanted)
    while at >= 0:
        if at % 128 == 0 and data[at + 64 : at + 66] == struct.pack("<H", len(wanted)):
            return True
        at = data.find(wanted, at + 1)
    return False


def _text_refusal(source: Source) -> UnreadableWorkbook:
    text = _as_text(source.data[:4096])
    if text is None:
        return source.refusal("not_a_workbook", "不是工作簿，也不是可识别的文件类型")
    head = text.lstrip("\ufeff \r\n\t").lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in head or "opendocument" in head:
        return source.refusal("old_format", "是 XML 表格格式")
    if head.startswith("<?xml") and "<html" not in head:
        return source.refusal("not_a_workbook", "是 XML 文件，不是工作簿")
    if "<html" in head or head.startswith(_HTML) or head.startswith("mime-version:"):
        advice = "请用 Excel 或 WPS 打开后另存为 .xlsx 格式"
        return source.refusal("not_a_workbook", "是网页（HTML），只是改了扩展名，不是工作簿", advice)
    return source.refusal("not_a_workbook", "是纯文本（如 CSV），不是工作簿")


def _as_text(head: bytes) -> str | None:
    """Return the beginning of a file as text, or None if it is binary."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if any(byte < 32 and byte not in b"\t\n\r\f\x1a" for byte in head):
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        for cut in range(4):  # the last character may be cut in two
            try:
                return head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


# ── The zip directory ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Entry:
    """One part as the zip directory lists it; the sizes are claims until the part is inflated."""

    name: str
    method: int
    crc: int
    compressed: int
    declared: int
    offset: int


class XmlHandler(Protocol):
    """What receives the XML events of a part; names are ``"namespace local"``, or ``"local"`` without one."""

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        """Begin an element."""

    def end(self, name: str, /) -> None:
        """End an element."""

    def text(self, data: str, /) -> None:
        """Receive a piece of character data."""


class Package:
    """The parts of one zip package, under ``limits``.

    ``parts`` maps part names in lower case with forward slashes to their entries: that is
    how Excel compares names, and some writers change case or use backslashes.
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.inflated = 0
        self.visited: set[str] = set()
        self._deadline = time.monotonic() + limits.seconds
        self.parts = _Directory(source, limits).parts()
        self._refuse_declared_bombs()

    def refusal(self, reason: str, what: str, advice: str | None = None) -> UnreadableWorkbook:
        """Return the error to raise about this file."""
        return self.source.refusal(reason, what, advice)

    def damaged(self, what: str) -> UnreadableWorkbook:
        """Return the error for a file that is broken in the way said."""
        return self.refusal("damaged", f"已损坏（{what}）")

    def over(self, what: str) -> UnreadableWorkbook:
        """Return the error for a file that asks for more than a limit allows."""
        return self.refusal("limit", f"超出读取上限（{what}）")

    def locate(self, path: str) -> str | None:
        """Return the key of a part in ``parts``, or None; percent-escapes are tried both ways."""
        for candidate in (path.lower(), unquote(path).lower()):
            if candidate in self.parts:
                return candidate
        return None

    def check_clock(self) -> None:
        """Raise ``limit`` when the file has used up its time."""
        if time.monotonic() > self._deadline:
            raise self.over(f"解析超过 {self.limits.seconds:g} 秒")

    def _refuse_declared_bombs(self) -> None:
        # Only XML parts are asked for their ratio: an honest picture may be one white area.
        for name, entry in self.parts.items():
            if name.endswith((".xml", ".rels")):
                self._check_ratio(entry, entry.declared)
        if sum(entry.declared for entry in self.parts.values()) > self.limits.inflated_bytes:
            raise self.over(f"解压后超过 {self.limits.inflated_bytes // MIB} MB")

    def _check_ratio(self, entry: Entry, size: int) -> None:
        if size > self.limits.ratio_floor and size > self.limits.ratio * entry.compressed:
            raise self.over(f"内部文件 {printable(entry.name)} 压缩比异常，疑似“压缩炸弹”")

    def chunks(self, part: str, size: int = CHUNK) -> Iterator[bytes]:
        """Yield a part inflated, in pieces of at most ``size`` bytes.

        Raises ``limit`` as soon as the bytes really produced pass a limit, ``damaged`` when
        stream, length or checksum are wrong.
        """
        entry = self.parts[part]
        self.visited.add(part)
        total = crc = 0
        for chunk in self._inflate(entry, size):
            total += len(chunk)
            self.inflated += len(chunk)
            self._check_ratio(entry, total)
            if self.inflated > self.limits.inflated_bytes:
                raise self.over(f"解压后超过 {self.limits.inflated_bytes // MIB} MB")
            self.check_clock()
            crc = zlib.crc32(chunk, crc)
            yield chunk
        if total != entry.declared or crc != entry.crc:
            raise self.damaged(f"内部文件 {printable(entry.name)} 校验不符")

    def _inflate(self, entry: Entry, size: int) -> Iterator[bytes]:
        start = self._data_start(entry)
        pieces = (
            self.source.data[at : min(at + size, start + entry.compressed)]
            for at in range(start, start + entry.compressed, size)
        )
        if entry.method == 0:
            yield from pieces
            return
        if entry.method != 8:
            raise self.damaged(f"内部文件 {printable(entry.name)} 用了不支持的压缩方法")
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        while not inflater.eof:
            # zlib may still hold output once its input is used up, so it is asked with nothing as well
            piece = inflater.unconsumed_tail or next(pieces, b"")
            try:
                chunk = inflater.decompress(piece, size)
            except zlib.error as error:
                raise self.damaged(f"内部文件 {printable(entry.name)} 无法解压") from error
            if chunk:
                yield chunk
            elif not piece:
                raise self.damaged(f"内部文件 {printable(entry.name)} 不完整")

    def _data_start(self, entry: Entry) -> int:
        """Return where the bytes of an entry begin, after its local header, which must agree on the name."""
        data = self.source.data
        header = data[entry.offset : entry.offset + 30]
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            raise self.damaged(f"找不到内部文件 {printable(entry.name)}")
        flags = struct.unpack_from("<H", header, 6)[0]
        name_length, extra_length = struct.unpack_from("<HH", header, 26)
        raw = data[entry.offset + 30 : entry.offset + 30 + name_length]
        if _part_name(raw, flags) != entry.name:
            raise self.damaged(f"内部文件 {printable(entry.name)} 前后名称不一致")
        start = entry.offset + 30 + name_length + extra_length
        if start + entry.compressed > len(data):
            raise self.damaged(f"内部文件 {printable(entry.name)} 不完整")
        return int(start)

    def parse(
        self, part: str, handler: XmlHandler, after_chunk: Callable[[], None] | None = None, size: int = CHUNK
    ) -> None:
        """Stream a part through expat into ``handler``; ``after_chunk`` looks at its limits now and then.

        Raises ``doctype`` at any document type declaration (so there are no entities to expand),
        ``damaged`` when the XML is malformed.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.buffer_size = CHUNK
        parser.StartElementHandler = handler.start
        parser.EndElementHandler = handler.end
        parser.CharacterDataHandler = handler.text
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.XmlDeclHandler = self._refuse_encoding
        fed = 0
        try:
            for chunk in self.chunks(part, size):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > self.limits.token_bytes + CHUNK:
                    raise self.over(f"内部文件 {printable(part)} 中有过长的标记")
                if after_chunk is not None:
                    after_chunk()
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            place = f"内部文件 {printable(part)} 第 {error.lineno} 行"
            raise self.damaged(f"{place}不是有效的 XML") from error
        if after_chunk is not None:
            after_chunk()

    def _refuse_doctype(self, *_: object) -> None:
        raise self.refusal("doctype", "含有文档类型声明（DOCTYPE），为安全起见不予读取")

    def _refuse_encoding(self, _version: str, encoding: str | None, _standalone: int) -> None:
        # Others would go to Python's codecs, which raise errors of their own.
        known = {"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "iso-8859-1"}
        if encoding is not None and encoding.lower() not in known:
            raise self.damaged(f"内部文件使用了不支持的编码 {printable(encoding)}")


def _part_name(raw: bytes, flags: int) -> str:
    """Return the name of a zip entry with forward slashes; bad UTF-8 is read as cp437, which never fails."""
    if flags & 0x800:
        try:
            return raw.decode("utf-8").replace("\\", "/")
        except UnicodeDecodeError:
            pass
    return raw.decode("cp437").replace("\\", "/")


class _Directory:
    """The central directory of a zip file, read with every number checked."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.shift = 0

    def parts(self) -> dict[str, Entry]:
        """Return the entries by normal name, folders left out.

        Raises ``damaged``, ``limit`` (too many), ``encrypted`` or ``unsafe`` (duplicates, overlaps,
        names that lead out of the package).
        """
        start, size, count = self._end_record()
        found: dict[str, Entry] = {}
        seen = 0
        at, end = start, start + size
        while at < end:
            seen += 1
            if seen > self.limits.entries:
                raise self.source.refusal("limit", f"内部文件超过 {self.limits.entries} 个，疑似恶意文件")
            entry, at = self._entry(at, end)
            if entry.name.endswith("/"):
                continue
            key = entry.name.lower()
            if key in found:
                raise self.source.refusal("unsafe", f"内部有重名文件 {printable(entry.name)}，内容有歧义")
            found[key] = entry
        if seen != count:
            raise self._damaged("压缩目录的文件数不符")
        self._refuse_overlaps(found, start)
        return found

    def _damaged(self, what: str) -> UnreadableWorkbook:
        fault = f"已损坏或不完整（{what}），可能没有复制完或上传中断"
        return self.source.refusal("damaged", fault, "请重新复制或请单位重新报送")

    def _end_record(self) -> tuple[int, int, int]:
        """Return where the directory starts, its size in bytes and how many entries it claims."""
        data = self.source.data
        end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
        if end < 0 or end + 22 > len(data):
            raise self._damaged("没有压缩目录")
        disk, first_disk, _, count, size, offset = struct.unpack_from("<HHHHII", data, end + 4)
        directory_end = end
        if 0xFFFFFFFF in (size, offset) or count == 0xFFFF:
            directory_end, size, offset, count = self._zip64_end_record(end)
        elif disk or first_disk:
            raise self._damaged("是分卷压缩文件")
        start = directory_end - size
        if start < offset:
            raise self._damaged("压缩目录位置错误")
        self.shift = start - offset  # bytes put before the package, which zip tools allow
        return start, size, count

    def _zip64_end_record(self, end: int) -> tuple[int, int, int, int]:
        data = self.source.data
        locator = data[max(0, end - 20) : end]
        if len(locator) < 20 or not locator.startswith(b"PK\x06\x07"):
            raise self._damaged("没有压缩目录")
        at = data.rfind(b"PK\x06\x06", 0, end - 20)
        if at < 0 or at + 56 > end - 20:
            raise self._damaged("没有压缩目录")
        count, size, offset = struct.unpack_from("<QQQ", data, at + 32)
        return at, size, offset, count

    def _entry(self, at: int, end: int) -> tuple[Entry, int]:
        """Return the entry at this place of the directory and where the next one starts."""
        data = self.source.data
        if at + 46 > end or not data.startswith(b"PK\x01\x02", at):
            raise self._damaged("压缩目录有错")
        flags, method = struct.unpack_from("<HH", data, at + 8)
        crc, compressed, declared = struct.unpack_from("<III", data, at + 16)
        name_length, extra_length, comment_length = struct.unpack_from("<HHH", data, at + 28)
        offset = struct.unpack_from("<I", data, at + 42)[0]
        extra_at = at + 46 + name_length
        next_at = extra_at + extra_length + comment_length
        if next_at > end:
            raise self._damaged("压缩目录有错")
        if flags & 0x2041:  # encrypted, strongly encrypted, directory encrypted
            raise self.source.refusal("encrypted", "设有密码，无法读取")
        extra = data[extra_at : extra_at + extra_length]
        declared, compressed, offset = _zip64_sizes(extra, declared, compressed, offset)
        name = _part_name(data[at + 46 : extra_at], flags)
        self._refuse_outside(name)
        return Entry(name, method, crc, compressed, declared, offset + self.shift), next_at

    def _refuse_outside(self, name: str) -> None:
        segments = name.split("/")
        if name.startswith("/") or ".." in segments or "\0" in name or ":" in segments[0]:
            raise self.source.refusal("unsafe", f"内部文件路径 {printable(name)} 指向文件之外")

    def _refuse_overlaps(self, found: dict[str, Entry], directory: int) -> None:
        """Refuse entries that share bytes: the trick of the most compact zip bombs."""
        entries = sorted(found.values(), key=lambda entry: entry.offset)
        following = [entry.offset for entry in entries[1:]] + [directory]
        for entry, limit in zip(entries, following, strict=False):
            if entry.offset + 30 + entry.compressed > limit:
                if entry is entries[-1]:
                    raise self._damaged(f"内部文件 {printable(entry.name)} 不完整")
                raise self.source.refusal("unsafe", f"内部文件 {printable(entry.name)} 与其他内部文件重叠")


def _zip64_sizes(extra: bytes, declared: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """Return the three numbers, those that are all ones taken from the zip64 extra field if there is one."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            body = extra[at + 4 : at + 4 + length]
            wide = list(struct.unpack_from(f"<{len(body) // 8}Q", body))
            numbers = [
                wide.pop(0) if number == 0xFFFFFFFF and wide else number
                for number in (declared, compressed, offset)
            ]
            return numbers[0], numbers[1], numbers[2]
        at += 4 + length
    return declared, compressed, offset
