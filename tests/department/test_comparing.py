"""Returns of a collection beside each other: what only the others show is told, decided on and gone again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support import builders
from support.builders import PROJECTS

from xlbudget import WorkbookTemplate, read
from xlbudget.department.collection import Collection, Status, decisions, receive
from xlbudget.department.collection.at_hand import at_hand
from xlbudget.department.collection.status import report_of_collection, status_of
from xlbudget.department.collection.status_papers import (
    history_text,
    received_line,
    received_summary,
    status_text,
)
from xlbudget.department.collection.verification import verify
from xlbudget.model import Roster

AMOUNTS = (31200.50, 87000, 4560.75, 120000, 9999.99, 250400)
COPIED = ("copied_amounts", "explain", PROJECTS, "H12")


def with_projects(units: Mapping[str, bytes], folder: Path, code: str, first: int, *, own: bool) -> Path:
    """A unit's workbook with six more projects out of its own money; revenue goes with them."""
    cells: dict[str, float | str | None] = {}
    for at, amount in enumerate(AMOUNTS, first):
        cells |= {f"C{at}": f"Z{at}", f"D{at}": f"某项目{code}{at}", f"E{at}": "2010350"}
        cells[f"H{at}"] = amount + (at - first + 1) * own
    path = folder / f"{code}.xlsx"
    path.write_bytes(builders.typed(units[code], PROJECTS, cells))
    return path


@pytest.fixture
def collection(template: WorkbookTemplate, roster: Roster, tmp_path: Path) -> Iterator[Collection]:
    with Collection.create(tmp_path / "收件", template, roster, user="经办") as made:
        yield made


def told(collection: Collection) -> dict[str, list[tuple[str, str, str, str]]]:
    return {
        part.unit.code: [
            (one.rule, one.severity.value, one.place.sheet, one.place.address)
            for one in part.report.findings
            if one.beside
        ]
        for part in collection.counted()
    }


def took(collection: Collection, *paths: Path) -> list[object]:
    return list(receive(collection, paths, workers=1))


def test_a_copy_that_arrives_alone_is_seen_and_is_gone_with_its_cause(
    collection: Collection, units: dict[str, bytes], tmp_path: Path
) -> None:
    (first := tmp_path / "一").mkdir()
    (second := tmp_path / "二").mkdir()
    took(collection, with_projects(units, first, "101", 9, own=False))
    assert told(collection) == {"101": []}
    results = took(collection, with_projects(units, first, "102", 12, own=False))
    assert told(collection) == {"101": [], "102": [COPIED]}
    arrived, compared = results
    assert (arrived.compared, compared.compared) == (False, True)  # type: ignore[attr-defined]
    assert "与其他单位的报送比对以后" in received_line(compared)  # type: ignore[arg-type]
    assert received_summary(results).startswith("新收 1 件（")  # type: ignore[arg-type]
    [entry] = [one for one in collection.register.log() if one.action == "各单位比对"]
    assert (entry.receipt, "H12:H17 这 6 个金额与“101" in entry.reason) == (2, True)
    assert "各单位比对" in history_text(collection, "102")
    assert took(collection, first / "102.xlsx")[1:] == []  # nothing new, nothing said again
    took(collection, with_projects(units, second, "101", 9, own=True))
    assert [part.stands for part in collection.receipts()] == [False, True, True]
    assert told(collection) == {"101": [], "102": []}
    assert not verify(collection.folder).changes


def test_what_the_others_show_is_in_every_paper_and_settled_by_the_officers_word(
    collection: Collection, template: WorkbookTemplate, units: dict[str, bytes], tmp_path: Path
) -> None:
    """Two returns in which nothing else is wrong."""
    (tmp_path / "102.xlsx").write_bytes(units["102"])
    took(collection, with_own_money(template, units, tmp_path / "来件", "101", 9))
    assert [part.status for part in collection.receipts()] == [Status.ACCEPTED]
    took(collection, with_own_money(template, units, tmp_path / "来件", "103", 12))
    [newer, other] = collection.receipts()
    assert (newer.status, other.status, other.explain) == (Status.ACCEPTED, Status.TO_EXPLAIN, 1)
    assert told(collection)["103"] == [COPIED]
    assert "待说明" in status_text(status_of(collection))
    assert any(one.beside for one in report_of_collection(collection).findings)
    with at_hand([collection.folder]) as given:
        report = given.report(template)
        assert report is not None
        assert [one.rule for one in report.findings if one.beside] == ["copied_amounts"]
    assert collection.kept(other)["entered"]  # joining still needs no workbook
    decisions.accept(collection, other.number, "两个单位各自核对过")
    with at_hand([collection.folder]) as given:
        report = given.report(template)
        assert report is not None
        assert [one.rule for one in report.findings if one.beside] == []
        assert [
            one.finding.rule
            for workbook in report.workbooks
            for one in workbook.settled
            if one.finding.beside
        ] == ["copied_amounts"]
    took(collection, tmp_path / "102.xlsx")
    assert collection.receipt(other.number).status is Status.ACCEPTED  # the word holds


def with_own_money(
    template: WorkbookTemplate, units: Mapping[str, bytes], folder: Path, code: str, first: int
) -> Path:
    """A unit's workbook with six projects more and the revenue for them, calculated anew."""
    folder.mkdir(exist_ok=True)
    path = with_projects(units, folder, code, first, own=False)
    entered = read(builders.returned(folder / "下发", path.name, units[code]), template).entries
    revenue = float(entered["收入"][0].values["本年收入"]) + sum(AMOUNTS)  # type: ignore[arg-type]
    path.write_bytes(
        builders.recalculated(builders.typed(path.read_bytes(), "录入3 收入", {"B5": revenue}), template)
    )
    return path
