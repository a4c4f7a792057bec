"""Bounded access to the parts of an Office package: file → bytes → zip entries → XML events.

Files come from strangers. So nothing here trusts a header: bytes are counted while
they are inflated, XML is streamed and never built into a tree, every loop has a cap
(:class:`Limits`) and a clock. The zip directory is parsed here rather than by
``zipfile`` because that reads the whole directory before it can be asked how long it
is, and its answers to broken files change between Python versions.

Everything that is wrong with a file is raised as
:class:`~xlbudget.model.errors.UnreadableWorkbook`.
"""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol
from urllib.parse import unquote
from xml.parsers import expat

from xlbudget.files.xlsx.remembered import Memory
from xlbudget.files.xlsx.source import CHUNK, MIB, Limits, PackageSource, printable
from xlbudget.model.errors import UnreadableWorkbook

#: Bytes of one part held in memory as a whole: three times the largest sheet of a department summary.
_HELD = 16 * MIB
_clock = getattr(time, "thread_time", time.monotonic)  # in a browser there is but the clock on the wall

_parts: Memory[bytes] = Memory(16 * MIB)
"""Parts inflated, by the bytes that were inflated and what the directory says of them."""


def sliced(data: bytes) -> Iterator[bytes]:
    """Yield bytes in the pieces that are parsed between two looks at the limits."""
    return (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))


def again(held: bytes, rest: Iterable[bytes] | None) -> Iterator[bytes]:
    """Yield a part that has been held (:meth:`Package.held`) from its start, to be parsed after all."""
    return chain(sliced(held), rest or ())


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

    def __init__(self, source: PackageSource, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.inflated = 0
        self.visited: set[str] = set()
        self._deadline = _clock() + limits.seconds
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
        """Raise ``limit`` when the file has used up its time: processor time, a busy machine refuses none."""
        if _clock() > self._deadline:
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

    def _check_inflated(self) -> None:
        if self.inflated > self.limits.inflated_bytes:
            raise self.over(f"解压后超过 {self.limits.inflated_bytes // MIB} MB")

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
            self._check_inflated()
            self.check_clock()
            crc = zlib.crc32(chunk, crc)
            yield chunk
        if total != entry.declared or crc != entry.crc:
            raise self.damaged(f"内部文件 {printable(entry.name)} 校验不符")

    def held(self, part: str) -> tuple[bytes, Iterator[bytes] | None]:
        """Return a part inflated, and the rest of it still to come when it is too large to hold.

        A part that two files have byte for byte as compressed is inflated no more.
        """
        entry = self.parts[part]
        start = self._data_start(entry)
        key = entry.method, entry.crc, entry.declared, self.source.data[start : start + entry.compressed]
        known = _parts.get(key)
        if known is None:
            held, rest = self._begun(part, min(entry.declared, _HELD))
            if rest is None:
                _parts.keep(key, held, len(held))
            return held, rest
        self.visited.add(part)
        self.inflated += len(known)
        self._check_ratio(entry, len(known))
        self._check_inflated()
        self.check_clock()
        return known, None

    def _begun(self, part: str, room: int) -> tuple[bytes, Iterator[bytes] | None]:
        """Return a part inflated, and the rest of it when it takes more room."""
        chunks, held = self.chunks(part), []
        for chunk in chunks:
            held.append(chunk)
            room -= len(chunk)
            if room < 0:
                return b"".join(held), chunks
        return b"".join(held), None

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
        self,
        part: str,
        handler: XmlHandler,
        after_chunk: Callable[[], None] | None = None,
        chunks: Iterable[bytes] | None = None,
    ) -> None:
        """Stream a part through expat into ``handler``; ``after_chunk`` looks at its limits now and then.

        ``chunks`` are the bytes of the part where they have been inflated already.
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
            for chunk in chunks or self.chunks(part):
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

    def __init__(self, source: PackageSource, limits: Limits) -> None:
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
