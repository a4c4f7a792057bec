"""Rules: what they speak of, when they apply, whether their statements are any."""

from __future__ import annotations

from xlbudget.checking.definitions.formula_lint import FormulaLint
from xlbudget.model import Formula, Panel, Rule, RuleScope
from xlbudget.model.words import nearest
from xlbudget.workbook.language import COMPARISONS, Operation
from xlbudget.workbook.names import Context


class RuleLint(FormulaLint):
    """Judges the rules; every method adds the problems of its subject."""

    def run(self) -> None:
        """Judge all rules, those between two years as well."""
        for rule in self.template.rules:
            self._rule(rule)
        self._prior_year()

    def _rule(self, rule: Rule) -> None:
        panels = {panel.id: panel for _, panel in self.template.panels}
        if rule.when is not None:
            self.formula(rule.when, Context())
        for kind in rule.kinds:
            if kind not in self.template.kinds:
                hint = nearest(kind, self.template.kinds)
                self.problems.add(rule.source, f"规则 {rule.id}：没有“{kind}”这种单位性质{hint}")
        ids = [other.id for other in self.template.every_rule]
        for name in rule.follows:
            if name not in ids:
                self.problems.add(
                    rule.source, f"规则 {rule.id}：follows 里没有规则“{name}”{nearest(name, ids)}"
                )
        self._applicability(rule)
        needs_panel = rule.scope in {RuleScope.LINES, RuleScope.TREE}
        ledgers = {entry.id for entry in self.template.entries if entry.is_ledger and entry.key}
        of_ledger = rule.scope is RuleScope.LINES and rule.over in ledgers
        if of_ledger and rule.level:
            self.problems.add(rule.source, f"规则 {rule.id}：“{rule.over}”没有级次列，不能用 level")
        if needs_panel and not of_ledger and rule.over not in panels:
            hint = nearest(rule.over, [*panels, *(ledgers if rule.scope is RuleScope.LINES else ())])
            self.problems.add(rule.source, f"规则 {rule.id}：over 指的“{rule.over}”不是表格{hint}")
            return
        if needs_panel and not of_ledger:
            self._over(rule, panels[rule.over])
        if rule.scope is RuleScope.TREE:
            return
        if rule.statement is None:
            self.problems.add(rule.source, f"规则 {rule.id}：缺少 statement，没有说明什么应当成立")
            return
        self._statement(rule, rule.statement)

    def _applicability(self, rule: Rule) -> None:
        forms = [form.id for form in self.template.forms]
        for name in rule.unless_empty:
            if name not in forms:
                hint = nearest(name, forms)
                self.problems.add(rule.source, f"规则 {rule.id}：unless_empty 里的“{name}”不是公开表{hint}")
        if rule.until and rule.since > rule.until:
            self.problems.add(rule.source, f"规则 {rule.id}：since（{rule.since}）晚于 until（{rule.until}）")
        if rule.blocks_from and not rule.since <= rule.blocks_from <= (rule.until or rule.blocks_from):
            message = f"规则 {rule.id}：blocks_from（{rule.blocks_from}）不在适用的年度里"
            self.problems.add(rule.source, message)
        order = [(version.number, version.date) for version in rule.versions]
        if order != sorted(set(order)):
            self.problems.add(rule.source, f"规则 {rule.id}：versions 应按编号和日期从早到晚排列，不重复")

    def _prior_year(self) -> None:
        """Rules between years are read as if last year's template were this one, linked ones by their own."""
        own = self.names
        self.names = self.linked_names()
        for rule in self.template.prior_rules:
            if rule.scope is RuleScope.TREE:
                self.problems.add(rule.source, f"规则 {rule.id}：与上年比较的规则不能用 tree")
            else:
                self._rule(rule)
        self.names = own
        for listing in self.template.prior_listings:
            ledgers = [entry.id for entry in self.template.entries if entry.is_ledger]
            if listing.table not in ledgers:
                hint = nearest(listing.table, ledgers)
                message = f"{listing.id}：table“{listing.table}”不是没有固定行的录入表{hint}"
                self.problems.add(listing.source, message)
                continue
            for column in filter(None, (listing.key, listing.name, *listing.amounts)):
                self.column_exists(listing.table, column, listing.source)

    def _over(self, rule: Rule, panel: Panel) -> None:
        if rule.level and not panel.level:
            self.problems.add(rule.source, f"规则 {rule.id}：“{panel.id}”没有级次列，不能用 level")
        if rule.scope is RuleScope.TREE:
            for role in ("key", "level", "parent"):
                if not getattr(panel, role):
                    self.problems.add(
                        rule.source, f"规则 {rule.id}：“{panel.id}”没有 {role} 列，不能作科目树"
                    )
            lines = [line.key for part in panel.tables for line in part.lines if not line.note]
            if rule.total not in lines:
                hint = nearest(rule.total, lines)
                self.problems.add(rule.source, f"规则 {rule.id}：total 指的“{rule.total}”不是行{hint}")
            for column in rule.columns:
                self.column_exists(panel.id, column, rule.source)

    def _statement(self, rule: Rule, statement: Formula) -> None:
        for column in rule.columns or ("",):
            context = Context(table=rule.over, column=column, keyed=rule.scope is RuleScope.LINES)
            node = self.formula(statement, context, column)
            if node is None:
                return
            if not isinstance(node, Operation) or node.operator not in set(COMPARISONS) - {"<>"}:
                message = f"规则 {rule.id}：应写成“左 = 右”（或 <=、>=）"
                self.problems.add(statement.source, message)
                return
