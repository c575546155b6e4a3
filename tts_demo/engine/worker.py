"""The program of a worker process: one run after the other, events out, orders in, over one pipe."""

import itertools
import os
import statistics
import time
import traceback
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from tts_demo.config import RunConfig
from tts_demo.events import WHOLE, Finished, Reason
from tts_demo.messages import Message, message_of
from tts_demo.processes import give_memory_back

_WARM_UPDATES = 6
_TIMED_UPDATES = 16  # fewer than lie before an evaluation
_NICENESS = 5  # below the web server, which must answer while two runs share two cores


def work(connection: Connection) -> None:
    """Answer orders until the pipe closes.

    In: ("measure",), or ("run", config as JSON, directory), then, while it runs, ("end", reason) or ("strength",
    regularizer, value).
    Out: ("first speed", seconds an update of the lesson) once, "ready" when warm and after each run; events in between;
    ("speed", the same) when measured, None instead where another order came first.
    """
    if hasattr(os, "nice"):
        os.nice(_NICENESS - os.nice(0))  # preloaded.py may have done it
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    speed = _warm_up()
    give_memory_back()
    try:
        connection.send(("first speed", speed))
        while True:
            connection.send("ready")
            _one_run(connection)
            give_memory_back()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent has gone


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


def _one_run(connection: Connection) -> None:
    from tts_demo.evaluation import held_out
    from tts_demo.runs import NOT_SAVED, RunError, load, record
    from tts_demo.training import Control, train

    class PipeControl(Control):
        """A control whose orders come through the pipe."""

        def reason_to_end(self) -> Reason | None:
            while connection.poll():
                order, *values = connection.recv()
                if order == "end":
                    self.end(*values)
                elif order == "strength":
                    self.set_strength(*values)
            return super().reason_to_end()

    order = connection.recv()
    while order[0] != "run":  # or else for a run that was over when it came
        if order[0] == "measure":
            connection.send(("speed", _update_seconds(connection)))
        order = connection.recv()
    _, written, directory = order
    try:
        config = RunConfig.from_json(written)
        for event in record(config, train(config, PipeControl()), Path(directory)):
            if isinstance(event, Finished) and event.reason in WHOLE:  # nobody waits for what was stopped
                held_out(load(Path(directory)))
            connection.send(event)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except RunError as error:  # its words name the server's folders, which are nobody's business
        why = error.__cause__
        said = (why.strerror or str(why)) if isinstance(why, OSError) else "the place is taken"
        connection.send(Finished("failed", Message(NOT_SAVED, error=said)))
    except ValueError as error:  # what we raise on purpose is a MessageError
        connection.send(Finished("failed", message_of(error)))
    except MemoryError:
        message = Message("There is not enough memory for this run; choose a smaller network.")
        connection.send(Finished("failed", message))
    except Exception as error:  # an error of the program: it ends this run, and the next one begins as usual
        traceback.print_exc()
        message = Message("An error ended the run ({kind}: {error}).", kind=type(error).__name__, error=str(error))
        connection.send(Finished("failed", message))
