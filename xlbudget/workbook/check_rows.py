"""From a rule as stated once to its rows on the live check sheet.

A rule over lines or over a code tree becomes one row for each of its columns: both sides
summed over the lines (line by line it is checked by ``checks.rules``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.model import (
    ColumnKind,
    ControlTotal,
    EntryRow,
    Form,
    Panel,
    Rule,
    RuleScope,
    WorkbookTemplate,
)
from xlbudget.model.control_lines import ALLOWANCE, CONTROLS, LIMIT
from xlbudget.workbook.language import (
    COMPARISONS,
    Call,
    ColumnRange,
    LineCells,
    Node,
    Number,
    Operation,
    RowCell,
    Text,
    transform,
)
from xlbudget.workbook.names import Context, Names, UnknownName, names_of


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One row of the check sheet: a rule or control total, its words, both sides, comparison and premise."""

    rule: Rule | ControlTotal
    title: str
    left: Node
    operator: str
    right: Node
    when: Node | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A bound comparison of a rule, for one column where the rule repeats over columns."""

    column: str
    left: Node
    operator: str
    right: Node


def check_rows(template: WorkbookTemplate) -> tuple[CheckRow, ...]:
    """Return the rows of the check sheet in the order of the rules.

    Rules of other years, and those that their own definition switches off, have none; a rule switched
    off elsewhere keeps its row, as workbooks issued before have it too. Control totals stand below the rules.
    """
    names = names_of(template)
    panels = {panel.id: panel for _, panel in template.form_tables}
    rules = (
        row
        for rule in template.rules
        if rule.concerns(template.year) and not (rule.off and rule.off.stated)
        for row in _rows(rule, template, names, panels)
    )
    return (*rules, *(_control_row(control, template, names) for control in template.controls))


def _control_row(control: ControlTotal, template: WorkbookTemplate, names: Names) -> CheckRow:
    """Return the row of a control total; a workbook issued without it holds nothing to compare with."""
    limit = LineCells(CONTROLS, control.column, control.column, LIMIT)
    cell = names.bind(control.cell.text, Context())
    return CheckRow(
        control,
        control.title,
        cell,
        "=" if control.exact else "<=",
        Operation("/", limit, Number(Decimal(template.moneys[money_at(cell, template)]))),
        Operation("<>", limit, Text("")),
    )


def money_at(cell: Node, template: WorkbookTemplate) -> str:
    """Return the unit of money of one cell of a form."""
    if isinstance(cell, LineCells):
        for _, panel in template.form_tables:
            if panel.id == cell.table:
                return panel.column(cell.column).money or template.form_money
    return template.form_money


def _rows(
    rule: Rule, template: WorkbookTemplate, names: Names, panels: dict[str, Panel]
) -> Iterator[CheckRow]:
    when = premise(rule, template, names)
    if rule.scope is RuleScope.TREE:
        yield from _tree_rows(rule, panels[rule.over], when)
        return
    for statement in statements(rule, names):
        left, right = statement.left, statement.right
        if rule.scope is RuleScope.LINES:
            left = _summed(left, rule, panels)
            right = _summed(right, rule, panels)
        title = f"{rule.title}（{statement.column}）" if statement.column else rule.title
        yield CheckRow(rule, title, left, statement.operator, right, when)


def statements(rule: Rule, names: Names) -> Iterator[Statement]:
    """Yield the bound statement of a rule, once or for each of its columns."""
    if rule.statement is None:
        return
    for column in rule.columns or ("",):
        keyed = rule.scope is RuleScope.LINES
        context = Context(table=rule.over, column=column, keyed=keyed)
        node = names.bind(rule.statement.text.replace("{column}", column), context)
        if not isinstance(node, Operation) or node.operator not in COMPARISONS or node.operator == "<>":
            raise UnknownName("规则应写成“左 = 右”（或 <=、>=）")
        yield Statement(column, node.left, node.operator, node.right)


def premise(rule: Rule, template: WorkbookTemplate, names: Names) -> Node | None:
    """Return the bound condition under which a rule applies, or None.

    It joins the rule's own, that the forms it speaks of are not empty, and the kinds of unit.
    """
    parts: list[Node] = []
    if rule.when is not None:
        parts.append(names.bind(rule.when.text, Context()))
    for form in template.forms:
        if form.id in rule.unless_empty:
            flag = Call("IF", (empty_form(form, names), Number(Decimal(1)), Number(Decimal(0))))
            parts.append(Operation("=", flag, Number(Decimal(0))))
    if rule.kinds:
        kinds = names.bind(template.unit_table.kinds, Context())
        for kind in template.kinds:
            if kind not in rule.kinds:
                count = Call("COUNTIF", (kinds, Text(kind)))
                parts.append(Operation("=", count, Number(Decimal(0))))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Call("AND", tuple(parts))


def empty_form(form: Form, names: Names) -> Node:
    """Return the condition that a form is empty: as the form says, and no column of it adds up to anything.

    So a total that was wiped out does not make a form with amounts an empty one.
    """
    said = names.bind(form.empty_when.text, Context("", form.id))
    columns = [
        ColumnRange(panel.id, column.key)
        for panel in form.tables
        for column in panel.columns
        if column.kind is ColumnKind.AMOUNT
    ]
    sums = [Operation("=", Call("SUM", (column,)), Number(Decimal(0))) for column in columns]
    return Call("AND", (said, *sums))


def _tree_rows(rule: Rule, panel: Panel, when: Node | None) -> Iterator[CheckRow]:
    for column in rule.columns:
        for level in rule.level:
            total = LineCells(panel.holder(rule.total).id, rule.total, rule.total, column)
            below = _level_sum(panel, column, (level,))
            yield CheckRow(rule, f"{rule.title}（{column}：合计＝各{level}之和）", total, "=", below, when)


def _level_sum(panel: Panel, column: str, levels: tuple[str, ...]) -> Node:
    """Sum a column over the lines of some levels; over all lines when no level is given."""
    if not levels:
        return Call("SUM", (ColumnRange(panel.id, column),))
    sums: list[Node] = [
        Call("SUMIFS", (ColumnRange(panel.id, column), ColumnRange(panel.id, panel.level), Text(level)))
        for level in levels
    ]
    total = sums[0]
    for part in sums[1:]:
        total = Operation("+", total, part)
    return total


def _summed(node: Node, rule: Rule, panels: dict[str, Panel]) -> Node:
    """Replace each line's cell by the sum over the lines, each keyed sum by the whole sum."""

    def change(part: Node) -> Node | None:
        if isinstance(part, Call) and part.function == "SUMIFS":
            return _unkeyed(part)
        if isinstance(part, RowCell):
            panel = panels.get(part.table)
            if panel is None:  # an entry ledger, or a working along it
                return Call("SUM", (ColumnRange(part.table, part.column),))
            return _level_sum(panel, part.column, rule.level if panel.level else ())
        return None

    return transform(node, change)


