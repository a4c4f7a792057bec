"""What a file is when it is no zip, so that its sender is told what to do."""

from __future__ import annotations

import struct

from xlbudget.files.xlsx.source import PackageSource
from xlbudget.model.errors import UnreadableWorkbook

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


def refuse_unless_zip(source: PackageSource) -> None:
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


def _ole2_refusal(source: PackageSource) -> UnreadableWorkbook:
    if _has_stream(source.data, "EncryptedPackage") or _has_stream(source.data, "EncryptionInfo"):
        return source.refusal("encrypted", "设有打开密码，无法读取")
    if not (_has_stream(source.data, "Workbook") or _has_stream(source.data, "Book")):
        for stream, kind in (("WordDocument", "Word 文档"), ("PowerPoint Document", "演示文稿")):
            if _has_stream(source.data, stream):
                return source.refusal("not_a_workbook", f"是{kind}，不是工作簿")
    return source.refusal("old_format", "是早期的 Excel 或 WPS 表格格式（.xls、.et）")


def is_biff(source: PackageSource) -> bool:
    """Whether a file is a workbook as Excel wrote it until 2003."""
    data = source.data
    if data.startswith(_OLE2):
        return _has_stream(data, "Workbook") or _has_stream(data, "Book")
    return data.startswith(_BIFF)


def _has_stream(data: bytes, name: str) -> bool:
    """Whether an OLE2 directory has this name: entries are 128 bytes, the name first, its size at 64."""
    wanted = name.encode("utf-16-le") + b"\0\0"
    at = data.find(wanted)
    while at >= 0:
        if at % 128 == 0 and data[at + 64 : at + 66] == struct.pack("<H", len(wanted)):
            return True
        at = data.find(wanted, at + 1)
    return False


def _text_refusal(source: PackageSource) -> UnreadableWorkbook:
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
