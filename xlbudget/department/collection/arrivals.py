"""What arrives: files, folders, archives in archives, mails with attachments, as bytes with a name.

Nothing is unpacked to the disk under a name from inside an archive or a mail.
"""

from __future__ import annotations

import email
import email.policy
import io
import mailbox
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path, PurePosixPath

from xlbudget.files.xlsx.source import Limits
from xlbudget.model.errors import InputError

MOST_NESTED = 4
"""Archives and mails within one another: a mail with an archive of archives is common, more is a trap."""
MOST_ENTRIES = 20_000
"""Files of one archive: a province sends some thousands."""
LARGEST = Limits().file_bytes
"""Bytes of one workbook: the reader takes no larger one."""
LARGEST_NESTED = 8 * LARGEST
"""Bytes of an archive or mail that is itself in one, which is held in memory while it is read."""

_WORKBOOKS = {".xlsx", ".xlsm", ".xls", ".et", ".ods", ".xltx", ".wps"}
_ARCHIVES = {".zip"}
_MAILS = {".eml"}
_BOXES = {".mbox"}
_IGNORED = {"thumbs.db", "desktop.ini", ".ds_store"}
_UTF8_NAME = 0x800  # flag of a zip entry


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that arrived: its own name, where it came from (archives and mails named), and its bytes."""

    name: str
    source: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something that is no workbook or cannot be opened, and why."""

    source: str
    reason: str


Found = Iterator[Arrival | PassedOver]


def arrivals(paths: list[Path], inside: Path | None = None) -> Found:
    """Yield every workbook under ``paths`` in the order of names, and what was passed over.

    ``inside`` is the collection itself, which is never collected. Raises InputError for a path that does
    not exist.
    """
    for path in paths:
        if not path.exists():
            raise InputError(f"找不到“{path}”；请检查路径和文件名。")
        if path.is_dir():
            for part in sorted(path.rglob("*"), key=lambda part: part.as_posix()):
                if part.is_file() and not (inside and part.resolve().is_relative_to(inside.resolve())):
                    yield from _file(part, part.relative_to(path.parent).as_posix(), path)
        else:
            yield from _file(path, path.name, None)


def workbooks_at_hand(paths: Iterable[Path]) -> list[Path]:
    """Return the workbooks that lie open in folders, by whose stamps a template can be chosen."""
    files = (part for path in paths for part in (sorted(path.rglob("*")) if path.is_dir() else [path]))
    return [path for path in files if path.suffix.lower() == ".xlsx" and not _silent(path.name)]


def _file(path: Path, shown: str, folder: Path | None) -> Found:
    if path.suffix.lower() in _BOXES:
        yield from _mailbox(path, shown)
        return
    mail = folder is not None and path.parent.name in {"cur", "new"} and path.suffix.lower() not in _WORKBOOKS
    if not mail and not _wanted(path.name):
        if not _silent(path.name):
            yield PassedOver(shown, "不是工作簿、压缩包或邮件，未收")
        return
    try:
        if path.suffix.lower() in _ARCHIVES:
            yield from _archive(path, shown, 1)
            return
        most = _most(path.name)
        if path.stat().st_size > most:
            yield PassedOver(shown, _too_large(most))
            return
        content = path.read_bytes()
    except OSError as error:
        yield PassedOver(shown, f"不能读取（{error.strerror or '系统错误'}）")
        return
    if mail:
        yield from _mail(content, shown, 1)
    else:
        yield from _opened(path.name, shown, content, 0)


def _most(name: str) -> int:
    return LARGEST if PurePosixPath(name).suffix.lower() in _WORKBOOKS else LARGEST_NESTED


def _too_large(most: int) -> str:
    return f"超过 {most // 2**20} MB，未收；请删去与预算无关的内容，或分开报送"


def _wanted(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _WORKBOOKS | _ARCHIVES | _MAILS


def _silent(name: str) -> bool:
    return name.lower().startswith(("~$", ".~", ".")) or name.lower() in _IGNORED


def _opened(name: str, shown: str, content: bytes, depth: int) -> Found:
    """Yield a workbook itself, or what is in an archive or a mail."""
    suffix = PurePosixPath(name).suffix.lower()
    if _silent(name):
        return
    if suffix in _WORKBOOKS:
        yield Arrival(name, shown, content)
    elif suffix not in _ARCHIVES | _MAILS:
        yield PassedOver(shown, "不是工作簿、压缩包或邮件，未收")
    elif depth >= MOST_NESTED:
        yield PassedOver(shown, f"套了 {MOST_NESTED} 层以上，未打开；请解开后再收")
    elif suffix in _MAILS:
        yield from _mail(content, shown, depth + 1)
    else:
        yield from _archive(io.BytesIO(content), shown, depth + 1)


def _archive(source: Path | io.BytesIO, shown: str, depth: int) -> Found:
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield PassedOver(shown, "不是完好的 zip 压缩包，未收；请重新压缩后报送")
        return
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > MOST_ENTRIES:
            yield PassedOver(
                shown, f"压缩包里有 {len(entries)} 个文件，超过 {MOST_ENTRIES} 个，未收；请分开压缩"
            )
            return
        for entry in sorted(entries, key=_entry_name):
            yield from _entry(archive, entry, shown, depth)


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, shown: str, depth: int) -> Found:
    path = PurePosixPath(_entry_name(entry).replace("\\", "/"))
    where = f"{shown} → {path.as_posix()}"
    if _silent(path.name) or "__MACOSX" in path.parts:
        return
    if not _wanted(path.name):
        yield PassedOver(where, "不是工作簿、压缩包或邮件，未收")
    elif entry.flag_bits & 1:
        yield PassedOver(where, "有密码，不能打开；请去掉密码后重报")
    elif entry.file_size > _most(path.name):
        yield PassedOver(where, _too_large(_most(path.name)))
    else:
        most = _most(path.name)
        try:
            with archive.open(entry) as stream:
                content = stream.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
            yield PassedOver(where, "在压缩包里已损坏，未收；请重新压缩后报送")
            return
        if len(content) > most:
            yield PassedOver(where, _too_large(most))
        else:
            yield from _opened(path.name, where, content, depth)


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry; programs in China write GBK without saying so."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    raw = entry.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _mail(content: bytes, shown: str, depth: int) -> Found:
    message = email.message_from_bytes(content, policy=email.policy.default)
    yield from _attachments(message, shown, depth)


def _mailbox(path: Path, shown: str) -> Found:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.keys(), 1):
            yield from _mail(box.get_bytes(key), f"{shown} 第 {number} 封", 1)
    finally:
        box.close()


def _attachments(message: EmailMessage, shown: str, depth: int) -> Found:
    found = False
    for part in message.walk():
        name = _attachment_name(part)
        if part.is_multipart() or not name:
            continue
        found = True
        content = part.get_payload(decode=True)
        where = f"{shown} → {name}"
        if not isinstance(content, bytes) or len(content) > LARGEST:
            yield PassedOver(where, "附件不能读取，未收；请重新发送")
        else:
            yield from _opened(name, where, content, depth)
    if not found:
        yield PassedOver(shown, "邮件里没有附件")


def _attachment_name(part: EmailMessage) -> str:
    """Return the file name of an attachment, without any folder; names in raw GBK are read as such."""
    name = part.get_filename() or ""
    with_surrogates = any("\ud800" <= letter <= "\udfff" for letter in name)
    if with_surrogates:
        name = name.encode("utf-8", errors="surrogateescape").decode("gb18030", errors="replace")
    return PurePosixPath(name.replace("\\", "/")).name
