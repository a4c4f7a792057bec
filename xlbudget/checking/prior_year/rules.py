"""Rules between this year and last year: evaluated over both workbooks, in exact decimals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.rules.instances import Evaluator, Sides
from xlbudget.definitions.last_year_codes import new_codes, split_codes
from xlbudget.model import (
    Cell,
    CellValue,
    Finding,
    Listing,
    Place,
    Rule,
    RuleOutcome,
    RuleScope,
    RuleStatus,
    WorkbookTemplate,
)
from xlbudget.model.words import shown
from xlbudget.workbook.amount_units import money_of
from xlbudget.workbook.check_rows import Statement, premise, statements
from xlbudget.workbook.language import Bound, ColumnRange, Node
from xlbudget.workbook.layout import Layout
from xlbudget.workbook.names import UnknownName
from xlbudget.workbook.two_year_names import last_year, leaves, of_last_year, two_year_names

_UNREADABLE = "依赖的录入内容无法读取，改正后再核对"
_UNREADABLE_PRIOR = "上年工作簿中依赖的录入内容无法读取"
_MOST_LISTED = 100  # rows named in one message

Result = tuple[list[Finding], RuleOutcome]


def run_prior_rules(
    evidence: Evidence, prior: Evidence | str
) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Evaluate rules and lists between two years; ``prior`` may be the reason why there is no last year."""
    template = evidence.template
    if isinstance(prior, str):
        return (), tuple(prior_not_run(template, prior))
    evaluator = _TwoYears(evidence, prior)
    results = [_rule(evaluator, rule) for rule in template.prior_rules]
    failed = {outcome.rule for _, outcome in results if outcome.status is RuleStatus.FAILED}
    results = [
        _following(result, failed.intersection(rule.follows))
        for rule, result in zip(template.prior_rules, results, strict=True)
    ]
    results += [_listing(evidence, prior, listing) for listing in template.prior_listings]
    return tuple(finding for found, _ in results for finding in found), tuple(each for _, each in results)


def _following(result: Result, causes: set[str]) -> Result:
    """Return a failure that another rule's failure explains as evidence, not as findings of its own."""
    found, outcome = result
    if not found or not causes:
        return result
    return [], replace(outcome, reason=f"由 {'、'.join(sorted(causes))} 不符引起")


def prior_not_run(template: WorkbookTemplate, reason: str) -> Iterator[RuleOutcome]:
    """Yield «not run» with one reason for everything that compares with last year."""
    for rule in template.prior_rules:
        yield _outcome(rule, RuleStatus.NOT_RUN, reason=reason)
    for listing in template.prior_listings:
        yield _outcome(listing, RuleStatus.NOT_RUN, reason=reason)


def _outcome(stated: Rule | Listing, status: RuleStatus, instances: int = 0, reason: str = "") -> RuleOutcome:
    return RuleOutcome(stated.id, stated.title, stated.severity, status, instances, reason)


# ----------------------------------------------------------------- both years


class _TwoYearLayout(Layout):
    """The tables of both years, last year's under their names beside this year's."""

    def __init__(self, this: Layout, prior: Layout) -> None:
        self.template, self.prior = this.template, prior
        self.check_rows, self.open_blocks = this.check_rows, this.open_blocks
        self.capacity = this.capacity | {last_year(name): rows for name, rows in prior.capacity.items()}
        self.tables = this.tables | {last_year(name): placed for name, placed in prior.tables.items()}
        self.this = this

    def line_of(self, table: str, row: int) -> str:
        own = of_last_year(table)
        return self.this.line_of(table, row) if own is None else self.prior.line_of(own, row)


class _TwoYears(Evaluator):
    """Evaluates over the cells of both workbooks."""

    def __init__(self, this: Evidence, prior: Evidence) -> None:
        super().__init__(this.blueprint, self.either)
        self.this, self.prior = this, prior
        self.names = two_year_names(this.blueprint.names, prior.blueprint.names)
        self.layout = _TwoYearLayout(this.layout, prior.layout)
        self._split = split_codes(this.template)
        self.panels |= {last_year(panel.id): panel for _, panel in prior.template.panels}

    def _rows_with_key(self, table: str, key: CellValue) -> list[int]:
        """Return the rows of a table with a key; those of last year under what their codes are called now."""
        if of_last_year(table) is None or table in self._keys:
            return super()._rows_with_key(table, key)
        found: dict[CellValue, list[int]] = {}
        for row, old in enumerate(self._column(table, self.panels[table].key)):
            code = self._decided(old)
            codes = new_codes(self.this.template, code) if isinstance(code, str) else (code,)
            if len(codes) == 1:  # what was split belongs to none of its parts
                found.setdefault(codes[0], []).append(row)
        self._keys[table] = found
        return found.get(key, [])

    def comparable(self, rule: Rule, cell: Cell | None) -> bool:
        """Whether last year has a row of its own for the line of a rule: parts of a split code have not."""
        if rule.scope is not RuleScope.LINES or cell is None or rule.over not in self.panels:
            return True
        return self.cell(Cell(rule.over, cell.row, self.panels[rule.over].key)) not in self._split

    def either(self, cell: Cell) -> CellValue:
        own = of_last_year(cell.table)
        if own is None:
            return self.this.recalculated(cell)
        return self.prior.recalculated(cell._replace(table=own))


