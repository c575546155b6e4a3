"""What whoever starts the program for a room of people needs: the address on the network, and its QR code."""

import io
import socket

import segno

_ANY = ("0.0.0.0", "::", "[::]")
_WHITE_ON_BLACK, _RESET = "\x1b[97;40m", "\x1b[0m"  # or a terminal with a white ground would turn the code round
_FOR_EXAMPLES = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}  # of documentation; nothing is sent there


def address(host: str, port: int, root_path: str = "") -> str:
    """The address at which others on the network find the page.

    Parameters
    ----------
    host : what the server listens on; for all addresses this machine's own on its network stands there
    port : its port
    root_path : the path that a proxy adds, or the whole address of the page behind it

    >>> address("192.0.2.7", 7860)
    'http://192.0.2.7:7860/'
    >>> address("0.0.0.0", 7860, "https://school.example/hear")
    'https://school.example/hear/'
    """
    if "://" in root_path:
        return root_path.rstrip("/") + "/"
    if host in _ANY:
        host = of_this_machine(socket.AF_INET if host == "0.0.0.0" else socket.AF_INET6)
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{bracketed}:{port}/"


def of_this_machine(family: socket.AddressFamily = socket.AF_INET) -> str:
    """This machine's address where it meets its network; the loopback's where it is in none."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((_FOR_EXAMPLES[family], 9))  # chooses the way, and sends nothing
            return str(asking.getsockname()[0])
    except OSError:
        return "127.0.0.1" if family == socket.AF_INET else "::1"


def text(where: str, with_code: bool) -> str:
    """What is printed: the address, and its QR code for a terminal where that is wanted."""
    lines = [f"Everybody on this network finds the page at {where}"]
    if with_code:
        drawn = io.StringIO()
        segno.make_qr(where, error="m").terminal(drawn, border=2, compact=True)
        lines += [f"{_WHITE_ON_BLACK}{row}{_RESET}" for row in drawn.getvalue().splitlines()]
    return "\n".join(lines)
