"""decide: what the officer decides about a return."""

from __future__ import annotations

from pathlib import Path

import click

from xlbudget.cli.guard import COLLECTION, READ
from xlbudget.cli.options import CLEAN, waivers_from
from xlbudget.cli.printing import say
from xlbudget.cli.words import ChineseCommand

PLACE = 63
ACTIONS = {
    "accept": "接收（认可单位的说明）",
    "return": "退回",
    "waive": "按认可文件认可（--waivers）",
    "replace": "改由这份代表该单位",
    "zero": "确认为零报告",
}


@click.command(
    cls=ChineseCommand,
    help="决定一份报送：" + "，".join(f"{action} {what}" for action, what in ACTIONS.items()) + "。",
)
@click.argument("folder", type=COLLECTION, metavar="COLLECTION")
@click.argument("receipt", type=int, metavar="RECEIPT")
@click.argument("action", metavar="|".join(ACTIONS))
@click.option("--reason", default="", metavar="TEXT", help="原因，记入日志")
@click.option("--waivers", type=READ, metavar="FILE", help="认可文件（.toml），与 waive 同用")
@click.option("--user", default="", metavar="NAME", help="经办人（默认用登录名），记入日志")
def command(folder: Path, receipt: int, action: str, reason: str, waivers: Path | None, user: str) -> int:
    """Decide about a return."""
    from xlbudget.department.collection import Collection, decisions
    from xlbudget.model.words import nearest

    if action not in ACTIONS:
        known = "、".join(ACTIONS)
        raise click.UsageError(f"没有“{action}”这个决定{nearest(action, ACTIONS)}；可用 {known}")
    if (waivers is None) == (action == "waive"):
        raise click.UsageError("--waivers 与 waive 要一起用")
    with Collection.open(folder, user=user) as collection:
        if action == "waive":
            decided = decisions.waive(collection, receipt, waivers_from(waivers), reason)
        else:
            decide = {
                "accept": decisions.accept,
                "return": decisions.send_back,
                "replace": decisions.prefer,
                "zero": decisions.confirm_zero,
            }[action]
            decided = decide(collection, receipt, reason)
    say(f"{receipt} 号收件（{decided.unit_code} {decided.unit_name}）：{decided.status.value}")
    return CLEAN
