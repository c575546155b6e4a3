"""QR codes of links, as SVG."""

import io

import segno


def svg_of(text: str) -> str:
    """The text's QR code, black on white, as an `<svg>` element that fits the box it is put into.

    Raises
    ------
    ValueError
        If the text is too long for one (some 2900 characters).

    >>> svg_of("https://example.org/?lab")[:5]
    '<svg '
    """
    drawn = io.BytesIO()
    segno.make(text, error="l", micro=False, boost_error=True).save(
        drawn, kind="svg", border=4, light="white", xmldecl=False, nl=False, omitsize=True
    )
    return drawn.getvalue().decode()
