"""The base of the page's own components: gradio brings the values, a module of ours draws them."""

import json
from typing import Any, ClassVar

import gradio as gr

from tts_demo.ui.components import files

_NOT_LOADED = "This part of the page could not be loaded. Please reload the page."


class Component(gr.HTML):
    """A `gr.HTML` that a module in its folder draws; the module itself knows nothing of gradio.

    The folder is that of the subclass: its `index.js` exports what shared/component.js describes, and `gradio.js` hands
    it the value, later values, and a way to trigger events.

    Class attribute: `triggers`, names of the events; a page answers them by `component.NAME(handler, ...)`.

    Parameters
    ----------
    value : first value.
    words : texts that replace those of the folder's words.js, by key, for another language.
    settings : whatever else the module is told once, at the beginning.
    options : as for `gr.HTML`: elem_id, visible, scale, ...
    """

    triggers: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        value: Any = None,
        *,
        words: dict[str, str] | None = None,
        settings: dict[str, Any] | None = None,
        **options: Any,
    ):
        folder = type(self).__module__.rsplit(".", 2)[1]
        told = {"words": words or {}, "settings": settings or {}, "triggers": self.triggers}
        super().__init__(
            value=value,
            html_template="<div></div>",
            # Not as properties: gradio 6.31 brings those too late to a component in an accordion that was closed.
            # And an event's name has to stand in quotes here, or gradio refuses to trigger it.
            js_on_load=f"""
            import(`${{window.gradio_config?.root ?? ""}}{files.root()}/gradio.js`)
              .then((gradio) => gradio.show({folder!r}, {{ element, props, trigger, watch }}, {json.dumps(told)}))
              .catch((error) => {{
                element.textContent = {json.dumps((words or {}).get("notLoaded", _NOT_LOADED))};
                console.error(error);
              }});
            """,
            apply_default_css=False,
            **options,
        )

    def __getattr__(self, name: str) -> Any:
        # gradio 6.31 takes every name that stands in quotes in the script for an event, another language's words too,
        # and looks for them at each attribute of each output at each update.
        if name in type(self).triggers:
            return super().__getattr__(name)
        raise AttributeError(name)

    def postprocess(self, value: Any) -> Any:
        """Hand the value over as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """The value's kind, for gradio's description of the page's functions."""
        return {"type": "object"}
