"""Building the page: what goes in, what is said when something is not there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def quick(builder: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The builder without compiling, which takes a quarter of a minute."""
    monkeypatch.setattr(builder, "_compiled", lambda files, _: "\n".join(sorted(files)).encode())
    return builder


def settings_of(page: str) -> dict[str, object]:
    found = re.search(r'(?s)id="settings">(.*?)</script>', page)
    assert found is not None
    settings: dict[str, object] = json.loads(found[1])
    return settings


def test_a_department_builds_a_page_of_its_own(quick: ModuleType, tmp_path: Path) -> None:
    """Its templates, name and deadline are on it; markup in the name stays text; only the check is inside."""
    folder = tmp_path / "templates" / "own" / "2031"
    folder.mkdir(parents=True)
    (folder / "template.toml").write_text(
        'title = "{year}年度<b>预算</b>"\nyear = 2031\nauthority = "某厅"\n', encoding="utf-8"
    )
    target = tmp_path / "自查.html"
    given = ["-o", str(target), "--templates", str(folder.parent.parent), "--only-check"]
    assert quick.main([*given, "--department", "</script>某厅", "--until", "2031-02-10"]) == 0
    page = target.read_text(encoding="utf-8")
    assert "模板：2031年度&lt;b&gt;预算&lt;/b&gt;，某厅" in page
    assert settings_of(page) == {"department": "</script>某厅", "until": "2031 年 2 月 10 日", "desk": False}
    assert f"xlbudget {quick._version()}" in page


def test_the_page_names_no_address_that_a_browser_would_ask(quick: ModuleType) -> None:
    """No source, link or style of it leads anywhere; its policy lets nothing be fetched."""
    page = quick.build(quick.Wanted(quick.ROOT / "workbook_templates")).decode()
    markup = re.sub(r"(?s)<script.*?</script>|<style.*?</style>", "", page)
    assert set(re.findall(r'(?i)(?:src|href|action|ping)="([^"]*)"', markup)) == {"data:,", "#main"}
    assert "connect-src 'none'" in markup
    assert "{{" not in markup


def test_the_same_sources_give_the_same_bytes(quick: ModuleType) -> None:
    wanted = quick.Wanted(quick.ROOT / "workbook_templates", department="某厅")
    assert quick.build(wanted) == quick.build(wanted)


def test_every_licence_is_inside(quick: ModuleType) -> None:
    text = quick._licences(quick.LIBRARIES + quick.MORE_LIBRARIES)
    for name in ("xlbudget", "Pyodide", "CPython", *quick.LIBRARIES, *quick.MORE_LIBRARIES):
        assert re.search(rf"(?i)======== {re.escape(name).replace('_', '.')}", text), name
    assert "Mozilla Public License" in text


@pytest.mark.parametrize("missing", ["packages", "node", "library", "templates", "date"])
def test_what_is_not_there_is_said_in_one_sentence(
    builder: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    missing: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without npm packages, node, a locked library or templates there is no page, and the reason is told."""
    given = ["-o", str(tmp_path / "page.html")]
    expected = {
        "packages": "npm ci --prefix page",
        "node": "没有找到 node",
        "library": "requirements.lock",
        "templates": "没有模板",
        "date": "应写成 年-月-日",
    }[missing]
    if missing == "packages":
        monkeypatch.setattr(builder, "RUNTIME", tmp_path / "nothing")
    elif missing == "node":
        monkeypatch.setattr(builder.shutil, "which", lambda name: None)
    elif missing == "library":
        monkeypatch.setattr(builder, "_compiled", lambda files, _: b"")
        monkeypatch.setattr(builder, "LIBRARIES", ("no_such_library",))
    elif missing == "templates":
        given += ["--templates", str(tmp_path)]
    else:
        given += ["--until", "下周五"]
    assert builder.main(given) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert said.count("\n") == 1
    assert not (tmp_path / "page.html").exists()
