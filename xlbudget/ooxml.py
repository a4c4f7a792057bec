"""A bounded, streaming, sparse reader of ``.xlsx`` and ``.xlsm`` packages.

One pass gives what checking needs and other readers give only in part: of each cell
the type, the text as stored (numbers untouched, so that ``2040201.0`` and ``1e999``
stay what they were), the formula and the style. Only cells with a value or a formula
are kept, so a used range out to XFD1048576 costs nothing.

Names of elements are compared within the namespace of the part's own root: that
reads transitional, Strict and prefixed files alike, and nothing from extension lists.

Everything wrong with a file is raised as :class:`~xlbudget.errors.UnreadableWorkbook`;
:mod:`xlbudget.package_zip` guards bytes, zip entries and XML, this module the grid.
"""

from __future__ import annotations

import gc
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from functools import lru_cache
from pathlib import Path

from xlbudget.errors import UnreadableWorkbook
from xlbudget.package_zip import Limits, Package, load, printable, refuse_unless_zip

__all__ = ["Limits", "RawCell", "RawSheet", "RawWorkbook", "read_workbook"]

#: The grid of Excel since 2007.
MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
#: Characters of a formula in Excel. Only formulas within it are expanded, which bounds the work for each.
MAX_FORMULA = 8_192


@dataclass(frozen=True, slots=True)
class RawCell:
    """One cell as the file holds it.

    ``kind`` is ``n`` number, ``s`` text (shared, inline or the result of a formula), ``b``
    boolean, ``e`` error or ``blank`` (a formula that was never calculated). ``text`` is the
    number as written and not validated, the resolved string, ``1`` or ``0``, or ``#REF!``.
    A date stored as ISO text (``t="d"``) becomes the serial number that Excel makes of it.
    ``formula`` has no leading ``=``; shared formulas are moved to their own cell, array
    formulas stand at their first cell, data tables read ``TABLE(row input,column input)``.
    ``style`` is the index into the cell formats, 0 if none is given.
    """

    kind: str
    text: str
    formula: str | None
    style: int


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One sheet; rows and columns count from 1.

    ``cells`` has only cells with a value or a formula, keyed by (row, column).
    ``hidden_rows`` are those hidden rows that hold such a cell: others cannot hide an
    amount. ``hidden_columns`` are (first, last), ``merges`` (top, left, bottom, right).
    ``kind`` is ``worksheet``, ``chartsheet``, ``dialogsheet`` or ``macrosheet``; ``decoded``
    is false when the cells were not asked for or the sheet is no worksheet, and then
    everything but name, state and kind is empty.
    """

    name: str
    state: str
    cells: Mapping[tuple[int, int], RawCell] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    merges: tuple[tuple[int, int, int, int], ...] = ()
    protected: bool = False
    kind: str = "worksheet"
    decoded: bool = False


@dataclass(frozen=True, slots=True)
class RawWorkbook:
    """A workbook as the file holds it, sheets in the order of their tabs.

    ``defined_names`` are those of the workbook, name to text; ``sheet_names_local`` those of
    one sheet, as (name, index of the sheet from 0, text). ``properties`` are the custom
    document properties; ``core`` has ``application`` (``Microsoft Excel``, ``LibreOffice``,
    ``WPS`` …) and ``version`` as far as the file tells. ``calc_mode`` is ``auto``, ``manual``
    or ``autoNoTable``. ``active_content`` lists in Chinese what was found and never looked
    into: macros, external links, connections, OLE objects … ``sha256`` is of the file.
    """

    sheets: tuple[RawSheet, ...]
    defined_names: Mapping[str, str]
    sheet_names_local: tuple[tuple[str, int, str], ...]
    properties: Mapping[str, str]
    core: Mapping[str, str]
    date_1904: bool
    calc_mode: str
    precision_as_displayed: bool
    active_content: tuple[str, ...]
    sha256: str


def read_workbook(
    source: Path | bytes,
    *,
    sheets: Callable[[str], bool] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> RawWorkbook:
    """Return what an ``.xlsx`` or ``.xlsm`` file holds.

    ``sheets`` says by name which sheets to decode (default: all); the others are listed
    without cells. Raises UnreadableWorkbook, and nothing else, for whatever bytes: its
    ``reason`` is one of ``not_found``, ``not_a_workbook``, ``encrypted``, ``old_format``,
    ``damaged``, ``limit``, ``doctype``, ``unsafe``, ``lock_file``.
    """
    loaded = load(source, limits)
    with _nothing_else_raised(loaded.label):
        refuse_unless_zip(loaded)
        reader = _WorkbookReader(Package(loaded, limits))
        reader.read_structure()
    names = [sheet.name for sheet in reader.sheets]
    wanted = {
        name for name in names if sheets is None or sheets(name)
    }  # the caller's errors are the caller's
    with _nothing_else_raised(loaded.label), _no_garbage_collection():
        return reader.read(wanted, hashlib.sha256(loaded.data).hexdigest())


@contextmanager
def _nothing_else_raised(label: str) -> Iterator[None]:
    """Turn an error that nobody foresaw into a refusal: one strange file must not stop a batch."""
    try:
        yield
    except UnreadableWorkbook:
        raise
    except MemoryError as error:
        advice = "请删除与预算无关的内容后重新报送"
        raise UnreadableWorkbook("limit", f"{label}内容过大，内存不足；{advice}。") from error
    except Exception as error:
        advice = "请用 Excel 或 WPS 打开核对、另存为 .xlsx 后重新报送"
        raise UnreadableWorkbook("damaged", f"{label}已损坏（内容不符合格式规定）；{advice}。") from error


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Pause the collector of cycles: it takes a third of the time, and cells form no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# ── Small parts: a flat list of elements ─────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Element:
    """One element of a small part; ``name`` is bare in the namespace of the root, else qualified."""

    name: str
    attributes: dict[str, str]
    parent: _Element | None
    text: str = ""


class _ElementList:
    """Collects the elements of a small part in document order."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.elements: list[_Element] = []
        self.open: list[_Element] = []
        self.prefix = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.elements:
            self.prefix = name[: len(name) - len(_local(name))]
        if len(self.open) >= self.package.limits.nesting:
            raise self.package.over("XML 嵌套过深")
        if len(self.elements) >= self.package.limits.elements:
            raise self.package.over(f"内部文件的元素超过 {self.package.limits.elements} 个")
        name = name.removeprefix(self.prefix)
        element = _Element(name, attributes, self.open[-1] if self.open else None)
        self.elements.append(element)
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()

    def text(self, data: str) -> None:
        element = self.open[-1]
        element.text += data
        if len(element.text) > self.package.limits.string_length:
            raise self.package.over("文本过长")