# ---------------------------------------------------------------------- rules


def _rule(evaluator: _TwoYears, rule: Rule) -> Result:
    if rule.off is not None:
        return [], _outcome(rule, RuleStatus.NOT_RUN, reason=str(rule.off))
    try:
        stated = tuple(statements(rule, evaluator.names))
        condition = premise(rule, evaluator.this.template, evaluator.names)
    except UnknownName as error:
        return [], _outcome(rule, RuleStatus.NOT_RUN, reason=f"上年的模板不同：{error}")
    nodes = [node for statement in stated for node in (statement.left, statement.right)]
    unknown = _unknown(evaluator, [*nodes, *([condition] if condition is not None else [])])
    if unknown:
        return [], _outcome(rule, RuleStatus.NOT_RUN, reason=unknown)
    if not evaluator.applies(rule):
        return [], _outcome(rule, RuleStatus.NOT_APPLICABLE, reason=evaluator.why_not(rule))
    by_column = {statement.column: statement for statement in stated}
    instances = [part for part in evaluator.instances(rule) if evaluator.comparable(rule, part.cell)]
    findings = [
        _finding(evaluator, rule, sides, by_column[sides.column]) for sides in instances if not sides.holds
    ]
    if not instances:
        return [], _outcome(rule, RuleStatus.NOT_APPLICABLE, reason="没有可核对的行")
    status = RuleStatus.FAILED if findings else RuleStatus.PASSED
    return findings, _outcome(rule, status, len(instances))


def _unknown(evaluator: _TwoYears, nodes: list[Node]) -> str:
    """Return why the operands of a rule cannot be trusted, or an empty text."""
    for node in nodes:
        this, prior = leaves(node)
        if any((leaf.table, leaf.column) in evaluator.this.unknown_columns for leaf in this):
            return _UNREADABLE
        if any((of_last_year(leaf.table), leaf.column) in evaluator.prior.unknown_columns for leaf in prior):
            return _UNREADABLE_PRIOR
    return ""


def _finding(evaluator: _TwoYears, rule: Rule, sides: Sides, statement: Statement) -> Finding:
    evidence = evaluator.this
    money = money_of(statement.left, evidence.layout) or evidence.template.form_money
    place = _place(evaluator, rule, sides, statement)
    column = f"（{sides.column}）" if sides.column else ""
    pair = _pair(evaluator, rule, sides, statement)
    if pair is not None:
        stored, expected = pair[0], None
        what = f"本年 {shown(pair[0], money)}，上年 {shown(pair[1], money)}，{_change(*pair, money)}"
    else:
        stored, expected = sides.left, sides.right
        gap = shown(sides.left - sides.right, money)
        what = f"左边为 {shown(sides.left, money)}，右边为 {shown(sides.right, money)}，相差 {gap}"
    advice = rule.advice or "请核对；情况属实的，请说明原因。"
    message = f"{place}：{rule.title}{column}不成立，{what}。{advice}"
    finding = evidence.finding(
        rule.id, rule.severity, None, message, stored=stored, expected=expected, place=place
    )
    return replace(finding, money=money)


def _pair(
    evaluator: _TwoYears, rule: Rule, sides: Sides, statement: Statement
) -> tuple[Decimal, Decimal] | None:
    """Return the amount of this year and that of last year when a rule compares one with one."""
    this, prior = (
        list(dict.fromkeys(leaf for node in (statement.left, statement.right) for leaf in leaves(node)[side]))
        for side in (0, 1)
    )
    if len(this) != 1 or len(prior) != 1:
        return None
    line = sides.cell
    if rule.scope is RuleScope.LINES and line is not None:
        line = Cell(rule.over, line.row, evaluator.panels[rule.over].key)
    one, other = (_amount(evaluator, leaf, line) for leaf in (this[0], prior[0]))
    return None if one is None or other is None else (one, other)


