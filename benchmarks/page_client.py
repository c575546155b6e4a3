"""A visitor without a browser: speaks to the server what the page's scripts speak, and keeps what they keep.

Gradio's part of a page is a table of events: which component's event calls which function of the server, with which
components' values, and which components its answer sets. This client follows that table as gradio's script does: what
an answer changes calls what depends on it. Of the page's own scripts it plays the status line's worker, which asks how
the runs are (`run_status/asking.js`).
"""

import asyncio
import contextlib
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from httpx import QueryParams

_EVERY, _EVERY_WAITING = 0.05, 0.5  # seconds between two questions, as the page's status line and its server have it
_NAMES = ("train", "stop", "status", "chart", "player", "sentence", "tab", "twin")


@dataclass
class Told:
    """What a page was told about its runs: ids, and when it knew what."""

    pressed: float = 0.0
    answered: float = 0.0
    alerts: list[str] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)  # of each run the last news


class PageClient:
    """One open page.

    Parameters
    ----------
    address : str
        Of the server, with "/" at its end.
    query : str
        What stands after "?" in the page's address.
    """

    def __init__(self, address: str, query: str = "") -> None:
        self.address, self.query = address, query
        # As many as a browser has to a host. One that is idle is closed before the server does it, after 5 s: where the
        # two meet, a browser asks once more by itself, and httpx does not.
        limits = httpx.Limits(max_connections=6, keepalive_expiry=2)
        self.http = httpx.AsyncClient(timeout=120, limits=limits)
        self.session = secrets.token_hex(6)
        self.errors: list[str] = []
        self.lines: list[dict[str, Any]] = []
        self.told = Told()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._early: dict[str, Any] = {}  # answers that came before their event's number
        self._busy: dict[int, int] = {}
        self._again: dict[int, Any] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stream: asyncio.Task[Any] | None = None
        self._questions = 0

    async def load(self) -> float:
        """Open the page and let it arrive; seconds until the server has sent the page itself and all that it names."""
        began = time.perf_counter()
        page = await self.http.get(self.address, params=self.query)
        named = set(re.findall(r'(?:src|href)="(\.?/[^"]+\.(?:js|css))"', page.text))
        answers = await asyncio.gather(*(self.http.get(self.address + name.lstrip("./")) for name in named))
        seconds = time.perf_counter() - began
        self.errors += [f"{answer.status_code} {answer.url.path}" for answer in [page, *answers] if answer.is_error]
        written = re.search(r"window\.gradio_config = (.*?);</script>", page.text, re.DOTALL)
        assert written, page.text[:1000]
        config = json.loads(written[1])
        self._values = {one["id"]: one["props"].get("value") for one in config["components"]}
        self._states = {one["id"] for one in config["components"] if one["type"] == "state"}
        self.part = {one["props"].get("elem_id"): one["id"] for one in config["components"]}
        here = set(config["page"][""]["components"]) if "page" in config else set(self._values)
        self._events = [one for one in config["dependencies"] if {*one["inputs"], *one["outputs"]} <= here | {None}]
        await asyncio.gather(*(self.fire(one) for one in self._events if any(e == "load" for _, e in one["targets"])))
        await self.rest()
        return seconds

    async def rest(self) -> None:
        """Until all that follows from what has happened is done; how the runs are is asked on."""
        while tasks := [task for task in self._tasks if task.get_name() != "live"]:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """Leave nothing behind."""
        for task in (*self._tasks, *([self._stream] if self._stream else [])):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await self.http.aclose()

    async def press_train(self) -> None:
        """Press Train: until its answer is there, which says the place in the queue."""
        self.told = Told(pressed=time.perf_counter())
        await self.on("train", "click")
        self.told.answered = time.perf_counter()
        self.told.alerts = [line["said"] for line in self.lines if line["kind"] == "alert"]

    async def over(self) -> None:
        """Until no run of the page goes on, and the page has followed."""
        while any(line["run"] or line["others"] for line in self.lines):
            await asyncio.sleep(0.1)
        await self.rest()

    async def on(self, name: str, event: str, data: Any = None) -> None:
        """An event of a part of the page, and the answers to it."""
        found = [one for one in self._events if [self.part[name], event] in one["targets"]]
        await asyncio.gather(*(self.fire(one, data) for one in found))

    def choose(self, name: str, value: Any) -> None:
        """Set a control, as a person does; its event is to be told with `on`."""
        self._values[self.part[name]] = value

    # ---- gradio's part

    async def fire(self, event: dict[str, Any], data: Any = None) -> None:
        """Let the server answer an event, and follow what its answer changes."""
        number = event["id"]
        if not event["backend_fn"]:
            return
        if self._busy.get(number) and event["trigger_mode"] != "multiple":
            if event["trigger_mode"] == "always_last":
                self._again[number] = data
            return
        self._busy[number] = 1
        try:
            await self._answered(event, data)
        except Exception as error:
            self.errors.append(f"{event['api_name']}: {type(error).__name__} {error}")
        self._busy[number] = 0
        if number in self._again:
            await self.fire(event, self._again.pop(number))

    async def _answered(self, event: dict[str, Any], data: Any) -> None:
        values = [None if one in self._states else self._values[one] for one in event["inputs"]]
        if event["js"] and "hearQuestions" in str(event["js"]):
            self._questions += 1
            values[0] = self._questions
        elif event["js"] and event["targets"][0][1] == "load":
            values[0] = {"runs": []} if values[0] is None or isinstance(values[0], dict) else values[0]
        body = {"data": values, "event_data": data, "fn_index": event["id"], "session_hash": self.session}
        if not event["queue"]:
            answer = await self.http.post(self.address + "gradio_api/run/predict", json=body)
            answer.raise_for_status()
            self._take(event, answer.json())
            return
        answer = await self.http.post(self.address + f"gradio_api/queue/join?{self.query}", json=body)
        answer.raise_for_status()
        number = answer.json()["event_id"]
        if number in self._early:
            message = self._early.pop(number)
        else:
            self._waiting[number] = asyncio.get_running_loop().create_future()
            if self._stream is None or self._stream.done():
                self._stream = asyncio.create_task(self._listen())
            message = await asyncio.wait_for(self._waiting[number], 120)
        if not message["success"]:
            raise RuntimeError(str(message["output"])[:200])
        self._take(event, message["output"])

    async def _listen(self) -> None:
        while self._waiting:  # what is asked while one stream is being closed is answered in the next one
            await self._one_stream()

    async def _one_stream(self) -> None:
        address = self.address + f"gradio_api/queue/data?session_hash={self.session}"
        async with self.http.stream("GET", address) as answer:
            async for line in answer.aiter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message["msg"] == "process_completed":
                    waiting = self._waiting.pop(message["event_id"], None)
                    if waiting:
                        waiting.set_result(message)
                    else:
                        self._early[message["event_id"]] = message
                elif message["msg"] == "close_stream":
                    return

    def _take(self, event: dict[str, Any], output: dict[str, Any]) -> None:
        changed = set(output.get("changed_state_ids") or ())
        for part, value in zip(event["outputs"], output["data"], strict=False):
            if part in self._states:
                continue
            if isinstance(value, dict) and value.get("__type__") == "update":
                if "value" not in value:
                    continue
                value = value["value"]
            if value != self._values.get(part):
                self._values[part] = value
                changed.add(part)
                if part == self.part["status"]:
                    self.lines = value or []
                    self._ask()
        for one in self._events:
            if any(part in changed and name == "change" for part, name in one["targets"]):
                self._start(self.fire(one))

    # ---- the status line's

    def _ask(self) -> None:
        if not any(task.get_name() == "live" for task in self._tasks):
            self._start(self._live(), "live")

    async def _live(self) -> None:
        has: dict[str, int] = {}
        while stages := self._stages():
            query = QueryParams([pair for run in stages for pair in (("run", run), ("has", str(has.get(run, 0))))])
            pause = 1.0
            try:
                news = (await self.http.get(self.address + "live/en", params=query)).raise_for_status().json()
                pause = max(_EVERY, min((now or {}).get("every", 0) for now in news.values()) / 1000)
            except httpx.HTTPError as error:
                self.errors.append(f"live: {type(error).__name__}")
                news = {}
            for run, now in news.items():
                self.told.runs[run] = now
                has[run] = (now or {}).get("has", has.get(run, 0))
            if any(now and now["stage"] != stages[run] for run, now in news.items()):
                await self.on("status", "stage", {})
            await asyncio.sleep(pause)

    def _stages(self) -> dict[str, int]:
        found = {line["run"]: line["stage"] for line in self.lines if line["run"]}
        return found | {run: stage for line in self.lines for run, stage in line["others"]}

    def _start(self, doing: Any, name: str = "event") -> None:
        task = asyncio.create_task(doing, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
