"""Published documents spoiled in one place each: found there, named first, and what is found besides.

The demonstration units of every template are published as PDF, Word and workbook, with one fault each
(``document_spoils``), and checked as somebody else's documents. A fault counts as found where a finding
above note has its place, or that of an amount that it compares, on the words that were changed; as named
first where the finding's own place is there. Places are told apart from the checker: by what the spoiled file
prints otherwise than the unspoiled one.

Usage: ``python studies/spoiled_documents.py [TIMES [SEED [FORMATS [KINDS]]]]``
(TIMES: of each kind, unit and format; FORMATS: as .docx,.pdf; KINDS: words of their names).
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from document_spoils import ALL, Spoil

from xlbudget import fill, generate
from xlbudget.checking.evidence import Evidence
from xlbudget.checking.one_file import check_file
from xlbudget.checking.published.checking import check_read
from xlbudget.definitions.loading import load_template
from xlbudget.definitions.rosters import read_roster
from xlbudget.model import Finding, Place, PublishedDocument, Severity
from xlbudget.publication.document.building import build
from xlbudget.publication.document.parts import Publication
from xlbudget.publication.document.writing import FORMATS
from xlbudget.publication.narrative.written import ComposedText, Title
from xlbudget.returns.published.documents import read_document

UNITS = (
    ("shanghai_putuo/2025", "unit_a", "units.csv", 0),
    ("shanghai_putuo/2025", "unit_b", "units.csv", 1),
    ("shanghai_putuo/2024_final_accounts", "department", "units.csv", 0),
    ("shanxi_provincial/2023", "reference", "reference_unit.csv", 0),
)
TEMPLATES = tuple(dict.fromkeys(unit[0] for unit in UNITS))
MORE = {
    "unit_a": (
        "与2024年预算相比，一般公共预算拨款支出预算减少2,389.52万元，下降20.79%，主要原因是项目调整。",
        "项目支出预算6,641.00万元，占支出预算的72.96%；基本支出预算2,460.68万元，占支出预算的27.04%。",
    ),
    "department": (
        "一般公共预算财政拨款支出年初预算为321.02万元，支出决算为307.82万元，完成年初预算的95.89%。"
        "决算数小于预算数的主要原因：人员经费支出数小于预算数。其中：",
        "1、一般公共服务支出（类）社会工作事务（款）行政运行（项）。主要用于：行政单位人员支出。"
        "全年预算为52.00万元，支出决算为51.32万元，完成全年预算数的98.69%。决算数小于全年预算数的主要原因：人员变动。",
        "2、住房保障支出（类）住房改革支出（款）住房公积金（项）。主要用于：缴纳住房公积金。"
        "全年预算为18.12万元，支出决算为17.70万元，完成全年预算数的97.68%。决算数小于全年预算数的主要原因：人员变动。",
        "3、住房保障支出（类）住房改革支出（款）购房补贴（项）。主要用于：发放购房补贴。"
        "全年预算为11.72万元，支出决算为11.72万元。决算数与全年预算数持平。",
        "2024年度本部门机关运行经费支出10.23万元，比2023年度增加10.23万元，增长100.00%。主要原因是单位于2024年成立。",
    ),
}
"""Paragraphs in the words of other publications, true of the unit, after the last but one chapter."""


@dataclass(frozen=True)
class Case:
    """One spoiled document and what became of it."""

    where: str
    kind: str
    unit: str
    format: str
    found: bool
    first: bool
    false: tuple[str, ...]
    what: str


def publications() -> Iterator[tuple[str, str, Publication]]:
    """Yield template, unit and publication of every demonstration unit."""
    with tempfile.TemporaryDirectory() as folder:
        for name, unit, roster, at in UNITS:
            template = load_template(name)
            demo = template.folder / "demo"
            issued = generate(template, Path(folder) / unit, read_roster(demo / roster, template).units[at])
            filled = fill(issued, demo / unit, Path(folder) / f"{unit}.xlsx", template=template)
            _, submission = check_file(filled, template)
            assert submission is not None
            yield name, unit, _with_more(build(Evidence(template, submission)), MORE.get(unit, ()))


def _with_more(publication: Publication, paragraphs: Sequence[str]) -> Publication:
    items = list(publication.items)
    last = max(at for at, item in enumerate(items) if isinstance(item, Title) and item.level == 1)
    items[last:last] = [ComposedText(text) for text in paragraphs]
    return replace(publication, items=tuple(items))


# --------------------------------------------------------------------- places


Cells = list[tuple[str, Place]]
Lines = list[tuple[str, tuple[Place, ...]]]


def printed(document: PublishedDocument) -> tuple[Cells, Lines]:
    """Return the texts of cells with their places, and of other lines with those of their characters."""
    cells = [(cell.text, cell.place) for table in document.tables for cell in table.cells]
    lines = [line for paragraph in document.paragraphs for line in paragraph.lines]
    told = {line.place for line in lines}
    around = [line for table in document.tables for line in (*table.lead, *table.after)]
    lines += [line for line in around if line.place not in told]
    return cells, [(line.text, tuple(line.at(at, at + 1) for at in range(len(line.text)))) for line in lines]


_FEW = 4  # cells that are gone: of more the addresses have moved


def changed_places(clean: PublishedDocument, spoiled: PublishedDocument) -> list[Place]:
    """Return where a document prints something else than another: cells, characters of lines."""
    before, after = printed(clean), printed(spoiled)
    places: list[Place] = []
    cells = SequenceMatcher(None, [t for t, _ in before[0]], [t for t, _ in after[0]], autojunk=False)
    for tag, was, end, first, last in cells.get_opcodes():
        if tag != "equal":
            places += [place for _, place in before[0][was:end] if place.address and end - was < _FEW]
            places += [place for _, place in after[0][first:last]]
            places += [after[0][first][1]] if first == last and first < len(after[0]) else []
    old = "".join(text for text, _ in before[1])
    new = "".join(text for text, _ in after[1])
    at = [place for _, signs in after[1] for place in signs]
    if old != new:
        head = next(
            (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
        )
        tail = 0
        while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        places += at[max(head - 1, 0) : max(len(new) - tail + 1, head + 1)]
    return places


def covers(one: Place, other: Place) -> bool:
    """Whether two places are the same cell or paragraph, or stand on each other on a page."""
    if one.box is None or other.box is None:
        return (one.sheet, one.address) == (other.sheet, other.address) and bool(one.address)
    near = one.box.left - 12 <= other.box.right and other.box.left - 12 <= one.box.right
    level = one.box.top <= other.box.bottom and other.box.top <= one.box.bottom
    return one.page == other.page and near and level


# ---------------------------------------------------------------------- cases


class Bench:
    """Writes, reads and judges documents in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.templates = [load_template(name) for name in TEMPLATES]

    def document(self, publication: Publication, format: str, name: str = "spoiled") -> Path:
        path = self.folder / f"{name}{format}"
        path.write_bytes(FORMATS[format](publication, ""))
        return path

    def judged(
        self, where: str, kind: str, unit: str, format: str, clean: PublishedDocument, spoil: Spoil
    ) -> Case | None:
        """Return what is found of a spoil; None where the format does not show it."""
        path = self.document(spoil.publication, format)
        spoiled = read_document(path)
        places = changed_places(clean, spoiled)
        if not places and not spoil.mention:
            return None
        serious = [
            one for one in check_read(spoiled, self.templates).findings if one.severity is not Severity.NOTE
        ]
        at = [one for one in serious if _at(one, places, spoil.mention)]
        own = [one for one in serious if _at(one, places, spoil.mention, own=True)]
        false = tuple(f"{one.rule}: {one.message[:110]}" for one in serious if one not in at)
        first = bool(serious) and serious[0] in own
        return Case(where, kind, unit, format, bool(at), first, false, spoil.what)


