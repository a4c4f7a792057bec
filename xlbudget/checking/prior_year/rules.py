"""Rules between this year and linked workbooks, as last year's: evaluated over all, in exact decimals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.rules.instances import Evaluator, Sides
from xlbudget.definitions.last_year_codes import new_codes, split_codes
from xlbudget.model import (
    LAST_YEAR,
    Cell,
    CellValue,
    Column,
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
from xlbudget.workbook.linked_names import behind, leaves, linked_names, links_in, parted
from xlbudget.workbook.names import UnknownName

_UNREADABLE = "依赖的录入内容无法读取，改正后再核对"
_UNREADABLE_LINKED = "{link}工作簿中依赖的录入内容无法读取"
_MOST_LISTED = 100  # rows named in one message

Result = tuple[list[Finding], RuleOutcome]


Linked = Mapping[str, Evidence | str]
"""A unit's linked workbooks by the name of their link, or why there is none."""


def run_linked_rules(
    evidence: Evidence, linked: Linked
) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Evaluate the rules and lists that compare with the linked workbooks given.

    In place of a workbook may stand the reason why there is none. Rules that speak only of workbooks which
    nobody gave are left out.
    """
    template = evidence.template
    known = {link: found for link, found in linked.items() if isinstance(found, Evidence)}
    evaluator = _Linked(evidence, known)
    asked = [(rule, links) for rule in template.prior_rules if (links := _links(rule, template)) & {*linked}]
    results = [
        _not_run(rule, why) if (why := _lacking(links, linked)) else _rule(evaluator, rule)
        for rule, links in asked
    ]
    failed = {outcome.rule for _, outcome in results if outcome.status is RuleStatus.FAILED}
    results = [
        _following(result, failed.intersection(rule.follows))
        for (rule, _), result in zip(asked, results, strict=True)
    ]
    prior = linked.get(LAST_YEAR)
    for listing in template.prior_listings if prior is not None else ():
        results.append(
            _listing(evidence, prior, listing)
            if isinstance(prior, Evidence)
            else _not_run(listing, prior or "")
        )
    return tuple(finding for found, _ in results for finding in found), tuple(each for _, each in results)


def _links(rule: Rule, template: WorkbookTemplate) -> frozenset[str]:
    """Return the links that a rule speaks of; one that names none is looked at with last year's."""
    stated = [part.text for part in (rule.statement, rule.when) if part is not None]
    return links_in(" ".join(stated), template.link_names) or frozenset({LAST_YEAR})


def _lacking(links: frozenset[str], linked: Linked) -> str:
    """Return why a rule cannot be run for want of a linked workbook, or an empty text."""
    for link in sorted(links):
        found = linked.get(link, f"没有给出“{link}”的工作簿")
        if isinstance(found, str):
            return found
    return ""


def _following(result: Result, causes: set[str]) -> Result:
    """Return a failure that another rule's failure explains as evidence, not as findings of its own."""
    found, outcome = result
    if not found or not causes:
        return result
    return [], replace(outcome, reason=f"由 {'、'.join(sorted(causes))} 不符引起")


def _not_run(stated: Rule | Listing, reason: str) -> Result:
    return [], _outcome(stated, RuleStatus.NOT_RUN, reason=reason)


def _outcome(stated: Rule | Listing, status: RuleStatus, instances: int = 0, reason: str = "") -> RuleOutcome:
    return RuleOutcome(stated.id, stated.title, stated.severity, status, instances, reason)


# ------------------------------------------------------------- all workbooks


class _LinkedLayout(Layout):
    """The tables of all workbooks, linked ones under their names beside the own."""

    def __init__(self, this: Layout, others: Mapping[str, Layout]) -> None:
        self.template, self.layouts = this.template, {"": this, **others}
        self.check_rows, self.open_blocks = this.check_rows, this.open_blocks
        self.capacity, self.tables = dict(this.capacity), dict(this.tables)
        for link, other in others.items():
            self.capacity |= {behind(link, name): rows for name, rows in other.capacity.items()}
            self.tables |= {behind(link, name): placed for name, placed in other.tables.items()}

    def column(self, table: str, key: str) -> Column | None:
        link, own = parted(table)
        return self.layouts[link].column(own, key)

    def line_of(self, table: str, row: int) -> str:
        link, own = parted(table)
        return self.layouts[link].line_of(own, row)


class _Linked(Evaluator):
    """Evaluates over the cells of a workbook and of linked ones."""

    def __init__(self, this: Evidence, others: Mapping[str, Evidence]) -> None:
        super().__init__(this.blueprint, self.either)
        self.this, self.workbooks = this, {"": this, **others}
        names = {link: other.blueprint.names for link, other in others.items()}
        self.names = linked_names(this.blueprint.names, names)
        self.layout = _LinkedLayout(this.layout, {link: other.layout for link, other in others.items()})
        self.renamed = {link.name for link in this.template.links if link.renames}
        self._split = split_codes(this.template)
        for link, other in others.items():
            self.panels |= {behind(link, panel.id): panel for _, panel in other.template.panels}

    def _rows_with_key(self, table: str, key: CellValue) -> list[int]:
        """Return the rows of a table with a key; those of last year under what their codes are called now."""
        if parted(table)[0] not in self.renamed or table in self._keys:
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
        link, own = parted(cell.table)
        return self.workbooks[link].recalculated(cell._replace(table=own) if link else cell)


