"""The rules that nobody has to state: every block of open rows is long enough for all that wants listing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from xlbudget.model import Form, Formula, OpenRows, Panel, Rule, RuleScope, Severity


def room_rules(form: Form, panel: Panel) -> Iterator[Rule]:
    """Yield the rule that a panel's open rows are enough for all that the entries call for."""
    for part in panel.body:
        if isinstance(part, OpenRows) and part.sources:
            statement = f"{part.listed.text} <= CAPACITY({panel.id})"
            yield Rule(
                id=f"ROWS-{panel.id}",
                title=f"{form.sheet}的行数够列示全部科目或项目",
                severity=Severity.BLOCKING,
                scope=RuleScope.SINGLE,
                source=part.source,
                statement=Formula(statement, part.listed.source),
                over=panel.id,
                advice=f"请主管部门重新生成工作簿，用 --rows {panel.id}=行数 增加这张表的行数。",
                basis="表样行数",
            )


def following(rule: Rule, room: Mapping[str, str]) -> Rule:
    """Let a rule that reads the lines of a panel follow the rule that all lines are there."""
    text = rule.statement.text if rule.statement else ""
    read = tuple(name for panel, name in room.items() if panel == rule.over or _reads(text, panel))
    return replace(rule, follows=(*rule.follows, *read))


def _reads(text: str, panel: str) -> bool:
    """Whether a formula reads rows of a panel, as a whole column or by key (``F3[…]``)."""
    return re.search(rf"(?<!\w){re.escape(panel)}\[", text) is not None
