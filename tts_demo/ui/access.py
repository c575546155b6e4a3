"""What may be asked of the web server, by whom, and what a browser is told to do with the answer.

gradio brings some sixty addresses; the page needs eight of them. Whatever is not listed here, or among our own routes,
is not there. docs/security.md says what each rule is for.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from tts_demo.settings import SettingError
from tts_demo.ui.lab.links import View

LONGEST_QUERY = 4_000  # bytes: a link has 500 characters at the most, what a page asks of its runs some 1,400
LARGEST_BODY = 200_000  # bytes: what a page sends of itself is some 6,000, and a text field takes 10,000 characters
SPACES = "https://huggingface.co"  # shows the whole page of a Space in a frame


class Kind(Enum):
    """What an address is, which says who may ask it."""

    PAGE = auto()  # for whoever opens it; no script of another page may read it, as it holds the frame's key
    FILE = auto()  # the same for everybody: also for scripts of any other page
    ASK = auto()  # answers our own pages alone
    JOB = auto()  # the same, and begins a handler of gradio's
    STREAM = auto()  # the same, and lasts until the handlers have answered
    DOWNLOAD = auto()  # a link in the page, whose address cannot be guessed
    HOST = auto()  # for whoever keeps the server running


_OF_GRADIO = (
    ("GET", r"/(?:static|assets)/.+", Kind.FILE),
    ("GET", r"/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json", Kind.FILE),
    ("GET", r"/gradio_api/app_id", Kind.ASK),
    ("GET", r"/gradio_api/startup-events", Kind.HOST),  # asked by gradio itself when it starts; later it does nothing
    ("GET", r"/gradio_api/queue/data", Kind.STREAM),
    ("POST", r"/gradio_api/queue/join|/gradio_api/run/predict", Kind.JOB),
    # what the program has made; gradio's own route would also fetch any address of the web for whoever asks
    ("GET", r"/gradio_api/file=[^:]*/hear-overfitting-[0-9a-z-]+\.zip", Kind.DOWNLOAD),
)
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_LISTED = tuple((method, re.compile(path), kind) for method, path, kind in _OF_GRADIO)


def kind_of(method: str, path: str, pages: Collection[str]) -> Kind | None:
    """What an address of gradio's is; None for one that is shut. `pages` are the paths of its pages.

    >>> kind_of("POST", "/gradio_api/upload", {"/"}) is None
    True
    >>> kind_of("GET", "/", {"/"})
    <Kind.PAGE: 1>
    """
    method = "GET" if method == "HEAD" else method
    if method == "GET" and path in pages:
        return Kind.PAGE
    for allowed, pattern, kind in _LISTED:
        if method == allowed and pattern.fullmatch(path) and ".." not in path:
            return kind
    return None


@dataclass(frozen=True)
class Asker:
    """Who asks, as far as a browser says it truly: headers that a page's script cannot change.

    Attributes
    ----------
    origin : of the page whose script asks; "" where none does, or none of another origin; "null" for a sandbox.
    hosts : by which this server was asked.
    site : "same-origin", "cross-site", ... of the page that asks; "" where the browser does not say.
    has_key : whether it knows what stands in our own frames alone.
    """

    origin: str
    hosts: Collection[str]
    site: str
    has_key: bool = False

    @classmethod
    def of(cls, headers: Mapping[str, str], has_key: bool) -> "Asker":
        """From a request's headers, by their names in small letters."""
        hosts = {headers.get("host", "").lower()}
        hosts |= {one.strip().lower() for one in headers.get("x-forwarded-host", "").split(",") if one.strip()}
        return cls(headers.get("origin", "").lower(), hosts, headers.get("sec-fetch-site", ""), has_key)

    @property
    def is_stranger(self) -> bool:
        """Whether it is a page of somebody else's, as far as one can know."""
        if self.has_key:
            return False
        if self.origin:
            return urlsplit(self.origin).netloc not in self.hosts
        return self.site in ("cross-site", "same-site")


def refusal(kind: Kind, asker: Asker) -> str:
    """Why an asker gets no answer; "" where it gets one.

    >>> refusal(Kind.ASK, Asker("https://evil.example", {"localhost:7860"}, "cross-site"))
    'this answers the pages of this server alone'
    """
    if kind is Kind.PAGE:  # followed links have no origin; a frame's own language link may
        shut = bool(asker.origin) and asker.is_stranger
    else:
        shut = kind in (Kind.ASK, Kind.JOB, Kind.STREAM) and asker.is_stranger
    return "this answers the pages of this server alone" if shut else ""


def names_a_place(headers: Mapping[str, str]) -> bool:
    """Whether the address by which somebody says to ask is one; of another gradio 6.31 makes an error.

    >>> names_a_place({"host": "[::1]:7860"}), names_a_place({"host": "here", "x-forwarded-host": "a[::1"})
    (True, False)
    """
    forwarded = headers.get("x-forwarded-host", "").split(",") if "x-forwarded-host" in headers else []
    hosts = [headers.get("host", ""), *forwarded]
    schemes = headers.get("x-forwarded-proto", "http").split(",")
    return all(_HOST.fullmatch(one.strip()) for one in hosts) and {one.strip() for one in schemes} <= {"http", "https"}


def may_be_framed(query: bytes) -> bool:
    """Whether a link asks for one part of the page alone, which may stand in anybody's page.

    >>> may_be_framed(b"embed=curve"), may_be_framed(b"embed=everything"), may_be_framed(b"lab")
    (True, False, False)
    """
    try:
        return bool(View.of(parse_qs(query.decode("latin-1"), keep_blank_values=True, max_num_fields=200)).embed)
    except (SettingError, ValueError):
        return False


def without_page(query: bytes) -> bytes:
    """A page's query without what gradio 6.31 would take for the name of another page, and end with an error.

    >>> without_page(b"lab&page=x&seed=1")
    b'lab&seed=1'
    """
    return b"&".join(one for one in query.split(b"&") if unquote_to_bytes(one.partition(b"=")[0]) != b"page")


def page_policy(nonce: str, framed: bool, on_spaces: bool) -> str:
    """Content security policy of a page: its own files and scripts, nothing from elsewhere, and who may frame it.

    `nonce` is what the page's own scripts have. gradio makes functions of text, hence 'unsafe-eval', and writes styles
    into elements, hence 'unsafe-inline' for these.
    """
    rules = [
        "default-src 'self'", f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'", "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:", "media-src 'self' data: blob:", "font-src 'self' data:",
        "connect-src 'self' data: blob:", "worker-src 'self' blob:", "frame-src 'none'", "object-src 'none'",
        "base-uri 'self'", "form-action 'none'",
    ]  # fmt: skip
    if not framed:  # without the rule every page may frame it, one of a file or in a sandbox, too
        rules.append(f"frame-ancestors 'self'{' ' + SPACES if on_spaces else ''}")
    return "; ".join(rules)


_NOTHING_ELSE = "default-src 'none'; frame-ancestors 'none'"
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # a link's settings are nobody else's business
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def headers(kind: Kind | None, path: str, policy: str) -> dict[str, str]:
    """What every answer says besides; `policy` is that of a page."""
    if kind is Kind.PAGE:
        return _ALWAYS | {"content-security-policy": policy}
    told = dict(_ALWAYS)
    if kind is not Kind.FILE:
        told |= {"content-security-policy": _NOTHING_ELSE, "cross-origin-resource-policy": "same-origin"}
    return told
