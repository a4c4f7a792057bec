"""Commands take a collection where they take workbooks: units by code, name or receipt, files by name."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import builders
from support.shared_files import made_once

import xlbudget
from xlbudget import InputError, Roster, Severity, WorkbookTemplate, generate, read
from xlbudget.cli import BLOCKED, CLEAN, COULD_NOT_RUN, run
from xlbudget.department.collection import Collection, Received, receive
from xlbudget.department.collection.choice import chosen_receipts, receipt_to_decide

Cli = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def laid(
    template: WorkbookTemplate,
    roster: Roster,
    units: dict[str, bytes],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """101 returned twice, the second time well; 102 once, 103 a zero return."""

    def make(folder: Path) -> None:
        inbox = folder / "来件"
        inbox.mkdir()
        (inbox / "示范厅（一稿）.xlsx").write_bytes(builders.typed(units["101"], "公开表1", {"D6": 1.0}))
        (inbox / "示范厅（二稿）.xlsx").write_bytes(units["101"])
        (inbox / "监督局.xlsx").write_bytes(units["102"])
        shutil.copy(generate(template, folder / "下发", roster.units[2]), inbox / "信息中心.xlsx")
        with Collection.create(folder / "收件", template, roster, user="经办") as collection:
            for name in ("示范厅（一稿）", "示范厅（二稿）", "监督局", "信息中心"):
                list(receive(collection, [inbox / f"{name}.xlsx"], workers=1))
        xlbudget.decide(folder / "收件", "103", "zero", "电话确认", user="经办")

    return made_once(request, tmp_path_factory, "collections-everywhere", make)


@pytest.fixture
def collection(laid: Path, tmp_path: Path) -> Path:
    shutil.copytree(laid / "收件", tmp_path / "收件")
    return tmp_path / "收件"


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: object) -> tuple[int, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return call


def test_a_collection_is_checked_as_it_was_judged_under_the_names_people_gave(
    collection: Path, cli: Cli, tmp_path: Path
) -> None:
    report = tmp_path / "报告.json"
    code, said = cli("check", collection, "--no-judge", "-o", report)
    assert code == CLEAN, said
    data = json.loads(report.read_text(encoding="utf-8"))
    files = {part["file"].rpartition("/")[2]: part["verdict"] for part in data["workbooks"]}
    assert files == {"示范厅（二稿）.xlsx": "可接收", "监督局.xlsx": "可接收", "信息中心.xlsx": "可接收"}
    assert (
        "不算已经报送" not in said
        and "零报告：没有填任何金额，主管部门已确认（4 号收件）" in report.read_text("utf-8")
    )


def test_one_return_is_named_by_its_receipt(collection: Path, cli: Cli) -> None:
    code, said = cli("check", collection, "1号", "--no-judge")
    assert code == BLOCKED
    assert "公开表1!D6" in said and "未报送" not in said


def test_a_rule_switched_off_has_the_returns_judged_anew(collection: Path) -> None:
    [workbook] = xlbudget.check([collection, "1号"]).workbooks
    rules = {finding.rule for finding in workbook.findings if finding.severity is Severity.BLOCKING}
    again = xlbudget.check([collection, "1号"], prior=collection).workbooks[0]
    assert {finding.rule for finding in again.findings} >= rules
    assert again.path.name == "示范厅（一稿）.xlsx"


def test_the_last_two_returns_of_a_unit_are_compared(collection: Path, cli: Cli) -> None:
    code, said = cli("compare", collection, "101")
    assert code == CLEAN and "问题：已消除 1" in said
    assert {part.fate for part in xlbudget.compare(collection, "101").findings} == {"已消除"}
    assert cli("compare", collection, "1号", "2号")[1] == said
    code, said = cli("compare", collection, "102")
    assert code == COULD_NOT_RUN and "只报过一次的没有可对比的" in said


def test_values_and_export_take_units(collection: Path, cli: Cli, tmp_path: Path, laid: Path) -> None:
    own = cli("values", laid / "来件" / "监督局.xlsx", "--rounded")[1].splitlines()
    code, said = cli("values", collection, "102", "--rounded")
    assert code == CLEAN
    assert said.splitlines() == [f"unit,{own[0]}", *(f"102,{line}" for line in own[1:])]
    assert cli("export", collection, "102", "-o", tmp_path / "出")[0] == CLEAN
    with (tmp_path / "出" / "entries.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert {row["unit_code"] for row in csv.DictReader(stream)} == {"102"}


def test_a_figure_of_a_unit_is_traced_without_end(collection: Path, cli: Cli, tmp_path: Path) -> None:
    code, said = cli("trace", collection, "102", "1", "支出总计", "合计")
    assert code == CLEAN, said
    found, _ = xlbudget.trace(collection, ("1", "支出总计", "合计"), "102")
    assert found.rest == 0 and len(found.parts) > 3
    assert cli("trace", collection, "102", "1", "支出总计", "合计", "-o", tmp_path / "溯源.txt")[0] == CLEAN
    lines = (tmp_path / "溯源.txt").read_text(encoding="utf-8-sig").splitlines()
    assert sum(line.startswith("  ") and " · " in line for line in lines) == len(found.parts)
    code, said = cli("trace", collection, "1", "支出总计", "合计")
    assert code == COULD_NOT_RUN and "收件文件夹后面先写单位" in said


def test_ledgers_are_filled_into_what_units_returned(
    collection: Path, cli: Cli, tmp_path: Path, demo_data: Path, template: WorkbookTemplate
) -> None:
    shutil.copytree(demo_data / "department" / "103", tmp_path / "录入" / "103")
    code, said = cli("fill", collection, "103", "--entries", tmp_path / "录入", "-o", tmp_path / "填好")
    assert code == CLEAN, said
    assert read(tmp_path / "填好" / "信息中心.xlsx", template).entries["基本支出"]


def test_returns_are_taken_out_by_unit(collection: Path, cli: Cli, tmp_path: Path, laid: Path) -> None:
    code, said = cli("take", collection, "1号", "103", "-o", tmp_path / "取")
    assert code == CLEAN, said
    assert sorted(
        path.relative_to(tmp_path / "取").as_posix() for path in (tmp_path / "取").rglob("*.*")
    ) == [
        "101_示范厅机关/101_示范厅机关.eml",
        "101_示范厅机关/101_示范厅机关.txt",
        "101_示范厅机关/示范厅（一稿）.xlsx",
        "101_示范厅机关/示范厅（一稿）_批注.xlsx",
        "103_示范厅信息中心/103_示范厅信息中心.eml",
        "103_示范厅信息中心/103_示范厅信息中心.txt",
        "103_示范厅信息中心/信息中心.xlsx",
        "全部回复.txt",
    ]
    original = laid / "来件" / "示范厅（一稿）.xlsx"
    assert (tmp_path / "取" / "101_示范厅机关" / original.name).read_bytes() == original.read_bytes()
    draft = email.message_from_bytes(
        (tmp_path / "取" / "101_示范厅机关" / "101_示范厅机关.eml").read_bytes(), policy=email.policy.default
    )
    [attached] = draft.iter_attachments()
    assert attached.get_filename() == "示范厅（一稿）_批注.xlsx"
    copy = tmp_path / "取" / "101_示范厅机关" / "示范厅（一稿）_批注.xlsx"
    assert attached.get_payload(decode=True) == copy.read_bytes()
    body = draft.get_body()
    assert body is not None and "示范厅机关：" in body.get_content() and "公开表1!D6" in body.get_content()
    every = (tmp_path / "取" / "全部回复.txt").read_text(encoding="utf-8-sig")
    assert "公开表1!D6" in every and "已确认为零报告并接收" in every
    zero = (tmp_path / "取" / "103_示范厅信息中心" / "103_示范厅信息中心.txt").read_text(encoding="utf-8-sig")
    assert "已确认为零报告并接收" in zero
    assert (
        cli("take", collection, "1号", "103", "-o", tmp_path / "取")[0] == CLEAN
    )  # again, to the same place
    code, said = cli("take", collection, "109", "-o", tmp_path / "无")
    assert code == COULD_NOT_RUN and "109" in said and not (tmp_path / "无").exists()


def test_the_officer_decides_by_unit_or_receipt(collection: Path, cli: Cli) -> None:
    code, said = cli("decide", collection, "监督局", "return", "--reason", "有误")
    assert code == COULD_NOT_RUN  # not the whole name
    code, said = cli("decide", collection, "102", "return", "--reason", "有误")
    assert (code, said) == (CLEAN, "3 号收件（102 示范厅执法监督局）：退回\n")
    code, said = cli("decide", collection, "4号", "zero", "--reason", "再次确认")
    assert (code, said) == (CLEAN, "4 号收件（103 示范厅信息中心）：已接收（零报告）\n")
    states = {part.unit.code: part.state for part in xlbudget.status(collection).units}
    assert states == {"101": "已接收", "102": "退回", "103": "已接收（零报告）"}


def test_a_later_return_that_does_not_stand_is_to_be_named(collection: Path, laid: Path) -> None:
    worse = collection.parent / "示范厅（三稿）.xlsx"
    worse.write_bytes(
        builders.typed((laid / "来件" / "示范厅（二稿）.xlsx").read_bytes(), "公开表1", {"D6": 2.0})
    )
    [result] = xlbudget.collect(worse, collection)
    assert isinstance(result, Received) and not result.receipt.stands
    with Collection.open(collection) as opened:
        assert receipt_to_decide(opened, "101", waiting=True).number == 5
        with pytest.raises(
            InputError, match=r"单位 101 有几份可决定的收件：2 号（.*、5 号（.*请写收件号，如 5号"
        ):
            receipt_to_decide(opened, "101")
        assert receipt_to_decide(opened, "5号").number == 5


def test_a_number_that_is_unit_and_receipt_is_never_guessed(
    template: WorkbookTemplate, laid: Path, tmp_path: Path
) -> None:
    """Unit 2 has receipt 1, and receipt 2 is another unit's."""
    unit, other = xlbudget.Unit("2", "甲单位", "行政", ""), xlbudget.Unit("3", "乙单位", "行政", "")
    folder = tmp_path / "收"
    with Collection.create(folder, template, Roster((unit, other))) as opened:
        for part in (unit, other):
            list(receive(opened, [generate(template, tmp_path / part.code, part)], workers=1))
        with pytest.raises(InputError, match=r"“2”是单位 2 的编码，也是一个收件号.*写作“2号”"):
            chosen_receipts(opened, "2")
        assert [part.number for part in chosen_receipts(opened, "2号")] == [2]
        assert [part.unit_code for part in chosen_receipts(opened, "甲单位")] == ["2"]
        assert [part.number for part in chosen_receipts(opened, "1")] == [1]


def test_a_changed_original_is_not_handed_out(collection: Path, cli: Cli, tmp_path: Path) -> None:
    for path in (collection / "originals").rglob("*.xlsx"):
        path.chmod(0o600)
        path.write_bytes(path.read_bytes() + b"\0")
    code, said = cli("take", collection, "101", "-o", tmp_path / "取")
    assert code == COULD_NOT_RUN and "原件在收件以后改动过" in said
    assert not (tmp_path / "取").exists()


def test_what_the_check_failed_on_is_no_clean_export(
    collection: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise ZeroDivisionError

    inbox = tmp_path / "来件"
    xlbudget.take(collection, inbox, ["102"])
    (workbook,) = inbox.rglob("*.xlsx")
    monkeypatch.setattr("xlbudget.checking.one_file.check_submission", broken)
    code, said = cli("export", workbook, "-o", tmp_path / "出")
    assert code == COULD_NOT_RUN and "监督局.xlsx" in said
