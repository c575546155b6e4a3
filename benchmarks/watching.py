"""What is measured of a server while others use it: memory, open files, and how soon a stranger sees and hears."""

import asyncio
import time

import psutil
from page_client import PageClient

_BETWEEN = 2.0  # seconds from one look at page, replay and memory to the next


class Watch:
    """What is measured beside everything else, again and again."""

    def __init__(self, server: psutil.Process) -> None:
        self.server, self.peak_mb = server, 0.0
        self.loads: list[float] = []
        self.replays: list[float] = []
        self.errors: list[str] = []

    def memory_mb(self) -> float:
        """Of the server and its workers now."""
        total = 0.0
        for member in [self.server, *self.server.children(recursive=True)]:
            try:
                total += member.memory_full_info().pss / 1e6
            except psutil.Error:  # ended just now
                continue
        self.peak_mb = max(self.peak_mb, total)
        return total

    def open_files(self) -> int:
        """Of the server."""
        return self.server.num_fds()

    async def look(self, address: str, until: asyncio.Event) -> None:
        """A stranger opens the page and asks for a sentence, until somebody says that it is enough."""
        turn = 0
        while not until.is_set():
            visitor = PageClient(address, "lab")
            self.loads.append(await visitor.load())
            turn += 1
            visitor.choose("sentence", ("seen", "twin")[turn % 2])
            began = time.perf_counter()
            await visitor.on("sentence", "change")
            self.replays.append(time.perf_counter() - began)
            await visitor.rest()
            self.errors += visitor.errors
            await visitor.close()
            await asyncio.to_thread(self.memory_mb)
            await asyncio.sleep(_BETWEEN)
