"""What a Ray cluster is good for: the same runs on one node and on two, and a node that is lost in mid-run.

All nodes are on this machine, each with one core, and a head without any. On a machine of two cores that leaves none
over for the head, the nodes' own processes and the one that hands out the runs: what they take is taken from the runs
that two nodes train, and not from those that one node trains.

`--json` prints one flat object:

`seconds_1_node`, `seconds_2_nodes`
    From handing over 16 runs of the lesson, each with a seed of its own, until the last one has ended, on nodes that
    are warm.
`efficiency_2_nodes`
    The first over twice the second: 1 where two nodes take half the time.
`seconds_1_process`, `seconds_2_processes`, `efficiency_2_processes`
    The same of the local engine: what two cores of this machine are good for, without a cluster.
`finished_after_node_loss`
    How many of the 16 runs do all their updates where one of two nodes is killed (SIGKILL to all its processes) when
    a third of the runs are over.
`restarted`
    How many of them went on from a snapshot on another node.
`same_curves`
    1 if every event of every run was the same on one node, on two, with a node lost, and with the local engine, but for
    its seconds.

Needs requirements-ray.txt, and a machine that does nothing else.
"""

import argparse
import contextlib
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import project

project.needs("ray", file="requirements-ray.txt")

from tests import ray_cluster  # noqa: E402
from tts_demo import events  # noqa: E402
from tts_demo.config import RunConfig  # noqa: E402
from tts_demo.engine import LocalEngine  # noqa: E402
from tts_demo.engine.ray_engine import RayEngine  # noqa: E402
from tts_demo.events import Event, Finished, Progress  # noqa: E402
from tts_demo.lesson import LESSON  # noqa: E402

RUNS = 16
_LONG = 3600.0  # of a lease: nobody leaves


def runs(updates: int) -> list[RunConfig]:
    """What is trained each time."""
    return [replace(LESSON, updates=updates, seed=seed) for seed in range(RUNS)]


def warm(engine: LocalEngine, workers: int) -> None:
    """Let each worker do some updates, so that nothing has to be loaded any more."""
    begun = [engine.submit(replace(LESSON, updates=20_000)) for _ in range(workers)]
    for run_id in begun:
        next(event for event in engine.follow(run_id) if isinstance(event, Progress) and event.step > 5)
    for run_id in begun:
        engine.end(run_id)
        list(engine.follow(run_id))


def trained(
    engine: LocalEngine, workers: int, configs: list[RunConfig], after_a_third: Callable[[], None] | None = None
) -> tuple[float, list[list[Event]], int]:
    """Seconds that the runs took together, their events, and how many had lost their node."""
    warm(engine, workers)
    began = time.perf_counter()
    run_ids = [engine.submit(config) for config in configs]
    if after_a_third is not None:
        for run_id in run_ids[: len(run_ids) // 3]:
            list(engine.follow(run_id))
        going = run_ids[len(run_ids) // 3]
        next((event for event in engine.follow(going) if isinstance(event, Progress) and event.step >= 100), None)
        threading.Thread(target=after_a_third, daemon=True).start()
    happened = [list(engine.follow(run_id)) for run_id in run_ids]
    seconds = time.perf_counter() - began
    return seconds, happened, sum(engine._jobs[run_id].lost for run_id in run_ids)


@contextlib.contextmanager
def on_a_cluster(nodes: int) -> Iterator[tuple[LocalEngine, ray_cluster.Nodes]]:
    """An engine on a cluster of its own."""
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder, ray_cluster.cluster(nodes) as cluster:
        engine = RayEngine(Path(folder), cluster.address, lease_seconds=_LONG, patient_seconds=_LONG)
        with contextlib.closing(engine):
            yield engine, cluster


@contextlib.contextmanager
def on_this_machine(workers: int) -> Iterator[LocalEngine]:
    """The local engine."""
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        engine = LocalEngine(Path(folder), workers=workers, lease_seconds=_LONG, patient_seconds=_LONG)
        with contextlib.closing(engine):
            yield engine


def plain(happened: list[list[Event]]) -> list[list[dict[str, Any]]]:
    """What the curves are drawn from, without the time that it took."""
    return [[events.to_json(event) | {"seconds": None} for event in run] for run in happened]


def completed(happened: list[list[Event]]) -> int:
    """How many runs did all their updates."""
    ends = [run[-1] for run in happened]
    return sum(isinstance(end, Finished) and end.reason == "completed" for end in ends)


def measured(updates: int) -> dict[str, float]:
    """All figures."""
    configs, figures, curves = runs(updates), dict[str, float](), []
    for nodes in (1, 2):
        with on_a_cluster(nodes) as (engine, _):
            seconds, happened, _ = trained(engine, nodes, configs)
        unit = "node" if nodes == 1 else "nodes"
        figures[f"seconds_{nodes}_{unit}"] = seconds
        curves.append(plain(happened))
    figures["efficiency_2_nodes"] = figures["seconds_1_node"] / (2 * figures["seconds_2_nodes"])
    for workers in (1, 2):
        with on_this_machine(workers) as engine:
            seconds, happened, _ = trained(engine, workers, configs)
        unit = "process" if workers == 1 else "processes"
        figures[f"seconds_{workers}_{unit}"] = seconds
        curves.append(plain(happened))
    figures["efficiency_2_processes"] = figures["seconds_1_process"] / (2 * figures["seconds_2_processes"])
    with on_a_cluster(2) as (engine, cluster):
        _, happened, figures["restarted"] = trained(engine, 2, configs, cluster.kill_one)
    figures["finished_after_node_loss"] = completed(happened)
    curves.append(plain(happened))
    figures["same_curves"] = int(all(each == curves[0] for each in curves))
    return figures


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--updates", type=int, default=LESSON.updates, help=f"of each run ({LESSON.updates})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measured(options.updates)
    if options.json:
        print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
    else:
        for name, value in figures.items():
            print(f"{name:26} {value:.4g}")


if __name__ == "__main__":
    main()
