"""Hosts that are notified: who may be, how it is signed, and what their answers mean."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest

from tests.unit.workers.notifying import (
    AT_S,
    IDENT,
    OTHER,
    PUBLIC,
    SECRET,
    Net,
    notification,
    notifier,
)
from webhooks.errors import TargetBusy, TargetRefused
from workers.targets.addresses import Guarded, is_public
from workers.targets.notify import signature


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        (b'{"test":2432232314}', "v1,Vif40peJBP7Iyl0XGmu61n4MwdrcHov5CFREBpE0svs="),
    ],
)
def test_a_signature_is_the_one_that_the_reference_libraries_make(
    body: bytes, expected: str
) -> None:
    assert signature(SECRET, IDENT, AT_S, body) == expected


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (PUBLIC, True),
        (OTHER, True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.31.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # where clouds keep a machine's credentials
        ("100.64.0.1", False),  # behind a provider's NAT
        ("224.0.1.1", False),  # multicast
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),  # what fc00 was before
        ("ff0e::1", False),  # multicast
        ("2001:db8::1", False),
        ("2001:0:5ef5:79fd::1", False),  # Teredo: goes by somebody's relay
        ("::ffff:127.0.0.1", False),
        (f"::ffff:{PUBLIC}", True),
        ("64:ff9b::7f00:1", False),  # 127.0.0.1, by NAT64
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b:1::5db8:d822", False),  # NAT64 of a network's own
        ("2002:a9fe:a9fe::1", False),  # 169.254.169.254, by 6to4
        ("2002:5db8:d822::1", True),
    ],
)
def test_an_address_is_public_when_it_can_only_be_on_the_internet(
    address: str, public: bool
) -> None:
    assert is_public(address) is public


@pytest.fixture
def door() -> Iterator[socket.socket]:
    """Takes connections at every address of this machine that has IPv4."""
    with socket.create_server(("0.0.0.0", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LocalHost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127。0。0。1",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "10.0.0.1",
    ],
)
def test_no_way_of_writing_a_private_address_gets_a_connection(
    host: str, door: socket.socket
) -> None:
    request = notification(f"http://{host}:{door.getsockname()[1]}/secret")

    with pytest.raises(TargetRefused) as refused:
        notifier(Guarded()).send(request)

    assert refused.value.code == "not-public"
    assert "secret" not in str(refused.value)
    with pytest.raises(BlockingIOError):
        door.accept()


def test_a_host_that_is_not_public_is_told_with_the_way_out() -> None:
    with pytest.raises(TargetRefused) as refused:
        Net([["10.0.0.7"]]).send("https://chat.internal/hook")

    assert str(refused.value) == (
        "chat.internal is at 10.0.0.7, which is not on the public internet; nothing was sent. If"
        " it is meant, put it into HOOKWORK_NOTIFY_ALLOW, as chat.internal or chat.internal:443"
    )


def test_every_address_of_a_host_must_be_public() -> None:
    net = Net([[PUBLIC, "10.0.0.7"]])

    with pytest.raises(TargetRefused):
        net.send("https://chat.example.com/hook")

    assert net.called == []


def test_a_name_that_changes_its_meaning_is_asked_for_once_and_called_where_it_was_checked() -> (
    None
):
    net = Net([[PUBLIC], ["127.0.0.1"]])

    net.send("https://chat.example.com/hook")
    with pytest.raises(TargetRefused):
        net.send("https://chat.example.com/hook")

    assert net.asked == [("chat.example.com", 443)] * 2
    (called,) = net.called
    assert str(called.url) == f"https://{PUBLIC}/hook"
    assert called.headers["Host"] == "chat.example.com"
    assert called.extensions["sni_hostname"] == "chat.example.com"


def test_the_next_address_is_called_where_nobody_answers_at_one() -> None:
    net = Net([[OTHER, PUBLIC]], silent=(OTHER,))

    net.send("http://chat.example.com:8080/hook")

    assert [str(one.url) for one in net.called] == [
        f"http://[{OTHER}]:8080/hook",
        f"http://{PUBLIC}:8080/hook",
    ]


@pytest.mark.parametrize("names", [[PUBLIC], []])
def test_a_host_that_is_not_reached_is_tried_later(names: list[str]) -> None:
    with pytest.raises(TargetBusy) as busy:
        Net([names], silent=(PUBLIC,)).send("https://chat.example.com/secret")

    assert busy.value.code == "not-sent"
    assert str(busy.value).startswith("POST https://chat.example.com: ConnectError: ")


@pytest.mark.parametrize(
    "error", [socket.gaierror(-3, "name server away"), UnicodeError("label too long")]
)
def test_a_host_whose_addresses_are_not_known_is_tried_later(error: Exception) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise error

    with pytest.raises(TargetBusy) as busy:
        notifier(Guarded(resolve=resolve)).send(notification("https://chat.example.com/secret"))

    assert str(busy.value) == (
        f"POST https://chat.example.com: ConnectError: chat.example.com has no address: {error}"
    )


@pytest.mark.parametrize("allowed", ["chat.internal", "chat.internal:9000"])
def test_a_host_that_is_allowed_may_be_anywhere(allowed: str) -> None:
    net = Net([["10.0.0.7"]])

    net.send("http://Chat.internal:9000/hook", allowed)

    assert str(net.called[0].url) == "http://10.0.0.7:9000/hook"


@pytest.mark.parametrize("allowed", ["chat.internal:9001", "internal", "10.0.0.7"])
def test_what_is_allowed_is_one_host_or_one_port_of_it(allowed: str) -> None:
    with pytest.raises(TargetRefused):
        Net([["10.0.0.7"]]).send("http://chat.internal:9000/hook", allowed)


def test_certificates_are_verified_for_the_name_of_the_host() -> None:
    inner = Guarded()._inner

    assert isinstance(inner, httpx.HTTPTransport)
    context = inner._pool._ssl_context
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_what_is_sent_is_signed_as_it_is_sent() -> None:
    net = Net([[PUBLIC]])

    net.send("https://chat.example.com/hook", secret_env="NOTIFY_SECRET_A")

    (called,) = net.called
    assert called.read() == b'{"test":2432232314}'
    assert called.headers["webhook-id"] == IDENT
    assert called.headers["webhook-timestamp"] == str(AT_S)
    assert called.headers["webhook-signature"] == "v1,Vif40peJBP7Iyl0XGmu61n4MwdrcHov5CFREBpE0svs="


def test_nothing_is_sent_unsigned_because_its_secret_is_missing() -> None:
    net = Net([[PUBLIC]])

    with pytest.raises(TargetRefused) as failed:
        net.send("https://chat.example.com/hook", secret_env="NOTIFY_SECRET_B")

    assert net.called == []
    assert str(failed.value) == (
        "NOTIFY_SECRET_B is not set, and secret_env names it; nothing was sent. Set it where the"
        " workers run: whsec_ and base64 of 24 to 64 random bytes"
    )
