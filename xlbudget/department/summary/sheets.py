"""The sheets that a department summary has beside those of its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.department.summary.form_parts import FormCell, FormParts, form_cells
from xlbudget.department.summary.rounding_balance import Move
from xlbudget.department.summary.transfers import Transfer, called
from xlbudget.department.summary.unit_figures import UnitLine
from xlbudget.model import Cell, ChartDefinition, Unit, UnitFigures, WorkbookTemplate
from xlbudget.workbook.calculation.plan import Plan, Values
from xlbudget.workbook.named_cells import figure_cells, named_cells
from xlbudget.workbook.sheets.charts import Chart, Charts, Others, Point, TableAmount
from xlbudget.workbook.sheets.tables import (
    FIRST_ROW,
    Across,
    ColumnSum,
    Content,
    FormAmount,
    Linked,
    RowsAbove,
    SheetTable,
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A returned file that a summary was made from; number and time of its receipt, if it was received."""

    unit: Unit
    file: str
    sha256: str
    receipt: str = ""
    received_at: str = ""


SOURCES = "汇总来源"


def sources_table(sources: Sequence[SourceFile], template: WorkbookTemplate) -> SheetTable:
    """Return the list of the files that a summary was made from, and of its template."""
    rows = tuple(
        (
            str(at),
            part.unit.code,
            part.unit.name,
            part.receipt,
            part.received_at[:16].replace("T", " "),
            part.file,
            part.sha256,
        )
        for at, part in enumerate(sources, 1)
    )
    return SheetTable(
        SOURCES,
        "汇总来源：各单位的报送文件",
        ("序号", "单位编码", "单位名称", "收件号", "收件时间", "文件", "文件摘要（SHA-256）"),
        (6, 12, 30, 8, 17, 40, 34),
        rows,
        (("", "", "模板", "", "", template.id, template.digest),),
        "文件摘要是收件时原件的 SHA-256：用 xlbudget verify 核对原件有没有变。",
    )


def transfers_table(transfers: Sequence[Transfer], money: str) -> SheetTable:
    """Return the list of transfers between units (元): both sides, their difference, what is taken out."""
    rows = tuple((str(at), *_listed(part)) for at, part in enumerate(transfers, 1))
    headings = (
        "序号",
        "往来类型",
        "拨出单位",
        f"拨出（{money}）",
        "拨出方填在",
        "收到单位",
        f"收到（{money}）",
        "收到方填在",
        f"差额（{money}）",
        f"已抵销（{money}）",
        "说明",
    )
    sums = {at: ColumnSum(_sum(rows, at)) for at in (3, 6, 8, 9)}
    total: tuple[Content, ...] = tuple(sums.get(at, "合计" if at == 1 else "") for at in range(len(headings)))
    return SheetTable(
        "内部往来抵销",
        "内部往来抵销：单位之间的上级补助、附属上缴、内部调拨",
        headings,
        (6, 11, 24, 16, 34, 24, 16, 34, 14, 16, 22),
        rows,
        (total,),
        "抵销数以负数列在各录入表标明“抵销”的行和收入录入表的“内部往来抵销”栏，公开表已经扣除；"
        "双方不一致的，按双方都认的数抵销。",
    )


def _sum(rows: Sequence[Sequence[Content]], at: int) -> Decimal:
    amounts = (row[at] for row in rows)
    return sum((amount for amount in amounts if isinstance(amount, Decimal)), Decimal(0))


