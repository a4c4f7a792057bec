"""``.ods``: OpenDocument spreadsheets, by the bounded zip and XML reading of :mod:`xlbudget.files.xlsx`.

Of formulas only where they stand is kept: they are written in another language than Excel's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from xlbudget.files.ods.content import ContentHandler
from xlbudget.files.ods.number_styles import StyleHandler
from xlbudget.files.xlsx.active_content import ACTIVE
from xlbudget.files.xlsx.cells import RawWorkbook
from xlbudget.files.xlsx.package import Package
from xlbudget.files.xlsx.parts import elements_of, local_name
from xlbudget.files.xlsx.source import SAVE_AS_XLSX, Limits, PackageSource
from xlbudget.model.errors import UnreadableWorkbook

_KIND = b"opendocument.spreadsheet"
_MACROS = ("basic/", "scripts/")


def is_ods(source: PackageSource) -> bool:
    """Whether a file says that it is an OpenDocument spreadsheet."""
    return source.data.startswith(b"PK\x03\x04") and _KIND in source.data[:200]


def read_ods(source: PackageSource, sheets: Callable[[str], bool], limits: Limits) -> RawWorkbook:
    """Return what a spreadsheet holds; ``sheets`` says by name which cells are wanted.

    Raises UnreadableWorkbook as :func:`~xlbudget.files.xlsx.read_workbook` does.
    """
    try:
        return _read(Package(source, limits), sheets, hashlib.sha256(source.data).hexdigest())
    except UnreadableWorkbook as error:
        raise (_broken(source, str(error)) if error.reason == "damaged" else error) from error
    except MemoryError as error:
        raise source.refusal("limit", "内容过大，内存不足") from error
    except Exception as error:  # as in the reader of .xlsx: one strange file must not stop a batch
        raise _broken(source, "已损坏（内容不符合格式规定）") from error


def _broken(source: PackageSource, message: str) -> UnreadableWorkbook:
    """Return the refusal of a damaged file: what format it is, what is wrong with it, what to click."""
    what = message.removeprefix(source.label).partition("；")[0]
    return source.refusal("damaged", f"是 OpenDocument 表格格式（.ods），{what}", SAVE_AS_XLSX)


def _read(package: Package, sheets: Callable[[str], bool], sha256: str) -> RawWorkbook:
    _refuse_encrypted(package)
    if "content.xml" not in package.parts:
        raise package.damaged("缺少内容部分 content.xml")
    styles = StyleHandler(package)
    if "styles.xml" in package.parts:
        package.parse("styles.xml", styles)
    content = ContentHandler(package, styles, sheets)
    package.parse("content.xml", content, content.check)
    if not content.sheets:
        raise package.damaged("没有工作表")
    properties, application, version = _said_of_it(package)
    active = {*content.active, *_active_parts(package)}
    return RawWorkbook(
        sheets=tuple(content.sheets),
        defined_names=content.names,
        sheet_names_local=tuple(content.local_names),
        properties=properties,
        core={key: text for key, text in (("application", application), ("version", version)) if text},
        date_1904=content.date_1904,
        calc_mode="auto",
        precision_as_displayed=content.precision_as_displayed,
        active_content=tuple(label for label, _, _ in ACTIVE if label in active),
        sha256=sha256,
        format="ods",
        number_formats=styles.codes(),
    )


def _refuse_encrypted(package: Package) -> None:
    if "meta-inf/manifest.xml" in package.parts and any(
        local_name(element.name) == "encryption-data"
        for element in elements_of(package, "meta-inf/manifest.xml")
    ):
        raise package.refusal("encrypted", "设有打开密码，无法读取")


def _said_of_it(package: Package) -> tuple[dict[str, str], str, str]:
    """Return the custom properties, and the program that wrote the file with its version."""
    properties: dict[str, str] = {}
    program = ""
    for element in elements_of(package, "meta.xml") if "meta.xml" in package.parts else ():
        name = local_name(element.name)
        if name == "user-defined":
            key = next((text for key, text in element.attributes.items() if local_name(key) == "name"), "")
            properties.setdefault(key, element.text)
        elif name == "generator":
            program = element.text
    application, _, version = program.partition("/")
    return properties, application, version.partition("$")[0]


def _active_parts(package: Package) -> Iterator[str]:
    for part in package.parts:
        if part.startswith(_MACROS):
            yield "宏"
        elif part.startswith("object ") and "/" not in part:
            yield "OLE 对象"
