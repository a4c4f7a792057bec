"""Workbooks from a master are, byte for byte, those written in full."""

from __future__ import annotations

import zipfile
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from xlbudget import InputError, Unit, generate_each
from xlbudget.files.spliced_zip import packed, piece, unpacked
from xlbudget.files.xlsx_writer import build
from xlbudget.model import Cell, EntryRow, Issue, Roster, WorkbookTemplate
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.sheets import master as masters
from xlbudget.workbook.sheets.master import Master, unit_workbook
from xlbudget.workbook.sheets.writing import NOBODY, workbook_bytes

SMALL = {"基本支出": 8, "项目支出": 8, "年终结转": 1, "收入科目": 1, "上年项目": 1}
SMALL |= {"F2": 9, "F3": 9, "F5": 9, "F6": 9, "F7": 2, "F8": 2, "F9收入": 2, "F9支出": 2}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FORMS = [f"公开表{number}" for number in range(1, 14)]
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30, min_size=1)
NAMES = st.one_of(TEXTS, st.sampled_from(["甲" * 300, "=1+1", "<r>红</r>", "#N/A", " 厅 ", "0101"]))
MAKES = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture(scope="module")
def master(template: WorkbookTemplate) -> Master:
    return Master(plan_of(template, SMALL), Unit("1", "2", "行政"))


def named(workbook: bytes, sheet: str) -> int:
    """The place of a sheet among the sheets, from 1."""
    with zipfile.ZipFile(BytesIO(workbook)) as package:
        sheets = ElementTree.fromstring(package.read("xl/workbook.xml")).iter(f"{{{MAIN}}}sheet")
    return [each.get("name") for each in sheets].index(sheet) + 1


def parts_that_differ(one: bytes, other: bytes) -> set[str]:
    with zipfile.ZipFile(BytesIO(one)) as first, zipfile.ZipFile(BytesIO(other)) as second:
        assert first.namelist() == second.namelist()
        return {name for name in first.namelist() if first.read(name) != second.read(name)}


@settings(max_examples=6, **MAKES)  # type: ignore[arg-type]
@given(NAMES, NAMES, st.just("行政"), NAMES)
@example("101", "甲&乙<丙>“丁”\"戊\"'己'😀", "行政", "厅\u202e\x00_x0041_")
@example("101", "名" * 300, "行政", "上" * 200)
@example("101", "示范厅", "事业", "")
@example("", "示范厅", "其他", "")
def test_any_unit_gets_the_bytes_of_a_full_write(
    template: WorkbookTemplate, code: str, name: str, kind: str, superior: str
) -> None:
    unit = Unit(code, name, kind, superior)
    assert unit_workbook(template, unit, SMALL) == workbook_bytes(template, unit, capacity=SMALL)


def test_control_totals_are_put_in_like_facts(template: WorkbookTemplate) -> None:
    both = {"控制数_基本支出": Decimal("1755.82"), "控制数_项目支出": Decimal("338.9912")}
    master = Master(plan_of(template, SMALL), Unit("1", "2", "行政"), Issue(both))
    unit = Unit("101", "某单位", "行政")
    for limits in (
        both,
        dict.fromkeys(both, Decimal(0)),
        {name: amount * 7 for name, amount in both.items()},
    ):
        whole = workbook_bytes(template, unit, capacity=SMALL, issue=Issue(limits))
        assert master.workbook(unit, Issue(limits)) == whole
    assert master.workbook(unit) is None  # another set of control totals
    assert unit_workbook(template, unit, SMALL, Issue(both)) == master.workbook(unit, Issue(both))


def test_a_workbook_of_full_size_is_patched_not_written_again(template: WorkbookTemplate) -> None:
    unit = Unit("243001", "某单位 & 分支", "参公", "某厅")
    master = Master(plan_of(template), Unit("1", "2", "参公", "3"))
    content = master.workbook(unit)
    full = workbook_bytes(template, unit)
    assert content == full
    differ = parts_that_differ(full, packed(master.parts))
    # the thirteen forms name the unit, and so does the working sheet of the units' lines
    sheets = [f"xl/worksheets/sheet{named(full, name)}.xml" for name in (*FORMS, "计算6")]
    assert differ == {*sheets, "xl/sharedStrings.xml", "docProps/core.xml", "docProps/custom.xml"}


