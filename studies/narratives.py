"""How many slips in a narrative are found, and how many false alarms untouched ones raise.

    python studies/narratives.py [--spoiled 200] [--untouched 50] [--seed 1]

Narratives of invented budgets (the reference's entries, each amount changed at random) are written as people
write them: with commas, thin spaces or nothing between groups of digits, in 亿元, lists in another order,
blanks. Each spoiled one gets one slip; it counts as found when a finding stands at the spoiled paragraph.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from xlbudget import fill, generate, load_template, read, read_roster
from xlbudget.checking.evidence import Evidence
from xlbudget.model import EntryRow, Submission, WorkbookTemplate
from xlbudget.publication.narrative import compose
from xlbudget.publication.proofreading import check_document

AMOUNT = re.compile(r"\d[\d,\u2009]*\.\d\d(?=万元)")
SHARE = re.compile(r"\d+\.\d\d(?=%)")
YEAR = re.compile(r"20\d\d(?=年)")
WORDS = {"增加": "减少", "减少": "增加", "增长": "下降", "下降": "增长"}
NAMES = (
    "公共安全支出",
    "社会保障和就业支出",
    "卫生健康支出",
    "培训费",
    "基本工资",
    "公务接待费",
    "住房公积金",
)


def budgets(
    template: WorkbookTemplate, submission: Submission, count: int, seed: int
) -> Iterator[Submission]:
    """Yield submissions with every amount of the ledgers and of last year changed, revenue to match."""
    chance = random.Random(seed)
    for _ in range(count):
        entries = dict(submission.entries)
        totals: Counter[str] = Counter()
        for table in ("基本支出", "项目支出"):
            rows = []
            for row in entries[table]:
                values = {
                    key: _changed(value, chance) if isinstance(value, Decimal) else value
                    for key, value in row.values.items()
                }
                for key, value in values.items():
                    if isinstance(value, Decimal):
                        totals[key[:2]] += value  # 本年 or 结转
                rows.append(EntryRow(row.row, values))
            entries[table] = rows
        entries["收入"] = [
            EntryRow(0, {"本年收入": Decimal(totals["本年"]), "上年结转": Decimal(totals["结转"])})
        ]
        entries["上年数"] = [
            EntryRow(row.row, {key: _changed(value, chance) for key, value in row.values.items()})
            for row in entries["上年数"]
        ]
        yield replace(submission, entries=entries)


def _changed(value: object, chance: random.Random) -> Decimal:
    assert isinstance(value, Decimal)
    return (value * Decimal(chance.randint(30, 300)) / 100).quantize(Decimal("0.01"))


def by_hand(text: str, chance: random.Random) -> str:
    """Return the text as another hand writes it: the same facts."""
    if chance.random() < 0.5:
        text = AMOUNT.sub(
            lambda found: found[0].replace(",", "") if chance.random() < 0.6 else found[0], text
        )
    elif chance.random() < 0.3:
        text = AMOUNT.sub(lambda found: found[0].replace(",", "\u2009"), text)
    if chance.random() < 0.4:
        text = AMOUNT.sub(lambda found: re.sub(r"\.00$", "", found[0]), text)
    if chance.random() < 0.3:
        large = r"[\d,\u2009]{6,}\.\d\d万元"
        text = re.sub(large, lambda found: _in_hundred_millions(found[0], chance), text)
    if chance.random() < 0.5:
        text = re.sub(
            "(?<=主要包括：)([^：]*?)(?=等?[；。])", lambda found: _shuffled(found[0], chance), text
        )
    return (
        text.replace("，主要用于", ", 主要用于").replace("年度", "年度 ") if chance.random() < 0.3 else text
    )


def _in_hundred_millions(text: str, chance: random.Random) -> str:
    value = Decimal(text.removesuffix("万元").replace(",", "").replace("\u2009", ""))
    if value < 10_000 or chance.random() < 0.5:
        return text
    return f"{(value / 10_000).quantize(Decimal('0.0001'))}亿元"


def _shuffled(text: str, chance: random.Random) -> str:
    if "万元" in text:
        return text
    parts = text.split("、")
    chance.shuffle(parts)
    return "、".join(parts)


def _digits(number: str, chance: random.Random) -> str:
    """Return a number with one digit changed, or two neighbours swapped."""
    at = [place for place, letter in enumerate(number) if letter.isdigit()]
    place = chance.choice(at)
    other = str((int(number[place]) + chance.randint(1, 9)) % 10)
    swapped = number[:place] + number[place + 1 : place + 2] + number[place] + number[place + 2 :]
    if chance.random() < 0.4 and number[place + 1 : place + 2].isdigit() and swapped != number:
        return swapped
    return number[:place] + other + number[place + 1 :]


Spoiler = Callable[[str, random.Random], "str | None"]


def _spoiler(pattern: re.Pattern[str], change: Callable[[str, random.Random], str]) -> Spoiler:
    def spoil(line: str, chance: random.Random) -> str | None:
        found = list(pattern.finditer(line))
        if not found:
            return None
        one = chance.choice(found)
        return line[: one.start()] + change(one[0], chance) + line[one.end() :]

    return spoil


def _other_name(name: str, chance: random.Random) -> str:
    at = chance.randrange(len(name))
    return name[:at] + "某" + name[at + 1 :]


SPOILERS = {
    "金额": _spoiler(AMOUNT, _digits),
    "比例": _spoiler(SHARE, _digits),
    "年份": _spoiler(YEAR, lambda year, chance: str(int(year) + chance.choice((-2, 2, 3)))),
    "增减": _spoiler(re.compile("|".join(WORDS)), lambda word, _: WORDS[word]),
    "名称": _spoiler(re.compile("|".join(NAMES)), _other_name),
}


def narrative(text: str) -> list[str]:
    """Return the lines of the part that speaks of figures."""
    part = text[text.index("第三部分") :].partition("第四部分")[0]
    return [line for line in part.splitlines() if line.strip()]


def spoiled(lines: list[str], kind: str, chance: random.Random) -> tuple[int, list[str]]:
    """Return the lines with one slip, and which line (from 1) has it; texts of the unit are left alone."""
    order = [number for number, line in enumerate(lines) if not line.startswith("本单位绩效目标")]
    chance.shuffle(order)
    for number in order:
        head, reason, tail = lines[number].partition("主要原因是")
        made = SPOILERS[kind](head, chance)
        if made is not None and made != head:
            return number + 1, [*lines[:number], made + reason + tail, *lines[number + 1 :]]
    raise LookupError(kind)


def reference(folder: Path, rows: int = 40) -> tuple[WorkbookTemplate, Submission]:
    """Return the reference budget as read from a small workbook."""
    template = load_template("shanxi_provincial/2023")
    demo = template.folder / "demo"
    unit = read_roster(demo / "reference_unit.csv", template).units[0]
    issued = generate(template, folder, unit, capacity={"基本支出": rows, "项目支出": rows})
    return template, read(fill(issued, demo / "reference", folder / "filled.xlsx"), template)


def measured(
    template: WorkbookTemplate, submission: Submission, folder: Path, spoil: int, leave: int, seed: int
) -> tuple[Counter[str], Counter[str], list[str], list[str]]:
    """Return slips made and found by kind, findings on untouched narratives (no notes), slips not seen."""
    chance = random.Random(seed)
    made: Counter[str] = Counter()
    found: Counter[str] = Counter()
    alarms: list[str] = []
    missed: list[str] = []
    kinds = [*SPOILERS]
    jobs = [kinds[number % len(kinds)] for number in range(spoil)] + [""] * leave
    for number, each in enumerate(budgets(template, submission, len(jobs), seed)):
        evidence = Evidence(template, each)
        lines = narrative(by_hand(compose(evidence).text, chance))
        kind, place = jobs[number], 0
        if kind:
            place, lines = spoiled(lines, kind, chance)
            made[kind] += 1
        path = folder / "narrative.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        findings = [part for part in check_document(path, evidence).findings if part.severity != "note"]
        if kind:
            seen = any(part.place.address == f"第{place}段" for part in findings)
            found[kind] += seen
            if not seen:
                missed.append(f"{kind}：{lines[place - 1]}")
        else:
            alarms += [part.message for part in findings]
    return made, found, alarms, missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spoiled", type=int, default=200)
    parser.add_argument("--untouched", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        template, submission = reference(Path(name))
        made, found, alarms, missed = measured(
            template, submission, Path(name), options.spoiled, options.untouched, options.seed
        )
    print("| 改错的是 | 份数 | 找到 |\n|---|---:|---:|")
    for kind in SPOILERS:
        print(f"| {kind} | {made[kind]} | {found[kind]} |")
    print(f"| 合计 | {made.total()} | {found.total()}（{found.total() / made.total():.1%}） |")
    print(f"\n没有改动的 {options.untouched} 份：误报 {len(alarms)} 项。")
    for words in (*alarms[:10], *(f"没有找到 {line}" for line in missed[:10])):
        print("-", words)


if __name__ == "__main__":
    main()
