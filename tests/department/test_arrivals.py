"""One bad arrival stops nothing: names, mails, zips, forms nobody opens, bombs, between two good files."""

from __future__ import annotations

import email.message
import email.policy
import io
import json
import os
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fuzz_arrivals
import openpyxl
import pytest
from support import hostile_files
from support.memory_of_process import peak_from_here, peak_memory

from xlbudget import Unit, WorkbookTemplate, check
from xlbudget.cli import run
from xlbudget.department.collection import Collection, Received, Status, receive
from xlbudget.department.collection.arrivals import Arrival, PassedOver, arrivals
from xlbudget.department.collection.status import report_of_collection, status_of
from xlbudget.department.collection.status_papers import (
    history_text,
    received_line,
    status_text,
    status_workbook,
)
from xlbudget.department.collection.verification import verify
from xlbudget.model import Roster
from xlbudget.reports.replies import write_replies
from xlbudget.workbook.stamp import read_stamp

RAW = "102_示范厅预算.xlsx".encode("gb18030")
"""A file name as unzip leaves it on Linux: the first two bytes are a letter in UTF-8, the rest are none."""


@pytest.fixture
def inbox(department_workbooks: list[Path], tmp_path: Path) -> Path:
    """A folder with the returns of 101 and 103, before and behind everything else by name."""
    folder = tmp_path / "收件箱"
    folder.mkdir()
    (folder / "0.xlsx").write_bytes(department_workbooks[0].read_bytes())
    (folder / "～9.xlsx").write_bytes(department_workbooks[2].read_bytes())
    return folder


@pytest.fixture
def collection(template: WorkbookTemplate, roster: Roster, tmp_path: Path) -> Iterator[Collection]:
    with Collection.create(tmp_path / "收件", template, roster, user="经办") as made:
        yield made


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


def mail(name: str, content: bytes) -> bytes:
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "报送预算"
    message.set_content("见附件。")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def received(collection: Collection, *paths: Path) -> list[Received | PassedOver]:
    return list(receive(collection, paths, workers=1))


def between(collection: Collection, inbox: Path) -> list[Received | PassedOver]:
    """What became of the files between the two good ones, which must have been received; a rerun is quiet."""
    results = received(collection, inbox)
    for result, unit in ((results[0], "101"), (results[-1], "103")):
        assert isinstance(result, Received)
        assert (result.receipt.unit_code, result.receipt.status) == (unit, Status.ACCEPTED)
    again = received(collection, inbox)
    assert all(part.again for part in again if isinstance(part, Received))
    assert len(again) == len(results)
    assert verify(collection.folder).changes == ()
    return results[1:-1]


def reason(result: Received | PassedOver) -> str:
    return result.reason if isinstance(result, PassedOver) else result.unread


# ------------------------------------------------------------------- names


@pytest.mark.skipif(os.name != "posix", reason="other systems have no names but Unicode")
def test_a_name_that_is_no_utf8_is_read_as_gb18030(
    collection: Collection, inbox: Path, department_workbooks: list[Path]
) -> None:
    (inbox / os.fsdecode(RAW)).write_bytes(department_workbooks[1].read_bytes())
    [result] = between(collection, inbox)
    assert isinstance(result, Received)
    assert result.receipt.name == RAW.decode("gb18030")
    assert result.receipt.source == f"收件箱/{RAW.decode('gb18030')}"
    assert (result.receipt.unit_code, result.receipt.status) == ("102", Status.ACCEPTED)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no names but Unicode")
