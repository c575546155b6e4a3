"""Which engine trains, by the name that the command line has for it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tts_demo.engine.base import EngineError
from tts_demo.engine.local import LocalEngine
from tts_demo.runs import Run

LOCAL, RAY = "local", "ray"


def engine_named(
    name: str, folder: Path, recorded: Mapping[str, Run] | None = None, beside: float = 0.0, **more: Any
) -> LocalEngine:
    """The engine that is asked for.

    Parameters
    ----------
    name : "local", "ray" or "ray://HOST:PORT"
    folder, recorded, beside : as for `LocalEngine`
    **more
        What both kinds take: `workers`, `lease_seconds`, `patient_seconds`.

    Raises
    ------
    EngineError
        Where there is no such engine, or its cluster cannot be reached.
    """
    more = {option: value for option, value in more.items() if value is not None}
    kind, _, address = name.partition("://")
    if name == LOCAL:
        return LocalEngine(folder, recorded=recorded, beside=beside, **more)
    if kind != RAY or name == f"{RAY}://":
        raise EngineError(
            "There is no engine {name}; there is {names}.", name=repr(name[:40]), names="local, ray, ray://HOST:PORT"
        )
    from tts_demo.engine.ray_engine import RayEngine
    from tts_demo.engine.ray_relay import THIS_MACHINES

    return RayEngine(folder, address or THIS_MACHINES, recorded=recorded, **more)
