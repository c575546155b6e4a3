"""Where a teacher makes a test for a class: a button, then the class's code, its QR code, and the page of results."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from tts_demo.ui.components.base import Component

_LONGEST = 300  # characters of a page's own address
_ADDRESS = re.compile(r"https?://[^\s\"'<>?#]+")


class ClassLinkValue(TypedDict):
    """Value of `ClassLink`: the answer to a `Wish`.

    Keys
    ----
    number : of the wish.
    code : of the class, "" where there is none.
    link : for the pupils.
    qr : the QR code of this very link, as SVG.
    results : the teacher's link, which holds a secret.
    alert : why there is no class.
    """

    number: int
    code: str
    link: str
    qr: str
    results: str
    alert: NotRequired[str]


@dataclass(frozen=True)
class Wish:
    """What a teacher asks for: which offer, on the page of this address; wishes of a page are numbered."""

    number: int
    address: str
    offer: str


class ClassLink(Component):
    """The value is a `ClassLinkValue`, None until a class was made.

    Event `make`: a class is asked for; what it sends is read by `wish_of`. settings has offers: pairs of id and label.
    """

    triggers = ("make",)


def wish_of(data: Any, offers: Collection[str]) -> Wish | None:
    """The wish that a browser has sent, which may be anything; None where it is none."""
    data = data if isinstance(data, dict) else {}
    number, address, offer = (data.get(name) for name in ("number", "address", "offer"))
    if type(number) is not int or not isinstance(address, str) or not isinstance(offer, str):
        return None
    if len(address) > _LONGEST or not _ADDRESS.fullmatch(address) or offer not in offers:
        return None
    return Wish(number, address, offer)
