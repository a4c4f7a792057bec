"""A document held against its workbook: the published narrative, spoiled and untouched ones."""

from __future__ import annotations

import sys
from pathlib import Path

import docx
import pytest

from xlbudget import WorkbookTemplate, check_document, read
from xlbudget.checking.evidence import Evidence
from xlbudget.cli import run
from xlbudget.model import RuleStatus
from xlbudget.publication.narrative import compose

PUBLISHED = Path(__file__).parents[1] / "fixtures" / "narrative_2023.txt"
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def text() -> str:
    return PUBLISHED.read_text(encoding="utf-8")


def found(document: Path, workbook: Path) -> list[tuple[str, str, object, object]]:
    report = check_document(document, workbook)
    for finding in report.findings:
        assert finding.message.endswith("。请对照工作簿改正。")
        assert finding.message.startswith("情况说明 · ")
        assert finding.place.address in finding.message
    return [(part.rule, part.place.address, part.stored, part.expected) for part in report.findings]


SLIPS = [
    ("N-断句", "第3段", "1、", None),  # numbering that leads nowhere
    ("N-断句", "第4段", "1、", None),
    ("N-断句", "第4段", "；", None),  # a stray mark
    ("N-写法", "第9段", "10656.8", None),  # separators here and not there
    ("N-标点", "第25段", "。。", None),
]
"""The slips of the published text that text and tables can show; nothing else is reported."""


def test_the_published_narrative_has_its_known_slips_and_no_other(
    reference_workbook: Path, text: str
) -> None:
    assert sorted(found(PUBLISHED, reference_workbook), key=str) == sorted(SLIPS, key=str)
    outcomes = {
        part.rule: part for part in check_document(PUBLISHED, reference_workbook).workbooks[0].outcomes
    }
    assert outcomes["N-金额"].status is RuleStatus.PASSED
    # every amount and share was looked at: held to ours, or (repeated in reasons) to the workbook's
    money = outcomes["N-金额"].instances + outcomes["N-出处"].instances
    assert (money, outcomes["N-比例"].instances) == (
        text.count("万\n元") + text.count("万元"),
        text.count("%"),
    )


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("本年收入6,673.43万元", "本年收入6,637.43万元", ("N-金额", "第3段", "6,637.43万元", "6,673.43万元")),
        (
            "比上年减少1508.11万元",
            "比上年减少1508.12万元",
            ("N-金额", "第15段", "1508.12万元", "1,508.11万元"),
        ),
        ("本年收入6,673.43万元", "本年收入", ("N-金额", "第3段", None, "6,673.43万元")),
        ("，占62.62%", "", ("N-比例", "第7段", None, "62.62%")),
        ("占62.62%", "占６２.２６％", ("N-比例", "第7段", "62.26%", "62.62%")),
        ("占62.62%", "占62.26%", ("N-比例", "第7段", "62.26%", "62.62%")),
        ("下降2.62%", "增长2.62%", ("N-增减", "第27段", "增长", "下降")),
        ("与2022年同口径预算相比", "与2021年同口径预算相比", ("N-年份", "第27段", "2021", "2022")),
        ("项目19个", "项目18个", ("N-数量", "第32段", "18个", "19个")),
        ("车辆27辆", "车辆28辆", ("N-数量", "第37段", "28辆", "27辆")),
        (
            "卫生健康支出112.32万元，占",
            "医疗卫生支出112.32万元，占",
            ("N-名称", "第17段", None, "卫生健康支出"),
        ),
        ("安全设施规划", "安全设施规划XX", ("N-占位", "第34段", "XX", None)),
        (
            "，主要原因是退休3人，人员减少，运行经费相应减少",
            "，主要原因是",
            ("N-断句", "第27段", "原因是。", None),
        ),
        ("占90.91%", "占190.91%", ("N-超百", "第17段", "占190.91%", None)),
        (
            "关于公布〈山西省公安厅交通管理局政府",
            "关于公布〈省公安厅交管局政府",
            ("N-名称", "第44段", None, "山西省公安厅交通管理局"),
        ),
        ("本年收入6,673.43万元", "本年收入6 637.43万元", ("N-金额", "第3段", "6 637.43万元", "6,673.43万元")),
        (
            "本年收入6,673.43万元",
            "本年收入6,637.43万元（不含财政专户0.00万元）",
            ("N-金额", "第3段", "6,637.43万元", "6,673.43万元"),
        ),
    ],
)
def test_a_slip_is_found_at_its_sentence(
    reference_workbook: Path, text: str, tmp_path: Path, old: str, new: str, finding: tuple[object, ...]
) -> None:
    assert text.count(old) >= 1
    path = tmp_path / "说明.txt"
    path.write_text(text.replace(old, new, 1), encoding="gb18030")
    others = {*found(path, reference_workbook)} - {*SLIPS}
    also = {("N-比例", "第17段", "190.91%", "90.91%")} if "190" in new else set()
    assert others - also == {finding}


