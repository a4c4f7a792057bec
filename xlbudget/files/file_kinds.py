"""What a file that arrives is, by its bytes as well as by its name, and what to do with one we cannot read.

Names lie: mail programs rename attachments, officers rename archives. So the first bytes count before the
suffix, and a zip is looked into; a suffix counts where bytes say nothing.
"""

from __future__ import annotations

import mmap
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from xlbudget.files.zip_archives import entry_name, opened_zip


class FileKind(StrEnum):
    """What is done with a file: checked, opened and looked through, or passed over."""

    WORKBOOK = "workbook"
    ARCHIVE = "archive"
    MAIL = "mail"
    MAILBOX = "mailbox"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Unopened:
    """A form in which returns are sent and which nobody here can open: its name, and what to click."""

    title: str
    advice: str

    @property
    def reason(self) -> str:
        """Why the file was not read, and what to do, to follow the name of the file."""
        return f"是{self.title}，打不开；{self.advice}"


_UNPACK = (
    "请右键点它，选“解压到当前文件夹”，直接报送解压出来的 .xlsx；要打包的，选中文件点右键，"
    "选“压缩为 ZIP”（“发送到”→“压缩(zipped)文件夹”），报送 .zip"
)
_FILLED = "请用 Excel 或 WPS 打开下发的原工作簿填报，点“文件”→“另存为”，类型选 .xlsx，保存后报送"
_RAR = Unopened("RAR 压缩包", _UNPACK)
_SEVEN = Unopened("7z 压缩包", _UNPACK)
_SPLIT = Unopened("分卷压缩包的一卷", _UNPACK)
_PACKED = Unopened("zip 以外的压缩包", _UNPACK)
_MESSAGE = Unopened(
    "Outlook 邮件（.msg）", "请在 Outlook 中双击打开它，右键点附件，选“另存为”，报送存出来的 .xlsx"
)
_RICH = Unopened(
    "Outlook 以 RTF 格式发信时产生的 winmail.dat",
    "请发件人在写信窗口点“设置文本格式”→“HTML”，重新附上 .xlsx 发送",
)
_SEALED = Unopened("加密的邮件", "请发件人不加密，重新附上 .xlsx 发送")
_NUMBERS = Unopened(
    "苹果 Numbers 表格",
    "请用 Excel 或 WPS 打开下发的原工作簿填报；已用 Numbers 填好的，点“文件”→“导出为”→“Excel…”，"
    "报送导出的 .xlsx",
)
_OFD = Unopened("OFD 版式文件，不是工作簿", _FILLED)
_UOF = Unopened(
    "UOF 表格（.uos、.uof）", f"请用 WPS 打开，点“文件”→“另存为”，类型选 .xlsx，保存后报送；{_FILLED}"
)

_WORKBOOKS = frozenset(
    ".xlsx .xlsm .xltx .xltm .xlsb .xls .xlt .et .ett .ods .ots .fods .wps".split()  # noqa: SIM905
)
_UNOPENED = {
    ".rar": _RAR,
    ".7z": _SEVEN,
    ".msg": _MESSAGE,
    ".p7m": _SEALED,
    ".tnef": _RICH,
    ".numbers": _NUMBERS,
    ".ofd": _OFD,
    ".uos": _UOF,
    ".uof": _UOF,
    **dict.fromkeys((".gz", ".tgz", ".bz2", ".xz", ".tar", ".cab", ".arj", ".lzh", ".zipx"), _PACKED),
    **dict.fromkeys(
        (*(f".z{at:02}" for at in range(1, 100)), *(f".{at:03}" for at in range(1, 100))), _SPLIT
    ),
    **dict.fromkeys((f".r{at:02}" for at in range(100)), _SPLIT),
}
_NAMED = {"winmail.dat": _RICH}
_OLE2, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", (b"PK\x03\x04", b"PK\x05\x06")
_SIGNATURES = (
    (0, b"Rar!\x1a\x07", _RAR),
    (0, b"7z\xbc\xaf\x27\x1c", _SEVEN),
    (0, b"\x78\x9f\x3e\x22", _RICH),
    (0, b"PK\x07\x08", _SPLIT),
    (0, b"\x1f\x8b\x08", _PACKED),
    (0, b"BZh", _PACKED),
    (0, b"\xfd7zXZ\x00", _PACKED),
    (0, b"MSCF\0\0\0\0", _PACKED),
    (257, b"ustar", _PACKED),
)
_DOCUMENTS = frozenset(  # forms of documents and pictures: nobody returns a budget in them
    [
        ".doc",
        ".docx",
        ".docm",
        ".dot",
        ".dotx",
        ".ppt",
        ".pptx",
        ".pps",
        ".ppsx",
        ".dps",
        ".pdf",
        ".txt",
        ".csv",
        ".xml",
        ".htm",
        ".html",
        ".mht",
        ".rtf",
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".heic",
        ".svg",
        ".ico",
        ".mp3",
        ".mp4",
        ".wav",
        ".exe",
        ".dll",
        ".lnk",
        ".url",
        ".ini",
        ".log",
        ".pages",
        ".key",
        ".jar",
        ".apk",
        ".epub",
    ]
)
_LOCKS = ("~$", ".~", "._")
_SYSTEM = {"thumbs.db", "desktop.ini", ".ds_store"}
_HEAD = 512
_NAMES = 64  # entries of an archive looked at for what it is


