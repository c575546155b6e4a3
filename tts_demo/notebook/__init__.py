"""A finished run as a Jupyter notebook that stands on its own: its network, weights, loss and regularizer in torch.

`export.py` writes the folder, `cells.py` says what stands in which cell, `source.py` takes code out of this program;
`plain_network.py`, `plain_regularizers.py` and `plain_training.py` are what only the notebook has.
"""

from tts_demo.notebook.export import NOTEBOOK, NotebookError, write

__all__ = ["NOTEBOOK", "NotebookError", "write"]
