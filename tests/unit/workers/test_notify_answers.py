"""What the answers of a host that is notified mean, and what an address is told as."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.unit.workers.notifying import IDENT, PUBLIC, Net, reply
from webhooks.errors import TargetBusy, TargetFailed, TargetRefused, TargetUnknown
from workers.targets.notify import place

URL = "https://chat.example.com/T0/secret_word"
TO = "POST https://chat.example.com"


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_every_success_is_one(status: int) -> None:
    net = Net([[PUBLIC]], answer=reply(status, b"not JSON"))

    net.send(URL)

    assert len(net.called) == 1


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (reply(408), TargetBusy, "408"),
        (reply(425), TargetBusy, "425"),
        (reply(429), TargetBusy, "429"),
        (reply(503, Retry_After="7"), TargetBusy, "503"),
        (reply(500), TargetUnknown, "500"),
        (reply(503), TargetUnknown, "503"),
        (reply(400, b"invalid_payload\n"), TargetRefused, "400 invalid_payload"),
        (reply(403, b"no"), TargetRefused, "403"),
        (reply(404, b"Cannot POST /T0/secret_word"), TargetRefused, "404"),
        (reply(404, b"secret_word"), TargetRefused, "404"),
        (
            reply(410),
            TargetRefused,
            "410: the receiver wants no more of these; drop the action",
        ),
        (
            reply(301, Location="https://new.example.com/T0/secret_word"),
            TargetRefused,
            "301: it has moved to https://new.example.com; write the new address into the rule",
        ),
        (
            reply(307, Location="/T1/secret_word"),
            TargetRefused,
            "307: it has moved to another path of https://chat.example.com; write the new address"
            " into the rule",
        ),
        (
            reply(302, Location="mailto:secret_word"),
            TargetRefused,
            "302: it has moved; write the new address into the rule",
        ),
    ],
)
def test_every_other_answer_has_one_meaning_and_tells_no_secret(
    answer: httpx.Response, error: type[TargetFailed], told: str
) -> None:
    net = Net([[PUBLIC]], answer=answer)

    with pytest.raises(TargetFailed) as failed:
        net.send(URL)

    assert type(failed.value) is error
    assert str(failed.value) == f"{TO}: {told}"
    assert (failed.value.status, failed.value.trace_id) == (answer.status_code, IDENT)
    assert len(net.called) == 1


class Broken(httpx.SyncByteStream):
    """A body that breaks off."""

    def __iter__(self) -> Iterator[bytes]:
        raise httpx.ReadError("broken off")


def test_once_the_status_is_known_a_body_that_breaks_off_changes_nothing() -> None:
    net = Net([[PUBLIC]], answer=httpx.Response(200, stream=Broken()))

    net.send(URL)

    assert len(net.called) == 1


def test_a_pause_that_is_asked_for_is_kept() -> None:
    net = Net([[PUBLIC]], answer=reply(429, Retry_After="31"))

    with pytest.raises(TargetBusy) as busy:
        net.send(URL)

    assert busy.value.retry_after_s == 31


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://chat.example.com/a?b=c", "https://chat.example.com"),
        ("HTTPS://Chat.Example.com:8443/a", "https://chat.example.com:8443"),
        ("http://[2606:2800::1]:80/a#b", "http://[2606:2800::1]"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example"),
    ],
)
def test_of_an_address_its_scheme_and_host_are_told(url: str, told: str) -> None:
    assert place(url) == told


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("chat.example.com/a", "does not begin with https:// or http://"),
        ("ftp://chat.example.com/a", "does not begin with https:// or http://"),
        ("file:///etc/passwd", "does not begin with https:// or http://"),
        ("https://user:word@chat.example.com/", "has a name or a password before its host"),
        ("https://chat.example.com\\@127.0.0.1/", "has a name or a password before its host"),
        ("https:///a", "has no host that can be called"),
        ("https://chat example.com/a", "has no host that can be called"),
        ("https://[fe80::1%25eth0]/a", "has no host that can be called"),
        ("https://chat.example.com:65536/a", "has no host that can be called"),
        ("https://0177.0.0.1/", "cannot be read as an address"),
        ("https://chat.example.com:abc/a", "cannot be read as an address"),
        ("https://①②⑦.0.0.1/", "cannot be read as an address"),
        ("https://chat.example.com/\n", "cannot be read as an address"),
    ],
)
def test_an_address_that_cannot_be_called_says_why_and_not_what_it_is(
    url: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=r"^[a-z /:]+$") as refused:
        place(url)

    assert str(refused.value) == problem
