"""The page that lists, cell by cell, where other programs differ from us (``engines_agree.py --write``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from engine_causes import Difference

PAGE = Path(__file__).parent.parent / "docs" / "developers" / "engine_differences.md"
_LONGEST = 110

_HEAD = """# 与其他软件的差别，逐格

由 `python studies/engines_agree.py --only {numbers} --write` 写成，不要手改；比的是什么、怎样比，见
[engines.md](engines.md)。随机工作簿以类别和号码为名（种子 1），同样的号码总是同一本。

每一格都另外按“原因”预先算过：把那个软件的做法放进我们的公式，用逐行查找的另一条路重新算整本。这里的每一格，预先算出的
正是那个软件的值；没有列出的格子，预先算出的也正是它的值。原因写“由……而来”的，本身的算法没有不同，不同的是它引用的格子。

"""

_INTRODUCTIONS = {
    "formulas": """## formulas 1.3.4 引擎（原样，未经本工具改正）

引擎的 SUMIFS、COUNTIF 把条件和范围里的文字交给 `_text2num`（formulas/functions/__init__.py）：不是数字的，
再由 dateutil 不加检验地读作日期，读得成就只比日期。斜线前的六位数字成了年月日
（`243001` 成了 2003 年 6 月 24 日，月份 30 往后顺延），斜线后的两位、四位、六位数字成了时刻，不再看。
于是前面相同的键都是同一个日期：

```python
import formulas, numpy as np

add = formulas.Parser().ast('=SUMIFS(B1:B2,A1:A2,"243001/0001")')[1].compile()
add(np.array([["243001/0001"], ["243001/0002"]], object), np.array([[1.0], [2.0]], object))  # 3.0，应为 1.0
```

Excel 的说明：条件是数字、表达式、单元格引用或文字（如 32、"32"、">32"、"apples"、B4），
文字里 `?`、`*` 是通配符；没有说文字里的数字会当作日期和时刻。这样的键是文字，只与相同的文字相等，
应得的是“本工具”一栏（未在 Excel 上实测；LibreOffice 把这几本也算过，每一格都与本工具相同）。
在 `formulas` 的议题中没有查到这一问题。`check --engine formulas` 用的是改正后的引擎
（xlbudget/workbook/calculation/engine.py），没有这一差别。

""",
    "LibreOffice": """## LibreOffice

两边都是错误值，只是取的不是同一个。有两种情形：

- 一个 SUMIFS 要加的各行里有几种错误值：LibreOffice 取最后一个，本工具和 `formulas` 引擎取第一个。
- 加号左边的单元格是错误值，右边算出来的也是错误值：LibreOffice 取右边算出来的，本工具和引擎取左边的。
  （A1 为 `#N/A`，B1 为 `#NAME?`：`=A1+B1` 得 `#N/A`，`=A1+IF(B1<>0,1,0)` 得 `#NAME?`。）

Excel 的说明没有规定几个错误值中取哪一个。报告的是录入表里有错误值的格子，与取哪一个无关。

""",
}


def page(differences: Mapping[str, Sequence[Difference]], numbers: Sequence[int]) -> str:
    """Return the page for the differences from each program."""
    parts = [_HEAD.format(numbers=" ".join(map(str, numbers)))]
    for program, found in differences.items():
        parts.append(_INTRODUCTIONS[program])
        for workbook, cells in groupby(found, key=lambda difference: difference.workbook):
            parts.append("\n".join(_table(program, workbook, list(cells))) + "\n\n")
    return "".join(parts).rstrip() + "\n"


def _table(program: str, workbook: str, cells: Sequence[Difference]) -> Iterator[str]:
    own = sum(cell.own for cell in cells)
    yield f"### {workbook}：{len(cells)} 格，其中 {own} 格的算法不同"
    yield ""
    yield f"| 格 | 公式 | 本工具 | {program} | 原因 |"
    yield "|---|---|---:|---:|---|"
    for cell in sorted(cells, key=lambda cell: not cell.own):
        formula = cell.formula if len(cell.formula) <= _LONGEST else cell.formula[:_LONGEST] + "…"
        values = f"{_shown(cell.ours)} | {_shown(cell.theirs)}"
        yield f"| {cell.place} | `={formula}` | {values} | {cell.cause or '未查明'} |"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.6f}".rstrip("0").rstrip(".")
    return "空" if value in (None, "") else str(value)
