"""What a handler answers: plain values by the names of what shows them, of which the page makes gradio's updates."""

from typing import Any


class Show(dict[str, Any]):
    """Properties of a control that change, by their names: value, choices, visible, interactive, ...

    >>> Show(choices=["1", "2"], value="1")["choices"]
    ['1', '2']
    """


# Name of a part of the page -> its new value, or a `Show` of what changes of it; a part that is not named stays.
Change = dict[str, Any]
