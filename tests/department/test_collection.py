"""A collection: what arrives is registered once, what officers decide is logged, what is changed shows."""

from __future__ import annotations

import contextlib
import email.message
import email.policy
import hashlib
import itertools
import json
import re
import shutil
import sqlite3
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from support import builders, hostile_files

from xlbudget import (
    ConsolidationRefused,
    InputError,
    OutputError,
    Unit,
    WorkbookTemplate,
    check,
    generate,
    read,
    read_roster,
)
from xlbudget.checking.waivers import read_waivers
from xlbudget.cli import run
from xlbudget.department.collection import Collection, Received, Status, decisions, receive
from xlbudget.department.collection.arrivals import MOST_NESTED, Arrival, PassedOver, arrivals
from xlbudget.department.collection.closing import close, reopen
from xlbudget.department.collection.folder import HEAD, REGISTER
from xlbudget.department.collection.originals import ORIGINALS
from xlbudget.department.collection.status import decided_in, report_of_collection, status_of
from xlbudget.department.collection.status_page import status_page
from xlbudget.department.collection.status_papers import (
    history_text,
    received_line,
    status_text,
    status_workbook,
)
from xlbudget.department.collection.summary import summary_of
from xlbudget.department.collection.verification import verify
from xlbudget.model import Roster
from xlbudget.reports.replies import write_replies
from xlbudget.returns.reading import read_entered

DEPARTMENT = Unit("HZ", "示范厅", "部门汇总")


def clock() -> Callable[[], datetime]:
    minutes = itertools.count()
    return lambda: datetime(2023, 2, 1, 9, tzinfo=UTC) + timedelta(minutes=next(minutes))


@pytest.fixture
def collection(template: WorkbookTemplate, roster: Roster, tmp_path: Path) -> Iterator[Collection]:
    with Collection.create(tmp_path / "收件", template, roster, now=clock(), user="经办") as made:
        yield made


def received(collection: Collection, *paths: Path) -> list[Received | PassedOver]:
    return list(receive(collection, paths, workers=1))


def states(collection: Collection) -> list[tuple[int, str, str, bool]]:
    return [(part.number, part.unit_code, part.status.value, part.stands) for part in collection.receipts()]


