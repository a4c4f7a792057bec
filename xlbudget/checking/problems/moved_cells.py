"""工作表的行列被插入、删除、移动，或整张工作表缺失，位置对不上。"""

from __future__ import annotations

from collections.abc import Iterator

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.moves import Carried, Moved
from xlbudget.checking.problems._changed_formulas import changed_cells, not_following
from xlbudget.files.addresses import cell_address, column_letters
from xlbudget.model import Finding, Irregularity, Place, Severity, Trouble
from xlbudget.model.words import shown

TITLE = "工作表缺失或行列被移动"
SEVERITY = Severity.BLOCKING


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each of our sheets that is missing or out of shape."""
    kinds = Trouble.MISSING_SHEET, Trouble.EMPTIED_SHEET, Trouble.MOVED_ROWS, Trouble.MOVED_COLUMNS
    for part in evidence.irregular(*kinds):
        if part.kind is Trouble.MISSING_SHEET:
            place = Place(sheet=part.sheet)
            message = f"工作表“{part.sheet}”缺失，表中内容未读取。请用原模板补上这张表后重新报送。"
        elif part.kind is Trouble.EMPTIED_SHEET:
            place = Place(sheet=evidence.submission.renamed.get(part.sheet, part.sheet))
            message = (
                f"工作表“{place.sheet}”被清空，表中什么也没有了。请用原模板补上这张表"
                f"{'，重新填写' if _has_entries(evidence, part.sheet) else ''}后重新报送。"
            )
        else:
            place = _place(evidence, part)
            message = (
                f"{place}：表的行列被插入、删除或移动过，{part.text}，不知以哪个为准，这张表未读取。"
                "请恢复原样（录入行数足够，不需要插入行），或把数据重新填入原模板。"
            )
        yield evidence.finding("moved_cells", SEVERITY, None, message, place=place)
    for part in evidence.irregular(Trouble.MISSING_LIST, Trouble.MISSING_PAGE):
        yield _beside(evidence, part.sheet, needed=part.kind is Trouble.MISSING_LIST)
    changed_cells(evidence)
    for part in evidence.irregular(Trouble.CELLS_MOVED, Trouble.LINES_SORTED):
        yield _followed(evidence, part)
    for part in evidence.irregular(Trouble.CELLS_GONE):
        yield _gone(evidence, part)
    for sheet, cells in evidence.carried.items():
        yield _carried(evidence, sheet, cells)
    for sheet, move in evidence.moved_forms.items():
        yield _form(evidence, sheet, move)


def _form(evidence: Evidence, sheet: str, move: Moved) -> Finding:
    """Return the finding of a form in which rows or columns were inserted or deleted."""
    theirs = evidence.submission.renamed.get(sheet, sheet)
    row, column = (1, move.at) if move.columns else (move.at, 1)
    title = evidence.template.titles(department=evidence.submission.department)[sheet]
    place = Place(title, "", "", theirs, cell_address(row - 1, column - 1))
    where = f"{column_letters(move.at - 1)} 列" if move.columns else f"第 {move.at} 行"
    kind = "列" if move.columns else "行"
    what = f"{where}前插入了 {move.by} {kind}" if move.by > 0 else f"{where}起删去了 {-move.by} {kind}"
    if not move.seen:
        message = f"{place}：{what}，都是没有内容的行，显示的内容没有受影响。不必要的改动请恢复原样。"
        return evidence.finding("moved_cells", Severity.NOTE, None, message, place=place)
    message = (
        f"{place}：{what}，后面的格子和公式都错了位。录入数没有受影响，公开表以按录入数重新计算的为准。"
        f"请从原模板复制这张表，或{'删去插入的' if move.by > 0 else '撤销删除，恢复这些'}{kind}后重新报送。"
    )
    return evidence.finding("moved_cells", SEVERITY, None, message, place=place)


def _beside(evidence: Evidence, sheet: str, *, needed: bool) -> Finding:
    """Return the finding of a code list or a page that is gone."""
    what = (
        "公式要从这张代码表取数，公开表上的数和名称因此算不出来；审核按模板的代码表重新计算，录入数没有受影响。"
        if needed
        else "这张表没有录入数，不影响审核。"
    )
    message = f"工作表“{sheet}”缺失：{what}请用原模板补上这张表{'后重新报送' if needed else ''}。"
    severity = SEVERITY if needed else Severity.NOTE
    return evidence.finding("moved_cells", severity, None, message, place=Place(sheet=sheet))


def _has_entries(evidence: Evidence, sheet: str) -> bool:
    return any(entry.sheet == sheet and not entry.prefilled for entry in evidence.template.entries)


def _place(evidence: Evidence, part: Irregularity) -> Place:
    theirs = evidence.submission.renamed.get(part.sheet, part.sheet)
    title = evidence.template.titles(department=evidence.submission.department)[part.sheet]
    return Place(title, "", "", theirs, part.address)


def _carried(evidence: Evidence, sheet: str, cells: Carried) -> Finding:
    """Return the finding of a sheet of entries of which single cells were cut, inserted or deleted."""
    where = f"移到了 {cells.now}" if cells.now else "被删去"
    text = f"表中有单元格被剪切、插入或删除（如原来的 {cells.place} {where}），公式的引用跟着移了位"
    return _followed(evidence, Irregularity(Trouble.CELLS_MOVED, sheet, text=text, address=cells.place))


def _gone(evidence: Evidence, part: Irregularity) -> Finding:
    """Return the finding of a sheet of entries that lacks a column or a line to type into."""
    place = _place(evidence, part)
    message = (
        f"{place}：{part.text}，那里的录入数已不在表中，依赖它们的校验未运行；其余各格已全部读取。"
        "请把数据重新填入原模板，再报送。"
    )
    return evidence.finding("moved_cells", SEVERITY, None, message, place=place)


def _followed(evidence: Evidence, part: Irregularity) -> Finding:
    """Return the finding of a sheet of entries that moved: a note while results still follow its entries."""
    place = _place(evidence, part)
    what = f"{place}：{part.text}；各格已按栏目名称和所在的行全部读取。"
    wrong = not_following(evidence)
    if wrong is None:
        message = f"{what}公式的结果没有受影响。请核对，不必要的改动请恢复原样。"
        return evidence.finding("moved_cells", Severity.NOTE, None, message, place=place)
    stored, ours = evidence.submission.stored[wrong], evidence.recalculated(wrong)
    money = evidence.money(wrong)
    message = (
        f"{what}公式没有跟上，如{evidence.place(wrong)}，保存值 {shown(stored.value, money)}，"
        f"按录入数重新计算为 {shown(ours, money)}。"
        "请把数据重新填入原模板（录入行数足够，不需要插入行），再报送。"
    )
    return evidence.finding("moved_cells", SEVERITY, None, message, place=place)
