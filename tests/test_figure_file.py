"""The PDF that the chart's Save menu offers."""

import io
import re
import zlib
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.test_training import TINY
from tts_demo import figures
from tts_demo.engine import LocalEngine
from tts_demo.ui import figure_file
from tts_demo.ui.locales.catalog import LANGUAGES


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = LocalEngine(tmp_path_factory.mktemp("runs"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def runs(engine):
    """Two finished runs."""
    ids = [engine.submit(replace(TINY, updates=20, seed=seed)) for seed in (1, 2)]
    for run_id in ids:
        list(engine.follow(run_id))
    return ids


@pytest.fixture(scope="module")
def client(engine):
    with TestClient(Starlette(routes=[figure_file.route(engine)])) as client:
        yield client


def ask(client, *pairs, language="en"):
    return client.get(figure_file.address(LANGUAGES[language]), params=list(pairs))


def drawn(pdf):
    """What the PDF's pages are told to draw, unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S)
    return b"".join(zlib.decompress(one) for one in streams if one[:1] == b"x")


def test_it_is_the_figure_of_the_command_line_in_the_charts_colours(engine, client, runs):
    answer = ask(client, ("run", runs[0]), ("colour", "3"), ("run", runs[1]), ("colour", "5"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    file = io.BytesIO()
    figures.draw([engine.run(run) for run in runs], figures.KINDS, colours=[3, 5]).savefig(file, format="pdf")
    assert drawn(answer.content) == drawn(file.getvalue())
    other = ask(client, ("run", runs[0]), ("colour", "0"), ("run", runs[1]), ("colour", "1"))
    assert drawn(other.content) != drawn(answer.content)


@pytest.mark.parametrize(
    "pairs", [[], [("run", "gone")], [("run", "<b>x</b>"), ("colour", "-1e9")], [("run", "x")] * 7, [("colour", "9")]]
)
def test_what_cannot_be_drawn_is_said(client, pairs):
    for language in LANGUAGES:
        answer = ask(client, *pairs, language=language)
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("text/plain")
        assert len(answer.text) > 10 and "Traceback" not in answer.text
        assert (language == "zh") == bool(re.search("[\u4e00-\u9fff]", answer.text))
