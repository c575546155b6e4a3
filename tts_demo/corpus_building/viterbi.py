"""The best path through a small graph, frame by frame."""

from dataclasses import dataclass

import numba
import numpy as np


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order; each emits one state of the model, may be held, and may be entered from others.

    Attributes
    ----------
    states : np.ndarray [shape=(nodes,)]
        The model's state that each node emits.
    first_entry : np.ndarray [shape=(nodes + 1,)]
        Where the entries of a node begin in the two arrays that follow.
    entered_from : np.ndarray [shape=(entries,)]
        Node before; -1 means that the path may begin here.
    entry_scores : np.ndarray [shape=(entries,)]
        Log probability of taking this entry.
    ends : np.ndarray [shape=(ends,)]
        Nodes on which the path may end.
    """

    states: np.ndarray
    first_entry: np.ndarray
    entered_from: np.ndarray
    entry_scores: np.ndarray
    ends: np.ndarray


def best_path(graph: Graph, scores: np.ndarray) -> tuple[np.ndarray, float]:
    """Find the most likely sequence of nodes (Viterbi 1967).

    Holding a node costs nothing: in speech the likelihoods of the frames leave a geometric duration little to say.

    Parameters
    ----------
    graph : Graph
    scores : np.ndarray [shape=(frames, states)]
        Log likelihood of each frame in each state of the model.

    Returns
    -------
    path : np.ndarray [shape=(frames,)]
        Node of each frame.
    log_likelihood : float
        Of the whole path.

    Raises
    ------
    ValueError
        If no path of that many frames leads through the graph.
    """
    path, log_likelihood = _best_path(
        np.ascontiguousarray(scores),
        graph.states,
        graph.first_entry,
        graph.entered_from,
        graph.entry_scores,
        graph.ends,
    )
    if not np.isfinite(log_likelihood):
        raise ValueError(f"No path of {len(scores)} frames leads through the {len(graph.states)} nodes.")
    return path, float(log_likelihood)


@numba.njit(cache=True)
def _best_path(scores, states, first_entry, entered_from, entry_scores, ends):  # type: ignore[no-untyped-def]
    frames, nodes = len(scores), len(states)
    came_from = np.full((frames, nodes), -1, dtype=np.int32)
    before = np.full(nodes, -np.inf)
    now = np.full(nodes, -np.inf)
    for node in range(nodes):
        for entry in range(first_entry[node], first_entry[node + 1]):
            if entered_from[entry] < 0:
                now[node] = max(now[node], entry_scores[entry] + scores[0, states[node]])
    for frame in range(1, frames):
        before, now = now, before
        for node in range(nodes):
            best, best_from = before[node], node
            for entry in range(first_entry[node], first_entry[node + 1]):
                other = entered_from[entry]
                if other >= 0 and before[other] + entry_scores[entry] > best:
                    best, best_from = before[other] + entry_scores[entry], other
            now[node] = best + scores[frame, states[node]]
            came_from[frame, node] = best_from
    last = ends[0]
    for end in ends:
        if now[end] > now[last]:
            last = end
    log_likelihood = now[last]
    path = np.empty(frames, dtype=np.int32)
    for frame in range(frames - 1, -1, -1):
        path[frame] = last
        last = came_from[frame, last]
    return path, log_likelihood