def suffix_of(name: str) -> str:
    """Return the suffix of a file name in lower case; also of one that has nothing before it."""
    _, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and "/" not in suffix else ""


def silent(name: str) -> bool:
    """Whether a file is what systems and office programs leave behind, not worth a word."""
    hidden = name.startswith(".") and suffix_of(name) not in _WORKBOOKS
    return hidden or name.lower().startswith(_LOCKS) or name.lower() in _SYSTEM


def looks_like_workbook(name: str) -> bool:
    """Whether the name is that of a workbook."""
    return suffix_of(name) in _WORKBOOKS


def unopened(name: str) -> Unopened | None:
    """Return the form that the name of a file tells and that nobody here can open."""
    return _NAMED.get(name.lower()) or _UNOPENED.get(suffix_of(name))


def worth_reading(name: str, head: bytes) -> bool:
    """Whether a file may be a return or hold one, by its name and its first bytes."""
    suffix = suffix_of(name)
    if suffix in _WORKBOOKS or suffix in _UNOPENED or suffix in _OPENED or name.lower() in _NAMED:
        return True
    if suffix in _DOCUMENTS:
        return False
    return head.startswith((_OLE2, *_ZIP)) or _by_signature(head) is not None


def kind_of(name: str, file: Path) -> FileKind | Unopened:
    """Return what a file is; raises OSError when it cannot be read."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    suffix = suffix_of(name)
    if suffix in _DOCUMENTS or not worth_reading(name, head):
        return FileKind.OTHER
    if suffix == ".eml":  # a letter may begin with anything
        return FileKind.MAIL
    signed = _by_signature(head)
    if signed is not None:
        return signed
    if head.startswith(_ZIP):
        return _kind_of_zip(suffix, file)
    if head.startswith(_OLE2):
        return _kind_of_ole2(suffix, file)
    return _by_name(name)


_OPENED: dict[str, FileKind] = {".zip": FileKind.ARCHIVE, ".eml": FileKind.MAIL, ".mbox": FileKind.MAILBOX}


def _by_name(name: str) -> FileKind | Unopened:
    suffix = suffix_of(name)
    if suffix in _WORKBOOKS:
        return FileKind.WORKBOOK
    return _OPENED.get(suffix) or unopened(name) or FileKind.OTHER


def _by_signature(head: bytes) -> Unopened | None:
    return next((form for at, mark, form in _SIGNATURES if head.startswith(mark, at)), None)


def _kind_of_zip(suffix: str, file: Path) -> FileKind | Unopened:
    """Return what a zip is: Office and OFD documents are zips too."""
    names: set[str] = set()
    with suppress(Exception), opened_zip(file) as archive:  # a broken one is opened again, and told
        names = {entry_name(entry).replace("\\", "/").lower() for entry in archive.infolist()[:_NAMES]}
        if "mimetype" in names and suffix not in _WORKBOOKS:
            return _by_mimetype(archive)
    if "ofd.xml" in names:
        return _OFD
    if suffix == ".numbers" or "index/calculationengine.iwa" in names:
        return _NUMBERS
    if suffix in _WORKBOOKS or names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return FileKind.WORKBOOK  # whatever it is: the reader says so
    return FileKind.OTHER if names & {"word/document.xml", "ppt/presentation.xml"} else FileKind.ARCHIVE


def _by_mimetype(archive: zipfile.ZipFile) -> FileKind:
    with archive.open("mimetype") as stream:
        kind = stream.read(_HEAD)
    return FileKind.WORKBOOK if b"spreadsheet" in kind else FileKind.OTHER


def _kind_of_ole2(suffix: str, file: Path) -> FileKind | Unopened:
    """Return what an OLE2 file is, by the names in its directory (entries of 128 bytes, the name first)."""
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:

        def has(name: str) -> bool:
            wanted, at = name.encode("utf-16-le") + b"\0\0", 0
            while (at := data.find(wanted, at)) >= 0 and at % 128:
                at += 1
            return at >= 0

        if has("__properties_version1.0"):
            return _MESSAGE
        if suffix in _WORKBOOKS or has("Workbook") or has("Book"):
            return FileKind.WORKBOOK
    return FileKind.OTHER
