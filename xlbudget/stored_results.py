"""Storing results beside formulas in a finished .xlsx package, every other part as it was."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

_EPOCH = (1980, 1, 1, 0, 0, 0)  # fixed, so that the same input gives the same bytes
_SHEET = re.compile(r'<sheet [^>]*?name="([^"]*)"[^>]*?r:id="([^"]*)"')
_RELATION = re.compile(r"<Relationship [^>]*?>")
_FORMULA_CELL = re.compile(
    r'<c r="(?P<address>[A-Z]+\d+)"(?P<style> s="\d+")?(?: t="\w+")?>(?P<formula><f[ >].*?</f>)<v ?/?>(?:</v>)?</c>'
)
_PRINT_AREA = re.compile(r'<definedName name="_xlnm\.Print_Area"[^>]*>.*?</definedName>')
_MODIFIED = re.compile(r"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_CREATED = re.compile(r"<dcterms:created[^>]*>([^<]*)</dcterms:created>")

Results = Mapping[str, Mapping[str, float | str | bool]]
"""Sheet name → address → value."""


def store_results(package: bytes, results: Results, print_areas: Mapping[int, str]) -> bytes:
    """Return the package (as openpyxl writes it) with a stored result in every formula cell.

    ``print_areas`` gives, by sheet index, print areas to put back (computed ones get lost).
    """
    with zipfile.ZipFile(BytesIO(package)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    workbook = parts["xl/workbook.xml"].decode()
    for name, part in _sheet_parts(workbook, parts["xl/_rels/workbook.xml.rels"].decode()).items():
        if name in results:
            parts[part] = _with_results(parts[part].decode(), results[name]).encode()
    parts["xl/workbook.xml"] = _with_print_areas(workbook, print_areas).encode()
    parts["docProps/core.xml"] = _undated(parts["docProps/core.xml"].decode()).encode()
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _sheet_parts(workbook: str, relations: str) -> dict[str, str]:
    targets = {}
    for relation in _RELATION.findall(relations):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', relation))
        targets[attributes["Id"]] = attributes["Target"].removeprefix("/").removeprefix("xl/")
    return {_unescaped(name): f"xl/{targets[key]}" for name, key in _SHEET.findall(workbook)}


def _unescaped(text: str) -> str:
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


def _with_results(sheet: str, values: Mapping[str, float | str | bool]) -> str:
    def stored(match: re.Match[str]) -> str:
        value = values.get(match.group("address"))
        if value is None:
            return match.group()
        kind, text = _written(value)
        style = match.group("style") or ""
        return f'<c r="{match.group("address")}"{style}{kind}>{match.group("formula")}<v>{text}</v></c>'

    return _FORMULA_CELL.sub(stored, sheet)


def _written(value: float | str | bool) -> tuple[str, str]:
    if isinstance(value, bool):
        return ' t="b"', str(int(value))
    if isinstance(value, str):
        return (' t="e"', escape(value)) if value.startswith("#") else (' t="str"', escape(value))
    return "", format(value, ".17g")


def _with_print_areas(workbook: str, print_areas: Mapping[int, str]) -> str:
    """Replace whatever print areas are there by the given ones."""
    workbook = _PRINT_AREA.sub("", workbook)
    names = "".join(
        f'<definedName name="_xlnm.Print_Area" localSheetId={quoteattr(str(index))}>{escape(text)}</definedName>'
        for index, text in sorted(print_areas.items())
    )
    return workbook.replace("<definedNames>", f"<definedNames>{names}", 1)


def _undated(core: str) -> str:
    """Make the date of modification that of creation."""
    created = _CREATED.search(core)
    return _MODIFIED.sub(rf"\g<1>{created.group(1)}\g<2>", core) if created else core
