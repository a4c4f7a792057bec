"""What this program wrote before, and nobody has changed since: the only files that may be replaced.

Each format says in its own way who made it: JSON by its first member, a page by its generator, an Office
file by its category or stamp and by dates that any program sets anew on saving, Parquet and PDF by a
keyword. A text has no room for a mark; it is an older version when it begins with the same line.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

MARK = "xlbudget"
"""What the files written here are marked with."""
FILLED = "xlbudget filled"
"""The mark of unit workbooks that were filled in here."""
ISSUED = f"xlsx stamped {MARK}"
"""The kind of a unit's workbook as it was issued."""
FIXED_DATE = "2000-01-01T00:00:00Z"
"""The dates of Office files written here; whoever saves one with a program changes the second."""

_HEAD = 65_536  # bytes looked at of a file that is no package
_LARGEST = 16 * 1024 * 1024  # of a part looked at
_HTML = re.compile(rb'<meta name="generator" content="xlbudget[" ]')
_JSON = re.compile(rb'\s*\{\s*"(?:format": "|name": ")xlbudget[.-]')
_KEYWORD = re.compile(rb"xlbudget")
_DATE = re.compile(r"<dcterms:(created|modified)[^>]*>([^<]*)<")
_CATEGORY = re.compile(r"<cp:category>([^<]*)</cp:category>")
_STAMPED = re.compile(rb'name="xlbudget_0"')
_COMMENTED = re.compile(rb"<(?:\w+:)?author>xlbudget ")
_COMMENTS = re.compile(r"xl/comments\d*\.xml")
_MARKED_FORMATS = {".html", ".htm", ".json", ".xlsx", ".docx", ".pdf", ".parquet"}


def kind_of(path: Path) -> str:
    """Return what kind of output of ours a file is, an empty text when it is none or was changed since.

    A file with nothing in it is of the kind ``empty``, a text of the kind ``text`` with its first line.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            if head.startswith(b"PK"):
                return _package(path)
            if head.startswith((b"%PDF-", b"PAR1")):
                return head[:4].decode() if _KEYWORD.search(head + _tail(path)) else ""
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError):
        return ""
    if not head:
        return "empty"
    if _HTML.search(head):
        return "html"
    return "json" if _JSON.match(head) else _text(head)


def replaceable(path: Path) -> bool:
    """Whether a file may turn out to be an older version of an output of that name."""
    kind = kind_of(path)
    return bool(kind) and not (kind.startswith("text") and path.suffix.lower() in _MARKED_FORMATS)


def may_replace(old: Path, new: Path) -> bool:
    """Whether ``old`` is an older version of ``new``, or the same, or empty."""
    kind = kind_of(old)
    return kind == "empty" or (bool(kind) and kind == kind_of(new)) or _equal(old, new)


def _tail(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _HEAD))
        return stream.read()


def _text(head: bytes) -> str:
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip()
    if b"\x00" in head or not line:
        return ""
    try:
        return f"text {line.decode()}"
    except UnicodeDecodeError:
        return ""


def _package(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        kind = "docx" if "word/document.xml" in names else "xlsx"

        def part(name: str) -> bytes:
            too_large = name not in names or archive.getinfo(name).file_size > _LARGEST
            return b"" if too_large else archive.read(name)

        if any(_COMMENTED.search(part(name)) for name in names if _COMMENTS.fullmatch(name)):
            return f"{kind} annotated"
        core = part("docProps/core.xml").decode()
        if {date for _, date in _DATE.findall(core)} != {FIXED_DATE}:
            return ""
        category = "".join(_CATEGORY.findall(core))
        if _STAMPED.search(part("docProps/custom.xml")):
            return f"{kind} stamped {category}"
        return kind if category == MARK else ""


def _equal(one: Path, other: Path) -> bool:
    try:
        return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()
    except OSError:
        return False
