"""Rules of one template: those of one year, those between two years, and how they are switched off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xlbudget.definitions.code_pairings import read_pairing
from xlbudget.definitions.digest import RULES_OFF
from xlbudget.definitions.records import read_record
from xlbudget.definitions.room_rules import following, room_rules
from xlbudget.definitions.switches import read_date, read_switched_off, with_list
from xlbudget.definitions.template_folder import TemplateFolder
from xlbudget.definitions.toml_items import Item
from xlbudget.model import Form, Listing, Rule, RuleScope, RuleVersion, Severity, SwitchedOff

RULES_FILE = "cross_form_rules.toml"
_PRIOR_RULES_FILE = "prior_year_rules.toml"


def read_rules(folder: TemplateFolder, forms: Sequence[Form]) -> tuple[Rule, ...]:
    """Return the rules as stated, and one for each block of open rows: what wants to be listed fits."""
    path = folder.path / RULES_FILE
    stated: tuple[Rule, ...] = ()
    if path.is_file():
        item = folder.file(path)
        stated = tuple(_rule(part, folder) for part in item.items("rule"))
        item.finish()
    room = tuple(rule for form in forms for panel in form.panels for rule in room_rules(form, panel))
    owned = {rule.over: rule.id for rule in room}
    rules = (*(following(rule, owned) for rule in stated), *(replace(rule, over="") for rule in room))
    switched = folder.path / RULES_OFF
    return with_list(rules, folder.file(switched)) if switched.is_file() else rules


def read_prior_rules(folder: TemplateFolder) -> tuple[tuple[Rule, ...], tuple[Listing, ...]]:
    """Return what is stated between this year and last year; a template need not have any."""
    path = folder.path / _PRIOR_RULES_FILE
    if not path.is_file():
        return (), ()
    item = folder.file(path)
    rules = tuple(_rule(part, folder) for part in item.items("rule"))
    listings = tuple(
        read_record(Listing, part, folder.dated, only_in=part.choice("only_in", ("this", "prior")))
        for part in item.items("listing")
    )
    item.finish()
    return rules, listings


def _rule(item: Item, folder: TemplateFolder) -> Rule:
    rule = read_record(
        Rule,
        item,
        folder.dated,
        scope=RuleScope(item.choice("scope", tuple(RuleScope))),
        versions=tuple(
            read_record(RuleVersion, part, date=read_date(part)) for part in item.items("versions")
        ),
        off=_off(item),
        pairing=read_pairing(item),
    )
    if rule.blocks_from and rule.severity is not Severity.BLOCKING:
        item.problems.add(
            item.source_of("blocks_from"), f'写了 blocks_from 的关系，severity 应为 "{Severity.BLOCKING}"'
        )
    return rule.in_year(folder.year)


def _off(item: Item) -> SwitchedOff | None:
    """Return how the rule's own definition switches it off, or None."""
    data = item.mapping("off")
    if not data:
        return None
    part = Item(data, item.lines, item.lines.find("off", item.line), item.problems)
    off = read_switched_off(part, stated=True)
    part.finish()
    return off
