"""What a round was like: the share accepted at first return, the mistakes made most, against last year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlbudget.department.collection.folder import Collection
from xlbudget.department.collection.records import Status
from xlbudget.model import Severity
from xlbudget.reports.listings import ListColumn, ListSheet, listings_workbook
from xlbudget.reports.rule_names import rule_name

TITLE = "本轮小结"
_FEW = 3  # on the screen; the workbook has all


@dataclass(frozen=True, slots=True)
class UnitRound:
    """One unit's round: how often it returned, whether the first was accepted, mistakes in all of them.

    Mistakes are findings that were to be corrected or explained when the return arrived.
    """

    code: str
    name: str
    returns: int
    first_accepted: bool
    mistakes: int


@dataclass(frozen=True, slots=True)
class RuleRound:
    """One rule or check: by how many units it was broken, and how often."""

    rule: str
    units: int
    mistakes: int


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """A round: its units, those with most mistakes first, and its rules, those that most units broke first.

    Files that nobody could read are not counted: nothing is known of them.
    """

    units: tuple[UnitRound, ...]
    rules: tuple[RuleRound, ...]

    @property
    def first_accepted(self) -> int:
        """How many units were accepted at their first return."""
        return sum(unit.first_accepted for unit in self.units)


def round_summary(collection: Collection) -> RoundSummary:
    """Return what the round of a collection was like, from what was found when each return arrived."""
    names: dict[str, str] = {}
    returns: Counter[str] = Counter()
    mistakes: Counter[str] = Counter()
    first: dict[str, bool] = {}
    broken: Counter[str] = Counter()
    by: dict[str, set[str]] = {}
    for receipt in collection.receipts():
        code = receipt.unit_code
        if not code or receipt.judged is Status.UNREADABLE:
            continue
        report = collection.report(receipt, waived=False)
        found = [part.rule for part in report.findings if part.severity is not Severity.NOTE]
        names[code] = receipt.unit_name
        returns[code] += 1
        first.setdefault(code, not found and not receipt.empty)
        mistakes[code] += len(found)
        broken.update(found)
        for rule in found:
            by.setdefault(rule, set()).add(code)
    units = (UnitRound(code, names[code], returns[code], first[code], mistakes[code]) for code in names)
    rules = (RuleRound(rule, len(by[rule]), count) for rule, count in broken.items())
    return RoundSummary(
        tuple(sorted(units, key=lambda unit: (-unit.mistakes, unit.code))),
        tuple(sorted(rules, key=lambda rule: (-rule.units, -rule.mistakes, rule.rule))),
    )


def summary_lines(now: RoundSummary, before: RoundSummary | None = None) -> Iterator[str]:
    """Yield the summary in a few lines."""
    yield f"{TITLE}：首次报送就接收的 {_share(now)}" + (f"，上年 {_share(before)}" if before else "")
    worst = [f"{unit.code} {unit.name}（{unit.mistakes}）" for unit in now.units[:_FEW] if unit.mistakes]
    if worst:
        yield f"  问题最多的单位：{'、'.join(worst)}"
    often = [f"{rule_name(rule.rule)}（{rule.units} 个单位）" for rule in now.rules[:_FEW]]
    if often:
        yield f"  最常见的问题：{'、'.join(often)}"


def _share(part: RoundSummary) -> str:
    whole = len(part.units)
    return f"{part.first_accepted}/{whole} 个单位" + (
        f"（{part.first_accepted / whole:.0%}）" if whole else ""
    )


_UNITS = (
    ListColumn("单位编码", 12),
    ListColumn("单位名称", 34),
    ListColumn("报送次数", 10, "count"),
    ListColumn("首次接收", 10, "word"),
    ListColumn("问题数", 10, "count"),
    ListColumn("上年问题数", 12, "count"),
)
_RULES = (
    ListColumn("规则或检查", 40),
    ListColumn("单位数", 10, "count"),
    ListColumn("问题数", 10, "count"),
    ListColumn("上年单位数", 12, "count"),
    ListColumn("上年问题数", 12, "count"),
)


def summary_workbook(now: RoundSummary, before: RoundSummary | None = None) -> bytes:
    """Return the summary as a workbook: by unit, by rule, each beside last year's figure."""
    above = tuple(line.strip() for line in summary_lines(now, before))
    earlier_units = {unit.code: unit for unit in before.units} if before else {}
    earlier_rules = {rule.rule: rule for rule in before.rules} if before else {}

    def unit_row(unit: UnitRound) -> Sequence[str | int | None]:
        earlier = earlier_units.get(unit.code)
        told = "是" if unit.first_accepted else "否"
        return unit.code, unit.name, unit.returns, told, unit.mistakes, earlier.mistakes if earlier else None

    def rule_row(rule: RuleRound) -> Sequence[str | int | None]:
        earlier = earlier_rules.get(rule.rule)
        past = (earlier.units, earlier.mistakes) if earlier else (None, None)
        return rule_name(rule.rule), rule.units, rule.mistakes, *past

    return listings_workbook(
        TITLE,
        (
            ListSheet("各单位", _UNITS, map(unit_row, now.units), above),
            ListSheet("各类问题", _RULES, map(rule_row, now.rules), above),
        ),
    )
