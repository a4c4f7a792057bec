"""What units write about findings: explanations in the workbook, matched with the findings they answer.

An explanation settles findings that want one; whether it is accepted is for the officer to say (a
waiver, or ``--allow explained`` when workbooks are joined). It never settles a blocking finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.named_places import is_meant
from xlbudget.model import Cell, Explanation, Finding, Place, SettledFinding, Severity
from xlbudget.workbook.names import CHECK_COLUMNS, CHECKS

TITLES = {
    "vain_explanation": "不予接收的问题不能以说明代替改正",
    "idle_explanation": "说明没有对应的问题",
}
"""Notes about explanations, with their titles."""

_QUOTED = 60  # characters of an explanation in a message; the whole text stands in the workbook


def explanations_of(evidence: Evidence) -> Iterator[Explanation]:
    """Yield what the unit has written on its sheet of explanations; rows without a text say nothing.

    In a department summary the rows of units are there to be read; they answer nothing again.
    """
    table = evidence.template.explanations
    if table is None:
        return
    row_unit = evidence.template.unit_table.row_unit
    for row in evidence.submission.entries.get(table.table, ()):
        rule, where, text = (
            str(row.values.get(key) or "").strip() for key in (table.rule, table.place, table.text)
        )
        if text and not (evidence.submission.department and row.values.get(row_unit)):
            yield Explanation(rule, where, text, evidence.place(Cell(table.table, row.row, table.text)))


def explain(
    evidence: Evidence, findings: Sequence[Finding], titles: Mapping[str, str]
) -> tuple[tuple[Finding, ...], tuple[SettledFinding, ...]]:
    """Return the findings that stay open (notes on explanations included) and those explained.

    ``titles`` are the titles of rules by id: a unit may write either.
    """
    explanations = tuple(explanations_of(evidence))
    settled: dict[int, SettledFinding] = {}
    notes: list[Finding] = []
    for explanation in explanations:
        meant = [
            at for at, finding in enumerate(findings) if _answers(evidence, explanation, finding, titles)
        ]
        open_to_words = [at for at in meant if findings[at].severity is not Severity.BLOCKING]
        for at in open_to_words:
            settled.setdefault(at, SettledFinding(findings[at], explanation))
        if len(open_to_words) < len(meant):
            notes.append(
                _note(evidence, "vain_explanation", explanation, _vain(explanation, findings, meant))
            )
        elif not meant:
            notes.append(
                _note(evidence, "idle_explanation", explanation, _idle(explanation, findings, titles))
            )
    left = tuple(finding for at, finding in enumerate(findings) if at not in settled)
    return (*left, *notes), tuple(settled[at] for at in sorted(settled))


def _answers(
    evidence: Evidence, explanation: Explanation, finding: Finding, titles: Mapping[str, str]
) -> bool:
    """Whether an explanation speaks of a finding: where reports print it, or on the rule's check row."""
    if not _is_rule(explanation.rule, finding.rule, titles):
        return False
    places = (finding.place, *_check_places(evidence, finding.rule))
    return not explanation.where or any(is_meant(explanation.where, place) for place in places)


def _check_places(evidence: Evidence, rule: str) -> Iterator[Place]:
    """Yield the cells of a rule on the check sheet: all that the unit itself sees of it."""
    words = evidence.template.check_sheet
    for at, row in enumerate(evidence.layout.check_rows):
        if row.rule.id == rule:
            for column in CHECK_COLUMNS:
                address = evidence.layout.address(CHECKS, at, column)
                yield Place(words.title, row.title, column, words.sheet, address)


def _is_rule(text: str, rule: str, titles: Mapping[str, str]) -> bool:
    """Whether a text names a rule: by its id in any case, or by its title."""
    return bool(text) and text.casefold() in {rule.casefold(), titles.get(rule, "").casefold()}


def _vain(explanation: Explanation, findings: Sequence[Finding], meant: Sequence[int]) -> str:
    blocking = [findings[at] for at in meant if findings[at].severity is Severity.BLOCKING]
    first = str(blocking[0].place) or blocking[0].rule
    places = first + (f" 等 {len(blocking)} 处" if len(blocking) > 1 else "")
    return (
        f"“{explanation.rule}”的说明“{_quoted(explanation)}”针对的 {places} 属于“{Severity.BLOCKING.label}”，"
        "说明不能代替改正，已列出但不起作用。请改正后重新报送。"
    )


def _idle(explanation: Explanation, findings: Sequence[Finding], titles: Mapping[str, str]) -> str:
    said = f"说明“{_quoted(explanation)}”"
    if not explanation.rule:
        return f"{said}没有写规则编号，不知道针对哪个问题。请补填规则编号。"
    alike = [finding for finding in findings if _is_rule(explanation.rule, finding.rule, titles)]
    if alike:
        at = f"“{explanation.where}”没有“{explanation.rule}”的问题"
        return f"{said}对不上：{at}，该规则的问题在 {alike[0].place}。请照审核报告填写位置，或把位置空着。"
    return (
        f"{said}没有对应的问题：本次审核没有“{explanation.rule}”的问题。请核对规则编号，不需要的说明请删去。"
    )


def _quoted(explanation: Explanation) -> str:
    text = explanation.text
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"


def _note(evidence: Evidence, rule: str, explanation: Explanation, message: str) -> Finding:
    return evidence.finding(
        rule,
        Severity.NOTE,
        None,
        f"{explanation.place}：{message}",
        stored=explanation.text,
        place=explanation.place,
    )
