"""What all test modules share."""

import hypothesis
import pytest
import torch

pytest.register_assert_rewrite("tests.browser_fixtures", "tests.command_line")  # so that a failure shows its values

from tests.browser_fixtures import browser, module_page, page, url, visit  # noqa: E402
from tts_demo.training import THREADS  # noqa: E402

hypothesis.settings.register_profile("tests", deadline=None)  # a deadline would assert a time
hypothesis.settings.load_profile("tests")
torch.set_num_threads(THREADS)  # as every run has it, so that numbers do not depend on how busy the machine is

__all__ = ["browser", "module_page", "page", "url", "visit"]
