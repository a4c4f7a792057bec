"""A file as bytes, the limits of what one may ask of us, and how a refusal is worded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from xlbudget.files.whole_files import readable_name
from xlbudget.model.errors import InputError, UnreadableWorkbook

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


LIMIT_WORDS = {
    "file_bytes": "文件字节数",
    "inflated_bytes": "解压后的字节数",
    "ratio": "压缩比",
    "ratio_floor": "多少字节以下不看压缩比",
    "entries": "内部文件数",
    "cells": "有内容的单元格数",
    "rows": "一张表的行数",
    "merges": "一张表的合并区域数",
    "strings": "共享文本数",
    "string_length": "一段文本的字数",
    "text_total": "文本总字数",
    "elements": "一个内部文件的元素数",
    "token_bytes": "一个标记的字节数",
    "nesting": "嵌套层数",
    "seconds": "解析秒数",
}
"""What each limit counts, in an officer's words."""


def raised_limits(settings: Iterable[str]) -> Limits:
    """Return the limits with some of them raised, each given as ``name=value``.

    Raises InputError when there is no such limit or the value is no number from the default upwards.
    """
    defaults = Limits()
    names = {field.name for field in fields(Limits)}
    raised: dict[str, Any] = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        name = name.strip()
        if name not in names:
            known = "、".join(f"{key}（{words}）" for key, words in LIMIT_WORDS.items())
            raise InputError(f"没有名为“{printable(name)}”的读取上限；可以提高的有：{known}。")
        least = getattr(defaults, name)
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else 0
        if value < least:
            raise InputError(
                f"读取上限 {name}（{LIMIT_WORDS[name]}）应写成 {name}=整数，不小于默认的 {least:,}；"
                f"现为“{printable(text)}”。"
            )
        raised[name] = type(least)(value)
    return replace(defaults, **raised)


#: Bytes inflated and parsed between two looks at the limits: some 5 ms of work.
CHUNK = 65_536

SAVE_AS_XLSX = (
    "请用 WPS 表格或 Excel 打开，点“文件”→“另存为”，文件类型（保存类型）在 WPS 中选"
    "“Microsoft Excel 文件（*.xlsx）”，在 Excel 中选“Excel 工作簿（*.xlsx）”，保存后重新报送；只改扩展名不行"
)
"""What the sender of a workbook in another format can do."""

#: What the sender can do, by reason of refusal; callers may give better advice.
_ADVICE = {
    "not_found": "请核对路径和文件名",
    "not_a_workbook": "请报送 .xlsx 格式的工作簿",
    "encrypted": "请去掉密码后重新报送",
    "old_format": SAVE_AS_XLSX,
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
class PackageSource:
    """The bytes of one file and how messages call it."""

    label: str
    data: bytes

    def refusal(self, reason: str, what: str, advice: str | None = None) -> UnreadableWorkbook:
        """Return the error to raise: one sentence with file, ``what`` is wrong and what to do."""
        return refusal(self.label, reason, what, advice)


def refusal(label: str, reason: str, what: str, advice: str | None = None) -> UnreadableWorkbook:
    """Return an error «label + what; advice.» with the usual advice for ``reason`` if none is given."""
    return UnreadableWorkbook(reason, f"{label}{what}；{advice or _ADVICE[reason]}。")


def load(source: Path | bytes, limits: Limits) -> PackageSource:
    """Return the bytes of a file, or of the bytes given.

    Raises UnreadableWorkbook: ``lock_file``, ``not_found``, ``not_a_workbook`` (a folder or
    device), ``limit`` (too large) or ``damaged`` (empty).
    """
    loaded = PackageSource("所给文件", source) if isinstance(source, bytes) else _load_path(source, limits)
    if len(loaded.data) > limits.file_bytes:
        raise loaded.refusal("limit", f"超过 {limits.file_bytes // MIB} MB，不予读取")
    if not loaded.data:
        raise loaded.refusal("damaged", "是空文件（0 字节），可能没有复制完", "请重新复制或请单位重新报送")
    return loaded


def _load_path(path: Path, limits: Limits) -> PackageSource:
    label = f"文件“{printable(readable_name(path.name))}”"
    if path.name.startswith(("~$", ".~")):
        raise refusal(label, "lock_file", "是 Excel 或 WPS 打开文件时留下的临时锁文件，不是报送的工作簿")
    if path.name.lower() in {"thumbs.db", "desktop.ini", ".ds_store"}:
        raise refusal(label, "not_a_workbook", "是操作系统自动生成的文件，不是工作簿", "请忽略它")
    try:
        if path.exists() and not path.is_file():
            raise refusal(label, "not_a_workbook", "不是文件（可能是文件夹）")
        with path.open("rb") as stream:
            return PackageSource(label, stream.read(limits.file_bytes + 1))
    except FileNotFoundError as error:
        raise refusal(label, "not_found", "不存在") from error
    except (OSError, ValueError) as error:  # no permission, name too long, NUL in the name, drive gone
        advice = "请核对路径和权限，并先关闭正在使用它的程序"
        raise refusal(label, "not_found", "无法打开", advice) from error
