"""What a rule says, in words: one rule in full, all in one table, or all as a page of documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xlbudget.checking.definitions.cases import Case
from xlbudget.checking.known_outside import ABOUT, SEVERITIES
from xlbudget.checking.known_outside import TITLES as OUTSIDE
from xlbudget.checking.problems import Check, all_checks
from xlbudget.model import CodePairing, Rule, RuleScope, RuleStatus, Severity, WorkbookTemplate
from xlbudget.model.errors import InputError
from xlbudget.model.text_layout import padded, text_width
from xlbudget.model.words import nearest
from xlbudget.reports.run_counts import Counts, RunCounts
from xlbudget.returns.identification import TITLES as RECEIVING

TITLES = {**RECEIVING, **OUTSIDE}
"""Checks of whole files and of whole workbooks, by name."""

_ALWAYS = "全部单位"
_WIDEST_TITLE = 44  # columns of a terminal
_LABEL = 5  # Chinese characters


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of one template with their cases, and how they ran in one report (if any)."""

    template: WorkbookTemplate
    cases: Mapping[str, Sequence[Case]]
    counts: RunCounts | None = None

    # ------------------------------------------------------------------ one

    def page(self, name: str) -> str:
        """Return everything about one rule or check; InputError with the nearest name if there is none."""
        rules = {rule.id: rule for rule in self.template.every_rule}
        checks = {check.name: check for check in all_checks()}
        known = [*rules, *checks, *TITLES]
        found = next((one for one in known if one.casefold() == name.casefold()), None)
        if found is None:
            raise InputError(f"没有规则“{name}”{nearest(name, known)}；全部规则见 xlbudget rule。")
        if found in rules:
            facts = [(label, text) for label, text in self._rule(rules[found], lines=True) if text]
            title = rules[found].title
        elif found in checks:
            facts, title = list(_check(checks[found])), checks[found].title
        else:
            what = "文件的接收检查" if found in RECEIVING else ABOUT[found]
            facts, title = [("级别", _gravity(found)), ("说明", what)], TITLES[found]
        facts += self._ran(found)
        return "\n".join([f"{found}　{title}", *(_fact(label, text) for label, text in facts)])

    def _rule(self, rule: Rule, *, lines: bool) -> Iterator[tuple[str, str]]:
        """Yield what is to be said of a rule: label and text, empty where there is nothing."""
        yield "原文", rule.wording
        yield "级别", rule.severity.label
        yield "关系", formula(rule)
        yield "核对", self._extent(rule)
        yield "适用", self.applicability(rule)
        yield "不符时", rule.advice
        yield "依据", rule.basis
        yield "编码", self._pairing(rule.pairing) if rule.pairing else ""
        yield "包含", "、".join(rule.covers)
        yield "根源", f"{'、'.join(rule.follows)} 不符时只作旁证" if rule.follows else ""
        yield "停用", str(rule.off).removeprefix("已停用：") if rule.off else ""
        yield "版本", "\n".join(f"{one.number}（{one.date}）{one.reason}" for one in rule.versions)
        yield "出处", str(rule.source) if lines else rule.source.file
        yield "样例", "\n".join(_case(case, lines=lines) for case in self.cases.get(rule.id, ()))

    def _extent(self, rule: Rule) -> str:
        parts = []
        form = next((form for form, panel in self.template.panels if panel.id == rule.over), None)
        if rule.scope in {RuleScope.LINES, RuleScope.TREE} and form is not None:
            parts.append(f"{form.sheet}的每一{'、'.join(rule.level) if rule.level else ''}行")
        entry = next((entry for entry in self.template.entries if entry.id == rule.over), None)
        if entry is not None:
            parts.append(f"{entry.sheet}的每一行")
        if rule.columns:
            parts.append(f"{'、'.join(rule.columns)}各栏")
        return "，".join(parts)

    def _pairing(self, pairing: CodePairing) -> str:
        """Say which codes go together, and for which kinds of unit."""
        entry = self.template.entry(pairing.table)
        kinds = {code: f"（{'、'.join(kinds)}单位）" for code, kinds in pairing.kinds.items()}
        among = (code + kinds.get(code, "") for code in pairing.among)
        return (
            f"{entry.sheet}的{pairing.column} {'、'.join(pairing.codes)}，"
            f"{pairing.beside}一般为 {' 或 '.join(among)}；不符的是编码，不是金额"
        )

    def applicability(self, rule: Rule) -> str:
        """Say to which workbooks a rule applies."""
        sheets = [form.sheet for form in self.template.forms if form.id in rule.unless_empty]
        parts = [f"{'、'.join(rule.kinds)}单位"] if rule.kinds else []
        parts += [f"{'、'.join(sheets)}有数据时"] if sheets else []
        parts += [f"{rule.when.text} 时"] if rule.when else []
        parts += [words for words in (rule.years, rule.blocks) if words]
        return "；".join(parts) or _ALWAYS

    def _ran(self, name: str) -> list[tuple[str, str]]:
        if self.counts is None:
            return []
        return [("上次审核", f"{self.counts.title}\n{_counted(self.counts.of(name))}")]

    # ------------------------------------------------------------------ all

    def table(self) -> str:
        """Return all rules and checks, a line each."""
        rows = [
            ("编号", "级别", "关系", "状态"),
            *((one.id, one.severity.label, one.title, self._state(one)) for one in self.template.every_rule),
            *((one.name, one.severity.label, one.title, self._tally(one.name)) for one in all_checks()),
            *((name, _gravity(name), title, self._tally(name)) for name, title in TITLES.items()),
        ]
        widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(padded(text, width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        rules, checks = self.template.every_rule, len(all_checks()) + len(TITLES)
        off = sum(rule.off is not None for rule in rules)
        lines.append(f"共 {len(rules)} 条关系（停用 {off} 条），{checks} 项检查")
        return "\n".join(lines)

    def _state(self, rule: Rule) -> str:
        state = "已停用" if rule.off else "" if rule.concerns(self.template.year) else f"只适用于{rule.years}"
        return " ".join(part for part in (state, self._tally(rule.id)) if part)

    def _tally(self, name: str) -> str:
        return _counted(self.counts.of(name)) if self.counts else ""

    def markdown(self) -> str:
        """Return a page of documentation: a table of all rules, then each of them in full."""
        count = sum(len(cases) for cases in self.cases.values())
        lines = [
            f"# 勾稽关系与检查：{self.template.title}",
            "",
            f"本页由 `xlbudget rule --template {self.template.id} -o docs/officers/rules.md` 从模板定义生成，"
            "不要手改；改关系请改 `workbook_templates/` 中的定义。",
            "",
            f"{len(self.template.every_rule)} 条关系，{count} 个样例，{len(all_checks())} 项检查。",
            "",
            "| 编号 | 级别 | 关系 | 适用 |",
            "|---|---|---|---|",
        ]
        for rule in self.template.every_rule:
            told = (rule.severity.label, _cell(rule.title), _cell(_short(self.applicability(rule))))
            lines.append(f"| [{rule.id}](#{_anchor(rule.id)}) | {' | '.join(told)} |")
        lines += [
            "",
            "## 检查",
            "",
            "写不成关系的问题，由程序逐格检查。",
            "",
            "| 编号 | 级别 | 问题 |",
            "|---|---|---|",
        ]
        lines += [f"| `{one.name}` | {one.severity.label} | {one.title} |" for one in all_checks()]
        lines += [f"| `{name}` | {_gravity(name)} | {title} |" for name, title in TITLES.items()]
        lines += ["", "## 各条关系"]
        for rule in self.template.every_rule:
            lines += ["", f'<a id="{_anchor(rule.id)}"></a>', f"### {rule.id} {rule.title}", ""]
            for label, text in self._rule(rule, lines=False):
                if text:
                    code = "`" if label == "关系" else ""
                    first, *rest = text.split("\n")
                    lines.append(f"- {label}：{code}{first}{code}" if not rest else f"- {label}：")
                    lines += [f"  - {part}" for part in (first, *rest) if rest]
        return "\n".join(lines) + "\n"


def formula(rule: Rule) -> str:
    """Return what must hold, over names."""
    if rule.scope is RuleScope.TREE:
        levels = [rule.total, *rule.level]
        return "，".join(f"{above} = 各{below}之和" for above, below in pairwise(levels))
    return rule.statement.text if rule.statement else ""


def _check(check: Check) -> Iterator[tuple[str, str]]:
    yield "级别", check.severity.label
    yield "说明", check.about
    yield "出处", f"{check.find.__module__.replace('.', '/')}.py"


def _case(case: Case, *, lines: bool) -> str:
    stated = (f"{one.spot or one.column} 左边 {one.left}，右边 {one.right}".lstrip() for one in case.sides)
    sides = "；".join(stated)
    words = "：".join(part for part in (case.title, sides) if part)
    where = f"（{case.source}）" if lines else ""
    also = f"，{'、'.join(case.also)} 也不符" if case.also else ""
    return f"{case.outcome.label}　{words}{also}{where}"


def _counted(counts: Counts) -> str:
    ran = [f"{status.label} {counts[status]}" for status in RuleStatus if counts[status]]
    return "，".join(ran) or "没有运行过"


def _fact(label: str, text: str) -> str:
    indent = "\n　" + "　" * _LABEL
    return f"　{label.ljust(_LABEL, '　')}{text.replace(chr(10), indent)}"


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST_TITLE else "有前提，见下"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _anchor(name: str) -> str:
    return name.lower()


def _gravity(name: str) -> str:
    """Return the word for the gravest finding of a check of whole files or workbooks."""
    return SEVERITIES.get(name, Severity.BLOCKING).label
