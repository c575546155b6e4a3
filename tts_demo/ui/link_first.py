"""What a link makes of the page before the page is there: it hides controls, or leaves one part, for a frame."""

import functools
from pathlib import Path
from urllib.parse import parse_qs

from tts_demo.settings import SettingError
from tts_demo.ui.lab.links import CONTROLS, SECTIONS, View

_HERE = Path(__file__).parent


def head(query: bytes) -> str:
    """What the page's head gets for what stands after "?" in its address; "" where that says nothing of the page.

    What is wrong with a link is said later, in the page.

    >>> head(b"show=strength,regularizer")[:23]
    '<style>#preset, #twin, '
    """
    try:
        asked = parse_qs(query.decode("latin-1"), keep_blank_values=True, max_num_fields=200)
        view = View.of(asked)
    except (SettingError, ValueError):
        return ""
    return _hiding(view) + (_alone(view) if view.embed else "")


def _hiding(view: View) -> str:
    """A style sheet: it holds whatever a preset or a run makes of a control, and nothing is seen before it goes."""
    controls = [f"#{control.element}" for name, control in CONTROLS.items() if name in view.hidden]
    hidden = controls + [f"#{name}-section" for name in SECTIONS if name in view.hidden]
    if not hidden:
        return ""
    if {"regularizer", "strength"} <= view.hidden:
        hidden.append("#regularizer-words")
    gone = f":is({', '.join(hidden)})"
    # of gradio's frames around them, and of the panel, nothing is left where all that is in them is hidden
    hidden.append(f"#lab .form:not(:has(> .block:not({gone})))")
    if view.hides_more:
        hidden.append("#more")
    return f"<style>{', '.join(hidden)} {{ display: none !important; }}</style>"


def _alone(view: View) -> str:
    """Style and script of a part that stands alone; its attributes are what `embed.css` asks for."""
    controls = ' document.documentElement.dataset.controls = "";' if view.has_controls else ""
    style, script = _file("embed.css"), _file("embed.js")
    mark = f'document.documentElement.dataset.embed = "{view.embed}";{controls}'
    return f"<style>{style}</style><script>{mark}\n{script}</script>"


@functools.cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
