"""The program of a worker process: one run after the other, events out, orders in, over one pipe."""

import itertools
import os
import signal
import statistics
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from tts_demo.config import RunConfig
from tts_demo.events import WHOLE, Finished
from tts_demo.messages import Message, message_of
from tts_demo.processes import give_memory_back

_WARM_UPDATES = 6
_TIMED_UPDATES = 16  # fewer than lie before an evaluation
_NICENESS = 5  # below the web server, which must answer while two runs share two cores


def _warm_up() -> float:
    """Load what a run needs and let torch choose its kernels, so that the first click is as quick as the second.

    Returns the processor seconds that an update of the default lesson takes here: while the program starts,
    everything else is busy too.
    """
    import torch

    from tts_demo.lesson import LESSON
    from tts_demo.training import THREADS, train

    torch.set_num_threads(THREADS)
    moments = [time.process_time() for _ in train(replace(LESSON, updates=_WARM_UPDATES))]
    return min(after - before for before, after in itertools.pairwise(moments[2 : 1 + _WARM_UPDATES]))


def _update_seconds(connection: Connection) -> float | None:
    """Median of some updates of the default lesson; None where an order comes in between, which goes first."""
    from tts_demo.lesson import LESSON
    from tts_demo.training import train

    moments = []
    for _ in itertools.islice(train(LESSON), 2 + _TIMED_UPDATES):  # after the start and the losses before it
        moments.append(time.perf_counter())
        if connection.poll():
            return None
    return statistics.median(after - before for before, after in itertools.pairwise(moments[1:]))


def _next_run(connection: Connection) -> tuple:
    """The next order that asks for a run; others are done, or were for a run that was over when they came."""
    order = connection.recv()
    while order[0] != "run":
        if order[0] == "measure":
            connection.send(("speed", _update_seconds(connection)))
        order = connection.recv()
    return order


def _train(connection: Connection, order: tuple) -> None:
    from tts_demo.engine.pipe_control import PipeControl
    from tts_demo.evaluation import held_out
    from tts_demo.runs import load, record
    from tts_demo.training import train

    _, written, directory, _ = order
    config = RunConfig.from_json(written)
    for event in record(config, train(config, PipeControl(connection)), Path(directory)):
        if isinstance(event, Finished) and event.reason in WHOLE:  # nobody waits for what was stopped
            held_out(load(Path(directory)))
        connection.send(event)


def failure(error: Exception) -> Finished:
    """The end of a run by an error, in a sentence."""
    from tts_demo.runs import NOT_SAVED, RunError

    if isinstance(error, RunError):  # its words name the server's folders, which are nobody's business
        why = error.__cause__
        said = (why.strerror or str(why)) if isinstance(why, OSError) else "the place is taken"
        return Finished("failed", Message(NOT_SAVED, error=said))
    if isinstance(error, ValueError):  # what we raise on purpose is a MessageError
        return Finished("failed", message_of(error))
    if isinstance(error, MemoryError):
        return Finished("failed", Message("There is not enough memory for this run; choose a smaller network."))
    traceback.print_exc()  # an error of the program: it ends this run, and the next one begins as usual
    message = Message("An error ended the run ({kind}: {error}).", kind=type(error).__name__, error=str(error))
    return Finished("failed", message)


def work(connection: Connection, train: Callable[[Connection, tuple], None] = _train) -> None:
    """Answer orders until the pipe closes.

    In: ("measure",), or ("run", config as JSON, directory, how many of its events are known), then, while it runs,
    ("end", reason) or ("strength", regularizer, value).
    Out: ("first speed", seconds an update of the lesson) once, "ready" when warm and after each run; events in between;
    ("speed", the same) when measured, None instead where another order came first.

    Parameters
    ----------
    connection : Connection
    train : callable
        What an order for a run is handed to, with the pipe.
    """
    if hasattr(os, "nice"):
        os.nice(max(_NICENESS - os.nice(0), 0))  # preloaded.py may have done it
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    speed = _warm_up()
    give_memory_back()
    try:
        connection.send(("first speed", speed))
        while True:
            connection.send("ready")
            order = _next_run(connection)
            try:
                train(connection, order)
            except (EOFError, BrokenPipeError, ConnectionResetError):
                raise
            except Exception as error:
                connection.send(failure(error))
            give_memory_back()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent has gone