@pytest.fixture(scope="module")
def blank(template: WorkbookTemplate, roster: Roster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of unit 103 as it was sent out, with nothing filled in."""
    return generate(template, tmp_path_factory.mktemp("blank"), roster.units[2])


@pytest.fixture(scope="module")
def spoiled(units: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of unit 101 with an amount of form 1 overwritten."""

    path = tmp_path_factory.mktemp("spoiled") / "101_改.xlsx"
    path.write_bytes(builders.typed(units["101"], "公开表1", {"D6": 1.0}))
    return path


# ---------------------------------------------------------------- arrivals


class OldName(zipfile.ZipInfo):
    """An entry as old programs in China write it: the name in GBK, and nothing that says so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800


def zipped(entries: dict[str, bytes], kind: type[zipfile.ZipInfo] = zipfile.ZipInfo) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            archive.writestr(kind(name), content)
    return stream.getvalue()


def mail(attachments: dict[str, bytes]) -> bytes:
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "报送预算"
    message.set_content("见附件。")
    for name, content in attachments.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def found(*paths: Path) -> tuple[list[str], list[tuple[str, str]]]:
    """Where what is to be checked came from; and, with the reason, what was passed over or cannot be read."""
    with tempfile.TemporaryDirectory() as room:
        parts = list(arrivals(list(paths), Path(room)))
    taken = [part.source for part in parts if isinstance(part, Arrival) and not part.unread]
    passed = [(part.source, part.reason) for part in parts if isinstance(part, PassedOver)]
    unread = [
        (part.source, part.unread[0].reason) for part in parts if isinstance(part, Arrival) and part.unread
    ]
    return taken, passed + unread


def test_archives_in_archives_and_mails_are_opened_and_old_names_read(tmp_path: Path) -> None:
    inner = zipped({"财务处/二.xlsx": b"2"}, OldName)
    folder = tmp_path / "收件箱"
    (folder / "cur").mkdir(parents=True)
    (folder / "一.zip").write_bytes(zipped({"内层.zip": inner, "~$锁.xlsx": b"x", "读我.txt": b"x"}))
    (folder / "二.eml").write_bytes(mail({"附件.zip": zipped({"三.xlsx": b"3"}), "四.xlsx": b"4"}))
    (folder / "cur" / "1675.M1:2,S").write_bytes(mail({"五.xlsx": b"5"}))
    (folder / "空.eml").write_bytes(mail({}))
    (folder / "Thumbs.db").write_bytes(b"x")
    taken, passed = found(folder)
    assert sorted(taken) == [
        "收件箱/cur/1675.M1:2,S → 五.xlsx",
        "收件箱/一.zip → 内层.zip → 财务处/二.xlsx",
        "收件箱/二.eml → 四.xlsx",
        "收件箱/二.eml → 附件.zip → 三.xlsx",
    ]
    assert sorted(passed) == [
        ("收件箱/一.zip → 读我.txt", "不是工作簿、压缩包或邮件，未收"),
        ("收件箱/空.eml", "邮件里没有附件"),
    ]


def test_a_mailbox_is_opened_letter_by_letter(tmp_path: Path) -> None:
    box = tmp_path / "信箱.mbox"
    box.write_bytes(b"".join(b"From a\n" + mail({f"{at}.xlsx": b"x"}) + b"\n" for at in (1, 2)))
    assert found(box)[0] == ["信箱.mbox 第 1 封 → 1.xlsx", "信箱.mbox 第 2 封 → 2.xlsx"]


DEEP = f"套了 {MOST_NESTED} 层以上，未打开；请解开后再收"


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    nested = zipped({"深.xlsx": b"x"})
    for at in range(MOST_NESTED):
        nested = zipped({f"{at}.zip": nested})
    (tmp_path / "深.zip").write_bytes(nested)
    (tmp_path / "坏.zip").write_bytes(b"PK\x03\x04 no")
    secret = bytearray(zipped({"密.xlsx": b"x"}))
    secret[6] |= 1
    secret[secret.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "密.zip").write_bytes(bytes(secret))
    torn = bytearray(zipped({"残.xlsx": b"content of the file"}))
    torn[torn.index(b"content")] ^= 1
    (tmp_path / "残.zip").write_bytes(bytes(torn))
    taken, passed = found(*sorted(tmp_path.iterdir()))
    assert taken == []
    assert passed == [
        ("坏.zip", "不是完好的 zip 压缩包；请重新压缩后报送"),
        ("密.zip", "有密码，不能打开；请去掉密码后重报"),
        ("残.zip", "在压缩包里已损坏；请重新压缩后报送"),
        (f"深.zip → {' → '.join(f'{at}.zip' for at in range(MOST_NESTED - 1, -1, -1))}", DEEP),
    ]
    with pytest.raises(InputError, match="找不到“"):
        found(tmp_path / "没有.zip")


def test_nothing_is_unpacked_outside(collection: Collection, units: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"../../逃.xlsx": units["101"]}))
    before = {part for part in tmp_path.rglob("*") if collection.folder not in part.parents}
    [result] = received(collection, path)
    assert isinstance(result, Received)
    assert (result.receipt.name, result.receipt.source) == ("逃.xlsx", "x.zip → ../../逃.xlsx")
    assert {part for part in tmp_path.rglob("*") if collection.folder not in part.parents} == before


# --------------------------------------------------------------- receiving


def test_files_are_registered_and_originals_kept_as_they_are(
    collection: Collection, department_workbooks: list[Path], template: WorkbookTemplate, tmp_path: Path
) -> None:
    lost = tmp_path / "坏.xlsx"
    lost.write_bytes(b"PK no workbook")
    received(collection, *department_workbooks, lost)
    assert states(collection) == [
        (1, "101", "已接收", True),
        (2, "102", "已接收", True),
        (3, "103", "已接收", True),
        (4, "", "无法读取", False),
    ]
    for receipt, path in zip(collection.receipts(), [*department_workbooks, lost], strict=True):
        assert collection.original(receipt).read_bytes() == path.read_bytes()
        assert receipt.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    [report] = check(department_workbooks[0], template, roster=collection.roster).workbooks
    assert collection.report(collection.receipt(1)).outcomes == report.outcomes
    assert collection.receipt(1).received_at == "2023-02-01T09:01:00+00:00"


def test_a_file_of_an_old_format_stands_in_the_status_with_what_to_do(
    collection: Collection, tmp_path: Path
) -> None:
    path = tmp_path / "103_旧.et"
    path.write_bytes(hostile_files.ole2("Workbook"))
    [result] = received(collection, path)
    status = status_of(collection)
    page = status_page(status, "2023-02-01T09:00:00+00:00").decode()
    for said in (received_line(result), status_text(status), page):
        assert "是早期的 Excel 或 WPS 表格格式（.xls、.et）" in said
        assert "在 WPS 中选“Microsoft Excel 文件（*.xlsx）”" in said


def test_the_same_bytes_twice_are_harmless(
    collection: Collection, department_workbooks: list[Path], tmp_path: Path
) -> None:
    copy = tmp_path / "再报.xlsx"
    copy.write_bytes(department_workbooks[0].read_bytes())
    results = received(collection, department_workbooks[0], copy)
    results += received(collection, copy)
    assert [part.again for part in results if isinstance(part, Received)] == [False, True, True]
    assert states(collection) == [(1, "101", "已接收", True)]
    assert len(collection.register.log()) == 2


def test_a_later_return_replaces_an_earlier_unless_it_is_worse(
    collection: Collection, department_workbooks: list[Path], spoiled: Path, tmp_path: Path
) -> None:
    received(collection, spoiled)
    assert states(collection) == [(1, "101", "退回", True)]
    [better] = received(collection, department_workbooks[0])
    assert isinstance(better, Received) and better.replaced is not None
    assert states(collection) == [(1, "101", "已替换", False), (2, "101", "已接收", True)]
    worse = tmp_path / "101_又改.xlsx"
    worse.write_bytes(spoiled.read_bytes() + b"\0")  # other bytes, the same workbook
    received(collection, worse)
    assert states(collection)[1:] == [(2, "101", "已接收", True), (3, "101", "退回", False)]
    text = status_text(status_of(collection))
    assert "后来又报、没有取代已接收的\n  101 示范厅机关：3 号收件，1 个必须改正（101_又改.xlsx）" in text
    decisions.prefer(collection, 3, "单位确认以后报的为准")
    assert states(collection)[1:] == [(2, "101", "已替换", False), (3, "101", "退回", True)]


def replies(collection: Collection, folder: Path) -> dict[str, str]:
    """What each unit is told, by its code."""
    report, decided = report_of_collection(collection), decided_in(collection)
    written = write_replies(report, folder, date(2023, 2, 10), decided)
    return {path.name.partition("_")[0]: path.read_text("utf-8-sig").strip() for path in written}


def test_an_empty_workbook_is_no_zero_report_until_someone_says_so(
    collection: Collection, blank: Path, department_workbooks: list[Path], tmp_path: Path
) -> None:
    received(collection, blank, department_workbooks[0])
    assert states(collection)[0] == (1, "103", "待说明", True)
    with pytest.raises(InputError, match="不是零报告"):
        decisions.confirm_zero(collection, 2, "电话确认")
    assert replies(collection, tmp_path)["103"].splitlines() == [
        "示范厅信息中心：",
        f"你单位报送的“2023年度单位预算（山西省财政厅（省级预算单位））”（文件：{blank.name}）已审核，"
        "没有填任何金额。请于 2023 年 2 月 10 日前告知是不是零报告：",
        "1. 本年确实没有预算的，书面回复“2023年度单位预算（山西省财政厅（省级预算单位））为零报告”"
        "并写明原因，不需要再报文件。",
        "2. 发错了文件，或填好后没有保存的，在下发的原工作簿中填好并保存，重新报送。",
        "没有确认以前，不算已经报送。",
    ]
    plain = check(blank, collection.template)
    [written] = write_replies(plain, tmp_path / "另", date(2023, 2, 10))
    assert written.read_text("utf-8-sig").strip() == replies(collection, tmp_path)["103"]
    assert plain.workbooks[0].remarks[-1] == "没有填任何金额，请单位确认是不是零报告"
    decisions.confirm_zero(collection, 1, "电话确认")
    assert replies(collection, tmp_path)["103"].endswith("已审核，已确认为零报告并接收，不需要再报。")
    counted = {part.unit.code: part.state for part in status_of(collection).units}
    assert counted == {"103": "已接收（零报告）", "101": "已接收", "102": "未报送"}


def test_decisions_need_a_reason_and_blocking_findings_stand(
    collection: Collection, spoiled: Path, tmp_path: Path
) -> None:
    lost = tmp_path / "坏.xlsx"
    lost.write_bytes(b"nothing")
    received(collection, spoiled, lost)
    for decide in (decisions.accept, decisions.send_back, decisions.prefer, decisions.confirm_zero):
        with pytest.raises(InputError, match="--reason"):
            decide(collection, 1, " ")
    with pytest.raises(InputError, match="1 号收件有 1 个不予接收的问题，不能认可"):
        decisions.accept(collection, 1, "领导同意")
    with pytest.raises(InputError, match=r"2 号收件（坏.xlsx）认不出是哪个单位的"):
        decisions.accept(collection, 2, "领导同意")
    with pytest.raises(InputError, match="没有 9 号收件"):
        decisions.accept(collection, 9, "领导同意")


def test_an_accepted_return_can_be_sent_back_and_a_waiver_put_on_record(
    collection: Collection, department_workbooks: list[Path], tmp_path: Path
) -> None:
    received(collection, department_workbooks[0])
    decisions.send_back(collection, 1, "附件不全")
    assert states(collection) == [(1, "101", "退回", True)]
    assert replies(collection, tmp_path)["101"].splitlines()[1:] == [
        "你单位报送的“2023年度单位预算（山西省财政厅（省级预算单位））”"
        f"（文件：{department_workbooks[0].name}）已审核，主管部门退回，原因：附件不全。",
        "请于 2023 年 2 月 10 日前改正后重新报送。",
    ]
    decisions.accept(collection, 1, "附件已补")
    assert replies(collection, tmp_path)["101"].endswith("没有问题，可以接收，不需要再报。")
    assert states(collection) == [(1, "101", "已接收", True)]
    with pytest.raises(InputError, match="已经接收"):
        decisions.accept(collection, 1, "附件已补")
    file = tmp_path / "认可.toml"
    file.write_text(
        '[[waiver]]\nunit = "101"\nrule = "X-22"\ncell = "公开表5!D6"\nvalue = 1.5\nwho = "预算处"\n'
        'why = "政策"\nuntil = 2099-12-31\n',
        encoding="utf-8",
    )
    decisions.waive(collection, 1, read_waivers(file).waivers, "会议纪要")
    assert collection.waivers() == list(read_waivers(file).waivers)
    assert [entry.action for entry in collection.register.log()][-2:] == ["认可", "重新评定"]
    with pytest.raises(InputError, match="认可文件里没有单位 101"):
        decisions.waive(collection, 1, (), "会议纪要")


def test_the_history_says_what_happened_by_whom_and_why(
    collection: Collection, department_workbooks: list[Path]
) -> None:
    received(collection, department_workbooks[0])
    decisions.send_back(collection, 1, "附件不全")
    name = department_workbooks[0].name
    assert history_text(collection, "101").splitlines() == [
        "101 示范厅机关",
        f"  2023-02-01 09:02  经办  1 号 收件：{name}（{name}）",
        "  2023-02-01 09:03  经办  1 号 退回：附件不全",
        "  现状  1 号  退回  没有问题  代表该单位",
    ]
    assert history_text(collection, "102").splitlines()[1] == "  还没有报送。"
    with pytest.raises(InputError, match="没有单位“10l”；最接近的是"):
        history_text(collection, "10l")


def test_the_status_page_shows_levels_the_chase_list_and_no_markup_of_others(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    units = (
        Unit("100", "示范厅", "行政"),
        Unit("101", "示范厅机关", "行政", "示范厅", "100"),
        Unit("109", "<script>alert(1)</script>", "事业", "示范厅机关", "101"),
    )
    with Collection.create(tmp_path / "页", template, Roster(units), now=clock(), user="经办") as made:
        received(made, department_workbooks[0])
        page = status_page(status_of(made), "2023-02-01T09:30:59+08:00").decode()
    assert "单位 3 个，收件 1 件；截至 2023-02-01 09:30<" in page
    assert "<script" not in page and "http" not in page and "src=" not in page
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    name = "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert [row for row in rows if row] == [
        ["—", "100 示范厅", "1"],
        ["示范厅机关", f"109 {name}", "1"],
        ["1", "0", "0", "0", "0", "0", "1"],
        ["2", "1", "0", "0", "0", "0", "0"],
        ["3", "0", "0", "0", "0", "0", "1"],
        ["100", "示范厅", "行政", "", "未报送", "", "", ""],
        ["101", "示范厅机关", "行政", "示范厅", "已接收", "1", "没有问题", department_workbooks[0].name],
        ["109", name, "事业", "示范厅机关", "未报送", "", "", ""],
    ]


# ----------------------------------------------------------------- summary


def opened(path: Path) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a computed print area is more than openpyxl takes
        return openpyxl.load_workbook(path)


def test_the_summary_is_of_what_has_been_accepted(
    collection: Collection, department_workbooks: list[Path], template: WorkbookTemplate, tmp_path: Path
) -> None:
    received(collection, *department_workbooks)
    assert collection.counted_units() == [part.unit for part in collection.counted()]
    summary = summary_of(collection, DEPARTMENT)
    assert summary.gaps == ()
    path = tmp_path / "汇总.xlsx"
    path.write_bytes(summary.workbook())
    assert summary.workbook() == path.read_bytes()
    [report] = check(path, template).workbooks
    assert [finding.message for finding in report.findings] == []
    rows = list(opened(path)["汇总来源"].iter_rows(values_only=True))
    sums = [hashlib.sha256(part.read_bytes()).hexdigest() for part in department_workbooks]
    assert [(row[1], row[3], row[6]) for row in rows[3:6]] == [
        (code, str(at), digest)
        for at, (code, digest) in enumerate(zip(["101", "102", "103"], sums, strict=True), 1)
    ]


def test_a_return_is_joined_without_a_look_at_its_forms_unless_tabs_have_changed_places(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    """Entries are found where they are, should the tab of a ledger carry the name of a form."""
    entry, form = template.entry("基本支出").sheet, template.forms[0].sheet
    swapped = department_workbooks[0].read_bytes()
    for old, new in ((entry, "甲"), (form, entry), ("甲", form)):
        swapped = builders.renamed_sheet(swapped, old, new)
    other = builders.returned(tmp_path, "换名.xlsx", swapped)
    for path in (*department_workbooks[:1], other):
        whole, entered = read(path, template), read_entered(path, template)
        assert whole.entries["基本支出"]
        assert entered.entries == whole.entries
        assert (entered.unit, entered.sha256, entered.remarks[:1]) == (
            whole.unit,
            whole.sha256,
            whole.remarks[:1],
        )


def test_gaps_are_refused_and_if_let_pass_stand_on_the_cover(
    collection: Collection, department_workbooks: list[Path], spoiled: Path, blank: Path, tmp_path: Path
) -> None:
    received(collection, spoiled, department_workbooks[1], blank)
    decisions.send_back(collection, 2, "附件不全")
    with pytest.raises(ConsolidationRefused) as refused:
        summary_of(collection, DEPARTMENT)
    assert [reason.partition("；")[0] for reason in refused.value.reasons[:3]] == [
        "“101 示范厅机关”（1 号收件）的报送已退回，没有重报",
        "“102 示范厅执法监督局”（2 号收件）的报送已退回，没有重报",
        f"“103 示范厅信息中心”（{blank.name}）是空表，没有填任何金额",
    ]
    summary = summary_of(collection, DEPARTMENT, ["refused", "explain"])
    assert [unit.code for unit in summary.units] == ["103"]
    path = tmp_path / "汇总.xlsx"
    path.write_bytes(summary.workbook())
    cover = opened(path)["封面"]
    texts = [cell.value for row in cover.iter_rows() for cell in row if cell.value]
    assert texts[-3:] == [
        "退回未重报：101 示范厅机关",
        "退回未重报：102 示范厅执法监督局",
        "空表，未确认是否零报告：103 示范厅信息中心",
    ]


# ------------------------------------------------------- closing, verifying


def changed(collection: Collection, *statements: str) -> list[str]:
    """What is found after the register has been changed behind the program's back."""
    with contextlib.closing(sqlite3.connect(collection.folder / REGISTER)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return list(verify(collection.folder).changes)


@pytest.fixture(scope="module")
def made(
    template: WorkbookTemplate,
    roster: Roster,
    department_workbooks: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A collection of three returns, one of which was sent back and accepted after all."""
    folder = tmp_path_factory.mktemp("made") / "收件"
    with Collection.create(folder, template, roster, now=clock(), user="经办") as collection:
        received(collection, *department_workbooks)
        decisions.send_back(collection, 2, "附件不全")
        decisions.accept(collection, 2, "附件已补")
        assert verify(collection.folder).changes == ()
        assert (verify(collection.folder).receipts, verify(collection.folder).entries) == (3, 6)
    return folder


@pytest.fixture
def full(made: Path, tmp_path: Path) -> Iterator[Collection]:
    shutil.copytree(made, tmp_path / "全")
    with Collection.open(tmp_path / "全", now=clock(), user="经办") as collection:
        yield collection


def test_one_flipped_byte_of_an_original_is_named(full: Collection) -> None:
    path = full.original(full.receipt(2))
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    name = full.receipt(2).name
    assert verify(full.folder).changes == (f"2 号收件（{name}）的原件改动过：{path.name}。",)
    with pytest.raises(InputError, match="2 号收件）的原件在收件以后改动过，不能汇总"):
        summary_of(full, DEPARTMENT)
    path.unlink()
    assert verify(full.folder).changes == (f"2 号收件（{name}）的原件不见了：{path.name}。",)


def test_one_edited_row_of_the_register_is_named(full: Collection) -> None:
    assert changed(full, "UPDATE receipt SET status = '退回' WHERE number = 3") == [
        "登记簿“收件”3 的“状态”改动过：应为“已接收”，现为“退回”。"
    ]
    assert changed(full, "UPDATE receipt SET status = '已接收' WHERE number = 3") == [
        f"登记簿文件“{REGISTER}”的字节改动过（磁盘出错，或别的程序写过），但各表和日志的内容都没有变。"
    ]
    assert changed(full, "UPDATE report SET data = replace(data, '101', '102') WHERE number = 1") == [
        "1 号收件的审核结果改动过或被删。"
    ]


def test_a_row_more_or_less_is_named(full: Collection) -> None:
    assert changed(full, "DELETE FROM unit WHERE code = '103'") == ["登记簿“单位”103 这一行被删。"]
    found = changed(full, "INSERT INTO setting VALUES ('x', 'y')")
    assert found[0] == "登记簿“设置”x 这一行不是程序写的。"


@pytest.mark.parametrize(
    ("number", "message"), [(3, "日志缺少第 3 条。"), (6, "日志末尾被删：记录到第 6 条，现在只有 5 条。")]
)
def test_a_removed_log_line_is_named(full: Collection, number: int, message: str) -> None:
    found = changed(full, "DROP TRIGGER log_is_not_shortened", f"DELETE FROM log WHERE number = {number}")
    assert message in found


def test_a_changed_log_line_is_named(full: Collection) -> None:
    assert changed(
        full, "DROP TRIGGER log_is_not_changed", "UPDATE log SET reason = '无' WHERE number = 5"
    ) == [
        "登记簿里的“log_is_not_changed”被删（它保护日志和收件不被改动）。",
        "日志第 5 条（2023-02-01T09:07:00+00:00 经办 退回）的内容改动过。",
    ]


def test_the_log_takes_no_change_by_itself(full: Collection) -> None:
    for statement in ("UPDATE log SET reason = '无'", "DELETE FROM log"):
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            changed(full, statement)


def test_a_damaged_register_is_told(full: Collection) -> None:
    full.close()
    path = full.folder / REGISTER
    path.write_bytes(path.read_bytes()[:100] + b"\0" * 4000)
    with pytest.raises(InputError, match=r"登记簿“.*”不能打开"):
        Collection.open(full.folder)


def test_a_register_that_nobody_gets_is_closed(
    full: Collection, template: WorkbookTemplate, roster: Roster, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def recorded(*words: Any, **named: Any) -> sqlite3.Connection:
        opened.append(connect(*words, **named))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", recorded)
    with pytest.raises(InputError, match="新名册里没有"):
        Collection.create(full.folder, template, Roster(roster.units[:2]))
    full.close()
    path = full.folder / REGISTER
    path.write_bytes(path.read_bytes()[:100] + b"\0" * 4000)
    with pytest.raises(InputError, match="不能打开"):
        Collection.open(full.folder)
    assert len(opened) == 3  # the last one to say what is damaged
    for database in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            database.execute("SELECT 1")


def test_closing_writes_a_manifest_and_takes_no_more(
    full: Collection, department_workbooks: list[Path], demo_data: Path
) -> None:
    name = close(full, DEPARTMENT, "会议通过")
    manifest = json.loads((full.folder / name).read_text(encoding="utf-8"))
    assert [part["sha256"] for part in manifest["originals"]] == [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in department_workbooks
    ]
    assert manifest["units"] == ["101", "102", "103"]
    rules = [*full.template.rules, *full.template.prior_rules]
    assert [rule["id"] for rule in manifest["rules"]] == [rule.id for rule in rules]
    [total] = [
        part["value"]
        for part in manifest["figures"]
        if (part["form"], part["line"], part["column"]) == (3, "合计", "合计")
    ]
    ledgers = [entered(demo_data / "department" / code) for code in ("101", "102", "103")]
    assert round(float(total), 6) == round(sum(ledgers), 6)
    assert verify(full.folder).changes == ()
    for refused in (
        lambda: received(full, department_workbooks[0]),
        lambda: decisions.send_back(full, 1, "更正"),
        lambda: close(full, DEPARTMENT, "再关"),
    ):
        with pytest.raises(InputError, match="已经关账"):
            refused()
    (full.folder / name).write_text("{}", encoding="utf-8")
    assert verify(full.folder).changes == (f"关账清单“{name}”改动过。",)
    (full.folder / name).unlink()
    assert verify(full.folder).changes == (f"关账清单“{name}”不见了。",)


def entered(folder: Path) -> float:
    """All expenditure of a unit in 万元, from its ledgers as pandas reads them."""
    total = 0.0
    for name in ("ledger_basic.csv", "ledger_projects.csv"):
        frame = pd.read_csv(folder / name)
        total += float(frame.filter(regex="^(current_year|carryover)_").sum().sum())
    return total / 10_000


def test_reopening_is_possible_and_logged(full: Collection) -> None:
    with pytest.raises(InputError, match="没有关账"):
        reopen(full, "更正")
    first = close(full, DEPARTMENT, "会议通过")
    with pytest.raises(InputError, match="--reason"):
        reopen(full, "")
    reopen(full, "更正")
    assert close(full, DEPARTMENT, "再次通过") == "close-2.json" != first
    assert [entry.action for entry in full.register.log()][-3:] == ["关账", "重新开账", "关账"]
    assert verify(full.folder).changes == ()


def test_an_original_that_nobody_registered_is_a_remark(full: Collection) -> None:
    (full.folder / ORIGINALS / "ab").mkdir(exist_ok=True)
    (full.folder / ORIGINALS / "ab" / "abcd.xlsx").write_bytes(b"x")
    assert verify(full.folder).changes == ()
    assert verify(full.folder).remarks == (
        f"“{ORIGINALS}/ab/abcd.xlsx”没有登记（收件中断留下的；重新收件即会登记，或可删去）。",
    )


# ------------------------------------------------------------ the register


def test_a_full_disk_leaves_the_register_as_it_was(
    collection: Collection, department_workbooks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    received(collection, department_workbooks[0])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xlbudget.files.whole_files.os.fsync", full)
    with pytest.raises(OutputError, match="磁盘未满"):
        received(collection, department_workbooks[1])
    monkeypatch.undo()
    assert states(collection) == [(1, "101", "已接收", True)]
    assert verify(collection.folder).changes == ()
    received(collection, department_workbooks[1])
    assert states(collection)[1:] == [(2, "102", "已接收", True)]


def test_a_crash_before_the_head_is_put_down_is_mended_by_the_next_change(
    collection: Collection, department_workbooks: list[Path]
) -> None:
    received(collection, department_workbooks[0])
    head = (collection.folder / HEAD).read_bytes()
    decisions.send_back(collection, 1, "附件不全")
    (collection.folder / HEAD).write_bytes(head)
    assert verify(collection.folder).changes == ()
    decisions.accept(collection, 1, "附件已补")
    assert (collection.folder / HEAD).read_text(encoding="ascii").startswith("4 ")


def test_only_a_folder_of_its_own_becomes_a_collection(
    collection: Collection, template: WorkbookTemplate, roster: Roster, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="已有别的文件"):
        Collection.create(tmp_path, template)
    with pytest.raises(InputError, match="不是收件文件夹"):
        Collection.open(tmp_path)
    fewer = Roster(roster.units[:2])
    with pytest.raises(InputError, match="新名册里没有原来的单位 103"):
        Collection.create(collection.folder, template, fewer)
    more = Roster((*roster.units, Unit("104", "示范厅培训中心", "事业", "示范厅")))
    with Collection.create(collection.folder, template, more, now=clock(), user="经办") as again:
        assert [unit.code for unit in again.roster.units] == ["101", "102", "103", "104"]
        assert verify(again.folder).changes == ()


def test_the_status_is_written_as_a_workbook(full: Collection, tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    path.write_bytes(status_workbook(status_of(full), full.receipts()))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["各单位", "催报名单", "收件登记", "分级汇总", "读不出的文件"]
    assert [cell.value for cell in book["各单位"][3]][:6] == [
        "101",
        "示范厅机关",
        "行政",
        "示范厅",
        "已接收",
        1,
    ]
    assert book["收件登记"].max_row == 2 + 3


# ------------------------------------------------------------ command line


def test_a_round_on_the_command_line(
    department_workbooks: list[Path],
    spoiled: Path,
    demo_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, units = str(tmp_path / "收件"), str(demo_data / "units.csv")
    assert run(["collect", str(spoiled), "--into", folder, "--roster", units, "--user", "甲"]) == 0
    assert "1 号  退回  101 示范厅机关：1 个必须改正" in capsys.readouterr().out
    assert run(["collect", *map(str, department_workbooks), "--into", folder]) == 0
    assert capsys.readouterr().out.endswith("新收 3 件（已接收 3）。\n")
    assert run(["status", folder, "-o", str(tmp_path / "s.xlsx"), "--replies", str(tmp_path / "r")]) == 0
    assert "单位 3 个：已接收 3；收件 4 件" in capsys.readouterr().out
    assert run(["history", folder, "101"]) == 0
    assert "甲  1 号 收件" in capsys.readouterr().out
    assert run(["decide", folder, "2", "return", "--reason", "附件不全"]) == 0
    assert run(["consolidate", folder, "-o", str(tmp_path / "h.xlsx")]) == 2
    assert "已退回，没有重报" in capsys.readouterr().err
    assert run(["decide", folder, "2", "accept", "--reason", "附件已补"]) == 0
    assert run(["consolidate", folder, "-o", str(tmp_path / "h.xlsx")]) == 0
    assert run(["close", folder, "--reason", "会议通过"]) == 0
    assert run(["verify", folder]) == 0
    assert "核验通过：收件 4 件，日志 8 条（已关账），没有改动。" in capsys.readouterr().out
    assert run(["reopen", folder, "--reason", "更正"]) == 0
    assert run(["decide", folder, "2", "acept", "--reason", "x"]) == 2
    assert "没有“acept”这个决定" in capsys.readouterr().err
    next(path for path in (tmp_path / "收件" / ORIGINALS).rglob("*.xlsx")).unlink()
    assert run(["verify", folder]) == 1
    assert "核验不通过" in capsys.readouterr().out
    assert Status("退回").weight == 0


def test_a_level_is_a_unit_and_all_below_it(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    file = tmp_path / "名册.csv"
    file.write_text(
        "单位编码,单位名称,单位性质,上级单位\n100,示范厅,行政,\n101,示范厅机关,行政,100\n"
        "102,示范厅执法监督局,参公,示范厅机关\n103,示范厅信息中心,事业,省财政厅\n",
        encoding="gb18030",
    )
    roster = read_roster(file, template)
    assert [unit.superior_code for unit in roster.units] == ["", "100", "101", ""]
    assert [roster.level_of(unit.code) for unit in roster.units] == [1, 2, 3, 1]
    assert [unit.code for unit in roster.descendants("100")] == ["101", "102"]
    assert [unit.code for unit in roster.children("100")] == ["101"]
    with Collection.create(tmp_path / "收件", template, roster, now=clock(), user="经办") as collection:
        received(collection, *department_workbooks)
        summary = summary_of(collection, DEPARTMENT, ["missing"], "100")
        assert [unit.code for unit in summary.units] == ["101", "102"]
        assert summary.gaps == ("未报送：100 示范厅",)
        assert [unit.code for unit in summary_of(collection, DEPARTMENT, (), "101").units] == ["101", "102"]
        with pytest.raises(InputError, match="名册里没有编码为“10l”的单位；最接近的是"):
            summary_of(collection, DEPARTMENT, (), "10l")
        rows = status_of(collection)
        assert [(part.unit.code, part.level) for part in rows.units] == [
            ("100", 1),
            ("101", 2),
            ("102", 3),
            ("103", 1),
        ]


def test_units_above_themselves_are_told_with_their_lines(template: WorkbookTemplate, tmp_path: Path) -> None:
    file = tmp_path / "名册.csv"
    file.write_text(
        "单位编码,单位名称,单位性质,上级单位\n1,甲,行政,2\n2,乙,行政,甲\n3,丙,行政,甲\n", encoding="utf-8-sig"
    )
    with pytest.raises(InputError) as told:
        read_roster(file, template)
    assert str(told.value).splitlines()[1:] == [
        "名册.csv:2: 单位“1 甲”的上级单位绕回了它自己",
        "名册.csv:3: 单位“2 乙”的上级单位绕回了它自己",
    ]


def test_a_unit_abolished_in_mid_round_is_reminded_no_more_and_counts_no_more(
    collection: Collection, department_workbooks: list[Path], template: WorkbookTemplate, tmp_path: Path
) -> None:
    """What it has returned stays on record; a mistake can be taken back."""
    received(collection, department_workbooks[0], department_workbooks[1])
    assert [unit.code for unit in collection.missing()] == ["103"]
    assert "103" in replies(collection, tmp_path / "前")
    for code in ("103", "102"):
        decisions.abolish(collection, code, "并入示范厅机关（厅发〔2023〕1号）")
    status = status_of(collection)
    assert {part.unit.code: part.state for part in status.units} == {
        "101": "已接收",
        "102": "已撤销",
        "103": "已撤销",
    }
    assert set(replies(collection, tmp_path / "后")) == {"101"}
    page = status_page(status, "2023-02-01T09:00:00+00:00").decode()
    for said in (status_text(status), page):
        assert "已撤销、不再催报（2 个）" in said and "并入示范厅机关（厅发〔2023〕1号）" in said
        assert "催报名单" not in said
    assert [unit.code for unit in summary_of(collection, Unit("", "示范厅", "")).units] == ["101"]
    assert states(collection)[1] == (2, "102", "已接收", True)
    last = collection.register.log()[-1]
    assert (last.action, last.reason) == (
        "撤销单位",
        "102 示范厅执法监督局：并入示范厅机关（厅发〔2023〕1号）",
    )
    shorter = Roster(tuple(unit for unit in collection.roster.units if unit.code != "103"))
    before = len(collection.register.log())
    collection._begin(template, shorter, None)  # the list without it says nothing new
    assert len(collection.register.log()) == before
    decisions.restore(collection, "102", "登记错了")
    assert [part.state for part in status_of(collection).units] == ["已接收", "已接收", "已撤销"]
    assert verify(collection.folder).changes == ()


def test_what_cannot_be_abolished_is_told(collection: Collection) -> None:
    for code, reason, said in (
        ("103", " ", "请用 --reason 写明原因"),
        ("130", "并入", "名册里没有编码为“130”的单位；最接近的是“103”"),
    ):
        with pytest.raises(InputError, match=said):
            decisions.abolish(collection, code, reason)
    decisions.abolish(collection, "103", "并入")
    with pytest.raises(InputError, match="已经登记为撤销"):
        decisions.abolish(collection, "103", "并入")
    with pytest.raises(InputError, match="没有登记为撤销"):
        decisions.restore(collection, "101", "并入")


def test_units_are_abolished_from_the_command_line_in_either_word(
    demo_data: Path, department_workbooks: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, units = str(tmp_path / "收件"), str(demo_data / "units.csv")
    assert run(["collect", str(department_workbooks[0]), "--into", folder, "--roster", units]) == 0
    assert run(["decide", folder, "103", "撤销", "--reason", "并入 101"]) == 0
    assert "单位 103 示范厅信息中心：已登记为撤销，不再催报" in capsys.readouterr().out
    assert run(["status", folder]) == 0
    said = capsys.readouterr().out
    assert "未报送 1，已撤销 1" in said and "103 示范厅信息中心：并入 101" in said
    assert run(["decide", folder, "103", "restore", "--reason", "没有撤销"]) == 0
    assert run(["decide", folder, "甲", "accept", "--reason", "x"]) == 2
    assert "没有单位或收件“甲”" in capsys.readouterr().err
    assert run(["verify", folder]) == 0