# ---------------------------------------------------------------------- rules


def _rule(evaluator: _Linked, rule: Rule) -> Result:
    if rule.off is not None:
        return [], _outcome(rule, RuleStatus.NOT_RUN, reason=str(rule.off))
    try:
        stated = tuple(statements(rule, evaluator.names))
        condition = premise(rule, evaluator.this.template, evaluator.names)
    except UnknownName as error:
        links = "、".join(sorted(_links(rule, evaluator.this.template)))
        return _not_run(rule, f"{links}的模板不同：{error}")
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


def _unknown(evaluator: _Linked, nodes: list[Node]) -> str:
    """Return why the operands of a rule cannot be trusted, or an empty text."""
    for node in nodes:
        for link, read in leaves(node).items():
            unknown = evaluator.workbooks[link].unknown_columns
            if any((parted(leaf.table)[1], leaf.column) in unknown for leaf in read):
                return _UNREADABLE_LINKED.format(link=link) if link else _UNREADABLE
    return ""


def _finding(evaluator: _Linked, rule: Rule, sides: Sides, statement: Statement) -> Finding:
    evidence = evaluator.this
    money = money_of(statement.left, evidence.layout) or evidence.template.form_money
    place = _place(evaluator, rule, sides, statement)
    column = f"（{sides.column}）" if sides.column else ""
    pair = _pair(evaluator, rule, sides, statement, money)
    if pair is not None:
        now, before, link = pair
        stored, expected = now, None
        this = "本年" if link == LAST_YEAR else "本表"
        what = f"{this} {shown(now, money)}，{link} {shown(before, money)}，{_change(now, before, money)}"
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
    evaluator: _Linked, rule: Rule, sides: Sides, statement: Statement, money: str
) -> tuple[Decimal, Decimal, str] | None:
    """Return own and linked amount (in ``money``) and the link when a rule compares one with one."""
    read: dict[str, dict[Bound, None]] = {}
    for node in (statement.left, statement.right):
        for link, found in leaves(node).items():
            read.setdefault(link, {}).update(dict.fromkeys(found))
    links = [link for link in read if link]
    if len(links) != 1 or any(len(found) != 1 for found in read.values()) or "" not in read:
        return None
    ([own], [other]), link = (list(read[side]) for side in ("", links[0])), links[0]
    line = sides.cell
    if rule.scope is RuleScope.LINES and line is not None:
        line = Cell(rule.over, line.row, evaluator.panels[rule.over].key)
    now, before = (_amount(evaluator, leaf, line, money) for leaf in (own, other))
    return None if now is None or before is None else (now, before, link)


def _amount(evaluator: _Linked, leaf: Bound, line: Cell | None, money: str) -> Decimal | None:
    """Return an amount in a unit of money; None where it is no single cell's, or of a unit nobody knows."""
    own, sizes = money_of(leaf, evaluator.layout) or money, evaluator.this.template.moneys
    if isinstance(leaf, ColumnRange) or (own != money and not {own, money} <= {*sizes}):
        return None
    value = evaluator.value(leaf, line)
    amount = value if isinstance(value, Decimal) else Decimal(0)
    return amount if own == money else amount * sizes[own] / sizes[money]


def _change(this: Decimal, prior: Decimal, money: str) -> str:
    word = "增加" if this >= prior else "减少"
    share = f"（{abs(this - prior) / prior * 100:.1f}%）" if prior > 0 else ""
    return f"{word} {shown(abs(this - prior), money)}{share}"


def _place(evaluator: _Linked, rule: Rule, sides: Sides, statement: Statement) -> Place:
    """Return the cell of this year that a rule speaks of; of a whole column, its heading in words."""
    if sides.cell is not None and not parted(sides.cell.table)[0]:
        return evaluator.this.place(sides.cell)
    for leaf in (leaf for node in (statement.left, statement.right) for leaf in leaves(node).get("", ())):
        whole = evaluator.this.place(Cell(leaf.table, 0, leaf.column))
        return Place(whole.form, rule.title, whole.column, whole.sheet)
    return Place(line=rule.title)


# ---------------------------------------------------------------------- lists


def _listing(evidence: Evidence, prior: Evidence, listing: Listing) -> Result:
    """List the keys of a ledger that one year has and the other has not, in one finding."""
    if listing.table not in prior.layout.tables:
        return [], _outcome(listing, RuleStatus.NOT_RUN, reason=f"上年的模板没有“{listing.table}”")
    for each, reason in ((evidence, _UNREADABLE), (prior, _UNREADABLE_LINKED.format(link=LAST_YEAR))):
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