def _listed(transfer: Transfer) -> tuple[Content, ...]:
    remark = "已抵销"
    if not transfer.inside:
        remark = "对方不在本次汇总范围，未抵销"
    elif transfer.difference:
        remark = "双方不一致" if transfer.paid and transfer.received else "只有一方填报，未抵销"
    return (
        transfer.kind,
        called(transfer.payer),
        transfer.paid_amount,
        "、".join(map(str, transfer.paid)),
        called(transfer.receiver),
        transfer.received_amount,
        "、".join(map(str, transfer.received)),
        transfer.difference,
        transfer.eliminated,
        remark,
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the sheets of figures are made of: the plan of the summary, its values, its units."""

    plan: Plan
    values: Values
    units: tuple[UnitLine, ...]

    def amount(self, cell: Cell) -> FormAmount:
        """Return a live reference to a form cell."""
        value = self.plan.decimals(self.values, cell)
        return FormAmount(cell, value if isinstance(value, Decimal) else Decimal(0))


_FACTS = ("单位编码", "单位名称", "单位性质")


def units_table(listed: UnitFigures, drawn: Drawn, eliminated: Sequence[Decimal], money: str) -> SheetTable:
    """Return units by main figures, their sum, what transfers take out, and the forms that must agree.

    Units stand in the order of :func:`sources_table`, to whose rows their names lead.
    ``eliminated`` is by how much the eliminations of the summary change each figure, less those that are
    in the figures of its parts.
    """
    cells = figure_cells(drawn.plan.blueprint)
    columns = range(len(cells))
    sums = [sum((line.figures[at] for line in drawn.units), Decimal(0)) for at in columns]
    forms = [drawn.amount(cell) for cell in cells]
    rests = [forms[at].value - sums[at] - eliminated[at] for at in columns]
    rows: tuple[tuple[Content, ...], ...] = tuple(
        (
            line.unit.code,
            Linked(line.unit.name or line.unit.code, SOURCES, FIRST_ROW + at),
            line.unit.kind,
            *line.figures,
        )
        for at, line in enumerate(drawn.units)
    )
    totals: tuple[tuple[Content, ...], ...] = (
        ("", "各单位合计", "", *map(ColumnSum, sums)),
        ("", "内部往来抵销", "", *eliminated),
        ("", "汇总的公开表", "", *forms),
        ("", "差额（应为零）", "", *(RowsAbove(((1, 1), (-1, 2), (-1, 3)), rest) for rest in rests)),
    )
    layout = drawn.plan.layout
    units = (layout.money(cell.table, cell.column) for cell in cells)
    headings = (
        *_FACTS,
        *(
            part.heading if unit == money else f"{part.heading}（{unit}）"
            for part, unit in zip(listed.figures, units, strict=True)
        ),
    )
    return SheetTable(
        listed.sheet,
        listed.title,
        headings,
        (12, 30, 10, *(15 for _ in cells)),
        rows,
        totals,
        f"金额单位：{money}。各单位的数取自其报送的公开表；合计加内部往来抵销等于汇总的公开表。"
        f"点公开表上的这些数到本表，点“汇总的公开表”一行回去；点单位名称看“{SOURCES}”里的收件号和文件摘要。",
    )


_TRACED = ("公开表", "行", "栏", "汇总", "各单位合计", "内部往来抵销", "差额（应为零）")


def trace_table(
    evidence: Evidence, parts: Sequence[FormParts], eliminated: Mapping[FormCell, Decimal]
) -> SheetTable:
    """Return for each amount of the summary's forms what each unit has in the same line and column.

    ``eliminated`` is by how much the summary's own eliminations change each amount. Lines for single projects
    and units are left out, amounts that are nothing everywhere as well.
    """
    rows, money = [], evidence.template.form_money
    for cell, there in form_cells(evidence):
        whole, own = evidence.recalculated(cell), [part.amounts.get(there) for part in parts]
        if not isinstance(whole, Decimal) or not (whole or any(own)):
            continue
        sums, taken = sum((amount for amount in own if amount), Decimal(0)), eliminated.get(there, Decimal(0))
        place, first, last = evidence.place(cell), len(_TRACED), len(_TRACED) + len(parts) - 1
        rows.append(
            (
                place.sheet,
                place.line,
                place.column
                if evidence.money(cell) == money
                else f"{place.column}（{evidence.money(cell)}）",
                FormAmount(cell, whole),
                Across(((1, first, last),), sums),
                taken or "",
                Across(((1, 3, 3), (-1, 4, 5)), whole - sums - taken),
                *(amount or "" for amount in own),
            )
        )
    return SheetTable(
        "追溯",
        "追溯：公开表的每个数由哪些单位的数组成",
        (*_TRACED, *(f"{part.unit.code} {part.unit.name}".strip() for part in parts)),
        (9, 38, 16, 15, 15, 14, 12, *(15 for _ in parts)),
        tuple(rows),
        note=f"金额单位：{money}。各单位的数是其报送的公开表同一行、同一栏的数，空着的是零；各单位合计加内部往来抵销等于汇总的公开表。"
        f"点公开表上的数到本表，点“汇总”一栏回去。逐单位、逐项目列的行本身就是一个单位的数，不在此列。各单位的文件见“{SOURCES}”。",
        frozen=3,
        filterable=True,
    )


def charts_of(template: WorkbookTemplate, drawn: Drawn) -> Charts | None:
    """Return the charts of a summary; empty ones are left out."""
    if template.charts is None:
        return None
    charts = (_chart(template, part, drawn) for part in template.charts.charts)
    listed = tuple(chart for chart in charts if chart.points)
    if not listed:
        return None
    return Charts(template.charts.sheet, template.charts.title, template.form_money, listed)


def _chart(template: WorkbookTemplate, chart: ChartDefinition, drawn: Drawn) -> Chart:
    if chart.figure:
        return Chart(chart.title, _units(template, chart, drawn))
    layout = drawn.plan.layout
    cells = [cell for part in chart.cells for cell in named_cells(drawn.plan.blueprint, part)]
    one_line = len({(cell.table, cell.row) for cell in cells}) == 1
    points = [
        Point(
            layout.column_name(cell.table, cell.column) if one_line else layout.line_of(cell.table, cell.row),
            drawn.amount(cell),
        )
        for cell in cells
    ]
    return Chart(chart.title, _largest_first(points))


def _largest_first(points: Sequence[Point]) -> tuple[Point, ...]:
    seen = (point for point in points if point.amount.value)
    return tuple(sorted(seen, key=lambda point: -point.amount.value))


def _units(template: WorkbookTemplate, chart: ChartDefinition, drawn: Drawn) -> tuple[Point, ...]:
    """Return the largest units, and the others together."""
    listed = template.unit_figures
    if listed is None:
        return ()
    at = [part.heading for part in listed.figures].index(chart.figure)
    column = len(_FACTS) + at
    points = [
        Point(line.unit.name or line.unit.code, TableAmount(listed.sheet, row, column, line.figures[at]))
        for row, line in enumerate(drawn.units)
    ]
    largest = _largest_first(points)
    shown, others = largest[: chart.most], largest[chart.most :]
    if not others:
        return shown
    whole = TableAmount(
        listed.sheet, len(points), column, sum((point.amount.value for point in points), Decimal(0))
    )
    rest = sum((point.amount.value for point in others), Decimal(0))
    return (*shown, Point(f"其他 {len(others)} 个单位", Others(whole, rest)))


def rounding_table(moves: Sequence[Move], money: str) -> SheetTable:
    """Return the list of printed amounts that are moved so that printed figures add up."""
    rows: tuple[tuple[Content, ...], ...] = tuple(
        (
            move.place.form,
            move.place.line,
            move.place.column,
            f"{move.place.sheet}!{move.place.address}",
            f"{move.exact.normalize():,f}",
            move.rounded,
            move.balanced,
            move.balanced - move.rounded,
        )
        for move in moves
    )
    note = (
        "公开表保留准确数，没有改动；公布时下列各处改用“平衡后”的数，其余各数四舍五入，各表相加即相符。"
        "调整的处数是最少的。"
    )
    if not moves:
        note = "四舍五入后各表相加都相符，不需要调整。"
    return SheetTable(
        "舍位平衡",
        "舍位平衡：公布数中调整末位的各处",
        ("公开表", "行", "栏", "单元格", f"准确数（{money}）", "四舍五入", "平衡后", "调整"),
        (34, 34, 18, 16, 18, 15, 15, 9),
        rows,
        (),
        note,
    )
