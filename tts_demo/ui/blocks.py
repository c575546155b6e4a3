"""A gradio app whose pages hold no connection while nothing is asked of it, and ask nothing of another host."""

from typing import Any

import gradio as gr
from gradio.data_classes import BlocksConfigDict

# Pages whose state is kept, the last ones that did anything; runs are kept by the engine, and their ids by the browser.
SESSIONS = 1000


class Blocks(gr.Blocks):
    """Its pages have no heartbeat, and states are forgotten when there are more than `SESSIONS`.

    gradio 6.31 gives every page with a state a heartbeat: a request that lasts as long as the page is open, and whose
    end tells the server to forget the state an hour later. But a browser has six connections to a host, for all of its
    tabs together: five pages that do nothing would leave one.

    On Hugging Face Spaces its pages would put the Hub's bar over themselves, with what the Hub says of the Space and
    two fonts of Google's: they are not told that they are there.
    """

    def get_config_file(self) -> BlocksConfigDict:
        """What the page's front end is told of the app."""
        return {**super().get_config_file(), "connect_heartbeat": False, "space_id": None}

    def launch(self, **options: Any) -> Any:  # type: ignore[override]
        """Serve it, as `gr.Blocks` does."""
        return super().launch(state_session_capacity=SESSIONS, **options)
