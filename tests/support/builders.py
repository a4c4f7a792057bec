"""Functions that spoil filled workbooks the way units do.

Every spoiler takes the bytes of a workbook and returns other bytes: it works on the parts of the
package, so that only what the case is about differs from a file that passes. Addresses are written
out, because they are what a finding has to name.
"""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from xlbudget import Finding, Report, Unit, WorkbookTemplate, fill, generate, load_template
from xlbudget.files.patched_cells import overwrite_cells
from xlbudget.model import Cell, CellValue
from xlbudget.returns.reading import open_workbook, read
from xlbudget.workbook.calculation.kept_plans import plan_of

BASIC, PROJECTS, REVENUE, YEAR_END = "录入1 基本支出", "录入2 项目支出", "录入3 收入", "录入4 年终结转"
EXPLANATIONS = "录入6 情况说明"

RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

Parts = dict[str, bytes]


# ── Workbooks ────────────────────────────────────────────────────────────────────────────────────


def filled(
    template: WorkbookTemplate, unit: Unit, entries: Path, capacity: Mapping[str, int] | None = None
) -> bytes:
    """Generate the unit's workbook and fill in its CSV ledgers, as ``generate`` and ``fill`` do."""
    with TemporaryDirectory() as folder:
        issued = generate(template, folder, unit, capacity=capacity)
        return fill(issued, entries, Path(folder) / "填报.xlsx", template=template).read_bytes()


def of_last_year(template: WorkbookTemplate, unit: Unit, entries: Path) -> bytes:
    """A unit's figures in a workbook issued for the year before."""
    with TemporaryDirectory() as folder:
        template_of_year(template, Path(folder), template.year - 1)
        old = load_template(f"shanxi_provincial/{template.year - 1}", Path(folder))
        return filled(old, unit, entries)


def other_bytes(workbook: bytes) -> bytes:
    """Return a workbook that says the same and is another file: its archive has a comment."""
    assert workbook.endswith(b"\0\0")
    return workbook[:-2] + b"\x01\x00 "


def copy_template(template: WorkbookTemplate, target: Path) -> Path:
    """Copy the definitions, without blank workbooks and demonstration data."""
    shutil.copytree(template.folder, target, ignore=shutil.ignore_patterns("demo", "blank"))
    return target


