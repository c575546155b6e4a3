"""QR codes as drawings for a page: nothing is fetched, nothing is drawn by a script."""

import segno

from tts_demo.messages import MessageError

QUIET = 4  # modules of white around the code, as its standard asks for


def svg_of(text: str) -> str:
    """A QR code as an SVG element without a size of its own: black on white, whatever the page's colours.

    It names its namespace, without which an `img` shows nothing.

    Whoever shows it gives it a size and says beside it what it holds.

    Parameters
    ----------
    text : what a phone reads, an address say

    Raises
    ------
    ValueError
        If the text is empty, or longer than a code can hold: some 2300 bytes.

    >>> svg_of("https://example.org/?lab")[:60]
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33">'
    """
    if not text:
        raise MessageError("There is nothing to make a QR code of.")
    code = segno.make_qr(text, error="m")
    drawn = code.svg_inline(border=QUIET, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
