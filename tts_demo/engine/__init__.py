"""Where runs execute. The page talks to an `Engine` and does not know which kind it is."""

from tts_demo.engine.base import Engine, EngineError, Figures
from tts_demo.engine.local import LocalEngine

__all__ = ["Engine", "EngineError", "Figures", "LocalEngine"]