def edit(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence of a text in a file; return the line that it is on."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def small_demonstration(template: WorkbookTemplate, target: Path) -> Path:
    """Copy a template with its demonstration, of one unit in the department, in workbooks of few rows."""
    copy_template(template, target)
    shutil.copytree(template.folder / "demo", target / "demo")
    roster = target / "demo" / "units.csv"
    units = roster.read_text(encoding="utf-8").splitlines()
    roster.write_text(f"{units[0]}\n{units[2]}\n", encoding="utf-8")
    for path in [*target.glob("entries/*.toml"), *target.glob("forms/*.toml")]:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\bcapacity = (?:[1-9]\d\d)\b", "capacity = 60", text), encoding="utf-8")
    return target


def template_of_year(template: WorkbookTemplate, root: Path, year: int) -> Path:
    """Copy the definitions into a folder of templates, as those of a year."""
    own = copy_template(template, root / "shanxi_provincial" / str(year))
    file = own / "template.toml"
    text = file.read_text(encoding="utf-8")
    assert f"\nyear = {template.year}\n" in text
    file.write_text(text.replace(f"\nyear = {template.year}\n", f"\nyear = {year}\n"), encoding="utf-8")
    return own


def with_reserved_codes(template: WorkbookTemplate, target: Path, kinds: Mapping[str, str]) -> Path:
    """Copy the definitions, with a column in the functional code list: for which kinds of unit a code is."""
    folder = copy_template(template, target)
    path = folder / "catalogues" / "functional_classification.csv"
    head, *rows = path.read_text(encoding="utf-8-sig").splitlines()
    rows = [f"{row},{kinds.get(row.partition(',')[0], '')}" for row in rows]
    path.write_text("\n".join([f"{head},适用单位", *rows, ""]), encoding="utf-8")
    old = 'verified = "已核实" }\nparent = "上级"\n'
    new = 'verified = "已核实", kinds = "适用单位" }\nparent = "上级"\nkinds = "适用单位"\n'
    edit(folder / "template.toml", old, new)
    return folder


# ── Cells ────────────────────────────────────────────────────────────────────────────────────────


def typed(workbook: bytes, sheet: str, cells: Mapping[str, float | str | None]) -> bytes:
    """Type into cells: numbers, texts, or nothing; formulas that stood there are gone."""
    return overwrite_cells(workbook, {sheet: cells})


def explained(workbook: bytes, *rows: tuple[str, str, str]) -> bytes:
    """Write explanations as a unit does: rule, place and text from the first row on."""
    cells = {
        f"{column}{row}": text or None
        for row, texts in enumerate(rows, 5)
        for column, text in zip("CDE", texts, strict=True)
    }
    return typed(workbook, EXPLANATIONS, cells)


def stored_as(
    workbook: bytes, sheet: str, address: str, *, kind: str, value: str | None, formula: str = ""
) -> bytes:
    """Store a cell as a program would write it: its kind (t), value and formula."""
    inner = (f"<f>{escape(formula)}</f>" if formula else "") + (
        f"<v>{escape(value)}</v>" if value is not None else ""
    )

    def change(xml: str) -> str:
        cell = re.search(rf'<c r="{address}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)', xml)
        assert cell is not None, address
        new = f'<c r="{address}"{cell[1] or ""} t="{kind}">{inner}</c>'
        return xml[: cell.start()] + new + xml[cell.end() :]

    return changed_sheet(workbook, sheet, change)


def other_result(workbook: bytes, sheet: str, address: str, value: float) -> bytes:
    """Change a formula's stored result and leave the formula as it is."""

    def change(xml: str) -> str:
        new, count = re.subn(
            rf'(<c r="{address}"[^>]*><f>[^<]*</f>)<v>[^<]*</v>', rf"\g<1><v>{value!r}</v>", xml
        )
        assert count == 1, address
        return new

    return changed_sheet(workbook, sheet, change)


def other_formula(workbook: bytes, sheet: str, address: str, formula: str, value: float) -> bytes:
    """Put another formula into a cell, with the result it gives."""
    return stored_as(workbook, sheet, address, kind="n", value=repr(value), formula=formula)


def result_of(workbook: bytes, sheet: str, address: str) -> str:
    """The stored result of a formula, as the file has it."""
    parts = unpacked(workbook)
    xml = parts[sheet_parts(parts)[sheet]].decode()
    cell = re.search(rf'<c r="{address}"[^>]*><f>[^<]*</f><v>([^<]*)</v>', xml)
    assert cell is not None, address
    return cell[1]


def row_holding(workbook: bytes, sheet: str, column: str, value: float) -> int:
    """The one row of a sheet in whose column this number is typed."""
    parts = unpacked(workbook)
    xml = parts[sheet_parts(parts)[sheet]].decode()
    typed = re.findall(rf'<c r="{column}(\d+)"[^>]*><v>([^<]*)</v>', xml)
    [row] = [int(row) for row, text in typed if float(text) == value]
    return row


def recalculated(
    workbook: bytes, template: WorkbookTemplate, overrides: Mapping[Cell, float] | None = None
) -> bytes:
    """Store the results that a spreadsheet program would show: all formulas computed anew.

    ``overrides`` are cells whose formula is gone and whose typed value the others compute with.
    """
    with TemporaryDirectory() as folder:
        path = returned(Path(folder), "改.xlsx", workbook)
        submission = read(open_workbook(path), template)
    plan = plan_of(template, submission.capacity)
    fixed: dict[tuple[str, str], dict[int, float]] = {}
    for cell, value in (overrides or {}).items():
        fixed.setdefault((cell.table, cell.column), {})[cell.row] = value
    values = plan.evaluate(submission.entries, fixed)
    results: dict[str, dict[str, str]] = {}
    for cell in plan.blueprint.formulas:
        sheet = plan.layout.tables[cell.table].sheet
        address = plan.layout.address(cell.table, cell.row, cell.column)
        results.setdefault(sheet, {})[address] = _result(values.raw(cell))
    parts = unpacked(workbook)
    for sheet, part in sheet_parts(parts).items():
        if sheet in results:
            xml = parts[part].decode()
            parts[part] = re.sub(
                r'<c r="(?P<at>[A-Z]+\d+)"(?P<style>[^>]*?)(?: t="\w+")?>(?P<f><f>[^<]*</f>)<v>[^<]*</v></c>',
                partial(_with_result, results[sheet]),
                xml,
            ).encode()
    return packed(parts)


def _with_result(results: Mapping[str, str], cell: re.Match[str]) -> str:
    """Return a formula cell with its new result; formulas that are not ours keep theirs."""
    if cell["at"] not in results:
        return cell[0]
    return f'<c r="{cell["at"]}"{cell["style"]}{results[cell["at"]].replace("<v>", cell["f"] + "<v>")}'


def _result(value: object) -> str:
    """Write the rest of a cell element after its address and style, formula left out."""
    if isinstance(value, bool):
        return f' t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        kind = "e" if value.startswith("#") else "str"
        return f' t="{kind}"><v>{escape(value)}</v></c>'
    return f"><v>{0 if value is None else value!r}</v></c>"


# ── Sheets and parts ─────────────────────────────────────────────────────────────────────────────


def unpacked(workbook: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Parts) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def sheet_state(workbook: bytes, sheet: str) -> str:
    """Whether a sheet is visible, hidden or veryHidden."""
    found = re.search(
        rf'<sheet name="{sheet}"[^>]*?(?: state="(\w+)")', unpacked(workbook)["xl/workbook.xml"].decode()
    )
    return found[1] if found else "visible"


def sheet_parts(parts: Parts) -> dict[str, str]:
    """Sheet name → the part that holds it."""
    relations = parts["xl/_rels/workbook.xml.rels"].decode()
    targets = {}
    for relation in re.findall(r"<Relationship [^>]*>", relations):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', relation))
        targets[attributes["Id"]] = attributes["Target"].removeprefix("/xl/").removeprefix("xl/")
    sheets = re.findall(
        r'<sheet [^>]*?\bname="([^"]*)"[^>]*?r:id="([^"]*)"', parts["xl/workbook.xml"].decode()
    )
    return {name: f"xl/{targets[key]}" for name, key in sheets}


def changed_part(workbook: bytes, part: str, change: Callable[[str], str]) -> bytes:
    parts = unpacked(workbook)
    parts[part] = change(parts[part].decode()).encode()
    return packed(parts)


def without_print_titles(workbook: Path, folder: Path) -> Path:
    """Write a copy without the headings to be repeated on each page."""

    def change(xml: str) -> str:
        titles = r'<definedName [^>]*name="_xlnm.Print_Titles"[^>]*>[^<]*</definedName>'
        changed, count = re.subn(titles, "", xml)
        assert count or "_xlnm.Print_Titles" not in xml
        return changed

    copy = folder / workbook.name
    copy.write_bytes(changed_part(workbook.read_bytes(), "xl/workbook.xml", change))
    return copy


def changed_sheet(workbook: bytes, sheet: str, change: Callable[[str], str]) -> bytes:
    return changed_part(workbook, sheet_parts(unpacked(workbook))[sheet], change)


def hidden_row(workbook: bytes, sheet: str, row: int) -> bytes:
    def change(xml: str) -> str:
        assert f'<row r="{row}"' in xml
        return xml.replace(f'<row r="{row}"', f'<row r="{row}" hidden="1"', 1)

    return changed_sheet(workbook, sheet, change)


def row_inserted(workbook: bytes, sheet: str, before: int) -> bytes:
    """Insert an empty row as Excel does: cells move down, and every formula that points there follows."""

    def down(found: re.Match[str]) -> str:
        row = int(found["row"])
        return f"{found['head']}{row + (row >= before)}"

    def moved_cells(xml: str) -> str:
        xml = re.sub(r'(?P<head><row r="|<c r="[A-Z]+)(?P<row>\d+)', down, xml)
        return re.sub(r"<f>[^<]*</f>", lambda formula: own_references(formula[0]), xml)

    def own_references(formula: str) -> str:
        pattern = r"'[^']+'![$A-Z0-9:]+|(?<![\w$])(?P<head>\$?[A-Z]{1,2}\$?)(?P<row>\d+)\b"
        return re.sub(pattern, lambda found: down(found) if found["row"] else found[0], formula)

    def references(xml: str) -> str:
        place = rf"'{re.escape(sheet)}'!\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?"
        return re.sub(
            place, lambda found: re.sub(r"(?P<head>[!:]\$?[A-Z]+\$?)(?P<row>\d+)", down, found[0]), xml
        )

    parts = unpacked(workbook)
    own = sheet_parts(parts)[sheet]
    for name, content in parts.items():
        if name.startswith("xl/") and name.endswith(".xml"):
            text = references(content.decode())
            parts[name] = (moved_cells(text) if name == own else text).encode()
    return packed(parts)


def row_deleted(workbook: bytes, sheet: str, row: int) -> bytes:
    """Delete a row as Excel does: cells move up, formulas follow, those that need the row say #REF!."""
    cell = r"\$?[A-Z]{1,3}\$?"

    def up(number: str) -> str:
        return str(int(number) - (int(number) > row))

    def moved_cells(xml: str) -> str:
        xml = re.sub(rf'<row r="{row}".*?</row>', "", xml, count=1, flags=re.DOTALL)
        xml = re.sub(r'(<row r="|<c r="[A-Z]+)(\d+)', lambda found: found[1] + up(found[2]), xml)
        return re.sub(r"<f>[^<]*</f>", lambda formula: own_references(formula[0]), xml)

    def own_references(formula: str) -> str:
        pattern = r"'[^']+'![$A-Z0-9:]+|(?<![\w$])(\$?[A-Z]{1,2}\$?)(\d+)\b"
        return re.sub(pattern, lambda found: found[1] + up(found[2]) if found[2] else found[0], formula)

    def reference(found: re.Match[str]) -> str:
        if found["last"] is None and int(found["row"]) == row:
            return "#REF!"
        last = f":{found['to']}{up(found['last'])}" if found["last"] else ""
        return f"'{sheet}'!{found['at']}{up(found['row'])}{last}"

    place = rf"'{re.escape(sheet)}'!(?P<at>{cell})(?P<row>\d+)(?::(?P<to>{cell})(?P<last>\d+))?"
    parts = unpacked(workbook)
    own = sheet_parts(parts)[sheet]
    for name, content in parts.items():
        if name.startswith("xl/") and name.endswith(".xml"):
            text = re.sub(place, reference, content.decode())
            parts[name] = (moved_cells(text) if name == own else text).encode()
    return packed(parts)


def hidden_column(workbook: bytes, sheet: str, number: int) -> bytes:
    """Hide one column, as Excel does where several share a width."""

    def change(xml: str) -> str:
        for element in re.findall(r"<col [^>]*/>", xml):
            first, last = (int(re.findall(rf'{end}="(\d+)"', element)[0]) for end in ("min", "max"))
            if first <= number <= last:
                spans = [(first, number - 1, ""), (number, number, ' hidden="1"'), (number + 1, last, "")]
                split = "".join(
                    f'<col min="{low}" max="{high}" width="16" customWidth="1"{hidden}/>'
                    for low, high, hidden in spans
                    if low <= high
                )
                return xml.replace(element, split)
        raise AssertionError(number)

    return changed_sheet(workbook, sheet, change)


def scribbled(workbook: bytes, sheet: str, row: int, address: str, text: str) -> bytes:
    """Type a text far below everything that is ours."""
    cell = f'<row r="{row}"><c r="{address}" t="inlineStr"><is><t>{text}</t></is></c></row></sheetData>'
    return changed_sheet(workbook, sheet, lambda xml: xml.replace("</sheetData>", cell, 1))


def renamed_sheet(workbook: bytes, old: str, new: str) -> bytes:
    """Rename a sheet as Excel does: formulas and names that point to it follow."""
    parts = unpacked(workbook)
    for name, content in parts.items():
        if name.endswith(".xml"):
            text = content.decode().replace(f"'{old}'!", f"'{new}'!")
            if name == "xl/workbook.xml":
                text = text.replace(f'name="{old}"', f'name="{new}"')
            parts[name] = text.encode()
    return packed(parts)


def without_sheet(workbook: bytes, sheet: str) -> bytes:
    """Delete a sheet as Excel does: what pointed to it says #REF! from now on."""
    parts = unpacked(workbook)
    del parts[sheet_parts(parts)[sheet]]
    book = parts["xl/workbook.xml"].decode()
    element = re.search(rf'<sheet [^>]*?name="{sheet}"[^>]*?r:id="([^"]*)"[^>]*?/>', book)
    assert element is not None
    at = book[: element.start()].count("<sheet ")
    book = book.replace(element[0], "")
    book = re.sub(rf'<definedName [^>]*localSheetId="{at}"[^>]*>.*?</definedName>', "", book)
    book = re.sub(
        r'localSheetId="(\d+)"',
        lambda found: f'localSheetId="{int(found[1]) - (int(found[1]) > at)}"',
        book,
    )
    parts["xl/workbook.xml"] = book.encode()
    relations = parts["xl/_rels/workbook.xml.rels"].decode()
    kept = [
        text for text in re.findall(r"<Relationship [^>]*>", relations) if f'Id="{element[1]}"' not in text
    ]
    parts["xl/_rels/workbook.xml.rels"] = (
        relations[: relations.index("<Relationship ")] + "".join(kept) + "</Relationships>"
    ).encode()
    for name, content in parts.items():
        if name.endswith(".xml"):
            parts[name] = re.sub(
                rf"'{re.escape(sheet)}'!\$?[A-Z]+\$?\d+(:\$?[A-Z]+\$?\d+)?", "#REF!", content.decode()
            ).encode()
    return packed(parts)


def renamed_tab(workbook: bytes, old: str, new: str) -> bytes:
    """Change the name on a sheet's tab and nothing else, as simple programs do."""
    return changed_part(
        workbook, "xl/workbook.xml", lambda text: text.replace(f' name="{old}"', f' name="{new}"', 1)
    )


def moved_to_front(workbook: bytes, name: str) -> bytes:
    """Drag a sheet before all others, as Excel does (sheets of our own have no print areas to renumber)."""

    def first(text: str) -> str:
        sheet = re.search(rf'<sheet [^>]*?name="{name}"[^>]*/>', text)
        assert sheet is not None
        moved = text.replace(sheet[0], "").replace("<sheets>", f"<sheets>{sheet[0]}")
        return re.sub(r'localSheetId="(\d+)"', lambda at: f'localSheetId="{int(at[1]) + 1}"', moved)

    return changed_part(workbook, "xl/workbook.xml", first)


def with_sheet(
    workbook: bytes, name: str, cells: Mapping[str, float | str], *, state: str = "visible"
) -> bytes:
    """Add a sheet of the unit's own, with some numbers and texts."""
    parts = unpacked(workbook)
    row = "".join(
        f'<c r="{address}" t="inlineStr"><is><t>{value}</t></is></c>'
        if isinstance(value, str)
        else f'<c r="{address}"><v>{value!r}</v></c>'
        for address, value in cells.items()
    )
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    number = len(parts)
    parts[f"xl/worksheets/own{number}.xml"] = (
        f'<worksheet xmlns="{namespace}"><sheetData><row r="1">{row}</row></sheetData></worksheet>'
    ).encode()
    with_part(parts, "worksheet", f"worksheets/own{number}.xml", f"rIdOwn{number}")
    element = (
        f'<sheet xmlns:r="{RELATIONSHIPS}" name="{name}" sheetId="{900 + number}" state="{state}" '
        f'r:id="rIdOwn{number}"/></sheets>'
    )
    book = parts["xl/workbook.xml"].decode()
    parts["xl/workbook.xml"] = book.replace("</sheets>", element, 1).encode()
    return packed(parts)


def with_macros(workbook: bytes) -> bytes:
    parts = unpacked(workbook)
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 not read by anybody"
    return packed(parts)


def with_external_link(workbook: bytes) -> bytes:
    parts = unpacked(workbook)
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/externalLinks/externalLink1.xml"] = f'<externalLink xmlns="{namespace}"/>'.encode()
    with_part(parts, "externalLink", "externalLinks/externalLink1.xml", "rIdLink")
    return packed(parts)


def with_part(parts: Parts, kind: str, target: str, key: str) -> None:
    """Let the workbook point to a part."""
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    element = f'<Relationship Id="{key}" Type="{base}/{kind}" Target="{target}"/></Relationships>'
    name = "xl/_rels/workbook.xml.rels"
    parts[name] = parts[name].decode().replace("</Relationships>", element, 1).encode()


def with_stamp(workbook: bytes, change: Callable[[str], str]) -> bytes:
    """Change the stamp on its hidden sheet; the copy in the document's properties is dropped."""
    parts = unpacked(workbook)
    parts["docProps/custom.xml"] = re.sub(
        rb"<(?:\w+:)?property .*</(?:\w+:)?property>", b"", parts["docProps/custom.xml"], flags=re.DOTALL
    )
    part = sheet_parts(parts)["_xlbudget"]
    xml = parts[part].decode()
    text = re.search(r"<t(?: [^>]*)?>(.*?)</t>", xml, flags=re.DOTALL)
    assert text is not None
    parts[part] = xml.replace(text[1], escape(change(text[1].replace("&amp;", "&"))), 1).encode()
    return packed(parts)


# ── Returning and reporting ──────────────────────────────────────────────────────────────────────


def returned(folder: Path, name: str, workbook: bytes) -> Path:
    """Put a workbook into the folder of what came back."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(workbook)
    return path


Row = tuple[str, str, str, str, CellValue, CellValue, object]
"""A finding as the tests name it: rule, severity, sheet, address, stored, expected, difference."""


def row_of(finding: Finding) -> Row:
    return (
        finding.rule,
        str(finding.severity),
        finding.place.sheet,
        finding.place.address,
        finding.stored,
        finding.expected,
        finding.difference,
    )


def rows_of(report: Report) -> list[Row]:
    """Every finding of a report, in order: what a test compares as a whole."""
    return [row_of(finding) for finding in report.findings]
