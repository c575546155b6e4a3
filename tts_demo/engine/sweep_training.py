"""Sweeps that an engine trains: its runs' directories become those of the sweep."""

import contextlib
import math
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tts_demo.engine.choosing import engine_named
from tts_demo.events import Event, finished
from tts_demo.sweep_recording import directory_of, point_of_run
from tts_demo.sweeps import Point, Sweep

_AT_ONCE = 20  # runs that the engine has; fewer than its queue takes
_SECONDS = 0.2  # between two looks at all of them


def train_all(
    engine_name: str, workers: int | None, sweep: Sweep, values: Sequence[float], folder: Path
) -> Iterator[tuple[float, Point]]:
    """Each value with its point, as the runs end.

    Parameters
    ----------
    engine_name, workers : as for `engine_named`; None for as many runs at once as there is room for
    sweep : Sweep
    values : sequence of float
        Those of its values that are to be trained.
    folder : Path
        The sweep's.

    Raises
    ------
    EngineError
        Where there is no such engine, or it cannot be reached.
    SweepError
        Where a run has failed.
    """
    if not values:
        return
    with tempfile.TemporaryDirectory(prefix=".runs-", dir=folder) as place:
        engine = engine_named(
            engine_name, Path(place), workers=workers, lease_seconds=math.inf, patient_seconds=math.inf
        )  # nobody renews a lease here
        with contextlib.closing(engine):
            waiting, going = list(values), dict[float, tuple[str, list[Event]]]()
            while waiting or going:
                while waiting and len(going) < _AT_ONCE:
                    going[waiting[0]] = engine.submit(sweep.config(waiting[0])), []
                    waiting.pop(0)
                for n, (value, (run_id, happened)) in enumerate(list(going.items())):
                    happened += engine.events_after(run_id, len(happened), 0 if n else _SECONDS)
                    if finished(happened):
                        del going[value]
                        point = point_of_run(value, happened)
                        shutil.move(engine.run(run_id).directory, directory_of(sweep, value, folder))
                        yield value, point
