"""What a collection keeps of a return: used as long as nothing that it depends on has changed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from support.shared_files import made_once

import xlbudget
from xlbudget import Roster, Unit, WorkbookTemplate
from xlbudget.checking.runs import basis, whole_run
from xlbudget.department.collection import Collection, receive
from xlbudget.department.collection import summary as collection_summary
from xlbudget.department.collection.entered import entered_data, submission_from
from xlbudget.department.collection.summary import summary_of
from xlbudget.department.summary.joining import DepartmentSummary
from xlbudget.returns.reading import read_entered

DEPARTMENT = Unit("100", "示例部门", "部门汇总")


@pytest.fixture(scope="module")
def laid(
    template: WorkbookTemplate,
    roster: Roster,
    units: dict[str, bytes],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    def make(folder: Path) -> None:
        (folder / "来件").mkdir()
        for code in ("101", "102"):
            (folder / "来件" / f"{code}.xlsx").write_bytes(units[code])
        with Collection.create(folder / "收件", template, roster, user="经办") as collection:
            list(receive(collection, [folder / "来件"], workers=1))

    return made_once(request, tmp_path_factory, "kept", make)


@pytest.fixture
def folder(laid: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(laid / "收件", tmp_path / "收件"))


def joined(folder: Path) -> DepartmentSummary:
    with Collection.open(folder) as collection:
        return summary_of(collection, DEPARTMENT, allow=("missing",))


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a workbook was read again")

    monkeypatch.setattr(collection_summary, "read_entered", refuse)


def test_entries_come_back_as_the_workbook_has_them(laid: Path, template: WorkbookTemplate) -> None:
    read = read_entered(laid / "来件" / "101.xlsx", template)
    data = json.loads(json.dumps(entered_data(read)))
    again = submission_from(data, read.path, read.sha256)
    for part in ("unit", "template_id", "digest", "department", "capacity", "entries"):
        assert getattr(again, part) == getattr(read, part)
    kinds = {type(value) for rows in again.entries.values() for row in rows for value in row.values.values()}
    assert kinds >= {Decimal, str}


def test_a_summary_needs_no_workbook_and_is_the_same_with_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        no_reading(patched)
        kept = joined(folder)
    monkeypatch.setattr(basis, "__version__", "another")
    read = joined(folder)
    assert (kept.entries, kept.capacity, kept.lines) == (read.entries, read.capacity, read.lines)
    assert kept.workbook() == read.workbook()


@pytest.mark.parametrize("what", ["version", "roster", "report"])
def test_what_another_version_or_roster_gave_is_not_used(
    folder: Path, roster: Roster, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if what == "version":
        monkeypatch.setattr(basis, "__version__", "another")
    with Collection.open(folder) as collection:
        if what == "roster":
            more = (*roster.units, Unit("109", "新设单位", roster.units[0].kind, roster.units[0].superior))
            collection._new_roster(replace(roster, units=more))
        if what == "report":  # changed outside the program: its digest is on record
            text = collection.register.report_text(1).replace('"basis"', '"other"')
            with collection.register.transaction():
                collection.register._database.execute("UPDATE report SET data = ? WHERE number = 1", (text,))
        assert collection.kept(collection.receipt(1)) == {}
    no_reading(monkeypatch)
    with pytest.raises(AssertionError, match="read again"):
        joined(folder)


def test_a_check_of_a_collection_is_made_anew_by_another_version(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[Path] = []
    once = whole_run.check_each

    def counted(files: list[Path], *rest: object, **named: object) -> object:
        judged.extend(files)
        return once(files, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(whole_run, "check_each", counted)
    first = xlbudget.check(folder)
    assert judged == []
    monkeypatch.setattr(basis, "__version__", "another")
    again = xlbudget.check(folder)
    assert [path.name for path in judged] == ["101.xlsx", "102.xlsx"]
    assert [part.sha256 for part in again.workbooks] == [part.sha256 for part in first.workbooks]


def test_a_check_with_another_roster_is_made_anew(folder: Path, roster: Roster) -> None:
    without = replace(roster, units=roster.units[1:])
    [first, second] = xlbudget.check(folder, roster=without).workbooks
    assert [finding.rule for finding in first.findings] == ["unknown_unit"]
    assert second.unit is not None and second.unit.code == "102" and not second.blocked
