"""A cover that names another unit than the file was issued to."""

from __future__ import annotations

from collections.abc import Callable

from support import builders
from support.builders import Row

from xlbudget import Report

Found = Callable[[bytes], list[Row]]


def test_found_at_the_first_fact_that_differs(reference: bytes, found: Found) -> None:
    [row] = found(builders.typed(reference, "封面", {"C9": "102", "C10": "示范厅执法监督局"}))
    assert row == ("wrong_unit", "blocking", "封面", "C9", "102", "243001", None)


def test_found_where_the_cover_was_emptied(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, "封面", {"C9": None})) == [
        ("wrong_unit", "blocking", "封面", "C9", None, "243001", None)
    ]


def test_passed_where_the_superior_was_corrected(reference: bytes, found: Found) -> None:
    assert found(builders.typed(reference, "封面", {"C12": "上级主管部门"})) == []


def test_what_rules_say_of_another_kind_of_unit_is_no_second_finding(
    units: dict[str, bytes], judged: Callable[[bytes], Report]
) -> None:
    """103 is 事业: rules on 机关运行经费 would have its amounts be nothing for another kind."""
    for kind in ("行政", "事业单位"):
        report = judged(builders.typed(units["103"], "封面", {"C11": kind}))
        rules = [one.rule for one in report.findings if one.rule not in ("stale_value", "changed_formula")]
        assert rules == ["wrong_unit"]
