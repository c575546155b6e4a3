"""A button whose dialog has the link to a page's settings, its QR code, and the code of a frame."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from tts_demo.ui.components.base import Component

_LONGEST = 300  # characters of a page's own address
_ADDRESS = re.compile(r"https?://[^\s\"'<>?#]+")


class ShareValue(TypedDict):
    """Value of `Share`: the answer to a `Wish`.

    Keys
    ----
    number : of the wish.
    link : what is shown, copied, and drawn as QR code; "" where there is none.
    qr : the QR code of this very link, as SVG.
    frame : code for another page that shows a part of this one.
    alert : why there is no link.
    """

    number: int
    link: str
    qr: str
    frame: str
    alert: NotRequired[str]


@dataclass(frozen=True)
class Wish:
    """What a person has ticked in the dialog.

    Attributes
    ----------
    number : counts the wishes of a page, as their answers may come in another order.
    address : of the page itself, without what stands after "?".
    show : names of the controls and sections that are to be seen; None for all.
    fix : names of the controls that cannot be changed.
    embed : which part the frame is of.
    """

    number: int
    address: str
    show: tuple[str, ...] | None
    fix: tuple[str, ...]
    embed: str


class Share(Component):
    """The value is a `ShareValue`, None until the dialog is opened.

    Event `ask`: the dialog wants another value; what it sends is read by `wish_of`.

    Parameters
    ----------
    controls, sections, embeds : mapping
        What can be shown, fixed (controls only) and framed: the name in a link -> the label.
    """

    triggers = ("ask",)

    def __init__(
        self, controls: Mapping[str, str], sections: Mapping[str, str], embeds: Mapping[str, str], **options: Any
    ) -> None:
        kinds = {"controls": controls, "sections": sections, "embeds": embeds}
        super().__init__(None, settings={kind: [*names.items()] for kind, names in kinds.items()}, **options)


def wish_of(data: Any, shown: Collection[str], fixed: Collection[str], embeds: Collection[str]) -> Wish | None:
    """The wish that a browser has sent, which may be anything; None where it is none, or names what is not known."""
    data = data if isinstance(data, dict) else {}
    number, address, show, fix, embed = (data.get(name) for name in ("number", "address", "show", "fix", "embed"))
    if not isinstance(number, int) or not isinstance(address, str) or len(address) > _LONGEST:
        return None
    if not _ADDRESS.fullmatch(address) or not isinstance(embed, str) or embed not in embeds:
        return None
    if not (show is None or _are_of(show, shown)) or not _are_of(fix, fixed):
        return None
    return Wish(number, address, None if show is None else tuple(show), tuple(fix), embed)


def _are_of(names: Any, known: Collection[str]) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) and name in known for name in names)