def _at(finding: Finding, places: Sequence[Place], mention: Sequence[str], *, own: bool = False) -> bool:
    told = [finding.place, *(() if own else (operand.place for operand in finding.operands))]
    if any(covers(one, other) for one in told for other in places):
        return True
    return any(word and word in finding.message for word in mention)


def cases(times: int, seed: int, formats: Sequence[str], kinds: str = "") -> Iterator[Case]:
    """Yield every case: each kind (that has some words), unit and format some times."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for _, unit, publication in publications():
            clean = {
                format: read_document(bench.document(publication, format, "clean")) for format in formats
            }
            for where, kind, way in ALL:
                if kinds not in f"{where} {kind}":
                    continue
                for format in formats:
                    if where == "text" and format == ".xlsx":
                        continue  # workbooks have no text
                    for _ in range(times):
                        spoil = next((one for _ in range(20) if (one := _made(way, publication, dice))), None)
                        case = spoil and bench.judged(where, kind, unit, format, clean[format], spoil)
                        if case:
                            yield case


def _made(way: object, publication: Publication, dice: random.Random) -> Spoil | None:
    assert callable(way)
    spoil: Spoil | None = way(publication, dice)
    return spoil


# ---------------------------------------------------------------------- table


def table(done: Sequence[Case]) -> Iterator[str]:
    """Yield the table in Markdown, a line for each kind and the sums."""
    yield "| where | kind | documents | found | named first | false findings |"
    yield "|---|---|---:|---:|---:|---:|"
    kinds: defaultdict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in done:
        kinds[case.where, case.kind].append(case)
    for (where, kind), own in kinds.items():
        yield _row(where, kind, own)
    for where in ("table", "text"):
        yield _row(where, "**all**", [case for case in done if case.where == where])
    for format in FORMATS:
        yield _row(format[1:], "**all**", [case for case in done if case.format == format])
    yield _row("", "**all**", done)


def _row(where: str, kind: str, own: Sequence[Case]) -> str:
    found = sum(case.found for case in own)
    first = sum(case.first for case in own)
    false = sum(len(case.false) for case in own)
    count = max(len(own), 1)
    return (
        f"| {where} | {kind} | {len(own)} | {found} ({100 * found / count:.0f} %) "
        f"| {first} ({100 * first / count:.0f} %) | {false} |"
    )


def main(arguments: Sequence[str]) -> None:
    """Print the table, then what was not found, not named first, or found besides."""
    times = int(arguments[0]) if arguments else 1
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    formats = arguments[2].split(",") if len(arguments) > 2 else list(FORMATS)
    done: list[Case] = []
    with suppress(KeyboardInterrupt):  # what is done by then is told
        done.extend(cases(times, seed, formats, arguments[3] if len(arguments) > 3 else ""))
    sys.stdout.write("\n".join(table(done)) + "\n\n")
    for case in done:
        if not case.found or not case.first or case.false:
            word = "missed" if not case.found else "not first" if not case.first else "besides"
            listed = " ‖ ".join(case.false)
            sys.stdout.write(f"- {word}: {case.kind}, {case.unit}{case.format}: {case.what} {listed}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
