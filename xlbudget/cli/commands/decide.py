"""decide: what the officer decides about a return, or about a unit that is no more."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import COLLECTION, READ
from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, waivers_from
from xlbudget.cli.printing import say

_SETTLED = {"abolish": "已登记为撤销，不再催报，报来的不计入汇总", "restore": "已恢复，照常收件和催报"}
PLACE = 63
_ACTIONS = "，".join(
    (
        "accept 接收（认可单位的说明）",
        "return 退回",
        "waive 按认可文件认可（--waivers）",
        "replace 改由这份代表该单位",
        "zero 确认为零报告",
        "abolish 单位撤销或并入别的单位，不再催报（也可写“撤销”，只能写单位编码）",
        "restore 收回撤销（也可写“恢复”）",
    )
)
_WORDS = {"撤销": "abolish", "恢复": "restore"}


@click.command(
    cls=ChineseCommand,
    example='xlbudget decide 收件 101 accept --reason "说明属实"',
    help="决定一份报送，或登记撤销的单位（写单位编码、名称，或收件号如 7号）：" + _ACTIONS + "。",
)
@click.argument("folder", type=COLLECTION, metavar="COLLECTION")
@click.argument("word", metavar="UNIT|RECEIPT")
@click.argument("action", metavar="accept|return|waive|replace|zero|abolish|restore")
@click.option("--reason", default="", metavar="TEXT", help="原因，记入日志")
@click.option("--waivers", type=READ, metavar="FILE", help="认可文件（.toml），与 waive 同用")
@click.option("--user", default="", metavar="NAME", help="经办人（默认用登录名），记入日志")
def command(folder: Path, word: str, action: str, reason: str, waivers: Path | None, user: str) -> int:
    """Decide about a return or a unit."""
    from xlbudget.department.collection import Collection, decisions
    from xlbudget.department.collection.status import state_of
    from xlbudget.department.collection.verbs import ACTIONS, decide
    from xlbudget.model.words import nearest

    action = _WORDS.get(action, action)
    known = (*ACTIONS, *_WORDS.values())
    if action not in known:
        raise click.UsageError(f"没有“{action}”这个决定{nearest(action, known)}；可用 {'、'.join(known)}")
    if (waivers is None) == (action == "waive"):
        raise click.UsageError("--waivers 与 waive 要一起用")
    if action in _WORDS.values():
        settle = decisions.abolish if action == "abolish" else decisions.restore
        with Collection.open(folder, user=user) as collection:
            unit = settle(collection, word, reason)
        say(f"单位 {unit.code} {unit.name}：{_SETTLED[action]}")
        return CLEAN
    decided = decide(folder, word, action, reason, waivers=waivers_from(waivers), user=user)
    say(f"{decided.number} 号收件（{decided.unit_code} {decided.unit_name}）：{state_of(decided)}")
    return CLEAN
