"""A document held against the workbook that it speaks of: findings with the sentence and the cell."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Finding, Place, RuleOutcome, RuleStatus, WorkbookReport
from xlbudget.model.words import amount, published
from xlbudget.publication.narrative import ComposedText, FigureKind, QuotedFigure, compose
from xlbudget.publication.narrative.written import Title
from xlbudget.publication.proofreading.cut_paragraphs import joined
from xlbudget.publication.proofreading.known_words import known_amounts, size_of, vocabulary
from xlbudget.publication.proofreading.matching import best_matches, cut_matches, pairs
from xlbudget.publication.proofreading.other_workbook import other_workbook
from xlbudget.publication.proofreading.reading import paragraphs
from xlbudget.publication.proofreading.rules import (
    DANGLING,
    DIRECTION,
    DOCUMENT,
    EVERY,
    IMPOSSIBLE,
    MARKS,
    NAMES,
    OMITTED,
    PLACEHOLDER,
    RULES,
    STYLE,
    SUPPORT,
    DocumentRule,
)
from xlbudget.publication.proofreading.tokens import BLANKS, Kind, Token, narrow, tokens

_SENTENCE_ENDS = "。；;！？"
_SHOWN = 60
_LAST_WORDS = 24


_DOUBLED = re.compile(
    r"([。，；：、,;])\1+|[，；、][。；，]|(?<![\d-])-{2,}(?=\d)|%{2,}|(?:[万亿]?元){2,}(?![\u3400-\u9fff]*[整钱])"
)
_BROKEN = re.compile(r"(?:原因是|主要用于|主要包括|包括)[：:]?[。；;]|^[；;，,。、]|[，,、]$")
_NUMBERED = re.compile(r"(?<=[是：，；])1、")
_STYLED = re.compile(rf"\d{{1,3}}(?:[,{BLANKS}]\d{{3}})*\.\d\d|0")
_OURSELVES = re.compile("[我本](?:单位|部门|[局厅委办院校所站队处]|中心)")
_NUMBER = rf"(?<![\d.,])(\d{{1,3}}(?:[{BLANKS}]\d{{3}})+(?:\.\d+)?|\d[\d,]*(?:\.\d+)?)\s*"
_LIMIT = r"(?!\s*(?:（含）)?以[上下])"
"""What follows a limit (100万元（含）以上): it is written as the regulation has it."""
_PART_OF = re.compile(r"占\s*(\d[\d,]*(?:\.\d+)?)\s*[%％]")


def check_document(path: Path, evidence: Evidence) -> WorkbookReport:
    """Return what is wrong with a document (.docx or .txt), as the report of one file.

    Every rule tells how many places it looked at. Raises InputError for a file that cannot be read, or when
    the template has no document.
    """
    checker = _Checker(path, evidence)
    checker.run()
    return WorkbookReport(
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        unit=evidence.submission.unit,
        findings=checker.in_order(),
        outcomes=tuple(checker.outcomes()),
        remarks=tuple(checker.remarks),
        department=evidence.submission.department,
        values_only=True,
    )


class _Checker:
    """Goes through a document once; gathers findings and how often each rule looked."""

    def __init__(self, path: Path, evidence: Evidence) -> None:
        self.path = path
        self.evidence = evidence
        self.template = evidence.template
        self.findings: list[Finding] = []
        self.looked: Counter[str] = Counter()
        self.remarks: list[str] = []
        composed = compose(evidence)
        blocks = (block.written if isinstance(block, Title) else block for block in composed.blocks)
        self.ours = [
            ComposedText(composed.title),
            *(block for block in blocks if isinstance(block, ComposedText)),
        ]
        read, said = paragraphs(path)
        self.remarks += said
        self.theirs = joined([tokens(text.text) for text in self.ours], read)
        self.agreeing: Counter[bool] = Counter()
        self.known = known_amounts(evidence, self.ours)
        self.vocabulary = vocabulary(evidence.template)

    def run(self) -> None:
        """Compare paragraph by paragraph, then look at each by itself."""
        ours = [tokens(text.text) for text in self.ours]
        theirs = [tokens(part.text) for part in self.theirs]
        matches = best_matches(ours, theirs)
        compared: set[tuple[int, int]] = set()
        for one, other in sorted(matches.items()):
            for expected, found in pairs(ours[one], theirs[other]):
                compared.add((other, found.start))
                self.compare(self.ours[one], expected, found, other)
            self.names(self.ours[one], other)
            self.own_name(self.ours[one], other)
        cut = cut_matches(ours, theirs, matches)
        for one, other in sorted(cut.items()):
            for expected, found in pairs(ours[one], theirs[other]):
                compared.add((other, found.start))
                self.compare(self.ours[one], expected, found, other)
            self.omitted(self.ours[one], ours[one], theirs[other], other)
        for other, each in enumerate(theirs):
            self.support((token for token in each if (other, token.start) not in compared), other)
            self.alone(other)
        for one, other in sorted(matches.items()):
            self.left_out(self.ours[one], ours[one], theirs[other], other)
        self.style()
        lacking = [
            text.text[:18]
            for one, text in enumerate(self.ours)
            if one not in matches
            and one not in cut
            and any(part.kind is not FigureKind.NAME for part in text.figures)
        ]
        if lacking:
            self.remarks.append(
                "文档中没有找到这些段落，未核对：" + "、".join(f"“{words}…”" for words in lacking)
            )
        self.of_another(theirs)

    def of_another(self, theirs: Sequence[Sequence[Token]]) -> None:
        """Where hardly an amount is ours, say once that this is another workbook, or another document."""
        self.looked[DOCUMENT.id] += 1
        wrong, right = self.agreeing[False], self.agreeing[True]
        said = other_workbook(self.evidence, [part.text for part in self.theirs], theirs, wrong, right)
        if said:
            place = Place("情况说明", "", "", self.path.name)
            finding = self.evidence.finding(
                DOCUMENT.id, DOCUMENT.severity, None, f"{place}：{said}", place=place
            )
            self.findings, self.remarks = [finding], []

    # ------------------------------------------------------------ comparing

    def compare(self, written: ComposedText, expected: Token, found: Token, other: int) -> None:
        """Hold one token of theirs against ours."""
        rule = RULES.get(found.kind)
        if rule is None:
            return
        self.looked[rule.id] += 1
        figure = next((part for part in written.figures if _covers(part, expected)), None)
        exact = self._exact(figure, expected) if figure else expected.value
        if found.kind in {Kind.MONEY, Kind.SHARE, Kind.COUNT}:
            same = _rounded(exact, found.step) == found.value
            self.agreeing[same] += found.kind is Kind.MONEY and bool(exact or found.value)
        else:
            same = expected.value == found.value
        if not same:
            right = self._right(found, exact, expected, figure)
            place = f"，见{self._cells(figure)}" if figure and figure.cells else ""
            what = f"{rule.title.partition('＝')[0] if '＝' in rule.title else found.kind}写“{found.text}”"
            message = f"{what}，应为“{right}”{place}"
            self.note(rule, other, found.start, message, found.text, right)

    def _exact(self, figure: QuotedFigure, expected: Token) -> Decimal:
        sign = -1 if expected.value < 0 else 1  # of a change the direction is said in a word
        if figure.kind in {FigureKind.AMOUNT, FigureKind.CHANGE}:
            return sign * abs(figure.value) * size_of(figure, self.template)
        if figure.kind in {FigureKind.SHARE, FigureKind.RATE}:
            return sign * abs(figure.value) * 100
        return figure.value if figure.kind is FigureKind.NUMBER else expected.value

    def _right(self, found: Token, exact: Decimal, expected: Token, figure: QuotedFigure | None) -> str:
        if found.kind is Kind.MONEY:
            money = figure.money if figure and figure.money else self.template.form_money
            form = published(exact / self.template.moneys[money], self.template.form_decimals)
            return f"{amount(form)}{money}"
        return expected.text

    def _cells(self, figure: QuotedFigure | None) -> str:
        cells = figure.cells[:2] if figure else ()
        return "、".join(str(self.evidence.place(cell)) for cell in cells)

    def names(self, written: ComposedText, other: int) -> None:
        """Every name that we print must stand in theirs as often; reasons are the unit's own words."""
        before = self.template.phrases.before_reason
        ours, theirs = _facts(written.text, before), _facts(self.theirs[other].text, before)
        printed = {
            part.text for part in written.figures if part.kind is FigureKind.NAME and len(part.text) > 1
        }
        for name in sorted(printed | {name for name in self.vocabulary if name in ours}):
            self.looked[NAMES.id] += 1
            bare = "".join(name.split())
            if theirs.count(bare) < ours.count(bare):
                message = f"这一段应有“{name}”，没有找到（写法不同，或遗漏）"
                self.note(NAMES, other, 0, message, "", name)

    def own_name(self, written: ComposedText, other: int) -> None:
        """The unit's name in texts of its own: in full, or «our unit»; not shortened."""
        name = self.evidence.submission.unit.name
        ours, theirs = "".join(written.text.split()), "".join(self.theirs[other].text.split())
        bare = "".join(name.split())
        less = ours.count(bare) - theirs.count(bare)
        ourselves = len(_OURSELVES.findall(theirs)) - len(_OURSELVES.findall(ours))
        if bare and less > max(ourselves, 0):
            self.note(NAMES, other, 0, f"这一段应有“{name}”，没有找到（写法不同，或遗漏）", "", name)

    def omitted(
        self, written: ComposedText, ours: Sequence[Token], theirs: Sequence[Token], other: int
    ) -> None:
        """What is left of a paragraph: say how much of it is gone, and from where."""
        self.looked[OMITTED.id] += 1
        figures = [token for token in ours if token.kind in {Kind.MONEY, Kind.SHARE, Kind.COUNT}]
        left = [token for token in theirs if token.kind in {Kind.MONEY, Kind.SHARE, Kind.COUNT}]
        if len(left) >= len(figures):
            return
        message = (
            f"这一段不全：应有 {len(figures)} 个数，只有 {len(left)} 个；"
            f"工作簿写出的这一段以“{written.text[-_LAST_WORDS:]}”结尾"
        )
        self.note(OMITTED, other, 0, message, "", "")

    def support(self, others: Iterable[Token], other: int) -> None:
        """Amounts that stand in no place of ours should be known to the workbook."""
        for token in others:
            if token.kind is Kind.MONEY:
                self.looked[SUPPORT.id] += 1
                known = any(_rounded(value, token.step) == abs(token.value) for value in self.known)
                self.agreeing[known] += bool(token.value)
                if not known:
                    message = f"“{token.text}”在工作簿中没有找到出处"
                    self.note(SUPPORT, other, token.start, message, token.text, "")

    def left_out(
        self, written: ComposedText, ours: Iterable[Token], theirs: Iterable[Token], other: int
    ) -> None:
        """Amounts and shares that theirs lacks: the first is told, where the paragraph is otherwise right."""
        within = {address for _, address in self.theirs[other].parts}
        told = {finding.rule for finding in self.findings if finding.place.address in within}
        if told & {PLACEHOLDER.id, *(rule.id for rule in RULES.values())}:
            return
        there = list(theirs)
        for kind in (Kind.MONEY, Kind.SHARE):
            expected = [token for token in ours if token.kind is kind]
            left = [token for token in there if token.kind is kind]
            if len(left) >= len(expected):
                continue
            for token in expected:
                figure = next((part for part in written.figures if _covers(part, token)), None)
                exact = self._exact(figure, token) if figure else token.value
                same = next((each for each in left if _rounded(exact, each.step) == each.value), None)
                if same:
                    left.remove(same)
                    continue
                place = f"，见{self._cells(figure)}" if figure and figure.cells else ""
                message = f"这一段应有“{token.text}”，没有找到{place}"
                self.note(RULES[kind], other, 0, message, "", token.text)
                return

    # --------------------------------------------------------- by themselves

    def alone(self, other: int) -> None:
        """Look at a paragraph by itself: placeholders, broken sentences, doubled marks, impossible shares."""
        text = narrow(self.theirs[other].text)
        for word in self.template.placeholders:
            self.looked[PLACEHOLDER.id] += 1
            if word in text:
                self.note(PLACEHOLDER, other, text.index(word), f"留有“{word}”，没有填完", word, "")
        for token in tokens(text):
            if token.kind is Kind.WORD:
                self.looked[DIRECTION.id] += 1
                if token.twice:
                    message = f"“{token.text}”后面又是负数，方向写了两次，不知是增是减"
                    self.note(DIRECTION, other, token.start, message, token.text, "")
        for rule, pattern, words in (
            (DANGLING, _BROKEN, "句子不完整"),
            (MARKS, _DOUBLED, "标点连写"),
        ):
            self.looked[rule.id] += 1
            for found in pattern.finditer(text):
                self.note(rule, other, found.start(), f"{words}“{found[0]}”", found[0], "")
        for found in _NUMBERED.finditer(text):
            if "2、" not in text[found.end() :]:
                self.note(DANGLING, other, found.start(), "有编号“1、”，没有“2、”", "1、", "")
        for found in _PART_OF.finditer(text):
            self.looked[IMPOSSIBLE.id] += 1
            if Decimal(found[1].replace(",", "")) > 100:
                self.note(IMPOSSIBLE, other, found.start(), f"“{found[0]}”超过 100%", found[0], "")

    def style(self) -> None:
        """Amounts should be written alike throughout; the places that are not are told in one finding."""
        plain, styled = [], 0
        template = self.template
        moneys = {template.form_money, *template.moneys} - {template.entry_money}
        amount_in_text = re.compile(f"{_NUMBER}(?=(?:{'|'.join(map(re.escape, sorted(moneys)))}){_LIMIT})")
        for other, part in enumerate(self.theirs):
            for found in amount_in_text.finditer(narrow(part.text)) if moneys else ():
                self.looked[STYLE.id] += 1
                if _STYLED.fullmatch(found[1]):
                    styled += 1
                else:
                    plain.append((other, found.start(), found[1]))
        if plain and styled:
            other, start, text = plain[0]
            more = "、".join(f"“{words}”" for _, _, words in plain[:8])
            message = f"金额的写法前后不一：{styled} 处带千分位和两位小数，{len(plain)} 处不是（{more}）"
            self.note(STYLE, other, start, message, text, "")

    # --------------------------------------------------------------- results

    def note(self, rule: DocumentRule, other: int, start: int, what: str, found: str, expected: str) -> None:
        """Add a finding at a sentence."""
        part = self.theirs[other]
        place = Place("情况说明", _sentence(part.text, start), "", self.path.name, part.address(start))
        finding = self.evidence.finding(
            rule.id,
            rule.severity,
            None,
            f"{place}：{what}。请对照工作簿改正。",
            stored=found or None,
            expected=expected or None,
            place=place,
        )
        if finding not in self.findings:
            self.findings.append(finding)

    def in_order(self) -> tuple[Finding, ...]:
        """Return the findings by paragraph."""
        addresses = [address for part in self.theirs for _, address in part.parts]
        at = {address: number for number, address in enumerate(dict.fromkeys(addresses))}
        return tuple(sorted(self.findings, key=lambda finding: at.get(finding.place.address, 0)))

    def outcomes(self) -> Iterator[RuleOutcome]:
        """Yield how each rule went."""
        failed = {finding.rule for finding in self.findings}
        for rule in EVERY:
            looked = self.looked[rule.id]
            status = RuleStatus.FAILED if rule.id in failed else RuleStatus.PASSED
            if not looked:
                status = RuleStatus.NOT_APPLICABLE
            outcome = RuleOutcome(rule.id, rule.title, rule.severity, status, looked)
            if DOCUMENT.id in failed and rule is not DOCUMENT:
                reason = f"由 {DOCUMENT.id} 引起"
                outcome = replace(outcome, status=RuleStatus.NOT_RUN, instances=0, reason=reason)
            yield outcome


def _covers(figure: QuotedFigure, token: Token) -> bool:
    """Whether a token is (within) a figure; the direction word of a change is not its amount."""
    inside = figure.start <= token.start < figure.start + len(figure.text)
    return (
        inside
        and token.kind in {Kind.MONEY, Kind.SHARE, Kind.COUNT, Kind.WORD}
        and (figure.kind is not FigureKind.NAME)
    )


def _facts(text: str, before_reason: str) -> str:
    """Return a paragraph without blanks and without what the unit gives as reasons."""
    plain = "".join(text.split())
    return re.sub(f"{re.escape(before_reason)}[^。；]*", "", plain) if before_reason else plain


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def _sentence(text: str, start: int) -> str:
    """Return the sentence around a place, shortened."""
    begin = max((text.rfind(mark, 0, start) for mark in _SENTENCE_ENDS), default=-1) + 1
    stops = [at for mark in _SENTENCE_ENDS if (at := text.find(mark, start)) >= 0]
    sentence = text[begin : min(stops) + 1 if stops else len(text)].strip()
    if len(sentence) < 4:  # a stray mark: show what follows it
        sentence = text[begin:].strip()
    return sentence if len(sentence) <= _SHOWN else sentence[: _SHOWN - 1] + "…"
