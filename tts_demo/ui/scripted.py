"""The base of the page's own components: one script, one style sheet, values that `watch('value')` brings."""

import json
from typing import Any, ClassVar

import gradio as gr

from tts_demo.ui import assets


class Scripted(gr.HTML):
    """A `gr.HTML` that draws itself with scripts of ours; a subclass names them, and the events they trigger.

    Class attributes: `styles` and `scripts` (file names beside this module, in the order they are joined, besides what
    all components share) and `triggers` (names of the events; a page answers them by `component.NAME(handler, ...)`).

    Parameters
    ----------
    value : first value.
    words : texts that replace those of the script's table of words, by key, for another language.
    options : as for `gr.HTML`: elem_id, visible, scale, ...
    """

    styles: ClassVar[tuple[str, ...]] = ()
    scripts: ClassVar[tuple[str, ...]] = ()
    triggers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, value: Any = None, *, words: dict[str, str] | None = None, **options: Any):
        super().__init__(
            value=value,
            html_template="<div></div>",
            # not as a property: gradio 6.31 brings those too late to a component in an accordion that was closed
            js_on_load=f"const WORDS = {json.dumps(words or {})};\n"
            + assets.script(("tokens.css", *self.styles), self.scripts),
            apply_default_css=False,
            **options,
        )

    def __getattr__(self, name: str) -> Any:
        # gradio 6.31 takes every name that stands in quotes somewhere in the script for an event, and searches the
        # whole script for each attribute of each output at each update: half of the server's time while a run goes on.
        if name in type(self).triggers:
            return super().__getattr__(name)
        raise AttributeError(name)

    def postprocess(self, value: Any) -> Any:
        """Hand the value over as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """The value's kind, for gradio's description of the page's functions."""
        return {"type": "object"}
