"""How many slips are found, and is the right cell named first? Budgets spoiled on purpose, counted.

python studies/detection.py --keep results.jsonl            all cases; goes on where it was stopped
python studies/detection.py --keep results.jsonl --table docs/developers/detection.md   and writes it
python studies/detection.py --share 0.01                    the first hundredth of each class

Values are spoiled in memory, where a file would add nothing but time: tests/support spoils real files
in every way that a file can be spoiled, and tests/studies/test_detection.py sends a sample through files.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from unittest import mock

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from detection_tables import page
from support.generated_budgets import Budget, budgets, stored_cell
from support.published_values import Published, published_of, visible
from support.spoils import SLIPS, Spoil, amount_slip, moved_block, other_line

from xlbudget import load_template
from xlbudget.checking import rule_findings as rule_checks
from xlbudget.checking.control_totals import control_limits
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.mistakes.diagnosis import Diagnosis, Mistake
from xlbudget.checking.mistakes.entry_mistakes import KnownBefore, entry_mistakes
from xlbudget.checking.one_file import check_submission
from xlbudget.checking.problems import implausible_amount
from xlbudget.model import Cell, EntryRow, Finding, Roster, Severity

CASES = {"forms": 576, "published": 1008, "entries": 576, "known": 576}
"""How many spoiled workbooks of each class; ``known`` are those of ``entries`` with more known of them."""

ENTRY_STEP = Decimal("0.01")
FORM_KINDS = ("overwritten", "overwritten_follows", "right_value", "rewritten", "emptied", "as_text", "stale")
PUBLISHED_KINDS = (*SLIPS, "other_line", "component_left_out", "twin_not_updated", "block_moved", "row_moved")
ENTRY_KINDS = (*SLIPS, "other_line", "other_column")


@dataclass
class Result:
    """One spoiled workbook: could a rule see it, was it found, where does the spoiled cell stand."""

    group: str
    number: int
    budget: str
    kind: str
    double: bool
    visible: bool
    jointly: bool
    found: bool
    first: bool
    near: bool
    tie: int
    findings: int
    seconds: float
    note: str = ""


def unspoiled(budget: Budget) -> dict[str, int]:
    """Return the findings above note on a budget as it is, by class."""
    report = check_submission(budget.submission(), budget.template)
    own = sum(finding.severity is not Severity.NOTE for finding in report.findings)
    published = published_of(budget).diagnosis({})
    return {"forms": own, "published": len(published.mistakes) + len(published.unexplained)}


def cases(group: str, share: float) -> Iterator[int]:
    count = CASES[group]
    yield from range(max(1, round(count * share)))


def run(group: str, number: int, every: Sequence[Budget]) -> Result:
    """Spoil a budget and look for it; the same number gives the same case."""
    chance = random.Random(f"{'entries' if group == 'known' else group} {number}")
    budget = every[number % len(every)]
    maker: Callable[[Budget, int, random.Random], Result] = {
        "forms": form_case,
        "published": published_case,
        "entries": entry_case,
        "known": known_case,
    }[group]
    return maker(budget, number, chance)


def is_double(number: int) -> bool:
    return (number + number // 24) % 4 == 3


# ------------------------------------------------------------------ form cells of our own workbooks


def form_case(budget: Budget, number: int, chance: random.Random) -> Result:
    """Overwrite, rewrite, empty or leave stale one or two amounts of the forms."""
    kind = FORM_KINDS[(number // 7 + number) % len(FORM_KINDS)]
    plan = budget.plan
    cells = sorted(budget.form_amounts)
    chosen = chance.sample(cells, 2) if is_double(number) else [chance.choice(cells)]
    stored, fixed = {}, {}
    for cell in chosen:
        right = budget.form_amounts[cell]
        spoil = None
        while spoil is None:
            slip = chance.choice(list(SLIPS))
            spoil = amount_slip(slip, [cell], {cell: right}, chance, Decimal("0.0001"))
        typed = right if kind == "right_value" else spoil.typed[cell]
        formula = plan.blueprint.formulas[cell] if kind == "stale" else None
        value: object = typed
        if kind == "rewritten":
            formula = f"{typed}+0"
        elif kind == "emptied":
            value = None
        elif kind == "as_text":
            value = f"{typed:,}"
        stored[cell] = stored_cell(value, formula)
        fixed[cell] = float(typed)
    submission = budget.submission(stored=stored)
    if kind == "overwritten_follows":
        overrides: dict[tuple[str, str], dict[int, float]] = {}
        for cell, number_typed in fixed.items():
            overrides.setdefault((cell.table, cell.column), {})[cell.row] = number_typed
        values = plan.evaluate(budget.entries, overrides)
        follow = {cell: stored_cell(values.raw(cell), text) for cell, text in plan.blueprint.formulas.items()}
        submission = budget.submission(stored={**follow, **stored})
    start = time.perf_counter()
    findings = above_note(check_submission(submission, budget.template).findings)
    seconds = time.perf_counter() - start
    places = [plan.layout.place(cell) for cell in chosen]
    wanted = [(place.sheet, place.address) for place in places]
    named = [(finding.place.sheet, finding.place.address) for finding in findings]
    first = set(named[: len(wanted)]) == set(wanted)
    return Result(
        "forms", number, budget.name, kind, len(chosen) > 1, True, True, bool(findings),
        first, set(wanted) <= set(named), 0, len(findings), seconds,
    )  # fmt: skip


def above_note(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is not Severity.NOTE]


# ------------------------------------------------------------------ values as published


def published_case(budget: Budget, number: int, chance: random.Random) -> Result:
    """Change one or two printed amounts, or move a block of them."""
    kind = PUBLISHED_KINDS[(number // 24) % len(PUBLISHED_KINDS)]
    published = published_of(budget)
    spoils: list[Spoil] = []
    double = is_double(number)
    while len(spoils) < 1 + double:
        spoil = published_spoil(published, kind if not spoils else chance.choice(list(SLIPS)), chance)
        if spoil is not None and not any(set(spoil.typed) & set(known.typed) for known in spoils):
            spoils.append(spoil)
    typed = {cell: value for spoil in spoils for cell, value in spoil.typed.items()}
    alone, jointly = visible(published, typed)
    start = time.perf_counter()
    diagnosis = published.diagnosis(typed)
    seconds = time.perf_counter() - start
    mistakes = diagnosis.mistakes
    seen = [alone, *(visible(published, spoil.typed)[0] for spoil in spoils if double)]
    found = bool(mistakes or diagnosis.unexplained)
    wanted = [spoil for spoil, there in zip(spoils, seen[1:] or [alone], strict=False) if there]
    firsts = [named(spoil, mistakes, 1) for spoil in wanted]
    near = [named(spoil, mistakes, 3) for spoil in wanted]
    ties = [tied(spoil, mistakes) for spoil in wanted]
    right = [first or tie > 0 for first, tie in zip(firsts, ties, strict=True)]
    note = "; ".join(describe(spoil, published.amounts) for spoil in spoils) if not all(right) else ""
    return Result(
        "published", number, budget.name, kind, double, alone, jointly, found,
        all(firsts), all(a or b for a, b in zip(near, ties, strict=True)), max(ties, default=0),
        len(mistakes) + len(diagnosis.unexplained), seconds, note,
    )  # fmt: skip


def published_spoil(published: Published, kind: str, chance: random.Random) -> Spoil | None:
    amounts = published.amounts
    filled = published.filled
    if kind == "other_line":
        return other_line(filled, amounts, chance)
    if kind in {"block_moved", "row_moved"}:
        return moved_block(filled, amounts, chance, whole=kind == "row_moved")
    if kind == "component_left_out":
        return left_out(published, chance)
    if kind == "twin_not_updated":
        twins = published.twins
        if not twins:
            return None
        cell = chance.choice(twins)
        old = (amounts[cell] * Decimal(chance.randint(80, 120)) / 100).quantize(Decimal("0.01"))
        return None if old == amounts[cell] else Spoil(kind, cell, {cell: old})
    return amount_slip(kind, filled, amounts, chance)


def left_out(published: Published, chance: random.Random) -> Spoil | None:
    """Return a total that leaves out one of its components."""
    total, parts = chance.choice(published.totals)
    part = chance.choice(parts)
    if published.amounts[part] == published.amounts[total]:
        return None
    return Spoil("component_left_out", total, {total: published.amounts[total] - published.amounts[part]})


def named(spoil: Spoil, mistakes: Sequence[Mistake], most: int) -> bool:
    """Whether a spoiled cell is among the first suspects of a mistake."""
    if len(spoil.typed) > 1:  # a block: any of its cells as the first with others along, or each by itself
        firsts = {mistake.suspects[0].cell for mistake in mistakes}
        if set(spoil.typed) <= firsts:
            return True
        return any(
            mistake.suspects[0].cell in spoil.typed and not spoil.typed.keys().isdisjoint(mistake.along)
            for mistake in mistakes
        )
    return any(spoil.cell in [part.cell for part in mistake.suspects[:most]] for mistake in mistakes)


def tied(spoil: Spoil, mistakes: Sequence[Mistake]) -> int:
    """Return how many equally small repairs are all named, the spoiled cell among them; 0 for one or none."""
    for mistake in mistakes:
        cells = [part.cell for part in mistake.suspects]
        if spoil.cell in cells and len(cells) > 1 and mistake.complete:
            return len(cells)
    return 0


def describe(spoil: Spoil, amounts: Mapping[Cell, Decimal]) -> str:
    parts = [
        f"{cell.table}[{cell.row}].{cell.column} {amounts.get(cell)}→{value}"
        for cell, value in spoil.typed.items()
    ]
    return ", ".join(parts[:3])


# ------------------------------------------------------------------ entries


def known_case(budget: Budget, number: int, chance: random.Random) -> Result:
    """Change the same entries, control totals and last year's amounts being known."""
    return entry_case(budget, number, chance, known=True)


