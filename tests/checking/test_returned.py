"""What comes back: each way to spoil a workbook is one finding at its cell, and nothing else is said.

Every case compares the whole report, finding by finding: rule, severity, sheet, address, stored
value, expected value, difference. Amounts typed over are the reference unit's (``录入2`` H6 is
3,000,000.00 元; ``公开表5`` D6 is 2,194.0698 万元).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from support import builders, hostile_files
from support.builders import BASIC, PROJECTS, REVENUE, YEAR_END, Row
from support.whole_actions import row_written

from xlbudget import Report, Roster, WorkbookTemplate, check, read_roster
from xlbudget.checking.mistakes.slips import likely_slip
from xlbudget.model import Cell, RuleStatus

ITEMS = "录入5 收入科目"
TOTAL = Cell("F5", 0, "基本支出")
Judge = Callable[..., Report]
Tell = Callable[[Report], None]


def money(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


@pytest.fixture(scope="session")
def reference(reference_workbook: Path) -> bytes:
    return reference_workbook.read_bytes()


def statuses(report: Report, rules: Sequence[str]) -> set[RuleStatus]:
    return {outcome.status for outcome in report.workbooks[0].outcomes if outcome.rule in rules}


# ── Amounts ──────────────────────────────────────────────────────────────────────────────────────

RULES_OVER_ALL = ["E-01", "F1-09", "F3-H", "X-16"]


@pytest.mark.returned(1, "录入2 一个金额写成文本“3,000,000.00”")
def test_a_number_typed_as_text_is_one_finding(reference: bytes, judged: Judge) -> None:
    report = judged(builders.typed(reference, PROJECTS, {"H6": "3,000,000.00"}))
    assert builders.rows_of(report) == [
        ("text_amount", "blocking", PROJECTS, "H6", "3,000,000.00", money("3000000"), None)
    ]
    assert report.workbooks[0].verdict == "不予接收"


@pytest.mark.returned(2, "金额带全角数字、不间断空格、“元”“¥”、多余的小数点")
def test_amounts_typed_as_text_are_read_where_only_one_amount_can_be_meant(
    reference: bytes, judged: Judge
) -> None:
    typed = {
        "H6": ("3000000", "3000000"),
        "H7": ("\u00a0405000 ", "405000"),
        "H8": ("３，４６０，０００．００", "3460000"),
        "H9": ("149700元", "149700"),
        "H10": ("¥1,389,400", "1389400"),
        "H11": ("1958600.", "1958600"),
    }
    report = judged(builders.typed(reference, PROJECTS, {at: text for at, (text, _) in typed.items()}))
    assert builders.rows_of(report) == [
        ("text_amount", "blocking", PROJECTS, at, text, money(amount), None)
        for at, (text, amount) in typed.items()
    ]
    assert statuses(report, RULES_OVER_ALL) == {RuleStatus.PASSED}


@pytest.mark.returned(2, "金额写“12万”“待定”，数字分节错误，错误值")
def test_what_cannot_be_read_as_an_amount_is_found_and_its_rules_do_not_run(
    reference: bytes, judged: Judge
) -> None:
    typed: dict[str, float | str | None] = {"H6": "12万", "H7": "待定", "H8": "=1+1", "H9": "１４，９７００"}
    workbook = builders.typed(reference, PROJECTS, typed)
    stored = {"H10": ("e", "#REF!"), "H11": ("e", "#N/A"), "H12": ("n", "1e999"), "H13": ("n", "abc")}
    for address, (kind, value) in stored.items():
        workbook = builders.stored_as(workbook, PROJECTS, address, kind=kind, value=value)
    report = judged(workbook)
    contents = typed | {address: value for address, (_, value) in stored.items()}
    assert builders.rows_of(report) == [
        ("unreadable_amount", "blocking", PROJECTS, address, content, None, None)
        for address, content in contents.items()
    ]
    assert statuses(report, RULES_OVER_ALL) == {RuleStatus.NOT_RUN}
    reasons = {outcome.reason for outcome in report.workbooks[0].outcomes if outcome.rule in RULES_OVER_ALL}
    assert reasons == {"依赖的录入内容无法读取，改正后再核对"}


@pytest.mark.returned(21, "金额单元格是 #REF!")
def test_one_error_value_is_one_finding(reference: bytes, judged: Judge) -> None:
    report = judged(builders.stored_as(reference, PROJECTS, "H6", kind="e", value="#REF!"))
    assert builders.rows_of(report) == [
        ("unreadable_amount", "blocking", PROJECTS, "H6", "#REF!", None, None)
    ]


@pytest.mark.returned(1, "文本金额被 Excel 漏在合计之外，其余结果都随之重算")
def test_an_amount_as_text_that_excel_left_out_of_its_sums_is_still_one_finding(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    without = builders.recalculated(builders.typed(reference, PROJECTS, {"H6": None}), template)
    report = judged(builders.typed(without, PROJECTS, {"H6": "3000000"}))
    assert builders.rows_of(report) == [
        ("text_amount", "blocking", PROJECTS, "H6", "3000000", money("3000000"), None)
    ]


@pytest.mark.returned(2, "没有金额处写“—”“无”“-”“/”")
def test_signs_for_nothing_are_notes(reference: bytes, judged: Judge) -> None:
    signs: dict[str, float | str | None] = {"H17": "—", "H20": "无", "H21": "-", "H22": "/", "H23": "——"}
    report = judged(builders.typed(reference, PROJECTS, signs))
    assert builders.rows_of(report) == [
        ("text_amount", "note", PROJECTS, address, sign, "", None) for address, sign in signs.items()
    ]
    assert report.workbooks[0].verdict == "可接收"
    assert statuses(report, RULES_OVER_ALL) == {RuleStatus.PASSED}


@pytest.mark.returned(21, "一个项目写成负数，收入同减，处处相符")
def test_a_negative_amount_is_found_even_when_everything_adds_up(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.typed(reference, PROJECTS, {"H8": -3460000.0})
    workbook = builders.typed(workbook, REVENUE, {"B5": 59814298.0})
    assert builders.rows_of(judged(builders.recalculated(workbook, template))) == [
        ("implausible_amount", "blocking", PROJECTS, "H8", money("-3460000"), None, None)
    ]


def test_an_amount_beyond_reason_is_one_finding(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.typed(reference, PROJECTS, {"H6": 100_000_000_000.0})
    workbook = builders.typed(workbook, REVENUE, {"B5": 100_063_734_298.0})
    rows = builders.rows_of(judged(builders.recalculated(workbook, template)))
    assert rows[0] == (
        "implausible_amount",
        "blocking",
        PROJECTS,
        "H6",
        money("100000000000"),
        None,
        None,
    )
    assert [row[:4] for row in rows[1:]] == [("implausible_amount", "blocking", REVENUE, "B5")]


@pytest.mark.returned(21, "金额 1E+308")
def test_an_astronomic_amount_is_one_finding(reference: bytes, judged: Judge) -> None:
    report = judged(builders.typed(reference, PROJECTS, {"H6": 1e308}))
    assert builders.rows_of(report) == [
        ("implausible_amount", "blocking", PROJECTS, "H6", Decimal("1e308"), None, None)
    ]


@pytest.mark.returned(21, "金额 3000000.125 元")
def test_three_decimals_of_a_yuan_are_one_finding(reference: bytes, judged: Judge) -> None:
    report = judged(builders.typed(reference, PROJECTS, {"H6": 3000000.125}))
    assert builders.rows_of(report) == [
        ("implausible_amount", "blocking", PROJECTS, "H6", money("3000000.125"), None, None)
    ]


def test_the_noise_of_floating_point_is_no_third_decimal(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.typed(reference, PROJECTS, {"H8": 3460000.1 + 0.2})
    workbook = builders.typed(workbook, REVENUE, {"B5": 66734298.3})
    assert builders.rows_of(judged(builders.recalculated(workbook, template))) == []


@pytest.mark.returned(5, "录入单元格里是公式 =1+1")
def test_a_formula_in_an_entry_cell_counts_with_its_stored_result(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.stored_as(reference, PROJECTS, "H8", kind="n", value="2", formula="1+1")
    workbook = builders.typed(workbook, REVENUE, {"B5": 66734298.0 - 3459998})
    report = judged(builders.recalculated(workbook, template))
    assert builders.rows_of(report) == [("entry_formula", "note", PROJECTS, "H8", "=1+1", Decimal(2), None)]


def test_a_formula_in_an_entry_cell_without_stored_result_is_unreadable(
    reference: bytes, judged: Judge
) -> None:
    report = judged(builders.stored_as(reference, PROJECTS, "H6", kind="n", value=None, formula="1+1"))
    [row] = builders.rows_of(report)
    assert row[:4] == ("unreadable_amount", "blocking", PROJECTS, "H6")
    assert statuses(report, ["E-01"]) == {RuleStatus.NOT_RUN}


# ── Codes and names ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.returned(3, "功能科目存成数字 2040220、2040220.0，带空格、全角")
def test_codes_written_otherwise_are_restored_and_found(reference: bytes, judged: Judge) -> None:
    written = {
        "E6": ("n", "2040220", "2040220"),
        "E7": ("n", "2040220.0", "2040220"),
        "E8": ("str", " 2040 202", "2040202"),
        "E9": ("str", "2040202\u00a0", "2040202"),
        "E10": ("str", "２０４０２０２", "2040202"),
    }
    workbook = reference
    for address, (kind, stored, _) in written.items():
        workbook = builders.stored_as(workbook, PROJECTS, address, kind=kind, value=stored)
    report = judged(workbook)
    assert builders.rows_of(report) == [
        ("malformed_code", "blocking", PROJECTS, address, stored, code, None)
        for address, (_, stored, code) in written.items()
    ]
    assert statuses(report, ["E-03", "F3-H"]) == {RuleStatus.PASSED}


def test_what_can_be_no_code_is_found_and_its_rules_do_not_run(reference: bytes, judged: Judge) -> None:
    written = {"E6": ("n", "2040220.5"), "E7": ("e", "#N/A"), "E8": ("str", "＝＝")}
    workbook = reference
    for address, (kind, stored) in written.items():
        workbook = builders.stored_as(workbook, PROJECTS, address, kind=kind, value=stored)
    report = judged(workbook)
    assert builders.rows_of(report) == [
        ("malformed_code", "blocking", PROJECTS, address, stored, None, None)
        for address, (_, stored) in written.items()
    ]
    assert statuses(report, ["E-03", "F3-H"]) == {RuleStatus.NOT_RUN}


@pytest.mark.parametrize("address", ["D6", "E6"])
def test_a_text_stored_as_a_number_stops_nothing(reference: bytes, judged: Judge, address: str) -> None:
    report = judged(builders.stored_as(reference, PROJECTS, address, kind="n", value="abc"))
    assert len(report.workbooks) == 1


def test_an_unknown_code_names_the_nearest_and_its_rules_do_not_run(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.typed(reference, PROJECTS, {"E6": "2040229"})
    for variant in (workbook, builders.recalculated(workbook, template)):
        report = judged(variant)
        assert builders.rows_of(report) == [
            ("unknown_code", "blocking", PROJECTS, "E6", "2040229", "2040299", None)
        ]
        assert "最接近的是“2040299 其他公安支出”" in report.findings[0].message
        assert statuses(report, ["E-03", "F3-H"]) == {RuleStatus.NOT_RUN}


def test_codes_of_a_higher_level_and_choices_off_the_list_are_found(reference: bytes, judged: Judge) -> None:
    report = judged(builders.typed(reference, PROJECTS, {"E6": "20402", "G7": "公车运行维护费"}))
    assert builders.rows_of(report) == [
        ("unknown_code", "blocking", PROJECTS, "E6", "20402", None, None),
        ("unknown_code", "blocking", PROJECTS, "G7", "公车运行维护费", "公务用车运行维护费", None),
    ]
    level = "“20402”的级次是“款”，这一栏要填级次为“项”的编码，如 2040201 行政运行、2040202 一般行政管理事务"
    assert level in report.findings[0].message


def test_a_missing_name_is_one_finding(template: WorkbookTemplate, reference: bytes, judged: Judge) -> None:
    workbook = builders.recalculated(builders.typed(reference, PROJECTS, {"D6": None}), template)
    assert builders.rows_of(judged(workbook)) == [
        ("missing_entry", "blocking", PROJECTS, "D6", None, None, None)
    ]


def test_a_missing_code_is_one_finding(template: WorkbookTemplate, reference: bytes, judged: Judge) -> None:
    workbook = builders.typed(reference, BASIC, {"C6": None, "E7": None})
    workbook = builders.typed(workbook, PROJECTS, {"C6": None, "E7": None})
    assert builders.rows_of(judged(builders.recalculated(workbook, template))) == [
        ("missing_entry", "blocking", sheet, address, None, None, None)
        for sheet in (BASIC, PROJECTS)
        for address in ("C6", "E7")
    ]


def test_a_name_that_is_a_number_is_read_as_text(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.stored_as(reference, PROJECTS, "D29", kind="n", value="2023")
    assert builders.rows_of(judged(builders.recalculated(workbook, template))) == []


@pytest.mark.returned(18, "同一项目编码两行，名称不同")
def test_two_names_for_one_project_are_found_at_the_second(
    template: WorkbookTemplate, units: dict[str, bytes], judged: Judge
) -> None:
    workbook = builders.recalculated(builders.typed(units["103"], PROJECTS, {"D9": "机房大修"}), template)
    assert builders.rows_of(judged(workbook)) == [
        ("conflicting_names", "explain", PROJECTS, "D9", "机房大修", "数据中心机房改造", None)
    ]


@pytest.mark.returned(18, "两个项目同名，编码不同（未重新计算）")
def test_two_projects_may_share_a_name(units: dict[str, bytes], judged: Judge) -> None:
    workbook = builders.typed(units["101"], PROJECTS, {"D7": "重点工作调研与课题经费"})
    report = judged(workbook)
    assert [row for row in builders.rows_of(report) if row[0] != "stale_value"] == []


# ── Formulas and stored results ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("recalculated", [False, True], ids=["results as they were", "results follow"])
def test_a_formula_overwritten_with_10000_yuan_more_is_one_finding(
    template: WorkbookTemplate, reference: bytes, judged: Judge, recalculated: bool
) -> None:
    workbook = builders.typed(reference, "公开表5", {"D6": 2195.0698})
    if recalculated:
        workbook = builders.recalculated(workbook, template, {TOTAL: 2195.0698})
    report = judged(workbook)
    assert builders.rows_of(report) == [
        ("changed_formula", "blocking", "公开表5", "D6", money("2195.0698"), money("2194.0698"), Decimal(1))
    ]
    assert report.findings[0].money == "万元"
    assert "相差 1.00 万元" in report.findings[0].message


def test_results_that_follow_an_overwritten_formula_really_differ(
    template: WorkbookTemplate, reference: bytes
) -> None:
    plain = builders.typed(reference, "公开表5", {"D6": 2195.0698})
    follow = builders.recalculated(plain, template, {TOTAL: 2195.0698})
    assert builders.result_of(plain, "公开表5", "C6") == "6673.4297999999999"
    assert builders.result_of(follow, "公开表5", "C6") == "6674.4298"
    assert builders.result_of(plain, "封面", "C15") == "全部相符，可以报送"
    assert builders.result_of(follow, "封面", "C15") == "有必须相符的项目不符，请按“校验表”改正后再报送"


@pytest.mark.parametrize(
    ("address", "value", "ours"),
    [("B36", 6680.0, "6673.4298"), ("D36", 10657.0, "10656.7998"), ("F38", 0.0, "3983.37")],
)
def test_a_total_typed_by_hand_is_found_at_the_total(
    reference: bytes, judged: Judge, address: str, value: float, ours: str
) -> None:
    stored = Decimal(repr(value))
    assert builders.rows_of(judged(builders.typed(reference, "公开表1", {address: value}))) == [
        ("changed_formula", "blocking", "公开表1", address, stored, money(ours), stored - money(ours))
    ]


@pytest.mark.returned(5, "公开表5 一格公式被正确的数值盖住")
def test_a_formula_overwritten_with_the_right_value_wants_an_explanation(
    reference: bytes, judged: Judge
) -> None:
    report = judged(builders.typed(reference, "公开表5", {"D6": 2194.0698}))
    same = money("2194.0698")
    assert builders.rows_of(report) == [
        ("changed_formula", "explain", "公开表5", "D6", same, same, Decimal(0))
    ]
    assert report.workbooks[0].verdict == "待说明"


@pytest.mark.returned(5, "公开表5 一格公式改成 =2194.0698+1")
def test_a_formula_rewritten_is_found_by_what_it_gives(reference: bytes, judged: Judge) -> None:
    workbook = builders.other_formula(reference, "公开表5", "D6", "2194.0698+1", 2195.0698)
    report = judged(workbook)
    assert builders.rows_of(report) == [
        ("changed_formula", "blocking", "公开表5", "D6", money("2195.0698"), money("2194.0698"), Decimal(1))
    ]
    assert "公式被改写" in report.findings[0].message


def test_a_formula_emptied_is_found(reference: bytes, judged: Judge) -> None:
    assert builders.rows_of(judged(builders.typed(reference, "公开表5", {"D6": None}))) == [
        ("changed_formula", "blocking", "公开表5", "D6", None, money("2194.0698"), None)
    ]


@pytest.mark.returned(5, "公开表3 一列连续 40 格被数值 0 盖住")
def test_forty_cells_pasted_over_are_one_finding(reference: bytes, judged: Judge) -> None:
    pasted = {f"D{row}": 0.0 for row in range(7, 47)}
    report = judged(builders.typed(reference, "公开表3", pasted))
    ours = money("1587.4198")
    assert builders.rows_of(report) == [
        ("changed_formula", "blocking", "公开表3", "D7", Decimal(0), ours, -ours)
    ]
    assert "同列连续 40 格都被覆盖" in report.findings[0].message


def test_forty_cells_pasted_over_block_when_any_of_them_is_wrong(reference: bytes, judged: Judge) -> None:
    pasted = {f"D{row}": 0.0 for row in range(30, 70)} | {"D31": 5.0}
    [row] = builders.rows_of(judged(builders.typed(reference, "公开表3", pasted)))
    assert row[:3] == ("changed_formula", "blocking", "公开表3")


def test_three_cells_pasted_over_are_three_findings(reference: bytes, judged: Judge) -> None:
    pasted = {f"D{row}": 0.0 for row in range(30, 33)}
    assert builders.rows_of(judged(builders.typed(reference, "公开表3", pasted))) == [
        ("changed_formula", "explain", "公开表3", f"D{row}", Decimal(0), Decimal(0), Decimal(0))
        for row in range(30, 33)
    ]


@pytest.mark.returned(13, "公开表5 一格保存的结果过期")
def test_a_result_that_is_not_what_the_formula_gives_is_stale(reference: bytes, judged: Judge) -> None:
    report = judged(builders.other_result(reference, "公开表5", "D6", 2190.0))
    assert builders.rows_of(report) == [
        ("stale_value", "explain", "公开表5", "D6", Decimal(2190), money("2194.0698"), money("-4.0698"))
    ]


def test_the_noise_of_floating_point_is_no_stale_result(reference: bytes, judged: Judge) -> None:
    workbook = builders.other_result(reference, "公开表5", "D6", 2194.0698000000002 + 1e-12)
    assert builders.rows_of(judged(workbook)) == []


def test_a_workbook_saved_without_recalculation_is_one_finding(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.typed(reference, PROJECTS, {"H8": 3470000.0})
    workbook = builders.typed(workbook, REVENUE, {"B5": 66744298.0})
    assert builders.rows_of(judged(builders.recalculated(workbook, template))) == []
    rows = builders.rows_of(judged(workbook))
    assert [row[:2] for row in rows] == [("stale_value", "explain")]


def test_stale_results_of_hidden_helper_sheets_are_named_in_the_right_money(
    reference: bytes, judged: Judge
) -> None:
    """Where a result that people see is out of order; by itself one on a hidden sheet makes no difference."""
    hidden = builders.other_result(reference, "计算4", "A62", 1.0)
    assert builders.rows_of(judged(hidden)) == []
    report = judged(builders.other_result(hidden, "公开表5", "D6", 2190.0))
    assert builders.rows_of(report) == [
        ("stale_value", "explain", "计算4", "A62", Decimal(1), money("60667798"), money("-60667797")),
        ("stale_value", "explain", "公开表5", "D6", Decimal(2190), money("2194.0698"), money("-4.0698")),
    ]
    assert [finding.money for finding in report.findings] == ["元", "万元"]


# ── Revenue and expenditure ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("unit", "sheet", "cell", "value", "finding", "followers"),
    [
        pytest.param(
            "243001",
            REVENUE,
            "B5",
            66744298.0,
            ("E-01", "blocking", REVENUE, "B5", money("6674.4298"), money("6673.4298"), Decimal(1)),
            ("F1-09", "F1-10", "F4-08", "X-01"),
            id="this year's revenue",
        ),
        pytest.param(
            "243001",
            REVENUE,
            "C5",
            39843700.0,
            ("E-02", "blocking", REVENUE, "C5", money("3984.37"), money("3983.37"), Decimal(1)),
            ("F1-09", "F1-11", "F4-08", "X-02", "X-17"),
            id="carry-over",
        ),
        pytest.param(
            "102",
            ITEMS,
            "F6",
            1600000.0,
            ("F7-02", "blocking", "公开表7", "C6", Decimal(160), Decimal(150), Decimal(10)),
            (),
            id="items of the government fund",
        ),
        pytest.param(
            "103",
            YEAR_END,
            "I6",
            85000.0,
            ("E-01", "blocking", REVENUE, "B9", Decimal(120), Decimal(121), Decimal(-1)),
            ("F1-09", "F1-10", "X-01"),
            id="year-end carry-over",
        ),
    ],
)
def test_revenue_that_does_not_match_expenditure_is_one_finding_with_its_consequences(
    template: WorkbookTemplate,
    reference: bytes,
    units: dict[str, bytes],
    judged: Judge,
    unit: str,
    sheet: str,
    cell: str,
    value: float,
    finding: Row,
    followers: tuple[str, ...],
) -> None:
    source = {"243001": reference, **units}[unit]
    report = judged(builders.recalculated(builders.typed(source, sheet, {cell: value}), template))
    assert builders.rows_of(report) == [finding]
    failed = [
        outcome.rule
        for outcome in report.workbooks[0].outcomes
        if outcome.status is RuleStatus.FAILED and outcome.rule != finding[0]
    ]
    assert failed == list(followers)
    if followers:
        assert f"（{'、'.join(followers)} 因此也不符）" in report.findings[0].message


@pytest.mark.parametrize(
    ("stored", "expected", "words"),
    [
        pytest.param(
            "0.667343",
            "6673.4298",
            "疑把元写成万元（差 10,000 倍）",
        ),
        ("667.343", "0.0667343", "疑把万元写成元（差 10,000 倍）"),
        ("6637.4298", "6673.4298", "疑相邻两位数字写颠倒"),
        ("667.34298", "6673.4298", "疑小数点错一位或少写一位"),
        ("-12.5", "12.5", "疑正负号相反"),
        ("6673.42", "66673.42", "疑漏写一位数字"),
        ("1", "2", ""),
        ("0", "2", ""),
    ],
)
def test_the_likely_cause_of_a_difference_is_told(stored: str, expected: str, words: str) -> None:
    assert likely_slip(Decimal(stored), Decimal(expected)) == words


@pytest.mark.returned(16, "录入3 一般公共预算收入两位数字颠倒，支出未动")
def test_a_transposed_digit_is_named_in_the_message(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.recalculated(builders.typed(reference, REVENUE, {"B5": 66374298.0}), template)
    report = judged(workbook)
    assert [row[:4] for row in builders.rows_of(report)] == [("E-01", "blocking", REVENUE, "B5")]
    assert "疑相邻两位数字写颠倒" in report.findings[0].message


# ── Sheets, rows and what else a file can hold ───────────────────────────────────────────────────


@pytest.mark.returned(10, "录入2 隐藏了一行有金额的行")
def test_a_hidden_row_with_entries_is_a_note_and_one_without_is_nothing(
    reference: bytes, judged: Judge
) -> None:
    assert builders.rows_of(judged(builders.hidden_row(reference, PROJECTS, 8))) == [
        ("hidden_entries", "note", PROJECTS, "C8", None, None, None)
    ]
    assert builders.rows_of(judged(builders.hidden_row(reference, PROJECTS, 50))) == []


@pytest.mark.parametrize(("state", "words"), [("visible", "“草稿”"), ("hidden", "“草稿”（隐藏）")])
def test_a_sheet_of_the_units_own_is_listed_and_not_read(
    reference: bytes, judged: Judge, state: str, words: str
) -> None:
    report = judged(builders.with_sheet(reference, "草稿", {"A1": 1.0}, state=state))
    assert builders.rows_of(report) == []
    assert report.workbooks[0].remarks == (f"单位自加的工作表未读取：{words}。",)


@pytest.mark.parametrize(("old", "new"), [(PROJECTS, "项目（改）"), ("公开表5", "公开表5 ")])
def test_a_renamed_sheet_is_found_by_its_stamp(reference: bytes, judged: Judge, old: str, new: str) -> None:
    report = judged(builders.renamed_sheet(reference, old, new))
    assert builders.rows_of(report) == []
    assert report.workbooks[0].remarks == (f"工作表“{old}”被改名为“{new}”，已按原表读取。",)


def test_a_finding_on_a_renamed_sheet_says_the_name_in_the_file(reference: bytes, judged: Judge) -> None:
    workbook = builders.typed(reference, "公开表5", {"D6": 2195.0698})
    report = judged(builders.renamed_sheet(workbook, "公开表5", "表五"))
    assert [row[:4] for row in builders.rows_of(report)] == [("changed_formula", "blocking", "表五", "D6")]


@pytest.mark.parametrize("sheet", [BASIC, "公开表5", "计算4"])
def test_a_deleted_sheet_is_one_finding(reference: bytes, judged: Judge, sheet: str) -> None:
    report = judged(builders.without_sheet(reference, sheet))
    assert builders.rows_of(report) == [("moved_cells", "blocking", sheet, "", None, None, None)]


@pytest.mark.returned(11, "删去公开表5，另加自己的表")
def test_a_sheet_of_the_units_own_does_not_pass_for_a_deleted_one(reference: bytes, judged: Judge) -> None:
    workbook = builders.without_sheet(reference, "公开表5")
    report = judged(builders.with_sheet(workbook, "我的表", {"A1": 1.0}))
    assert builders.rows_of(report) == [("moved_cells", "blocking", "公开表5", "", None, None, None)]
    assert report.workbooks[0].remarks == ("单位自加的工作表未读取：“我的表”。",)


@pytest.mark.returned(11, "自加的表放到最前，公开表5 的标签改名")
def test_a_tab_renamed_behind_a_sheet_of_the_units_own_is_known_by_its_title(
    reference: bytes, judged: Judge
) -> None:
    workbook = builders.moved_to_front(builders.with_sheet(reference, "我的表", {"A1": 1.0}), "我的表")
    report = judged(builders.renamed_tab(workbook, "公开表5", "五"))
    assert builders.rows_of(report) == []
    assert report.workbooks[0].remarks == (
        "工作表“公开表5”被改名为“五”，已按原表读取。",
        "单位自加的工作表未读取：“我的表”。",
    )


@pytest.mark.returned(11, "公开表5 改名，另有一张标题相同的抄件")
def test_of_two_sheets_with_the_title_of_a_renamed_one_none_is_taken(
    reference: bytes, judged: Judge, template: WorkbookTemplate
) -> None:
    form = next(form for form in template.forms if form.sheet == "公开表5")
    workbook = builders.with_sheet(reference, "抄件", {"A2": form.title})
    report = judged(builders.renamed_tab(workbook, "公开表5", "五"))
    assert builders.rows_of(report) == [("moved_cells", "blocking", "公开表5", "", None, None, None)]


@pytest.mark.returned(6, "录入2 第 8 行前插入一行")
def test_a_row_inserted_into_a_ledger_is_a_note_while_all_results_follow(
    reference: bytes, judged: Judge
) -> None:
    report = judged(builders.row_inserted(reference, PROJECTS, 8))
    assert builders.rows_of(report) == [("moved_cells", "note", PROJECTS, "A8", None, None, None)]
    assert report.workbooks[0].verdict == "可接收"


def test_what_is_typed_into_an_inserted_row_is_read_and_the_formulas_that_miss_it_are_told(
    reference: bytes, judged: Judge
) -> None:
    """The forms know nothing of the new row: its amount is in none of them, revenue does not cover it."""
    workbook = builders.row_inserted(reference, PROJECTS, 8)
    cells: dict[str, float | str] = {"C": "XM900", "D": "新增项目", "E": "2040220", "H": 250000.0}
    report = judged(row_written(workbook, PROJECTS, 8, cells))
    assert [row[:4] for row in builders.rows_of(report)] == [
        ("moved_cells", "blocking", PROJECTS, "A8"),
        ("E-01", "blocking", REVENUE, "B5"),
    ]
    assert "公式没有跟上" in report.findings[0].message


@pytest.mark.returned(13, "存成 .xlsm，带宏和外部链接")
def test_macros_and_external_links_want_an_explanation(reference: bytes, judged: Judge) -> None:
    report = judged(builders.with_macros(builders.with_external_link(reference)), "报送.xlsm")
    assert builders.rows_of(report) == [
        ("active_content", "explain", "", "", "宏", None, None),
        ("active_content", "explain", "", "", "外部链接", None, None),
    ]


@pytest.mark.returned(4, "项目名称写成 =HYPERLINK(…)")
def test_text_that_looks_like_a_formula_stays_text(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.typed(reference, PROJECTS, {"D6": '=HYPERLINK("http://x","点我")'})
    assert builders.rows_of(judged(builders.recalculated(workbook, template))) == []


# ── Whose file, which template ───────────────────────────────────────────────────────────────────


@pytest.mark.returned(8, "用上年的模板填报")
def test_last_years_template_is_one_finding_and_nothing_else_runs(
    template: WorkbookTemplate, demo_data: Path, judged: Judge
) -> None:
    unit = read_roster(demo_data / "reference_unit.csv", template).units[0]
    report = judged(builders.of_last_year(template, unit, demo_data / "reference"))
    assert builders.rows_of(report) == [("wrong_template", "blocking", "", "", "2022", "2023", None)]
    assert report.workbooks[0].outcomes == ()
    assert report.workbooks[0].unit == unit


@pytest.mark.returned(8, "用同名模板的另一版本填报")
def test_another_version_of_the_template_is_refused(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.with_stamp(reference, lambda stamp: stamp.replace(template.digest, "0" * 64))
    assert builders.rows_of(judged(workbook)) == [
        ("wrong_template", "blocking", "", "", "0" * 12, template.digest[:12], None)
    ]


@pytest.mark.returned(8, "文件名是 102，内容是 103 的")
def test_a_file_named_after_another_unit_is_found(
    units: dict[str, bytes], roster: Roster, judged: Judge
) -> None:
    report = judged(units["103"], "102_示范厅执法监督局_填报.xlsx", roster)
    assert builders.rows_of(report) == [("misnamed_file", "blocking", "", "", "102", "103", None)]
    assert [unit.code for unit in report.missing] == ["101", "102"]


@pytest.mark.parametrize(
    ("address", "typed", "issued"),
    [("C9", "102", "103"), ("C10", "示范厅执法监督局", "示范厅信息中心")],
)
def test_a_cover_typed_over_is_found(
    template: WorkbookTemplate,
    units: dict[str, bytes],
    roster: Roster,
    judged: Judge,
    address: str,
    typed: str,
    issued: str,
) -> None:
    workbook = builders.recalculated(builders.typed(units["103"], "封面", {address: typed}), template)
    rows = builders.rows_of(judged(workbook, "103_填报.xlsx", roster))
    assert rows == [("wrong_unit", "blocking", "封面", address, typed, issued, None)]


def test_a_cover_emptied_is_one_finding(
    template: WorkbookTemplate, units: dict[str, bytes], judged: Judge
) -> None:
    workbook = builders.recalculated(builders.typed(units["103"], "封面", {"C9": None}), template)
    [row] = builders.rows_of(judged(workbook))
    assert row[1:4] == ("blocking", "封面", "C9")


@pytest.mark.returned(8, "别的部门的单位，不在名册中")
def test_a_unit_that_is_not_on_the_roster_is_one_finding(
    reference: bytes, roster: Roster, judged: Judge
) -> None:
    report = judged(reference, "243001_填报.xlsx", roster)
    assert builders.rows_of(report) == [("unknown_unit", "blocking", "", "", "243001", None, None)]
    assert [unit.code for unit in report.missing] == ["101", "102", "103"]
    assert report.workbooks[0].outcomes == ()


@pytest.mark.returned(19, "同一单位报了两个文件")
def test_the_same_unit_twice_is_reported_beside_both_files(
    template: WorkbookTemplate, units: dict[str, bytes], tell: Tell, tmp_path: Path
) -> None:
    twice = {"101_一.xlsx": units["101"], "101_二.xlsx": builders.other_bytes(units["101"])}
    files = [builders.returned(tmp_path, name, content) for name, content in twice.items()]
    report = check(files, template)
    tell(report)
    assert builders.rows_of(report) == [("duplicate_return", "blocking", "", "", None, None, None)]
    [finding] = report.collective
    assert finding.unit == "101"
    assert "“101_一.xlsx”、“101_二.xlsx”" in finding.message
    assert [workbook.verdict for workbook in report.workbooks] == ["可接收", "可接收"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            '"项目支出": 60',
            '"项目支出": -1',
            id="negative capacity",
        ),
        pytest.param(
            '"项目支出": 60',
            '"项目支出": 99999999',
            id="enormous capacity",
        ),
        pytest.param(
            '"项目支出": 60',
            '"项目支出": Infinity',
            id="infinite capacity",
        ),
        pytest.param(
            '"项目支出": 60',
            '"没有": 3',
            id="capacity of nothing",
        ),
        pytest.param('"template_id": "', '"template_id": ["x"], "x": "', id="unknown attribute"),
        pytest.param(
            '"code": "243001"',
            '"code": 243001',
            id="unit code as number",
        ),
        pytest.param(
            '"code": "243001"',
            '"code": null',
            id="unit code as nothing",
        ),
    ],
)
def test_a_stamp_that_was_tampered_with_is_one_finding(
    reference: bytes, judged: Judge, old: str, new: str
) -> None:
    report = judged(builders.with_stamp(reference, lambda stamp: stamp.replace(old, new)))
    [row] = builders.rows_of(report)
    assert row[0] in {"foreign_workbook", "wrong_template", "unreadable_workbook"}
    assert report.workbooks[0].outcomes == ()


def test_a_digest_that_is_no_text_is_one_finding(
    template: WorkbookTemplate, reference: bytes, judged: Judge
) -> None:
    workbook = builders.with_stamp(reference, lambda stamp: stamp.replace(f'"{template.digest}"', "1"))
    [row] = builders.rows_of(judged(workbook))
    assert row[0] in {"foreign_workbook", "wrong_template"}


def test_more_rows_in_the_stamp_than_in_the_file_are_refused_at_once(reference: bytes, judged: Judge) -> None:
    def more(stamp: str) -> str:
        return stamp.replace('"项目支出": 60', '"项目支出": 3000')

    [row] = builders.rows_of(judged(builders.with_stamp(reference, more)))
    assert row[1] == "blocking"


# ── No workbooks at all ──────────────────────────────────────────────────────────────────────────


@pytest.mark.returned(
    12, "一个文件夹里：文本、空文件、截断、网页、加密、旧格式、压缩炸弹、别家的文件，一份正常"
)
def test_files_that_are_no_workbooks_are_one_finding_each_and_the_batch_goes_on(
    template: WorkbookTemplate, reference: bytes, units: dict[str, bytes], tell: Tell, tmp_path: Path
) -> None:
    folder = tmp_path / "报送"
    contents = {
        "1 文字.xlsx": b"not a workbook",
        "2 空.xlsx": b"",
        "3 截断.xlsx": reference[: len(reference) // 2],
        "4 网页.xlsx": hostile_files.HTML_CALLED_XLS,
        "5 加密.xlsx": hostile_files.ole2("EncryptionInfo", "EncryptedPackage"),
        "6 旧格式.xls": hostile_files.ole2("Workbook"),
        "7 炸弹.xlsx": hostile_files.zip_bomb(),
        "8 别家.xlsx": hostile_files.workbook('<row r="1"><c r="A1"><v>1</v></c></row>'),
        "9 正常.xlsx": units["101"],
    }
    for name, content in contents.items():
        builders.returned(folder, name, content)
    builders.returned(folder, "~$9 正常.xlsx", b"lock")
    builders.returned(folder, "说明.txt", b"text")
    report = check(folder, template)
    tell(report)
    assert [workbook.path.name for workbook in report.workbooks] == list(contents)
    unreadable_file = ("unreadable_workbook", "blocking", "", "", None, None, None)
    assert [list(map(builders.row_of, workbook.findings)) for workbook in report.workbooks] == [
        *[[unreadable_file]] * 7,
        [("foreign_workbook", "blocking", "", "", None, None, None)],
        [],
    ]
    assert report.skipped == ("说明.txt：不是工作簿，未读取",)
    for workbook in report.workbooks[:8]:
        assert workbook.outcomes == ()
        assert workbook.path.name in workbook.findings[0].message
    assert "密码" in report.workbooks[4].findings[0].message
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name in contents} == contents


def test_a_file_can_be_checked_while_its_folder_is_read_only(
    template: WorkbookTemplate, reference_workbook: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "只读"
    folder.mkdir()
    path = Path(shutil.copy(reference_workbook, folder / "报送.xlsx"))
    path.chmod(0o444)
    folder.chmod(0o555)
    try:
        assert builders.rows_of(check(path, template)) == []
    finally:
        folder.chmod(0o755)
