"""The text of a published document: its figures against its own tables, its words by themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlbudget.checking.published.binding import Binder
from xlbudget.checking.published.chains import chain_faults
from xlbudget.checking.published.facts import Facts, facts_of
from xlbudget.checking.published.figures_left import figure_faults
from xlbudget.checking.published.marks import mark_faults
from xlbudget.checking.published.names import exchanged_names, name_faults
from xlbudget.checking.published.shared import shared_facts
from xlbudget.checking.published.spelling import label_faults, list_faults, unit_faults
from xlbudget.checking.published.statements import Passage
from xlbudget.checking.published.structure import structure_faults
from xlbudget.checking.published.text_amounts import AmountsOfText
from xlbudget.checking.published.text_findings import TEXT, TextFault, text_finding
from xlbudget.checking.published.wording import Setting, cell_faults, wording_faults
from xlbudget.model import (
    Finding,
    Place,
    PrintedLine,
    PrintedParagraph,
    PublishedDocument,
    RuleOutcome,
    RuleStatus,
    SharedFacts,
    WorkbookTemplate,
)
from xlbudget.returns.published.texts import YEAR, plain

_TITLE = re.compile(r"20\d\d年?度?[^。，；]{0,40}(?:预算|决算)[^。，；]{0,20}")
_LEVEL = re.compile("部门|单位")


@dataclass(frozen=True, slots=True)
class TextRun:
    """What became of the text: findings, outcomes by rule, the places of the figures held to something."""

    findings: tuple[Finding, ...]
    outcomes: tuple[RuleOutcome, ...]
    judged: frozenset[Place]
    shared: SharedFacts
    facts: Facts


def text_checks(
    document: PublishedDocument,
    template: WorkbookTemplate | None = None,
    unit: str = "",
    meant: Mapping[int, str] | None = None,
) -> TextRun:
    """Check the text of a document of any form; ``unit`` is the code that findings bear.

    ``meant`` is the unit of money of tables (by number) whose captions name a wrong one.
    """
    passages = [Passage(paragraph, at) for at, paragraph in enumerate(paragraphs_of(document))]
    facts = facts_of(document, meant or {})
    titles = list(_titles(document))
    setting = Setting(_year(document, titles), _department(titles, passages), _placeholders(template))
    final = sum("决算" in title for title in titles) > len(titles) / 2
    name = document.unit or _unit(passages)
    binder = Binder(facts, name, setting.year, final)
    amounts = AmountsOfText(binder)
    written = len(document.paragraphs)
    cells, vocabulary = list(_cells(document, len(passages))), _vocabulary(facts, template)
    faults = [
        *amounts.faults(passages),
        *wording_faults(passages, setting),
        *mark_faults(passages),
        *(fault for passage in passages for fault in figure_faults(passage)),
        *structure_faults(passages[:written], [*passages[written:], *cells]),
        *cell_faults(cells, setting.placeholders),
        *name_faults(passages, vocabulary),
        *chain_faults(passages, {row for row in facts.rows if row}, document),
        *exchanged_names(passages, facts),
        *unit_faults([*passages, *cells], name),
        *label_faults(passages, facts, vocabulary),
        *list_faults(passages, facts),
    ]
    findings = tuple(text_finding(fault, str(document.path), unit) for fault in _once(faults))
    failed = {finding.rule for finding in findings}
    outcomes = tuple(
        RuleOutcome(
            name, title, severity, *_status(name in failed, amounts.looked.get(name, 0), len(passages))
        )
        for name, (title, severity) in TEXT.items()
    )
    shared = shared_facts(document, facts, passages, binder, setting.department)
    return TextRun(findings, outcomes, frozenset(amounts.judged), shared, facts)


def _status(failed: bool, looked: int, passages: int) -> tuple[RuleStatus, int, str]:
    if failed:
        return RuleStatus.FAILED, max(looked, 1), ""
    if not passages:
        return RuleStatus.NOT_RUN, 0, "文件里没有文字"
    return RuleStatus.PASSED, max(looked, passages), ""


def _once(faults: Sequence[TextFault]) -> Iterator[TextFault]:
    """Yield the faults in the order of the text, each place and rule once."""
    seen: set[tuple[str, int, int]] = set()
    for fault in sorted(faults, key=lambda one: (one.passage.number, one.start)):
        key = (fault.rule, fault.passage.number, fault.start)
        if key not in seen:
            seen.add(key)
            yield fault


def paragraphs_of(document: PublishedDocument) -> Iterator[PrintedParagraph]:
    """Yield the paragraphs of a document, and the lines around its tables that are none."""
    yield from document.paragraphs
    told = {line.place for paragraph in document.paragraphs for line in paragraph.lines}
    for table in document.tables:
        for line in (*table.lead, *table.after):
            if line.place not in told:
                yield PrintedParagraph((line,))


def _cells(document: PublishedDocument, first: int) -> Iterator[Passage]:
    """Yield the cells that hold words, numbered after the paragraphs."""
    for table in document.tables:
        for cell in table.cells:
            if len(cell.text.strip()) > 3 and (cell.stored is None or cell.stored.kind == "s"):
                lines = cell.lines or (PrintedLine(cell.text, cell.place),)
                yield Passage(PrintedParagraph(lines), first)
                first += 1


def _titles(document: PublishedDocument) -> Iterator[str]:
    yield from (form.title for form in document.forms if form.title)
    for table in document.tables:
        yield from ("".join(line.text.split()) for line in table.lead if line.text.strip().endswith("表"))


def _year(document: PublishedDocument, titles: Sequence[str]) -> int | None:
    years = Counter(int(found[0][:4]) for title in titles if (found := YEAR.search(plain(title))))
    if not years:
        texts = ("".join(one.text.split()) for one in document.paragraphs)
        named = (found[0] for text in texts if len(text) < 60 and (found := _TITLE.search(text)))
        years = Counter(int(text[:4]) for text in named)
    if document.year and not years:
        return document.year
    return years.most_common(1)[0][0] if years else None


def _department(titles: Sequence[str], passages: Sequence[Passage]) -> bool | None:
    """Return whether a document is a department's, by the titles of its tables and its own headings.

    None where neither tells, or where they tell different things: then the words prove nothing.
    """
    tables = Counter(
        found[0] for title in titles for found in _LEVEL.finditer(title.replace("预算单位", "单位"))
    )
    heads = [one.text for one in passages if len(one.text) < 60 and _TITLE.search(one.text)]
    own = Counter(
        found[0][-2:] for text in heads for found in re.finditer("部门(?=预算|决算)|单位(?=预算|决算)", text)
    )
    told = {one["部门"] > one["单位"] for one in (tables, own) if one["部门"] != one["单位"]}
    return told.pop() if len(told) == 1 else None


def _unit(passages: Sequence[Passage]) -> str:
    """Return the name of the unit that captions state, if any does."""
    for passage in passages:
        found = re.match(
            r"(?:编制|填报|预算)?(?:单位|部门)(?:名称)?[:：]([^:：]{4,40}?)(?:单位[:：]|金额|$)", passage.text
        )
        if found and "元" not in found[1]:
            return found[1]
    return ""


def _placeholders(template: WorkbookTemplate | None) -> tuple[str, ...]:
    return template.placeholders if template is not None else ()


def _vocabulary(facts: Facts, template: WorkbookTemplate | None) -> frozenset[str]:
    """Return the names that a text may use: of rows and headings, of the template's code lists and lines."""
    names = set(facts.labels)
    if template is not None:
        names |= {line.key for _, panel in template.panels for line in panel.lines}
        names |= {text for one in template.catalogues for row in one.rows for text in row.values()}
    return frozenset(name for name in names if not name.isascii())
