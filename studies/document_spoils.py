"""Ways in which published documents go wrong, made on purpose in a publication before it is written.

Words and places are drawn at random from the document itself. A spoil is made only where a careful reader
could see it: a figure of the text only where a table or another sentence has it too, a direction only where a
rate or another sentence tells it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from xlbudget.publication.document.parts import PrintedTable, Publication, TableCell
from xlbudget.publication.narrative.written import ComposedText, Title

AMOUNT = re.compile(r"-?\d{1,3}(?:,\d{3})*\.\d\d")
MONEY = re.compile(r"(\d{1,3}(?:,\d{3})*(?:\.\d+)?)(?=万元)")
CODE = re.compile(r"\d{3}(?:\d\d){0,2}")
HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Spoil:
    """A spoiled publication; ``mention`` are words one of which a finding must have where no text changed."""

    publication: Publication
    mention: tuple[str, ...] = ()
    what: str = ""


Way = Callable[[Publication, random.Random], Spoil | None]
IN_TABLES: dict[str, Way] = {}
IN_TEXT: dict[str, Way] = {}


def in_tables(name: str) -> Callable[[Way], Way]:
    return lambda way: IN_TABLES.setdefault(name, way)


def in_text(name: str) -> Callable[[Way], Way]:
    return lambda way: IN_TEXT.setdefault(name, way)


# ------------------------------------------------------------------------ cells

Spot = tuple[int, int]  # item, cell of it


def tables(publication: Publication) -> Iterator[tuple[int, PrintedTable]]:
    for at, item in enumerate(publication.items):
        if isinstance(item, PrintedTable) and item.sheet:
            yield at, item


def cells(publication: Publication, wanted: Callable[[TableCell], bool]) -> list[Spot]:
    return [
        (at, number)
        for at, table in tables(publication)
        for number, cell in enumerate(table.cells)
        if cell.row >= table.heading_rows and wanted(cell)
    ]


def is_amount(cell: TableCell) -> bool:
    return bool(AMOUNT.fullmatch(cell.text)) and cell.text not in {"0.00"}


def cell_at(publication: Publication, spot: Spot) -> TableCell:
    item = publication.items[spot[0]]
    assert isinstance(item, PrintedTable)
    return item.cells[spot[1]]


def with_item(publication: Publication, at: int, item: object) -> Publication:
    items = list(publication.items)
    items[at : at + 1] = [] if item is None else [item]  # type: ignore[list-item]
    return replace(publication, items=tuple(items))


def with_cell(publication: Publication, spot: Spot, text: str) -> Publication:
    table = publication.items[spot[0]]
    assert isinstance(table, PrintedTable)
    changed = list(table.cells)
    number = Decimal(text.replace(",", "")) if re.fullmatch(r"-?[\d,]+(\.\d+)?", text) else None
    amount = number if "." in text and changed[spot[1]].amount is not None else None
    changed[spot[1]] = replace(changed[spot[1]], text=text, amount=amount)
    return with_item(publication, spot[0], replace(table, cells=tuple(changed)))


def in_words(text: str, value: Decimal) -> str:
    """Write an amount with as many decimals as a text that is replaced."""
    return f"{value:,.{len(text.partition('.')[2])}f}"


def value_of(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def wrong_digit(text: str, dice: random.Random) -> str:
    """Return a number with one digit other, not the first zero."""
    at = dice.choice([at for at, sign in enumerate(text) if sign.isdigit()])
    other = dice.choice([digit for digit in "123456789" if digit != text[at]])
    return text[:at] + other + text[at + 1 :]


def swapped(text: str, dice: random.Random) -> str | None:
    digits = [at for at, sign in enumerate(text) if sign.isdigit()]
    pairs = [(a, b) for a, b in pairwise(digits) if text[a] != text[b] and text[b] != "0"]
    if not pairs:
        return None
    one, other = dice.choice(pairs)
    signs = list(text)
    signs[one], signs[other] = signs[other], signs[one]
    return "".join(signs)


def clipped(text: str, dice: random.Random) -> str | None:
    digits = [at for at, sign in enumerate(text) if sign.isdigit()]
    if len(digits) < 4:
        return None
    at = dice.choice([digits[0], digits[-1]])
    new = (text[:at] + text[at + 1 :]).lstrip(",")
    return new if Decimal(re.sub("[^0-9.]", "", new)) != Decimal(re.sub("[^0-9.]", "", text)) else None


def moved_point(text: str, dice: random.Random) -> str:
    return in_words(text, value_of(text) * dice.choice([Decimal(10), Decimal("0.1")]))


def with_number(change: Callable[[str, random.Random], str | None]) -> Way:
    def way(publication: Publication, dice: random.Random) -> Spoil | None:
        spot = dice.choice(cells(publication, is_amount))
        text = cell_at(publication, spot).text
        new = change(text, dice)
        if new is None or new == text:
            return None
        return Spoil(with_cell(publication, spot, new), what=f"{text}→{new}")

    return way


in_tables("a digit of an amount")(with_number(wrong_digit))
in_tables("two digits change places")(with_number(swapped))
in_tables("a digit is clipped")(with_number(clipped))
in_tables("the decimal point moves")(with_number(moved_point))
in_tables("a sign turns")(with_number(lambda text, _: text[1:] if text.startswith("-") else f"-{text}"))
in_tables("a cell is left empty")(with_number(lambda text, _: ""))
in_tables("a placeholder in a cell")(
    with_number(lambda _, dice: dice.choice(["XX", "××", "待定", "#REF!", "??"]))
)
in_tables("last year's figure")(
    with_number(lambda text, dice: in_words(text, value_of(text) * Decimal(dice.randint(60, 140)) / 100))
)
in_tables("a letter for a digit")(
    with_number(lambda text, _: text.replace("0", "O", 1) if "0" in text else text.replace("1", "l", 1))
)


@in_tables("a total")
def _total(publication: Publication, dice: random.Random) -> Spoil | None:
    spots = cells(publication, is_amount)
    rows = {
        (at, cell.row)
        for at, table in tables(publication)
        for cell in table.cells
        if re.search("合计|总计", cell.text) and cell.row >= table.heading_rows
    }
    spots = [spot for spot in spots if (spot[0], cell_at(publication, spot).row) in rows]
    spot = dice.choice(spots)
    text = cell_at(publication, spot).text
    new = in_words(text, value_of(text) + Decimal(dice.choice([1, -1]) * dice.randint(1, 3000)) / 10)
    return Spoil(with_cell(publication, spot, new), what=f"{text}→{new}")


@in_tables("one of twins")
def _twin(publication: Publication, dice: random.Random) -> Spoil | None:
    spots = cells(publication, is_amount)
    counted = Counter(cell_at(publication, spot).text for spot in spots)
    spot = dice.choice([spot for spot in spots if counted[cell_at(publication, spot).text] > 1])
    text = cell_at(publication, spot).text
    new = in_words(text, value_of(text) * Decimal(dice.randint(103, 130)) / 100)
    return Spoil(with_cell(publication, spot, new), what=f"{text}→{new}")


@in_tables("a code")
def _code(publication: Publication, dice: random.Random) -> Spoil | None:
    spots = cells(publication, lambda cell: bool(CODE.fullmatch(cell.text)) and cell.text[0] in "23567")
    if not spots:
        return None
    spot = dice.choice(spots)
    text = cell_at(publication, spot).text
    new = wrong_digit(text, dice)
    return Spoil(with_cell(publication, spot, new), what=f"{text}→{new}")


@in_tables("a leading zero is eaten")
def _zero(publication: Publication, dice: random.Random) -> Spoil | None:
    spots = cells(publication, lambda cell: bool(re.fullmatch(r"0\d", cell.text)))
    if not spots:
        return None
    spot = dice.choice(spots)
    text = cell_at(publication, spot).text
    return Spoil(with_cell(publication, spot, text[1:]), what=text)


def other_han(text: str, at: int, publication: Publication, dice: random.Random) -> str:
    """Return a text with one character replaced by another one of the document."""
    every = sorted({sign for at_, table in tables(publication) for cell in table.cells for sign in cell.text})
    sign = dice.choice([one for one in every if HAN.fullmatch(one) and one != text[at]])
    return text[:at] + sign + text[at + 1 :]


@in_tables("a name")
def _name(publication: Publication, dice: random.Random) -> Spoil | None:
    coded = {
        (at, cell.row)
        for at, table in tables(publication)
        for cell in table.cells
        if re.fullmatch(r"\d{2,7}", cell.text)
    }
    spots = cells(publication, lambda cell: len(HAN.findall(cell.text)) > 3)
    spots = [spot for spot in spots if (spot[0], cell_at(publication, spot).row) in coded]
    spot = dice.choice(spots)
    text = cell_at(publication, spot).text
    at = dice.choice([at for at, sign in enumerate(text) if HAN.fullmatch(sign)])
    new = other_han(text, at, publication, dice)
    return Spoil(with_cell(publication, spot, new), what=f"{text}→{new}")


@in_tables("names of two rows exchanged")
def _exchanged(publication: Publication, dice: random.Random) -> Spoil | None:
    at, table = dice.choice(list(tables(publication)))
    coded = {cell.row for cell in table.cells if re.fullmatch(r"\d{2,7}", cell.text)}
    names = [
        number
        for number, cell in enumerate(table.cells)
        if cell.row in coded and len(HAN.findall(cell.text)) > 2
    ]
    pairs = [
        (one, other)
        for one, other in pairwise(names)
        if table.cells[one].column == table.cells[other].column
        and table.cells[one].text != table.cells[other].text
    ]
    if not pairs:
        return None
    one, other = dice.choice(pairs)
    changed = with_cell(publication, (at, one), table.cells[other].text)
    return Spoil(with_cell(changed, (at, other), table.cells[one].text), what=table.cells[one].text)


# --------------------------------------------------------------- rows and tables


def rows_of(table: PrintedTable) -> list[int]:
    """Return the rows of a body that hold amounts."""
    return sorted({cell.row for cell in table.cells if cell.row >= table.heading_rows and is_amount(cell)})


def label_of(table: PrintedTable, row: int) -> str:
    words = [cell.text for cell in table.cells if cell.row == row and HAN.search(cell.text)]
    return words[0] if words else ""


def some_row(publication: Publication, dice: random.Random) -> tuple[int, PrintedTable, int]:
    whole = [(at, table) for at, table in tables(publication) if len(rows_of(table)) > 3]
    at, table = dice.choice(whole)
    plain = [row for row in rows_of(table) if label_of(table, row)]
    return at, table, dice.choice(plain)


@in_tables("a row stands twice")
def _twice(publication: Publication, dice: random.Random) -> Spoil | None:
    at, table, row = some_row(publication, dice)
    if any(cell.row < row < cell.row + cell.down for cell in table.cells):
        return None
    lower = [replace(cell, row=cell.row + 1) if cell.row > row else cell for cell in table.cells]
    copies = [replace(cell, row=row + 1) for cell in table.cells if cell.row == row]
    both = tuple(sorted([*lower, *copies], key=lambda cell: (cell.row, cell.column)))
    label = label_of(table, row)
    changed = replace(table, cells=both, rows=table.rows + 1)
    return Spoil(with_item(publication, at, changed), (label,), label)


@in_tables("a row is missing")
def _row_missing(publication: Publication, dice: random.Random) -> Spoil | None:
    at, table, row = some_row(publication, dice)
    label = label_of(table, row)
    if any(cell.row <= row < cell.row + cell.down and cell.down > 1 for cell in table.cells):
        return None
    kept = tuple(
        replace(cell, row=cell.row - 1) if cell.row > row else cell for cell in table.cells if cell.row != row
    )
    changed = replace(table, cells=kept, rows=table.rows - 1)
    return Spoil(with_item(publication, at, changed), (label, table.title), label)


@in_tables("a row's amounts one column on")
def _shifted(publication: Publication, dice: random.Random) -> Spoil | None:
    at, table, row = some_row(publication, dice)
    own = [number for number, cell in enumerate(table.cells) if cell.row == row and is_amount(cell)]
    columns = {cell.column: number for number, cell in enumerate(table.cells) if cell.row == row}
    last = columns.get(table.cells[own[-1]].column + 1)
    if last is None or table.cells[last].text:
        return None
    changed = publication
    for number in reversed(own):
        target = columns.get(table.cells[number].column + 1)
        if target is None:
            return None
        changed = with_cell(changed, (at, number), "")
        changed = _amount_at(changed, (at, target), table.cells[number])
    return Spoil(changed, (label_of(table, row),), label_of(table, row))


def _amount_at(publication: Publication, spot: Spot, source: TableCell) -> Publication:
    table = publication.items[spot[0]]
    assert isinstance(table, PrintedTable)
    changed = list(table.cells)
    changed[spot[1]] = replace(changed[spot[1]], text=source.text, amount=source.amount)
    return with_item(publication, spot[0], replace(table, cells=tuple(changed)))


@in_tables("a column's amounts one row down")
def _column_down(publication: Publication, dice: random.Random) -> Spoil | None:
    at, table = dice.choice([(at, table) for at, table in tables(publication) if len(rows_of(table)) > 5])
    column = dice.choice(sorted({cell.column for cell in table.cells if is_amount(cell)}))
    own = sorted(
        (number for number, cell in enumerate(table.cells) if cell.column == column and is_amount(cell)),
        key=lambda number: table.cells[number].row,
    )
    if len(own) < 4:
        return None
    first = dice.randrange(len(own) - 2)
    changed = publication
    for number, source in zip(own[first + 1 : first + 3], own[first : first + 2], strict=True):
        changed = _amount_at(changed, (at, number), table.cells[source])
    return Spoil(changed, what=table.title)


@in_tables("a table is missing")
def _table_missing(publication: Publication, dice: random.Random) -> Spoil | None:
    at, table = dice.choice(list(tables(publication)))
    return Spoil(with_item(publication, at, None), (table.title,), table.title)


@in_tables("another unit of money above a table")
def _money(publication: Publication, dice: random.Random) -> Spoil | None:
    at, table = dice.choice([(at, table) for at, table in tables(publication) if len(rows_of(table)) > 2])
    right = table.right.replace("万元", "元") if "万元" in table.right else table.right.replace("元", "万元")
    return Spoil(with_item(publication, at, replace(table, right=right)), (table.title,), right)


@in_tables("another year in a title")
def _title_year(publication: Publication, dice: random.Random) -> Spoil | None:
    dated = [(at, table) for at, table in tables(publication) if re.match("20\\d\\d", table.title)]
    if not dated:
        return None
    at, table = dice.choice(dated)
    year = str(int(table.title[:4]) + dice.choice([-1, 1, -2]))
    return Spoil(with_item(publication, at, replace(table, title=year + table.title[4:])), (year,), year)


@in_tables("a title with a wrong character")
def _title(publication: Publication, dice: random.Random) -> Spoil | None:
    at, table = dice.choice(list(tables(publication)))
    signs = [at for at, sign in enumerate(table.title[:-1]) if HAN.fullmatch(sign) and at]
    place = dice.choice(signs)
    title = other_han(table.title, place, publication, dice)
    return Spoil(with_item(publication, at, replace(table, title=title)), (title,), title)


@in_tables("a note of an empty form below a filled one")
def _note(publication: Publication, dice: random.Random) -> Spoil | None:
    at, table = dice.choice([(at, table) for at, table in tables(publication) if len(rows_of(table)) > 2])
    note = dice.choice(
        ["注：本表无数据", "说明：本单位本年度没有此项收支，故本表无数据。", "注：本表为空表。"]
    )
    return Spoil(with_item(publication, at, replace(table, note=note)), (note[2:], table.title), note)


@in_tables("another unit above a table")
def _unit(publication: Publication, dice: random.Random) -> Spoil | None:
    named = [(at, table) for at, table in tables(publication) if "：" in table.left]
    if not named:
        return None
    at, table = dice.choice(named)
    head, _, name = table.left.partition("：")
    place = dice.randrange(len(name))
    left = f"{head}：{other_han(name, place, publication, dice)}"
    return Spoil(with_item(publication, at, replace(table, left=left)), (left.partition("：")[2],), left)


# ------------------------------------------------------------------------- text


def texts(publication: Publication) -> list[tuple[int, str]]:
    return [(at, item.text) for at, item in enumerate(publication.items) if isinstance(item, ComposedText)]


def with_text(publication: Publication, at: int, text: str) -> Publication:
    item = publication.items[at]
    if isinstance(item, Title):
        return with_item(publication, at, Title(item.level, ComposedText(text)))
    return with_item(publication, at, ComposedText(text))


def known_amounts(publication: Publication) -> set[Decimal]:
    """Return the amounts that a table prints, in 万元 rounded; zeros left out."""
    found = set()
    for _, table in tables(publication):
        scale = 1 if "万元" in table.right else 10_000
        for cell in table.cells:
            if is_amount(cell) and cell.row >= table.heading_rows:
                found.add(round(value_of(cell.text) / scale, 2))
    return found


def told_amounts(publication: Publication) -> list[tuple[int, re.Match[str]]]:
    """Return the amounts of the text that a table has too; no changes: those stand in no table."""
    known = known_amounts(publication)
    return [
        (at, found)
        for at, text in texts(publication)
        for found in MONEY.finditer(text)
        if value_of(found[1]) in known and not re.search("(?:增加|减少)$", text[: found.start()])
    ]


def replaced(publication: Publication, at: int, found: re.Match[str], new: str, group: int = 0) -> Spoil:
    text = found.string[: found.start(group)] + new + found.string[found.end(group) :]
    return Spoil(with_text(publication, at, text), what=f"{found[group]}→{new}：{found.string[:40]}")


def told(change: Callable[[str, random.Random], str | None]) -> Way:
    def way(publication: Publication, dice: random.Random) -> Spoil | None:
        at, found = dice.choice(told_amounts(publication))
        new = change(found[0], dice)
        return None if new in {None, found[0]} else replaced(publication, at, found, str(new))

    return way


in_text("a digit of an amount")(told(wrong_digit))
in_text("two digits change places")(told(swapped))
in_text("a digit is clipped")(told(clipped))
in_text("the decimal point moves")(told(moved_point))
in_text("last year's figure")(
    told(lambda text, dice: in_words(text, value_of(text) * Decimal(dice.randint(60, 140)) / 100))
)


def words(pattern: str, change: Callable[[re.Match[str], random.Random], str | None], group: int = 0) -> Way:
    """Return a way that changes one place of the text, drawn among those that fit a pattern."""

    def way(publication: Publication, dice: random.Random) -> Spoil | None:
        spots = [(at, found) for at, text in texts(publication) for found in re.finditer(pattern, text)]
        if not spots:
            return None
        at, found = dice.choice(spots)
        new = change(found, dice)
        return None if new in {None, found[group]} else replaced(publication, at, found, str(new), group)

    return way


UNFILLED = ("XX", "××", "x", "**", "XX.XX", "？", "≥195", "待定", "（待核实）", "____")
OFFICE = (
    "（仅供内部审核）",
    "（内部资料）",
    "（此处需与业务处核实）",
    "【批注：金额待财务科确认】",
    "（征求意见稿）",
)
TELEPHONES = ("（联系电话：65550000）。", "，联系人手机13800000000。", "，电话0351-5550000。")
TURNED = {"增加": "减少", "减少": "增加", "增长": "下降", "下降": "增长"}


def another_percent(found: re.Match[str], dice: random.Random) -> str:
    value = Decimal(found[1]) + Decimal(dice.choice([-1, 1]) * dice.randint(5, 900)) / 100
    return f"{abs(value):.2f}"


in_text("a share")(words(r"占[\u4e00-\u9fff]*(\d+\.\d\d)(?=%)", another_percent, 1))
in_text("a rate")(words(r"(?:增长|下降)(\d+\.\d\d)(?=%)", another_percent, 1))
in_text("a degree of completion")(words(r"完成[\u4e00-\u9fff]+?的(\d+\.\d\d)(?=%)", another_percent, 1))
in_text("a direction")(
    words(
        r"(增加|减少|增长|下降)(?=[\d,.]+万元，(?:增长|下降)|\d+\.\d\d%)", lambda found, _: TURNED[found[1]]
    )
)
in_text("a year")(
    words(
        r"^(20\d\d)(?=年度?(?:支出|收入|预算|财政|一般|单位|部门|“三公”|机关|上海|山西))",
        lambda found, dice: str(int(found[1]) + dice.choice([-1, 1, -2])),
    )
)
in_text("a year compared with")(
    words(r"[比与](20\d\d)(?=年)", lambda found, dice: str(int(found[1]) + dice.choice([-1, 1, -2])), 1)
)
in_text("another unit of money")(
    words(r"(?<=[1-9]\d\.\d\d)万元", lambda _, dice: dice.choice(["元", "亿元", "百万元", "千元"]))
)
in_text("a placeholder")(
    words(
        r"\d[\d,]*\.\d\d(?=万元|%)",
        lambda _, dice: dice.choice(UNFILLED),
    )
)
in_text("a doubled mark")(words(r"[，。；、：]", lambda found, dice: found[0] + dice.choice("，。；、")))
in_text("a lost bracket or quotation mark")(words(r"[（）“”]", lambda found, _: ""))
in_text("a doubled word")(
    words(r"[\u4e00-\u9fff]{2}", lambda found, _: found[0] * 2 if len(set(found[0])) > 1 else None)
)
in_text("a cut sentence")(words(r"(?<=[\u4e00-\u9fff]{9})[\u4e00-\u9fff]{3}。$", lambda _, __: ""))
in_text("a mark of the office")(
    words(
        r"。(?=[^。]{0,60}$)",
        lambda _, dice: dice.choice(OFFICE) + "。",
    )
)
in_text("a telephone")(
    words(
        r"。$",
        lambda _, dice: dice.choice(TELEPHONES),
    )
)
in_text("a reason left out")(
    words(r"主要原因(?:是|：|是：)[^，。；]+", lambda _, dice: dice.choice(["主要原因是", "主要原因："]))
)


@in_text("a wrong character")
def _character(publication: Publication, dice: random.Random) -> Spoil | None:
    """A character of a name that a table prints, or of a word that the text has elsewhere too."""
    names = {cell.text for _, table in tables(publication) for cell in table.cells if len(cell.text) > 3}
    every = "\n".join(text for _, text in texts(publication))
    spots = [
        (at, found)
        for at, text in texts(publication)
        for found in re.finditer(r"[\u4e00-\u9fff]{5,16}", text)
        if found[0] in names or every.count(found[0]) > 2
    ]
    if not spots:
        return None
    at, found = dice.choice(spots)
    return replaced(
        publication, at, found, other_han(found[0], dice.randrange(len(found[0])), publication, dice)
    )


@in_text("a character left out of a name")
def _left_out(publication: Publication, dice: random.Random) -> Spoil | None:
    names = {cell.text for _, table in tables(publication) for cell in table.cells if len(cell.text) > 5}
    spots = [
        (at, found)
        for at, text in texts(publication)
        for found in re.finditer(r"(?<=[-（、：，）])[\u4e00-\u9fff]{6,20}(?=[-（、，”\d])", text)
        if found[0] in names
    ]
    if not spots:
        return None
    at, found = dice.choice(spots)
    drop = dice.randrange(len(found[0]))
    return replaced(publication, at, found, found[0][:drop] + found[0][drop + 1 :])


@in_text("the level of the document")
def _level(publication: Publication, dice: random.Random) -> Spoil | None:
    turned = {"本单位": "本部门", "本部门": "本单位", "单位预算": "部门预算", "部门决算": "单位决算"}
    spots = [
        (at, found)
        for at, text in texts(publication)
        for found in re.finditer("本单位|本部门|单位预算|部门决算", text)
        if "指" not in text[:30]
    ]
    if not spots:
        return None
    at, found = dice.choice(spots)
    return replaced(publication, at, found, turned[found[0]])


@in_text("the name of the unit")
def _unit_name(publication: Publication, dice: random.Random) -> Spoil | None:
    name = re.sub(r"20\d\d年.*|的.*", "", publication.title)
    units = {table.left.partition("：")[2] for _, table in tables(publication)} | {name}
    spots = [
        (at, found)
        for at, text in texts(publication)
        for unit in sorted(units)
        if len(unit) > 5
        for found in re.finditer(re.escape(unit), text)
    ]
    if not spots:
        return None
    at, found = dice.choice(spots)
    return replaced(
        publication, at, found, other_han(found[0], dice.randrange(len(found[0])), publication, dice)
    )


@in_text("a heading numbered wrongly")
def _numbered(publication: Publication, dice: random.Random) -> Spoil | None:
    signs = "一二三四五六七八九"
    spots = [
        (at, found)
        for at, item in enumerate(publication.items)
        if isinstance(item, Title) and (found := re.match(f"[{signs}](?=、)", item.written.text))
    ]
    beside = {
        at
        for (one, first), (other, second) in pairwise(spots)
        if signs.index(second[0]) == signs.index(first[0]) + 1
        for at in (one, other)
    }  # alone in its list a number cannot be wrong
    at, found = dice.choice([spot for spot in spots if spot[0] in beside])
    return replaced(publication, at, found, dice.choice([sign for sign in signs if sign != found[0]]))


@in_text("a count of a list")
def _count(publication: Publication, dice: random.Random) -> Spoil | None:
    return words(
        r"(\d+)(?=个[\u4e00-\u9fff]{2,6}，(?:分别为|包括))", lambda found, _: str(int(found[1]) + 1)
    )(publication, dice)


ALL: Sequence[tuple[str, str, Way]] = (
    *(("table", name, way) for name, way in IN_TABLES.items()),
    *(("text", name, way) for name, way in IN_TEXT.items()),
)