def entry_case(budget: Budget, number: int, chance: random.Random, *, known: bool = False) -> Result:
    """Change one or two entries; all forms follow."""
    kind = ENTRY_KINDS[(number // 24) % len(ENTRY_KINDS)]
    amounts = entry_amounts(budget)
    double = is_double(number)
    spoils: list[Spoil] = []
    while len(spoils) < 1 + double:
        spoil = entry_spoil(kind if not spoils else chance.choice(list(SLIPS)), amounts, chance)
        if spoil is not None and not any(set(spoil.typed) & set(known.typed) for known in spoils):
            spoils.append(spoil)
    typed = {cell: value for spoil in spoils for cell, value in spoil.typed.items()}
    evidence = Evidence(budget.template, budget.submission(typed_entries(budget, typed), stored={}))
    start = time.perf_counter()
    odd = list(implausible_amount.find(evidence))
    caught: list[Diagnosis] = []
    with mock.patch.object(
        rule_checks, "entry_mistakes", lambda *given: caught.append(entry_mistakes(*given)) or caught[-1]
    ):
        findings = rule_checks.run_rules(evidence, known_before(budget, evidence) if known else None).findings
    seconds = time.perf_counter() - start
    mistakes = caught[0].mistakes if caught else ()
    leading = [mistake.suspects[0].cell for mistake in mistakes]
    suspects = [part.cell for mistake in mistakes for part in mistake.suspects[:5]]
    told = {(finding.place.sheet, finding.place.address) for finding in odd}
    firsts, near = [], []
    for spoil in spoils:
        place = evidence.place(spoil.cell)
        said = (place.sheet, place.address) in told
        firsts.append(said or spoil.cell in leading)
        near.append(said or any(cell in suspects for cell in spoil.typed))
    seen = entry_visible(budget, typed) or (known and beyond_limits(budget, typed))
    found = bool(above_note([*odd, *findings]))
    return Result(
        "known" if known else "entries", number, budget.name, kind, double, seen, seen, found,
        all(firsts), all(near), 0, len(above_note([*odd, *findings])), seconds,
        "" if all(near) else "; ".join(describe(spoil, amounts) for spoil in spoils),
    )  # fmt: skip


def entry_amounts(budget: Budget) -> dict[Cell, Decimal]:
    return {
        Cell(table, row.row, key): value
        for table, rows in budget.entries.items()
        for row in rows
        for key, value in row.values.items()
        if isinstance(value, Decimal) and value
    }


LEDGERS = {"控制数_基本支出": "基本支出", "控制数_项目支出": "项目支出"}


def control_sums(entries: Mapping[str, Sequence[EntryRow]]) -> dict[str, Decimal]:
    """Return what control totals bind, in 元: plain sums of the ledgers."""
    return {
        column: sum(
            (Decimal(str(row.values.get("本年一般公共预算") or 0)) for row in entries.get(table, ())),
            Decimal(0),
        )
        for column, table in LEDGERS.items()
    }


def limits_of(budget: Budget) -> dict[str, Decimal]:
    """Return control totals of 万元 without decimals, the next that the budget keeps within."""
    sums = control_sums(budget.entries)
    return {column: (whole / 10_000).to_integral_value(ROUND_CEILING) for column, whole in sums.items()}


def beyond_limits(budget: Budget, typed: Mapping[Cell, Decimal]) -> bool:
    sums, limits = control_sums(typed_entries(budget, typed)), limits_of(budget)
    return any(sums[column] > limit * 10_000 for column, limit in limits.items())


def last_year_of(budget: Budget) -> dict[Cell, Decimal]:
    """Return last year's amounts: one in ten was not there, some are the same, most near, some far."""
    chance = random.Random(f"last year of {budget.name}")
    found = {}
    for cell, amount in sorted(entry_amounts(budget).items()):
        way = chance.random()
        factor = 1.0 if way < 0.15 else chance.uniform(0.9, 1.1) if way < 0.75 else chance.uniform(0.5, 1.6)
        if way < 0.9:
            before = (amount * Decimal(f"{factor:.3f}")).quantize(Decimal(100))
            found[cell] = amount if factor == 1 else before
    return found


def known_before(budget: Budget, evidence: Evidence) -> KnownBefore:
    roster = Roster((budget.unit,), {budget.unit.code: limits_of(budget)})
    return KnownBefore(tuple(control_limits(evidence, roster)), last_year_of(budget))


def entry_spoil(kind: str, amounts: Mapping[Cell, Decimal], chance: random.Random) -> Spoil | None:
    cells = sorted(amounts)
    if kind == "other_line":
        return other_line(cells, amounts, chance)
    if kind == "other_column":
        cell = chance.choice(cells)
        beside = [other for other in ENTRY_COLUMNS.get(cell.table, ()) if other != cell.column]
        goal = Cell(cell.table, cell.row, chance.choice(beside)) if beside else cell
        if goal in amounts or goal == cell:
            return None
        return Spoil(kind, cell, {cell: Decimal(0), goal: amounts[cell]})
    return amount_slip(kind, cells, amounts, chance, ENTRY_STEP)


ENTRY_COLUMNS = {
    "项目支出": tuple(
        f"{year}{source}"
        for year in ("本年", "结转")
        for source in ("一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金")
    ),
    "收入": ("本年收入", "上年结转"),
}


def typed_entries(budget: Budget, typed: Mapping[Cell, Decimal]) -> dict[str, list[EntryRow]]:
    entries = {table: {row.row: dict(row.values) for row in rows} for table, rows in budget.entries.items()}
    for cell, value in typed.items():
        entries[cell.table].setdefault(cell.row, {})[cell.column] = value
    return {
        table: [
            EntryRow(row, {key: value for key, value in values.items() if value != 0})
            for row, values in rows.items()
        ]
        for table, rows in entries.items()
    }


def entry_visible(budget: Budget, typed: Mapping[Cell, Decimal]) -> bool:
    """Whether anything known twice can see it: plain sums of the entries, computed here from the data.

    Revenue against expenditure and year-end carry-over by source and year; items of revenue against
    its sum; ranges (negative, beyond a thousand 亿元). One equation a fact, no variables left: the
    linear program of this class is its own solution.
    """
    entries = typed_entries(budget, typed)
    if any(value < 0 or value >= 100_000_000_000 for value in typed.values()):
        return True
    sources = ("一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金")
    codes = budget.template.catalogue("收入分类科目")
    origin = {row[codes.key]: row["资金来源"] for row in codes.rows}
    for at, source in enumerate(sources):
        revenue = next((row.values for row in entries.get("收入", ()) if row.row == at), {})
        for year, key in (("本年", "本年收入"), ("结转", "上年结转")):
            spent = sum(
                Decimal(str(row.values.get(f"{year}{source}") or 0))
                for table in ("基本支出", "项目支出", "年终结转")
                for row in entries.get(table, ())
            )
            if spent != Decimal(str(revenue.get(key) or 0)):
                return True
        if source in origin.values():
            items = sum(
                Decimal(str(row.values.get("本年收入") or 0))
                for row in entries.get("收入科目", ())
                if origin.get(str(row.values.get("收入科目"))) == source
            )
            if items != Decimal(str(revenue.get("本年收入") or 0)):
                return True
    return False


# ------------------------------------------------------------------ the run


def kept(path: Path | None) -> dict[tuple[str, int], Result]:
    if path is None or not path.is_file():
        return {}
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {(line["group"], line["number"]): Result(**line) for line in lines if "group" in line}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0, help="part of the cases to run, from the first")
    parser.add_argument("--only", choices=sorted(CASES), help="one class")
    parser.add_argument("--keep", type=Path, help="file of results, one a line; a later run goes on")
    parser.add_argument("--table", type=Path, help="write the page of tables to this file")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="stop after so long; goes on with --keep"
    )
    arguments = parser.parse_args()
    every = budgets(load_template("shanxi_provincial/2023"))
    done = kept(arguments.keep)
    until = time.monotonic() + arguments.seconds
    results: list[Result] = []
    for group in CASES if arguments.only is None else (arguments.only,):
        for number in cases(group, arguments.share):
            result = done.get((group, number))
            if result is None:
                if time.monotonic() > until:
                    break
                result = run(group, number, every)
                if arguments.keep:
                    with arguments.keep.open("a", encoding="utf-8") as stream:
                        stream.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
            results.append(result)
    clean = {
        budget.name: unspoiled(budget) for budget in every[: max(1, round(len(every) * arguments.share))]
    }
    text = page(results, clean)
    if arguments.table:
        arguments.table.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