def test_a_paragraph_that_was_mostly_deleted_is_found(
    reference_workbook: Path, text: str, tmp_path: Path
) -> None:
    lines = text.splitlines()
    assert "主要包括一般公共预算拨款收入6,673.43万元" in lines[6]
    lines[6] = "2023年度预算收入10,656.80万元，主要包括一般公共预算拨款收入6,673.43万元。"
    path = tmp_path / "说明.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    report = check_document(path, reference_workbook)
    [finding] = [part for part in report.findings if part.rule == "N-遗漏"]
    assert finding.place.address == "第7段"
    assert "这一段不全：应有 13 个数，只有 2 个；工作簿写出的这一段以“" in finding.message
    assert "3,983.37万元，占37.38%。”结尾" in finding.message
    assert {(part.rule, part.place.address) for part in report.findings} - {(s[0], s[1]) for s in SLIPS} == {
        ("N-遗漏", "第7段")
    }
    assert not [words for words in report.workbooks[0].remarks if "没有找到这些段落" in words]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("10,656.80万元", "1.07亿元"),
        ("10,656.80万元", "106,568,026.00元"),
        ("2,194.07万元", "2194.1万元"),
        ("10,656.80万元", "10 656.80万元"),
        ("10,656.80万元", "10\u2009656.80万元"),
        ("10,656.80万元", "10\u202f656.80 万元"),
        ("2023年度预算收入", "2023 年度 预算收入"),
        ("〈山西省公安厅交通管理局政府", "〈我局政府"),
    ],
)
def test_units_and_rounding_are_understood(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path, old: str, new: str
) -> None:
    evidence = Evidence(template, read(reference_workbook, template))
    composed = compose(evidence).text
    total = next(part for part in evidence.submission.entries["收入"] if part.row == 0).values
    exact = f"{total['本年收入'] + total['上年结转']:,.2f}元"  # type: ignore[operator]
    assert old in composed
    path = tmp_path / "说明.txt"
    path.write_text(composed.replace(old, exact if new.endswith("00元") else new), encoding="utf-8")
    assert [part for part in found(path, reference_workbook) if part[0] != "N-写法"] == []


def test_an_edited_word_document_is_read_back(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    composed = compose(Evidence(template, read(reference_workbook, template))).text
    document = docx.Document()
    for line in composed.replace("增长9.72%", "增长9.27%").splitlines():
        document.add_paragraph(line)
    path = tmp_path / "公开.docx"
    document.save(str(path))
    report = tmp_path / "问题.json"
    assert run(["check", str(path), "--against", str(reference_workbook), "-o", str(report)]) == 1
    told = capsys.readouterr().out
    assert told.count("比例写“9.27%”，应为“9.72%”") == 2
    assert "9.27%" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "公开.docx",
            b"PK\x03\x04 no package",
            "不是能读取的 Word 文档（.docx）；请用 Word 打开后另存为 .docx。",
        ),
        ("公开.doc", b"text", "不是 .docx、.txt 文件；请另存为其中一种。"),
        ("公开.txt", b"\xff\xfe\x00\xd8\xff\xff", "的文字编码无法识别；请另存为 UTF-8。"),
        ("没有.txt", None, "找不到文档"),
    ],
)
def test_what_is_no_document_is_refused_in_one_sentence(
    reference_workbook: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes | None,
    words: str,
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert run(["check", str(path), "--against", str(reference_workbook)]) == 2
    assert words in capsys.readouterr().err


def test_slips_of_invented_budgets_are_found_and_untouched_ones_raise_no_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share of the benchmark; its figures stand in its README."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    sys.modules.pop("narratives", None)
    import narratives

    template, submission = narratives.reference(tmp_path)
    made, seen, alarms, missed = narratives.measured(template, submission, tmp_path, 15, 5, seed=7)
    assert (made.total(), seen, missed, alarms) == (15, made, [], [])
