"""What hosts go by: the address to listen on, the health route, and files that name the same versions."""

import re
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests import containerfile
from tests.browser_fixtures import free_port, serve_command
from tests.test_engine import ends
from tests.test_training import TINY
from tts_demo.engine import LocalEngine, pool
from tts_demo.ui import health

ROOT = Path(__file__).parent.parent


def front_matter() -> dict[str, str]:
    """What README.md tells Spaces."""
    (text,) = re.findall(r"\A---\n(.*?)\n---\n", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    pairs = (line.split(": ", 1) for line in text.splitlines() if ": " in line)
    return {name: value.strip('"') for name, value in pairs}


def asked(engine, page_is_served=True):
    with TestClient(Starlette(routes=[health.route(engine, lambda: page_is_served)])) as client:
        answer = client.get(health.PATH)
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()


def test_a_server_is_well_while_it_can_train_and_its_page_is_served(tmp_path):
    with closing(LocalEngine(tmp_path, workers=1)) as engine:
        assert asked(engine) == (
            200,
            {"status": "ok", "workers": True, "page": True},
        )  # its worker may not be there yet
        run_id = engine.submit(TINY)
        list(engine.follow(run_id))
        assert asked(engine) == (200, {"status": "ok", "workers": True, "page": True})
        assert asked(engine, page_is_served=False) == (503, {"status": "unavailable", "workers": True, "page": False})
    assert asked(engine) == (503, {"status": "unavailable", "workers": False, "page": True})


def test_a_server_whose_workers_do_not_start_is_not_well(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "work", ends)
    with closing(LocalEngine(tmp_path, workers=2)) as engine:
        (end,) = engine.follow(engine.submit(TINY))  # fails when they have been given up
        assert end.reason == "failed"
        assert asked(engine)[0] == 503


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is one loopback address alone")
def test_the_page_listens_where_it_is_told_to(tmp_path):
    with serve_command(["app.py", "--host", "127.0.0.2", "--port", str(port := free_port())], ROOT) as address:
        assert address == f"http://127.0.0.2:{port}/"
        with urllib.request.urlopen(address + "healthz") as answer:
            assert answer.status == 200
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")
        taken = refused("--host", "127.0.0.2", "--port", str(port))
        assert taken.returncode == 1 and f"cannot listen on 127.0.0.2, port {port}: " in taken.stderr


def refused(*arguments):
    """What app.py says where it cannot begin, in a line and without a stack trace."""
    done = subprocess.run([sys.executable, "app.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr and done.stdout == ""
    return done


def test_an_address_that_is_none_is_refused_at_once():
    done = refused("--host", "192.0.2.1")  # one for examples, which no machine has
    assert done.returncode == 1 and done.stderr.startswith("app.py: cannot listen on 192.0.2.1: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("port", ["0", "65536", "-3", "http"])
def test_a_port_that_is_none_is_a_usage_error(port):
    done = refused(f"--port={port}")
    assert done.returncode == 2 and f"must be a number from 1 to 65535, not {port}" in done.stderr


def test_hosts_are_told_of_one_python_and_one_gradio():
    told = front_matter()
    pins = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert told["sdk"] == "gradio" and told["sdk_version"] == pins["gradio"]
    assert (ROOT / told["app_file"]).is_file()
    wanted = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert wanted is not None
    assert told["python_version"] == wanted[1]
    assert containerfile.the_only("FROM") == f"docker.io/library/python:{wanted[1]}-slim"
    assert told["app_file"] == containerfile.command()[-1]


def test_what_the_image_copies_is_sent_to_its_making():
    """The ignore file lets through what the Containerfile copies, and nothing else."""
    lines = containerfile.PATH.with_name("Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {source for source, _ in containerfile.copied()}
    assert all((ROOT / source).exists() for source, _ in containerfile.copied())
