"""Changing single cells of a finished .xlsx package, every other part as it was.

Two uses: storing results beside formulas (after openpyxl, which drops them), and overwriting
cells the way people and programs do, for the demonstration and the tests.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

from xlbudget.files.zip_archives import write_zip

_SHEET = re.compile(r'<sheet [^>]*?name="([^"]*)"[^>]*?r:id="([^"]*)"')
_RELATION = re.compile(r"<Relationship [^>]*?>")
_FORMULA_CELL = re.compile(
    r'<c r="(?P<address>[A-Z]+\d+)"(?P<style> s="\d+")?(?: t="\w+")?>'
    r"(?P<formula><f[ >].*?</f>)<v ?/?>(?:</v>)?</c>"
)
_PRINT_AREA = re.compile(r'<definedName name="_xlnm\.Print_Area"[^>]*>.*?</definedName>')
_CHART, _DRAWING = re.compile(r"xl/charts/chart\d+\.xml"), re.compile(r"xl/drawings/drawing\d+\.xml")
_LINK = re.compile(rb'r:id="(\w+)"')
_CACHE = re.compile(
    r"(?P<start><c:f>(?P<sheet>[^<!]+)!(?P<cells>\$(?P<column>[A-Z]+)\$\d+(?::\$(?P=column)\$\d+)?)</c:f><c:(?:str|num)Cache>)"
    r"(?P<head>(?:<c:formatCode>[^<]*</c:formatCode>)?<c:ptCount val=\"\d+\"/>)"
    r"(?:<c:pt idx=\"\d+\"><c:v>[^<]*</c:v></c:pt>)*(?P<end></c:(?:str|num)Cache>)"
)
_MODIFIED = re.compile(r"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_CREATED = re.compile(r"<dcterms:created[^>]*>([^<]*)</dcterms:created>")

_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}

Results = Mapping[str, Mapping[str, float | str | bool]]
"""Sheet name → address → value."""


def store_results(package: bytes, results: Results, print_areas: Mapping[int, str], source: bytes) -> bytes:
    """Return the package (as openpyxl writes it) with a stored result in every formula cell.

    ``print_areas`` gives, by sheet index, print areas to put back (computed ones get lost). Charts are those
    of ``source``, the package that was read, with what they show of the new results.
    """
    parts = _unpacked(package)
    parts |= _charts(_unpacked(source), parts, results)
    workbook = parts["xl/workbook.xml"].decode()
    for name, part in _sheet_parts(parts).items():
        if name in results:
            parts[part] = _with_results(parts[part].decode(), results[name]).encode()
    parts["xl/workbook.xml"] = _with_print_areas(workbook, print_areas).encode()
    parts["docProps/core.xml"] = _undated(parts["docProps/core.xml"].decode()).encode()
    return _packed(parts)


def overwrite_cells(package: bytes, cells: Mapping[str, Mapping[str, float | str | None]]) -> bytes:
    """Return the package with cells overwritten: sheet → address → number, text, or None to empty it.

    Whatever stood there, a formula too, is gone; no other cell changes, stored results included.
    KeyError if a sheet or cell is not there.
    """
    parts = _unpacked(package)
    places = _sheet_parts(parts)
    for sheet, values in cells.items():
        text = parts[places[sheet]].decode()
        for address, value in values.items():
            text = _overwritten(text, address, value)
        parts[places[sheet]] = text.encode()
    return _packed(parts, zlib.Z_BEST_SPEED)


def _overwritten(sheet: str, address: str, value: float | str | None) -> str:
    match = re.search(rf'<c r="{address}"(?P<style> s="\d+")?[^>]*?(?:/>|>.*?</c>)', sheet)
    if match is None:
        raise KeyError(address)
    start = f'<c r="{address}"{match.group("style") or ""}'
    if value is None:
        cell = f"{start}/>"
    elif isinstance(value, str):
        cell = f'{start} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    else:
        cell = f"{start}><v>{format(value, '.17g')}</v></c>"
    return sheet[: match.start()] + cell + sheet[match.end() :]


def _unpacked(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: Mapping[str, bytes], level: int = zlib.Z_DEFAULT_COMPRESSION) -> bytes:
    stream = BytesIO()
    write_zip(stream, parts.items(), level)
    return stream.getvalue()


def _sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the name of each sheet → its part."""
    workbook, relations = parts["xl/workbook.xml"].decode(), parts["xl/_rels/workbook.xml.rels"].decode()
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


def _charts(source: Mapping[str, bytes], parts: Mapping[str, bytes], results: Results) -> dict[str, bytes]:
    """Return the charts of ``source`` and their places; none where they are not those of ``parts``.

    What a chart says of its labels, of hidden cells and to those who cannot see it is lost on openpyxl.
    """
    kept = {name: content for name, content in source.items() if _CHART.fullmatch(name)}
    places = {name: content for name, content in source.items() if _DRAWING.fullmatch(name)}
    if kept.keys() != {name for name in parts if _CHART.fullmatch(name)}:
        return {}
    if any(b"r:id=" in content for content in kept.values()):
        return {}
    if any(_LINK.findall(content) != _LINK.findall(parts.get(name, b"")) for name, content in places.items()):
        return {}
    charts = {name: _with_caches(content.decode(), results).encode() for name, content in kept.items()}
    return charts | places


def _with_caches(chart: str, results: Results) -> str:
    """Return a chart with the results of the cells that it draws, where they are known."""

    def cached(match: re.Match[str]) -> str:
        sheet, cells = _unescaped(match["sheet"]).strip("'"), match["cells"].replace("$", "")
        values = results.get(sheet, {})
        points = [_point(at, values.get(address)) for at, address in enumerate(_addresses(cells))]
        return f"{match['start']}{match['head']}{''.join(points)}{match['end']}"

    return _CACHE.sub(cached, chart)


def _addresses(cells: str) -> Iterator[str]:
    """Yield the addresses of a run of cells in one column."""
    first, _, last = cells.partition(":")
    letters = first.rstrip("0123456789")
    for row in range(int(first.removeprefix(letters)), int((last or first).removeprefix(letters)) + 1):
        yield f"{letters}{row}"


def _point(at: int, value: float | str | bool | None) -> str:
    if value is None or value == "":
        return f'<c:pt idx="{at}"><c:v></c:v></c:pt>' if value == "" else ""
    return f'<c:pt idx="{at}"><c:v>{_written(value)[1]}</c:v></c:pt>'


def _written(value: float | str | bool) -> tuple[str, str]:
    if isinstance(value, bool):
        return ' t="b"', str(int(value))
    if isinstance(value, str):
        return (' t="e"', escape(value)) if value in _ERRORS else (' t="str"', escape(value))
    return "", format(value, ".17g")


def _with_print_areas(workbook: str, print_areas: Mapping[int, str]) -> str:
    """Replace whatever print areas are there by the given ones."""
    workbook = _PRINT_AREA.sub("", workbook)
    start = '<definedName name="_xlnm.Print_Area" localSheetId='
    names = "".join(
        f"{start}{quoteattr(str(index))}>{escape(text)}</definedName>"
        for index, text in sorted(print_areas.items())
    )
    return workbook.replace("<definedNames>", f"<definedNames>{names}", 1)


def _undated(core: str) -> str:
    """Make the date of modification that of creation."""
    created = _CREATED.search(core)
    return _MODIFIED.sub(rf"\g<1>{created.group(1)}\g<2>", core) if created else core
