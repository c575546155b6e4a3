"""Behind a real nginx, with TLS and below a path: the configuration of docs/hosting/nginx.conf, in a real Chromium."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser_fixtures import free_port, serve_command
from tests.test_page import LONG, ready

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
OPENSSL = shutil.which("openssl")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.real,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed here (Debian: nginx-light)"),
    pytest.mark.skipif(OPENSSL is None, reason="openssl, which makes the certificate, is not installed here"),
]
ROOT = Path(__file__).parent.parent


def configuration(folder: Path, port: int, behind: int) -> str:
    """The documented server below /hear/, on loopback, with all that nginx writes in a folder of its own."""
    server = (ROOT / "docs" / "hosting" / "nginx.conf").read_text(encoding="utf-8")
    for there, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/ssl/certs/site.pem", f"{folder}/site.pem"),
        ("/etc/ssl/private/site.key", f"{folder}/site.key"),
        ("127.0.0.1:7860", f"127.0.0.1:{behind}"),
    ):
        assert server.count(there) == 1, there
        server = server.replace(there, here)
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}} "
        f"http {{ access_log off; {temporary}\n{server}\n}}\n"
    )


@contextlib.contextmanager
def nginx(folder: Path, behind: int):
    """The address of a site, below which the program is."""
    subprocess.run(
        [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-keyout", folder / "site.key", "-out", folder / "site.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    port = free_port()
    (folder / "nginx.conf").write_text(configuration(folder, port, behind), encoding="utf-8")
    with subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.PIPE) as process:
        try:
            pause = threading.Event()
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                assert process.poll() is None, process.stderr.read()
                pause.wait(0.05)
            yield f"https://127.0.0.1:{port}/hear/"
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    behind = free_port()
    started = serve_command(["app.py", "--port", str(behind)], ROOT, GRADIO_ROOT_PATH="/hear")
    with started, nginx(tmp_path_factory.mktemp("nginx"), behind) as address:
        yield address


@pytest.mark.parametrize("language", ["", "zh"])
def test_a_run_is_trained_heard_and_saved_through_the_proxy(visit, address, language):
    visitor = visit(f"{address}{language}?lab&speech_seconds=45&updates=60", ignore_https_errors=True)
    page, failed = visitor.page, []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.reload()
    ready(page)
    page.locator("button#train").click()
    expect(page.locator("#status")).to_contain_text("所有更新" if language else "All updates are done", timeout=LONG)
    expect(page.locator("#player a[download]").first).to_be_visible(timeout=LONG)
    status = page.evaluate("fetch('figure/en?run=recorded-out').then((answer) => answer.status)")
    assert status == 200
    asked = [urlsplit(url) for url in visitor.requests if url.startswith("http")]
    assert {(one.scheme, one.netloc) for one in asked} == {("https", urlsplit(address).netloc)}
    assert all(one.path.startswith("/hear/") for one in asked), [one.path for one in asked]
    assert any(one.path.startswith("/hear/live/") for one in asked)
    assert failed == []
    visitor.check()


def test_the_health_check_is_there_too(visit, address):
    page = visit(address + "healthz", ignore_https_errors=True).page
    assert json.loads(page.locator("body").inner_text())["status"] == "ok"
