"""What every worker imports, for the process that they are forked from: imported once, in memory once.

Nothing else may import this. It stands outside the engine's package, whose import takes seconds that are the page's.
"""

import gc
import os

os.nice(5)  # as in engine/worker.py: the page goes first

import torch._dynamo  # noqa: E402, F401  (90 MB that torch's optimizers import when the first one is made)

import tts_demo.evaluation  # noqa: E402
import tts_demo.training  # noqa: E402, F401

gc.freeze()  # a collector that looks at shared objects would copy them
