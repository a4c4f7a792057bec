"""Which return is meant: by its unit's code or name, or by the number of its receipt."""

from __future__ import annotations

import re
from pathlib import Path

from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import Receipt, Status
from xlbudget.model.errors import InputError
from xlbudget.model.words import nearest

_RECEIPT = re.compile(r"(?:收件)?([0-9]{1,9})\s*号(?:收件)?")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def is_word(collection: Collection, typed: Path | str) -> bool:
    """Whether what was typed behind a collection means a unit or receipt of it, and is no path."""
    text = str(typed)
    if _unit_code(collection, text) or _number(text):
        return True
    return not (re.search(r"[/\\]", text) or Path(text).suffix or Path(text).exists())


def chosen_receipts(collection: Collection, word: str, last: int = 1) -> list[Receipt]:
    """Return the return that a word means; of a unit the ``last`` that can be read, oldest first.

    With ``last`` 1 it is the one that stands for the unit, or else its newest. ``7号`` is always a receipt;
    a bare number that is a unit's code as well is refused where both are not the same return. Raises
    InputError when nothing of the kind is there.
    """
    receipts = collection.receipts()
    code, number = _unit_code(collection, word), _number(word)
    by_number = [part for part in receipts if part.number == number]
    of_unit = [part for part in receipts if part.unit_code == code] if code else []
    standing = [part for part in of_unit if part.stands] or of_unit[-1:]
    if code and by_number and last == 1 and by_number != standing and not _marked(word):
        raise InputError(
            f"“{word}”是单位 {code} 的编码，也是一个收件号（{_called(by_number[0])}）；"
            f"指收件的写作“{number}号”，指单位的写单位名称。"
        )
    if code and not _marked(word):
        readable = [part for part in of_unit if part.judged is not Status.UNREADABLE]
        chosen = standing if last == 1 else readable[-last:]
        if not chosen:
            raise InputError(f"单位 {code} 还没有能读的报送；用 xlbudget history 查看经过。")
        return chosen
    if not by_number:
        what = f"没有 {number} 号收件" if number else f"没有单位或收件“{word}”"
        codes = [] if number else [*(unit.code for unit in collection.roster.units)]
        raise InputError(f"收件文件夹里{what}{nearest(word, codes)}；用 xlbudget status 查看收件号。")
    return by_number


def receipt_to_decide(collection: Collection, word: str, *, waiting: bool = False) -> Receipt:
    """Return the return that an officer decides on; one of several of a unit has to be named by its number.

    ``waiting``: of a unit the one that does not stand for it is meant. Raises InputError.
    """
    [receipt] = chosen_receipts(collection, word)
    if _marked(word) or _unit_code(collection, word) == "":
        return receipt
    newer = [
        part
        for part in collection.receipts()
        if part.unit_code == receipt.unit_code and part.number > receipt.number and not part.stands
    ]
    if waiting and len(newer) == 1:
        return newer[0]
    if newer:
        listed = "、".join(_called(part) for part in (receipt, *newer))
        raise InputError(
            f"单位 {receipt.unit_code} 有几份可决定的收件：{listed}；请写收件号，如 {newer[-1].number}号。"
        )
    return receipt


def _unit_code(collection: Collection, word: str) -> str:
    """Return the code of the unit that a word is the code or the name of; empty when it is none's."""
    units = [(unit.code, unit.name) for unit in collection.roster.units]
    units += [(part.unit_code, part.unit_name) for part in collection.receipts() if part.unit_code]
    if any(word == code for code, _ in units):
        return word
    named = {code for code, name in units if name and word == name}
    return named.pop() if len(named) == 1 else ""


def _number(word: str) -> int:
    """Return the number of a receipt that a word may mean, 0 for none."""
    marked = _RECEIPT.fullmatch(word)
    if marked:
        return int(marked[1])
    return int(word) if _NUMBER.fullmatch(word) else 0


def _marked(word: str) -> bool:
    return _RECEIPT.fullmatch(word) is not None


def _called(receipt: Receipt) -> str:
    return f"{receipt.number} 号（{receipt.status.value}，{receipt.name}）"
