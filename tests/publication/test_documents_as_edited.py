"""Documents as Word keeps them: tracked changes, controls, fields, boxes, footnotes, page breaks, signs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from support import wrapped_words as word

from xlbudget import WorkbookTemplate, read
from xlbudget.checking.evidence import Evidence
from xlbudget.cli import run
from xlbudget.model import RuleStatus, WorkbookReport
from xlbudget.publication.narrative import compose
from xlbudget.publication.proofreading import check_document
from xlbudget.publication.proofreading.tokens import Kind, tokens

AMOUNT = re.compile(r"(?<![\d,.])[\d,]*\d\.\d\d万元")


@pytest.fixture(scope="module")
def evidence(template: WorkbookTemplate, reference_workbook: Path) -> Evidence:
    return Evidence(template, read(reference_workbook, template))


@pytest.fixture(scope="module")
def lines(evidence: Evidence) -> list[str]:
    return [line for line in compose(evidence).text.splitlines() if line.strip()]


def found(report: WorkbookReport) -> list[tuple[str, str, str, object, object]]:
    return [
        (one.rule, one.severity.value, one.place.address, one.stored, one.expected) for one in report.findings
    ]


def plain(lines: Sequence[str]) -> list[str]:
    return [word.paragraph(word.run(line)) for line in lines]


def with_amount(line: str) -> tuple[str, str, str]:
    """Return a line before, at and after its first amount."""
    amount = AMOUNT.search(line)
    assert amount is not None
    return line[: amount.start()], amount[0], line[amount.end() :]


def other(amount: str) -> str:
    """Return an amount with another first digit."""
    return ("2" if amount[0] != "2" else "3") + amount[1:]


def stating(lines: Sequence[str]) -> list[int]:
    """Return the lines with an amount that stands in no other line: a slip in it is one finding there."""
    amounts = [AMOUNT.search(line) for line in lines]
    return [
        at
        for at, amount in enumerate(amounts)
        if amount is not None and len(lines[at]) > 60 and sum(amount[0] in line for line in lines) == 1
    ]


def test_text_is_text_whatever_wraps_it_and_what_is_struck_out_is_none(
    evidence: Evidence, lines: list[str], tmp_path: Path
) -> None:
    """Each kind of wrapping has a slip in it, each kind of what nobody reads another one."""
    body, expected, at = plain(lines), [], stating(lines)
    ways = [*word.WRAPPED, "box", "block control"]
    assert len(at) > 2
    said = []
    for number, way in enumerate(ways):
        line = at[number % len(at)]
        before, amount, after = with_amount(lines[line])
        gone = "".join(wrap("77,777.77万元") for wrap in word.NO_TEXT.values())
        if way in word.WRAPPED:
            inner = word.run(before) + gone + word.WRAPPED[way](other(amount)) + word.run(after)
            part = word.paragraph(inner)
        else:
            text = word.paragraph(word.run(before + other(amount) + after))
            part = word.in_box(text) if way == "box" else word.in_control(text)
        changed = [*body[:line], part, *body[line + 1 :]]
        path = word.document(tmp_path / f"{number}.docx", changed)
        place = line + 2 if way == "box" else line + 1  # the box stands in a paragraph of its own
        expected.append((way, [("N-金额", "explain", f"第{place}段", other(amount), amount)]))
        said.append((way, found(check_document(path, evidence))))
    assert said == expected


def test_unsettled_changes_and_comments_are_said_and_nothing_else(
    evidence: Evidence, lines: list[str], tmp_path: Path
) -> None:
    body = plain(lines)
    body[2] = word.paragraph(
        word.WRAPPED["inserted"](lines[2])
        + word.NO_TEXT["deleted"]("旧")
        + '<w:r><w:commentReference w:id="1"/></w:r>'
    )
    body[3] = word.paragraph(word.WRAPPED["moved"](lines[3]))
    report = check_document(word.document(tmp_path / "a.docx", body), evidence)
    assert found(report) == []
    assert report.remarks == (
        "文件里有没有接受的修订（插入 1 处、删除 1 处、移动 1 处），已按全部接受后的文字核对；"
        "请接受或拒绝全部修订后再公开。",
        "文件里有批注 1 条，没有核对；请删除批注后再公开。",
    )


def test_a_footnote_is_text(evidence: Evidence, lines: list[str], tmp_path: Path) -> None:
    notes = ["其中结转88,888.88万元。", "其中本年支出10,656.80万元。"]
    report = check_document(word.document(tmp_path / "a.docx", plain(lines), notes), evidence)
    assert found(report) == [("N-出处", "note", "脚注1", "88,888.88万元", None)]


@pytest.mark.parametrize("cut", ["sentence", "number", "struck-out end", "text file"])
def test_a_paragraph_that_a_page_cuts_is_one(
    evidence: Evidence, lines: list[str], tmp_path: Path, cut: str
) -> None:
    """After a sentence, within an amount, with its end struck out; in a text by page numbers."""
    line = max(range(len(lines)), key=lambda at: len(AMOUNT.findall(lines[at])))
    text = lines[line]
    ends = [at.end() for at in re.finditer("。|；", text)]
    amount = list(AMOUNT.finditer(text))[1]
    at = {"number": amount.end() - 4, "text file": amount.start()}.get(cut, ends[len(ends) // 2])
    first, second = text[:at], text[at:]
    if cut == "text file":
        path = tmp_path / "a.txt"
        parts = [*lines[:line], first, "", "— 12 —", "", second, *lines[line + 1 :]]
        path.write_text("\n".join(parts), encoding="utf-8")
    else:
        mark = f"<w:rPr><w:del {word.AUTHOR}/></w:rPr>" if cut == "struck-out end" else ""
        pieces = [
            word.paragraph(word.run(first), mark),
            word.paragraph('<w:r><w:br w:type="page"/></w:r>' + word.run(second)),
        ]
        path = word.document(tmp_path / "a.docx", [*plain(lines[:line]), *pieces, *plain(lines[line + 1 :])])
    assert found(check_document(path, evidence)) == []


def test_another_document_is_said_once(
    evidence: Evidence,
    lines: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    reference_workbook: Path,
) -> None:
    """Amounts, year and name of another unit: one finding, and no rule says that it looked."""
    text = AMOUNT.sub(lambda amount: other(amount[0]), "\n".join(lines))
    name = evidence.submission.unit.name
    text = text.replace(name, "某某中心").replace("2023", "2022")
    path = tmp_path / "说明.txt"
    path.write_text(text, encoding="utf-8")
    report = check_document(path, evidence)
    assert found(report) == [("N-文档", "blocking", "", None, None)]
    [finding] = report.findings
    assert (
        f"工作簿是“243001 {name}” 2023 年的；文档里没有出现这个单位的名称，文档写得最多的年份是 2022 年。"
        in (finding.message)
    )
    assert {outcome.status for outcome in report.outcomes if outcome.rule != "N-文档"} == {RuleStatus.NOT_RUN}
    assert run(["check", str(path), "--against", str(reference_workbook)]) == 1
    assert "文档和工作簿多半不是一套" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("结余－１，２３４．５６万元", ["-12345600.00"]),
        ("结余−1,234.56万元", ["-12345600.00"]),
        ("结余（1,234.56）万元", ["-12345600.00"]),
        ("结余△12.5万元", ["-125000.0"]),
        ("占１２．５０％", ["12.50"]),
        ("5万元-10万元", ["50000", "100000"]),
        ("2022-2023年", []),
        ("（1）个人", []),
        ("结转——12万元", ["120000"]),
    ],
)
def test_signs_and_wide_figures(text: str, figures: list[str]) -> None:
    numbers = [
        str(token.value) for token in tokens(text) if token.kind in {Kind.MONEY, Kind.SHARE, Kind.COUNT}
    ]
    assert numbers == figures


def test_a_direction_said_twice_and_signs_doubled_are_found(
    evidence: Evidence, lines: list[str], tmp_path: Path
) -> None:
    """«Fell by -2.62 %», «--», «%%»: the figures themselves are right."""
    text = "\n".join(lines)
    assert text.count("下降2.62%") >= 1
    at = next(number for number, line in enumerate(lines, 1) if "下降2.62%" in line)
    path = tmp_path / "说明.txt"
    path.write_text(text.replace("下降2.62%", "下降－２．６２％%", 1), encoding="utf-8")
    assert found(check_document(path, evidence)) == [
        ("N-正负", "explain", f"第{at}段", "下降", None),
        ("N-标点", "note", f"第{at}段", "%%", None),
    ]


def test_a_few_amounts_that_differ_are_told_one_by_one(
    evidence: Evidence, lines: list[str], tmp_path: Path
) -> None:
    """The document is still that of this workbook."""
    at = stating(lines)[:3]
    changed = [
        "".join((before, other(amount), after)) if number in at else line
        for number, line in enumerate(lines)
        for before, amount, after in [with_amount(line) if number in at else ("", "", "")]
    ]
    path = tmp_path / "说明.txt"
    path.write_text("\n".join(changed), encoding="utf-8")
    assert [one[0] for one in found(check_document(path, evidence))] == ["N-金额"] * len(at)