def _unkeyed(call: Call) -> Node:
    """Drop the criteria of a SUMIFS that ask for the current line's key; keep the others."""
    kept: list[Node] = []
    for column, criterion in zip(call.arguments[1::2], call.arguments[2::2], strict=True):
        if not isinstance(criterion, RowCell):
            kept += [column, criterion]
    if kept:
        return Call("SUMIFS", (call.arguments[0], *kept))
    return Call("SUM", (call.arguments[0],))


def control_rows(template: WorkbookTemplate, limits: Mapping[str, Decimal]) -> tuple[EntryRow, ...]:
    """Return control totals (form money, by column of the roster) as rows of that table (entry money).

    A limit written with the decimals of the forms binds the figure as it is printed: what rounds to it may
    be half of the last printed digit away, which is its allowance.
    """
    names = names_of(template)
    cells = {part.column: names.bind(part.cell.text, Context()) for part in template.controls}
    factors = {column: template.moneys[money_at(cell, template)] for column, cell in cells.items()}
    printed = Decimal(1).scaleb(-template.form_decimals)
    return tuple(
        EntryRow(
            row,
            {
                LIMIT: limits[control.column] * factors[control.column],
                ALLOWANCE: Decimal(0)
                if limits[control.column] % printed
                else printed * factors[control.column] / 2,
            },
        )
        for row, control in enumerate(template.controls)
        if control.column in limits
    )
