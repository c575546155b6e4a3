"""A page without a browser: what gradio's script would send for it, and what is answered. For tests and the fuzzer."""

import json
import re
import secrets
from typing import Any

import httpx

_CONFIG = re.compile(r"window\.gradio_config = (\{.*?\});</script>", re.DOTALL)
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def visitor(address: str) -> httpx.Client:
    """Who asks a server, each time by a connection of its own: one that is kept may just be closed by a busy server."""
    return httpx.Client(base_url=address, timeout=60, limits=httpx.Limits(max_keepalive_connections=0))


class PageOverHttp:
    """One open page of a server.

    Attributes
    ----------
    session : by which the server knows this page.
    handlers : gradio's description of each handler, by its number.
    parts : gradio's description of each part of the page, by its number.
    """

    def __init__(self, client: httpx.Client, path: str = "/", session: str = "") -> None:
        self.client, self.session = client, session or "".join(secrets.choice(_LETTERS) for _ in range(11))
        found = _CONFIG.search(client.get(path).text)
        assert found
        self.config: dict[str, Any] = json.loads(found[1])
        self.handlers = {one["id"]: one for one in self.config["dependencies"]}
        self.parts = {one["id"]: one for one in self.config["components"]}
        self._values = {number: one["props"].get("value") for number, one in self.parts.items()}

    def handler(self, element: str, event: str, gives: str = "") -> dict[str, Any]:
        """The handler of an event of an element, by the element's id; the first that gives another one, if named."""
        for one in self.handlers.values():
            named = {(self.element(number), kind) for number, kind in one["targets"] if number is not None}
            if one["backend_fn"] and (element, event) in named and (not gives or gives in self.outputs(one)):
                return one
        raise LookupError(f"{element} has no {event}")

    def element(self, number: int) -> str:
        """A part's id in the page; "" without one."""
        return self.parts[number]["props"].get("elem_id") or "" if number in self.parts else ""

    def outputs(self, handler: dict[str, Any]) -> list[str]:
        """Ids of the parts that a handler changes."""
        return [self.element(number) for number in handler["outputs"]]

    def body(self, handler: dict[str, Any], event_data: Any = None, **values: Any) -> dict[str, Any]:
        """What a page sends to begin a handler; `values` are those of parts, by their ids with "_" for "-"."""
        given = {name.replace("_", "-"): value for name, value in values.items()}
        data = [given.get(self.element(number), self._values.get(number)) for number in handler["inputs"]]
        return {
            "data": data, "event_data": event_data, "fn_index": handler["id"], "trigger_id": None,
            "session_hash": self.session,
        }  # fmt: skip

    def begin(self, body: dict[str, Any]) -> httpx.Response:
        """Send it to where a page would."""
        queued = self.handlers.get(body.get("fn_index"), {}).get("queue", True)
        return self.client.post("/gradio_api/queue/join" if queued else "/gradio_api/run/predict", json=body)

    def call(self, handler: dict[str, Any], event_data: Any = None, **values: Any) -> list[Any]:
        """What a handler answers; raises `AssertionError` where that is no answer."""
        answer = self.begin(self.body(handler, event_data, **values))
        assert answer.status_code == 200, answer.text
        told = answer.json()
        if "event_id" in told:
            told = self.result(told["event_id"])
        assert "data" in told, told
        return list(told["data"])

    def result(self, event: str) -> dict[str, Any]:
        """What a handler that was begun has answered in the end."""
        query = {"session_hash": self.session}
        with self.client.stream("GET", "/gradio_api/queue/data", params=query, timeout=60) as answer:
            assert answer.status_code == 200
            for line in answer.iter_lines():
                message = json.loads(line[6:]) if line.startswith("data: ") else {}
                if message.get("msg") == "process_completed" and message["event_id"] == event:
                    return dict(message["output"])
        raise AssertionError("the stream ended without an answer")

    def train(self, **values: Any) -> list[str]:
        """Ids of the runs of this page after a click on Train."""
        handler = self.handler("train", "click")
        answer = dict(zip(self.outputs(handler), self.call(handler, **values), strict=True))
        return [run["id"] for run in answer["chart"]["runs"]]
