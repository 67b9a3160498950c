"""A host that answers nobody is asked by one at a time, whoever notifies it. Real Redis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest
import redis
from pydantic import SecretStr

from tests.unit.workers.notifying import AT_S, PUBLIC, notification, reply
from webhooks.errors import TargetAway, TargetFailed, TargetRefused
from webhooks.store.problems import Problems
from workers.targets.addresses import Guarded
from workers.targets.circuits import Circuits
from workers.targets.notify import Notifier

URL = "https://chat.example.com/T0/secret_word"


class Hosts:
    """Hosts that all answer alike, and two workers that notify them."""

    def __init__(self, client: redis.Redis) -> None:
        self.now_ms = AT_S * 1000
        self.answer: httpx.Response | httpx.TransportError = httpx.ConnectError("nobody there")
        self.called: list[str] = []
        self.notifiers = [self._notifier(client) for _ in range(2)]

    def _notifier(self, client: redis.Redis) -> Notifier:
        transport = Guarded(resolve=self._resolve, inner=httpx.MockTransport(self._call))
        secrets: dict[str, SecretStr] = {}
        circuits = Circuits(client, now_ms=lambda: self.now_ms)
        now = datetime.fromtimestamp(AT_S, UTC)
        return Notifier(transport, secrets, now=lambda: now, circuits=circuits)

    def _resolve(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002
        return [PUBLIC]

    def _call(self, request: httpx.Request) -> httpx.Response:
        self.called.append(request.headers["Host"])
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
def hosts(client: redis.Redis) -> Hosts:
    return Hosts(client)


def test_a_host_that_is_away_is_left_alone_and_the_others_are_not(
    hosts: Hosts, client: redis.Redis
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
    ("answer", "is_back"), [(reply(200), True), (reply(404), True), (reply(500), False)]
)
def test_one_probe_finds_it_back(
    hosts: Hosts, client: redis.Redis, answer: httpx.Response, is_back: bool
) -> None:
    for _ in range(5):
        hosts.send()
    hosts.now_ms += 1_000
    hosts.answer = answer

    hosts.send(worker=1)
    after = hosts.send(worker=0)

    assert isinstance(after, TargetAway) is not is_back
    assert bool(Problems(client).all()) is not is_back


def test_what_is_not_sent_by_our_own_fault_says_nothing_of_the_host(hosts: Hosts) -> None:
    for _ in range(9):
        failed = hosts.send(secret_env="NOTIFY_SECRET_B")
        assert isinstance(failed, TargetRefused)

    assert not isinstance(hosts.send(), TargetAway)
