"""Some hundred requests that no page would send, against the real server; benchmarks/fuzz.py sends ten thousand."""

import os
import sys

import pytest

from tests.browser_fixtures import free_port
from tests.siege import besieged

pytestmark = pytest.mark.real


def test_whatever_is_sent_the_server_goes_on_and_tells_nothing(tmp_path):
    with besieged(
        tmp_path, dict(os.environ), [sys.executable, "-u", "app.py", "--port", str(free_port())], seed=20
    ) as siege:
        siege.send(range(400))
    assert siege.faults == []
    assert {"200", "400", "403", "404"} <= {*siege.statuses}  # all kinds were among them