def _amount(evaluator: _TwoYears, leaf: Bound, line: Cell | None) -> Decimal | None:
    if isinstance(leaf, ColumnRange):
        return None
    value = evaluator.value(leaf, line)
    return value if isinstance(value, Decimal) else Decimal(0)


def _change(this: Decimal, prior: Decimal, money: str) -> str:
    word = "增加" if this >= prior else "减少"
    share = f"（{abs(this - prior) / prior * 100:.1f}%）" if prior > 0 else ""
    return f"{word} {shown(abs(this - prior), money)}{share}"


def _place(evaluator: _TwoYears, rule: Rule, sides: Sides, statement: Statement) -> Place:
    """Return the cell of this year that a rule speaks of; of a whole column, its heading in words."""
    if sides.cell is not None and of_last_year(sides.cell.table) is None:
        return evaluator.this.place(sides.cell)
    for leaf in (leaf for node in (statement.left, statement.right) for leaf in leaves(node)[0]):
        whole = evaluator.this.place(Cell(leaf.table, 0, leaf.column))
        return Place(whole.form, rule.title, whole.column, whole.sheet)
    return Place(line=rule.title)


# ---------------------------------------------------------------------- lists


def _listing(evidence: Evidence, prior: Evidence, listing: Listing) -> Result:
    """List the keys of a ledger that one year has and the other has not, in one finding."""
    if listing.table not in prior.layout.tables:
        return [], _outcome(listing, RuleStatus.NOT_RUN, reason=f"上年的模板没有“{listing.table}”")
    for each, reason in ((evidence, _UNREADABLE), (prior, _UNREADABLE_PRIOR)):
        if (listing.table, listing.key) in each.unknown_columns:
            return [], _outcome(listing, RuleStatus.NOT_RUN, reason=reason)
    this, before = _rows(evidence, listing), _rows(prior, listing)
    now = {code: tuple(_called_now(evidence.template, listing, code)) for code in before}
    if listing.only_in == "this":
        before = {code: rows for old, rows in before.items() for code in now[old]}
    else:
        this = {old: this[code] for old, codes in now.items() for code in codes if code in this}
    holder, rows = (evidence, this) if listing.only_in == "this" else (prior, before)
    other = before if listing.only_in == "this" else this
    alone = {key: at for key, at in rows.items() if key not in other}
    if not alone:
        return [], _outcome(listing, RuleStatus.PASSED, len(rows))
    names = [_named(holder, listing, key, at) for key, at in list(alone.items())[:_MOST_LISTED]]
    more = f" 等 {len(alone)} 项" if len(alone) > _MOST_LISTED else ""
    place = evidence.place(Cell(listing.table, min(alone[next(iter(alone))]), listing.key))
    if listing.only_in != "this":
        place = Place(place.form, "", "", place.sheet)
    message = f"{place}：{listing.title}共 {len(alone)} 项：{'；'.join(names)}{more}。{listing.advice}"
    finding = evidence.finding(
        listing.id, listing.severity, None, message, stored=Decimal(len(alone)), place=place
    )
    return [finding], _outcome(listing, RuleStatus.FAILED, len(rows))


def _called_now(template: WorkbookTemplate, listing: Listing, key: str) -> tuple[str, ...]:
    """Return what a key of last year is called this year, where it is a code of a list."""
    column = next(part for part in template.entry(listing.table).columns if part.key == listing.key)
    return new_codes(template, key) if column.catalogue else (key,)


def _rows(evidence: Evidence, listing: Listing) -> dict[str, list[int]]:
    """Return the rows of a ledger by key."""
    rows: dict[str, list[int]] = {}
    for row in evidence.submission.entries.get(listing.table, ()):
        key = str(row.values.get(listing.key) or "").strip()
        if key:
            rows.setdefault(key, []).append(row.row)
    return rows


def _named(holder: Evidence, listing: Listing, key: str, rows: list[int]) -> str:
    name = holder.recalculated(Cell(listing.table, rows[0], listing.name)) if listing.name else None
    total = Decimal(0)
    for row in rows:
        for column in listing.amounts:
            amount = holder.recalculated(Cell(listing.table, row, column))
            total += amount if isinstance(amount, Decimal) else Decimal(0)
    amount_words = f" {shown(total, holder.template.entry_money)}" if listing.amounts else ""
    return f"{key}{f' {name}' if name else ''}{amount_words}"
