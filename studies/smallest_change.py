"""The smallest change of a published figure that is reported, form by form.

    python studies/smallest_change.py            # prints the page
    python studies/smallest_change.py --write    # writes docs/officers/as_published.md

Every amount cell of every line of the reference budget as published, blanks included, is changed up
and down by 0.01 万元, 0.02 and so on until a rule reports it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support.published import published_workbook  # noqa: E402

from xlbudget import load_template  # noqa: E402
from xlbudget.checking.published.checking import report_published  # noqa: E402
from xlbudget.checking.published.intervals import Agreement, judge  # noqa: E402
from xlbudget.checking.published.rules import published_instances  # noqa: E402
from xlbudget.checking.rules.linear import LinearInstance  # noqa: E402
from xlbudget.model import Cell  # noqa: E402
from xlbudget.returns.published.precision import Interval  # noqa: E402
from xlbudget.returns.published.reading import read_published  # noqa: E402
from xlbudget.returns.published.workbooks import PublishedWorkbook, ShownAmount  # noqa: E402
from xlbudget.workbook.check_rows import premise  # noqa: E402
from xlbudget.workbook.language import LineCells, walk  # noqa: E402

PAGE = ROOT / "docs" / "officers" / "as_published.md"
STEP = Decimal("0.01")
MOST = Decimal(1)


@dataclass(frozen=True)
class Changes:
    """A published workbook in which single cells are changed, and the rules that then report it."""

    workbook: PublishedWorkbook

    def __post_init__(self) -> None:
        object.__setattr__(self, "instances", published_instances(self.workbook).instances)
        touching: defaultdict[Cell, list[LinearInstance]] = defaultdict(list)
        for instance in self.instances:
            for cell in instance.cells:
                touching[cell].append(instance)
        object.__setattr__(self, "touching", touching)
        object.__setattr__(self, "premises", frozenset(_premise_cells(self.workbook)))

    instances: tuple[LinearInstance, ...] = ()
    touching: Mapping[Cell, list[LinearInstance]] = None  # type: ignore[assignment]
    premises: frozenset[Cell] = frozenset()

    def reporting(self, cell: Cell, change: Decimal, *, notes: bool = True) -> frozenset[str]:
        """Return the rules that report one cell changed by ``change`` (万元, printed to two decimals).

        ``notes`` counts those too that only notice it, since small amounts may hide in blanks.
        """
        old = self.workbook.interval(cell).middle
        new = Interval(old + change, STEP / 2)

        def reader(other: Cell) -> Interval:
            return new if other == cell else self.workbook.interval(other)

        instances: Iterable[LinearInstance] = self.touching.get(cell, ())
        if cell in self.premises:
            amounts = {**self.workbook.amounts, cell: ShownAmount(new, new.middle, 2, "万元")}
            instances = published_instances(replace(self.workbook, amounts=amounts)).instances
        return frozenset(
            found.instance.rule.id
            for one in instances
            if (found := judge(one, reader, self.workbook.blank)).agreement is Agreement.BROKEN
            and (notes or not found.hidden)
        )

    def smallest(self, cell: Cell, *, notes: bool = True) -> Decimal | None:
        """Return the smallest change that is reported both upwards and downwards; None beyond 1 万元."""
        change = STEP
        while change <= MOST:
            if all(self.reporting(cell, one, notes=notes) for one in (change, -change)):
                return change
            change += STEP
        return None


def _premise_cells(workbook: PublishedWorkbook) -> Iterable[Cell]:
    template, layout = workbook.blueprint.template, workbook.blueprint.layout
    for rule in template.rules:
        condition = premise(rule, template, workbook.blueprint.names)
        for part in walk(condition) if condition is not None else ():
            if isinstance(part, LineCells):
                lines = layout.tables[part.table].lines
                yield Cell(part.table, lines[part.first], part.column)


def reference() -> PublishedWorkbook:
    """Return the reference budget as published, read from its workbook of values."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "公开表.xlsx"
        path.write_bytes(published_workbook())
        return read_published(path, load_template("shanxi_provincial/2023"))


def smallest_changes(
    workbook: PublishedWorkbook, *, notes: bool = True
) -> dict[int, dict[Cell, Decimal | None]]:
    """Return by form the smallest change seen of every cell that takes part in a rule."""
    changes = Changes(workbook)
    forms = {panel.id: form.number for form, panel in workbook.blueprint.template.panels}
    found: dict[int, dict[Cell, Decimal | None]] = {}
    for cell in workbook.cells:
        if cell in changes.touching:
            found.setdefault(forms[cell.table], {})[cell] = changes.smallest(cell, notes=notes)
    return dict(sorted(found.items()))


def page(workbook: PublishedWorkbook) -> str:
    """Return the page of the documentation: what rounding explains, and the smallest change seen."""
    changes, firm = smallest_changes(workbook), smallest_changes(workbook, notes=False)
    report = report_published(workbook)
    titles = {form.number: form.title for form in workbook.blueprint.template.forms}
    lines = [
        "# 只有数值的工作簿：核对得多细",
        "",
        "本页由 `python studies/smallest_change.py --write` 生成，测试核对它没有过时。",
        "数值取自参考预算公开的 13 张表（万元，两位小数），不含录入表。",
        "",
        "## 四舍五入能解释的差额",
        "",
        f"参考预算各表没有不符；下列 {len(report.rounding)} 处左右不等，由四舍五入解释：",
        "",
        "| 关系 | 表 | 行 | 栏 | 左 | 右 | 差额 |",
        "|---|---|---|---|---:|---:|---:|",
    ]
    for one in report.rounding:
        place = one.place
        lines.append(
            f"| {one.rule} | {place.form} | {place.line} | {place.column} "
            f"| {one.stored} | {one.expected} | {one.difference} |"
        )
    lines += [
        "",
        "关系清单里还有一处（N-12）在预算情况说明的文字里，公开表上没有，等式与 F6-03 的合计行相同。",
        "",
        "## 看得见的最小改动",
        "",
        "把每一个参加核对的格子（空白格也算）单独改大、改小 0.01、0.02……万元，直到有关系报出。",
        "两个方向都报出才算看得见；“最大”两栏是该表最迟钝的一格。参考预算不印 0.00，空白格里可能有",
        "不足 50 元、舍入后不印的数；只有这样才说得通的差额报为提示，更大的报为不符。",
        "",
        "| 表 | 格数 | 0.01 即报 | 0.02 | 0.03 | 0.04 以上 | 最大 | 最大（报为不符） |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for number, cells in changes.items():
        seen = [change for change in cells.values() if change is not None]
        counts = [
            sum(low <= change <= high for change in seen)
            for low, high in ((STEP, STEP), (2 * STEP, 2 * STEP), (3 * STEP, 3 * STEP), (4 * STEP, MOST))
        ]
        cited = " | ".join(map(str, counts))
        last = max(change for change in firm[number].values() if change is not None)
        lines.append(f"| {number} {titles[number]} | {len(cells)} | {cited} | {max(seen)} | {last} |")
    without = len(workbook.cells) - sum(map(len, changes.values()))
    lines += ["", f"不参加任何核对的金额格：{without} 个。", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    text = page(reference())
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
