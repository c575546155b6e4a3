"""Join the components' script and style files into what `gr.HTML` takes.

`gr.HTML` renders its `css_template` again at every new value, which makes the browser style the whole page anew, so
the components leave it empty and put their style sheets into the page once, from their script. Nothing has to be given
to `launch()`.
"""

import functools
import json
from pathlib import Path

HERE = Path(__file__).parent


def read(name: str) -> str:
    """Text of a file beside this module."""
    return (HERE / name).read_text(encoding="utf-8")


@functools.cache
def script(styles: tuple[str, ...], scripts: tuple[str, ...]) -> str:
    """JavaScript for `js_on_load`: the style sheets as a constant, the shared helpers, then the named scripts.

    Parameters
    ----------
    styles, scripts : file names beside this module, in the order they are joined.
    """
    sheets = json.dumps({"hear-" + Path(name).stem.replace("_", "-"): read(name) for name in styles})
    return "\n".join([f"const STYLES = {sheets};", *(read(name) for name in ("common.js", *scripts))])
