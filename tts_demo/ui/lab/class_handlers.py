"""A teacher makes a class test on the page: of the two voices that the blind test compares."""

from collections.abc import Callable

from tts_demo.corpus import Corpus
from tts_demo.engine import Engine
from tts_demo.listening import ListeningError
from tts_demo.messages import MessageError
from tts_demo.ui.components.class_link import ClassLinkValue, wish_of
from tts_demo.ui.lab import clips
from tts_demo.ui.lab.blind_handlers import RECORDING, clip_maker, sentences, systems
from tts_demo.ui.lab.changes import Change
from tts_demo.ui.lab.class_plans import OFFERS
from tts_demo.ui.lab.class_tests import ClassTests
from tts_demo.ui.lab.visitor import Visitor
from tts_demo.ui.locales.catalog import LANGUAGES, Language


class ClassHandlers:
    """Answers to the events of the page's `ClassLink`.

    Parameters
    ----------
    engine : Engine
        Whose runs are compared.
    tests : ClassTests or None
        Of all classes; None where this server keeps none.
    language : Language
        That the page speaks.
    voice : Corpus
        Whose sentences are compared.
    draw : function
        A text's QR code as SVG.
    """

    def __init__(
        self, engine: Engine, tests: ClassTests | None, language: Language, voice: Corpus, draw: Callable[[str], str]
    ) -> None:
        self.engine, self.tests, self.language, self.voice, self.draw = engine, tests, language, voice, draw

    def make(self, visitor: Visitor, first: str, second: str, data: object) -> Change:
        """Make a class test between two systems, and show its code and links."""
        wish = wish_of(data, {offer.id for offer in OFFERS})
        if wish is None:  # not from our script
            return {}
        shown: ClassLinkValue = {"number": wish.number, "code": "", "link": "", "qr": "", "results": ""}
        try:
            code, secret = self._made(visitor, first, second, wish.offer)
            link = f"{wish.address}?class={code}"
            shown |= {
                "code": code, "link": link, "qr": self.draw(link), "results": f"{link}&results#{secret}",
            }  # fmt: skip
        except MessageError as error:
            shown["alert"] = self.language.sentence(error)
        return {"gather": shown}

    def _made(self, visitor: Visitor, first: str, second: str, wanted: str) -> tuple[str, str]:
        """Code and secret of a new class; raises `MessageError`."""
        if self.tests is None:
            raise ListeningError("This server keeps no results of classes.")
        if not (first or second):  # somebody was quicker than what can be chosen from
            first, second = visitor.proposed()
        now = visitor.session
        by_language = {code: systems(self.engine, now, language) for code, language in LANGUAGES.items()}
        if not {first, second} <= {*by_language[self.language.code]}:
            raise ListeningError("Please choose two runs to compare, or a run and the recording.")
        names = {code: (known[first], known[second]) for code, known in by_language.items()}
        pair = (self._as_it_is(first), self._as_it_is(second))
        offer = next(offer for offer in OFFERS if offer.id == wanted)
        made = self.tests.make(offer, pair, names, sentences(self.voice), clip_maker(self.engine, self.voice))
        return made.code, made.secret

    def _as_it_is(self, system: str) -> str:
        """A system at its last snapshot: a run that goes on would change from clip to clip."""
        steps = [] if system == RECORDING or "@" in system else clips.snapshots(self.engine, system)
        return f"{system}@{steps[-1]}" if steps else system
