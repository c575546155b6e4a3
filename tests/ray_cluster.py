"""A Ray cluster of several nodes on this machine: a head without cores, and nodes of one core each."""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

INSTALLED = importlib.util.find_spec("ray") is not None
_OBJECTS = 100_000_000  # bytes of shared memory of each node: far more than what is sent


class Nodes:
    """The cluster's processes; `address` is its head's."""

    def __init__(self, count: int) -> None:
        # Ray's workers go behind all else on a machine (niceness 15); here they shall share it as other tests do
        os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": _OBJECTS}
        self._cluster: Any = Cluster(initialize_head=True, head_node_args=head)
        self.address: str = self._cluster.address
        self._nodes: list[Any] = []
        for _ in range(count):
            self.add_one()

    def add_one(self) -> None:
        """One more node."""
        self._nodes.append(self._cluster.add_node(num_cpus=1, object_store_memory=_OBJECTS))

    def kill_one(self) -> None:
        """All processes of a node that is not the head, at once, as when its power is lost."""
        self._cluster.remove_node(self._nodes.pop(), allow_graceful=False)

    def kill_all(self) -> None:
        """Head and nodes."""
        for node in self._cluster.list_all_nodes():
            node.kill_all_processes(check_alive=False, allow_graceful=False)


@contextmanager
def cluster(nodes: int) -> Iterator[Nodes]:
    """A cluster with so many nodes besides its head."""
    started = Nodes(nodes)
    try:
        yield started
    finally:
        started.kill_all()
