"""A package → :class:`~xlbudget.files.xlsx.cells.RawWorkbook`: structure first, then the sheets asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from xlbudget.files.collector import paused_collector
from xlbudget.files.xlsx.active_content import ACTIVE, ACTIVE_RELATIONSHIPS, active_parts
from xlbudget.files.xlsx.binary_sheet import SharedBinaryParts, read_binary_sheet
from xlbudget.files.xlsx.binary_workbook import binary_formats, binary_strings, binary_structure
from xlbudget.files.xlsx.cells import DeferredCells, RawSheet, RawWorkbook, SheetCells
from xlbudget.files.xlsx.number_formats import format_codes
from xlbudget.files.xlsx.package import Package, again
from xlbudget.files.xlsx.parts import (
    Element,
    Relationship,
    elements_of,
    foreign_attribute,
    is_true,
    probe,
    relationship_part,
    relationships,
    unescape,
)
from xlbudget.files.xlsx.plain_sheet import can_wait, read_plainly
from xlbudget.files.xlsx.sheet import SharedParts, SheetHandler
from xlbudget.files.xlsx.signatures import refuse_unless_zip
from xlbudget.files.xlsx.source import Limits, load, printable
from xlbudget.files.xlsx.strings import shared_strings
from xlbudget.files.xlsx.texts import Kept
from xlbudget.model.errors import OUR_FAULT, SEND_US, UnreadableWorkbook, fault


def read_workbook(
    source: Path | bytes,
    *,
    sheets: Callable[[str], bool] | None = None,
    later: Collection[str] = (),
    glance: bool = False,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> RawWorkbook:
    """Return what an ``.xlsx``, ``.xlsm`` or ``.xlsb`` file holds.

    ``sheets`` says by name which sheets to decode (default: all); the others are listed
    without cells. Those called as one of ``later`` are decoded when their cells are looked at, within the
    time that the limits leave, and have cells alone. ``glance`` looks for no active content and for no
    number formats. Raises UnreadableWorkbook, and nothing else, for
    whatever bytes: its ``reason`` is one of ``not_found``, ``not_a_workbook``, ``encrypted``,
    ``old_format``, ``damaged``, ``limit``, ``doctype``, ``unsafe``, ``lock_file``, or :data:`OUR_FAULT`.
    """
    loaded = load(source, limits)
    with _nothing_else_raised(loaded.label):
        refuse_unless_zip(loaded)
        reader = _WorkbookReader(Package(loaded, limits), later, glance)
        reader.read_structure()
    names = [sheet.name for sheet in reader.sheets]
    wanted = {
        name for name in names if sheets is None or sheets(name)
    }  # the caller's errors are the caller's
    with _nothing_else_raised(loaded.label), paused_collector():
        return reader.read(wanted, hashlib.sha256(loaded.data).hexdigest())


def sheet_parts(package: Package) -> dict[str, str]:
    """Return the part of each worksheet by the sheet's name.

    Raises UnreadableWorkbook as :func:`read_workbook` does.
    """
    reader = _WorkbookReader(package)
    reader.read_structure()
    named = zip(reader.sheets, reader.sheet_parts, strict=True)
    return {sheet.name: part for sheet, part in named if sheet.kind == "worksheet"}


@contextmanager
def _nothing_else_raised(label: str) -> Iterator[None]:
    """Turn an error that nobody foresaw into a refusal: one strange file must not stop a batch.

    What is wrong with a file is found and named by the reader itself; an error that it did not raise on
    purpose is a failure of ours, and says nothing of the file.
    """
    try:
        yield
    except UnreadableWorkbook:
        raise
    except MemoryError as error:
        advice = "请删除与预算无关的内容后重新报送"
        raise UnreadableWorkbook("limit", f"{label}内容过大，内存不足；{advice}。") from error
    except Exception as error:
        raise UnreadableWorkbook(
            OUR_FAULT, f"{label}未能审核：读取时程序出错（{fault(error)}），{SEND_US}。"
        ) from error


_SHEET_KINDS = {
    "worksheet": "worksheet",
    "chartsheet": "chartsheet",
    "dialogsheet": "dialogsheet",
    "xlMacrosheet": "macrosheet",
    "xlIntlMacrosheet": "macrosheet",
}


_OTHER_SHEET = "othersheet"


class _WorkbookReader:
    """Reads the parts of one package in order: structure first, then the sheets wanted."""

    def __init__(self, package: Package, later: Collection[str] = (), glance: bool = False) -> None:
        self.package = package
        self.later = later
        self.glance = glance
        self.kept = Kept()
        self.sheets: list[RawSheet] = []
        self.sheet_parts: list[str] = []
        self.defined_names: dict[str, str] = {}
        self.local_names: list[tuple[str, int, str]] = []
        self.properties: dict[str, str] = {}
        self.core: dict[str, str] = {}
        self.strings: list[str] | None = None
        self.strings_part: str | None = None
        self.styles_part: str | None = None
        self.date_1904 = False
        self.calc_mode = "auto"
        self.precision_as_displayed = False
        self.active: set[str] = set()
        self.format = "xlsx"
        self.binary_styles: str | None = None

    def read_structure(self) -> None:
        """Read everything but cells: sheet list, names, properties, active content."""
        content_types = self._content_types()
        self.active.update(active_parts(self.package, content_types))
        package_relationships = list(relationships(self.package, "").values())
        by_kind = {link.kind: link.target for link in package_relationships if link.target is not None}
        workbook = by_kind.get("officeDocument")
        if workbook is None:
            raise self._no_workbook()
        self._read_workbook_part(workbook)
        self._read_properties(by_kind.get("custom-properties"), by_kind.get("extended-properties"))
        if not self.glance:
            self._look_at_relationships()

    def read(self, wanted: set[str], sha256: str) -> RawWorkbook:
        """Read the cells of the sheets wanted and return the workbook."""
        sheets = [
            self._read_sheet(sheet, part, sheet.name in wanted)
            for sheet, part in zip(self.sheets, self.sheet_parts, strict=True)
        ]
        for part in () if self.glance else self.package.parts:
            if part not in self.package.visited and part.endswith((".xml", ".rels")):
                if "ddeLink" in probe(self.package, part):
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
            active_content=tuple(label for label, _, _ in ACTIVE if label in self.active),
            sha256=sha256,
            format=self.format,
            number_formats=() if self.glance else self._number_formats(),
        )

    def _number_formats(self) -> tuple[str, ...]:
        if self.binary_styles:
            return binary_formats(self.package, self.binary_styles)
        return format_codes(self.package, self.styles_part)

    def _content_types(self) -> dict[str, str]:
        """Return content types by part, and by ``.extension``, in lower case; refuses what is no package."""
        part = self.package.locate("[Content_Types].xml")
        if part is None:
            raise self._no_package()
        types: dict[str, str] = {}
        for element in elements_of(self.package, part):
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
            self._read_binary_part(part)
            return
        if not part.endswith(".xml"):
            raise self._no_workbook()
        elements = elements_of(self.package, part)
        if elements[0].name != "workbook":
            raise self._no_workbook()
        links = relationships(self.package, part)
        targets = {link.kind: link.target for link in links.values()}
        self.strings_part, self.styles_part = targets.get("sharedStrings"), targets.get("styles")
        for element in elements:
            above = element.parent.name if element.parent else ""
            if (above, element.name) == ("sheets", "sheet"):
                self._add_sheet(element, links)
            elif (above, element.name) == ("definedNames", "definedName"):
                self._add_name(element)
            elif (above, element.name) == ("workbook", "workbookPr"):
                self.date_1904 = is_true(element.attributes.get("date1904"))
            elif (above, element.name) == ("workbook", "calcPr"):
                self.calc_mode = element.attributes.get("calcMode", "auto")
                self.precision_as_displayed = element.attributes.get("fullPrecision") in ("0", "false")
        if not self.sheets:
            raise self.package.damaged("没有工作表")

    def _read_binary_part(self, part: str) -> None:
        """Read the structure of an ``.xlsb``."""
        structure = binary_structure(self.package, part)
        links = relationships(self.package, part)
        by_kind = {link.kind: link.target for link in links.values()}
        self.strings_part = by_kind.get("sharedStrings")
        self.binary_styles = by_kind.get("styles")
        self.format = "xlsb"
        for name, state, key in structure.sheets:
            self._list_sheet(name, state, key, links)
        self.defined_names.update(structure.names)
        self.local_names += structure.local_names
        self.date_1904, self.calc_mode = structure.date_1904, structure.calc_mode
        self.precision_as_displayed = structure.precision_as_displayed
        if not self.sheets:
            raise self.package.damaged("没有工作表")

    def _add_sheet(self, element: Element, links: Mapping[str, Relationship]) -> None:
        name = unescape(element.attributes.get("name", ""))
        state = element.attributes.get("state", "visible")
        self._list_sheet(name, state, (foreign_attribute(element.attributes, "id") or "").strip(), links)

    def _list_sheet(self, name: str, state: str, key: str, links: Mapping[str, Relationship]) -> None:
        link = links.get(key)
        # modules of old macros have no content of their own; others have some that no cell is in
        kind = _SHEET_KINDS.get(link.kind, _OTHER_SHEET) if link else _OTHER_SHEET
        target = link.target if link else None
        if target is None and (kind == "worksheet" or (link is None and key)):
            raise self.package.damaged(f"缺少工作表“{printable(name)}”的内容")
        if (target and target in self.sheet_parts) or name.lower() in {
            sheet.name.lower() for sheet in self.sheets
        }:
            raise self.package.damaged(f"工作表“{printable(name)}”重复")
        self.sheets.append(
            RawSheet(name, state if state in ("hidden", "veryHidden") else "visible", kind=kind)
        )
        self.sheet_parts.append(target or "")

    def _add_name(self, element: Element) -> None:
        """Keep a defined name, the first of each; names that belong to no sheet of this file are left out."""
        name, text = unescape(element.attributes.get("name", "")), unescape(element.text)
        sheet = element.attributes.get("localSheetId")
        if sheet is None:
            self.defined_names.setdefault(name, text)
        elif sheet.isascii() and sheet.isdigit() and len(sheet) <= 9:
            self.local_names.append((name, int(sheet), text))

    def _read_properties(self, custom: str | None, extended: str | None) -> None:
        current = ""
        for element in elements_of(self.package, custom) if custom else ():
            if element.name == "property":
                current = unescape(element.attributes.get("name", ""))
                self.properties.setdefault(current, "")
            elif element.parent is not None and element.parent.name == "property":
                self.properties[current] += unescape(element.text)
        found = (
            {element.name: element.text for element in elements_of(self.package, extended)}
            if extended
            else {}
        )
        self.core.update(_program(found.get("Application", ""), found.get("AppVersion", ""), self.properties))

    def _look_at_relationships(self) -> None:
        """Note what points outside; pointers that are not followed refuse nothing, be they damaged."""
        for part in self.package.parts:
            if part.endswith(".rels"):
                for link in self._pointers(part):
                    if link.external and link.kind in ACTIVE_RELATIONSHIPS:
                        self.active.add(ACTIVE_RELATIONSHIPS[link.kind])

    def _pointers(self, part: str) -> Iterable[Relationship]:
        try:
            return relationship_part(self.package, part).values()
        except UnreadableWorkbook as error:
            if error.reason != "damaged":
                raise
            return ()

    def _read_sheet(self, sheet: RawSheet, part: str, wanted: bool) -> RawSheet:
        if not wanted or sheet.kind != "worksheet":
            return sheet
        if self.strings is None and self.strings_part is not None:
            shared = binary_strings if self.format == "xlsb" else shared_strings
            self.strings = shared(self.package, self.strings_part, self.kept)
        if self.format == "xlsb":
            return read_binary_sheet(SharedBinaryParts(self.package, self.kept, self.strings), sheet, part)
        surroundings = SharedParts(self.package, self.kept, self.strings, self.date_1904)
        held, rest = self.package.held(part)
        if sheet.name in self.later and rest is None and can_wait(held):
            formulas = held.count(b"<f>") + held.count(b"<f ")

            def read() -> SheetCells:
                return self._decoded(surroundings, sheet, part, held, None).cells

            return replace(sheet, cells=DeferredCells(formulas, read), decoded=True)
        return self._decoded(surroundings, sheet, part, held, rest)

    def _decoded(
        self, surroundings: SharedParts, sheet: RawSheet, part: str, held: bytes, rest: Iterator[bytes] | None
    ) -> RawSheet:
        plain = None if rest else read_plainly(surroundings, sheet, part, held)
        if plain is not None:
            self.active |= plain[1]
            return plain[0]
        handler = SheetHandler(surroundings, sheet)
        self.package.parse(part, handler, handler.check, chunks=again(held, rest))
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
