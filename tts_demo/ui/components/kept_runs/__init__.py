"""What a browser keeps of its visitor's runs."""

from tts_demo.ui.components.kept_runs.component import READ, KeptRuns, KeptValue

__all__ = ["KeptRuns", "KeptValue", "READ"]
