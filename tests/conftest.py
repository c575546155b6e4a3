"""What all test modules share."""

import torch

from tests.browser_fixtures import browser, module_page, page, url, visit
from tts_demo.training import THREADS

torch.set_num_threads(THREADS)  # as every run has it, so that numbers do not depend on how busy the machine is

__all__ = ["browser", "module_page", "page", "url", "visit"]