@pytest.mark.parametrize(
    ("unit", "why"),
    [
        (Unit("101", "单位编码", "行政"), "the name is among the template's own texts"),
        (Unit("101", "行政", "行政"), "the name is the kind"),
        (Unit("101", "101", "行政"), "name and code are one text"),
        (Unit("101", "长" * 20_000, "行政"), "longer than a cell may hold, with the stamp"),
    ],
)
def test_what_a_master_cannot_give_is_written_in_full(
    template: WorkbookTemplate, master: Master, unit: Unit, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert master.workbook(Unit("102", "某单位", "行政")) is not None
    assert master.workbook(unit) is None, why
    monkeypatch.setattr(masters, "Master", lambda *_: master)
    monkeypatch.setattr(masters, "workbook_bytes", lambda *given, **more: repr((*given[1:], more)).encode())
    written = repr((unit, {"capacity": {"F7": 3}, "issue": Issue()})).encode()
    assert unit_workbook(template, unit, {"F7": 3}) == written
    masters._masters.popitem()


def test_a_master_serves_units_of_its_kind_only(master: Master) -> None:
    assert master.workbook(Unit("102", "某单位", "事业")) is None  # another kind
    assert master.workbook(Unit("102", "某单位", "行政", "某厅")) is None  # another fact known


def test_the_blank_workbook_is_written_in_full(
    template: WorkbookTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = workbook_bytes(template, capacity=SMALL)
    monkeypatch.setattr(masters, "Master", None)
    assert unit_workbook(template, NOBODY, SMALL) == blank


def test_a_writer_that_writes_otherwise_is_noticed(
    template: WorkbookTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masters, "custom_property", lambda *_: "<property/>")
    master = Master(plan_of(template, SMALL), Unit("1", "2", "行政"))
    assert not master.usable
    assert master.workbook(Unit("102", "某单位", "行政")) is None


def test_a_change_followed_through_the_formulas_gives_what_a_whole_evaluation_gives(
    template: WorkbookTemplate,
) -> None:
    plan, facts = plan_of(template, SMALL), template.unit_facts
    lines = plan.layout.tables[facts.table].lines
    texts = ({facts.code: "1", facts.name: "甲", facts.kind: "行政"}, {facts.code: "2", facts.kind: "事业"})
    first, second = (
        {Cell(facts.table, lines[line], facts.column): text for line, text in given.items()}
        for given in texts
    )
    second = first | second
    rows = [
        tuple(EntryRow(cell.row, {facts.column: text}) for cell, text in one.items())
        for one in (first, second)
    ]
    before, after = (plan.evaluate({facts.table: part}) for part in rows)
    given = {facts.table: rows[0]}
    found = plan.what_if(before, given, second)
    cells = plan.blueprint.formulas
    changed = {cell for cell in cells if after.raw(cell) != before.raw(cell)}
    assert {cell for cell in found.changed_cells if cell in cells} == changed
    assert {cell: found.raw(cell) for cell in cells} == {cell: after.raw(cell) for cell in cells}
    assert {str(after.raw(cell)) for cell in changed} >= {"2", "事业", "事业单位"}
    assert list(plan.what_if(before, given, first).changed_cells) == []


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=3_000), st.binary(min_size=1, max_size=3_000), st.binary(max_size=3_000))
def test_pieces_put_together_anew_are_one_sound_part(head: bytes, tail: bytes, other: bytes) -> None:
    kept = piece(tail, last=True)
    for first in (head, other):
        package = packed({"xl/a.xml": (piece(first, last=False), kept), "b.xml": (piece(b"b", last=True),)})
        with zipfile.ZipFile(BytesIO(package)) as archive:
            assert archive.testzip() is None
            assert archive.read("xl/a.xml") == first + tail


def test_a_package_without_cuts_is_left_as_xlsxwriter_wrote_it() -> None:
    package = build(lambda book: book.add_worksheet("表").write_string(0, 0, "文"))
    assert packed(unpacked(package)) == package


def test_a_roster_is_written_in_order_and_progress_told(template: WorkbookTemplate, tmp_path: Path) -> None:
    units = tuple(Unit(f"10{number:02}", f"单位{number}", "行政") for number in range(12))
    told: list[tuple[int, int, str]] = []
    paths = generate_each(
        template,
        tmp_path / "下发",
        Roster(units),
        capacity=SMALL,
        progress=lambda done, count, path: told.append((done, count, path.name)),
    )
    assert [path.name.split("_")[0] for path in paths] == [unit.code for unit in units]
    assert told == [(at, 12, path.name) for at, path in enumerate(paths, 1)]
    assert sorted(paths) == sorted((tmp_path / "下发").iterdir())
    assert paths[7].read_bytes() == workbook_bytes(template, units[7], capacity=SMALL)


def test_two_units_with_one_file_name_are_refused_before_anything_is_written(
    template: WorkbookTemplate, tmp_path: Path
) -> None:
    units = [Unit("a/1", "甲", "行政"), Unit("A:1", "甲", "行政")]
    with pytest.raises(InputError, match="单位“a/1 甲”与“A:1 甲”的工作簿会同名；请在名册中改正单位编码。"):
        generate_each(template, tmp_path / "下发", units)
    assert not (tmp_path / "下发").exists()
