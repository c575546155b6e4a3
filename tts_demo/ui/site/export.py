"""Writes the site: `python -m tts_demo export-site DIR`."""

import hashlib
import html
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

from tts_demo import recorded_lesson, recorded_runs
from tts_demo.messages import MessageError
from tts_demo.ui.components import files
from tts_demo.ui.components.lesson import lesson_value
from tts_demo.ui.lab.link_handlers import TITLE
from tts_demo.ui.lab.sentences import SHORT
from tts_demo.ui.locales.catalog import LANGUAGES, Language
from tts_demo.ui.site import values
from tts_demo.ui.site.recorded import Recorded

MARK = "hear-overfitting-site.json"  # names the files of an export, so that the next one may replace them
_HERE = Path(__file__).parent
_FOLDERS = ("shared", *values.COMPONENTS)  # of the components that the site shows
_CREDITS = "CREDITS.txt"  # as browsers show it; some hosts make another file of a .md


class SiteError(MessageError):
    """A site that cannot be written; the message is a sentence."""


def write(folder: Path, checkpoints: Path) -> int:
    """Write the site into a folder: an empty or a new one, or one that holds an earlier export, which is replaced.

    Other files of such a folder stay as they are. What fails before the end leaves an earlier export as it was.

    Parameters
    ----------
    folder : where it goes.
    checkpoints : the recorded lesson, and `recorded/` in it.

    Returns
    -------
    int
        Bytes written.

    Raises
    ------
    SiteError, RecordedLessonError, SweepError, RunError
        Where something else is in that folder; where nothing was recorded, or it is damaged.
    """
    before = _earlier(folder)
    lesson = recorded_lesson.load(checkpoints)
    if lesson is None:
        raise SiteError("There is no recorded lesson in {folder}.", folder=repr(str(checkpoints)))
    recorded = Recorded(lesson, recorded_runs.load(checkpoints / "recorded"))
    if not recorded.others.curves:
        raise SiteError("There are no recorded runs in {folder}.", folder=repr(str(checkpoints / "recorded")))
    with tempfile.TemporaryDirectory(prefix="tts_demo-site-") as place:
        new, size = Path(place), 0
        for name, content in _contents(recorded):
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            size += path.write_bytes(content)
        names = sorted(path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file())
        (new / MARK).write_text(json.dumps({"files": names}, indent=0) + "\n", encoding="utf-8")
        for path in before:
            path.unlink(missing_ok=True)
        for parent in sorted({path.parent for path in before}, key=lambda one: -len(one.parts)):
            while parent != folder and parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
                parent = parent.parent
        shutil.copytree(new, folder, dirs_exist_ok=True)
    return size


def _earlier(folder: Path) -> list[Path]:
    """The files of an earlier export; raises `SiteError` where something else is there."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return []
    try:
        names = json.loads((folder / MARK).read_bytes())["files"]
        paths = [(folder / name).resolve() for name in names]
    except (OSError, ValueError, KeyError, TypeError):
        raise SiteError(
            "{folder} already holds something that is no earlier export; choose another place.", folder=str(folder)
        ) from None
    inside = folder.resolve()
    return [path for path in paths if path.is_relative_to(inside) and path != inside]


def _contents(recorded: Recorded) -> Iterator[tuple[str, bytes]]:
    """Each file of the site by its address."""
    own = {f"site/{path.name}": path.read_bytes() for path in sorted(_HERE.iterdir()) if path.suffix in (".js", ".css")}
    own |= {
        f"components/{name}": content
        for name, content in files.contents().items()
        if name.partition("/")[0] in _FOLDERS
    }
    # a browser that has kept scripts of an earlier export never mixes them with these
    digest = hashlib.sha256(b"".join(name.encode() + content for name, content in sorted(own.items()))).hexdigest()
    app = f"app/{digest[:16]}"
    for name, content in own.items():
        yield f"{app}/{name}", content
    yield "data/lesson.json", _json(lesson_value(recorded.lesson))
    for run_id in recorded.runs:
        yield f"data/runs/{run_id}.json", _json(recorded.written(run_id))
    for number, language in enumerate(LANGUAGES.values()):
        yield f"data/{language.code}.json", _json(values.written_for(recorded, language))
        page = _page(recorded, language, app, "" if number == 0 else "../")
        yield "index.html" if number == 0 else f"{language.code}/index.html", page.encode()
    for name, content in recorded.sounds():
        yield f"clips/{name}", content
    licence = recorded.voice.credits.licence_file
    yield licence, (recorded.lesson.folder / licence).read_bytes()
    yield _CREDITS, (recorded.lesson.folder / "CREDITS.md").read_bytes()


def _json(plain: Any) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def _page(recorded: Recorded, say: Language, app: str, up: str) -> str:
    """The HTML of one language; `up` leads from its folder to the site's."""
    credits = recorded.voice.credits
    places = {
        "lang": say.code, "app": f"{up}{app}", "title": say(TITLE), "again": say("← The lesson again"),
        "enrol": say("Course"), "regularizer": say("Regularizer"), "strength": say("Strength"),
        "listen": say("Listen to a sentence"), "curve": say("Strength curve"), "over": say("What to vary"),
        "inside": say("Inside the model"), "look": say("Which run"), "blind": say("Blind test"),
        "compare": say("Compare"), "with": say("with"),
        "about": say(
            "These runs were recorded: nothing is trained here, and no server is asked. The program trains them live, "
            "with every setting, says your own sentences and shows each moment of the training."
        ),
        "get": say("To get it, fetch its source and, with Python 3.11, run:"),
        "self_check": say(
            "This is a self-check: which clip is which is drawn in your browser, and whoever looks into the page can "
            "find it out."
        ),
        "script": say("This page needs JavaScript."),
        "credits": say("Credits of the voice and the clips"), "licence": credits.licence,
        "credits_file": f"{up}{_CREDITS}", "licence_file": f"{up}{credits.licence_file}",
        "synthetic": say("All voices here are synthetic, except those called “Recording”."),
    }  # fmt: skip
    chosen = {"unseen": " checked"}
    sentences = "".join(
        f'<label><input type="radio" name="sentence" value="{kind}"{chosen.get(kind, "")}> '
        f"{html.escape(say(title))}</label>"
        for kind, title in SHORT.items()
        if kind != "typed"
    )
    languages = "".join(_link(one, up, one is say) for one in LANGUAGES.values())
    written = Template((_HERE / "page.html").read_text(encoding="utf-8"))
    return written.substitute(
        {name: html.escape(text) for name, text in places.items()}, sentences=sentences, languages=languages
    )


def _link(language: Language, up: str, here: bool) -> str:
    """The link to the page in a language."""
    folder = "" if language is next(iter(LANGUAGES.values())) else f"{language.code}/"
    current = ' aria-current="page"' if here else ""
    return f'<a lang="{language.code}" href="{up or "./"}{folder}"{current}>{language.name}</a>'
