"""What is printed for a room of people: an address that other machines can reach, and its QR code."""

import ipaddress
import re
import socket

import pytest

from tts_demo.ui import invitation


def test_for_all_addresses_the_machines_own_is_told():
    found = re.fullmatch(r"http://(.+):7860/", invitation.address("0.0.0.0", 7860))
    own = ipaddress.ip_address(found[1])
    assert not own.is_unspecified
    with socket.socket() as listening:  # nobody can listen on another machine's address
        listening.bind((str(own), 0))


@pytest.mark.parametrize(
    ("host", "root_path", "told"),
    [("192.0.2.7", "", "http://192.0.2.7:7860/"), ("2001:db8::7", "", "http://[2001:db8::7]:7860/"),
     ("0.0.0.0", "https://school.example/hear/", "https://school.example/hear/")],
)  # fmt: skip
def test_an_address_that_is_named_is_told_as_it_is(host, root_path, told):
    assert invitation.address(host, 7860, root_path) == told


def test_a_machine_without_a_network_tells_its_own_loopback(monkeypatch):
    def unreachable(*_):
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "socket", unreachable)
    assert invitation.address("0.0.0.0", 7860) == "http://127.0.0.1:7860/"


def test_the_code_is_white_on_black_whatever_the_terminals_colours():
    first, *rows = invitation.text("http://192.0.2.7:7860/", True).splitlines()
    assert first.endswith(" http://192.0.2.7:7860/")
    drawn = [row.removeprefix("\x1b[97;40m").removesuffix("\x1b[0m") for row in rows]
    assert len({len(row) for row in drawn}) == 1 and set("".join(drawn)) <= set(" ▀▄█")
    assert set(drawn[0]) == {"█"}, "a margin that is light"
    assert invitation.text("http://192.0.2.7:7860/", False) == first