def _elements(package: Package, part: str) -> list[_Element]:
    collected = _ElementList(package)
    package.parse(part, collected)
    return collected.elements


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _attribute(attributes: Mapping[str, str], local: str) -> str | None:
    """Return an attribute that lies in another namespace (``r:id``), of which there are two dialects."""
    for name, value in attributes.items():
        if " " in name and _local(name) == local:
            return value
    return None


def _true(value: str | None) -> bool:
    return value in ("1", "true")


_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def _unescape(text: str) -> str:
    """Return ``text`` with ``_xHHHH_`` decoded, as the format escapes what XML cannot hold.

    Two escapes may form one character; half of one becomes U+FFFD, since it cannot be written anywhere.
    """
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if any("\ud800" <= letter <= "\udfff" for letter in decoded):
        decoded = decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return decoded


class _Seen(Exception):
    """Raised by a probe that has seen enough."""


class _Probe:
    """Sees the root of a part and its first child, then stops the parser."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.names.append(_local(name))
        if len(self.names) == 2:
            raise _Seen

    def end(self, _name: str) -> None:
        pass

    def text(self, _data: str) -> None:
        pass


def _probe(package: Package, part: str) -> list[str]:
    """Return the names of root and first child of a part not read; refuses a DOCTYPE, forgives damage."""
    probe = _Probe()
    try:
        package.parse(part, probe, size=4_096)
    except _Seen:
        pass
    except UnreadableWorkbook as error:
        if error.reason != "damaged":
            raise
    return probe.names


# ── Relationships ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Relationship:
    """A pointer from part to part: ``kind`` is the last word of its type, ``target`` a part or None."""

    kind: str
    target: str | None
    external: bool


def _relationships(package: Package, part: str) -> dict[str, _Relationship]:
    """Return the relationships of a part (``""`` for the package) by id."""
    folder, _, name = part.rpartition("/")
    rels = package.locate(f"{folder}/_rels/{name}.rels".lstrip("/"))
    return {} if rels is None else _relationship_part(package, rels)


def _relationship_part(package: Package, rels: str) -> dict[str, _Relationship]:
    folder = rels.rpartition("_rels/")[0]
    found: dict[str, _Relationship] = {}
    for element in _elements(package, rels):
        if element.name != "Relationship":
            continue
        kind = element.attributes.get("Type", "").rpartition("/")[2]
        target = element.attributes.get("Target", "").replace("\\", "/")
        scheme = re.match("[A-Za-z][A-Za-z0-9+.-]+:", target)
        external = element.attributes.get("TargetMode") == "External" or scheme is not None
        part = None
        if not external and kind != "hyperlink":
            part = package.locate(_resolve(package, folder, target)) or package.locate(target.lstrip("/"))
        found[element.attributes.get("Id", "")] = _Relationship(kind, part, external)
    return found


def _resolve(package: Package, folder: str, target: str) -> str:
    """Return the path in the package of a target seen from a folder; refuses one that leads out of it."""
    segments = [] if target.startswith("/") else [segment for segment in folder.split("/") if segment]
    for segment in target.partition("#")[0].split("/"):
        if segment == ".." and not segments:
            raise package.refusal("unsafe", f"内部引用 {printable(target)} 指向文件之外")
        if segment == "..":
            segments.pop()
        elif segment not in ("", "."):
            segments.append(segment)
    return "/".join(segments)


# ── Active content: listed, never looked into ────────────────────────────────────────────────────

#: Chinese name, marks in part names, marks in content types; all in lower case.
_ACTIVE = (
    ("宏", ("vbaproject",), ("vbaproject",)),
    ("宏表", ("macrosheets/",), ("macrosheet",)),
    ("外部链接", ("externallinks/",), ("externallink",)),
    ("DDE", (), ()),
    ("数据连接", ("connections.xml", "querytables/"), ("connections+xml", "querytable")),
    ("OLE 对象", ("embeddings/",), ("oleobject",)),
    ("ActiveX 控件", ("activex/",), ("activex",)),
    ("自定义功能区", ("customui/",), ()),
    ("Office 加载项", ("webextensions/",), ("webextension",)),
    ("WEBSERVICE 函数", (), ()),
    ("RTD 函数", (), ()),
)
_ACTIVE_RELATIONSHIPS = {
    "oleObject": "OLE 对象",
    "externalLinkPath": "外部链接",
    "attachedTemplate": "外部链接",
    "image": "外部链接",
    "connections": "数据连接",
}
_QUOTED = re.compile("\"[^\"]*\"|'[^']*'")


def _active_in_formula(formula: str) -> Iterator[str]:
    """Yield the names of what a formula would fetch from outside."""
    capitals = formula.upper()
    if "WEBSERVICE" in capitals:
        yield "WEBSERVICE 函数"
    if "RTD(" in capitals:
        yield "RTD 函数"
    if "|" in formula and "|" in _QUOTED.sub("", formula):
        yield "DDE"


def _active_parts(package: Package, content_types: Mapping[str, str]) -> Iterator[str]:
    for label, names, types in _ACTIVE:
        for part in package.parts:
            kind = content_types.get(part) or content_types.get("." + part.rpartition(".")[2], "")
            if any(mark in part for mark in names) or any(mark in kind for mark in types):
                yield label
                break


# ── Formulas that are written once for many cells ────────────────────────────────────────────────

# Strings, quoted sheet names and bracketed names are passed over whole, other words too, so that
# LOG10( and 公开表A1!B2 keep what only looks like a reference. Repeats are possessive: a stranger's
# unclosed quotes must not make the search backtrack.
_TOKEN = re.compile(
    r"\"(?:[^\"]|\"\")*+\""
    r"|'(?:[^']|'')*+'"
    r"|\[(?:[^\[\]]|\[[^\[\]]*+\])*+\]"
    r"|(?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})(?![\w.(!$\\?])"
    r"|(?P<rows>\$?[0-9]{1,7}:\$?[0-9]{1,7})(?![\w.(!$\\?])"
    r"|(?P<cell>\$?[A-Za-z]{1,3}\$?[0-9]{1,7})(?![\w.(!$\\?])"
    r"|[\w.$\\?]+"
)
_PIECE = re.compile(r"(\$?)([A-Za-z]+|[0-9]+)")


class _SharedFormula:
    """A formula stored once, which other cells use shifted to their place.

    It is taken apart on first use: ``pieces`` are texts to keep, relative row numbers (positive)
    and relative column numbers (negative).
    """

    __slots__ = ("column", "pieces", "row", "text")

    def __init__(self, text: str, row: int, column: int) -> None:
        self.text = text
        self.row = row
        self.column = column
        self.pieces: list[str | int] | None = None

    def at(self, row: int, column: int) -> str:
        """Return the formula as the cell there has it; references wrap around the grid, as in Excel."""
        if self.pieces is None:
            self.pieces = list(_pieces(self.text))
        down, right = row - self.row - 1, column - self.column - 1
        return "".join(
            piece
            if isinstance(piece, str)
            else str((piece + down) % MAX_ROW + 1)
            if piece > 0
            else _letters((right - piece) % MAX_COLUMN + 1)
            for piece in self.pieces
        )


def _pieces(formula: str) -> Iterator[str | int]:
    done = 0
    for token in _TOKEN.finditer(formula):
        if token.lastgroup is None or not _within_grid(token[0]):
            continue
        for found in _PIECE.finditer(formula, token.start(), token.end()):
            dollar, name = found.groups()
            if not dollar:
                yield formula[done : found.start()]
                yield int(name) if name.isdigit() else -_column_number(name)
                done = found.end()
    yield formula[done:]


def _within_grid(reference: str) -> bool:
    """Whether letters and digits name places on the grid; else ``ABC9999999`` is just a name."""
    return all(
        1 <= int(name) <= MAX_ROW if name.isdigit() else _column_number(name) <= MAX_COLUMN
        for _, name in _PIECE.findall(reference)
    )


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(MAX_COLUMN)
def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# ── Texts ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Kept:
    """What has been kept of the whole workbook so far, against the limits."""

    cells: int = 0
    text: int = 0


class _SharedStrings:
    """Collects the shared strings: runs joined, phonetic guides left out."""

    def __init__(self, package: Package, kept: _Kept) -> None:
        self.package = package
        self.kept = kept
        self.strings: list[str] = []
        self.depth = 0
        self.buffer = ""
        self.runs: list[str] = []
        self.phonetic = False
        self.names = ("si", "t", "rPh")

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.depth += 1
        self.buffer = ""
        if self.depth == 1:
            prefix = name[: len(name) - len(_local(name))]
            self.names = (prefix + "si", prefix + "t", prefix + "rPh")
        elif self.depth == 2:
            self.runs = []
        elif name == self.names[2]:
            self.phonetic = True
        elif self.depth > self.package.limits.nesting:
            raise self.package.over("XML 嵌套过深")

    def end(self, name: str) -> None:
        self.depth -= 1
        item, text, phonetic = self.names
        if name == text and self.depth >= 2 and not self.phonetic:
            self.runs.append(_unescape(self.buffer))
            self.kept.text += len(self.buffer)
        elif name == item and self.depth == 1:
            self.strings.append("".join(self.runs))
        elif name == phonetic:
            self.phonetic = False

    def text(self, data: str) -> None:
        self.buffer += data
        if len(self.buffer) > self.package.limits.string_length:
            raise self.package.over("文本过长")

    def check(self) -> None:
        """Raise ``limit`` when there are too many strings."""
        if len(self.strings) > self.package.limits.strings:
            raise self.package.over(f"文本超过 {self.package.limits.strings} 条")
        _check_kept(self.package, self.kept)


def _check_kept(package: Package, kept: _Kept) -> None:
    if kept.text > package.limits.text_total:
        raise package.over(f"文本总量超过 {package.limits.text_total} 字")
    if kept.cells > package.limits.cells:
        raise package.over(f"有内容的单元格超过 {package.limits.cells} 个")


_DAY_ZERO = datetime(1899, 12, 30)


def _serial(text: str, date_1904: bool) -> str | None:
    """Return the serial number of an ISO date, time or both as Excel stores it, or None if it is none."""
    try:
        if "-" in text:
            moment = datetime.fromisoformat(text)
        else:
            moment = datetime.combine(_DAY_ZERO, time.fromisoformat(text if ":" in text else ""))
    except ValueError:
        return None
    span = moment.replace(tzinfo=None) - _DAY_ZERO
    days = span.days - (1_462 if date_1904 and span.days else 0)
    if not date_1904 and 0 < days < 61:
        days -= 1  # Excel believes in 29 February 1900
    if days < 0:
        return None
    fraction = span.seconds / 86_400 + span.microseconds / 86_400e6
    return repr(days + fraction) if fraction else str(days)


# ── Sheets ───────────────────────────────────────────────────────────────────────────────────────

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_SHORT = 64


class _SheetHandler:
    """Collects the cells of one worksheet.

    Elements are told apart by depth first: ``worksheet`` 1, ``sheetData`` 2, ``row`` 3, ``c`` 4,
    ``v``, ``f`` and ``is`` 5. That is fast, and nothing in an extension list passes for a cell.
    ``start`` and ``end`` run twice for each cell of the file and are written for speed.
    """

    # fmt: off
    __slots__ = (
        "active", "buffer", "cell", "cells", "column", "columns", "counted", "date_1904", "depth", "formula",
        "formula_attributes", "hidden_columns", "hidden_rows", "in_row", "kept", "merges", "orphans",
        "package", "phonetic", "protected", "row", "row_hidden", "row_tail", "row_text", "rows", "runs",
        "shared", "sheet", "stored", "stored_before", "string_at", "strings", "styles", "tag_c", "tag_col",
        "tag_f", "tag_is", "tag_merge", "tag_phonetic", "tag_protection", "tag_row", "tag_t", "tag_v",
        "value",
    )
    # fmt: on

    def __init__(self, reader: _WorkbookReader, sheet: RawSheet) -> None:
        self.package = reader.package
        self.kept = reader.kept
        self.strings = reader.strings
        self.string_at: dict[str | None, str] = {}
        self.date_1904 = reader.date_1904
        self.sheet = sheet
        self.cells: dict[tuple[int, int], RawCell] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.merges: list[tuple[int, int, int, int]] = []
        self.protected = False
        self.active: set[str] = set()
        self.depth = 0
        self.buffer = ""
        self.rows = self.row = self.column = 0
        self.row_text = ""
        self.row_tail = 0
        self.row_hidden = self.in_row = False
        self.stored = self.stored_before = self.counted = 0
        self.columns: dict[str, int] = {}
        self.styles: dict[str | None, int] = {None: 0}
        self.cell: dict[str, str] | None = None
        self.value: str | None = None
        self.formula: str | None = None
        self.formula_attributes: dict[str, str] = {}
        self.runs: list[str] | None = None
        self.phonetic = False
        self.shared: dict[str, _SharedFormula] = {}
        self.orphans: list[tuple[tuple[int, int], str]] = []
        self._name_elements("")

    def _name_elements(self, prefix: str) -> None:
        self.tag_row, self.tag_c, self.tag_v = prefix + "row", prefix + "c", prefix + "v"
        self.tag_f, self.tag_is, self.tag_t = prefix + "f", prefix + "is", prefix + "t"
        self.tag_phonetic, self.tag_col = prefix + "rPh", prefix + "col"
        self.tag_merge, self.tag_protection = prefix + "mergeCell", prefix + "sheetProtection"

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth = depth = self.depth + 1
        self.buffer = ""
        if depth == 5:
            if name == self.tag_f:
                self.formula_attributes = attributes
            elif name == self.tag_is:
                self.runs = []
        elif depth == 4:
            if name == self.tag_c and self.in_row:
                self.cell = attributes
                reference = attributes.get("r")
                if reference is None:
                    self._next_column()
                elif (
                    reference[self.row_tail :] != self.row_text
                    or (column := self.columns.get(reference[: self.row_tail])) is None
                ):
                    self._place(reference)
                else:
                    self.column = column
            else:
                self.cell = None
        elif depth == 3 and name == self.tag_row:
            self._start_row(attributes)
        else:
            self._start_other(depth, name, attributes)

    def end(self, name: str) -> None:
        depth = self.depth
        self.depth = depth - 1
        if depth == 5:
            if name == self.tag_v:
                self.value = self.buffer
            elif name == self.tag_f:
                self.formula = self.buffer
        elif depth == 4:
            if self.value is not None or self.formula is not None or self.runs is not None:
                self._store()
        elif depth > 5:
            if name == self.tag_t and self.runs is not None and not self.phonetic:
                self.runs.append(_unescape(self.buffer))
                self.kept.text += min(len(self.buffer), _SHORT)  # longer ones are counted in text()
            elif name == self.tag_phonetic:
                self.phonetic = False
        elif depth == 3 and name == self.tag_row:
            self.in_row = False
            if self.row_hidden and self.stored > self.stored_before:
                self.hidden_rows.add(self.row)

    def text(self, data: str) -> None:
        self.buffer += data
        if len(data) > _SHORT:
            self.kept.text += len(data)
            if len(self.buffer) > self.package.limits.string_length:
                raise self.package.over("文本过长")

    def check(self) -> None:
        """Raise ``limit`` when the sheet has become too large; called after each chunk."""
        limits = self.package.limits
        if self.rows > limits.rows:
            raise self.package.over(f"工作表“{printable(self.sheet.name)}”超过 {limits.rows} 行")
        if max(len(self.merges), len(self.hidden_columns)) > limits.merges:
            raise self.package.over(
                f"工作表“{printable(self.sheet.name)}”的合并区域或隐藏列超过 {limits.merges} 个"
            )
        self.kept.cells += self.stored - self.counted
        self.counted = self.stored
        _check_kept(self.package, self.kept)

    def _damaged(self, what: str) -> UnreadableWorkbook:
        return self.package.damaged(f"工作表“{printable(self.sheet.name)}”{what}")

    def _start_other(self, depth: int, name: str, attributes: dict[str, str]) -> None:
        if depth == 1:
            if _local(name) != "worksheet":
                raise self._damaged("的内容不是工作表")
            self._name_elements(name[: len(name) - len("worksheet")])
        elif depth == 2 and name == self.tag_protection:
            self.protected = _true(attributes.get("sheet"))
        elif depth == 3 and name == self.tag_col:
            self._start_columns(attributes)
        elif depth == 3 and name == self.tag_merge:
            self.merges.append(self._range(attributes.get("ref", "")))
        elif name == self.tag_phonetic:
            self.phonetic = True
        elif depth > self.package.limits.nesting:
            raise self.package.over("XML 嵌套过深")

    def _start_columns(self, attributes: dict[str, str]) -> None:
        first = self._number(attributes.get("min", ""), MAX_COLUMN)
        last = self._number(attributes.get("max", ""), MAX_COLUMN)
        if _true(attributes.get("hidden")) or attributes.get("width") == "0":
            self.hidden_columns.append((first, last))

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self.row = self.row + 1 if number is None else self._number(number, MAX_ROW)
        if self.row > MAX_ROW:
            raise self._damaged("的行号超出表格范围")
        self._enter_row()
        self.rows += 1
        self.column = 0
        self.in_row = True
        self.row_hidden = _true(attributes.get("hidden")) or attributes.get("ht") == "0"
        self.stored_before = self.stored

    def _enter_row(self) -> None:
        self.row_text = str(self.row)
        self.row_tail = -len(self.row_text)

    def _next_column(self) -> None:
        self.column += 1
        if self.column > MAX_COLUMN:
            raise self._damaged("的列号超出表格范围")

    def _place(self, reference: str) -> None:
        """Move to the cell that a reference names, be it in another row than the element around it."""
        row, self.column = self._position(reference)
        if row == self.row:
            self.columns[reference[: self.row_tail]] = self.column
        else:
            self.row = row
            self._enter_row()

    def _position(self, reference: str) -> tuple[int, int]:
        found = _REFERENCE.fullmatch(reference)
        row, column = (int(found[2]), _column_number(found[1])) if found else (0, 0)
        if not (1 <= row <= MAX_ROW and 1 <= column <= MAX_COLUMN):
            raise self._damaged(f"的单元格位置 {printable(reference, 20)} 超出表格范围")
        return row, column

    def _range(self, reference: str) -> tuple[int, int, int, int]:
        first, _, last = reference.partition(":")
        top, left = self._position(first)
        bottom, right = self._position(last or first)
        return min(top, bottom), min(left, right), max(top, bottom), max(left, right)

    def _number(self, text: str, largest: int) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
        if not 1 <= number <= largest:
            raise self._damaged(f"的行列号 {printable(text, 20)} 超出表格范围")
        return number

    def _store(self) -> None:
        """Keep the cell just ended, if it has a value or a formula."""
        cell, value, formula, runs = self.cell, self.value, self.formula, self.runs
        self.value = self.formula = self.runs = None
        if cell is None:
            return
        if formula is not None:
            formula = self._own_formula(formula)
        kind, text = cell.get("t", "n"), ""
        if kind == "n" and value and runs is None:
            text = value.strip()
            kind = "n" if text else "blank"
        elif kind == "s" and value in self.string_at:
            text = self.string_at[value]
        else:
            kind, text = self._typed(kind, value, runs)
        if kind == "blank" and formula is None:
            return
        style = cell.get("s")
        number = self.styles.get(style)
        if number is None:
            number = self._style(style or "")
        self.cells[self.row, self.column] = RawCell(kind, text, formula, number)
        self.stored += 1

    def _style(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise self._damaged("的单元格格式编号无效")
        self.styles[text] = int(text)
        return int(text)

    def _typed(self, kind: str, value: str | None, runs: list[str] | None) -> tuple[str, str]:
        """Return kind and text of a cell that is no plain number."""
        if value is None:
            return ("blank", "") if runs is None else ("s", "".join(runs))
        if kind in ("str", "inlineStr"):
            return "s", _unescape(value)
        text = value.strip()
        if not text or kind in ("n", "e"):
            return kind if text else "blank", text
        if kind == "s":
            self.string_at[value] = text = self._shared_string(text)
        elif kind == "b":
            text = self._boolean(text)
        elif kind == "d":
            serial = _serial(text, self.date_1904)
            kind, text = ("s", text) if serial is None else ("n", serial)
        else:
            raise self._damaged("有无法识别的单元格类型")
        return kind, text

    def _shared_string(self, text: str) -> str:
        if self.strings is None:
            raise self.package.damaged("缺少共享文本部分 sharedStrings.xml")
        index = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
        if not 0 <= index < len(self.strings):
            raise self._damaged("引用了不存在的共享文本")
        return self.strings[index]

    def _boolean(self, text: str) -> str:
        if text not in ("0", "1", "true", "false"):
            raise self._damaged("有无效的逻辑值")
        return {"true": "1", "false": "0"}.get(text, text)

    def _own_formula(self, text: str) -> str | None:
        """Return the formula of the cell just ended, None if the element says nothing."""
        attributes = self.formula_attributes
        if "_x" in text:
            text = _unescape(text)
        if text.startswith("="):
            text = text[1:]
        if attributes:
            kind = attributes.get("t")
            if kind == "shared":
                return self._shared_formula(text, attributes)
            if kind == "dataTable":
                return _data_table(attributes)
        if not text or text.isspace():
            return None
        capitals = text.upper()
        if "|" in text or "WEBSERVICE" in capitals or "RTD(" in capitals:
            self.active.update(_active_in_formula(text))
        return text

    def _shared_formula(self, text: str, attributes: dict[str, str]) -> str:
        group = attributes.get("si", "")
        if text.strip():
            self.active.update(_active_in_formula(text))
            if "ref" in attributes or group not in self.shared:
                self.shared[group] = _SharedFormula(text, self.row, self.column)
            return text
        if group not in self.shared:  # its text may yet come; see finished()
            self.orphans.append(((self.row, self.column), group))
            return ""
        return self._expand(group, self.row, self.column)

    def _expand(self, group: str, row: int, column: int) -> str:
        master = self.shared[group]
        if len(master.text) > MAX_FORMULA:
            raise self.package.over(f"公式超过 {MAX_FORMULA} 字")
        text = master.at(row, column)
        self.kept.text += len(text)
        if len(text) > _SHORT:  # a short element may stand for a long formula: do not wait for the next chunk
            self.package.check_clock()
            _check_kept(self.package, self.kept)
        return text

    def finished(self) -> RawSheet:
        """Return the sheet, once the part has ended.

        Raises ``damaged`` when two elements claim one cell, since no one could say which value
        counts, and when a shared formula has no text.
        """
        if len(self.cells) != self.stored:
            raise self._damaged("中同一单元格出现两次")
        for place, group in self.orphans:
            if group not in self.shared:
                raise self._damaged("的共享公式缺少原文")
            self.cells[place] = replace(self.cells[place], formula=self._expand(group, *place))
        return replace(
            self.sheet,
            cells=self.cells,
            hidden_rows=frozenset(self.hidden_rows),
            hidden_columns=tuple(self.hidden_columns),
            merges=tuple(self.merges),
            protected=self.protected,
            decoded=True,
        )


def _data_table(attributes: Mapping[str, str]) -> str:
    """Return what Excel shows for a data table: ``TABLE(row input,column input)``, one perhaps empty."""
    first, second = attributes.get("r1", ""), attributes.get("r2", "")
    if _true(attributes.get("dt2D")):
        return f"TABLE({first},{second})"
    return f"TABLE({first},)" if _true(attributes.get("dtr")) else f"TABLE(,{first})"


# ── Workbook ─────────────────────────────────────────────────────────────────────────────────────

_SHEET_KINDS = {
    "worksheet": "worksheet",
    "chartsheet": "chartsheet",
    "dialogsheet": "dialogsheet",
    "xlMacrosheet": "macrosheet",
    "xlIntlMacrosheet": "macrosheet",
}


class _WorkbookReader:
    """Reads the parts of one package in order: structure first, then the sheets wanted."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.kept = _Kept()
        self.sheets: list[RawSheet] = []
        self.sheet_parts: list[str] = []
        self.defined_names: dict[str, str] = {}
        self.local_names: list[tuple[str, int, str]] = []
        self.properties: dict[str, str] = {}
        self.core: dict[str, str] = {}
        self.strings: list[str] | None = None
        self.strings_part: str | None = None
        self.date_1904 = False
        self.calc_mode = "auto"
        self.precision_as_displayed = False
        self.active: set[str] = set()

    def read_structure(self) -> None:
        """Read everything but cells: sheet list, names, properties, active content."""
        content_types = self._content_types()
        self.active.update(_active_parts(self.package, content_types))
        package_relationships = list(_relationships(self.package, "").values())
        by_kind = {link.kind: link.target for link in package_relationships if link.target is not None}
        workbook = by_kind.get("officeDocument")
        if workbook is None:
            raise self._no_workbook()
        self._read_workbook_part(workbook)
        self._read_properties(by_kind.get("custom-properties"), by_kind.get("extended-properties"))
        self._look_at_relationships()

    def read(self, wanted: set[str], sha256: str) -> RawWorkbook:
        """Read the cells of the sheets wanted and return the workbook."""
        sheets = [
            self._read_sheet(sheet, part, sheet.name in wanted)
            for sheet, part in zip(self.sheets, self.sheet_parts, strict=True)
        ]
        for part in self.package.parts:
            if part not in self.package.visited and part.endswith((".xml", ".rels")):
                if "ddeLink" in _probe(self.package, part):
                    self.active.add("DDE")
                self.package.check_clock()
        return RawWorkbook(
            sheets=tuple(sheets),
            defined_names=self.defined_names,
            sheet_names_local=tuple(self.local_names),
            properties=self.properties,
            core=self.core,
            date_1904=self.date_1904,
            calc_mode=self.calc_mode,
            precision_as_displayed=self.precision_as_displayed,
            active_content=tuple(label for label, _, _ in _ACTIVE if label in self.active),
            sha256=sha256,
        )

    def _content_types(self) -> dict[str, str]:
        """Return content types by part, and by ``.extension``, in lower case; refuses what is no package."""
        part = self.package.locate("[Content_Types].xml")
        if part is None:
            raise self._no_package()
        types: dict[str, str] = {}
        for element in _elements(self.package, part):
            kind = element.attributes.get("ContentType", "").lower()
            if element.name == "Override":
                types[element.attributes.get("PartName", "").lstrip("/").lower()] = kind
            elif element.name == "Default":
                types["." + element.attributes.get("Extension", "").lower()] = kind
        return types

    def _no_package(self) -> UnreadableWorkbook:
        """Say what a zip without content types is."""
        package = self.package
        if any(part.startswith("xl/") for part in package.parts):
            return package.damaged("缺少内容清单 [Content_Types].xml")
        if "mimetype" in package.parts:
            kind = b"".join(package.chunks("mimetype"))[:100]
            if b"opendocument.spreadsheet" in kind:
                return package.refusal("old_format", "是 OpenDocument 表格格式（.ods）")
        if any(part.endswith(".iwa") or part == "index.zip" for part in package.parts):
            return package.refusal("not_a_workbook", "是 Numbers 表格", "请导出为 .xlsx 格式后重新报送")
        inside = sum(part.endswith((".xlsx", ".xlsm", ".xls", ".et")) for part in package.parts)
        if inside:
            what = f"是压缩包（内有 {inside} 个表格文件），不是工作簿"
            return package.refusal("not_a_workbook", what, "请解压后逐个报送")
        return package.refusal("not_a_workbook", "是压缩包（zip），不是工作簿")

    def _no_workbook(self) -> UnreadableWorkbook:
        for folder, kind in (("word/", "Word 文档"), ("ppt/", "演示文稿"), ("visio/", "Visio 绘图")):
            if any(part.startswith(folder) for part in self.package.parts):
                return self.package.refusal("not_a_workbook", f"是{kind}，不是工作簿")
        if any(part.startswith("xl/") for part in self.package.parts):
            return self.package.damaged("缺少工作簿部分 workbook.xml")
        return self.package.refusal("not_a_workbook", "是压缩包（zip），不是工作簿")

    def _read_workbook_part(self, part: str) -> None:
        if part.endswith(".bin"):
            raise self.package.refusal("old_format", "是二进制工作簿格式（.xlsb）")
        if not part.endswith(".xml"):
            raise self._no_workbook()
        elements = _elements(self.package, part)
        if elements[0].name != "workbook":
            raise self._no_workbook()
        links = _relationships(self.package, part)
        self.strings_part = next(
            (link.target for link in links.values() if link.kind == "sharedStrings"), None
        )
        for element in elements:
            above = element.parent.name if element.parent else ""
            if (above, element.name) == ("sheets", "sheet"):
                self._add_sheet(element, links)
            elif (above, element.name) == ("definedNames", "definedName"):
                self._add_name(element)
            elif (above, element.name) == ("workbook", "workbookPr"):
                self.date_1904 = _true(element.attributes.get("date1904"))
            elif (above, element.name) == ("workbook", "calcPr"):
                self.calc_mode = element.attributes.get("calcMode", "auto")
                self.precision_as_displayed = element.attributes.get("fullPrecision") in ("0", "false")
        if not self.sheets:
            raise self.package.damaged("没有工作表")

    def _add_sheet(self, element: _Element, links: Mapping[str, _Relationship]) -> None:
        name = _unescape(element.attributes.get("name", ""))
        link = links.get(_attribute(element.attributes, "id") or "")
        kind = _SHEET_KINDS.get(link.kind) if link else None
        if link is None or link.target is None or kind is None:
            raise self.package.damaged(f"缺少工作表“{printable(name)}”的内容")
        if link.target in self.sheet_parts or name.lower() in {sheet.name.lower() for sheet in self.sheets}:
            raise self.package.damaged(f"工作表“{printable(name)}”重复")
        state = element.attributes.get("state", "visible")
        self.sheets.append(
            RawSheet(name, state if state in ("hidden", "veryHidden") else "visible", kind=kind)
        )
        self.sheet_parts.append(link.target)

    def _add_name(self, element: _Element) -> None:
        """Keep a defined name, the first of each; names that belong to no sheet of this file are left out."""
        name, text = _unescape(element.attributes.get("name", "")), _unescape(element.text)
        sheet = element.attributes.get("localSheetId")
        if sheet is None:
            self.defined_names.setdefault(name, text)
        elif sheet.isascii() and sheet.isdigit() and len(sheet) <= 9:
            self.local_names.append((name, int(sheet), text))

    def _read_properties(self, custom: str | None, extended: str | None) -> None:
        current = ""
        for element in _elements(self.package, custom) if custom else ():
            if element.name == "property":
                current = _unescape(element.attributes.get("name", ""))
                self.properties.setdefault(current, "")
            elif element.parent is not None and element.parent.name == "property":
                self.properties[current] += _unescape(element.text)
        found = (
            {element.name: element.text for element in _elements(self.package, extended)} if extended else {}
        )
        self.core.update(_program(found.get("Application", ""), found.get("AppVersion", ""), self.properties))

    def _look_at_relationships(self) -> None:
        """Note what points outside, and refuse parts that lead out of the package."""
        for part in self.package.parts:
            if part.endswith(".rels"):
                for link in _relationship_part(self.package, part).values():
                    if link.external and link.kind in _ACTIVE_RELATIONSHIPS:
                        self.active.add(_ACTIVE_RELATIONSHIPS[link.kind])

    def _read_sheet(self, sheet: RawSheet, part: str, wanted: bool) -> RawSheet:
        if not wanted or sheet.kind != "worksheet":
            return sheet
        if self.strings is None and self.strings_part is not None:
            shared = _SharedStrings(self.package, self.kept)
            self.package.parse(self.strings_part, shared, shared.check)
            self.strings = shared.strings
        handler = _SheetHandler(self, sheet)
        self.package.parse(part, handler, handler.check)
        self.active |= handler.active
        return handler.finished()


def _program(application: str, version: str, properties: Mapping[str, str]) -> dict[str, str]:
    """Return which program wrote the file; LibreOffice joins name and version, WPS hides in a property."""
    build = properties.get("KSOProductBuildVer", "")
    if build or "WPS" in application or "Kingsoft" in application:
        application, version = "WPS", build or version
    elif application.startswith("LibreOffice/"):
        application, version = "LibreOffice", application.removeprefix("LibreOffice/").partition("$")[0]
    return {key: text for key, text in (("application", application), ("version", version)) if text}
