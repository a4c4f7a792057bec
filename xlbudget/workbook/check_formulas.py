"""The check sheet of a workbook and its verdict, as formulas."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from xlbudget.model import Cell, ControlTotal, Rule, WorkbookTemplate
from xlbudget.model.control_lines import ALLOWANCE, CONTROLS
from xlbudget.workbook.amount_units import money_of, money_of_sides
from xlbudget.workbook.check_rows import CheckRow
from xlbudget.workbook.formula_groups import FormulaGroup
from xlbudget.workbook.language import Call, ColumnRange, LineCells, Node, Number, Operation, RowCell, Text
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.names import CHECKS, Context, Names
from xlbudget.workbook.reserved_names import COVER, VERDICT

_ZERO = Number(Decimal(0))
_ONE = Number(Decimal(1))
_EMPTY = Text("")
_DIFFERENCE = Operation("-", RowCell(CHECKS, "左值"), RowCell(CHECKS, "右值"))


class CheckFormulas:
    """The constants and formulas of the check sheet, and the verdict on the cover."""

    def __init__(self, layout: Layout, names: Names) -> None:
        self.layout = layout
        self.template: WorkbookTemplate = layout.template
        self.names = names
        self.constants: dict[Cell, str] = {}

    def checks(self) -> Iterator[FormulaGroup]:
        """Yield the formulas of the check sheet; its texts go into ``constants``."""
        words = self.template.check_sheet
        by_kind: dict[tuple[str, Node | None, Number], list[int]] = {}
        for at, check in enumerate(self.layout.check_rows):
            self.constants[Cell(CHECKS, at, "编号")] = check.rule.id
            self.constants[Cell(CHECKS, at, "关系")] = check.title
            self.constants[Cell(CHECKS, at, "级别")] = check.rule.severity.label
            self.constants[Cell(CHECKS, at, "比较")] = check.operator
            yield FormulaGroup(CHECKS, "左值", (at,), check.left)
            if isinstance(check.rule, ControlTotal):
                yield from self._control(at, check, check.rule)
                continue
            yield FormulaGroup(CHECKS, "右值", (at,), check.right)
            tolerance = self._tolerance(money_of_sides(check.left, check.right, self.layout))
            by_kind.setdefault((check.operator, check.when, tolerance), []).append(at)
        difference = RowCell(CHECKS, "差额")
        for (operator, when, tolerance), rows in by_kind.items():
            agreed: Node = {
                "=": Operation("<", Call("ABS", (difference,)), tolerance),
                "<=": Operation("<", difference, tolerance),
                ">=": Operation(">", difference, Operation("-", _ZERO, tolerance)),
                "<": Operation("<", difference, _ZERO),
                ">": Operation(">", difference, _ZERO),
            }[operator]
            verdict: Node = Call("IF", (agreed, Text(words.matches), Text(words.differs)))
            if when is not None:
                verdict = Call("IF", (when, verdict, Text(words.not_applicable)))
            yield FormulaGroup(CHECKS, "结论", tuple(rows), verdict)
        yield from self._check_totals()

    def _control(self, at: int, check: CheckRow, control: ControlTotal) -> Iterator[FormulaGroup]:
        """Show a control total where the workbook was issued with it, and whether the unit keeps to it.

        The allowance is half of the last printed digit: a figure prints as the limit from that much below
        it to just under that much above it.
        """
        if check.when is None:
            raise TypeError(control.id)
        money = money_of(check.left, self.layout) or self.template.form_money
        words, tolerance, difference = (
            self.template.check_sheet,
            self._tolerance(money),
            RowCell(CHECKS, "差额"),
        )
        for column, node in (("右值", check.right), ("差额", _DIFFERENCE)):
            yield FormulaGroup(CHECKS, column, (at,), Call("IF", (check.when, node, _EMPTY)))
        allowance: Node = LineCells(CONTROLS, control.column, control.column, ALLOWANCE)
        half = Operation("/", allowance, Number(Decimal(self.template.moneys[money])))
        above = Call("IF", (Operation(">", allowance, _ZERO), Operation("-", half, tolerance), tolerance))
        verdict: Node = Text(words.matches)
        if control.exact:
            below = Operation("-", Operation("-", _ZERO, half), tolerance)
            verdict = Call("IF", (Operation(">", difference, below), verdict, Text(words.differs)))
        verdict = Call("IF", (Operation("<", difference, above), verdict, Text(self._broken(control))))
        yield FormulaGroup(
            CHECKS, "结论", (at,), Call("IF", (check.when, verdict, Text(words.not_applicable)))
        )

    def _broken(self, rule: Rule | ControlTotal) -> str:
        """Return the word of the check sheet for a rule or control total that is not kept."""
        words = self.template.check_sheet
        return words.exceeds if isinstance(rule, ControlTotal) and not rule.exact else words.differs

    def _check_totals(self) -> Iterator[FormulaGroup]:
        rules = [check.rule for check in self.layout.check_rows]
        rows = tuple(at for at, rule in enumerate(rules) if not isinstance(rule, ControlTotal))
        yield FormulaGroup(CHECKS, "差额", rows, _DIFFERENCE)
        for word in dict.fromkeys(map(self._broken, rules)):
            broken = Operation("=", RowCell(CHECKS, "结论"), Text(word))
            for column, severity in (("阻断", "blocking"), ("说明", "explain")):
                rows = tuple(
                    at
                    for at, rule in enumerate(rules)
                    if rule.severity == severity and self._broken(rule) == word
                )
                if rows:
                    yield FormulaGroup(CHECKS, column, rows, Call("IF", (broken, _ONE, _ZERO)))

    def _tolerance(self, money: str) -> Number:
        return Number(self.template.quantum(money) / 2)

    def verdict(self) -> FormulaGroup:
        """Return the formula of the verdict."""
        cover = self.template.cover

        def some(column: str) -> Node:
            return Operation(">", Call("SUM", (ColumnRange(CHECKS, column),)), _ZERO)

        node: Node = Text(cover.verdict_clean)
        node = Call("IF", (some("说明"), Text(cover.verdict_explain), node))
        node = Call("IF", (some("阻断"), Text(cover.verdict_blocking), node))
        empty = self.names.bind(cover.empty_when.text, Context())
        return FormulaGroup(COVER, VERDICT, (0,), Call("IF", (empty, Text(cover.verdict_empty), node)))
