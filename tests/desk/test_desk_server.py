"""``xlbudget desk``: the page with the whole program behind it, for this machine alone."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from xlbudget import WorkbookTemplate, check, write_report
from xlbudget.cli import run
from xlbudget.desk.server import DeskServer, serving


@pytest.fixture(scope="module")
def server() -> Iterator[DeskServer]:
    with serving() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(
    server: DeskServer, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Ask as a browser does; ``path`` stands behind the token unless it begins with a slash."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    whole = path if path.startswith("/") else f"/{server.token}/{path}"
    connection.request(method, whole, body or None, {name.title(): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def order(server: DeskServer, **asked: object) -> dict[str, object]:
    status, _, content = ask(server, "POST", "answer", json.dumps(asked).encode())
    assert status == 200
    said: dict[str, object] = json.loads(content)
    return said


def finish(server: DeskServer, name: str, **given: object) -> dict[str, object]:
    """Take a job to its end."""
    job = order(server, begin=name, **{"with": given})["job"]
    while "result" not in (said := order(server, step=job)):
        assert "error" not in said, said
    return said


def test_the_page_is_served_with_its_policy(server: DeskServer) -> None:
    status, headers, content = ask(server, "GET", "")
    assert status == 200
    assert "预算报表" in content.decode()
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/wrong-token/", {}),
        ("", {"host": "evil.example"}),
        ("", {"origin": "http://evil.example"}),
        ("", {"origin": "null"}),
    ],
)
def test_strangers_are_refused(server: DeskServer, path: str, headers: dict[str, str]) -> None:
    """Without the token, by another name, or from another page nothing is given, answered or taken."""
    for method, below in (("GET", ""), ("POST", "answer"), ("PUT", "file?path=x")):
        status, _, content = ask(server, method, f"{path}{below}", b"{}", **headers)
        assert status in (403, 404)
        assert b"xlbudget" not in content


def test_files_lie_in_the_folder_of_the_run_alone(server: DeskServer, tmp_path: Path) -> None:
    """Nothing outside is written or given, however the path is spelled."""
    outside = tmp_path / "secret.txt"
    outside.write_text("secret", encoding="utf-8")
    spellings = [str(outside), f"{server.folder}/in/../../{outside.name}", f"{server.folder}", ""]
    for path in spellings:
        assert ask(server, "GET", f"file?path={quote(path)}")[0] == 404
        assert ask(server, "PUT", f"file?path={quote(path)}", b"x")[0] == 403
    assert outside.read_text(encoding="utf-8") == "secret"


def test_the_same_report_comes_through_the_server(
    server: DeskServer, department_workbooks: list[Path], template: WorkbookTemplate, tmp_path: Path
) -> None:
    """A workbook handed in is checked; the JSON report is the command's."""
    path = f"{server.folder.as_posix()}/in/1/文件/{department_workbooks[0].name}"
    content = department_workbooks[0].read_bytes()
    assert ask(server, "PUT", f"file?path={quote(path)}", content)[0] == 200
    report = finish(server, "check", inputs=[path])["result"]
    assert isinstance(report, dict)
    made = finish(server, "papers", report=report["report"], kinds=["json"])["outputs"]
    assert isinstance(made, list)
    _, _, ours = ask(server, "GET", f"file?path={quote(made[0]['path'])}")
    theirs = write_report(check(department_workbooks[0], template), tmp_path / "问题.json").read_bytes()
    one, other = json.loads(ours), json.loads(theirs)
    assert one.pop("made_at")
    assert other.pop("made_at")
    assert one == other


def test_mistakes_are_sentences(server: DeskServer) -> None:
    """A file that is not there is the asker's mistake, an unknown job ours; they are told apart."""
    job = order(server, begin="check", **{"with": {"inputs": [f"{server.folder}/nothing.xlsx"]}})["job"]
    said = order(server, step=job)
    assert "找不到" in str(said["error"])
    assert "fault" not in said
    said = order(server, begin="no such job")
    assert said["fault"] == "KeyError"
    assert "程序出错" in str(said["error"])


def test_a_port_in_use_is_one_sentence(server: DeskServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["desk", "--no-browser", "--port", str(server.server_port)]) == 2
    assert "请换一个 --port" in capsys.readouterr().err
