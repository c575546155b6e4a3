"""How orders reach a run that a worker trains."""

from multiprocessing.connection import Connection

from tts_demo.events import Reason
from tts_demo.training import Control


class PipeControl(Control):
    """A control whose orders come through a pipe, which it asks before every update.

    Parameters
    ----------
    connection : Connection
        Through it come ("end", reason) and ("strength", regularizer, value).
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def reason_to_end(self) -> Reason | None:
        """Asked by the loop before every update."""
        while self._connection.poll():
            order, *values = self._connection.recv()
            if order == "end":
                self.end(*values)
            elif order == "strength":
                self.set_strength(*values)
        return super().reason_to_end()