def test_every_command_goes_on_past_a_name_that_is_no_utf8(
    inbox: Path,
    department_workbooks: list[Path],
    demo_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (inbox / os.fsdecode(RAW)).write_bytes(department_workbooks[1].read_bytes())
    roster, journal, folder = str(demo_data / "units.csv"), str(tmp_path / "续审"), str(inbox)
    assert run(["check", folder, "--roster", roster, "--resume", journal]) == 0
    assert run(["check", folder, "--roster", roster, "--resume", journal]) == 0
    assert run(["consolidate", folder, "-o", str(tmp_path / "汇总.xlsx"), "--name", "示范厅"]) == 0
    bad = inbox / os.fsdecode("外来_预算.xlsx".encode("gb18030"))
    bad.write_bytes(hostile_files.workbook(hostile_files.ONE_CELL))
    assert run(["check", folder, "--replies", str(tmp_path / "回复")]) == 1
    assert (tmp_path / "回复" / "未识别_外来_预算.txt").is_file()
    assert run(["export", folder, "-o", str(tmp_path / "导出")]) == 0
    assert "外来_预算.xlsx" in (tmp_path / "导出" / "findings.csv").read_text(encoding="utf-8-sig")
    assert run(["publish", str(bad), "-o", str(tmp_path / "公开")]) == 1
    assert "“外来_预算.xlsx”没有读取" in capsys.readouterr().err


def test_a_file_is_found_again_in_the_journal_under_a_raw_name(
    template: WorkbookTemplate, department_workbooks: list[Path], tmp_path: Path
) -> None:
    path = tmp_path / "报送" / os.fsdecode(RAW)
    path.parent.mkdir()
    path.write_bytes(department_workbooks[1].read_bytes())
    journal = tmp_path / "续审"
    check(path, template, resume=journal)
    lines = journal.read_text(encoding="utf-8").count('"report"')
    [report] = check(path, template, resume=journal).workbooks
    assert report.path == path
    assert journal.read_text(encoding="utf-8").count('"report"') == lines == 1


STAMPED = {
    "format": 1,
    "template_id": "a",
    "digest": "b",
    "year": 2023,
    "unit": {"code": "1", "name": "x", "kind": "", "superior": "", "superior_code": ""},
    "department": False,
    "capacity": {"t": 3},
    "sheets": ["s"],
    "controls": {"c": "1"},
    "codes": {"n": ["1"]},
}


@pytest.mark.parametrize(
    "path",
    [
        ("template_id",),
        ("digest",),
        ("unit", "code"),
        ("unit", "name"),
        ("unit", "superior"),
        ("sheets",),
        ("capacity",),
        ("controls",),
        ("codes",),
    ],
)
def test_a_stamp_with_a_lone_surrogate_anywhere_is_none(path: tuple[str, ...]) -> None:
    assert read_stamp(json.dumps(STAMPED)) is not None
    data = json.loads(json.dumps(STAMPED))
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    value, lone = inner[path[-1]], "\ud800"
    inner[path[-1]] = lone if isinstance(value, str) else [lone] if isinstance(value, list) else {lone: 1}
    assert read_stamp(json.dumps(data)) is None


def test_a_stamp_nested_beyond_every_depth_is_none() -> None:
    assert read_stamp("[" * 100_000) is None


def test_a_workbook_whose_stamp_holds_lone_surrogates_is_told(
    collection: Collection, inbox: Path, units: dict[str, bytes]
) -> None:
    """The stamp is text of JSON, whose escapes can say what no other file can."""
    parts = hostile_files.unzipped(units["102"])
    for name, content in parts.items():
        parts[name] = content.replace("示范厅执法监督局".encode(), b"\\ud800")
    assert parts != hostile_files.unzipped(units["102"])
    (inbox / "102_改.xlsx").write_bytes(hostile_files.zipped(parts))
    [result] = between(collection, inbox)
    assert "没有模板标识，不是由 xlbudget 发出的工作簿" in reason(result)


# ------------------------------------------------------------- broken things


def test_a_workbook_that_breaks_us_is_registered_with_the_class_of_the_error(
    collection: Collection, inbox: Path, department_workbooks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody has foreseen: here the report of one file cannot be stored."""
    (inbox / "102.xlsx").write_bytes(department_workbooks[1].read_bytes())
    module = "xlbudget.department.collection.filing"
    whole = __import__(module, fromlist=["data_of"]).data_of

    def broken(report: object) -> object:
        if getattr(report, "unit", None) and getattr(report, "unit").code == "102":  # noqa: B009
            raise ZeroDivisionError
        return whole(report)

    monkeypatch.setattr(f"{module}.data_of", broken)
    _, result, _ = received(collection, inbox)
    assert isinstance(result, Received) and result.receipt.status is Status.UNREADABLE
    assert result.failed
    assert reason(result).startswith("文件“102.xlsx”未能审核：登记时程序出错（ZeroDivisionError")
    assert reason(result).endswith("，不是文件的问题，不要退回单位。请把这一句和该文件发给程序维护人员。")
    monkeypatch.undo()  # the program has been mended
    _, mended, _ = received(collection, inbox)
    assert isinstance(mended, Received) and not mended.again and not mended.failed
    receipt = mended.receipt
    assert (receipt.number, receipt.status, receipt.stands) == (result.receipt.number, Status.ACCEPTED, True)
    assert collection.register.log()[-1].action == "重新审核"
    assert verify(collection.folder).changes == ()


DEEP = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (at, at) for at in range(3000))
TOO_DEEP = "套的层数太多，不能打开；请把附件单独发送。"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("深.eml", DEEP, f"文件“深.eml”{TOO_DEEP}"),
        ("深.mbox", b"From a\n" + DEEP, f"文件“第 1 封.eml”{TOO_DEEP}"),
        ("坏.zip", b"PK\x03\x04 no", "文件“坏.zip”不是完好的 zip 压缩包；请重新压缩后报送。"),
        ("空.zip", b"", "文件“空.zip”不是完好的 zip 压缩包；请重新压缩后报送。"),
    ],
)
def test_what_cannot_be_opened_at_all_gets_a_receipt(
    collection: Collection, inbox: Path, name: str, content: bytes, said: str
) -> None:
    (inbox / name).write_bytes(content)
    [result] = between(collection, inbox)
    assert isinstance(result, Received) and result.receipt.status is Status.UNREADABLE
    assert reason(result) == said


HEADERS = (
    b'From: <@>\r\nTo: "\\\r\nCc: =?utf-8?B?4pi?= <a@b>, ;:,<>',
    b"Subject: =?undefined?Q?=B8=BD?=",
    b"Date: 99 Foo -1 25:61 +9999999",
    b"MIME-Version: (((((",
)


@pytest.mark.parametrize("header", HEADERS)
def test_headers_that_break_the_parser_lose_no_attachment(
    collection: Collection, inbox: Path, department_workbooks: list[Path], header: bytes
) -> None:
    letter = mail("102.xlsx", department_workbooks[1].read_bytes())
    (inbox / "信.eml").write_bytes(header + b"\r\n" + letter)
    [result] = between(collection, inbox)
    assert isinstance(result, Received) and result.receipt.unit_code == "102"


@pytest.mark.parametrize(
    "field",
    [
        b'filename="102.xlsx',
        b"filename*=undefined''102.xlsx",
        b"filename*0*=nowhere'';filename=102.xlsx",
        b"filename==?nowhere?Q?102=2Exlsx?=",
        b"filename=102.xlsx; =; ==;;",
    ],
)
def test_a_name_of_an_attachment_that_breaks_the_parser_is_taken_as_it_stands(
    collection: Collection, inbox: Path, department_workbooks: list[Path], field: bytes
) -> None:
    letter = mail("102.xlsx", department_workbooks[1].read_bytes())
    (inbox / "信.eml").write_bytes(re.sub(rb'filename="102\.xlsx"', lambda _: field, letter))
    results = between(collection, inbox)
    assert [part.receipt.unit_code for part in results if isinstance(part, Received)] == ["102"]


def broken_lzma() -> bytes:
    content = bytearray(zipped({"a.xlsx": bytes(range(256)) * 40}, zipfile.ZIP_LZMA))
    content[60:70] = b"\xff" * 10
    return bytes(content)


def undecodable_local_name() -> bytes:
    """The directory says the name is plain, the local header that it is UTF-8, which it is not."""
    content = bytearray(zipped({"a.xlsx": b"x"}))
    content[7] |= 0x08
    content[30] = 0xFF
    return bytes(content)


@pytest.mark.parametrize("make", [broken_lzma, undecodable_local_name])
def test_a_broken_member_is_told_and_the_next_is_taken(
    collection: Collection, inbox: Path, department_workbooks: list[Path], make: object
) -> None:
    assert callable(make)
    inner = zipped({"": b"x", "里.zip": make(), "空/": b"", "外.xlsx": department_workbooks[1].read_bytes()})
    (inbox / "报送.zip").write_bytes(inner)
    first, second, third = between(collection, inbox)
    assert isinstance(first, PassedOver)  # the member without a name
    assert isinstance(second, Received) and second.receipt.unit_code == "102"
    assert reason(third) == "文件“里.zip”里的“a.xlsx”在压缩包里已损坏；请重新压缩后报送。"


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_every_method_of_a_zip_is_taken_and_its_checksum_compared(tmp_path: Path, method: int) -> None:
    content = bytes(random.Random(method).choices(b"abcdefgh", k=300_000))
    sound = zipped({"a.xlsx": content}, method)
    for name, data in (("好.zip", sound), ("坏.zip", bytes([*sound[:-400], sound[-400] ^ 1, *sound[-399:]]))):
        (tmp_path / name).write_bytes(data)
    room = tmp_path / "room"
    room.mkdir()
    good, bad = (part for part in arrivals([tmp_path / "好.zip", tmp_path / "坏.zip"], room))
    assert isinstance(good, Arrival) and not good.unread and good.file.read_bytes() == content
    assert isinstance(bad, Arrival) and bad.name == "坏.zip"
    assert [part.reason for part in bad.unread] == ["在压缩包里已损坏；请重新压缩后报送"]


def test_a_folder_of_odd_things_is_gone_through(collection: Collection, inbox: Path) -> None:
    if hasattr(os, "mkfifo"):
        os.mkfifo(inbox / "管道.xlsx")
    (inbox / "没有.xlsx").symlink_to(inbox / "nowhere")
    (inbox / "圈.xlsx").symlink_to(inbox / "圈.xlsx")
    (inbox / "回到上面").symlink_to(inbox)
    results = between(collection, inbox)
    assert {reason(part) for part in results} <= {"不是文件（可能是链接、管道或设备），未收"}
    assert len(results) == (4 if hasattr(os, "mkfifo") else 3)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("无.eml", b"Subject: x\r\n\r\nx", "邮件里没有附件"),
        ("无.mbox", b"nothing", "信箱里没有邮件"),
        ("无.zip", b"PK\x05\x06" + bytes(18), "压缩包里没有文件"),
        ("影.zip", zipped({"__MACOSX/._a.xlsx": b"x", "~$a.xlsx": b"x"}), "压缩包里没有文件"),
    ],
)
def test_what_holds_nothing_is_said_to(
    collection: Collection, inbox: Path, name: str, content: bytes, said: str
) -> None:
    (inbox / name).write_bytes(content)
    [result] = between(collection, inbox)
    assert result == PassedOver(f"收件箱/{name}", said)


def test_an_attachment_without_a_name_is_known_by_its_bytes(
    collection: Collection, inbox: Path, department_workbooks: list[Path]
) -> None:
    letter = mail("102.xlsx", department_workbooks[1].read_bytes())
    (inbox / "信.eml").write_bytes(re.sub(rb"Content-Disposition: .*\r\n", b"", letter))
    [result] = between(collection, inbox)
    assert isinstance(result, Received)
    assert (result.receipt.unit_code, result.receipt.name) == ("102", "附件2")


# ------------------------------------------------------ forms nobody opens

FORMS = {
    "102_a.rar": (b"Rar!\x1a\x07\x01\x00" + b"x" * 40, "解压到当前文件夹"),
    "102_b.7z": (b"7z\xbc\xaf\x27\x1c" + b"x" * 40, "解压到当前文件夹"),
    "102_c.msg": (hostile_files.ole2("__properties_version1.0"), "右键点附件，选“另存为”"),
    "102_d/winmail.dat": (b"\x78\x9f\x3e\x22" + b"x" * 40, "“设置文本格式”→“HTML”"),
    "102_e.numbers": (zipped({"Index/Document.iwa": b"x"}), "“导出为”→“Excel…”"),
    "102_f.ofd": (zipped({"OFD.xml": b"<x/>"}), "“另存为”，类型选 .xlsx"),
    "102_g.tar": (b"x" * 257 + b"ustar" + b"x" * 300, "解压到当前文件夹"),
    "102_h.uos": (b"<?xml?>", "请用 WPS 打开"),
}


def test_each_form_that_nobody_opens_gets_a_receipt_and_what_to_click(
    collection: Collection, inbox: Path, tmp_path: Path
) -> None:
    for name, (content, _) in FORMS.items():
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_bytes(content)
    results = between(collection, inbox)
    status = status_of(collection)
    text = status_text(status)
    assert len(results) == len(FORMS)
    for result, (name, (content, advice)) in zip(results, sorted(FORMS.items()), strict=True):
        assert isinstance(result, Received) and result.receipt.status is Status.UNREADABLE
        assert collection.original(result.receipt).read_bytes() == content
        assert result.receipt.name == Path(name).name
        assert advice in reason(result) and advice in text
        assert "102 示范厅执法监督局（按文件名）" in received_line(result)
        assert f"{result.receipt.source}（按文件名是 102 示范厅执法监督局）" in text
    assert "催报名单" not in text
    book = openpyxl.load_workbook(io.BytesIO(status_workbook(status, collection.receipts())))
    listed = list(book["读不出的文件"].iter_rows(min_row=3, values_only=True))
    assert [row[2:4] for row in listed] == [("102", "示范厅执法监督局")] * len(FORMS)
    assert [row[5] for row in listed] == [reason(part) for part in results]
    assert [(part.unit.code, part.state) for part in status.units] == [
        ("101", "已接收"),
        ("102", "无法读取"),
        ("103", "已接收"),
    ]
    assert "现状  2 号  无法读取  文件“102_a.rar”是RAR 压缩包，打不开" in history_text(collection, "102")
    report = report_of_collection(collection)
    assert report.missing == ()
    written = write_replies(report, tmp_path / "回复")
    told = [path.read_text("utf-8-sig") for path in written if path.name.startswith("102")]
    assert len(told) == len(FORMS)
    assert all("尚未收到" not in words for words in told)
    assert any("解压到当前文件夹" in words for words in told)


@pytest.mark.parametrize("suffix", [".xlsb", ".xls", ".et", ".ods"])
def test_workbooks_of_other_forms_get_a_receipt_and_the_unit_is_not_dunned(
    collection: Collection, inbox: Path, suffix: str
) -> None:
    content = {
        ".xlsb": zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b"x"}),
        ".ods": zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
    }.get(suffix, hostile_files.ole2("Workbook"))
    (inbox / f"102_预算{suffix}").write_bytes(content)
    [result] = between(collection, inbox)
    assert isinstance(result, Received) and result.receipt.name == f"102_预算{suffix}"
    assert ".xlsx" in reason(result)
    assert "催报名单" not in status_text(status_of(collection))


def test_a_form_is_known_by_its_bytes_whatever_its_name(
    collection: Collection, inbox: Path, department_workbooks: list[Path], tmp_path: Path
) -> None:
    workbook = department_workbooks[1].read_bytes()
    (inbox / "1.xlsx").write_bytes(FORMS["102_a.rar"][0])
    (inbox / "2.dat").write_bytes(FORMS["102_c.msg"][0])
    (inbox / "3.zip").write_bytes(FORMS["102_b.7z"][0])
    (inbox / "4.rar").write_bytes(zipped({"说明.txt": b"x", "102.xlsx": workbook}))
    (inbox / "5.docx").write_bytes(zipped({"word/document.xml": b"<x/>"}))
    results = between(collection, inbox)
    assert [bool(re.search("RAR|Outlook 邮件|7z", reason(part))) for part in results[:3]] == [True] * 3
    assert isinstance(results[4], PassedOver) and results[4].source.endswith("说明.txt")
    assert isinstance(results[3], Received) and results[3].receipt.unit_code == "102"
    assert isinstance(results[5], PassedOver) and results[5].source == "收件箱/5.docx"
    nameless = tmp_path / "102_无后缀"
    nameless.write_bytes(workbook + b"\0")
    [result] = received(collection, nameless)
    assert isinstance(result, Received) and result.receipt.unit_code == "102"


def test_a_macro_template_is_read_like_any_workbook(
    collection: Collection, inbox: Path, department_workbooks: list[Path]
) -> None:
    (inbox / "102.xltm").write_bytes(department_workbooks[1].read_bytes())
    [result] = between(collection, inbox)
    assert isinstance(result, Received)
    assert (result.receipt.unit_code, result.receipt.status) == ("102", Status.ACCEPTED)


def test_a_file_in_an_archive_that_cannot_be_opened_tells_its_unit(
    collection: Collection, inbox: Path
) -> None:
    secret = bytearray(zipped({"102 执法.xlsx": b"x"}))
    secret[6] |= 1
    secret[secret.index(b"PK\x01\x02") + 8] |= 1
    (inbox / "报送.zip").write_bytes(bytes(secret))
    [result] = between(collection, inbox)
    assert isinstance(result, Received) and result.told is not None and result.told.code == "102"
    assert reason(result) == "文件“报送.zip”里的“102 执法.xlsx”有密码，不能打开；请去掉密码后重报。"
    assert "催报名单" not in status_text(status_of(collection))


@pytest.mark.parametrize(
    ("suffix", "content"), [(".xlsx", b""), (".xlsx", b"no workbook"), (".rar", b"Rar!\x1a\x07\0")]
)
def test_units_whose_unreadable_files_are_the_same_bytes_have_each_sent_something(
    collection: Collection, tmp_path: Path, suffix: str, content: bytes
) -> None:
    """An upload that failed is as empty as the next one; neither unit is reminded as if nothing had come."""
    inbox = tmp_path / "来"
    for name in ("102", "103"):
        (inbox / name).mkdir(parents=True)
    (inbox / "101 预算").with_suffix(suffix).write_bytes(content)
    (inbox / "102" / f"预算{suffix}").write_bytes(content)
    (inbox / "103" / f"预算{suffix}").write_bytes(content)
    for _ in range(2):  # the second time there is nothing new
        results = received(collection, inbox)
        assert len(results) == 3
    status = status_of(collection)
    assert [(part.unit.code, part.state) for part in status.units] == [
        ("101", "无法读取"),
        ("102", "无法读取"),
        ("103", "无法读取"),
    ]
    assert "催报名单" not in status_text(status)
    assert [entry.action for entry in collection.register.log()] == ["建立", "收件", "再次收件", "再次收件"]
    assert verify(collection.folder).changes == ()
    report = report_of_collection(collection)
    assert report.missing == ()
    assert [part.unit.code for part in report.workbooks if part.unit] == ["101", "102", "103"]
    told = {part.unit.code: [one.message for one in part.findings] for part in report.workbooks if part.unit}
    first = f"来/101 预算{suffix}".removeprefix("来/")
    for code in ("102", "103"):
        same = f"与 1 号收件“{first}”内容完全相同，同样读不出；请重新报送。"
        assert told[code] == [f"文件“来/{code}/预算{suffix}”{same}"]
    assert "1 号 再次收件：来/103/预算" in history_text(collection, "103")


def test_an_archive_that_cannot_be_opened_tells_every_unit_in_it(collection: Collection, inbox: Path) -> None:
    secret = bytearray(zipped({"101 办公室.xlsx": b"x", "102 执法.xlsx": b"y"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), bytes(secret)):
            secret[found.start() + at] |= 1
    (inbox / "0.xlsx").unlink()
    (inbox / "报送.zip").write_bytes(bytes(secret))
    received(collection, inbox)
    status = status_of(collection)
    assert [(part.unit.code, part.state) for part in status.units] == [
        ("101", "无法读取"),
        ("102", "无法读取"),
        ("103", "已接收"),
    ]
    told = {
        part.unit.code: [one.message for one in part.findings]
        for part in report_of_collection(collection).workbooks
        if part.unit and part.findings
    }
    assert told == {
        "101": ["文件“报送.zip”里的“101 办公室.xlsx”有密码，不能打开；请去掉密码后重报。"],
        "102": ["文件“报送.zip”里的“102 执法.xlsx”有密码，不能打开；请去掉密码后重报。"],
    }


def test_a_workbook_too_large_to_be_read_is_kept_and_answered(collection: Collection, tmp_path: Path) -> None:
    large = tmp_path / "102 预算.xlsx"
    with large.open("wb") as stream:
        stream.write(b"PK\x03\x04")
        stream.truncate((64 << 20) + 1)
    [result] = received(collection, large)
    assert isinstance(result, Received) and result.told is not None and result.told.code == "102"
    assert collection.original(result.receipt).stat().st_size == (64 << 20) + 1
    assert "超过 64 MB，读不了；请删去与预算无关的内容，或分开报送" in reason(result)
    states = {part.unit.code: part.state for part in status_of(collection).units}
    assert states == {"101": "未报送", "102": "无法读取", "103": "未报送"}


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("102.rar", "102"),
        ("2023_102-预算.rar", "102"),
        ("示范厅执法监督局的预算.rar", "102"),
        ("20231024.rar", ""),
        ("A102.rar", ""),
        ("102 和 104.rar", ""),
        ("104/预算.rar", "104"),
    ],
)
def test_a_name_tells_a_unit_by_its_code_alone_or_its_name(
    template: WorkbookTemplate, roster: Roster, tmp_path: Path, name: str, unit: str
) -> None:
    more = Roster((*roster.units, Unit("104", "示范厅培训中心", "事业", "示范厅")))
    path = tmp_path / "来" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"Rar!\x1a\x07\0")
    with Collection.create(tmp_path / "收件", template, more, user="经办") as collection:
        [result] = received(collection, tmp_path / "来")
        assert isinstance(result, Received)
        assert (result.told.code if result.told else "") == unit


# ----------------------------------------------------------------- bounds


def test_archives_in_archives_stop_at_a_ratio_a_total_and_a_depth(
    collection: Collection, inbox: Path
) -> None:
    blank = bytes(50_000_000)
    inner = zipped({f"{at}.xlsx": blank for at in range(20)})
    bomb = zipped({f"{at}.zip": inner for at in range(20)})
    assert len(bomb) < 100_000
    (inbox / "炸弹.zip").write_bytes(bomb)
    before = peak_from_here()
    results = received(collection, inbox)
    assert peak_memory() - before < 300
    told = {reason(part) for part in results[1:-1]}
    assert any("疑似“压缩炸弹”，未打开" in words for words in told)
    assert any("解压出来的内容过多，其余未打开" in words for words in told)
    assert all(isinstance(part, Received) for part in (results[0], results[-1]))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_pack_more_are_counted_while_they_inflate(
    collection: Collection, inbox: Path, method: int
) -> None:
    (inbox / "炸弹.zip").write_bytes(zipped({"a.xlsx": bytes(200_000_000)}, method))
    before = peak_from_here()
    [result] = received(collection, inbox)[1:-1]
    assert peak_memory() - before < 100
    assert "疑似“压缩炸弹”，未打开" in reason(result)


def test_a_source_has_a_most_number_of_files(
    collection: Collection, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlbudget.department.collection.staging.MOST_ENTRIES", 5)
    inner = zipped({f"{at}.rar": b"Rar!\x1a\x07%d" % at for at in range(4)})
    (inbox / "多.zip").write_bytes(zipped({"一.zip": inner, "二.zip": inner + b"\0"}))
    results = between(collection, inbox)
    assert sum("RAR" in reason(part) for part in results) == 4
    assert reason(results[-1]).startswith("文件“多.zip”里面有 5 个以上的文件，其余未打开；请分开压缩后报送。")


def test_arrivals_lie_on_the_disk_one_by_one_and_are_cleared_away(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    nested = zipped({"里.zip": zipped({f"{at}.xlsx": b"%d" % at for at in range(9)})})
    (tmp_path / "外.zip").write_bytes(nested)
    names = []
    for part in arrivals([tmp_path / "外.zip"], room):
        assert isinstance(part, Arrival)
        names.append(part.name)
        assert len(list(room.iterdir())) <= 2  # the archive in the archive, and this one
        part.file.unlink()
    assert names == [f"{at}.xlsx" for at in range(9)]
    assert list(room.iterdir()) == []


def test_a_mail_of_many_megabytes_takes_a_few_times_its_size(tmp_path: Path) -> None:
    content = random.Random(1).randbytes(12_000_000)
    (tmp_path / "大.eml").write_bytes(mail("102.xlsx", content))
    room = tmp_path / "room"
    room.mkdir()
    before = peak_from_here()
    [part] = arrivals([tmp_path / "大.eml"], room)
    assert peak_memory() - before < 130
    assert isinstance(part, Arrival) and part.file.read_bytes() == content


# ------------------------------------------------------------------- fuzz


@pytest.mark.parametrize("kind", ["mail", "zip"])
def test_broken_arrivals_stop_nothing(template: WorkbookTemplate, kind: str) -> None:
    outcomes = list(fuzz_arrivals.run(kind, count=70, seed=20_261_130, template=template))
    assert [(part.name, part.fault) for part in outcomes if part.fault] == []
    assert len(outcomes) == 70
    assert sum("unreadable" in part.kind for part in outcomes) > 15  # the changes bite
