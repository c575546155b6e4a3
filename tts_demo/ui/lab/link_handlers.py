"""Links on the page: one to pass on, and presets under what the page's own link holds."""

import html
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from tts_demo.corpus import CorpusError
from tts_demo.settings import SettingError
from tts_demo.ui.components.share import ShareValue, Wish, wish_of
from tts_demo.ui.lab.changes import Change
from tts_demo.ui.lab.controls import OWN, Chosen
from tts_demo.ui.lab.handlers import Handlers
from tts_demo.ui.lab.links import CONTROLS, EMBEDS, SECTIONS, View
from tts_demo.ui.lab.visitor import Visitor

TITLE = "Hear Overfitting"
_HEIGHT = 480  # px of a frame until it has told its own
# `embed.js` tells the height, and that it comes from this page
_FRAME = """<iframe src="{link}" title="{title}" width="100%" height="{height}" style="border: 0"
  allow="clipboard-write"></iframe>
<script>
addEventListener("message", ({{ data, source }}) => {{
  for (const frame of document.querySelectorAll("iframe"))
    if (frame.contentWindow === source && data?.source === "hear-overfitting") frame.height = data.height;
}});
</script>
"""


class LinkHandlers:
    """Answers to the events of the page's `Share`, and to the choice of a preset.

    Parameters
    ----------
    runs : Handlers
        Of the page whose settings these are.
    draw : function
        A text's QR code as SVG.
    """

    def __init__(self, runs: Handlers, draw: Callable[[str], str]) -> None:
        self.runs, self.draw = runs, draw

    def share(self, chosen: Chosen, twin: bool, over: str, data: object) -> Change:
        """The link to the settings as they are, its QR code, and the code of a frame."""
        wish = wish_of(data, [*CONTROLS, *SECTIONS], CONTROLS, EMBEDS)
        if wish is None:  # not from our script
            return {}
        try:
            settings = chosen.config().to_query()
        except (SettingError, CorpusError) as error:
            said = self.runs.language.sentence(error)
            return {"share": ShareValue(number=wish.number, link="", qr="", frame="", alert=said)}
        return {"share": self._shared(wish, settings, twin, over)}

    def _shared(self, wish: Wish, settings: str, twin: bool, over: str) -> ShareValue:
        view = View(
            show=None if wish.show is None else frozenset(wish.show),
            fix=frozenset(wish.fix),
            over="" if over == "strength" else over,
            twin=None if twin else False,
        )
        link = link_to(wish.address, settings, view)
        alone = link_to(wish.address, settings, replace(view, embed=wish.embed))
        title = self.runs.language(TITLE)
        return ShareValue(number=wish.number, link=link, qr=self.draw(link), frame=frame_of(alone, title))

    def preset(self, visitor: Visitor, preset: str, twin: bool) -> Change:
        """The controls' values for a preset, but for what the page's link has hidden or fixed: that stays.

        Where that makes it another run than the preset's, the page says so.
        """
        try:
            change = self.runs.choosing.preset(visitor, preset, twin)
        except SettingError as error:
            return self.runs.refused(visitor, error) | {"preset": OWN}
        if change and change["preset"] != preset:
            said = self.runs.language("The link holds some settings: the preset has changed only the others.")
            change |= self.runs.told(visitor, said)
        return change


def link_to(address: str, settings: str, view: View) -> str:
    """The link to a page's address, with a run's settings as in a link and what is said of the page.

    >>> link_to("http://localhost/", "updates=50", View(show=frozenset(["seed", "strength"])))
    'http://localhost/?updates=50&show=strength,seed'
    >>> link_to("http://localhost/zh", "", View())
    'http://localhost/zh?lab'
    """
    said = "&".join(filter(None, [settings, urlencode(view.to_pairs(), safe=",")]))
    return f"{address}?{said or 'lab'}"


def frame_of(link: str, title: str) -> str:
    """The code of a frame for another page, whose script gives it the height that the frame tells."""
    return _FRAME.format(link=html.escape(link), title=html.escape(title), height=_HEIGHT)
