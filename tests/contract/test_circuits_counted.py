"""Which failures count towards leaving a target alone. Real Redis, own clock."""

from __future__ import annotations

import pytest

from tests.contract.circling import AWAY, FINE, Circling, Does
from webhooks.errors import TargetUnknown
from webhooks.store import keys
from webhooks.store.client import Client

ERROR = TargetUnknown("POST /x: 500 server-error: ", code="server-error", status=500)
PAGE = TargetUnknown("POST /x: 200, not JSON", code="not-json", status=200)


@pytest.fixture
def circling(client: Client) -> Circling:
    return Circling(client)


@pytest.mark.parametrize("does", [ERROR, PAGE])
def test_a_request_that_alone_gets_bad_answers_never_opens_it_and_five_do(
    circling: Circling, does: Does
) -> None:
    for number in range(20):
        circling.ask(does, worker=number % 3, asked="POST /tasks/x")
    before = circling.problems
    for name in "abcd":
        circling.ask(does, asked=f"POST /tasks/{name}")

    assert (circling.sent, before) == (24, [])
    assert circling.ask() == 1


def test_silence_counts_each_time_whoever_meets_it(circling: Circling) -> None:
    circling.ask(ERROR, asked="POST /tasks/x")
    for _ in range(4):
        circling.ask(AWAY, asked="POST /tasks/x")

    assert circling.ask() == 1


def test_of_an_outage_no_more_than_five_requests_are_known(circling: Circling) -> None:
    key = keys.UNNAMED.circuit(circling.target)
    for number in range(30):
        circling.later(circling.ask(ERROR, asked=f"POST /{number}") or 0)
    during = circling.client.hget(key, "asked")
    circling.later(60)
    circling.ask(FINE)

    assert circling.sent > 10
    assert isinstance(during, bytes)
    assert len(during.split()) == 5
    assert circling.client.hget(key, "asked") is None


def test_silence_that_one_host_of_two_meets_stops_nobody(client: Client) -> None:
    """Its own line is broken: the other's requests arrive."""
    client.zadd(keys.WORKERS, {"h1:7": 1, "h2:7": 1})
    circling = Circling(client)
    circling.workers = [circling.worker(by=host) for host in ("h1", "h2")]

    for _ in range(20):
        circling.ask(AWAY, worker=0)

    assert (circling.sent, circling.problems) == (20, [])
    circling.ask(AWAY, worker=1)
    assert circling.ask() == 1


def test_silence_that_the_only_host_meets_counts_whole(client: Client) -> None:
    client.zadd(keys.WORKERS, {"h1:7": 1, "h1:8": 1})
    circling = Circling(client)
    circling.workers = [circling.worker(by="h1")]

    for _ in range(5):
        circling.ask(AWAY)

    assert circling.ask() == 1
