"""Notifications go to the internet and nowhere else. The ways of writing a private address are in
tests/unit/workers/test_notify_target.py; here is what goes beyond them."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest

from tests.unit.workers.notifying import PUBLIC, Net, notification, notifier, reply
from webhooks.errors import TargetFailed, TargetRefused
from workers.targets.addresses import Guarded, is_public
from workers.targets.notify import place


@pytest.mark.parametrize(
    "address",
    [
        "192.0.0.192",  # Oracle's metadata
        "168.63.129.16",  # Azure's wire server
        "100.100.100.200",  # Alibaba's metadata
        "169.254.170.2",  # Amazon's containers
        "fd00:ec2::254",  # Amazon's metadata
        "fd20:ce::254",  # Google's metadata
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "240.0.0.1",
        "0.1.2.3",
        "2001:20::1",
        "2001:10::1",
        "3fff::1",
        "5f00::1",
        "100::1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:c0a8:1::1",
        "ff02::1",
        "::2",
    ],
)
def test_an_address_with_a_meaning_of_its_own_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "::1"], ["::ffff:10.0.0.1"]])
@pytest.mark.parametrize(
    "url", ["https://chat.example.com/x", "http://chat.example.com:6379/", "https://chat.example./"]
)
def test_no_name_leads_inside(url: str, addresses: Sequence[str]) -> None:
    net = Net([addresses])

    with pytest.raises(TargetRefused) as refused:
        net.send(url)

    assert (refused.value.code, net.called) == ("not-public", [])


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data", "//10.0.0.1/", "/elsewhere"],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int, location: str) -> None:
    net = Net([[PUBLIC], ["127.0.0.1"]], answer=reply(status, Location=location))

    with pytest.raises(TargetRefused):
        net.send("https://chat.example.com/x")

    assert [str(request.url.host) for request in net.called] == [PUBLIC]
    assert len(net.asked) == 1


def test_every_try_is_checked_anew() -> None:
    """A name that was public at the first try and is not at the second is not called then."""
    net = Net([[PUBLIC], ["10.0.0.1"]], silent=(PUBLIC,))

    for _ in range(2):
        with pytest.raises(TargetFailed):
            net.send("https://chat.example.com/x")

    assert [request.url.host for request in net.called] == [PUBLIC]


@pytest.mark.parametrize(
    "url",
    [
        "https://a@127.0.0.1/",
        "https://chat.example.com@127.0.0.1/",
        "https://127.0.0.1%23@chat.example.com/",
        "https://chat.example.com:443@127.0.0.1/",
        "https://chat.example.com%00.evil.example/",
        "https://chat.example.com\t.evil/",
        "https://[::ffff:127.0.0.1%25lo]/",
        "https://127.0.0.1:70000/",
        "https://127.0.0.1:-1/",
        "https:127.0.0.1",
        "https:///127.0.0.1",
        "gopher://127.0.0.1:6379/_x",
        "file://localhost/etc/passwd",
        "unix:///var/run/docker.sock",
        "data:,x",
        "",
    ],
)
def test_an_address_that_tricks_readers_is_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"^[a-z /:]+$"):
        place(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.", "127.0.1", "0177.1", "0x7f.1", "127.0.0.1%2e", "①27.0.0.1", "[::7f00:1]"]
)
def test_no_number_leads_inside(host: str) -> None:
    """Whatever a resolver makes of it: it is not called, and nothing private answers."""
    called: list[httpx.Request] = []

    def call(request: httpx.Request) -> httpx.Response:
        called.append(request)
        return reply(200)

    guarded = Guarded(inner=httpx.MockTransport(call))
    with pytest.raises((TargetFailed, ValueError)):
        notifier(guarded).send(notification(f"http://{host}/"))

    assert called == []


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    net = Net([[PUBLIC]])

    net.send("http://chat.example.com/x")

    assert net.called[0].url.host == PUBLIC
    inner = Guarded()._inner
    assert isinstance(inner, httpx.HTTPTransport)
    assert type(inner._pool).__name__ == "ConnectionPool"
