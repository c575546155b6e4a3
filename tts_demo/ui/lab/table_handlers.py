"""The table of runs on the page: what its buttons ask for, and the files that they give."""

import atexit
import contextlib
import shutil
import tempfile
from pathlib import Path

from tts_demo import notebook, runs, service_log
from tts_demo.engine import EngineError
from tts_demo.ui.components.runs_table import action_of
from tts_demo.ui.lab import session
from tts_demo.ui.lab.changes import Change, Show
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.visitor import Visitor

_NO_ROOM = "The file could not be made: the disk of this server may be full."


class TableHandlers:
    """Answers to the events of the page's `RunsTable`.

    Parameters
    ----------
    runs : Handlers
        Of the page whose runs these are.
    """

    def __init__(self, runs: Handlers) -> None:
        self.runs = runs
        self.files = Path(tempfile.mkdtemp(prefix="tts_demo-files-"))  # that were asked for, until the program ends
        atexit.register(shutil.rmtree, self.files, ignore_errors=True)

    def act(self, visitor: Visitor, data: object, twin: bool = True) -> Change:
        """What a button of the runs table asks for: another name, delete, its settings, its files."""
        lost = {one.run_id: one.config for one in visitor.lost}
        mine = [*(one.run_id for one in visitor.session if not one.recorded), *lost]
        recorded = [one.run_id for one in visitor.session if one.recorded]
        try:
            action = action_of(data, mine, recorded)
            if action.kind == "reuse":
                config = lost.get(action.run) or self.runs.engine.config(action.run)
                return self.runs.choosing.settings(visitor, config, twin)
            if action.kind == "download":
                label = self.runs.language("The run as a folder")
                return {"file": Show(value=str(self._zipped(action.run)), visible=True, label=label)}
            if action.kind == "notebook":
                label = self.runs.language("The run as a notebook")
                return {"file": Show(value=str(self._notebook(action.run)), visible=True, label=label)}
            if action.kind == "rename":
                visitor.update_session(lambda now: session.renamed(now, action.run, action.text))
            else:
                with contextlib.suppress(EngineError):  # it may be gone already
                    self.runs.engine.end(action.run)
                visitor.delete(action.run)
        except (ValueError, OSError) as error:
            say = self.runs.language
            said = say.sentence(error) if isinstance(error, ValueError) else say(_NO_ROOM)
            if isinstance(error, OSError):
                service_log.tell("file_not_made", _NO_ROOM, errno=error.errno)
            return {"runs": {**self.runs.table(visitor)["runs"], "alert": said}}
        return self.runs.curves(visitor)

    def _zipped(self, run_id: str) -> Path:
        """A finished run's folder as a ZIP file, made once; raises `EngineError`, OSError."""
        folder = self.runs.engine.run(run_id).directory
        if folder.suffix == runs.PARTIAL:
            raise EngineError("This run is still going on: it can be downloaded when it is over.")
        return self._archive(f"hear-overfitting-{run_id}", folder)

    def _notebook(self, run_id: str) -> Path:
        """A finished run's notebook with its files as a ZIP file, made once; raises MessageError, OSError."""
        name = f"hear-overfitting-{run_id}-notebook"
        if (made := self.files / f"{name}.zip").exists():
            return made
        with tempfile.TemporaryDirectory(dir=self.files) as folder:
            notebook.write(self.runs.engine.run(run_id), Path(folder), self.runs.language.sentence)
            return self._archive(name, Path(folder))

    def _archive(self, name: str, folder: Path) -> Path:
        """A folder as a ZIP file, made once and whole; raises OSError."""
        made = self.files / f"{name}.zip"
        if not made.exists():
            with tempfile.TemporaryDirectory(dir=self.files) as place:  # on a full disk half of one stays behind
                Path(shutil.make_archive(str(Path(place) / name), "zip", folder)).rename(made)
        return made
