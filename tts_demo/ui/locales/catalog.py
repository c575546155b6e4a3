"""The page's languages. Texts are English in the source; zh.json holds the same texts in Chinese, by room.

>>> chinese = LANGUAGES["zh"]
>>> chinese("Train")
'训练'
>>> message = Message("{label} must be a whole number, not {value}.", label=Message("Seed"), value="1.5")
>>> chinese.sentence(message)
'“随机种子”必须是整数，不能是 1.5。'
>>> LANGUAGES["en"].sentence(message)
'Seed must be a whole number, not 1.5.'

The rooms below the page know nothing of languages: what they say to people is a record (`tts_demo.messages`), whose
template is translated here and never the finished sentence.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tts_demo.messages import Message, filled, message_of


@dataclass(frozen=True)
class Language:
    """One language of the page.

    Parameters
    ----------
    code : as in HTML's `lang`, and the route of its page, where it is not English.
    name : the language's name in itself.
    texts : this language's text by the English one. Both have the same {places}.
    components : texts of the components' scripts, by component and by their key there.
    """

    code: str
    name: str
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    components: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def __call__(self, text: str, /, **values: object) -> str:
        """A text of the page in this language, its {places} filled with `values` as they are.

        A text that the catalogue lacks comes back in English; a place without a value stays as it stands.
        """
        return filled(self.texts.get(text, text), values)

    def sentence(self, said: Message | Exception) -> str:
        """What a room below the page says, in this language: a message, or the error that has one.

        What the catalogue lacks is said in English; an error that is not ours, in its own words.
        """
        message = said if isinstance(said, Message) else message_of(said)
        return message.told(self.texts.get).replace("。 ", "。")  # Chinese sentences stand without a space between them


def component_words(language: Language, component: str) -> dict[str, str]:
    """What a component takes as `words=`: its script's texts in this language, by their keys there.

    Parameters
    ----------
    component : the name of its folder: "runs_table".

    Raises
    ------
    KeyError
        If the catalogue has no words for such a component.

    >>> component_words(LANGUAGES["zh"], "player")["play"]
    '播放'
    >>> component_words(LANGUAGES["en"], "player")
    {}
    """
    return dict(language.components[component]) if language.components else {}


def read(code: str, name: str) -> Language:
    """The language whose catalogue is CODE.json."""
    catalogue = json.loads((Path(__file__).parent / f"{code}.json").read_text(encoding="utf-8"))
    texts = {english: text for room in catalogue["texts"].values() for english, text in room.items()}
    return Language(code, name, texts, catalogue["components"])


LANGUAGES: dict[str, Language] = {"en": Language("en", "English"), "zh": read("zh", "简体中文")}
