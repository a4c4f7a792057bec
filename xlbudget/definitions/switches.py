"""Rules switched off: in the definitions, in a list beside them, or for one run.

A rule that is off is not run, and every report says so, with the reason. Off in the definitions
(``off = { … }`` in the rule) it also leaves the check sheet of workbooks issued from then on. In the
list (``rules_off.toml``) or for one run it does not: the digest stays, workbooks already issued are
still recognised, and their check sheets still show it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from xlbudget.definitions.toml_items import Item, Problems, read_toml
from xlbudget.model import Rule, SwitchedOff, WorkbookTemplate
from xlbudget.model.errors import DefinitionError, InputError
from xlbudget.model.words import nearest

COMMAND = "命令行 --disable"
_UNSAID = "未说明原因"
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def read_switched_off(item: Item, *, stated: bool) -> SwitchedOff:
    """Return how a rule was switched off; a missing date or reason is a problem of the definitions."""
    return SwitchedOff(
        reason=item.text("reason"),
        date=read_date(item),
        by=item.text("by", ""),
        where=str(item.source),
        stated=stated,
    )


def read_date(item: Item) -> str:
    """Return the attribute ``date``; anything but year-month-day is a problem."""
    text = item.text("date")
    if text and not (_DATE.match(text) and _is_day(text)):
        item.problems.add(item.source_of("date"), f"日期“{text}”应写成 年-月-日，如 2000-01-31，加引号")
    return text


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def with_list(rules: Sequence[Rule], item: Item) -> tuple[Rule, ...]:
    """Return the rules, those that a list (``rules_off.toml``) names switched off.

    An unknown rule, or one named twice, is a problem at its line.
    """
    ids = [rule.id for rule in rules]
    off: dict[str, SwitchedOff] = {}
    for part in item.items("off"):
        name, how = part.text("rule"), read_switched_off(part, stated=False)
        if name and name not in ids:
            part.problems.add(part.source_of(name), f"没有规则“{name}”{nearest(name, ids)}")
        elif name in off:
            part.problems.add(part.source_of(name), f"规则“{name}”写了两次")
        else:
            off[name] = how
        part.finish()
    item.finish()
    return _applied(rules, off)


def switch_off(
    template: WorkbookTemplate,
    rules: Sequence[str] = (),
    reason: str = "",
    *,
    listed: Path | None = None,
) -> WorkbookTemplate:
    """Return the template with some rules off for this run: named ones, and those of a list.

    Raises InputError for a rule that the template does not have, DefinitionError for a faulty list.
    """
    result = template
    if listed is not None:
        if not listed.is_file():
            raise InputError(f"找不到停用清单“{listed}”；请检查路径。")
        problems = Problems()
        both = with_list(result.every_rule, read_toml(listed, listed.name, problems))
        result = _with_rules(result, both)
        if problems.found:
            raise DefinitionError(problems.found)
    every = result.every_rule
    ids = [rule.id for rule in every]
    for name in rules:
        if name not in ids:
            raise InputError(f"没有规则“{name}”{nearest(name, ids)}；全部规则见 xlbudget rule。")
    today = date.today().isoformat()
    off = {name: SwitchedOff(reason or _UNSAID, today, "", COMMAND) for name in rules}
    return _with_rules(result, _applied(every, off))


def _with_rules(template: WorkbookTemplate, rules: Sequence[Rule]) -> WorkbookTemplate:
    """Return the template with its own rules, and those between two years, as given in that order."""
    own = len(template.rules)
    return replace(template, rules=tuple(rules[:own]), prior_rules=tuple(rules[own:]))


def _applied(rules: Sequence[Rule], off: Mapping[str, SwitchedOff]) -> tuple[Rule, ...]:
    return tuple(replace(rule, off=off[rule.id]) if rule.id in off else rule for rule in rules)
