"""The clips of classes: as they are kept in the file, and, of the last few classes, in memory."""

import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

import soundfile

from tts_demo.acoustics import SAMPLE_RATE
from tts_demo.ui.lab.blind_tests import Samples
from tts_demo.ui.lab.class_file import StoreError

Sounds = Mapping[tuple[str, int], bytes]  # by sentence and system, 0 or 1
_MOST = 8  # classes whose sounds stay in memory, 2 MB each


class ClassSounds:
    """What classes hear; it is read once, so a class goes on where the file cannot be read any more.

    `read` gives all clips of a class by its id, and raises `StoreError`.
    """

    def __init__(self, read: Callable[[int], Sounds]) -> None:
        self._read, self._kept, self._lock = read, OrderedDict[int, Sounds](), threading.Lock()

    def of(self, class_id: int) -> Sounds:
        """All clips of a class; raises `StoreError`."""
        with self._lock:
            if class_id in self._kept:
                self._kept.move_to_end(class_id)
                return self._kept[class_id]
        sounds = self._read(class_id)
        if not sounds:  # it was deleted meanwhile
            raise StoreError("The clips of this class are not kept here any more.")
        with self._lock:
            self._kept[class_id] = sounds
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return sounds

    def forget(self, class_id: int) -> None:
        """The class was deleted."""
        with self._lock:
            self._kept.pop(class_id, None)


def packed(samples: Samples) -> bytes:
    """A clip as FLAC, which loses nothing."""
    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def unpacked(sound: bytes) -> Samples:
    """The clip that `packed` was given."""
    samples: Samples = soundfile.read(io.BytesIO(sound), dtype="int16")[0]
    return samples
