"""Sheets cut out by one expression are those read event by event, whatever wrote or spoilt them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from support import builders
from support import hostile_files as files

from xlbudget.files.xlsx import Limits, RawWorkbook, read_workbook, strings, workbook
from xlbudget.model.errors import UnreadableWorkbook

Outcome = RawWorkbook | str


def outcome(data: bytes) -> Outcome:
    try:
        return read_workbook(data)
    except UnreadableWorkbook as error:
        return error.reason


Both = Callable[[bytes], tuple[Outcome, Outcome, int]]


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Both:
    """Read a file both ways; also say how many sheets were plain."""
    plainly = workbook.read_plainly
    plain: list[bool] = []

    def counted(*arguments: object) -> object:
        handler = plainly(*arguments)  # type: ignore[arg-type]
        plain.append(handler is not None)
        return handler

    def read(data: bytes) -> tuple[Outcome, Outcome, int]:
        plain.clear()
        monkeypatch.setattr(workbook, "read_plainly", counted)
        quick = outcome(data)
        monkeypatch.setattr(workbook, "read_plainly", lambda *_: None)
        return quick, outcome(data), sum(plain)

    return read


def test_every_sheet_of_a_filled_workbook_is_plain(reference_workbook: Path, both: Both) -> None:
    quick, slow, plain = both(reference_workbook.read_bytes())
    assert isinstance(slow, RawWorkbook)
    assert quick == slow
    assert plain == len(slow.sheets)


def test_a_workbook_saved_by_libreoffice_is_read_the_same(resaved_reference: Path, both: Both) -> None:
    quick, slow, plain = both(resaved_reference.read_bytes())
    assert isinstance(slow, RawWorkbook)
    assert quick == slow
    assert plain > len(slow.sheets) // 2


SPOILT = (
    (b"<v>", b"<v> "),
    (b"</v>", b"\n</v>"),
    (b"</v>", b"&#65;</v>"),
    (b"</v>", b"&#x9;</v>"),
    (b"</v>", b"&#13;</v>"),
    (b"</v>", b"&#8;</v>"),
    (b"</v>", b"&#xD800;</v>"),
    (b"</v>", b"&#65</v>"),
    (b"</v>", b"&;</v>"),
    (b"<row ", b'<row r="1" '),
    (b"<row ", b'<row x14ac:dyDescent="0.3" '),
    (b"<row ", b'<row unknown="1" '),
    (b"<row ", b'<row  spans="1:2" '),
    (b"<row ", b'<row r="9999999"></row><row '),
    (b"<row ", b'<row r="3"/><row '),
    (b"</row>", b"</row>\n"),
    (b"</row>", b" </row>"),
    (b"</row>", b"</row></row>"),
    (b"</v>", b"&amp;</v>"),
    (b"</v>", b"&none;</v>"),
    (b"</v>", b"]]></v>"),
    (b"</v>", b"\x01</v>"),
    (b"</v>", b"\xff</v>"),
    (b"</v>", "\uffff</v>".encode()),
    (b"</v>", b"<!-- --></v>"),
    (b"</v>", b"<x/></v>"),
    (b"<v>", b"<v/><v>"),
    (b"<f>", b"<f>="),
    (b"<f>", b'<f t="shared" si="1" ref="A1:A2">'),
    (b"<f>", b"<f/><f>"),
    (b"</f>", b"+_x0041_</f>"),
    (b"<row ", b"<row><c/></row><row "),
    (b"<row ", b'<row hidden="1" '),
    (b"<row ", b'<row xmlns="x" '),
    (b"</row>", b"</row>text"),
    (b"</row>", b'<c r="A1"><v>5</v></c></row>'),
    (b"</row>", b'</row><c r="A1"><v>5</v></c>'),
    (b"</row>", b'<d><c r="ZZ1"><v>5</v></c></d></row>'),
    (b"<c ", b'<c r="A1"/><c '),
    (b"<c ", b'<c r="XFE1"><v>1</v></c><c '),
    (b"<c ", b'<c r="AA9999999"><v>1</v></c><c '),
    (b"<c ", b"<c><v>1</v></c><c "),
    (b' t="', b' t="x'),
    (b' s="', b' s="-'),
    (b"<sheetData>", b"<sheetData/><sheetData>"),
    (b"<sheetData>", b"<sheetData><row/>"),
    (b"<sheetData>", b"<a><sheetData>"),
    (b"</sheetData>", b"</sheetData><sheetData></sheetData>"),
    (b"<worksheet ", b"<!DOCTYPE a><worksheet "),
    (b"<worksheet ", b"\n<!-- --><worksheet "),
)


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_sheets_are_read_or_refused_the_same(reference_workbook: Path, both: Both, seed: int) -> None:
    """Each spoiling at some place of some sheet; what is said of the file does not depend on the way."""
    chance = random.Random(seed)
    parts = builders.unpacked(reference_workbook.read_bytes())
    sheets = [name for name in parts if name.startswith("xl/worksheets/sheet")]
    small = [name for name in sheets if len(parts[name]) < 60_000]
    kept = {name: part for name, part in parts.items() if name not in sheets}
    empty = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
    for old, new in SPOILT:
        name = chance.choice([name for name in small if old in parts[name]])
        places = parts[name].count(old)
        pieces = parts[name].split(old)
        at = chance.randrange(places)
        spoilt = old.join(pieces[: at + 1]) + new + old.join(pieces[at + 1 :])
        others = dict.fromkeys(sheets, empty)
        quick, slow, _ = both(builders.packed(kept | others | {name: spoilt}))
        assert quick == slow, (name, old, new, at)


KINDS = ("", ' t="n"', ' t="str"', ' t="s"', ' t="b"', ' t="e"', ' t="inlineStr"', ' t="d"')
VALUES = ("1", "0", "2.50", " 3 ", "", "true", "&amp;", "_x0041_", "1e999", "甲", "\u3000", "9" * 70)


def test_rows_of_one_shape_keep_their_own_values(both: Both) -> None:
    """Read three times, since shapes, rows and sheets are remembered when they are met again."""
    texts = [f"<si><t>{text}</t></si><si><t>丁</t></si>" for text in ("甲", "乙", "丙")]
    for items in texts:
        for kind in KINDS:
            for value in VALUES:
                cells = f'<c r="A1"{kind}><f>B1*2</f><v>{value}</v></c><c r="B1"{kind}><v>{value}</v></c>'
                data = files.workbook(f'<row r="1">{cells}<c r="C1"/></row>', strings=items)
                quick, slow, _ = both(data)
                assert quick == slow, (kind, value)


def test_rows_with_shared_strings_take_those_of_their_own_file() -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    for text in ("甲", "乙", "甲", "乙"):
        read = read_workbook(files.workbook(rows, strings=f"<si><t>{text}</t></si>"))
        assert read.sheets[0].cells[1, 1].text == text


def test_a_part_that_is_remembered_must_still_be_what_its_directory_says() -> None:
    sound = files.workbook(files.ONE_CELL)
    for _ in range(3):
        assert outcome(sound) == outcome(sound)
    at = sound.rindex(b"xl/worksheets/sheet1.xml") - 46  # its entry, with the checksum in bytes 16 to 19
    assert sound.startswith(b"PK\x01\x02", at)
    assert outcome(sound[: at + 16] + bytes([sound[at + 16] ^ 1]) + sound[at + 17 :]) == "damaged"
    assert isinstance(outcome(sound), RawWorkbook)


PLAIN_ITEMS = [
    "<si><t>甲</t></si>",
    '<si><t xml:space="preserve"> 乙  </t></si>',
    "<si><t/></si>",
    "<si><t></t></si>",
    "<si><t>一行\n二行</t></si>",
    "<si><t>A&amp;B &lt;&#20013;&#x4E2D;&gt; _x000D_ _x4e2D_</t></si>",
    '<si><t>拼音</t><phoneticPr fontId="1" type="noConversion"/></si>',
    "<si><t>𠮷</t></si>",
]
OTHER_ITEMS = [
    "<si><r><t>分</t></r><r><t>段</t></r></si>",
    "<si><t>注</t><!-- 说明 --></si>",
    "<si><t><![CDATA[甲]]></t></si>",
    '<si><t>漢</t><rPh sb="0" eb="1"><t>カン</t></rPh></si>',
    "<si/>",
    "<si><t>一\r\n二</t></si>",
    "<si><t>&unknown;</t></si>",
    "<si><t>A & B</t></si>",
    "<si><t>]]></t></si>",
    "<si><t>\x01</t></si>",
    "<si><t>没有结尾</si>",
    f"<si><t>{'长' * (Limits().string_length + 1)}</t></si>",
    "文字",
]


@pytest.mark.parametrize("items", [*PLAIN_ITEMS, *OTHER_ITEMS, "".join(PLAIN_ITEMS), ""])
def test_strings_read_plainly_are_those_read_event_by_event(
    items: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = "".join(f'<c r="{letter}1" t="s"><v>{at}</v></c>' for at, letter in enumerate("ABCDEFGH"))
    data = files.workbook(f'<row r="1">{cells}</row>', strings=items + "<si><t>末</t></si>" * 8)
    plain: list[bool] = []
    plainly = strings._read_plainly

    def counted(*arguments: object) -> list[str] | None:
        found = plainly(*arguments)  # type: ignore[arg-type]
        plain.append(found is not None)
        return found

    monkeypatch.setattr(strings, "_read_plainly", counted)
    quick = outcome(data)
    monkeypatch.setattr(strings, "_read_plainly", lambda *_: None)
    assert quick == outcome(data)
    assert plain == [items not in OTHER_ITEMS]
