"""How often each rule ran and failed in a report, read from the JSON report that ``check -o`` wrote."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xlbudget.files.whole_files import existing_file
from xlbudget.model import RuleStatus
from xlbudget.model.errors import InputError

Counts = Mapping[RuleStatus, int]
"""Workbooks by what became of one rule in them; 0 where there is none."""

_FORMAT = "xlbudget.report"


@dataclass(frozen=True, slots=True)
class RunCounts:
    """The counts of one report: its file and time, and by rule."""

    title: str
    rules: Mapping[str, Counter[RuleStatus]]

    def of(self, rule: str) -> Counts:
        """Return the counts of a rule."""
        return self.rules.get(rule, Counter())


def read_counts(path: Path) -> RunCounts:
    """Return the counts of a JSON report; InputError when the file is none."""
    existing_file(path, "报告")
    wrong = InputError(f"“{path}”不是 xlbudget check 写出的 JSON 报告；请用 -o 报告.json 生成。")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != _FORMAT:
            raise wrong
        rules: dict[str, Counter[RuleStatus]] = {}
        for part in data["rules"]:
            rules.setdefault(str(part["rule"]), Counter())[RuleStatus(part["status"])] += 1
        for part in data["findings"]:
            if part["rule"] not in rules:  # problems of whole files are no rules that ran
                rules.setdefault(str(part["rule"]), Counter())[RuleStatus.FAILED] += 1
        made, count = str(data["made_at"])[:16].replace("T", " "), len(data["workbooks"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise wrong from error
    return RunCounts(f"{path.name}，{made}，{count} 个工作簿", rules)
