"""The sheets that a department summary has beside those of its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.eliminations import Transfer, called
from xlbudget.generation.tables import ColumnSum, Content, Table
from xlbudget.model import Page, Source, Unit, WorkbookTemplate


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A returned file that a summary was made from; number and time of its receipt, if it was received."""

    unit: Unit
    file: str
    sha256: str
    receipt: str = ""
    received_at: str = ""


def sources_page(sources: Sequence[SourceFile], template: WorkbookTemplate) -> Page:
    """Return the list of the files that a summary was made from, and of its template."""
    rows = [
        (str(at), part.unit.code, part.unit.name, part.receipt, part.received_at, part.file, part.sha256)
        for at, part in enumerate(sources, 1)
    ]
    basis = ("", "", "模板", "", "", template.id, template.digest)
    return Page(
        "汇总来源",
        "汇总来源",
        "汇总来源：各单位的报送文件",
        ("序号", "单位编码", "单位名称", "收件号", "收件时间", "文件", "文件摘要（SHA-256）"),
        (6, 12, 30, 8, 26, 40, 68),
        (*rows, basis),
        Source("", 0),
    )


def transfers_table(transfers: Sequence[Transfer], money: str) -> Table:
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
    return Table(
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
