"""desk: the page with the whole program behind it, on this machine."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from xlbudget.cli.help_pages import ChineseCommand
from xlbudget.cli.options import CLEAN, templates_option
from xlbudget.cli.printing import say

PLACE = 5


@click.command(
    cls=ChineseCommand,
    example="xlbudget desk",
    help="打开网页版办公桌：只在本机使用，数据不离开本机；按 Ctrl-C 结束。",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="端口（默认任选一个）")
@click.option("--no-browser", is_flag=True, help="只显示地址，不打开浏览器")
@templates_option
def command(port: int, no_browser: bool, templates: Path | None) -> int:
    """Serve the page to this machine until interrupted."""
    from xlbudget.definitions.folders import templates_root
    from xlbudget.desk.server import HERE, serving

    templates_root(templates)
    try:
        with serving(port, templates) as server:
            say(f"办公桌：{server.address}")
            say("只有本机能打开；用完按 Ctrl-C 结束，交来的文件随即删除。")
            if not no_browser:
                webbrowser.open(server.address)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                say("已结束。")
    except OSError as error:
        raise click.UsageError(
            f"不能在 {HERE} 的 {port} 端口打开（{error.strerror or error}）；请换一个 --port。"
        ) from error
    return CLEAN
