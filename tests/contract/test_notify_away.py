"""A host that answers nobody is asked by one at a time, whoever notifies it. Real Redis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from tests.unit.workers.notifying import AT_S, PUBLIC, notification, reply
from webhooks.errors import TargetAway, TargetFailed, TargetRefused, TargetUnknown
from webhooks.store.client import Client
from webhooks.store.problems import Problems
from workers.targets.addresses import Guarded
from workers.targets.circuits import Circuits
from workers.targets.notify import Notifier

URL = "https://chat.example.com/T0/secret_word"


class Hosts:
    """Hosts that all answer alike, and two workers that notify them."""

    def __init__(self, client: Client) -> None:
        self.now_ms = AT_S * 1000
        self.answer: httpx.Response | httpx.TransportError = httpx.ConnectError("nobody there")
        self.called: list[str] = []
        #: paths that answer with errors, whatever the others do
        self.broken: set[str] = set()
        self.notifiers = [self._notifier(client) for _ in range(2)]

    def _notifier(self, client: Client) -> Notifier:
        transport = Guarded(resolve=self._resolve, inner=httpx.MockTransport(self._call))
        secrets: dict[str, SecretStr] = {}
        circuits = Circuits(client, now_ms=lambda: self.now_ms)
        now = datetime.fromtimestamp(AT_S, UTC)
        return Notifier(transport, secrets, now=lambda: now, circuits=circuits)

    def _resolve(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002
        return [PUBLIC]

    def _call(self, request: httpx.Request) -> httpx.Response:
        self.called.append(request.headers["Host"])
        if request.url.path in self.broken:
            return reply(500)
        if isinstance(self.answer, httpx.Response):
            return self.answer
        raise self.answer

    def send(self, url: str = URL, *, worker: int = 0, **more: str) -> TargetFailed | None:
        try:
            self.notifiers[worker].send(notification(url, **more))
        except TargetFailed as failed:
            return failed
        return None


@pytest.fixture
def hosts(client: Client) -> Hosts:
    return Hosts(client)


def test_a_host_that_is_away_is_left_alone_and_the_others_are_not(
    hosts: Hosts, client: Client
) -> None:
    for number in range(5):
        hosts.send(f"{URL}/{number}", worker=number % 2)

    waits = [hosts.send(worker=worker) for worker in (0, 1)]
    hosts.send("https://chat.example.com:8443/a")
    hosts.send("http://chat.example.com/a")
    (problem,) = Problems(client).all()

    assert [type(one) for one in waits] == [TargetAway] * 2
    assert hosts.called == [
        *["chat.example.com"] * 5,
        "chat.example.com:8443",
        "chat.example.com",
    ]
    assert problem.cause == "notify:https://chat.example.com:away"
    assert problem.message == (
        "https://chat.example.com does not answer: POST https://chat.example.com: ConnectError:"
        " nobody there"
    )
    assert "secret_word" not in f"{problem} {waits}"


@pytest.mark.parametrize(
    ("answer", "is_back"),
    [
        (reply(200), True),
        (reply(404), True),
        (reply(500), True),  # the host is; its address has a circuit of its own
        (httpx.ReadTimeout("still nobody"), False),
    ],
)
def test_one_probe_finds_it_back(
    hosts: Hosts,
    client: Client,
    answer: httpx.Response | httpx.TransportError,
    is_back: bool,
) -> None:
    for _ in range(5):
        hosts.send()
    hosts.now_ms += 1_000
    hosts.answer = answer

    hosts.send(worker=1)
    after = hosts.send(worker=0)

    assert isinstance(after, TargetAway) is not is_back
    assert bool(Problems(client).all()) is not is_back


def test_a_broken_address_is_left_alone_and_the_others_of_its_host_are_not(
    hosts: Hosts, client: Client
) -> None:
    hosts.broken = {"/T0/secret_word"}
    for number in range(5):
        hosts.send(id=f"msg_{number}", worker=number % 2)
    waits = [hosts.send(id="msg_5", worker=worker) for worker in (0, 1)]

    hosts.answer = reply(200)
    good = hosts.send(f"{URL}/good")
    (problem,) = Problems(client).all()

    assert [type(one) for one in waits] == [TargetAway] * 2
    assert good is None
    assert problem.cause == "notify:https://chat.example.com#7e065d69:away"
    assert problem.message == (
        "https://chat.example.com answers with errors: POST https://chat.example.com: 500"
    )
    assert "(the one whose SHA-256 begins with 7e065d69)" in problem.way_out
    assert "secret_word" not in f"{problem} {waits}"


def test_a_broken_address_is_asked_once_a_minute_and_its_problem_ends_with_it(
    hosts: Hosts, client: Client
) -> None:
    hosts.broken = {"/T0/secret_word"}
    for second in range(600):
        hosts.send(id=f"msg_{second}")
        hosts.now_ms += 1_000
    asked, during = len(hosts.called), Problems(client).all()
    hosts.broken, hosts.answer = set(), reply(200)
    hosts.now_ms += 60_000
    hosts.send()

    # Five, and after 1, 2, 4 ... 32 s, then each minute.
    assert asked == 5 + 6 + 8
    assert (len(during), Problems(client).all()) == (1, [])


def test_one_notification_that_is_not_taken_stops_no_other(hosts: Hosts, client: Client) -> None:
    hosts.broken = {"/T0/secret_word"}

    failed = [hosts.send(worker=number % 2) for number in range(20)]

    assert {type(one) for one in failed} == {TargetUnknown}
    assert Problems(client).all() == []


def test_whose_failure_it_is_is_said_by_who_counts_it(hosts: Hosts) -> None:
    hosts.broken = {"/T0/secret_word"}
    answered, silent = hosts.send(), hosts.send(f"{URL}/other")

    assert answered is not None
    assert silent is not None
    assert answered.target == "notify:https://chat.example.com#7e065d69"
    assert silent.target == "notify:https://chat.example.com"


def test_who_waits_for_an_address_takes_no_probe_of_its_host(hosts: Hosts) -> None:
    hosts.broken = {"/T0/secret_word"}
    for number in range(5):
        hosts.send(id=f"msg_{number}")
    for _ in range(5):
        hosts.send(f"{URL}/other")
    hosts.now_ms += 999
    early = hosts.send()
    hosts.now_ms += 1
    hosts.send(id="msg_6")
    hosts.answer = reply(200)

    assert isinstance(early, TargetAway)
    # That was the probe of both: the host answers, the address does not.
    assert hosts.send(f"{URL}/other") is None
    assert isinstance(hosts.send(), TargetAway)


def test_what_is_not_sent_by_our_own_fault_says_nothing_of_the_host(hosts: Hosts) -> None:
    for _ in range(9):
        failed = hosts.send(secret_env="NOTIFY_SECRET_B")
        assert isinstance(failed, TargetRefused)

    assert not isinstance(hosts.send(), TargetAway)
