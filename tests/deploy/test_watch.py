"""What `hookwork up` says of Redis while Redis itself can say nothing, or take nothing."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import redis_server, watch
from deploy.local.redis_server import RedisServer
from deploy.local.watch import ProblemNews
from tests.contract.redistrouble import full
from webhooks.settings import Settings, read
from webhooks.store.client import Client
from webhooks.store.journal import Run
from webhooks.store.live import announcement
from webhooks.store.problems import Problem, Problems

MOST_LOOKS = 10


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test alone."""
    running = redis_server.start(tmp_path / "redis")
    yield running
    if running.ended() is None:
        running.stop()


def told(news: ProblemNews) -> tuple[list[str], list[str]]:
    """The messages of what came, and of what went."""
    came, went = news.latest()
    return [one.message for one in came], [one.message for one in went]


def looks_until_told(news: ProblemNews) -> tuple[int, list[Problem]]:
    for looks in range(1, MOST_LOOKS):
        came, _ = news.latest()
        if came:
            return looks, came
    raise AssertionError(f"nothing was told in {MOST_LOOKS} looks")


def test_a_full_redis_is_said_though_it_takes_no_problem(
    settings: Settings, client: Client
) -> None:
    news = ProblemNews(settings)
    before = told(news)

    with full(client):
        during, silent = told(news), told(news)
    after = told(news)

    assert before == silent == ([], [])
    [message] = during[0]
    assert message.endswith("it takes no writes")
    assert after == ([], [message])


def test_a_redis_that_stays_away_is_said_and_one_that_is_back_at_once_is_not(
    environ: dict[str, str], own: RedisServer
) -> None:
    settings = read({**environ, "REDIS_URL": own.url})
    news = ProblemNews(settings)
    Problems(Client.at(own.url)).raised("awork:away", "awork does not answer")
    known = told(news)

    own.kill()
    once = told(news)
    own.start_again()
    back = told(news)
    own.kill()
    looks, came = looks_until_told(news)
    own.start_again()
    went = told(news)

    assert known == (["awork does not answer"], [])
    assert once == back == ([], [])
    assert looks > 1
    assert came[0].message.startswith("Redis does not answer: ")
    # What was known before is neither told again nor over.
    assert went == ([], [came[0].message])


def test_a_problem_of_a_named_workspace_says_whose_it_is(
    environ: dict[str, str], client: Client
) -> None:
    theirs = {"AWORK_API_TOKEN__ACME": "t", "AWORK_WEBHOOK_SECRET__ACME": "s"}
    settings = read({**environ, **theirs, "HOOKWORK_WORKSPACES": "acme"})
    news = ProblemNews(settings)
    for one in (client, client.of("acme")):
        Problems(one).raised("awork:token-rejected", "awork rejects the token")

    came, _ = told(news)

    assert came == ["awork rejects the token", "acme: awork rejects the token"]


def test_what_is_settled_before_the_first_look_is_told(settings: Settings, client: Client) -> None:
    over = threading.Event()
    seen = watch.settled(settings, over)
    names = ["e1", "e2", "e3"]

    for name in names:
        run = Run(event_id=name, kind="task_added", entity_id="t1", outcome="done")
        client.publish(client.key.live, announcement(run))
    told = [event.event_id for event in itertools.islice(filter(None, seen), len(names))]
    over.set()

    assert told == names


def test_what_a_worker_of_another_version_tells_in_another_form_is_passed_over(
    settings: Settings, client: Client
) -> None:
    over = threading.Event()
    seen = watch.settled(settings, over)
    run = Run(event_id="e2", kind="task_added", entity_id="t1", outcome="done")

    client.publish(client.key.live, b'{"event_id": "e1", "form": "of tomorrow"}')
    client.publish(client.key.live, announcement(run))
    found = next(event for event in seen if event)
    over.set()

    assert found.event_id == "e2"
